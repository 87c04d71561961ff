//! Servers for what the readers ask for. They come whole, so cost climbs in steps, and a peak may need more of them than the
//! tokens of a year do.

use crate::project::{DemandOutcome, MoneyOutcome, Project, ServedModel, Staircase, Totals};
use crate::sizing::cost::{self, SECONDS_PER_YEAR};

/// `None`: nothing is asked for, or no server makes a token of a model that is. Several models keep their shares of the
/// servers, so the one that lacks most decides.
pub(super) fn of(
    project: &Project,
    models: &[ServedModel],
    total: &Totals,
    money: &MoneyOutcome,
    demand: &DemandOutcome,
) -> Option<Staircase> {
    let capacity = total.servers.saturating_sub(project.racks.spare_servers);
    let each = |amount: f64| (capacity > 0).then(|| amount / f64::from(capacity));
    let tokens_of =
        |demand: &DemandOutcome| demand.requests_per_second * f64::from(project.needs.output_tokens) * SECONDS_PER_YEAR;
    let tokens = tokens_of(demand);
    if !(tokens >= 1.0 && tokens.is_finite()) {
        return None;
    }
    // Capacity, not the plan's utilisation: these are the tokens that are asked for.
    let (mut for_tokens, mut for_peak) = (0, 0);
    for (asked, served) in demand.of_each_model().zip(models).filter(|(asked, _)| asked.requests_per_second > 0.0) {
        let full = each(served.total.total_speed.likely.as_tokens_per_second() * SECONDS_PER_YEAR)?;
        for_tokens = for_tokens.max(cost::servers_for(tokens_of(asked), full)?);
        let sessions = each(f64::from(served.total.sessions.likely))?;
        for_peak = for_peak.max(cost::servers_for(f64::from(asked.peak_sessions?), sessions)?);
    }
    if for_tokens == 0 {
        return None; // no model is served
    }
    let servers = for_tokens.max(for_peak).max(1);
    let paid = money.power_cost_per_year.zip(money.capital_per_year).zip(money.support_per_year);
    // Spare servers and switches are paid with those that serve.
    let own_per_year = paid
        .map(|((power, capital), support)| (power + capital + support) * (f64::from(servers) / f64::from(capacity)));
    let hosted_per_year = money.hosted.as_ref().map(|hosted| hosted.hosted_usd_per_mtok * (tokens / 1e6));
    Some(Staircase { tokens_per_year: tokens, servers, for_tokens, for_peak, own_per_year, hosted_per_year })
}
