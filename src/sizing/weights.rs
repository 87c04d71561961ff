//! Size of a model's weights from its shapes: every tensor by its own type, never a mean of bytes per parameter.
//!
//! `tensors` lists the tensors, `mix` and `layout` say how each is stored, `add_up` adds up, and this file keeps the sums
//! that memory, speed and serving all read. Vision and audio towers are counted for checkpoints and MLX; beside a GGUF they are
//! a file of their own.

mod add_up;
pub mod family;
pub mod ggml_type;
pub mod layout;
pub mod mix;
pub mod named;
pub mod tensors;

use smol_str::SmolStr;

use super::basis::of_shapes;
use super::{Basis, BasisInput};
use crate::catalog::{Model, Standing};
use crate::units::{Bytes, thousands};
pub use add_up::{BlockWeights, by_block, count, count_as};
pub use ggml_type::GgmlType;
pub use layout::Storage;

/// A model's weights in one format, by the part of the network they belong to.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightCount {
    /// Table that turns tokens into vectors: stored, but only one row of it is read for a token.
    pub embedding: WeightSum,
    /// Embedding tables of each token for each layer: like the embedding table.
    pub per_layer_embedding: WeightSum,
    /// Extra layers that guess further tokens: stored, not read by plain decoding.
    pub prediction: WeightSum,
    /// Attention and recurrent layers.
    pub attention: WeightSum,
    /// Feed-forward layers without experts.
    pub feed_forward: WeightSum,
    /// Experts every token passes through.
    pub shared_experts: WeightSum,
    /// All routed experts.
    pub routed_experts: WeightSum,
    /// Output head. Empty where it is the embedding table itself.
    pub head: WeightSum,
    /// Whether the head reads the embedding table.
    pub tied: bool,
    /// Norms, biases, routers, rotary factors, and parameters the shapes do not explain.
    pub other: WeightSum,
    /// Towers for pictures and sound: stored, not read to generate text.
    pub towers: WeightSum,
    /// Routed experts of a layer, and how many of them one token takes. One of one for dense models.
    pub experts: (u32, u32),
    /// Layers with routed experts.
    pub expert_layers: u32,
    /// How the sizes were found.
    pub precision: Precision,
    /// Size over this count of the smallest and the largest file that bears the format's name by its published rule: with
    /// and without an importance matrix.
    pub variants: (f64, f64),
}

/// Parameters and the bytes they take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeightSum {
    /// How many parameters.
    pub parameters: u64,
    /// How many bytes.
    pub bytes: Bytes,
}

/// How far a size can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Every tensor is known and the parameter count agrees with the published one.
    Exact,
    /// The format's size is known, but some tensors had to be inferred from the published parameter count.
    Inferred,
    /// Nobody publishes the rule of the format, or the shapes are unknown.
    Estimated,
}

/// 80 % band around an inferred size: files of models with recurrent layers keep those at more bits than the plain mix.
const INFERRED_BAND: (f64, f64) = (0.96, 1.08); // 14 logged files of Qwen3.5 0.8B and 2B below 8 bits: -3.6 to +7.5 %
/// 80 % band around a size of a mix whose rule is not published.
const ESTIMATED_BAND: (f64, f64) = (0.93, 1.08); // spread of published "dynamic" files about their base mix, 2026-11-20

impl std::ops::AddAssign for WeightSum {
    fn add_assign(&mut self, other: Self) {
        self.parameters = self.parameters.saturating_add(other.parameters);
        self.bytes += other.bytes;
    }
}

impl WeightCount {
    /// All bytes stored.
    pub fn total(&self) -> Bytes {
        self.sums().map(|sum| sum.bytes).sum()
    }

    /// All parameters stored.
    pub fn parameters(&self) -> u64 {
        self.sums().fold(0u64, |all, sum| all.saturating_add(sum.parameters))
    }

    fn sums(&self) -> impl Iterator<Item = &WeightSum> {
        [
            &self.embedding,
            &self.per_layer_embedding,
            &self.prediction,
            &self.attention,
            &self.feed_forward,
            &self.shared_experts,
            &self.routed_experts,
            &self.head,
            &self.other,
            &self.towers,
        ]
        .into_iter()
    }

    /// Bytes every step reads whatever its tokens, head apart: all layers without their routed experts.
    pub fn fixed(&self) -> Bytes {
        self.attention.bytes + self.feed_forward.bytes + self.shared_experts.bytes + self.other.bytes
    }

    /// Bytes read for one step of `batch` tokens: everything but the embedding table, of the routed experts those
    /// touched. With uniform routing a batch touches `1 - (1 - k/E)^batch` of them: an upper bound, real routing
    /// is correlated.
    pub fn read_per_step(&self, batch: u32) -> Bytes {
        self.fixed() + self.head_bytes() + self.routed_experts.bytes.scaled(self.expert_coverage(batch))
    }

    /// Share of the routed experts that a batch touches under uniform routing, 0 to 1.
    pub fn expert_coverage(&self, batch: u32) -> f64 {
        let (count, per_token) = self.experts;
        if count == 0 {
            return 0.0;
        }
        let taken = (f64::from(per_token) / f64::from(count)).clamp(0.0, 1.0);
        1.0 - (1.0 - taken).powf(f64::from(batch))
    }

    /// Bytes of the output head as read for a token, its own or the embedding table's.
    pub fn head_bytes(&self) -> Bytes {
        if self.tied { self.embedding.bytes } else { self.head.bytes }
    }

    /// Parameters multiplied for one token, head included.
    pub fn active_parameters(&self) -> u64 {
        let head = if self.tied { self.embedding.parameters } else { self.head.parameters };
        let (count, per_token) = self.experts;
        let routed = (u128::from(self.routed_experts.parameters) * u128::from(per_token))
            .checked_div(u128::from(count))
            .and_then(|taken| u64::try_from(taken).ok())
            .unwrap_or(0);
        [self.attention, self.feed_forward, self.shared_experts, self.other]
            .iter()
            .fold(head.saturating_add(routed), |all, sum| all.saturating_add(sum.parameters))
    }

    /// Bytes that llama.cpp keeps in host memory whatever is offloaded: tables of which a token reads one row. A tied
    /// table is on the device as well, as head; tables of extra layers are not loaded.
    pub fn on_host(&self) -> Bytes {
        let table = if self.tied { Bytes::ZERO } else { self.embedding.bytes };
        table + self.per_layer_embedding.bytes
    }

    /// The band of the total as factors.
    pub const fn band(&self) -> (f64, f64) {
        match self.precision {
            Precision::Exact => self.variants,
            Precision::Inferred => INFERRED_BAND,
            Precision::Estimated => ESTIMATED_BAND,
        }
    }

    /// How the total was found, in words.
    /// `stored` names the storage, `rule` says where its rule is published.
    pub fn basis(&self, model: &Model, stored: &str, rule: &str) -> Basis {
        let source = format!("{}, {}", model.provenance.source, model.provenance.date);
        let mut inputs = vec![
            BasisInput::new("parameters counted", thousands(self.parameters() as f64), Standing::Computed, &source),
            BasisInput::new("storage of each tensor", stored, Standing::Cited, rule),
        ];
        for (name, sum) in [
            ("embedding table", self.embedding),
            ("embedding tables of each layer", self.per_layer_embedding),
            ("layers that guess further tokens", self.prediction),
            ("attention and recurrent layers", self.attention),
            ("feed-forward layers", self.feed_forward),
            ("routed experts", self.routed_experts),
            ("shared experts", self.shared_experts),
            ("output head", self.head),
            ("norms, biases, routers and the rest", self.other),
            ("towers for pictures and sound", self.towers),
        ] {
            if sum.bytes > Bytes::ZERO {
                inputs.push(BasisInput::new(name, sum.bytes, Standing::Computed, &source));
            }
        }
        // Shapes that give the published number of parameters are vouched for by it.
        let (shapes, doubtful) = of_shapes(model, &["architecture.feed_forward", "architecture.vocabulary"]);
        let vouched = self.precision == Precision::Exact && model.parameters_total.is_some();
        let counted = if vouched { Standing::Computed } else { shapes };
        if !vouched {
            inputs.extend(doubtful);
        }
        let (standing, band) = match self.precision {
            Precision::Exact if self.variants == (1.0, 1.0) => (counted, String::new()),
            Precision::Exact => {
                let (low, high) = self.variants;
                let percent = |factor: f64| (factor - 1.0) * 100.0;
                let band = format!(
                    "{:+.1} to {:+.1} %: files of this name differ by whether they were made with an importance matrix",
                    percent(low),
                    percent(high)
                );
                (counted, band)
            }
            Precision::Inferred => (
                counted,
                "some tensors follow from the published count, or publishers keep them at more bits; such files lie within -4 to +8 %".to_owned(),
            ),
            Precision::Estimated => (
                Standing::Assumed,
                "the rule of this format or the shapes are not published: -7 to +8 %; read a file's header for the exact size"
                    .to_owned(),
            ),
        };
        Basis {
            standing,
            formula: SmolStr::new_static(
                "weights = sum over tensors of rows x ceil(columns / block) x bytes per block",
            ),
            inputs,
            band: band.into(),
        }
    }
}

/// Low, likely and high size of what a GGUF file holds beside its tensors: names, settings, and for each token of the
/// vocabulary its text, its kind and the merges that make it.
pub fn gguf_header(model: &Model) -> [Bytes; 3] {
    /// Bytes for each token of the vocabulary.
    const FOR_EACH_TOKEN: [u64; 3] = [20, 38, 64]; // SmolLM2 36.3, Qwen2.5 39, Llama 2 22, Llama 3 61; headers of published files
    let vocabulary = model.architecture.as_ref().and_then(|shapes| shapes.vocabulary).map_or(0, u64::from);
    FOR_EACH_TOKEN.map(|each| Bytes::new(each) * vocabulary)
}
