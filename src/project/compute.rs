//! The arithmetic behind [`outcome`](super::outcome()): arrange the racks, serve each scenario, add up, price.

mod arrange;
mod curves;
mod demand;
mod hosted;
mod load;
mod money;
mod mounted;
mod per_token;
mod problems;
mod remembered;
mod serve;
mod shares;
mod staircase;
mod totals;

use std::collections::BTreeMap;

use super::{Outcome, Project, RackOutcome, ScenarioOutcome, ServerOutcome, SessionsLeft};
use crate::catalog::Catalog;
use crate::rack::cooling::{self, CoolingKind};
use arrange::Arranged;
use load::ReadersLoad;
use money::Spending;
use mounted::Mounted;

pub(super) use arrange::limits;
pub use curves::{PowerCurves, power_curves};
pub use remembered::Remembered;

pub(super) fn outcome(remembered: &mut Remembered, project: &Project, catalog: &Catalog) -> Outcome {
    let arranged = arrange::all(project, catalog);
    let kinds = arrange::kinds(&arranged);
    let servers = arrange::servers(&kinds);
    let own = project.own_devices(catalog);
    let count = arranged.len() as f64;
    let bound_by = totals::most_often(arranged.iter().map(|rack| totals::of_rack(project, rack)));
    let spare = project.racks.spare_servers;
    let scenarios: Vec<ScenarioOutcome> = project
        .scenarios
        .iter()
        .enumerate()
        .map(|(at, scenario)| {
            let model = catalog.models.get(&scenario.model);
            let mut on_each = serve::on_each(remembered, project, catalog, &own, scenario, model, &servers);
            mounted::set_spares_apart(&mut on_each, spare);
            let mut mounted = mounted::all_serving(project, &servers, at, &on_each);
            ReadersLoad::on(project, &mounted).put_on(project, &mut mounted);
            let total = totals::of(project, catalog, &mounted, bound_by);
            let money = money::of(project, catalog, &Spending::of(project, catalog, &mounted, count), &total);
            ScenarioOutcome {
                name: scenario.name.clone(),
                model: scenario.model.clone(),
                model_name: model.map(|model| model.name.clone()),
                parameters: model.and_then(|model| model.parameters_total),
                measured: serve::measured(project, catalog, scenario, &on_each),
                total,
                money,
                servers: on_each,
            }
        })
        .collect();
    let mut mounted = mounted::with_spares(mounted::as_served(project, &kinds, &scenarios), spare);
    let readers = ReadersLoad::on(project, &mounted);
    readers.put_on(project, &mut mounted);
    let total = totals::of(project, catalog, &mounted, bound_by);
    let money = money::of(project, catalog, &Spending::of(project, catalog, &mounted, count), &total);
    let models = shares::by_model(project, catalog, &mounted, count, bound_by);
    let spared = spared(&arranged, &mounted);
    let mut racks: Vec<RackOutcome> = Vec::with_capacity(arranged.len());
    let mut whole: Vec<BTreeMap<usize, u32>> = Vec::with_capacity(arranged.len());
    // A rack is worked out once for itself, its twins and as many spares.
    let mut done: BTreeMap<(usize, Vec<u32>), usize> = BTreeMap::new();
    let mut before = None;
    for (at, (rack, spares)) in arranged.into_iter().zip(spared).enumerate() {
        let key = (rack.twin.unwrap_or(at), spares);
        let alike = done.get(&key).and_then(|before| Some((racks.get(*before)?, whole.get(*before)?.clone())));
        let like_the_one_before = before.as_ref() == Some(&key);
        before = Some(key.clone());
        let (one, sessions) = match alike {
            Some((twin, sessions)) => (renamed(twin, rack), sessions),
            None => {
                let mut mounted = mounted::as_served(project, &rack.groups, &scenarios);
                readers.put_on(project, &mut mounted);
                let one = rack_outcome(project, catalog, rack, mounted, &key.1);
                let sessions = with_spares(&one, &key.1);
                done.insert(key, at);
                (one, sessions)
            }
        };
        racks.push(RackOutcome { like_the_one_before, ..one });
        whole.push(sessions);
    }
    let sessions_left = racks.iter().filter_map(|rack| rack.sessions_left).reduce(|all, next| SessionsLeft {
        without_a: all.without_a.saturating_add(next.without_a),
        without_b: all.without_b.zip(next.without_b).map(|(all, next)| all.saturating_add(next)),
    });
    let carried = racks.iter().zip(whole).map(|(rack, sessions)| demand::Carried { rack: &rack.name, sessions });
    let demand = demand::of(project, &models, &carried.collect::<Vec<_>>());
    let load_of_readers = readers.of_all();
    let mut problems = problems::of(project, catalog, &scenarios, &racks, &total, &money, &demand);
    problems.extend(problems::doubts(project, &scenarios, &models, load_of_readers));
    let selected = project.scenario_served(None);
    let staircase = staircase::of(project, catalog, &mounted, &models, (&total, &money), &demand);
    let fullest_uncapped = mounted::fullest_uncapped(&servers);
    Outcome {
        selected,
        racks,
        total,
        money,
        models,
        demand,
        load_of_readers,
        sessions_left,
        staircase,
        fullest_uncapped,
        problems,
        scenarios,
        own,
    }
}

/// Servers and likely sessions of all racks: the part of an outcome that comes first, without racks, money and demand.
pub(super) fn reach(remembered: &mut Remembered, project: &Project, catalog: &Catalog) -> (u32, u32) {
    let (kinds, bound_by) = arrange::counted(project, catalog);
    let servers = arrange::servers(&kinds);
    let own = project.own_devices(catalog);
    let scenarios: Vec<Vec<ServerOutcome>> = project
        .scenarios
        .iter()
        .enumerate()
        .map(|(at, scenario)| {
            // What no server serves carries nothing here.
            let asked = kinds.iter().filter(|kind| kind.serves == Some(at)).map(|kind| &kind.server.id);
            let asked: Vec<_> = asked.collect();
            let serving: Vec<_> = servers.iter().filter(|(server, _)| asked.contains(&&server.id)).copied().collect();
            let model = catalog.models.get(&scenario.model);
            serve::on_each(remembered, project, catalog, &own, scenario, model, &serving)
        })
        .collect();
    let mounted = mounted::with_spares(mounted::as_served(project, &kinds, &scenarios), project.racks.spare_servers);
    let total = totals::of(project, catalog, &mounted, bound_by);
    (total.servers, total.sessions.likely)
}

/// How many servers of each group of each rack are spares: they are found in the last racks first, so that the racks add up
/// to the whole and the first ones show what a full rack carries.
fn spared(racks: &[Arranged<'_>], all: &[Mounted<'_>]) -> Vec<Vec<u32>> {
    let mut left = mounted::Spares::of(all);
    let mut spared: Vec<Vec<u32>> = racks.iter().rev().map(|rack| left.take(&rack.groups)).collect();
    spared.reverse();
    spared
}

/// Sessions of a rack by the scenario they serve, those of its spares with them.
fn with_spares(rack: &RackOutcome, spares: &[u32]) -> BTreeMap<usize, u32> {
    let mut sessions: BTreeMap<usize, u32> =
        rack.models.iter().map(|model| (model.scenario, model.total.sessions.likely)).collect();
    for (group, spare) in rack.groups.iter().zip(spares) {
        if let Some(of_model) = group.serves.and_then(|at| sessions.get_mut(&at)) {
            *of_model = of_model.saturating_add(spare.saturating_mul(group.sessions_each));
        }
    }
    sessions
}

/// A rack like another but for its name.
fn renamed(twin: &RackOutcome, rack: Arranged<'_>) -> RackOutcome {
    RackOutcome { name: rack.layout.name.clone(), layout: rack.layout, problems: rack.problems, ..twin.clone() }
}

fn rack_outcome(
    project: &Project,
    catalog: &Catalog,
    rack: Arranged<'_>,
    mut mounted: Vec<Mounted<'_>>,
    spares: &[u32],
) -> RackOutcome {
    mounted.iter_mut().zip(spares).for_each(|(kind, spare)| kind.capacity = kind.count.saturating_sub(*spare));
    let bound_by = totals::of_rack(project, &rack);
    let total = totals::of(project, catalog, &mounted, bound_by);
    let planned = total.planned_power;
    let left = |lost: usize| {
        let of = |(kind, left): (&Mounted<'_>, &[u32; 2])| {
            let alive = left.get(lost).map_or(0, |left| kind.capacity.min(*left));
            alive.saturating_mul(kind.plan().map_or(0, |plan| plan.sessions.likely))
        };
        mounted.iter().zip(&rack.left).map(of).fold(0, u32::saturating_add)
    };
    let sessions_left =
        rack.feeds.as_ref().map(|feeds| SessionsLeft { without_a: left(0), without_b: feeds.b.map(|_| left(1)) });
    RackOutcome {
        sessions_left,
        name: rack.layout.name.clone(),
        like_the_one_before: false,
        groups: totals::groups(project, catalog, &mounted),
        models: shares::by_model(project, catalog, &mounted, 1.0, bound_by),
        money: money::of(project, catalog, &Spending::of(project, catalog, &mounted, 1.0), &total),
        layout: rack.layout,
        placed_by_hand: rack.placed_by_hand,
        fill_count: rack.fill_count,
        fill_stopped_by: rack.fill_stopped_by,
        total,
        power_budget: project.racks.power_budget,
        usable_power: project.racks.usable_power(),
        weight: rack.load.mounted,
        without_weight: rack.load.unknown,
        without_power: rack.without_power,
        used_units: rack.used_units,
        load: rack.load,
        feeds: rack.feeds,
        lines: rack.lines,
        heat_btu_per_hour: cooling::btu_per_hour(planned),
        air_flow: match project.racks.cooling {
            Some(room) => room.air_for(planned),
            None => cooling::air_flow(planned, cooling::USUAL_RISE_KELVIN, 1.0),
        },
        cooling: if rack.liquid_only > 0 { CoolingKind::Liquid } else { cooling::kind(planned) },
        liquid_only: rack.liquid_only,
        problems: rack.problems,
    }
}
