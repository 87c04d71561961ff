//! The real engine: a worker thread with the model that ships with the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use super::engine::TextEngine;
use crate::infer::{Event, InferError, LoadOptions, Request, Tier, Worker, embedded_model, physical_cores};

/// A worker, and the thread that looks for the model's file: checking its hash takes a moment, which no frame waits for.
struct Embedded {
    worker: Worker,
    wake: Arc<dyn Fn() + Send + Sync>,
    finding: Option<Receiver<Result<PathBuf, InferError>>>,
}

/// Starts the thread; nothing is loaded yet.
///
/// # Errors
/// The system gives no thread.
pub fn start_embedded(wake: Box<dyn Fn() + Send + Sync>) -> Result<Box<dyn TextEngine>, InferError> {
    let wake: Arc<dyn Fn() + Send + Sync> = Arc::from(wake);
    let woken = Arc::clone(&wake);
    let worker = Worker::spawn(move || woken())?;
    Ok(Box::new(Embedded { worker, wake, finding: None }))
}

impl TextEngine for Embedded {
    fn load(&mut self) -> Result<(), InferError> {
        let (send, receive) = mpsc::channel();
        let wake = Arc::clone(&self.wake);
        std::thread::Builder::new()
            .name("sizewright model file".to_owned())
            .spawn(move || {
                // Nobody listens any more where the window is gone.
                let _ = send.send(embedded_model());
                wake();
            })
            .map_err(|_| InferError::WorkerGone)?;
        self.finding = Some(receive);
        Ok(())
    }

    fn generate(&mut self, request: Request) -> Result<(), InferError> {
        self.worker.generate(request)
    }

    fn cancel(&self) {
        self.worker.cancel();
    }

    fn next_event(&mut self) -> Result<Option<Event>, InferError> {
        if let Some(found) = self.finding.as_ref().and_then(|finding| finding.try_recv().ok()) {
            self.finding = None;
            self.worker.load(&found?, options())?;
        }
        self.worker.try_recv()
    }
}

/// One thread fewer than there are cores: the window keeps its own. SIZEWRIGHT_KERNELS forces kernels, as without a
/// window; a name that is none, or a tier this processor lacks, leaves the fastest.
fn options() -> LoadOptions {
    let tier = std::env::var("SIZEWRIGHT_KERNELS").ok().and_then(|name| Tier::from_name(&name));
    LoadOptions { threads: Some(physical_cores().saturating_sub(1).max(1)), tier, ..LoadOptions::default() }
}
