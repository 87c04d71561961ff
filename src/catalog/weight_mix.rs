//! Mixes of the user's own: a published GGUF mix with other types for some groups of tensors.
//!
//! What a mix costs in bytes is `sizing`'s. There is no built-in mix: the published ones are [`WeightFormat`]s.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Provenance, TensorGroup, TensorType, WeightFormat, WeightMixId};

/// A mix of the user's own, chosen by its id wherever a format is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightMix {
    /// Slug, for example `q4-with-q8-head`.
    pub id: WeightMixId,
    /// Name for people.
    pub name: String,
    /// The published GGUF mix it starts from: what its groups do not name is stored as there, and its speed is taken as
    /// that mix's where it depends on how weights are unpacked.
    pub base: WeightFormat,
    /// Type of each group that differs.
    pub types: BTreeMap<TensorGroup, TensorType>,
    /// Where it comes from.
    pub provenance: Provenance,
}
