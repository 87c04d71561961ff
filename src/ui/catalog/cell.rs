//! One value: shown as a button, edited in place, refused at the field.

use egui::{Id, Key, Popup, RichText, ScrollArea, TextEdit, Ui, vec2};

use super::light::{Spot, Wide, button_ui, label_ui};
use super::value::{Column, Edit, Row, Value};
use crate::catalog::{Catalog, CatalogError, Excerpt, FieldNote, Provenance, Standing, validate};
use crate::ui::documents::today;
use crate::ui::theme::tokens;
use crate::ui::widgets::{hatch, standing_icon, standing_ui};

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
    /// What the user's changes said of the entry before: it comes back where what is typed cannot be taken.
    pub before: Excerpt,
    focused: bool,
}

impl Editing {
    /// Begins with what stands there.
    pub const fn begin(entry: String, column: &'static str, text: String, before: Excerpt) -> Self {
        Self { entry, column, text, problem: None, before, focused: false }
    }
}

/// What came of a cell in this frame.
pub enum CellOutcome<T> {
    /// Nothing.
    Nothing,
    /// It is to be edited, beginning with this text.
    Begin(String),
    /// Its entry is now this.
    Changed(Box<T>),
    /// What is typed cannot be taken: the old value holds.
    Refused,
    /// What was chosen cannot be taken, and why.
    Impossible(String),
    /// Editing is over; the old value comes back.
    Cancelled,
    /// Editing is over.
    Done,
}

/// Draws the cell and says what came of it. `built_in` is the entry as it came, where the user changed it.
pub fn cell_ui<T: Row>(
    ui: &mut Ui,
    spot: Spot,
    entry: &T,
    built_in: Option<&T>,
    column: &Column<T>,
    editing: Option<(&mut Editing, &Catalog)>,
) -> CellOutcome<T> {
    match editing {
        Some((editing, catalog)) => edit_ui(&mut spot.ui(ui), entry, column, editing, catalog),
        None => show_ui(ui, spot, entry, built_in, column),
    }
}

fn show_ui<T: Row>(ui: &Ui, spot: Spot, entry: &T, built_in: Option<&T>, column: &Column<T>) -> CellOutcome<T> {
    let value = (column.value)(entry);
    let was = built_in.map(|built_in| (column.value)(built_in)).filter(|was| *was != value);
    let tokens = tokens(ui);
    let text = value.shown();
    let color = match (&value, &was) {
        (_, Some(_)) => tokens.accent,
        (Value::Unknown, None) => tokens.text_weak,
        _ => tokens.text,
    };
    let standing = column.standing(entry);
    // What somebody published is the usual, and stands plain; the others show their mark.
    let shown = if value == Value::Unknown || standing == Standing::Cited {
        RichText::new(text.as_str())
    } else {
        RichText::new(format!("{} {text}", standing_icon(standing)))
    };
    let shown = shown.color(color);
    let response = if column.is_edited() { button_ui(ui, spot, shown, Wide::All) } else { label_ui(ui, spot, shown) };
    if value == Value::Unknown {
        hatch(ui.painter(), response.rect, tokens.hatch.gamma_multiply(0.4));
    }
    if was.is_some() {
        changed_mark(ui, response.rect);
    }
    let mark = if was.is_some() { ", changed" } else { "" };
    let role = if column.is_edited() { egui::Role::Button } else { egui::Role::Label };
    response.widget_info(|| {
        egui::WidgetInfo::labeled(role, true, format!("{} of {}: {text}{mark}", column.title, entry.name()))
    });
    let clicked = column.is_edited() && response.clicked();
    let outcome = match column.edit {
        Edit::Choice(all, _) => choice_ui(&response, entry, column, &text, all),
        Edit::Computed(_) | Edit::Number(_) | Edit::Text(_) if clicked => CellOutcome::Begin(value.typed()),
        Edit::Computed(_) | Edit::Number(_) | Edit::Text(_) => CellOutcome::Nothing,
    };
    response.on_hover_ui(|ui| {
        ui.set_max_width(420.0);
        column_source_ui(ui, entry, column, &value);
        if let Some(was) = &was {
            ui.label(format!("Built in: {}", was.shown()));
        }
        if column.is_edited() {
            ui.weak("Click to change");
        }
    });
    outcome
}

/// What a column's value rests on: mark and word, source, date.
pub fn column_source_ui<T: Row>(ui: &mut Ui, entry: &T, column: &Column<T>, value: &Value) {
    if *value == Value::Unknown {
        ui.label("Unknown: this was not found in");
        ui.label(format!("{}, {}", entry.provenance().source, entry.provenance().date));
        return;
    }
    standing_ui(ui, column.standing(entry));
    if let Edit::Computed(formula) = column.edit {
        ui.label(formula);
    }
    ui.label(source_of(entry.provenance(), column.field));
}

/// The words to choose from, below the cell.
fn choice_ui<T: Row>(
    response: &egui::Response,
    entry: &T,
    column: &Column<T>,
    current: &str,
    all: fn() -> Vec<&'static str>,
) -> CellOutcome<T> {
    let mut outcome = CellOutcome::Nothing;
    Popup::menu(response).show(|ui| {
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for word in all() {
                if ui.selectable_label(word == current, word).clicked() && word != current {
                    outcome = match changed_entry(entry, column, word) {
                        Ok(changed) => CellOutcome::Changed(Box::new(changed)),
                        Err(problem) => CellOutcome::Impossible(problem),
                    };
                    ui.close();
                }
            }
        });
    });
    outcome
}

/// A small corner: this value is the user's.
fn changed_mark(ui: &Ui, area: egui::Rect) {
    let corner = area.right_top();
    let points = vec![corner, corner - vec2(6.0, 0.0), corner + vec2(0.0, 6.0)];
    ui.painter().add(egui::Shape::convex_polygon(points, tokens(ui).accent, egui::Stroke::NONE));
}

fn edit_ui<T: Row>(
    ui: &mut Ui,
    entry: &T,
    column: &Column<T>,
    editing: &mut Editing,
    catalog: &Catalog,
) -> CellOutcome<T> {
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
        let changed = changed_entry(entry, column, &editing.text);
        let changed = changed.and_then(|changed| changed.names_nothing(catalog).map_or(Ok(changed), Err));
        return match changed {
            Ok(changed) => {
                editing.problem = None;
                CellOutcome::Changed(Box::new(changed))
            }
            Err(problem) => {
                editing.problem = Some(problem);
                CellOutcome::Refused
            }
        };
    }
    let (escape, enter) = ui.input(|input| (input.key_pressed(Key::Escape), input.key_pressed(Key::Enter)));
    if !editing.focused || response.has_focus() && !response.lost_focus() {
        return CellOutcome::Nothing;
    }
    if escape {
        return CellOutcome::Cancelled;
    }
    if enter && editing.problem.is_some() {
        // What is wrong stays on the screen until it is put right or given up.
        response.request_focus();
        return CellOutcome::Nothing;
    }
    CellOutcome::Done
}

/// The entry with the typed value in, if catalog rules allow it; its source says who typed it.
fn changed_entry<T: Row>(entry: &T, column: &Column<T>, text: &str) -> Result<T, String> {
    let mut changed = entry.clone();
    column.put(&mut changed, text)?;
    // A source that is typed says itself where it is from.
    if !column.field.starts_with("provenance.") {
        note_typed(changed.provenance_mut(), column.field);
    }
    match problem_of(&changed) {
        Some(problem) => Err(problem),
        None => Ok(changed),
    }
}

/// What catalog rules say against an entry, in words for a field. `None`: nothing.
pub fn problem_of<T: Row>(entry: &T) -> Option<String> {
    match validate::entry("this plan", entry).into_iter().next() {
        Some(CatalogError::Value { message, .. }) => Some(message),
        other => other.map(|problem| problem.to_string()),
    }
}

/// The source of what is typed here.
pub const TYPED: &str = "typed into this plan";

/// Notes that a field was typed, and when.
pub fn note_typed(provenance: &mut Provenance, field: &str) {
    provenance.note_field(FieldNote::new(field, Standing::Assumed, TYPED).dated(today()));
}

/// Mark and word, source and date of one field, for hovering.
pub fn source_ui(ui: &mut Ui, provenance: &Provenance, field: &str) {
    standing_ui(ui, provenance.standing_of(field));
    ui.label(source_of(provenance, field));
}

/// Source and date of one field.
pub fn source_of(provenance: &Provenance, field: &str) -> String {
    provenance.cited(field)
}
