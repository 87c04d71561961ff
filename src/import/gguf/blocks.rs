//! What the tensors of a GGUF file say of its blocks. Names: llama.cpp `src/llama-arch.cpp`, read 2026-11.

use std::collections::BTreeMap;

use crate::infer::RawHeader;

/// One block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Has an attention of its own.
    pub attention: bool,
    /// Has a recurrent state.
    pub recurrent: bool,
    /// Has a dense feed-forward part.
    pub dense: bool,
    /// Has routed experts.
    pub experts: bool,
    /// Parameters of the recurrent part.
    pub recurrent_parameters: u64,
}

/// All tensors, summed up.
#[derive(Clone, Debug, Default)]
pub(super) struct Tensors {
    /// By block.
    pub blocks: BTreeMap<u32, Block>,
    /// All parameters.
    pub parameters: u64,
    /// Of each type: tensors, parameters, bytes.
    pub types: BTreeMap<&'static str, (u64, u64, u64)>,
    /// Tokens of the embedding table.
    pub vocabulary: u64,
    /// Whether there is an output head of its own.
    pub head: bool,
    /// Whether rotary factors are stored.
    pub rotary_factors: bool,
    /// Experts every token passes: parameters of their up projection.
    pub shared_up: bool,
    /// Whether feed-forward parts have a gate, of its own or in one tensor with the up projection.
    pub gated: bool,
}

/// Sums the tensors up.
pub(super) fn of(header: &RawHeader) -> Tensors {
    let mut all = Tensors::default();
    let (mut up, mut down) = (0_u64, 0_u64);
    for tensor in header.tensors() {
        // Stored for rotation only; published counts leave them out.
        if tensor.name.starts_with("rope_f") {
            all.rotary_factors = true;
        }
        all.parameters = all.parameters.saturating_add(tensor.elements);
        let (tensors, parameters, bytes) = all.types.entry(tensor.kind).or_default();
        *tensors += 1;
        *parameters = parameters.saturating_add(tensor.elements);
        *bytes = bytes.saturating_add(tensor.bytes.get());
        all.head |= tensor.name == "output.weight";
        if tensor.name == "token_embd.weight" {
            all.vocabulary = tensor.elements.checked_div(tensor.columns).unwrap_or(0);
        }
        let Some((number, part)) = tensor.name.strip_prefix("blk.").and_then(|rest| rest.split_once('.')) else {
            continue;
        };
        let Some(number) = number.parse().ok().filter(|number: &u32| *number < 10_000) else { continue };
        let block = all.blocks.entry(number).or_default();
        let part = part.split('.').next().unwrap_or(part);
        let recurrent = part.starts_with("ssm_") || part.starts_with("shortconv");
        block.recurrent |= recurrent;
        block.attention |= matches!(part, "attn_output" | "attn_q" | "attn_kv_a_mqa");
        block.dense |= matches!(part, "ffn_up" | "ffn_down");
        block.experts |= part == "ffn_down_exps" || part == "ffn_up_exps";
        all.shared_up |= part == "ffn_up_shexp";
        all.gated |= part.starts_with("ffn_gate") && part != "ffn_gate_inp";
        // An up projection twice as large as the down projection holds the gate too (Phi-3).
        match part {
            "ffn_up" => up = tensor.elements,
            "ffn_down" => down = tensor.elements,
            _ => {}
        }
        if recurrent || matches!(part, "attn_qkv" | "attn_gate") {
            block.recurrent_parameters = block.recurrent_parameters.saturating_add(tensor.elements);
        }
    }
    all.gated |= down > 0 && up >= down.saturating_mul(2);
    all
}
