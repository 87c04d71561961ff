//! Edits of a layout: each returns the new layout, or why not. The old one is never touched.

use super::occupancy::Occupancy;
use super::{
    Bay, Face, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits, breaker_power, planned_power,
};
use crate::catalog::{Server, ServerId, Table};
use crate::units::{Kilograms, RackUnits, Watts};

/// Rounding of sums of watts and kilograms must not turn "exactly full" into "too much".
const SLACK: f64 = 1e-6; // W and kg; the planner's own, 2026-11-20

/// Whether a server can be mounted there, leaving `moving` (the placement being dragged) out of account. What is only moved
/// weighs and draws what it did, and is as deep: in a rack whose limits were lowered it can still be moved about.
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
    let candidate = Placement::new(PlacementKey(0), server.clone(), bottom, face);
    check(layout, limits, servers, &candidate, moving)
}

/// Whether a machine can stand in a bay, leaving `moving` out of account.
///
/// # Errors
/// The first of: no such bay, it takes rack units, too deep, bay taken, too heavy, too much power.
pub fn fits_in_bay(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    bay: Bay,
    moving: Option<PlacementKey>,
) -> Result<(), Problem> {
    let candidate = Placement {
        bay: Some(bay),
        ..Placement::new(PlacementKey(0), server.clone(), HalfUnits::default(), Face::Front)
    };
    check(layout, limits, servers, &candidate, moving)
}

fn check(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    candidate: &Placement,
    moving: Option<PlacementKey>,
) -> Result<(), Problem> {
    let new = known(servers, &candidate.server)?;
    let occupancy = Occupancy::of(layout, servers, moving);
    let load = Load::of(layout, limits, servers, moving);
    let limits = match moving.and_then(|key| layout.get(key)).filter(|held| held.server == candidate.server) {
        Some(_) => &RackLimits { power: None, weight: None, depth: None, ..*limits },
        None => limits,
    };
    allowed(layout, limits, servers, &occupancy, &load, candidate, new)
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
    let needs = HalfUnits::covering(new.height);
    match candidate.bay {
        Some(bay) => bay_allows(layout, servers, occupancy, bay, needs)?,
        None if needs.0 == 0 && !new.devices.is_empty() => return Err(Problem::NeedsBay),
        None => {
            let (span, usable) = (candidate.span(new), layout.usable_for(new.role));
            // A bottom near the end of the number range leaves an empty span, so it is looked at by itself.
            if needs.0 > 0 && span.end.max(candidate.bottom.0) > usable.0 {
                return Err(Problem::OutsideRack { top: HalfUnits(span.end), usable });
            }
        }
    }
    depth_allows(new, limits)?;
    if let Some(with) = occupancy.in_the_way(candidate, new) {
        let there = layout.get(with).unwrap_or(candidate);
        let name = name_of(servers, &there.server);
        return Err(Problem::Overlap { with, name, at: there.bottom, face: there.face });
    }
    load.allows(new, limits)
}

fn bay_allows(
    layout: &RackLayout,
    servers: &Table<Server>,
    occupancy: &Occupancy,
    bay: Bay,
    needs: HalfUnits,
) -> Result<(), Problem> {
    let shelf = layout.get(bay.shelf).filter(|shelf| shelf.bay.is_none());
    let bays = shelf.and_then(|shelf| servers.get(&shelf.server)).map_or(0, |shelf| shelf.bays);
    if !(1..=bays).contains(&bay.number) {
        return Err(Problem::NoSuchBay { bay, bays });
    }
    if needs.0 > 0 {
        return Err(Problem::NotForBays { needs });
    }
    match occupancy.in_bay(bay) {
        Some(with) => {
            let name = layout.get(with).map_or_else(String::new, |there| name_of(servers, &there.server));
            Err(Problem::BayTaken { bay, with, name })
        }
        None => Ok(()),
    }
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
    mount(layout, limits, servers, Placement::new(PlacementKey(0), server.clone(), bottom, face))
}

/// Puts a machine into a bay. The new placement is the last of the layout returned.
///
/// # Errors
/// As [`fits_in_bay`].
pub fn place_in_bay(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    bay: Bay,
) -> Result<RackLayout, Problem> {
    let new = Placement::new(PlacementKey(0), server.clone(), HalfUnits::default(), Face::Front);
    mount(layout, limits, servers, Placement { bay: Some(bay), ..new })
}

/// Mounts something that is already described, under a key of this rack.
pub(super) fn mount(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    placement: Placement,
) -> Result<RackLayout, Problem> {
    check(layout, limits, servers, &placement, None)?;
    let mut new = layout.clone();
    new.placements.push(Placement { key: layout.next_key(), ..placement });
    new.follow_shelves();
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
        (placement.bottom, placement.face, placement.bay) = (bottom, face, None);
    }
    new.follow_shelves();
    Ok(new)
}

/// Moves a machine to another bay of the same rack.
///
/// # Errors
/// Nothing with this key is mounted, or as [`fits_in_bay`].
pub fn move_to_bay(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    key: PlacementKey,
    bay: Bay,
) -> Result<RackLayout, Problem> {
    let server = layout.get(key).map(|placement| placement.server.clone()).ok_or(Problem::NotMounted { key })?;
    fits_in_bay(layout, limits, servers, &server, bay, Some(key))?;
    let mut new = layout.clone();
    for placement in new.placements.iter_mut().filter(|placement| placement.key == key) {
        placement.bay = Some(bay);
    }
    new.follow_shelves();
    Ok(new)
}

/// Takes something out, with what stands in its bays.
///
/// # Errors
/// Nothing with this key is mounted.
pub fn remove(layout: &RackLayout, key: PlacementKey) -> Result<RackLayout, Problem> {
    layout.get(key).ok_or(Problem::NotMounted { key })?;
    let mut new = layout.clone();
    new.placements.retain(|placement| placement.key != key && placement.bay.is_none_or(|bay| bay.shelf != key));
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
    let too_high = layout
        .placements
        .iter()
        .filter_map(|placement| servers.get(&placement.server).map(|server| (placement.span(server), server.role)))
        .filter(|(span, role)| !span.is_empty() && span.end > new.usable_for(*role).0)
        .max_by_key(|(span, _)| span.end);
    match too_high {
        Some((span, role)) => Err(Problem::OutsideRack { top: HalfUnits(span.end), usable: new.usable_for(role) }),
        None => Ok(new),
    }
}

/// Every placement that cannot be where it is, given those placed before it, and why: for layouts from a file, and for
/// limits that were lowered.
pub fn misplaced(layout: &RackLayout, limits: &RackLimits, servers: &Table<Server>) -> Vec<(PlacementKey, Problem)> {
    let mut occupancy = Occupancy::empty(layout);
    let mut load = Load { weight: Kilograms::ZERO, power: Watts::ZERO, full: Watts::ZERO };
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
pub(super) struct Load {
    weight: Kilograms,
    power: Watts,
    /// As breakers see it.
    full: Watts,
}

impl Load {
    pub(super) fn of(
        layout: &RackLayout,
        limits: &RackLimits,
        servers: &Table<Server>,
        moving: Option<PlacementKey>,
    ) -> Self {
        let mut load = Self { weight: Kilograms::ZERO, power: Watts::ZERO, full: Watts::ZERO };
        for placement in layout.placements.iter().filter(|placement| Some(placement.key) != moving) {
            if let Some(server) = servers.get(&placement.server) {
                load.add(server, limits);
            }
        }
        load
    }

    pub(super) fn add(&mut self, server: &Server, limits: &RackLimits) {
        self.weight += server.weight.unwrap_or(Kilograms::ZERO);
        self.power += planned_power(server, limits).unwrap_or(Watts::ZERO);
        self.full += breaker_power(server, limits).unwrap_or(Watts::ZERO);
    }

    /// Whether one more of this keeps the limits. What is unknown is not checked.
    pub(super) fn allows(&self, new: &Server, limits: &RackLimits) -> Result<(), Problem> {
        if let (Some(limit), Some(weight)) = (limits.weight, new.weight) {
            let over = self.weight + weight - limit;
            if over.as_kilograms() > SLACK {
                return Err(Problem::TooHeavy { over, limit });
            }
        }
        // Budget and feeds: what is exceeded by more is the one to name.
        let over = |limit: Option<Watts>, drawn: Watts, new: Option<Watts>| {
            let over = drawn + new? - limit?;
            (over.as_watts() > SLACK).then_some((over, limit?))
        };
        let budget = over(limits.power, self.power, planned_power(new, limits));
        let feed = over(limits.feed, self.full, breaker_power(new, limits));
        match (budget, feed) {
            (Some((by, _)), Some((over, limit))) if over > by => return Err(Problem::TooMuchForFeeds { over, limit }),
            (Some((over, budget)), _) => return Err(Problem::TooMuchPower { over, budget }),
            (None, Some((over, limit))) => return Err(Problem::TooMuchForFeeds { over, limit }),
            (None, None) => {}
        }
        // All that is drawn becomes heat.
        if let (Some(limit), Some(draw)) = (limits.heat, planned_power(new, limits)) {
            let over = self.power + draw - limit;
            if over.as_watts() > SLACK {
                return Err(Problem::TooMuchHeat { over, limit });
            }
        }
        Ok(())
    }
}

pub(super) fn depth_allows(new: &Server, limits: &RackLimits) -> Result<(), Problem> {
    match (new.depth, limits.depth) {
        (Some(needs), Some(has)) if needs > has => Err(Problem::TooDeep { needs, has }),
        _ => Ok(()),
    }
}

pub(super) fn known<'a>(servers: &'a Table<Server>, server: &ServerId) -> Result<&'a Server, Problem> {
    servers.get(server).ok_or_else(|| Problem::UnknownServer { server: server.clone() })
}

fn name_of(servers: &Table<Server>, server: &ServerId) -> String {
    servers.get(server).map_or_else(|| server.to_string(), |server| server.name.clone())
}
