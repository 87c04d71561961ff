//! The app: its state, one frame, and the services it is given.

mod commands;
mod frame;
mod memory;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::accuracy::AccuracyPane;
use super::catalog::CatalogPane;
use super::command::Command;
use super::derived::Derived;
use super::documents::Document;
use super::files::{FilePicker, NativePicker, PathDialog, Purpose};
use super::frame_times::FrameTimes;
use super::history::History;
use super::live::{LivePane, Probe, StartEngine, start_embedded};
use super::messages::Messages;
use super::outcome::LastChange;
use super::own::{MachineProbe, Reading, Review};
use super::rack::RackPane;
use super::report::ReportPane;
use super::sensitivity::SensitivityPane;
use super::shell::Dialog;
use super::sizing::SizingPane;
use super::view::View;
use crate::catalog::Catalog;
use crate::infer::ModelFolder;
use crate::project::{Outcome, Project};

/// What the app needs of the world: given, so that tests can give something else.
pub struct Services {
    /// The built-in catalog.
    pub catalog: Catalog,
    /// Asks for paths.
    pub picker: Box<dyn FilePicker>,
    /// Starts the model's thread when it is first needed.
    pub engine: StartEngine,
    /// This machine's processor as the system names it. `None`: it does not say.
    pub processor: Option<String>,
    /// Folders other programs keep models in.
    pub model_folders: Vec<ModelFolder>,
    /// Memory and processor of this machine.
    pub probe: Probe,
}

impl Services {
    /// The real ones.
    pub fn of_this_machine() -> Self {
        Self {
            catalog: super::documents::built_in_catalog(),
            picker: Box::new(NativePicker::default()),
            engine: Box::new(start_embedded),
            processor: crate::infer::processor_name(),
            model_folders: super::live::usual_model_folders(),
            probe: Probe::of_this_machine(),
        }
    }
}

/// The whole window.
pub struct App {
    built_in: Arc<Catalog>,
    project: Project,
    derived: Derived,
    history: History,
    document: Document,
    view: View,
    messages: Messages,
    commands: Vec<Command>,
    picker: Box<dyn FilePicker>,
    /// What the picker was asked for.
    asked: Option<Purpose>,
    path_dialog: Option<PathDialog>,
    dialog: Option<Dialog>,
    /// Measurements read from files, before they are in the plan.
    review: Option<Review>,
    /// Files being read for it.
    reading: Option<Reading>,
    /// This machine, to make a device of it.
    machine: MachineProbe,
    /// What waits for the plan to be saved.
    after_saving: Option<Command>,
    /// The window may close without asking again.
    closing: bool,
    title: String,
    change: LastChange,
    rack: RackPane,
    sizing: SizingPane,
    catalog: CatalogPane,
    live: LivePane,
    accuracy: AccuracyPane,
    report: ReportPane,
    sensitivity: SensitivityPane,
    frame_times: Option<FrameTimes>,
}

impl App {
    /// The app on its default plan.
    pub fn new(services: Services) -> Self {
        let built_in = Arc::new(services.catalog);
        let project = Project::default_plan(&built_in);
        Self {
            derived: Derived::new(&built_in, &project),
            history: History::new(&project),
            document: Document::new(&project),
            live: LivePane::new(services.engine, services.processor, &built_in, services.model_folders, services.probe),
            machine: services.probe.machine,
            built_in,
            project,
            view: View::default(),
            messages: Messages::default(),
            commands: Vec::new(),
            picker: services.picker,
            asked: None,
            path_dialog: None,
            dialog: None,
            review: None,
            reading: None,
            after_saving: None,
            closing: false,
            title: String::new(),
            change: LastChange::default(),
            rack: RackPane::default(),
            sizing: SizingPane,
            catalog: CatalogPane::default(),
            accuracy: AccuracyPane::default(),
            report: ReportPane::default(),
            sensitivity: SensitivityPane::default(),
            frame_times: None,
        }
    }

    /// Notes how long each frame takes from now on, where the environment asks for it.
    pub fn note_frame_times(&mut self) {
        self.frame_times = FrameTimes::from_environment();
    }

    /// Opens a plan; where that fails the open one stays and a dialog says why.
    pub fn open(&mut self, path: &Path) {
        self.commands.push(Command::OpenPath(path.to_owned()));
    }

    /// The plan.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// What follows from it, as shown last.
    pub fn outcome(&self) -> Arc<Outcome> {
        self.derived.outcome()
    }

    /// Where the plan was last saved or opened.
    pub fn path(&self) -> Option<&PathBuf> {
        self.document.path.as_ref()
    }

    /// Sends a command, as a menu does.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Whether the plan differs from its file.
    pub fn has_changes(&self) -> bool {
        self.document.differs(&self.project)
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let begun = Instant::now();
        self.frame_ui(ui);
        if let Some(times) = &mut self.frame_times {
            times.note(ui.ctx(), self.live.status().as_deref(), begun.elapsed(), frame.info().cpu_usage);
        }
    }

    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        for (key, text) in self.to_remember() {
            storage.set_string(key, text);
        }
    }
}
