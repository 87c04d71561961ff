//! Servers and the other things that go into a rack.

use serde::{Deserialize, Serialize};

use super::{DeviceId, Provenance, ServerId, quantity_fields};
use crate::units::{Bytes, GramsCo2e, Kilograms, Metres, RackUnits, Usd, Watts};

/// A server, switch or other rack-mounted device as one buys it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Slug, for example `nvidia-dgx-h100`.
    pub id: ServerId,
    /// As its maker writes it.
    pub name: String,
    /// Its maker.
    pub vendor: String,
    /// What it is there for; decides its colour and pattern in the drawing.
    pub role: ServerRole,
    /// Height in rack units; steps of one half; 0 for what hangs beside the slots.
    pub height: RackUnits,
    /// Whether it fills the rack front to rear, so that nothing can be mounted behind it.
    pub full_depth: bool,
    /// Depth of the chassis.
    #[serde(
        default,
        rename = "depth_mm",
        with = "quantity_fields::millimetres",
        skip_serializing_if = "Option::is_none"
    )]
    pub depth: Option<Metres>,
    /// Weight as configured.
    #[serde(
        default,
        rename = "weight_kg",
        with = "quantity_fields::kilograms",
        skip_serializing_if = "Option::is_none"
    )]
    pub weight: Option<Kilograms>,
    /// What it draws from the wall. Power-supply losses are already inside: never apply them twice.
    #[serde(default, skip_serializing_if = "ServerPower::is_unknown")]
    pub power: ServerPower,
    /// Its power supplies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power_supplies: Option<PowerSupplies>,
    /// Accelerators and processor sockets that can run a model.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub devices: Vec<FittedDevice>,
    /// Memory of the host.
    #[serde(default, rename = "memory_gib", with = "quantity_fields::gib", skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Price as configured.
    #[serde(default, rename = "price_usd", with = "quantity_fields::usd", skip_serializing_if = "Option::is_none")]
    pub price: Option<Usd>,
    /// Greenhouse gas of making it.
    #[serde(
        default,
        rename = "embodied_kg_co2e",
        with = "quantity_fields::kilograms_co2e",
        skip_serializing_if = "Option::is_none"
    )]
    pub embodied: Option<GramsCo2e>,
    /// What it must be cooled by. `None`: air, or nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cooling: Option<ServerCooling>,
    /// Bays for machines that take no rack unit of their own; 0 for what is no shelf.
    #[serde(default, skip_serializing_if = "no_bays")]
    pub bays: u32,
    /// Anything else worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where all this comes from.
    pub provenance: Provenance,
}

impl Server {
    /// A server of one unit of which nothing is known but what it is called.
    pub fn unknown(id: ServerId, name: String, provenance: Provenance) -> Self {
        Self {
            id,
            name,
            vendor: "unknown".to_owned(),
            role: ServerRole::CpuServer,
            height: RackUnits::from_units(1.0),
            full_depth: true,
            depth: None,
            weight: None,
            power: ServerPower::default(),
            power_supplies: None,
            devices: Vec::new(),
            memory: None,
            price: None,
            embodied: None,
            cooling: None,
            bays: 0,
            notes: None,
            provenance,
        }
    }
}

impl Server {
    /// Whether air alone does not cool it.
    pub fn needs_liquid(&self) -> bool {
        self.cooling == Some(ServerCooling::Liquid)
    }

    /// The first device inside that is not `known`. `None`: all are.
    pub fn lost_device(&self, known: impl Fn(&DeviceId) -> bool) -> Option<&DeviceId> {
        self.devices.iter().map(|fitted| &fitted.device).find(|device| !known(device))
    }
}

/// A file says nothing of bays where there are none. Serde hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn no_bays(bays: &u32) -> bool {
    *bays == 0
}

/// Cooling that a server cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServerCooling {
    /// Cold plates: liquid to the chip.
    Liquid,
}

/// What a rack-mounted thing is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ServerRole {
    /// Runs models on its processors.
    CpuServer,
    /// Runs models on accelerators.
    GpuServer,
    /// Network switch.
    Switch,
    /// Power distribution.
    Power,
    /// Cable manager, console, management.
    Management,
    /// Shelf or chassis that holds smaller machines.
    Shelf,
    /// Fills a free slot so that warm air does not come back.
    Blank,
}

/// Draw at the wall in the planner's three modes, and idle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerPower {
    /// What the plate or the data sheet allows.
    #[serde(default, rename = "nameplate_w", with = "quantity_fields::watts", skip_serializing_if = "Option::is_none")]
    pub nameplate: Option<Watts>,
    /// The most anybody measured.
    #[serde(
        default,
        rename = "max_measured_w",
        with = "quantity_fields::watts",
        skip_serializing_if = "Option::is_none"
    )]
    pub max_measured: Option<Watts>,
    /// Typical under the load it is bought for.
    #[serde(default, rename = "typical_w", with = "quantity_fields::watts", skip_serializing_if = "Option::is_none")]
    pub typical: Option<Watts>,
    /// Switched on, doing nothing.
    #[serde(default, rename = "idle_w", with = "quantity_fields::watts", skip_serializing_if = "Option::is_none")]
    pub idle: Option<Watts>,
}

impl ServerPower {
    /// Whether nobody published any of it.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }

    /// Whether nobody published what it draws when it works.
    pub fn is_without_draw(&self) -> bool {
        self.planned().is_none()
    }

    /// Whether no maximum is published and the typical draw, which is already one under load, stands in for it.
    pub fn is_typical_only(&self) -> bool {
        self.max_measured.is_none() && self.nameplate.is_none() && self.typical.is_some()
    }

    /// What to plan with: the most measured, else the plate, else typical. `None`: nobody published any.
    pub fn planned(&self) -> Option<Watts> {
        self.max_measured.or(self.nameplate).or(self.typical)
    }
}

/// Power supplies of a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PowerSupplies {
    /// How many are fitted.
    pub count: u32,
    /// How many of them may fail.
    pub redundant: u32,
    /// Rating of one.
    #[serde(default, rename = "rating_w", with = "quantity_fields::watts", skip_serializing_if = "Option::is_none")]
    pub rating: Option<Watts>,
}

/// Devices of one kind inside a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedDevice {
    /// Which device.
    pub device: DeviceId,
    /// How many of it.
    pub count: u32,
}
