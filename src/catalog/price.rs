//! What others charge for tokens.

use serde::{Deserialize, Serialize};

use super::{ApiPriceId, Provenance};

/// Price of a hosted model on one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiPrice {
    /// Slug.
    pub id: ApiPriceId,
    /// Model as the provider names it.
    pub name: String,
    /// Who charges it.
    pub provider: String,
    /// US dollars per million prompt tokens.
    pub input_usd_per_mtok: f64,
    /// US dollars per million generated tokens.
    pub output_usd_per_mtok: f64,
    /// US dollars per million prompt tokens found in the provider's cache. `None`: not offered or not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_input_usd_per_mtok: Option<f64>,
    /// Where it comes from; its date is the day the price held.
    pub provenance: Provenance,
}
