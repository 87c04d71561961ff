//! What one does to whole entries: a new one, a copy, taking out, putting back. Each is one step of the plan's history.

use egui::{Button, Grid, Modal, Popup, TextEdit, Ui};

use super::cell::{TYPED, problem_of};
use super::value::{Column, Row};
use crate::catalog::{EntryKey, EntryState, Layer, Provenance, Standing};
use crate::project::uses;
use crate::ui::documents::{file_stem, today};
use crate::ui::messages::Severity;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

/// No name and no id is longer, in characters.
const LONGEST: usize = super::general::LONGEST_NAME;

/// What is to be done with an entry.
pub enum Act<T: Row> {
    /// Pin it for comparing, or unpin it.
    Pin(String),
    /// Show all its values.
    Details(String),
    /// Take it into the plan.
    Use(T::Id),
    /// Make one like it.
    Copy(T::Id),
    /// Take it out.
    Delete(T::Id),
    /// Take the built-in one again.
    Restore(T::Id),
}

/// The open dialog of a table.
#[derive(Debug)]
pub enum RowDialog {
    /// An entry being made.
    New(NewEntry),
    /// It is in use: delete it all the same?
    Delete {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// What rests on it.
        uses: Vec<String>,
    },
}

/// An entry being made.
#[derive(Debug)]
pub struct NewEntry {
    /// Id of the entry it begins as a copy of. `None`: with nothing.
    copy_of: Option<String>,
    name: String,
    id: String,
    /// The id follows the name until it is typed itself.
    id_typed: bool,
    source: String,
    /// Values that must be there, by title.
    values: Vec<(&'static str, String)>,
}

/// The menu of a row, below its button.
pub fn menu_ui<T: Row>(
    button: &egui::Response,
    scene: &Scene<'_>,
    entry: &T,
    standing: Option<EntryState>,
    pinned: bool,
) -> Option<Act<T>> {
    button.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("What to do with {}", entry.name()))
    });
    let mut act = None;
    Popup::menu(button).show(|ui| {
        let id = || entry.id().clone();
        let kept = kept_with_plan::<T>(scene, entry.id());
        let restore = if kept { "Restore the entry the plan was saved with" } else { "Restore the built-in entry" };
        if standing == Some(EntryState::Removed) {
            if ui.button(restore).clicked() {
                act = Some(Act::Restore(id()));
            }
            return;
        }
        if ui.button(if pinned { "Unpin" } else { "Pin for comparing" }).clicked() {
            act = Some(Act::Pin(entry.id().to_string()));
        }
        if let Some(words) = T::USE
            && ui.button(words).clicked()
        {
            act = Some(Act::Use(id()));
        }
        if ui.button("All values").on_hover_text("Every value of the entry, its source and its date").clicked() {
            act = Some(Act::Details(entry.id().to_string()));
        }
        if ui.button("Duplicate…").clicked() {
            act = Some(Act::Copy(id()));
        }
        let changed = standing == Some(EntryState::Changed);
        if ui.add_enabled(changed, Button::new(restore)).clicked() {
            act = Some(Act::Restore(id()));
        }
        let why = entry.kept_because();
        let delete = ui.add_enabled(why.is_none(), Button::new("Delete"));
        if delete.on_disabled_hover_text(why.unwrap_or_default()).clicked() {
            act = Some(Act::Delete(id()));
        }
    });
    act
}

/// Does it, or opens the dialog that asks first.
pub fn act_on<T: Row>(scene: &mut Scene<'_>, act: Act<T>, pinned: &mut Vec<String>) -> Option<RowDialog> {
    match act {
        // The pane's to do.
        Act::Details(_) => None,
        Act::Pin(id) => {
            if let Some(at) = pinned.iter().position(|other| *other == id) {
                pinned.remove(at);
            } else {
                pinned.push(id);
            }
            None
        }
        Act::Use(id) => {
            if let Some(entry) = T::table(scene.catalog).get(&id) {
                entry.use_in(scene.project);
                scene.messages.say(Severity::Info, format!("The plan uses {}", entry.name()));
            }
            None
        }
        Act::Copy(id) => T::table(scene.catalog).get(&id).map(|entry| RowDialog::New(NewEntry::copy(entry))),
        Act::Restore(id) => {
            scene.project.layer.restore::<T>(&id);
            let name = T::table(scene.base).get(&id).map_or_else(|| id.to_string(), |entry| entry.name().to_owned());
            let text = if kept_with_plan::<T>(scene, &id) {
                format!("{name} is as the plan was saved with it again; the review of your changes has today's")
            } else {
                format!("{name} is as built in again")
            };
            scene.messages.say(Severity::Info, text);
            None
        }
        Act::Delete(id) => {
            let key = EntryKey { kind: T::KIND, id: id.to_string() };
            let uses = uses(scene.project, scene.catalog, &key);
            let name = T::table(scene.catalog).get(&id).map_or_else(|| id.to_string(), |entry| entry.name().to_owned());
            if uses.is_empty() {
                delete::<T>(scene, &id, &name, pinned);
                return None;
            }
            Some(RowDialog::Delete { id: key.id, name, uses })
        }
    }
}

/// Whether what lies under the user's changes of an entry is what the plan was saved with, and not today's built-in one.
pub fn kept_with_plan<T: Row>(scene: &Scene<'_>, id: &T::Id) -> bool {
    T::table(scene.base).get(id) != T::table(scene.built_in).get(id)
}

fn delete<T: Row>(scene: &mut Scene<'_>, id: &T::Id, name: &str, pinned: &mut Vec<String>) {
    scene.project.layer.remove::<T>(scene.base, id);
    pinned.retain(|other| *other != id.to_string());
    scene.messages.say(Severity::Info, format!("{name} is taken out of the catalog; undo brings it back"));
}

/// Draws the dialog. Whether it stays open.
pub fn dialog_ui<T: Row>(
    ctx: &egui::Context,
    scene: &mut Scene<'_>,
    dialog: &mut RowDialog,
    pinned: &mut Vec<String>,
    columns: &[Column<T>],
) -> bool {
    let modal = Modal::new(egui::Id::unique("catalog row")).show(ctx, |ui| {
        ui.set_width(460.0);
        match dialog {
            RowDialog::New(new) => new.ui(ui, scene, columns),
            RowDialog::Delete { id, name, uses } => delete_ui::<T>(ui, scene, (id, name), uses, pinned),
        }
    });
    modal.inner && !modal.should_close()
}

fn delete_ui<T: Row>(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    (id, name): (&str, &str),
    uses: &[String],
    pinned: &mut Vec<String>,
) -> bool {
    ui.heading(format!("{name} is in use"));
    ui.label("The plan rests on it; without it these have no numbers until you pick another:");
    for each in uses.iter().take(8) {
        ui.label(format!("• {each}"));
    }
    if uses.len() > 8 {
        ui.weak(format!("and {} more", uses.len() - 8));
    }
    ui.add_space(8.0);
    let mut open = true;
    ui.horizontal(|ui| {
        if ui.button("Delete all the same").clicked() {
            delete::<T>(scene, &T::Id::from(id), name, pinned);
            open = false;
        }
        open &= !ui.button("Keep it").clicked();
    });
    open
}

impl NewEntry {
    /// Of which nothing is known yet.
    pub fn blank<T: Row>(columns: &[Column<T>]) -> Self {
        let provenance = typed_in(TYPED);
        let values = provenance.map(|provenance| {
            let blank = T::blank(T::Id::from("new"), "new".to_owned(), provenance);
            columns
                .iter()
                .filter(|column| column.must_be_there(&blank))
                .map(|column| (column.title, String::new()))
                .filter(|(title, _)| !STARTS_USUAL.contains(title))
                .collect()
        });
        Self {
            copy_of: None,
            name: String::new(),
            id: String::new(),
            id_typed: false,
            source: TYPED.to_owned(),
            values: values.unwrap_or_default(),
        }
    }

    fn copy<T: Row>(entry: &T) -> Self {
        let name: String = format!("{} (copy)", entry.name()).chars().take(LONGEST).collect();
        Self {
            copy_of: Some(entry.id().to_string()),
            id: file_stem(&name),
            name,
            id_typed: false,
            source: String::new(),
            values: Vec::new(),
        }
    }

    fn ui<T: Row>(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, columns: &[Column<T>]) -> bool {
        ui.heading(if self.copy_of.is_some() {
            format!("A copy in your catalog: {}", T::KIND)
        } else {
            format!("New {}", T::KIND)
        });
        ui.weak("What is not typed stays unknown; change it in the table");
        let made = self.made::<T>(scene, columns);
        Grid::new("new entry").num_columns(2).spacing([12.0, 6.0]).show(ui, |ui| {
            let label = ui.label("Name of the entry");
            let field = TextEdit::singleline(&mut self.name).char_limit(LONGEST).desired_width(300.0);
            if ui.add(field).labelled_by(label.id).changed() && !self.id_typed {
                self.id = if self.name.trim().is_empty() { String::new() } else { file_stem(&self.name) };
            }
            ui.end_row();
            let label = ui.label("Id of the entry").on_hover_text("Names it in files; it never changes");
            let field = TextEdit::singleline(&mut self.id).char_limit(LONGEST).desired_width(300.0);
            self.id_typed |= ui.add(field).labelled_by(label.id).changed();
            ui.end_row();
            for (title, text) in &mut self.values {
                let label = ui.label(*title);
                ui.add(TextEdit::singleline(text).char_limit(LONGEST).desired_width(300.0)).labelled_by(label.id);
                ui.end_row();
            }
            if self.copy_of.is_none() {
                let label = ui.label("Source of its values");
                ui.add(TextEdit::singleline(&mut self.source).char_limit(400).desired_width(300.0))
                    .labelled_by(label.id);
                ui.end_row();
            }
        });
        let problem = made.as_ref().err().cloned();
        ui.horizontal_wrapped(|ui| match &problem {
            Some(problem) => ui.colored_label(tokens(ui).bad, format!("❌ {problem}")),
            None => ui.weak("It can be made"),
        });
        ui.add_space(8.0);
        let mut open = true;
        ui.horizontal(|ui| {
            if ui.add_enabled(problem.is_none(), Button::new("Make the entry")).clicked()
                && let Ok(entry) = made
            {
                scene.messages.say(Severity::Info, format!("{} is in your catalog", entry.name()));
                scene.project.layer.put(entry);
                open = false;
            }
            open &= !ui.button("Cancel").clicked();
        });
        open
    }

    /// The entry as typed, or what is wrong with it.
    fn made<T: Row>(&self, scene: &Scene<'_>, columns: &[Column<T>]) -> Result<T, String> {
        let (name, text) = (self.name.trim().to_owned(), self.id.trim());
        if name.is_empty() {
            return Err("Name: type a name".to_owned());
        }
        if text.is_empty() {
            return Err("Id: type an id of small letters, digits, `-`, `.` and `_`".to_owned());
        }
        let id = T::Id::from(text);
        if T::table(scene.catalog).get(&id).is_some() || taken_out::<T>(&scene.project.layer, &id) {
            return Err(format!("Id: there is a {} `{text}` already: type another id", T::KIND));
        }
        let mut entry = match &self.copy_of {
            Some(other) => {
                let other = T::table(scene.catalog).get(&T::Id::from(other.as_str()));
                let mut entry = other.cloned().ok_or("the entry to copy is gone: cancel")?;
                entry.rename(id, name);
                entry
            }
            None => {
                let provenance =
                    typed_in(self.source.trim()).ok_or("the clock of this machine is before 1970: set it")?;
                T::blank(id, name, provenance)
            }
        };
        for (title, text) in &self.values {
            if let Some(column) = columns.iter().find(|column| column.title == *title) {
                column.put(&mut entry, text).map_err(|problem| format!("{title}: {problem}"))?;
            }
        }
        match problem_of(&entry).or_else(|| entry.names_nothing(scene.catalog)) {
            Some(problem) => Err(problem),
            None => Ok(entry),
        }
    }
}

/// Columns that must have a value and begin with a usual one.
const STARTS_USUAL: [&str; 10] = [
    "Height (U)",
    "Year",
    "Base",
    "Tokens of a step",
    "Cache block (tokens)",
    "Share of memory",
    "Sessions profiled",
    "Fixed, one device (GiB)",
    "Fixed, each of several (GiB)",
    "Graphs (GiB)",
];

/// An id the user took out is kept for the built-in entry, so that it can be restored.
fn taken_out<T: Row>(layer: &Layer, id: &T::Id) -> bool {
    T::removed(layer).contains(id)
}

fn typed_in(source: &str) -> Option<Provenance> {
    Some(Provenance { source: source.to_owned(), date: today()?, standing: Standing::Assumed, fields: Vec::new() })
}
