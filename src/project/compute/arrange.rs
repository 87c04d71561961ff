//! What stands in each rack: the hand-placed servers, and those that fill the rest.

use crate::catalog::{Catalog, Server, ServerId};
use crate::project::{PlanProblem, Project, Severity};
use crate::rack::weight::Load;
use crate::rack::{self, FeedLoads, FitCount, FitQuestion, HalfUnits, MOST_UNITS, Problem, RackLayout, RackLimits};
use crate::units::{Kilograms, Watts};

/// A rack with everything in it, before any model is chosen.
#[derive(Clone)]
pub(super) struct Arranged<'a> {
    pub(super) layout: RackLayout,
    pub(super) placed_by_hand: usize,
    pub(super) limits: RackLimits,
    /// By kind, in order of first appearance.
    pub(super) groups: Vec<(&'a Server, u32)>,
    pub(super) fill_count: Option<FitCount>,
    pub(super) fill_stopped_by: Option<Problem>,
    pub(super) load: Load,
    pub(super) feeds: Option<FeedLoads>,
    pub(super) without_power: u32,
    pub(super) used_units: f64,
    pub(super) problems: Vec<PlanProblem>,
}

/// The limits that hold in one rack.
pub(in crate::project) fn limits(project: &Project, catalog: &Catalog, layout: &RackLayout) -> RackLimits {
    let rack_type = layout.rack_type.as_ref().and_then(|id| catalog.rack_types.get(id));
    RackLimits {
        power: Some(project.racks.usable_power()),
        weight: rack_type.and_then(|rack_type| rack_type.static_load),
        depth: rack_type.and_then(|rack_type| rack_type.depth),
        power_mode: project.racks.power_mode,
        per_server_cap: project.racks.per_server_cap,
    }
}

/// Every rack. A rack like the one before it is not worked out again: rows of equal racks are the usual case.
pub(super) fn all<'a>(project: &Project, catalog: &'a Catalog) -> Vec<Arranged<'a>> {
    let mut arranged: Vec<Arranged<'a>> = Vec::with_capacity(project.racks.layouts.len());
    for (at, layout) in project.racks.layouts.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|at| project.racks.layouts.get(at).zip(arranged.get(at)));
        let rack = match before {
            Some((twin, done)) if same_but_for_the_name(twin, layout) => {
                let mut copy = done.clone();
                copy.layout.name.clone_from(&layout.name);
                copy.problems.iter_mut().for_each(|problem| problem.place.clone_from(&layout.name));
                copy
            }
            _ => one(project, catalog, layout),
        };
        arranged.push(rack);
    }
    arranged
}

fn same_but_for_the_name(a: &RackLayout, b: &RackLayout) -> bool {
    a.rack_type == b.rack_type
        && a.height_units == b.height_units
        && a.reserved_units == b.reserved_units
        && a.placements == b.placements
}

fn one<'a>(project: &Project, catalog: &'a Catalog, layout: &RackLayout) -> Arranged<'a> {
    let limits = limits(project, catalog, layout);
    let problem = |severity, message| PlanProblem { severity, place: layout.name.clone(), message };
    let mut problems: Vec<PlanProblem> = rack::misplaced(layout, &limits, &catalog.servers)
        .into_iter()
        .map(|(key, why)| {
            let what = layout.get(key).map_or_else(String::new, |placement| {
                let name =
                    catalog.servers.get(&placement.server).map_or(placement.server.as_str(), |server| &server.name);
                format!("{name} at {}: ", placement.bottom)
            });
            problem(Severity::Error, format!("{what}{why}"))
        })
        .collect();
    let (mut filled, mut fill_stopped_by, mut fill_count) = (layout.clone(), None, None);
    if let Some(server) = &project.racks.fill {
        // What takes no unit would never fill it.
        let most = if takes_units(catalog, server) { MOST_UNITS * 2 } else { 0 };
        (filled, fill_stopped_by) = rack::fill(layout, &limits, &catalog.servers, server, most);
        if most == 0 {
            problems
                .push(problem(Severity::Error, format!("`{server}` takes no rack unit, so it cannot fill the rack")));
        }
        fill_count = catalog.servers.get(server).map(|server| count(layout, &limits, catalog, server));
        if let (true, Some(why)) = (filled.placements.len() == layout.placements.len(), &fill_stopped_by)
            && layout.placements.is_empty()
        {
            problems.push(problem(Severity::Error, nothing_fits(catalog, server, fill_count, why)));
        }
    }
    let groups = group(&filled, catalog);
    let rack_type = layout.rack_type.as_ref().and_then(|id| catalog.rack_types.get(id));
    let count_where =
        |lacks: fn(&Server) -> bool| groups.iter().filter(|(server, _)| lacks(server)).map(|(_, n)| n).sum();
    Arranged {
        placed_by_hand: layout.placements.len(),
        limits,
        fill_count,
        fill_stopped_by,
        load: rack::weight::load(&filled, rack_type, &catalog.servers),
        feeds: project.racks.feeds.map(|feeds| feeds.loads(&filled, &limits, &catalog.servers)),
        without_power: count_where(|server| server.power.planned().is_none()),
        used_units: rack::used_height(&filled, &catalog.servers).as_units(),
        problems,
        groups,
        layout: filled,
    }
}

/// Whether it stands in the slots; true for what the catalog does not know, which is refused elsewhere.
fn takes_units(catalog: &Catalog, server: &ServerId) -> bool {
    catalog.servers.get(server).is_none_or(|server| HalfUnits::covering(server.height) > HalfUnits(0))
}

/// How many of the filling server go into what is left, by arithmetic.
fn count(layout: &RackLayout, limits: &RackLimits, catalog: &Catalog, server: &Server) -> FitCount {
    let mounted = || layout.placements.iter().filter_map(|placement| catalog.servers.get(&placement.server));
    rack::fit_count(&FitQuestion {
        height: server.height,
        power: rack::planned_power(server, limits),
        weight: server.weight,
        usable_height: layout.usable().to_units() - rack::used_height(layout, &catalog.servers),
        usable_power: limits
            .power
            .map(|power| power - mounted().filter_map(|server| rack::planned_power(server, limits)).sum::<Watts>()),
        usable_weight: limits
            .weight
            .map(|weight| weight - mounted().filter_map(|server| server.weight).sum::<Kilograms>()),
    })
}

fn nothing_fits(catalog: &Catalog, server: &ServerId, count: Option<FitCount>, why: &Problem) -> String {
    let name = catalog.servers.get(server).map_or(server.as_str(), |server| &server.name);
    match count.and_then(|count| count.one_exceeds_power_by) {
        Some(missing) => format!(
            "one {name} exceeds the rack's budget by {:.0} W: raise the budget, cap the server, or choose another",
            missing.as_watts()
        ),
        None => format!("no {name} fits: {why}"),
    }
}

fn group<'a>(layout: &RackLayout, catalog: &'a Catalog) -> Vec<(&'a Server, u32)> {
    let mut groups: Vec<(&'a Server, u32)> = Vec::new();
    for placement in &layout.placements {
        // Neighbours are mostly alike: look at the last group before asking the catalog.
        match groups.iter_mut().rev().find(|(server, _)| server.id == placement.server) {
            Some((_, count)) => *count += 1,
            None => groups.extend(catalog.servers.get(&placement.server).map(|server| (server, 1))),
        }
    }
    groups
}

/// Every kind of server in all racks with its count, in order of first appearance.
pub(super) fn kinds<'a>(racks: &[Arranged<'a>]) -> Vec<(&'a Server, u32)> {
    let mut kinds: Vec<(&'a Server, u32)> = Vec::new();
    for (server, count) in racks.iter().flat_map(|rack| rack.groups.iter().copied()) {
        match kinds.iter_mut().find(|(kind, _)| kind.id == server.id) {
            Some((_, all)) => *all = all.saturating_add(count),
            None => kinds.push((server, count)),
        }
    }
    kinds
}
