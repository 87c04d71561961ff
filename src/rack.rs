//! Racks: where things are mounted, what a rack can carry, and why something cannot go where it was put.
//!
//! Pure values and pure edits: an edit returns the new layout, or the [`Problem`] that forbids it as a value with a
//! sentence. Nothing here knows sessions or money; those are `sizing`'s and are brought together in `project`.
//! Conventions are NetBox's: a device is mounted in its lowest unit, U1 is at the bottom, heights come in half units,
//! a full-depth device blocks the opposite face, a device of height 0 hangs beside the slots or, where it runs models, stands in a
//! bay of a shelf.

pub mod cooling;
mod edit;
mod feed;
mod fill;
mod fit;
mod layout;
mod limits;
mod lines;
mod many;
mod nearest;
mod occupancy;
mod problem;
#[cfg(test)]
mod testing;
pub mod weight;

pub use edit::{
    fits_at, fits_in_bay, misplaced, move_to, move_to_bay, place, place_in_bay, remove, resize, used_height,
};
pub use feed::{FeedLoads, Feeds, Hangs, Phases, Redundancy, Region, line_currents};
pub use fill::{close_free_units, fill, fill_face, free_units};
pub use fit::{FitCount, FitLimit, FitQuestion, fit_count};
pub use layout::{Bay, Face, HalfUnits, MOST_UNITS, Placement, PlacementKey, RackLayout};
pub use limits::{PowerMode, RackLimits, breaker_power, planned_power};
pub use lines::{Cord, Feed, Hanging, LineLoads};
pub use many::{Spot, duplicate, duplicate_many, move_many, move_to_rack, remove_many, turn_many};
pub use nearest::{nearest_place, without_all_panels, without_panels};
pub use problem::Problem;
