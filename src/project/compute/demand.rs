//! What the readers ask for, against what the racks carry. Each model answers its own requests: sessions of one are of no use
//! to readers of another.

use std::collections::BTreeMap;

use crate::project::{Demand, DemandOutcome, ModelDemand, Needs, Project, Queueing, ServedModel, Totals};
use crate::sizing::demand;
use crate::units::Seconds;

/// Sessions of one rack, its spares with them: by the place of the scenario they serve.
#[derive(Clone, Debug)]
pub(super) struct Carried<'a> {
    pub(super) rack: &'a str,
    pub(super) sessions: BTreeMap<usize, u32>,
}

/// `racks`: in order; what `models` leave out of them is the spares'.
pub(super) fn of(project: &Project, models: &[ServedModel], racks: &[Carried<'_>]) -> DemandOutcome {
    let rate = requests_per_second(project);
    let of_model = |served: &ServedModel, rate| {
        let carried = || racks.iter().map(|one| (one.rack, one.sessions.get(&served.scenario).copied().unwrap_or(0)));
        of_one(&project.needs, rate, &served.total, carried)
    };
    match models {
        [] => DemandOutcome { requests_per_second: rate, ..nothing() },
        [served] => of_model(served, rate),
        several => {
            let shares = shares(project, &several.iter().map(|served| served.scenario).collect::<Vec<_>>());
            let each = several.iter().zip(shares).map(|(served, share)| ModelDemand {
                scenario: served.scenario,
                name: served.name.clone(),
                share,
                sessions: served.total.sessions.likely,
                demand: of_model(served, rate * share),
            });
            together(rate, each.collect())
        }
    }
}

fn nothing() -> DemandOutcome {
    DemandOutcome {
        requests_per_second: 0.0,
        service_time: None,
        mean_sessions: None,
        peak_sessions: None,
        racks_needed: None,
        racks_like: String::new(),
        queueing: None,
        models: Vec::new(),
    }
}

/// Requests of all readers, on average.
pub(super) fn requests_per_second(project: &Project) -> f64 {
    let Demand { users, active_share, requests_per_active_hour, .. } = project.needs.demand;
    demand::requests_per_second(users, active_share, requests_per_active_hour)
}

/// Each served scenario's part of the requests, by the plan's weights; alike where all weights are 0.
pub(super) fn shares(project: &Project, served: &[usize]) -> Vec<f64> {
    let weight = |at: &usize| {
        let weight = project.scenarios.get(*at).map_or(0.0, |scenario| scenario.request_weight);
        if weight.is_finite() { weight.max(0.0) } else { 0.0 }
    };
    let all: f64 = served.iter().map(weight).sum();
    let alike = 1.0 / served.len().max(1) as f64;
    served.iter().map(|at| if all > 0.0 { weight(at) / all } else { alike }).collect()
}

/// All models' demands as one. A model nobody asks for hinders nothing.
fn together(rate: f64, models: Vec<ModelDemand>) -> DemandOutcome {
    let asked_for = || models.iter().filter(|model| model.share > 0.0);
    // `sum` of options is `None` where one of them is.
    let service_time =
        asked_for().map(|model| model.demand.service_time.map(|time| time * model.share)).sum::<Option<Seconds>>();
    let mean_sessions = asked_for().map(|model| model.demand.mean_sessions).sum();
    let peak_sessions = asked_for()
        .map(|model| model.demand.peak_sessions)
        .try_fold(0u32, |sum, peak| peak.map(|peak| sum.saturating_add(peak)));
    // One rack may carry several models: as many of it as the one that takes most.
    let mut racks: Vec<(&str, Option<u32>)> = Vec::new();
    for ModelDemand { demand, .. } in asked_for() {
        match racks.iter_mut().find(|(like, _)| *like == demand.racks_like) {
            Some((_, needed)) => *needed = needed.zip(demand.racks_needed).map(|(a, b)| a.max(b)),
            None => racks.push((&demand.racks_like, demand.racks_needed)),
        }
    }
    let needed = racks.iter().try_fold(0u32, |sum, (_, needed)| needed.map(|needed| sum.saturating_add(needed)));
    let racks_like = racks.iter().map(|(like, _)| *like).filter(|like| !like.is_empty()).collect::<Vec<_>>();
    DemandOutcome {
        requests_per_second: rate,
        service_time,
        mean_sessions,
        peak_sessions,
        racks_needed: needed.filter(|_| !racks.is_empty()),
        racks_like: racks_like.join(" and "),
        queueing: None,
        models,
    }
}

/// The requests for one model. `carried`: its sessions in each rack, by name, spares with them.
fn of_one<'a, R: Iterator<Item = (&'a str, u32)>>(
    needs: &Needs,
    rate: f64,
    total: &Totals,
    carried: impl Fn() -> R,
) -> DemandOutcome {
    let asked = &needs.demand;
    // By the total, so that what the sessions can serve and what a request takes of them are one figure.
    let service_time =
        demand::time_in_session(total.sessions.likely, total.total_speed.likely, needs.output_tokens.max(1));
    let mean = service_time.map(|time| demand::mean_sessions(rate, time));
    let peak = mean.map(|mean| demand::peak_sessions(mean, asked.peak_factor));
    let all = carried().fold(0u32, |all, (_, sessions)| all.saturating_add(sessions));
    let like = carried().find(|(_, sessions)| *sessions > 0);
    // As many spares as the plan has come on top of what the peak asks for.
    let of_spares = all.saturating_sub(total.sessions.likely);
    let racks = |peak: u32, of_one: u32| if peak == 0 { 0 } else { peak.saturating_add(of_spares).div_ceil(of_one) };
    DemandOutcome {
        requests_per_second: rate,
        service_time,
        mean_sessions: mean,
        peak_sessions: peak,
        queueing: mean
            .zip(service_time)
            .and_then(|(mean, time)| queueing(mean * asked.peak_factor, time, needs, total)),
        racks_needed: peak.zip(like).map(|(peak, (_, of_one))| racks(peak, of_one)),
        racks_like: like.map_or_else(String::new, |(name, _)| name.to_owned()),
        models: Vec::new(),
    }
}

/// More sessions than this are not queued for: the recursions take a step for each, and a frame has 4 ms.
const MOST_QUEUED_FOR: u32 = 50_000; // the planner's own, 2026-11-20
/// So few requests may wait where the sessions for it are told.
const FEW_WAIT: f64 = 0.05; // the product's own, 2026-11-29

fn queueing(offered: f64, service_time: Seconds, needs: &Needs, total: &Totals) -> Option<Queueing> {
    let sessions = total.sessions.likely;
    if sessions == 0 || sessions > MOST_QUEUED_FOR {
        return None;
    }
    let Demand { users, service_spread, .. } = needs.demand;
    let busy = offered / f64::from(users.max(1));
    // What the prompt leaves of the time to the first token may be waited.
    let patience = needs.time_to_first_token.zip(total.time_to_first_token.as_ref());
    let patience = patience.map(|(limit, own)| (limit - own.likely).max(Seconds::ZERO));
    Some(Queueing {
        offered,
        sessions,
        share_waiting: demand::erlang_c(offered, sessions),
        mean_wait: demand::mean_wait(offered, sessions, service_time, service_spread).filter(|wait| wait.is_finite()),
        share_too_late: patience
            .and_then(|patience| demand::share_waiting_longer(offered, sessions, service_time, patience)),
        sessions_where_few_wait: (offered <= f64::from(MOST_QUEUED_FOR))
            .then(|| demand::fewest_sessions_where_few_wait(offered, FEW_WAIT))
            .flatten(),
        share_turned_away: demand::erlang_b(offered, sessions)?,
        users,
        share_turned_away_of_these: demand::engset(users, busy, sessions).map(|engset| engset.call_congestion),
        slowed_to: (offered > f64::from(sessions)).then(|| total.total_speed.likely / offered),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::project::outcome;
    use crate::sizing::Figure;
    use crate::units::TokensPerSecond;

    #[test]
    fn two_thousand_users_of_whom_a_fifth_ask_six_times_an_hour_keep_24_sessions_busy_and_72_at_the_peak() {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let mut plan = Project::default_plan(catalog);
        plan.needs.output_tokens = 350;
        plan.needs.demand = Demand {
            users: 2_000,
            active_share: 0.2,
            requests_per_active_hour: 6.0,
            peak_factor: 3.0,
            service_spread: 1.0,
        };
        let mut served = outcome(&plan, catalog).models[0].clone();
        let basis = served.total.sessions.basis.clone();
        // A second for the prompt and 35 for 350 tokens.
        let speed = f64::from(served.total.sessions.likely) * 350.0 / 36.0;
        served.total.total_speed =
            Figure::with_factors(TokensPerSecond::from_tokens_per_second(speed), 1.0, 1.0, basis);
        let rack = |rack, sessions| Carried { rack, sessions: [(served.scenario, sessions)].into() };
        let found = of(&plan, std::slice::from_ref(&served), &[rack("Rack 1", 0), rack("Rack 2", 30)]);
        assert!((found.requests_per_second - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.service_time.map(Seconds::as_secs), Some(36.0));
        assert!((found.mean_sessions.expect("busy") - 24.0).abs() < 1e-9);
        assert_eq!(found.peak_sessions, Some(72));
        assert_eq!((found.racks_needed, found.racks_like.as_str()), (Some(3), "Rack 2"));
    }

    /// What the first scenario is asked for, told as that of two models of which each carries so many sessions.
    fn of_two(plan: &mut Project, weights: [f64; 2], racks: &[(&str, [u32; 2])]) -> DemandOutcome {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let served = outcome(plan, catalog).models[0].clone();
        plan.scenarios.truncate(1);
        plan.scenarios.push(plan.scenarios[0].clone());
        plan.scenarios.iter_mut().zip(weights).for_each(|(scenario, weight)| scenario.request_weight = weight);
        let two = [0, 1].map(|scenario| ServedModel { scenario, ..served.clone() });
        let racks: Vec<Carried<'_>> =
            racks.iter().map(|(rack, [a, b])| Carried { rack, sessions: [(0, *a), (1, *b)].into() }).collect();
        of(plan, &two, &racks)
    }

    #[test]
    fn requests_are_shared_out_by_weight_and_each_model_answers_its_own() {
        let mut plan = Project::default_plan(Catalog::builtin().expect("the built-in catalog is sound"));
        plan.needs.demand.users *= 4;
        let of = |weights| of_two(&mut plan.clone(), weights, &[("Rack 1", [100, 100])]);
        let found = of([3.0, 1.0]);
        let [a, b] = found.models.as_slice() else { panic!("two models: {found:?}") };
        assert_eq!((a.share, b.share), (0.75, 0.25));
        assert!((a.demand.requests_per_second - 3.0 * b.demand.requests_per_second).abs() < 1e-12);
        assert!(
            (a.demand.requests_per_second + b.demand.requests_per_second - found.requests_per_second).abs() < 1e-12
        );
        let (whole, parts) = (found.mean_sessions, [a, b].map(|model| model.demand.mean_sessions.expect("served")));
        assert!((whole.expect("served") - parts[0] - parts[1]).abs() < 1e-9);
        assert!(found.queueing.is_none() && a.demand.queueing.is_some() && b.demand.queueing.is_some());
        // The racks carry both, so the one asked for more decides how many of them it takes.
        assert_eq!(found.racks_needed, a.demand.racks_needed);
        assert!(a.demand.racks_needed > b.demand.racks_needed, "{found:?}");
        plan.needs.demand.users = 0;
        assert_eq!(of_two(&mut plan, [1.0, 1.0], &[("Rack 1", [100, 100])]).racks_needed, Some(0));
    }

    #[test]
    fn models_in_racks_of_their_own_need_racks_of_both_kinds() {
        let mut plan = Project::default_plan(Catalog::builtin().expect("the built-in catalog is sound"));
        let found = of_two(&mut plan, [1.0, 1.0], &[("Rack 1", [100, 0]), ("Rack 2", [0, 50])]);
        let needed: Vec<u32> = found.models.iter().filter_map(|model| model.demand.racks_needed).collect();
        assert_eq!(found.racks_needed, Some(needed.iter().sum()), "{found:?}");
        assert_eq!((needed.len(), found.racks_like.as_str()), (2, "Rack 1 and Rack 2"));
    }

    #[test]
    fn a_model_nobody_asks_for_hinders_nothing_and_weights_of_nought_count_alike() {
        let plan = Project::default_plan(Catalog::builtin().expect("the built-in catalog is sound"));
        let only_one = of_two(&mut plan.clone(), [1.0, 0.0], &[("Rack 1", [100, 0])]);
        assert_eq!(only_one.racks_needed, only_one.models[0].demand.racks_needed);
        assert_eq!(only_one.models[1].demand.mean_sessions, Some(0.0));
        let nought = of_two(&mut plan.clone(), [0.0, 0.0], &[("Rack 1", [100, 100])]);
        assert_eq!(nought, of_two(&mut plan.clone(), [2.0, 2.0], &[("Rack 1", [100, 100])]));
    }

    #[test]
    fn the_share_that_waits_too_long_for_its_first_token_falls_with_patience_and_is_told_only_of_a_limit() {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let mut plan = Project::default_plan(catalog);
        plan.needs.demand.users = 8_000;
        let mut late = |limit: Option<f64>| {
            plan.needs.time_to_first_token = limit.map(Seconds::from_secs);
            outcome(&plan, catalog).demand.queueing.expect("there are sessions")
        };
        assert_eq!(late(None).share_too_late, None);
        let long = late(Some(30.0));
        let longer = late(Some(40.0));
        assert!(long.share_too_late > longer.share_too_late, "{long:?} {longer:?}");
        assert!(long.share_too_late <= long.share_waiting);
    }
}
