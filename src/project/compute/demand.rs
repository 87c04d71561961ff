//! What the readers ask for, against what the racks carry.

use crate::project::{Demand, DemandOutcome, Project, Queueing, Totals};
use crate::sizing::demand;
use crate::units::Seconds;

/// `whole`: what each rack carries with its spares, by name, in order; what `total` leaves out of it is the spares'.
pub(super) fn of<'a>(project: &Project, total: &Totals, whole: impl Iterator<Item = (&'a str, u32)>) -> DemandOutcome {
    let needs = &project.needs;
    let asked = &needs.demand;
    let rate = demand::requests_per_second(asked.users, asked.active_share, asked.requests_per_active_hour);
    // By the total, so that what the sessions can serve and what a request takes of them are one figure.
    let service_time =
        demand::time_in_session(total.sessions.likely, total.total_speed.likely, needs.output_tokens.max(1));
    let mean = service_time.map(|time| demand::mean_sessions(rate, time));
    let peak = mean.map(|mean| demand::peak_sessions(mean, asked.peak_factor));
    let (mut all, mut like) = (0u32, None);
    for (name, sessions) in whole {
        all = all.saturating_add(sessions);
        like = like.or(Some((name, sessions)).filter(|(_, sessions)| *sessions > 0));
    }
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
            .and_then(|(mean, time)| queueing(mean * asked.peak_factor, time, asked, total)),
        racks_needed: peak.zip(like).map(|(peak, (_, of_one))| racks(peak, of_one)),
        racks_like: like.map_or_else(String::new, |(name, _)| name.to_owned()),
    }
}

/// More sessions than this are not queued for: the recursions take a step for each, and a frame has 4 ms.
const MOST_QUEUED_FOR: u32 = 50_000; // the planner's own, 2026-11-20
/// So few requests may wait where the sessions for it are told.
const FEW_WAIT: f64 = 0.05; // the product's own, 2026-11-29

fn queueing(offered: f64, service_time: Seconds, asked: &Demand, total: &Totals) -> Option<Queueing> {
    let sessions = total.sessions.likely;
    if sessions == 0 || sessions > MOST_QUEUED_FOR {
        return None;
    }
    let users = asked.users;
    let busy = offered / f64::from(users.max(1));
    Some(Queueing {
        offered,
        sessions,
        share_waiting: demand::erlang_c(offered, sessions),
        mean_wait: demand::mean_wait(offered, sessions, service_time, asked.service_spread)
            .filter(|wait| wait.is_finite()),
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
        let mut total = outcome(&plan, catalog).total;
        let basis = total.sessions.basis.clone();
        // A second for the prompt and 35 for 350 tokens.
        let speed = TokensPerSecond::from_tokens_per_second(f64::from(total.sessions.likely) * 350.0 / 36.0);
        total.total_speed = Figure::with_factors(speed, 1.0, 1.0, basis);
        let found = of(&plan, &total, [("Rack 1", 0), ("Rack 2", 30)].into_iter());
        assert!((found.requests_per_second - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!(found.service_time.map(Seconds::as_secs), Some(36.0));
        assert!((found.mean_sessions.expect("busy") - 24.0).abs() < 1e-9);
        assert_eq!(found.peak_sessions, Some(72));
        assert_eq!((found.racks_needed, found.racks_like.as_str()), (Some(3), "Rack 2"));
    }
}
