//! The rows of a table in sight: where each and its cells are, and the stripes behind them.
//!
//! `egui_extras` draws the titles, scrolls, and keeps the widths of columns. Its rows make a `Ui` with a style of its own
//! for every cell, in sight or not; these make none.

use egui::emath::GuiRounding as _;
use egui::{CornerRadius, Id, Rangef, Rect, Ui, pos2};
use egui_extras::TableBody;

use super::light::Spot;

/// One row.
pub struct Line<'a> {
    /// Which one, from the top of the table.
    pub index: usize,
    columns: &'a [Rangef],
    height: Rangef,
    id: Id,
}

impl Line<'_> {
    /// A cell of it. `None`: there is no such column.
    pub fn spot(&self, column: usize) -> Option<Spot> {
        let across = *self.columns.get(column)?;
        Some(Spot { rect: Rect::from_x_y_ranges(across, self.height), id: self.id.with((self.index, column)) })
    }
}

/// Draws the rows in sight, of `count` that are each `height` points high.
pub fn lines_ui(mut body: TableBody<'_>, height: f32, count: usize, mut line_ui: impl FnMut(&mut Ui, &Line<'_>)) {
    let widths = body.widths().to_vec();
    let ui = body.ui_mut();
    let gap = ui.spacing().item_spacing;
    let start = ui.available_rect_before_wrap().min;
    let mut left = start.x;
    let columns: Vec<Rangef> = widths
        .into_iter()
        .map(|width| {
            let across = Rangef::new(left, left + width);
            left = across.max + gap.x;
            across
        })
        .collect();
    let right = columns.last().map_or(start.x, |last| last.max);
    let pitch = height + gap.y;
    let sight = ui.clip_rect().y_range();
    let first = ((sight.min - start.y) / pitch).floor().max(0.0) as usize;
    // One more, so that the keyboard finds the next.
    let end = ((sight.max - start.y) / pitch).ceil().max(0.0) as usize + 1;
    let id = ui.scope_id();
    for index in first..end.min(count) {
        let top = start.y + index as f32 * pitch;
        let height = Rangef::new(top, top + height);
        if index.is_multiple_of(2) {
            let row = Rect::from_x_y_ranges(Rangef::new(start.x, right), height).expand2(0.5 * gap).round_ui();
            ui.painter().rect_filled(row, CornerRadius::ZERO, ui.visuals().faint_bg_color);
        }
        line_ui(ui, &Line { index, columns: &columns, height, id });
    }
    ui.expand_to_include_rect(Rect::from_min_max(start, pos2(right, start.y + count as f32 * pitch - gap.y)));
}
