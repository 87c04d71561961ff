//! Ctrl-C and `kill` during long work: they end it soon and tidily, and then the program as they would have at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

use crate::infer::InferError;

/// Whether it was said to stop, and by which signal.
pub(super) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// From here on the signals only set a flag; said twice they end the program at once. That of a closed terminal is left
    /// as it is: whoever started the program under `nohup` has it ignored.
    pub fn listen() -> std::io::Result<Self> {
        let (signal, again) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        for number in [SIGINT, SIGTERM] {
            // In this order: the first signal finds the flag not set yet.
            flag::register_conditional_default(number, Arc::clone(&again))?;
            flag::register(number, Arc::clone(&again))?;
            flag::register_usize(number, Arc::clone(&signal), number.unsigned_abs() as usize)?;
        }
        Ok(Self(signal))
    }

    /// Whether the work is to go on.
    pub fn go_on(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    /// The work's result; where a signal stopped it the program ends by that signal, so that a shell's loop ends, too.
    pub fn settle<T>(&self, result: Result<T, InferError>) -> Result<T, InferError> {
        let signal = i32::try_from(self.0.load(Ordering::Relaxed)).unwrap_or_default();
        if signal != 0 && matches!(result, Err(InferError::Cancelled)) {
            eprintln!("sizewright: stopped");
            // Where that fails the error says the same.
            let _ = low_level::emulate_default_handler(signal);
        }
        result
    }
}
