//! The sensitivity pane: what 10 % more of each limit brings, and how far each input moves the answer.

mod job;
mod pane;
mod relaxed;
mod tornado;

pub use pane::SensitivityPane;
