//! Sums over servers. A band is carried through by adding its ends: servers of one kind err alike.

use std::collections::BTreeMap;

use smol_str::SmolStr;

use super::arrange::Arranged;
use super::load;
use super::mounted::Mounted;
use crate::catalog::{Catalog, Standing};
use crate::project::{Project, RackGroup, ServerOutcome, Totals};
use crate::rack::Problem;
use crate::sizing::serving::ServingPlan;
use crate::sizing::{Basis, BasisInput, Figure, Resource, Verdict};
use crate::units::{TokensPerSecond, Watts};

/// Everything mounted, with what stops one server more.
pub(super) fn of(
    project: &Project,
    catalog: &Catalog,
    mounted: &[Mounted<'_>],
    servers_bound_by: Option<Resource>,
) -> Totals {
    let draw = |each: &dyn Fn(&Mounted<'_>) -> Option<Watts>| -> Watts {
        mounted.iter().map(|kind| each(kind).unwrap_or_default() * f64::from(kind.count)).sum()
    };
    let planned_power = draw(&|kind| kind.planned_each(project));
    let expected_power = draw(&|kind| kind.expected_each(project, catalog));
    let servers = mounted.iter().filter(|kind| kind.runs_models()).map(|kind| kind.count);
    let servers = servers.fold(0, u32::saturating_add);
    let idle_power = draw(&|kind| kind.idle_each(project, catalog));
    let utilisation = load::of_all(project, mounted);
    Totals { utilisation, idle_power, ..sum(mounted, servers, planned_power, expected_power, servers_bound_by) }
}

/// What each kind of server in a rack adds.
pub(super) fn groups(project: &Project, catalog: &Catalog, mounted: &[Mounted<'_>]) -> Vec<RackGroup> {
    let group = |kind: &Mounted<'_>| RackGroup {
        server: kind.server.id.clone(),
        serves: kind.serves,
        count: kind.count,
        planned_power_each: kind.planned_each(project),
        expected_power_each: kind.expected_each(project, catalog),
        sessions_each: kind.plan().map_or(0, |plan| plan.sessions.likely),
    };
    mounted.iter().map(group).collect()
}

fn sum(
    mounted: &[Mounted<'_>],
    servers: u32,
    planned_power: Watts,
    expected_power: Watts,
    servers_bound_by: Option<Resource>,
) -> Totals {
    let plans: Vec<(&str, &ServingPlan, u32)> = mounted
        .iter()
        .filter(|kind| kind.capacity > 0)
        .filter_map(|kind| Some((kind.server.name.as_str(), kind.plan()?, kind.capacity)))
        .collect();
    let add = |read: fn(&ServingPlan) -> u32| {
        plans.iter().fold(0u32, |all, (_, plan, count)| all.saturating_add(read(plan).saturating_mul(*count)))
    };
    let add_speed = |read: fn(&ServingPlan) -> TokensPerSecond| {
        plans.iter().map(|(_, plan, count)| read(plan) * f64::from(*count)).sum()
    };
    let sessions = Figure {
        low: add(|plan| plan.sessions.low),
        likely: add(|plan| plan.sessions.likely),
        high: add(|plan| plan.sessions.high),
        basis: basis("servers x sessions of one, added up", &plans, |plan| {
            (plan.sessions.likely.to_string(), &plan.sessions.basis)
        }),
    };
    let total_speed = Figure {
        low: add_speed(|plan| plan.total_speed.low),
        likely: add_speed(|plan| plan.total_speed.likely),
        high: add_speed(|plan| plan.total_speed.high),
        basis: basis("servers x tokens/s of one, added up", &plans, |plan| {
            (plan.total_speed.likely.to_string(), &plan.total_speed.basis)
        }),
    };
    let slowest = plans.iter().min_by(|a, b| {
        let speed = |plan: &ServingPlan| plan.speed_per_session.likely.as_tokens_per_second();
        speed(a.1).total_cmp(&speed(b.1))
    });
    let mut counted_by = Vec::new();
    for (_, plan, _) in plans.iter().filter(|(_, plan, _)| plan.sessions.likely > 0) {
        if !counted_by.contains(&plan.counted_by) {
            counted_by.push(plan.counted_by);
        }
    }
    let largest = plans.iter().max_by_key(|(_, plan, count)| plan.sessions.likely.saturating_mul(*count));
    let server_binding = largest
        .map(|(_, plan, _)| plan.binding)
        .or_else(|| mounted.iter().find_map(|kind| kind.work).and_then(refused_by));
    Totals {
        servers,
        binding: match (sessions.likely, servers) {
            (0, 0) => servers_bound_by,
            // More servers that carry nothing would carry nothing.
            (0, _) => server_binding,
            (_, _) => servers_bound_by.or(server_binding),
        },
        sessions,
        total_speed,
        speed_per_session: slowest.map(|(_, plan, _)| plan.speed_per_session.clone()),
        counted_by,
        time_to_first_token: slowest.and_then(|(_, plan, _)| plan.time_to_first_token.clone()),
        servers_bound_by,
        server_binding,
        utilisation: 0.0,
        planned_power,
        expected_power,
        idle_power: Watts::ZERO,
    }
}

/// What a refused scenario lacks on a server.
fn refused_by(server: &ServerOutcome) -> Option<Resource> {
    let estimate = server.estimate.as_ref().ok()?;
    match estimate.verdict {
        Verdict::DoesNotFit { .. } => Some(Resource::Memory),
        Verdict::Fits { .. } | Verdict::Tight { .. } => Some(Resource::SessionSpeed),
        Verdict::Unknown => None,
    }
}

fn basis(
    formula: &'static str,
    plans: &[(&str, &ServingPlan, u32)],
    of_one: fn(&ServingPlan) -> (String, &Basis),
) -> Basis {
    let mut whole = Basis {
        standing: Standing::Computed,
        formula: SmolStr::new_static(formula),
        inputs: Vec::new(),
        band: SmolStr::default(),
    };
    for (name, plan, count) in plans {
        let (value, one) = of_one(plan);
        // The order of `Standing` is from the strongest to the weakest, and the weakest input decides.
        whole.standing = whole.standing.max(one.standing);
        whole.inputs.push(BasisInput::new(*name, format!("{count} x {value}"), one.standing, one.formula.clone()));
        if whole.band.is_empty() {
            whole.band.clone_from(&one.band);
        }
    }
    whole
}

/// What stops most of the racks, whatever their order; of equally many, the first in the order of [`Resource`].
pub(super) fn most_often(each: impl IntoIterator<Item = Option<Resource>>) -> Option<Resource> {
    let mut counts: BTreeMap<Resource, usize> = BTreeMap::new();
    each.into_iter().flatten().for_each(|resource| *counts.entry(resource).or_default() += 1);
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(resource, _)| resource)
}

/// What stopped the filling of a rack. `None`: nothing fills it.
pub(super) fn of_rack(project: &Project, rack: &Arranged<'_>) -> Option<Resource> {
    rack.fill_stopped_by.as_ref().and_then(|problem| stopped_by(project, problem))
}

/// What stopped a filling, as a resource.
pub(super) fn stopped_by(project: &Project, problem: &Problem) -> Option<Resource> {
    match problem {
        Problem::TooMuchForFeeds { .. } => project.racks.feeds_as_a_limit(),
        Problem::TooMuchPower { .. } => Some(Resource::Power),
        Problem::TooMuchHeat { .. } => Some(Resource::Cooling),
        Problem::TooHeavy { .. } => Some(Resource::Weight),
        Problem::NoFreeRun { .. }
        | Problem::OutsideRack { .. }
        | Problem::BelowFloor
        | Problem::Overlap { .. }
        | Problem::TooDeep { .. }
        | Problem::NoFreeBay { .. } => Some(Resource::RackUnits),
        Problem::NeedsBay
        | Problem::NoSuchBay { .. }
        | Problem::BayTaken { .. }
        | Problem::NotForBays { .. }
        | Problem::UnknownServer { .. }
        | Problem::NotMounted { .. } => None,
    }
}
