//! Pinned entries beside each other: every field that any of them has, those that differ marked.
//!
//! It says what differs, not what is better: more is better of bandwidth and worse of price, and for most fields neither.

use std::collections::BTreeSet;

use egui::{Align, Button, Layout, RichText, Ui};
use egui_extras::{Column as Width, TableBuilder};

use super::cell::source_ui;
use super::sized::SizedColumn;
use super::sizer::Sizer;
use super::table::Computed;
use super::value::{Column, Row, Value};
use crate::catalog::{Standing, fields};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::{hatch, standing_icon};

const ROW: f32 = 22.0;
/// Entries compared at most: more columns than that are no comparison.
pub const MOST_PINNED: usize = 6;

/// One line of the comparison.
struct Line {
    title: String,
    about: About,
    /// One text an entry. `None`: unknown.
    values: Vec<Option<String>>,
}

/// What a line is about.
enum About {
    /// The path of a field, where its source is noted.
    Field(String),
    /// What is computed for the format, context and device above the table.
    Computed(SizedColumn),
}

impl Line {
    fn differs(&self) -> bool {
        self.values.iter().any(|value| Some(value) != self.values.first())
    }
}

/// Draws the pinned entries; `only_differences` leaves out what is the same. An id to unpin, if asked for.
pub fn compare_ui<T: Row>(
    ui: &mut Ui,
    scene: &Scene<'_>,
    pinned: &[String],
    columns: &[Column<T>],
    only_differences: &mut bool,
    computed: Computed<'_>,
) -> Option<String> {
    let table = T::table(scene.catalog);
    let entries: Vec<&T> = pinned.iter().filter_map(|id| table.get(&T::Id::from(id.as_str()))).collect();
    if entries.len() < 2 {
        ui.weak("Pin two entries or more with the star in front of their names");
        return None;
    }
    let Computed { sizer, chosen } = computed;
    let mut all = Vec::new();
    if entries.iter().any(|entry| entry.as_model().is_some()) {
        sizer.refresh(ui.ctx(), scene, chosen);
        all = computed_lines(table.as_slice(), &entries, sizer);
        if sizer.has_put_off() {
            ui.ctx().request_repaint();
        }
    }
    all.extend(lines(&entries, columns));
    let differing = all.iter().filter(|line| line.differs()).count();
    ui.horizontal(|ui| {
        ui.checkbox(only_differences, "Only what differs");
        ui.weak(format!("{differing} of {} lines differ", all.len()));
    });
    if *only_differences {
        all.retain(Line::differs);
    }
    let mut unpin = None;
    let mut builder = TableBuilder::new(ui)
        .id_salt(("compare", T::KIND, entries.len()))
        .resizable(true)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Width::initial(210.0).at_least(100.0).clip(true));
    for _ in &entries {
        builder = builder.column(Width::initial(190.0).at_least(80.0).clip(true));
    }
    builder
        .header(ROW + 4.0, |mut header| {
            header.col(|ui| drop(ui.strong("Field")));
            for entry in &entries {
                header.col(|ui| {
                    let button = ui.add(Button::new("★").frame_when_inactive(false).small());
                    button.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Unpin {}", entry.name()))
                    });
                    if button.on_hover_text("Unpin").clicked() {
                        unpin = Some(entry.id().to_string());
                    }
                    ui.add(egui::Label::new(RichText::new(entry.name()).strong()).truncate());
                });
            }
        })
        .body(|body| {
            body.rows(ROW, all.len(), |mut row| {
                let Some(line) = all.get(row.index()) else { return };
                let differs = line.differs();
                row.set_selected(differs);
                row.col(|ui| {
                    let mark = if differs { "≠ " } else { "" };
                    let label = ui.add(egui::Label::new(format!("{mark}{}", line.title)).truncate());
                    label.widget_info(|| {
                        let all: Vec<&str> =
                            line.values.iter().map(|value| value.as_deref().unwrap_or("unknown")).collect();
                        let words = if differs { "differs" } else { "same" };
                        let name = format!("{}, {words}: {}", line.title, all.join(" | "));
                        egui::WidgetInfo::labeled(egui::Role::Label, true, name)
                    });
                });
                for (value, entry) in line.values.iter().zip(&entries) {
                    row.col(|ui| {
                        let text = match value {
                            Some(text) => RichText::new(text.as_str()).color(tokens(ui).text),
                            None => RichText::new("unknown").color(tokens(ui).text_weak),
                        };
                        let label = ui.add(egui::Label::new(text).truncate());
                        if value.is_none() {
                            hatch(ui.painter(), label.rect, tokens(ui).hatch.gamma_multiply(0.4));
                        }
                        label.on_hover_ui(|ui| match (&line.about, entry.as_model()) {
                            (About::Computed(column), Some(model)) => sizer.why_ui(ui, *column, model),
                            (About::Field(field), _) => source_ui(ui, entry.provenance(), field),
                            (About::Computed(_), None) => {}
                        });
                    });
                }
            });
        });
    unpin
}

/// What is computed of models, known or not: a gap compares too.
fn computed_lines<T: Row>(table: &[T], entries: &[&T], sizer: &mut Sizer) -> Vec<Line> {
    let place = |entry: &T| table.iter().position(|other| other.id() == entry.id());
    let places: Vec<Option<usize>> = entries.iter().map(|entry| place(entry)).collect();
    let mut text = |column: SizedColumn, entry: &T, at: Option<usize>| {
        let model = entry.as_model()?;
        let Some((value, standing)) = sizer.value(column, at?, model) else { return Some("…".to_owned()) };
        let text = sizer.text(column, &value);
        let marked = standing != Standing::Cited && column != SizedColumn::Band;
        let shown = if marked { format!("{} {text}", standing_icon(standing)) } else { text };
        (value != Value::Unknown).then_some(shown)
    };
    let line = |column: SizedColumn| Line {
        title: column.title().to_owned(),
        about: About::Computed(column),
        values: entries.iter().zip(&places).map(|(entry, at)| text(column, entry, *at)).collect(),
    };
    SizedColumn::ALL.into_iter().map(line).collect()
}

/// The columns of the table first, then every other field the data files have.
fn lines<T: Row>(entries: &[&T], columns: &[Column<T>]) -> Vec<Line> {
    let shown = |value: Value| (value != Value::Unknown).then(|| value.shown());
    let mut all: Vec<Line> = columns
        .iter()
        .map(|column| Line {
            title: column.title.to_owned(),
            about: About::Field(column.field.to_owned()),
            values: entries.iter().map(|entry| shown((column.value)(entry))).collect(),
        })
        .collect();
    let each: Vec<_> = entries.iter().map(|entry| fields(*entry)).collect();
    let names: BTreeSet<&String> = each.iter().flat_map(|fields| fields.keys()).collect();
    let in_columns: BTreeSet<&str> = columns.iter().map(|column| column.field).collect();
    for name in names {
        let told = in_columns.contains(name.as_str()) || matches!(name.as_str(), "id" | "name");
        if told || name.starts_with("provenance.fields") {
            continue;
        }
        all.push(Line {
            title: name.clone(),
            about: About::Field(name.clone()),
            values: each.iter().map(|fields| fields.get(name).cloned()).collect(),
        });
    }
    // What is known of none of them compares nothing.
    all.retain(|line| line.values.iter().any(Option::is_some));
    all
}
