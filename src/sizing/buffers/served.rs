//! Scratch memory of the engines that serve many sessions: the peak their profiling run measures at start-up.
//!
//! Two open planners publish it and differ fivefold: AIConfigurator by a formula in the token budget, inference-sim as
//! 4.8-5.6 GiB for dense models whatever their size. Start-up logs of 8B models (about 1.2 GiB at 8,192 tokens) lie near
//! the formula, so it is the likely value and the other planner's figure is inside the band.

use super::Part;
use crate::catalog::{Engine, Standing};
use crate::sizing::{Basis, BasisInput, Workload};
use crate::units::Bytes;

/// What an engine reserves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServedProfile {
    /// Engine and versions it holds for.
    pub label: &'static str,
    /// Prompt tokens of one step at most.
    pub token_budget: u64,
    /// Sessions of one step at most, as the profiling run takes them.
    pub sessions: u64,
    /// Share of the device's memory the engine takes for itself.
    pub memory_share: f64,
    /// Allocator and context on one device alone.
    pub alone: Bytes,
    /// The same with communication.
    pub together: Bytes,
    /// Captured graphs on each device.
    pub graphs: Bytes,
}

const GIB: u64 = 1 << 30;

impl ServedProfile {
    /// Default settings of an engine's 2026 versions. llama.cpp and its kin have a graph instead: `None`.
    pub const fn of(engine: Engine) -> Option<Self> {
        // Fixed parts: 0.15 GiB alone, 0.6 GiB with communication (inference-sim fits of vLLM logs, 2026).
        let vllm = Self {
            label: "vLLM 0.10 and later",
            token_budget: 8192,
            sessions: 256,
            memory_share: 0.90,
            alone: Bytes::new(GIB * 15 / 100),
            together: Bytes::new(GIB * 60 / 100),
            graphs: Bytes::new(GIB * 30 / 100),
        };
        match engine {
            Engine::Vllm => Some(vllm),
            // mem_fraction_static 0.88 leaves activations and graphs outside (SGLang defaults, 2026).
            Engine::Sglang => Some(Self { label: "SGLang 0.5 and later", memory_share: 0.88, ..vllm }),
            // free_gpu_memory_fraction 0.9 of what weights and activations leave (TensorRT-LLM 1.x defaults, 2026).
            Engine::TensorRtLlm => Some(Self { label: "TensorRT-LLM 1.x", graphs: Bytes::ZERO, ..vllm }),
            Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => None,
        }
    }
}

/// Share of the likely value the band starts and ends at.
const BAND: (f64, f64) = (0.6, 4.0); // from the lowest log to the other planner's figure, 2026-11-20

/// `2 x tokens x heads x head size x c` for activations, `c` = 11, 6.5 or 5 for 1, 2-3 or 4 and more devices, twice that
/// with experts; and two copies of the profiled sessions' logits.
pub fn served(workload: &Workload<'_>, profile: &ServedProfile, devices: u32) -> Part {
    let shapes = workload.model.architecture.as_ref();
    let number = |of: Option<u32>| f64::from(of.unwrap_or(0));
    let width = shapes.map_or(0.0, |a| match (a.heads, a.head_dim) {
        (Some(heads), Some(head)) => f64::from(heads) * f64::from(head),
        _ => f64::from(a.hidden),
    });
    let copies = match devices {
        0 | 1 => 11.0,
        2 | 3 => 6.5,
        _ => 5.0,
    };
    let experts = if shapes.is_some_and(|a| a.experts.is_some()) { 2.0 } else { 1.0 };
    let activations = Bytes::from_f64_ceil(2.0 * profile.token_budget as f64 * width * copies * experts);
    let logits = Bytes::from_f64_ceil(8.0 * profile.sessions as f64 * number(shapes.and_then(|a| a.vocabulary)));
    let each = activations + logits + profile.graphs;
    let likely = each * u64::from(devices.max(1));
    let cited = |name: &str, value: String| BasisInput::new(name, value, Standing::Cited, profile.label);
    let basis = Basis {
        standing: Standing::Assumed,
        formula: "2 x tokens x heads x head size x c + 8 x sessions x vocabulary + graphs, on each device".to_owned(),
        inputs: vec![
            cited("tokens of a step", profile.token_budget.to_string()),
            cited("c", format!("{copies} x {experts}")),
            cited("activations", activations.to_string()),
            cited("logits", logits.to_string()),
            cited("graphs", profile.graphs.to_string()),
        ],
        band: "-40 % to 4 times: two published planners differ fivefold here".to_owned(),
    };
    Part { low: likely.scaled(BAND.0), likely, high: likely.scaled(BAND.1), basis }
}
