//! Llama 2 and 3, SmolLM2, TinyLlama, Mistral, Falcon 3; with experts Mixtral.

use super::{Description, Routing, Windows};

/// Mistral 7B v0.1 limits all layers to a window where its file says so.
pub(super) static LLAMA: Description =
    Description { windows: Windows::All, routing: Some(Routing::Renormalised), ..Description::PLAIN };
