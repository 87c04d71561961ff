//! SmolLM3: each fourth layer knows no positions (Hugging Face 2025, "SmolLM3: smol, multilingual, long-context reasoner").

use super::{Description, RopeLayers};

pub(super) static SMOLLM3: Description =
    Description { name: "smollm3", rope_layers: RopeLayers::AllButEvery(4), ..Description::PLAIN };
