//! What breakers let through, published cases and what is left when a feed is lost.

use super::*;
use crate::catalog::{PowerSupplies, ServerId};
use crate::rack::testing::{limits, server};
use crate::rack::{Face, fill, place};

fn feeds(region: Region, volts: f64, amperes: f64, phases: Phases) -> Feeds {
    Feeds {
        region,
        voltage: Volts::from_volts(volts),
        breaker: Amperes::from_amperes(amperes),
        phases,
        power_factor: 1.0,
        planning_share: 1.0,
        redundancy: Redundancy::AAndB,
    }
}

#[test]
fn breakers_let_through_what_is_published() {
    use Phases::{One, Three};
    use Region::{Iec, NorthAmerica};
    for (region, volts, amperes, phases, kva) in [
        (NorthAmerica, 208.0, 30.0, Three, 8.646),
        (NorthAmerica, 208.0, 60.0, Three, 17.29),
        (Iec, 415.0, 32.0, Three, 23.00),
        (NorthAmerica, 415.0, 32.0, Three, 18.40),
        (Iec, 400.0, 16.0, Three, 11.09),
        (Iec, 400.0, 32.0, Three, 22.17),
        (Iec, 230.0, 32.0, One, 7.36),
    ] {
        let found = feeds(region, volts, amperes, phases).usable_apparent().as_kilovolt_amperes();
        assert!((found - kva).abs() <= 0.000_6 * kva, "{found} is not {kva} kVA");
    }
}

#[test]
fn twelve_and_a_half_kilowatts_need_sixty_amperes_at_208_or_thirty_two_at_400_volts() {
    let enough = |feeds: Feeds| feeds.rack_limit() >= Watts::from_kilowatts(12.5);
    assert!(!enough(feeds(Region::NorthAmerica, 208.0, 30.0, Phases::Three)));
    assert!(enough(feeds(Region::NorthAmerica, 208.0, 60.0, Phases::Three)));
    assert!(!enough(feeds(Region::Iec, 400.0, 16.0, Phases::Three)));
    assert!(enough(feeds(Region::Iec, 400.0, 32.0, Phases::Three)));
    let shy = Feeds { planning_share: 0.5, ..feeds(Region::Iec, 400.0, 32.0, Phases::Three) };
    assert!(!enough(shy), "a planning share below the region's rule counts");
}

#[test]
fn after_a_is_lost_b_carries_everything_that_has_two_supplies() {
    let supplies = |count| Some(PowerSupplies { count, redundant: count - 1, rating: None });
    let double = Server { power_supplies: supplies(2), ..server("double", 2.0, 600.0) };
    let single = Server { power_supplies: supplies(1), ..server("single", 1.0, 100.0) };
    let servers: Table<Server> = [double, single].into_iter().collect();
    let (mut layout, _) = fill(&RackLayout::empty("R", 42), &limits(1e6), &servers, &ServerId::new("double"), 10);
    for unit in [30, 31, 32] {
        let bottom = super::super::HalfUnits::floor_of(unit);
        layout = place(&layout, &limits(1e6), &servers, &ServerId::new("single"), bottom, Face::Front).expect("free");
    }
    let loads = feeds(Region::Iec, 400.0, 32.0, Phases::Three).loads(&layout, &limits(1e6), &servers);
    let watts = Watts::from_watts;
    assert_eq!((loads.a, loads.b), (watts(3_200.0), Some(watts(3_100.0))));
    assert_eq!((loads.b_after_a_is_lost, loads.lost_with_a), (Some(watts(6_100.0)), watts(200.0)));
    // Of the three with one cord two hang on A, so losing B is the worse.
    assert_eq!((loads.a_after_b_is_lost, loads.lost_with_b), (Some(watts(6_200.0)), watts(100.0)));
    assert_eq!(loads.worse_loss(), Some((Feed::A, watts(6_200.0))));
    let of = feeds(Region::Iec, 400.0, 32.0, Phases::Three);
    let hung: Vec<Hangs> =
        of.hung(&layout, &limits(1e6), &servers).into_iter().map(|(_, hangs)| hangs).skip(10).collect();
    assert_eq!(hung, [Hangs::On(Feed::A), Hangs::On(Feed::B), Hangs::On(Feed::A)]);
    let one = Feeds { redundancy: Redundancy::Single, ..feeds(Region::Iec, 400.0, 32.0, Phases::Three) };
    let alone = one.loads(&layout, &limits(1e6), &servers);
    assert_eq!((alone.a, alone.b, alone.lost_with_a), (watts(6_300.0), None, watts(6_300.0)));
}

#[test]
fn a_balanced_load_between_lines_puts_root_three_of_it_on_each_line() {
    let ten = Amperes::from_amperes(10.0);
    for line in line_currents([ten; 3]) {
        assert!((line.as_amperes() - 10.0 * 3f64.sqrt()).abs() < 1e-12);
    }
    let uneven = line_currents([Amperes::from_amperes(20.0), Amperes::ZERO, Amperes::ZERO]);
    assert_eq!(uneven.map(Amperes::as_amperes), [20.0, 20.0, 0.0], "one pair of lines carries all of it");
}
