//! Doing what was asked for, after drawing.

use std::path::{Path, PathBuf};

use super::App;
use crate::project::Project;
use crate::ui::command::Command;
use crate::ui::documents::{self, Document};
use crate::ui::files::{PathOutcome, Purpose, Question};
use crate::ui::history::History;
use crate::ui::messages::Severity;
use crate::ui::own::{Read, Reading, Review, ReviewReply};
use crate::ui::panes::{self, Pane};
use crate::ui::shell::{Dialog, Reply};

/// Steps of the zoom.
const ZOOM_STEP: f32 = 0.1;

impl App {
    pub(super) fn do_commands(&mut self, ctx: &egui::Context) {
        for command in std::mem::take(&mut self.commands) {
            let command = match command {
                // Merging loses nothing, so there is nothing to ask about first.
                Command::OpenPath(path) if documents::is_catalog(&path) => Command::MergeFiles(vec![path]),
                command => command,
            };
            let loses = matches!(command, Command::New | Command::Open | Command::OpenPath(_) | Command::Quit);
            if loses && self.has_changes() {
                self.dialog = Some(Dialog::Unsaved(command));
            } else {
                self.do_agreed(command, ctx);
            }
            ctx.request_repaint();
        }
    }

    /// Does it, changes that would be lost or not.
    fn do_agreed(&mut self, command: Command, ctx: &egui::Context) {
        match command {
            Command::New => self.take_over(Project::default_plan(&self.built_in), None),
            Command::Open => self.ask(Purpose::OpenPlan, ctx),
            Command::OpenPath(path) => self.use_path(Purpose::OpenPlan, &path),
            Command::OpenModel => self.ask(Purpose::OpenModel, ctx),
            Command::LookAtModel(path) => self.use_path(Purpose::OpenModel, &path),
            Command::OpenText => self.ask(Purpose::OpenText, ctx),
            Command::SaveModel => self.ask(Purpose::SaveModel, ctx),
            Command::Save => match self.document.path.clone() {
                Some(path) => self.use_path(Purpose::SavePlan, &path),
                None => self.ask(Purpose::SavePlan, ctx),
            },
            Command::SaveAs => self.ask(Purpose::SavePlan, ctx),
            Command::ImportMeasurements => self.ask(Purpose::ImportMeasurements, ctx),
            Command::ImportFolder => self.ask(Purpose::ImportFolder, ctx),
            Command::ImportFiles(paths) => self.read_files(paths, ctx),
            Command::MergeFiles(paths) => self.merge_files(&paths),
            Command::ExportReport => self.ask(Purpose::ExportReport, ctx),
            Command::ExportNetbox => self.ask(Purpose::ExportNetbox, ctx),
            Command::ExportCatalog => {
                if self.project.layer.is_empty() {
                    self.messages
                        .say(Severity::Info, "You changed nothing in the catalog yet: there is nothing to export");
                } else {
                    self.ask(Purpose::ExportCatalog, ctx);
                }
            }
            Command::MergeCatalog => self.ask(Purpose::MergeCatalog, ctx),
            Command::ReviewCatalog => {
                self.catalog.review();
                panes::show(&mut self.view.tree, Pane::Catalog);
            }
            Command::Quit => {
                self.closing = true;
                ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            }
            Command::Undo => {
                if let Some(earlier) = self.history.undo(&self.project) {
                    self.project = earlier;
                }
            }
            Command::Redo => {
                if let Some(later) = self.history.redo(&self.project) {
                    self.project = later;
                }
            }
            Command::Show(pane) => panes::show(&mut self.view.tree, pane),
            Command::ResetLayout => self.view.tree = panes::default_tree(),
            Command::Theme(theme) => {
                self.view.theme = theme;
                ctx.set_theme(theme);
            }
            Command::ZoomIn => self.zoom(ctx.zoom_factor() + ZOOM_STEP, ctx),
            Command::ZoomOut => self.zoom(ctx.zoom_factor() - ZOOM_STEP, ctx),
            Command::ZoomReset => self.zoom(1.0, ctx),
            Command::Messages => self.dialog = Some(Dialog::Messages),
            Command::About => self.dialog = Some(Dialog::About),
            Command::Shortcuts => self.dialog = Some(Dialog::Shortcuts),
        }
    }

    fn zoom(&mut self, zoom: f32, ctx: &egui::Context) {
        self.view.zoom = ((zoom * 10.0).round() / 10.0).clamp(0.5, 3.0);
        ctx.set_zoom_factor(self.view.zoom);
    }

    pub(super) fn question(&self, purpose: Purpose) -> Question {
        if let (Purpose::SaveModel, Some((folder, file_name))) = (purpose, self.live.smaller_file()) {
            return Question { purpose, folder, file_name };
        }
        let path = self.document.path.as_deref();
        let stem = path.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned());
        let stem = stem.unwrap_or_else(|| documents::file_stem(&self.project.name));
        let file_name = if purpose.writes_file() {
            format!("{stem}{}.{}", purpose.name_ending(), purpose.extension())
        } else {
            String::new()
        };
        Question { purpose, folder: path.and_then(Path::parent).map(Path::to_owned), file_name }
    }

    fn ask(&mut self, purpose: Purpose, ctx: &egui::Context) {
        if self.asked.is_some() {
            self.messages.say(Severity::Warning, "A file dialog is open already");
            return;
        }
        let wake = ctx.clone();
        self.picker.ask(&self.question(purpose), Box::new(move || wake.request_repaint()));
        self.asked = Some(purpose);
    }

    /// Reads or writes a file the user chose.
    pub(super) fn use_path(&mut self, purpose: Purpose, path: &Path) {
        // Both end in .ron: what is in a file decides.
        let purpose = match purpose {
            Purpose::OpenPlan if documents::is_catalog(path) => Purpose::MergeCatalog,
            purpose => purpose,
        };
        let done = match purpose {
            Purpose::OpenPlan => documents::read_plan(path, &self.built_in).map(|opened| {
                for note in &opened.notes {
                    self.messages.say(Severity::Info, note);
                }
                self.take_over(opened.project, Some(path));
                format!("Opened {}", path.display())
            }),
            Purpose::SavePlan => documents::write_plan(path, &self.project, &self.built_in).map(|()| {
                self.document = Document { path: Some(path.to_owned()), saved: self.project.clone() };
                self.view.remember_file(path);
                format!("Saved {}", path.display())
            }),
            Purpose::OpenModel => {
                self.live.offer(path);
                panes::show(&mut self.view.tree, Pane::Live);
                return;
            }
            Purpose::OpenText => {
                self.live.measure_on(path);
                return;
            }
            Purpose::SaveModel => {
                self.live.make_smaller(path);
                return;
            }
            Purpose::ExportReport => {
                documents::write_report(path, &self.project, &self.derived.catalog(), &self.derived.outcome())
                    .map(|()| format!("Report written to {}", path.display()))
            }
            Purpose::ExportNetbox => documents::write_netbox(path, &self.derived.catalog())
                .map(|types| format!("{types} device and rack types written to {}", path.display())),
            Purpose::ExportCatalog => documents::write_layer(path, &self.project.layer)
                .map(|()| format!("Your catalog changes written to {}", path.display())),
            Purpose::MergeCatalog => documents::read_layer(path).map(|layer| {
                let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
                let read = format!("Read {}: look through it, then merge", path.display());
                self.catalog.offer_layer(file, layer);
                panes::show(&mut self.view.tree, Pane::Catalog);
                read
            }),
            Purpose::ImportMeasurements | Purpose::ImportFolder => {
                self.commands.push(Command::ImportFiles(vec![path.to_owned()]));
                return;
            }
        };
        match done {
            Ok(text) => {
                self.messages.say(Severity::Info, text);
                if purpose == Purpose::SavePlan
                    && let Some(next) = self.after_saving.take()
                {
                    self.commands.push(next);
                }
            }
            Err(problem) => {
                self.after_saving = None;
                self.messages.say(Severity::Error, &problem);
                self.dialog = Some(Dialog::Problem { title: format!("{} failed", purpose.title()), text: problem });
            }
        }
    }

    /// Reads files on a thread of its own, then shows what is in them.
    fn read_files(&mut self, paths: Vec<PathBuf>, ctx: &egui::Context) {
        let wake = ctx.clone();
        match Reading::start(paths, self.derived.catalog(), move || wake.request_repaint()) {
            Ok(reading) => {
                self.review = None;
                self.reading = Some(reading);
            }
            Err(error) => {
                let text = format!("The system gives no thread to read with: {error}");
                self.messages.say(Severity::Error, text);
            }
        }
    }

    fn reading_ui(&mut self, ctx: &egui::Context) {
        let Some(reading) = &mut self.reading else { return };
        match reading.ui(ctx) {
            Read::Reading => return,
            Read::Stopped => self.messages.say(Severity::Info, "Reading stopped: nothing of these files was taken"),
            Read::Done(report) => self.review = Some(Review::of(report, self.machine)),
            Read::Failed(problem) => self.messages.say(Severity::Error, format!("Files were not read: {problem}")),
        }
        self.reading = None;
        ctx.request_repaint();
    }

    /// Offers catalog files of others for merging, one after the other.
    fn merge_files(&mut self, paths: &[PathBuf]) {
        for path in paths {
            self.use_path(Purpose::MergeCatalog, path);
        }
    }

    fn review_ui(&mut self, ctx: &egui::Context) {
        let Some(review) = &mut self.review else { return };
        match review.ui(ctx, &self.derived.catalog(), &mut self.project) {
            ReviewReply::Open => {}
            ReviewReply::Cancel => self.review = None,
            ReviewReply::Add(rows) => {
                if let Some(words) = review.add_entries(&self.derived.base(), &mut self.project.layer) {
                    self.messages.say(Severity::Info, words);
                }
                self.review = None;
                if !rows.is_empty() {
                    let done = self.project.add_measurements(rows);
                    let severity = if done.refused.is_empty() { Severity::Info } else { Severity::Warning };
                    self.messages.say(severity, done.words());
                }
            }
        }
    }

    fn take_over(&mut self, project: Project, path: Option<&Path>) {
        self.document = Document { path: path.map(Path::to_owned), saved: project.clone() };
        if let Some(path) = path {
            self.view.remember_file(path);
        }
        self.history = History::new(&project);
        self.project = project;
        self.rack = crate::ui::rack::RackPane::default();
        self.catalog.begin_plan();
    }

    pub(super) fn dialogs_ui(&mut self, ctx: &egui::Context) {
        self.reading_ui(ctx);
        self.review_ui(ctx);
        if let Some(dialog) = &mut self.path_dialog {
            let purpose = dialog.purpose();
            match dialog.ui(ctx) {
                PathOutcome::Open => {}
                PathOutcome::Cancelled => {
                    self.path_dialog = None;
                    self.after_saving = None;
                }
                PathOutcome::Chosen(path) => {
                    self.path_dialog = None;
                    self.use_path(purpose, &path);
                }
            }
        }
        let Some(dialog) = &self.dialog else { return };
        match dialog.ui(ctx, &self.messages) {
            Reply::Open => {}
            Reply::Close => self.dialog = None,
            Reply::SaveFirst(next) => {
                self.dialog = None;
                self.after_saving = Some(next);
                self.commands.push(Command::Save);
            }
            Reply::Discard(next) => {
                self.dialog = None;
                self.do_agreed(next, ctx);
            }
        }
    }
}
