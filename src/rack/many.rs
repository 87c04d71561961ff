//! Edits of several placements at once: all of them, or none and the reason.

use std::collections::BTreeSet;

use super::edit::{misplaced, mount};
use super::fill::fill_in_place;
use super::nearest::{take_panels_out, without_panels};
use super::{Bay, Face, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits};
use crate::catalog::{Server, Table};

/// Moves several up (or, negative, down) by half units, keeping their distances. What stands in bays follows its shelf; what
/// takes no unit hangs beside the slots and stays; panels in the way are taken out.
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
    let hangs = |placement: &Placement| {
        servers.get(&placement.server).is_some_and(|server| HalfUnits::covering(server.height) == HalfUnits(0))
    };
    change_many(layout, limits, servers, keys, |placement| {
        if hangs(placement) {
            return Ok(());
        }
        let bottom = placement.bottom.0.checked_add_signed(half_units);
        placement.bottom = HalfUnits(bottom.ok_or(Problem::BelowFloor)?);
        Ok(())
    })
}

/// Turns several to the other face, at the units where they are.
///
/// # Errors
/// One is not mounted, or meets one that stays.
pub fn turn_many(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    keys: &[PlacementKey],
) -> Result<RackLayout, Problem> {
    change_many(layout, limits, servers, keys, |placement| {
        placement.face = placement.face.opposite();
        Ok(())
    })
}

fn change_many(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    keys: &[PlacementKey],
    change: impl Fn(&mut Placement) -> Result<(), Problem>,
) -> Result<RackLayout, Problem> {
    all_mounted(layout, keys)?;
    // What is only moved weighs and draws what it did, and is as deep: where it stands is all that can become wrong.
    let limits = &RackLimits { power: None, heat: None, weight: None, depth: None, ..*limits };
    let before: BTreeSet<PlacementKey> = misplaced(layout, limits, servers).into_iter().map(|(key, _)| key).collect();
    let mut new = layout.clone();
    for placement in new.placements.iter_mut().filter(|placement| keys.contains(&placement.key)) {
        if placement.bay.is_none() {
            change(placement)?;
        }
    }
    new.follow_shelves();
    for key in keys {
        let there = new.get(*key).filter(|placement| placement.bay.is_none());
        let there = there.map(|placement| (placement.server.clone(), placement.bottom, placement.face));
        if let Some((server, bottom, face)) = there
            && let Some(server) = servers.get(&server)
        {
            take_panels_out(&mut new, servers, server, bottom, face);
        }
    }
    // What was wrong before is no reason to refuse a move that does not make it worse.
    match misplaced(&new, limits, servers).into_iter().find(|(key, _)| !before.contains(key)) {
        Some((_, problem)) => Err(problem),
        None => Ok(new),
    }
}

/// Takes several out, with what stands in their bays.
///
/// # Errors
/// One is not mounted.
pub fn remove_many(layout: &RackLayout, keys: &[PlacementKey]) -> Result<RackLayout, Problem> {
    all_mounted(layout, keys)?;
    let mut new = layout.clone();
    let goes = |key: &PlacementKey| keys.contains(key);
    new.placements.retain(|placement| !goes(&placement.key) && placement.bay.is_none_or(|bay| !goes(&bay.shelf)));
    Ok(new)
}

/// Mounts up to `times` more of what is mounted under `key`, at its face, each at the lowest free unit or in the first free
/// bay; a shelf with what stands in it. Returns the layout and what stopped it; `None`: all are mounted.
pub fn duplicate(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    key: PlacementKey,
    times: u32,
) -> (RackLayout, Option<Problem>) {
    let mut new = layout.clone();
    let Some(placement) = layout.get(key) else { return (new, Some(Problem::NotMounted { key })) };
    if layout.in_bays_of(key).next().is_none() {
        let stopped_by = fill_in_place(&mut new, limits, servers, placement, times).err();
        return (new, stopped_by);
    }
    for _ in 0..times {
        match with_its_bays(&new, layout, limits, servers, placement) {
            Ok(more) => new = more,
            Err(problem) => return (new, Some(problem)),
        }
    }
    (new, None)
}

/// One more shelf with machines like those of `shelf`, or nothing.
fn with_its_bays(
    layout: &RackLayout,
    pattern: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    shelf: &Placement,
) -> Result<RackLayout, Problem> {
    let mut new = layout.clone();
    fill_in_place(&mut new, limits, servers, shelf, 1)?;
    let key = new.placements.last().map_or(shelf.key, |placement| placement.key);
    fill_like(new, key, pattern, shelf.key, limits, servers)
}

/// Puts machines like those of a shelf of `pattern` into the bays of a shelf of `layout`.
fn fill_like(
    mut layout: RackLayout,
    into: PlacementKey,
    pattern: &RackLayout,
    like: PlacementKey,
    limits: &RackLimits,
    servers: &Table<Server>,
) -> Result<RackLayout, Problem> {
    for machine in pattern.in_bays_of(like) {
        let bay = machine.bay.map(|bay| Bay { shelf: into, ..bay });
        layout = mount(&layout, limits, servers, Placement { bay, ..machine.clone() })?;
    }
    Ok(layout)
}

/// Each of several, `times` more; what stands in the bay of a shelf that is among them comes with the shelf. Returns the
/// layout and what stopped it; `None`: all are mounted.
pub fn duplicate_many(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    keys: &[PlacementKey],
    times: u32,
) -> (RackLayout, Option<Problem>) {
    let mut new = layout.clone();
    let comes_along = |key: &PlacementKey| {
        layout.get(*key).and_then(|placement| placement.bay).is_some_and(|bay| keys.contains(&bay.shelf))
    };
    for key in keys.iter().filter(|key| !comes_along(key)) {
        let (more, stopped_by) = duplicate(&new, limits, servers, *key, times);
        new = more;
        if stopped_by.is_some() {
            return (new, stopped_by);
        }
    }
    (new, None)
}

/// Where something is to stand in a rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    /// In the slots; what takes no unit hangs beside them.
    Slot(HalfUnits, Face),
    /// In a bay of a mounted shelf.
    Bay(Bay),
}

/// Moves one thing, with what stands in its bays, to another rack, whose limits these are; panels in its way there are taken
/// out. Returns both racks.
///
/// # Errors
/// Nothing with this key is mounted in the first, or it does not fit into the second: as [`fits_at`](super::fits_at).
pub fn move_to_rack(
    from: &RackLayout,
    to: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    key: PlacementKey,
    spot: Spot,
) -> Result<(RackLayout, RackLayout), Problem> {
    let moved = from.get(key).ok_or(Problem::NotMounted { key })?;
    let placed = match spot {
        Spot::Slot(bottom, face) => Placement { bottom, face, bay: None, ..moved.clone() },
        Spot::Bay(bay) => Placement { bay: Some(bay), ..moved.clone() },
    };
    let open = match spot {
        Spot::Slot(bottom, face) => without_panels(to, servers, &placed.server, bottom, face),
        Spot::Bay(_) => to.clone(),
    };
    let arrived = mount(&open, limits, servers, placed)?;
    let new_key = arrived.placements.last().map_or(key, |placement| placement.key);
    let arrived = fill_like(arrived, new_key, from, key, limits, servers)?;
    Ok((super::remove(from, key)?, arrived))
}

fn all_mounted(layout: &RackLayout, keys: &[PlacementKey]) -> Result<(), Problem> {
    match keys.iter().find(|key| layout.get(**key).is_none()) {
        Some(&key) => Err(Problem::NotMounted { key }),
        None => Ok(()),
    }
}
