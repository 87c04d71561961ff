//! Each limit relaxed by a tenth: a row with the sessions then, and a bar of what it gains.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::project::sensitivity::Relaxed;
use crate::ui::theme::tokens;
use crate::units::thousands;

/// Width of the words, and of the numbers, in points.
const WORDS: f32 = 250.0;
const NUMBERS: f32 = 130.0;
const ROW: f32 = 22.0;

/// Draws the rows; `now` is the sessions without any change.
pub fn relaxed_ui(ui: &mut Ui, all: &[Relaxed], now: u32) {
    let most = all.iter().map(|each| each.gain.unsigned_abs()).max().unwrap_or(0).max(1) as f32;
    for each in all {
        row_ui(ui, each, now, most);
    }
}

fn row_ui(ui: &mut Ui, each: &Relaxed, now: u32, most: f32) {
    let colors = tokens(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let sessions = thousands(f64::from(each.sessions));
    let gain = match each.gain {
        0 => "no more".to_owned(),
        more if more > 0 => format!("+{}", thousands(more as f64)),
        less => format!("-{}", thousands(less.unsigned_abs() as f64)),
    };
    let spoken = format!("{}: {sessions} sessions, {gain}, {} servers", each.change, each.servers);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let font = egui::TextStyle::Body.resolve(ui.style());
    let text = if each.gain > 0 { colors.text } else { colors.text_weak };
    let painter = ui.painter().with_clip_rect(row);
    painter.text(row.left_center(), egui::Align2::LEFT_CENTER, each.change, font.clone(), text);
    let numbers = format!("{sessions}  ({gain})");
    painter.text(row.left_center() + vec2(WORDS + NUMBERS, 0.0), egui::Align2::RIGHT_CENTER, numbers, font, text);
    let start = row.left() + WORDS + NUMBERS + 12.0;
    let length = (row.right() - start).max(0.0) * each.gain.unsigned_abs() as f32 / most;
    let bar = Rect::from_min_max(pos2(start, row.top() + 5.0), pos2(start + length, row.bottom() - 5.0));
    painter.rect_filled(bar, 2.0, if each.gain < 0 { colors.bad } else { colors.accent });
    response.on_hover_text(format!(
        "{} servers; {} sessions without the change",
        each.servers,
        thousands(f64::from(now))
    ));
}
