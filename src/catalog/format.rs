//! Names of number formats: what weights, single tensors and caches are stored as. What each costs in bytes is `sizing`'s.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $what:literal, { $($(#[$variant_doc:meta])* $variant:ident = $id:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$variant_doc])* #[serde(rename = $id)] $variant,)+
        }

        impl $type {
            /// Every one, in the order they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Lower-case name for command lines and files.
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id),+ }
            }

            /// Name as its makers write it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }

        impl FromStr for $type {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                let wanted = text.to_ascii_lowercase();
                Self::ALL.iter().copied().find(|format| format.id() == wanted).ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|format| format.id()).collect();
                    format!(concat!("`{}` is not a ", $what, " this program knows; it knows {}"), text, known.join(", "))
                })
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.label())
            }
        }
    };
}

names!(
    /// How a model's weights are stored. GGUF names are file types: mixes of tensor types, not one type throughout.
    WeightFormat, "weight format", {
        /// 32-bit floats.
        F32 = "f32", "F32";
        /// 16-bit floats.
        F16 = "f16", "F16";
        /// 16-bit brain floats.
        Bf16 = "bf16", "BF16";
        /// GGUF 8 bit.
        Q8_0 = "q8_0", "Q8_0";
        /// GGUF 6-bit K-quant.
        Q6K = "q6_k", "Q6_K";
        /// GGUF 5-bit K-quant, medium mix.
        Q5KM = "q5_k_m", "Q5_K_M";
        /// GGUF 5-bit K-quant, small mix.
        Q5KS = "q5_k_s", "Q5_K_S";
        /// GGUF legacy 5 bit with minimum.
        Q5_1 = "q5_1", "Q5_1";
        /// GGUF legacy 5 bit.
        Q5_0 = "q5_0", "Q5_0";
        /// GGUF 4-bit K-quant, medium mix.
        Q4KM = "q4_k_m", "Q4_K_M";
        /// GGUF 4-bit K-quant, small mix.
        Q4KS = "q4_k_s", "Q4_K_S";
        /// GGUF legacy 4 bit with minimum.
        Q4_1 = "q4_1", "Q4_1";
        /// GGUF legacy 4 bit.
        Q4_0 = "q4_0", "Q4_0";
        /// GGUF 4-bit non-linear.
        Iq4Nl = "iq4_nl", "IQ4_NL";
        /// GGUF 4-bit non-linear, extra small.
        Iq4Xs = "iq4_xs", "IQ4_XS";
        /// GGUF 3-bit K-quant, large mix.
        Q3KL = "q3_k_l", "Q3_K_L";
        /// GGUF 3-bit K-quant, medium mix.
        Q3KM = "q3_k_m", "Q3_K_M";
        /// GGUF 3-bit K-quant, small mix.
        Q3KS = "q3_k_s", "Q3_K_S";
        /// GGUF 3-bit codebook, medium mix.
        Iq3M = "iq3_m", "IQ3_M";
        /// GGUF 3-bit codebook, small mix.
        Iq3S = "iq3_s", "IQ3_S";
        /// GGUF 3-bit codebook, extra small mix.
        Iq3Xs = "iq3_xs", "IQ3_XS";
        /// GGUF 3-bit codebook, extra extra small mix.
        Iq3Xxs = "iq3_xxs", "IQ3_XXS";
        /// GGUF 2-bit K-quant.
        Q2K = "q2_k", "Q2_K";
        /// GGUF 2-bit K-quant, small mix.
        Q2KS = "q2_k_s", "Q2_K_S";
        /// GGUF 2-bit codebook, medium mix.
        Iq2M = "iq2_m", "IQ2_M";
        /// GGUF 2-bit codebook, small mix.
        Iq2S = "iq2_s", "IQ2_S";
        /// GGUF 2-bit codebook, extra small mix.
        Iq2Xs = "iq2_xs", "IQ2_XS";
        /// GGUF 2-bit codebook, extra extra small mix.
        Iq2Xxs = "iq2_xxs", "IQ2_XXS";
        /// GGUF 1-bit codebook, medium mix.
        Iq1M = "iq1_m", "IQ1_M";
        /// GGUF 1-bit codebook, small mix.
        Iq1S = "iq1_s", "IQ1_S";
        /// Ternary, 1.69 bits.
        Tq1_0 = "tq1_0", "TQ1_0";
        /// Ternary, 2.06 bits.
        Tq2_0 = "tq2_0", "TQ2_0";
        /// Experts in 4-bit microscaling floats, the rest 8 bit (GGUF) or 16 bit.
        Mxfp4 = "mxfp4", "MXFP4";
        /// 4-bit floats with 8-bit block scales of 16 (NVIDIA).
        Nvfp4 = "nvfp4", "NVFP4";
        /// 8-bit floats, one scale a tensor.
        Fp8 = "fp8", "FP8";
        /// 8-bit floats, one scale for each 128 by 128 block.
        Fp8Block = "fp8-block", "FP8 (128x128 blocks)";
        /// 8-bit integers.
        Int8 = "int8", "INT8 (W8A8)";
        /// 4-bit integers in groups of 128 (AWQ, GPTQ).
        Int4G128 = "int4-g128", "AWQ/GPTQ 4-bit, group 128";
        /// 4-bit integers in groups of 64.
        Int4G64 = "int4-g64", "AWQ/GPTQ 4-bit, group 64";
        /// 4-bit integers in groups of 32.
        Int4G32 = "int4-g32", "AWQ/GPTQ 4-bit, group 32";
        /// bitsandbytes 4-bit NormalFloat.
        Nf4 = "nf4", "bitsandbytes NF4";
        /// bitsandbytes 4-bit NormalFloat with quantized scales.
        Nf4Double = "nf4-dq", "bitsandbytes NF4, double quantization";
        /// MLX 3 bit in groups of 64.
        Mlx3 = "mlx-3bit", "MLX 3-bit";
        /// MLX 4 bit in groups of 64.
        Mlx4 = "mlx-4bit", "MLX 4-bit";
        /// MLX 5 bit in groups of 64.
        Mlx5 = "mlx-5bit", "MLX 5-bit";
        /// MLX 6 bit in groups of 64.
        Mlx6 = "mlx-6bit", "MLX 6-bit";
        /// MLX 8 bit in groups of 64.
        Mlx8 = "mlx-8bit", "MLX 8-bit";
        /// A published "dynamic" mix of about 3 bits; its exact size is in its header only.
        UdQ3KXl = "ud-q3_k_xl", "UD-Q3_K_XL";
        /// A published "dynamic" mix of about 4 bits; its exact size is in its header only.
        UdQ4KXl = "ud-q4_k_xl", "UD-Q4_K_XL";
        /// A published "dynamic" mix of about 6 bits; its exact size is in its header only.
        UdQ6KXl = "ud-q6_k_xl", "UD-Q6_K_XL";
    }
);

names!(
    /// How one tensor of a GGUF file is stored.
    TensorType, "tensor type", {
        /// 32-bit floats.
        F32 = "f32", "F32";
        /// 16-bit floats.
        F16 = "f16", "F16";
        /// 16-bit brain floats.
        Bf16 = "bf16", "BF16";
        /// The type of that name in ggml.
        Q8_0 = "q8_0", "Q8_0";
        /// The type of that name in ggml.
        Q4_0 = "q4_0", "Q4_0";
        /// The type of that name in ggml.
        Q4_1 = "q4_1", "Q4_1";
        /// The type of that name in ggml.
        Q5_0 = "q5_0", "Q5_0";
        /// The type of that name in ggml.
        Q5_1 = "q5_1", "Q5_1";
        /// The type of that name in ggml.
        Q1_0 = "q1_0", "Q1_0";
        /// The type of that name in ggml.
        Q2_0 = "q2_0", "Q2_0";
        /// The type of that name in ggml.
        Q2K = "q2_k", "Q2_K";
        /// The type of that name in ggml.
        Q3K = "q3_k", "Q3_K";
        /// The type of that name in ggml.
        Q4K = "q4_k", "Q4_K";
        /// The type of that name in ggml.
        Q5K = "q5_k", "Q5_K";
        /// The type of that name in ggml.
        Q6K = "q6_k", "Q6_K";
        /// 4-bit microscaling floats.
        Mxfp4 = "mxfp4", "MXFP4";
        /// 4-bit floats with 8-bit scales of 16.
        Nvfp4 = "nvfp4", "NVFP4";
        /// Ternary, five in a byte.
        Tq1_0 = "tq1_0", "TQ1_0";
        /// Ternary, two bits each.
        Tq2_0 = "tq2_0", "TQ2_0";
        /// The type of that name in ggml.
        Iq1S = "iq1_s", "IQ1_S";
        /// The type of that name in ggml.
        Iq1M = "iq1_m", "IQ1_M";
        /// The type of that name in ggml.
        Iq2Xxs = "iq2_xxs", "IQ2_XXS";
        /// The type of that name in ggml.
        Iq2Xs = "iq2_xs", "IQ2_XS";
        /// The type of that name in ggml.
        Iq2S = "iq2_s", "IQ2_S";
        /// The type of that name in ggml.
        Iq3Xxs = "iq3_xxs", "IQ3_XXS";
        /// The type of that name in ggml.
        Iq3S = "iq3_s", "IQ3_S";
        /// The type of that name in ggml.
        Iq4Xs = "iq4_xs", "IQ4_XS";
        /// The type of that name in ggml.
        Iq4Nl = "iq4_nl", "IQ4_NL";
    }
);

names!(
    /// Tensors of a model that a mix stores alike, by the names ggml gives them.
    TensorGroup, "group of tensors", {
        /// Token embedding table.
        Embedding = "token_embd", "token_embd";
        /// Embedding tables of each token for each layer.
        PerLayerEmbedding = "per_layer_token_embd", "per_layer_token_embd";
        /// Output head.
        Head = "output", "output";
        /// Query projections.
        AttentionQuery = "attn_q", "attn_q";
        /// Key projections.
        AttentionKey = "attn_k", "attn_k";
        /// Value projections, and expansions of latent keys and values.
        AttentionValue = "attn_v", "attn_v";
        /// Query, key and value projections in one.
        AttentionFused = "attn_qkv", "attn_qkv";
        /// Attention output projections.
        AttentionOut = "attn_output", "attn_output";
        /// Other matrices of attention and recurrent layers.
        Mixer = "mixer", "mixer";
        /// Feed-forward up projections.
        FeedForwardUp = "ffn_up", "ffn_up";
        /// Feed-forward gates.
        FeedForwardGate = "ffn_gate", "ffn_gate";
        /// Feed-forward down projections.
        FeedForwardDown = "ffn_down", "ffn_down";
        /// Up projections of routed experts.
        ExpertUp = "ffn_up_exps", "ffn_up_exps";
        /// Gates of routed experts.
        ExpertGate = "ffn_gate_exps", "ffn_gate_exps";
        /// Down projections of routed experts.
        ExpertDown = "ffn_down_exps", "ffn_down_exps";
        /// Experts every token passes through.
        Shared = "ffn_shexp", "ffn_shexp";
    }
);

impl WeightFormat {
    /// Whether files in this format are GGUF.
    pub const fn is_gguf(self) -> bool {
        !matches!(
            self,
            Self::Nvfp4
                | Self::Fp8
                | Self::Fp8Block
                | Self::Int8
                | Self::Int4G128
                | Self::Int4G64
                | Self::Int4G32
                | Self::Nf4
                | Self::Nf4Double
                | Self::Mlx3
                | Self::Mlx4
                | Self::Mlx5
                | Self::Mlx6
                | Self::Mlx8
        )
    }
}

names!(
    /// How keys and values are stored.
    KvFormat, "cache format", {
        /// 16-bit floats.
        F16 = "f16", "F16";
        /// 8-bit floats.
        Fp8 = "fp8", "FP8";
        /// GGUF 8 bit.
        Q8_0 = "q8_0", "Q8_0";
        /// GGUF 5 bit with minimum.
        Q5_1 = "q5_1", "Q5_1";
        /// GGUF 5 bit.
        Q5_0 = "q5_0", "Q5_0";
        /// GGUF 4 bit with minimum.
        Q4_1 = "q4_1", "Q4_1";
        /// GGUF 4 bit.
        Q4_0 = "q4_0", "Q4_0";
    }
);

names!(
    /// The program that runs the model.
    Engine, "engine", {
        /// llama.cpp and what is built on it.
        LlamaCpp = "llama.cpp", "llama.cpp";
        /// vLLM.
        Vllm = "vllm", "vLLM";
        /// SGLang.
        Sglang = "sglang", "SGLang";
        /// TensorRT-LLM.
        TensorRtLlm = "tensorrt-llm", "TensorRT-LLM";
        /// MLX.
        Mlx = "mlx", "MLX";
        /// MLC LLM.
        MlcLlm = "mlc-llm", "MLC LLM";
        /// ExLlama.
        ExLlama = "exllama", "ExLlama";
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_own_name() {
        for &format in WeightFormat::ALL {
            assert_eq!(format.id().parse(), Ok(format));
            assert_eq!(format.id().to_uppercase().parse(), Ok(format));
        }
        let message = "q4".parse::<WeightFormat>().expect_err("q4 is no format");
        assert!(message.contains("q4_k_m"), "{message}");
    }
}
