//! The racks side by side: as many as are readable, the rest by scrolling. Only those in sight are drawn.

use std::collections::BTreeMap;

use egui::{Align2, FontId, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2, vec2};

use super::act::Act;
use super::elevation::{Elevation, LANE};
use super::measure::{Kind, Measured};
use super::selection::Selection;
use super::slots::{Slots, beside, slots_ui};
use super::strip::Column;
use crate::catalog::ServerId;
use crate::export::drawn;
use crate::rack::Face;
use crate::ui::outcome::power_text;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::units::thousands;

/// A rack drawn wider than this, in points, is no easier to read.
pub const WIDEST: f32 = 464.0;
/// Names are cut too short in a rack drawn narrower than this.
pub const NARROWEST: f32 = 172.0;
/// Widest of several racks.
const WIDEST_OF_SEVERAL: f32 = 260.0;
/// Height of the name above each of several racks.
const HEAD: f32 = 32.0;

/// What the row shows.
pub struct Row<'a> {
    /// The racks that are drawn.
    pub columns: &'a [Column],
    /// Which rack is edited.
    pub at: usize,
    /// Whether it was picked from afar and must come into sight.
    pub reveal: bool,
    /// The face that is shown.
    pub face: Face,
    /// The server chosen in the palette.
    pub in_hand: Option<&'a ServerId>,
    /// The chosen devices.
    pub selection: &'a Selection,
    /// What the devices are measured by.
    pub measured: &'a BTreeMap<Kind, Measured>,
}

/// What was done in the row.
pub enum Done {
    /// Another rack is to be edited.
    Edit(usize),
    /// Something in a rack.
    Act(usize, Act),
}

/// Draws the row.
pub fn row_ui(ui: &mut Ui, scene: &Scene<'_>, row: &Row<'_>) -> Option<Done> {
    let layouts = &scene.project.racks.layouts;
    let (count, several) = (row.columns.len(), layouts.len() > 1);
    let mut done = None;
    ScrollArea::both().id_salt("elevation").auto_shrink(false).show(ui, |ui| {
        let size = ui.available_size();
        let head = if several { HEAD } else { 0.0 };
        let width = if count < 2 {
            (size.x - 4.0).min(WIDEST)
        } else {
            let side_by_side = (size.x / NARROWEST).floor().clamp(1.0, count as f32);
            (size.x / side_by_side).min(WIDEST_OF_SEVERAL)
        };
        let tallest = layouts.iter().map(|layout| layout.height_units).max().unwrap_or(1);
        let margin = 6.0;
        let height = Elevation::height(tallest, size.y - head - 2.0 * margin);
        let unit = height / tallest.max(1) as f32;
        let whole = vec2(width * count as f32, head + height + 2.0 * margin);
        let (area, _) = ui.allocate_exact_size(whole, Sense::hover());
        let column = |place: usize| {
            let left = area.left() + width * place as f32;
            Rect::from_min_max(pos2(left, area.top()), pos2(left + width, area.bottom()))
        };
        let edited = row.columns.iter().position(|column| column.at == row.at);
        if let Some(place) = edited.filter(|_| row.reveal) {
            ui.scroll_to_rect(column(place), None);
        }
        let sight = ui.clip_rect();
        let first = ((sight.left() - area.left()) / width).floor().max(0.0) as usize;
        let seen = (sight.width() / width).ceil().max(0.0) as usize + 2;
        for (place, &Column { at, racks }) in row.columns.iter().enumerate().skip(first).take(seen) {
            let column = column(place);
            let shown = scene.outcome.racks.get(at).filter(|_| column.intersects(sight));
            let Some((layout, shown)) = layouts.get(at).zip(shown) else { continue };
            if several && head_ui(ui, scene, (at, racks), at == row.at, column) {
                done = Some(Done::Edit(at));
            }
            let lanes = beside(layout, scene.catalog).count();
            let gap = if several { 2.0 } else { 0.0 };
            let floor = column.bottom() - margin;
            let drawn = Rect::from_min_max(
                pos2(column.left() + gap, floor - unit * layout.height_units as f32),
                pos2(column.right() - gap, floor),
            );
            let lanes = lanes.min((drawn.width() / LANE / 3.0) as usize);
            let slots = Slots {
                at,
                edited: at == row.at,
                face: row.face,
                by_hand: layout,
                racks: layouts,
                shown,
                limits: scene.project.rack_limits(scene.catalog, layout),
                project: scene.project,
                catalog: scene.catalog,
                measured: row.measured,
                in_hand: row.in_hand,
                selection: row.selection,
            };
            let rack = Elevation::new(drawn, layout.height_units, lanes);
            if let Some(act) = slots_ui(ui, &slots, &rack) {
                done = Some(Done::Act(at, act));
            }
        }
    });
    done
}

/// The name of one of several racks, how many it stands for, and what each draws and carries. True: it was clicked.
fn head_ui(ui: &mut Ui, scene: &Scene<'_>, (at, racks): (usize, usize), edited: bool, column: Rect) -> bool {
    let Some(shown) = scene.outcome.racks.get(at) else { return false };
    let area = Rect::from_min_size(column.min, vec2(column.width(), HEAD)).shrink2(vec2(4.0, 1.0));
    let response = ui.interact(area, egui::Id::unique(("rack head", at)), Sense::click());
    let figures = format!(
        "{}, {} sessions",
        drawn(power_text(shown.total.planned_power), shown.total.planned_power, shown.without_power),
        thousands(f64::from(shown.total.sessions.likely))
    );
    let (name, alike) = match racks {
        1 => (shown.name.clone(), String::new()),
        several => {
            let several = thousands(several as f64);
            (format!("{}  × {several}", shown.name), format!(", one of {several} alike"))
        }
    };
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, edited, format!("Edit {}{alike}: {figures}", shown.name))
    });
    let colors = tokens(ui);
    let fill = match (edited, response.hovered() || response.has_focus()) {
        (true, _) => Some(colors.accent_soft),
        (false, true) => Some(colors.raised_hover),
        (false, false) => None,
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(area, 3.0, fill);
    }
    let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
    let line = |y: f32, words: String, size: f32, color| {
        painter.text(pos2(area.left() + 6.0, y), Align2::LEFT_CENTER, words, FontId::proportional(size), color);
    };
    line(area.top() + 9.0, name, 12.0, colors.text);
    line(area.bottom() - 7.0, figures, 10.0, colors.text_weak);
    response.on_hover_text("Settings, bars and keys are about the rack that is chosen here").clicked()
}
