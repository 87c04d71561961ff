//! The rack pane: the drawn rack, the palette of servers, bars of what is used, and sessions by model.
//!
//! The drawing has three kinds of files: [`elevation`] and [`bays`] (where things are, pure), [`drag`] and [`act`] (what is
//! meant), [`paint`] (pixels).

mod act;
mod bars;
mod bays;
mod below;
mod chart;
mod curves;
mod drag;
mod edits;
mod elevation;
mod measure;
mod paint;
mod palette;
mod pane;
mod remedy;
mod row;
mod selection;
mod serves;
mod settings;
mod slots;
mod strip;
mod toolbar;

pub use pane::RackPane;
