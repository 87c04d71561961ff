//! Several models in the same racks: what each of them carries and costs. What serves no model (a switch, the rent of the
//! site) is shared out by planned draw, so that the models together cost what the racks do, once.

use super::money::{self, Spending};
use super::mounted::Mounted;
use super::totals;
use crate::catalog::Catalog;
use crate::project::{Project, ServedModel};
use crate::sizing::Resource;
use crate::units::Watts;

/// One for each scenario that a server here serves, in the order of the plan. `racks`: how many they stand in.
pub(super) fn by_model(
    project: &Project,
    catalog: &Catalog,
    mounted: &[Mounted<'_>],
    racks: f64,
    bound_by: Option<Resource>,
) -> Vec<ServedModel> {
    let all = Spending::of(project, catalog, mounted, racks);
    let draw = |kinds: &[Mounted<'_>]| -> Watts {
        kinds.iter().map(|kind| kind.planned_each(project).unwrap_or_default() * f64::from(kind.count)).sum()
    };
    let serving: Vec<Mounted<'_>> = mounted.iter().filter(|kind| kind.serves.is_some()).copied().collect();
    let others: Vec<Mounted<'_>> = mounted.iter().filter(|kind| kind.serves.is_none()).copied().collect();
    let (served_draw, served_count) = (draw(&serving), count(&serving));
    // By the number of servers where nobody published the draw of some of them: they are not to stand there for nothing.
    let by_draw =
        served_draw > Watts::ZERO && serving.iter().all(|kind| kind.count == 0 || !kind.server.power.is_without_draw());
    let common = Spending::of(project, catalog, &others, 0.0);
    let mut models = Vec::new();
    for (at, scenario) in project.scenarios.iter().enumerate() {
        let mine: Vec<Mounted<'_>> = serving.iter().filter(|kind| kind.serves == Some(at)).copied().collect();
        if mine.is_empty() {
            continue;
        }
        let share = if by_draw { draw(&mine) / served_draw } else { count(&mine) / served_count };
        let mut total = totals::of(project, catalog, &mine, bound_by);
        total.planned_power += draw(&others) * share;
        total.expected_power += common.expected * share;
        let idle = |kind: &Mounted<'_>| kind.idle_each(project, catalog).unwrap_or_default() * f64::from(kind.count);
        total.idle_power += others.iter().map(idle).sum::<Watts>() * share;
        let own = Spending::of(project, catalog, &mine, 0.0);
        let spending = own.with(&common, share).renting(all.contracted * share);
        models.push(ServedModel {
            scenario: at,
            name: scenario.name.clone(),
            money: money::of(project, catalog, &spending, &total),
            total,
        });
    }
    models
}

fn count(kinds: &[Mounted<'_>]) -> f64 {
    kinds.iter().map(|kind| f64::from(kind.count)).sum()
}
