//! What would work instead of a refused edit: the nearest place, or what to raise.

use std::borrow::Cow;

use super::edit::{Load, depth_allows, known};
use super::occupancy::Occupancy;
use super::{Face, HalfUnits, Placement, PlacementKey, RackLayout, RackLimits};
use crate::catalog::{Server, ServerId, ServerRole, Table};

/// The whole unit nearest to `bottom` where this server can be mounted, at this face or else at the other; the lower of two
/// equally near ones. `None`: nowhere, as the rack is.
pub fn nearest_place(
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
    server: &ServerId,
    bottom: HalfUnits,
    face: Face,
    moving: Option<PlacementKey>,
) -> Option<(HalfUnits, Face)> {
    let new = known(servers, server).ok()?;
    let needs = HalfUnits::covering(new.height);
    if needs.0 == 0 {
        return None;
    }
    depth_allows(new, limits).ok()?;
    // What is only moved weighs and draws what it did.
    if moving.is_none() {
        Load::of(layout, limits, servers, None).allows(new, limits).ok()?;
    }
    let open = without_all_panels(layout, servers, new.role);
    let occupancy = Occupancy::of(&open, servers, moving);
    let mut units: Vec<HalfUnits> = (1..=layout.whole().0 / 2).map(HalfUnits::floor_of).collect();
    units.retain(|floor| floor.plus(needs) <= layout.usable_for(new.role));
    // The sort is stable, so the lower of two equally near ones stays first.
    units.sort_by_key(|floor| floor.0.abs_diff(bottom.0));
    [face, face.opposite()].into_iter().find_map(|face| {
        let free = |floor: &&HalfUnits| {
            let candidate = Placement::new(PlacementKey(0), server.clone(), **floor, face);
            occupancy.in_the_way(&candidate, new).is_none()
        };
        units.iter().find(free).map(|floor| (*floor, face))
    })
}

/// The layout without the blanking panels that a server there would replace: a panel makes way for anything.
pub fn without_panels(
    layout: &RackLayout,
    servers: &Table<Server>,
    server: &ServerId,
    bottom: HalfUnits,
    face: Face,
) -> RackLayout {
    let mut new = layout.clone();
    if let Some(server) = servers.get(server) {
        take_panels_out(&mut new, servers, server, bottom, face);
    }
    new
}

/// Takes out the panels that a server there replaces; whether there were any.
pub(super) fn take_panels_out(
    layout: &mut RackLayout,
    servers: &Table<Server>,
    server: &Server,
    bottom: HalfUnits,
    face: Face,
) -> bool {
    let span = bottom.0..bottom.plus(HalfUnits::covering(server.height)).0;
    // What hangs beside the slots is in nobody's way.
    if server.role == ServerRole::Blank || span.is_empty() {
        return false;
    }
    let before = layout.placements.len();
    layout.placements.retain(|placement| {
        let Some(panel) = servers.get(&placement.server).filter(|there| there.role == ServerRole::Blank) else {
            return true;
        };
        let there = placement.span(panel);
        let meet = there.start < span.end && span.start < there.end;
        !(meet && (placement.face == face || server.full_depth || panel.full_depth))
    });
    layout.placements.len() < before
}

/// The layout as something of this role finds it: a panel is no obstacle to anything but another panel.
pub fn without_all_panels<'a>(
    layout: &'a RackLayout,
    servers: &Table<Server>,
    role: ServerRole,
) -> Cow<'a, RackLayout> {
    let panel =
        |placement: &Placement| servers.get(&placement.server).is_some_and(|there| there.role == ServerRole::Blank);
    if role == ServerRole::Blank || !layout.placements.iter().any(panel) {
        return Cow::Borrowed(layout);
    }
    let mut new = layout.clone();
    new.placements.retain(|placement| !panel(placement));
    Cow::Owned(new)
}
