//! The servers one can mount: a list with a filter, each to be dragged, or chosen and then mounted by a click on a slot.

use egui::{Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::drag::Carried;
use super::paint::{pattern, role_tag};
use crate::catalog::{Catalog, Server, ServerId};
use crate::ui::outcome::power_text;
use crate::ui::theme::tokens;
use crate::ui::widgets::{filter_ui, matches};

const ROW: f32 = 34.0;

/// Draws the list. `chosen` is what a click on a slot mounts.
pub fn palette_ui(ui: &mut Ui, catalog: &Catalog, filter: &mut String, chosen: &mut Option<ServerId>, height: f32) {
    filter_ui(ui, "Filter servers", filter);
    let found: Vec<&Server> = catalog
        .servers
        .iter()
        .filter(|server| matches(filter, &server.name, &format!("{} {}", server.vendor, role_tag(server.role))))
        .collect();
    if found.is_empty() {
        ui.weak("Nothing matches; clear the filter to see all");
    }
    let area = ScrollArea::vertical()
        .id_salt("palette")
        .max_height(height)
        .min_scrolled_height(height)
        .auto_shrink([false, false]);
    area.show_rows(ui, ROW, found.len(), |ui, rows| {
        for server in found.get(rows).unwrap_or_default() {
            server_ui(ui, server, chosen);
        }
    });
}

fn server_ui(ui: &mut Ui, server: &Server, chosen: &mut Option<ServerId>) {
    let is_chosen = chosen.as_ref() == Some(&server.id);
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_chosen, &server.name));
    if response.clicked() {
        *chosen = if is_chosen { None } else { Some(server.id.clone()) };
    }
    if response.drag_started() {
        response.dnd_set_drag_payload(Carried::New(server.id.clone()));
    }
    let colors = tokens(ui);
    let fill = if is_chosen {
        colors.accent_soft
    } else if response.hovered() {
        colors.raised_hover
    } else {
        colors.raised
    };
    let painter = ui.painter();
    painter.rect_filled(area, 3.0, fill);
    if is_chosen || response.has_focus() {
        painter.rect_stroke(area, 3.0, Stroke::new(1.5, colors.accent), StrokeKind::Inside);
    }
    let mark = egui::Rect::from_min_max(area.min, pos2(area.left() + 8.0, area.bottom()));
    painter.rect_filled(mark, 2.0, colors.role(server.role));
    pattern(painter, mark.shrink(1.0), server.role, colors);
    let text = |at: egui::Pos2, words: String, size: f32, color| {
        let clip = area.shrink(2.0).intersect(painter.clip_rect());
        painter.with_clip_rect(clip).text(
            at,
            egui::Align2::LEFT_CENTER,
            words,
            egui::FontId::proportional(size),
            color,
        );
    };
    let power = server.power.planned().map_or_else(|| "power unknown".to_owned(), power_text);
    text(pos2(area.left() + 12.0, area.top() + 10.0), server.name.clone(), 12.5, colors.text);
    let room = match (server.height.as_units() > 0.0, server.devices.is_empty()) {
        (true, _) => format!("{}U", server.height.as_units()),
        (false, false) => "in a bay".to_owned(),
        (false, true) => "beside".to_owned(),
    };
    let bays = if server.bays > 0 { format!(", {} bays", server.bays) } else { String::new() };
    let facts = format!("{room}{bays}  {power}  {}", role_tag(server.role));
    text(pos2(area.left() + 12.0, area.bottom() - 9.0), facts, 10.5, colors.text_weak);
    response
        .on_hover_text("Drag into the rack, or click and then click a free slot or bay")
        .on_hover_cursor(egui::CursorIcon::Grab);
}
