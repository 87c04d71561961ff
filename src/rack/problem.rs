//! Why something cannot go where it was put: always what, by how much, and in a sentence.

use std::fmt;

use super::{Bay, Face, HalfUnits, PlacementKey, RackLayout};
use crate::catalog::{Server, ServerId, Table};
use crate::units::{Kilograms, Metres, Watts};

/// A refused edit. The layout is as it was.
#[derive(Clone, Debug, PartialEq)]
pub enum Problem {
    /// Something is there already.
    Overlap {
        /// What is in the way.
        with: PlacementKey,
        /// Its name.
        name: String,
        /// Where its lowest half unit is.
        at: HalfUnits,
        /// The face it is mounted at.
        face: Face,
    },
    /// It would stick out at the top.
    OutsideRack {
        /// Height it would end at.
        top: HalfUnits,
        /// Height that may be used.
        usable: HalfUnits,
    },
    /// It would stick out at the bottom.
    BelowFloor,
    /// No run of free units is high enough.
    NoFreeRun {
        /// Height needed.
        needs: HalfUnits,
        /// Longest free run.
        longest: HalfUnits,
    },
    /// The chassis is longer than the rack.
    TooDeep {
        /// Chassis.
        needs: Metres,
        /// Rack.
        has: Metres,
    },
    /// The rack would hold more than it may.
    TooHeavy {
        /// By how much.
        over: Kilograms,
        /// The limit.
        limit: Kilograms,
    },
    /// The rack would draw more than it may.
    TooMuchPower {
        /// By how much.
        over: Watts,
        /// The budget left for servers.
        budget: Watts,
    },
    /// At full load the rack would draw more than its feeds let through.
    TooMuchForFeeds {
        /// By how much.
        over: Watts,
        /// What they let through.
        limit: Watts,
    },
    /// The rack would give off more heat than the room carries away.
    TooMuchHeat {
        /// By how much.
        over: Watts,
        /// What the room carries away.
        limit: Watts,
    },
    /// It takes no rack unit, so it needs a shelf.
    NeedsBay,
    /// What is there has no such bay, or nothing is there.
    NoSuchBay {
        /// Which.
        bay: Bay,
        /// Bays there are.
        bays: u32,
    },
    /// Something stands in the bay already.
    BayTaken {
        /// Which.
        bay: Bay,
        /// What stands there.
        with: PlacementKey,
        /// Its name.
        name: String,
    },
    /// It takes rack units, and bays hold what takes none.
    NotForBays {
        /// Height needed.
        needs: HalfUnits,
    },
    /// Every bay of every shelf is taken.
    NoFreeBay {
        /// Bays there are.
        bays: u32,
    },
    /// The catalog has no such thing, so its height is unknown.
    UnknownServer {
        /// Which.
        server: ServerId,
    },
    /// Nothing of this key is mounted in this rack.
    NotMounted {
        /// Which.
        key: PlacementKey,
    },
}

impl Problem {
    /// In words, by the numbers painted on the rack it is about; [`fmt::Display`] counts from the bottom.
    pub fn painted(&self, layout: &RackLayout, servers: &Table<Server>) -> String {
        if !layout.numbered_from_top {
            return self.to_string();
        }
        match self {
            Self::Overlap { with, name, at, face } => {
                let there = layout.get(*with).and_then(|there| servers.get(&there.server));
                let height = there.map(|server| HalfUnits::covering(server.height)).unwrap_or_default();
                format!("{name} is in the way at {}, {face}", layout.painted_place(*at, height))
            }
            Self::OutsideRack { top, usable } => format!(
                "it would end {} above U{}, the highest that can be used",
                top.minus(*usable).to_units(),
                layout.painted_number((usable.0 / 2).max(1))
            ),
            Self::BelowFloor => format!("it would end below the floor of U{}", layout.painted_number(1)),
            Self::NoFreeRun { .. }
            | Self::TooDeep { .. }
            | Self::TooHeavy { .. }
            | Self::TooMuchPower { .. }
            | Self::TooMuchForFeeds { .. }
            | Self::TooMuchHeat { .. }
            | Self::NeedsBay
            | Self::NoSuchBay { .. }
            | Self::BayTaken { .. }
            | Self::NotForBays { .. }
            | Self::NoFreeBay { .. }
            | Self::UnknownServer { .. }
            | Self::NotMounted { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overlap { name, at, face, .. } => write!(f, "{name} is in the way at {at}, {face}"),
            Self::OutsideRack { top, usable } => {
                write!(f, "it would end at {}, and the rack can be used up to {}", top.to_units(), usable.to_units())
            }
            Self::BelowFloor => f.write_str("it would end below the floor of U1"),
            Self::NoFreeRun { needs, longest } => {
                write!(f, "it needs {} in one piece; the longest free run is {}", needs.to_units(), longest.to_units())
            }
            Self::TooDeep { needs, has } => write!(
                f,
                "the chassis is {:.0} mm deep, the rack {:.0} mm",
                needs.as_millimetres(),
                has.as_millimetres()
            ),
            Self::TooHeavy { over, limit } => {
                write!(f, "the rack would hold {over} more than the {limit} it may")
            }
            Self::TooMuchPower { over, budget } => {
                write!(f, "the rack would draw {over} more than its budget of {budget}")
            }
            Self::TooMuchForFeeds { over, limit } => {
                write!(f, "at full load the rack would draw {over} more than the {limit} its feeds let through")
            }
            Self::TooMuchHeat { over, limit } => {
                write!(f, "the rack would give off {over} more heat than the {limit} the room carries away")
            }
            Self::NeedsBay => {
                f.write_str("it takes no rack unit: mount a shelf with bays, and put it into one of them")
            }
            Self::NoSuchBay { bay, bays: 0 } => {
                write!(f, "there is no bay {}: what is mounted there has none", bay.number)
            }
            Self::NoSuchBay { bay, bays } => write!(f, "there is no bay {}: the shelf has {bays}", bay.number),
            Self::BayTaken { bay, name, .. } => write!(f, "{name} stands in bay {} already", bay.number),
            Self::NotForBays { needs } => {
                write!(f, "it is {} high, and bays hold what takes no rack unit", needs.to_units())
            }
            Self::NoFreeBay { bays: 0 } => f.write_str("there is no shelf with bays in this rack"),
            Self::NoFreeBay { bays } => write!(f, "all {bays} bays of this rack are taken"),
            Self::UnknownServer { server } => write!(f, "the catalog has no server `{server}`"),
            Self::NotMounted { key } => write!(f, "nothing with number {} is mounted in this rack", key.0),
        }
    }
}
