//! The real engine: a worker thread with the model that ships with the program, or one from a file.

use super::engine::{ModelChoice, TextEngine};
use crate::infer::{Event, InferError, LoadOptions, Request, Tier, Worker};

/// A worker; `None` only while it is being dropped.
struct Embedded(Option<Worker>);

/// Starts the thread; nothing is loaded yet.
///
/// # Errors
/// The system gives no thread.
pub fn start_embedded(wake: Box<dyn Fn() + Send + Sync>) -> Result<Box<dyn TextEngine>, InferError> {
    Ok(Box::new(Embedded(Some(Worker::spawn(wake)?))))
}

impl Embedded {
    fn worker(&mut self) -> Result<&mut Worker, InferError> {
        self.0.as_mut().ok_or(InferError::WorkerGone)
    }
}

impl TextEngine for Embedded {
    fn load(&mut self, model: &ModelChoice, options: LoadOptions) -> Result<(), InferError> {
        // As without a window: a name that is no tier is said, not passed over.
        let forced = Tier::forced(std::env::var_os(Tier::VARIABLE).as_deref())?;
        let options = LoadOptions { tier: options.tier.or(forced), ..options };
        match model {
            ModelChoice::Embedded => self.worker()?.load_embedded(options),
            ModelChoice::File(path) => self.worker()?.load(path, options),
        }
    }

    fn generate(&mut self, request: Request) -> Result<(), InferError> {
        self.worker()?.generate(request)
    }

    fn cancel(&mut self) {
        if let Some(worker) = &self.0 {
            worker.cancel();
        }
    }

    fn next_event(&mut self) -> Result<Option<Event>, InferError> {
        self.worker()?.try_recv()
    }
}

impl Drop for Embedded {
    /// The worker's end waits for the token or prompt chunk under way, and a large model takes a while to let go: no
    /// frame waits for that.
    fn drop(&mut self) {
        let Some(worker) = self.0.take() else { return };
        worker.cancel();
        let ended = std::thread::Builder::new().name("sizewright model end".to_owned()).spawn(move || drop(worker));
        if let Err(error) = ended {
            // The closure was dropped with the worker in it, here and now: it ended all the same.
            eprintln!("sizewright: no thread to end a model on: {error}");
        }
    }
}
