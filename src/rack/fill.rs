//! Mounting many of one kind: first fit from the bottom, until something stops it.

use super::edit::{Load, depth_allows, known, mount};
use super::nearest::{take_panels_out, without_all_panels};
use super::occupancy::Occupancy;
use super::{Face, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits};
use crate::catalog::{Server, ServerId, Table};

/// Mounts up to `most` servers of one kind, first fit from the bottom on whole units, at the front; what takes no unit goes
/// into free bays. Blanking panels make way; the keys of those that did are not used again. Returns the layout and what
/// stopped it; `None`: all `most` are mounted.
pub fn fill(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    most: u32,
) -> (RackLayout, Option<Problem>) {
    fill_face(layout, limits, servers, server, Face::Front, most)
}

/// As [`fill`], at either face.
pub fn fill_face(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    face: Face,
    most: u32,
) -> (RackLayout, Option<Problem>) {
    let mut filled = layout.clone();
    let one = Placement::new(PlacementKey(0), server.clone(), HalfUnits::default(), face);
    let stopped_by = fill_in_place(&mut filled, limits, servers, &one, most).err();
    (filled, stopped_by)
}

/// Mounts up to `most` more like `one`, in place.
pub(super) fn fill_in_place(
    layout: &mut RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    one: &Placement,
    most: u32,
) -> Result<(), Problem> {
    let new = known(servers, &one.server)?;
    depth_allows(new, limits)?;
    let needs = HalfUnits::covering(new.height);
    if needs.0 == 0 && !new.devices.is_empty() {
        return fill_bays(layout, limits, servers, one, most);
    }
    let usable = layout.usable_for(new.role);
    let mut occupancy = Occupancy::of(&without_all_panels(layout, servers, new.role), servers, None);
    let mut load = Load::of(layout, limits, servers, None);
    let mut unit = 1;
    let mut key = layout.next_key();
    for _ in 0..most {
        // Room first: a rack that is full by height and by power alike is called full by height.
        let placement = loop {
            let bottom = HalfUnits::floor_of(unit);
            if bottom.plus(needs).0 > usable.0 {
                let longest = HalfUnits(occupancy.longest_run(one.face, new.full_depth));
                return Err(Problem::NoFreeRun { needs, longest });
            }
            let placement = Placement { key, bottom, bay: None, ..one.clone() };
            if occupancy.in_the_way(&placement, new).is_none() {
                break placement;
            }
            unit += 1;
        };
        load.allows(new, limits)?;
        if take_panels_out(layout, servers, new, placement.bottom, placement.face) {
            load = Load::of(layout, limits, servers, None);
        }
        occupancy.take(&placement, new);
        load.add(new, limits);
        layout.placements.push(placement);
        key = key.0.checked_add(1).map_or_else(|| layout.next_key(), PlacementKey);
    }
    Ok(())
}

fn fill_bays(
    layout: &mut RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    one: &Placement,
    most: u32,
) -> Result<(), Problem> {
    let mut free = layout.free_bays(servers).into_iter();
    for _ in 0..most {
        let Some(bay) = free.next() else {
            let bays = layout.placements.iter().filter_map(|placement| servers.get(&placement.server));
            return Err(Problem::NoFreeBay { bays: bays.map(|shelf| shelf.bays).sum() });
        };
        *layout = mount(layout, limits, servers, Placement { bay: Some(bay), ..one.clone() })?;
    }
    Ok(())
}

/// Closes the front of every unit that is free in `full` (the layout with what fills it) with a panel, so that warm air does
/// not come back. `panel` takes one unit. Returns the layout and what stopped it; `None`: no unit is open.
pub fn close_free_units(
    layout: &RackLayout,
    full: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    panel: &ServerId,
) -> (RackLayout, Option<Problem>) {
    let mut new = layout.clone();
    for unit in free_units(full, servers, Face::Front) {
        let one = Placement::new(PlacementKey(0), panel.clone(), HalfUnits::floor_of(unit), Face::Front);
        match mount(&new, limits, servers, one) {
            Ok(more) => new = more,
            Err(problem) => return (new, Some(problem)),
        }
    }
    (new, None)
}

/// Whole units nothing takes at a face, counted from 1, from the bottom up; reserved ones too.
pub fn free_units(layout: &RackLayout, servers: &Table<Server>, face: Face) -> Vec<u32> {
    let occupancy = Occupancy::of(layout, servers, None);
    (1..=layout.whole().0 / 2).filter(|unit| occupancy.is_free(face, *unit)).collect()
}
