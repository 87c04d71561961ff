//! What stands in each rack: the hand-placed servers, and those that fill the rest.

use super::mounted::{Kind, draws_counted};
use super::serve::runs_models;
use super::totals;
use crate::catalog::{Catalog, Server, ServerId};
use crate::project::{PlanProblem, Project, Severity};
use crate::rack::weight::Load;
use crate::rack::{
    self, Feed, FeedLoads, FitCount, FitQuestion, HalfUnits, Hangs, LineLoads, MOST_UNITS, Placement, PlacementKey,
    Problem, RackLayout, RackLimits,
};
use crate::sizing::Resource;
use crate::units::{Kilograms, Watts};

/// A rack with everything in it, before any model is chosen.
#[derive(Clone)]
pub(super) struct Arranged<'a> {
    pub(super) layout: RackLayout,
    pub(super) placed_by_hand: usize,
    /// By kind and by what they serve, in order of first appearance.
    pub(super) groups: Vec<Kind<'a>>,
    /// The rack before this one that is the same but for the name. `None`: none of the last few is.
    pub(super) twin: Option<usize>,
    pub(super) fill_count: Option<FitCount>,
    pub(super) fill_stopped_by: Option<Problem>,
    pub(super) load: Load,
    pub(super) feeds: Option<FeedLoads>,
    /// Of each group, how many have power after A and after B is lost; none where the plan has no feeds.
    pub(super) left: Vec<[u32; 2]>,
    pub(super) lines: Option<LineLoads>,
    pub(super) without_power: u32,
    pub(super) liquid_only: u32,
    pub(super) used_units: f64,
    pub(super) problems: Vec<PlanProblem>,
}

/// The limits that hold in one rack.
pub(in crate::project) fn limits(project: &Project, catalog: &Catalog, layout: &RackLayout) -> RackLimits {
    let rack_type = layout.rack_type.as_ref().and_then(|id| catalog.rack_types.get(id));
    RackLimits {
        power: Some(project.racks.budget_for_servers()),
        feed: project.racks.feeds.map(|feeds| feeds.rack_limit()),
        heat: project.racks.cooling.and_then(|room| room.limit()).map(|limit| limit.most),
        weight: rack_type.and_then(|rack_type| rack_type.static_load),
        depth: rack_type.and_then(|rack_type| rack_type.depth),
        ..draws_counted(project)
    }
}

/// So many distinct racks are looked back at for a twin: comparing all with all would take longer than it saves.
const LOOKED_BACK_AT: usize = 16; // the planner's own, 2026-11-29

/// Every rack. A rack like one before it is not worked out again: rows of equal racks are the usual case.
pub(super) fn all<'a>(project: &Project, catalog: &'a Catalog) -> Vec<Arranged<'a>> {
    let mut arranged: Vec<Arranged<'a>> = Vec::with_capacity(project.racks.layouts.len());
    let mut distinct: Vec<usize> = Vec::new();
    for (at, layout) in project.racks.layouts.iter().enumerate() {
        let looked_at = distinct.iter().rev().take(LOOKED_BACK_AT);
        let twin = looked_at.copied().find(|&before| {
            project.racks.layouts.get(before).is_some_and(|other| same_but_for_the_name(other, layout))
        });
        let rack = match twin.and_then(|twin| arranged.get(twin)) {
            Some(done) => {
                let mut copy = done.clone();
                copy.layout.name.clone_from(&layout.name);
                copy.problems.iter_mut().for_each(|problem| problem.place.clone_from(&layout.name));
                copy.twin = twin;
                copy
            }
            None => {
                distinct.push(at);
                one(project, catalog, layout)
            }
        };
        arranged.push(rack);
    }
    arranged
}

fn same_but_for_the_name(a: &RackLayout, b: &RackLayout) -> bool {
    a.rack_type == b.rack_type
        && a.height_units == b.height_units
        && a.reserved_units == b.reserved_units
        && a.numbered_from_top == b.numbered_from_top
        && a.placements == b.placements
}

/// A rack with what fills it, and what stopped the filling. `None`: nothing fills it.
fn filled(
    project: &Project,
    catalog: &Catalog,
    layout: &RackLayout,
    limits: &RackLimits,
) -> (RackLayout, Option<Problem>) {
    let Some(server) = &project.racks.fill else { return (layout.clone(), None) };
    // What takes no unit would never fill it.
    let most = if takes_units(catalog, server) { MOST_UNITS * 2 } else { 0 };
    let (mut filled, stopped_by) = rack::fill(layout, limits, &catalog.servers, server, most);
    for placement in filled.placements.iter_mut().filter(|placement| layout.get(placement.key).is_none()) {
        placement.serves = project.racks.fill_serves;
    }
    (filled, stopped_by)
}

/// What is mounted in all racks by kind, and what stops one server more in each: all that sessions follow from, in a small
/// part of the time of [`all`].
pub(super) fn counted<'a>(project: &Project, catalog: &'a Catalog) -> (Vec<Kind<'a>>, Option<Resource>) {
    let layouts = &project.racks.layouts;
    let mut distinct: Vec<(usize, Vec<Kind<'a>>, Option<Resource>)> = Vec::new();
    let (mut kinds, mut stopped) = (Vec::new(), Vec::with_capacity(layouts.len()));
    for (at, layout) in layouts.iter().enumerate() {
        let before = distinct.iter().rev().take(LOOKED_BACK_AT);
        let twin = before
            .into_iter()
            .find(|(other, ..)| layouts.get(*other).is_some_and(|other| same_but_for_the_name(other, layout)));
        let (groups, stops) = match twin {
            Some((_, groups, stops)) => (groups.clone(), *stops),
            None => {
                let (filled, stopped_by) = filled(project, catalog, layout, &limits(project, catalog, layout));
                let groups = group(project, &filled, catalog);
                let stops = stopped_by.and_then(|problem| totals::stopped_by(project, &problem));
                distinct.push((at, groups.clone(), stops));
                (groups, stops)
            }
        };
        add_kinds(&mut kinds, &groups);
        stopped.push(stops);
    }
    (kinds, totals::most_often(stopped))
}

fn one<'a>(project: &Project, catalog: &'a Catalog, layout: &RackLayout) -> Arranged<'a> {
    let limits = limits(project, catalog, layout);
    let problem = |severity, message| PlanProblem { severity, place: layout.name.clone(), message };
    let mut problems: Vec<PlanProblem> = rack::misplaced(layout, &limits, &catalog.servers)
        .into_iter()
        .map(|(key, why)| {
            let what = layout.get(key).map_or_else(String::new, |placement| {
                let server = catalog.servers.get(&placement.server);
                let name = server.map_or(placement.server.as_str(), |server| &server.name);
                let height = server.map(|server| HalfUnits::covering(server.height)).unwrap_or_default();
                format!("{name} at {}: ", layout.painted_place(placement.bottom, height))
            });
            problem(Severity::Error, format!("{what}{}", why.painted(layout, &catalog.servers)))
        })
        .collect();
    let (filled, fill_stopped_by) = filled(project, catalog, layout, &limits);
    // Panels may have made way.
    let placed_by_hand = filled.placements.iter().filter(|placement| layout.get(placement.key).is_some()).count();
    let mut fill_count = None;
    if let Some(id) = &project.racks.fill {
        if !takes_units(catalog, id) {
            problems.push(problem(Severity::Error, format!("`{id}` takes no rack unit, so it cannot fill the rack")));
        }
        let server = catalog.servers.get(id);
        fill_count = server.map(|server| count(layout, &limits, catalog, server));
        let beyond_an_empty_rack = || {
            let exceeds =
                |draw: Option<Watts>, limit: Option<Watts>| draw.zip(limit).is_some_and(|(draw, most)| draw > most);
            let planned = server.and_then(|server| rack::planned_power(server, &limits));
            let full = server.and_then(|server| rack::breaker_power(server, &limits));
            exceeds(planned, limits.power) || exceeds(planned, limits.heat) || exceeds(full, limits.feed)
        };
        let models_by_hand = || {
            let mut mounted = layout.placements.iter().filter_map(|placement| catalog.servers.get(&placement.server));
            mounted.any(runs_models)
        };
        // Beside servers mounted by hand there may just be no room left; beside a switch alone something is wrong.
        if let Some(why) = &fill_stopped_by
            && filled.placements.len() == placed_by_hand
            && (beyond_an_empty_rack() || !models_by_hand())
        {
            // Of the feeds the reason says itself what is missing.
            let missing = fill_count.filter(|_| !matches!(why, Problem::TooMuchForFeeds { .. }));
            let why = why.painted(layout, &catalog.servers);
            problems.push(problem(Severity::Error, nothing_fits(catalog, id, layout, missing, &why)));
        }
    }
    let groups = group(project, &filled, catalog);
    let feeds = project.racks.feeds.map(|feeds| feeds.loads(&filled, &limits, &catalog.servers));
    let hung = project.racks.feeds.map(|feeds| feeds.hung(&filled, &limits, &catalog.servers));
    let left = feeds.zip(hung).map(|(loads, hung)| left(project, &filled, &groups, &loads, &hung));
    let rack_type = layout.rack_type.as_ref().and_then(|id| catalog.rack_types.get(id));
    let count_where =
        |lacks: fn(&Server) -> bool| groups.iter().filter(|kind| lacks(kind.server)).map(|kind| kind.count).sum();
    Arranged {
        placed_by_hand,
        twin: None,
        fill_count,
        fill_stopped_by,
        load: rack::weight::load(&filled, rack_type, &catalog.servers),
        feeds,
        left: left.unwrap_or_default(),
        lines: project.racks.feeds.and_then(|feeds| feeds.lines(&filled, &limits, &catalog.servers)),
        without_power: count_where(|server| server.power.is_without_draw()),
        liquid_only: count_where(Server::needs_liquid),
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
    let layout = &*rack::without_all_panels(layout, &catalog.servers, server.role);
    let mounted = || layout.placements.iter().filter_map(|placement| catalog.servers.get(&placement.server));
    let left = |limit: Option<Watts>, drawn: fn(&Server, &RackLimits) -> Option<Watts>| {
        limit.map(|limit| limit - mounted().filter_map(|server| drawn(server, limits)).sum::<Watts>())
    };
    rack::fit_count(&FitQuestion {
        height: server.height,
        power: rack::planned_power(server, limits),
        full_power: rack::breaker_power(server, limits),
        weight: server.weight,
        usable_height: layout.usable().to_units() - rack::used_height(layout, &catalog.servers),
        usable_power: left(limits.power, rack::planned_power),
        usable_feed: left(limits.feed, rack::breaker_power),
        usable_heat: left(limits.heat, rack::planned_power),
        usable_weight: limits
            .weight
            .map(|weight| weight - mounted().filter_map(|server| server.weight).sum::<Kilograms>()),
    })
}

fn nothing_fits(
    catalog: &Catalog,
    server: &ServerId,
    layout: &RackLayout,
    count: Option<FitCount>,
    why: &str,
) -> String {
    let name = catalog.servers.get(server).map_or(server.as_str(), |server| &server.name);
    let what = if layout.placements.is_empty() { "the rack's budget" } else { "what is left of the rack's budget" };
    match count.and_then(|count| count.one_exceeds_power_by) {
        Some(missing) => format!(
            "one {name} exceeds {what} by {:.0} W: raise the budget, cap the server, or choose another",
            missing.as_watts()
        ),
        None => format!("no {name} fits: {why}"),
    }
}

fn group<'a>(project: &Project, layout: &RackLayout, catalog: &'a Catalog) -> Vec<Kind<'a>> {
    let mut groups: Vec<Kind<'a>> = Vec::new();
    for placement in &layout.placements {
        let serves = project.scenario_served(placement.serves);
        // Neighbours are mostly alike: look at the last group before asking the catalog.
        match groups.iter_mut().rev().find(|kind| is_of(placement, serves, kind)) {
            Some(kind) => kind.count += 1,
            None => groups.extend(catalog.servers.get(&placement.server).map(|server| Kind {
                server,
                serves: serves.filter(|_| runs_models(server)),
                count: 1,
            })),
        }
    }
    groups
}

fn is_of(placement: &Placement, serves: Option<usize>, kind: &Kind<'_>) -> bool {
    kind.server.id == placement.server && (kind.serves == serves || !runs_models(kind.server))
}

/// Of each group, how many have power after A and after B is lost.
fn left(
    project: &Project,
    layout: &RackLayout,
    groups: &[Kind<'_>],
    loads: &FeedLoads,
    hung: &[(PlacementKey, Hangs)],
) -> Vec<[u32; 2]> {
    let mut left = vec![[0; 2]; groups.len()];
    let mut hung = hung.iter();
    for placement in &layout.placements {
        let serves = project.scenario_served(placement.serves);
        let Some(at) = groups.iter().rposition(|kind| is_of(placement, serves, kind)) else { continue };
        // Both are in the order of mounting, and what the catalog lost hangs nowhere.
        let Some((_, hangs)) = hung.find(|(key, _)| *key == placement.key) else { break };
        for (left, lost) in left.get_mut(at).into_iter().flatten().zip([Feed::A, Feed::B]) {
            *left += u32::from(hangs.outlives(lost) && loads.holds_without(lost));
        }
    }
    left
}

/// The same kinds in several racks added up, in order of first appearance.
pub(super) fn kinds<'a>(racks: &[Arranged<'a>]) -> Vec<Kind<'a>> {
    let mut kinds: Vec<Kind<'a>> = Vec::new();
    racks.iter().for_each(|rack| add_kinds(&mut kinds, &rack.groups));
    kinds
}

fn add_kinds<'a>(kinds: &mut Vec<Kind<'a>>, more: &[Kind<'a>]) {
    for one in more {
        match kinds.iter_mut().find(|kind| kind.server.id == one.server.id && kind.serves == one.serves) {
            Some(kind) => kind.count = kind.count.saturating_add(one.count),
            None => kinds.push(*one),
        }
    }
}

/// The same, whatever each serves.
pub(super) fn servers<'a>(kinds: &[Kind<'a>]) -> Vec<(&'a Server, u32)> {
    let mut servers: Vec<(&'a Server, u32)> = Vec::new();
    for one in kinds {
        match servers.iter_mut().find(|(server, _)| server.id == one.server.id) {
            Some((_, count)) => *count = count.saturating_add(one.count),
            None => servers.push((one.server, one.count)),
        }
    }
    servers
}
