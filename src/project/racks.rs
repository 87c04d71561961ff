//! The racks of a plan, their power budget, and what fills the room left free.

use serde::{Deserialize, Serialize};

use crate::catalog::ServerId;
use crate::rack::cooling::{RoomCooling, USUAL_RISE_KELVIN};
use crate::rack::{Feeds, PowerMode, RackLayout, Redundancy};
use crate::sizing::Resource;
use crate::units::{Metres, Watts};

/// Racks and what holds for each of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Racks {
    /// The racks as arranged by hand.
    pub layouts: Vec<RackLayout>,
    /// What fills the room that hand-placed servers leave in each rack. `None`: nothing.
    pub fill: Option<ServerId>,
    /// What the filling servers serve: a place in the plan's scenarios. `None`: the one the plan has selected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill_serves: Option<usize>,
    /// Power budget of one rack.
    #[serde(rename = "power_budget_w")]
    pub power_budget: Watts,
    /// The electrical feeds of one rack. `None`: the budget alone limits.
    pub feeds: Option<Feeds>,
    /// What the room carries away from one rack as heat. `None`: unknown, so no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling: Option<RoomCooling>,
    /// Share of the budget kept back for network, management and distribution that are not among what is mounted, 0 to 1.
    pub reserve_share: f64,
    /// Which draw of a server counts in the budget.
    pub power_mode: PowerMode,
    /// No server draws more than this. `None`: no cap.
    #[serde(rename = "per_server_cap_w")]
    pub per_server_cap: Option<Watts>,
    /// Servers in all racks together that may fail: they are powered and paid, but no capacity.
    pub spare_servers: u32,
}

impl Racks {
    /// What the servers of one rack may draw together: the budget less the reserve, or what the feeds let through. The reserve
    /// is of the budget: what is mounted of network and distribution counts in the draw, so the feeds are not cut twice.
    pub fn usable_power(&self) -> Watts {
        let limit = self.budget_for_servers();
        self.feeds.map_or(limit, |feeds| limit.min(feeds.rack_limit()))
    }

    /// The budget of one rack less the reserve.
    pub fn budget_for_servers(&self) -> Watts {
        self.power_budget * (1.0 - self.reserve_share).clamp(0.0, 1.0)
    }

    /// The same of all racks.
    pub fn usable_power_of_all(&self) -> Watts {
        // Far fewer than a u32 holds: a plan with more is refused.
        self.usable_power() * f64::from(u32::try_from(self.layouts.len()).unwrap_or(u32::MAX))
    }

    /// How much warmer air leaves a rack, kelvin: as the room says, else as is usual.
    pub fn air_rise_kelvin(&self) -> f64 {
        self.cooling.map_or(USUAL_RISE_KELVIN, |room| room.rise_kelvin)
    }

    /// The room above the sea.
    pub fn altitude(&self) -> Metres {
        self.cooling.map_or(Metres::ZERO, |room| room.altitude)
    }

    /// What the feeds are as a limit. `None`: the plan has none.
    pub fn feeds_as_a_limit(&self) -> Option<Resource> {
        self.feeds.map(|feeds| match feeds.redundancy {
            Redundancy::Single => Resource::OnlyFeed,
            Redundancy::AAndB => Resource::Feed,
            Redundancy::TwoAdded => Resource::BothFeeds,
        })
    }
}
