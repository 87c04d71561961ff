//! What the pane needs of whoever generates text: the real worker, or a scripted one in tests.

use std::path::PathBuf;

use crate::infer::{Event, InferError, LoadOptions, Request};

/// A model one can load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelChoice {
    /// The one that ships with the program.
    Embedded,
    /// A GGUF file.
    File(PathBuf),
}

/// Loads a model and answers requests on a thread of its own; events are taken up frame by frame. No call waits, and
/// dropping it does not either.
pub trait TextEngine {
    /// Begins to load a model in place of the one held. Answered by `Loaded` or `Failed`.
    ///
    /// # Errors
    /// The engine's thread is gone.
    fn load(&mut self, model: &ModelChoice, options: LoadOptions) -> Result<(), InferError>;
    /// Answers a request once the model is loaded.
    ///
    /// # Errors
    /// The engine's thread is gone.
    fn generate(&mut self, request: Request) -> Result<(), InferError>;
    /// Stops what is under way within a token or a chunk of the prompt; it is still answered.
    fn cancel(&mut self);
    /// The next event, if there is one.
    ///
    /// # Errors
    /// The engine's thread is gone.
    fn next_event(&mut self) -> Result<Option<Event>, InferError>;
}

/// Starts an engine; the function given is called from its thread after each event.
pub type StartEngine = Box<dyn Fn(Box<dyn Fn() + Send + Sync>) -> Result<Box<dyn TextEngine>, InferError>>;
