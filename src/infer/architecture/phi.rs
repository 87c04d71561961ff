//! Phi-3, Phi-3.5 and Phi-4: queries, keys and values in one matrix, gate and up in another, long-context divisors.
//!
//! Their files carry windows that converters got wrong for years; like llama.cpp since 2025-05 (its pull request 13676)
//! all layers see all positions here.

use super::{Description, Pairing};

pub(super) static PHI3: Description = Description { name: "phi3", pairing: Pairing::Halves, ..Description::PLAIN };
