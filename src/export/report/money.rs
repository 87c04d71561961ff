//! A year in money, energy and carbon.

use crate::catalog::Catalog;
use crate::export::band;
use crate::export::markdown::{Table, plain};
use crate::export::words;
use crate::project::{HostedComparison, Lack, MoneyOutcome, Outcome, Project};
use crate::units::{GramsCo2e, Joules, Significant, Usd, in_percent, thousands};

pub(super) fn section(project: &Project, catalog: &Catalog, outcome: &Outcome) -> String {
    let (money, terms) = (&outcome.money, &project.money);
    let usd =
        |sum: Option<Usd>| sum.map_or_else(|| "unknown".to_owned(), |sum| format!("{} USD", thousands(sum.as_usd())));
    let energy = |sum: Option<Joules>| {
        sum.map_or_else(|| "unknown".to_owned(), |sum| format!("{} kWh", thousands(sum.as_kilowatt_hours())))
    };
    let carbon = |sum: Option<GramsCo2e>| {
        sum.map_or_else(|| "unknown".to_owned(), |sum| format!("{} kgCO2e", thousands(sum.as_kilograms())))
    };
    let percent = band::percent;
    let grid_name = catalog
        .grids
        .get(&terms.grid)
        .map_or_else(|| terms.grid.to_string(), |grid| format!("{}, {}", grid.name, grid.year));
    let grid = match (terms.grid_g_per_kwh, money.grid_g_per_kwh) {
        (Some(typed), _) => format!("{typed} gCO2e per kWh, typed in"),
        (None, Some(grams)) => format!("{} gCO2e per kWh ({grid_name})", Significant(grams)),
        (None, None) => "unknown".to_owned(),
    };
    let mut table = Table::new(&["a year of all racks", ">", "how"]);
    let mut row = |what: &str, amount: String, how: String| table.row([what.to_owned(), amount, how]);
    row(
        "tokens generated",
        if money.tokens_per_year > 0.0 {
            format!("{} million", Significant(money.tokens_per_year / 1e6))
        } else {
            "no tokens".to_owned()
        },
        format!("tokens/s of all x {} of capacity", in_percent(outcome.total.utilisation)),
    );
    row("energy of the racks", energy(money.it_energy_per_year), "expected draw x 8,760 h".to_owned());
    row(
        "energy of the site",
        energy(money.site_energy_per_year),
        match terms.site_in(catalog) {
            Some(site) => format!("x PUE of {} ({}, {})", site.pue, site.name, site.year),
            None => format!("x PUE of {}", terms.pue),
        },
    );
    match terms.colocation_usd_per_kw_month {
        None => row(
            "electricity",
            usd(money.power_cost_per_year),
            match terms.electricity_price_in(catalog) {
                Some(price) => format!("x {} USD per kWh ({})", price.usd_per_kwh, price.name),
                None => format!("x {} USD per kWh", terms.electricity_usd_per_kwh),
            },
        ),
        Some(rent) => row(
            "colocation",
            usd(money.power_cost_per_year),
            format!("{rent} USD per kW of budget and month, electricity included"),
        ),
    }
    row(
        "servers",
        usd(money.capital_per_year),
        format!(
            "over {} years, {} % left at the end, capital at {} % a year",
            terms.years,
            percent(terms.residual_share),
            percent(terms.capital_cost)
        ),
    );
    row("support", usd(money.support_per_year), format!("{} % of the price", percent(terms.support_share)));
    row("carbon of making the servers", carbon(money.embodied_per_year), format!("over {} years", terms.years));
    row("carbon in all", carbon(money.carbon_per_year), grid);
    let marginal = another_million(money);
    let fittings = match money.fittings_without_price {
        0 => String::new(),
        count => format!("Price unknown: {count} fittings that run no model, not in the sum.\n\n"),
    };
    let hosted = money.hosted.as_ref().map_or_else(String::new, |hosted| comparison(hosted, project));
    format!("## Money, energy, carbon\n\n{}{fittings}{marginal}\n\n{hosted}", table.finish())
}

/// What another million tokens cost.
fn another_million(money: &MoneyOutcome) -> String {
    let known = money.marginal_usd_per_mtok.as_ref().map(|figure| band::value(figure, Usd::as_usd));
    match (known, money.lacks.electricity) {
        (Some(usd), _) => format!(
            "One million tokens more cost {usd} USD of electricity; the rest is paid whether or not they are generated."
        ),
        (None, Some(Lack::InTheRent)) => {
            "Electricity is in the rent: one million tokens more cost nothing on top of it.".to_owned()
        }
        (None, Some(lack)) => {
            format!("What one million tokens more cost in electricity is unknown: {}.", words::within(&lack.words()))
        }
        (None, None) => "What one million tokens more cost in electricity is unknown.".to_owned(),
    }
}

fn comparison(hosted: &HostedComparison, project: &Project) -> String {
    let HostedComparison { name, provider, date, hosted_usd_per_mtok, .. } = hosted;
    let mut text = format!(
        "Against {} of {} ({date}): {} USD for a million generated tokens with their prompts ({} prompt tokens for {} generated, \
         {} % of them cached).",
        plain(name),
        plain(provider),
        Significant(hosted_usd_per_mtok.as_usd()),
        project.needs.prompt_tokens,
        project.needs.output_tokens,
        band::percent(project.money.cached_input_share),
    );
    text += &format!(" {}", words::against_hosted(hosted));
    text + "\n\n"
}
