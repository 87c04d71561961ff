//! The worker's side: it owns the model, does one command after the other, and tells how it goes.
//!
//! A new model is loaded beside the one held, which stays if that fails; where memory has no room for both, the one held
//! goes first and is loaded again if the new one fails.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use super::{Command, Event};
use crate::infer::{InferError, LoadOptions, Model, ModelFile, Request, Step, embedded_model};
use crate::units::Bytes;

/// What was ordered, by the numbers of commands; looked at while one is done.
#[derive(Default)]
pub(super) struct Orders {
    /// Commands up to this one are to stop; all where the handle is gone.
    pub cancelled: AtomicU64,
    /// How often it was said to stop: once more ends the coming back of a model, too.
    pub stops: AtomicU64,
    /// The last one that settles which model is held.
    pub load: AtomicU64,
}

/// The worker's side.
pub(super) struct Desk {
    outbox: SyncSender<Event>,
    wake: Box<dyn Fn() + Send>,
    orders: Arc<Orders>,
    free: fn() -> Option<Bytes>,
    model: Option<Model>,
    /// What the model was loaded from; still there where the model was let go for another that is not there yet.
    from: Option<(PathBuf, LoadOptions)>,
}

/// Nobody listens any more.
pub(super) struct Gone;

impl Desk {
    pub fn new(
        outbox: SyncSender<Event>,
        wake: Box<dyn Fn() + Send>,
        orders: Arc<Orders>,
        free: fn() -> Option<Bytes>,
    ) -> Self {
        Self { outbox, wake, orders, free, model: None, from: None }
    }

    /// Does commands until the handle is gone.
    pub fn serve(mut self, inbox: &Receiver<Command>) {
        while let Ok(command) = inbox.recv() {
            let done = match command {
                Command::Load { id, path, options } => match path.map_or_else(embedded_model, Ok) {
                    Ok(path) => self.load(id, path, options),
                    Err(error) => self.tell(Event::Failed(error)),
                },
                Command::Generate { id, request } => self.generate(id, &request),
                Command::Unload => {
                    (self.model, self.from) = (None, None);
                    Ok(())
                }
            };
            if done.is_err() {
                return;
            }
        }
    }

    fn load(&mut self, id: u64, path: PathBuf, options: LoadOptions) -> Result<(), Gone> {
        // A file that is no model is an error before anything is let go.
        let file = ModelFile::open(&path).and_then(|file| file.can_speak().map(|()| file));
        let file = match file {
            Ok(file) => file,
            Err(error) => {
                let error = self.restored(id, error);
                return self.tell(Event::Failed(error));
            }
        };
        if self.model.is_some() && !has_room_beside(&file, &options, (self.free)()) {
            self.model = None;
        }
        match self.read(&file, &options, |desk| desk.goes_on(id)) {
            Ok(model) => {
                let summary = model.summary().clone();
                (self.model, self.from) = (Some(model), Some((path, options)));
                self.tell(Event::Loaded(summary))
            }
            Err(error) => {
                let error = self.restored(id, error);
                self.tell(Event::Failed(error))
            }
        }
    }

    /// Loads the model that was let go for one that failed; returns what is to be told of the failure.
    fn restored(&mut self, id: u64, error: InferError) -> InferError {
        let Some((path, options)) = self.from.clone().filter(|_| self.model.is_none()) else { return error };
        // Stopping the new one is no reason to go without the old one; another one that is wanted by now is, and a
        // second stop.
        let stops = self.orders.stops.load(Ordering::Relaxed);
        let is_superseded = |desk: &Self| {
            let orders = &desk.orders;
            orders.load.load(Ordering::Relaxed) != id || orders.cancelled.load(Ordering::Relaxed) == u64::MAX
        };
        let is_stopped = |desk: &Self| desk.orders.stops.load(Ordering::Relaxed) != stops;
        let goes_on = |desk: &Self| !is_superseded(desk) && !is_stopped(desk);
        match ModelFile::open(&path).and_then(|file| self.read(&file, &options, goes_on)) {
            Ok(model) => {
                self.model = Some(model);
                error
            }
            Err(InferError::Cancelled) if is_superseded(self) => error,
            Err(again) => {
                self.from = None;
                InferError::Lost { problem: error.to_string(), again: again.to_string() }
            }
        }
    }

    fn read(
        &self,
        file: &ModelFile,
        options: &LoadOptions,
        goes_on: impl Fn(&Self) -> bool,
    ) -> Result<Model, InferError> {
        let mut listened = true;
        Model::load_file(file, options, self.free, &mut |fraction| {
            listened = listened && self.tell(Event::Loading { fraction }).is_ok();
            listened && goes_on(self)
        })
    }

    fn generate(&mut self, id: u64, request: &Request) -> Result<(), Gone> {
        let Some(mut model) = self.model.take() else { return self.tell(Event::Failed(InferError::NotLoaded)) };
        let told = self.answer(&mut model, id, request);
        self.model = Some(model);
        told
    }

    fn answer(&self, model: &mut Model, id: u64, request: &Request) -> Result<(), Gone> {
        let mut steps = match model.generate_while(request, || self.goes_on(id)) {
            Ok(steps) => steps,
            Err(error) => return self.tell(Event::Failed(error)),
        };
        while let Some(step) = steps.next() {
            let pause = self.tell_patiently(match step {
                Ok(Step::PromptRead(progress)) => Event::PromptRead(progress),
                Ok(Step::Text(piece)) => Event::Text(piece),
                Ok(Step::Finished(summary)) => Event::Finished(summary),
                Err(error) => Event::Failed(error),
            })?;
            steps.leave_out(pause);
        }
        Ok(())
    }

    fn goes_on(&self, id: u64) -> bool {
        self.orders.cancelled.load(Ordering::Relaxed) < id
    }

    fn tell(&self, event: Event) -> Result<(), Gone> {
        self.tell_patiently(event).map(|_| ())
    }

    /// Tells, and how long there was no room for it: where no frames are drawn nobody takes events out.
    fn tell_patiently(&self, event: Event) -> Result<Duration, Gone> {
        let pause = match self.outbox.try_send(event) {
            Ok(()) => Duration::ZERO,
            Err(TrySendError::Disconnected(_)) => return Err(Gone),
            Err(TrySendError::Full(event)) => {
                let full = Instant::now();
                self.outbox.send(event).map_err(|_| Gone)?;
                full.elapsed()
            }
        };
        (self.wake)();
        Ok(pause)
    }
}

/// What loading takes beyond weights and cache: buffers, scales that some kernels keep apart, the tokenizer.
const BESIDES: f64 = 1.1; // own choice, 2026-11-29; 2.8 % more is the most that packing adds

/// Whether a model can be loaded while the one before is still there. Where the system does not tell what is free it
/// cannot.
fn has_room_beside(file: &ModelFile, options: &LoadOptions, free: Option<Bytes>) -> bool {
    let needed = file.memory_needed(options);
    free.is_some_and(|free| free.as_f64() >= needed.as_f64() * BESIDES)
}
