//! Language models: how many parameters, in which shapes, and what is known of their quality and licence.

use serde::{Deserialize, Serialize};

use super::bounded::at_most;
use super::{Date, ModelId, Provenance};

/// Most scores of a model.
pub(super) const MOST_SCORES: usize = 1_000;
/// Most tags of a model.
pub(super) const MOST_TAGS: usize = 32;

/// A language model as published.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Slug, for example `llama-3.1-8b`.
    pub id: ModelId,
    /// As its makers write it.
    pub name: String,
    /// The generation it belongs to, for example "Llama 3.1".
    pub family: String,
    /// Dense, mixture of experts, and so on.
    pub kind: ModelKind,
    /// All parameters. `None`: undisclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_total: Option<u64>,
    /// Parameters that take part in one token. Equals the total for dense models. `None`: undisclosed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parameters_active: Option<u64>,
    /// Shapes of the layers. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub architecture: Option<Architecture>,
    /// Longest context the makers state, in tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    /// Licence by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// First public release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Date>,
    /// Scores; comparable only where benchmark and setting agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_SCORES, _, _>")]
    pub quality: Vec<QualityScore>,
    /// What it is made for, for example `code` or `vision`, as its name or its makers say.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_TAGS, _, _>")]
    pub tags: Vec<String>,
    /// Anything else worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where all this comes from.
    pub provenance: Provenance,
}

/// The broad kind of network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ModelKind {
    /// Every parameter takes part in every token.
    Dense,
    /// Feed-forward layers are split into experts of which a few take part in a token.
    MixtureOfExperts,
    /// Attention mixed with recurrent or convolutional layers.
    Hybrid,
    /// Reads text, does not generate it (BERT and its kin).
    Encoder,
    /// Its makers do not say.
    Undisclosed,
}

/// Shapes of the network. Enough to count its parameters, its cache and its work per token.
///
/// The defaults describe the usual decoder: gated feed-forward blocks of three matrices in every layer, no extras.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Transformer blocks.
    pub layers: u32,
    /// Width of the residual stream ("hidden size", `d_model`).
    pub hidden: u32,
    /// Query heads per attention layer. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heads: Option<u32>,
    /// Key and value heads of the usual layer. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kv_heads: Option<u32>,
    /// Size of one head, stated and not `hidden / heads`: many models differ. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head_dim: Option<u32>,
    /// Inner width of a dense feed-forward layer. `None`: none, or not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_forward: Option<u32>,
    /// Tokens in the vocabulary. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vocabulary: Option<u32>,
    /// Whether the output head is the embedding table itself. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tied_embeddings: Option<bool>,
    /// Experts, for a mixture of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experts: Option<Experts>,
    /// What each layer keeps of the past, as groups of like layers that add up to `layers`. Empty: not published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layer_groups: Vec<LayerGroup>,
    /// The pattern as its source words it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attention_text: Option<String>,
    /// Projections of latent attention, for models whose layers keep a [`LayerState::Latent`]. `None`: none, or not
    /// published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent: Option<LatentProjections>,
    /// Weights of one recurrent layer apart from its feed-forward part: projections, convolution, gates. `None`: there
    /// is no such layer, or not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recurrent_parameters: Option<u64>,
    /// Layers that have a feed-forward part (dense or experts). `None`: all of them; fewer where attention, recurrence
    /// and feed-forward are layers of their own (Nemotron-H).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_forward_layers: Option<u32>,
    /// Feed-forward blocks of two matrices (up, down) instead of three (gate, up, down).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain_feed_forward: bool,
    /// The query projection also makes a gate for the attention's output, so it is twice as wide (Qwen3-Next and later).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub attention_gate: bool,
    /// Layers of full attention take their values from the key projection: no value weights there (Gemma 4). The cache
    /// still keeps keys and values.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub values_from_keys: bool,
    /// Extra layers that guess further tokens, where `parameters_total` counts them. Plain decoding does not run them.
    #[serde(default)]
    pub prediction_layers: u32,
    /// Embedding of each token for each layer, in elements per layer (Gemma 3n and 4). `None`: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_layer_embedding: Option<u32>,
    /// Inner width of the feed-forward part in blocks that read another block's cache, where it differs from
    /// `feed_forward` (Gemma 4 E2B). `None`: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_forward_of_shared: Option<u32>,
    /// Towers for pictures and sound that checkpoints hold beside the language model. `None`: none, or not published.
    /// Not part of `parameters_total`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub towers: Option<Towers>,
}

/// Towers for pictures and sound: GGUF files leave them to a file of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Towers {
    /// Parameters that stay at 16 bits whatever the format.
    pub kept: u64,
    /// Parameters of the projections into the language model that MLX quantizes as it does the language model.
    #[serde(default)]
    pub quantized: u64,
}

/// Shapes of the projections around a latent cache (multi-head latent attention).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatentProjections {
    /// Rank of the compressed queries. `None`: queries are not compressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_rank: Option<u32>,
    /// Size of the part of a query or key head that carries no position.
    pub nope_dim: u32,
    /// Size of a value head.
    pub value_dim: u32,
    /// Heads of the indexer that picks the tokens to attend to. `None`: there is no indexer, or not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_heads: Option<u32>,
}

/// Experts of a mixture-of-experts model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Experts {
    /// Routed experts per layer.
    pub count: u32,
    /// Routed experts that take part in one token.
    pub per_token: u32,
    /// Inner width of one routed expert. `None`: not published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed_forward: Option<u32>,
    /// Experts every token passes through.
    #[serde(default)]
    pub shared: u32,
    /// Inner width of one shared expert. `None`: as a routed one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_feed_forward: Option<u32>,
    /// Layers with a dense feed-forward part instead of experts: mostly the first ones.
    #[serde(default)]
    pub dense_layers: u32,
    /// Width the routed experts work in, where they are given a projection narrower than the residual stream (Nemotron
    /// 3 Super). `None`: the full width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent: Option<u32>,
}

/// A number of layers that keep the same kind of past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerGroup {
    /// How many layers.
    pub count: u32,
    /// What each of them keeps.
    pub state: LayerState,
}

/// What one layer keeps of the tokens it has seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum LayerState {
    /// Keys and values of every token.
    Full {
        /// Key and value heads.
        kv_heads: u32,
        /// Size of a key head.
        key_dim: u32,
        /// Size of a value head; 0 where the cache keeps no values of their own.
        value_dim: u32,
    },
    /// Keys and values of the last `window` tokens.
    Sliding {
        /// Tokens seen back.
        window: u32,
        /// Key and value heads.
        kv_heads: u32,
        /// Size of a key head.
        key_dim: u32,
        /// Size of a value head.
        value_dim: u32,
    },
    /// Multi-head latent attention: one compressed vector a token, whatever the number of heads.
    Latent {
        /// Rank of the compressed keys and values.
        kv_rank: u32,
        /// Size of the rotary part kept beside it.
        rope_dim: u32,
        /// Size of a sparse-attention index key; 0 where there is none.
        #[serde(default)]
        index_dim: u32,
    },
    /// Recurrent or linear attention: a state of constant size.
    Recurrent {
        /// Channels that pass through the short convolution.
        conv_channels: u32,
        /// Width of that convolution; `width - 1` past inputs are kept.
        conv_width: u32,
        /// Elements of the recurrent state.
        state_elements: u64,
    },
    /// Reads the cache of another layer.
    SharesKv,
    /// Keeps nothing (a feed-forward block counted as a layer).
    Stateless,
}

/// One published score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityScore {
    /// Benchmark, for example "MMLU".
    pub benchmark: String,
    /// How it was run, for example "5-shot, instruct". `None`: the source does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub setting: Option<String>,
    /// In the benchmark's own scale, mostly percent.
    pub score: f64,
    /// Who published it.
    pub source: String,
    /// When it was read or published. `None`: with the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}
