//! What one token, or one prompt, asks of a machine: bytes to read and operations to do, from the memory ledger's counts.

use crate::catalog::{LayerState, Model, WeightFormat};
use crate::sizing::kv_cache;
use crate::sizing::weights::WeightCount;
use crate::units::{Bytes, Flop};

/// Weight formats by what unpacking them costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unpacking {
    /// 16 bits and more: nothing to unpack.
    None,
    /// 8 bits.
    EightBit,
    /// 4 and 5 bits with one scale a block.
    Simple,
    /// 4- and 5-bit K-quants and their like, with nested scales.
    Nested,
    /// 6-bit K-quants.
    SixBit,
    /// 3 bits and fewer.
    ThreeBit,
    /// 4-bit floats.
    FourBitFloat,
}

impl Unpacking {
    /// What a format costs to unpack.
    pub const fn of(format: WeightFormat) -> Self {
        use WeightFormat as W;
        match format {
            W::F32 | W::F16 | W::Bf16 => Self::None,
            W::Q8_0 | W::Fp8 | W::Fp8Block | W::Int8 | W::Mlx8 => Self::EightBit,
            W::Q4_0 | W::Q4_1 | W::Q5_0 | W::Q5_1 | W::Iq4Nl | W::Mlx3 | W::Mlx4 | W::Mlx5 | W::Mlx6 => Self::Simple,
            W::Q4KM
            | W::Q4KS
            | W::Q5KM
            | W::Q5KS
            | W::Iq4Xs
            | W::UdQ4KXl
            | W::Int4G128
            | W::Int4G64
            | W::Int4G32
            | W::Nf4
            | W::Nf4Double => Self::Nested,
            W::Q6K | W::UdQ6KXl => Self::SixBit,
            W::Q3KL
            | W::Q3KM
            | W::Q3KS
            | W::UdQ3KXl
            | W::Iq3M
            | W::Iq3S
            | W::Iq3Xs
            | W::Iq3Xxs
            | W::Q2K
            | W::Q2KS
            | W::Iq2M
            | W::Iq2S
            | W::Iq2Xs
            | W::Iq2Xxs
            | W::Iq1M
            | W::Iq1S
            | W::Tq1_0
            | W::Tq2_0 => Self::ThreeBit,
            W::Mxfp4 | W::Nvfp4 => Self::FourBitFloat,
        }
    }
}

/// The work of a model in one format.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Bytes of weights read for one token.
    pub weights: Bytes,
    /// Bytes of weights that a long prompt touches: all experts, without embedding and head.
    pub all_weights: Bytes,
    /// Parameters multiplied for one token, head included.
    pub active: f64,
    /// The same without the head: what every prompt token passes through.
    pub body: f64,
    /// Layers.
    pub layers: f64,
    /// Layers with experts.
    pub expert_layers: f64,
    /// Recurrent layers.
    pub recurrent_layers: f64,
    /// Share of its experts that a token takes; 1 without experts.
    pub experts_taken: f64,
    /// Share of the body that lies in routed experts, of one token.
    pub expert_share: f64,
    /// Whether it has experts.
    pub experts: bool,
    /// Whether its attention is latent.
    pub latent: bool,
    /// Whether its heads are wider than 128.
    pub wide_heads: bool,
    /// Whether its rows break K-quants' blocks of 256.
    pub odd_rows: bool,
    /// How its weights are unpacked.
    pub unpacking: Unpacking,
    /// Whether what its layers keep is unpublished, so that the cache is left out.
    pub cache_unknown: bool,
}

/// Layers taken for a model whose shapes are not published: that of dense models of its size.
fn guessed_layers(active: f64) -> f64 {
    (32.0 * (active / 8e9).max(1e-3).powf(0.33)).round().max(12.0) // Llama 3 and Qwen 3 sizes, 2026-11
}

impl Work {
    /// The work of a model as counted by the memory ledger.
    pub fn of(model: &Model, format: WeightFormat, weights: &WeightCount) -> Self {
        let active = weights.active_parameters() as f64;
        let head = if weights.tied { weights.embedding.parameters } else { weights.head.parameters } as f64;
        let (count, taken) = weights.experts;
        let experts = weights.routed_experts.parameters > 0 && count > 1;
        let experts_taken = if experts { f64::from(taken) / f64::from(count.max(1)) } else { 1.0 };
        let body = (active - head).max(active * 0.1);
        let states = kv_cache::layers(model).ok();
        let shapes = model.architecture.as_ref();
        let of_kind = |kind: fn(&LayerState) -> bool| {
            states.as_ref().map_or(0.0, |all| all.iter().filter(|state| kind(state)).count() as f64)
        };
        // Short convolutions keep a few inputs and no state: they cost what any small product costs.
        let recurrent =
            |state: &LayerState| matches!(state, LayerState::Recurrent { state_elements, .. } if *state_elements > 0);
        Self {
            weights: weights.read_per_step(1),
            all_weights: weights.fixed() + weights.routed_experts.bytes,
            active,
            body,
            layers: shapes.map_or_else(|| guessed_layers(active), |a| f64::from(a.layers)),
            expert_layers: f64::from(weights.expert_layers),
            recurrent_layers: of_kind(recurrent),
            experts_taken,
            expert_share: if experts {
                (weights.routed_experts.parameters as f64 * experts_taken / body.max(1.0)).min(1.0)
            } else {
                0.0
            },
            experts,
            latent: of_kind(|state| matches!(state, LayerState::Latent { .. })) > 0.0,
            wide_heads: shapes.and_then(|a| a.head_dim).is_some_and(|dim| dim > 128) && of_kind(recurrent) == 0.0,
            odd_rows: shapes.is_some_and(|a| a.hidden % 256 != 0),
            unpacking: Unpacking::of(format),
            cache_unknown: states.is_none(),
        }
    }
}

/// Operations of attention over `depth_tokens` earlier tokens, for one token.
///
/// `4 heads x head size` a token in reach for ordinary layers, `2 heads x (2 rank + rope)` for latent ones.
pub fn attention(model: &Model, depth_tokens: f64) -> Flop {
    let (Some(shapes), Ok(states)) = (model.architecture.as_ref(), kv_cache::layers(model)) else {
        return Flop::from_flop(0.0);
    };
    let depth = depth_tokens.max(0.0);
    let heads = f64::from(shapes.heads.or(shapes.kv_heads).unwrap_or(0));
    let each = |state: &LayerState| match *state {
        LayerState::Full { key_dim, .. } => 4.0 * heads * f64::from(key_dim) * depth,
        LayerState::Sliding { window, key_dim, .. } => 4.0 * heads * f64::from(key_dim) * depth.min(f64::from(window)),
        LayerState::Latent { kv_rank, rope_dim, .. } => {
            2.0 * heads * (2.0 * f64::from(kv_rank) + f64::from(rope_dim)) * depth
        }
        LayerState::SharesKv => 4.0 * heads * f64::from(shapes.head_dim.unwrap_or(0)) * depth,
        LayerState::Recurrent { .. } | LayerState::Stateless => 0.0,
    };
    Flop::from_flop(states.iter().map(each).sum())
}
