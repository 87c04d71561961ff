//! What each layer keeps: full attention, a window, a latent cache, a recurrent state, nothing.
//!
//! Most files list their layers or give a period; where one does neither, the family's own habit is taken and the
//! report says so.

use super::family::{Family, Pattern};
use super::fields::{COUNTS, Fields, LAYERS, TOKENS};
use super::recurrent::{self, Recurrent};
use crate::catalog::{LayerGroup, LayerState};
use crate::import::ImportError;
use crate::import::report::Findings;

/// One layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// Attends to everything.
    Full,
    /// Attends to the last tokens.
    Sliding,
    /// Carries a recurrent state.
    Recurrent,
    /// A feed-forward block that counts as a layer.
    FeedForward,
    /// Reads the cache of an earlier layer.
    Shared,
}

/// The layers of a model.
pub(super) struct Layers {
    /// One by one.
    pub each: Vec<Layer>,
    /// The same as groups of like ones.
    pub groups: Vec<LayerGroup>,
    /// The recurrent ones, where there are any.
    pub recurrent: Option<Recurrent>,
}

/// Heads of keys and values, and the size of one.
#[derive(Clone, Copy)]
pub(super) struct KvShape {
    /// How many.
    pub heads: u32,
    /// Elements of one.
    pub dim: u32,
}

impl KvShape {
    /// The shape in layers that attend to everything, where it differs from that of layers with a window (Gemma 4).
    ///
    /// # Errors
    /// A field that is no whole number.
    pub fn of_full_layers(self, fields: &Fields<'_>) -> Result<Self, ImportError> {
        let own_heads = fields.flag("attention_k_eq_v")?.unwrap_or(false);
        let heads = if own_heads { fields.count(&["num_global_key_value_heads"], COUNTS)? } else { None };
        let dim = fields.count(&["global_head_dim"], COUNTS)?;
        Ok(Self { heads: heads.unwrap_or(self.heads), dim: dim.unwrap_or(self.dim) })
    }
}

/// Reads the layers.
///
/// # Errors
/// A list that does not fit, a kind of layer nobody knows, a window that is missing.
pub(super) fn read(
    fields: &Fields<'_>,
    family: &Family,
    kv: KvShape,
    findings: &mut Findings,
) -> Result<Layers, ImportError> {
    let layers = fields.need(&["num_hidden_layers", "n_layer", "num_layers"], LAYERS)?;
    let window = window(fields)?;
    let mut each = kinds(fields, family, layers, window, findings)?;
    let shared = fields.count(&["num_kv_shared_layers"], 0..=layers.saturating_sub(1))?.unwrap_or(0);
    let keeping = each.len().saturating_sub(usize::try_from(shared).unwrap_or(usize::MAX));
    each.iter_mut().skip(keeping).for_each(|layer| *layer = Layer::Shared);
    let recurrent = if each.contains(&Layer::Recurrent) { Some(recurrent::read(fields)?) } else { None };
    let mut groups: Vec<LayerGroup> = Vec::new();
    for layer in &each {
        let state = match layer {
            Layer::Full => full(fields, kv)?,
            Layer::Sliding => {
                let message = "is not there, and some layers attend to a window of that many tokens";
                let window = window.ok_or_else(|| fields.error("sliding_window", message))?;
                LayerState::Sliding { window, kv_heads: kv.heads, key_dim: kv.dim, value_dim: kv.dim }
            }
            Layer::Recurrent => recurrent.as_ref().map_or(LayerState::Stateless, |r| r.state.clone()),
            Layer::FeedForward => LayerState::Stateless,
            Layer::Shared => LayerState::SharesKv,
        };
        match groups.iter_mut().find(|group| group.state == state) {
            Some(group) => group.count += 1,
            None => groups.push(LayerGroup { count: 1, state }),
        }
    }
    Ok(Layers { each, groups, recurrent })
}

fn full(fields: &Fields<'_>, kv: KvShape) -> Result<LayerState, ImportError> {
    Ok(match fields.count(&["kv_lora_rank"], COUNTS)? {
        Some(kv_rank) => LayerState::Latent {
            kv_rank,
            rope_dim: fields.need(&["qk_rope_head_dim"], COUNTS)?,
            index_dim: fields.count(&["index_head_dim"], COUNTS)?.unwrap_or(0),
        },
        None => {
            let kv = kv.of_full_layers(fields)?;
            LayerState::Full { kv_heads: kv.heads, key_dim: kv.dim, value_dim: kv.dim }
        }
    })
}

/// The window, where the file gives one that is narrower than the context.
fn window(fields: &Fields<'_>) -> Result<Option<u32>, ImportError> {
    let window = fields.count(&["sliding_window", "attention_chunk_size"], TOKENS)?;
    let context = fields.count(&["max_position_embeddings"], TOKENS)?.unwrap_or(u32::MAX);
    Ok(window.filter(|&window| window < context))
}

fn kinds(
    fields: &Fields<'_>,
    family: &Family,
    layers: u32,
    window: Option<u32>,
    findings: &mut Findings,
) -> Result<Vec<Layer>, ImportError> {
    if let Some(list) = fields.texts("layer_types")? {
        let each: Vec<Layer> = list.into_iter().map(|kind| named(fields, kind, window)).collect::<Result<_, _>>()?;
        return of_length(fields, "layer_types", each, layers);
    }
    if let Some(pattern) = fields.text("hybrid_override_pattern") {
        let each = pattern.chars().map(|letter| lettered(fields, letter)).collect::<Result<_, _>>()?;
        return of_length(fields, "hybrid_override_pattern", each, layers);
    }
    let all = |kind: &dyn Fn(u32) -> Layer| (0..layers).map(kind).collect::<Vec<_>>();
    if let Some(full) = fields.counts("full_attn_idxs")? {
        return Ok(all(&|at| if full.contains(&at) { Layer::Full } else { Layer::Recurrent }));
    }
    if let Some(period) = fields.count(&["attn_layer_period"], LAYERS)? {
        let offset = fields.count(&["attn_layer_offset"], 0..=*LAYERS.end())?.unwrap_or(0);
        return Ok(all(&|at| if at % period == offset { Layer::Full } else { Layer::Recurrent }));
    }
    let sliding = |at: u32, period: u32| if (at + 1).is_multiple_of(period) { Layer::Full } else { Layer::Sliding };
    if let Some(period) = fields.count(&["sliding_window_pattern", "no_rope_layer_interval"], LAYERS)?
        && window.is_some()
    {
        return Ok(all(&|at| sliding(at, period)));
    }
    Ok(match family.pattern {
        Pattern::LastOf(period) if window.is_some() => {
            findings.guessed(format!("which layers attend to a window: all but every {period}th, as the family's do"));
            all(&|at| sliding(at, period))
        }
        Pattern::LastOfRecurrent(period) => {
            let period = fields.count(&["full_attention_interval"], LAYERS)?.unwrap_or(period);
            all(&|at| if (at + 1).is_multiple_of(period) { Layer::Full } else { Layer::Recurrent })
        }
        Pattern::SideBySide => side_by_side(fields, layers, findings)?,
        Pattern::LastOf(_) | Pattern::Plain => {
            // Qwen's files name a window and then say that it is not used.
            let used = window.is_some() && fields.flag("use_sliding_window")?.unwrap_or(true);
            let from =
                fields.count(&["max_window_layers"], 0..=*LAYERS.end())?.filter(|_| fields.has("use_sliding_window"));
            all(&|at| if used && at >= from.unwrap_or(0) { Layer::Sliding } else { Layer::Full })
        }
    })
}

/// A layer here keeps one thing, so that a block which attends and recurs at once becomes three layers.
fn side_by_side(fields: &Fields<'_>, blocks: u32, findings: &mut Findings) -> Result<Vec<Layer>, ImportError> {
    let all = blocks.saturating_mul(3);
    if !LAYERS.contains(&all) {
        let message = format!("{blocks} blocks of three parts are more than any model has: correct it");
        return Err(fields.error("num_hidden_layers", message));
    }
    findings.guessed(format!(
        "attention, recurrence and feed-forward of each of the {blocks} blocks count as layers of their own, {all} in all"
    ));
    let attending = fields.counts("attn_layer_indices")?;
    let attends = |at: &u32| attending.as_ref().is_none_or(|list| list.contains(at));
    Ok((0..blocks)
        .flat_map(|at| [Some(Layer::Recurrent), attends(&at).then_some(Layer::Full), Some(Layer::FeedForward)])
        .flatten()
        .collect())
}

fn named(fields: &Fields<'_>, kind: &str, window: Option<u32>) -> Result<Layer, ImportError> {
    Ok(match kind {
        "full_attention" | "attention" => Layer::Full,
        // A window as wide as the context is none.
        "sliding_attention" | "chunked_attention" if window.is_none() && fields.has("sliding_window") => Layer::Full,
        "sliding_attention" | "chunked_attention" => Layer::Sliding,
        "linear_attention" | "mamba" | "conv" => Layer::Recurrent,
        other => {
            let short: String = other.chars().take(40).collect();
            return Err(fields.error("layer_types", format!("`{short}` is a kind of layer this program does not know")));
        }
    })
}

/// Nemotron-H writes its layers as letters.
fn lettered(fields: &Fields<'_>, letter: char) -> Result<Layer, ImportError> {
    match letter {
        'M' => Ok(Layer::Recurrent),
        '*' => Ok(Layer::Full),
        '-' | 'E' => Ok(Layer::FeedForward),
        other => {
            let message = format!("`{other}` is a kind of layer this program does not know");
            Err(fields.error("hybrid_override_pattern", message))
        }
    }
}

fn of_length(fields: &Fields<'_>, name: &str, each: Vec<Layer>, layers: u32) -> Result<Vec<Layer>, ImportError> {
    if usize::try_from(layers) == Ok(each.len()) {
        return Ok(each);
    }
    let message = format!("lists {} layers, and num_hidden_layers says {layers}: make them agree", each.len());
    Err(fields.error(name, message))
}
