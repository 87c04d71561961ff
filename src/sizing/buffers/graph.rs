//! llama.cpp's compute buffer, counted from its graph: the largest stage of one micro-batch.
//!
//! The stages were read off logged buffers: 49,152 tokens of Mistral Small 22B take 192 MiB, the head of gemma-3-1b on a
//! processor 516.5 MiB, Qwen3-0.6B after the change of May 2026 32.1 MiB. Pipelined copies for several devices are left
//! out.

use smol_str::SmolStr;

use super::Part;
use crate::catalog::{Architecture, Engine, EngineSettings, LayerState, Standing};
use crate::sizing::weights::family::{self, QkNorm};
use crate::sizing::{Basis, BasisInput, Workload};
use crate::units::Bytes;

/// What a build and its settings do to the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphProfile {
    /// Prompt tokens worked on at once (`-ub`).
    pub micro_batch: u64,
    /// Whether attention is computed in blocks.
    pub flash_attention: bool,
    /// Whether logits are reserved for every token of a micro-batch (builds before May 2026) or one for each session.
    pub logits_for_all: bool,
    /// Whether the graph runs on processor cores.
    pub processor: bool,
    /// Whether prompts are read with a latent cache expanded to keys and values of every head (ik_llama.cpp with `-mla 2`
    /// or `-mla 3`).
    pub latent_expanded: bool,
}

/// Work space of that expansion for each head, whatever the context and the micro-batch.
const EXPANSION_FOR_EACH_HEAD: u64 = 6 << 20; // 769 MiB of 128 heads in logs of DeepSeek V2, V3 and R1 at 32,768 and 65,536 tokens, 2025

/// Band of the count around logged buffers where graph and settings agree; hybrid and latent graphs scatter more.
const BAND: (f64, f64) = (0.9, 1.35); // 73 logged buffers, 2024-2026

impl GraphProfile {
    /// Builds since the change of May 2026 (llama.cpp issue 23527), default settings.
    pub const fn since_may_2026() -> Self {
        Self {
            micro_batch: EngineSettings::of(Engine::LlamaCpp).step_tokens as u64,
            flash_attention: true,
            logits_for_all: false,
            processor: false,
            latent_expanded: false,
        }
    }

    /// Builds since then with the micro-batch a workload's engine is set to.
    pub fn of(workload: &Workload<'_>) -> Self {
        Self { micro_batch: workload.settings().step_tokens.into(), ..Self::since_may_2026() }
    }

    /// Builds before it: logits for every token of a micro-batch.
    pub const fn before_may_2026() -> Self {
        Self { logits_for_all: true, ..Self::since_may_2026() }
    }
}

/// Bytes of the stages of one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stages {
    attention: u64,
    feed_forward: u64,
    head: u64,
}

fn product(factors: &[u64]) -> u64 {
    factors.iter().fold(1, |all, &factor| all.saturating_mul(factor))
}

impl Stages {
    fn of(workload: &Workload<'_>, shapes: &Architecture, graph: &GraphProfile, cells: u64, batch: u64) -> Self {
        let number = |of: Option<u32>| u64::from(of.unwrap_or(0));
        let hidden = u64::from(shapes.hidden);
        let heads = number(shapes.heads);
        let queries = heads.saturating_mul(widest_key(shapes));
        let normed = family::of(workload.model).qk_norm != QkNorm::None;
        let query_copies = if normed { 4 } else { 2 };
        // The mask in 32 and in 16 bits, residual stream and queries in and out; without blocks also all scores.
        let mut attention = product(&[6, batch, cells]).saturating_add(product(&[
            4,
            batch,
            2 * hidden + queries.saturating_mul(query_copies),
        ]));
        if !graph.flash_attention {
            attention = attention.saturating_add(product(&[4, batch, cells, heads]));
        }
        if let (true, Some(per_head)) = (graph.latent_expanded, expanded_head(shapes)) {
            attention = product(&[2, cells, heads, per_head])
                .saturating_add(product(&[6, batch, cells]))
                .saturating_add(product(&[EXPANSION_FOR_EACH_HEAD, heads]));
        }
        let inner = match &shapes.experts {
            Some(e) => u64::from(e.per_token).saturating_mul(2 * number(e.feed_forward) + hidden),
            None => 2 * number(shapes.feed_forward) + 2 * hidden,
        };
        let sessions = u64::from(workload.sessions.max(1));
        let outputs = if graph.logits_for_all { batch } else { sessions };
        Self {
            attention,
            feed_forward: product(&[4, batch, inner]),
            head: product(&[4, outputs, number(shapes.vocabulary)]).saturating_add(product(&[8, batch, hidden])),
        }
    }

    fn largest(&self) -> Bytes {
        Bytes::new(self.attention.max(self.feed_forward).max(self.head))
    }
}

/// Elements of one expanded head: key with its rotary part, and value. `None`: no layer is latent.
fn expanded_head(shapes: &Architecture) -> Option<u64> {
    let ranks = shapes.latent.as_ref()?;
    let of_state =
        |state: &LayerState| if let LayerState::Latent { rope_dim, .. } = state { Some(*rope_dim) } else { None };
    let rope = shapes.layer_groups.iter().find_map(|group| of_state(&group.state))?;
    Some(u64::from(ranks.nope_dim) + u64::from(rope) + u64::from(ranks.value_dim))
}

/// The widest key of any layer.
fn widest_key(shapes: &Architecture) -> u64 {
    let of_state = |state: &LayerState| match state {
        LayerState::Full { key_dim, .. } | LayerState::Sliding { key_dim, .. } => *key_dim,
        LayerState::Latent { kv_rank, rope_dim, .. } => kv_rank.saturating_add(*rope_dim),
        LayerState::Recurrent { .. } | LayerState::SharesKv | LayerState::Stateless => 0,
    };
    let widest = shapes.layer_groups.iter().map(|group| of_state(&group.state)).max();
    u64::from(widest.or(shapes.head_dim).unwrap_or(0))
}

/// Scratch space on all of `devices`, each of which reserves the whole graph.
pub fn llama_cpp(workload: &Workload<'_>, graph: &GraphProfile, devices: u32) -> Part {
    let context = u64::from(workload.context_tokens).max(1);
    let cells = context.div_ceil(256).saturating_mul(256);
    let sessions = u64::from(workload.sessions.max(1));
    let batch = graph.micro_batch.min(context).max(sessions);
    let stages =
        workload.model.architecture.as_ref().map_or(Stages { attention: 0, feed_forward: 0, head: 0 }, |shapes| {
            Stages::of(workload, shapes, graph, cells, batch)
        });
    let likely = stages.largest() * u64::from(devices.max(1));
    let source =
        if graph.logits_for_all { "llama.cpp graph before May 2026" } else { "llama.cpp graph since May 2026" };
    let stage = |name: &str, bytes: u64| BasisInput::new(name, Bytes::new(bytes), Standing::Computed, source);
    let basis = Basis {
        standing: Standing::Computed,
        formula: SmolStr::new_static(
            "largest of attention 6 x batch x cells + 4 x batch x (2 x hidden + copies x queries), feed-forward \
                  4 x batch x inner width, head 4 x outputs x vocabulary + 8 x batch x hidden; on each device",
        ),
        inputs: vec![
            BasisInput::new("tokens worked on at once", batch, Standing::Cited, "llama.cpp default -ub, 2026"),
            BasisInput::new("cache cells of a session", cells, Standing::Computed, source),
            stage("attention", stages.attention),
            stage("feed-forward", stages.feed_forward),
            stage("head", stages.head),
        ],
        band: SmolStr::new_static("-10 to +35 %: builds and backends differ in what they keep at once"),
    };
    Part { low: likely.scaled(BAND.0), likely, high: likely.scaled(BAND.1), basis }
}

/// What llama.cpp keeps in host memory beside the devices: mask, inputs and logits.
pub fn llama_cpp_host(workload: &Workload<'_>, graph: &GraphProfile) -> Bytes {
    let Some(shapes) = workload.model.architecture.as_ref() else { return Bytes::ZERO };
    let context = u64::from(workload.context_tokens).max(1);
    let cells = context.div_ceil(256).saturating_mul(256);
    let batch = graph.micro_batch.min(context);
    Bytes::new(product(&[4, batch, cells]).saturating_add(product(&[4, batch, u64::from(shapes.hidden)])))
}
