//! Carbon: of using servers, by the grid, and of making them, spread over what they do.

use crate::units::{GramsCo2e, Joules};

/// Carbon of using this energy on a grid of this intensity, gCO2e per kWh. A grid of 0 is free of carbon, not unknown.
pub fn of_use(energy: Joules, grid_g_per_kwh: f64) -> GramsCo2e {
    GramsCo2e::from_grams(energy.as_kilowatt_hours() * grid_g_per_kwh)
}

/// Carbon of making a server, a year of its life. `None`: the life is not above zero.
pub fn of_making_per_year(embodied: GramsCo2e, years: f64) -> Option<GramsCo2e> {
    (years > 0.0 && years.is_finite()).then(|| embodied / years)
}

/// An amount spread over tokens, per `each` of them. `None`: there are none.
pub fn per_tokens(carbon: GramsCo2e, tokens: f64, each: f64) -> Option<GramsCo2e> {
    (tokens > 0.0).then(|| carbon * (each / tokens))
}

/// Making a processor server, where nobody published it: Boavizta data of two-socket servers (Dell R640 1,283, R740
/// 1,313 kg), read 2026-11; half as much either way.
pub const EMBODIED_PROCESSOR_SERVER: GramsCo2e = GramsCo2e::from_kilograms(1_300.0);
/// Making a server with eight accelerators: the host plus eight times about 275 kg; A100 318 kg each (Chien et al. 2023).
/// Half as much either way.
pub const EMBODIED_EIGHT_ACCELERATORS: GramsCo2e = GramsCo2e::from_kilograms(3_500.0);

/// Lower end of an assumed footprint over it, half as much either way; taken as the end of an 80 % band.
pub const ASSUMED_LOW: f64 = 0.5; // Boavizta warns of errors this large, read 2026-11
/// Upper end: as above.
pub const ASSUMED_HIGH: f64 = 1.5;
/// Where the band of the making comes from.
pub const BAND: &str = "of an assumed making, half as much either way";

/// What stands in for an unpublished footprint: the processor server, and what accelerators add to it; nothing for what
/// runs no model (a switch, a shelf).
pub fn assumed_embodied(accelerators: u32, runs_models: bool) -> GramsCo2e {
    if !runs_models {
        return GramsCo2e::ZERO;
    }
    let each = (EMBODIED_EIGHT_ACCELERATORS - EMBODIED_PROCESSOR_SERVER) / 8.0;
    EMBODIED_PROCESSOR_SERVER + each * f64::from(accelerators)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dgx_h100_in_the_united_states_emits_forty_one_grams_a_million_tokens() {
        // 134,028 kWh a year for 1.2114e12 tokens at 369.473 g/kWh (United States, 2023).
        let carbon = of_use(Joules::from_kilowatt_hours(134_028.0), 369.473);
        let each = per_tokens(carbon, 1.2114e12, 1e6).expect("tokens");
        assert!((each.as_grams() - 40.9).abs() < 0.05, "{each}");
    }

    #[test]
    fn making_a_server_is_spread_over_its_life() {
        let server = GramsCo2e::from_kilograms(1300.0);
        assert_eq!(of_making_per_year(server, 4.0), Some(GramsCo2e::from_kilograms(325.0)));
        assert_eq!(of_making_per_year(server, 0.0), None);
    }

    #[test]
    fn a_free_grid_emits_nothing_and_no_tokens_have_no_share() {
        assert_eq!(of_use(Joules::from_kilowatt_hours(1.0), 0.0), GramsCo2e::ZERO);
        assert_eq!(per_tokens(GramsCo2e::from_grams(1.0), 0.0, 1e3), None);
    }
}
