//! llama.cpp's mixes: which type each tensor of a GGUF file gets.
//!
//! The rules are those of `llama_tensor_get_type_impl` in llama.cpp's `src/llama-quant.cpp` (MIT licence, read
//! 2026-11-20). They depend on the tensor's role, its block, the number of query heads for each key head and the
//! number of experts. Published 1- to 3-bit files are made with an importance matrix, others mostly so; the few rules
//! that ask for one assume it for the 1- to 3-bit codebook formats only.

use super::family::MixFamily;
use super::ggml_type::GgmlType;
use super::tensors::{Role, Tensor, TensorList};

/// A file type of llama.cpp's quantizer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // named exactly as llama.cpp names them
pub enum FileType {
    Plain(GgmlType),
    Q2K,
    Q2KS,
    Q3KS,
    Q3KM,
    Q3KL,
    Q4KS,
    Q4KM,
    Q5KS,
    Q5KM,
    Iq1S,
    Iq1M,
    Iq2Xxs,
    Iq2Xs,
    Iq2S,
    Iq2M,
    Iq3Xxs,
    Iq3Xs,
    Iq3S,
    Iq3M,
    Iq4Nl,
    Iq4Xs,
    Mxfp4Moe,
}

impl FileType {
    /// The type a tensor has unless a rule says otherwise.
    pub const fn base(self) -> GgmlType {
        match self {
            Self::Plain(plain) => plain,
            Self::Q2K | Self::Q2KS => GgmlType::Q2K,
            Self::Q3KS | Self::Q3KM | Self::Q3KL => GgmlType::Q3K,
            Self::Q4KS | Self::Q4KM => GgmlType::Q4K,
            Self::Q5KS | Self::Q5KM => GgmlType::Q5K,
            Self::Iq1S => GgmlType::Iq1S,
            Self::Iq1M => GgmlType::Iq1M,
            Self::Iq2Xxs => GgmlType::Iq2Xxs,
            Self::Iq2Xs | Self::Iq2S => GgmlType::Iq2Xs,
            Self::Iq2M => GgmlType::Iq2S,
            Self::Iq3Xxs => GgmlType::Iq3Xxs,
            Self::Iq3Xs | Self::Iq3S | Self::Iq3M => GgmlType::Iq3S,
            Self::Iq4Nl => GgmlType::Iq4Nl,
            Self::Iq4Xs => GgmlType::Iq4Xs,
            Self::Mxfp4Moe => GgmlType::Mxfp4,
        }
    }

    const fn is_one_or_two_bit_codebook(self) -> bool {
        matches!(self, Self::Iq1S | Self::Iq1M | Self::Iq2Xxs | Self::Iq2Xs | Self::Iq2S | Self::Iq2M)
    }

    const fn is_iq2_s_or_m(self) -> bool {
        matches!(self, Self::Iq2S | Self::Iq2M)
    }
}

/// Walks the tensors in file order and tells each one's type; the rules count value and down tensors as they pass.
#[derive(Clone, Copy, Debug)]
pub struct MixPlan {
    file_type: FileType,
    importance_matrix: bool,
    values_seen: u32,
    values: u32,
    downs_seen: u32,
    blocks: u32,
    group: u32,
    experts: u32,
    family: MixFamily,
    tied: bool,
    delta_network: bool,
}

impl MixPlan {
    /// A walk over one list from its first tensor. `importance_matrix`: whether the quantizer was given one.
    pub const fn new(file_type: FileType, list: &TensorList, importance_matrix: bool) -> Self {
        Self {
            file_type,
            importance_matrix,
            values_seen: 0,
            values: list.value_tensors,
            downs_seen: 0,
            blocks: list.blocks.saturating_add(list.prediction_blocks),
            group: list.group,
            experts: list.experts.0,
            family: list.mix_family,
            tied: list.tied,
            delta_network: list.delta_network,
        }
    }

    /// The type of the next tensor.
    pub fn next_type(&mut self, tensor: &Tensor) -> GgmlType {
        if matches!(tensor.role, Role::Full | Role::Router) {
            return GgmlType::F32;
        }
        if tensor.role == Role::Sixteen {
            return if self.file_type.base() == GgmlType::F32 { GgmlType::F32 } else { GgmlType::F16 };
        }
        if let FileType::Plain(GgmlType::F32 | GgmlType::F16 | GgmlType::Bf16) = self.file_type {
            return self.file_type.base();
        }
        // Publishers keep them whole: logged files of Qwen3.5 0.8B and 2B in Q8_0 are met to the byte with them in F32.
        if tensor.role == Role::StateGate {
            return GgmlType::F32;
        }
        self.rule(tensor).for_columns(tensor.columns)
    }

    fn rule(&mut self, tensor: &Tensor) -> GgmlType {
        let base = self.file_type.base();
        match tensor.role {
            Role::Head => self.head(tensor),
            Role::TokenEmbedding | Role::PerLayerEmbedding if self.tied => self.head(tensor),
            _ if self.file_type == FileType::Mxfp4Moe => match tensor.role {
                Role::ExpertUp | Role::ExpertGate | Role::ExpertDown => GgmlType::Mxfp4,
                _ => GgmlType::Q8_0,
            },
            Role::TokenEmbedding | Role::PerLayerEmbedding => self.embedding(),
            Role::Value | Role::FusedQkv | Role::LatentUp => {
                let chosen = match tensor.role {
                    Role::FusedQkv if !self.delta_network => self.fused(),
                    _ if self.file_type.is_one_or_two_bit_codebook() => self.small_value(),
                    _ => self.value(),
                };
                self.values_seen = self.values_seen.saturating_add(1);
                chosen
            }
            Role::Key | Role::Query => self.query_or_key(tensor.role),
            Role::AttentionOut => self.attention_out(),
            Role::Down | Role::ExpertDown | Role::SharedDown => {
                let chosen = self.down(tensor.block.unwrap_or(0));
                self.downs_seen = self.downs_seen.saturating_add(1);
                chosen
            }
            Role::Up | Role::Gate | Role::ExpertUp | Role::ExpertGate | Role::SharedUp | Role::SharedGate => {
                self.up_or_gate(tensor.block.unwrap_or(0))
            }
            Role::Mixer | Role::StateGate | Role::Sixteen | Role::Full | Role::Router => base,
        }
    }

    /// `i < n/8 or i >= 7n/8 or every third between`, in whole numbers.
    const fn more_bits(at: u32, of: u32) -> bool {
        at < of / 8 || at >= 7 * of / 8 || (at - of / 8) % 3 == 2
    }

    fn head(&self, tensor: &Tensor) -> GgmlType {
        let base = self.file_type.base();
        let fits = tensor.columns.is_multiple_of(base.block_elements());
        if self.file_type == FileType::Mxfp4Moe || self.family == MixFamily::Falcon || !fits {
            GgmlType::Q8_0
        } else if self.file_type.is_one_or_two_bit_codebook() || self.file_type == FileType::Iq3Xxs {
            GgmlType::Q5K
        } else if base == GgmlType::Q8_0 {
            GgmlType::Q8_0
        } else {
            GgmlType::Q6K
        }
    }

    fn embedding(&self) -> GgmlType {
        match self.file_type {
            FileType::Iq2Xxs | FileType::Iq2Xs | FileType::Iq1S | FileType::Iq1M => GgmlType::Q2K,
            FileType::Iq2S | FileType::Iq2M | FileType::Iq3Xxs => GgmlType::Iq3S,
            FileType::Plain(GgmlType::Tq1_0 | GgmlType::Tq2_0 | GgmlType::Q2_0) => GgmlType::Q4K,
            _ => self.file_type.base(),
        }
    }

    fn small_value(&self) -> GgmlType {
        if self.group >= 4 || self.experts >= 4 {
            GgmlType::Q4K
        } else if self.file_type.is_iq2_s_or_m() {
            GgmlType::Iq3S
        } else {
            GgmlType::Q2K
        }
    }

    /// By the rule under which published files were made. Builds of 2026 treat them as values, and so do files of gated
    /// delta networks, which no earlier build could make.
    fn fused(&self) -> GgmlType {
        match self.file_type {
            FileType::Q3KM | FileType::Q3KL | FileType::Iq3M => GgmlType::Q4K,
            FileType::Q4KM => GgmlType::Q5K,
            FileType::Q5KM => GgmlType::Q6K,
            _ => self.file_type.base(),
        }
    }

    fn value(&self) -> GgmlType {
        let grouped = self.group >= 4;
        let chosen = match self.file_type {
            FileType::Q2K if grouped => GgmlType::Q4K,
            FileType::Q2K => GgmlType::Q3K,
            FileType::Q2KS if grouped => GgmlType::Q4K,
            FileType::Iq3Xxs if grouped => GgmlType::Q4K,
            FileType::Iq3Xxs if !self.importance_matrix => GgmlType::Iq3S,
            FileType::Iq3Xs | FileType::Iq3S if grouped => GgmlType::Q4K,
            FileType::Iq3M => GgmlType::Q4K,
            FileType::Q3KM if self.values_seen < 2 => GgmlType::Q5K,
            FileType::Q3KM => GgmlType::Q4K,
            FileType::Q3KL => GgmlType::Q5K,
            FileType::Iq4Nl | FileType::Iq4Xs if grouped => GgmlType::Q5K,
            FileType::Q4KM | FileType::Q5KM if Self::more_bits(self.values_seen, self.values) => GgmlType::Q6K,
            FileType::Q4KS if self.values_seen < 4 => GgmlType::Q5K,
            _ => self.file_type.base(),
        };
        let quantized = self.file_type.base().block_elements() > 1;
        if self.experts == 8 && quantized {
            GgmlType::Q8_0
        } else if self.family == MixFamily::Llama70b && matches!(chosen, GgmlType::Q3K | GgmlType::Q4K) {
            GgmlType::Q5K
        } else {
            chosen
        }
    }

    fn query_or_key(&self, role: Role) -> GgmlType {
        let eight = self.experts == 8 && role == Role::Key;
        match self.file_type {
            small if eight && small.is_one_or_two_bit_codebook() => GgmlType::Q4K,
            _ if eight => GgmlType::Q8_0,
            FileType::Iq3Xs => GgmlType::Iq3Xxs,
            FileType::Iq3Xxs => GgmlType::Iq2S,
            _ => self.file_type.base(),
        }
    }

    fn attention_out(&self) -> GgmlType {
        let base = self.file_type.base();
        if self.family == MixFamily::Falcon && !self.file_type.is_one_or_two_bit_codebook() {
            return if self.file_type == FileType::Q3KL { GgmlType::Q4K } else { base };
        }
        if self.experts == 8 {
            return match self.file_type {
                FileType::Plain(_) | FileType::Q3KL | FileType::Q5KS | FileType::Q5KM | FileType::Q2KS => base,
                FileType::Mxfp4Moe => base,
                _ => GgmlType::Q5K,
            };
        }
        match self.file_type {
            FileType::Q2K => GgmlType::Q3K,
            FileType::Q3KM | FileType::Iq3M => GgmlType::Q4K,
            FileType::Q3KL => GgmlType::Q5K,
            FileType::Iq3Xxs | FileType::Iq2S | FileType::Iq2M => GgmlType::Iq3S,
            FileType::Iq1S | FileType::Iq1M => GgmlType::Iq2Xxs,
            _ => base,
        }
    }

    fn down(&self, block: u32) -> GgmlType {
        let (base, all) = (self.file_type.base(), self.blocks);
        // With experts the block's number counts, without them the tensors seen: the same unless blocks lack one.
        let at = if self.experts > 1 { block } else { self.downs_seen };
        let first = at < all / 8;
        let falcon = self.family == MixFamily::Falcon;
        match self.file_type {
            FileType::Iq2S | FileType::Iq2M if self.downs_seen < all / 8 => GgmlType::Iq3S,
            small if small.is_one_or_two_bit_codebook() => {
                if self.downs_seen < all / 8 {
                    GgmlType::Q2K
                } else {
                    base
                }
            }
            FileType::Q2K => GgmlType::Q3K,
            FileType::Q2KS if first => GgmlType::Q4K,
            FileType::Iq3Xxs if !self.importance_matrix => {
                if first {
                    GgmlType::Q4K
                } else {
                    GgmlType::Q3K
                }
            }
            FileType::Q3KM if at < all / 16 => GgmlType::Q5K,
            FileType::Q3KM if falcon && !Self::more_bits(at, all) => GgmlType::Q3K,
            FileType::Q3KM => GgmlType::Q4K,
            FileType::Iq3M if first || (self.experts == 8 && Self::more_bits(at, all)) => GgmlType::Q4K,
            FileType::Q3KL => {
                if falcon {
                    GgmlType::Q4K
                } else {
                    GgmlType::Q5K
                }
            }
            FileType::Q4KM if falcon => match () {
                () if at < all / 16 => GgmlType::Q6K,
                () if Self::more_bits(at, all) => GgmlType::Q5K,
                () => GgmlType::Q4K,
            },
            FileType::Q4KM | FileType::Q5KM if Self::more_bits(at, all) => GgmlType::Q6K,
            FileType::Iq4Nl | FileType::Iq4Xs if first && !self.importance_matrix => GgmlType::Q5K,
            FileType::Q4KS if first && !falcon => GgmlType::Q5K,
            FileType::Plain(GgmlType::Q4_0) if first && self.importance_matrix => GgmlType::Q4_1,
            FileType::Plain(GgmlType::Q5_0) if first && self.importance_matrix => GgmlType::Q5_1,
            _ => base,
        }
    }

    fn up_or_gate(&self, block: u32) -> GgmlType {
        let middle = block >= self.blocks / 8 && block < 7 * self.blocks / 8;
        if self.file_type == FileType::Iq3Xs && middle { GgmlType::Iq3Xxs } else { self.file_type.base() }
    }
}
