//! Money: what servers cost a year, what a million tokens cost, and what others would charge for them.
//!
//! All sums are US dollars; a year is 365 days. Where a division has no honest answer (no tokens, no term) the result is
//! `None`, never infinity.

use crate::units::{Joules, Usd};

/// Hours of a year of 365 days.
pub const HOURS_PER_YEAR: f64 = 8_760.0;
/// Seconds of a year of 365 days.
pub const SECONDS_PER_YEAR: f64 = 31_536_000.0;

const TOKENS_PER_MTOK: f64 = 1e6;
const MONTHS_PER_YEAR: f64 = 12.0;

/// Over how long servers are paid off, and at what cost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Amortisation {
    /// Years.
    pub years: f64,
    /// Share of the price left at the end, 0 to 1.
    pub residual_share: f64,
    /// Cost of capital per year, 0.08 for 8 %.
    pub capital_cost: f64,
}

/// Yearly payment on one dollar: `r (1+r)^n / ((1+r)^n - 1)`, and `1/n` where `r` is zero. `None`: the term is not above
/// zero, or the rate is negative.
pub fn capital_recovery_factor(rate: f64, years: f64) -> Option<f64> {
    if !(years > 0.0 && rate >= 0.0 && years.is_finite() && rate.is_finite()) {
        return None;
    }
    if rate == 0.0 {
        return Some(1.0 / years);
    }
    let growth = (1.0 + rate).powf(years);
    // Beyond the reach of a float the debt is never paid down: only interest remains.
    Some(if growth.is_finite() { rate * growth / (growth - 1.0) } else { rate })
}

/// Price less the present value of what is left at the end, spread over the years. `None`: as
/// [`capital_recovery_factor`].
pub fn capital_per_year(price: Usd, terms: &Amortisation) -> Option<Usd> {
    let factor = capital_recovery_factor(terms.capital_cost, terms.years)?;
    let left = terms.residual_share * (1.0 + terms.capital_cost).powf(-terms.years);
    Some(price * ((1.0 - left) * factor))
}

/// Electricity for this energy.
pub fn electricity(energy: Joules, usd_per_kwh: f64) -> Usd {
    Usd::from_usd(energy.as_kilowatt_hours() * usd_per_kwh)
}

/// Rent of a colocation site for a year: price per kW and month of the power contracted. Electricity is inside.
pub fn colocation_per_year(contracted_kilowatts: f64, usd_per_kw_month: f64) -> Usd {
    Usd::from_usd(contracted_kilowatts * usd_per_kw_month * MONTHS_PER_YEAR)
}

/// A sum spread over tokens, per million of them. `None`: there are none.
pub fn per_mtok(sum: Usd, tokens: f64) -> Option<Usd> {
    (tokens > 0.0).then(|| sum * (TOKENS_PER_MTOK / tokens))
}

/// Prices of a hosted model and how it is used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ApiUse {
    /// US dollars per million prompt tokens.
    pub input_usd_per_mtok: f64,
    /// US dollars per million prompt tokens found in the cache.
    pub cached_usd_per_mtok: f64,
    /// US dollars per million generated tokens.
    pub output_usd_per_mtok: f64,
    /// Share of prompt tokens found in the cache, 0 to 1.
    pub cached_share: f64,
    /// Prompt tokens for one generated token.
    pub input_per_output: f64,
}

impl ApiUse {
    /// Charge for one million generated tokens and the prompts that belong to them.
    pub fn usd_per_output_mtok(&self) -> Usd {
        let fresh = self.input_usd_per_mtok * (1.0 - self.cached_share);
        let cached = self.cached_usd_per_mtok * self.cached_share;
        Usd::from_usd(self.input_per_output * (fresh + cached) + self.output_usd_per_mtok)
    }
}

/// What own servers save against a hosted model, as a share of its charge; negative where they cost more. `None`: the
/// hosted model is free.
pub fn saving_share(own: Usd, hosted: Usd) -> Option<f64> {
    (hosted > Usd::ZERO).then(|| 1.0 - own / hosted)
}

/// Generated tokens a year from which own servers are the cheaper: `fixed / (hosted - marginal)` per million. `None`:
/// never, because another token costs more on them than hosted.
pub fn break_even_tokens_per_year(fixed_per_year: Usd, hosted_per_mtok: Usd, marginal_per_mtok: Usd) -> Option<f64> {
    let gain = hosted_per_mtok - marginal_per_mtok;
    (gain > Usd::ZERO).then(|| fixed_per_year / gain * TOKENS_PER_MTOK)
}

/// Servers for this many tokens a year: a staircase, because half a server cannot be bought. `None`: a server makes none.
pub fn servers_for(tokens_per_year: f64, tokens_per_server_year: f64) -> Option<u32> {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (tokens_per_server_year > 0.0).then(|| (tokens_per_year / tokens_per_server_year * (1.0 - 1e-9)).ceil() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::{Seconds, Watts};

    #[track_caller]
    fn check(found: f64, expected: f64, relative: f64) {
        assert!((found - expected).abs() <= relative * expected.abs(), "{found} is not {expected}");
    }

    const FOUR_YEARS: Amortisation = Amortisation { years: 4.0, residual_share: 0.0, capital_cost: 0.0 };

    #[test]
    fn one_dgx_h100_for_four_years_makes_a_million_tokens_for_seven_and_a_half_cents() {
        // 12.5 kW rack, flat worst case: PUE 1.5, 0.12 USD/kWh, half used, 300,000 USD, 10.2 kW, 76,824 tokens/s.
        let tokens = 76_824.0 * 0.5 * SECONDS_PER_YEAR;
        check(tokens, 1.2114e12, 1e-4);
        let site = Watts::from_kilowatts(10.2) * Seconds::from_secs(SECONDS_PER_YEAR) * 1.5;
        check(site.as_kilowatt_hours(), 134_028.0, 1e-9);
        let power = electricity(site, 0.12);
        check(power.as_usd(), 16_083.0, 1e-4);
        let capital = capital_per_year(Usd::from_usd(300_000.0), &FOUR_YEARS).expect("a term");
        check(capital.as_usd(), 75_000.0, 1e-12);
        check(per_mtok(power + capital, tokens).expect("tokens").as_usd(), 0.07520, 2e-4);
        check(site.as_watt_hours() / (tokens / 1e3), 0.1106, 5e-4);
    }

    #[test]
    fn eight_percent_over_four_years_costs_thirty_cents_a_dollar() {
        check(capital_recovery_factor(0.08, 4.0).expect("a term"), 0.30192, 1e-5);
        assert_eq!(capital_recovery_factor(0.0, 4.0), Some(0.25));
        for (rate, years) in [(0.0, 0.0), (0.1, -1.0), (-0.1, 4.0), (f64::NAN, 4.0), (0.1, f64::INFINITY)] {
            assert_eq!(capital_recovery_factor(rate, years), None);
        }
        assert_eq!(capital_recovery_factor(0.5, 1e6), Some(0.5));
    }

    #[test]
    fn what_is_left_at_the_end_lowers_the_yearly_cost() {
        let price = Usd::from_usd(1000.0);
        let whole = capital_per_year(price, &FOUR_YEARS).expect("a term");
        let with_rest = capital_per_year(price, &Amortisation { residual_share: 0.3, ..FOUR_YEARS }).expect("a term");
        assert_eq!((whole.as_usd(), with_rest.as_usd()), (250.0, 175.0));
        let dear = capital_per_year(price, &Amortisation { capital_cost: 0.08, ..FOUR_YEARS }).expect("a term");
        check(dear.as_usd(), 301.92, 1e-5);
    }

    #[test]
    fn whether_ninety_five_percent_are_saved_is_the_comparators_to_decide() {
        // Three prompt tokens for one generated; prices of 2026-08: per four tokens, as the blend is quoted.
        let blend = |input, output| {
            let terms = ApiUse {
                input_usd_per_mtok: input,
                cached_usd_per_mtok: input,
                output_usd_per_mtok: output,
                cached_share: 0.0,
                input_per_output: 3.0,
            };
            terms.usd_per_output_mtok() / 4.0
        };
        let large = blend(5.0, 30.0);
        check(large.as_usd(), 11.25, 1e-12);
        assert!(saving_share(blend(0.05, 0.08), large).expect("a share") > 0.99);
        let nano = blend(0.05, 0.40);
        check(nano.as_usd(), 0.1375, 1e-12);
        check(saving_share(Usd::from_usd(0.0069), nano).expect("a share"), 0.95, 1e-3);
        assert!(saving_share(Usd::from_usd(1.0), nano) < Some(0.0), "a loss is shown");
        assert_eq!(saving_share(nano, Usd::ZERO), None);
    }

    #[test]
    fn below_the_marginal_cost_own_servers_never_pay() {
        let usd = Usd::from_usd;
        assert_eq!(break_even_tokens_per_year(usd(1000.0), usd(0.1), usd(0.1)), None);
        let tokens = break_even_tokens_per_year(usd(75_000.0), usd(0.1), usd(0.0132767)).expect("a gain");
        check(tokens, 75_000.0 / (0.1 - 0.0132767) * 1e6, 1e-9);
        assert_eq!(servers_for(2.0e12, 1.0e12), Some(2));
        assert_eq!(servers_for(2.1e12, 1.0e12), Some(3));
        assert_eq!(servers_for(1.0, 0.0), None);
    }

    #[test]
    fn no_tokens_have_no_price() {
        assert_eq!(per_mtok(Usd::from_usd(1.0), 0.0), None);
    }
}
