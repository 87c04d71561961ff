//! How a weight format lays out a tensor: GGUF mixes, group-quantized linear layers, and a user's own mix.
//!
//! Layouts of the formats outside GGUF cover linear layers only; embeddings, head and norms stay 16 bit unless the format
//! says otherwise (MLX quantizes them too). A checkpoint's own list of modules to leave alone can move a few percent.

mod linear;
mod own_mix;

use super::WeightSum;
use super::ggml_type::GgmlType;
use super::mix::{FileType, MixPlan};
use super::tensors::{Role, Tensor, TensorList};
use crate::catalog::{Engine, Towers, WeightFormat};
use crate::units::Bytes;
pub use linear::{Covers, Exceptions, Group, LinearLayout};
pub use own_mix::{Otherwise, Rest, UserMix};

/// How a model's weights are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Storage {
    /// A GGUF file type.
    Gguf {
        /// Which.
        file_type: FileType,
        /// Whether the quantizer was given an importance matrix.
        importance_matrix: bool,
        /// For mixes whose rule is not published: how their files compare with the file type that stands in.
        stand_in: Option<StandIn>,
    },
    /// Linear layers in groups with scales.
    Linear(LinearLayout),
    /// A mix of the user's own.
    Custom(UserMix),
}

/// Published files of a mix without a published rule, over the same model in the file type that stands in for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StandIn {
    /// Factor for dense models.
    pub dense: f64,
    /// Factor for mixtures of experts.
    pub experts: f64,
}

const fn linear(bits: u64, group: Group, group_bits: u64) -> Storage {
    Storage::Linear(LinearLayout { bits, group, group_bits, covers: Covers::Linear, mlx: false })
}

/// MLX, in groups of so many weights (64 unless a conversion chose otherwise), each with a 16-bit scale and a 16-bit bias
/// (mlx.core.quantize, 2026).
pub const fn mlx(bits: u64, group: u64) -> Storage {
    Storage::Linear(LinearLayout {
        bits,
        group: Group::OfRow(group),
        group_bits: 32,
        covers: Covers::EveryMatrix,
        mlx: true,
    })
}

/// A checkpoint in 16 bits.
const fn sixteen(mlx: bool) -> Storage {
    Storage::Linear(LinearLayout { bits: 16, group: Group::Tensor, group_bits: 0, covers: Covers::EveryMatrix, mlx })
}

const fn gguf(file_type: FileType) -> Storage {
    Storage::Gguf { file_type, importance_matrix: false, stand_in: None }
}

const fn gguf_with_matrix(file_type: FileType) -> Storage {
    Storage::Gguf { file_type, importance_matrix: true, stand_in: None }
}

const fn dynamic(nearest: FileType, dense: f64, experts: f64) -> Storage {
    Storage::Gguf { file_type: nearest, importance_matrix: false, stand_in: Some(StandIn { dense, experts }) }
}

impl Storage {
    /// How a format is stored for an engine.
    pub const fn of(format: WeightFormat, engine: Engine) -> Self {
        use WeightFormat as W;
        match format {
            W::F32 => gguf(FileType::Plain(GgmlType::F32)),
            W::F16 | W::Bf16 if !matches!(engine, Engine::LlamaCpp) => sixteen(matches!(engine, Engine::Mlx)),
            W::F16 => gguf(FileType::Plain(GgmlType::F16)),
            W::Bf16 => gguf(FileType::Plain(GgmlType::Bf16)),
            W::Q8_0 => gguf(FileType::Plain(GgmlType::Q8_0)),
            W::Q6K => gguf(FileType::Plain(GgmlType::Q6K)),
            W::Q5KM => gguf(FileType::Q5KM),
            W::Q5KS => gguf(FileType::Q5KS),
            W::Q5_1 => gguf(FileType::Plain(GgmlType::Q5_1)),
            W::Q5_0 => gguf(FileType::Plain(GgmlType::Q5_0)),
            W::Q4KM => gguf(FileType::Q4KM),
            W::Q4KS => gguf(FileType::Q4KS),
            W::Q4_1 => gguf(FileType::Plain(GgmlType::Q4_1)),
            W::Q4_0 => gguf(FileType::Plain(GgmlType::Q4_0)),
            W::Iq4Nl => gguf(FileType::Iq4Nl),
            W::Iq4Xs => gguf(FileType::Iq4Xs),
            W::Q3KL => gguf(FileType::Q3KL),
            W::Q3KM => gguf(FileType::Q3KM),
            W::Q3KS => gguf(FileType::Q3KS),
            W::Iq3M => gguf_with_matrix(FileType::Iq3M),
            W::Iq3S => gguf_with_matrix(FileType::Iq3S),
            W::Iq3Xs => gguf_with_matrix(FileType::Iq3Xs),
            W::Iq3Xxs => gguf_with_matrix(FileType::Iq3Xxs),
            W::Q2K => gguf(FileType::Q2K),
            W::Q2KS => gguf_with_matrix(FileType::Q2KS),
            W::Iq2M => gguf_with_matrix(FileType::Iq2M),
            W::Iq2S => gguf_with_matrix(FileType::Iq2S),
            W::Iq2Xs => gguf_with_matrix(FileType::Iq2Xs),
            W::Iq2Xxs => gguf_with_matrix(FileType::Iq2Xxs),
            W::Iq1M => gguf_with_matrix(FileType::Iq1M),
            W::Iq1S => gguf_with_matrix(FileType::Iq1S),
            W::Tq1_0 => gguf(FileType::Plain(GgmlType::Tq1_0)),
            W::Tq2_0 => gguf(FileType::Plain(GgmlType::Tq2_0)),
            W::Mxfp4 => match engine {
                Engine::LlamaCpp => gguf(FileType::Mxfp4Moe),
                Engine::Vllm
                | Engine::Sglang
                | Engine::TensorRtLlm
                | Engine::Mlx
                | Engine::MlcLlm
                | Engine::ExLlama => Self::Linear(LinearLayout {
                    bits: 4,
                    group: Group::OfRow(32),
                    group_bits: 8,
                    covers: Covers::Experts,
                    mlx: matches!(engine, Engine::Mlx),
                }),
            },
            W::Nvfp4 => linear(4, Group::OfRow(16), 8),
            W::Fp8 => linear(8, Group::Tensor, 32),
            W::Fp8Block => linear(8, Group::Square(128), 32),
            W::Int8 => linear(8, Group::Row, 32),
            W::Int4G128 => linear(4, Group::OfRow(128), 20),
            W::Int4G64 => linear(4, Group::OfRow(64), 20),
            W::Int4G32 => linear(4, Group::OfRow(32), 20),
            W::Nf4 => linear(4, Group::OfRow(64), 32),
            // An 8-bit scale for each 64 weights and a 32-bit one for each 256 of those: 8.125 bits, rounded up.
            W::Nf4Double => linear(4, Group::OfRow(512), 65),
            W::Mlx3 => mlx(3, 64),
            W::Mlx4 => mlx(4, 64),
            W::Mlx5 => mlx(5, 64),
            W::Mlx6 => mlx(6, 64),
            W::Mlx8 => mlx(8, 64),
            // Sizes of seven published files over the plain mix, llama-bench runs of 2025: Gemma 3 27B 1.017, Mistral Small
            // 1.012, Qwen3 30B-A3B 0.955, dots.llm1 0.919, GLM-4.5-Air 1.003, Qwen3 235B-A22B 0.926, Hunyuan A13B 1.068.
            W::UdQ3KXl => dynamic(FileType::Q3KM, 1.0, 0.93),
            W::UdQ4KXl => dynamic(FileType::Q4KM, 1.014, 0.96),
            W::UdQ6KXl => dynamic(FileType::Plain(GgmlType::Q6K), 1.07, 1.07),
        }
    }

    /// How files of a mix without a published rule compare with its stand-in. `None`: the rule is published.
    pub const fn stand_in(&self) -> Option<StandIn> {
        match self {
            Self::Gguf { stand_in, .. } => *stand_in,
            Self::Linear(_) | Self::Custom(_) => None,
        }
    }

    /// The same file type made with an importance matrix where this one is not, or without. `None`: it makes no difference
    /// to the size, or nobody makes it without.
    pub const fn with_the_other_matrix(&self) -> Option<Self> {
        match *self {
            Self::Gguf { file_type, importance_matrix, stand_in: None } => match file_type {
                FileType::Iq4Nl | FileType::Iq4Xs | FileType::Plain(GgmlType::Q4_0 | GgmlType::Q5_0) => {
                    Some(Self::Gguf { file_type, importance_matrix: !importance_matrix, stand_in: None })
                }
                _ => None,
            },
            Self::Gguf { .. } | Self::Linear(_) | Self::Custom(_) => None,
        }
    }

    /// Towers beside the language model: in checkpoints, not in GGUF files.
    pub fn towers(&self, towers: &Towers) -> WeightSum {
        match self {
            Self::Gguf { .. } | Self::Custom(_) => WeightSum::default(),
            Self::Linear(layout) => {
                let bits = match layout.covers {
                    Covers::EveryMatrix => self.bits_per_weight(),
                    Covers::Linear | Covers::Experts => 16.0,
                };
                let projections = Bytes::from_f64_ceil(towers.quantized as f64 * bits / 8.0);
                WeightSum {
                    parameters: towers.kept.saturating_add(towers.quantized),
                    bytes: Bytes::new(towers.kept) * 2 + projections,
                }
            }
        }
    }

    /// Whether files in this storage do without a tensor.
    pub const fn leaves_out(&self, tensor: &Tensor, list: &TensorList) -> bool {
        let (Self::Linear(layout), Some(block)) = (self, tensor.block) else { return false };
        let unused = matches!(tensor.role, Role::Key | Role::Value) && block >= list.keeping_blocks;
        layout.mlx && (unused || block >= list.blocks)
    }

    /// Whether publishers of GGUF files are free to keep single tensors at more bits: every mix below 8 bits.
    pub fn is_mixed(&self) -> bool {
        match self {
            Self::Gguf { file_type, .. } => file_type.base().bits_per_weight() < 8.0,
            Self::Linear(_) | Self::Custom(_) => false,
        }
    }

    /// Bits of a weight of the usual matrix: only for models whose shapes are unknown.
    pub fn bits_per_weight(&self) -> f64 {
        match self {
            Self::Gguf { file_type, .. } => file_type.base().bits_per_weight(),
            Self::Linear(layout) => {
                let group = match layout.group {
                    Group::OfRow(width) => width as f64,
                    Group::Square(side) => (side * side) as f64,
                    Group::Row | Group::Tensor => f64::INFINITY,
                };
                layout.bits as f64 + layout.group_bits as f64 / group
            }
            Self::Custom(mix) => match mix.otherwise {
                Otherwise::Type(all) => all.bits_per_weight(),
                Otherwise::Mix(file_type, _) => file_type.base().bits_per_weight(),
            },
        }
    }

    /// A walk over the tensors of a list.
    pub fn plan<'a>(&'a self, list: &TensorList) -> StoragePlan<'a> {
        match self {
            Self::Gguf { file_type, importance_matrix, .. } => {
                StoragePlan::Mix(MixPlan::new(*file_type, list, *importance_matrix))
            }
            Self::Linear(layout) => StoragePlan::Linear(*layout, Exceptions::of(layout, list)),
            Self::Custom(mix) => match mix.otherwise {
                Otherwise::Type(all) => StoragePlan::Custom(mix, Rest::Type(all)),
                Otherwise::Mix(file_type, matrix) => {
                    StoragePlan::Custom(mix, Rest::Mix(MixPlan::new(file_type, list, matrix)))
                }
            },
        }
    }
}

/// A walk over the tensors of a list, in their order.
#[derive(Clone, Debug)]
pub enum StoragePlan<'a> {
    /// By llama.cpp's rules.
    Mix(MixPlan),
    /// In groups.
    Linear(LinearLayout, Exceptions),
    /// By the user's table, and what it does not name by a rule.
    Custom(&'a UserMix, Rest),
}

impl StoragePlan<'_> {
    /// Bytes of the next tensor.
    pub fn bytes(&mut self, tensor: &Tensor) -> Bytes {
        match self {
            Self::Mix(plan) => plan.next_type(tensor).row_bytes(tensor.columns) * tensor.rows,
            Self::Linear(layout, exceptions) => layout.bytes(tensor, *exceptions),
            Self::Custom(mix, rest) => mix.type_of(tensor, rest).row_bytes(tensor.columns) * tensor.rows,
        }
    }
}

/// Where a format's layout is published.
pub const fn source(format: WeightFormat) -> &'static str {
    use WeightFormat as W;
    match format {
        W::UdQ3KXl | W::UdQ4KXl | W::UdQ6KXl => "no published rule; the nearest plain mix stands in",
        W::Nvfp4 | W::Fp8 | W::Fp8Block | W::Int8 => "compressed-tensors and ModelOpt layouts, 2026",
        W::Int4G128 | W::Int4G64 | W::Int4G32 => "AutoAWQ and GPTQModel layouts, 2026",
        W::Nf4 | W::Nf4Double => "bitsandbytes 4-bit layout (QLoRA, arXiv 2305.14314)",
        W::Mlx3 | W::Mlx4 | W::Mlx5 | W::Mlx6 | W::Mlx8 => "mlx.core.quantize, groups of 64",
        _ => "llama.cpp ggml-common.h and llama-quant.cpp, read 2026-11-20",
    }
}

/// Kinds of formats that stand in for each other: what one engine reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormatKind {
    /// GGUF files.
    Gguf,
    /// Checkpoints of the Hugging Face world.
    Checkpoint,
    /// MLX.
    Mlx,
}

/// The kind of a format. 16- and 32-bit floats count as GGUF here: their smaller kin are offered in that order.
pub const fn kind(format: WeightFormat) -> FormatKind {
    use WeightFormat as W;
    match format {
        W::Nvfp4 | W::Fp8 | W::Fp8Block | W::Int8 | W::Int4G128 | W::Int4G64 | W::Int4G32 | W::Nf4 | W::Nf4Double => {
            FormatKind::Checkpoint
        }
        W::Mlx3 | W::Mlx4 | W::Mlx5 | W::Mlx6 | W::Mlx8 => FormatKind::Mlx,
        W::Mxfp4 => FormatKind::Gguf,
        _ => FormatKind::Gguf,
    }
}
