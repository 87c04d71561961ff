//! The accuracy pane: what was measured against what was estimated without it, a table of errors by class, and where
//! every row went. It estimates nothing: rows and sums come from the room `accuracy`.

mod chart;
mod marks;
mod pane;
mod rows;
mod table;
mod words;

pub use pane::AccuracyPane;
