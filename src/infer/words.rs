//! What turns a conversation into tokens, prepared beside the weights: the tokenizer and the template of a file.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use super::InferError;
use super::gguf::Gguf;
use super::template::{Date, Template};
use super::tokenizer::Tokenizer;

/// Time between two looks whether to go on waiting for a thread or a process: nobody notices it after a Stop.
pub(super) const LOOK: Duration = Duration::from_millis(25); // own choice, 2026-11-29

/// What turns a conversation into tokens.
pub(super) type Words = (Tokenizer, Template);

/// Prepares a file's tokenizer and template, on a thread that is left to itself where nobody waits any more.
pub(super) fn words_of(gguf: &Arc<Gguf>, rows: usize) -> Receiver<Result<Words, InferError>> {
    let (send, told) = mpsc::sync_channel(1);
    let gguf = Arc::clone(gguf);
    let words = move || {
        let tokenizer = Tokenizer::new(&gguf, rows)?;
        let source = gguf.text("tokenizer.chat_template")?;
        // The day is the only thing a template learns of this machine, and only where it asks.
        let template = Template::new(source, tokenizer.has_control("<|im_start|>"), Date::today())?;
        Ok((tokenizer, template))
    };
    // The load may have ended when it is there. Without a thread nothing comes, which is an error then.
    drop(std::thread::Builder::new().spawn(move || drop(send.send(words()))));
    told
}

/// What comes from a thread; `go_on` is asked now and then and returns false to stop.
pub(super) fn wait_for<T>(
    told: &Receiver<Result<T, InferError>>,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<T, InferError> {
    loop {
        match told.recv_timeout(LOOK) {
            Ok(made) => return made,
            Err(RecvTimeoutError::Timeout) if go_on() => {}
            Err(RecvTimeoutError::Timeout) => return Err(InferError::Cancelled),
            Err(RecvTimeoutError::Disconnected) => {
                return Err(InferError::Compute { problem: "the tokenizer could not be built".to_owned() });
            }
        }
    }
}
