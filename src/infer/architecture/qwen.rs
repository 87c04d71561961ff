//! Qwen 2 and 2.5 (biases on queries, keys and values), Qwen 3 (query and key heads normalised), Qwen 3 with experts.

use super::{Description, Pairing, Routing};

pub(super) static QWEN2: Description = Description { name: "qwen2", pairing: Pairing::Halves, ..Description::PLAIN };

pub(super) static QWEN3: Description = Description { name: "qwen3", pairing: Pairing::Halves, ..Description::PLAIN };

pub(super) static QWEN3_MOE: Description = Description {
    name: "qwen3moe",
    pairing: Pairing::Halves,
    routing: Some(Routing::Renormalised),
    ..Description::PLAIN
};
