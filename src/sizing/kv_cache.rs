//! Keys, values and recurrent state: what each session keeps of the tokens it has seen.
//!
//! Counted layer by layer from what each layer keeps, so that sliding windows, latent attention, shared and recurrent
//! layers come out right. Padding is each engine's own. Draft models of their own are left out.

use smol_str::SmolStr;

use super::basis::of_shapes;
use super::weights::GgmlType;
use super::weights::tensors;
use super::{Basis, BasisInput, Refusal, Workload};
use crate::catalog::{Architecture, Engine, EngineSettings, KvFormat, LayerState, Model, Standing};
use crate::units::{Bytes, thousands};

/// More layers than any draft head has.
const MOST_DRAFT_LAYERS: u32 = 64; // own limit, 2026-11-20

/// How an engine lays out its cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CacheProfile {
    /// Contexts are rounded up to a multiple of this.
    pub block_tokens: u64,
    /// Whether all sessions share one pool of cells.
    pub unified: bool,
    /// Tokens a sliding layer keeps beyond its window, for one step of work.
    pub window_slack: u64,
    /// Bytes of one element of recurrent state.
    pub state_bytes: u64,
    /// Whether sliding layers keep the full context.
    pub windows_ignored: bool,
    /// How latent attention is kept.
    pub latent: LatentCache,
}

/// How the cache of latent attention is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LatentCache {
    /// One compressed vector a token (llama.cpp since 2026, vLLM, SGLang, TensorRT-LLM).
    Once,
    /// The compressed vector, and a transposed copy of its part without rotation (llama.cpp before that).
    WithTransposedCopy,
    /// Keys and values of every head (llama.cpp before 2025).
    PerHead,
}

impl CacheProfile {
    /// An engine's default layout.
    pub const fn of(engine: Engine) -> Self {
        Self::with(engine, &EngineSettings::of(engine))
    }

    /// An engine's layout with these settings; recurrent state is F32 (2026).
    pub const fn with(engine: Engine, settings: &EngineSettings) -> Self {
        let window_slack = match engine {
            // llama-kv-cache.cpp keeps a window and one micro-batch (2026).
            Engine::LlamaCpp => settings.step_tokens as u64,
            Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm | Engine::MlcLlm | Engine::ExLlama | Engine::Mlx => 0,
        };
        // A block of no tokens would divide by zero; catalog rules refuse it where it enters.
        let block_tokens = if settings.cache_block_tokens == 0 { 1 } else { settings.cache_block_tokens as u64 };
        Self {
            block_tokens,
            unified: false,
            window_slack,
            state_bytes: 4,
            windows_ignored: false,
            latent: LatentCache::Once,
        }
    }

    const fn padded(&self, tokens: u64) -> u64 {
        tokens.div_ceil(self.block_tokens).saturating_mul(self.block_tokens)
    }
}

/// How one element of a cache is stored.
pub const fn element_type(format: KvFormat) -> GgmlType {
    match format {
        KvFormat::F16 => GgmlType::F16,
        KvFormat::Fp8 => GgmlType::F8,
        KvFormat::Q8_0 => GgmlType::Q8_0,
        KvFormat::Q5_1 => GgmlType::Q5_1,
        KvFormat::Q5_0 => GgmlType::Q5_0,
        KvFormat::Q4_1 => GgmlType::Q4_1,
        KvFormat::Q4_0 => GgmlType::Q4_0,
    }
}

/// What a cache is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CacheRequest {
    /// How keys are stored.
    pub keys: GgmlType,
    /// How values are stored.
    pub values: GgmlType,
    /// The engine's layout.
    pub profile: CacheProfile,
    /// Tokens each session may hold.
    pub context_tokens: u64,
    /// Sessions.
    pub sessions: u64,
    /// Tokens at the start that all sessions share and that are stored once.
    pub shared_tokens: u64,
    /// Layers of a draft head that guesses further tokens: each keeps what the model's last attention layer keeps.
    pub draft_layers: u32,
}

impl CacheRequest {
    /// The request a workload makes, without a shared prefix.
    pub fn of(workload: &Workload<'_>) -> Self {
        let stored = element_type(workload.kv_format);
        Self {
            keys: stored,
            values: stored,
            profile: CacheProfile::with(workload.engine, &workload.settings()),
            context_tokens: u64::from(workload.context_tokens),
            sessions: u64::from(workload.sessions.max(1)),
            shared_tokens: 0,
            draft_layers: 0,
        }
    }
}

/// Bytes of all sessions' caches and states.
///
/// # Errors
/// What the layers keep is not published.
pub fn bytes(model: &Model, request: &CacheRequest) -> Result<Bytes, Refusal> {
    bytes_of(model, request, |_| true)
}

/// Bytes of those layers that `counted` says yes to.
///
/// # Errors
/// What the layers keep is not published.
pub fn bytes_of(
    model: &Model,
    request: &CacheRequest,
    counted: impl Fn(&LayerState) -> bool,
) -> Result<Bytes, Refusal> {
    Ok(expanded(model, request)?
        .iter()
        .filter(|(published, _)| counted(published))
        .map(|(_, kept)| layer_bytes(kept, request))
        .sum())
}

/// Bytes of each layer, in order.
///
/// # Errors
/// What the layers keep is not published.
pub fn by_layer(model: &Model, request: &CacheRequest) -> Result<Vec<Bytes>, Refusal> {
    Ok(expanded(model, request)?.iter().map(|(_, kept)| layer_bytes(kept, request)).collect())
}

/// Bytes on all of `devices` that share one copy by tensor parallelism. Heads are divided as far as there are any;
/// a latent vector belongs to all heads and is kept by every device.
///
/// # Errors
/// What the layers keep is not published.
pub fn bytes_in_parallel(model: &Model, request: &CacheRequest, devices: u32) -> Result<Bytes, Refusal> {
    let devices = u64::from(devices.max(1));
    let on_all = |layer: &LayerState| {
        let once = layer_bytes(layer, request);
        match *layer {
            LayerState::Full { kv_heads, .. } | LayerState::Sliding { kv_heads, .. } => {
                let heads = u64::from(kv_heads.max(1));
                // Each device holds whole heads.
                once.scaled((heads.div_ceil(devices) * devices) as f64 / heads as f64)
            }
            LayerState::Latent { .. } => once * devices,
            LayerState::Recurrent { .. } | LayerState::SharesKv | LayerState::Stateless => once,
        }
    };
    Ok(expanded(model, request)?.iter().map(|(_, kept)| on_all(kept)).sum())
}

/// Every layer as published and as this request keeps it.
fn expanded(model: &Model, request: &CacheRequest) -> Result<Vec<(LayerState, LayerState)>, Refusal> {
    let heads = model.architecture.as_ref().and_then(|shapes| Some((shapes.heads?, shapes.latent.clone()?)));
    let expand = |layer: &LayerState| match (request.profile.latent, layer, &heads) {
        // Before latent attention was understood, keys and values of each head were stored.
        (LatentCache::PerHead, LayerState::Latent { rope_dim, .. }, Some((heads, ranks))) => LayerState::Full {
            kv_heads: *heads,
            key_dim: ranks.nope_dim.saturating_add(*rope_dim),
            value_dim: ranks.value_dim,
        },
        _ => layer.clone(),
    };
    let mut layers = layers(model)?;
    let drafted = layers.iter().rev().find(|layer| token_bytes(layer, request.keys, request.values) > Bytes::ZERO);
    if let Some(layer) = drafted.cloned() {
        layers.extend((0..request.draft_layers.min(MOST_DRAFT_LAYERS)).map(|_| layer.clone()));
    }
    Ok(layers
        .into_iter()
        .map(|layer| {
            let kept = expand(&layer);
            (layer, kept)
        })
        .collect())
}

/// Bytes of cache read to generate one token of one session with `depth_tokens` before it.
///
/// # Errors
/// What the layers keep is not published.
pub fn read_bytes(model: &Model, format: KvFormat, depth_tokens: f64) -> Result<Bytes, Refusal> {
    let stored = element_type(format);
    let depth = depth_tokens.max(0.0);
    let states = layers(model)?;
    let read = states.iter().map(|layer| match *layer {
        LayerState::Full { .. } => token_bytes(layer, stored, stored).scaled(depth),
        LayerState::Sliding { window, .. } => token_bytes(layer, stored, stored).scaled(depth.min(f64::from(window))),
        LayerState::Latent { .. } => token_bytes(layer, stored, stored).scaled(depth),
        LayerState::Recurrent { .. } => state_bytes(layer, 4) * 2,
        LayerState::SharesKv | LayerState::Stateless => Bytes::ZERO,
    });
    Ok(read.sum())
}

/// What each layer keeps, in order.
///
/// # Errors
/// It is not published.
pub fn layers(model: &Model) -> Result<Vec<LayerState>, Refusal> {
    model.architecture.as_ref().and_then(states).ok_or_else(|| Refusal {
        reason: format!(
            "{}: what its layers keep of the past is not published, so its cache cannot be counted",
            model.name
        ),
        nearest: None,
    })
}

/// Head counts alone do not say what layers keep: DeepSeek V4 has one key head of 512, and keeps it for every 4th or every
/// 128th token only. Without layer groups the answer is that nobody knows.
fn states(shapes: &Architecture) -> Option<Vec<LayerState>> {
    if shapes.layer_groups.is_empty() { None } else { tensors::states(shapes) }
}

fn layer_bytes(layer: &LayerState, request: &CacheRequest) -> Bytes {
    let CacheRequest { keys, values, profile, context_tokens, sessions, shared_tokens, .. } = *request;
    let each = token_bytes(layer, keys, values) + transposed_copy(layer, request);
    let full = profile.padded(context_tokens);
    match *layer {
        LayerState::Full { .. } | LayerState::Latent { .. } => {
            each * cells(profile, context_tokens, sessions, shared_tokens)
        }
        LayerState::Sliding { .. } if profile.windows_ignored => {
            each * cells(profile, context_tokens, sessions, shared_tokens)
        }
        LayerState::Sliding { window, .. } => {
            let window = u64::from(window);
            let pools = if profile.unified { 1 } else { sessions };
            let in_pool = if profile.unified { sessions } else { 1 };
            let wanted = window.saturating_mul(in_pool).saturating_add(profile.window_slack);
            each * profile.padded(wanted.min(full.saturating_mul(in_pool))).saturating_mul(pools)
        }
        LayerState::Recurrent { .. } => state_bytes(layer, profile.state_bytes) * sessions,
        LayerState::SharesKv | LayerState::Stateless => Bytes::ZERO,
    }
}

/// The second copy of a latent vector that older builds keep, per token.
fn transposed_copy(layer: &LayerState, request: &CacheRequest) -> Bytes {
    match (request.profile.latent, layer) {
        (LatentCache::WithTransposedCopy, LayerState::Latent { kv_rank, .. }) => {
            request.values.row_bytes(u64::from(*kv_rank))
        }
        _ => Bytes::ZERO,
    }
}

/// Cells of all sessions: `shared + sessions x (context - shared)`, each rounded up to whole blocks.
const fn cells(profile: CacheProfile, context: u64, sessions: u64, shared: u64) -> u64 {
    let shared = if shared < context { shared } else { context };
    let own = profile.padded(context - shared);
    profile.padded(shared).saturating_add(own.saturating_mul(sessions))
}

/// Bytes one token takes in one layer.
pub fn token_bytes(layer: &LayerState, keys: GgmlType, values: GgmlType) -> Bytes {
    match *layer {
        LayerState::Full { kv_heads, key_dim, value_dim }
        | LayerState::Sliding { kv_heads, key_dim, value_dim, .. } => {
            let heads = u64::from(kv_heads);
            keys.row_bytes(heads * u64::from(key_dim)) + values.row_bytes(heads * u64::from(value_dim))
        }
        LayerState::Latent { kv_rank, rope_dim, index_dim } => {
            keys.row_bytes(u64::from(kv_rank) + u64::from(rope_dim)) + keys.row_bytes(u64::from(index_dim))
        }
        LayerState::Recurrent { .. } | LayerState::SharesKv | LayerState::Stateless => Bytes::ZERO,
    }
}

/// Bytes of the constant state of one recurrent layer of one session.
pub fn state_bytes(layer: &LayerState, element_bytes: u64) -> Bytes {
    match *layer {
        LayerState::Recurrent { conv_channels, conv_width, state_elements } => {
            let past = u64::from(conv_width).saturating_sub(1).saturating_mul(u64::from(conv_channels));
            Bytes::new(past.saturating_add(state_elements)) * element_bytes
        }
        LayerState::Full { .. }
        | LayerState::Sliding { .. }
        | LayerState::Latent { .. }
        | LayerState::SharesKv
        | LayerState::Stateless => Bytes::ZERO,
    }
}

/// Fields of a model that a cache is counted from.
const CACHE_FIELDS: &[&str] =
    &["architecture.layer_groups", "architecture.kv_heads", "architecture.head_dim", "architecture.layers"];

/// How the cache was counted, in words.
pub fn basis(workload: &Workload<'_>) -> Basis {
    let model = workload.model;
    let source = format!("{}, {}", model.provenance.source, model.provenance.date);
    let request = CacheRequest::of(workload);
    let groups = model.architecture.as_ref().map(|a| a.layer_groups.as_slice()).unwrap_or_default();
    let mut inputs = vec![
        BasisInput::new(
            "context reserved for each session",
            format!("{} tokens", thousands(f64::from(workload.context_tokens))),
            Standing::Assumed,
            "your choice",
        ),
        BasisInput::new("sessions", workload.sessions.max(1), Standing::Assumed, "your choice"),
        BasisInput::new("stored as", workload.kv_format.label(), Standing::Assumed, "your choice"),
        workload.setting(
            "rounded up to",
            format!("{} tokens", request.profile.block_tokens),
            "settings.cache_block_tokens",
        ),
    ];
    for group in groups {
        let per_token = token_bytes(&group.state, request.keys, request.values);
        let state = state_bytes(&group.state, request.profile.state_bytes);
        let (value, note) = match group.state {
            LayerState::Sliding { window, .. } => (per_token, format!(" a token, window {window}")),
            LayerState::Recurrent { .. } => (state, " whatever the context".to_owned()),
            _ => (per_token, " a token".to_owned()),
        };
        inputs.push(BasisInput::new(
            format!("{} layers keep each", group.count),
            format!("{value}{note}"),
            Standing::Computed,
            &source,
        ));
    }
    let (standing, doubtful) = of_shapes(model, CACHE_FIELDS);
    inputs.extend(doubtful);
    Basis {
        standing,
        formula: SmolStr::new_static(
            "cache = sum over layers of cells x (bytes of keys + bytes of values) + recurrent states",
        ),
        inputs,
        band: SmolStr::default(),
    }
}
