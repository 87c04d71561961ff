//! What a rack takes, what it refuses, and laws over seeded random racks.

mod rack_support;

use rack_support::server;
use sizewright::catalog::{FittedDevice, Server, ServerId, ServerRole, Table};
use sizewright::rack::{
    Bay, Face, HalfUnits, Placement, PlacementKey, Problem, RackLayout, RackLimits, Spot, close_free_units, duplicate,
    duplicate_many, fill, fill_face, fits_at, fits_in_bay, free_units, misplaced, move_many, move_to, move_to_bay,
    move_to_rack, nearest_place, place, place_in_bay, remove, remove_many, resize, turn_many, used_height,
    without_panels,
};
use sizewright::units::{Kilograms, Metres, RackUnits, Watts};

fn servers() -> Table<Server> {
    [
        server("two", 2.0, true, 625.0, 20.0),
        server("one", 1.0, true, 400.0, 15.0),
        server("half", 1.0, false, 100.0, 5.0),
        server("low", 0.5, false, 50.0, 2.0),
        server("eight", 8.0, true, 10_200.0, 130.0),
        server("ten", 10.0, true, 14_300.0, 142.0),
        server("pdu", 0.0, false, 0.0, 6.0),
        Server { bays: 3, role: ServerRole::Shelf, ..server("shelf", 2.0, true, 0.0, 3.0) },
        Server {
            devices: vec![FittedDevice { device: "chip".into(), count: 1 }],
            ..server("mini", 0.0, false, 65.0, 0.7)
        },
        Server { role: ServerRole::Switch, ..server("switch", 1.0, false, 100.0, 7.0) },
        Server { role: ServerRole::Blank, ..server("panel", 1.0, false, 0.0, 0.2) },
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
    let placement = |key, slug: &str, bottom| Placement::new(PlacementKey(key), id(slug), bottom, Face::Front);
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
        let limit = if matches!(server.role, ServerRole::Switch | ServerRole::Blank) {
            2 * layout.height_units
        } else {
            2 * (layout.height_units - layout.reserved_units)
        };
        cells.into_iter().any(|cell| cell.0 >= limit || !seen.insert(cell)) || wrong_bay(layout, placement, table)
    })
}

/// Whether something stands in a bay that is not there, beside its shelf, or together with another.
fn wrong_bay(layout: &RackLayout, placement: &Placement, table: &Table<Server>) -> bool {
    let Some(bay) = placement.bay else { return placement.server == id("mini") };
    let shelf = layout.placements.iter().find(|shelf| shelf.key == bay.shelf);
    let sharing = layout.placements.iter().filter(|other| other.bay == Some(bay)).count();
    let right = shelf.is_some_and(|shelf| {
        let bays = table.get(&shelf.server).expect("known").bays;
        (1..=bays).contains(&bay.number) && (shelf.bottom, shelf.face) == (placement.bottom, placement.face)
    });
    let no_height = table.get(&placement.server).is_some_and(|machine| machine.height == RackUnits::ZERO);
    !right || sharing != 1 || !no_height
}

#[test]
fn no_layout_overlaps_or_exceeds_its_limits_after_any_sequence_of_edits() {
    let table = servers();
    for seed in 0..200 {
        let mut random = Random(seed);
        let limits = RackLimits {
            weight: Some(Kilograms::from_kilograms(f64::from(200 + random.below(400)))),
            ..limits(f64::from(2_000 + random.below(20_000)))
        };
        let empty = |random: &mut Random| RackLayout {
            reserved_units: random.below(4),
            ..RackLayout::empty("R", 20 + random.below(33))
        };
        let mut racks = [empty(&mut random), empty(&mut random)];
        for _ in 0..160 {
            let before = racks.clone();
            let at = random.below(2) as usize;
            match any_edit(&mut random, &racks, at, &limits, &table) {
                Ok(edited) => {
                    assert_eq!(racks, before, "an edit never touches the old layout");
                    racks = edited;
                }
                Err(_) => assert_eq!(racks, before),
            }
            for layout in &racks {
                assert!(!overlaps(layout, &table), "seed {seed}: {layout:?}");
                let wrong = misplaced(layout, &limits, &table);
                assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
                let keys: std::collections::HashSet<_> =
                    layout.placements.iter().map(|placement| placement.key).collect();
                assert_eq!(keys.len(), layout.placements.len(), "seed {seed}");
            }
        }
    }
}

const SLUGS: [&str; 11] = ["two", "one", "half", "low", "eight", "ten", "pdu", "shelf", "mini", "switch", "panel"];

/// One random edit of one of two racks: at both faces, in bays, of one or several, or from one rack to the other.
fn any_edit(
    random: &mut Random,
    racks: &[RackLayout; 2],
    at: usize,
    limits: &RackLimits,
    table: &Table<Server>,
) -> Result<[RackLayout; 2], Problem> {
    let layout = &racks[at];
    let slug = id(SLUGS[random.below(11) as usize]);
    let bottom = HalfUnits(random.below(110));
    let face = if random.below(2) == 0 { Face::Front } else { Face::Rear };
    let key = PlacementKey(random.below(40));
    let bay = Bay { shelf: PlacementKey(random.below(20)), number: random.below(5) };
    let times = random.below(4);
    let keys: Vec<PlacementKey> =
        layout.placements.iter().filter(|_| random.below(3) == 0).map(|placement| placement.key).collect();
    let edited = match random.below(16) {
        0..=3 => place(layout, limits, table, &slug, bottom, face)?,
        4 => place(layout, limits, table, &id("shelf"), bottom, face)?,
        5 => place_in_bay(layout, limits, table, &id("mini"), bay)?,
        6 => move_to(layout, limits, table, key, bottom, face)?,
        7 => move_to_bay(layout, limits, table, key, bay)?,
        8 => remove(layout, key)?,
        9 => fill_face(layout, limits, table, &slug, face, times).0,
        10 => move_many(layout, limits, table, &keys, times as i32 * 2 - 3)?,
        11 => turn_many(layout, limits, table, &keys)?,
        12 => duplicate_many(layout, limits, table, &keys[..keys.len().min(3)], times).0,
        13 => close_free_units(layout, layout, limits, table, &id("panel")).0,
        14 => place(&without_panels(layout, table, &slug, bottom, face), limits, table, &slug, bottom, face)?,
        _ => {
            let spot = if times == 0 { Spot::Bay(bay) } else { Spot::Slot(bottom, face) };
            let (from, to) = move_to_rack(layout, &racks[1 - at], limits, table, key, spot)?;
            return Ok(if at == 0 { [from, to] } else { [to, from] });
        }
    };
    let mut new = racks.clone();
    new[at] = edited;
    Ok(new)
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

#[test]
fn no_limit_removed_ever_lowers_what_fits() {
    let table = servers();
    for seed in 0..200 {
        let mut random = Random(seed);
        let tight = RackLimits {
            heat: Some(Watts::from_watts(f64::from(1_000 + random.below(20_000)))),
            weight: Some(Kilograms::from_kilograms(f64::from(100 + random.below(500)))),
            depth: Some(Metres::from_millimetres(f64::from(700 + random.below(300)))),
            ..limits(f64::from(1_000 + random.below(20_000)))
        };
        let mut racks = [RackLayout::empty("A", 20 + random.below(33)), RackLayout::empty("B", 42)];
        for _ in 0..20 {
            racks = any_edit(&mut random, &racks, 0, &tight, &table).unwrap_or(racks);
        }
        let slug = id(SLUGS[random.below(11) as usize]);
        // Of this one: panels make way for it.
        let of = |full: RackLayout| full.placements.iter().filter(|placed| placed.server == slug).count();
        let count = |limits: &RackLimits| of(fill(&racks[0], limits, &table, &slug, 200).0);
        let with_all = count(&tight);
        for fewer in [
            RackLimits { power: None, ..tight },
            RackLimits { heat: None, ..tight },
            RackLimits { weight: None, ..tight },
            RackLimits { depth: None, ..tight },
            RackLimits::default(),
        ] {
            assert!(count(&fewer) >= with_all, "seed {seed}: {slug:?} with {fewer:?}");
        }
        let higher = RackLayout { height_units: racks[0].height_units + 3, ..racks[0].clone() };
        assert!(of(fill(&higher, &tight, &table, &slug, 200).0) >= with_all, "seed {seed}: higher");
    }
}

#[test]
fn what_is_done_to_many_is_undone_exactly_by_its_opposite() {
    let table = servers();
    for seed in 0..200 {
        let mut random = Random(seed);
        let mut racks = [RackLayout::empty("A", 42), RackLayout::empty("B", 42)];
        for _ in 0..40 {
            racks = any_edit(&mut random, &racks, 0, &limits(1e6), &table).unwrap_or(racks);
        }
        let keys: Vec<PlacementKey> = racks[0].placements.iter().map(|placement| placement.key).collect();
        for step in [1, -1, 4] {
            if let Ok(moved) = move_many(&racks[0], &limits(1e6), &table, &keys, step) {
                assert_eq!(
                    move_many(&moved, &limits(1e6), &table, &keys, -step).as_ref(),
                    Ok(&racks[0]),
                    "seed {seed}"
                );
            }
        }
        let turned = turn_many(&racks[0], &limits(1e6), &table, &keys).expect("all of them fit at the other face too");
        assert_eq!(turn_many(&turned, &limits(1e6), &table, &keys).as_ref(), Ok(&racks[0]), "seed {seed}");
    }
}

#[test]
fn a_shelf_holds_as_many_machines_as_it_has_bays_and_takes_them_along() {
    let (table, limits) = (servers(), limits(1e6));
    let empty = RackLayout::empty("R", 42);
    assert_eq!(place(&empty, &limits, &table, &id("mini"), at(1), Face::Front), Err(Problem::NeedsBay));
    let mut layout = place(&empty, &limits, &table, &id("shelf"), at(5), Face::Rear).expect("free");
    let shelf = layout.placements[0].key;
    let bay = |number| Bay { shelf, number };
    for number in [1, 3] {
        layout = place_in_bay(&layout, &limits, &table, &id("mini"), bay(number)).expect("an empty bay");
    }
    for (slug, number, sentence) in [
        ("mini", 1, "MINI stands in bay 1 already"),
        ("mini", 4, "there is no bay 4: the shelf has 3"),
        ("one", 2, "it is 1.00 U high, and bays hold what takes no rack unit"),
    ] {
        let refused = fits_in_bay(&layout, &limits, &table, &id(slug), bay(number), None).expect_err(sentence);
        assert_eq!(refused.to_string(), sentence);
    }
    // The weight of what stands in bays is the shelf's: 3 kg and twice 0.7 kg around 5 U.
    let load = sizewright::rack::weight::load(&layout, None, &table);
    assert_eq!((load.mounted.as_kilograms(), load.centre_of_mass), (4.4, Some(RackUnits::from_units(5.0))));
    let moved = move_to(&layout, &limits, &table, shelf, at(20), Face::Front).expect("free");
    assert!(moved.placements.iter().all(|placement| (placement.bottom, placement.face) == (at(20), Face::Front)));
    assert_eq!(move_to(&moved, &limits, &table, shelf, at(5), Face::Rear), Ok(layout.clone()));
    assert_eq!(remove(&layout, shelf).map(|rest| rest.placements.len()), Ok(0), "nothing stands in the air");
    assert_eq!(used_height(&layout, &table), RackUnits::from_units(2.0));
    let (full, stopped) = fill(&layout, &limits, &table, &id("mini"), 9);
    assert_eq!((full.placements.len(), stopped), (4, Some(Problem::NoFreeBay { bays: 3 })));
}

#[test]
fn a_shelf_is_copied_with_what_stands_in_it_or_not_at_all() {
    let table = servers();
    let mut layout =
        place(&RackLayout::empty("R", 42), &limits(1e6), &table, &id("shelf"), at(1), Face::Front).expect("free");
    let shelf = layout.placements[0].key;
    for number in 1..=3 {
        layout = place_in_bay(&layout, &limits(1e6), &table, &id("mini"), Bay { shelf, number }).expect("empty");
    }
    let keys: Vec<PlacementKey> = layout.placements.iter().map(|placement| placement.key).collect();
    let (more, stopped) = duplicate_many(&layout, &limits(1e6), &table, &keys, 2);
    assert_eq!((more.placements.len(), stopped), (12, None), "the machines come once, with their shelf");
    // 585 W would be needed for three shelves; for two 390 W.
    let (more, stopped) = duplicate_many(&layout, &limits(500.0), &table, &keys, 2);
    assert_eq!(more.placements.len(), 8);
    assert!(matches!(stopped, Some(Problem::TooMuchPower { .. })));
}

#[test]
fn what_moves_to_another_rack_leaves_the_first_and_keeps_its_bays() {
    let table = servers();
    let mut from =
        place(&RackLayout::empty("A", 42), &limits(1e6), &table, &id("shelf"), at(1), Face::Front).expect("free");
    let shelf = from.placements[0].key;
    from = place_in_bay(&from, &limits(1e6), &table, &id("mini"), Bay { shelf, number: 2 }).expect("empty");
    let to = place(&RackLayout::empty("B", 42), &limits(1e6), &table, &id("one"), at(9), Face::Front).expect("free");
    let (left, arrived) =
        move_to_rack(&from, &to, &limits(1e6), &table, shelf, Spot::Slot(at(10), Face::Front)).expect("free");
    assert_eq!((left.placements.len(), arrived.placements.len()), (0, 3));
    assert_eq!(arrived.placements[2].bay.map(|bay| bay.number), Some(2));
    let refused = move_to_rack(&from, &to, &limits(1e6), &table, shelf, Spot::Slot(at(8), Face::Front));
    assert!(matches!(refused, Err(Problem::Overlap { .. })), "{refused:?}");
    let refused = move_to_rack(&from, &to, &limits(460.0), &table, shelf, Spot::Slot(at(10), Face::Front));
    assert!(matches!(refused, Err(Problem::TooMuchPower { .. })), "with what stands in it: {refused:?}");
}

#[test]
fn what_is_reserved_at_the_top_is_for_switches_and_panels() {
    let table = servers();
    let layout = RackLayout { reserved_units: 2, ..RackLayout::empty("R", 42) };
    assert!(place(&layout, &limits(1e6), &table, &id("one"), at(42), Face::Front).is_err());
    let with = place(&layout, &limits(1e6), &table, &id("switch"), at(42), Face::Rear).expect("reserved for it");
    assert_eq!(used_height(&with, &table), RackUnits::ZERO, "no unit that servers could use is taken");
    assert_eq!(fill(&with, &limits(1e6), &table, &id("one"), 100).0.placements.len(), 41);
    let (closed, stopped) = close_free_units(&with, &with, &limits(1e6), &table, &id("panel"));
    assert_eq!((closed.placements.len(), stopped), (43, None));
    assert!(free_units(&closed, &table, Face::Front).is_empty());
    assert_eq!(resize(&with, &table, 42, 0).map(|layout| layout.usable()), Ok(HalfUnits(84)));
    assert!(resize(&with, &table, 41, 0).is_err(), "the switch would stick out");
}

#[test]
fn a_panel_makes_way_for_a_server() {
    let (table, limits) = (servers(), limits(1e6));
    let empty = RackLayout::empty("R", 10);
    let (closed, _) = close_free_units(&empty, &empty, &limits, &table, &id("panel"));
    assert!(place(&closed, &limits, &table, &id("two"), at(3), Face::Front).is_err());
    let open = without_panels(&closed, &table, &id("two"), at(3), Face::Front);
    let with = place(&open, &limits, &table, &id("two"), at(3), Face::Front).expect("the panels made way");
    assert_eq!(with.placements.len(), 9, "eight panels and the server");
    let beside = without_panels(&closed, &table, &id("pdu"), HalfUnits(5), Face::Front);
    assert_eq!(beside, closed, "what takes no unit is in no panel's way");
}

#[test]
fn the_nearest_place_offered_is_free_and_no_free_one_is_nearer() {
    let table = servers();
    for seed in 0..200 {
        let mut random = Random(seed);
        let mut racks = [RackLayout::empty("A", 20 + random.below(33)), RackLayout::empty("B", 42)];
        for _ in 0..60 {
            racks = any_edit(&mut random, &racks, 0, &limits(1e5), &table).unwrap_or(racks);
        }
        let (layout, slug, wanted) = (&racks[0], id(SLUGS[random.below(6) as usize]), at(1 + random.below(40)));
        let fits = |unit, face| {
            let open = without_panels(layout, &table, &slug, at(unit), face);
            fits_at(&open, &limits(1e5), &table, &slug, at(unit), face, None).is_ok()
        };
        let distance = |place: HalfUnits| place.0.abs_diff(wanted.0);
        match nearest_place(layout, &limits(1e5), &table, &slug, wanted, Face::Front, None) {
            Some((place, face)) => {
                assert!(fits(place.unit(), face), "seed {seed}");
                let nearer = (1..60).find(|unit| fits(*unit, face) && distance(at(*unit)) < distance(place));
                assert_eq!(nearer, None, "seed {seed}");
            }
            None => assert!((1..60).all(|unit| !fits(unit, Face::Front) && !fits(unit, Face::Rear)), "seed {seed}"),
        }
    }
}
