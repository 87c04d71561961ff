//! Edits of several placements at once: all of them, or none and the reason.

use super::edit::{fill_in_place, misplaced};
use super::{HalfUnits, PlacementKey, Problem, RackLayout, RackLimits};
use crate::catalog::{Server, Table};

/// Moves several up (or, negative, down) by half units, keeping their distances.
///
/// # Errors
/// One is not mounted, would leave the rack, or meets one that stays.
pub fn move_many(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    keys: &[PlacementKey],
    half_units: i32,
) -> Result<RackLayout, Problem> {
    all_mounted(layout, keys)?;
    let before: Vec<PlacementKey> = misplaced(layout, limits, servers).into_iter().map(|(key, _)| key).collect();
    let mut new = layout.clone();
    for placement in new.placements.iter_mut().filter(|placement| keys.contains(&placement.key)) {
        let bottom = placement.bottom.0.checked_add_signed(half_units);
        placement.bottom = HalfUnits(bottom.ok_or(Problem::BelowFloor)?);
    }
    // What was wrong before is no reason to refuse a move that does not make it worse.
    match misplaced(&new, limits, servers).into_iter().find(|(key, _)| !before.contains(key)) {
        Some((_, problem)) => Err(problem),
        None => Ok(new),
    }
}

/// Takes several out.
///
/// # Errors
/// One is not mounted.
pub fn remove_many(layout: &RackLayout, keys: &[PlacementKey]) -> Result<RackLayout, Problem> {
    all_mounted(layout, keys)?;
    let mut new = layout.clone();
    new.placements.retain(|placement| !keys.contains(&placement.key));
    Ok(new)
}

/// Mounts up to `times` more of what is mounted under `key`, at its face, each at the lowest free unit. Returns the layout
/// and what stopped it; `None`: all are mounted.
pub fn duplicate(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    key: PlacementKey,
    times: u32,
) -> (RackLayout, Option<Problem>) {
    let mut new = layout.clone();
    let Some(placement) = layout.get(key) else { return (new, Some(Problem::NotMounted { key })) };
    let stopped_by = fill_in_place(&mut new, limits, servers, &placement.server, placement.face, times).err();
    (new, stopped_by)
}

fn all_mounted(layout: &RackLayout, keys: &[PlacementKey]) -> Result<(), Problem> {
    match keys.iter().find(|key| layout.get(**key).is_none()) {
        Some(&key) => Err(Problem::NotMounted { key }),
        None => Ok(()),
    }
}
