//! Heat and air: what leaves a rack as heat, how much air carries it, and when air no longer does.
//!
//! Sources: 3,412 BTU/h a kW and CFM = 3.145 W / dF (Dell and insideHPC formula; at sea level); thresholds as
//! read at calcspec.com and in Uptime Institute surveys of 2024 and 2025, read 2026-11.

mod room;

use serde::{Deserialize, Serialize};

use crate::units::{AirFlow, Metres, Watts};

pub use room::{
    ALTITUDE_RANGE, COOLEST_RECOMMENDED_CELSIUS, HeatBasis, HeatLimit, RoomCooling, WARMEST_ALLOWED_CELSIUS,
    WARMEST_RECOMMENDED_CELSIUS,
};

/// British thermal units per hour for each watt.
const BTU_PER_HOUR_PER_WATT: f64 = 3.412; // definition of the BTU, rounded as trade does
/// Density of air times its heat capacity at sea level, 1.2 kg/m3 * 1006 J/(kg K), J/(m3 K).
const AIR_HEAT_PER_VOLUME: f64 = 1.2 * 1006.0; // dry air at 20 degrees C, engineering tables
/// Warmer by this much is usual between inlet and outlet: 20 to 25 degrees F.
pub const USUAL_RISE_KELVIN: f64 = 20.0 * KELVIN_PER_FAHRENHEIT; // calcspec.com, read 2026-11
/// One degree Fahrenheit of difference in kelvin.
pub const KELVIN_PER_FAHRENHEIT: f64 = 5.0 / 9.0;
/// Above this an aisle needs containment.
pub const CONTAINMENT_ABOVE: Watts = Watts::from_kilowatts(15.0); // calcspec.com: 15 to 20 kW, read 2026-11
/// Above this air no longer serves: rear-door heat exchangers or liquid.
pub const LIQUID_ABOVE: Watts = Watts::from_kilowatts(30.0); // calcspec.com: 30 to 40 kW, read 2026-11

/// What the cooling of a rack needs to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CoolingKind {
    /// Open aisles.
    Air,
    /// Hot or cold aisle closed off.
    ContainedAir,
    /// Rear-door heat exchanger, or liquid to the chip.
    Liquid,
}

impl CoolingKind {
    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Air => "open aisles",
            Self::ContainedAir => "a closed aisle",
            Self::Liquid => "liquid or a rear door",
        }
    }
}

/// Heat in the trade's unit, BTU per hour. All electrical power becomes heat.
pub fn btu_per_hour(power: Watts) -> f64 {
    power.as_watts() * BTU_PER_HOUR_PER_WATT
}

/// Density of air at this altitude over that at sea level. Rooms are kept at one temperature wherever they are, so it falls
/// as the pressure of the standard atmosphere does, `(1 - 2.25577e-5 h)^5.2559` with the height `h` in metres (ASHRAE
/// Fundamentals 1997, up to 10 km; 0.801 at 6,000 ft in tables of HVAC design guides, read 2026-11). 0 where there is no air.
pub fn relative_density(altitude: Metres) -> f64 {
    (1.0 - 2.255_77e-5 * altitude.as_metres()).max(0.0).powf(5.2559)
}

/// Air that carries this heat away at a rise of so many kelvin, at a density relative to sea level (1; 0.89 at 1,000 m).
/// `None`: rise or density is not above zero.
pub fn air_flow(power: Watts, rise_kelvin: f64, relative_density: f64) -> Option<AirFlow> {
    (rise_kelvin > 0.0 && relative_density > 0.0).then(|| {
        AirFlow::from_cubic_metres_per_second(power.as_watts() / (AIR_HEAT_PER_VOLUME * rise_kelvin * relative_density))
    })
}

/// What kind of cooling this power in one rack asks for.
pub fn kind(power: Watts) -> CoolingKind {
    if power > LIQUID_ABOVE {
        CoolingKind::Liquid
    } else if power > CONTAINMENT_ABOVE {
        CoolingKind::ContainedAir
    } else {
        CoolingKind::Air
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_and_a_half_kilowatts_are_42_652_btu_and_1_966_cubic_feet_of_air() {
        let power = Watts::from_kilowatts(12.5);
        // 12,500 W x 3.412 = 42,650; the published 42,652 comes of 3.41214.
        assert!((btu_per_hour(power) - 42_652.0).abs() < 5.0);
        let flow = air_flow(power, USUAL_RISE_KELVIN, 1.0).expect("a rise").as_cubic_feet_per_minute();
        assert!((flow - 1_966.0).abs() < 0.005 * 1_966.0, "{flow} cfm");
    }

    #[test]
    fn air_thins_with_altitude_as_published() {
        // Feet and relative density, HVAC design guide (tables of altitude correction factors); 1,000 m: 89,875 Pa of 101,325.
        for (metres, density) in [(0.0, 1.0), (1_000.0, 0.887), (1_828.8, 0.801), (2_133.6, 0.772), (2_438.4, 0.743)] {
            let found = relative_density(Metres::from_metres(metres));
            assert!((found - density).abs() < 0.0006, "{metres} m: {found} is not {density}");
        }
        assert!(relative_density(Metres::from_metres(-4.0)) > 1.0, "below the sea it is thicker");
        assert_eq!(relative_density(Metres::from_metres(1e9)), 0.0);
    }

    #[test]
    fn thin_air_and_a_small_rise_need_more_of_it() {
        let power = Watts::from_kilowatts(10.0);
        let usual = air_flow(power, 10.0, 1.0).expect("a rise");
        assert!((air_flow(power, 10.0, 0.88).expect("a rise") / usual - 1.0 / 0.88).abs() < 1e-12);
        assert!((air_flow(power, 5.0, 1.0).expect("a rise") / usual - 2.0).abs() < 1e-12);
        assert_eq!(air_flow(power, 0.0, 1.0), None);
        assert_eq!(air_flow(power, 10.0, f64::NAN), None);
    }

    #[test]
    fn the_denser_the_rack_the_more_than_air_it_needs() {
        let kinds = [12.5, 20.0, 120.0].map(|kilowatts| kind(Watts::from_kilowatts(kilowatts)));
        assert_eq!(kinds, [CoolingKind::Air, CoolingKind::ContainedAir, CoolingKind::Liquid]);
    }
}
