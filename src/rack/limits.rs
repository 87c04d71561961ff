//! What a rack can carry, and what a server counts for.

use serde::{Deserialize, Serialize};

use crate::catalog::{Server, ServerRole};
use crate::sizing::power;
use crate::units::{Kilograms, Metres, Watts};

/// Limits of one rack. `None`: not known, so not checked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RackLimits {
    /// What servers may draw together, after the reserve.
    pub power: Option<Watts>,
    /// What the feeds let through, held against [`breaker_power`].
    pub feed: Option<Watts>,
    /// What the room carries away as heat.
    pub heat: Option<Watts>,
    /// What the rack may hold.
    pub weight: Option<Kilograms>,
    /// Longest chassis that fits inside.
    pub depth: Option<Metres>,
    /// Which draw of a server counts.
    pub power_mode: PowerMode,
    /// Mean load of what runs models over its capacity, 0 to 1, for [`PowerMode::Expected`]. `None`: all of it.
    pub load: Option<f64>,
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
    /// What it draws at the mean load, whatever is published as typical.
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

/// What one server counts for at a breaker, with its cap: at least the most measured, for a breaker trips at full load whatever
/// the mean is. `None`: nobody published any draw.
pub fn breaker_power(server: &Server, limits: &RackLimits) -> Option<Watts> {
    let power_mode = match limits.power_mode {
        PowerMode::Nameplate => PowerMode::Nameplate,
        PowerMode::MaxMeasured | PowerMode::Expected => PowerMode::MaxMeasured,
    };
    planned_power(server, &RackLimits { power_mode, ..*limits })
}

/// In the budget accelerators count as in steps this large: a rack does not know what they serve.
const LARGE_BATCH: u32 = u32::MAX; // the safe side; the planner's own, 2026-11-29

/// What one server counts for in the budget, with its cap. Where nobody published the draw of this mode the nearest other
/// stands in for it. What runs no model counts as fully loaded. `None`: nobody published any.
pub fn planned_power(server: &Server, limits: &RackLimits) -> Option<Watts> {
    let published = &server.power;
    let cap = limits.per_server_cap;
    let draw = match limits.power_mode {
        PowerMode::Nameplate => published.nameplate.or(published.max_measured).or(published.typical),
        PowerMode::MaxMeasured => published.planned(),
        PowerMode::Expected => {
            let runs_models = !server.devices.is_empty();
            let load = limits.load.filter(|_| runs_models).unwrap_or(1.0);
            let batch = (runs_models && server.role != ServerRole::CpuServer).then_some(LARGE_BATCH);
            power::expected(published, batch, load, cap).map(|expected| expected.power)
        }
    };
    draw.map(|draw| cap.map_or(draw, |cap| draw.min(cap.max(Watts::ZERO))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{DeviceId, FittedDevice};
    use crate::rack::testing::server;

    /// Draw of a server of 1,000 W measured, 150 W idle and 500 W typical, in the expected mode.
    fn expected(role: ServerRole, load: f64, cap: Option<f64>) -> f64 {
        let mut server = Server { role, ..server("it", 2.0, 1_000.0) };
        server.power.idle = Some(Watts::from_watts(150.0));
        server.power.typical = Some(Watts::from_watts(500.0));
        if role != ServerRole::Switch {
            server.devices.push(FittedDevice { device: DeviceId::new("device"), count: 1 });
        }
        let limits = RackLimits {
            power_mode: PowerMode::Expected,
            load: Some(load),
            per_server_cap: cap.map(Watts::from_watts),
            ..RackLimits::default()
        };
        planned_power(&server, &limits).expect("published").as_watts()
    }

    #[test]
    fn the_expected_draw_follows_the_load_and_not_what_is_published_as_typical() {
        use ServerRole::{CpuServer, GpuServer, Switch};
        for (role, load, cap, draw) in [
            (CpuServer, 0.0, None, 150.0),
            (CpuServer, 0.4, None, 490.0),
            (CpuServer, 1.0, None, 1_000.0),
            (CpuServer, 0.5, Some(600.0), 375.0),
            (GpuServer, 0.0, None, 150.0),
            (GpuServer, 0.1, None, 840.0),
            (GpuServer, 0.1, Some(600.0), 600.0),
            (Switch, 0.1, None, 1_000.0),
        ] {
            let found = expected(role, load, cap);
            assert!((found - draw).abs() < 1e-9, "{role:?} at {load} under {cap:?}: {found} is not {draw}");
        }
    }
}
