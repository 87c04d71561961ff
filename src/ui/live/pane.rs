//! The pane put together: columns of model, conversation and figures over one prompt.

mod beside;
mod events;
mod models;
mod predictions;
mod runs;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use egui::{CentralPanel, Frame, Margin, Panel, Ui};

use super::chat_ui::{self, ChatAction, ChatView, Editing, chat_ui};
use super::column::Wake;
use super::desk::Desk;
use super::draft::Draft;
use super::engine::{ModelChoice, StartEngine};
use super::figures::{Figures, Whole, line_ui, machine_ui, whole, whole_ui};
use super::machine::matching_device;
use super::meter::{Meter, Probe};
use super::model_ui::{Bar, bar_ui, offer_ui};
use super::own::machine_form_ui;
use super::plot::plot_ui;
use super::predict::Predicted;
use super::prompt_ui::{Prompt, PromptAction, prompt_ui};
use super::quantize::{Smaller, TextChoice};
use super::ran::Recognition;
use super::reading::reading_ui;
use super::session::{Session, Stage};
use super::sharpened::Before;
use super::shelf::Shelf;
use crate::catalog::{Catalog, Device, DeviceId};
use crate::infer::ModelFolder;
use crate::ui::own::MachineForm;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::units::Bytes;

/// Time between two frames while text streams in: one repaint a token would cost a whole frame each.
const STREAM_FRAME: Duration = Duration::from_millis(33);
/// What one may ask to begin with; the first is what Enter asks where nothing is typed.
const SUGGESTIONS: [&str; 3] =
    ["Why is the sky blue?", "Write a short poem about the sea.", "What is a language model?"];

/// The pane.
pub struct LivePane {
    desk: Desk,
    shelf: Shelf,
    meter: Meter,
    processor: Option<String>,
    guessed: Option<DeviceId>,
    draft: Draft,
    editing: Option<Editing>,
    views: [ChatView; 2],
    /// Predictions for what is loaded in each column, for what is offered,
    loaded: [Predicted; 2],
    offered: [Predicted; 2],
    /// For loading the same model again, otherwise.
    again: [Predicted; 2],
    /// For the model a smaller file is made of, and then for that file.
    smaller_predicted: Predicted,
    /// What is loaded in each column, in the words of the catalog.
    recognised: [Recognition; 2],
    /// Each column's estimate as it was before its run became a measurement. `None`: it became none.
    before: [Option<Before>; 2],
    /// What is typed of this machine, where the catalog has no entry like it.
    form: Option<MachineForm>,
    /// The column a file was asked for.
    asking: usize,
    /// A model somebody dropped or opened, to be looked at when the pane is drawn next.
    wanted: Option<ModelChoice>,
    /// The model being stored in another format, or about to be.
    smaller: Smaller,
    show_system: bool,
    /// Whether a narrow pane shows all figures.
    show_figures: bool,
    begun: bool,
}

impl LivePane {
    /// The pane with nothing loaded.
    pub fn new(
        start: StartEngine,
        processor: Option<String>,
        catalog: &Catalog,
        folders: Vec<ModelFolder>,
        probe: Probe,
    ) -> Self {
        let guessed = processor.as_deref().and_then(|name| matching_device(catalog, name));
        let moment = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let meter = Meter::new(probe);
        // Any seed will do; nanoseconds make it another one in each run.
        let seed = u64::from(moment.subsec_nanos()) | (moment.as_secs() << 32);
        Self {
            desk: Desk::new(start, meter.cores(), seed),
            shelf: Shelf::new(folders),
            meter,
            processor,
            guessed,
            draft: Draft::default(),
            editing: None,
            views: Default::default(),
            loaded: Default::default(),
            offered: Default::default(),
            again: Default::default(),
            smaller_predicted: Predicted::default(),
            recognised: Default::default(),
            before: Default::default(),
            form: None,
            asking: 0,
            wanted: None,
            smaller: Smaller::default(),
            show_system: false,
            show_figures: false,
            begun: false,
        }
    }

    /// What runs, for the status bar. `None`: nothing.
    pub fn status(&self) -> Option<String> {
        self.desk
            .columns
            .iter()
            .find_map(|column| match &column.session.stage {
                Stage::Loading(fraction) => Some(format!("Loading the model, {:.0} %", fraction * 100.0)),
                Stage::Reading(_) => Some("Reading the prompt".to_owned()),
                Stage::Writing => Some(format!("Generating, token {}", column.session.tokens)),
                Stage::Asleep | Stage::Ready | Stage::Failed(_) => None,
            })
            .or_else(|| self.smaller.status())
    }

    /// Folder and name to propose for a smaller file. `None`: none is about to be made.
    pub fn smaller_file(&self) -> Option<(Option<std::path::PathBuf>, String)> {
        self.smaller.proposal()
    }

    /// Begins to write the smaller file; a file of that name is replaced, which the dialog has asked about.
    pub fn make_smaller(&mut self, path: &std::path::Path) {
        let Some(column) = self.desk.columns.first() else { return };
        self.smaller.write(path, &column.settings.load_options(self.meter.cores()));
    }

    /// Takes a text to measure smaller files on.
    pub fn measure_on(&mut self, path: &std::path::Path) {
        self.smaller.text = TextChoice::File(path.to_owned());
    }

    /// Shows what is known of a model file, for the user to load it or not.
    pub fn offer(&mut self, path: &std::path::Path) {
        self.wanted = Some(ModelChoice::File(path.to_owned()));
    }

    /// Draws the pane. `machine` is the catalog's entry most like this machine, where the user chose one.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, machine: &mut Option<DeviceId>) {
        let first = !self.begun;
        if first {
            self.begin(ui.ctx());
        }
        if let Some(choice) = self.wanted.take() {
            let column = self.asking.min(self.desk.columns.len() - 1);
            self.look(column, choice, ui.ctx());
        }
        let device = machine.as_ref().or(self.guessed.as_ref()).and_then(|id| scene.catalog.devices.get(id)).cloned();
        self.head_ui(ui);
        let mut action = None;
        let frame = Frame::NONE.inner_margin(Margin { top: 6, ..Margin::ZERO });
        Panel::bottom("live prompt").frame(frame).resizable(false).show_separator_line(false).show(ui, |ui| {
            let prompt = Prompt {
                busy: self.desk.is_busy(),
                suggestion: self.desk.chat.exchanges().is_empty().then_some(SUGGESTIONS[0]),
                focus: first,
            };
            action = prompt_ui(ui, &mut self.draft, &prompt);
        });
        match self.desk.columns.len() {
            1 => self.single_ui(ui, scene, machine, device.as_ref()),
            _ => self.pair_ui(ui, scene, machine, device.as_ref()),
        }
        self.smaller_ui(ui.ctx(), scene);
        match action {
            Some(PromptAction::Ask(text)) => self.ask(&text),
            Some(PromptAction::Stop) => self.desk.stop_all(),
            None => {}
        }
    }

    fn begin(&mut self, ctx: &egui::Context) {
        self.begun = true;
        self.meter.begin();
        self.desk.load(0, ModelChoice::Embedded, None, wake(ctx));
        self.shelf.look(0, ModelChoice::Embedded, wake(ctx));
        self.shelf.begin_scan(wake(ctx));
    }

    fn ask(&mut self, text: &str) {
        self.editing = None;
        self.desk.ask(text);
    }

    /// The line on what this is, and what can be done with the whole conversation.
    fn head_ui(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            ui.colored_label(tokens(ui).text_weak, "ℹ");
            ui.weak("This small model shows speed and is no adviser: what it says may well be wrong.");
        });
        ui.horizontal_wrapped(|ui| {
            let compare = self.desk.columns.len() > 1;
            let words = if compare { "Close the second model" } else { "Compare with a second model" };
            let hover = "Another model, format or setting answers the same questions beside this one";
            if ui.add(egui::Button::new(words).selected(compare)).on_hover_text(hover).clicked() {
                if compare { self.desk.close_second() } else { self.desk.open_second() }
            }
            let hover = "Store the model of the first column, loaded or looked at, in a smaller format on disk";
            if ui.button("Make a smaller file…").on_hover_text(hover).clicked() {
                self.begin_smaller(ui.ctx());
            }
            let hover = "Standing instructions the model is given before every question";
            let set = if self.desk.chat.system.trim().is_empty() { "System prompt" } else { "System prompt*" };
            let system = ui.add(egui::Button::new(set).selected(self.show_system)).on_hover_text(hover);
            system.widget_info(|| {
                egui::WidgetInfo::selected(egui::Role::Button, true, self.show_system, "Show the system prompt")
            });
            if system.clicked() {
                self.show_system = !self.show_system;
            }
            let said = !self.desk.chat.exchanges().is_empty();
            if said && ui.button("Copy chat").on_hover_text("The whole conversation, as plain text").clicked() {
                ui.copy_text(self.desk.chat.as_text(0));
            }
            if said && ui.button("Clear chat").on_hover_text("Begin anew; it can be brought back").clicked() {
                self.editing = None;
                self.desk.clear();
            }
            if self.desk.can_bring_back() && ui.button("Bring back").on_hover_text("What was taken away last").clicked()
            {
                self.editing = None;
                self.desk.bring_back();
            }
        });
        if self.show_system {
            if self.desk.chat.system.chars().nth(super::draft::LONG - 1).is_some() {
                let most = crate::units::thousands(super::draft::LONG as f64);
                ui.colored_label(tokens(ui).warn, format!("⚠ A system prompt ends at {most} characters"));
            }
            let field = egui::TextEdit::multiline(&mut self.desk.chat.system)
                .desired_rows(2)
                .desired_width(f32::INFINITY)
                .char_limit(super::draft::LONG)
                .hint_text("For example: Answer in one sentence. It holds from the next question on");
            let area = egui::ScrollArea::vertical().id_salt("live system prompt").max_height(super::MOST_FIELD_HEIGHT);
            area.show(ui, |ui| ui.add(field)).inner.accessible_name("System prompt");
        }
    }

    /// Two models beside each other; what they share under them.
    fn pair_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, machine: &mut Option<DeviceId>, device: Option<&Device>) {
        let frame = Frame::NONE.inner_margin(Margin { top: 4, ..Margin::ZERO });
        let panel = Panel::bottom("live shared").frame(frame).resizable(true);
        // In a low window the conversation needs the height; in a high one the runs are not to be scrolled for.
        let height = (ui.available_height() * 0.25).clamp(140.0, 240.0);
        panel.default_size(height).size_range(90.0..=320.0).show(ui, |ui| {
            ui.columns(2, |halves| {
                let [left, right] = halves else { return };
                let sessions: Vec<&Session> = self.desk.columns.iter().map(|column| &column.session).collect();
                plot_ui(right, &sessions, (right.available_height() - 24.0).max(50.0));
                egui::ScrollArea::vertical().id_salt("live shared").auto_shrink(false).show(left, |ui| {
                    // Columns stretch the lines of a text over their whole width.
                    ui.vertical(|ui| {
                        let words =
                            "One after the other, so that neither takes the other's cores: their speeds compare";
                        ui.add(egui::Label::new(egui::RichText::new(words).small().color(tokens(ui).text_weak)).wrap());
                        self.reading_ui(ui, scene);
                        self.runs_ui(ui, scene, device);
                        whole_ui(ui, &self.whole(scene, device));
                        self.machine_ui(ui, scene, machine, device);
                    });
                });
            });
        });
        CentralPanel::no_frame().show(ui, |ui| {
            ui.columns(2, |halves| {
                for (at, half) in halves.iter_mut().enumerate() {
                    half.push_id(("live column", at), |ui| {
                        let panel = Panel::bottom(("live column figures", at)).frame(Frame::NONE).resizable(false);
                        panel.show_separator_line(false).show(ui, |ui| self.foot_ui(ui, at, scene, device));
                        CentralPanel::no_frame().show(ui, |ui| self.column_ui(ui, at, scene, device));
                    });
                }
            });
        });
    }

    /// Which entry of the catalog this machine is, and making one of it.
    fn machine_ui(
        &mut self,
        ui: &mut Ui,
        scene: &mut Scene<'_>,
        machine: &mut Option<DeviceId>,
        device: Option<&Device>,
    ) {
        machine_ui(ui, scene, machine, device, self.processor.as_deref());
        let loading = self.desk.columns.iter().any(|column| column.session.is_loading());
        let at_work = self.desk.is_busy() || loading || self.smaller.is_working();
        let busy = at_work.then_some("A model is at work and takes the memory's speed: stop it first, or wait");
        machine_form_ui(ui, scene, &mut self.form, machine, self.meter.probe().machine, busy);
    }

    /// Under one of two columns: its own stop, and its figures in a line.
    fn foot_ui(&mut self, ui: &mut Ui, at: usize, scene: &Scene<'_>, device: Option<&Device>) {
        let prediction = self.loaded_prediction(at, scene, device).cloned();
        let busy = self.desk.owes(at);
        let mut stop = false;
        ui.horizontal_wrapped(|ui| {
            let name = if at == 0 { "Stop the first" } else { "Stop the second" };
            let button = ui.add_enabled(busy, egui::Button::new("Stop").small());
            button.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, busy, name));
            stop = button.on_hover_text("Stop this one; the other goes on, or begins").clicked();
            if let Some(column) = self.desk.columns.get(at) {
                line_ui(ui, &Figures { column: at, session: &column.session, prediction: prediction.as_ref() });
            }
        });
        if stop {
            self.desk.stop(at);
        }
    }

    /// A column's model and its side of the conversation.
    fn column_ui(&mut self, ui: &mut Ui, at: usize, scene: &mut Scene<'_>, device: Option<&Device>) {
        let offered = self.offered_memory(at, scene, device);
        let (stale, again) = self.again_memory(at, scene, device);
        let Some(column) = self.desk.columns.get_mut(at) else { return };
        let bar = Bar {
            column: at,
            choice: &column.choice,
            session: &column.session,
            shelf: &self.shelf,
            stale,
            again: again.as_ref(),
            looking: column.offer.is_some(),
        };
        let mut action = bar_ui(ui, &bar, &mut column.settings);
        if let Some(offer) = &column.offer {
            // In a low window its buttons may lie below the end of the column.
            let area = egui::ScrollArea::vertical().id_salt(("live offer", at)).auto_shrink([false, true]);
            let settings = &mut column.settings;
            action = area.show(ui, |ui| offer_ui(ui, at, offer, settings, &offered)).inner.or(action);
        }
        if let Some(action) = action {
            self.do_model(at, action, scene.commands, ui.ctx());
        }
        let waits = self.waits(at);
        let column = chat_ui::Column { number: at, waits: &waits, suggestions: &SUGGESTIONS };
        let Some(view) = self.views.get_mut(at) else { return };
        match chat_ui(ui, &self.desk.chat, &column, view, &mut self.editing) {
            Some(ChatAction::Ask(text)) => self.ask(&text),
            Some(ChatAction::Edit(place, text)) => self.desk.edit(place, &text),
            Some(ChatAction::Again(column)) => self.desk.again(column),
            None => {}
        }
    }

    /// Why a column's answer has not begun, in words.
    fn waits(&self, at: usize) -> String {
        match self.desk.columns.get(at).map(|column| &column.session.stage) {
            Some(Stage::Loading(_)) => "Waiting for the model to be loaded…".to_owned(),
            _ if self.desk.running().is_some_and(|running| running != at) => "Waits for the other's answer…".to_owned(),
            Some(Stage::Reading(Some(progress))) => {
                format!("Reading the prompt, {} of {} tokens", progress.done, progress.total)
            }
            Some(Stage::Reading(None)) => "Reading the prompt…".to_owned(),
            _ => "Waiting…".to_owned(),
        }
    }

    /// Memory and processor of the process, against what the loaded models were predicted to take.
    fn whole(&mut self, scene: &Scene<'_>, device: Option<&Device>) -> Vec<Whole> {
        let count = self.desk.columns.len();
        let total = (0..count).map(|at| self.loaded_memory(at, scene, device)).sum::<Option<Bytes>>();
        whole(&self.meter, total, self.desk.is_busy())
    }

    fn reading_ui(&self, ui: &mut Ui, scene: &Scene<'_>) {
        let speeds: Vec<_> = self.desk.columns.iter().map(|column| column.session.decode()).collect();
        let needs = &scene.project.needs;
        reading_ui(ui, &speeds, needs.target_speed, needs.words_per_token);
    }
}

/// Wakes the window soon, from any thread; while text streams in that is one frame for many tokens.
fn wake(ctx: &egui::Context) -> Wake {
    let repaint = ctx.clone();
    Box::new(move || repaint.request_repaint_after(STREAM_FRAME))
}
