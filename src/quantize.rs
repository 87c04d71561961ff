//! Quantizing a file: the rules of `sizing` that say which type each tensor gets, handed to `infer`, which writes it.
//!
//! Stands above both rooms, as neither knows the other. So that a size on disk and a predicted size cannot disagree, both
//! come out of the same rules.

mod text;

pub use text::{MOST_TEXT_BYTES, MeasuringText, TextError};

use crate::catalog::WeightFormat;
use crate::infer::{InferError, Quantization, QuantizeSource};
use crate::sizing::weights::mix::FileType;
use crate::sizing::weights::named::{FileFacts, NamedTensor, file_type, types};

/// The formats offered, smallest loss first, with llama.cpp's number of each (`llama_ftype` in `include/llama.h`, read
/// 2026-11-20). Left out: formats that need an importance matrix, and types nothing here writes.
pub const FORMATS: &[(WeightFormat, u32)] = &[
    (WeightFormat::F32, 0),
    (WeightFormat::Bf16, 32),
    (WeightFormat::F16, 1),
    (WeightFormat::Q8_0, 7),
    (WeightFormat::Q6K, 18),
    (WeightFormat::Q5KM, 17),
    (WeightFormat::Q5KS, 16),
    (WeightFormat::Q5_1, 9),
    (WeightFormat::Q5_0, 8),
    (WeightFormat::Q4KM, 15),
    (WeightFormat::Q4KS, 14),
    (WeightFormat::Q4_1, 3),
    (WeightFormat::Q4_0, 2),
    (WeightFormat::Q3KL, 13),
    (WeightFormat::Q3KM, 12),
    (WeightFormat::Q3KS, 11),
    (WeightFormat::Q2K, 10),
];

/// Formats offered, by their names on the command line.
pub fn offered() -> String {
    FORMATS.iter().map(|(format, _)| format.id()).collect::<Vec<_>>().join(", ")
}

/// The file that results from storing a model in a format: sizes to the byte before anything is written.
///
/// # Errors
/// [`InferError::Unsupported`] for a format that is not offered, or a tensor whose numbers cannot be read.
pub fn plan(source: &QuantizeSource, format: WeightFormat) -> Result<Quantization<'_>, InferError> {
    let (file_type, number) = known(format)?;
    let facts = source.facts();
    let facts = FileFacts {
        architecture: facts.architecture,
        blocks: facts.blocks,
        heads: facts.heads,
        kv_heads: facts.kv_heads,
        experts: facts.experts,
    };
    let tensors: Vec<NamedTensor<'_>> = source.tensors().map(|(name, shape, _)| NamedTensor { name, shape }).collect();
    let types: Vec<Option<&str>> =
        types(file_type, &facts, &tensors).iter().map(|kind| kind.map(|kind| kind.label())).collect();
    source.to(number, &types)
}

fn known(format: WeightFormat) -> Result<(FileType, u32), InferError> {
    let offered = FORMATS.iter().find(|(offered, _)| *offered == format);
    offered.and_then(|&(format, number)| Some((file_type(format)?, number))).ok_or_else(|| InferError::Option {
        option: "format",
        range: "one that is quantized to here without an importance matrix",
        found: format.label().to_owned(),
    })
}

/// Tokens of a window of perplexity where none are asked for: llama.cpp's default.
pub const WINDOW_TOKENS: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_offered_has_a_rule() {
        for &(format, number) in FORMATS {
            assert_eq!(known(format).map(|(_, number)| number).ok(), Some(number), "{format}");
        }
        assert!(known(WeightFormat::Mlx4).is_err() && known(WeightFormat::Iq4Xs).is_err());
    }
}
