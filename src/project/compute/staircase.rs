//! Servers for what the readers ask for. They come whole, so cost climbs in steps, and a peak may need more of them than the
//! tokens of a year do.

use super::money;
use super::mounted::Mounted;
use crate::catalog::Catalog;
use crate::project::{DemandOutcome, MoneyOutcome, Project, ServedModel, Staircase, Totals};
use crate::sizing::cost::{self, SECONDS_PER_YEAR};
use crate::units::Watts;

/// `None`: nothing is asked for, or no server makes a token of a model that is. Several models keep their shares of the
/// servers, so the one that lacks most decides.
pub(super) fn of(
    project: &Project,
    catalog: &Catalog,
    mounted: &[Mounted<'_>],
    models: &[ServedModel],
    (total, money): (&Totals, &MoneyOutcome),
    demand: &DemandOutcome,
) -> Option<Staircase> {
    let spares = project.racks.spare_servers;
    let capacity = total.servers.saturating_sub(spares);
    let each = |amount: f64| (capacity > 0).then(|| amount / f64::from(capacity));
    let tokens_of =
        |demand: &DemandOutcome| demand.requests_per_second * f64::from(project.needs.output_tokens) * SECONDS_PER_YEAR;
    let tokens = tokens_of(demand);
    if !(tokens >= 1.0 && tokens.is_finite()) {
        return None;
    }
    // Capacity, not the plan's utilisation: these are the tokens that are asked for.
    let (mut for_tokens, mut for_peak) = (0, 0);
    // By scenario: so many servers make its tokens, a part of one with them.
    let mut busy: Vec<(usize, f64)> = Vec::new();
    for (asked, served) in demand.of_each_model().zip(models).filter(|(asked, _)| asked.requests_per_second > 0.0) {
        let full = each(served.total.total_speed.likely.as_tokens_per_second() * SECONDS_PER_YEAR)?;
        for_tokens = for_tokens.max(cost::servers_for(tokens_of(asked), full)?);
        busy.push((served.scenario, tokens_of(asked) / full));
        let sessions = each(f64::from(served.total.sessions.likely))?;
        for_peak = for_peak.max(cost::servers_for(f64::from(asked.peak_sessions?), sessions)?);
    }
    if for_tokens == 0 {
        return None; // no model is served
    }
    let servers = for_tokens.max(for_peak).max(1);
    // Spares are bought with those that serve, switches are paid with the servers they connect.
    let of_all = f64::from(servers.saturating_add(spares)) / f64::from(total.servers);
    let power = match project.money.colocation_usd_per_kw_month {
        Some(_) => money.power_cost_per_year.map(|rent| rent * of_all),
        None => {
            let serving = f64::from(servers) / f64::from(capacity);
            let load = |kind: &Mounted<'_>| {
                let busy = busy.iter().find(|(scenario, _)| kind.serves == Some(*scenario));
                busy.map_or(0.0, |(_, busy)| busy / f64::from(servers))
            };
            let draw = mounted.iter().map(|kind| {
                let at = |load| kind.drawn_each(project, catalog, load).unwrap_or_default();
                if !kind.runs_models() {
                    return at(1.0) * (f64::from(kind.count) * of_all);
                }
                // Spares stand idle, as many as the plan has.
                at(load(kind)) * (f64::from(kind.capacity) * serving) + at(0.0) * f64::from(kind.count - kind.capacity)
            });
            (money.without_draw == 0)
                .then(|| draw.sum::<Watts>())
                .and_then(|draw| money::electricity(project, catalog, draw))
        }
    };
    let paid = power.zip(money.capital_per_year).zip(money.support_per_year);
    let own_per_year = paid.map(|((power, capital), support)| power + (capital + support) * of_all);
    let hosted_per_year = money.hosted.as_ref().map(|hosted| hosted.hosted_usd_per_mtok * (tokens / 1e6));
    Some(Staircase { tokens_per_year: tokens, servers, spares, for_tokens, for_peak, own_per_year, hosted_per_year })
}
