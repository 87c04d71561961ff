//! Servers for what the readers ask for. They come whole, so cost climbs in steps, and a peak may need more of them than the
//! tokens of a year do.

use crate::project::{DemandOutcome, MoneyOutcome, Project, Staircase, Totals};
use crate::sizing::cost::{self, SECONDS_PER_YEAR};

/// `None`: nothing is asked for, or no server makes a token.
pub(super) fn of(project: &Project, total: &Totals, money: &MoneyOutcome, demand: &DemandOutcome) -> Option<Staircase> {
    let capacity = total.servers.saturating_sub(project.racks.spare_servers);
    let each = |amount: f64| (capacity > 0).then(|| amount / f64::from(capacity));
    let tokens = demand.requests_per_second * f64::from(project.needs.output_tokens) * SECONDS_PER_YEAR;
    if !(tokens >= 1.0 && tokens.is_finite()) {
        return None;
    }
    // Capacity, not the plan's utilisation: these are the tokens that are asked for.
    let full = each(total.total_speed.likely.as_tokens_per_second() * SECONDS_PER_YEAR)?;
    let for_tokens = cost::servers_for(tokens, full)?;
    let for_peak = cost::servers_for(f64::from(demand.peak_sessions?), each(f64::from(total.sessions.likely))?)?;
    let servers = for_tokens.max(for_peak).max(1);
    let paid = money.power_cost_per_year.zip(money.capital_per_year).zip(money.support_per_year);
    // Spare servers and switches are paid with those that serve.
    let own_per_year = paid
        .map(|((power, capital), support)| (power + capital + support) * (f64::from(servers) / f64::from(capacity)));
    let hosted_per_year = money.hosted.as_ref().map(|hosted| hosted.hosted_usd_per_mtok * (tokens / 1e6));
    Some(Staircase { tokens_per_year: tokens, servers, for_tokens, for_peak, own_per_year, hosted_per_year })
}
