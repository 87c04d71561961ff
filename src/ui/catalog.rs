//! The catalog pane: one table per kind of fact, with filter and sort, edited in place; sources on hover.

mod cell;
mod columns;
mod pane;
mod table;

pub use pane::CatalogPane;
