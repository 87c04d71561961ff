//! Racks that are alike, told once: a plan of a thousand racks is mostly rows of equal ones.

use super::RackOutcome;
use crate::units::thousands;

/// Neighbours that differ in nothing but the name, each run with at least one rack.
pub fn runs_of_equal_racks(racks: &[RackOutcome]) -> impl Iterator<Item = &[RackOutcome]> {
    racks.chunk_by(|_, next| next.like_the_one_before)
}

/// What a run is called: "Rack 1", or "Rack 1 to Rack 20 (20 racks)".
pub fn name_of_run(run: &[RackOutcome]) -> String {
    match run {
        [] => String::new(),
        [one] => one.name.clone(),
        [first, .., last] => format!("{} to {} ({} racks)", first.name, last.name, thousands(run.len() as f64)),
    }
}
