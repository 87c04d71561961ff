//! The review of files before anything of them is taken over: what was read, guessed, missing and set aside.

use egui::{Modal, ScrollArea, Ui};

use super::{FormReply, MachineForm, MachineProbe};
use crate::catalog::{Catalog, Certainty, DeviceId, Layer, Match, Measurement, ModelId, Recognised};
use crate::import::{Existing, FileKind, ImportReport, Remark, Report};
use crate::project::Project;
use crate::ui::theme::tokens;
use crate::ui::widgets::{PickerEntry, picker_ui, section_ui};

/// Most measurements of a file that are listed.
const LISTED: usize = 12;
/// Most files that are listed.
const FILES_LISTED: usize = 60;

/// Files that were read, before anything of them is in the plan.
pub struct Review {
    report: Report,
    /// Whether entries the catalog has already are replaced.
    existing: Existing,
    /// The device of rows that name none the catalog knows.
    device: Option<DeviceId>,
    /// The model of rows that name none the catalog knows.
    model: Option<ModelId>,
    machine: Option<MachineForm>,
    probe: MachineProbe,
}

/// What the user did in the dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing yet.
    Open,
    /// Thought better of it.
    Cancel,
    /// Wants what was read in the plan: these measurements, and the entries by [`Review::add_entries`].
    Add(Vec<Measurement>),
}

impl Review {
    /// Of files that were read. `probe`: this machine, to make a device of it.
    pub fn of(mut report: Report, probe: MachineProbe) -> Self {
        // Of a whole library those set aside are what one looks for; only the first files are listed.
        report.files.sort_by_key(|file| file.problems.is_empty());
        Self { report, existing: Existing::Keep, device: None, model: None, machine: None, probe }
    }

    /// Draws it over everything else.
    pub fn ui(&mut self, ctx: &egui::Context, catalog: &Catalog, project: &mut Project) -> Reply {
        let modal = Modal::new(egui::Id::unique("review of measurements")).show(ctx, |ui| {
            ui.set_width(560.0);
            let measured = self.rows().next().is_some();
            ui.heading(if self.report.entries() == 0 || measured { "Measurements to add" } else { "Entries to add" });
            ui.weak("Nothing is in the plan yet: look at what was read, then add it");
            ScrollArea::vertical().max_height(340.0).auto_shrink([false, true]).show(ui, |ui| {
                for report in self.report.files.iter().take(FILES_LISTED) {
                    report_ui(ui, report);
                }
                let more = self.report.files.len().saturating_sub(FILES_LISTED);
                if more > 0 {
                    ui.weak(format!("and {more} more files"));
                }
                if self.report.passed_over > 0 {
                    ui.weak(format!("{} files of other kinds were passed over", self.report.passed_over));
                }
            });
            self.unknown_ui(ui, catalog, project);
            ui.add_space(8.0);
            self.buttons_ui(ui)
        });
        if modal.inner == Reply::Open && modal.should_close() { Reply::Cancel } else { modal.inner }
    }

    fn rows(&self) -> impl Iterator<Item = &Measurement> {
        self.report.files.iter().flat_map(|report| &report.measurements)
    }

    /// Asks what the files do not say.
    fn unknown_ui(&mut self, ui: &mut Ui, catalog: &Catalog, project: &mut Project) {
        let without_device = self.rows().filter(|row| row.device.entry.is_none()).count();
        let without_model = self.rows().filter(|row| row.model.entry.is_none()).count();
        if without_model > 0 {
            ui.label(format!("{without_model} measurements name no model the catalog knows; they ran"));
            let current = self.model.as_ref().and_then(|id| catalog.models.get(id));
            let entries = catalog.models.iter().map(|model| PickerEntry {
                id: &model.id,
                name: &model.name,
                detail: model.family.clone(),
            });
            let shown = current.map_or("pick a model", |model| model.name.as_str());
            if let Some(id) = picker_ui(ui, "Model of these measurements", shown, entries) {
                self.model = Some(id);
            }
        }
        if without_device == 0 {
            return;
        }
        ui.label(format!("{without_device} measurements name no device the catalog knows; they ran on"));
        let current = self.device.as_ref().and_then(|id| catalog.devices.get(id));
        let entries = catalog.devices.iter().map(|device| PickerEntry {
            id: &device.id,
            name: &device.name,
            detail: device.form_factor.clone(),
        });
        let shown = current.map_or("pick a device", |device| device.name.as_str());
        if let Some(id) = picker_ui(ui, "Device of these measurements", shown, entries) {
            self.device = Some(id);
        }
        match &mut self.machine {
            Some(form) => match form.ui(ui, project, None) {
                Some(FormReply::Made(id)) => {
                    self.device = Some(id);
                    self.machine = None;
                }
                Some(FormReply::Left) => self.machine = None,
                None => {}
            },
            None => {
                if ui.button("Make a device of this machine…").clicked() {
                    self.machine = Some(MachineForm::new(self.probe));
                }
            }
        }
    }

    /// Lays the entries that were read over the plan's changes of the catalog. What was done, in a line; `None` where no
    /// entry was read.
    pub fn add_entries(&self, built_in: &Catalog, layer: &mut Layer) -> Option<String> {
        (self.report.entries() > 0).then(|| self.report.apply(built_in, layer, self.existing).words())
    }

    fn buttons_ui(&mut self, ui: &mut Ui) -> Reply {
        let (rows, entries) = (self.rows().count(), self.report.entries());
        let mut reply = Reply::Open;
        if entries > 0 {
            let mut replace = self.existing == Existing::Replace;
            let hover =
                "Off: an entry the catalog has already stays as it is. On: the one that was read takes its place";
            if ui.checkbox(&mut replace, "Replace entries that are there already").on_hover_text(hover).changed() {
                self.existing = if replace { Existing::Replace } else { Existing::Keep };
            }
        }
        ui.horizontal(|ui| {
            let count = |count: usize, one: &str, more: &str| match count {
                0 => None,
                1 => Some(format!("1 {one}")),
                _ => Some(format!("{count} {more}")),
            };
            let parts = [count(rows, "measurement", "measurements"), count(entries, "entry", "entries")];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            let words =
                if parts.is_empty() { "Add nothing".to_owned() } else { format!("Add {}", parts.join(" and ")) };
            if ui.add_enabled(!parts.is_empty(), egui::Button::new(words)).clicked() {
                reply = Reply::Add(self.rows().map(|row| self.completed(row)).collect());
            }
            if ui.button("Cancel").clicked() {
                reply = Reply::Cancel;
            }
        });
        reply
    }

    /// The row with what the user said of rows that do not.
    fn completed(&self, row: &Measurement) -> Measurement {
        fn said<Id: Clone>(what: &mut Recognised<Id>, id: Option<&Id>) {
            if let (None, Some(id)) = (&what.entry, id) {
                what.entry = Some(Match { id: id.clone(), certainty: Certainty::Certain });
            }
        }
        let mut row = row.clone();
        said(&mut row.device, self.device.as_ref());
        said(&mut row.model, self.model.as_ref());
        row
    }
}

fn report_ui(ui: &mut Ui, report: &ImportReport) {
    let count = report.measurements.len();
    let measured = matches!(report.kind, None | Some(FileKind::Json | FileKind::Csv | FileKind::Markdown));
    if measured {
        section_ui(ui, &format!("{}: {count} measurement{}", report.file, if count == 1 { "" } else { "s" }));
    } else {
        section_ui(ui, &report.file);
    }
    for words in &report.read {
        ui.label(words);
    }
    for row in report.measurements.iter().take(LISTED) {
        ui.label(row_text(row));
    }
    if count > LISTED {
        ui.weak(format!("and {} more", count - LISTED));
    }
    remarks_ui(ui, "Guessed", &report.guessed);
    remarks_ui(ui, "Missing", &report.missing);
    let bad = tokens(ui).bad;
    for problem in &report.problems {
        ui.colored_label(bad, format!("❌ Set aside: {problem}"));
    }
    if report.more_problems > 0 {
        ui.colored_label(bad, format!("❌ and {} more", report.more_problems));
    }
}

fn remarks_ui(ui: &mut Ui, heading: &str, remarks: &[Remark]) {
    for remark in remarks {
        ui.colored_label(tokens(ui).warn, format!("⚠ {heading}: {} (rows: {})", remark.text, remark.rows));
    }
}

/// A measurement in one line.
pub(super) fn row_text(row: &Measurement) -> String {
    fn named<Id: std::fmt::Display>(what: &Recognised<Id>) -> String {
        match what.id() {
            Some(id) => id.to_string(),
            None if what.text.is_empty() => "(not named)".to_owned(),
            None => format!("`{}`", what.text),
        }
    }
    let format = row.format.map_or_else(String::new, |format| format!(" {format}"));
    let day = row.date.as_ref().map_or_else(String::new, |day| format!(", {day}"));
    let what = row.value.label();
    format!("{what} {}: {}{format} on {}{day}", row.value.text(), named(&row.model), named(&row.device))
}
