//! The live pane: the embedded model answers, token by token, beside what was predicted for this machine.

mod embedded;
mod engine;
mod figures;
mod machine;
mod own;
mod pane;
mod session;

pub use embedded::start_embedded;
pub use engine::{StartEngine, TextEngine};
pub use machine::processor_name;
pub use pane::LivePane;
