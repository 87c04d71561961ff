//! Own servers against a hosted model: what is saved, and from how many tokens on.

use crate::catalog::Catalog;
use crate::project::{BreakEven, HostedComparison, Project};
use crate::sizing::cost::{self, ApiUse};
use crate::units::Usd;

/// What own servers cost and make in a year.
pub(super) struct Own {
    /// What is paid whether or not tokens are made. `None`: a price is missing, or the rent is impossible.
    pub(super) fixed: Option<Usd>,
    /// What is paid for making these tokens. `None`: a draw is missing, or the PUE or the price is impossible.
    pub(super) electricity: Option<Usd>,
    /// Tokens made.
    pub(super) tokens: f64,
    /// Mean load over capacity at which they are.
    pub(super) utilisation: f64,
}

/// `None`: the plan names no hosted model the catalog knows.
pub(super) fn against(project: &Project, catalog: &Catalog, own: &Own) -> Option<HostedComparison> {
    let price = catalog.api_prices.get(project.money.compared_api.as_ref()?)?;
    let needs = &project.needs;
    let hosted = ApiUse {
        input_usd_per_mtok: price.input_usd_per_mtok,
        // Where the provider grants nothing for its cache, a cached token costs what any other does.
        cached_usd_per_mtok: price.cached_input_usd_per_mtok.unwrap_or(price.input_usd_per_mtok),
        output_usd_per_mtok: price.output_usd_per_mtok,
        cached_share: project.money.cached_input_share,
        input_per_output: f64::from(needs.prompt_tokens) / f64::from(needs.output_tokens.max(1)),
    }
    .usd_per_output_mtok();
    let own_each =
        own.fixed.zip(own.electricity).and_then(|(fixed, electricity)| cost::per_mtok(fixed + electricity, own.tokens));
    Some(HostedComparison {
        name: price.name.clone(),
        provider: price.provider.clone(),
        date: price.provenance.date.to_string(),
        utilisation: own.utilisation,
        hosted_usd_per_mtok: hosted,
        saving_share: own_each.and_then(|own| cost::saving_share(own, hosted)),
        saving_per_year: own_each.map(|each| (hosted - each) * (own.tokens / 1e6)),
        break_even: break_even(own, hosted),
    })
}

fn break_even(own: &Own, hosted: Usd) -> BreakEven {
    let marginal = own.electricity.and_then(|electricity| cost::per_mtok(electricity, own.tokens));
    let (Some(fixed), Some(marginal)) = (own.fixed, marginal) else {
        return BreakEven::Unknown;
    };
    let Some(tokens_per_year) = cost::break_even_tokens_per_year(fixed, hosted, marginal) else {
        return BreakEven::Never;
    };
    if tokens_per_year <= own.tokens {
        BreakEven::From { tokens_per_year }
    } else {
        BreakEven::BeyondCapacity { tokens_per_year }
    }
}
