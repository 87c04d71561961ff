//! Gemma 1, 2 and 3. Their converter adds the 1 of Gemma's norms to the weights in the file.
//!
//! The largest models scale attention by the width per head: 46 layers of Gemma 2 27B, 62 of Gemma 3 27B
//! (`google/gemma_pytorch`, `gemma/config.py`, `query_pre_attn_scalar`).

use super::{Activation, Description, LocalRope, Multipliers, Norms, Pairing, Windows};

pub(super) static GEMMA: Description = Description {
    name: "gemma",
    pairing: Pairing::Halves,
    activation: Activation::Gelu,
    multipliers: Multipliers::RootOfWidth,
    ..Description::PLAIN
};

const AROUND: Norms = Norms {
    before_attention: Some("attn_norm"),
    after_attention: Some("post_attention_norm"),
    before_feed_forward: Some("ffn_norm"),
    after_feed_forward: Some("post_ffw_norm"),
};

pub(super) static GEMMA2: Description = Description {
    name: "gemma2",
    pairing: Pairing::Halves,
    activation: Activation::Gelu,
    norms: AROUND,
    multipliers: Multipliers::RootOfWidth,
    windows: Windows::AllButEvery { period: 2, default: Some(4096) },
    caps: Some([50.0, 30.0]),
    wide_scale_layers: Some(46),
    ..Description::PLAIN
};

pub(super) static GEMMA3: Description = Description {
    name: "gemma3",
    pairing: Pairing::Halves,
    activation: Activation::Gelu,
    norms: AROUND,
    multipliers: Multipliers::RootOfWidth,
    windows: Windows::AllButEvery { period: 6, default: None },
    local_rope: LocalRope::Base(10_000.0),
    caps: Some([0.0, 0.0]),
    wide_scale_layers: Some(62),
    ..Description::PLAIN
};
