//! One candidate: a model and how it is run.

use serde::{Deserialize, Serialize};

use super::Needs;
use crate::catalog::{Catalog, Engine, EngineProfile, EngineProfileId, KvFormat, Model, ModelId, WeightFormat};
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
    /// How that is set up. `None`: as the catalog's entry of the engine's own name says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine_profile: Option<EngineProfileId>,
    /// Context each session may fill, in tokens.
    pub context_tokens: u32,
    /// Its part of the requests beside the other models that the racks serve, as a weight: 2 is asked for twice as often as
    /// 1. Of no account where they serve one.
    #[serde(default = "usual_weight", skip_serializing_if = "is_usual_weight")]
    pub request_weight: f64,
}

/// As often asked for as any other.
pub const USUAL_WEIGHT: f64 = 1.0; // the planner's own, 2026-11-29

const fn usual_weight() -> f64 {
    USUAL_WEIGHT
}

fn is_usual_weight(weight: &f64) -> bool {
    *weight == USUAL_WEIGHT
}

impl Scenario {
    /// The id of the profile the engine runs by.
    pub fn profile_id(&self) -> EngineProfileId {
        self.engine_profile.clone().unwrap_or_else(|| self.engine.id().into())
    }

    /// How the engine is set up. `None`: the catalog does not say, and its default settings hold.
    pub fn profile<'a>(&self, catalog: &'a Catalog) -> Option<&'a EngineProfile> {
        catalog.engine_profiles.get(&self.profile_id())
    }

    /// Runs the model by this profile and its engine.
    pub fn run_by(&mut self, profile: &EngineProfile) {
        self.engine = profile.engine;
        self.engine_profile = (!profile.is_default()).then(|| profile.id.clone());
    }

    /// The question put to `sizing` for this many sessions on one set of devices. `profile`: see [`Self::profile`].
    pub fn workload<'a>(
        &self,
        model: &'a Model,
        profile: Option<&'a EngineProfile>,
        needs: &Needs,
        sessions: u32,
    ) -> Workload<'a> {
        Workload {
            model,
            format: self.format,
            kv_format: self.kv_format,
            engine: self.engine,
            profile,
            context_tokens: self.context_tokens,
            prompt_tokens: needs.prompt_tokens,
            output_tokens: needs.output_tokens,
            sessions,
        }
    }
}
