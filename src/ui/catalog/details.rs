//! All values of one entry below each other, each with what it rests on, its source and its date; edited in place as in the
//! table.

use std::collections::BTreeSet;

use egui::{Align, Layout, RichText, Ui};
use egui_extras::{Column as Width, TableBuilder};

use super::cell::{CellOutcome, cell_ui, source_of};
use super::general::general;
use super::light::Spot;
use super::scores::scores_ui;
use super::shapes::shapes_ui;
use super::table::{TableState, apply, end_editing};
use super::value::{Column, Row, Value};
use crate::catalog::{EntryState, Provenance, fields};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::standing_ui;

const ROW: f32 = 24.0;

/// Draws the entry. Whether it stays open.
pub fn details_ui<T: Row>(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    state: &mut TableState,
    columns: &'static [Column<T>],
) -> bool {
    let Some(id) = state.details.clone() else { return false };
    let key = T::Id::from(id.as_str());
    // The catalog is the frame's: it stays while the plan is changed.
    let catalog = std::sync::Arc::clone(scene.catalog);
    let Some(entry) = T::table(&catalog).get(&key) else {
        ui.weak("The entry is gone: undo brings it back");
        return !ui.button("Back to the table").clicked();
    };
    let standing = scene.project.layer.state_of::<T>(scene.base, &key);
    let built_in = T::table(scene.base).get(&key).filter(|_| standing == Some(EntryState::Changed));
    let mut open = true;
    ui.horizontal(|ui| {
        open = !ui.button("Back to the table").clicked();
        ui.strong(entry.name());
        ui.weak(&id);
        match standing {
            Some(EntryState::Added) => drop(ui.colored_label(tokens(ui).accent, "yours")),
            Some(EntryState::Changed) => drop(ui.colored_label(tokens(ui).accent, "changed")),
            Some(EntryState::BuiltIn | EntryState::Removed) | None => {}
        }
    });
    if let Some(model) = entry.as_model() {
        scores_ui(ui, scene, model, &mut state.scores);
        shapes_ui(ui, scene, model, &mut state.shapes);
    }
    let others = others(entry, columns);
    let general = general::<T>();
    let columns: Vec<&Column<T>> = columns.iter().chain(&general).collect();
    let mut outcome = None;
    let mut drawn = false;
    TableBuilder::new(ui)
        .id_salt(("details", T::KIND))
        .striped(true)
        .resizable(true)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Width::initial(190.0).at_least(100.0).clip(true))
        .column(Width::initial(220.0).at_least(100.0).clip(true))
        .column(Width::initial(100.0).at_least(80.0).clip(true))
        .column(Width::remainder().at_least(160.0).clip(true))
        .header(ROW, |mut header| {
            for title in ["Value of", "Is", "Rests on", "Source and date"] {
                header.col(|ui| drop(ui.strong(title)));
            }
        })
        .body(|body| {
            body.rows(ROW, columns.len() + others.len(), |mut row| {
                let at = row.index();
                let Some(&column) = columns.get(at) else {
                    let Some((field, value)) = others.get(at - columns.len()) else { return };
                    row.col(|ui| drop(ui.add(egui::Label::new(RichText::new(field).weak()).truncate())));
                    row.col(|ui| drop(ui.add(egui::Label::new(value).truncate()).on_hover_text(value)));
                    row.col(|ui| standing_ui(ui, entry.provenance().standing_of(field)));
                    row.col(|ui| source_cell_ui(ui, entry.provenance(), field));
                    return;
                };
                row.col(|ui| drop(ui.add(egui::Label::new(column.title).truncate())));
                let value = (column.value)(entry);
                row.col(|ui| {
                    let editing = state.editing.as_mut();
                    let here = editing.filter(|edit| edit.column == column.title && edit.entry == id);
                    drawn |= here.is_some();
                    let here = here.map(|edit| (edit, &*catalog));
                    match cell_ui(ui, Spot::all_of(ui), entry, built_in, column, here) {
                        CellOutcome::Nothing => {}
                        other => outcome = Some((column.title, other)),
                    }
                });
                row.col(|ui| {
                    if value == Value::Unknown {
                        ui.weak("unknown");
                    } else {
                        standing_ui(ui, column.standing(entry));
                    }
                });
                row.col(|ui| source_cell_ui(ui, entry.provenance(), column.field));
            });
        });
    if !drawn {
        end_editing::<T>(scene, &mut state.editing);
    }
    if let Some((column, outcome)) = outcome {
        apply(scene, &mut state.editing, id, column, outcome);
    }
    open
}

fn source_cell_ui(ui: &mut Ui, provenance: &Provenance, field: &str) {
    let text = source_of(provenance, field);
    ui.add(egui::Label::new(RichText::new(&text).weak()).truncate()).on_hover_text(&text);
}

/// Scores of a model have lines of their own.
fn is_score(field: &str) -> bool {
    field.starts_with("quality[")
}

/// What the data file holds beyond the columns, by the path of each field.
fn others<T: Row>(entry: &T, columns: &[Column<T>]) -> Vec<(String, String)> {
    let shown: BTreeSet<&str> = columns.iter().map(|column| column.field).collect();
    let told = |field: &str| {
        let covered = shown
            .iter()
            .any(|shown| field.strip_prefix(shown).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '['])));
        covered || matches!(field, "id" | "name") || field.starts_with("provenance") || is_score(field)
    };
    fields(entry).into_iter().filter(|(field, _)| !told(field)).collect()
}
