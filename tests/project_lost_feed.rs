//! What is left when a feed is lost: whichever is, by cords and breakers.

use sizewright::catalog::{Catalog, PowerSupplies, Server, ServerId};
use sizewright::project::{Outcome, Project, SessionsLeft, outcome};
use sizewright::rack::{Face, Feed, Feeds, HalfUnits, Phases, Redundancy, Region, place};
use sizewright::units::{Amperes, Volts, Watts};

const SINGLE: &str = "single-corded";

/// The built-in catalog with the demo's server once more, on one cord.
fn catalog() -> Catalog {
    let mut catalog = Catalog::builtin().expect("the built-in catalog is sound").clone();
    let demo = catalog.servers.get(&ServerId::new("ampere-2u-ampereone-a192")).expect("the demo's server");
    let supplies = Some(PowerSupplies { count: 1, redundant: 0, rating: None });
    catalog.servers.put(Server { id: ServerId::new(SINGLE), power_supplies: supplies, ..demo.clone() });
    catalog
}

/// The default plan with feeds, and so many single-corded servers at the bottom.
fn plan(catalog: &Catalog, redundancy: Redundancy, singles: u32) -> Project {
    let mut plan = Project::default_plan(catalog);
    plan.racks.feeds = Some(Feeds {
        region: Region::Iec,
        voltage: Volts::from_volts(400.0),
        breaker: Amperes::from_amperes(32.0),
        phases: Phases::Three,
        power_factor: 0.98,
        planning_share: 0.8,
        redundancy,
    });
    for at in 0..singles {
        let limits = plan.rack_limits(catalog, &plan.racks.layouts[0]);
        let bottom = HalfUnits::floor_of(1 + 2 * at);
        let layout = &plan.racks.layouts[0];
        let id = ServerId::new(SINGLE);
        plan.racks.layouts[0] = place(layout, &limits, &catalog.servers, &id, bottom, Face::Front).expect("free");
    }
    plan
}

fn left(outcome: &Outcome) -> (u32, Option<u32>) {
    let SessionsLeft { without_a, without_b } = outcome.sessions_left.expect("the plan has feeds");
    (without_a, without_b)
}

#[test]
fn servers_with_a_cord_on_either_feed_outlive_each() {
    let catalog = catalog();
    let out = outcome(&plan(&catalog, Redundancy::AAndB, 0), &catalog);
    let all = out.total.sessions.likely;
    assert_eq!(left(&out), (all, Some(all)));
    assert_eq!(outcome(&Project::default_plan(&catalog), &catalog).sessions_left, None, "no feeds");
}

#[test]
fn single_corded_servers_go_out_with_their_feed() {
    let catalog = catalog();
    // Three of twenty: two hang on A, one on B.
    let out = outcome(&plan(&catalog, Redundancy::AAndB, 3), &catalog);
    let each = out.total.sessions.likely / 20;
    assert_eq!(left(&out), (18 * each, Some(19 * each)));
    let feeds = out.racks[0].feeds.expect("feeds");
    assert_eq!((feeds.lost_with_a.as_watts(), feeds.lost_with_b.as_watts()), (1_250.0, 625.0));
    let (survivor, after) = feeds.worse_loss().expect("two feeds");
    assert_eq!((survivor, after.as_watts()), (Feed::A, 19.0 * 625.0), "A carries more after B than B after A");
    let lines = out.racks[0].lines.as_ref().expect("three phases");
    assert_eq!(lines.worse_loss().expect("two feeds").0, Feed::A);
}

#[test]
fn nothing_outlives_the_only_feed_and_half_of_two_that_add_up() {
    let catalog = catalog();
    let one = outcome(&plan(&catalog, Redundancy::Single, 0), &catalog);
    assert_eq!(left(&one), (0, None));
    let two = outcome(&plan(&catalog, Redundancy::TwoAdded, 0), &catalog);
    let half = two.total.sessions.likely / 2;
    assert_eq!(left(&two), (half, Some(half)));
}

#[test]
fn nothing_is_left_where_the_breaker_of_the_other_feed_goes_too() {
    let catalog = catalog();
    let mut plan = plan(&catalog, Redundancy::AAndB, 20);
    plan.racks.fill = None;
    // Ten on each feed draw 6.25 kW; together they would not pass through 10 kW, but nothing is shared.
    let limit = |plan: &mut Project, amperes: f64| {
        plan.racks.feeds.as_mut().expect("feeds").breaker = Amperes::from_amperes(amperes);
        outcome(plan, &catalog)
    };
    let all = outcome(&plan, &catalog).total.sessions.likely;
    assert_eq!(left(&limit(&mut plan, 20.0)), (all / 2, Some(all / 2)), "each feed holds its own");
    assert_eq!(left(&limit(&mut plan, 8.0)), (0, Some(0)), "a feed that cannot hold its own");
    for placement in &mut plan.racks.layouts[0].placements {
        placement.server = ServerId::new("ampere-2u-ampereone-a192");
    }
    assert_eq!(left(&limit(&mut plan, 20.0)), (0, Some(0)), "12.5 kW on a feed of 10.9");
}

#[test]
fn spare_servers_stand_in_for_those_that_go_out() {
    let catalog = catalog();
    let mut plan = plan(&catalog, Redundancy::AAndB, 20);
    plan.racks.fill = None;
    let each = outcome(&plan, &catalog).total.sessions.likely / 20;
    plan.racks.spare_servers = 8;
    assert_eq!(left(&outcome(&plan, &catalog)), (10 * each, Some(10 * each)), "ten of twelve");
    plan.racks.spare_servers = 12;
    assert_eq!(left(&outcome(&plan, &catalog)), (8 * each, Some(8 * each)), "all eight");
}

#[test]
fn racks_add_up_and_twins_are_alike() {
    let catalog = catalog();
    let mut plan = plan(&catalog, Redundancy::AAndB, 3);
    let mut second = plan.racks.layouts[0].clone();
    second.name = "Rack 2".to_owned();
    plan.racks.layouts.push(second);
    let out = outcome(&plan, &catalog);
    let [a, b] = [0, 1].map(|at| out.racks[at].sessions_left.expect("feeds"));
    assert_eq!(a, b);
    assert_eq!(left(&out), (2 * a.without_a, a.without_b.map(|b| 2 * b)));
    assert!(out.racks[0].total.planned_power <= Watts::from_kilowatts(12.5));
}
