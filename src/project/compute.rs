//! The arithmetic behind [`outcome`](super::outcome()): arrange the racks, serve each scenario, add up, price.

mod arrange;
mod demand;
mod hosted;
mod money;
mod mounted;
mod problems;
mod remembered;
mod serve;
mod shares;
mod staircase;
mod totals;

use super::{Outcome, Project, RackOutcome, ScenarioOutcome};
use crate::catalog::Catalog;
use crate::rack::cooling;
use arrange::Arranged;
use money::Spending;

pub(super) use arrange::limits;
pub use remembered::Remembered;

pub(super) fn outcome(remembered: &mut Remembered, project: &Project, catalog: &Catalog) -> Outcome {
    let arranged = arrange::all(project, catalog);
    let kinds = arrange::kinds(&arranged);
    let servers = arrange::servers(&kinds);
    let own = project.own_devices(catalog);
    let count = arranged.len() as f64;
    let bound_by = arranged.iter().find_map(|rack| totals::stopped_by(project, rack));
    let spare = project.racks.spare_servers;
    let scenarios: Vec<ScenarioOutcome> = project
        .scenarios
        .iter()
        .enumerate()
        .map(|(at, scenario)| {
            let model = catalog.models.get(&scenario.model);
            let on_each = serve::on_each(remembered, project, catalog, &own, scenario, model, &servers);
            let mounted = mounted::with_spares(mounted::all_serving(&servers, at, &on_each), spare);
            let total = totals::of(project, catalog, &mounted, bound_by);
            let money = money::of(project, catalog, &Spending::of(project, catalog, &mounted, count), &total);
            ScenarioOutcome {
                name: scenario.name.clone(),
                model: scenario.model.clone(),
                model_name: model.map(|model| model.name.clone()),
                parameters: model.and_then(|model| model.parameters_total),
                measured: serve::measured(project, catalog, scenario, &servers),
                total,
                money,
                servers: on_each,
            }
        })
        .collect();
    let mounted = mounted::with_spares(mounted::as_served(&kinds, &scenarios), spare);
    let total = totals::of(project, catalog, &mounted, bound_by);
    let money = money::of(project, catalog, &Spending::of(project, catalog, &mounted, count), &total);
    let models = shares::by_model(project, catalog, &mounted, count, bound_by);
    let mut racks: Vec<RackOutcome> = Vec::with_capacity(arranged.len());
    for rack in arranged {
        let twin = rack.twin.and_then(|twin| racks.get(twin));
        let one = match twin {
            Some(twin) => renamed(twin, rack),
            None => rack_outcome(project, catalog, rack, &scenarios),
        };
        racks.push(one);
    }
    let demand = demand::of(project, &total, &racks);
    let problems = problems::of(project, catalog, &scenarios, &racks, &money, &demand);
    let selected = project.scenario_served(None);
    let staircase = staircase::of(project, &total, &money, &demand);
    let fullest_uncapped = mounted::fullest_uncapped(project, &servers);
    Outcome { selected, racks, total, money, models, demand, staircase, fullest_uncapped, problems, scenarios, own }
}

/// A rack like another but for its name.
fn renamed(twin: &RackOutcome, rack: Arranged<'_>) -> RackOutcome {
    RackOutcome { name: rack.layout.name.clone(), layout: rack.layout, problems: rack.problems, ..twin.clone() }
}

fn rack_outcome(
    project: &Project,
    catalog: &Catalog,
    rack: Arranged<'_>,
    scenarios: &[ScenarioOutcome],
) -> RackOutcome {
    let mounted = mounted::as_served(&rack.groups, scenarios);
    let bound_by = totals::stopped_by(project, &rack);
    let mut total = totals::of(project, catalog, &mounted, bound_by);
    if total.servers == 0 && rack.layout.placements.is_empty() {
        total.binding = total.servers_bound_by;
    }
    let planned = total.planned_power;
    RackOutcome {
        name: rack.layout.name.clone(),
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
        air_flow: cooling::air_flow(planned, cooling::USUAL_RISE_KELVIN, 1.0),
        cooling: cooling::kind(planned),
        problems: rack.problems,
    }
}
