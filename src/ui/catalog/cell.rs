//! One value: shown as a button, edited in place, refused at the field.

use egui::{Button, Id, Key, RichText, TextEdit, Ui, vec2};

use super::columns::{Column, Row, Value};
use crate::catalog::{CatalogError, FieldNote, Provenance, Standing, validate};
use crate::ui::theme::tokens;
use crate::ui::widgets::{hatch, standing_icon, standing_word};

/// The cell being edited.
#[derive(Clone, Debug, PartialEq)]
pub struct Editing {
    /// Id of the entry.
    pub entry: String,
    /// Title of the column.
    pub column: &'static str,
    /// As typed so far.
    pub text: String,
    /// Why it cannot be taken. `None`: it is taken.
    pub problem: Option<String>,
    focused: bool,
}

/// What came of a cell in this frame.
pub enum CellOutcome<T> {
    /// Nothing.
    Nothing,
    /// It is to be edited.
    Begin(Editing),
    /// Its entry is now this.
    Changed(T),
    /// Editing is over.
    Done,
}

/// As a person would type it.
pub fn plain(number: f64) -> String {
    let rounded = (number * 1e6).round() / 1e6;
    rounded.to_string()
}

/// A number out of what was typed: digits, a point, commas between thousands. Empty: nobody knows.
///
/// # Errors
/// Why it is no such number.
pub fn parse(text: &str) -> Result<Option<f64>, String> {
    let text = text.trim().replace(',', "");
    if text.is_empty() {
        return Ok(None);
    }
    let number: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if !number.is_finite() || number < 0.0 {
        return Err("type a number of zero or more, or nothing for unknown".to_owned());
    }
    Ok(Some(number))
}

/// Draws the cell and says what came of it.
pub fn cell_ui<T: Row>(ui: &mut Ui, entry: &T, column: &Column<T>, editing: Option<&mut Editing>) -> CellOutcome<T> {
    match editing {
        Some(editing) => edit_ui(ui, entry, column, editing),
        None => show_ui(ui, entry, column),
    }
}

fn show_ui<T: Row>(ui: &mut Ui, entry: &T, column: &Column<T>) -> CellOutcome<T> {
    let value = (column.value)(entry);
    let tokens = tokens(ui);
    let (text, color) = match &value {
        Value::Text(text) => (text.clone(), tokens.text),
        Value::Number(number) => (plain(*number), tokens.text),
        Value::Unknown => ("unknown".to_owned(), tokens.text_weak),
    };
    let source = source_text(entry.provenance(), column.field);
    let assumed = entry.provenance().standing_of(column.field) == Standing::Assumed && value != Value::Unknown;
    let shown = if assumed && column.set.is_some() {
        format!("{} {text}", standing_icon(Standing::Assumed))
    } else {
        text.clone()
    };
    if column.set.is_none() {
        let label = ui.add(egui::Label::new(RichText::new(shown).color(color)).truncate());
        if value == Value::Unknown {
            hatch(ui.painter(), label.rect, tokens.hatch.gamma_multiply(0.5));
        }
        label.on_hover_text(source);
        return CellOutcome::Nothing;
    }
    let button = Button::new(RichText::new(shown).color(color)).frame_when_inactive(false);
    let button = ui.add(button.min_size(vec2(ui.available_width(), 0.0)).truncate());
    if value == Value::Unknown {
        hatch(ui.painter(), button.rect, tokens.hatch.gamma_multiply(0.4));
    }
    let name = format!("{} of {}: {text}", column.title, entry.name());
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    let button = button.on_hover_text(format!("{source}\nClick to change"));
    if !button.clicked() {
        return CellOutcome::Nothing;
    }
    let text = if let Value::Number(number) = value { plain(number) } else { String::new() };
    let (entry, column) = (entry.id().to_string(), column.title);
    CellOutcome::Begin(Editing { entry, column, text, problem: None, focused: false })
}

fn edit_ui<T: Row>(ui: &mut Ui, entry: &T, column: &Column<T>, editing: &mut Editing) -> CellOutcome<T> {
    let id = Id::unique(("catalog cell", &editing.entry, column.title));
    let mut field = TextEdit::singleline(&mut editing.text).id(id).desired_width(ui.available_width());
    if editing.problem.is_some() {
        field = field.text_color(tokens(ui).bad);
    }
    let response = ui.add(field).accessible_name(format!("{} of {}", column.title, entry.name()));
    if !editing.focused {
        response.request_focus();
        if let Some(mut state) = TextEdit::load_state(ui.ctx(), id) {
            let all = egui::text::CCursorRange::two(
                egui::text::CCursor::default(),
                egui::text::CCursor::new(editing.text.chars().count()),
            );
            state.cursor.set_char_range(Some(all));
            TextEdit::store_state(ui.ctx(), id, state);
        }
        editing.focused = response.has_focus();
    }
    if let Some(problem) = &editing.problem {
        ui.painter().rect_stroke(response.rect, 2.0, egui::Stroke::new(1.5, tokens(ui).bad), egui::StrokeKind::Outside);
        response.show_tooltip_text(format!("❌ {problem}"));
    }
    if response.changed() {
        match changed_entry(entry, column, &editing.text) {
            Ok(changed) => {
                editing.problem = None;
                return CellOutcome::Changed(changed);
            }
            Err(problem) => editing.problem = Some(problem),
        }
    }
    let over = ui.input(|input| input.key_pressed(Key::Escape) || input.key_pressed(Key::Enter));
    if editing.focused && (response.lost_focus() || (over && !response.has_focus())) {
        return CellOutcome::Done;
    }
    CellOutcome::Nothing
}

/// The entry with the typed value in, if catalog rules allow it; its source says who typed it.
fn changed_entry<T: Row>(entry: &T, column: &Column<T>, text: &str) -> Result<T, String> {
    let Some(set) = column.set else { return Err("this cannot be changed here".to_owned()) };
    let number = parse(text)?;
    let mut changed = entry.clone();
    set(&mut changed, number).map_err(str::to_owned)?;
    note_typed(changed.provenance_mut(), column.field);
    match validate::entry("this plan", &changed).into_iter().next() {
        Some(CatalogError::Value { message, .. }) => Err(message),
        Some(problem) => Err(problem.to_string()),
        None => Ok(changed),
    }
}

fn note_typed(provenance: &mut Provenance, field: &str) {
    provenance.fields.retain(|note| note.field != field);
    provenance.fields.push(FieldNote {
        field: field.to_owned(),
        standing: Standing::Assumed,
        source: "typed into this plan".to_owned(),
    });
}

/// Source, date and standing of one field, for hovering.
pub fn source_text(provenance: &Provenance, field: &str) -> String {
    let standing = standing_word(provenance.standing_of(field));
    format!("{} ({standing}, {})", provenance.source_of(field), provenance.date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_number_is_read_as_people_write_it() {
        for (text, number) in
            [("1008", Some(1008.0)), (" 1,008.5 ", Some(1008.5)), ("", None), ("  ", None), ("0", Some(0.0))]
        {
            assert_eq!(parse(text), Ok(number), "{text:?}");
        }
        for bad in ["-1", "NaN", "inf", "fast", "1e999"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(plain(1008.0), "1008");
        assert_eq!(plain(0.1 + 0.2), "0.3");
    }
}
