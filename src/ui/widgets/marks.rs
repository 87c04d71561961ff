//! Marks that go with colours so that no meaning rests on colour alone: icons, words, the pattern for "unknown".

use egui::{Color32, Painter, Rect, Stroke, Ui, pos2};

use crate::catalog::Standing;
use crate::sizing::Verdict;
use crate::ui::messages::Severity;
use crate::ui::theme::Tokens;

/// Distance between the lines of the pattern, in points.
const HATCH_STEP: f32 = 6.0;

/// Fills an area with slanted lines: nobody knows this.
pub fn hatch(painter: &Painter, area: Rect, color: Color32) {
    let painter = painter.with_clip_rect(area.intersect(painter.clip_rect()));
    let mut x = area.left() - area.height();
    while x < area.right() {
        painter.line_segment([pos2(x, area.bottom()), pos2(x + area.height(), area.top())], Stroke::new(1.0, color));
        x += HATCH_STEP;
    }
}

/// Icon, words and colour of a verdict.
pub fn verdict_mark(verdict: Verdict, tokens: &Tokens) -> (&'static str, String, Color32) {
    match verdict {
        Verdict::Fits { spare } => ("✔", format!("Fits, {spare} to spare"), tokens.good),
        Verdict::Tight { spare } => ("⚠", format!("Tight, only {spare} to spare"), tokens.warn),
        Verdict::DoesNotFit { short } => ("❌", format!("Does not fit, {short} short"), tokens.bad),
        Verdict::Unknown => ("?", "Unknown: a number it needs was never published".to_owned(), tokens.text_weak),
    }
}

/// The word for what a value rests on.
pub const fn standing_word(standing: Standing) -> &'static str {
    match standing {
        Standing::Measured => "measured",
        Standing::Cited => "cited",
        Standing::Computed => "computed",
        Standing::Assumed => "assumed",
    }
}

/// A mark, coloured and shaped by what a value rests on.
pub const fn standing_icon(standing: Standing) -> &'static str {
    match standing {
        Standing::Measured => "✔",
        Standing::Cited => "♦",
        Standing::Computed => "=",
        Standing::Assumed => "~",
    }
}

/// Mark and word for what a value rests on.
pub fn standing_ui(ui: &mut Ui, standing: Standing) {
    let color = Tokens::of(ui.visuals()).standing(standing);
    ui.colored_label(color, format!("{} {}", standing_icon(standing), standing_word(standing)));
}

/// Colour of a message.
pub const fn severity_color(severity: Severity, tokens: &Tokens) -> Color32 {
    match severity {
        Severity::Info => tokens.text_weak,
        Severity::Warning => tokens.warn,
        Severity::Error => tokens.bad,
    }
}
