//! A table of one kind: filter, sort by a click on a title, visible rows only, changed entries marked.

use std::cmp::Ordering;

use egui::{Align, Button, Layout, RichText, Ui};
use egui_extras::{Column as Width, TableBuilder};

use super::cell::{CellOutcome, Editing, cell_ui, source_text};
use super::columns::{Column, Row, Value};
use crate::catalog::{Catalog, EntryState};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::matches;

const ROW: f32 = 24.0;

/// How a table is looked at.
#[derive(Debug, Default)]
pub struct TableState {
    /// Narrows the rows.
    pub filter: String,
    /// Title of the column sorted by, and whether the largest is first. `None`: the catalog's order.
    sort: Option<(&'static str, bool)>,
    editing: Option<Editing>,
    /// Places in the catalog's table, in the order shown; kept as they are while a value is edited.
    order: Vec<usize>,
    total: usize,
}

impl TableState {
    /// "12 of 367", for beside the filter.
    pub fn count_text(&self) -> String {
        format!("{} of {} entries", self.order.len(), self.total)
    }
}

/// Title of the first column.
const NAME: &str = "Name";

/// Draws the table and applies what was edited to the plan.
pub fn table_ui<T: Row>(ui: &mut Ui, scene: &mut Scene<'_>, state: &mut TableState, columns: &'static [Column<T>]) {
    let catalog: &Catalog = scene.catalog;
    let entries = T::table(catalog).as_slice();
    if state.editing.is_none() || state.total != entries.len() {
        state.total = entries.len();
        state.order = order(entries, columns, state);
    }
    if state.order.is_empty() {
        ui.weak("Nothing matches; clear the filter to see all");
        return;
    }
    let mut changed = None;
    let mut restored = None;
    let mut table = TableBuilder::new(ui)
        .striped(true)
        .resizable(true)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Width::initial(230.0).at_least(120.0).clip(true));
    for _ in columns {
        table = table.column(Width::initial(128.0).at_least(60.0).clip(true));
    }
    let TableState { sort, editing, order, .. } = state;
    table
        .header(ROW, |mut header| {
            for title in std::iter::once(NAME).chain(columns.iter().map(|column| column.title)) {
                header.col(|ui| title_ui(ui, title, sort));
            }
        })
        .body(|body| {
            body.rows(ROW, order.len(), |mut row| {
                let Some(entry) = order.get(row.index()).and_then(|&at| entries.get(at)) else { return };
                row.col(|ui| {
                    if name_ui(ui, scene, entry) {
                        restored = Some(entry.id().clone());
                    }
                });
                for column in columns {
                    row.col(|ui| {
                        let here = editing
                            .as_mut()
                            .filter(|edit| edit.column == column.title && edit.entry == entry.id().to_string());
                        match cell_ui(ui, entry, column, here) {
                            CellOutcome::Nothing => {}
                            CellOutcome::Begin(edit) => *editing = Some(edit),
                            CellOutcome::Changed(entry) => changed = Some(entry),
                            CellOutcome::Done => *editing = None,
                        }
                    });
                }
            });
        });
    if let Some(entry) = changed {
        scene.project.layer.put(entry);
        scene.project.layer.drop_unchanged(scene.built_in);
    }
    if let Some(id) = restored {
        scene.project.layer.restore::<T>(&id);
    }
}

fn title_ui(ui: &mut Ui, title: &'static str, sort: &mut Option<(&'static str, bool)>) {
    let arrow = match sort {
        Some((by, true)) if *by == title => " ⏷",
        Some((by, false)) if *by == title => " ⏶",
        _ => "",
    };
    let button = Button::new(RichText::new(format!("{title}{arrow}")).strong()).frame_when_inactive(false).truncate();
    let button = ui.add(button).on_hover_text(format!("Sort by {title}"));
    button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Sort by {title}")));
    if button.clicked() {
        *sort = match *sort {
            Some((by, true)) if by == title => Some((title, false)),
            Some((by, false)) if by == title => None,
            _ => Some((title, true)),
        };
    }
}

/// The entry's name, its mark where changed. True where the built-in entry is to be restored.
fn name_ui<T: Row>(ui: &mut Ui, scene: &Scene<'_>, entry: &T) -> bool {
    let state = scene.project.layer.state_of::<T>(scene.built_in, entry.id());
    let mut restore = false;
    if matches!(state, Some(EntryState::Changed | EntryState::Added)) {
        let words = format!("Restore {}", entry.name());
        let hover = "Changed in this plan. Click to take the built-in entry again";
        let button = ui.add(Button::new(RichText::new("⟲").color(tokens(ui).accent)).small()).on_hover_text(hover);
        button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &words));
        restore = state == Some(EntryState::Changed) && button.clicked();
        ui.colored_label(tokens(ui).accent, "changed");
    }
    let label = ui.add(egui::Label::new(entry.name()).truncate());
    label.on_hover_text(format!("{}\n{}", entry.id(), source_text(entry.provenance(), "")));
    restore
}

/// Places of the entries that match, in the order asked for.
fn order<T: Row>(entries: &[T], columns: &[Column<T>], state: &TableState) -> Vec<usize> {
    let detail = |entry: &T| {
        let words = columns.iter().filter_map(|column| match (column.value)(entry) {
            Value::Text(text) => Some(text),
            Value::Number(_) | Value::Unknown => None,
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let mut rows: Vec<(usize, &T)> = entries
        .iter()
        .enumerate()
        .filter(|(_, entry)| state.filter.is_empty() || matches(&state.filter, entry.name(), &detail(entry)))
        .collect();
    if let Some((title, largest_first)) = state.sort {
        let column = columns.iter().find(|column| column.title == title);
        rows.sort_by(|(_, a), (_, b)| {
            let (a, b) = match column {
                Some(column) => ((column.value)(a), (column.value)(b)),
                None => (Value::Text(b.name().to_lowercase()), Value::Text(a.name().to_lowercase())),
            };
            compare(&a, &b, largest_first)
        });
    }
    rows.into_iter().map(|(at, _)| at).collect()
}

/// Unknown is last whichever way the rest goes.
fn compare(a: &Value, b: &Value, largest_first: bool) -> Ordering {
    let known = match (a, b) {
        (Value::Unknown, Value::Unknown) => return Ordering::Equal,
        (Value::Unknown, _) => return Ordering::Greater,
        (_, Value::Unknown) => return Ordering::Less,
        (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Number(_), Value::Text(_)) => Ordering::Less,
        (Value::Text(_), Value::Number(_)) => Ordering::Greater,
    };
    if largest_first { known.reverse() } else { known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_is_last_whichever_way_a_column_is_sorted() {
        for largest_first in [true, false] {
            assert_eq!(compare(&Value::Unknown, &Value::Number(1.0), largest_first), Ordering::Greater);
            assert_eq!(compare(&Value::Number(1.0), &Value::Unknown, largest_first), Ordering::Less);
        }
        assert_eq!(compare(&Value::Number(1.0), &Value::Number(2.0), true), Ordering::Greater);
    }
}
