//! Rack enclosures.

use serde::{Deserialize, Serialize};

use super::{Provenance, RackTypeId, quantity_fields};
use crate::units::{Kilograms, Metres};

/// A rack as one buys it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RackType {
    /// Slug, for example `apc-ar3100`.
    pub id: RackTypeId,
    /// As its maker writes it.
    pub name: String,
    /// Its maker.
    pub vendor: String,
    /// Whole rack units inside.
    pub height_units: u32,
    /// Outer depth.
    #[serde(
        default,
        rename = "depth_mm",
        with = "quantity_fields::millimetres",
        skip_serializing_if = "Option::is_none"
    )]
    pub depth: Option<Metres>,
    /// Weight of the empty rack.
    #[serde(
        default,
        rename = "weight_kg",
        with = "quantity_fields::kilograms",
        skip_serializing_if = "Option::is_none"
    )]
    pub weight: Option<Kilograms>,
    /// What it may hold standing still.
    #[serde(
        default,
        rename = "static_load_kg",
        with = "quantity_fields::kilograms",
        skip_serializing_if = "Option::is_none"
    )]
    pub static_load: Option<Kilograms>,
    /// What it may hold while rolled.
    #[serde(
        default,
        rename = "rolling_load_kg",
        with = "quantity_fields::kilograms",
        skip_serializing_if = "Option::is_none"
    )]
    pub rolling_load: Option<Kilograms>,
    /// Anything else worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where all this comes from.
    pub provenance: Provenance,
}
