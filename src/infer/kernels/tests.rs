//! Every kernel of every tier this machine has, held to plain arithmetic on what candle reads out of the same bytes.

use candle_core::Device;
use candle_core::quantized::{GgmlDType, ggml_file::qtensor_from_ggml};
use half::f16;

use super::*;

pub(in crate::infer) mod support;
mod twins;

use support::{Random, pack, source, tiers};

/// `None` where candle does not know it.
fn candle_type(format: Format) -> Option<GgmlDType> {
    Some(match format {
        Format::Iq4Nl | Format::Mxfp4 => return None,
        Format::Q2K => GgmlDType::Q2K,
        Format::Q3K => GgmlDType::Q3K,
        Format::Q4_0 => GgmlDType::Q4_0,
        Format::Q4_1 => GgmlDType::Q4_1,
        Format::Q5_0 => GgmlDType::Q5_0,
        Format::Q5_1 => GgmlDType::Q5_1,
        Format::Q8_0 => GgmlDType::Q8_0,
        Format::Q4K => GgmlDType::Q4K,
        Format::Q5K => GgmlDType::Q5K,
        Format::Q6K => GgmlDType::Q6K,
        Format::F16 => GgmlDType::F16,
        Format::Bf16 => GgmlDType::BF16,
        Format::F32 => GgmlDType::F32,
    })
}

fn dequantize(format: Format, rows: usize, columns: usize, source: &[u8]) -> Vec<f32> {
    let Some(kind) = candle_type(format) else { return from_tables(format, source) };
    let tensor = qtensor_from_ggml(kind, source, vec![rows, columns], &Device::Cpu).unwrap();
    tensor.dequantize(&Device::Cpu).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// IQ4_NL and MXFP4 as ggml reads them (`dequantize_row_iq4_nl`, `dequantize_row_mxfp4` of `ggml-quants.c`): 16 bytes of
/// columns `j` below and `16 + j` above, each an entry of a table.
fn from_tables(format: Format, source: &[u8]) -> Vec<f32> {
    const IQ4_NL: [i8; 16] = [-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113];
    const E2M1: [f32; 8] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0];
    let value = |block: &[u8], column: usize| {
        let byte = block[block.len() - 16 + column % 16];
        let nibble = if column < 16 { byte & 15 } else { byte >> 4 };
        match format {
            Format::Iq4Nl => f16::from_le_bytes([block[0], block[1]]).to_f32() * f32::from(IQ4_NL[usize::from(nibble)]),
            _ => {
                let sign = if nibble < 8 { 1.0 } else { -1.0 };
                sign * E2M1[usize::from(nibble % 8)] * 2.0_f32.powi(i32::from(block[0]) - 127)
            }
        }
    };
    source.chunks_exact(format.source_row_bytes(32)).flat_map(|block| (0..32).map(move |c| value(block, c))).collect()
}

/// Random weights of a format, packed, and the same as floats.
fn weights(format: Format, rows: usize, columns: usize, random: &mut Random) -> (Packed, Vec<f32>) {
    let source = source(format, rows, columns, random);
    (pack(format, rows, columns, &source), dequantize(format, rows, columns, &source))
}

#[test]
fn a_packed_row_is_the_row_of_the_file() {
    let mut random = Random(1);
    for format in Format::ALL {
        for (rows, columns) in [(16, 32_usize), (19, 576), (1, 256)] {
            let columns = columns.next_multiple_of(format.block_columns());
            let (packed, floats) = weights(format, rows, columns, &mut random);
            for (row, expected) in floats.chunks_exact(columns).enumerate() {
                let mut out = vec![0.0; columns];
                packed.row(row, &mut out);
                for (a, b) in out.iter().zip(expected) {
                    assert!((a - b).abs() <= 1e-6 * b.abs().max(1e-3), "{format:?} row {row}: {a} for {b}");
                }
            }
        }
    }
}

#[test]
fn a_panel_with_room_for_more_rows_than_there_are_lies_in_memory_of_its_own() {
    for tier in tiers() {
        let engine = Engine::new(1, Some(tier));
        for rows in 1..=30 {
            let mut activations = Activations::new(rows, 64).unwrap();
            engine.take(&vec![1.0; 64 * rows], 64, 64, rows, &mut activations);
            let beyond = activations.panels(rows).find(|placed| !activations.holds(placed));
            assert!(beyond.is_none(), "{tier:?}, {rows} rows");
        }
    }
}

/// `rows` of activations times the weights, by each tier, against sums in double precision over the rounded
/// activations; the tolerance is what 32-bit sums of `columns` terms lose.
fn check_products(format: Format, outputs: usize, columns: usize, rows: usize, x: &[f32], random: &mut Random) {
    let (packed, floats) = weights(format, outputs, columns, random);
    let stride = packed.tiles() * TILE_ROWS;
    for tier in tiers() {
        let engine = Engine::new(2, Some(tier));
        let mut activations = Activations::new(rows, columns).unwrap();
        engine.take(x, columns, columns, rows, &mut activations);
        let mut out = vec![1.0; rows * stride];
        let target = Target::Add(&mut out, 2.0);
        engine.multiply(&mut [Product { weights: &packed, target, stride }], &activations, rows);
        for row in 0..rows {
            let x = if format.wants_floats() { activations.row(row).to_vec() } else { activations.rounded(row) };
            for (output, weights) in floats.chunks_exact(columns).enumerate() {
                let terms = weights.iter().zip(&x).map(|(w, x)| f64::from(*w) * f64::from(*x));
                let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
                let (got, expected) = (f64::from(out[row * stride + output]), 1.0 + 2.0 * sum);
                let case = format!("{format:?} {tier:?} {outputs}x{columns} row {row} of {rows} output {output}");
                assert!((got - expected).abs() <= 3e-6 * (1.0 + 2.0 * size), "{case}: {got} for {expected}");
            }
        }
    }
}

#[test]
fn every_tier_multiplies_as_plain_arithmetic_does() {
    let mut random = Random(2);
    for format in Format::ALL {
        for (outputs, columns, rows) in
            [(16, 32_usize, 1), (40, 576, 2), (16, 64, 3), (33, 96, 5), (16, 256, 12), (16, 32, 29)]
        {
            let columns = columns.next_multiple_of(format.block_columns());
            let x = random.floats(rows * columns);
            check_products(format, outputs, columns, rows, &x, &mut random);
        }
    }
}

#[test]
fn extreme_activations_do_not_overflow() {
    let mut random = Random(3);
    for format in Format::ALL {
        for x in [0.0, 1.0, -1.0, 1e-30, 1e30] {
            let columns = 64_usize.next_multiple_of(format.block_columns());
            check_products(format, 16, columns, 4, &vec![x; 4 * columns], &mut random);
        }
    }
}

#[test]
fn a_gate_bends_and_multiplies() {
    let mut random = Random(4);
    let ((gate, gate_floats), (up, up_floats)) =
        (weights(Format::Q4_1, 48, 64, &mut random), weights(Format::Q4_1, 48, 64, &mut random));
    let x = random.floats(3 * 64);
    for (tier, bend) in tiers().flat_map(|tier| [(tier, Gate::Silu), (tier, Gate::Gelu)]) {
        let engine = Engine::new(1, Some(tier));
        let mut activations = Activations::new(3, 64).unwrap();
        engine.take(&x, 64, 64, 3, &mut activations);
        let mut out = vec![0.0; 3 * 48];
        let target = Target::Gated(&mut out, bend, &up);
        engine.multiply(&mut [Product { weights: &gate, target, stride: 48 }], &activations, 3);
        for (i, got) in out.iter().enumerate() {
            let x = activations.rounded(i / 48);
            let dot = |floats: &[f32]| floats[i % 48 * 64..][..64].iter().zip(&x).map(|(a, b)| a * b).sum::<f32>();
            let expected = bend.of(dot(&gate_floats)) * dot(&up_floats);
            assert!((got - expected).abs() < 1e-4, "{tier:?} {bend:?}: {got} for {expected}");
        }
    }
}

#[test]
fn normalising_gives_unit_mean_square_times_the_weight() {
    let mut random = Random(5);
    for (tier, columns) in tiers().flat_map(|tier| [16, 64, 576, 20].map(|columns| (tier, columns))) {
        let engine = Engine::new(2, Some(tier));
        let (x, weight) = (random.floats(3 * columns), random.floats(columns));
        let mut activations = Activations::new(3, columns).unwrap();
        engine.normalize(&x, columns, &weight, 1e-5, 3, &mut activations);
        for row in 0..3 {
            let x = &x[row * columns..][..columns];
            let mean = x.iter().map(|x| x * x).sum::<f32>() / columns as f32;
            for ((got, x), weight) in activations.row(row).iter().zip(x).zip(&weight) {
                let expected = x / (mean + 1e-5).sqrt() * weight;
                assert!((got - expected).abs() < 1e-5, "{tier:?} {columns}: {got} for {expected}");
            }
        }
    }
}
