//! A year of the racks in money, energy and carbon, and what that is per token.

use super::hosted;
use super::mounted::Mounted;
use super::per_token::{Amount, Doubt, PerToken};
use super::serve::runs_models;
use crate::catalog::{Catalog, Server, Standing};
use crate::project::check::{LEAST_YEARS, MOST};
use crate::project::{Lack, Lacks, MoneyOutcome, Project, Totals};
use crate::sizing::cost::{self, Amortisation, SECONDS_PER_YEAR};
use crate::sizing::power::{self, ExpectedPower};
use crate::sizing::{BasisInput, carbon};
use crate::units::{GramsCo2e, Joules, Seconds, Significant, TokensPerSecond, Usd, Watts};

/// What is bought, powered and rented: all that money follows from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spending {
    /// Draw at the expected load of what has a known one.
    pub(super) expected: Watts,
    /// Ends of its band.
    expected_ends: (Watts, Watts),
    without_draw: u32,
    fittings_without_draw: u32,
    /// Power contracted at a colocation site.
    pub(super) contracted: Watts,
    price: Usd,
    without_price: u32,
    fittings_without_price: u32,
    embodied: GramsCo2e,
    /// Ends of its band.
    embodied_ends: (GramsCo2e, GramsCo2e),
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
        // Servers err alike: their ends are added.
        let drawn = |end: fn(ExpectedPower) -> Watts| -> Watts {
            let each = |kind: &Mounted<'_>| kind.expected(project, catalog).map(end).unwrap_or_default();
            mounted.iter().map(|kind| each(kind) * f64::from(kind.count)).sum()
        };
        let made = |assumed: f64| -> GramsCo2e {
            let each = |server: &Server| server.embodied.unwrap_or_else(|| assumed_embodied(server, catalog) * assumed);
            counted().map(|(server, count)| each(server) * count).sum()
        };
        Self {
            expected: drawn(|expected| expected.power),
            expected_ends: (drawn(|expected| expected.low), drawn(|expected| expected.high)),
            // As with prices: a server decides what a token takes, a panel does not.
            without_draw: lacking(|server| server.power.is_without_draw() && runs_models(server)),
            fittings_without_draw: lacking(|server| server.power.is_without_draw() && !runs_models(server)),
            contracted: project.racks.power_budget * racks,
            price: counted().map(|(server, count)| server.price.unwrap_or_default() * count).sum(),
            // A server decides what a token costs; a panel nobody priced does not make it unknown.
            without_price: lacking(|server| server.price.is_none() && runs_models(server)),
            fittings_without_price: lacking(|server| server.price.is_none() && !runs_models(server)),
            embodied: made(1.0),
            embodied_ends: (made(carbon::ASSUMED_LOW), made(carbon::ASSUMED_HIGH)),
            without_embodied: lacking(|server| server.embodied.is_none()),
        }
    }

    /// With a share of what serves others, too.
    pub(super) fn with(self, common: &Self, share: f64) -> Self {
        Self {
            expected: self.expected + common.expected * share,
            expected_ends: both(self.expected_ends, common.expected_ends, share),
            without_draw: self.without_draw.saturating_add(common.without_draw),
            fittings_without_draw: self.fittings_without_draw.saturating_add(common.fittings_without_draw),
            contracted: self.contracted,
            price: self.price + common.price * share,
            without_price: self.without_price.saturating_add(common.without_price),
            fittings_without_price: self.fittings_without_price.saturating_add(common.fittings_without_price),
            embodied: self.embodied + common.embodied * share,
            embodied_ends: both(self.embodied_ends, common.embodied_ends, share),
            without_embodied: self.without_embodied.saturating_add(common.without_embodied),
        }
    }

    /// How wrong the expected draw may be.
    fn of_the_draw(&self) -> Doubt {
        let (low, high) = self.expected_ends;
        doubt(low / self.expected, high / self.expected, power::BAND)
    }

    /// How wrong the making of what is mounted may be.
    fn of_the_making(&self) -> Doubt {
        let (low, high) = self.embodied_ends;
        doubt(low / self.embodied, high / self.embodied, carbon::BAND)
    }

    /// With so much power rented.
    pub(super) fn renting(self, contracted: Watts) -> Self {
        Self { contracted, ..self }
    }
}

/// Ends of a sum, with a share of what serves others, too.
fn both<Q>((low, high): (Q, Q), (common_low, common_high): (Q, Q), share: f64) -> (Q, Q)
where
    Q: std::ops::Add<Output = Q> + std::ops::Mul<f64, Output = Q>,
{
    (low + common_low * share, high + common_high * share)
}

/// Nothing of nothing is not in doubt.
fn doubt(low: f64, high: f64, words: &'static str) -> Doubt {
    let finite = |factor: f64| if factor.is_finite() { factor } else { 1.0 };
    Doubt { low: finite(low), high: finite(high), words }
}

pub(super) fn of(project: &Project, catalog: &Catalog, spending: &Spending, total: &Totals) -> MoneyOutcome {
    let terms = &project.money;
    let utilisation = in_range(total.utilisation, 0.0, 1.0);
    let tokens = |speed: TokensPerSecond| speed.as_tokens_per_second() * utilisation.unwrap_or(0.0) * SECONDS_PER_YEAR;
    let Spending { without_draw, fittings_without_draw, .. } = *spending;
    let it_energy = (without_draw == 0).then(|| spending.expected * Seconds::from_secs(SECONDS_PER_YEAR));
    let site_energy = it_energy.and_then(|energy| of_the_site(project, catalog, energy));
    let electricity = site_energy.and_then(|energy| charge(project, catalog, energy));
    let power_cost = match terms.colocation_usd_per_kw_month {
        // Rent is for the power contracted, used or not.
        Some(rent) => {
            in_range(rent, 0.0, MOST).map(|rent| cost::colocation_per_year(spending.contracted.as_kilowatts(), rent))
        }
        None => electricity,
    };
    // In the rent another token is free.
    let (paid_anyway, for_tokens) = match terms.colocation_usd_per_kw_month {
        Some(_) => (power_cost, Some(Usd::ZERO)),
        None => (Some(Usd::ZERO), electricity),
    };
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

    let per_token = PerToken {
        project,
        total,
        tokens: [total.total_speed.low, total.total_speed.likely, total.total_speed.high].map(tokens),
    };
    let (of_the_draw, of_the_making) = (spending.of_the_draw(), spending.of_the_making());
    let carbon = || {
        let sum = carbon_per_year?;
        let (of_use, of_making) = use_carbon.zip(embodied)?;
        Some(Amount {
            sum,
            doubts: vec![of_the_draw.of_a_part(of_use / sum), of_the_making.of_a_part(of_making / sum)],
            formula: "(energy of the site x grid intensity + making / years) / tokens per year",
            name: "carbon per year",
            shown: kilograms(sum),
        })
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
        without_draw,
        fittings_without_draw,
        usd_per_mtok: own.and_then(|sum| {
            // The rent does not follow the draw.
            let of_it = electricity.filter(|_| terms.colocation_usd_per_kw_month.is_none());
            let mut figure = per_token.figure(
                1e6,
                Amount {
                    sum,
                    doubts: of_it.map(|part| of_the_draw.of_a_part(part / sum)).into_iter().collect(),
                    formula: "(servers per year + electricity or rent + support) / tokens per year",
                    name: "yearly cost",
                    shown: sum.to_string(),
                },
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
            let amount = Amount {
                sum,
                doubts: vec![of_the_draw],
                formula: "electricity per year / tokens per year",
                name: "electricity per year",
                shown: sum.to_string(),
            };
            per_token.figure(1e6, amount)
        }),
        energy_per_1k_tokens: site_energy.and_then(|sum| {
            let amount = Amount {
                sum,
                doubts: vec![of_the_draw],
                formula: "expected draw x PUE x 8,760 h / tokens per year",
                name: "energy of the site per year",
                shown: format!("{} kWh", Significant(sum.as_kilowatt_hours())),
            };
            per_token.figure(1e3, amount)
        }),
        carbon_per_year,
        embodied_per_year: embodied,
        without_embodied,
        carbon_per_1k_tokens: carbon().and_then(|amount| per_token.figure(1e3, amount)),
        carbon_per_mtok: carbon().and_then(|amount| per_token.figure(1e6, amount)),
        grid_g_per_kwh: grid,
        lacks: lacks(project, catalog, spending, tokens(total.total_speed.likely)),
        hosted: hosted::against(
            project,
            catalog,
            &hosted::Own {
                fixed: capital.zip(support).zip(paid_anyway).map(|((capital, support), rent)| capital + support + rent),
                electricity: for_tokens,
                tokens: tokens(total.total_speed.likely),
                utilisation: total.utilisation,
            },
        ),
    }
}

/// Electricity of the site in a year in which its racks draw this on average. `None`: the PUE or the price is impossible.
pub(super) fn electricity(project: &Project, catalog: &Catalog, draw: Watts) -> Option<Usd> {
    of_the_site(project, catalog, draw * Seconds::from_secs(SECONDS_PER_YEAR))
        .and_then(|energy| charge(project, catalog, energy))
}

/// Energy of the site for that of its racks. `None`: the PUE is impossible.
fn of_the_site(project: &Project, catalog: &Catalog, racks: Joules) -> Option<Joules> {
    in_range(project.money.pue_in(catalog), 1.0, MOST).map(|pue| racks * pue)
}

/// What this energy costs. `None`: the price is impossible.
fn charge(project: &Project, catalog: &Catalog, energy: Joules) -> Option<Usd> {
    in_range(project.money.electricity_in(catalog), 0.0, MOST).map(|price| cost::electricity(energy, price))
}

/// What each figure lacks: the first of what goes into it.
fn lacks(project: &Project, catalog: &Catalog, spending: &Spending, tokens: f64) -> Lacks {
    let terms = &project.money;
    let first = |all: &[Option<Lack>]| all.iter().copied().flatten().next();
    let impossible = |value: f64, least: f64, lack| in_range(value, least, MOST).is_none().then_some(lack);
    let none = (!(tokens >= 1.0 && tokens.is_finite())).then_some(Lack::Tokens);
    let draws = (spending.without_draw > 0).then_some(Lack::Draws(spending.without_draw));
    let prices = (spending.without_price > 0).then_some(Lack::Prices(spending.without_price));
    let pue = impossible(terms.pue_in(catalog), 1.0, Lack::Pue);
    let electricity = first(&[draws, pue, impossible(terms.electricity_in(catalog), 0.0, Lack::ElectricityPrice)]);
    let years = impossible(terms.years, LEAST_YEARS, Lack::Terms);
    let capital = cost::capital_recovery_factor(terms.capital_cost, terms.years).is_none().then_some(Lack::Terms);
    let power = match terms.colocation_usd_per_kw_month {
        Some(rent) => impossible(rent, 0.0, Lack::Rent),
        None => electricity,
    };
    let grid = grid(project, catalog).is_none().then_some(Lack::Grid);
    Lacks {
        cost: first(&[prices, power, years, capital, none]),
        electricity: match terms.colocation_usd_per_kw_month {
            Some(_) => Some(Lack::InTheRent),
            None => first(&[electricity, none]),
        },
        energy: first(&[draws, pue, none]),
        carbon: first(&[draws, pue, grid, years, none]),
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
