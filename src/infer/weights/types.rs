//! Which of our kernels' formats a tensor type becomes, and what has to be done to its bytes on the way.

use std::borrow::Cow;

use super::super::InferError;
use super::super::gguf::{Gguf, TensorType};
use super::super::kernels::Format;

/// Our kernels' format of a matrix's type, where there is one.
///
/// Types that candle alone could compute with are none: the two of its list that lack a kernel here, Q8_1 and Q8_K, it
/// does not read from a file either (candle-core 0.11, `quantized/ggml_file.rs`).
pub(super) const fn format(kind: TensorType) -> Option<Format> {
    Some(match kind {
        TensorType::Q4_0 => Format::Q4_0,
        TensorType::Q4_1 => Format::Q4_1,
        TensorType::Q5_0 => Format::Q5_0,
        TensorType::Q5_1 => Format::Q5_1,
        TensorType::Q8_0 => Format::Q8_0,
        TensorType::IQ4_NL | TensorType::IQ4_XS => Format::Iq4Nl,
        TensorType::MXFP4 => Format::Mxfp4,
        TensorType::Q2_K => Format::Q2K,
        TensorType::Q3_K => Format::Q3K,
        TensorType::Q4_K => Format::Q4K,
        TensorType::Q5_K => Format::Q5K,
        TensorType::Q6_K => Format::Q6K,
        TensorType::F16 => Format::F16,
        TensorType::BF16 => Format::Bf16,
        TensorType::F32 => Format::F32,
        _ => return None,
    })
}

/// Bytes of whole blocks as [`format`]'s pack takes them.
pub(in crate::infer) fn as_packed(kind: TensorType, bytes: &[u8]) -> Cow<'_, [u8]> {
    match kind {
        TensorType::IQ4_XS => Cow::Owned(iq4_xs_as_iq4_nl(bytes)),
        _ => Cow::Borrowed(bytes),
    }
}

/// Refuses a model that holds a matrix of a type without a kernel.
///
/// # Errors
/// [`InferError::Unsupported`] with the type and the tensor.
pub(in crate::infer) fn check(gguf: &Gguf) -> Result<(), InferError> {
    match gguf.tensors.values().find(|tensor| tensor.rows > 1 && format(tensor.kind).is_none()) {
        Some(tensor) => Err(unsupported(gguf, tensor.kind, &tensor.name)),
        None => Ok(()),
    }
}

/// A type without a kernel.
pub(super) fn unsupported(gguf: &Gguf, kind: TensorType, tensor: &str) -> InferError {
    gguf.unsupported("tensor type", kind.name(), format!(" (tensor {tensor})"))
}

/// IQ4_XS is IQ4_NL with one scale of 16 bits and eight of 6 bits for 256 values in place of eight of 16 bits
/// (`block_iq4_xs` of ggml's `ggml-common.h`, read 2026-11): the product of the two is rounded to 16 bits here, which is a
/// two-thousandth of it where a step between two values is a tenth or more.
fn iq4_xs_as_iq4_nl(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len() / 136 * 144);
    for block in bytes.as_chunks::<136>().0 {
        let whole = half::f16::from_le_bytes([block[0], block[1]]).to_f32();
        let high = u16::from_le_bytes([block[2], block[3]]);
        for (part, quants) in block[8..].as_chunks::<16>().0.iter().enumerate() {
            let low = block[4 + part / 2] >> (4 * (part % 2)) & 15;
            let six = i16::from(low) | (high >> (2 * part) & 3).cast_signed() << 4;
            let scale = half::f16::from_f32(whole * f32::from(six - 32));
            out.extend_from_slice(&scale.to_le_bytes());
            out.extend_from_slice(quants);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_of_an_iq4_xs_block_gets_its_own_scale() {
        let mut block = [0_u8; 136];
        block[..2].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
        // Scales 0, 9, 18, ... 63 in 6 bits, the low four and the high two apart.
        let scales = [0_u16, 9, 18, 27, 36, 45, 54, 63];
        let high = scales.iter().enumerate().fold(0, |all, (part, scale)| all | (scale >> 4) << (2 * part));
        block[2..4].copy_from_slice(&high.to_le_bytes());
        for (part, scale) in scales.iter().enumerate() {
            block[4 + part / 2] |= (scale & 15) as u8 * if part % 2 == 0 { 1 } else { 16 };
            block[8 + 16 * part..][..16].fill(part as u8);
        }
        let out = as_packed(TensorType::IQ4_XS, &block);
        assert_eq!(out.len(), 144);
        for (part, made) in out.chunks_exact(18).enumerate() {
            let scale = half::f16::from_le_bytes([made[0], made[1]]).to_f32();
            assert_eq!(scale, 0.5 * (f32::from(scales[part]) - 32.0));
            assert_eq!(made[2..], [part as u8; 16]);
        }
    }
}
