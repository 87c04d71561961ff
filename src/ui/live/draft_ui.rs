//! A question being written, as drawn: the field one types into, and the long text taken in, folded to a line.

use egui::{Event, Id, KeyboardShortcut, Response, ScrollArea, TextEdit, Ui};

use super::blocks_ui::blocks_ui;
use super::draft::{Draft, LONG};
use super::names::small_button;
use super::{MOST_CHARACTERS, MOST_FIELD_HEIGHT};
use crate::ui::theme::tokens;
use crate::units::thousands;

/// What one field is like.
pub struct DraftField<'a> {
    /// Its accessible name.
    pub name: &'a str,
    /// What stands in it while it is empty.
    pub hint: String,
    /// What begins a line in it.
    pub return_key: KeyboardShortcut,
    /// Its width, in points.
    pub width: f32,
}

/// The line about the long text taken in, if there is one, and the text where it is unfolded.
pub fn long_ui(ui: &mut Ui, draft: &mut Draft, name: &str) {
    if draft.room() == 0 {
        let most = thousands(MOST_CHARACTERS as f64);
        let words = format!("⚠ The long text ends at {most} characters: what came after them was left out");
        ui.colored_label(tokens(ui).warn, words);
    }
    if draft.long().is_empty() {
        return;
    }
    let id = Id::unique(("long text of", name));
    let mut out = false;
    ui.horizontal_wrapped(|ui| {
        let characters = thousands(draft.long_characters() as f64);
        ui.label(format!("Long text, {characters} characters, before what you type"));
        let (words, hover) = if draft.unfolded { ("Hide", "Fold it away") } else { ("Show", "Read it here") };
        if small_button(ui, words, &format!("{words} the long text"), hover) {
            draft.unfolded = !draft.unfolded;
        }
        out = small_button(ui, "Take out", "Take the long text out", "Ask without it");
    });
    if draft.unfolded {
        let area =
            ScrollArea::vertical().id_salt(id).max_height(MOST_FIELD_HEIGHT).min_scrolled_height(MOST_FIELD_HEIGHT);
        area.show(ui, |ui| blocks_ui(ui, draft.long(), id.with("text"), "Long text", 0));
    }
    if out {
        draft.take_out();
    }
}

/// The field. A long text pasted while it has the keyboard is taken in before the field sees it.
pub fn field_ui(ui: &mut Ui, draft: &mut Draft, field: DraftField<'_>) -> Response {
    let id = Id::unique(("draft field", field.name));
    if ui.memory(|memory| memory.has_focus(id)) {
        for pasted in long_pastes(ui) {
            draft.take_in(&pasted);
        }
    }
    let edit = TextEdit::multiline(&mut draft.text)
        .id(id)
        .desired_rows(2)
        .desired_width(field.width)
        .char_limit(LONG)
        .return_key(field.return_key)
        .hint_text(field.hint);
    // A text of some lines scrolls within the field: it must not push the conversation out of sight.
    let area = ScrollArea::vertical().id_salt(("draft field area", field.name)).max_height(MOST_FIELD_HEIGHT);
    let response = area.show(ui, |ui| ui.add(edit)).inner.accessible_name(field.name);
    draft.fold();
    response
}

/// Takes the pastes of long texts out of this frame's events.
fn long_pastes(ui: &Ui) -> Vec<String> {
    let mut pastes = Vec::new();
    ui.input_mut(|input| {
        input.events.retain_mut(|event| match event {
            Event::Paste(text) if text.len() >= LONG => {
                pastes.push(std::mem::take(text));
                false
            }
            _ => true,
        });
    });
    pastes
}
