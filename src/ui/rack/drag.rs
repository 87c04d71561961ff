//! What a drag over the rack means: what is carried, where it would land, and why it cannot.

use egui::Pos2;

use super::bays::bay_at;
use super::elevation::Elevation;
use crate::catalog::{Server, ServerId};
use crate::rack::{
    Face, HalfUnits, PlacementKey, Problem, RackLayout, RackLimits, Spot, fits_at, fits_in_bay, move_many,
    move_to_rack, without_panels,
};

/// What is being carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// A new server: from the palette, or one of those that fill the rack.
    New(ServerId),
    /// One mounted by hand, held `grip` units above its floor.
    Mounted {
        /// In which rack.
        rack: usize,
        /// Which.
        key: PlacementKey,
        /// Whole units between its floor and the pointer.
        grip: u32,
        /// All that were chosen with it, and move with it within their rack.
        all: Vec<PlacementKey>,
    },
}

/// Where it would land.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// The place.
    pub spot: Spot,
    /// Half units up or down from where it is, where several move together.
    pub together: Option<i32>,
    /// Its height.
    pub height: HalfUnits,
    /// Its name.
    pub name: String,
    /// Why it cannot land there. `None`: it can.
    pub refusal: Option<Problem>,
}

/// A rack under the pointer.
pub struct Target<'a> {
    /// Which.
    pub at: usize,
    /// As arranged by hand.
    pub layout: &'a RackLayout,
    /// What it can carry.
    pub limits: &'a RackLimits,
    /// The face that is shown.
    pub face: Face,
    /// All racks, for what comes from another one.
    pub racks: &'a [RackLayout],
    /// The servers of the catalog.
    pub servers: &'a crate::catalog::Table<Server>,
}

/// Where `carried` would land with the pointer at `point`, snapped to whole units. `None`: beside the rack, or the thing is
/// gone.
pub fn landing(carried: &Carried, point: Pos2, rack: &Elevation, target: &Target<'_>) -> Option<Landing> {
    let Target { layout, limits, servers, .. } = *target;
    let unit = rack.unit_at(point)?;
    let (id, grip) = match carried {
        Carried::New(id) => (id, 0),
        Carried::Mounted { rack, key, grip, .. } => (&target.racks.get(*rack)?.get(*key)?.server, *grip),
    };
    let server = servers.get(id)?;
    let height = HalfUnits::covering(server.height);
    let bay = (height.0 == 0).then(|| bay_at(point, rack, layout, servers, target.face)).flatten();
    let slot = Spot::Slot(HalfUnits::floor_of(unit.saturating_sub(grip).max(1)), target.face);
    let spot = bay.map_or(slot, Spot::Bay);
    let landed =
        |refusal: Option<Problem>, together| Landing { spot, together, height, name: server.name.clone(), refusal };
    let place = |moving| match spot {
        Spot::Slot(bottom, face) => {
            let open = without_panels(layout, servers, id, bottom, face);
            fits_at(&open, limits, servers, id, bottom, face, moving).err()
        }
        Spot::Bay(bay) => fits_in_bay(layout, limits, servers, id, bay, moving).err(),
    };
    Some(match carried {
        Carried::New(_) => landed(place(None), None),
        Carried::Mounted { rack, key, all, .. } if *rack == target.at => match (spot, layout.get(*key)) {
            (Spot::Slot(bottom, _), Some(held)) if all.len() > 1 && height.0 > 0 => {
                let step = i32::try_from(i64::from(bottom.0) - i64::from(held.bottom.0)).unwrap_or(0);
                landed(move_many(layout, limits, servers, all, step).err(), Some(step))
            }
            _ => landed(place(Some(*key)), None),
        },
        Carried::Mounted { rack, key, .. } => {
            landed(move_to_rack(target.racks.get(*rack)?, layout, limits, servers, *key, spot).err(), None)
        }
    })
}
