//! From a header to an entry: shapes by the names of the format, kinds of layers by the tensors they have.

use std::path::Path;

use super::super::checkpoint::{shapes_in_words, slug};
use super::super::config::family::{self, Family, Pattern};
use super::super::{Findings, ImportError, count, display_name};
use super::blocks::{self, Block, Tensors};
use crate::catalog::{
    Architecture, Date, Experts, FieldNote, LatentProjections, LayerGroup, LayerState, Model, ModelId, ModelKind,
    Provenance, Stamp, Standing,
};
use crate::infer::{InferError, RawHeader};
use crate::units::{Bytes, thousands};

/// Architectures by GGUF's name and by that of their configuration files.
const NAMES: &[(&str, &str)] = &[
    ("llama", "llama"),
    ("llama4", "llama4_text"),
    ("qwen2", "qwen2"),
    ("qwen2moe", "qwen2_moe"),
    ("qwen3", "qwen3"),
    ("qwen3moe", "qwen3_moe"),
    ("qwen3next", "qwen3_next"),
    ("qwen35", "qwen3_5_text"),
    ("qwen35moe", "qwen3_5_moe_text"),
    ("gemma", "gemma"),
    ("gemma2", "gemma2"),
    ("gemma3", "gemma3_text"),
    ("phi3", "phi3"),
    ("deepseek2", "deepseek_v3"),
    ("glm4moe", "glm4_moe"),
    ("gpt-oss", "gpt_oss"),
    ("granite", "granite"),
    ("granitemoe", "granitemoe"),
    ("granitehybrid", "granitemoehybrid"),
    ("olmo2", "olmo2"),
    ("smollm3", "smollm3"),
    ("jamba", "jamba"),
    ("lfm2", "lfm2"),
    ("nemotron_h", "nemotron_h"),
    ("command-r", "cohere"),
    ("seed_oss", "seed_oss"),
];

/// A header with the name of its file for errors.
struct Keys<'a> {
    header: &'a RawHeader,
    file: String,
    architecture: String,
}

impl Keys<'_> {
    fn wrong(&self, key: &str, message: impl Into<String>) -> ImportError {
        let field = format!("{}.{key}", self.architecture);
        ImportError::Field { file: self.file.clone(), line: None, field, message: message.into() }
    }

    /// A whole number of this architecture. `None`: not there, or 0.
    fn count(&self, key: &str) -> Result<Option<u32>, ImportError> {
        let name = format!("{}.{key}", self.architecture);
        let Some(number) = self.header.count(&name).map_err(|error| from_engine(&self.file, &error))? else {
            return Ok(None);
        };
        u32::try_from(number)
            .ok()
            .filter(|number| *number <= 1_000_000_000)
            .map(|number| Some(number).filter(|number| *number > 0))
            .ok_or_else(|| self.wrong(key, format!("{number} is beyond anything published: the file is damaged")))
    }

    /// Of a number for each layer, or one for all, the largest.
    fn most(&self, key: &str) -> Result<Option<u32>, ImportError> {
        let name = format!("{}.{key}", self.architecture);
        let numbers = self.header.numbers(&name).map_err(|error| from_engine(&self.file, &error))?;
        let most = numbers.into_iter().fold(0.0, f64::max);
        if most > 1e9 {
            return Err(self.wrong(key, format!("{most} is beyond anything published: the file is damaged")));
        }
        // Within the range of a u32 by the line above.
        Ok(Some(most as u32).filter(|number| *number > 0))
    }

    fn text(&self, key: &str) -> Option<String> {
        let text = self.header.text(key).ok()??.trim();
        Some(text.chars().take(200).collect::<String>()).filter(|text| !text.is_empty())
    }
}

fn from_engine(file: &str, error: &InferError) -> ImportError {
    ImportError::File { file: file.to_owned(), message: error.to_string() }
}

/// Reads a file and makes the entry.
///
/// # Errors
/// A file that is no sound GGUF, or holds no language model.
pub(super) fn read(path: &Path, day: &Date, findings: &mut Findings) -> Result<(), ImportError> {
    let file = display_name(path);
    let stamp = || std::fs::metadata(path).ok().and_then(|facts| Stamp::of(&facts));
    let before = stamp();
    let header = RawHeader::read(path).map_err(|error| from_engine(&file, &error));
    if before != stamp() {
        return Err(ImportError::changed(&file));
    }
    let header = header?;
    let architecture = header.text("general.architecture").map_err(|error| from_engine(&file, &error))?;
    let architecture: String = architecture.unwrap_or_default().chars().take(60).collect();
    let keys = Keys { header: &header, file, architecture };
    let tensors = blocks::of(&header);
    if tensors.blocks.is_empty() || tensors.vocabulary == 0 {
        let message = format!(
            "holds no language model: its architecture is `{}`, and it has {} blocks; choose the file of the model itself",
            keys.architecture,
            tensors.blocks.len()
        );
        return Err(ImportError::File { file: keys.file, message });
    }
    let family = NAMES.iter().find(|(name, _)| *name == keys.architecture).and_then(|(_, name)| family::named(name));
    if family.is_none() {
        findings.guessed(format!("the architecture `{}`, which this program does not know: its tensors are counted, its habits are not known", keys.architecture));
    }
    let shapes = shapes(&keys, &tensors, family, findings)?;
    let part = header.count("split.count").ok().flatten().filter(|parts| *parts > 1);
    entry(path, day, &keys, &tensors, family, shapes, part, findings);
    Ok(())
}

fn shapes(
    keys: &Keys<'_>,
    tensors: &Tensors,
    family: Option<&'static Family>,
    findings: &mut Findings,
) -> Result<Architecture, ImportError> {
    let need = |key: &str| keys.count(key)?.ok_or_else(|| keys.wrong(key, "is not there: the file is damaged"));
    let hidden = need("embedding_length")?;
    let ahead = keys.count("nextn_predict_layers")?.unwrap_or(0);
    let layers = need("block_count")?.saturating_sub(ahead).max(1);
    let heads = keys.most("attention.head_count")?;
    let kv_heads = keys.most("attention.head_count_kv")?.or(heads);
    let key_dim = match (keys.count("attention.key_length")?, heads) {
        (None, Some(heads)) => hidden.checked_div(heads).filter(|dim| *dim > 0),
        (dim, _) => dim,
    };
    let value_dim = keys.count("attention.value_length")?.or(key_dim);
    let latent = latent(keys, key_dim)?;
    let own = tensors.blocks.range(..layers).map(|(_, block)| *block).collect::<Vec<_>>();
    if u32::try_from(own.len()) != Ok(layers) {
        findings.missing(format!(
            "{} of {layers} blocks: they lie in another part of the model",
            i64::from(layers) - own.len() as i64
        ));
    }
    let recurrent =
        own.iter().map(|block| block.recurrent_parameters).max().filter(|_| own.iter().any(|b| b.recurrent));
    let kv = (kv_heads.unwrap_or(1), key_dim.unwrap_or(1), value_dim.unwrap_or(1));
    let layer_groups = groups(keys, &own, layers, family, kv, latent.as_ref(), findings)?;
    let single_purpose = own.iter().any(|block| !block.attention && !block.recurrent);
    let feeding = own.iter().filter(|block| block.dense || block.experts).count();
    let dense = own.iter().filter(|block| block.dense && !block.experts).count();
    let narrow = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let experts = match keys.count("expert_count")? {
        None => None,
        Some(count) => Some(Experts {
            count,
            per_token: need("expert_used_count")?.min(count),
            feed_forward: keys.count("expert_feed_forward_length")?,
            shared: keys.count("expert_shared_count")?.unwrap_or(u32::from(tensors.shared_up)),
            shared_feed_forward: keys.count("expert_shared_feed_forward_length")?,
            dense_layers: if single_purpose { 0 } else { narrow(dense) },
            latent: None,
        }),
    };
    Ok(Architecture {
        layers,
        hidden,
        heads,
        kv_heads,
        head_dim: if latent.is_some() { None } else { key_dim },
        feed_forward: keys.most("feed_forward_length")?,
        vocabulary: u32::try_from(tensors.vocabulary).ok(),
        tied_embeddings: Some(!tensors.head),
        experts,
        layer_groups,
        latent,
        recurrent_parameters: recurrent,
        feed_forward_layers: single_purpose.then(|| narrow(feeding)),
        plain_feed_forward: !tensors.gated,
        attention_gate: family.is_some_and(|family| matches!(family.name, "Qwen3-Next" | "Qwen3.5")),
        prediction_layers: ahead,
        ..Architecture::default()
    })
}

fn latent(keys: &Keys<'_>, key_dim: Option<u32>) -> Result<Option<LatentProjections>, ImportError> {
    if keys.count("attention.kv_lora_rank")?.is_none() {
        return Ok(None);
    }
    let rope = keys.count("rope.dimension_count")?.unwrap_or(0);
    let key = keys.count("attention.key_length_mla")?.or(key_dim).unwrap_or(0);
    let value = keys.count("attention.value_length_mla")?.or(keys.count("attention.value_length")?);
    Ok(Some(LatentProjections {
        query_rank: keys.count("attention.q_lora_rank")?,
        nope_dim: key.saturating_sub(rope).max(1),
        value_dim: value.unwrap_or(1),
        index_heads: keys.count("attention.indexer.head_count")?,
    }))
}

/// What each block keeps, as groups of like ones.
fn groups(
    keys: &Keys<'_>,
    own: &[Block],
    layers: u32,
    family: Option<&'static Family>,
    (kv_heads, key_dim, value_dim): (u32, u32, u32),
    latent: Option<&LatentProjections>,
    findings: &mut Findings,
) -> Result<Vec<LayerGroup>, ImportError> {
    let window = keys
        .count("attention.sliding_window")?
        .filter(|window| keys.count("context_length").ok().flatten().is_none_or(|context| *window < context));
    let period = keys.count("attention.sliding_window_pattern").ok().flatten();
    let period = period.or(family.and_then(|family| match family.pattern {
        Pattern::LastOf(period) => Some(period),
        Pattern::LastOfRecurrent(_) | Pattern::SideBySide | Pattern::Plain => None,
    }));
    let kv_rank = keys.count("attention.kv_lora_rank")?;
    let full = match (latent, kv_rank) {
        (Some(_), Some(kv_rank)) => LayerState::Latent {
            kv_rank,
            rope_dim: keys.count("rope.dimension_count")?.unwrap_or(0),
            index_dim: keys.count("attention.indexer.key_length")?.unwrap_or(0),
        },
        _ => LayerState::Full { kv_heads, key_dim, value_dim },
    };
    let recurrent = recurrent(keys)?;
    if window.is_some() {
        findings.guessed("which blocks attend to a window: the family's habit, the file does not list them");
    }
    let mut groups: Vec<LayerGroup> = Vec::new();
    for at in 0..layers {
        // A block of another part of the model is taken for one with attention.
        let block = usize::try_from(at).ok().and_then(|at| own.get(at).copied());
        let state = match block {
            Some(block) if block.recurrent => recurrent.clone(),
            Some(block) if !block.attention && (block.dense || block.experts) => LayerState::Stateless,
            _ => match window {
                Some(window) if period.is_none_or(|period| !(at + 1).is_multiple_of(period)) => {
                    LayerState::Sliding { window, kv_heads, key_dim, value_dim }
                }
                _ => full.clone(),
            },
        };
        match groups.iter_mut().find(|group| group.state == state) {
            Some(group) => group.count += 1,
            None => groups.push(LayerGroup { count: 1, state }),
        }
    }
    Ok(groups)
}

fn recurrent(keys: &Keys<'_>) -> Result<LayerState, ImportError> {
    if let Some(width) = keys.count("shortconv.l_cache")? {
        let channels = keys.count("embedding_length")?.unwrap_or(0);
        return Ok(LayerState::Recurrent { conv_channels: channels, conv_width: width, state_elements: 0 });
    }
    let inner = keys.count("ssm.inner_size")?.unwrap_or(0);
    let states = keys.count("ssm.state_size")?.unwrap_or(0);
    let groups = keys.count("ssm.group_count")?.unwrap_or(0);
    Ok(LayerState::Recurrent {
        conv_channels: inner.saturating_add(groups.saturating_mul(states).saturating_mul(2)),
        conv_width: keys.count("ssm.conv_kernel")?.unwrap_or(1),
        state_elements: u64::from(inner).saturating_mul(u64::from(states)),
    })
}

#[allow(clippy::too_many_arguments, reason = "one call, each a fact of the file")]
fn entry(
    path: &Path,
    day: &Date,
    keys: &Keys<'_>,
    tensors: &Tensors,
    family: Option<&'static Family>,
    architecture: Architecture,
    parts: Option<u64>,
    findings: &mut Findings,
) {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let name = keys.text("general.name").unwrap_or_else(|| stem.clone());
    let family = match family.map_or("unknown", |family| family.name) {
        "Llama" if tensors.rotary_factors => "Llama 3.1",
        other => other,
    };
    let hybrid = architecture.layer_groups.iter().any(|group| matches!(group.state, LayerState::Recurrent { .. }));
    let kind = match (&architecture.experts, hybrid) {
        (Some(_), _) => ModelKind::MixtureOfExperts,
        (None, true) => ModelKind::Hybrid,
        (None, false) => ModelKind::Dense,
    };
    findings.read(shapes_in_words(family, &architecture));
    findings.read(format!("{} parameters by the tensors of the header", thousands(tensors.parameters as f64)));
    let bytes = tensors.types.values().fold(0, |all: u64, (_, _, bytes)| all.saturating_add(*bytes));
    findings.read(format!(
        "{} bytes of weights ({}) in a file of {}",
        thousands(bytes as f64),
        Bytes::new(bytes),
        keys.header.file_bytes()
    ));
    for (kind, (count, parameters, bytes)) in &tensors.types {
        findings.read(format!(
            "{kind}: {count} tensors, {} parameters, {} bytes",
            thousands(*parameters as f64),
            thousands(*bytes as f64)
        ));
    }
    let note = |field: &str, source: &str| FieldNote::new(field, Standing::Computed, source);
    let mut model = Model {
        id: ModelId::new(Some(slug(&name)).filter(|slug| !slug.is_empty()).unwrap_or_else(|| slug(&stem))),
        name,
        family: family.to_owned(),
        kind,
        parameters_total: Some(tensors.parameters).filter(|_| parts.is_none()),
        parameters_active: None,
        architecture: Some(architecture),
        context_tokens: keys.count("context_length").ok().flatten(),
        license: keys.text("general.license"),
        released: None,
        quality: Vec::new(),
        tags: Vec::new(),
        notes: None,
        provenance: Provenance {
            source: format!("header of {}", keys.file),
            date: day.clone(),
            standing: Standing::Cited,
            fields: vec![note("parameters_total", "counted in the tensors of the header")],
        },
    };
    if let Some(shapes) = count::parameters(&model) {
        if let Some(parts) = parts {
            findings.missing(format!("the other parts of the model: this file is one of {parts}, so the parameters are counted from the shapes"));
            model.parameters_total = Some(shapes.total);
            model.provenance.fields = vec![note("parameters_total", "counted from the shapes")];
        }
        let total = model.parameters_total.unwrap_or(shapes.total);
        let share = shapes.active as f64 / shapes.total.max(1) as f64;
        model.parameters_active = Some(((total as f64 * share).round() as u64).min(total));
        model.provenance.fields.push(note("parameters_active", "counted from the shapes"));
        let off = shapes.total as f64 / total.max(1) as f64 - 1.0;
        findings.read(format!("{} parameters by the shapes, {:+.2} %", thousands(shapes.total as f64), off * 100.0));
    }
    for what in ["release date", "quality scores"] {
        findings.missing(format!("{what}: such files do not say"));
    }
    findings.entry(model);
}
