//! Electricity: how dirty and how dear.

use serde::{Deserialize, Serialize};

use super::{ElectricityPriceId, GridId, Provenance};

/// Carbon intensity of one grid in one year.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grid {
    /// Slug, for example `deu`.
    pub id: GridId,
    /// Country or region.
    pub name: String,
    /// Year the average is of.
    pub year: u16,
    /// Location-based average, gCO2e per kWh.
    pub intensity_g_per_kwh: f64,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// A price of electricity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectricityPrice {
    /// Slug.
    pub id: ElectricityPriceId,
    /// Who pays it.
    pub name: String,
    /// US dollars per kWh.
    pub usd_per_kwh: f64,
    /// Where it comes from.
    pub provenance: Provenance,
}
