//! What makes way and what does not: blanking panels, racks over their budget, and refusals by the painted numbers.

mod rack_support;

use rack_support::server;
use sizewright::catalog::{Server, ServerId, ServerRole, Table};
use sizewright::rack::{
    Face, HalfUnits, PlacementKey, Problem, RackLayout, RackLimits, Spot, close_free_units, fill, misplaced, move_many,
    move_to, move_to_rack, nearest_place, place,
};
use sizewright::units::{Kilograms, Metres, Watts};

fn servers() -> Table<Server> {
    [
        server("two", 2.0, true, 625.0, 2.0),
        server("one", 1.0, true, 400.0, 1.0),
        Server { role: ServerRole::Blank, ..server("panel", 1.0, false, 0.0, 1.0) },
    ]
    .into_iter()
    .collect()
}

fn limits(watts: f64) -> RackLimits {
    RackLimits { power: Some(Watts::from_watts(watts)), ..RackLimits::default() }
}

fn at(unit: u32) -> HalfUnits {
    HalfUnits::floor_of(unit)
}

fn id(slug: &str) -> ServerId {
    ServerId::new(slug)
}

/// A rack of sixteen servers with every unit above them closed by a panel.
fn closed() -> RackLayout {
    let (filled, _) = fill(&RackLayout::empty("R", 42), &limits(10_000.0), &servers(), &id("two"), 1000);
    let (closed, stopped) = close_free_units(&filled, &filled, &limits(10_000.0), &servers(), &id("panel"));
    assert_eq!((filled.placements.len(), closed.placements.len(), stopped), (16, 26, None));
    closed
}

#[test]
fn panels_make_way_for_what_fills_a_rack_and_for_nothing_where_nothing_comes() {
    let closed = closed();
    let (full, stopped) = fill(&closed, &limits(20_000.0), &servers(), &id("two"), 1000);
    assert_eq!(full.placements.iter().filter(|placed| placed.server == id("two")).count(), 21);
    assert_eq!(full.placements.len(), 21, "no panel is left behind a server");
    assert!(matches!(stopped, Some(Problem::NoFreeRun { .. })), "{stopped:?}");
    assert!(misplaced(&full, &limits(20_000.0), &servers()).is_empty());
    let keys: std::collections::BTreeSet<u32> = full.placements.iter().map(|placed| placed.key.0).collect();
    assert_eq!(keys.len(), 21);
    assert!(keys.iter().skip(16).all(|key| *key > 26), "a panel's key is not given to another: {keys:?}");
    let (same, _) = fill(&closed, &limits(10_000.0), &servers(), &id("two"), 1000);
    assert_eq!(same, closed, "what does not come moves no panel");
}

#[test]
fn panels_make_way_for_arrows_groups_and_what_comes_from_another_rack_as_for_a_single_drag() {
    let (closed, limits, servers) = (closed(), limits(20_000.0), servers());
    let panels = |layout: &RackLayout| layout.placements.iter().filter(|placed| placed.server == id("panel")).count();
    let top: Vec<PlacementKey> = closed.placements[14..16].iter().map(|placed| placed.key).collect();
    let up = move_many(&closed, &limits, &servers, &top, 4).expect("two panels up");
    assert_eq!(panels(&up), 8, "the two panels that were in the way");
    assert!(misplaced(&up, &limits, &servers).is_empty());
    let other = place(&RackLayout::empty("Q", 42), &limits, &servers, &id("two"), at(1), Face::Front).expect("free");
    let spot = Spot::Slot(at(40), Face::Front);
    let (left, arrived) =
        move_to_rack(&other, &closed, &limits, &servers, other.placements[0].key, spot).expect("panels only");
    assert_eq!((left.placements.len(), panels(&arrived)), (0, 8));
    assert!(misplaced(&arrived, &limits, &servers).is_empty());
    let near = nearest_place(&closed, &limits, &servers, &id("two"), at(40), Face::Front, None);
    assert_eq!(near, Some((at(40), Face::Front)));
    let panel = closed.placements[20].key;
    assert!(move_many(&closed, &limits, &servers, &[panel], 2).is_err(), "a panel does not replace a panel");
}

#[test]
fn in_a_rack_over_its_budget_one_can_still_be_moved_by_drag_as_by_arrow() {
    let (full, _) = fill(&RackLayout::empty("R", 42), &limits(12_500.0), &servers(), &id("two"), 1000);
    let tight = RackLimits {
        weight: Some(Kilograms::from_kilograms(10.0)),
        depth: Some(Metres::from_millimetres(700.0)),
        ..limits(5_000.0)
    };
    for key in [full.placements[0].key, full.placements[19].key] {
        let dragged = move_to(&full, &tight, &servers(), key, at(41), Face::Front).expect("it draws what it drew");
        assert_eq!(dragged.get(key).map(|placed| placed.bottom), Some(at(41)));
    }
    let arrow = move_many(&full, &tight, &servers(), &[full.placements[19].key], 4).expect("up");
    assert_eq!(arrow.placements[19].bottom, at(41));
    assert!(matches!(
        move_many(&full, &tight, &servers(), &[full.placements[19].key], -2),
        Err(Problem::Overlap { .. })
    ));
    assert!(place(&full, &tight, &servers(), &id("one"), at(41), Face::Front).is_err(), "what is new must fit");
}

#[test]
fn a_refusal_counts_by_the_numbers_painted_on_the_rack() {
    let mut layout = RackLayout { reserved_units: 2, numbered_from_top: true, ..RackLayout::empty("R", 42) };
    layout = place(&layout, &limits(1e6), &servers(), &id("two"), at(1), Face::Front).expect("free");
    let said = |unit| {
        let refused = place(&layout, &limits(1e6), &servers(), &id("two"), at(unit), Face::Front);
        refused.expect_err("taken or outside").painted(&layout, &servers())
    };
    assert_eq!(said(2), "TWO is in the way at U41, front");
    assert_eq!(said(40), "it would end 1.00 U above U3, the highest that can be used");
}

#[test]
fn what_hangs_beside_the_slots_does_not_keep_the_rest_from_moving_down() {
    let servers: Table<Server> = servers().iter().cloned().chain([server("pdu", 0.0, false, 0.0, 5.0)]).collect();
    let mut rack =
        place(&RackLayout::empty("R", 42), &limits(1e6), &servers, &id("two"), at(3), Face::Front).expect("free");
    rack = place(&rack, &limits(1e6), &servers, &id("pdu"), HalfUnits(0), Face::Rear).expect("beside");
    let keys: Vec<PlacementKey> = rack.placements.iter().map(|placement| placement.key).collect();
    let units = |rack: &RackLayout| rack.placements.iter().map(|placement| placement.bottom).collect::<Vec<_>>();
    let down = move_many(&rack, &limits(1e6), &servers, &keys, -4).expect("room below");
    assert_eq!(units(&down), [at(1), HalfUnits(0)]);
    assert_eq!(move_many(&down, &limits(1e6), &servers, &keys, 4).expect("room above"), rack);
    assert_eq!(move_many(&down, &limits(1e6), &servers, &keys, -2), Err(Problem::BelowFloor));
}
