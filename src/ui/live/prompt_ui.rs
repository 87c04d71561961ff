//! The field one types into, with its two buttons. Enter sends; with Shift it begins a line.

use egui::{Button, Key, KeyboardShortcut, Modifiers, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::{MOST_CHARACTERS, MOST_FIELD_HEIGHT};
use crate::ui::theme::tokens;

/// What the user did in this frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptAction {
    /// Ask this.
    Ask(String),
    /// Stop everything.
    Stop,
}

/// What the field is to be like in this frame.
pub struct Prompt<'a> {
    /// An answer is under way or waited for.
    pub busy: bool,
    /// Asked where nothing is typed, and shown as the hint.
    pub suggestion: Option<&'a str>,
    /// Take the keyboard.
    pub focus: bool,
}

/// Draws field and buttons. What is sent is taken out of `text`.
pub fn prompt_ui(ui: &mut Ui, text: &mut String, prompt: &Prompt<'_>) -> Option<PromptAction> {
    let mut action = None;
    // Bytes first: they are known, characters have to be counted.
    if text.len() >= MOST_CHARACTERS && text.chars().count() >= MOST_CHARACTERS {
        let words = "⚠ The prompt is full at 200,000 characters: what came after them was left out";
        ui.colored_label(tokens(ui).warn, words);
    }
    ui.horizontal(|ui| {
        let hint = match prompt.suggestion {
            Some(suggestion) => format!("{suggestion}  (Enter asks this, or type something else)"),
            None => "Ask something, then press Enter".to_owned(),
        };
        let field = TextEdit::multiline(text)
            .desired_rows(2)
            .desired_width((ui.available_width() - 98.0).max(80.0))
            .char_limit(MOST_CHARACTERS)
            .return_key(KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
            .hint_text(hint);
        // A long text scrolls within some lines: it must not push the conversation out of sight.
        let area = ScrollArea::vertical().id_salt("live prompt text").max_height(MOST_FIELD_HEIGHT);
        let field = area.show(ui, |ui| ui.add(field)).inner.accessible_name("Prompt");
        if prompt.focus {
            field.request_focus();
        }
        let entered = field.has_focus() && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
        let typed = text.trim();
        let asked = if typed.is_empty() { prompt.suggestion } else { Some(typed) };
        let ready = asked.is_some() && !prompt.busy;
        let colors = tokens(ui);
        let (generate, stop) = ui
            .vertical(|ui| {
                let words = RichText::new("Generate").color(colors.on_accent).strong();
                let button = Button::new(words).fill(colors.accent).min_size(vec2(84.0, 0.0));
                let generate = ui.add_enabled(ready, button);
                generate.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, ready, "Generate"));
                (generate, ui.add_enabled(prompt.busy, Button::new("Stop").min_size(vec2(84.0, 0.0))))
            })
            .inner;
        if ready && (generate.clicked() || entered) {
            action = asked.map(|asked| PromptAction::Ask(asked.to_owned()));
        }
        if stop.on_hover_text("Stop at once, also while the prompt is being read").clicked() {
            action = Some(PromptAction::Stop);
        }
    });
    if let Some(PromptAction::Ask(_)) = action {
        text.clear();
    }
    action
}
