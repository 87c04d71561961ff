//! The rack pane: the drawn rack, the palette of servers, bars of what is used, and sessions by model.
//!
//! The drawing has three files: [`elevation`] (where things are, pure), [`drag`] (what is meant), [`paint`] (pixels).

mod chart;
mod drag;
mod edits;
mod elevation;
mod measure;
mod paint;
mod palette;
mod pane;
mod serves;
mod slots;

pub use pane::RackPane;
