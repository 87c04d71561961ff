//! What a rack takes, what it refuses, and laws over seeded random racks.

use sizewright::catalog::{Date, Provenance, Server, ServerId, ServerPower, ServerRole, Standing, Table};
use sizewright::rack::{
    Face, FitCount, FitLimit, FitQuestion, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits,
    duplicate, fill, fit_count, fits_at, misplaced, move_many, move_to, place, remove, remove_many, resize,
    used_height,
};
use sizewright::units::{Kilograms, Metres, RackUnits, Watts};

fn server(id: &str, height: f64, full_depth: bool, watts: f64, kilograms: f64) -> Server {
    Server {
        id: ServerId::new(id),
        name: id.to_uppercase(),
        vendor: "Test".to_owned(),
        role: ServerRole::CpuServer,
        height: RackUnits::from_units(height),
        full_depth,
        depth: Some(Metres::from_millimetres(800.0)),
        weight: Some(Kilograms::from_kilograms(kilograms)),
        power: ServerPower { max_measured: Some(Watts::from_watts(watts)), ..ServerPower::default() },
        power_supplies: None,
        devices: Vec::new(),
        memory: None,
        price: None,
        embodied: None,
        notes: None,
        provenance: Provenance {
            source: "made up for this test".to_owned(),
            date: Date::parse("2026").expect("a year"),
            standing: Standing::Assumed,
            fields: Vec::new(),
        },
    }
}

fn servers() -> Table<Server> {
    [
        server("two", 2.0, true, 625.0, 20.0),
        server("one", 1.0, true, 400.0, 15.0),
        server("half", 1.0, false, 100.0, 5.0),
        server("low", 0.5, false, 50.0, 2.0),
        server("eight", 8.0, true, 10_200.0, 130.0),
        server("ten", 10.0, true, 14_300.0, 142.0),
        server("pdu", 0.0, false, 0.0, 6.0),
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

#[track_caller]
fn check_count(height: f64, watts: f64, usable_height: f64, usable_watts: f64) -> FitCount {
    fit_count(&FitQuestion {
        height: RackUnits::from_units(height),
        power: Some(Watts::from_watts(watts)),
        weight: None,
        usable_height: RackUnits::from_units(usable_height),
        usable_power: Some(Watts::from_watts(usable_watts)),
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
fn what_is_unknown_or_takes_nothing_sets_no_limit() {
    let question = FitQuestion {
        height: RackUnits::from_units(1.0),
        power: None,
        weight: None,
        usable_height: RackUnits::from_units(42.0),
        usable_power: Some(Watts::ZERO),
        usable_weight: Some(Kilograms::ZERO),
    };
    assert_eq!(fit_count(&question).servers, 42);
    let weightless = FitQuestion { height: RackUnits::ZERO, ..question };
    assert_eq!(fit_count(&weightless).limit, None);
    let broken = FitQuestion { usable_height: RackUnits::from_units(f64::NAN), ..question };
    assert_eq!(fit_count(&broken).servers, 0);
}

#[test]
fn filling_places_as_many_as_counting_says() {
    for (slug, watts, expected) in
        [("two", 12_500.0, 20), ("two", 20_000.0, 21), ("eight", 12_500.0, 1), ("ten", 12_500.0, 0)]
    {
        let (full, stopped) = fill(&RackLayout::empty("R", 42), &limits(watts), &servers(), &id(slug), 1000);
        assert_eq!(full.placements.len(), expected, "{slug}");
        assert!(stopped.is_some());
        assert!(misplaced(&full, &limits(watts), &servers()).is_empty());
    }
}

#[test]
fn a_fragmented_rack_fills_free_runs_only() {
    let mut layout = RackLayout::empty("R", 10);
    // One unit taken in each three: two units free between.
    for unit in [3, 6, 9] {
        layout = place(&layout, &limits(1e6), &servers(), &id("one"), at(unit), Face::Front).expect("free");
    }
    let (filled, stopped) = fill(&layout, &limits(1e6), &servers(), &id("two"), 1000);
    let bottoms: Vec<u32> = filled.placements.iter().skip(3).map(|placement| placement.bottom.unit()).collect();
    assert_eq!(bottoms, [1, 4, 7]);
    assert_eq!(stopped, Some(Problem::NoFreeRun { needs: HalfUnits(4), longest: HalfUnits(2) }));
    // Seven units are free, but none of eight in one piece.
    let (_, stopped) = fill(&layout, &limits(1e6), &servers(), &id("eight"), 1);
    assert_eq!(stopped.expect("refused").to_string(), "it needs 8.00 U in one piece; the longest free run is 2.00 U");
}

#[test]
fn a_refusal_says_what_is_in_the_way_and_by_how_much() {
    let table = servers();
    let layout =
        place(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("two"), at(5), Face::Front).expect("free");
    let tight = RackLimits {
        power: Some(Watts::from_watts(1_000.0)),
        weight: Some(Kilograms::from_kilograms(30.0)),
        depth: Some(Metres::from_millimetres(900.0)),
        ..RackLimits::default()
    };
    let shallow = RackLimits { depth: Some(Metres::from_millimetres(700.0)), ..RackLimits::default() };
    for (limits, slug, unit, sentence) in [
        (limits(1e6), "one", 6, "TWO is in the way at U5, front"),
        (limits(1e6), "eight", 36, "it would end at 43.0 U, and the rack can be used up to 42.0 U"),
        (shallow, "one", 10, "the chassis is 800 mm deep, the rack 700 mm"),
        (tight, "two", 10, "the rack would hold 10.0 kg more than the 30.0 kg it may"),
        (limits(1_000.0), "two", 10, "the rack would draw 250 W more than its budget of 1,000 W"),
        (tight, "none", 1, "the catalog has no server `none`"),
    ] {
        let refused = place(&layout, &limits, &table, &id(slug), at(unit), Face::Front).expect_err(sentence);
        assert_eq!(refused.to_string(), sentence);
    }
    assert_eq!(remove(&layout, PlacementKey(9)), Err(Problem::NotMounted { key: PlacementKey(9) }));
}

#[test]
fn full_depth_blocks_the_opposite_face_and_half_depth_pairs_share_units() {
    let table = servers();
    let empty = RackLayout::empty("R", 42);
    let with_full = place(&empty, &limits(1e6), &table, &id("one"), at(1), Face::Front).expect("free");
    assert!(place(&with_full, &limits(1e6), &table, &id("half"), at(1), Face::Rear).is_err());
    let with_half = place(&empty, &limits(1e6), &table, &id("half"), at(1), Face::Front).expect("free");
    let pair = place(&with_half, &limits(1e6), &table, &id("half"), at(1), Face::Rear).expect("the rear is free");
    assert_eq!(used_height(&pair, &table), RackUnits::from_units(1.0));
    assert!(place(&with_half, &limits(1e6), &table, &id("one"), at(1), Face::Rear).is_err(), "full depth needs both");
}

#[test]
fn half_units_share_a_unit_and_vertical_devices_take_none() {
    let table = servers();
    let mut layout = RackLayout::empty("R", 1);
    for bottom in [HalfUnits(0), HalfUnits(1)] {
        layout = place(&layout, &limits(1e6), &table, &id("low"), bottom, Face::Front).expect("half a unit is free");
    }
    assert!(place(&layout, &limits(1e6), &table, &id("low"), HalfUnits(0), Face::Front).is_err());
    layout = place(&layout, &limits(1e6), &table, &id("pdu"), HalfUnits(0), Face::Rear).expect("takes no unit");
    assert_eq!(used_height(&layout, &table), RackUnits::from_units(1.0));
    assert_eq!(HalfUnits(1).to_string(), "U1.5");
}

#[test]
fn a_rack_cannot_shrink_below_what_is_mounted() {
    let table = servers();
    let layout =
        place(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("two"), at(41), Face::Front).expect("free");
    let refused = resize(&layout, &table, 42, 2).expect_err("the top is taken");
    assert_eq!(refused, Problem::OutsideRack { top: HalfUnits(84), usable: HalfUnits(80) });
    assert_eq!(resize(&layout, &table, 48, 2).map(|layout| layout.height_units), Ok(48));
}

#[test]
fn a_layout_from_a_file_is_checked_placement_by_placement() {
    let placement = |key, slug: &str, bottom| Placement {
        key: PlacementKey(key),
        server: id(slug),
        bottom,
        face: Face::Front,
        serves: None,
    };
    let layout = RackLayout {
        placements: vec![
            placement(1, "two", at(1)),
            placement(2, "two", at(2)),
            placement(3, "gone", at(9)),
            placement(4, "one", HalfUnits(u32::MAX)),
        ],
        ..RackLayout::empty("R", u32::MAX)
    };
    let wrong: Vec<_> = misplaced(&layout, &limits(1e6), &servers()).into_iter().map(|(key, _)| key.0).collect();
    assert_eq!(wrong, [2, 3, 4]);
}

#[test]
fn keys_stay_apart_even_after_the_last_number() {
    let table = servers();
    let mut layout =
        place(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("one"), at(1), Face::Front).expect("free");
    layout.placements[0].key = PlacementKey(u32::MAX);
    let (full, _) = fill(&layout, &limits(1e6), &table, &id("one"), 100);
    let keys: std::collections::HashSet<_> = full.placements.iter().map(|placement| placement.key).collect();
    assert_eq!((keys.len(), full.placements.len()), (42, 42));
}

/// A small generator of its own, so that a failing seed can be run again on any machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u32) -> u32 {
        // Splitmix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % u64::from(n)) as u32
    }
}

/// Counts every half unit of both faces one by one: another way to look for overlaps than the code's.
fn overlaps(layout: &RackLayout, table: &Table<Server>) -> bool {
    let mut seen = std::collections::HashSet::new();
    layout.placements.iter().any(|placement| {
        let server = table.get(&placement.server).expect("known");
        let height = (server.height.as_units() * 2.0) as u32;
        let both = [Face::Front, Face::Rear];
        let faces = both.iter().filter(|face| server.full_depth || **face == placement.face);
        let mut cells = Vec::new();
        for face in faces {
            cells.extend((0..height).map(|step| (placement.bottom.0 + step, *face)));
        }
        cells.into_iter().any(|cell| cell.0 >= layout.usable().0 || !seen.insert(cell))
    })
}

#[test]
fn no_layout_overlaps_or_exceeds_its_limits_after_any_sequence_of_edits() {
    let table = servers();
    let slugs = ["two", "one", "half", "low", "eight", "ten", "pdu"];
    for seed in 0..200 {
        let mut random = Random(seed);
        let limits = RackLimits {
            weight: Some(Kilograms::from_kilograms(f64::from(200 + random.below(400)))),
            ..limits(f64::from(2_000 + random.below(20_000)))
        };
        let mut layout =
            RackLayout { reserved_units: random.below(4), ..RackLayout::empty("R", 20 + random.below(33)) };
        for _ in 0..120 {
            let before = layout.clone();
            let slug = id(slugs[random.below(7) as usize]);
            let bottom = HalfUnits(random.below(110));
            let face = if random.below(2) == 0 { Face::Front } else { Face::Rear };
            let key = PlacementKey(random.below(40));
            let edited = match random.below(8) {
                0..=3 => place(&layout, &limits, &table, &slug, bottom, face),
                4 | 5 => move_to(&layout, &limits, &table, key, bottom, face),
                6 => remove(&layout, key),
                _ => Ok(fill(&layout, &limits, &table, &slug, random.below(4)).0),
            };
            assert_eq!(layout, before, "an edit never touches the old layout");
            layout = edited.unwrap_or(layout);
            assert!(!overlaps(&layout, &table), "seed {seed}: {layout:?}");
            assert!(misplaced(&layout, &limits, &table).is_empty(), "seed {seed}");
            let keys: std::collections::HashSet<_> = layout.placements.iter().map(|placement| placement.key).collect();
            assert_eq!(keys.len(), layout.placements.len(), "seed {seed}");
        }
    }
}

#[test]
fn undo_by_the_opposite_edit_restores_exactly() {
    let table = servers();
    let (layout, _) = fill(&RackLayout::empty("R", 42), &limits(5_000.0), &table, &id("two"), 5);
    let placed = place(&layout, &limits(5_000.0), &table, &id("one"), at(30), Face::Front).expect("free");
    let key = placed.placements.last().expect("the new one").key;
    assert_eq!(remove(&placed, key).expect("mounted"), layout);
    let moved = move_to(&placed, &limits(5_000.0), &table, key, at(20), Face::Front).expect("free");
    assert_eq!(move_to(&moved, &limits(5_000.0), &table, key, at(30), Face::Front).expect("free"), placed);
    assert_eq!(fits_at(&placed, &limits(5_000.0), &table, &id("one"), at(30), Face::Front, Some(key)), Ok(()));
}

#[test]
fn many_move_together_or_not_at_all() {
    let table = servers();
    let (layout, _) = fill(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("two"), 3);
    let keys: Vec<PlacementKey> = layout.placements.iter().map(|placement| placement.key).collect();
    // One unit up: each lands where its neighbour still stands, yet all of them together fit.
    let up = move_many(&layout, &limits(1e6), &table, &keys, 2).expect("room above");
    let bottoms: Vec<u32> = up.placements.iter().map(|placement| placement.bottom.unit()).collect();
    assert_eq!(bottoms, [2, 4, 6]);
    assert_eq!(move_many(&up, &limits(1e6), &table, &keys, -2), Ok(layout.clone()));
    assert!(move_many(&layout, &limits(1e6), &table, &keys, -1).is_err(), "below the floor");
    assert!(move_many(&layout, &limits(1e6), &table, &keys, 80).is_err(), "above the top");
    assert!(move_many(&layout, &limits(1e6), &table, &keys[..1], 2).is_err(), "into one that stays");
    assert_eq!(remove_many(&layout, &keys).map(|layout| layout.placements.len()), Ok(0));
    assert!(remove_many(&layout, &[PlacementKey(99)]).is_err());
}

#[test]
fn a_duplicate_goes_to_the_lowest_free_unit_of_the_same_face() {
    let table = servers();
    let layout =
        place(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("half"), at(3), Face::Rear).expect("free");
    let key = layout.placements[0].key;
    let (more, stopped) = duplicate(&layout, &limits(1e6), &table, key, 3);
    let found: Vec<_> = more.placements.iter().map(|placement| (placement.bottom.unit(), placement.face)).collect();
    assert_eq!(found, [(3, Face::Rear), (1, Face::Rear), (2, Face::Rear), (4, Face::Rear)]);
    assert_eq!(stopped, None);
    let (full, stopped) = duplicate(&layout, &limits(250.0), &table, key, 3);
    assert_eq!(full.placements.len(), 2);
    assert!(matches!(stopped, Some(Problem::TooMuchPower { .. })));
}

#[test]
fn filling_is_placing_one_by_one_at_the_lowest_free_unit() {
    let table = servers();
    for seed in 0..100 {
        let mut random = Random(seed);
        let limits = limits(f64::from(3_000 + random.below(12_000)));
        let mut layout = RackLayout::empty("R", 42);
        for _ in 0..random.below(12) {
            let bottom = HalfUnits(random.below(80));
            layout = place(&layout, &limits, &table, &id("one"), bottom, Face::Front).unwrap_or(layout);
        }
        let mut by_hand = layout.clone();
        while let Some(next) =
            (1..=42).find_map(|unit| place(&by_hand, &limits, &table, &id("two"), at(unit), Face::Front).ok())
        {
            by_hand = next;
        }
        assert_eq!(fill(&layout, &limits, &table, &id("two"), 1000).0, by_hand, "seed {seed}");
    }
}
