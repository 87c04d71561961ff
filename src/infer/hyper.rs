//! What the metadata says about a model's shape, checked: no division by zero and no absurd size gets past this file.
//!
//! Keys are those of the GGUF specification; defaults are those of llama.cpp (`src/llama-model.cpp` and `src/models` as
//! vendored in llama-cpp-python 0.3.36).

mod shape;

pub(super) use shape::Shape;

use super::InferError;
use super::architecture::{Description, LocalRope, Multipliers, RopeLayers, Windows};
use super::gguf::{Array, Gguf, Value};
use super::rope::{RopeShape, Scaling};

/// A model's shape and constants.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hyper {
    pub description: &'static Description,
    pub context_length: usize,
    pub embedding: usize,
    /// Inner width of the feed-forward block; of one expert where there are experts.
    pub feed_forward: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub vocabulary: usize,
    pub epsilon: f32,
    /// Number of layers.
    pub layers: usize,
    /// What sets each layer apart.
    pub kinds: Vec<LayerKind>,
    pub experts: Option<Experts>,
    /// How layers that see everything turn queries and keys.
    pub rope: RopeShape,
    /// How layers with a window do.
    pub local_rope: RopeShape,
    /// Embeddings are multiplied by this,
    pub embedding_scale: f32,
    /// what a branch adds to the stream by this,
    pub residual_scale: f32,
    /// products of queries and keys by this,
    pub attention_scale: f32,
    /// and logits by this.
    pub logit_scale: f32,
    /// Scores become c tanh(score / c); 0 for none.
    pub attention_cap: f32,
    /// Logits become c tanh(logit / c); 0 for none.
    pub logit_cap: f32,
}

/// What sets a layer apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LayerKind {
    /// Positions it sees, its own included; `usize::MAX` for all.
    pub window: usize,
    /// Whether it turns queries and keys.
    pub turns: bool,
}

impl LayerKind {
    /// Whether it sees only the latest positions.
    pub const fn is_local(self) -> bool {
        self.window != usize::MAX
    }
}

/// A mixture of experts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Experts {
    pub count: usize,
    /// Experts of one token.
    pub used: usize,
    /// The weights of the chosen are multiplied by this.
    pub scale: f32,
    /// Inner width of the expert that sees every token, 0 where there is none.
    pub shared: usize,
}

/// Keys of one architecture in one file.
struct Keys<'a> {
    gguf: &'a Gguf,
    name: &'a str,
}

impl Keys<'_> {
    fn key(&self, rest: &str) -> String {
        format!("{}.{rest}", self.name)
    }

    /// A number above zero.
    fn positive(&self, rest: &str, default: f32) -> Result<f32, InferError> {
        let key = self.key(rest);
        let value = self.gguf.number(&key)?.unwrap_or(default);
        if value > 0.0 { Ok(value) } else { Err(self.gguf.wrong(&key, "it must be above zero")) }
    }

    /// A factor, where zero and absence mean 1.
    fn factor(&self, rest: &str) -> Result<f32, InferError> {
        Ok(self.gguf.number(&self.key(rest))?.filter(|&factor| factor != 0.0).unwrap_or(1.0))
    }

    /// A soft cap: zero for none.
    fn cap(&self, rest: &str, default: f32) -> Result<f32, InferError> {
        let cap = self.gguf.number(&self.key(rest))?.unwrap_or(default);
        if cap >= 0.0 { Ok(cap) } else { Err(self.gguf.wrong(&self.key(rest), "it must be zero or above")) }
    }

    fn count(&self, rest: &str, limit: u64) -> Result<Option<usize>, InferError> {
        match self.gguf.count(&self.key(rest))? {
            None => Ok(None),
            Some(count) if count <= limit => Ok(Some(count as usize)),
            Some(count) => Err(self.gguf.wrong(&self.key(rest), format!("{count} is more than {limit}"))),
        }
    }
}

impl Hyper {
    /// From a header; `Unsupported` where the architecture or one of its options is not known here.
    pub fn read(gguf: &Gguf) -> Result<Self, InferError> {
        let description = architecture(gguf)?;
        let keys = Keys { gguf, name: description.name };
        let shape = Shape::read(gguf)?;
        shape.is_uniform(gguf)?;
        let epsilon = gguf.number(&keys.key("attention.layer_norm_rms_epsilon"))?;
        let Some(epsilon) = epsilon.filter(|epsilon| (0.0..1.0).contains(epsilon)) else {
            return Err(gguf.wrong(&keys.key("attention.layer_norm_rms_epsilon"), "it must be given, from 0 to 1"));
        };
        let from_file = description.multipliers == Multipliers::FromFile;
        let factor = |rest: &str| if from_file { keys.factor(rest) } else { Ok(1.0) };
        let [attention_cap, logit_cap] = match description.caps {
            None => [0.0; 2],
            Some([attention, logits]) => {
                [keys.cap("attn_logit_softcapping", attention)?, keys.cap("final_logit_softcapping", logits)?]
            }
        };
        let rope = rope(&keys, &shape)?;
        Ok(Self {
            description,
            context_length: shape.context_length,
            embedding: shape.embedding,
            feed_forward: shape.feed_forward,
            heads: shape.heads,
            kv_heads: shape.kv_heads,
            head_dim: shape.head_dim,
            vocabulary: shape.vocabulary,
            epsilon,
            layers: shape.layers,
            kinds: kinds(&keys, description, shape.layers)?,
            experts: experts(&keys, description)?,
            local_rope: local_rope(&keys, description, &rope)?,
            rope,
            embedding_scale: match description.multipliers {
                Multipliers::RootOfWidth => (shape.embedding as f32).sqrt(),
                Multipliers::None | Multipliers::FromFile => factor("embedding_scale")?,
            },
            residual_scale: factor("residual_scale")?,
            attention_scale: attention_scale(&keys, description, &shape)?,
            logit_scale: 1.0 / factor("logit_scale")?,
            attention_cap,
            logit_cap,
        })
    }
}

/// The description of a file's architecture, or its name in an error.
pub(super) fn architecture(gguf: &Gguf) -> Result<&'static Description, InferError> {
    let name = gguf.text("general.architecture")?.unwrap_or("");
    Description::of(name)
        .ok_or_else(|| gguf.unsupported("architecture", name, format!("; supported: {}", Description::names())))
}

fn attention_scale(keys: &Keys<'_>, description: &Description, shape: &Shape) -> Result<f32, InferError> {
    let given = match description.multipliers {
        Multipliers::FromFile => keys.gguf.number(&keys.key("attention.scale"))?.filter(|&scale| scale != 0.0),
        Multipliers::None | Multipliers::RootOfWidth => None,
    };
    let wide = description.wide_scale_layers == Some(shape.layers);
    let width = if wide { shape.embedding / shape.heads } else { shape.head_dim };
    Ok(given.unwrap_or(1.0 / (width.max(1) as f32).sqrt()))
}

fn kinds(keys: &Keys<'_>, description: &Description, layers: usize) -> Result<Vec<LayerKind>, InferError> {
    const WINDOW: &str = "attention.sliding_window";
    const PATTERN: &str = "attention.sliding_window_pattern";
    let window = keys.count(WINDOW, u64::from(u32::MAX))?.filter(|&window| window > 0);
    let local: Vec<bool> = match description.windows {
        Windows::None => vec![false; layers],
        Windows::All => vec![true; layers],
        Windows::AllButEvery { period, .. } => match keys.gguf.metadata.get(&keys.key(PATTERN)) {
            Some(Value::Array(Array::Numbers(flags))) if flags.len() >= layers => {
                flags.iter().take(layers).map(|&flag| flag != 0.0).collect()
            }
            Some(Value::Array(_)) => {
                return Err(keys.gguf.wrong(&keys.key(PATTERN), format!("it does not describe {layers} layers")));
            }
            _ => {
                let period = keys.count(PATTERN, 1 << 10)?.unwrap_or(period);
                (0..layers).map(|layer| period == 0 || layer % period < period - 1).collect()
            }
        },
    };
    let window = match description.windows {
        Windows::AllButEvery { default, .. } => window.or(default),
        Windows::None | Windows::All => window,
    };
    let turns = |layer: usize, everywhere: bool| match description.rope_layers {
        RopeLayers::All => true,
        RopeLayers::AllButEvery(period) => !(layer + 1).is_multiple_of(period),
        RopeLayers::Flagged => everywhere,
    };
    // Granite's switch for positions at all, by the name of another thing.
    let everywhere = keys.gguf.flag(&keys.key("rope.scaling.finetuned"))?.unwrap_or(true);
    let kind = |(layer, local)| LayerKind {
        window: window.filter(|_| local).unwrap_or(usize::MAX),
        turns: turns(layer, everywhere),
    };
    Ok(local.into_iter().enumerate().map(kind).collect())
}

fn experts(keys: &Keys<'_>, description: &Description) -> Result<Option<Experts>, InferError> {
    let count = keys.count("expert_count", shape::MOST_EXPERTS)?.unwrap_or(0);
    if count == 0 {
        return Ok(None);
    }
    if description.routing.is_none() {
        return Err(keys.gguf.unsupported("architecture", &format!("{} with experts", keys.name), String::new()));
    }
    let used = keys.count("expert_used_count", shape::MOST_EXPERTS)?.unwrap_or(0);
    if used == 0 || used > count {
        let problem = format!("{used} of {count} experts cannot be used");
        return Err(keys.gguf.wrong(&keys.key("expert_used_count"), problem));
    }
    let shared = keys.count("expert_shared_feed_forward_length", shape::WIDEST_BLOCK)?.unwrap_or(0);
    Ok(Some(Experts { count, used, scale: keys.factor("expert_weights_scale")?, shared }))
}

fn rope(keys: &Keys<'_>, shape: &Shape) -> Result<RopeShape, InferError> {
    let dim = keys.gguf.count(&keys.key("rope.dimension_count"))?.unwrap_or(shape.head_dim as u64);
    if dim > shape.head_dim as u64 || !dim.is_multiple_of(2) {
        return Err(keys.gguf.wrong(&keys.key("rope.dimension_count"), "it must be even, at most the head's width"));
    }
    let kind = keys.gguf.text(&keys.key("rope.scaling.type"))?.unwrap_or("linear");
    // The key of files from before 2023-11.
    let old = keys.factor("rope.scale_linear")?;
    let given = keys.gguf.number(&keys.key("rope.scaling.factor"))?.filter(|&factor| factor != 0.0);
    let factor = given.unwrap_or(old);
    if factor <= 0.0 {
        return Err(keys.gguf.wrong(&keys.key("rope.scaling.factor"), "it must be above zero"));
    }
    let attention = keys.positive("rope.scaling.attn_factor", 1.0)?;
    let original = keys.count("rope.scaling.original_context_length", 1 << 28)?.filter(|&context| context > 0);
    let original_context = original.unwrap_or(shape.context_length);
    let scaling = match kind {
        "none" | "linear" => Scaling::Linear,
        "longrope" => Scaling::Long { original_context },
        "yarn" => Scaling::Yarn {
            original_context,
            beta_fast: keys.positive("rope.scaling.yarn_beta_fast", 32.0)?,
            beta_slow: keys.positive("rope.scaling.yarn_beta_slow", 1.0)?,
            log_multiplier: keys.cap("rope.scaling.yarn_log_multiplier", 0.0)?,
        },
        other => {
            let hint = "; supported: linear, yarn, longrope".to_owned();
            return Err(keys.gguf.unsupported("position scaling", other, hint));
        }
    };
    let base = keys.positive("rope.freq_base", 10_000.0)?;
    if base <= 1.0 {
        return Err(keys.gguf.wrong(&keys.key("rope.freq_base"), "it must be above 1"));
    }
    Ok(RopeShape {
        dim: dim as usize,
        base,
        factor: if kind == "none" { 1.0 } else { factor },
        magnitude: attention,
        scaling,
    })
}

fn local_rope(keys: &Keys<'_>, description: &Description, rope: &RopeShape) -> Result<RopeShape, InferError> {
    let plain = RopeShape { factor: 1.0, magnitude: 1.0, scaling: Scaling::Linear, ..rope.clone() };
    Ok(match description.local_rope {
        LocalRope::Same => RopeShape { base: keys.positive("rope.freq_base_swa", rope.base)?, ..rope.clone() },
        LocalRope::Unscaled => plain,
        LocalRope::Base(base) => RopeShape { base: keys.positive("rope.freq_base_swa", base)?, ..plain },
    })
}
