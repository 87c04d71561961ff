//! Seeded weights and activations for the tests of kernels.

use half::f16;

use super::super::*;

/// SplitMix64: the same numbers on every machine.
pub(in crate::infer) struct Random(pub(in crate::infer) u64);

impl Random {
    pub(in crate::infer) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }
    /// In [-1, 1).
    pub(in crate::infer) fn float(&mut self) -> f32 {
        (self.bits() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
    pub(in crate::infer) fn floats(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.float()).collect()
    }
}

pub(in crate::infer) fn tiers() -> impl Iterator<Item = Tier> {
    Tier::ALL.into_iter().filter(|tier| tier.is_available())
}

/// Bytes of `rows` rows as a file holds them: any quants, sensible scales.
pub(super) fn source(format: Format, rows: usize, columns: usize, random: &mut Random) -> Vec<u8> {
    let halves = |random: &mut Random| f16::from_f32(random.float() * 0.1).to_le_bytes();
    let bytes = format.source_row_bytes(columns);
    let block = bytes / (columns / format.block_columns());
    let mut source: Vec<u8> = (0..rows * bytes).map(|_| random.bits() as u8).collect();
    for block in source.chunks_exact_mut(block) {
        match format {
            Format::Q4_0 | Format::Q5_0 | Format::Q8_0 | Format::Iq4Nl => block[..2].copy_from_slice(&halves(random)),
            Format::Q6K => block[208..].copy_from_slice(&halves(random)),
            Format::Q3K => block[108..].copy_from_slice(&halves(random)),
            Format::Q2K => {
                block[80..82].copy_from_slice(&halves(random));
                block[82..].copy_from_slice(&halves(random));
            }
            // 2^-7 to 2^0; ggml's scale is that of twice the values.
            Format::Mxfp4 => block[0] = 120 + (random.bits() % 8) as u8,
            Format::Q4_1 | Format::Q5_1 | Format::Q4K | Format::Q5K => {
                block[..2].copy_from_slice(&halves(random));
                block[2..4].copy_from_slice(&halves(random));
            }
            Format::F16 => block.copy_from_slice(&halves(random)),
            Format::Bf16 => block.copy_from_slice(&half::bf16::from_f32(random.float()).to_le_bytes()),
            Format::F32 => block.copy_from_slice(&random.float().to_le_bytes()),
        }
    }
    source
}

pub(super) fn pack(format: Format, rows: usize, columns: usize, source: &[u8]) -> Packed {
    let mut packed = Packed::zeros(&[(format, rows, columns)]).unwrap().remove(0);
    let sources = source.chunks(TILE_ROWS * format.source_row_bytes(columns));
    for (tile, source) in packed.data.chunks_exact_mut(format.tile_bytes(columns)).zip(sources) {
        pack_tile(format, columns, source, tile);
    }
    packed
}
