//! Racks: where things are mounted, what a rack can carry, and why something cannot go where it was put.
//!
//! Pure values and pure edits: an edit returns the new layout, or the [`Problem`] that forbids it as a value with a
//! sentence. Nothing here knows sessions or money; those are `sizing`'s and are brought together in `project`.
//! Conventions are NetBox's: a device is mounted in its lowest unit, U1 is at the bottom, heights come in half units,
//! a full-depth device blocks the opposite face, a device of height 0 hangs beside the slots.

pub mod cooling;
mod edit;
mod feed;
mod fit;
mod layout;
mod limits;
mod lines;
mod many;
mod occupancy;
mod problem;
#[cfg(test)]
mod testing;
pub mod weight;

pub use edit::{fill, fits_at, misplaced, move_to, place, remove, resize, used_height};
pub use feed::{FeedLoads, Feeds, Phases, Redundancy, Region, line_currents};
pub use fit::{FitCount, FitLimit, FitQuestion, fit_count};
pub use layout::{Face, HalfUnits, MOST_UNITS, Placement, PlacementKey, RackLayout};
pub use limits::{PowerMode, RackLimits, planned_power};
pub use lines::{Cord, Feed, Hanging, LineLoads};
pub use many::{duplicate, move_many, remove_many};
pub use problem::Problem;
