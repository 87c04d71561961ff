//! The tensors of a model, from its shapes: role, block, rows and columns of each.
//!
//! Leaves out draft heads, and of vision and audio towers all but their size. A list is complete when its parameters agree with the published
//! count; where they do not, the family holds tensors this file does not know, and the caller says so.

use super::family::{self, MixFamily, Rotary};
use crate::catalog::{Architecture, LayerState, Model, Towers};
use block::Block;

mod block;

/// One tensor, or all slices of a stacked one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// What it does; decides how it is stored.
    pub role: Role,
    /// The block it belongs to. `None`: outside the blocks.
    pub block: Option<u32>,
    /// Elements of a row: the width it is multiplied along.
    pub columns: u64,
    /// Rows, of all slices together.
    pub rows: u64,
    /// Slices: experts of a stacked tensor, 1 for a plain one.
    pub slices: u64,
}

/// What a tensor does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Token embedding table.
    TokenEmbedding,
    /// Embedding tables of each token for each block.
    PerLayerEmbedding,
    /// Output head.
    Head,
    /// Query projection.
    Query,
    /// Key projection.
    Key,
    /// Value projection.
    Value,
    /// Query, key and value in one.
    FusedQkv,
    /// Attention output projection.
    AttentionOut,
    /// Expansion of latent keys and values.
    LatentUp,
    /// Any other matrix of an attention or recurrent layer.
    Mixer,
    /// Small projections that make the gates and steps of a gated delta network.
    StateGate,
    /// Feed-forward up projection.
    Up,
    /// Feed-forward gate.
    Gate,
    /// Feed-forward down projection.
    Down,
    /// Up projections of all routed experts.
    ExpertUp,
    /// Gates of all routed experts.
    ExpertGate,
    /// Down projections of all routed experts.
    ExpertDown,
    /// Up projection of the shared experts.
    SharedUp,
    /// Gate of the shared experts.
    SharedGate,
    /// Down projection of the shared experts.
    SharedDown,
    /// Router of a mixture: never quantized.
    Router,
    /// Norms, biases, short convolutions, factors: never quantized.
    Full,
    /// A matrix kept in 16 bits whatever the format.
    Sixteen,
}

/// All tensors, in the order a quantizer meets them, with what the mixes' rules ask.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorList {
    /// The tensors, block by block.
    pub tensors: Vec<Tensor>,
    /// Blocks.
    pub blocks: u32,
    /// Blocks after them that guess further tokens.
    pub prediction_blocks: u32,
    /// Tensors that count as values in the mixes' rules.
    pub value_tensors: u32,
    /// Query heads for each key and value head.
    pub group: u32,
    /// Routed experts of a block, and how many one token takes; one of one without any.
    pub experts: (u32, u32),
    /// Blocks with routed experts.
    pub expert_layers: u32,
    /// Rules of its own in llama.cpp's quantizer.
    pub mix_family: MixFamily,
    /// Whether recurrent blocks are gated delta networks.
    pub delta_network: bool,
    /// Blocks that keep a cache of their own; those after them read one of these.
    pub keeping_blocks: u32,
    /// Conversions for MLX keep the router as a plain parameter, which they never quantize.
    pub plain_router: bool,
    /// Conversions for MLX keep routers and the experts every token passes at 8 bits.
    pub eight_bit_shared: bool,
    /// Towers for pictures and sound beside the language model.
    pub towers: Option<Towers>,
    /// Whether the head is the embedding table.
    pub tied: bool,
    /// Whether the parameters agree with the published count.
    pub complete: bool,
}

/// Counts that lie closer than this to the published one are the same count, rounded.
const SAME_COUNT: f64 = 0.006; // published counts carry three digits: half a unit of the third is up to 0.5 %
/// The same where the published count is a whole number of billions: a name rather than a count.
const NOMINAL_COUNT: f64 = 0.04; // "48B" holds 49.3, "31B" 30.7 billion
/// More blocks than any published model by far; keeps a hostile catalog from asking for endless lists.
const MOST_BLOCKS: u32 = 10_000; // as the catalog's own limit, 2026-11-20

impl Tensor {
    /// Number of elements.
    pub const fn elements(&self) -> u64 {
        self.columns.saturating_mul(self.rows)
    }
}

/// The tensors of a model. `None`: its shapes are not published.
pub fn list(model: &Model) -> Option<TensorList> {
    let shapes = model.architecture.as_ref()?;
    let states = states(shapes)?;
    let family = family::of(model);
    let vocabulary = u64::from(shapes.vocabulary?);
    let hidden = u64::from(shapes.hidden);
    if hidden == 0 || vocabulary == 0 {
        return None;
    }
    let tied = shapes.tied_embeddings.unwrap_or(false);
    let mut tensors = Vec::new();
    let mut outer = |role, columns, rows| tensors.push(Tensor { role, block: None, columns, rows, slices: 1 });
    outer(Role::TokenEmbedding, hidden, vocabulary);
    if !tied {
        outer(Role::Head, hidden, vocabulary);
    }
    if family.head_bias {
        outer(Role::Full, vocabulary, 1);
    }
    outer(Role::Full, hidden, 1 + u64::from(family.norm_bias));
    if let Some(width) = shapes.per_layer_embedding.map(u64::from) {
        let all = width.saturating_mul(u64::from(shapes.layers));
        outer(Role::PerLayerEmbedding, all, vocabulary);
        outer(Role::Sixteen, hidden, all);
        outer(Role::Full, width, 1);
    }
    let half_head = u64::from(shapes.head_dim.unwrap_or(0)) / 2;
    match family.rotary {
        Rotary::None => {}
        Rotary::Factors => outer(Role::Full, half_head, 1),
        Rotary::LongAndShort => outer(Role::Full, half_head, 2),
    }
    // Where some blocks keep nothing, every block is one thing only: attention, recurrence, or feed-forward.
    let single_purpose = states.iter().any(|state| matches!(state, LayerState::Stateless));
    let keeping = states.iter().filter(|state| !matches!(state, LayerState::SharesKv)).count();
    let mut expert_layers = 0;
    for (at, (block, state)) in (0u32..).zip(&states).enumerate() {
        let mut block_of = Block { tensors: &mut tensors, block, hidden, family, shapes, shared: false };
        // A block that reads another's cache is shaped as the one at its place in the pattern.
        let read = at.checked_rem(keeping).and_then(|place| states.get(place));
        block_of.shared = matches!(state, LayerState::SharesKv);
        block_of.state(if block_of.shared { read.unwrap_or(state) } else { state })?;
        let feeds = !single_purpose || matches!(state, LayerState::Stateless);
        if feeds {
            expert_layers += u32::from(block_of.feed_forward()?);
        }
        if let Some(width) = shapes.per_layer_embedding {
            block_of.per_layer_embedding(u64::from(width));
        }
        let norms = if single_purpose { 1 } else { family.norms };
        block_of.full(hidden, u64::from(norms) * (1 + u64::from(family.norm_bias)));
    }
    for ahead in 0..shapes.prediction_layers.min(MOST_BLOCKS) {
        let block = shapes.layers.saturating_add(ahead);
        let mut last = Block { tensors: &mut tensors, block, hidden, family, shapes, shared: false };
        last.state(states.last()?)?;
        last.feed_forward()?;
        last.push(Role::Mixer, 2 * hidden, hidden);
        if family.own_prediction_tables {
            last.push(Role::TokenEmbedding, hidden, vocabulary);
            last.push(Role::TokenEmbedding, hidden, vocabulary);
        }
        last.full(hidden, 3 + u64::from(family.norms));
    }
    let value_tensors =
        tensors.iter().filter(|t| matches!(t.role, Role::Value | Role::FusedQkv | Role::LatentUp)).count();
    let counted: u64 = tensors.iter().fold(0, |all, t: &Tensor| all.saturating_add(t.elements()));
    let complete = model.parameters_total.is_none_or(|published| {
        let allowed = if published.is_multiple_of(1_000_000_000) { NOMINAL_COUNT } else { SAME_COUNT };
        (counted as f64 / published as f64 - 1.0).abs() <= allowed
    });
    Some(TensorList {
        value_tensors: u32::try_from(value_tensors).unwrap_or(u32::MAX),
        blocks: shapes.layers,
        prediction_blocks: shapes.prediction_layers,
        group: shapes.heads.unwrap_or(1).checked_div(shapes.kv_heads.unwrap_or(1)).unwrap_or(1),
        experts: shapes.experts.as_ref().map_or((1, 1), |e| (e.count.max(1), e.per_token.min(e.count).max(1))),
        expert_layers,
        mix_family: family.mix,
        delta_network: family.delta_network,
        keeping_blocks: u32::try_from(keeping).unwrap_or(u32::MAX),
        plain_router: family.plain_router,
        eight_bit_shared: family.eight_bit_shared,
        towers: shapes.towers,
        tied,
        complete,
        tensors,
    })
}

/// What each block keeps, in order: groups are interleaved evenly, a rarer one closing each period; blocks that read
/// another's cache come last. `None`: not published.
pub fn states(shapes: &Architecture) -> Option<Vec<LayerState>> {
    if shapes.layers == 0 || shapes.layers > MOST_BLOCKS {
        return None;
    }
    if shapes.layer_groups.is_empty() {
        let (kv_heads, head_dim) = (shapes.kv_heads?, shapes.head_dim?);
        let full = LayerState::Full { kv_heads, key_dim: head_dim, value_dim: head_dim };
        return Some(vec![full; usize::try_from(shapes.layers).ok()?]);
    }
    let total: u64 = shapes.layer_groups.iter().map(|g| u64::from(g.count)).sum();
    if total != u64::from(shapes.layers) {
        return None;
    }
    let shared = shapes.layer_groups.iter().filter(|g| matches!(g.state, LayerState::SharesKv));
    let keeping = total - shared.map(|g| u64::from(g.count)).sum::<u64>();
    // The k-th of `count` layers of a group stands by block k * all / count: the earliest of these comes first.
    let mut placed: Vec<u64> = vec![0; shapes.layer_groups.len()];
    let mut states = Vec::new();
    for _ in 0..total {
        let (group, placed) = shapes
            .layer_groups
            .iter()
            .zip(&mut placed)
            .filter(|(group, placed)| **placed < u64::from(group.count))
            .min_by_key(|(group, placed)| {
                let (count, last) = (u64::from(group.count), matches!(group.state, LayerState::SharesKv));
                (last, ((**placed + 1) * keeping).div_ceil(count), u32::MAX - group.count)
            })?;
        *placed += 1;
        states.push(group.state.clone());
    }
    Some(states)
}
