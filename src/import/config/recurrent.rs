//! Layers that carry a state of constant size: gated delta networks, Mamba of both generations, short convolutions.
//!
//! The parameters of one such layer follow from its widths. Shapes: `modeling_qwen3_next.py`,
//! `modeling_granitemoehybrid.py` (Mamba-2), `modeling_jamba.py` (Mamba) and `modeling_lfm2.py` of huggingface/transformers
//! 4.57, read 2026-11.

use super::fields::{COUNTS, Fields};
use crate::catalog::LayerState;
use crate::import::ImportError;

/// The recurrent layers of a model.
pub(super) struct Recurrent {
    /// What one keeps.
    pub state: LayerState,
    /// Weights of one, its feed-forward part apart.
    pub parameters: u64,
}

/// Reads the widths of the recurrent layers.
///
/// # Errors
/// A width that is missing or impossible.
pub(super) fn read(fields: &Fields<'_>) -> Result<Recurrent, ImportError> {
    if fields.has("linear_num_key_heads") {
        delta_network(fields)
    } else if fields.has("mamba_dt_rank") {
        mamba(fields)
    } else if fields.has("conv_L_cache") {
        convolution(fields)
    } else {
        mamba_2(fields)
    }
}

fn size(fields: &Fields<'_>, names: &[&str]) -> Result<u64, ImportError> {
    fields.need(names, COUNTS).map(u64::from)
}

fn state(channels: u64, width: u64, elements: u64) -> LayerState {
    let narrow = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    LayerState::Recurrent { conv_channels: narrow(channels), conv_width: narrow(width), state_elements: elements }
}

fn product(factors: &[u64]) -> u64 {
    factors.iter().fold(1, |all: u64, &one| all.saturating_mul(one))
}

fn sum(terms: &[u64]) -> u64 {
    terms.iter().fold(0, |all: u64, &one| all.saturating_add(one))
}

/// Queries, keys, values and a gate in one projection; decay and step of each value head in another.
fn delta_network(fields: &Fields<'_>) -> Result<Recurrent, ImportError> {
    let hidden = size(fields, &["hidden_size"])?;
    let keys = product(&[size(fields, &["linear_num_key_heads"])?, size(fields, &["linear_key_head_dim"])?]);
    let heads = size(fields, &["linear_num_value_heads"])?;
    let head = size(fields, &["linear_value_head_dim"])?;
    let width = size(fields, &["linear_conv_kernel_dim"])?;
    let values = product(&[heads, head]);
    let channels = sum(&[keys, keys, values]);
    let parameters = sum(&[
        product(&[hidden, sum(&[channels, values])]),
        product(&[hidden, 2, heads]),
        product(&[channels, width]),
        product(&[2, heads]),
        head,
        product(&[values, hidden]),
    ]);
    let elements = product(&[values, size(fields, &["linear_key_head_dim"])?]);
    Ok(Recurrent { state: state(channels, width, elements), parameters })
}

/// Mamba-2: one projection for gate, values, keys, queries and steps.
fn mamba_2(fields: &Fields<'_>) -> Result<Recurrent, ImportError> {
    let hidden = size(fields, &["hidden_size"])?;
    let heads = size(fields, &["mamba_n_heads", "mamba_num_heads"])?;
    let head = size(fields, &["mamba_d_head", "mamba_head_dim"])?;
    let groups = size(fields, &["mamba_n_groups", "n_groups"])?;
    let states = size(fields, &["mamba_d_state", "ssm_state_size"])?;
    let width = size(fields, &["mamba_d_conv", "conv_kernel"])?;
    let inner = product(&[heads, head]);
    // Only Falcon-H1 says that its state has no norm.
    let norm = if fields.flag("mamba_rms_norm")? == Some(false) { 0 } else { inner };
    let channels = sum(&[inner, product(&[2, groups, states])]);
    let bias =
        if fields.flag("mamba_conv_bias")?.or(fields.flag("use_conv_bias")?).unwrap_or(true) { channels } else { 0 };
    let parameters = sum(&[
        product(&[hidden, sum(&[inner, channels, heads])]),
        product(&[channels, width]),
        bias,
        product(&[3, heads]),
        norm,
        product(&[inner, hidden]),
    ]);
    Ok(Recurrent { state: state(channels, width, product(&[inner, states])), parameters })
}

/// Mamba: steps of a low rank, a decay for each channel and state.
fn mamba(fields: &Fields<'_>) -> Result<Recurrent, ImportError> {
    let hidden = size(fields, &["hidden_size"])?;
    let inner = product(&[size(fields, &["mamba_expand"])?, hidden]);
    let states = size(fields, &["mamba_d_state"])?;
    let rank = size(fields, &["mamba_dt_rank"])?;
    let width = size(fields, &["mamba_d_conv"])?;
    let bias = if fields.flag("mamba_conv_bias")?.unwrap_or(true) { inner } else { 0 };
    let steps = sum(&[rank, product(&[2, states])]);
    let parameters = sum(&[
        product(&[hidden, 2, inner]),
        product(&[inner, width]),
        bias,
        product(&[inner, steps]),
        product(&[rank, inner]),
        inner,
        product(&[inner, states]),
        inner,
        product(&[inner, hidden]),
        steps,
    ]);
    Ok(Recurrent { state: state(inner, width, product(&[inner, states])), parameters })
}

/// A gated short convolution: three projections in, one out.
fn convolution(fields: &Fields<'_>) -> Result<Recurrent, ImportError> {
    let hidden = size(fields, &["hidden_size"])?;
    let width = size(fields, &["conv_L_cache"])?;
    let parameters = sum(&[product(&[hidden, 4, hidden]), product(&[hidden, width])]);
    Ok(Recurrent { state: state(hidden, width, 0), parameters })
}
