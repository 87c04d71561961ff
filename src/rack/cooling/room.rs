//! What the room carries away from one rack as heat: a limit like the power budget, off where nobody knows it.
//!
//! Inlet temperatures: ASHRAE recommended 18 to 27 degrees C, class A1 allowable up to 32 (calcspec.com, read 2026-11).

use serde::{Deserialize, Serialize};

use super::{
    AIR_HEAT_PER_VOLUME, CONTAINMENT_ABOVE, CoolingKind, LIQUID_ABOVE, USUAL_RISE_KELVIN, air_flow, relative_density,
};
use crate::units::{AirFlow, Metres, Watts};

/// Altitudes a room may have, metres: from the lowest land to the highest peak, rounded away from both.
pub const ALTITUDE_RANGE: std::ops::RangeInclusive<f64> = -500.0..=9_000.0; // Dead Sea -430 m, Everest 8,849 m
/// Coolest inlet air that is recommended, degrees C.
pub const COOLEST_RECOMMENDED_CELSIUS: f64 = 18.0; // ASHRAE, as read at calcspec.com, 2026-11
/// Warmest inlet air that is recommended, degrees C.
pub const WARMEST_RECOMMENDED_CELSIUS: f64 = 27.0; // as above
/// Warmest inlet air that servers of class A1 allow, degrees C.
pub const WARMEST_ALLOWED_CELSIUS: f64 = 32.0; // as above

/// How one rack is cooled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomCooling {
    /// By what.
    pub kind: CoolingKind,
    /// Heat carried away from one rack, as the site says. `None`: what is usual for this kind.
    #[serde(default, rename = "heat_w", skip_serializing_if = "Option::is_none")]
    pub heat: Option<Watts>,
    /// Cooled air that reaches one rack. `None`: as much as it asks for.
    #[serde(default, rename = "air_m3_per_s", skip_serializing_if = "Option::is_none")]
    pub air: Option<AirFlow>,
    /// How much warmer that air leaves, kelvin.
    pub rise_kelvin: f64,
    /// The room above the sea: high up air is thinner, and carries less.
    #[serde(default, rename = "altitude_m", skip_serializing_if = "is_sea_level")]
    pub altitude: Metres,
    /// Air at the inlet, degrees C. `None`: unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inlet_celsius: Option<f64>,
}

/// The most heat of one rack, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatLimit {
    /// The most.
    pub most: Watts,
    /// What sets it.
    pub basis: HeatBasis,
}

/// What sets the most heat of a rack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeatBasis {
    /// The site says so.
    Stated,
    /// It is usual for this kind of cooling.
    Usual(CoolingKind),
    /// The air that reaches the rack carries no more.
    Air,
}

impl HeatBasis {
    /// In words, with the source.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Stated => "as the site says",
            Self::Usual(CoolingKind::Air) => "open aisles serve up to 15 to 20 kW (calcspec.com, read 2026-11)",
            Self::Usual(CoolingKind::ContainedAir) => {
                "air in a closed aisle serves up to 30 to 40 kW (calcspec.com, read 2026-11)"
            }
            Self::Usual(CoolingKind::Liquid) => "liquid has no usual limit",
            Self::Air => "the cooled air x 1,207 J/(m3 K) x its rise, less by altitude",
        }
    }
}

impl RoomCooling {
    /// Cooled by this, of which the site says nothing: the usual rise, at the level of the sea.
    pub const fn usual(kind: CoolingKind) -> Self {
        Self {
            kind,
            heat: None,
            air: None,
            rise_kelvin: USUAL_RISE_KELVIN,
            altitude: Metres::ZERO,
            inlet_celsius: None,
        }
    }

    /// The most heat of one rack: what the site says, or what is usual for the kind, and no more than the air carries. `None`:
    /// liquid of which the site says nothing.
    pub fn limit(&self) -> Option<HeatLimit> {
        let by_kind = match (self.heat, self.kind) {
            (Some(most), _) => Some(HeatLimit { most, basis: HeatBasis::Stated }),
            (None, CoolingKind::Air) => Some(HeatLimit { most: CONTAINMENT_ABOVE, basis: HeatBasis::Usual(self.kind) }),
            (None, CoolingKind::ContainedAir) => {
                Some(HeatLimit { most: LIQUID_ABOVE, basis: HeatBasis::Usual(self.kind) })
            }
            (None, CoolingKind::Liquid) => None,
        };
        let by_air = self
            .air
            .filter(|_| self.kind != CoolingKind::Liquid)
            .map(|air| HeatLimit { most: self.carried_by(air), basis: HeatBasis::Air });
        match (by_kind, by_air) {
            (Some(kind), Some(air)) if air.most < kind.most => Some(air),
            (Some(kind), _) => Some(kind),
            (None, air) => air,
        }
    }

    /// The same, good for this much heat: as the site would have to say, with the air it takes.
    pub fn carrying(self, most: Watts) -> Self {
        let enough = self.air_for(most);
        let air = self.air.map(|air| enough.map_or(air, |enough| air.max(enough)));
        Self { heat: Some(most), air, ..self }
    }

    /// Air that carries this heat away at the room's rise and altitude. `None`: the rise is not above zero.
    pub fn air_for(&self, power: Watts) -> Option<AirFlow> {
        air_flow(power, self.rise_kelvin, relative_density(self.altitude))
    }

    /// Heat that air carries away; none where the rise is not above zero.
    fn carried_by(&self, air: AirFlow) -> Watts {
        let each = AIR_HEAT_PER_VOLUME * relative_density(self.altitude) * self.rise_kelvin;
        Watts::from_watts((air.as_cubic_metres_per_second() * each).max(0.0))
    }

    /// Whether a rack of this power is carried away.
    pub fn serves(&self, power: Watts) -> bool {
        self.limit().is_none_or(|limit| power <= limit.most * (1.0 + 1e-9))
    }
}

/// A file says nothing of altitude where it is none. Serde hands over a reference.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_sea_level(altitude: &Metres) -> bool {
    *altitude == Metres::ZERO
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_aisles_serve_fifteen_kilowatts_a_closed_one_thirty_and_liquid_has_no_usual_limit() {
        let most = |kind| RoomCooling::usual(kind).limit().map(|limit| limit.most.as_kilowatts());
        assert_eq!(
            [CoolingKind::Air, CoolingKind::ContainedAir, CoolingKind::Liquid].map(most),
            [Some(15.0), Some(30.0), None]
        );
    }

    #[test]
    fn nineteen_hundred_and_sixty_six_cubic_feet_a_minute_carry_twelve_and_a_half_kilowatts() {
        let air = Some(AirFlow::from_cubic_feet_per_minute(1_966.0));
        let limit = RoomCooling { air, ..RoomCooling::usual(CoolingKind::Air) }.limit().expect("air");
        assert!((limit.most.as_kilowatts() - 12.5).abs() < 0.005 * 12.5, "{limit:?}");
        assert_eq!(limit.basis, HeatBasis::Air);
        let plenty = RoomCooling {
            air: Some(AirFlow::from_cubic_metres_per_second(100.0)),
            ..RoomCooling::usual(CoolingKind::Air)
        };
        assert_eq!(plenty.limit().map(|limit| limit.basis), Some(HeatBasis::Usual(CoolingKind::Air)));
        let liquid = RoomCooling { air, ..RoomCooling::usual(CoolingKind::Liquid) };
        assert_eq!(liquid.limit(), None, "liquid does not wait for air");
    }

    #[test]
    fn high_up_air_carries_less_and_more_of_it_is_needed() {
        let air = Some(AirFlow::from_cubic_metres_per_second(0.5));
        let low = RoomCooling { air, ..RoomCooling::usual(CoolingKind::Air) };
        // 8,000 ft: 0.743 of the density.
        let high = RoomCooling { altitude: Metres::from_metres(2_438.4), ..low };
        let most = |room: RoomCooling| room.limit().expect("air").most;
        assert!((most(high) / most(low) - 0.743).abs() < 0.001);
        let ten = Watts::from_kilowatts(10.0);
        assert!((high.air_for(ten).expect("a rise") / low.air_for(ten).expect("a rise") - 1.0 / 0.743).abs() < 0.001);
        assert!(high.carrying(ten).serves(ten));
    }

    #[test]
    fn what_the_site_says_stands_in_for_what_is_usual() {
        let stated = RoomCooling::usual(CoolingKind::Air).carrying(Watts::from_kilowatts(22.0));
        assert_eq!(stated.limit().map(|limit| limit.basis), Some(HeatBasis::Stated));
        assert!(stated.serves(Watts::from_kilowatts(22.0)) && !stated.serves(Watts::from_kilowatts(22.1)));
    }

    #[test]
    fn made_to_carry_more_it_does_whatever_limited_it_before() {
        for kind in [CoolingKind::Air, CoolingKind::ContainedAir, CoolingKind::Liquid] {
            for air in [None, Some(AirFlow::from_cubic_metres_per_second(0.1))] {
                let more = RoomCooling { air, ..RoomCooling::usual(kind) }.carrying(Watts::from_kilowatts(44.0));
                assert!(more.serves(Watts::from_kilowatts(44.0)), "{more:?}");
            }
        }
    }

    #[test]
    fn no_rise_carries_nothing_and_not_less() {
        let still = RoomCooling {
            air: Some(AirFlow::from_cubic_metres_per_second(1.0)),
            rise_kelvin: -3.0,
            ..RoomCooling::usual(CoolingKind::Air)
        };
        assert_eq!(still.limit().map(|limit| limit.most), Some(Watts::ZERO));
    }
}
