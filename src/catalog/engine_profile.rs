//! Engines as set up: what a program reserves, rounds up to and works on at once. The formulas that take these numbers are
//! `sizing`'s; which programs there are is [`Engine`].
//!
//! The default settings stand here and not in a data file, so that an estimate made without a catalog has the same
//! numbers: the built-in catalog lists them as entries, and a user's layer over it changes them like any other.

use serde::{Deserialize, Serialize};

use super::{Date, Engine, EngineProfileId, Provenance, Standing, quantity_fields};
use crate::units::Bytes;

/// One way an engine is set up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineProfile {
    /// Slug. The profile whose id is its engine's own holds wherever no other is chosen.
    pub id: EngineProfileId,
    /// As shown in lists.
    pub name: String,
    /// The program it is a setting of: decides which formulas take the numbers.
    pub engine: Engine,
    /// Versions the numbers hold for, in words.
    pub versions: String,
    /// The numbers.
    pub settings: EngineSettings,
    /// Where they come from.
    pub provenance: Provenance,
}

/// What an engine's memory is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineSettings {
    /// Contexts are rounded up to a multiple of this many tokens.
    pub cache_block_tokens: u32,
    /// Prompt tokens of one step at most: llama.cpp's micro-batch (`-ub`), vLLM's `max_num_batched_tokens`.
    pub step_tokens: u32,
    /// What an engine that serves many sessions reserves. `None`: its buffers are counted from its graph.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved: Option<Reserved>,
}

/// What an engine that serves many sessions reserves at start-up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reserved {
    /// Sessions of one step at most, as its profiling run takes them.
    pub profiled_sessions: u32,
    /// Share of the device's memory the engine takes for weights, cache and work space, above 0 and at most 1.
    pub memory_share: f64,
    /// Allocator and context on one device alone.
    #[serde(rename = "alone_gib", with = "quantity_fields::gib_there")]
    pub alone: Bytes,
    /// The same on each of several devices, with communication.
    #[serde(rename = "together_gib", with = "quantity_fields::gib_there")]
    pub together: Bytes,
    /// Captured graphs on each device.
    #[serde(rename = "graphs_gib", with = "quantity_fields::gib_there")]
    pub graphs: Bytes,
}

const GIB: u64 = 1 << 30;

/// vLLM's: fixed parts of 0.15 GiB alone and 0.6 GiB with communication, from inference-sim's fits of vLLM logs, 2026.
const VLLM: Reserved = Reserved {
    profiled_sessions: 256,
    memory_share: 0.90,
    alone: Bytes::new(GIB * 15 / 100),
    together: Bytes::new(GIB * 60 / 100),
    graphs: Bytes::new(GIB * 30 / 100),
};

impl EngineSettings {
    /// Default settings of an engine's 2026 versions.
    pub const fn of(engine: Engine) -> Self {
        match engine {
            // llama-kv-cache.cpp pads contexts and windows to 256; common/common.h: n_ubatch is 512 (2026).
            Engine::LlamaCpp => Self { cache_block_tokens: 256, step_tokens: 512, reserved: None },
            Engine::Vllm => served(VLLM),
            // mem_fraction_static 0.88 leaves activations and graphs outside (SGLang defaults, 2026).
            Engine::Sglang => served(Reserved { memory_share: 0.88, ..VLLM }),
            // free_gpu_memory_fraction 0.9 of what weights and activations leave (TensorRT-LLM 1.x defaults, 2026).
            Engine::TensorRtLlm => served(Reserved { graphs: Bytes::ZERO, ..VLLM }),
            // Their graphs are counted as llama.cpp's.
            Engine::MlcLlm | Engine::ExLlama | Engine::Mlx => {
                Self { cache_block_tokens: 16, step_tokens: 512, reserved: None }
            }
        }
    }
}

/// Paged caches in blocks of 16 tokens and steps of 8,192 (vLLM CacheConfig and SchedulerConfig, 2026).
const fn served(reserved: Reserved) -> EngineSettings {
    EngineSettings { cache_block_tokens: 16, step_tokens: 8192, reserved: Some(reserved) }
}

impl EngineProfile {
    /// The default setting of each engine, as entries of the built-in catalog.
    pub(super) fn defaults() -> impl Iterator<Item = Self> {
        Engine::ALL.iter().filter_map(|&engine| Self::default_of(engine))
    }

    /// `None` never: the date is one.
    fn default_of(engine: Engine) -> Option<Self> {
        let reserved = "inference-sim fits of vLLM logs, 2026";
        let (versions, source, notes): (_, _, &[(&str, Standing, &str)]) = match engine {
            Engine::LlamaCpp => ("since May 2026", "llama.cpp llama-kv-cache.cpp and common.h, 2026", &[]),
            Engine::Vllm => (
                "0.10 and later",
                "vLLM CacheConfig and SchedulerConfig, 2026",
                &[
                    ("settings.reserved.alone_gib", Standing::Assumed, reserved),
                    ("settings.reserved.together_gib", Standing::Assumed, reserved),
                    ("settings.reserved.graphs_gib", Standing::Assumed, reserved),
                ],
            ),
            Engine::Sglang => (
                "0.5 and later",
                "SGLang server_args.py, 2026: mem_fraction_static 0.88",
                &[("settings", Standing::Assumed, TAKEN), SHARE_SGLANG],
            ),
            Engine::TensorRtLlm => (
                "1.x",
                "TensorRT-LLM KvCacheConfig, 2026: free_gpu_memory_fraction 0.9",
                &[("settings", Standing::Assumed, TAKEN), SHARE_TENSORRT],
            ),
            Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => (
                "2026",
                "taken as vLLM's blocks and llama.cpp's graph, 2026",
                &[("settings", Standing::Assumed, "taken as vLLM's CacheConfig, 2026: alike within a block")],
            ),
        };
        Some(Self {
            id: EngineProfileId::from(engine.id()),
            name: engine.label().to_owned(),
            engine,
            versions: versions.to_owned(),
            settings: EngineSettings::of(engine),
            provenance: Provenance {
                source: source.to_owned(),
                date: Date::parse("2026-11-20")?,
                standing: Standing::Cited,
                fields: notes
                    .iter()
                    .map(|&(field, standing, source)| super::FieldNote::new(field, standing, source))
                    .collect(),
            },
        })
    }

    /// The engine whose default setting has this id. `None`: it is of no default setting.
    pub fn engine_of_default(id: &EngineProfileId) -> Option<Engine> {
        Engine::ALL.iter().copied().find(|engine| engine.id() == id.as_str())
    }

    /// Whether it is the default setting of its engine, which the program cannot do without.
    pub fn is_default(&self) -> bool {
        self.id.as_str() == self.engine.id()
    }
}

const TAKEN: &str = "taken as vLLM's, 2026: alike within a block";
const SHARE_SGLANG: (&str, Standing, &str) =
    ("settings.reserved.memory_share", Standing::Cited, "SGLang server_args.py, 2026: mem_fraction_static");
const SHARE_TENSORRT: (&str, Standing, &str) =
    ("settings.reserved.memory_share", Standing::Cited, "TensorRT-LLM KvCacheConfig, 2026: free_gpu_memory_fraction");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_engine_has_a_default_profile_under_its_own_id() {
        let all: Vec<EngineProfile> = EngineProfile::defaults().collect();
        assert_eq!(all.len(), Engine::ALL.len());
        assert!(all.iter().all(EngineProfile::is_default));
        assert!(all.iter().all(|profile| profile.settings == EngineSettings::of(profile.engine)));
    }
}
