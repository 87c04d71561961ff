//! Weights as the kernels want them: tiles of 16 rows, interleaved so that one load brings 4 weights of each row, in
//! as many bytes as the file uses.
//!
//! A tile is a plane of scales, then a plane of quants, block by block along the row. A block of 32 columns holds for
//! the types with scales: 16 halves `d`, then (Q4_1, Q5_1) 16 halves `m`; quants: for 4 and 5 bits 4 groups of 64 bytes
//! whose byte `4 row + j` carries column `8 group + j` below and `8 group + 4 + j` above; for 5 bits then 8 masks of 64
//! bits with the fifth bits of columns `4 mask + j` at `4 row + j`; for 8 bits 8 groups whose byte `4 row + j` is column
//! `4 group + j`, 128 too high. Float types are column after column of 16 values.
//!
//! A block of 256 columns of the K types holds 8 such blocks of quants after another. Scales of Q4_K and Q5_K: 16 halves
//! `d`, 16 halves `dmin`, 8 x 16 bytes of scales, 8 x 16 bytes of minima; of Q6_K: 16 halves `d`, 16 x 16 signed bytes of
//! scales. Q6_K has in place of the masks 2 x 64 bytes with bits 4 and 5 of columns `4 group + j` at byte `4 row + j`,
//! shifted by `2 (group % 4)`. Q2_K and Q3_K have 2 x 64 bytes whose byte `4 row + j` carries columns `16 half + 4 group +
//! j` at bit `2 group`, Q3_K then 8 masks with the third bits; their scales: 16 halves `d`, (Q2_K) 16 halves `dmin`, 16 x 16
//! bytes of scales, of Q2_K with the minimum above the scale. IQ4_NL lies as Q4_0. MXFP4 does too, but for its scales: 16
//! bytes with the exponents of half of each scale as a float has them, zero for what no float but a denormal holds.
//! Block formats of the source are those of ggml's `ggml-common.h`.

use super::lanes::LANES;
use super::slab::{Pages, Slab};
use crate::units::Bytes;

/// Rows of a tile: one for each lane.
pub(in crate::infer) const TILE_ROWS: usize = LANES;

/// The types with kernels of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::infer) enum Format {
    Q4_0,
    Q4_1,
    Q5_0,
    Q5_1,
    Q8_0,
    Iq4Nl,
    Mxfp4,
    Q2K,
    Q3K,
    Q4K,
    Q5K,
    Q6K,
    F16,
    Bf16,
    F32,
}

/// What the packing of one format needs to know.
struct Shape {
    /// Columns of a block.
    columns: usize,
    /// Bytes of a block of one row in the file.
    source: usize,
    /// Bytes of a block of 16 rows in the plane of scales.
    scales: usize,
    /// Bytes of a block of 16 rows in the plane of quants.
    quants: usize,
}

impl Format {
    #[cfg(test)]
    #[rustfmt::skip]
    pub const ALL: [Self; 15] = [
        Self::Q4_0, Self::Q4_1, Self::Q5_0, Self::Q5_1, Self::Q8_0, Self::Iq4Nl, Self::Mxfp4, Self::Q2K, Self::Q3K,
        Self::Q4K, Self::Q5K, Self::Q6K, Self::F16, Self::Bf16, Self::F32,
    ];

    const fn shape(self) -> Shape {
        let (columns, source, scales, quants) = match self {
            Self::Q4_0 => (32, 18, 32, 256),
            Self::Q4_1 => (32, 20, 64, 256),
            Self::Q5_0 => (32, 22, 32, 320),
            Self::Q5_1 => (32, 24, 64, 320),
            Self::Q8_0 => (32, 34, 32, 512),
            Self::Iq4Nl => (32, 18, 32, 256),
            Self::Mxfp4 => (32, 17, 16, 256),
            Self::Q2K => (256, 84, 320, 8 * 128),
            Self::Q3K => (256, 110, 288, 8 * 192),
            Self::Q4K => (256, 144, 320, 8 * 256),
            Self::Q5K => (256, 176, 320, 8 * 320),
            Self::Q6K => (256, 210, 288, 8 * 384),
            Self::F16 | Self::Bf16 => (1, 2, 0, 32),
            Self::F32 => (1, 4, 0, 64),
        };
        Shape { columns, source, scales, quants }
    }

    /// Columns of a block; rows are a multiple of it.
    pub const fn block_columns(self) -> usize {
        self.shape().columns
    }

    #[cfg(test)]
    /// Whether the kernels want activations as floats rather than in 8 bits.
    pub const fn wants_floats(self) -> bool {
        matches!(self, Self::F16 | Self::Bf16 | Self::F32)
    }

    /// Bytes of one row in the file.
    pub const fn source_row_bytes(self, columns: usize) -> usize {
        columns / self.shape().columns * self.shape().source
    }

    /// Bytes of a tile's plane of scales, filled up to a cache line.
    pub const fn scale_plane_bytes(self, columns: usize) -> usize {
        (columns / self.shape().columns * self.shape().scales).next_multiple_of(64)
    }

    /// Bytes of a tile.
    pub const fn tile_bytes(self, columns: usize) -> usize {
        let quants = columns / self.shape().columns * self.shape().quants;
        (self.scale_plane_bytes(columns) + quants).next_multiple_of(64)
    }
}

/// A packed matrix of `[rows, columns]`.
pub(in crate::infer) struct Packed {
    pub format: Format,
    pub rows: usize,
    pub columns: usize,
    pub data: Slab,
}

impl Packed {
    /// Room for matrices of these formats, rows and columns, in one piece, all zeros; `None` where there is no memory.
    pub fn zeros(shapes: &[(Format, usize, usize)]) -> Option<Vec<Self>> {
        let bytes = |&(format, rows, columns): &(Format, usize, usize)| {
            rows.div_ceil(TILE_ROWS).checked_mul(format.tile_bytes(columns))
        };
        let lengths: Vec<usize> = shapes.iter().map(bytes).collect::<Option<_>>()?;
        let packed = shapes.iter().zip(Slab::zeros(&lengths, Pages::Large)?);
        Some(packed.map(|(&(format, rows, columns), data)| Self { format, rows, columns, data }).collect())
    }

    /// Rows rounded up to whole tiles: the room a row of products takes.
    pub const fn padded_rows(&self) -> usize {
        self.rows.next_multiple_of(TILE_ROWS)
    }

    /// Size in memory.
    pub fn bytes(&self) -> Bytes {
        Bytes::new(self.data.len() as u64)
    }

    /// Tiles, the last perhaps filled up with rows of zeros.
    pub const fn tiles(&self) -> usize {
        self.rows.div_ceil(TILE_ROWS)
    }

    /// One row as floats, for the token embedding. A row beyond the matrix gives zeros.
    pub fn row(&self, row: usize, out: &mut [f32]) {
        let bytes = self.format.tile_bytes(self.columns);
        let tile = self.data.chunks_exact(bytes).nth(row / TILE_ROWS);
        match tile {
            Some(tile) => super::unpack::row(self.format, self.columns, tile, row % TILE_ROWS, out),
            None => out.fill(0.0),
        }
    }
}

/// Packs up to 16 rows as they lie in the file into one tile of zeros.
pub(in crate::infer) fn pack_tile(format: Format, columns: usize, source: &[u8], tile: &mut [u8]) {
    let shape = format.shape();
    let (scales, quants) = tile.split_at_mut(format.scale_plane_bytes(columns));
    for (row, bytes) in source.chunks_exact(format.source_row_bytes(columns)).take(TILE_ROWS).enumerate() {
        let mut scale_blocks = scales.chunks_exact_mut(shape.scales.max(1));
        let blocks = bytes.chunks_exact(shape.source).zip(quants.chunks_exact_mut(shape.quants));
        for (block, quants) in blocks {
            let no_scales: &mut [u8] = &mut [];
            let scales = if shape.scales == 0 { no_scales } else { scale_blocks.next().unwrap_or_default() };
            pack_block(format, row, block, scales, quants);
        }
    }
}

fn pack_block(format: Format, row: usize, block: &[u8], scales: &mut [u8], quants: &mut [u8]) {
    match format {
        Format::Q4_0 | Format::Iq4Nl => {
            scales[2 * row..][..2].copy_from_slice(&block[..2]);
            pack_words(row, &nibbles(&block[2..]), quants);
        }
        Format::Q4_1 => {
            scales[2 * row..][..2].copy_from_slice(&block[..2]);
            scales[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
            pack_words(row, &nibbles(&block[4..]), quants);
        }
        Format::Q5_0 => {
            scales[2 * row..][..2].copy_from_slice(&block[..2]);
            pack_fifth_bits(row, word(&block[2..], 0), quants);
            pack_words(row, &nibbles(&block[6..]), quants);
        }
        Format::Q5_1 => {
            scales[2 * row..][..2].copy_from_slice(&block[..2]);
            scales[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
            pack_fifth_bits(row, word(&block[4..], 0), quants);
            pack_words(row, &nibbles(&block[8..]), quants);
        }
        Format::Q8_0 => {
            scales[2 * row..][..2].copy_from_slice(&block[..2]);
            for (four, group) in block[2..].chunks_exact(4).zip(quants.chunks_exact_mut(64)) {
                for (from, to) in four.iter().zip(&mut group[4 * row..]) {
                    *to = from ^ 0x80;
                }
            }
        }
        Format::Mxfp4 => {
            scales[row] = block[0].saturating_sub(1);
            pack_words(row, &nibbles(&block[1..]), quants);
        }
        Format::Q2K => {
            scales[2 * row..][..2].copy_from_slice(&block[80..82]);
            scales[32 + 2 * row..][..2].copy_from_slice(&block[82..84]);
            for part in 0..16 {
                scales[64 + 16 * part + row] = block[part];
            }
            for part in 0..8 {
                pack_two_bits(row, part, &block[16..80], &mut quants[128 * part..]);
            }
        }
        Format::Q3K => pack_q3k(row, block, scales, quants),
        Format::Q4K | Format::Q5K => pack_k(format, row, block, scales, quants),
        Format::Q6K => pack_q6k(row, block, scales, quants),
        Format::F16 | Format::Bf16 => quants[2 * row..][..2].copy_from_slice(block),
        Format::F32 => quants[4 * row..][..4].copy_from_slice(block),
    }
}

/// Four neighbouring bytes.
fn word(bytes: &[u8], index: usize) -> u32 {
    let bytes = &bytes[4 * index..4 * index + 4];
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// The low four bits of each byte.
const fn low(word: u32) -> u32 {
    word & 0x0f0f_0f0f
}

/// 32 values of 4 bits in 16 bytes, byte `j` with column `j` below and `16 + j` above, four columns to a word.
fn nibbles(source: &[u8]) -> [u32; 8] {
    std::array::from_fn(|i| if i < 4 { low(word(source, i)) } else { low(word(source, i - 4) >> 4) })
}

/// The low four bits of 32 columns, four to a word.
fn pack_words(row: usize, words: &[u32; 8], quants: &mut [u8]) {
    for group in 0..4 {
        let both = low(words[2 * group]) | low(words[2 * group + 1]) << 4;
        quants[64 * group + 4 * row..][..4].copy_from_slice(&both.to_le_bytes());
    }
}

/// The fifth bits of 32 columns, after the 256 bytes of nibbles.
fn pack_fifth_bits(row: usize, bits: u32, quants: &mut [u8]) {
    pack_masks(row, bits, &mut quants[256..]);
}

/// One bit of each of 32 columns as 8 masks.
fn pack_masks(row: usize, bits: u32, masks: &mut [u8]) {
    for mask in 0..8 {
        // Two rows share a byte of each mask; the tile was zero before.
        let four = (bits >> (4 * mask) & 15) as u8;
        masks[8 * mask + row / 2] |= four << (4 * (row % 2));
    }
}

/// Scale and minimum of part `part` (0 to 7) from the 12 bytes of Q4_K and Q5_K, 6 bits each.
fn six_bits(part: usize, packed: &[u8]) -> (u8, u8) {
    if part < 4 {
        return (packed[part] & 63, packed[part + 4] & 63);
    }
    let (low, high) = (packed[part + 4], (packed[part - 4] >> 6, packed[part] >> 6));
    (low & 15 | high.0 << 4, low >> 4 | high.1 << 4)
}

fn pack_k(format: Format, row: usize, block: &[u8], scales: &mut [u8], quants: &mut [u8]) {
    scales[2 * row..][..2].copy_from_slice(&block[..2]);
    scales[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
    let five = format == Format::Q5K;
    let (high_bits, values) = if five { block[16..].split_at(32) } else { block[16..].split_at(0) };
    for part in 0..8 {
        let (scale, minimum) = six_bits(part, &block[4..16]);
        scales[64 + 16 * part + row] = scale;
        scales[192 + 16 * part + row] = minimum;
        let quants = &mut quants[part * if five { 320 } else { 256 }..];
        // Two parts share 32 bytes, the even one below.
        let source = &values[32 * (part / 2)..];
        let words: [u32; 8] = std::array::from_fn(|i| word(source, i) >> (4 * (part % 2)));
        pack_words(row, &words, quants);
        if five {
            let bits = (0..32).fold(0, |bits, j| bits | u32::from(high_bits[j] >> part & 1) << j);
            pack_fifth_bits(row, bits, quants);
        }
    }
}

/// The 32 columns of a part of Q2_K or Q3_K: parts 0 to 3 share the first 32 bytes, two bits each, 4 to 7 the next.
fn pack_two_bits(row: usize, part: usize, source: &[u8], quants: &mut [u8]) {
    let source = &source[32 * (part / 4)..];
    for half in 0..2 {
        let groups =
            (0..4).map(|group| (word(source, 4 * half + group) >> (2 * (part % 4)) & 0x0303_0303) << (2 * group));
        let joined = groups.fold(0, |joined, group| joined | group);
        quants[64 * half + 4 * row..][..4].copy_from_slice(&joined.to_le_bytes());
    }
}

fn pack_q3k(row: usize, block: &[u8], scales: &mut [u8], quants: &mut [u8]) {
    let (high_bits, values, packed) = (&block[..32], &block[32..96], &block[96..108]);
    scales[2 * row..][..2].copy_from_slice(&block[108..110]);
    for part in 0..16 {
        // Four bits in the first 8 bytes, two more in the last 4; 32 too high.
        let low = packed[part % 8] >> (4 * (part / 8)) & 15;
        let high = packed[8 + part % 4] >> (2 * (part / 4)) & 3;
        scales[32 + 16 * part + row] = (low | high << 4).wrapping_sub(32);
    }
    for part in 0..8 {
        let quants = &mut quants[192 * part..];
        pack_two_bits(row, part, values, quants);
        let bits = (0..32).fold(0, |bits, j| bits | u32::from(high_bits[j] >> part & 1) << j);
        pack_masks(row, bits, &mut quants[128..]);
    }
}

fn pack_q6k(row: usize, block: &[u8], scales: &mut [u8], quants: &mut [u8]) {
    scales[2 * row..][..2].copy_from_slice(&block[208..210]);
    for part in 0..16 {
        scales[32 + 16 * part + row] = block[192 + part];
    }
    for part in 0..8 {
        // Parts 0 to 3 share 64 bytes of low and 32 bytes of high bits; parts 4 to 7 the next.
        let (half, within) = (part / 4, part % 4);
        let (lows, highs) = (&block[64 * half + 32 * (within % 2)..], &block[128 + 32 * half..]);
        let quants = &mut quants[384 * part..];
        let words: [u32; 8] = std::array::from_fn(|i| word(lows, i) >> (4 * (within / 2)));
        pack_words(row, &words, quants);
        for group in 0..8 {
            let two = word(highs, group) >> (2 * within) & 0x0303_0303;
            let at = 256 + 64 * (group / 4) + 4 * row;
            let bytes = (two << (2 * (group % 4))).to_le_bytes();
            quants[at..at + 4].iter_mut().zip(bytes).for_each(|(to, from)| *to |= from);
        }
    }
}
