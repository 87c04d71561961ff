//! A year of the racks in money, energy and carbon, and what that is per token.

use smol_str::SmolStr;

use super::hosted;
use super::mounted::Mounted;
use super::serve::runs_models;
use crate::catalog::{Catalog, Server, Standing};
use crate::project::check::{LEAST_YEARS, MOST};
use crate::project::{LoadSource, MoneyOutcome, Project, Totals};
use crate::sizing::cost::{self, Amortisation, SECONDS_PER_YEAR};
use crate::sizing::{Basis, BasisInput, Figure, carbon};
use crate::units::{GramsCo2e, Seconds, Significant, TokensPerSecond, Usd, Watts};

/// What is bought, powered and rented: all that money follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    /// Draw at the expected load.
    pub(super) expected: Watts,
    /// Power contracted at a colocation site.
    pub(super) contracted: Watts,
    price: Usd,
    without_price: u32,
    fittings_without_price: u32,
    embodied: GramsCo2e,
    without_embodied: u32,
}

impl Spending {
    /// What is mounted in so many racks.
    pub(super) fn of(project: &Project, catalog: &Catalog, mounted: &[Mounted<'_>], racks: f64) -> Self {
        let lacking = |lacks: fn(&Server) -> bool| {
            let lacking = mounted.iter().filter(|kind| lacks(kind.server)).map(|kind| kind.count);
            lacking.fold(0, u32::saturating_add)
        };
        let counted = || mounted.iter().map(|kind| (kind.server, f64::from(kind.count)));
        Self {
            expected: mounted
                .iter()
                .map(|kind| kind.expected_each(project, catalog).unwrap_or_default() * f64::from(kind.count))
                .sum(),
            contracted: project.racks.power_budget * racks,
            price: counted().map(|(server, count)| server.price.unwrap_or_default() * count).sum(),
            // A server decides what a token costs; a panel nobody priced does not make it unknown.
            without_price: lacking(|server| server.price.is_none() && runs_models(server)),
            fittings_without_price: lacking(|server| server.price.is_none() && !runs_models(server)),
            embodied: counted()
                .map(|(server, count)| server.embodied.unwrap_or_else(|| assumed_embodied(server, catalog)) * count)
                .sum(),
            without_embodied: lacking(|server| server.embodied.is_none()),
        }
    }

    /// With a share of what serves others, too.
    pub(super) fn with(self, common: &Self, share: f64) -> Self {
        Self {
            expected: self.expected + common.expected * share,
            contracted: self.contracted,
            price: self.price + common.price * share,
            without_price: self.without_price.saturating_add(common.without_price),
            fittings_without_price: self.fittings_without_price.saturating_add(common.fittings_without_price),
            embodied: self.embodied + common.embodied * share,
            without_embodied: self.without_embodied.saturating_add(common.without_embodied),
        }
    }

    /// With so much power rented.
    pub(super) fn renting(self, contracted: Watts) -> Self {
        Self { contracted, ..self }
    }
}

pub(super) fn of(project: &Project, catalog: &Catalog, spending: &Spending, total: &Totals) -> MoneyOutcome {
    let terms = &project.money;
    let utilisation = in_range(total.utilisation, 0.0, 1.0);
    let tokens = |speed: TokensPerSecond| speed.as_tokens_per_second() * utilisation.unwrap_or(0.0) * SECONDS_PER_YEAR;
    let it_energy = spending.expected * Seconds::from_secs(SECONDS_PER_YEAR);
    let site_energy = in_range(terms.pue_in(catalog), 1.0, MOST).map(|pue| it_energy * pue);
    let electricity = in_range(terms.electricity_in(catalog), 0.0, MOST)
        .and_then(|price| site_energy.map(|energy| cost::electricity(energy, price)));
    let power_cost = match terms.colocation_usd_per_kw_month {
        // Rent is for the power contracted, used or not.
        Some(rent) => {
            in_range(rent, 0.0, MOST).map(|rent| cost::colocation_per_year(spending.contracted.as_kilowatts(), rent))
        }
        None => electricity,
    };
    let rent = terms.colocation_usd_per_kw_month.and(power_cost);
    let Spending { price, without_price, fittings_without_price, embodied, without_embodied, .. } = *spending;
    let amortisation =
        Amortisation { years: terms.years, residual_share: terms.residual_share, capital_cost: terms.capital_cost };
    let years = in_range(terms.years, LEAST_YEARS, MOST);
    let capital = years.filter(|_| without_price == 0).and_then(|_| cost::capital_per_year(price, &amortisation));
    let support = (without_price == 0).then(|| price * terms.support_share);
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
        fittings_without_price,
        usd_per_mtok: own.and_then(|sum| {
            let mut figure = per_token.figure(
                sum,
                1e6,
                "(servers per year + electricity or rent + support) / tokens per year",
                ("yearly cost", sum.to_string()),
            )?;
            if fittings_without_price > 0 {
                let count = format!("{fittings_without_price} fittings, not in the sum");
                let source = "the catalog has no price of them";
                figure.basis.inputs.push(BasisInput::new("price unknown", count, Standing::Assumed, source));
            }
            Some(figure)
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
        without_embodied,
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
                utilisation: total.utilisation,
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
    fn utilisation(&self) -> BasisInput {
        let load = self.total.utilisation;
        match self.project.money.utilisation_from {
            LoadSource::Typed => BasisInput::new("utilisation", load, Standing::Assumed, "set in this plan"),
            LoadSource::Readers => BasisInput::new(
                "utilisation",
                Significant(load),
                Standing::Computed,
                "tokens the readers of this plan ask for / tokens the servers can make",
            ),
        }
    }

    /// `None`: no tokens.
    fn figure<Q>(
        &self,
        sum: Q,
        each: f64,
        formula: &'static str,
        (what, amount): (&'static str, String),
    ) -> Option<Figure<Q>>
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
            formula: SmolStr::new_static(formula),
            inputs: vec![
                BasisInput::new(SmolStr::new_static(what), amount, Standing::Computed, "this plan"),
                BasisInput::new(
                    "tokens/s at full load",
                    speed.likely,
                    speed.basis.standing,
                    speed.basis.formula.clone(),
                ),
                self.utilisation(),
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
