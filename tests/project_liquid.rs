//! Servers that air alone does not cool, whatever the rack draws.

mod project_support;

use project_support::{after, catalog};
use sizewright::catalog::ServerId;
use sizewright::project::Outcome;
use sizewright::rack::cooling::{CoolingKind, RoomCooling};
use sizewright::units::Watts;

const TRAY: &str = "nvidia-gb200-nvl72-compute-tray";

/// The default plan's rack of 14 kW, less than open aisles carry away, with other servers and this cooling.
fn filled_with(fill: &str, room: Option<CoolingKind>) -> Outcome {
    after(|plan| {
        plan.racks.fill = Some(ServerId::new(fill));
        plan.racks.power_budget = Watts::from_kilowatts(14.0);
        plan.racks.cooling = room.map(RoomCooling::usual);
    })
}

fn said(outcome: &Outcome) -> bool {
    outcome
        .problems
        .iter()
        .any(|problem| problem.place == "Rack 1" && problem.message.contains("cooled by liquid alone"))
}

#[test]
fn trays_that_take_liquid_are_not_served_by_air_however_little_they_draw() {
    for room in [None, Some(CoolingKind::Air), Some(CoolingKind::ContainedAir)] {
        let out = filled_with(TRAY, room);
        let rack = &out.racks[0];
        assert_eq!((rack.liquid_only, rack.cooling), (2, CoolingKind::Liquid), "{room:?}");
        assert!(said(&out), "{room:?}: {:#?}", out.problems);
    }
    assert!(!said(&filled_with(TRAY, Some(CoolingKind::Liquid))), "it has what it takes");
}

#[test]
fn servers_of_which_nothing_is_said_are_cooled_by_air() {
    let out = filled_with("nvidia-dgx-h100", None);
    assert_eq!((out.racks[0].liquid_only, out.racks[0].cooling), (0, CoolingKind::Air));
    assert!(!said(&out));
}

#[test]
fn the_catalog_says_so_of_those_servers_whose_makers_do() {
    let liquid: Vec<&str> =
        catalog().servers.iter().filter(|server| server.needs_liquid()).map(|server| server.id.as_str()).collect();
    assert_eq!(liquid, [TRAY, "supermicro-as-4126gs-nmr-lcc-8x-mi355x"]);
    for server in catalog().servers.iter() {
        let words = format!("{} {}", server.name, server.notes.as_deref().unwrap_or_default()).to_lowercase();
        assert_eq!(server.needs_liquid(), words.contains("liquid cooled"), "{}", server.id);
    }
}
