//! What is mounted where: the part of a rack that a user arranges.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::catalog::{RackTypeId, Server, ServerId, ServerRole, Table};
use crate::units::RackUnits;

/// A height or a position in half rack units of 22.225 mm. As a position, 0 is the floor of U1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HalfUnits(pub u32);

/// No rack is higher: twice the highest on sale is more than any ceiling allows.
pub const MOST_UNITS: u32 = 120; // U; the planner's own, 2026-11-20

/// One rack as arranged by hand. What fills its free rest is the plan's, not the layout's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RackLayout {
    /// As the user calls it, for example "Rack 1".
    pub name: String,
    /// The enclosure, for its weight limit and depth. `None`: neither is checked.
    pub rack_type: Option<RackTypeId>,
    /// Whole rack units inside.
    pub height_units: u32,
    /// Units kept free at the top for switches, cables and management.
    pub reserved_units: u32,
    /// Whether the numbers painted on the rack count from the top; positions count from the bottom all the same.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub numbered_from_top: bool,
    /// What is mounted, in the order it was placed.
    pub placements: Vec<Placement>,
}

/// One mounted thing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// Names it within its rack, for as long as it is mounted.
    pub key: PlacementKey,
    /// What it is.
    pub server: ServerId,
    /// Its lowest half unit; its shelf's where it stands in a bay. Of no meaning for what hangs beside the slots.
    pub bottom: HalfUnits,
    /// The face it is mounted at; its shelf's where it stands in a bay.
    pub face: Face,
    /// The bay it stands in. `None`: it is mounted in the slots, or hangs beside them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bay: Option<Bay>,
    /// What it serves: a place in the plan's scenarios. `None`: the one the plan has selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serves: Option<usize>,
}

/// A bay of a shelf: room for one machine that takes no rack unit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bay {
    /// The mounted shelf.
    pub shelf: PlacementKey,
    /// Counted from 1, left to right.
    pub number: u32,
}

/// Names a placement within one rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlacementKey(pub u32);

/// A face of a rack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Face {
    /// Where the cold air enters.
    #[default]
    Front,
    /// Where the cables are.
    Rear,
}

impl HalfUnits {
    /// The floor of rack unit `unit`, counted from 1 at the bottom.
    pub const fn floor_of(unit: u32) -> Self {
        Self(unit.saturating_sub(1).saturating_mul(2))
    }

    /// A whole number of rack units.
    pub const fn from_units(units: u32) -> Self {
        Self(units.saturating_mul(2))
    }

    /// The next half unit at or above a height: 0.5 U is 1, 1.2 U is 3.
    pub fn covering(height: RackUnits) -> Self {
        // A float-to-integer cast saturates, and NaN becomes zero.
        Self((height.as_units() * 2.0).ceil() as u32)
    }

    /// As rack units.
    pub fn to_units(self) -> RackUnits {
        RackUnits::from_units(f64::from(self.0) / 2.0)
    }

    /// The rack unit a position lies in, counted from 1 at the bottom.
    pub const fn unit(self) -> u32 {
        self.0 / 2 + 1
    }

    /// This much higher up.
    pub const fn plus(self, more: Self) -> Self {
        Self(self.0.saturating_add(more.0))
    }

    /// This much lower; the floor where that lies below it.
    pub const fn minus(self, less: Self) -> Self {
        Self(self.0.saturating_sub(less.0))
    }
}

impl fmt::Display for HalfUnits {
    /// As a position: "U7" or, for an upper half, "U7.5".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "U{}{}", self.unit(), if self.0 % 2 == 1 { ".5" } else { "" })
    }
}

impl fmt::Display for Face {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Front => "front",
            Self::Rear => "rear",
        })
    }
}

impl Face {
    /// The other face.
    pub const fn opposite(self) -> Self {
        match self {
            Self::Front => Self::Rear,
            Self::Rear => Self::Front,
        }
    }
}

impl RackLayout {
    /// An empty rack of this height.
    pub fn empty(name: impl Into<String>, height_units: u32) -> Self {
        Self {
            name: name.into(),
            rack_type: None,
            height_units,
            reserved_units: 0,
            numbered_from_top: false,
            placements: Vec::new(),
        }
    }

    /// Half units from the floor that may be used: the height without what is reserved at the top.
    pub const fn usable(&self) -> HalfUnits {
        HalfUnits(self.whole().0.saturating_sub(HalfUnits::from_units(self.reserved_units).0))
    }

    /// Half units from the floor that this may use: what is reserved at the top is reserved for switches, cables,
    /// management and panels.
    pub const fn usable_for(&self, role: ServerRole) -> HalfUnits {
        match role {
            ServerRole::CpuServer | ServerRole::GpuServer | ServerRole::Shelf => self.usable(),
            ServerRole::Switch | ServerRole::Power | ServerRole::Management | ServerRole::Blank => self.whole(),
        }
    }

    /// Half units from the floor to the top.
    pub const fn whole(&self) -> HalfUnits {
        HalfUnits::from_units(if self.height_units > MOST_UNITS { MOST_UNITS } else { self.height_units })
    }

    /// The number painted beside a unit that is counted from 1 at the bottom.
    pub const fn painted_number(&self, unit: u32) -> u32 {
        if self.numbered_from_top { self.height_units.saturating_add(1).saturating_sub(unit) } else { unit }
    }

    /// Where something of this height is, by the lowest number painted beside it: "U7", or "U7.5" for an upper half.
    pub fn painted_place(&self, bottom: HalfUnits, height: HalfUnits) -> String {
        if !self.numbered_from_top {
            return bottom.to_string();
        }
        let top = bottom.plus(HalfUnits(height.0.max(1)));
        HalfUnits(self.whole().0.saturating_sub(top.0)).to_string()
    }

    /// What stands in the bays of a shelf, in the order it was placed.
    pub fn in_bays_of(&self, shelf: PlacementKey) -> impl Iterator<Item = &Placement> {
        self.placements.iter().filter(move |placement| placement.bay.is_some_and(|bay| bay.shelf == shelf))
    }

    /// Bays nothing stands in, from the lowest shelf up, each from left to right.
    pub fn free_bays(&self, servers: &Table<Server>) -> Vec<Bay> {
        let mut shelves: Vec<(&Placement, u32)> = self
            .placements
            .iter()
            .filter_map(|placement| Some((placement, servers.get(&placement.server)?.bays)))
            .filter(|(placement, bays)| *bays > 0 && placement.bay.is_none())
            .collect();
        shelves.sort_by_key(|(placement, _)| placement.bottom);
        let all = shelves.iter().flat_map(|(shelf, bays)| {
            let key = shelf.key;
            (1..=*bays).map(move |number| Bay { shelf: key, number })
        });
        let taken: std::collections::BTreeSet<Bay> =
            self.placements.iter().filter_map(|placement| placement.bay).collect();
        all.filter(|bay| !taken.contains(bay)).collect()
    }

    /// Lets what stands in bays follow its shelves.
    pub(super) fn follow_shelves(&mut self) {
        if self.placements.iter().all(|placement| placement.bay.is_none()) {
            return;
        }
        let places: std::collections::BTreeMap<PlacementKey, (HalfUnits, Face)> =
            self.placements.iter().map(|placement| (placement.key, (placement.bottom, placement.face))).collect();
        for placement in &mut self.placements {
            if let Some(place) = placement.bay.and_then(|bay| places.get(&bay.shelf)) {
                (placement.bottom, placement.face) = *place;
            }
        }
    }

    /// The placement with this key. `None`: it is not mounted here.
    pub fn get(&self, key: PlacementKey) -> Option<&Placement> {
        self.placements.iter().find(|placement| placement.key == key)
    }

    /// A key no placement of this rack has.
    pub fn next_key(&self) -> PlacementKey {
        let keys = || self.placements.iter().map(|placement| placement.key.0);
        let above = keys().max().map_or(Some(1), |most| most.checked_add(1));
        // Only a hand-written file has the last number taken; then the lowest free one does.
        PlacementKey(
            above.unwrap_or_else(|| (0..u32::MAX).find(|free| keys().all(|key| key != *free)).unwrap_or_default()),
        )
    }
}

impl Placement {
    /// Something in the slots, or beside them.
    pub const fn new(key: PlacementKey, server: ServerId, bottom: HalfUnits, face: Face) -> Self {
        Self { key, server, bottom, face, bay: None, serves: None }
    }

    /// The half units it takes, from the lowest to the one above the highest; empty for a device of height 0.
    pub fn span(&self, server: &Server) -> std::ops::Range<u32> {
        self.bottom.0..self.bottom.plus(HalfUnits::covering(server.height)).0
    }
}
