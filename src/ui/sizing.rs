//! The sizing pane: the chosen scenario on any device of the catalog: memory, verdict, speed, why, and
//! further ways to run it.

mod ledger;
mod pane;
mod ways;

pub use ledger::{memory_segments, memory_word};
pub use pane::{Choice, SizingPane, time_text};
pub use ways::Ways;
