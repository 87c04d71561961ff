//! The weights of one model, by layer, and how they are called in a GGUF file.

use super::InferError;
use super::architecture::HeadNorms;
use super::gguf::Gguf;
use super::hyper::{Experts, Hyper};
use super::kernels::Packed;
use super::rope::Divisors;
use super::weights::{Plan, Planned, take};
use crate::units::Bytes;

/// One block of attention and feed-forward. Matrices are `Planned` until they have been read.
pub(super) struct Layer<M = Packed> {
    pub norms: LayerNorms,
    pub query: M,
    pub key: M,
    pub value: M,
    pub output: M,
    pub vectors: Vectors,
    pub feed_forward: FeedForward<M>,
}

/// Weights of the norms; empty where nothing is normalised.
pub(super) struct LayerNorms {
    pub before_attention: Vec<f32>,
    pub after_attention: Vec<f32>,
    pub before_feed_forward: Vec<f32>,
    pub after_feed_forward: Vec<f32>,
}

/// What some architectures add to attention; empty where there is none.
#[derive(Default)]
pub(super) struct Vectors {
    pub query_bias: Vec<f32>,
    pub key_bias: Vec<f32>,
    pub value_bias: Vec<f32>,
    pub output_bias: Vec<f32>,
    /// Of one head, or of all.
    pub query_norm: Vec<f32>,
    pub key_norm: Vec<f32>,
    /// Scores that count in the softmax and bring no value, one for each head.
    pub sinks: Vec<f32>,
}

/// What follows attention.
pub(super) enum FeedForward<M = Packed> {
    Dense(Block<M>),
    Experts(Mixture<M>),
}

/// down(bend(gate x) * up x).
pub(super) struct Block<M = Packed> {
    pub gate: M,
    pub up: M,
    pub down: M,
    /// Empty where there are none.
    pub gate_bias: Vec<f32>,
    pub up_bias: Vec<f32>,
    pub down_bias: Vec<f32>,
}

/// Experts, of which each token takes a few.
pub(super) struct Mixture<M = Packed> {
    /// Scores of the experts.
    pub router: M,
    pub router_bias: Vec<f32>,
    pub experts: Vec<Block<M>>,
    /// The expert every token takes besides.
    pub shared: Option<Block<M>>,
}

/// All weights.
pub(super) struct Weights {
    pub embedding: Packed,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    /// The output matrix, where it is not the embedding used again.
    pub head: Option<Packed>,
    pub rope_divisors: Divisors,
}

impl Weights {
    /// Reads all weights on `threads` threads; every shape is checked before the first large allocation.
    pub fn read(
        gguf: &Gguf,
        hyper: &Hyper,
        threads: usize,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Self, InferError> {
        let mut plan = Plan::new(gguf)?;
        let embedding = plan.matrix("token_embd.weight", hyper.vocabulary, hyper.embedding)?;
        let layers =
            (0..hyper.layers).map(|layer| plan_layer(&mut plan, hyper, layer)).collect::<Result<Vec<_>, _>>()?;
        let norm = plan.vector("output_norm.weight", hyper.embedding)?;
        let head = match plan.has("output.weight") {
            true => Some(plan.matrix("output.weight", hyper.vocabulary, hyper.embedding)?),
            false => None,
        };
        let divisors = |name: &str| -> Result<Vec<f32>, InferError> {
            let divisors = plan.optional(name, hyper.rope.dim / 2)?;
            match divisors.iter().any(|&divisor| divisor <= 0.0) {
                true => Err(gguf.wrong(name, "a divisor is not above zero")),
                false => Ok(divisors),
            }
        };
        let rope_divisors = Divisors {
            always: divisors("rope_freqs.weight")?,
            long: divisors("rope_factors_long.weight")?,
            short: divisors("rope_factors_short.weight")?,
        };
        let mut read = plan.read(threads, progress)?;
        let mut take = |planned| take(&mut read, planned);
        let layers = layers.into_iter().map(|layer| layer.map(&mut take)).collect::<Result<_, InferError>>()?;
        let head = head.map(&mut take).transpose()?;
        Ok(Self { embedding: take(embedding)?, layers, norm, head, rope_divisors })
    }

    /// The matrix that turns the last state into logits.
    pub fn head(&self) -> &Packed {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// Bytes of matrices in memory.
    pub fn bytes(&self) -> Bytes {
        let ends = self.embedding.bytes() + self.head.as_ref().map_or(Bytes::ZERO, Packed::bytes);
        let layer = |layer: &Layer| layer.dense().chain(layer.experts()).map(Packed::bytes).sum::<Bytes>();
        self.layers.iter().map(layer).fold(ends, |sum, layer| sum + layer)
    }

    /// Bytes of matrices that one token reads, each expert being one of those it chooses `used` of: all but an embedding
    /// that is not also the head, of which it reads a row.
    pub fn bytes_per_token(&self, used: usize) -> Bytes {
        let layer = |layer: &Layer| {
            let dense: Bytes = layer.dense().map(Packed::bytes).sum();
            let experts: Bytes = layer.experts().map(Packed::bytes).sum();
            let count = layer.expert_blocks().len().max(1) as u64;
            dense + Bytes::new(experts.get() / count * (used as u64).min(count))
        };
        self.layers.iter().map(layer).fold(self.head().bytes(), |sum, layer| sum + layer)
    }
}

fn plan_layer(plan: &mut Plan<'_>, hyper: &Hyper, layer: usize) -> Result<Layer<Planned>, InferError> {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    let bias = |part: &str| format!("blk.{layer}.{part}.bias");
    let (queries, keys, width) = (hyper.heads * hyper.head_dim, hyper.kv_heads * hyper.head_dim, hyper.embedding);
    let (description, norms) = (hyper.description, &hyper.description.norms);
    let norm =
        |plan: &Plan<'_>, part: Option<&str>| part.map_or(Ok(Vec::new()), |part| plan.vector(&name(part), width));
    let (query_norm, key_norm) = match description.head_norms {
        HeadNorms::PerHead => (hyper.head_dim, hyper.head_dim),
        HeadNorms::AllHeads => (queries, keys),
    };
    let joined = match plan.has(&bias("attn_qkv")) {
        true => plan.vector(&bias("attn_qkv"), queries + 2 * keys)?,
        false => Vec::new(),
    };
    let biases = |plan: &Plan<'_>, part: &str, from: usize, length: usize| match joined.get(from..from + length) {
        Some(part) => Ok(part.to_vec()),
        None => plan.optional(&bias(part), length),
    };
    let vectors = Vectors {
        query_bias: biases(plan, "attn_q", 0, queries)?,
        key_bias: biases(plan, "attn_k", queries, keys)?,
        value_bias: biases(plan, "attn_v", queries + keys, keys)?,
        output_bias: plan.optional(&bias("attn_output"), width)?,
        query_norm: plan.optional(&name("attn_q_norm"), query_norm)?,
        key_norm: plan.optional(&name("attn_k_norm"), key_norm)?,
        sinks: if description.sinks { plan.vector(&name("attn_sinks"), hyper.heads)? } else { Vec::new() },
    };
    let attention = match plan.has(&name("attn_qkv")) {
        true => plan.parts(&name("attn_qkv"), &[queries, keys, keys], width)?,
        false => vec![
            plan.matrix(&name("attn_q"), queries, width)?,
            plan.matrix(&name("attn_k"), keys, width)?,
            plan.matrix(&name("attn_v"), keys, width)?,
        ],
    };
    let [query, key, value] = attention[..] else {
        return Err(InferError::Compute { problem: "attention without three matrices".to_owned() });
    };
    Ok(Layer {
        norms: LayerNorms {
            before_attention: norm(plan, norms.before_attention)?,
            after_attention: norm(plan, norms.after_attention)?,
            before_feed_forward: norm(plan, norms.before_feed_forward)?,
            after_feed_forward: norm(plan, norms.after_feed_forward)?,
        },
        query,
        key,
        value,
        output: plan.matrix(&name("attn_output"), width, queries)?,
        vectors,
        feed_forward: match &hyper.experts {
            None => FeedForward::Dense(plan_block(plan, hyper, layer, "", hyper.feed_forward)?),
            Some(experts) => FeedForward::Experts(plan_experts(plan, hyper, layer, experts)?),
        },
    })
}

/// Gate, up and down of names that end in `suffix`.
fn plan_block(
    plan: &mut Plan<'_>,
    hyper: &Hyper,
    layer: usize,
    suffix: &str,
    inner: usize,
) -> Result<Block<Planned>, InferError> {
    let name = |part: &str| format!("blk.{layer}.{part}{suffix}.weight");
    let bias = |part: &str| format!("blk.{layer}.{part}{suffix}.bias");
    let width = hyper.embedding;
    // Phi-3 has gate and up in one matrix, gate first.
    let pair = match plan.has(&name("ffn_gate")) {
        true => {
            vec![plan.matrix(&name("ffn_gate"), inner, width)?, plan.matrix(&name("ffn_up"), inner, width)?]
        }
        false => plan.parts(&name("ffn_up"), &[inner, inner], width)?,
    };
    let [gate, up] = pair[..] else {
        return Err(InferError::Compute { problem: "a feed-forward block without two matrices".to_owned() });
    };
    Ok(Block {
        gate,
        up,
        down: plan.matrix(&name("ffn_down"), width, inner)?,
        gate_bias: plan.optional(&bias("ffn_gate"), inner)?,
        up_bias: plan.optional(&bias("ffn_up"), inner)?,
        down_bias: plan.optional(&bias("ffn_down"), width)?,
    })
}

fn plan_experts(
    plan: &mut Plan<'_>,
    hyper: &Hyper,
    layer: usize,
    experts: &Experts,
) -> Result<Mixture<Planned>, InferError> {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    let bias = |part: &str| format!("blk.{layer}.{part}.bias");
    let (count, inner, width) = (experts.count, hyper.feed_forward, hyper.embedding);
    let mut matrices = |part: &str, rows: usize, columns: usize| plan.parts(&name(part), &vec![rows; count], columns);
    let gates = matrices("ffn_gate_exps", inner, width)?;
    let ups = matrices("ffn_up_exps", inner, width)?;
    let downs = matrices("ffn_down_exps", width, inner)?;
    let biases = |plan: &Plan<'_>, part: &str, length: usize| plan.optional_vectors(&bias(part), count, length);
    let gate_biases = biases(plan, "ffn_gate_exps", inner)?;
    let up_biases = biases(plan, "ffn_up_exps", inner)?;
    let down_biases = biases(plan, "ffn_down_exps", width)?;
    let bias_of = |biases: &[Vec<f32>], expert: usize| biases.get(expert).cloned().unwrap_or_default();
    let blocks = gates.into_iter().zip(ups).zip(downs).enumerate().map(|(expert, ((gate, up), down))| Block {
        gate,
        up,
        down,
        gate_bias: bias_of(&gate_biases, expert),
        up_bias: bias_of(&up_biases, expert),
        down_bias: bias_of(&down_biases, expert),
    });
    Ok(Mixture {
        experts: blocks.collect(),
        router: plan.matrix(&name("ffn_gate_inp"), count, width)?,
        router_bias: plan.optional(&bias("ffn_gate_inp"), count)?,
        shared: match experts.shared {
            0 => None,
            inner => Some(plan_block(plan, hyper, layer, "_shexp", inner)?),
        },
    })
}

impl Layer {
    /// Matrices that every token goes through.
    fn dense(&self) -> impl Iterator<Item = &Packed> {
        let (block, router) = match &self.feed_forward {
            FeedForward::Dense(block) => (Some(block), None),
            FeedForward::Experts(mixture) => (mixture.shared.as_ref(), Some(&mixture.router)),
        };
        let inner = block.into_iter().flat_map(Block::matrices).chain(router);
        [&self.query, &self.key, &self.value, &self.output].into_iter().chain(inner)
    }

    /// Matrices of the experts of which a token goes through some.
    fn experts(&self) -> impl Iterator<Item = &Packed> {
        self.expert_blocks().iter().flat_map(Block::matrices)
    }

    fn expert_blocks(&self) -> &[Block] {
        match &self.feed_forward {
            FeedForward::Dense(_) => &[],
            FeedForward::Experts(mixture) => &mixture.experts,
        }
    }
}

impl Block {
    fn matrices(&self) -> [&Packed; 3] {
        [&self.gate, &self.up, &self.down]
    }
}

impl Layer<Planned> {
    fn map(self, take: &mut impl FnMut(Planned) -> Result<Packed, InferError>) -> Result<Layer, InferError> {
        Ok(Layer {
            norms: self.norms,
            query: take(self.query)?,
            key: take(self.key)?,
            value: take(self.value)?,
            output: take(self.output)?,
            vectors: self.vectors,
            feed_forward: match self.feed_forward {
                FeedForward::Dense(block) => FeedForward::Dense(block.map(take)?),
                FeedForward::Experts(mixture) => FeedForward::Experts(Mixture {
                    router: take(mixture.router)?,
                    router_bias: mixture.router_bias,
                    experts: mixture.experts.into_iter().map(|block| block.map(take)).collect::<Result<_, _>>()?,
                    shared: mixture.shared.map(|block| block.map(take)).transpose()?,
                }),
            },
        })
    }
}

impl Block<Planned> {
    fn map(self, take: &mut impl FnMut(Planned) -> Result<Packed, InferError>) -> Result<Block, InferError> {
        Ok(Block {
            gate: take(self.gate)?,
            up: take(self.up)?,
            down: take(self.down)?,
            gate_bias: self.gate_bias,
            up_bias: self.up_bias,
            down_bias: self.down_bias,
        })
    }
}
