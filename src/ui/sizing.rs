//! The sizing pane: the chosen scenario on any device of the catalog: memory, verdict, speed, and why.

mod ledger;
mod pane;

pub use pane::{Choice, SizingPane, time_text};
