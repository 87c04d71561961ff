//! The scale of reading speeds: how fast text comes, beside how fast people speak and read.

use egui::{Align2, FontId, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::ui::theme::tokens;
use crate::units::{Significant, TokensPerSecond};

/// Speeds people know, in words per minute.
const MARKS: [(f64, &str); 3] = [
    (150.0, "speaking"), // audiobooks and talks: 150-160 (National Center for Voice and Speech, read 2026-11-20)
    (250.0, "reading"),  // 238 for English non-fiction (Brysbaert, J. Mem. Lang. 109, 2019), rounded as in the needs
    (450.0, "skimming"), // as in the needs
];
/// Ends of the scale, in words per minute.
const ENDS: (f64, f64) = (50.0, 20_000.0);

/// Place of a speed on the scale, 0 to 1, by equal factors.
fn place(words_per_minute: f64) -> f64 {
    let (low, high) = (ENDS.0.ln(), ENDS.1.ln());
    ((words_per_minute.clamp(ENDS.0, ENDS.1).ln() - low) / (high - low)).clamp(0.0, 1.0)
}

/// A speed in words per minute, and what that is like.
pub fn words(speed: TokensPerSecond, words_per_token: f64) -> String {
    let per_minute = speed.as_words_per_minute(words_per_token);
    let like = MARKS.iter().rev().find(|(mark, _)| per_minute >= *mark);
    let like = like.map_or("slower than speaking".to_owned(), |(_, word)| format!("faster than {word}"));
    format!("{} words a minute, {like}", Significant(per_minute))
}

/// Draws the scale with the speeds of the columns that have one. `wanted` is the speed the plan asks for.
pub fn reading_ui(ui: &mut Ui, speeds: &[Option<TokensPerSecond>], wanted: TokensPerSecond, words_per_token: f64) {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 34.0), Sense::hover());
    let known: Vec<TokensPerSecond> = speeds.iter().flatten().copied().collect();
    let spoken: Vec<String> = known.iter().map(|&speed| words(speed, words_per_token)).collect();
    let spoken = if spoken.is_empty() { "nothing measured yet".to_owned() } else { spoken.join("; ") };
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, format!("Reading speed: {spoken}")));
    let painter = ui.painter();
    let bar = Rect::from_min_size(rect.left_top() + vec2(0.0, 3.0), vec2(rect.width(), 8.0));
    painter.rect_filled(bar, 3.0, tokens.empty);
    let x_of = |per_minute: f64| bar.left() + bar.width() * place(per_minute) as f32;
    let font = FontId::new(10.0, TextStyle::Small.resolve(ui.style()).family);
    let mut free = f32::NEG_INFINITY;
    for (mark, word) in MARKS {
        let x = x_of(mark);
        painter.vline(x, bar.y_range(), Stroke::new(1.0, tokens.text_weak));
        let text = painter.layout_no_wrap(word.to_owned(), font.clone(), tokens.text_weak);
        let left = (x - text.size().x * 0.5).max(rect.left()).max(free);
        free = left + text.size().x + 5.0;
        painter.galley(pos2(left, bar.bottom() + 3.0), text, tokens.text_weak);
    }
    let asked = wanted.as_words_per_minute(words_per_token);
    painter.vline(x_of(asked), bar.expand(2.0).y_range(), Stroke::new(1.5, tokens.warn));
    for (number, speed) in known.iter().enumerate() {
        let x = x_of(speed.as_words_per_minute(words_per_token));
        painter.circle_filled(pos2(x, bar.center().y), 5.0, tokens.accent);
        if known.len() > 1 {
            let at = pos2(x, bar.center().y);
            painter.text(at, Align2::CENTER_CENTER, number + 1, font.clone(), tokens.on_accent);
        }
    }
    response.on_hover_text(format!(
        "{spoken}\nWords are {words_per_token} of a token on average. The plan asks for {} words a minute (thin line)",
        Significant(asked)
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_factors_are_equal_steps_and_nothing_leaves_the_scale() {
        assert_eq!((place(0.0), place(50.0), place(20_000.0), place(f64::INFINITY)), (0.0, 0.0, 1.0, 1.0));
        let step = |from: f64| place(from * 2.0) - place(from);
        assert!((step(100.0) - step(1000.0)).abs() < 1e-12);
    }

    #[test]
    fn a_speed_is_compared_with_what_people_know() {
        for (speed, text) in [
            (1.0, "45.0 words a minute, slower than speaking"),
            (10.0, "450 words a minute, faster than skimming"),
            (6.0, "270 words a minute, faster than reading"),
        ] {
            assert_eq!(words(TokensPerSecond::from_tokens_per_second(speed), 0.75), text);
        }
    }
}
