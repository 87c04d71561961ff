//! The tensors of a GGUF file at hand: what each does, told from its name, so that the mixes' rules can be asked about it.
//!
//! The names are llama.cpp's, and so is the list of what is never quantized (`tensor_get_category` and
//! `tensor_allows_quantization` in `src/llama-quant.cpp`, MIT licence, read 2026-11-20). The rules themselves are `mix`'s,
//! the same that sizes are predicted by.

use super::GgmlType;
use super::family::MixFamily;
use super::layout::Storage;
use super::mix::{FileType, MixPlan};
use super::tensors::{Role, Tensor, TensorList};
use crate::catalog::{Engine, WeightFormat};

/// What a file's header says that the rules ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// Architecture by GGUF's name: "llama".
    pub architecture: String,
    /// Blocks, those that guess further tokens included.
    pub blocks: u32,
    /// Query heads of a block.
    pub heads: u32,
    /// Key and value heads of a block.
    pub kv_heads: u32,
    /// Routed experts of a block; 0 without any.
    pub experts: u32,
}

/// A tensor of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedTensor<'a> {
    /// Its name: "blk.0.attn_q.weight".
    pub name: &'a str,
    /// All its dimensions, the row's length first.
    pub shape: &'a [u64],
}

/// The file type of a format, where its rule is published and asks for no importance matrix.
pub fn file_type(format: WeightFormat) -> Option<FileType> {
    match Storage::of(format, Engine::LlamaCpp) {
        Storage::Gguf { file_type, importance_matrix: false, stand_in: None } => Some(file_type),
        Storage::Gguf { .. } | Storage::Linear(_) | Storage::Custom(_) => None,
    }
}

/// The type each tensor of a file has in a format, in the order given. `None`: it is kept as it is, whatever the format.
pub fn types(file_type: FileType, facts: &FileFacts, tensors: &[NamedTensor<'_>]) -> Vec<Option<GgmlType>> {
    let described: Vec<Tensor> = tensors.iter().map(|tensor| described(facts, tensor)).collect();
    let list = list(facts, tensors, &described);
    let mut plan = MixPlan::new(file_type, &list, false);
    // The rules count as they pass, block by block and by name within one, whatever the order in the file.
    let mut order: Vec<(Option<u32>, &str, usize)> = tensors
        .iter()
        .zip(&described)
        .enumerate()
        .map(|(place, (named, tensor))| (tensor.block, named.name, place))
        .collect();
    order.sort_unstable();
    let mut types = vec![None; tensors.len()];
    for (_, _, place) in order {
        if let (Some(tensor), Some(chosen)) = (described.get(place), types.get_mut(place)) {
            let kept = matches!(tensor.role, Role::Full | Role::Router | Role::Sixteen);
            *chosen = Some(plan.next_type(tensor)).filter(|_| !kept);
        }
    }
    types
}

fn list(facts: &FileFacts, tensors: &[NamedTensor<'_>], described: &[Tensor]) -> TensorList {
    let values = described.iter().filter(|t| matches!(t.role, Role::Value | Role::FusedQkv | Role::LatentUp)).count();
    let llama_70b = facts.architecture == "llama" && facts.blocks == 80 && facts.heads != facts.kv_heads;
    TensorList {
        tensors: Vec::new(),
        blocks: facts.blocks,
        prediction_blocks: 0,
        value_tensors: u32::try_from(values).unwrap_or(u32::MAX),
        group: facts.heads.checked_div(facts.kv_heads).unwrap_or(1),
        experts: (facts.experts.max(1), 1),
        expert_layers: 0,
        mix_family: match facts.architecture.as_str() {
            "falcon" => MixFamily::Falcon,
            _ if llama_70b => MixFamily::Llama70b,
            _ => MixFamily::General,
        },
        delta_network: is_delta_network(facts),
        keeping_blocks: facts.blocks,
        plain_router: false,
        eight_bit_shared: false,
        towers: None,
        tied: !tensors.iter().any(|tensor| tensor.name == "output.weight"),
        complete: true,
    }
}

fn is_delta_network(facts: &FileFacts) -> bool {
    matches!(facts.architecture.as_str(), "qwen3next" | "qwen35" | "qwen35moe")
}

fn described(facts: &FileFacts, tensor: &NamedTensor<'_>) -> Tensor {
    let (columns, further) = tensor.shape.split_first().unwrap_or((&0, &[]));
    Tensor {
        role: role(tensor.name, further, is_delta_network(facts)),
        block: block(tensor.name),
        columns: *columns,
        rows: further.iter().fold(1, |rows: u64, &size| rows.saturating_mul(size)),
        slices: further.get(1).copied().unwrap_or(1),
    }
}

/// The block a tensor belongs to: 7 of "blk.7.attn_q.weight".
fn block(name: &str) -> Option<u32> {
    name.strip_prefix("blk.")?.split('.').next()?.parse().ok()
}

/// Parts of the names of matrices that are never quantized.
const KEPT: &[&str] = &[
    "_norm.weight",
    "ffn_gate_tid2eid.weight",
    "altup",
    "laurel",
    "ssm_conv1d",
    "shortconv.conv.weight",
    "indexer.k_proj.weight",
    "indexer.q_proj.weight",
    "time_mix_first.weight",
    "time_mix_w0.weight",
    "time_mix_w1.weight",
    "time_mix_w2.weight",
    "time_mix_v0.weight",
    "time_mix_v1.weight",
    "time_mix_v2.weight",
    "time_mix_a0.weight",
    "time_mix_a1.weight",
    "time_mix_a2.weight",
    "time_mix_g1.weight",
    "time_mix_g2.weight",
    "time_mix_decay_w1.weight",
    "time_mix_decay_w2.weight",
    "time_mix_lerp_fused.weight",
    "attn_rel_b.weight",
    "position_embd",
    "token_types",
    "sam.pos_embd",
    "sam.neck.",
    "sam.net_",
    ".rel_pos",
    ".patch_embd",
    ".patch_merger",
    "a.rvq.codebook",
    "mm.a.code_embd",
];

fn role(name: &str, further: &[u64], delta_network: bool) -> Role {
    let has = |part: &str| name.contains(part);
    let is_vector = further.iter().all(|&size| size <= 1);
    if is_vector || !name.ends_with("weight") || KEPT.iter().any(|part| has(part)) {
        return Role::Full;
    }
    let of = |routed, shared, plain| match () {
        () if has("_exps") => routed,
        () if has("_shexp") => shared,
        () => plain,
    };
    match () {
        () if has("ffn_gate_inp.weight") => Role::Router,
        () if has("per_layer_model_proj") => Role::Sixteen,
        () if name == "output.weight" => Role::Head,
        () if name == "token_embd.weight" => Role::TokenEmbedding,
        () if name == "per_layer_token_embd.weight" => Role::PerLayerEmbedding,
        () if has("attn_qkv.weight") => Role::FusedQkv,
        () if has("attn_kv_b.weight") => Role::LatentUp,
        () if has("attn_v.weight") => Role::Value,
        () if has("attn_k.weight") => Role::Key,
        () if has("attn_q.weight") => Role::Query,
        () if has("attn_output.weight") => Role::AttentionOut,
        () if has("ffn_up") => of(Role::ExpertUp, Role::SharedUp, Role::Up),
        () if has("ffn_gate") => of(Role::ExpertGate, Role::SharedGate, Role::Gate),
        () if has("ffn_down") => of(Role::ExpertDown, Role::SharedDown, Role::Down),
        () if delta_network && (has("ssm_alpha") || has("ssm_beta") || has("ssm_ba")) => Role::StateGate,
        () => Role::Mixer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(blocks: u32) -> FileFacts {
        FileFacts { architecture: "llama".to_owned(), blocks, heads: 32, kv_heads: 8, experts: 0 }
    }

    #[test]
    fn what_is_never_quantized_is_kept_in_every_format() {
        let kept: &[(&str, &[u64])] = &[
            ("blk.0.attn_norm.weight", &[256]),
            ("blk.0.attn_norm.weight", &[256, 1]),
            ("blk.0.attn_q.bias", &[256]),
            ("blk.0.ffn_gate_inp.weight", &[256, 8]),
            ("blk.0.ssm_conv1d.weight", &[4, 256]),
            ("rope_freqs.weight", &[32]),
        ];
        let tensors: Vec<_> = kept.iter().map(|&(name, shape)| NamedTensor { name, shape }).collect();
        for format in [WeightFormat::F16, WeightFormat::Q8_0, WeightFormat::Q4KM, WeightFormat::Q2K] {
            let file_type = file_type(format).expect("a published rule");
            assert!(types(file_type, &facts(1), &tensors).iter().all(Option::is_none), "{format}");
        }
    }

    #[test]
    fn the_order_in_the_file_changes_no_type() {
        let names: Vec<String> = (0..16)
            .flat_map(|block| ["attn_v", "ffn_down", "ffn_up"].map(|part| format!("blk.{block}.{part}.weight")))
            .collect();
        let forward: Vec<_> = names.iter().map(|name| NamedTensor { name, shape: &[256, 64] }).collect();
        let backward: Vec<_> = forward.iter().rev().copied().collect();
        let mut turned = types(FileType::Q4KM, &facts(16), &backward);
        turned.reverse();
        let types = types(FileType::Q4KM, &facts(16), &forward);
        assert_eq!(types, turned);
        // Of 16 layers the first and last eighth and every third between: llama.cpp's rule by hand.
        let down: Vec<bool> = types.iter().skip(1).step_by(3).map(|&kind| kind == Some(GgmlType::Q6K)).collect();
        let more: Vec<bool> = (0..16).map(|i| !(2..14).contains(&i) || (i - 2) % 3 == 2).collect();
        assert_eq!(down, more);
    }

    #[test]
    fn formats_without_a_rule_of_their_own_are_not_offered() {
        for format in [WeightFormat::UdQ4KXl, WeightFormat::Mlx4, WeightFormat::Iq2Xs, WeightFormat::Q2KS] {
            assert_eq!(file_type(format), None, "{format}");
        }
    }
}
