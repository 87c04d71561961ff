//! Weights as the kernels want them: tiles of 16 rows, interleaved so that one load brings 4 weights of each row, in
//! as many bytes as the file uses.
//!
//! A tile is block after block along the row, each its scales and then its quants, in the order in which they are used: a
//! processor fetches ahead of one stream that only grows, but hardly of two side by side, or of one that goes back. Of
//! Q4_0 one thread goes through 28 GB/s so, of the 29 it reads at all; with all scales of a tile before all its quants it
//! was 11, and 21 where software asked for them ahead (EPYC 9004 in a virtual machine, large pages, 2026-11).
//!
//! A block of 32 columns begins with 16 halves `d`, then (Q4_1, Q5_1) 16 halves `m`. Quants: for 5 bits 8 masks of 64 bits
//! with the fifth bits of columns `4 mask + j` at `4 row + j`; for 4 and 5 bits then 4 groups of 64 bytes whose byte
//! `4 row + j` carries column `8 group + j` below and `8 group + 4 + j` above; for 8 bits 8 groups whose byte `4 row + j`
//! is column `4 group + j`, 128 too high. IQ4_NL lies as Q4_0. MXFP4 does too, but for its scales: 16 bytes with the
//! exponents of half of each scale as a float has them, zero for what no float but a denormal holds. Float types are
//! column after column of 16 values.
//!
//! A block of 256 columns of the K types begins with 16 halves `d`, then (Q2_K, Q4_K, Q5_K) 16 halves `dmin`; 8 parts of 32
//! columns follow, each 32 bytes of scales and its quants. The scales of Q4_K and Q5_K: 16 scales, 16 minima; of Q3_K and
//! Q6_K: 16 signed scales for each half of the part; of Q2_K the same with the minimum above the scale. The quants of Q4_K
//! and Q5_K are those of 4 and 5 bits. Q6_K has for each half 64 bytes with bits 4 and 5 of columns `4 group + j` at byte
//! `4 row + j`, shifted by `2 (group % 4)`, and then two groups of 4 bits. Q2_K and Q3_K have (Q3_K only) 8 masks with the
//! third bits, and 2 x 64 bytes whose byte `4 row + j` carries columns `16 half + 4 group + j` at bit `2 group`.
//!
//! Block formats of the source are those of ggml's `ggml-common.h`.

use super::lanes::LANES;
use super::slab::{Pages, Slab};
use crate::units::Bytes;

/// Bytes of the masks with one bit of each of 32 columns.
pub(super) const MASKS: usize = 64;
/// Bytes of the scales of a part of a K type.
pub(super) const PART_SCALES: usize = 32;

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
    /// Bytes of what begins a block of 16 rows: the scales of whole blocks.
    head: usize,
    /// Bytes of the rest.
    body: usize,
}

impl Format {
    #[cfg(test)]
    #[rustfmt::skip]
    pub const ALL: [Self; 15] = [
        Self::Q4_0, Self::Q4_1, Self::Q5_0, Self::Q5_1, Self::Q8_0, Self::Iq4Nl, Self::Mxfp4, Self::Q2K, Self::Q3K,
        Self::Q4K, Self::Q5K, Self::Q6K, Self::F16, Self::Bf16, Self::F32,
    ];

    const fn shape(self) -> Shape {
        let (columns, source, head, body) = match self {
            Self::Q4_0 => (32, 18, 32, 256),
            Self::Q4_1 => (32, 20, 64, 256),
            Self::Q5_0 => (32, 22, 32, 320),
            Self::Q5_1 => (32, 24, 64, 320),
            Self::Q8_0 => (32, 34, 32, 512),
            Self::Iq4Nl => (32, 18, 32, 256),
            Self::Mxfp4 => (32, 17, 16, 256),
            Self::Q2K => (256, 84, 64, 8 * 160),
            Self::Q3K => (256, 110, 32, 8 * 224),
            Self::Q4K => (256, 144, 64, 8 * 288),
            Self::Q5K => (256, 176, 64, 8 * 352),
            Self::Q6K => (256, 210, 32, 8 * 416),
            Self::F16 | Self::Bf16 => (1, 2, 0, 32),
            Self::F32 => (1, 4, 0, 64),
        };
        Shape { columns, source, head, body }
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

    /// Bytes of the scales that begin a block of 16 rows.
    pub const fn head_bytes(self) -> usize {
        self.shape().head
    }

    /// Bytes of a block of 16 rows.
    pub const fn block_bytes(self) -> usize {
        self.shape().head + self.shape().body
    }

    /// Bytes of a tile, filled up to a cache line.
    pub const fn tile_bytes(self, columns: usize) -> usize {
        (columns / self.shape().columns * self.block_bytes()).next_multiple_of(64)
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
            Some(tile) => super::unpack::row(self.format, tile, row % TILE_ROWS, out),
            None => out.fill(0.0),
        }
    }
}

/// Packs up to 16 rows as they lie in the file into one tile of zeros.
pub(in crate::infer) fn pack_tile(format: Format, columns: usize, source: &[u8], tile: &mut [u8]) {
    for (row, bytes) in source.chunks_exact(format.source_row_bytes(columns)).take(TILE_ROWS).enumerate() {
        let blocks = bytes.chunks_exact(format.shape().source).zip(tile.chunks_exact_mut(format.block_bytes()));
        for (block, packed) in blocks {
            let (head, body) = packed.split_at_mut(format.head_bytes());
            pack_block(format, row, block, head, body);
        }
    }
}

fn pack_block(format: Format, row: usize, block: &[u8], head: &mut [u8], body: &mut [u8]) {
    match format {
        Format::Q4_0 | Format::Iq4Nl => {
            head[2 * row..][..2].copy_from_slice(&block[..2]);
            pack_words(row, &nibbles(&block[2..]), body);
        }
        Format::Q4_1 => {
            head[2 * row..][..2].copy_from_slice(&block[..2]);
            head[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
            pack_words(row, &nibbles(&block[4..]), body);
        }
        Format::Q5_0 => {
            head[2 * row..][..2].copy_from_slice(&block[..2]);
            pack_masks(row, word(&block[2..], 0), body);
            pack_words(row, &nibbles(&block[6..]), &mut body[MASKS..]);
        }
        Format::Q5_1 => {
            head[2 * row..][..2].copy_from_slice(&block[..2]);
            head[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
            pack_masks(row, word(&block[4..], 0), body);
            pack_words(row, &nibbles(&block[8..]), &mut body[MASKS..]);
        }
        Format::Q8_0 => {
            head[2 * row..][..2].copy_from_slice(&block[..2]);
            for (four, group) in block[2..].chunks_exact(4).zip(body.chunks_exact_mut(64)) {
                for (from, to) in four.iter().zip(&mut group[4 * row..]) {
                    *to = from ^ 0x80;
                }
            }
        }
        Format::Mxfp4 => {
            head[row] = block[0].saturating_sub(1);
            pack_words(row, &nibbles(&block[1..]), body);
        }
        Format::Q2K => pack_q2k(row, block, head, body),
        Format::Q3K => pack_q3k(row, block, head, body),
        Format::Q4K | Format::Q5K => pack_k(format, row, block, head, body),
        Format::Q6K => pack_q6k(row, block, head, body),
        Format::F16 | Format::Bf16 => body[2 * row..][..2].copy_from_slice(block),
        Format::F32 => body[4 * row..][..4].copy_from_slice(block),
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

/// The low four bits of columns, four to a word, two words to a group.
fn pack_words(row: usize, words: &[u32], quants: &mut [u8]) {
    for (two, group) in words.chunks_exact(2).zip(quants.chunks_exact_mut(64)) {
        let both = low(two[0]) | low(two[1]) << 4;
        group[4 * row..][..4].copy_from_slice(&both.to_le_bytes());
    }
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

/// The 8 parts of a block of a K type, each with so many bytes of quants: their scales, and their quants.
fn parts(body: &mut [u8], quants: usize) -> impl Iterator<Item = (&mut [u8], &mut [u8])> {
    body.chunks_exact_mut(PART_SCALES + quants).map(|part| part.split_at_mut(PART_SCALES))
}

fn pack_k(format: Format, row: usize, block: &[u8], head: &mut [u8], body: &mut [u8]) {
    head[2 * row..][..2].copy_from_slice(&block[..2]);
    head[32 + 2 * row..][..2].copy_from_slice(&block[2..4]);
    let masks = if format == Format::Q5K { MASKS } else { 0 };
    let (high_bits, values) = block[16..].split_at(masks / 2);
    for (part, (scales, quants)) in parts(body, masks + 256).enumerate() {
        (scales[row], scales[16 + row]) = six_bits(part, &block[4..16]);
        // Two parts share 32 bytes, the even one below.
        let source = &values[32 * (part / 2)..];
        let words: [u32; 8] = std::array::from_fn(|i| word(source, i) >> (4 * (part % 2)));
        pack_words(row, &words, &mut quants[masks..]);
        if masks > 0 {
            pack_masks(row, bits_of(part, high_bits), quants);
        }
    }
}

/// Bit `part` of each of 32 bytes.
fn bits_of(part: usize, bytes: &[u8]) -> u32 {
    (0..32).fold(0, |bits, j| bits | u32::from(bytes[j] >> part & 1) << j)
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

fn pack_q2k(row: usize, block: &[u8], head: &mut [u8], body: &mut [u8]) {
    head[2 * row..][..2].copy_from_slice(&block[80..82]);
    head[32 + 2 * row..][..2].copy_from_slice(&block[82..84]);
    for (part, (scales, quants)) in parts(body, 128).enumerate() {
        (scales[row], scales[16 + row]) = (block[2 * part], block[2 * part + 1]);
        pack_two_bits(row, part, &block[16..80], quants);
    }
}

fn pack_q3k(row: usize, block: &[u8], head: &mut [u8], body: &mut [u8]) {
    let (high_bits, values, packed) = (&block[..32], &block[32..96], &block[96..108]);
    head[2 * row..][..2].copy_from_slice(&block[108..110]);
    for (part, (scales, quants)) in parts(body, MASKS + 128).enumerate() {
        for half in 0..2 {
            // Four bits in the first 8 bytes, two more in the last 4; 32 too high.
            let at = 2 * part + half;
            let low = packed[at % 8] >> (4 * (at / 8)) & 15;
            let high = packed[8 + at % 4] >> (2 * (at / 4)) & 3;
            scales[16 * half + row] = (low | high << 4).wrapping_sub(32);
        }
        pack_masks(row, bits_of(part, high_bits), quants);
        pack_two_bits(row, part, values, &mut quants[MASKS..]);
    }
}

fn pack_q6k(row: usize, block: &[u8], head: &mut [u8], body: &mut [u8]) {
    head[2 * row..][..2].copy_from_slice(&block[208..210]);
    for (part, (scales, quants)) in parts(body, 384).enumerate() {
        // Parts 0 to 3 share 64 bytes of low and 32 bytes of high bits; parts 4 to 7 the next.
        let (of, within) = (part / 4, part % 4);
        let (lows, highs) = (&block[64 * of + 32 * (within % 2)..], &block[128 + 32 * of..]);
        for (half, quants) in quants.chunks_exact_mut(192).enumerate() {
            scales[16 * half + row] = block[192 + 2 * part + half];
            let (bits, nibbles) = quants.split_at_mut(64);
            let four = |group: usize| word(lows, 4 * half + group) >> (4 * (within / 2));
            let two = |group: usize| (word(highs, 4 * half + group) >> (2 * within) & 0x0303_0303) << (2 * group);
            bits[4 * row..][..4].copy_from_slice(&(0..4).fold(0, |bits, group| bits | two(group)).to_le_bytes());
            pack_words(row, &[four(0), four(1), four(2), four(3)], nibbles);
        }
    }
}
