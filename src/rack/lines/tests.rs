//! Loads on three lines, by hand and against what the feeds carry.

use super::*;
use crate::catalog::{PowerSupplies, ServerId};
use crate::rack::testing::{limits, server};
use crate::rack::{Region, fill};

fn feeds(region: Region, volts: f64, amperes: f64) -> Feeds {
    Feeds {
        region,
        voltage: Volts::from_volts(volts),
        breaker: Amperes::from_amperes(amperes),
        phases: Phases::Three,
        power_factor: 1.0,
        planning_share: 1.0,
        redundancy: Redundancy::AAndB,
    }
}

fn supplies(count: u32) -> Option<PowerSupplies> {
    Some(PowerSupplies { count, redundant: 0, rating: None })
}

/// A rack with so many of one server, and its lines.
fn lines(feeds: &Feeds, one: Server, count: u32) -> LineLoads {
    let id = one.id.clone();
    let servers: Table<Server> = [one].into_iter().collect();
    let (layout, _) = fill(&RackLayout::empty("R", 42), &limits(1e6), &servers, &id, count);
    assert_eq!(layout.placements.len() as u32, count);
    feeds.lines(&layout, &limits(1e6), &servers).expect("three phases")
}

#[track_caller]
fn check(found: [Amperes; 3], expected: [f64; 3]) {
    for (found, expected) in found.into_iter().zip(expected) {
        assert!((found.as_amperes() - expected).abs() < 1e-9, "{found:?} is not {expected} A");
    }
}

#[test]
fn servers_go_round_the_lines_and_each_line_shows_what_hangs_on_it() {
    let feeds = feeds(Region::Iec, 400.0, 32.0);
    let volts = 400.0 / 3f64.sqrt();
    let one = Server { power_supplies: supplies(2), ..server("two", 2.0, 600.0) };
    let of = lines(&feeds, one, 7);
    assert_eq!(of.hanging, Hanging::LineToNeutral);
    // Three on L1, two on L2 and L3; half of each on A.
    check(of.a, [900.0 / volts, 600.0 / volts, 600.0 / volts]);
    check(of.b_after_a_is_lost.expect("two feeds"), [1800.0 / volts, 1200.0 / volts, 1200.0 / volts]);
    assert_eq!(of.of(PlacementKey(2)), "A: L2, B: L2");
    assert!((LineLoads::imbalance(of.a) - (3.0 / (7.0 / 3.0) - 1.0)).abs() < 1e-12);
    assert_eq!(of.worst().0, Feed::B);
    assert_eq!(of.worst().3, Some(Feed::A), "worst once A is lost");
}

#[test]
fn between_two_lines_one_load_flows_through_both() {
    let feeds = feeds(Region::NorthAmerica, 208.0, 30.0);
    let one = Server { power_supplies: supplies(1), ..server("one", 1.0, 2080.0) };
    let of = lines(&feeds, one.clone(), 1);
    assert_eq!(of.hanging, Hanging::BetweenLines);
    check(of.a, [10.0, 10.0, 0.0]);
    assert_eq!(of.usable, Amperes::from_amperes(24.0), "80 % of 30 A");
    // Six of them, three on each feed, one between each pair of lines: the root of three times one in each line.
    let of = lines(&feeds, one, 6);
    check(of.a, [10.0 * 3f64.sqrt(); 3]);
    check(of.b.expect("two feeds"), [10.0 * 3f64.sqrt(); 3]);
    check(of.b_after_a_is_lost.expect("two feeds"), [10.0 * 3f64.sqrt(); 3]);
}

#[test]
fn six_thousand_volt_amperes_are_fine_on_average_and_too_much_when_badly_spread() {
    // 6,180 VA on 208 V 30 A: 17 A a line where it is even, 29.7 A of 24 where it all hangs between two lines.
    let at = |draw: f64| Amperes::from_amperes(draw / 208.0);
    let even = line_currents([at(2060.0); 3]);
    assert!(even.iter().all(|line| line.as_amperes() < 24.0), "{even:?}");
    let uneven = line_currents([at(6180.0), Amperes::ZERO, Amperes::ZERO]);
    assert!(uneven[0].as_amperes() > 24.0 && uneven[2] == Amperes::ZERO, "{uneven:?}");
}

#[test]
fn a_device_of_six_supplies_hangs_on_all_lines_alike() {
    let one = Server { power_supplies: supplies(6), ..server("big", 8.0, 10_200.0) };
    let of = lines(&feeds(Region::Iec, 400.0, 32.0), one, 1);
    assert_eq!(LineLoads::imbalance(of.a), 0.0);
    assert_eq!(of.cords.len(), 6);
    assert_eq!(of.of(PlacementKey(1)), "A: L1, L2, L3, B: L1, L2, L3");
}

#[test]
fn lines_carry_what_the_feeds_do() {
    for (redundancy, count) in [(Redundancy::Single, 7), (Redundancy::AAndB, 10), (Redundancy::TwoAdded, 11)] {
        for supply in [1, 2, 3, 6] {
            let feeds = Feeds { redundancy, ..feeds(Region::Iec, 400.0, 32.0) };
            let one = Server { power_supplies: supplies(supply), ..server("some", 1.0, 700.0) };
            let servers: Table<Server> = [one].into_iter().collect();
            let id = ServerId::new("some");
            let (layout, _) = fill(&RackLayout::empty("R", 42), &limits(1e6), &servers, &id, count);
            let loads = feeds.loads(&layout, &limits(1e6), &servers);
            let of = feeds.lines(&layout, &limits(1e6), &servers).expect("three phases");
            let watts =
                |lines: [Amperes; 3]| lines.into_iter().map(Amperes::as_amperes).sum::<f64>() * 400.0 / 3f64.sqrt();
            let close = |found: f64, expected: Watts| (found - expected.as_watts()).abs() < 1e-6;
            assert!(close(watts(of.a), loads.a), "{redundancy:?} {supply}: {:?} {:?}", of.a, loads.a);
            assert_eq!(of.b.is_some(), loads.b.is_some());
            for (lines, load) in [
                (of.b, loads.b),
                (of.b_after_a_is_lost, loads.b_after_a_is_lost),
                (of.a_after_b_is_lost, loads.a_after_b_is_lost),
            ] {
                if let (Some(lines), Some(load)) = (lines, load) {
                    assert!(close(watts(lines), load), "{redundancy:?} {supply}: {lines:?} {load:?}");
                }
            }
        }
    }
}

#[test]
fn one_phase_has_no_lines() {
    let single = Feeds { phases: Phases::One, ..feeds(Region::Iec, 230.0, 32.0) };
    let servers: Table<Server> = Table::default();
    assert_eq!(single.lines(&RackLayout::empty("R", 42), &limits(1e6), &servers), None);
}
