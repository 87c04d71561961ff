//! What the columns `quant`, `kv_type` and `source` say of a layout, in the words that published logs use.

use std::collections::BTreeMap;

use crate::catalog::{Engine, WeightFormat};
use crate::sizing::buffers::GraphProfile;
use crate::sizing::kv_cache::LatentCache;
use crate::sizing::weights::layout::{Otherwise, StandIn, UserMix};
use crate::sizing::weights::mix::FileType;
use crate::sizing::weights::tensors::Role;
use crate::sizing::weights::{GgmlType, Storage};

/// What a `quant` column says.
#[derive(Clone, Debug, PartialEq)]
pub enum QuantLayout {
    /// A layout whose bytes follow from the shapes.
    Stored(Storage),
    /// A mix of which only the mean is stated.
    BitsPerWeight(f64),
    /// A layout spread over this many devices, one of which was measured.
    PerDevice(Storage, u32),
    /// Something else.
    Unknown,
}

impl QuantLayout {
    /// Reads a `quant` column.
    pub fn parse(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        if let Some(bits) = stated_bits(&lower) {
            return Self::BitsPerWeight(bits);
        }
        if let Some(rest) = lower.strip_prefix("mlx ") {
            return mlx(rest.trim());
        }
        if lower.starts_with("fp8") {
            let storage = Storage::of(WeightFormat::Fp8, Engine::Vllm);
            return match devices_stated(&lower) {
                Some(devices) => Self::PerDevice(storage, devices),
                None => Self::Stored(storage),
            };
        }
        if lower.starts_with("w8a8") {
            return Self::Stored(Storage::of(WeightFormat::Int8, Engine::Vllm));
        }
        // llama-bench names the medium mixes by their type alone.
        let named = match lower.as_str() {
            "q5_k" => "q5_k_m",
            "q4_k" => "q4_k_m",
            "q3_k" => "q3_k_m",
            "ud-q8_k_xl" => return Self::dynamic(FileType::Plain(GgmlType::Q8_0), 1.2, 1.03),
            "ud-q5_k_xl" => return Self::dynamic(FileType::Q5KM, 1.0, 1.0),
            "ud-q2_k_xl" => return Self::dynamic(FileType::Q2K, 1.0, 1.0),
            other => other,
        };
        if let Some(codebook) = named.strip_prefix("ud-").and_then(|plain| plain.parse::<WeightFormat>().ok())
            && let Storage::Gguf { file_type, .. } = Storage::of(codebook, Engine::LlamaCpp)
        {
            return Self::dynamic(file_type, 1.05, 1.05);
        }
        match named.parse::<WeightFormat>() {
            Ok(format) => Self::Stored(Storage::of(format, Engine::LlamaCpp)),
            Err(_) => Self::Unknown,
        }
    }
}

impl QuantLayout {
    /// A "dynamic" mix whose rule nobody publishes: the nearest plain mix stands in for it. Factors are those of single
    /// files (Gemma 4 26B-A4B as UD-Q8_K_XL: 1.03 of Q8_0; dense ones keep more in 16 bits), the rest guesses in a wide band.
    const fn dynamic(file_type: FileType, dense: f64, experts: f64) -> Self {
        Self::Stored(Storage::Gguf { file_type, importance_matrix: true, stand_in: Some(StandIn { dense, experts }) })
    }
}

/// Whether a file of gpt-oss keeps what is not an expert in 16 bits: published under the name of that format, though its
/// experts are MXFP4.
pub fn rest_in_sixteen(quant: &str, source: &str) -> Option<Storage> {
    (quant.eq_ignore_ascii_case("mxfp4") && source.contains("-F16/")).then(|| {
        Storage::Custom(UserMix {
            types: BTreeMap::from(
                [Role::ExpertUp, Role::ExpertGate, Role::ExpertDown].map(|role| (role, GgmlType::Mxfp4)),
            ),
            otherwise: Otherwise::Type(GgmlType::F16),
        })
    })
}

/// How exactly a row says what it measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Printed {
    /// Band of what is printed over the bytes there are.
    pub band: (f64, f64),
    /// Whether layout and bytes are stated, so that the prediction has to be met.
    pub stated: bool,
}

impl Printed {
    /// Reads it off the words of `quant` and `source`.
    pub fn of(quant: &str, source: &str) -> Self {
        let unsure = |low, high| Self { band: (low, high), stated: false };
        let (quant, source) = (quant.to_ascii_lowercase(), source.to_ascii_lowercase());
        if source.contains("rounded to mib/gib") {
            // Decimal GB or MB written where binary ones are meant: 2.4, 4.9 or 7.4 % too much, and rounded besides.
            return unsure(0.98, 1.095);
        }
        if source.contains("decimal gb") {
            // A table of one mean of bits per weight for models of all sizes.
            return unsure(0.995, 1.03);
        }
        if source.contains("rounded") {
            return unsure(0.995, 1.005);
        }
        // A card whose name does not bear the bits its row states: published as its makers store it, in 4 bits perhaps.
        if let (Some(bits), true) =
            (quant.strip_prefix("mlx ").and_then(|q| q.strip_suffix("bit")), source.contains("mlx-community"))
        {
            let names = ["bit", "-bit"].map(|word| format!("{bits}{word}"));
            if !names.iter().any(|name| source.contains(name.as_str())) {
                return unsure(0.45, 1.01);
            }
        }
        Self { band: (0.999, 1.001), stated: true }
    }
}

/// The number before "bpw".
fn stated_bits(text: &str) -> Option<f64> {
    let before = text.split("bpw").next().filter(|before| before.len() < text.len())?;
    let number: f64 = before.split_whitespace().last()?.parse().ok()?;
    (number.is_finite() && number > 0.0 && number <= 64.0).then_some(number)
}

/// The number after "tp", as in "vLLM TP8, per GPU".
fn devices_stated(text: &str) -> Option<u32> {
    let digits: String = text.split("tp").nth(1)?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|devices| *devices > 0)
}

fn mlx(rest: &str) -> QuantLayout {
    let stored = |format| QuantLayout::Stored(Storage::of(format, Engine::Mlx));
    match rest {
        "3bit" => stored(WeightFormat::Mlx3),
        "4bit" => stored(WeightFormat::Mlx4),
        "5bit" => stored(WeightFormat::Mlx5),
        "6bit" => stored(WeightFormat::Mlx6),
        "8bit" => stored(WeightFormat::Mlx8),
        "mxfp4-q8" => QuantLayout::Stored(Storage::Custom(UserMix {
            types: BTreeMap::from([
                (Role::ExpertUp, GgmlType::Mxfp4),
                (Role::ExpertGate, GgmlType::Mxfp4),
                (Role::ExpertDown, GgmlType::Mxfp4),
                (Role::Router, GgmlType::Q8_0),
                (Role::Full, GgmlType::Bf16),
            ]),
            otherwise: Otherwise::Type(GgmlType::Q8_0),
        })),
        "bf16" | "fp16" => stored(WeightFormat::Bf16),
        _ => QuantLayout::Unknown,
    }
}

/// Types of keys and values: one for both, or `keys/values`; words after it say how latent caches are kept.
pub fn cache_types(text: &str) -> Option<(GgmlType, GgmlType)> {
    let first = text.split_whitespace().next()?;
    let mut types = first.split('/').map(element);
    let keys = types.next()??;
    let values = types.next().unwrap_or(Some(keys))?;
    Some((keys, values))
}

fn element(name: &str) -> Option<GgmlType> {
    let wanted = name.to_ascii_uppercase();
    GgmlType::ALL.iter().copied().find(|known| known.label() == wanted)
}

/// How a latent cache is kept, from the words of `kv_type`.
pub fn latent_cache(text: &str) -> LatentCache {
    if text.contains("transposed copy") {
        LatentCache::WithTransposedCopy
    } else if text.contains("per-head") {
        LatentCache::PerHead
    } else {
        LatentCache::Once
    }
}

/// The graph's settings from the words of `source`: micro-batch, flash attention, version.
pub fn graph(source: &str) -> GraphProfile {
    let mut graph = GraphProfile::before_may_2026();
    if let Some(batch) = number_after(source, "ubatch").or_else(|| number_after(source, "n_batch")) {
        graph.micro_batch = batch;
    }
    graph.flash_attention = !source.contains("FA n/a") && !source.contains("FA off");
    graph.processor = source.contains(", CPU)");
    graph.latent_expanded = source.contains("ik_llama.cpp") && source.contains("MLA");
    graph
}

fn number_after(text: &str, word: &str) -> Option<u64> {
    text.split(word).nth(1)?.split(|c: char| !c.is_ascii_digit()).find(|part| !part.is_empty())?.parse().ok()
}
