//! The real engine: a worker thread with the model that ships with the program.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver};

use super::engine::TextEngine;
use crate::infer::{Event, InferError, LoadOptions, Request, Worker, embedded_model};

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
            self.worker.load(&found?, LoadOptions::default())?;
        }
        self.worker.try_recv()
    }
}
