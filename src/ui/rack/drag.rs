//! What a drag over the rack means: what is carried, where it would land, and why it cannot.

use crate::catalog::{Server, ServerId, Table};
use crate::rack::{Face, HalfUnits, PlacementKey, Problem, RackLayout, RackLimits, fits_at};

/// What is being carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Carried {
    /// A new server: from the palette, or one of those that fill the rack.
    New(ServerId),
    /// One mounted by hand, held `grip` units above its floor.
    Mounted {
        /// Which.
        key: PlacementKey,
        /// Whole units between its floor and the pointer.
        grip: u32,
    },
}

/// Where it would land.
#[derive(Clone, Debug, PartialEq)]
pub struct Landing {
    /// Its lowest half unit.
    pub bottom: HalfUnits,
    /// Its height.
    pub height: HalfUnits,
    /// Its name.
    pub name: String,
    /// Why it cannot land there. `None`: it can.
    pub refusal: Option<Problem>,
}

/// Where `carried` would land with the pointer over `unit`, snapped to whole units. `None`: the thing is gone.
pub fn landing(
    carried: &Carried,
    unit: u32,
    layout: &RackLayout,
    limits: &RackLimits,
    servers: &Table<Server>,
) -> Option<Landing> {
    let (id, bottom, moving) = match carried {
        Carried::New(id) => (id, HalfUnits::floor_of(unit), None),
        Carried::Mounted { key, grip } => {
            let placement = layout.get(*key)?;
            (&placement.server, HalfUnits::floor_of(unit.saturating_sub(*grip).max(1)), Some(*key))
        }
    };
    let server = servers.get(id)?;
    let refusal = fits_at(layout, limits, servers, id, bottom, Face::Front, moving).err();
    Some(Landing { bottom, height: HalfUnits::covering(server.height), name: server.name.clone(), refusal })
}
