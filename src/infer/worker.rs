//! A thread that owns a model, so that whoever asks never waits: commands go in, events come out, a waker tells when.
//!
//! One worker holds one model; two side by side are two workers. Dropping the handle stops what is under way within one
//! token or prompt chunk and joins the thread. What the thread does is in `desk`.

mod desk;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::JoinHandle;

use super::{
    GenerationSummary, InferError, LoadOptions, ModelSummary, PromptProgress, Request, TextPiece, available_memory,
};
use crate::units::Bytes;
use desk::{Desk, Orders};

/// Events that may wait unread before the worker pauses: some seconds of a fast model's text.
const EVENTS_IN_FLIGHT: usize = 1024;

/// What a worker tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A model is being loaded; the fraction done in [0, 1].
    Loading {
        /// Fraction done in [0, 1].
        fraction: f64,
    },
    /// A model is ready.
    Loaded(ModelSummary),
    /// A chunk of the prompt was read.
    PromptRead(PromptProgress),
    /// A token was generated.
    Text(TextPiece),
    /// The generation is over; also after a cancel.
    Finished(GenerationSummary),
    /// The command failed; the worker waits for the next. A model loaded before stays loaded, unless the error says
    /// that it is [lost](InferError::Lost).
    Failed(InferError),
}

enum Command {
    /// Without a path the model that ships with the program.
    Load {
        id: u64,
        path: Option<PathBuf>,
        options: LoadOptions,
    },
    Generate {
        id: u64,
        request: Request,
    },
    Unload,
}

/// The handle of a worker thread.
pub struct Worker {
    // Both ends are options so that drop can close them before it joins the thread.
    commands: Option<Sender<Command>>,
    events: Option<Receiver<Event>>,
    thread: Option<JoinHandle<()>>,
    orders: Arc<Orders>,
    submitted: u64,
}

impl Worker {
    /// Starts the thread. `wake` is called after each event from the worker's thread; it must return soon. A
    /// [`std::task::Waker`] fits as `move || waker.wake_by_ref()`.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`] where the system gives no thread.
    pub fn spawn(wake: impl Fn() + Send + 'static) -> Result<Self, InferError> {
        Self::spawn_with(wake, available_memory)
    }

    /// As [`Worker::spawn`], on a machine that has so much memory free when asked; `None`: it does not tell.
    ///
    /// # Errors
    /// As [`Worker::spawn`].
    pub fn spawn_with(wake: impl Fn() + Send + 'static, free: fn() -> Option<Bytes>) -> Result<Self, InferError> {
        let (commands, inbox) = mpsc::channel();
        let (outbox, events) = mpsc::sync_channel(EVENTS_IN_FLIGHT);
        let orders = Arc::new(Orders::default());
        let desk = Desk::new(outbox, Box::new(wake), Arc::clone(&orders), free);
        let thread = std::thread::Builder::new()
            .name("sizewright model".to_owned())
            .spawn(move || desk.serve(&inbox))
            .map_err(|_| InferError::WorkerGone)?;
        Ok(Self { commands: Some(commands), events: Some(events), thread: Some(thread), orders, submitted: 0 })
    }

    /// Loads a model in place of the one held. Answered by `Loading`..., then `Loaded` or `Failed`. Where memory has no
    /// room for both, the one held is let go first, and loaded again if the new one fails.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`].
    pub fn load(&mut self, path: &Path, options: LoadOptions) -> Result<(), InferError> {
        let id = self.next_load();
        self.send(Command::Load { id, path: Some(path.to_owned()), options })
    }

    /// As [`Worker::load`], the model that ships with the program: it is looked for, and its hash checked, on the thread.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`].
    pub fn load_embedded(&mut self, options: LoadOptions) -> Result<(), InferError> {
        let id = self.next_load();
        self.send(Command::Load { id, path: None, options })
    }

    /// Answers a request. Answered by `PromptRead`..., `Text`..., then `Finished` or `Failed`.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`].
    pub fn generate(&mut self, request: Request) -> Result<(), InferError> {
        let id = self.next_id();
        self.send(Command::Generate { id, request })
    }

    /// Lets the model go and gives its memory back. Not answered.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`].
    pub fn unload(&mut self) -> Result<(), InferError> {
        self.next_load();
        self.send(Command::Unload)
    }

    /// Stops every command given so far, within a token or a prompt chunk; each is still answered, by `Finished` or
    /// by `Failed(Cancelled)`. Commands given later are not touched. Said again while the model held before a stopped
    /// load is coming back, it stops that, too: the answer is then [`InferError::Lost`].
    pub fn cancel(&self) {
        self.orders.stops.fetch_add(1, Ordering::Relaxed);
        self.orders.cancelled.store(self.submitted, Ordering::Relaxed);
    }

    /// The next event, if there is one.
    ///
    /// # Errors
    /// [`InferError::WorkerGone`] where the thread has ended.
    pub fn try_recv(&self) -> Result<Option<Event>, InferError> {
        match self.events.as_ref().map(Receiver::try_recv) {
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(mpsc::TryRecvError::Empty)) => Ok(None),
            Some(Err(mpsc::TryRecvError::Disconnected)) | None => Err(InferError::WorkerGone),
        }
    }

    fn next_id(&mut self) -> u64 {
        self.submitted += 1;
        self.submitted
    }

    /// The same, of a command that settles which model is held.
    fn next_load(&mut self) -> u64 {
        let id = self.next_id();
        self.orders.load.store(id, Ordering::Relaxed);
        id
    }

    fn send(&self, command: Command) -> Result<(), InferError> {
        self.commands.as_ref().and_then(|commands| commands.send(command).ok()).ok_or(InferError::WorkerGone)
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.orders.cancelled.store(u64::MAX, Ordering::Relaxed);
        // With the receiver gone a worker waiting for room in the channel wakes up; with the sender gone it ends.
        self.events = None;
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A worker that panicked has nothing left to say.
            let _ = thread.join();
        }
    }
}
