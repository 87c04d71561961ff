//! A table of one kind: sort by a click on a title, visible rows only, the user's changes marked.

use std::any::TypeId;
use std::collections::BTreeSet;

use egui::{Align, Layout, Rangef, ScrollArea, Ui};
use egui_extras::{Column as Width, TableBuilder};

use super::body::lines_ui;
use super::cell::{CellOutcome, Editing, cell_ui};
use super::edits::{Act, RowDialog, menu_ui};
use super::rows::{RowCache, RowsKey, Show, SortBy};
use super::scores::ScoresDraft;
use super::shapes::ShapesDraft;
use super::sized::{SizedColumn, SizedFor};
use super::sizer::Sizer;
use super::table_cells::{name_ui, pin_and_menu_ui, removed_ui, sized_ui, title_ui};
use super::value::{Column, Row, Value};
use crate::catalog::{Catalog, EntryState, Model};
use crate::ui::messages::Severity;
use crate::ui::scene::Scene;

const ROW: f32 = 24.0;
/// Cells are drawn this far beyond the sides of the pane, so that Tab finds the next column; those further off are left out.
const NEIGHBOUR: f32 = 160.0; // points, more than a column is wide at first

/// How a table is looked at.
#[derive(Debug, Default)]
pub struct TableState {
    /// Narrows the rows.
    pub filter: String,
    /// Whose entries are shown.
    pub show: Show,
    /// Titles of the columns left out. `None`: those that are at first.
    pub hidden: Option<BTreeSet<String>>,
    /// Ids of the entries to compare, in the order they were pinned.
    pub pinned: Vec<String>,
    /// The pinned ones stand beside each other in place of the table.
    pub comparing: bool,
    /// Id of the entry all of whose values are shown in place of the table.
    pub details: Option<String>,
    /// An entry being made, or about to be deleted.
    pub dialog: Option<RowDialog>,
    /// The rows shown.
    pub rows: RowCache,
    /// How the rows are sorted.
    pub sort: SortBy,
    pub(super) editing: Option<Editing>,
    /// Scores being changed.
    pub(super) scores: Option<ScoresDraft>,
    pub(super) shapes: Option<ShapesDraft>,
}

impl TableState {
    /// Whether a column is left out.
    pub fn is_hidden<T: Row>(&self, title: &str) -> bool {
        match &self.hidden {
            Some(hidden) => hidden.contains(title),
            None => T::HIDDEN_AT_FIRST.contains(&title),
        }
    }

    /// Forgets what is about the entries of one plan.
    pub fn forget_plan(&mut self) {
        (self.editing, self.dialog, self.details, self.comparing) = (None, None, None, false);
        (self.scores, self.shapes) = (None, None);
    }

    /// Shows a column or leaves it out.
    pub fn set_hidden<T: Row>(&mut self, title: &str, hide: bool) {
        let at_first = || T::HIDDEN_AT_FIRST.iter().map(|title| (*title).to_owned()).collect();
        let hidden = self.hidden.get_or_insert_with(at_first);
        if hide {
            hidden.insert(title.to_owned());
        } else {
            hidden.remove(title);
        }
    }
}

/// Title of the first column.
pub const NAME: &str = "Name";

/// A column as shown: from the entry, or computed.
enum Shown<T: 'static> {
    Own(&'static Column<T>),
    Sized(SizedColumn),
}

impl<T> Shown<T> {
    const fn title(&self) -> &'static str {
        match self {
            Self::Own(column) => column.title,
            Self::Sized(column) => column.title(),
        }
    }
}

/// What computes columns of models.
pub struct Computed<'a> {
    /// Makes and keeps the numbers.
    pub sizer: &'a mut Sizer,
    /// What they are for.
    pub chosen: &'a SizedFor,
}

/// Titles of all columns of a kind, in order.
pub fn titles<T: Row>(columns: &'static [Column<T>]) -> Vec<&'static str> {
    all_columns(columns).iter().map(Shown::title).collect()
}

fn all_columns<T: Row>(columns: &'static [Column<T>]) -> Vec<Shown<T>> {
    let sized = TypeId::of::<T>() == TypeId::of::<Model>();
    let mut all: Vec<Shown<T>> = columns.iter().map(Shown::Own).collect();
    if sized {
        // First what a model needs and does on the chosen device: what one looks for, in sight in a narrow window too.
        all.splice(0..0, SizedColumn::ALL.map(Shown::Sized));
    }
    all
}

/// Draws the table. What was done in it, to be applied to the plan.
pub fn table_ui<T: Row>(
    ui: &mut Ui,
    scene: &mut Scene<'_>,
    state: &mut TableState,
    columns: &'static [Column<T>],
    computed: Computed<'_>,
) -> Option<Act<T>> {
    let catalog: &Catalog = scene.catalog;
    let Computed { sizer, chosen } = computed;
    let is_models = TypeId::of::<T>() == TypeId::of::<Model>();
    if is_models {
        sizer.refresh(ui.ctx(), scene, chosen);
    }
    let shown: Vec<Shown<T>> =
        all_columns(columns).into_iter().filter(|column| !state.is_hidden::<T>(column.title())).collect();
    find_rows(ui, scene, state, columns, sizer);
    let (table, removed) = match state.show {
        Show::Removed => (T::table(scene.base), true),
        Show::All | Show::Yours | Show::Changed => (T::table(catalog), false),
    };
    let entries = table.as_slice();
    if state.rows.order.is_empty() {
        end_editing::<T>(scene, &mut state.editing);
        ui.weak(if state.show == Show::All {
            "Nothing matches; clear the filter to see all"
        } else {
            "There are none; choose All to see the catalog"
        });
        return None;
    }
    let mut act = None;
    let TableState { sort, editing, rows, pinned, .. } = state;
    let mut outcome = None;
    let mut drawn = false;
    // Columns beyond the pane are reached by scrolling across.
    let across = ScrollArea::horizontal().id_salt(("across", T::KIND)).auto_shrink(false);
    across.show(ui, |ui| {
        let sight = ui.clip_rect().x_range().expand(NEIGHBOUR);
        let mut builder = TableBuilder::new(ui)
            .id_salt((T::KIND, shown.len()))
            .resizable(true)
            .auto_shrink(false)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Width::exact(46.0))
            .column(Width::initial(214.0).at_least(120.0).clip(true));
        for column in &shown {
            let width = if matches!(column, Shown::Sized(_)) { 96.0 } else { 108.0 };
            builder = builder.column(Width::initial(width).at_least(56.0).clip(true));
        }
        let table = builder.header(ROW, |mut header| {
            header.col(|_| {});
            for title in std::iter::once(NAME).chain(shown.iter().map(Shown::title)) {
                header.col(|ui| title_ui(ui, title, sort));
            }
        });
        table.body(|body| {
            lines_ui(body, ROW, rows.order.len(), |ui, line| {
                let Some((at, entry)) =
                    rows.order.get(line.index).and_then(|&at| entries.get(at).map(|entry| (at, entry)))
                else {
                    return;
                };
                let standing = scene.project.layer.state_of::<T>(scene.base, entry.id());
                let built_in =
                    (standing == Some(EntryState::Changed)).then(|| T::table(scene.base).get(entry.id())).flatten();
                let id = entry.id().to_string();
                if let Some(spot) = line.spot(0) {
                    let is_pinned = pinned.contains(&id);
                    let (pin, menu) = pin_and_menu_ui(ui, spot, entry.name(), is_pinned);
                    if pin.clicked() {
                        act = Some(Act::Pin(id.clone()));
                    }
                    if let Some(done) = menu_ui(&menu, scene, entry, standing, is_pinned) {
                        act = Some(done);
                    }
                }
                if let Some(spot) = line.spot(1) {
                    name_ui(&mut spot.ui(ui), entry, standing);
                }
                for (column, place) in shown.iter().zip(2..) {
                    let here = editing.as_mut().filter(|edit| edit.column == column.title() && edit.entry == id);
                    let Some(spot) = line.spot(place) else { continue };
                    if here.is_none() && !meets(sight, spot.rect.x_range()) {
                        continue;
                    }
                    drawn |= here.is_some();
                    match column {
                        Shown::Own(column) if removed => removed_ui(ui, spot, entry, column),
                        Shown::Own(column) => {
                            let here = here.map(|edit| (edit, catalog));
                            match cell_ui(ui, spot, entry, built_in, column, here) {
                                CellOutcome::Nothing => {}
                                other => outcome = Some((id.clone(), column.title, other)),
                            }
                        }
                        Shown::Sized(column) => {
                            if let Some(model) = entry.as_model().filter(|_| !removed) {
                                sized_ui(ui, spot, sizer, *column, at, model);
                            }
                        }
                    }
                }
            });
        });
        follow_focus(ui);
    });
    if !drawn {
        end_editing::<T>(scene, editing);
    }
    if let Some((id, column, outcome)) = outcome {
        apply(scene, editing, id, column, outcome);
    }
    if sizer.has_put_off() {
        ui.ctx().request_repaint();
    }
    act
}

const fn meets(a: Rangef, b: Rangef) -> bool {
    a.min <= b.max && b.min <= a.max
}

/// Brings a cell into sight that the keyboard has just come to.
fn follow_focus(ui: &Ui) {
    let focused = ui.memory(|memory| memory.focused()).and_then(|id| ui.ctx().read_response(id));
    let Some(cell) = focused.filter(egui::Response::gained_focus).map(|response| response.rect) else { return };
    let sight = ui.clip_rect().x_range();
    let within = sight.contains(cell.left()) && sight.contains(cell.right());
    if ui.min_rect().contains_rect(cell) && !within {
        ui.scroll_to_rect(cell, None);
    }
}

/// Finds the rows anew where what they rest on changed; while a value is edited they stay as they are.
fn find_rows<T: Row>(
    ui: &Ui,
    scene: &Scene<'_>,
    state: &mut TableState,
    columns: &'static [Column<T>],
    sizer: &mut Sizer,
) {
    let entries = T::table(scene.catalog).as_slice();
    let by_computed = state.sort.and_then(|(title, _)| SizedColumn::ALL.into_iter().find(|each| each.title() == title));
    if by_computed.is_some() && sizer.make_some(entries.iter().map(Row::as_model)) {
        ui.ctx().request_repaint();
    }
    let key = RowsKey {
        catalog: scene.catalog_version,
        filter: state.filter.clone(),
        show: state.show,
        sort: state.sort,
        computed: if by_computed.is_some() { sizer.generation() } else { 0 },
    };
    let editing = state.editing.is_some() && state.rows.total == entries.len();
    if editing || state.rows.is_for(&key) {
        return;
    }
    let value = |at: usize, entry: &T| match (by_computed, entry.as_model()) {
        (Some(column), Some(model)) => sizer.made_value(column, at, model),
        // Names in the order of the alphabet come first.
        _ => Value::Text(entry.name().to_lowercase()),
    };
    state.rows.find((key, by_computed.is_none()), (scene.catalog, scene.base, &scene.project.layer), columns, value);
}

/// Ends editing of a cell that is not on the screen any more: nobody could see it, and the rows would wait for it.
pub fn end_editing<T: Row>(scene: &mut Scene<'_>, editing: &mut Option<Editing>) {
    if let Some(gone) = editing {
        let (id, column) = (gone.entry.clone(), gone.column);
        apply::<T>(scene, editing, id, column, CellOutcome::Done);
    }
}

/// Does what came of a cell.
pub fn apply<T: Row>(
    scene: &mut Scene<'_>,
    editing: &mut Option<Editing>,
    id: String,
    column: &'static str,
    outcome: CellOutcome<T>,
) {
    match outcome {
        CellOutcome::Nothing => {}
        CellOutcome::Begin(text) => {
            let before = scene.project.layer.excerpt::<T>(&T::Id::from(&id));
            *editing = Some(Editing::begin(id, column, text, before));
        }
        CellOutcome::Changed(entry) => {
            scene.project.layer.put(*entry);
            scene.project.layer.drop_unchanged(scene.base);
        }
        CellOutcome::Refused => {
            if let Some(editing) = editing {
                scene.project.layer.put_back::<T>(&T::Id::from(&id), &editing.before);
            }
        }
        CellOutcome::Impossible(problem) => {
            scene.messages.say(Severity::Warning, format!("Refused: {problem}; {column} of {id} is as it was"));
        }
        CellOutcome::Cancelled => {
            if let Some(editing) = editing.take() {
                scene.project.layer.put_back::<T>(&T::Id::from(&id), &editing.before);
            }
        }
        CellOutcome::Done => {
            if let Some(problem) = editing.take().and_then(|editing| editing.problem) {
                scene.messages.say(Severity::Warning, format!("Refused: {problem}; {column} of {id} is as it was"));
            }
        }
    }
}
