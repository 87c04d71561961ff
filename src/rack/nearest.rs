//! What would work instead of a refused edit: the nearest place, or what to raise.

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
    Load::of(layout, limits, servers, moving).allows(new, limits).ok()?;
    let occupancy = Occupancy::of(layout, servers, moving);
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
    let Some(server) = servers.get(server).filter(|server| server.role != ServerRole::Blank) else { return new };
    let span = bottom.0..bottom.plus(HalfUnits::covering(server.height)).0;
    new.placements.retain(|placement| {
        let Some(panel) = servers.get(&placement.server).filter(|there| there.role == ServerRole::Blank) else {
            return true;
        };
        let there = placement.span(panel);
        let meet = there.start < span.end && span.start < there.end;
        !(meet && (placement.face == face || server.full_depth || panel.full_depth))
    });
    new
}
