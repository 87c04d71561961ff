//! Granite 3 and 4 without state-space layers: the Llama block with four multipliers from the file.

use super::{Description, Multipliers, RopeLayers, Routing};

pub(super) static GRANITE: Description = Description {
    name: "granite",
    rope_layers: RopeLayers::Flagged,
    multipliers: Multipliers::FromFile,
    ..Description::PLAIN
};

pub(super) static GRANITE_MOE: Description = Description {
    name: "granitemoe",
    rope_layers: RopeLayers::Flagged,
    multipliers: Multipliers::FromFile,
    routing: Some(Routing::Renormalised),
    ..Description::PLAIN
};
