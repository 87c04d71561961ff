//! The experts of a mixture: how many, how wide, which layers have them, which every token passes.

use super::fields::{COUNTS, Fields, LAYERS};
use crate::catalog::Experts;
use crate::import::ImportError;

/// Names of the number of routed experts.
const COUNT: &[&str] = &["num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"];

/// Names of the number of them a token takes.
const PER_TOKEN: &[&str] = &["num_experts_per_tok", "moe_topk", "num_experts_per_token", "top_k_experts"];

/// Reads the experts. `None`: there are none.
///
/// # Errors
/// A field that is no whole number, or a mixture that does not say how many experts a token takes.
pub(super) fn read(fields: &Fields<'_>, layers: u32, single_purpose: bool) -> Result<Option<Experts>, ImportError> {
    let count = fields.count(COUNT, 0..=*COUNTS.end())?.unwrap_or(0);
    if count == 0 {
        return Ok(None);
    }
    let width = fields.count(&["moe_intermediate_size", "expert_intermediate_size"], COUNTS)?;
    let width = if width.is_some() { width } else { fields.count(&["intermediate_size"], COUNTS)? };
    let (shared, shared_feed_forward) = shared(fields)?;
    Ok(Some(Experts {
        count,
        per_token: fields.need(PER_TOKEN, 1..=count)?,
        feed_forward: width,
        shared,
        shared_feed_forward,
        dense_layers: if single_purpose { 0 } else { dense_layers(fields, layers)? },
        latent: fields.count(&["moe_latent_size"], COUNTS)?,
    }))
}

/// Experts every token passes, and their width where it is not the routed ones'.
fn shared(fields: &Fields<'_>) -> Result<(u32, Option<u32>), ImportError> {
    // Gemma 4 keeps a dense block beside the experts of each layer and does not call it a shared one.
    if fields.flag("enable_moe_block")? == Some(true) {
        return Ok((1, fields.count(&["intermediate_size"], COUNTS)?));
    }
    let widths = ["shared_expert_intermediate_size", "shared_intermediate_size", "moe_shared_expert_intermediate_size"];
    let width = fields.count(&widths, 0..=*COUNTS.end())?.filter(|&width| width > 0);
    let count = fields.count(&["n_shared_experts", "num_shared_experts"], 0..=10_000)?;
    Ok(match (count, width) {
        // Llama 4 has one of the routed ones' width and does not say so; its period has a name of its own.
        (None, None) => (u32::from(fields.has("interleave_moe_layer_step")), None),
        (Some(0), _) => (0, None),
        (count, width) => (count.unwrap_or(1), width),
    })
}

/// Which layers have experts.
enum Routed {
    /// Those of a list.
    Listed(Vec<u32>),
    /// Those marked in a list.
    Marked(Vec<u32>),
    /// One of each period.
    Every { period: u32, offset: u32 },
}

/// How many of the layers have a dense feed-forward part where the others have experts.
fn dense_layers(fields: &Fields<'_>, layers: u32) -> Result<u32, ImportError> {
    let first_dense = fields.count(&["first_k_dense_replace"], 0..=*LAYERS.end())?.unwrap_or(0);
    let dense = fields.counts("mlp_only_layers")?.unwrap_or_default();
    let routed = routed(fields)?;
    let has_experts = |at: &u32| {
        *at >= first_dense
            && !dense.contains(at)
            && match &routed {
                Routed::Listed(list) => list.contains(at),
                Routed::Marked(marks) => usize::try_from(*at).ok().and_then(|at| marks.get(at)).is_some_and(|&m| m > 0),
                Routed::Every { period, offset } => at % period == *offset,
            }
    };
    let with = (0..layers).filter(has_experts).count();
    Ok(layers.saturating_sub(u32::try_from(with).unwrap_or(layers)))
}

fn routed(fields: &Fields<'_>) -> Result<Routed, ImportError> {
    if let Some(list) = fields.counts("moe_layers")? {
        return Ok(Routed::Listed(list));
    }
    if fields.is_list("moe_layer_freq") {
        return Ok(Routed::Marked(fields.counts("moe_layer_freq")?.unwrap_or_default()));
    }
    if let Some(period) = fields.count(&["expert_layer_period"], LAYERS)? {
        let offset = fields.count(&["expert_layer_offset"], 0..=*LAYERS.end())?.unwrap_or(0);
        return Ok(Routed::Every { period, offset });
    }
    // The first layer that has them closes the first period.
    if let Some(period) = fields.count(&["decoder_sparse_step", "interleave_moe_layer_step"], LAYERS)? {
        return Ok(Routed::Every { period, offset: period - 1 });
    }
    let period = fields.count(&["moe_layer_freq"], LAYERS)?.unwrap_or(1);
    Ok(Routed::Every { period, offset: 0 })
}
