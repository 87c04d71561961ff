//! Values of one tensor type to values of another, through 32-bit floats. Rows do not matter here: only whole blocks do.

use candle_core::quantized::{GgmlDType, QTensor, ggml_file::qtensor_from_ggml};
use candle_core::{Device, Tensor};

use super::super::InferError;
use super::super::gguf::TensorType;
use super::super::kernels::{Format, Packed, TILE_ROWS, pack_tile};
use super::super::weights::as_packed;

/// The largest value whose 16-bit scale is finite in every type.
const LARGEST: f32 = 65_504.0; // largest finite IEEE 754 half

/// Bytes of so many values, of whole blocks.
pub(super) const fn bytes(kind: TensorType, values: u64) -> u64 {
    (values / kind.block_values() as u64).saturating_mul(kind.block_bytes() as u64)
}

/// Bits of a value.
pub(super) const fn bits(kind: TensorType) -> f64 {
    kind.block_bytes() as f64 * 8.0 / kind.block_values() as f64
}

/// Whether values of a type can be read.
pub(super) const fn reads(kind: TensorType) -> bool {
    candle_type(kind).is_some() || own_format(kind).is_some()
}

/// Whether values of a type can be written.
pub(super) const fn writes(kind: TensorType) -> bool {
    candle_type(kind).is_some()
}

/// What makes values unfit to be stored, if anything does.
pub(super) fn problem(values: &[f32], target: TensorType) -> Option<String> {
    if values.iter().any(|value| !value.is_finite()) {
        return Some("it holds a value that is not a finite number".to_owned());
    }
    let any = matches!(target, TensorType::F32 | TensorType::BF16);
    let largest = values.iter().fold(0.0, |most: f32, value| most.max(value.abs()));
    (!any && largest > LARGEST)
        .then(|| format!("it holds {largest:e}, and {} goes up to {LARGEST} only", target.name()))
}

/// The values of whole blocks.
pub(super) fn decode(kind: TensorType, bytes: &[u8], values: usize) -> Result<Vec<f32>, InferError> {
    Ok(match kind {
        TensorType::F32 => bytes.as_chunks().0.iter().map(|&four| f32::from_le_bytes(four)).collect(),
        TensorType::F16 => bytes.as_chunks().0.iter().map(|&two| half::f16::from_le_bytes(two).to_f32()).collect(),
        TensorType::BF16 => bytes.as_chunks().0.iter().map(|&two| half::bf16::from_le_bytes(two).to_f32()).collect(),
        _ => match (candle_type(kind), own_format(kind)) {
            (Some(kind), _) => qtensor_from_ggml(kind, bytes, vec![values], &Device::Cpu)
                .and_then(|tensor| tensor.dequantize(&Device::Cpu)?.to_vec1())
                .map_err(compute)?,
            (None, Some(format)) => unpack(format, &as_packed(kind, bytes), values)?,
            (None, None) => return Err(InferError::Compute { problem: format!("{} is not read", kind.name()) }),
        },
    })
}

/// Whole blocks of values.
pub(super) fn encode(kind: TensorType, values: &[f32]) -> Result<Vec<u8>, InferError> {
    Ok(match kind {
        TensorType::F32 => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
        TensorType::F16 => values.iter().flat_map(|&value| half::f16::from_f32(value).to_le_bytes()).collect(),
        TensorType::BF16 => values.iter().flat_map(|&value| half::bf16::from_f32(value).to_le_bytes()).collect(),
        _ => {
            let wanted = candle_type(kind)
                .ok_or_else(|| InferError::Compute { problem: format!("{} is not written", kind.name()) })?;
            let tensor = Tensor::from_slice(values, values.len(), &Device::Cpu).map_err(compute)?;
            let quantized = QTensor::quantize(&tensor, wanted).map_err(compute)?;
            quantized.data().map_err(compute)?.into_owned()
        }
    })
}

/// Through the tiles of our own kernels, whose blocks are of 32.
fn unpack(format: Format, bytes: &[u8], values: usize) -> Result<Vec<f32>, InferError> {
    let columns = format.block_columns();
    let rows = values / columns;
    let mut out = vec![0.0; values];
    let packed = Packed::zeros(&[(format, rows, columns)]).and_then(|packed| packed.into_iter().next());
    let mut packed = packed
        .ok_or_else(|| InferError::Memory { what: "a part of a tensor".to_owned(), bytes: bytes.len() as u64 })?;
    let sources = bytes.chunks(TILE_ROWS * format.source_row_bytes(columns));
    for (source, tile) in sources.zip(packed.data.chunks_exact_mut(format.tile_bytes(columns))) {
        pack_tile(format, columns, source, tile);
    }
    for (row, out) in out.chunks_exact_mut(columns).enumerate() {
        packed.row(row, out);
    }
    Ok(out)
}

fn compute(error: candle_core::Error) -> InferError {
    InferError::Compute { problem: error.to_string() }
}

/// Types that candle reads and writes: of its list Q8_1 and Q8_K it does neither from or to a file (candle-core 0.11,
/// `quantized/ggml_file.rs`).
const fn candle_type(kind: TensorType) -> Option<GgmlDType> {
    Some(match kind {
        TensorType::F32 => GgmlDType::F32,
        TensorType::F16 => GgmlDType::F16,
        TensorType::BF16 => GgmlDType::BF16,
        TensorType::Q4_0 => GgmlDType::Q4_0,
        TensorType::Q4_1 => GgmlDType::Q4_1,
        TensorType::Q5_0 => GgmlDType::Q5_0,
        TensorType::Q5_1 => GgmlDType::Q5_1,
        TensorType::Q8_0 => GgmlDType::Q8_0,
        TensorType::Q2_K => GgmlDType::Q2K,
        TensorType::Q3_K => GgmlDType::Q3K,
        TensorType::Q4_K => GgmlDType::Q4K,
        TensorType::Q5_K => GgmlDType::Q5K,
        TensorType::Q6_K => GgmlDType::Q6K,
        _ => return None,
    })
}

/// Types that candle does not read and our kernels do.
const fn own_format(kind: TensorType) -> Option<Format> {
    Some(match kind {
        TensorType::IQ4_NL | TensorType::IQ4_XS => Format::Iq4Nl,
        TensorType::MXFP4 => Format::Mxfp4,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values in [-1, 1) that are the same on every machine.
    fn values(count: usize) -> Vec<f32> {
        let mut state = 7_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    #[test]
    fn every_type_written_gives_back_what_its_bits_allow() {
        use TensorType as T;
        let values = values(1024);
        // Root mean square error over that of the values: a uniform quantizer of b bits over [-1, 1) has about 2^-b.
        let bounds = [
            (T::F32, 0.0),
            (T::F16, 0.000_5),
            (T::BF16, 0.004),
            (T::Q8_0, 0.007),
            (T::Q6_K, 0.03),
            (T::Q5_K, 0.05),
            (T::Q5_1, 0.05),
            (T::Q5_0, 0.055),
            (T::Q4_K, 0.1),
            (T::Q4_1, 0.1),
            (T::Q4_0, 0.12),
            (T::Q3_K, 0.22),
            (T::Q2_K, 0.4),
        ];
        for (kind, bound) in bounds {
            assert!(writes(kind) && reads(kind));
            let bytes = encode(kind, &values).unwrap();
            assert_eq!(bytes.len() as u64, super::bytes(kind, 1024), "{kind:?}");
            let back = decode(kind, &bytes, 1024).unwrap();
            let square = |values: &mut dyn Iterator<Item = f32>| values.map(|v| f64::from(v * v)).sum::<f64>().sqrt();
            let error = square(&mut values.iter().zip(&back).map(|(a, b)| a - b)) / square(&mut values.iter().copied());
            assert!(error <= bound, "{kind:?}: {error}");
        }
    }

    #[test]
    fn what_is_said_to_be_read_is() {
        for kind in (0..64).filter_map(TensorType::from_id).filter(|&kind| reads(kind)) {
            let zeros = vec![0; kind.block_bytes()];
            let values = decode(kind, &zeros, kind.block_values()).unwrap_or_else(|error| panic!("{kind:?}: {error}"));
            assert_eq!(values.len(), kind.block_values(), "{kind:?}");
        }
        assert!(!reads(TensorType::Q8_1) && !reads(TensorType::Q8_K) && reads(TensorType::IQ4_XS));
    }

    #[test]
    fn a_block_of_iq4_xs_is_read_as_its_eight_of_iq4_nl() {
        // Scale 0.5; of the eight parts scales of 32 + 1, low bits 1 and high bits 2; all values the ninth of the codebook, 1.
        let mut block = [0x88_u8; 136];
        block[..2].copy_from_slice(&half::f16::from_f32(0.5).to_le_bytes());
        block[2..4].copy_from_slice(&0xaaaa_u16.to_le_bytes());
        block[4..8].fill(0x11);
        assert_eq!(decode(TensorType::IQ4_XS, &block, 256).unwrap(), vec![0.5; 256]);
    }

    #[test]
    fn values_no_type_can_hold_are_named() {
        assert!(problem(&[1.0, f32::NAN], TensorType::F32).is_some());
        assert!(problem(&[1e6], TensorType::Q4_0).is_some_and(|words| words.contains("1e6")));
        assert!(problem(&[1e6], TensorType::BF16).is_none());
        assert!(problem(&[], TensorType::F16).is_none());
    }
}
