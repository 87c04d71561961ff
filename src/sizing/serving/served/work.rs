//! What one way of serving asks of one device, as numbers: bytes from the memory ledger's counts, rates from the catalog.
//!
//! Leaves out time: that is `step`'s. Numbers inside are SI (bytes, FLOP, seconds); no bytes are counted here a second
//! time, they come from `weights` and `kv_cache`.

use super::super::Split;
use super::build;
use crate::catalog::{Architecture, Device, Engine, EngineSettings, KvFormat, LayerState, Model, WeightFormat};
use crate::sizing::kv_cache::{self, CacheProfile, CacheRequest, element_type};
use crate::sizing::speed::{self, work::Unpacking};
use crate::sizing::weights::{self, WeightCount};
use crate::sizing::{Refusal, Resource, Workload};
use crate::units::{Bytes, BytesPerSecond, FlopPerSecond};

/// One way of serving a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Serving<'a> {
    /// The model.
    pub model: &'a Model,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// How its cache is stored.
    pub kv_format: KvFormat,
    /// The program that serves it.
    pub engine: Engine,
    /// How that program is set up. `None`: by default.
    pub settings: Option<EngineSettings>,
    /// When that program was built, in years after November 2025; see [`super::build`].
    pub age: f64,
    /// The device.
    pub device: &'a Device,
    /// How devices share one copy.
    pub split: Split,
    /// Tokens of a prompt.
    pub prompt_tokens: f64,
    /// Tokens of an answer.
    pub output_tokens: f64,
    /// Whether the engine guesses further tokens and checks them in the same step.
    pub guessing: bool,
}

impl<'a> Serving<'a> {
    /// What a workload asks of an engine of the newest build that was measured, without guessing.
    pub fn of(workload: &Workload<'a>, device: &'a Device, split: Split) -> Self {
        Self {
            model: workload.model,
            format: workload.format,
            kv_format: workload.kv_format,
            engine: workload.engine,
            settings: Some(workload.settings()),
            age: build::NEWEST,
            device,
            split,
            prompt_tokens: f64::from(workload.prompt_tokens.max(1)),
            output_tokens: f64::from(workload.output_tokens.max(1)),
            guessing: false,
        }
    }
}

/// The format's group: each has kernels of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kernels {
    Sixteen,
    Eight,
    FourFloat,
    FourInteger,
}

/// One way of serving, as numbers.
#[derive(Clone, Debug)]
pub struct Work {
    pub(super) engine: Engine,
    pub(super) age: f64,
    pub(super) devices: f64,
    /// Groups that attend on their own.
    pub(super) groups: f64,
    pub(super) kernels: Kernels,
    pub(super) fused_experts: bool,
    pub(super) padded_experts: bool,
    pub(super) blackwell: bool,
    pub(super) latent: bool,
    pub(super) mixture: bool,
    pub(super) guessing: bool,
    pub(super) slower: f64,
    /// Bytes of everything but routed experts and head, on one device.
    pub(super) fixed: f64,
    pub(super) head: f64,
    /// Bytes of all routed experts, on one device.
    pub(super) experts: f64,
    /// Share of the experts one token takes.
    pub(super) taken: f64,
    pub(super) expert_parameters: f64,
    pub(super) active_parameters: f64,
    pub(super) layers: f64,
    pub(super) expert_layers: f64,
    pub(super) latent_layers: f64,
    pub(super) index_layers: f64,
    pub(super) recurrent_layers: f64,
    pub(super) hidden: f64,
    /// Bytes of cache one session reads for a token, on one device.
    pub(super) cache_read: f64,
    /// Sessions whose caches fit beside the weights.
    pub(super) pool: f64,
    pub(super) weights_fit: bool,
    /// FLOP of attention for one prompt.
    pub(super) attention: f64,
    pub(super) bandwidth: f64,
    pub(super) rate: f64,
    pub(super) rate_16: f64,
    pub(super) link: f64,
    pub(super) power_limit: Option<f64>,
    pub(super) prompt_tokens: f64,
    pub(super) output_tokens: f64,
}

/// Factor on step times of accelerators that are not NVIDIA's: one model on MI300X under vLLM, 8 rows, 2026-08.
const OTHER_MAKER: f64 = 1.42;
/// Bandwidth between neighbours where nobody published it: PCIe 4.0 x16, one direction, usable.
const LINK_ASSUMED: BytesPerSecond = BytesPerSecond::from_giga(28.0);
/// Tokens a sparse-attention index leaves over: top-k of DeepSeek V3.2 and GLM-5, config.json, 2026.
const INDEX_KEEPS: f64 = 2048.0;
/// Share of attention's work that stays in prompts with an index; prototype study, one family, 2026-08.
const INDEX_PROMPT_SHARE: f64 = 0.6;
/// Size of a key and of a value of a head unfolded from a latent vector: 192 + 128, DeepSeek V3 config.json, 2024-12.
const LATENT_HEAD: f64 = 320.0;
/// Benchmarks draw lengths from 80-100 % of what they state: mean over stated.
const LENGTHS_DRAWN: f64 = 0.9;
/// How far into its answer a request is on average when an engine without full reservation is full.
const ANSWER_HELD: f64 = 0.55;
/// Working space vLLM's profile takes out of its share, in bytes; start-up logs, 2026.
const VLLM_SPACE: f64 = 3e9;
/// Share of memory that vLLM and TensorRT-LLM use, and SGLang: defaults, 2026.
const MEMORY_SHARE: (f64, f64) = (0.9, 0.82);
/// A pool never counts as smaller than this share of the memory: below, the form has nothing to say.
const LEAST_POOL: f64 = 0.01;

impl Serving<'_> {
    /// The numbers of this way of serving.
    ///
    /// # Errors
    /// The model's shapes or parameter count, or the device's bandwidth or rates are not published.
    pub fn work(&self) -> Result<Work, Refusal> {
        let count = weights::count(self.model, self.format, self.engine)?;
        self.work_with(&count)
    }

    /// As [`Serving::work`], with the weights already counted.
    ///
    /// # Errors
    /// As [`Serving::work`].
    pub fn work_with(&self, count: &WeightCount) -> Result<Work, Refusal> {
        let Self { model, device, split, engine, .. } = *self;
        let refuse = |what: String| Refusal { reason: what, nearest: None };
        let shapes = model
            .architecture
            .as_ref()
            .ok_or_else(|| refuse(format!("{}: the shapes of its layers are not published", model.name)))?;
        let bandwidth = device
            .memory_bandwidth
            .filter(|rate| rate.as_bytes_per_second() > 0.0)
            .ok_or_else(|| refuse(format!("{}: its memory bandwidth is not published", device.name)))?;
        let rate_16 = device
            .rates
            .fp16
            .filter(|rate| rate.as_flops() > 0.0)
            .ok_or_else(|| refuse(format!("{}: its 16-bit matrix rate is not published", device.name)))?;
        let states = kv_cache::layers(model)?;
        let devices = f64::from(split.devices.max(1));
        let shards = f64::from(split.attention_shards.clamp(1, split.devices.max(1)));
        let groups = devices / shards;
        let layers_of = |is: fn(&LayerState) -> bool| states.iter().filter(|layer| is(layer)).count() as f64;
        let latent_layers = layers_of(|layer| matches!(layer, LayerState::Latent { .. }));
        let kv_heads = states.iter().find_map(|layer| match layer {
            LayerState::Full { kv_heads, .. } | LayerState::Sliding { kv_heads, .. } => {
                Some(f64::from((*kv_heads).max(1)))
            }
            LayerState::Latent { .. } | LayerState::Recurrent { .. } | LayerState::SharesKv | LayerState::Stateless => {
                None
            }
        });
        // Latent vectors are the same for every head, so each shard keeps all of them; other caches are cut by heads.
        let cut = groups * if latent_layers > 0.0 { 1.0 } else { kv_heads.map_or(shards, |heads| shards.min(heads)) };
        let depth = self.prompt_tokens + self.output_tokens / 2.0;
        let fixed = count.fixed();
        let experts = count.routed_experts.bytes.as_f64() / devices;
        let fixed = fixed.as_f64() / shards;
        let stored = fixed + experts + (count.embedding.bytes + count.head.bytes).as_f64() / shards;
        let (pool, weights_fit) = self.pool(stored, cut)?;
        let (of, per_token) = count.experts;
        let mixture = count.routed_experts.parameters > 0;
        let kernels = kernels(self.format);
        let fp4 = device.rates.fp4.is_some();
        Ok(Work {
            engine,
            age: self.age,
            devices,
            groups,
            kernels,
            fused_experts: kernels == Kernels::FourFloat && fp4,
            padded_experts: engine == Engine::Vllm && mixture && block_scaled(model, self.format),
            blackwell: is_blackwell(device),
            latent: latent_layers > 0.0,
            mixture,
            guessing: self.guessing,
            slower: if device.vendor == "NVIDIA" { 1.0 } else { OTHER_MAKER },
            fixed,
            head: count.head_bytes().as_f64() / shards,
            experts,
            taken: if mixture && of > 0 { (f64::from(per_token) / f64::from(of)).clamp(0.0, 1.0) } else { 1.0 },
            expert_parameters: count.routed_experts.parameters as f64,
            active_parameters: count.active_parameters() as f64,
            layers: working_layers(shapes),
            expert_layers: if mixture { f64::from(count.expert_layers) } else { 0.0 },
            latent_layers,
            index_layers: layers_of(|layer| matches!(layer, LayerState::Latent { index_dim, .. } if *index_dim > 0)),
            recurrent_layers: layers_of(|layer| matches!(layer, LayerState::Recurrent { .. })),
            hidden: f64::from(shapes.hidden),
            cache_read: cache_read(model, &states, self.kv_format, depth)? / cut,
            pool,
            weights_fit,
            attention: attention(model, shapes, &states, self.prompt_tokens),
            bandwidth: bandwidth.as_bytes_per_second(),
            rate: matrix_rate(device, self.format, rate_16).as_flops(),
            rate_16: rate_16.as_flops(),
            link: device
                .facts
                .link
                .filter(|link| link.as_bytes_per_second() > 0.0)
                .unwrap_or(LINK_ASSUMED)
                .as_bytes_per_second(),
            power_limit: device.power_limit.map(crate::units::Watts::as_watts),
            prompt_tokens: self.prompt_tokens.max(1.0),
            output_tokens: self.output_tokens.max(1.0),
        })
    }

    /// Sessions whose caches fit, and whether the weights do.
    fn pool(&self, stored: f64, cut: f64) -> Result<(f64, bool), Refusal> {
        let Some(memory) = self.device.memory.map(Bytes::as_f64) else { return Ok((f64::INFINITY, true)) };
        let settings = self.settings.unwrap_or(EngineSettings::of(self.engine));
        // The shares were fitted on default settings; another setting moves them in proportion.
        let share = |settings: EngineSettings| settings.reserved.map_or(1.0, |reserved| reserved.memory_share);
        let set = share(settings) / share(EngineSettings::of(self.engine));
        let (most, sglang) = (MEMORY_SHARE.0 * set, MEMORY_SHARE.1 * set);
        let (pool, answer) = match self.engine {
            Engine::TensorRtLlm => (most * (memory - stored), 1.0),
            Engine::Sglang => (sglang * memory - stored, ANSWER_HELD),
            Engine::Vllm | Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => {
                (most * memory - stored - VLLM_SPACE, ANSWER_HELD)
            }
        };
        let tokens = LENGTHS_DRAWN * (self.prompt_tokens + answer * self.output_tokens);
        let elements = element_type(self.kv_format);
        let request = CacheRequest {
            keys: elements,
            values: elements,
            profile: CacheProfile::with(self.engine, &settings),
            // A float-to-integer cast saturates, and NaN becomes zero.
            context_tokens: tokens.max(1.0).ceil() as u64,
            sessions: 1,
            shared_tokens: 0,
            draft_layers: 0,
        };
        let held = kv_cache::bytes(self.model, &request)?.as_f64() / cut;
        let pool = pool.max(LEAST_POOL * memory);
        Ok((if held > 0.0 { (pool / held).max(1.0) } else { f64::INFINITY }, stored <= memory))
    }
}

/// Layers that cost a layer's fixed time. Where attention, recurrence and feed-forward are layers of their own
/// (Nemotron-H), each holds half of what a usual layer holds.
fn working_layers(shapes: &Architecture) -> f64 {
    f64::from(shapes.layers) * if shapes.feed_forward_layers.is_some() { 0.5 } else { 1.0 }
}

/// Bytes of cache read for one token of one session, all layers: the cache's own count, less what served engines spare.
fn cache_read(model: &Model, states: &[LayerState], format: KvFormat, depth: f64) -> Result<f64, Refusal> {
    let stored = element_type(format);
    let spared = states.iter().map(|layer| match *layer {
        // Behind an index only the tokens it leaves over are read.
        LayerState::Latent { kv_rank, rope_dim, index_dim } if index_dim > 0 => {
            let vector = LayerState::Latent { kv_rank, rope_dim, index_dim: 0 };
            kv_cache::token_bytes(&vector, stored, stored).as_f64() * (depth - INDEX_KEEPS).max(0.0)
        }
        // Engines keep the state in 16 bits, not 32; it is read and written.
        LayerState::Recurrent { .. } => kv_cache::state_bytes(layer, 2).as_f64() * 2.0,
        LayerState::Full { .. }
        | LayerState::Sliding { .. }
        | LayerState::Latent { .. }
        | LayerState::SharesKv
        | LayerState::Stateless => 0.0,
    });
    let all = kv_cache::read_bytes(model, format, depth)?.as_f64();
    Ok((all - spared.sum::<f64>()).max(0.0))
}

/// FLOP of attention (scores and values) over a prompt, causal: each token's over half the prompt, on average. Latent
/// vectors are unfolded into heads for a prompt, which asks less than the folded form of a single token.
fn attention(model: &Model, shapes: &Architecture, states: &[LayerState], prompt: f64) -> f64 {
    let unfolded = states.iter().filter_map(|layer| match *layer {
        LayerState::Latent { index_dim, .. } => Some(if index_dim > 0 { INDEX_PROMPT_SHARE } else { 1.0 }),
        _ => None,
    });
    let latent: f64 = unfolded.sum();
    if latent > 0.0 {
        let heads = f64::from(shapes.heads.unwrap_or(0));
        return 2.0 * heads * LATENT_HEAD * prompt * prompt / 2.0 * latent;
    }
    speed::work::attention(model, prompt / 2.0).as_flop() * prompt
}

/// Kernels of a format.
fn kernels(format: WeightFormat) -> Kernels {
    match Unpacking::of(format) {
        Unpacking::None => Kernels::Sixteen,
        Unpacking::EightBit | Unpacking::SixBit => Kernels::Eight,
        Unpacking::FourBitFloat => Kernels::FourFloat,
        Unpacking::Simple | Unpacking::Nested | Unpacking::ThreeBit => Kernels::FourInteger,
    }
}

/// Whether 8-bit experts carry one scale for each 128 x 128 block. Files called just "FP8" do so from these makers.
fn block_scaled(model: &Model, format: WeightFormat) -> bool {
    const MAKERS: [&str; 11] =
        ["qwen", "deepseek", "glm", "minimax", "kimi", "mimo", "step", "ernie", "hunyuan", "dots", "ling"]; // model cards, 2026
    match format {
        WeightFormat::Fp8Block => true,
        WeightFormat::Fp8 => MAKERS.iter().any(|maker| model.id.as_str().starts_with(maker)),
        _ => false,
    }
}

/// The matrix rate of a format; a rate nobody published or the device lacks is the next wider one's.
fn matrix_rate(device: &Device, format: WeightFormat, rate_16: FlopPerSecond) -> FlopPerSecond {
    let rates = &device.rates;
    let eight = rates.fp8.unwrap_or(rate_16);
    let rate = match (format, kernels(format)) {
        (WeightFormat::Int8, _) => rates.int8.unwrap_or(eight),
        (_, Kernels::Eight) => eight,
        (_, Kernels::FourFloat) => rates.fp4.unwrap_or(eight),
        (_, Kernels::Sixteen | Kernels::FourInteger) => rate_16,
    };
    rate.max(rate_16)
}

/// Blackwell of the data centre.
pub(super) fn is_blackwell(device: &Device) -> bool {
    device.facts.microarchitecture.as_deref().is_some_and(|name| name.starts_with("Blackwell"))
}

/// What limits a step most, from its parts in seconds.
pub(in crate::sizing::serving) fn busiest(parts: &[(f64, Resource)]) -> Resource {
    parts.iter().max_by(|a, b| a.0.total_cmp(&b.0)).map_or(Resource::Bandwidth, |(_, resource)| *resource)
}
