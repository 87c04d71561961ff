//! Prices, time and carbon of a plan.

use serde::{Deserialize, Serialize};

use crate::catalog::{ApiPriceId, GridId};

/// What turns watts and servers into money and carbon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// Electricity, US dollars per kWh.
    pub electricity_usd_per_kwh: f64,
    /// The grid whose carbon intensity counts.
    pub grid: GridId,
    /// Carbon intensity typed by the user, gCO2e per kWh, in place of the grid's. `None`: the grid's.
    pub grid_g_per_kwh: Option<f64>,
    /// Power of the whole site over power of the racks, 1 or more.
    pub pue: f64,
    /// Mean load over capacity, 0 to 1.
    pub utilisation: f64,
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
