//! Sums over servers. A band is carried through by adding its ends: servers of one kind err alike.

use super::arrange::Arranged;
use super::serve::runs_models;
use crate::catalog::{Catalog, Server, Standing};
use crate::project::{Project, RackGroup, ServerOutcome, Totals};
use crate::rack::{Problem, planned_power};
use crate::sizing::serving::ServingPlan;
use crate::sizing::{Basis, BasisInput, Figure, Resource, Verdict, power};
use crate::units::{TokensPerSecond, Watts};

/// All racks together, without the servers that may fail.
pub(super) fn of_all(
    project: &Project,
    catalog: &Catalog,
    racks: &[Arranged<'_>],
    servers: &[ServerOutcome],
) -> Totals {
    let spares = spares(project.racks.spare_servers, servers);
    let counts: Vec<(&ServerOutcome, u32)> =
        servers.iter().zip(spares).map(|(server, spare)| (server, server.count.saturating_sub(spare))).collect();
    let draws = racks.iter().map(|rack| draws(project, catalog, rack, servers));
    let (planned, expected) = draws.fold((Watts::ZERO, Watts::ZERO), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let bound_by = racks.iter().find_map(|rack| stopped_by(project, rack));
    sum(&counts, servers.iter().map(|server| server.count).sum(), planned, expected, bound_by)
}

/// One rack with all its servers.
pub(super) fn of_rack(project: &Project, catalog: &Catalog, rack: &Arranged<'_>, servers: &[ServerOutcome]) -> Totals {
    let counts: Vec<(&ServerOutcome, u32)> = rack
        .groups
        .iter()
        .filter_map(|(kind, count)| {
            servers.iter().find(|server| server.server == kind.id).map(|server| (server, *count))
        })
        .collect();
    let (planned, expected) = draws(project, catalog, rack, servers);
    let count = rack.groups.iter().filter(|(kind, _)| runs_models(kind)).map(|(_, count)| count).sum();
    sum(&counts, count, planned, expected, stopped_by(project, rack))
}

/// What each kind of server in a rack adds.
pub(super) fn groups(
    project: &Project,
    catalog: &Catalog,
    rack: &Arranged<'_>,
    servers: &[ServerOutcome],
) -> Vec<RackGroup> {
    rack.groups
        .iter()
        .map(|&(kind, count)| {
            let serving = serving_of(kind, servers);
            RackGroup {
                server: kind.id.clone(),
                count,
                planned_power_each: planned_power(kind, &rack.limits),
                expected_power_each: expected(project, catalog, kind, serving),
                sessions_each: serving.map_or(0, |plan| plan.sessions.likely),
            }
        })
        .collect()
}

/// Spare servers by kind: those that carry most go first, so that what is promised holds whichever fails.
fn spares(mut spare: u32, servers: &[ServerOutcome]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..servers.len()).collect();
    let carries = |at: &usize| {
        servers.get(*at).and_then(|server| server.serving.as_ref().ok()).map_or(0, |plan| plan.sessions.likely)
    };
    order.sort_by_key(|at| std::cmp::Reverse(carries(at)));
    let mut taken = vec![0; servers.len()];
    for at in order {
        if let (Some(slot), Some(server)) = (taken.get_mut(at), servers.get(at)) {
            *slot = spare.min(server.count);
            spare -= *slot;
        }
    }
    taken
}

fn sum(
    counts: &[(&ServerOutcome, u32)],
    servers: u32,
    planned_power: Watts,
    expected_power: Watts,
    servers_bound_by: Option<Resource>,
) -> Totals {
    let plans: Vec<(&str, &ServingPlan, u32)> = counts
        .iter()
        .filter_map(|(server, count)| server.serving.as_ref().ok().map(|plan| (server.name.as_str(), plan, *count)))
        .filter(|(_, _, count)| *count > 0)
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
    let largest = plans.iter().max_by_key(|(_, plan, count)| plan.sessions.likely.saturating_mul(*count));
    let server_binding =
        largest.map(|(_, plan, _)| plan.binding).or_else(|| counts.first().and_then(|(server, _)| refused_by(server)));
    Totals {
        servers,
        binding: if sessions.likely > 0 { servers_bound_by.or(server_binding) } else { server_binding },
        sessions,
        total_speed,
        speed_per_session: slowest.map(|(_, plan, _)| plan.speed_per_session.clone()),
        servers_bound_by,
        server_binding,
        planned_power,
        expected_power,
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

fn basis(formula: &str, plans: &[(&str, &ServingPlan, u32)], of_one: fn(&ServingPlan) -> (String, &Basis)) -> Basis {
    let mut whole =
        Basis { standing: Standing::Computed, formula: formula.to_owned(), inputs: Vec::new(), band: String::new() };
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

/// Draw of everything in a rack, as planned and as expected.
fn draws(project: &Project, catalog: &Catalog, rack: &Arranged<'_>, servers: &[ServerOutcome]) -> (Watts, Watts) {
    rack.groups.iter().fold((Watts::ZERO, Watts::ZERO), |(planned, expected_sum), &(kind, count)| {
        let count = f64::from(count);
        let one_planned = planned_power(kind, &rack.limits).unwrap_or_default();
        let one_expected = expected(project, catalog, kind, serving_of(kind, servers)).unwrap_or_default();
        (planned + one_planned * count, expected_sum + one_expected * count)
    })
}

fn expected(project: &Project, catalog: &Catalog, kind: &Server, serving: Option<&ServingPlan>) -> Option<Watts> {
    let accelerated = kind
        .devices
        .iter()
        .filter_map(|fitted| catalog.devices.get(&fitted.device))
        .any(|device| !device.is_processor());
    let mode = serving.map(|plan| plan.mode).filter(|_| accelerated);
    let load = if runs_models(kind) { project.money.utilisation } else { 1.0 };
    power::expected(&kind.power, mode, load, project.racks.per_server_cap).map(|expected| expected.power)
}

fn serving_of<'a>(kind: &Server, servers: &'a [ServerOutcome]) -> Option<&'a ServingPlan> {
    servers.iter().find(|server| server.server == kind.id).and_then(|server| server.serving.as_ref().ok())
}

/// What stopped the filling, as a resource.
fn stopped_by(project: &Project, rack: &Arranged<'_>) -> Option<Resource> {
    match rack.fill_stopped_by.as_ref()? {
        Problem::TooMuchPower { .. } if project.racks.feeds_limit() => Some(Resource::Feed),
        Problem::TooMuchPower { .. } => Some(Resource::Power),
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
