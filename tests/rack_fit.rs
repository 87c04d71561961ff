//! How many servers of one kind a rack takes, by arithmetic alone.

use sizewright::rack::{FitCount, FitLimit, FitQuestion, fit_count};
use sizewright::units::{Kilograms, RackUnits, Watts};

#[track_caller]
fn check_count(height: f64, watts: f64, usable_height: f64, usable_watts: f64) -> FitCount {
    fit_count(&FitQuestion {
        height: RackUnits::from_units(height),
        power: Some(Watts::from_watts(watts)),
        full_power: None,
        weight: None,
        usable_height: RackUnits::from_units(usable_height),
        usable_power: Some(Watts::from_watts(usable_watts)),
        usable_feed: None,
        usable_heat: None,
        usable_weight: None,
    })
}

#[test]
fn twelve_and_a_half_kilowatts_take_twenty_servers_of_625_watts_not_nineteen() {
    let count = check_count(2.0, 625.0, 42.0, 12_500.0);
    assert_eq!((count.servers, count.limit, count.one_exceeds_power_by), (20, Some(FitLimit::Power), None));
    // The same budget reached by arithmetic that is not exact in binary.
    assert_eq!(check_count(2.0, 0.1 * 6_250.0, 42.0, (0.1 + 0.2) * 12_500.0 / 0.3).servers, 20);
}

#[test]
fn forty_two_units_take_twenty_one_servers_of_two_units() {
    let count = check_count(2.0, 625.0, 42.0, 20_000.0);
    assert_eq!((count.servers, count.limit), (21, Some(FitLimit::RackUnits)));
}

#[test]
fn one_dgx_of_eight_units_and_ten_kilowatts_fits_by_power() {
    let count = check_count(8.0, 10_200.0, 42.0, 12_500.0);
    assert_eq!((count.servers, count.limit), (1, Some(FitLimit::Power)));
}

#[test]
fn a_unit_larger_than_the_budget_gives_none_and_the_shortfall() {
    let count = check_count(10.0, 14_300.0, 42.0, 12_500.0);
    assert_eq!((count.servers, count.limit), (0, Some(FitLimit::Power)));
    assert_eq!(count.one_exceeds_power_by, Some(Watts::from_watts(1_800.0)));
}

#[test]
fn reserved_units_and_watts_are_taken_off_first() {
    let count = check_count(1.0, 400.0, 42.0 - 2.0, 12_500.0 - 1_250.0);
    assert_eq!((count.servers, count.limit), (28, Some(FitLimit::Power)));
}

#[test]
fn heat_that_the_room_does_not_carry_away_limits_like_power() {
    let question = FitQuestion {
        height: RackUnits::from_units(2.0),
        power: Some(Watts::from_watts(625.0)),
        full_power: None,
        weight: None,
        usable_height: RackUnits::from_units(42.0),
        usable_power: Some(Watts::from_watts(12_500.0)),
        usable_feed: None,
        usable_heat: Some(Watts::from_watts(10_000.0)),
        usable_weight: None,
    };
    let count = fit_count(&question);
    assert_eq!((count.servers, count.limit), (16, Some(FitLimit::Cooling)));
}

#[test]
fn what_is_unknown_or_takes_nothing_sets_no_limit() {
    let question = FitQuestion {
        height: RackUnits::from_units(1.0),
        power: None,
        full_power: None,
        weight: None,
        usable_height: RackUnits::from_units(42.0),
        usable_power: Some(Watts::ZERO),
        usable_feed: None,
        usable_heat: None,
        usable_weight: Some(Kilograms::ZERO),
    };
    assert_eq!(fit_count(&question).servers, 42);
    let weightless = FitQuestion { height: RackUnits::ZERO, ..question };
    assert_eq!(fit_count(&weightless).limit, None);
    let broken = FitQuestion { usable_height: RackUnits::from_units(f64::NAN), ..question };
    assert_eq!(fit_count(&broken).servers, 0);
}

#[test]
fn feeds_are_held_against_full_load_whatever_the_budget_counts() {
    // At 312.5 W expected a budget of 12.5 kW has room for 40; at 625 W a feed of 8,646 W has room for 13.
    let question = FitQuestion {
        height: RackUnits::from_units(1.0),
        power: Some(Watts::from_watts(312.5)),
        full_power: Some(Watts::from_watts(625.0)),
        weight: None,
        usable_height: RackUnits::from_units(42.0),
        usable_power: Some(Watts::from_watts(12_500.0)),
        usable_feed: Some(Watts::from_watts(8_646.0)),
        usable_heat: None,
        usable_weight: None,
    };
    let count = fit_count(&question);
    assert_eq!((count.servers, count.limit, count.one_exceeds_power_by), (13, Some(FitLimit::Feeds), None));
    let weak = fit_count(&FitQuestion { usable_feed: Some(Watts::from_watts(600.0)), ..question });
    assert_eq!((weak.servers, weak.one_exceeds_power_by), (0, Some(Watts::from_watts(25.0))));
}
