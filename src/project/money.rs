//! Prices, time and carbon of a plan.

use serde::{Deserialize, Serialize};

use crate::catalog::{ApiPriceId, Catalog, ElectricityPrice, ElectricityPriceId, GridId, Site, SiteId};

/// What turns watts and servers into money and carbon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Electricity, US dollars per kWh: typed by the user; that of `electricity_price` goes before it.
    pub electricity_usd_per_kwh: f64,
    /// The catalog's price of electricity that holds. `None`: the user's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub electricity_price: Option<ElectricityPriceId>,
    /// The grid whose carbon intensity counts.
    pub grid: GridId,
    /// Carbon intensity typed by the user, gCO2e per kWh, in place of the grid's. `None`: the grid's.
    pub grid_g_per_kwh: Option<f64>,
    /// Power of the whole site over power of the racks, 1 or more: typed by the user; that of `site` goes before it.
    pub pue: f64,
    /// The site of the catalog whose PUE holds. `None`: the user's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<SiteId>,
    /// Mean load over capacity, 0 to 1, as typed.
    pub utilisation: f64,
    /// Whether that counts, or what the plan's readers cause.
    #[serde(default, skip_serializing_if = "LoadSource::is_typed")]
    pub utilisation_from: LoadSource,
    /// Years over which servers are paid off.
    pub years: f64,
    /// Share of the price they still fetch then, 0 to 1.
    pub residual_share: f64,
    /// Cost of capital per year, 0.08 for 8 %.
    pub capital_cost: f64,
    /// Support and maintenance per year as a share of the price.
    pub support_share: f64,
    /// Rent of a colocation site, US dollars per kW of budget and month, in place of electricity. `None`: own site.
    pub colocation_usd_per_kw_month: Option<f64>,
    /// The hosted model the plan is compared with. `None`: no comparison.
    pub compared_api: Option<ApiPriceId>,
    /// Share of prompt tokens the hosted model finds in its cache, 0 to 1.
    pub cached_input_share: f64,
}

/// Where the mean load comes from that tokens, energy and cost are counted with.
///
/// The expected draw in a rack's budget keeps the typed value: how many servers fit must not follow from how many there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LoadSource {
    /// [`Money::utilisation`], typed by the user.
    #[default]
    Typed,
    /// What the plan's readers ask for over what the servers carry: Little's law, for each model on its own.
    Readers,
}

impl LoadSource {
    /// All of them, in the order they are offered.
    pub const ALL: [Self; 2] = [Self::Typed, Self::Readers];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Typed => "typed",
            Self::Readers => "from the readers",
        }
    }

    /// A file says nothing of it then. Serde hands over a reference.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
    const fn is_typed(&self) -> bool {
        matches!(self, Self::Typed)
    }
}

impl Money {
    /// The site of the catalog whose PUE holds. `None`: none is chosen, or the catalog has it no more.
    pub fn site_in<'a>(&self, catalog: &'a Catalog) -> Option<&'a Site> {
        self.site.as_ref().and_then(|id| catalog.sites.get(id))
    }

    /// Power of the whole site over power of the racks: the chosen site's, else the user's own number.
    pub fn pue_in(&self, catalog: &Catalog) -> f64 {
        self.site_in(catalog).map_or(self.pue, |site| site.pue)
    }

    /// The catalog's price of electricity that holds. `None`: none is chosen, or the catalog has it no more.
    pub fn electricity_price_in<'a>(&self, catalog: &'a Catalog) -> Option<&'a ElectricityPrice> {
        self.electricity_price.as_ref().and_then(|id| catalog.electricity_prices.get(id))
    }

    /// US dollars per kWh: the chosen price's, else the user's own number.
    pub fn electricity_in(&self, catalog: &Catalog) -> f64 {
        self.electricity_price_in(catalog).map_or(self.electricity_usd_per_kwh, |price| price.usd_per_kwh)
    }

    /// Takes a price of the catalog; it stays as the user's own number should the entry go.
    pub fn take_electricity(&mut self, price: &ElectricityPrice) {
        self.electricity_usd_per_kwh = price.usd_per_kwh;
        self.electricity_price = Some(price.id.clone());
    }

    /// Takes a site of the catalog; its PUE stays as the user's own number should the site go.
    pub fn take_site(&mut self, site: &Site) {
        self.pue = site.pue;
        self.site = Some(site.id.clone());
    }
}
