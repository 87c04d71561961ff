//! Storage types of single tensors in GGUF files, and of llama.cpp's caches: how many bytes a row takes.
//!
//! Block sizes and bytes are those of ggml (`ggml-common.h`, read 2026-11-20).

use crate::catalog::TensorType;
use crate::units::Bytes;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $label:literal, $elements:literal, $bytes:literal;)+) => {
        /// How one tensor is stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum GgmlType { $($(#[$doc])* $name,)+ }

        impl GgmlType {
            /// Every type.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// Name as ggml writes it.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$name => $label),+ }
            }

            /// Elements in one block.
            pub const fn block_elements(self) -> u64 {
                match self { $(Self::$name => $elements),+ }
            }

            /// Bytes of one block.
            pub const fn block_bytes(self) -> u64 {
                match self { $(Self::$name => $bytes),+ }
            }
        }
    };
}

types!(
    /// 32-bit floats.
    F32 = "F32", 1, 4;
    /// 16-bit floats.
    F16 = "F16", 1, 2;
    /// 16-bit brain floats.
    Bf16 = "BF16", 1, 2;
    /// 8-bit floats without scales (caches only; not a GGUF type).
    F8 = "FP8", 1, 1;
    /// 8 bit.
    Q8_0 = "Q8_0", 32, 34;
    /// 4 bit.
    Q4_0 = "Q4_0", 32, 18;
    /// 4 bit with minimum.
    Q4_1 = "Q4_1", 32, 20;
    /// 5 bit.
    Q5_0 = "Q5_0", 32, 22;
    /// 5 bit with minimum.
    Q5_1 = "Q5_1", 32, 24;
    /// 1 bit.
    Q1_0 = "Q1_0", 128, 18;
    /// 2 bit.
    Q2_0 = "Q2_0", 64, 18;
    /// 2-bit K-quant.
    Q2K = "Q2_K", 256, 84;
    /// 3-bit K-quant.
    Q3K = "Q3_K", 256, 110;
    /// 4-bit K-quant.
    Q4K = "Q4_K", 256, 144;
    /// 5-bit K-quant.
    Q5K = "Q5_K", 256, 176;
    /// 6-bit K-quant.
    Q6K = "Q6_K", 256, 210;
    /// 4-bit microscaling floats.
    Mxfp4 = "MXFP4", 32, 17;
    /// 4-bit floats with 8-bit scales of 16.
    Nvfp4 = "NVFP4", 64, 36;
    /// Ternary, five in a byte.
    Tq1_0 = "TQ1_0", 256, 54;
    /// Ternary, two bits each.
    Tq2_0 = "TQ2_0", 256, 66;
    /// 1-bit codebook, small.
    Iq1S = "IQ1_S", 256, 50;
    /// 1-bit codebook, medium.
    Iq1M = "IQ1_M", 256, 56;
    /// 2-bit codebook, smallest.
    Iq2Xxs = "IQ2_XXS", 256, 66;
    /// 2-bit codebook, extra small.
    Iq2Xs = "IQ2_XS", 256, 74;
    /// 2-bit codebook, small.
    Iq2S = "IQ2_S", 256, 82;
    /// 3-bit codebook, smallest.
    Iq3Xxs = "IQ3_XXS", 256, 98;
    /// 3-bit codebook, small.
    Iq3S = "IQ3_S", 256, 110;
    /// 4-bit non-linear, blocks of 256.
    Iq4Xs = "IQ4_XS", 256, 136;
    /// 4-bit non-linear, blocks of 32.
    Iq4Nl = "IQ4_NL", 32, 18;
);

impl From<TensorType> for GgmlType {
    fn from(named: TensorType) -> Self {
        match named {
            TensorType::F32 => Self::F32,
            TensorType::F16 => Self::F16,
            TensorType::Bf16 => Self::Bf16,
            TensorType::Q8_0 => Self::Q8_0,
            TensorType::Q4_0 => Self::Q4_0,
            TensorType::Q4_1 => Self::Q4_1,
            TensorType::Q5_0 => Self::Q5_0,
            TensorType::Q5_1 => Self::Q5_1,
            TensorType::Q1_0 => Self::Q1_0,
            TensorType::Q2_0 => Self::Q2_0,
            TensorType::Q2K => Self::Q2K,
            TensorType::Q3K => Self::Q3K,
            TensorType::Q4K => Self::Q4K,
            TensorType::Q5K => Self::Q5K,
            TensorType::Q6K => Self::Q6K,
            TensorType::Mxfp4 => Self::Mxfp4,
            TensorType::Nvfp4 => Self::Nvfp4,
            TensorType::Tq1_0 => Self::Tq1_0,
            TensorType::Tq2_0 => Self::Tq2_0,
            TensorType::Iq1S => Self::Iq1S,
            TensorType::Iq1M => Self::Iq1M,
            TensorType::Iq2Xxs => Self::Iq2Xxs,
            TensorType::Iq2Xs => Self::Iq2Xs,
            TensorType::Iq2S => Self::Iq2S,
            TensorType::Iq3Xxs => Self::Iq3Xxs,
            TensorType::Iq3S => Self::Iq3S,
            TensorType::Iq4Xs => Self::Iq4Xs,
            TensorType::Iq4Nl => Self::Iq4Nl,
        }
    }
}

impl GgmlType {
    /// Bytes of a row of `columns` elements: whole blocks.
    pub const fn row_bytes(self, columns: u64) -> Bytes {
        Bytes::new(columns.div_ceil(self.block_elements()).saturating_mul(self.block_bytes()))
    }

    /// Bits for one weight.
    pub fn bits_per_weight(self) -> f64 {
        self.block_bytes() as f64 * 8.0 / self.block_elements() as f64
    }

    /// The type llama.cpp takes where `columns` are not a multiple of this type's block
    /// (`tensor_type_fallback` in `llama-quant.cpp`, 2026).
    pub const fn for_columns(self, columns: u64) -> Self {
        if columns.is_multiple_of(self.block_elements()) {
            return self;
        }
        let smaller = match self {
            Self::Iq1S
            | Self::Iq1M
            | Self::Iq2Xxs
            | Self::Iq2Xs
            | Self::Iq2S
            | Self::Iq3Xxs
            | Self::Iq3S
            | Self::Iq4Xs => Self::Iq4Nl,
            Self::Q1_0 | Self::Q2_0 | Self::Q2K | Self::Q3K | Self::Tq1_0 | Self::Tq2_0 => Self::Q4_0,
            Self::Q4K => Self::Q5_0,
            Self::Q5K => Self::Q5_1,
            Self::Q6K => Self::Q8_0,
            Self::F32
            | Self::F16
            | Self::Bf16
            | Self::F8
            | Self::Q8_0
            | Self::Q4_0
            | Self::Q4_1
            | Self::Q5_0
            | Self::Q5_1
            | Self::Mxfp4
            | Self::Nvfp4
            | Self::Iq4Nl => self,
        };
        if columns.is_multiple_of(smaller.block_elements()) { smaller } else { Self::F16 }
    }
}
