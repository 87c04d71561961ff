//! One pass of a served engine: a token for each running session, and the prompt of one request.
//!
//! `t = (t_w^4 + t_c^4)^(1/4) + t_kv + t_com + layers + B x request + step`, in seconds:
//! weights at a share of the bandwidth, arithmetic at a share of the matrix rate (the slower of the two hides the other),
//! caches, two all-reduces a layer, and fixed times of layers, requests and the step. Worked out and compared with other
//! forms by leaving out whole model families, GPUs and engines.

use super::build::{FIXED_TIME_RATE, REQUEST_RATE, padded_left, shrunk};
use super::constants::ServedConstants;
use super::work::{Kernels, Work, busiest};
use crate::catalog::Engine;
use crate::sizing::Resource;

/// Parts of a step, seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Step {
    pub weights: f64,
    pub compute: f64,
    pub cache: f64,
    pub collectives: f64,
    /// Fixed times but for those named next.
    pub fixed: f64,
    /// Penalties that one or two families showed: padded experts, sparse index, recurrence.
    pub penalties: f64,
    pub total: f64,
}

impl Step {
    pub(super) fn binding(&self) -> Resource {
        busiest(&[
            (self.weights + self.cache, Resource::Bandwidth),
            (self.compute, Resource::Compute),
            (self.collectives, Resource::Interconnect),
            (self.fixed + self.penalties, Resource::Overhead),
        ])
    }
}

/// Sharpness of the change from reading to computing: 2 mixes them, infinity takes the larger.
const SHARPNESS: i32 = 4;
/// Share of a batch that picks experts anew; the rest follows the same few (routing is correlated).
const ROUTED_ANEW: f64 = 0.80;
/// Rows that grouped kernels of 2025 gave each expert at least.
const PADDED_ROWS: f64 = 128.0;
const MICRO: f64 = 1e-6;
/// Tokens of a prompt chunk.
const CHUNK: f64 = 8192.0;

/// A constant common to engines times the engine's own factor.
pub(super) fn of_engine(common: f64, engine: Engine, [vllm, sglang, tensorrt]: [f64; 3]) -> f64 {
    common
        * match engine {
            Engine::Vllm => vllm,
            Engine::Sglang => sglang,
            Engine::TensorRtLlm => tensorrt,
            Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => 1.0,
        }
}

/// Bytes of weights a step of `batch` reads on one device, each kind divided by its relative bandwidth.
fn weights_read(c: &ServedConstants, work: &Work, coverage: f64) -> f64 {
    let (format, experts) = match work.kernels {
        Kernels::Sixteen => (1.0, 1.0),
        Kernels::Eight => (c.bandwidth_8_bit, 1.0),
        Kernels::FourFloat => (c.bandwidth_4_bit_float, c.bandwidth_4_bit_float_experts),
        Kernels::FourInteger => (c.bandwidth_4_bit_integer, 1.0),
    };
    work.fixed / format + work.experts * coverage / (format * c.bandwidth_experts * experts)
}

fn all_reduce_per_byte(c: &ServedConstants, work: &Work) -> f64 {
    2.0 * (work.devices - 1.0) / work.devices / (work.link * c.link)
}

/// One step of `batch` running sessions.
pub(super) fn decode(c: &ServedConstants, work: &Work, batch: f64) -> Step {
    let coverage = if work.mixture { 1.0 - (1.0 - work.taken).powf((batch * ROUTED_ANEW).max(1.0)) } else { 1.0 };
    let weights = (weights_read(c, work, coverage) + work.head) / (work.bandwidth * c.bandwidth);
    let compute = 2.0 * work.active_parameters * batch / work.devices / (work.rate * c.compute);
    let both = (weights.powi(SHARPNESS) + compute.powi(SHARPNESS)).powf(1.0 / f64::from(SHARPNESS));
    let cache_share = if work.latent { c.bandwidth_latent_cache } else { c.bandwidth_cache };
    let cache = batch * work.cache_read / (work.bandwidth * cache_share);
    // Where each group attends on its own, a token's activations cross the links once, not twice.
    let crossings = if work.groups > 1.0 { 0.5 } else { 1.0 };
    let collectives = 2.0
        * work.layers
        * (c.all_reduce * MICRO * work.devices.log2()
            + all_reduce_per_byte(c, work) * 2.0 * work.hidden * batch * crossings);
    let engine = |common, own| of_engine(common, work.engine, own);
    let layer = engine(c.layer, [c.layer_vllm, c.layer_sglang, c.layer_tensorrt]);
    let expert_layer = engine(c.expert_layer, [c.expert_layer_vllm, c.expert_layer_sglang, c.expert_layer_tensorrt])
        * if work.fused_experts { c.expert_layer_4_bit_float } else { 1.0 };
    let spread = if work.engine == Engine::Vllm && work.groups > 1.0 { c.expert_layer_spread } else { 0.0 };
    let layers =
        work.layers * layer + work.expert_layers * (expert_layer + spread) + work.latent_layers * c.latent_layer;
    let step = engine(c.step_ms, [c.step_vllm, c.step_sglang, c.step_tensorrt]) * 1e-3;
    let request = engine(c.request, [c.request_vllm, c.request_sglang, c.request_tensorrt]) * MICRO;
    let slow = shrunk(FIXED_TIME_RATE, work.age);
    let fixed = (layers * MICRO + step) * slow + batch * request * shrunk(REQUEST_RATE, work.age);
    let padded = if work.padded_experts {
        2.0 * PADDED_ROWS * work.expert_parameters / work.devices / (work.rate * c.padded_experts)
            * padded_left(work.age)
    } else {
        0.0
    };
    let strange = (work.index_layers * c.index_layer + work.recurrent_layers * c.recurrent_layer) * MICRO * slow;
    let penalties = padded + strange;
    let guessing = if work.guessing { c.guessing } else { 1.0 };
    let total = (both + cache + collectives + fixed + penalties) * guessing * work.slower;
    Step { weights, compute, cache, collectives, fixed, penalties, total }
}

/// The prompt of one request, on top of a step that runs anyway; seconds.
pub(super) fn prompt(c: &ServedConstants, work: &Work) -> f64 {
    let format = match work.kernels {
        Kernels::Sixteen => 1.0,
        Kernels::Eight => c.prompt_8_bit,
        Kernels::FourFloat => c.prompt_4_bit_float,
        Kernels::FourInteger => c.prompt_4_bit_integer,
    };
    let experts = match (work.mixture, work.blackwell) {
        (false, _) => 1.0,
        (true, false) => c.prompt_experts,
        (true, true) => c.prompt_experts * c.prompt_experts_blackwell,
    };
    let tokens = work.prompt_tokens;
    let products = 2.0 * work.active_parameters * tokens / (work.rate * c.prompt * format * experts);
    let attention = work.attention / (work.rate_16 * c.prompt_attention);
    let links = 2.0 * work.layers * all_reduce_per_byte(c, work) * c.link / c.link_prompt * 2.0 * work.hidden * tokens;
    let read = weights_read(c, work, 1.0) / (work.bandwidth * c.bandwidth);
    let chunk = c.prompt_chunk_weights * read + c.prompt_chunk_layer * MICRO * work.layers;
    (products + attention) / work.devices + links + (tokens / CHUNK).max(1.0) * chunk
}
