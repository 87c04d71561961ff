//! Sites: how much power a building takes over what its racks take (power usage effectiveness, PUE).

use serde::{Deserialize, Serialize};

use super::{Provenance, SiteId};

/// One site, or the mean of several.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Slug, for example `industry-average`.
    pub id: SiteId,
    /// Whose sites.
    pub name: String,
    /// The year it is of.
    pub year: u16,
    /// Power of the whole site over power of the racks, 1 or more.
    pub pue: f64,
    /// Where it is published.
    pub provenance: Provenance,
}
