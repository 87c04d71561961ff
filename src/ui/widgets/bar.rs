//! Horizontal bars: a stack of parts against a capacity, and a use against a limit.

use egui::{Color32, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use super::marks::hatch;
use crate::ui::theme::tokens;

/// One part of a stacked bar.
pub struct Segment {
    /// Length, in the unit of the bar's capacity.
    pub amount: f64,
    /// Fill.
    pub fill: Color32,
    /// Shown while the pointer is on it.
    pub hover: String,
}

/// A stack of parts; `capacity` draws the limit, `None` hatches what lies beyond the parts. `name` is its accessible name.
pub fn bar_ui(ui: &mut Ui, name: &str, segments: &[Segment], capacity: Option<f64>, height: f32) {
    let tokens = tokens(ui);
    let sum: f64 = segments.iter().map(|segment| segment.amount.max(0.0)).sum();
    let longest = capacity.unwrap_or(sum * 1.25).max(sum);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, name));
    let painter = ui.painter();
    painter.rect_filled(rect, 3.0, tokens.empty);
    if longest <= 0.0 || !longest.is_finite() {
        hatch(painter, rect, tokens.hatch);
        return;
    }
    let x_of = |amount: f64| rect.left() + rect.width() * (amount / longest) as f32;
    let mut start = 0.0;
    for segment in segments {
        let end = start + segment.amount.max(0.0);
        let part = Rect::from_min_max(pos2(x_of(start), rect.top()), pos2(x_of(end), rect.bottom()));
        painter.rect_filled(part, 0.0, segment.fill);
        painter.vline(part.right(), part.y_range(), Stroke::new(1.0, tokens.canvas));
        if !segment.hover.is_empty() && ui.rect_contains_pointer(part) {
            response.clone().on_hover_text_at_pointer(&segment.hover);
        }
        start = end;
    }
    match capacity {
        Some(capacity) => {
            let x = x_of(capacity).min(rect.right() - 1.0);
            painter.vline(x, rect.expand(2.0).y_range(), Stroke::new(2.0, tokens.text));
            if sum > capacity {
                let over = Rect::from_min_max(pos2(x, rect.top()), rect.right_bottom());
                hatch(painter, over, tokens.bad);
                painter.rect_stroke(over, 0.0, Stroke::new(1.5, tokens.bad), StrokeKind::Inside);
            }
        }
        None => hatch(painter, Rect::from_min_max(pos2(x_of(sum), rect.top()), rect.right_bottom()), tokens.hatch),
    }
}

/// A use against a limit with words under it: "Power: 11.9 of 12.5 kW". `limit` `None`: nobody set one.
pub fn capacity_bar_ui(ui: &mut Ui, words: &str, used: f64, limit: Option<f64>) {
    let tokens = tokens(ui);
    let over = limit.is_some_and(|limit| used > limit);
    let fill = if over { tokens.bad } else { tokens.accent };
    let icon = if over { "❌ " } else { "" };
    ui.label(format!("{icon}{words}"));
    bar_ui(ui, words, &[Segment { amount: used, fill, hover: String::new() }], limit, 9.0);
}
