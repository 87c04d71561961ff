//! What the readers ask for, against what the racks carry.

use crate::project::{DemandOutcome, Project, Queueing, RackOutcome, Totals};
use crate::sizing::demand;
use crate::units::Seconds;

pub(super) fn of(project: &Project, total: &Totals, racks: &[RackOutcome]) -> DemandOutcome {
    let needs = &project.needs;
    let asked = &needs.demand;
    let rate = demand::requests_per_second(asked.users, asked.active_share, asked.requests_per_active_hour);
    let service_time = total.speed_per_session.as_ref().and_then(|speed| {
        // A wait nobody can estimate is left out; it is small beside the answer.
        demand::service_time(Seconds::ZERO, needs.output_tokens, speed.likely)
    });
    let mean = service_time.map(|time| demand::mean_sessions(rate, time));
    let peak = mean.map(|mean| demand::peak_sessions(mean, asked.peak_factor));
    let of_one_rack = racks.first().map_or(0, |rack| rack.total.sessions.likely);
    DemandOutcome {
        requests_per_second: rate,
        service_time,
        mean_sessions: mean,
        peak_sessions: peak,
        queueing: mean
            .zip(service_time)
            .and_then(|(mean, time)| queueing(mean * asked.peak_factor, time, asked.users, total)),
        racks_needed: peak.filter(|_| of_one_rack > 0).map(|peak| peak.div_ceil(of_one_rack)),
    }
}

/// More sessions than this are not queued for: the recursions take a step for each, and a frame has 4 ms.
const MOST_QUEUED_FOR: u32 = 50_000; // the planner's own, 2026-11-20
/// Spread of answer lengths over their mean; 1 is the exponential, language models lie between 0.7 and 1.
const ANSWER_SPREAD: f64 = 1.0; // ML.ENERGY output-length histograms, read 2026-11

fn queueing(offered: f64, service_time: Seconds, users: u32, total: &Totals) -> Option<Queueing> {
    let sessions = total.sessions.likely;
    if sessions == 0 || sessions > MOST_QUEUED_FOR {
        return None;
    }
    let busy = offered / f64::from(users.max(1));
    Some(Queueing {
        offered,
        sessions,
        share_waiting: demand::erlang_c(offered, sessions),
        mean_wait: demand::mean_wait(offered, sessions, service_time, ANSWER_SPREAD),
        share_turned_away: demand::erlang_b(offered, sessions)?,
        share_turned_away_of_these: demand::engset(users, busy, sessions).map(|engset| engset.call_congestion),
        slowed_to: (offered > f64::from(sessions)).then(|| total.total_speed.likely / offered),
    })
}
