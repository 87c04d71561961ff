//! Words for others: a plan as a report one can send, machines and racks as NetBox writes them.
//!
//! Everything here is a pure function of a plan, its catalog and its outcome; the day is passed in, so the same plan gives
//! the same text. Writing files is the caller's; a library of many is written by [`write_library`].

mod band;
mod library;
mod markdown;
mod netbox;
mod report;
mod words;

pub use crate::catalog::day_of;
pub use library::{Existing, WriteError, write_library};
pub use netbox::{LibraryFile, device_type, netbox, rack_type};
pub use report::report;
pub use words::{against_hosted, asked_of, at_the_peak, drawn, for_the_readers, mean_load, served, sessions_left};
