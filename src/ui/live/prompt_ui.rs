//! The field one types into, with its two buttons. Enter sends; with Shift it begins a line.

use egui::{Button, Key, KeyboardShortcut, Modifiers, RichText, Ui, vec2};

use super::draft::Draft;
use super::draft_ui::{DraftField, field_ui, long_ui};
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

/// Draws field and buttons. What is sent is taken out of the draft.
pub fn prompt_ui(ui: &mut Ui, draft: &mut Draft, prompt: &Prompt<'_>) -> Option<PromptAction> {
    let mut action = None;
    long_ui(ui, draft, "Prompt");
    ui.horizontal(|ui| {
        let hint = match prompt.suggestion {
            _ if !draft.long().is_empty() => "What is to be done with the long text? Then press Enter".to_owned(),
            Some(suggestion) => format!("{suggestion}  (Enter asks this, or type something else)"),
            None => "Ask something, then press Enter".to_owned(),
        };
        let field = DraftField {
            name: "Prompt",
            hint,
            return_key: KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter),
            width: (ui.available_width() - 98.0).max(80.0),
        };
        let field = field_ui(ui, draft, field);
        if prompt.focus {
            field.request_focus();
        }
        let entered = field.has_focus() && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
        let blank = draft.is_blank();
        let ready = (!blank || prompt.suggestion.is_some()) && !prompt.busy;
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
            let suggestion = prompt.suggestion.unwrap_or_default();
            action = Some(PromptAction::Ask(if blank { suggestion.to_owned() } else { draft.whole() }));
        }
        if stop.on_hover_text("Stop at once, also while the prompt is being read").clicked() {
            action = Some(PromptAction::Stop);
        }
    });
    if let Some(PromptAction::Ask(_)) = action {
        *draft = Draft::default();
    }
    action
}
