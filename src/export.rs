//! Words for others: a plan as a report one can send.
//!
//! Everything here is a pure function of a plan, its catalog and its outcome; the day is passed in, so the same plan gives
//! the same text. Writing files is the caller's.

mod band;
mod day;
mod markdown;
mod report;
mod words;

pub use day::day_of;
pub use report::report;
pub use words::{against_hosted, at_the_peak};
