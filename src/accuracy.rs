//! How wrong estimates are on what they never saw: measurements beside estimates made without them, and what follows.
//!
//! The rows come from `data/accuracy/`, written by `sizewright fit` together with the constants they judge. Nothing is
//! estimated here: this room reads, chooses and sums up. `validate` and `fit` take their medians from here, so that one
//! formula stands behind every error the program shows.

pub mod builtin;
pub mod file;
pub mod quantity;
pub mod record;
pub mod summary;
pub mod table;
pub mod text;

pub use builtin::{rows, rows_of};
pub use quantity::{LeftOut, Quantity, Trust};
pub use record::{Record, Row, Run, Value};
pub use summary::{Estimate, Judged, Summary};
pub use table::{ClassLine, Selection, Table, table};
