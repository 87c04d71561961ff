//! Arithmetic: what a model needs and how fast it runs, from facts alone.
//!
//! Pure functions over typed quantities: no file, no clock, no thread. They cannot fail; where there is no honest number
//! they return a reason. Memory is one ledger, and speed reads its bytes from that same ledger, so the two never
//! disagree.

pub mod basis;
pub mod buffers;
pub mod calibration;
pub mod carbon;
pub mod cost;
pub mod demand;
pub mod estimate;
pub mod figure;
pub mod kv_cache;
pub mod memory;
pub mod nearest;
pub mod power;
pub mod serving;
pub mod speed;
pub mod verdict;
pub mod weights;
pub mod workload;

pub use basis::{Basis, BasisInput, OWN};
pub use estimate::{Estimate, estimate, estimate_as, estimate_on, estimate_with};
pub use figure::Figure;
pub use verdict::{Refusal, Resource, Verdict};
pub use workload::{Hardware, Workload};
