//! Edits of a layout: each returns the new layout, or why not. The old one is never touched.

use super::occupancy::Occupancy;
use super::{Face, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits, planned_power};
use crate::catalog::{Server, ServerId, Table};
use crate::units::{Kilograms, RackUnits, Watts};

/// Rounding of sums of watts and kilograms must not turn "exactly full" into "too much".
const SLACK: f64 = 1e-6; // W and kg; the planner's own, 2026-11-20

/// Whether a server can be mounted there, leaving `moving` (the placement being dragged) out of account.
///
/// # Errors
/// The first of: outside the rack, too deep, overlap, too heavy, too much power.
pub fn fits_at(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    bottom: HalfUnits,
    face: Face,
    moving: Option<PlacementKey>,
) -> Result<(), Problem> {
    let new = known(servers, server)?;
    let candidate = Placement { key: PlacementKey(0), server: server.clone(), bottom, face, serves: None };
    let occupancy = Occupancy::of(layout, servers, moving);
    let load = Load::of(layout, limits, servers, moving);
    allowed(layout, limits, servers, &occupancy, &load, &candidate, new)
}

/// Whether a placement keeps every limit, given what is taken and mounted so far.
fn allowed(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    occupancy: &Occupancy,
    load: &Load,
    candidate: &Placement,
    new: &Server,
) -> Result<(), Problem> {
    let span = candidate.span(new);
    // A bottom near the end of the number range leaves an empty span, so it is looked at by itself.
    if HalfUnits::covering(new.height).0 > 0 && span.end.max(candidate.bottom.0) > layout.usable().0 {
        return Err(Problem::OutsideRack { top: HalfUnits(span.end), usable: layout.usable() });
    }
    depth_allows(new, limits)?;
    if let Some(with) = occupancy.in_the_way(candidate, new) {
        let there = layout.get(with).unwrap_or(candidate);
        let name = name_of(servers, &there.server);
        return Err(Problem::Overlap { with, name, at: there.bottom, face: there.face });
    }
    load.allows(new, limits)
}

/// Mounts a server. The new placement is the last of the layout returned.
///
/// # Errors
/// As [`fits_at`].
pub fn place(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    bottom: HalfUnits,
    face: Face,
) -> Result<RackLayout, Problem> {
    fits_at(layout, limits, servers, server, bottom, face, None)?;
    let mut new = layout.clone();
    new.placements.push(Placement { key: layout.next_key(), server: server.clone(), bottom, face, serves: None });
    Ok(new)
}

/// Moves what is mounted to another place of the same rack.
///
/// # Errors
/// Nothing with this key is mounted, or as [`fits_at`].
pub fn move_to(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    key: PlacementKey,
    bottom: HalfUnits,
    face: Face,
) -> Result<RackLayout, Problem> {
    let server = layout.get(key).map(|placement| placement.server.clone()).ok_or(Problem::NotMounted { key })?;
    fits_at(layout, limits, servers, &server, bottom, face, Some(key))?;
    let mut new = layout.clone();
    for placement in new.placements.iter_mut().filter(|placement| placement.key == key) {
        (placement.bottom, placement.face) = (bottom, face);
    }
    Ok(new)
}

/// Takes something out.
///
/// # Errors
/// Nothing with this key is mounted.
pub fn remove(layout: &RackLayout, key: PlacementKey) -> Result<RackLayout, Problem> {
    layout.get(key).ok_or(Problem::NotMounted { key })?;
    let mut new = layout.clone();
    new.placements.retain(|placement| placement.key != key);
    Ok(new)
}

/// Changes the height of the rack and what is reserved at its top.
///
/// # Errors
/// Something mounted would stick out; how high the rack must be for it.
pub fn resize(
    layout: &RackLayout,
    servers: &Table<Server>,
    height_units: u32,
    reserved_units: u32,
) -> Result<RackLayout, Problem> {
    let new = RackLayout { height_units, reserved_units, ..layout.clone() };
    let top = layout
        .placements
        .iter()
        .filter_map(|placement| servers.get(&placement.server).map(|server| placement.span(server)))
        .filter(|span| !span.is_empty())
        .map(|span| span.end)
        .max()
        .unwrap_or(0);
    if top > new.usable().0 {
        return Err(Problem::OutsideRack { top: HalfUnits(top), usable: new.usable() });
    }
    Ok(new)
}

/// Mounts up to `most` servers of one kind, first fit from the bottom on whole units, at the front. Returns the layout and
/// what stopped it; `None`: all `most` are mounted.
pub fn fill(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    most: u32,
) -> (RackLayout, Option<Problem>) {
    let mut filled = layout.clone();
    let stopped_by = fill_in_place(&mut filled, limits, servers, server, Face::Front, most).err();
    (filled, stopped_by)
}

/// As [`fill`], at either face and in place.
pub(super) fn fill_in_place(
    layout: &mut RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    face: Face,
    most: u32,
) -> Result<(), Problem> {
    let new = known(servers, server)?;
    depth_allows(new, limits)?;
    let mut occupancy = Occupancy::of(layout, servers, None);
    let mut load = Load::of(layout, limits, servers, None);
    let needs = HalfUnits::covering(new.height);
    let mut unit = 1;
    for _ in 0..most {
        // Room first: a rack that is full by height and by power alike is called full by height.
        let placement = loop {
            let bottom = HalfUnits::floor_of(unit);
            if bottom.plus(needs).0 > layout.usable().0 {
                let longest = HalfUnits(occupancy.longest_run(face, new.full_depth));
                return Err(Problem::NoFreeRun { needs, longest });
            }
            let placement = Placement { key: layout.next_key(), server: server.clone(), bottom, face, serves: None };
            if occupancy.in_the_way(&placement, new).is_none() {
                break placement;
            }
            unit += 1;
        };
        load.allows(new, limits)?;
        occupancy.take(&placement, new);
        load.add(new, limits);
        layout.placements.push(placement);
    }
    Ok(())
}

/// Every placement that cannot be where it is, given those placed before it, and why: for layouts from a file, and for
/// limits that were lowered.
pub fn misplaced(layout: &RackLayout, limits: &RackLimits, servers: &Table<Server>) -> Vec<(PlacementKey, Problem)> {
    let mut occupancy = Occupancy::empty(layout);
    let mut load = Load { weight: Kilograms::ZERO, power: Watts::ZERO };
    let mut wrong = Vec::new();
    for placement in &layout.placements {
        let checked = known(servers, &placement.server).and_then(|server| {
            let allowed = allowed(layout, limits, servers, &occupancy, &load, placement, server);
            occupancy.take(placement, server);
            load.add(server, limits);
            allowed
        });
        wrong.extend(checked.err().map(|problem| (placement.key, problem)));
    }
    wrong
}

/// Height taken at either face.
pub fn used_height(layout: &RackLayout, servers: &Table<Server>) -> RackUnits {
    HalfUnits(Occupancy::of(layout, servers, None).taken()).to_units()
}

/// Known weight and draw of what is mounted.
struct Load {
    weight: Kilograms,
    power: Watts,
}

impl Load {
    fn of(layout: &RackLayout, limits: &RackLimits, servers: &Table<Server>, moving: Option<PlacementKey>) -> Self {
        let mut load = Self { weight: Kilograms::ZERO, power: Watts::ZERO };
        for placement in layout.placements.iter().filter(|placement| Some(placement.key) != moving) {
            if let Some(server) = servers.get(&placement.server) {
                load.add(server, limits);
            }
        }
        load
    }

    fn add(&mut self, server: &Server, limits: &RackLimits) {
        self.weight += server.weight.unwrap_or(Kilograms::ZERO);
        self.power += planned_power(server, limits).unwrap_or(Watts::ZERO);
    }

    /// Whether one more of this keeps the limits. What is unknown is not checked.
    fn allows(&self, new: &Server, limits: &RackLimits) -> Result<(), Problem> {
        if let (Some(limit), Some(weight)) = (limits.weight, new.weight) {
            let over = self.weight + weight - limit;
            if over.as_kilograms() > SLACK {
                return Err(Problem::TooHeavy { over, limit });
            }
        }
        if let (Some(budget), Some(draw)) = (limits.power, planned_power(new, limits)) {
            let over = self.power + draw - budget;
            if over.as_watts() > SLACK {
                return Err(Problem::TooMuchPower { over, budget });
            }
        }
        Ok(())
    }
}

fn depth_allows(new: &Server, limits: &RackLimits) -> Result<(), Problem> {
    match (new.depth, limits.depth) {
        (Some(needs), Some(has)) if needs > has => Err(Problem::TooDeep { needs, has }),
        _ => Ok(()),
    }
}

fn known<'a>(servers: &'a Table<Server>, server: &ServerId) -> Result<&'a Server, Problem> {
    servers.get(server).ok_or_else(|| Problem::UnknownServer { server: server.clone() })
}

fn name_of(servers: &Table<Server>, server: &ServerId) -> String {
    servers.get(server).map_or_else(|| server.to_string(), |server| server.name.clone())
}
