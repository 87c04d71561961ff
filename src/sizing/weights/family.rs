//! What a family of models adds to the plain transformer: fused or missing matrices, biases, extra norms, low ranks.
//!
//! Decided from the family's name, because catalogs do not state it. Shapes are those of the published GGUF conversions
//! (llama.cpp `src/models`, read 2026-11-20).

use crate::catalog::Model;

/// The traits of one family that change its tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Feed-forward parts have a gate matrix beside the up matrix.
    pub gated: bool,
    /// Query, key and value projections are one tensor.
    pub fused_qkv: bool,
    /// Gate and up projections are one tensor.
    pub fused_gate_up: bool,
    /// Query, key and value projections have biases.
    pub qkv_bias: bool,
    /// The attention output has a bias.
    pub out_bias: bool,
    /// Feed-forward matrices have biases.
    pub feed_forward_bias: bool,
    /// Norms have a bias beside their weight.
    pub norm_bias: bool,
    /// The output head has a bias.
    pub head_bias: bool,
    /// Norms of the residual width in each block.
    pub norms: u32,
    /// Norms of queries and keys.
    pub qk_norm: QkNorm,
    /// One learned sink for each head.
    pub sinks: bool,
    /// Rotary factors stored in the file.
    pub rotary: Rotary,
    /// llama.cpp's special rules for this family's mixes.
    pub mix: MixFamily,
    /// Recurrent blocks are gated delta networks, with one tensor for queries, keys and values.
    pub delta_network: bool,
    /// Layers that guess further tokens have an embedding table and a head of their own.
    pub own_prediction_tables: bool,
    /// The shared expert is weighed by a gate of its own.
    pub shared_gate: bool,
    /// Routers add a bias for each expert.
    pub router_bias: bool,
    /// Conversions for MLX keep the router as a plain parameter at 16 bits (mlx-lm `models`, read 2026-11-20).
    pub plain_router: bool,
    /// Conversions for MLX keep routers and shared experts at 8 bits (mlx-vlm's Gemma 4, sizes of published files).
    pub eight_bit_shared: bool,
}

/// Norms of queries and keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QkNorm {
    /// None.
    None,
    /// One vector of the head's width for all heads.
    PerHead,
    /// One vector as wide as all heads together.
    Full,
}

/// Rotary factors stored as a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotary {
    /// None.
    None,
    /// One vector of half a head (Llama 3.1 and later).
    Factors,
    /// Two vectors of half a head (Phi-3 with long context).
    LongAndShort,
}

/// Families that llama.cpp's quantizer treats by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixFamily {
    /// By the general rules.
    General,
    /// Falcon (first generation).
    Falcon,
    /// Llama architecture of 80 layers: values get more bits.
    Llama70b,
}

const PLAIN: Family = Family {
    gated: true,
    fused_qkv: false,
    fused_gate_up: false,
    qkv_bias: false,
    out_bias: false,
    feed_forward_bias: false,
    norm_bias: false,
    head_bias: false,
    norms: 2,
    qk_norm: QkNorm::None,
    sinks: false,
    rotary: Rotary::None,
    mix: MixFamily::General,
    delta_network: false,
    own_prediction_tables: false,
    shared_gate: false,
    router_bias: false,
    plain_router: false,
    eight_bit_shared: false,
};

/// The traits of a model, from its family and id.
pub fn of(model: &Model) -> Family {
    let family = model.family.as_str();
    let id = model.id.as_str();
    let layers = model.architecture.as_ref().map_or(0, |a| a.layers);
    let distilled_qwen = id.contains("distill-qwen");
    let distilled_llama = id.contains("distill-llama");
    let llama_70b = if layers == 80 { MixFamily::Llama70b } else { MixFamily::General };
    match family {
        _ if distilled_qwen => Family { qkv_bias: true, ..PLAIN },
        _ if distilled_llama => Family { rotary: Rotary::Factors, mix: llama_70b, ..PLAIN },
        "Llama 3.1" | "Llama 3.2" | "Llama 3.3" => Family { rotary: Rotary::Factors, mix: llama_70b, ..PLAIN },
        "Llama 2" | "Llama 3" => Family { mix: llama_70b, ..PLAIN },
        "Qwen2.5" => Family { qkv_bias: true, ..PLAIN },
        "Qwen3" => Family { qk_norm: QkNorm::PerHead, ..PLAIN },
        "Qwen3-Next" | "Qwen3.5" | "Qwen3.6" => {
            Family { qk_norm: QkNorm::PerHead, shared_gate: true, delta_network: true, ..PLAIN }
        }
        "Gemma 2" => Family { norms: 4, ..PLAIN },
        "Gemma 3" => Family { norms: 4, qk_norm: QkNorm::PerHead, ..PLAIN },
        "Gemma 4" => Family { norms: 4, qk_norm: QkNorm::PerHead, eight_bit_shared: true, ..PLAIN },
        "OLMo 2" => Family { qk_norm: QkNorm::Full, ..PLAIN },
        "Phi" => Family {
            gated: false,
            fused_qkv: true,
            qkv_bias: true,
            out_bias: true,
            feed_forward_bias: true,
            norm_bias: true,
            head_bias: true,
            norms: 1,
            ..PLAIN
        },
        "Phi-3" | "Phi-4" => Family {
            fused_qkv: true,
            fused_gate_up: true,
            rotary: if id.contains("128k") || id.contains("3.5") || id.contains("4-mini") {
                Rotary::LongAndShort
            } else {
                Rotary::None
            },
            ..PLAIN
        },
        "Falcon" => Family {
            gated: false,
            fused_qkv: true,
            norm_bias: true,
            norms: if id == "falcon-7b" { 1 } else { 2 },
            mix: MixFamily::Falcon,
            ..PLAIN
        },
        "GPT-J" | "GPT-3" => Family { gated: false, norm_bias: true, feed_forward_bias: true, norms: 1, ..PLAIN },
        "gpt-oss" => Family { qkv_bias: true, out_bias: true, feed_forward_bias: true, sinks: true, ..PLAIN },
        "GLM" if id.starts_with("glm-4.5") || id == "glm-4.7-355b" => {
            Family { qkv_bias: true, router_bias: true, own_prediction_tables: true, plain_router: true, ..PLAIN }
        }
        "GLM" if id.starts_with("glm-4.7-flash") || id.starts_with("glm-5") => {
            Family { router_bias: true, plain_router: true, ..PLAIN }
        }
        "GLM" => Family { fused_gate_up: true, norms: 4, ..PLAIN },
        "MiniMax" => Family { qk_norm: QkNorm::Full, ..PLAIN },
        "MiMo" => Family { qkv_bias: true, ..PLAIN },
        "BitNet" => Family { norms: 4, ..PLAIN },
        "DeepSeek V3" | "DeepSeek R1" | "Kimi" => Family { router_bias: true, plain_router: true, ..PLAIN },
        "DeepSeek V2" => Family { plain_router: true, ..PLAIN },
        "BERT" => {
            Family { gated: false, qkv_bias: true, out_bias: true, feed_forward_bias: true, norm_bias: true, ..PLAIN }
        }
        "Nemotron 3" | "Nemotron-H" => Family { gated: false, norms: 1, ..PLAIN },
        "LFM2" => Family { qk_norm: QkNorm::PerHead, ..PLAIN },
        _ => PLAIN,
    }
}
