//! Cells that cost little: a table has some two hundred in sight, each anew in every frame.
//!
//! They look and speak like egui's button and label. What they leave out is a `Ui` of their own, whose style egui copies
//! for each cell that clips, and a second naming to screen readers: whoever draws a cell names it once.

use std::sync::Arc;

use egui::emath::GuiRounding as _;
use egui::text::{Galley, TextWrapping};
use egui::{
    Align, Align2, FontSelection, Frame, Id, Layout, Rect, Response, RichText, Sense, Stroke, TextStyle, TextWrapMode,
    Ui, UiBuilder, Vec2, WidgetText, vec2,
};

/// Where a cell is, and the id it keeps from frame to frame.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// The whole cell.
    pub rect: Rect,
    /// Of what is drawn in it.
    pub id: Id,
}

impl Spot {
    /// All of a `Ui`.
    pub fn all_of(ui: &Ui) -> Self {
        Self { rect: ui.max_rect(), id: ui.scope_id().with("cell") }
    }

    /// A `Ui` in it, for what is more than a text.
    pub fn ui(&self, ui: &mut Ui) -> Ui {
        let layout = Layout::left_to_right(Align::Center);
        let mut child = ui.new_child(UiBuilder::new().scope_id(self.id).max_rect(self.rect).layout(layout));
        child.shrink_clip_rect(self.rect);
        child
    }
}

/// How wide a button is.
#[derive(Clone, Copy, Debug)]
pub enum Wide {
    /// As the cell.
    All,
    /// As its text, and at least this many points; it is no higher than its text, and stands this far from the left.
    Text {
        /// Points from the left of the cell.
        from: f32,
        /// Points.
        least: f32,
    },
}

/// A button whose frame shows where it is pointed at. It has no name yet: say `widget_info`.
pub fn button_ui(ui: &Ui, spot: Spot, text: RichText, wide: Wide) -> Response {
    let padding = ui.spacing().button_padding;
    let (width, padding, least) = match wide {
        Wide::All => (spot.rect.width(), padding, vec2(spot.rect.width(), ui.spacing().interact_size.y)),
        Wide::Text { least, .. } => (f32::INFINITY, vec2(padding.x, 0.0), vec2(least, 0.0)),
    };
    let text = lay_out(ui, text, width - 2.0 * padding.x);
    let size = (text.size() + 2.0 * padding).max(least);
    let rect = match wide {
        Wide::All => centred(spot.rect, size),
        Wide::Text { from, .. } => {
            centred(spot.rect.with_max_x(spot.rect.left() + from + size.x).translate(vec2(from, 0.0)), size)
        }
    };
    let response = ui.interact(rect, spot.id, Sense::click());
    if ui.is_rect_visible(rect) {
        let inner = rect.shrink2(padding);
        if is_touched(&response) {
            let visuals = ui.style().interact(&response);
            let frame = Frame::new()
                .fill(visuals.weak_bg_fill)
                .corner_radius(visuals.corner_radius)
                .inner_margin(padding)
                .apply_stroke_and_expansion_without_layout_shift(visuals.bg_stroke, visuals.expansion);
            ui.painter().add(frame.paint(inner));
        }
        let at = Align2::CENTER_CENTER.align_size_within_rect(text.size(), inner).min;
        ui.painter().galley(at, text, ui.visuals().text_color());
    }
    if let Some(cursor) = ui.visuals().interact_cursor
        && response.hovered()
    {
        ui.ctx().set_cursor_icon(cursor);
    }
    response
}

/// A text; where it is cut short the whole of it is told when pointed at. It has no name yet: say `widget_info`.
pub fn label_ui(ui: &Ui, spot: Spot, text: RichText) -> Response {
    let text = lay_out(ui, text, spot.rect.width());
    let rect = Align2::LEFT_CENTER.align_size_within_rect(text.size(), spot.rect).round_ui();
    // A screen reader steps through labels, too.
    let read = ui.memory(|memory| memory.options.screen_reader);
    let response = ui.interact(rect, spot.id, if read { Sense::focusable_noninteractive() } else { Sense::hover() });
    if ui.is_rect_visible(rect) {
        let color = ui.visuals().text_color();
        let focused = response.has_focus() || response.highlighted();
        let underline = if focused { Stroke::new(1.0, color) } else { Stroke::NONE };
        let shape = egui::epaint::TextShape::new(rect.min, Arc::clone(&text), color).with_underline(underline);
        ui.painter().add(shape);
    }
    if text.elided && response.hovered() {
        return response.on_hover_text(text.text());
    }
    response
}

/// Text in one line, cut at a width. What egui laid out before it finds again.
fn lay_out(ui: &Ui, text: RichText, width: f32) -> Arc<Galley> {
    let wrapping = TextWrapping::from_wrap_mode_and_width(TextWrapMode::Truncate, width);
    let font = FontSelection::Style(TextStyle::Body);
    WidgetText::from(text).into_galley_impl(ui.ctx(), ui.style(), wrapping, font, Align::Center)
}

/// In the middle of a cell's height, from its left.
fn centred(cell: Rect, size: Vec2) -> Rect {
    Align2::LEFT_CENTER.align_size_within_rect(size, cell).round_ui()
}

/// Whether a button shows that it is one.
fn is_touched(response: &Response) -> bool {
    response.hovered()
        || response.has_focus()
        || response.highlighted()
        || response.is_pointer_button_down_on()
        || response.clicked()
}
