//! Load, site, prices, and the hosted model to compare with.

use egui::Ui;

use super::folded_ui;
use crate::catalog::{ApiPriceId, Catalog, ElectricityPriceId, SiteId};
use crate::project::{LoadSource, Money};
use crate::ui::widgets::{
    NumberField, PickerEntry, Scale, SliderField, choice_ui, number_ui, optional_number_ui, percent_ui, picker_ui,
    section_ui, share_slider_ui, slider_ui,
};

/// Rent to begin with when colocation is switched on, US dollars per kW and month: the middle of 150 to 250.
const COLOCATION: f64 = 200.0; // v2-pseo-ai GPU TCO, mid-2026

/// Draws the section.
pub fn money_ui(ui: &mut Ui, money: &mut Money, catalog: &Catalog, load_of_readers: Option<f64>) {
    section_ui(ui, "ENERGY AND MONEY");
    utilisation_ui(ui, money, load_of_readers);
    let field = SliderField {
        name: "PUE",
        hover: "Power of the whole site over power of the racks: 1.2 is good, 1.54 was the world's mean in 2025",
        // A site of the catalog may have more than the slider has room for.
        range: 1.0..=money.pue_in(catalog).max(2.5),
        scale: Scale::Linear,
        step: 0.01,
    };
    let mut pue = money.pue_in(catalog);
    if slider_ui(ui, &field, &mut pue) {
        (money.pue, money.site) = (pue, None);
    }
    site_ui(ui, money, catalog);
    let field = SliderField {
        name: "Electricity (USD/kWh)",
        hover: "Price of a kilowatt-hour",
        // A price of the catalog may be more than the slider has room for.
        range: 0.0..=money.electricity_in(catalog).max(0.60),
        scale: Scale::Linear,
        step: 0.01,
    };
    let mut price = money.electricity_in(catalog);
    if slider_ui(ui, &field, &mut price) {
        (money.electricity_usd_per_kwh, money.electricity_price) = (price, None);
    }
    electricity_ui(ui, money, catalog);
    ui.label("Grid").on_hover_text("Whose carbon intensity counts");
    let grid = catalog.grids.get(&money.grid);
    let name = grid.map_or_else(|| format!("{} (not in the catalog)", money.grid), |grid| grid.name.clone());
    let entries = catalog.grids.iter().map(|grid| PickerEntry {
        id: &grid.id,
        name: &grid.name,
        detail: format!("{:.0} g/kWh, {}", grid.intensity_g_per_kwh, grid.year),
    });
    if let Some(id) = picker_ui(ui, "Grid", &name, entries) {
        money.grid = id;
    }
    folded_ui(ui, "Capital and site", "How servers are paid off, and what the site costs", |ui| capital_ui(ui, money));
    folded_ui(ui, "Hosted model", "What others charge for the same tokens", |ui| hosted_ui(ui, money, catalog));
}

/// The mean load: the user's own number, or what the readers cause, which it then follows.
fn utilisation_ui(ui: &mut Ui, money: &mut Money, load_of_readers: Option<f64>) {
    let field = SliderField {
        name: "Utilisation (%)",
        hover: "Mean load over capacity: what the servers really do over a year",
        range: 0.0..=100.0,
        scale: Scale::Linear,
        step: 1.0,
    };
    let mut load = match money.utilisation_from {
        LoadSource::Typed => money.utilisation,
        LoadSource::Readers => load_of_readers.unwrap_or(0.0).min(1.0),
    };
    if share_slider_ui(ui, &field, &mut load) {
        (money.utilisation, money.utilisation_from) = (load, LoadSource::Typed);
    }
    let hover = "Typed: the number above. From the readers: the tokens they ask for over those the servers can make. The \
                 expected draw in a rack's budget keeps the typed number";
    let all = LoadSource::ALL;
    if let Some(from) =
        choice_ui(ui, "Utilisation is", hover, money.utilisation_from, all, |from| from.label().to_owned())
    {
        money.utilisation_from = from;
    }
}

/// Whose PUE it is: the user's own number, or a site of the catalog, whose entry it then follows.
fn site_ui(ui: &mut Ui, money: &mut Money, catalog: &Catalog) {
    let own = SiteId::new("own-number");
    let sites = catalog.sites.iter().map(|site| PickerEntry {
        id: &site.id,
        name: &site.name,
        detail: format!("PUE {}, {}", site.pue, site.year),
    });
    let nothing = PickerEntry { id: &own, name: "my own number", detail: String::new() };
    let current = money.site_in(catalog).map_or("my own number", |site| site.name.as_str());
    if let Some(id) = picker_ui(ui, "Site", current, std::iter::once(nothing).chain(sites)) {
        match catalog.sites.get(&id) {
            Some(site) => money.take_site(site),
            None => (money.pue, money.site) = (money.pue_in(catalog), None),
        }
    }
}

/// Whose price of electricity it is: the user's own number, or one of the catalog, whose entry it then follows.
fn electricity_ui(ui: &mut Ui, money: &mut Money, catalog: &Catalog) {
    let own = ElectricityPriceId::new("own-number");
    let prices = catalog.electricity_prices.iter().map(|price| PickerEntry {
        id: &price.id,
        name: &price.name,
        detail: format!("{} USD/kWh, {}", price.usd_per_kwh, price.provenance.date),
    });
    let nothing = PickerEntry { id: &own, name: OWN_PRICE, detail: String::new() };
    let current = money.electricity_price_in(catalog).map_or(OWN_PRICE, |price| price.name.as_str());
    if let Some(id) = picker_ui(ui, "Electricity price", current, std::iter::once(nothing).chain(prices)) {
        match catalog.electricity_prices.get(&id) {
            Some(price) => money.take_electricity(price),
            None => {
                (money.electricity_usd_per_kwh, money.electricity_price) = (money.electricity_in(catalog), None);
            }
        }
    }
}

const OWN_PRICE: &str = "my own price";

fn capital_ui(ui: &mut Ui, money: &mut Money) {
    let field = NumberField {
        name: "Paid off over (years)",
        hover: "The price of a server is spread over these years",
        range: 0.5..=15.0,
        decimals: 1,
    };
    number_ui(ui, &field, &mut money.years);
    let percent = |name, hover, most| NumberField { name, hover, range: 0.0..=most, decimals: 1 };
    let field = percent("Left at the end (%)", "Share of the price the servers still fetch then", 100.0);
    percent_ui(ui, &field, &mut money.residual_share);
    let field = percent("Cost of capital (% a year)", "What the money in the servers would earn elsewhere", 50.0);
    percent_ui(ui, &field, &mut money.capital_cost);
    let field = percent("Support (% a year)", "Support and maintenance, as a share of the price", 50.0);
    percent_ui(ui, &field, &mut money.support_share);
    let field = NumberField {
        name: "Colocation (USD per kW and month)",
        hover: "Rent of a rented site for each kW of budget, electricity included. Off: one's own site and its electricity",
        range: 1.0..=2000.0,
        decimals: 0,
    };
    optional_number_ui(ui, &field, COLOCATION, &mut money.colocation_usd_per_kw_month);
    let field = NumberField {
        name: "Own grid value (g/kWh)",
        hover: "Carbon of a kilowatt-hour as one's own contract has it. Off: the grid's",
        range: 0.0..=2000.0,
        decimals: 0,
    };
    optional_number_ui(ui, &field, 100.0, &mut money.grid_g_per_kwh);
}

fn hosted_ui(ui: &mut Ui, money: &mut Money, catalog: &Catalog) {
    let none = ApiPriceId::new("none");
    let current = money.compared_api.as_ref().map(|id| match catalog.api_prices.get(id) {
        Some(price) => format!("{} ({})", price.name, price.provider),
        None => format!("{id} (not in the catalog)"),
    });
    let prices = catalog.api_prices.iter().map(|price| PickerEntry {
        id: &price.id,
        name: &price.name,
        detail: format!(
            "{}: {} in, {} out, {}",
            price.provider, price.input_usd_per_mtok, price.output_usd_per_mtok, price.provenance.date
        ),
    });
    let nothing = PickerEntry { id: &none, name: "no comparison", detail: String::new() };
    let entries = std::iter::once(nothing).chain(prices);
    if let Some(id) = picker_ui(ui, "Compare with", current.as_deref().unwrap_or("no comparison"), entries) {
        money.compared_api = Some(id).filter(|id| *id != none);
    }
    if money.compared_api.is_some() {
        let field = NumberField {
            name: "Prompts found in its cache (%)",
            hover: "Share of the prompt tokens that cost the provider's lower price",
            range: 0.0..=100.0,
            decimals: 0,
        };
        percent_ui(ui, &field, &mut money.cached_input_share);
    }
}
