//! The live pane: small models answer, token by token, alone or two beside each other, held against what was predicted
//! for this machine.
//!
//! What is said is `chat` and whose turn it is `desk`, both pure of drawing; engines and file headers come from threads
//! (`embedded`, `shelf`); the rest draws.

mod blocks;
mod blocks_ui;
mod chat;
mod chat_ui;
mod column;
mod desk;
mod draft;
mod draft_ui;
mod embedded;
mod engine;
mod figures;
mod machine;
mod memory_ui;
mod meter;
mod model_ui;
mod names;
mod offer;
mod own;
mod pane;
mod plot;
mod predict;
mod prompt_ui;
mod quantize;
mod quantize_ui;
mod ran;
mod reading;
mod session;
mod settings;
mod settings_ui;
mod sharpened;
mod shelf;
mod summary;
mod thoughts;

pub use embedded::start_embedded;
pub use engine::{ModelChoice, StartEngine, TextEngine};
pub use meter::Probe;
pub use pane::LivePane;
pub use shelf::usual_model_folders;

/// Longest prompt one can type, in characters: some times what most contexts hold.
const MOST_CHARACTERS: usize = 200_000; // own choice, 2026-11-20: the engine refuses what does not fit, in words
/// Height of a field one types into, in points, beyond which its text scrolls: some ten lines.
const MOST_FIELD_HEIGHT: f32 = 160.0; // own choice, 2026-11-29
