//! gpt-oss: experts with biases, attention sinks, every other layer with a window of 128, YaRN (OpenAI 2025,
//! "gpt-oss-120b & gpt-oss-20b model card").

use super::{Activation, Description, Norms, Pairing, Routing, Windows};

pub(super) static GPT_OSS: Description = Description {
    name: "gpt-oss",
    pairing: Pairing::Halves,
    activation: Activation::ClampedSilu,
    norms: Norms { before_feed_forward: Some("post_attention_norm"), ..Description::PLAIN.norms },
    windows: Windows::AllButEvery { period: 2, default: None },
    routing: Some(Routing::OfChosen),
    sinks: true,
    ..Description::PLAIN
};
