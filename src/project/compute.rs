//! The arithmetic behind [`outcome`](super::outcome()): arrange the racks, serve each scenario, add up, price.

mod arrange;
mod demand;
mod hosted;
mod money;
mod problems;
mod serve;
mod totals;

use super::{Outcome, Project, RackOutcome, ScenarioOutcome, ServerOutcome};
use crate::catalog::Catalog;
use crate::rack::cooling;
use arrange::Arranged;

pub(super) use arrange::limits;

pub(super) fn outcome(project: &Project, catalog: &Catalog) -> Outcome {
    let arranged = arrange::all(project, catalog);
    let kinds = arrange::kinds(&arranged);
    let own = project.own_devices(catalog);
    let scenarios: Vec<ScenarioOutcome> = project
        .scenarios
        .iter()
        .map(|scenario| {
            let model = catalog.models.get(&scenario.model);
            let servers = serve::on_each(project, catalog, &own, scenario, model, &kinds);
            let total = totals::of_all(project, catalog, &arranged, &servers);
            let money = money::of(project, catalog, &kinds, &total);
            ScenarioOutcome {
                name: scenario.name.clone(),
                model: scenario.model.clone(),
                model_name: model.map(|model| model.name.clone()),
                parameters: model.and_then(|model| model.parameters_total),
                servers,
                total,
                money,
            }
        })
        .collect();
    let selected = (!scenarios.is_empty()).then(|| project.selected.min(scenarios.len() - 1));
    let chosen = selected.and_then(|selected| scenarios.get(selected));
    let servers: &[ServerOutcome] = chosen.map_or(&[], |scenario| &scenario.servers);
    let total = match chosen {
        Some(scenario) => scenario.total.clone(),
        None => totals::of_all(project, catalog, &arranged, servers),
    };
    let money = match chosen {
        Some(scenario) => scenario.money.clone(),
        None => money::of(project, catalog, &kinds, &total),
    };
    let racks: Vec<RackOutcome> =
        arranged.into_iter().map(|rack| rack_outcome(project, catalog, rack, servers)).collect();
    let demand = demand::of(project, &total, &racks);
    let problems = problems::of(project, catalog, &scenarios, &racks, &money, &demand);
    Outcome { selected, racks, total, money, demand, problems, scenarios, own }
}

fn rack_outcome(project: &Project, catalog: &Catalog, rack: Arranged<'_>, servers: &[ServerOutcome]) -> RackOutcome {
    let mut total = totals::of_rack(project, catalog, &rack, servers);
    let groups = totals::groups(project, catalog, &rack, servers);
    if total.servers == 0 && rack.layout.placements.is_empty() {
        total.binding = total.servers_bound_by;
    }
    let planned = total.planned_power;
    RackOutcome {
        name: rack.layout.name.clone(),
        layout: rack.layout,
        placed_by_hand: rack.placed_by_hand,
        groups,
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
        heat_btu_per_hour: cooling::btu_per_hour(planned),
        air_flow: cooling::air_flow(planned, cooling::USUAL_RISE_KELVIN, 1.0),
        cooling: cooling::kind(planned),
        problems: rack.problems,
    }
}
