//! What a rack can carry, and what a server counts for.

use serde::{Deserialize, Serialize};

use crate::catalog::Server;
use crate::units::{Kilograms, Metres, Watts};

/// Limits of one rack. `None`: not known, so not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RackLimits {
    /// What servers may draw together, after the reserve.
    pub power: Option<Watts>,
    /// What the room carries away as heat.
    pub heat: Option<Watts>,
    /// What the rack may hold.
    pub weight: Option<Kilograms>,
    /// Longest chassis that fits inside.
    pub depth: Option<Metres>,
    /// Which draw of a server counts.
    pub power_mode: PowerMode,
    /// No server draws more than this: a cap set in its firmware. `None`: no cap.
    pub per_server_cap: Option<Watts>,
}

/// Which of a server's draws a plan counts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PowerMode {
    /// What the plate or the data sheet allows.
    Nameplate,
    /// The most anybody measured; the default of the budget check.
    #[default]
    MaxMeasured,
    /// What it draws at the load expected of it.
    Expected,
}

impl PowerMode {
    /// Every mode in the order they are offered.
    pub const ALL: &[Self] = &[Self::Nameplate, Self::MaxMeasured, Self::Expected];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nameplate => "Nameplate",
            Self::MaxMeasured => "Maximum measured",
            Self::Expected => "Expected under load",
        }
    }
}

/// What one server counts for in the budget, with its cap. Where nobody published the draw of this mode the nearest other
/// stands in for it. `None`: nobody published any.
pub fn planned_power(server: &Server, limits: &RackLimits) -> Option<Watts> {
    let power = &server.power;
    let draw = match limits.power_mode {
        PowerMode::Nameplate => power.nameplate.or(power.max_measured).or(power.typical),
        PowerMode::MaxMeasured => power.planned(),
        PowerMode::Expected => power.typical.or(power.max_measured).or(power.nameplate),
    };
    draw.map(|draw| limits.per_server_cap.map_or(draw, |cap| draw.min(cap.max(Watts::ZERO))))
}
