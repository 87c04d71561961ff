//! What the name of an architecture means: which family of the catalog it is, how its layers differ, and what
//! `transformers` takes for granted where the file is silent.
//!
//! Names and defaults are those of the `configuration_*.py` files of huggingface/transformers 4.57, read 2026-11. Those of
//! Gemma 4 are Gemma4TextConfig's as TensorRT-LLM bundles it; those of Falcon-H1, MiniMax M2, dots1, DeepSeek V3.2 and
//! GLM-5 stand in configurations that other projects keep for their tests, read 2026-11-29.

/// How the layers of an architecture are laid out where the file does not list them one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum Pattern {
    /// Full attention, or a window in all layers where the file gives one.
    Plain,
    /// Of so many layers the last attends to everything, the others to a window.
    LastOf(u32),
    /// Of so many layers the last attends to everything, the others carry a recurrent state.
    LastOfRecurrent(u32),
    /// Every layer attends to everything and carries a recurrent state beside it.
    SideBySide,
}

/// One architecture.
#[derive(Clone, Copy, Debug)]
pub(in crate::import) struct Family {
    /// `model_type` as the file writes it.
    pub model_type: &'static str,
    /// The generation in the catalog's words; decides norms, biases and fused tensors.
    pub name: &'static str,
    /// Layers, where they are not listed.
    pub pattern: Pattern,
    /// Whether head and embedding table are one where the file does not say.
    pub tied: bool,
    /// Of the following, what is taken where the file is silent. 0: it must be there.
    pub heads: u32,
    /// Heads of keys and values.
    pub kv_heads: u32,
    /// Size of one head. 0: the width over the heads.
    pub head_dim: u32,
    /// Tokens of the vocabulary.
    pub vocabulary: u32,
    /// Tokens of the context.
    pub context: u32,
}

const fn plain(model_type: &'static str, name: &'static str) -> Family {
    let pattern = Pattern::Plain;
    Family { model_type, name, pattern, tied: false, heads: 0, kv_heads: 0, head_dim: 0, vocabulary: 0, context: 0 }
}

const fn tied(model_type: &'static str, name: &'static str) -> Family {
    Family { tied: true, ..plain(model_type, name) }
}

const GEMMA_3: Family = Family {
    pattern: Pattern::LastOf(6),
    heads: 8,
    kv_heads: 4,
    head_dim: 256,
    vocabulary: 262_208,
    context: 131_072,
    ..tied("gemma3_text", "Gemma 3")
};

/// Of every six layers one attends to everything; heads and sizes differ so much between its sizes that files give them.
const GEMMA_4: Family = Family {
    pattern: Pattern::LastOf(6),
    head_dim: 256,
    vocabulary: 262_144,
    context: 131_072,
    ..tied("gemma4_text", "Gemma 4")
};

/// Every architecture whose shapes are understood.
pub(super) const FAMILIES: &[Family] = &[
    plain("llama", "Llama"),
    plain("mistral", "Mistral"),
    plain("ministral", "Mistral"),
    plain("mixtral", "Mixtral"),
    plain("qwen2", "Qwen2.5"),
    plain("qwen2_moe", "Qwen2.5"),
    plain("qwen3", "Qwen3"),
    plain("qwen3_moe", "Qwen3"),
    Family { pattern: Pattern::LastOfRecurrent(4), ..plain("qwen3_next", "Qwen3-Next") },
    Family { pattern: Pattern::LastOfRecurrent(4), ..plain("qwen3_5_text", "Qwen3.5") },
    Family { pattern: Pattern::LastOfRecurrent(4), ..plain("qwen3_5_moe_text", "Qwen3.5") },
    Family { head_dim: 256, ..tied("gemma", "Gemma") },
    Family { pattern: Pattern::LastOf(2), head_dim: 256, ..tied("gemma2", "Gemma 2") },
    GEMMA_3,
    GEMMA_4,
    plain("phi3", "Phi-3"),
    plain("deepseek_v2", "DeepSeek V2"),
    plain("deepseek_v3", "DeepSeek V3"),
    plain("deepseek_v32", "DeepSeek V3"),
    plain("kimi_k2", "Kimi"),
    plain("dots1", "dots"),
    plain("minimax_m2", "MiniMax"),
    plain("glm_moe_dsa", "GLM"),
    plain("glm4_moe", "GLM"),
    plain("glm4_moe_lite", "GLM"),
    Family { pattern: Pattern::LastOf(2), ..plain("gpt_oss", "gpt-oss") },
    plain("granite", "Granite"),
    plain("granitemoe", "Granite"),
    plain("granitemoehybrid", "Granite 4"),
    plain("olmo2", "OLMo 2"),
    plain("olmo3", "OLMo 3"),
    tied("smollm3", "SmolLM3"),
    plain("jamba", "Jamba"),
    Family { pattern: Pattern::SideBySide, ..plain("falcon_h1", "Falcon-H1") },
    tied("lfm2", "LFM2"),
    plain("nemotron_h", "Nemotron-H"),
    Family { pattern: Pattern::LastOf(4), ..plain("llama4_text", "Llama 4") },
    tied("cohere", "Command R"),
    plain("seed_oss", "Seed-OSS"),
];

/// Names under which the language model of a model with towers goes.
const WITH_TOWERS: &[(&str, &str)] = &[
    ("gemma3", "gemma3_text"),
    ("gemma4", "gemma4_text"),
    ("llama4", "llama4_text"),
    ("mistral3", "mistral"),
    ("qwen3_5", "qwen3_5_text"),
    ("qwen3_5_moe", "qwen3_5_moe_text"),
];

/// The architecture of this name. `None`: it is not known here.
pub(in crate::import) fn named(model_type: &str) -> Option<&'static Family> {
    let name = WITH_TOWERS.iter().find(|(outer, _)| *outer == model_type).map_or(model_type, |(_, inner)| inner);
    FAMILIES.iter().find(|family| family.model_type == name)
}
