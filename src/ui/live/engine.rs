//! What the pane needs of whoever generates text: the real worker, or a fake in tests.

use crate::infer::{Event, InferError, Request};

/// Loads a model and answers requests on a thread of its own; events are taken up frame by frame.
pub trait TextEngine {
    /// Begins to load the model.
    ///
    /// # Errors
    /// The engine's thread is gone.
    fn load(&mut self) -> Result<(), InferError>;
    /// Answers a request once the model is loaded.
    ///
    /// # Errors
    /// The engine's thread is gone.
    fn generate(&mut self, request: Request) -> Result<(), InferError>;
    /// Stops what is under way within a token.
    fn cancel(&self);
    /// The next event, if there is one.
    ///
    /// # Errors
    /// The model's file is missing or damaged, or the engine's thread is gone.
    fn next_event(&mut self) -> Result<Option<Event>, InferError>;
}

/// Starts an engine; the function given is called from its thread after each event.
pub type StartEngine = Box<dyn Fn(Box<dyn Fn() + Send + Sync>) -> Result<Box<dyn TextEngine>, InferError>>;
