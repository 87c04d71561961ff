//! Hugging Face `config.json`: the shapes of a model, from the file its makers publish beside the weights.
//!
//! A model with towers for pictures keeps its language model under `text_config`; the towers are left out. What the
//! file does not say and `transformers` takes for granted is taken too, and noted as guessed. Parameters are not in
//! the file: they are counted from the shapes by the project's one formula ([`crate::sizing::weights::tensors`]).

mod experts;
pub(super) mod family;
mod fields;
mod layers;
mod recurrent;

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::ImportError;
use super::report::Findings;
use crate::catalog::{Architecture, LatentProjections, LayerState, ModelKind};
use family::Family;
use fields::{COUNTS, Fields, TOKENS};
use layers::{KvShape, Layer, Layers};

/// No configuration is read beyond this. Real ones stay below 0.3 MB; as values in memory a hostile one of nothing but
/// numbers takes sixteen times its text.
pub(super) const MAX_CONFIG_BYTES: usize = 1024 * 1024;

/// What a configuration says of a model.
pub(super) struct Config {
    /// The family in the catalog's words.
    pub family: &'static str,
    /// What kind of network it is.
    pub kind: ModelKind,
    /// The shapes.
    pub architecture: Architecture,
    /// Longest context.
    pub context_tokens: Option<u32>,
    /// The name it gives itself. `None`: it gives none, or a path on somebody's disk.
    pub name: Option<String>,
    /// The type its numbers are published in, for example `bfloat16`, or the way they are quantized.
    pub stored_as: Option<String>,
    /// Bits of one packed weight, where they are quantized.
    pub bits: Option<u32>,
}

/// Whether an object of JSON is a model's configuration. llama-bench has a `model_type` too, beside its speeds.
pub(super) fn is_one(text: &str) -> bool {
    let has = |name: &str| text.contains(name);
    text.trim_start().starts_with('{')
        && (has("\"model_type\"") || has("\"architectures\""))
        && !has("\"avg_ts\"")
        && !has("\"n_prompt\"")
        && !has("\"build_commit\"")
}

/// Reads a configuration.
///
/// # Errors
/// A text that is no JSON object, an architecture that is not known, a field that is missing or impossible.
pub(super) fn read(file: &str, text: &str, findings: &mut Findings) -> Result<Config, ImportError> {
    let wrong = |message: String| ImportError::File { file: file.to_owned(), message };
    if text.len() > MAX_CONFIG_BYTES {
        return Err(wrong(format!(
            "larger than {} KiB, which no configuration is: pick another file",
            MAX_CONFIG_BYTES / 1024
        )));
    }
    let text = super::json::without_python_numbers(text);
    let map: Map<String, Value> = serde_json::from_str(&text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        wrong(format!("line {}, column {}: not JSON: {what}", error.line(), error.column()))
    })?;
    let outer = Fields::new(file, &text, &map);
    let inner = outer.inside("text_config", "text_config.");
    let fields = inner.unwrap_or(outer);
    let model_type = fields.text("model_type").or_else(|| outer.text("model_type")).ok_or_else(|| {
        outer.error("model_type", "is not there: without it nobody knows the architecture; take the makers' file")
    })?;
    let family = family::named(&model_type).ok_or_else(|| unknown(&fields, &model_type))?;
    if inner.is_some() {
        findings.missing("its towers for pictures or sound: they are not counted");
    }
    let mut config = shapes(&fields, family, findings)?;
    config.name = outer.text("_name_or_path").filter(|name| !name.starts_with(['/', '.', '~']) && !name.contains('\\'));
    config.stored_as = stored_as(&outer).or_else(|| stored_as(&fields));
    config.bits = bits(&outer)?;
    Ok(config)
}

fn unknown(fields: &Fields<'_>, model_type: &str) -> ImportError {
    let short: String = model_type.chars().take(60).collect();
    let mut known = String::new();
    for (what, name) in [
        ("layers", "num_hidden_layers"),
        ("width", "hidden_size"),
        ("heads", "num_attention_heads"),
        ("heads of keys and values", "num_key_value_heads"),
        ("feed-forward width", "intermediate_size"),
        ("vocabulary", "vocab_size"),
    ] {
        if let Ok(Some(number)) = fields.count(&[name], COUNTS) {
            let _ = write!(known, "{}{what} {number}", if known.is_empty() { "" } else { ", " });
        }
    }
    let understood =
        if known.is_empty() { "nothing of it was understood".to_owned() } else { format!("understood: {known}") };
    fields.error(
        "model_type",
        format!(
            "`{short}` is an architecture this program does not know; {understood}. Import its safetensors or GGUF file \
             for the exact size, or add the model by hand"
        ),
    )
}

/// A number the file gives, else the family's, with a remark.
fn or_usual(
    fields: &Fields<'_>,
    names: &[&str],
    usual: u32,
    findings: &mut Findings,
) -> Result<Option<u32>, ImportError> {
    let said = fields.count(names, COUNTS)?;
    if said.is_none() && usual > 0 {
        let name = names.first().copied().unwrap_or_default();
        findings.guessed(format!(
            "{name}: the file does not say; {usual} is what transformers takes for this architecture"
        ));
        return Ok(Some(usual));
    }
    Ok(said)
}

fn shapes(fields: &Fields<'_>, family: &Family, findings: &mut Findings) -> Result<Config, ImportError> {
    let hidden = fields.need(&["hidden_size", "n_embd", "d_model"], COUNTS)?;
    let heads = or_usual(fields, &["num_attention_heads", "n_head"], family.heads, findings)?
        .ok_or_else(|| fields.error("num_attention_heads", "is not there: take the makers' file"))?;
    let kv_heads = or_usual(fields, &["num_key_value_heads"], family.kv_heads, findings)?.unwrap_or(heads);
    let latent = latent(fields)?;
    let head_dim = match or_usual(fields, &["head_dim", "attention_head_dim"], family.head_dim, findings)? {
        Some(dim) => dim,
        None => hidden / heads,
    };
    if head_dim == 0 || kv_heads > heads {
        return Err(fields.error(
            "num_attention_heads",
            format!("{heads} heads do not go with hidden_size {hidden} and {kv_heads} heads of keys and values"),
        ));
    }
    let vocabulary = or_usual(fields, &["vocab_size"], family.vocabulary, findings)?
        .ok_or_else(|| fields.error("vocab_size", "is not there: take the makers' file"))?;
    let layers = layers::read(fields, family, KvShape { heads: kv_heads, dim: head_dim }, findings)?;
    let count = u32::try_from(layers.each.len()).unwrap_or(u32::MAX);
    let single_purpose = layers.each.contains(&Layer::FeedForward);
    let experts = experts::read(fields, count, single_purpose)?;
    let tied = fields.flag("tie_word_embeddings")?;
    if tied.is_none() {
        let words = if family.tied {
            "the output head is the embedding table"
        } else {
            "the output head is a table of its own"
        };
        findings.guessed(format!("tie_word_embeddings: the file does not say; {words}, as in this architecture"));
    }
    let feeding = layers.each.iter().filter(|layer| **layer == Layer::FeedForward).count();
    let predicting = fields.count(&["num_nextn_predict_layers"], 0..=100)?.unwrap_or(0);
    if predicting > 0 {
        findings.missing(format!(
            "the {predicting} further layers that guess tokens ahead: the shapes of the file do not count them"
        ));
    }
    let dense = experts.as_ref().is_none_or(|experts| experts.dense_layers > 0);
    let architecture = Architecture {
        layers: count,
        hidden,
        heads: Some(heads),
        kv_heads: Some(kv_heads),
        head_dim: latent.is_none().then_some(head_dim),
        feed_forward: if dense || !single_purpose { feed_forward(fields)? } else { None },
        vocabulary: Some(vocabulary),
        tied_embeddings: Some(tied.unwrap_or(family.tied)),
        recurrent_parameters: layers.recurrent.as_ref().map(|recurrent| recurrent.parameters),
        feed_forward_layers: single_purpose.then(|| u32::try_from(feeding).unwrap_or(u32::MAX)),
        plain_feed_forward: fields.text("mlp_hidden_act").is_some_and(|act| act == "relu2"),
        attention_gate: matches!(family.name, "Qwen3-Next" | "Qwen3.5"),
        values_from_keys: fields.flag("attention_k_eq_v")?.unwrap_or(false),
        per_layer_embedding: fields
            .count(&["hidden_size_per_layer_input"], 0..=*COUNTS.end())?
            .filter(|&elements| elements > 0),
        feed_forward_of_shared: feed_forward_of_shared(fields, &layers)?,
        layer_groups: layers.groups,
        experts,
        latent,
        ..Architecture::default()
    };
    let hybrid = architecture.layer_groups.iter().any(|group| matches!(group.state, LayerState::Recurrent { .. }));
    let kind = match (&architecture.experts, hybrid) {
        (Some(_), _) => ModelKind::MixtureOfExperts,
        (None, true) => ModelKind::Hybrid,
        (None, false) => ModelKind::Dense,
    };
    let context = fields.count(&["max_position_embeddings", "max_sequence_length"], TOKENS)?;
    let context_tokens = context.or((family.context > 0).then_some(family.context));
    if context_tokens.is_none() {
        findings.missing("the longest context");
    }
    Ok(Config {
        family: generation(fields, family, vocabulary),
        kind,
        architecture,
        context_tokens,
        name: None,
        stored_as: None,
        bits: None,
    })
}

/// Llama 3.1 and later store rotary factors; Llama 3 has the vocabulary and not the factors.
fn generation(fields: &Fields<'_>, family: &Family, vocabulary: u32) -> &'static str {
    const OF_LLAMA_3: u32 = 128_256; // tokens, Meta's config.json files, 2024-04 on
    let scaled = fields.inside("rope_scaling", "").and_then(|scaling| scaling.text("rope_type"));
    match (family.model_type, scaled.as_deref()) {
        ("llama", Some("llama3")) => "Llama 3.1",
        ("llama", _) if vocabulary == OF_LLAMA_3 => "Llama 3",
        _ => family.name,
    }
}

fn latent(fields: &Fields<'_>) -> Result<Option<LatentProjections>, ImportError> {
    if !fields.has("kv_lora_rank") {
        return Ok(None);
    }
    Ok(Some(LatentProjections {
        query_rank: fields.count(&["q_lora_rank"], COUNTS)?,
        nope_dim: fields.need(&["qk_nope_head_dim"], COUNTS)?,
        value_dim: fields.need(&["v_head_dim"], COUNTS)?,
        index_heads: fields.count(&["index_n_heads"], COUNTS)?,
    }))
}

/// Width of a dense feed-forward layer.
fn feed_forward(fields: &Fields<'_>) -> Result<Option<u32>, ImportError> {
    // Granite 4 without experts passes every token through what would be the shared one; Llama 4 gives its dense
    // layers a width of their own.
    if fields.count(&["num_local_experts"], 0..=*COUNTS.end())? == Some(0) && fields.has("shared_intermediate_size") {
        return fields.count(&["shared_intermediate_size"], COUNTS);
    }
    let width = fields.count(&["intermediate_size_mlp", "block_ff_dim", "intermediate_size", "n_inner"], COUNTS)?;
    if !fields.flag("block_auto_adjust_ff_dim")?.unwrap_or(false) {
        return Ok(width);
    }
    // LFM2 states the width before its own adjustment: two thirds, rounded up to a multiple.
    let multiple = fields.count(&["block_multiple_of"], COUNTS)?.unwrap_or(256);
    Ok(width.map(|width| (width / 3).saturating_mul(2).div_ceil(multiple).saturating_mul(multiple)))
}

/// Width of the feed-forward part of layers that read another's cache, where it is twice the others' (Gemma 4 E2B).
fn feed_forward_of_shared(fields: &Fields<'_>, layers: &Layers) -> Result<Option<u32>, ImportError> {
    let wide = fields.flag("use_double_wide_mlp")?.unwrap_or(false) && layers.each.contains(&Layer::Shared);
    Ok(if wide { feed_forward(fields)?.map(|width| width.saturating_mul(2)) } else { None })
}

fn stored_as(fields: &Fields<'_>) -> Option<String> {
    let quantized = fields.inside("quantization_config", "quantization_config.").and_then(|it| it.text("quant_method"));
    quantized.or_else(|| fields.text("torch_dtype")).or_else(|| fields.text("dtype"))
}

/// Bits of a packed weight: GPTQ, AWQ and MLX say; MXFP4 and NVFP4 mean four.
fn bits(fields: &Fields<'_>) -> Result<Option<u32>, ImportError> {
    let quantization = fields
        .inside("quantization_config", "quantization_config.")
        .or_else(|| fields.inside("quantization", "quantization."));
    let Some(quantization) = quantization else { return Ok(None) };
    let said = quantization.count(&["bits"], 1..=16)?;
    let four = quantization.text("quant_method").is_some_and(|method| matches!(method.as_str(), "mxfp4" | "nvfp4"));
    Ok(said.or(four.then_some(4)))
}
