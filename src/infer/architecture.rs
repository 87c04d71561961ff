//! What each architecture adds to the plain Llama block, as data: one description each, in a file for its family; one
//! forward pass runs them all.
//!
//! The descriptions follow the model graphs of llama.cpp (`src/models/*.cpp` as vendored in llama-cpp-python 0.3.36);
//! keys and tensor names are those of the GGUF specification. Sizes and constants of one model are in its file and read
//! by `hyper`.

mod gemma;
mod gpt_oss;
mod granite;
mod llama;
mod olmo;
mod phi;
mod qwen;
mod smollm;

use super::kernels::Gate;

/// All architectures this program runs.
static ALL: &[&Description] = &[
    &llama::LLAMA,
    &smollm::SMOLLM3,
    &qwen::QWEN2,
    &qwen::QWEN3,
    &qwen::QWEN3_MOE,
    &gemma::GEMMA,
    &gemma::GEMMA2,
    &gemma::GEMMA3,
    &phi::PHI3,
    &granite::GRANITE,
    &granite::GRANITE_MOE,
    &olmo::OLMO2,
    &olmo::OLMOE,
    &gpt_oss::GPT_OSS,
];

/// What sets one architecture apart from another.
#[derive(Debug, PartialEq)]
pub(super) struct Description {
    /// By this name GGUF files call it.
    pub name: &'static str,
    /// Components of a head that are turned together.
    pub pairing: Pairing,
    /// Layers that turn queries and keys by position.
    pub rope_layers: RopeLayers,
    /// How the feed-forward block bends its gate.
    pub activation: Activation,
    /// Tensors that normalise what goes into a branch and what comes out.
    pub norms: Norms,
    /// How queries and keys are normalised, where the file has weights for it.
    pub head_norms: HeadNorms,
    /// Where embedding, residual, attention and logit scales come from.
    pub multipliers: Multipliers,
    /// Layers with a limited view, and how these turn.
    pub windows: Windows,
    /// How layers with a limited view turn queries and keys.
    pub local_rope: LocalRope,
    /// Soft caps where the file names none: of attention scores, of logits; 0 for none.
    pub caps: Option<[f32; 2]>,
    /// Attention scores are scaled by the width per head, not the head's width, in a model of that many layers.
    pub wide_scale_layers: Option<usize>,
    /// How experts are weighed; `None` where there are never any.
    pub routing: Option<Routing>,
    /// Each head has a score that counts in the softmax and brings no value.
    pub sinks: bool,
}

impl Description {
    /// The block of Llama 2, which the others vary.
    pub const PLAIN: Self = Self {
        name: "llama",
        pairing: Pairing::Neighbours,
        rope_layers: RopeLayers::All,
        activation: Activation::Silu,
        norms: Norms {
            before_attention: Some("attn_norm"),
            after_attention: None,
            before_feed_forward: Some("ffn_norm"),
            after_feed_forward: None,
        },
        head_norms: HeadNorms::PerHead,
        multipliers: Multipliers::None,
        windows: Windows::None,
        local_rope: LocalRope::Same,
        caps: None,
        wide_scale_layers: None,
        routing: None,
        sinks: false,
    };

    /// The description of that name.
    pub fn of(name: &str) -> Option<&'static Self> {
        ALL.iter().copied().find(|description| description.name == name)
    }

    /// All names, for a message.
    pub fn names() -> String {
        ALL.iter().map(|description| description.name).collect::<Vec<_>>().join(", ")
    }
}

/// Which components of a head are turned together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairing {
    /// 0 with 1, 2 with 3, ... The converter to GGUF reorders Llama's weights for this pairing.
    Neighbours,
    /// 0 with the first of the second half, ...
    Halves,
}

/// Layers that turn queries and keys by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RopeLayers {
    All,
    /// All but the last of each group of that many.
    AllButEvery(usize),
    /// All, unless `rope.scaling.finetuned` is false.
    Flagged,
}

/// How a feed-forward block bends its gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// x / (1 + e^-x), times up.
    Silu,
    /// GELU by its tanh approximation, times up.
    Gelu,
    /// gpt-oss: with x = min(gate, 7) and y = up within -7 and 7, x / (1 + e^(-1.702 x)) (y + 1).
    ClampedSilu,
}

/// Constants of [`Activation::ClampedSilu`], as in `swiglu` of OpenAI's gpt-oss (`gpt_oss/torch/model.py`, 2025-08).
const CLAMP: f32 = 7.0;
const STEEPNESS: f32 = 1.702;

impl Activation {
    /// The kernel that does it while it multiplies, where there is one.
    pub const fn kernel(self) -> Option<Gate> {
        match self {
            Self::Silu => Some(Gate::Silu),
            Self::Gelu => Some(Gate::Gelu),
            Self::ClampedSilu => None,
        }
    }

    /// One value.
    pub fn of(self, gate: f32, up: f32) -> f32 {
        match self {
            Self::Silu => Gate::Silu.of(gate) * up,
            Self::Gelu => Gate::Gelu.of(gate) * up,
            Self::ClampedSilu => {
                let x = gate.min(CLAMP);
                x / (1.0 + (-STEEPNESS * x).exp()) * (up.clamp(-CLAMP, CLAMP) + 1.0)
            }
        }
    }
}

/// Names of the norm weights within a layer; `None` where nothing is normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Norms {
    pub before_attention: Option<&'static str>,
    pub after_attention: Option<&'static str>,
    pub before_feed_forward: Option<&'static str>,
    pub after_feed_forward: Option<&'static str>,
}

/// Over what queries and keys are normalised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeadNorms {
    /// Each head by itself.
    PerHead,
    /// All heads together.
    AllHeads,
}

/// Factors beside the weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Multipliers {
    None,
    /// Embeddings times the square root of their width.
    RootOfWidth,
    /// The keys `embedding_scale`, `residual_scale`, `attention.scale` and `logit_scale`.
    FromFile,
}

/// Layers that see only the latest positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Windows {
    None,
    /// All layers, where the file gives a window.
    All,
    /// All but the last of each `period`, where the file gives a window or there is a default.
    AllButEvery {
        period: usize,
        default: Option<usize>,
    },
}

/// How layers with a limited view turn queries and keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum LocalRope {
    /// As the others do.
    Same,
    /// With the same base but without scaling.
    Unscaled,
    /// With this base where the file names none, without scaling.
    Base(f32),
}

/// How the chosen experts are weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Routing {
    /// Softmax over all, then divided by the sum of the chosen.
    Renormalised,
    /// Softmax over all, as it is.
    Plain,
    /// Softmax over the chosen.
    OfChosen,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_architecture_is_found_by_its_own_name() {
        for description in ALL {
            assert_eq!(Description::of(description.name), Some(*description));
        }
        assert!(Description::of("mamba").is_none() && Description::names().contains("gpt-oss"));
    }

    #[test]
    fn gates_are_what_their_formulas_say() {
        // SiLU(1) = 1 / (1 + 1/e); GELU(1) = 0.8412 (Hendrycks and Gimpel 2016, tanh form).
        assert!((Activation::Silu.of(1.0, 2.0) - 1.462_117).abs() < 1e-5);
        assert!((Activation::Gelu.of(1.0, 2.0) - 1.682_384).abs() < 1e-4);
        // Beyond the clamp nothing changes: 7 / (1 + e^-11.9) x 8 and 0 x anything.
        assert_eq!(Activation::ClampedSilu.of(9.0, 9.0), Activation::ClampedSilu.of(7.0, 7.0));
        assert!((Activation::ClampedSilu.of(7.0, 7.0) - 55.999_63).abs() < 1e-3);
        assert_eq!(Activation::ClampedSilu.of(0.0, 3.0), 0.0);
    }
}
