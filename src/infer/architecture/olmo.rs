//! OLMo 2 and 3 (branches are normalised where they end, queries and keys over all heads together) and OLMoE.

use super::{Description, HeadNorms, LocalRope, Norms, Pairing, Routing, Windows};

/// OLMo 3 comes under the same name, with windows on three layers of four.
pub(super) static OLMO2: Description = Description {
    name: "olmo2",
    pairing: Pairing::Halves,
    norms: Norms {
        before_attention: None,
        after_attention: Some("post_attention_norm"),
        before_feed_forward: None,
        after_feed_forward: Some("post_ffw_norm"),
    },
    head_norms: HeadNorms::AllHeads,
    windows: Windows::AllButEvery { period: 4, default: None },
    local_rope: LocalRope::Unscaled,
    ..Description::PLAIN
};

pub(super) static OLMOE: Description = Description {
    name: "olmoe",
    pairing: Pairing::Halves,
    head_norms: HeadNorms::AllHeads,
    routing: Some(Routing::Plain),
    ..Description::PLAIN
};
