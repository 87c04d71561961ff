//! A year of the racks in money, energy and carbon, and what that is per token.

use super::hosted;
use crate::catalog::{Catalog, Server, Standing};
use crate::project::check::{LEAST_YEARS, MOST};
use crate::project::{MoneyOutcome, Project, Totals};
use crate::sizing::cost::{self, Amortisation, SECONDS_PER_YEAR};
use crate::sizing::{Basis, BasisInput, Figure, carbon};
use crate::units::{GramsCo2e, Seconds, Significant, TokensPerSecond, Usd};

pub(super) fn of(project: &Project, catalog: &Catalog, kinds: &[(&Server, u32)], total: &Totals) -> MoneyOutcome {
    let terms = &project.money;
    let utilisation = in_range(terms.utilisation, 0.0, 1.0);
    let tokens = |speed: TokensPerSecond| speed.as_tokens_per_second() * utilisation.unwrap_or(0.0) * SECONDS_PER_YEAR;
    let it_energy = total.expected_power * Seconds::from_secs(SECONDS_PER_YEAR);
    let site_energy = in_range(terms.pue_in(catalog), 1.0, MOST).map(|pue| it_energy * pue);
    let electricity = in_range(terms.electricity_usd_per_kwh, 0.0, MOST)
        .and_then(|price| site_energy.map(|energy| cost::electricity(energy, price)));
    let power_cost = match terms.colocation_usd_per_kw_month {
        // Rent is for the power contracted, used or not.
        Some(rent) => in_range(rent, 0.0, MOST).map(|rent| {
            let budget = project.racks.power_budget.as_kilowatts() * project.racks.layouts.len() as f64;
            cost::colocation_per_year(budget, rent)
        }),
        None => electricity,
    };
    let rent = terms.colocation_usd_per_kw_month.and(power_cost);
    let without_price = count(kinds, |server| server.price.is_none());
    let price: Usd = sum(kinds, |server| server.price.unwrap_or_default());
    let amortisation =
        Amortisation { years: terms.years, residual_share: terms.residual_share, capital_cost: terms.capital_cost };
    let years = in_range(terms.years, LEAST_YEARS, MOST);
    let capital = years.filter(|_| without_price == 0).and_then(|_| cost::capital_per_year(price, &amortisation));
    let support = (without_price == 0).then(|| price * terms.support_share);
    let embodied: GramsCo2e = sum(kinds, |server| server.embodied.unwrap_or_else(|| assumed_embodied(server, catalog)));
    let embodied = years.and_then(|years| carbon::of_making_per_year(embodied, years));
    let grid = grid(project, catalog);
    let use_carbon = site_energy.zip(grid).map(|(energy, grid)| carbon::of_use(energy, grid));
    let carbon_per_year = use_carbon.zip(embodied).map(|(of_use, of_making)| of_use + of_making);

    let per_token = Spread {
        project,
        total,
        tokens: [total.total_speed.low, total.total_speed.likely, total.total_speed.high].map(tokens),
    };
    let own = power_cost.zip(capital).zip(support).map(|((power, capital), support)| power + capital + support);
    MoneyOutcome {
        tokens_per_year: tokens(total.total_speed.likely),
        it_energy_per_year: it_energy,
        site_energy_per_year: site_energy,
        power_cost_per_year: power_cost,
        capital_per_year: capital,
        support_per_year: support,
        without_price,
        usd_per_mtok: own.and_then(|sum| {
            per_token.figure(
                sum,
                1e6,
                "(servers per year + electricity or rent + support) / tokens per year",
                ("yearly cost", sum.to_string()),
            )
        }),
        // Rent does not grow with tokens; electricity does.
        marginal_usd_per_mtok: electricity.filter(|_| terms.colocation_usd_per_kw_month.is_none()).and_then(|sum| {
            per_token.figure(
                sum,
                1e6,
                "electricity per year / tokens per year",
                ("electricity per year", sum.to_string()),
            )
        }),
        energy_per_1k_tokens: site_energy.and_then(|sum| {
            per_token.figure(
                sum,
                1e3,
                "expected draw x PUE x 8,760 h / tokens per year",
                ("energy of the site per year", format!("{} kWh", Significant(sum.as_kilowatt_hours()))),
            )
        }),
        carbon_per_year,
        embodied_per_year: embodied,
        without_embodied: count(kinds, |server| server.embodied.is_none()),
        carbon_per_1k_tokens: carbon_per_year
            .and_then(|sum| per_token.figure(sum, 1e3, CARBON_FORMULA, ("carbon per year", kilograms(sum)))),
        carbon_per_mtok: carbon_per_year
            .and_then(|sum| per_token.figure(sum, 1e6, CARBON_FORMULA, ("carbon per year", kilograms(sum)))),
        grid_g_per_kwh: grid,
        hosted: hosted::against(
            project,
            catalog,
            &hosted::Own {
                fixed: capital.zip(support).map(|(capital, support)| capital + support + rent.unwrap_or_default()),
                electricity: electricity.filter(|_| rent.is_none()).unwrap_or_default(),
                tokens: tokens(total.total_speed.likely),
            },
        ),
    }
}

const CARBON_FORMULA: &str = "(energy of the site x grid intensity + making / years) / tokens per year";

/// A yearly amount over the tokens of a year, with the band of the tokens.
struct Spread<'a> {
    project: &'a Project,
    total: &'a Totals,
    /// Low, likely, high.
    tokens: [f64; 3],
}

impl Spread<'_> {
    /// `None`: no tokens.
    fn figure<Q>(&self, sum: Q, each: f64, formula: &str, (what, amount): (&str, String)) -> Option<Figure<Q>>
    where
        Q: Copy + std::ops::Mul<f64, Output = Q>,
    {
        let [few, likely, many] = self.tokens;
        // Fewer than one token a year is none.
        if likely < 1.0 || !likely.is_finite() {
            return None;
        }
        // Many tokens make each of them cheap: the ends of the band change places. Where the low end is no token at all
        // there is no upper end to state; the likely value stands in.
        let over = |tokens: f64| sum * (each / if tokens >= 1.0 { tokens } else { likely });
        let speed = &self.total.total_speed;
        let basis = Basis {
            standing: Standing::Computed.max(speed.basis.standing),
            formula: formula.to_owned(),
            inputs: vec![
                BasisInput::new(what, amount, Standing::Computed, "this plan"),
                BasisInput::new(
                    "tokens/s at full load",
                    speed.likely,
                    speed.basis.standing,
                    speed.basis.formula.clone(),
                ),
                BasisInput::new("utilisation", self.project.money.utilisation, Standing::Assumed, "set in this plan"),
            ],
            band: speed.basis.band.clone(),
        };
        Some(Figure { low: over(many), likely: over(likely), high: over(few), basis })
    }
}

fn kilograms(carbon: GramsCo2e) -> String {
    format!("{} kgCO2e", Significant(carbon.as_kilograms()))
}

/// The intensity typed by the user, else the grid's. `None`: unknown or impossible.
fn grid(project: &Project, catalog: &Catalog) -> Option<f64> {
    let money = &project.money;
    money
        .grid_g_per_kwh
        .or_else(|| catalog.grids.get(&money.grid).map(|grid| grid.intensity_g_per_kwh))
        .and_then(|grams| in_range(grams, 0.0, MOST))
}

/// Stands in where nobody published the footprint of making a server.
fn assumed_embodied(server: &Server, catalog: &Catalog) -> GramsCo2e {
    let accelerators: u32 = server
        .devices
        .iter()
        .filter(|fitted| catalog.devices.get(&fitted.device).is_some_and(|device| !device.is_processor()))
        .map(|fitted| fitted.count)
        .sum();
    carbon::assumed_embodied(accelerators, !server.devices.is_empty())
}

fn in_range(value: f64, least: f64, most: f64) -> Option<f64> {
    (least..=most).contains(&value).then_some(value)
}

fn count(kinds: &[(&Server, u32)], lacks: fn(&Server) -> bool) -> u32 {
    kinds.iter().filter(|(server, _)| lacks(server)).map(|(_, count)| count).sum()
}

fn sum<Q>(kinds: &[(&Server, u32)], of_one: impl Fn(&Server) -> Q) -> Q
where
    Q: std::ops::Mul<f64, Output = Q> + std::iter::Sum,
{
    kinds.iter().map(|(server, count)| of_one(server) * f64::from(*count)).sum()
}
