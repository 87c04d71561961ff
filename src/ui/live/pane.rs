//! Prompt, answer, and the thread behind them.

use std::time::Duration;

use egui::{Button, Key, Modifiers, RichText, ScrollArea, TextEdit, Ui};

use super::engine::{StartEngine, TextEngine};
use super::figures::figures_ui;
use super::machine::matching_device;
use super::session::{Session, Stage, stop_words};
use crate::catalog::{Catalog, DeviceId};
use crate::infer::{Event, InferError, Message, Request};
use crate::ui::messages::{Messages, Severity};
use crate::ui::own::MachineForm;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;

/// Time between two frames while text streams in: one repaint a token would cost a whole frame each.
const STREAM_FRAME: Duration = Duration::from_millis(33);
/// Longest answer, in tokens.
const MOST_TOKENS: usize = 512;
/// Longest prompt one can type, in characters: some times what the context holds.
const MOST_CHARACTERS: usize = 20_000;

/// The pane.
pub struct LivePane {
    start: StartEngine,
    engine: Option<Box<dyn TextEngine>>,
    session: Session,
    prompt: String,
    /// A prompt that waits for the model to be loaded.
    waiting: Option<Request>,
    processor: Option<String>,
    guessed: Option<DeviceId>,
    /// What is typed of this machine, where the catalog has no entry like it.
    form: Option<MachineForm>,
}

impl LivePane {
    /// The pane with nothing loaded.
    pub fn new(start: StartEngine, processor: Option<String>, catalog: &Catalog) -> Self {
        let guessed = processor.as_deref().and_then(|name| matching_device(catalog, name));
        Self {
            start,
            engine: None,
            session: Session::default(),
            prompt: String::new(),
            waiting: None,
            processor,
            guessed,
            form: None,
        }
    }

    /// What runs, for the status bar. `None`: nothing.
    pub fn status(&self) -> Option<String> {
        match &self.session.stage {
            Stage::Loading(fraction) => Some(format!("Loading the model, {:.0} %", fraction * 100.0)),
            Stage::Reading(_) => Some("Reading the prompt".to_owned()),
            Stage::Writing => Some(format!("Generating, token {}", self.session.token_millis.len())),
            Stage::Asleep | Stage::Ready | Stage::Failed(_) => None,
        }
    }

    /// Takes up what the engine told since the last frame.
    pub fn take_up_events(&mut self, messages: &mut Messages) {
        loop {
            let Some(engine) = &mut self.engine else { return };
            match engine.next_event() {
                Ok(None) => return,
                Ok(Some(event)) => {
                    match &event {
                        Event::Failed(InferError::Cancelled) => messages.say(Severity::Info, "The model was stopped"),
                        Event::Failed(error) => messages.say(Severity::Error, error.to_string()),
                        _ => {}
                    }
                    self.session.take(event);
                }
                Err(error) => {
                    self.engine = None;
                    self.waiting = None;
                    messages.say(Severity::Error, error.to_string());
                    self.session.stage = Stage::Failed(error.to_string());
                }
            }
            if self.session.stage == Stage::Ready
                && let Some(request) = self.waiting.take()
            {
                self.generate(request, messages);
            }
        }
    }

    /// Draws the pane. `machine` is the catalog's entry most like this machine, where the user chose one.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, machine: &mut Option<DeviceId>) {
        if self.session.stage == Stage::Asleep {
            self.wake(ui.ctx(), scene.messages);
        }
        ui.horizontal_wrapped(|ui| {
            ui.colored_label(tokens(ui).text_weak, "ℹ");
            ui.weak("This small model shows speed and is no adviser: what it says may well be wrong.");
        });
        self.model_ui(ui);
        self.prompt_ui(ui, scene.messages);
        ui.separator();
        let guessed = self.guessed.clone();
        let width = ui.available_width();
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(
                egui::vec2((width * 0.55).max(240.0), ui.available_height()),
                egui::Layout::top_down(egui::Align::Min),
                |ui| self.answer_ui(ui),
            );
            ui.separator();
            ui.vertical(|ui| {
                let processor = self.processor.as_deref();
                figures_ui(ui, &self.session, scene, machine, guessed.as_ref(), processor, &mut self.form);
            });
        });
        if self.session.is_answering() {
            ui.ctx().request_repaint_after(STREAM_FRAME);
        }
    }

    fn wake(&mut self, ctx: &egui::Context, messages: &mut Messages) {
        self.session.begin_loading();
        let repaint = ctx.clone();
        let wake = Box::new(move || repaint.request_repaint_after(STREAM_FRAME));
        let started = (self.start)(wake).and_then(|mut engine| engine.load().map(|()| engine));
        match started {
            Ok(engine) => self.engine = Some(engine),
            Err(error) => self.fail(&error, messages),
        }
    }

    fn fail(&mut self, error: &InferError, messages: &mut Messages) {
        messages.say(Severity::Error, error.to_string());
        self.session.stage = Stage::Failed(error.to_string());
    }

    fn model_ui(&mut self, ui: &mut Ui) {
        match &self.session.stage {
            Stage::Failed(problem) => {
                ui.colored_label(tokens(ui).bad, format!("❌ {problem}"));
                if ui.button("Try to load again").clicked() {
                    self.session.stage = Stage::Asleep;
                }
            }
            Stage::Loading(fraction) => {
                ui.horizontal(|ui| {
                    ui.label("Loading the embedded model…");
                    ui.add(egui::ProgressBar::new(*fraction as f32).desired_width(160.0));
                });
            }
            Stage::Asleep | Stage::Ready | Stage::Reading(_) | Stage::Writing => {
                if let Some(model) = &self.session.model {
                    ui.label(format!(
                        "{}: {}, {} of weights, {} threads, {} kernels, loaded in {:.2} s",
                        model.name,
                        model.tensor_types,
                        model.weight_bytes,
                        model.threads,
                        model.tier,
                        model.load_time.as_secs()
                    ));
                }
            }
        }
    }

    fn prompt_ui(&mut self, ui: &mut Ui, messages: &mut Messages) {
        let label = ui.label("Prompt");
        let field = TextEdit::multiline(&mut self.prompt)
            .desired_rows(2)
            .desired_width(f32::INFINITY)
            .char_limit(MOST_CHARACTERS)
            .return_key(egui::KeyboardShortcut::new(Modifiers::SHIFT, Key::Enter))
            .hint_text("Ask something, then press Enter");
        let field = ui.add(field).labelled_by(label.id);
        let entered = field.has_focus() && ui.input(|input| input.key_pressed(Key::Enter) && input.modifiers.is_none());
        let busy = self.session.is_answering() || self.waiting.is_some();
        ui.horizontal(|ui| {
            let accent = tokens(ui);
            let text = RichText::new("Generate").color(accent.on_accent).strong();
            let ready = !busy && !self.prompt.trim().is_empty();
            let generate = ui.add_enabled(ready, Button::new(text).fill(accent.accent));
            generate.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, ready, "Generate"));
            let stop = ui.add_enabled(busy, Button::new("Stop"));
            if generate.clicked() || (entered && ready) {
                self.ask(messages);
            }
            if stop.clicked() {
                self.stop();
            }
            if self.waiting.is_some() {
                ui.weak("Waiting for the model to be loaded…");
            } else if let Stage::Reading(progress) = &self.session.stage {
                ui.weak(match progress {
                    Some(progress) => format!("Reading the prompt, {} of {} tokens", progress.done, progress.total),
                    None => "Reading the prompt…".to_owned(),
                });
            } else if let Some(summary) = &self.session.summary {
                ui.weak(format!("{}, {} tokens", stop_words(summary.stop), summary.generated_tokens));
            }
        });
    }

    fn ask(&mut self, messages: &mut Messages) {
        let prompt = self.prompt.trim().to_owned();
        let mut request = Request::new(vec![Message::user(prompt.as_str())]);
        request.max_tokens = MOST_TOKENS;
        if self.session.stage == Stage::Ready {
            self.generate(request, messages);
        } else {
            self.waiting = Some(request);
        }
    }

    fn generate(&mut self, request: Request, messages: &mut Messages) {
        let prompt = request.messages.last().map(|message| message.text.clone()).unwrap_or_default();
        self.session.begin_answer(&prompt);
        let sent = self.engine.as_mut().map_or(Err(InferError::WorkerGone), |engine| engine.generate(request));
        if let Err(error) = sent {
            self.fail(&error, messages);
        }
    }

    fn stop(&mut self) {
        self.waiting = None;
        if let Some(engine) = self.engine.as_ref().filter(|_| self.session.is_answering()) {
            engine.cancel();
        }
    }

    fn answer_ui(&self, ui: &mut Ui) {
        ui.set_min_width(ui.available_width());
        if self.session.asked.is_empty() {
            ui.weak("The answer appears here, token by token");
            return;
        }
        ui.weak(format!("You: {}", self.session.asked));
        ScrollArea::vertical().auto_shrink(false).stick_to_bottom(true).show(ui, |ui| {
            let mut text = self.session.answer.as_str();
            let field = TextEdit::multiline(&mut text).desired_width(f32::INFINITY).frame(egui::Frame::NONE);
            ui.add(field).accessible_name("Answer");
        });
    }
}
