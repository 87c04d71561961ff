//! The weights of one model, by layer, and how they are called in a GGUF file.

use super::InferError;
use super::gguf::Gguf;
use super::hyper::Hyper;
use super::weights::{Matrix, Plan, Planned, take};
use crate::units::Bytes;

/// One block of attention and feed-forward.
pub(super) struct Layer {
    pub attention_norm: Vec<f32>,
    pub query: Matrix,
    pub key: Matrix,
    pub value: Matrix,
    pub vectors: Vectors,
    pub output: Matrix,
    pub feed_forward_norm: Vec<f32>,
    pub gate: Matrix,
    pub up: Matrix,
    pub down: Matrix,
}

/// What some architectures add to queries, keys and values; empty where there is none.
#[derive(Default)]
pub(super) struct Vectors {
    pub query_bias: Vec<f32>,
    pub key_bias: Vec<f32>,
    pub value_bias: Vec<f32>,
    /// Of one head.
    pub query_norm: Vec<f32>,
    pub key_norm: Vec<f32>,
}

/// All weights.
pub(super) struct Weights {
    pub embedding: Matrix,
    pub layers: Vec<Layer>,
    pub norm: Vec<f32>,
    /// The output matrix, where it is not the embedding used again.
    pub head: Option<Matrix>,
    /// Divisors of the rotary angles, or empty.
    pub rope_divisors: Vec<f32>,
}

struct PlannedLayer {
    attention_norm: Vec<f32>,
    feed_forward_norm: Vec<f32>,
    vectors: Vectors,
    query: Planned,
    key: Planned,
    value: Planned,
    output: Planned,
    gate: Planned,
    up: Planned,
    down: Planned,
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
        let rope_divisors = plan.optional("rope_freqs.weight", hyper.rope_dim / 2)?;
        if rope_divisors.iter().any(|&divisor| divisor <= 0.0) {
            return Err(gguf.wrong("rope_freqs.weight", "a divisor is not above zero"));
        }
        let mut read = plan.read(threads, progress)?;
        let layers = layers.into_iter().map(|layer| take_layer(&mut read, layer)).collect::<Result<_, InferError>>()?;
        let head = head.map(|head| take(&mut read, head)).transpose()?;
        Ok(Self { embedding: take(&mut read, embedding)?, layers, norm, head, rope_divisors })
    }

    /// The matrix that turns the last state into logits.
    pub fn head(&self) -> &Matrix {
        self.head.as_ref().unwrap_or(&self.embedding)
    }

    /// Size in memory.
    pub fn bytes(&self) -> Bytes {
        let ends = self.embedding.bytes() + self.head.as_ref().map_or(Bytes::ZERO, Matrix::bytes);
        self.layers.iter().fold(ends, |sum, layer| {
            let matrices = [&layer.query, &layer.key, &layer.value, &layer.output, &layer.gate, &layer.up, &layer.down];
            let norms = (layer.attention_norm.len() + layer.feed_forward_norm.len()) as u64 * 4;
            sum + matrices.into_iter().map(Matrix::bytes).sum() + Bytes::new(norms)
        })
    }
}

fn plan_layer(plan: &mut Plan<'_>, hyper: &Hyper, layer: usize) -> Result<PlannedLayer, InferError> {
    let name = |part: &str| format!("blk.{layer}.{part}.weight");
    let (queries, keys) = (hyper.heads * hyper.head_dim, hyper.kv_heads * hyper.head_dim);
    let (width, inner) = (hyper.embedding, hyper.feed_forward);
    Ok(PlannedLayer {
        attention_norm: plan.vector(&name("attn_norm"), width)?,
        feed_forward_norm: plan.vector(&name("ffn_norm"), width)?,
        vectors: Vectors {
            query_bias: plan.optional(&format!("blk.{layer}.attn_q.bias"), queries)?,
            key_bias: plan.optional(&format!("blk.{layer}.attn_k.bias"), keys)?,
            value_bias: plan.optional(&format!("blk.{layer}.attn_v.bias"), keys)?,
            query_norm: plan.optional(&name("attn_q_norm"), hyper.head_dim)?,
            key_norm: plan.optional(&name("attn_k_norm"), hyper.head_dim)?,
        },
        query: plan.matrix(&name("attn_q"), queries, width)?,
        key: plan.matrix(&name("attn_k"), keys, width)?,
        value: plan.matrix(&name("attn_v"), keys, width)?,
        output: plan.matrix(&name("attn_output"), width, queries)?,
        gate: plan.matrix(&name("ffn_gate"), inner, width)?,
        up: plan.matrix(&name("ffn_up"), inner, width)?,
        down: plan.matrix(&name("ffn_down"), width, inner)?,
    })
}

fn take_layer(read: &mut [Option<Matrix>], layer: PlannedLayer) -> Result<Layer, InferError> {
    Ok(Layer {
        attention_norm: layer.attention_norm,
        vectors: layer.vectors,
        query: take(read, layer.query)?,
        key: take(read, layer.key)?,
        value: take(read, layer.value)?,
        output: take(read, layer.output)?,
        feed_forward_norm: layer.feed_forward_norm,
        gate: take(read, layer.gate)?,
        up: take(read, layer.up)?,
        down: take(read, layer.down)?,
    })
}
