//! One candidate: a model and how it is run.

use serde::{Deserialize, Serialize};

use super::Needs;
use crate::catalog::{Engine, KvFormat, Model, ModelId, WeightFormat};
use crate::sizing::Workload;

/// A model, its formats, its engine and its context.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// As the user calls it.
    pub name: String,
    /// Which model.
    pub model: ModelId,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// How its cache is stored.
    pub kv_format: KvFormat,
    /// What runs it.
    pub engine: Engine,
    /// Context each session may fill, in tokens.
    pub context_tokens: u32,
}

impl Scenario {
    /// The question put to `sizing` for this many sessions on one set of devices.
    pub fn workload<'a>(&self, model: &'a Model, needs: &Needs, sessions: u32) -> Workload<'a> {
        Workload {
            model,
            format: self.format,
            kv_format: self.kv_format,
            engine: self.engine,
            context_tokens: self.context_tokens,
            prompt_tokens: needs.prompt_tokens,
            output_tokens: needs.output_tokens,
            sessions,
        }
    }
}
