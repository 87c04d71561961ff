//! What the metadata says about a model's shape, checked: no division by zero and no absurd size gets past this file.
//!
//! Keys are those of the GGUF specification; what an architecture adds to the plain Llama block follows the model
//! graphs of llama.cpp (`src/models/*.cpp`, as vendored in llama-cpp-python 0.3.36).

use super::InferError;
use super::gguf::Gguf;
use super::kernels::Gate;

/// The architectures this program runs, by the name GGUF gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Architecture {
    /// Llama 2 and 3, SmolLM2, TinyLlama, Mistral.
    Llama,
    /// Qwen 2 and 2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen 3: query and key heads are normalised.
    Qwen3,
}

impl Architecture {
    const ALL: [(&'static str, Self); 3] = [("llama", Self::Llama), ("qwen2", Self::Qwen2), ("qwen3", Self::Qwen3)];

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|&(_, architecture)| architecture)
    }
}

/// Which components of a head are turned together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pairing {
    /// 0 with 1, 2 with 3, ...
    Neighbours,
    /// 0 with the first of the second half, ...
    Halves,
}

/// A model's shape and constants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hyper {
    pub architecture: Architecture,
    pub context_length: usize,
    pub layers: usize,
    pub embedding: usize,
    pub feed_forward: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub vocabulary: usize,
    pub epsilon: f32,
    /// Components of a head that are turned by position.
    pub rope_dim: usize,
    pub rope_base: f32,
    /// Positions are divided by this.
    pub rope_factor: f32,
    pub pairing: Pairing,
    pub gate: Gate,
    /// Scores are products times this.
    pub attention_scale: f32,
}

impl Hyper {
    /// From a header; `Unsupported` where the architecture or one of its options is not known here.
    pub fn read(gguf: &Gguf) -> Result<Self, InferError> {
        let name = gguf.text("general.architecture")?.unwrap_or("");
        let Some(architecture) = Architecture::from_name(name) else {
            let known: Vec<_> = Architecture::ALL.iter().map(|(known, _)| *known).collect();
            return Err(unsupported(gguf, "architecture", name, format!("; supported: {}", known.join(", "))));
        };
        let key = |rest: &str| format!("{name}.{rest}");
        let shape = Shape::read(gguf)?;
        let epsilon = gguf.number(&key("attention.layer_norm_rms_epsilon"))?;
        let Some(epsilon) = epsilon.filter(|epsilon| (0.0..1.0).contains(epsilon)) else {
            return Err(gguf.wrong(&key("attention.layer_norm_rms_epsilon"), "it must be given, from 0 to 1"));
        };
        if gguf.count(&key("expert_count"))?.unwrap_or(0) > 0 {
            return Err(unsupported(gguf, "architecture", &format!("{name} with experts"), String::new()));
        }
        let rope_dim = gguf.count(&key("rope.dimension_count"))?.unwrap_or(shape.head_dim as u64);
        if rope_dim > shape.head_dim as u64 || !rope_dim.is_multiple_of(2) {
            return Err(gguf.wrong(&key("rope.dimension_count"), "it must be even and no more than the head's width"));
        }
        let positive = |rest: &str, default: f32| -> Result<f32, InferError> {
            let value = gguf.number(&key(rest))?.unwrap_or(default);
            if value > 0.0 { Ok(value) } else { Err(gguf.wrong(&key(rest), "it must be above zero")) }
        };
        let rope_factor = match gguf.text(&key("rope.scaling.type"))? {
            None | Some("none") => 1.0,
            Some("linear") => positive("rope.scaling.factor", 1.0)?,
            Some(other) => return Err(unsupported(gguf, "position scaling", other, "; supported: linear".to_owned())),
        };
        Ok(Self {
            architecture,
            context_length: shape.context_length,
            layers: shape.layers,
            embedding: shape.embedding,
            feed_forward: shape.feed_forward,
            heads: shape.heads,
            kv_heads: shape.kv_heads,
            head_dim: shape.head_dim,
            vocabulary: shape.vocabulary,
            epsilon,
            rope_dim: rope_dim as usize,
            rope_base: positive("rope.freq_base", 10_000.0)?,
            rope_factor,
            pairing: match architecture {
                // The converter to GGUF reorders Llama's weights for this pairing.
                Architecture::Llama => Pairing::Neighbours,
                Architecture::Qwen2 | Architecture::Qwen3 => Pairing::Halves,
            },
            gate: Gate::Silu,
            attention_scale: 1.0 / (shape.head_dim as f32).sqrt(),
        })
    }
}

fn unsupported(gguf: &Gguf, what: &str, name: &str, hint: String) -> InferError {
    InferError::Unsupported {
        what: what.to_owned(),
        name: name.chars().take(40).collect(),
        hint,
        path: gguf.path.clone(),
    }
}

/// The sizes every architecture has.
pub(super) struct Shape {
    pub context_length: usize,
    pub layers: usize,
    pub embedding: usize,
    pub feed_forward: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub vocabulary: usize,
}

impl Shape {
    /// From a header of any architecture.
    pub fn read(gguf: &Gguf) -> Result<Self, InferError> {
        let name = gguf.text("general.architecture")?.unwrap_or("").to_owned();
        let key = |rest: &str| format!("{name}.{rest}");
        // Limits far above any model there is, so that products of two stay far below overflow.
        let within = |rest: &str, value: Option<u64>, limit: u64| match value {
            Some(value) if (1..=limit).contains(&value) => Ok(value as usize),
            Some(value) => Err(gguf.wrong(&key(rest), format!("{value} is not in 1 to {limit}"))),
            None => Err(gguf.wrong(&key(rest), "the key is missing")),
        };
        let count = |rest: &str, limit: u64| within(rest, first_count(gguf, &key(rest))?, limit);
        let embedding = count("embedding_length", 1 << 17)?;
        let heads = count("attention.head_count", 1 << 12)?;
        let kv_heads = match first_count(gguf, &key("attention.head_count_kv"))? {
            None => heads,
            given => within("attention.head_count_kv", given, 1 << 12)?,
        };
        if !heads.is_multiple_of(kv_heads) {
            let problem = format!("{heads} query heads do not share {kv_heads} key heads evenly");
            return Err(gguf.wrong(&key("attention.head_count_kv"), problem));
        }
        let head_dim = match gguf.count(&key("attention.key_length"))? {
            None => embedding / heads,
            given => within("attention.key_length", given, 1 << 11)?,
        };
        if head_dim == 0 || !head_dim.is_multiple_of(2) {
            return Err(gguf.wrong(&key("attention.head_count"), "heads have no even width"));
        }
        Ok(Self {
            context_length: count("context_length", 1 << 28)?,
            layers: count("block_count", 1 << 10)?,
            embedding,
            feed_forward: count("feed_forward_length", 1 << 20)?,
            heads,
            kv_heads,
            head_dim,
            vocabulary: gguf.tensor("token_embd.weight")?.rows,
        })
    }
}

/// A count, or the first of a list of counts: some files give one for each layer.
fn first_count(gguf: &Gguf, key: &str) -> Result<Option<u64>, InferError> {
    match gguf.metadata.get(key) {
        Some(super::gguf::Value::Array(super::gguf::Array::Numbers(numbers))) => {
            Ok(numbers.first().map(|&number| number as u64))
        }
        _ => gguf.count(key),
    }
}
