//! What the drawn devices are measured by, one thing at a time: a bar in each device, as long as its value is to the largest.
//!
//! A bar's length is read without telling colours apart; a value nobody knows is hatched.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, Server, ServerId};
use crate::project::{Outcome, RackGroup};
use crate::ui::outcome::power_text;
use crate::units::{Significant, TokensPerSecond, thousands};

/// What is shown of each device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// What it is there for.
    #[default]
    Role,
    /// Draw as planned.
    Power,
    /// Draw as planned for each rack unit: where the heat is.
    Heat,
    /// Weight.
    Weight,
    /// Sessions it carries.
    Sessions,
    /// Expected draw over planned draw: how much of what is kept for it the load uses.
    Utilisation,
    /// Generated tokens per second and expected watt.
    Efficiency,
}

impl Measure {
    /// In the order they are offered.
    pub const ALL: [Self; 7] =
        [Self::Role, Self::Power, Self::Heat, Self::Weight, Self::Sessions, Self::Utilisation, Self::Efficiency];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Role => "what it is",
            Self::Power => "power",
            Self::Heat => "heat per U",
            Self::Weight => "weight",
            Self::Sessions => "sessions",
            Self::Utilisation => "utilisation",
            Self::Efficiency => "tokens/s per W",
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Role => String::new(),
            Self::Power => power_text(crate::units::Watts::from_watts(value)),
            Self::Heat => format!("{} W/U", thousands(value)),
            Self::Weight => format!("{} kg", Significant(value)),
            Self::Sessions => thousands(value),
            Self::Utilisation => format!("{:.0} % of its planned draw", value * 100.0),
            Self::Efficiency => Significant(value).to_string(),
        }
    }

    /// The value of one server. `None`: nobody knows it.
    fn value(self, server: &Server, group: &RackGroup, speed: Option<TokensPerSecond>) -> Option<f64> {
        match self {
            Self::Role => None,
            Self::Power => group.planned_power_each.map(|power| power.as_watts()),
            Self::Heat => {
                let units = Some(server.height.as_units()).filter(|units| *units > 0.0)?;
                group.planned_power_each.map(|power| power.as_watts() / units)
            }
            Self::Weight => server.weight.map(|weight| weight.as_kilograms()),
            Self::Sessions => Some(f64::from(group.sessions_each)),
            Self::Utilisation => {
                let planned = group.planned_power_each.filter(|planned| planned.as_watts() > 0.0)?;
                group.expected_power_each.map(|expected| expected / planned)
            }
            Self::Efficiency => {
                let watts = group.expected_power_each.map(|power| power.as_watts()).filter(|watts| *watts > 0.0)?;
                Some(speed.map_or(0.0, TokensPerSecond::as_tokens_per_second) / watts)
            }
        }
    }
}

/// A device's value beside the largest of all racks.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// Between 0 and 1. `None`: unknown.
    pub share: Option<f32>,
    /// The value with its unit, or "unknown".
    pub words: String,
}

/// A kind of server and the scenario it serves.
pub type Kind = (ServerId, Option<usize>);

/// The values of every kind of server in all racks; none where their role is shown.
pub fn measured(measure: Measure, outcome: &Outcome, catalog: &Catalog) -> BTreeMap<Kind, Measured> {
    if measure == Measure::Role {
        return BTreeMap::new();
    }
    let speed = |group: &RackGroup| {
        let scenario = outcome.scenarios.get(group.serves?)?;
        let of = scenario.servers.iter().find(|server| server.server == group.server)?;
        of.serving.as_ref().ok().map(|plan| plan.total_speed.likely)
    };
    let groups = outcome.racks.iter().flat_map(|rack| &rack.groups);
    let values: BTreeMap<Kind, Option<f64>> = groups
        .filter_map(|group| catalog.servers.get(&group.server).map(|server| (group, server)))
        .map(|(group, server)| ((group.server.clone(), group.serves), measure.value(server, group, speed(group))))
        .collect();
    let most = values.values().flatten().copied().fold(0.0, f64::max);
    values
        .into_iter()
        .map(|(kind, value)| {
            let share = value.map(|value| if most > 0.0 { (value / most) as f32 } else { 0.0 });
            let words = value.map_or_else(|| "unknown".to_owned(), |value| measure.text(value));
            (kind, Measured { share, words })
        })
        .collect()
}
