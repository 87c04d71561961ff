//! The catalog pane: one table per kind of fact. Entries are edited, made, copied, taken out, put back, compared; what the
//! user changed is marked, exported, merged and reviewed. Every value says where it comes from.

mod body;
mod cell;
mod columns;
mod compare;
mod details;
mod edits;
mod fixed;
mod general;
mod layers;
mod light;
mod memory;
mod pane;
mod rows;
mod scores;
mod shapes;
mod sized;
mod sizer;
mod table;
mod table_cells;
mod toolbar;
mod value;

pub use memory::CatalogMemory;
pub use pane::CatalogPane;
pub use sized::SizedFor;
