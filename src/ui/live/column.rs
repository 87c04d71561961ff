//! One column: an engine, the model it holds, how it is to answer, and a model looked at but not loaded yet.

use std::collections::VecDeque;
use std::time::Instant;

use super::engine::{ModelChoice, StartEngine, TextEngine};
use super::offer::Offer;
use super::session::{Session, Stage};
use super::settings::Settings;
use crate::infer::{Event, InferError, Message, ModelHeader, Request};

/// A model and its header, where that is known.
type Known = (ModelChoice, Option<ModelHeader>);

/// Wakes the window from any thread.
pub type Wake = Box<dyn Fn() + Send + Sync>;

/// One column.
pub struct Column {
    engine: Option<Box<dyn TextEngine>>,
    /// What the engine does, in figures.
    pub session: Session,
    /// How it is to answer.
    pub settings: Settings,
    /// The model loaded, being loaded, or wanted after a failure.
    pub choice: ModelChoice,
    /// The header of that model, once read: what predictions are made from.
    pub header: Option<ModelHeader>,
    /// A model looked at before loading it.
    pub offer: Option<Offer>,
    /// The model the engine holds: it stays if another cannot be loaded.
    held: Option<Known>,
    /// Models asked for and not answered yet, oldest first. Only the last is wanted.
    pending: VecDeque<Known>,
    /// Answers given up whose end the engine has not told yet: what it tells until then is about them.
    given_up: usize,
}

impl Column {
    /// A column with nothing loaded.
    pub fn new(choice: ModelChoice, settings: Settings) -> Self {
        Self {
            engine: None,
            session: Session::default(),
            settings,
            choice,
            header: None,
            offer: None,
            held: None,
            pending: VecDeque::new(),
            given_up: 0,
        }
    }

    /// Begins to load a model; what is under way is stopped. The model loaded before answers again if this one
    /// fails.
    pub fn load(
        &mut self,
        choice: ModelChoice,
        header: Option<ModelHeader>,
        cores: usize,
        start: &StartEngine,
        wake: Wake,
    ) {
        let options = self.settings.load_options(cores);
        let begun = match &mut self.engine {
            Some(engine) => {
                engine.cancel();
                engine.load(&choice, options)
            }
            None => start(wake).and_then(|mut engine| {
                let begun = engine.load(&choice, options);
                self.engine = Some(engine);
                begun
            }),
        };
        // The header of what is held may have come after the model itself.
        if let Some((_, known)) = self.held.as_mut().filter(|(held, _)| *held == self.choice) {
            *known = self.header.take();
        }
        self.pending.push_back((choice.clone(), header.clone()));
        (self.choice, self.header) = (choice, header);
        match begun {
            Ok(()) => self.session.stage = Stage::Loading(0.0),
            Err(error) => self.lost(&error),
        }
    }

    /// A model asked for could not be loaded; the one held, if any, stays.
    pub fn load_failed(&mut self, problem: String) {
        if let Some((choice, header)) = self.held.clone() {
            (self.choice, self.header) = (choice, header);
        }
        self.session.load_failed(problem);
    }

    /// Stops the answer under way and takes no more of it up.
    pub fn give_up(&mut self) {
        self.cancel();
        self.given_up += 1;
        self.session.answer_failed();
    }

    /// Sends a request.
    ///
    /// # Errors
    /// The engine is gone.
    pub fn generate(&mut self, messages: Vec<Message>, fresh_seed: u64, now: Instant) -> Result<(), InferError> {
        let request: Request = self.settings.request(messages, fresh_seed);
        self.session.begin_answer(now);
        self.engine.as_mut().map_or(Err(InferError::WorkerGone), |engine| engine.generate(request))
    }

    /// Stops what is under way: a load, the reading of a prompt, an answer.
    pub fn cancel(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.cancel();
        }
    }

    /// The engine's next event about what is still wanted. Each load and each request is answered once, in the order they
    /// were given, so what was given up is told apart by counting. An engine that is gone counts as having failed.
    pub fn next_event(&mut self) -> Option<Event> {
        loop {
            let event = match self.engine.as_mut()?.next_event() {
                Ok(event) => event?,
                Err(error) => {
                    self.engine = None;
                    return Some(Event::Failed(error));
                }
            };
            match event {
                Event::Text(_) | Event::PromptRead(_) if self.given_up > 0 => {}
                Event::Finished(_) | Event::Failed(_) if self.given_up > 0 => self.given_up -= 1,
                Event::Loaded(model) => {
                    self.held = self.pending.pop_front().or(self.held.take());
                    if self.pending.is_empty() {
                        self.session.loaded(model.clone());
                        return Some(Event::Loaded(model));
                    }
                    // Another one was asked for meanwhile; if that fails, this is the one to go on with.
                    self.session.model = Some(model);
                }
                Event::Failed(error) => {
                    self.pending.pop_front();
                    if matches!(error, InferError::Lost { .. }) {
                        (self.held, self.session.model) = (None, None);
                    }
                    if self.pending.is_empty() {
                        return Some(Event::Failed(error));
                    }
                }
                Event::Text(_) | Event::PromptRead(_) | Event::Finished(_) | Event::Loading { .. } => {
                    return Some(event);
                }
            }
        }
    }

    /// Whether there is an engine at all.
    pub fn has_engine(&self) -> bool {
        self.engine.is_some()
    }

    /// The engine failed for good; the model in it is lost.
    pub fn lost(&mut self, error: &InferError) {
        (self.engine, self.held, self.given_up) = (None, None, 0);
        self.pending.clear();
        self.session = Session::default();
        self.session.stage = Stage::Failed(error.to_string());
    }

    /// The model's name, as loaded.
    pub fn model_name(&self) -> String {
        self.session.model.as_ref().map(|model| model.name.clone()).unwrap_or_default()
    }
}
