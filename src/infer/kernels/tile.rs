//! The products of weights and activations: 16 rows of weights with some rows of activations at a time.
//!
//! Activations are 8-bit integers with one scale per 32 values (the same rounding llama.cpp makes), so a block's
//! products are whole numbers and are scaled once: w.a = d da (sum of q qa) + m da (sum of qa), where a format whose
//! values stand z too high has m = -z d.

use super::dots::Dots;
use super::pack::{Format, MASKS};
use super::tile_k::{k_blocks, q2k_blocks, q3k_blocks, q6k_blocks};

/// The most rows of activations one pass takes, in any tier.
pub(super) const MOST_ROWS: usize = 12;
/// Bytes of a block of 32 activations of one row in a panel: see [`Panel`].
pub(super) const RECORD: usize = 48;

/// Some rows of activations, in 8 bits and as floats.
///
/// In 8 bits they lie block by block of 32 columns, so that one pointer and constant distances reach everything. A block
/// of a panel of `M` rows holds `M` x 32 bytes (the values over their scale, in -127..=127), then floats: `M` scales,
/// `M` times scale x sum of the bytes, `M` times scale x sum of the first 16 bytes; then `M` times -128 x sum of the bytes
/// as an integer.
#[derive(Clone, Copy)]
pub(super) struct Panel {
    pub records: *const u8,
    /// Rows of floats.
    pub floats: *const f32,
    /// From one row of floats to the next.
    pub stride: usize,
}

/// One block of a panel of `M` rows.
#[derive(Clone, Copy)]
pub(super) struct Block<const M: usize>(*const u8);

impl<const M: usize> Block<M> {
    #[inline(always)]
    pub unsafe fn of(panel: &Panel, block: usize) -> Self {
        unsafe { Self(panel.records.add(block * RECORD * M)) }
    }
    #[inline(always)]
    pub unsafe fn bytes(self, row: usize, column: usize) -> *const i8 {
        unsafe { self.0.add(32 * row + column).cast() }
    }
    #[inline(always)]
    pub unsafe fn scale(self, row: usize) -> *const f32 {
        unsafe { self.0.add(32 * M + 4 * row).cast() }
    }
    /// Scale x sum.
    #[inline(always)]
    pub unsafe fn sum(self, row: usize) -> *const f32 {
        unsafe { self.0.add(36 * M + 4 * row).cast() }
    }
    /// Scale x sum of the first half.
    #[inline(always)]
    pub unsafe fn first_sum(self, row: usize) -> *const f32 {
        unsafe { self.0.add(40 * M + 4 * row).cast() }
    }
    /// -128 x sum of the bytes: where products with weights that stand 128 too high begin.
    #[inline(always)]
    pub unsafe fn bias(self, row: usize) -> *const i32 {
        unsafe { self.0.add(44 * M + 4 * row).cast() }
    }
}

/// 16 packed rows.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub format: Format,
    pub columns: usize,
    /// Block after block, each its scales and then its quants.
    pub blocks: *const u8,
}

/// Products of a tile with the `M` rows of a panel, to `out` of `[M, 16]`.
///
/// # Safety
/// The tile and the panel must be as long as `columns` says, and the processor must have the tier's features.
#[inline(always)]
pub(super) unsafe fn products<D: Dots, const M: usize>(tile: &Tile, panel: &Panel, out: *mut f32) {
    unsafe {
        for part in 0..D::PARTS {
            let out = out.add(part * 16 / D::PARTS);
            match tile.format {
                Format::Q4_0 => blocks_of_32::<D, Q4_0, M>(tile, panel, part, out),
                Format::Q4_1 => blocks_of_32::<D, Q4_1, M>(tile, panel, part, out),
                Format::Q5_0 => blocks_of_32::<D, Q5_0, M>(tile, panel, part, out),
                Format::Q5_1 => blocks_of_32::<D, Q5_1, M>(tile, panel, part, out),
                Format::Q8_0 => bytes_of_32::<D, Q8_0, M>(tile, panel, part, out),
                Format::Iq4Nl => bytes_of_32::<D, Iq4Nl, M>(tile, panel, part, out),
                Format::Mxfp4 => bytes_of_32::<D, Mxfp4, M>(tile, panel, part, out),
                Format::Q2K => q2k_blocks::<D, M>(tile, panel, part, out),
                Format::Q3K => q3k_blocks::<D, M>(tile, panel, part, out),
                Format::Q4K => k_blocks::<D, 4, M>(tile, panel, part, out),
                Format::Q5K => k_blocks::<D, 5, M>(tile, panel, part, out),
                Format::Q6K => q6k_blocks::<D, M>(tile, panel, part, out),
                Format::F16 => floats::<D, 2, M>(tile, panel, part, out),
                Format::Bf16 => floats::<D, 3, M>(tile, panel, part, out),
                Format::F32 => floats::<D, 4, M>(tile, panel, part, out),
            }
        }
    }
}

/// What one of the formats with 32 columns to a block has.
trait Kind {
    const BITS: usize;
    /// Values stand that much too high; unless each block has a minimum of its own.
    const ZERO: f32 = 0.0;
    const MINIMUM: bool = false;
    /// What the four bits stand for, 128 too high.
    const TABLE: Option<[u8; 16]> = None;
    /// Bytes of a block's scales.
    const SCALES: usize = 32;
}

/// Declares the formats.
macro_rules! kinds {
    ($($name:ident { $($constant:tt)* })+) => {
        $(struct $name; impl Kind for $name { $($constant)* })+
    };
}

kinds! {
    Q4_0 { const BITS: usize = 4; const ZERO: f32 = 8.0; }
    Q4_1 { const BITS: usize = 4; const MINIMUM: bool = true; const SCALES: usize = 64; }
    Q5_0 { const BITS: usize = 5; const ZERO: f32 = 16.0; }
    Q5_1 { const BITS: usize = 5; const MINIMUM: bool = true; const SCALES: usize = 64; }
    Q8_0 { const BITS: usize = 8; }
    Iq4Nl { const BITS: usize = 4; const TABLE: Option<[u8; 16]> = Some(IQ4_NL); }
    Mxfp4 { const BITS: usize = 4; const TABLE: Option<[u8; 16]> = Some(MXFP4); const SCALES: usize = 16; }
}

/// ggml's `kvalues_iq4nl`, 128 higher.
pub(super) const IQ4_NL: [u8; 16] = [1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241];
/// Twice the values of FP4 (E2M1), ggml's `kvalues_mxfp4`, 128 higher.
pub(super) const MXFP4: [u8; 16] = [128, 129, 130, 131, 132, 134, 136, 140, 128, 127, 126, 125, 124, 122, 120, 116];

/// Types of 4 and 5 bits.
#[inline(always)]
unsafe fn blocks_of_32<D: Dots, K: Kind, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        for block in 0..tile.columns / 32 {
            let start = tile.blocks.add(block * (K::SCALES + 64 * K::BITS));
            let (scales, quants) = (start.add(part * 32 / D::PARTS), start.add(K::SCALES));
            let activations = Block::<M>::of(panel, block);
            let sums = dots_of_32::<D, M>(K::BITS, quants, part, activations);
            let d = D::halves(scales.cast());
            let minimum = if K::MINIMUM { D::halves(scales.add(32).cast()) } else { D::mul(d, D::splat(-K::ZERO)) };
            for m in 0..M {
                totals[m] = D::fma(D::to_f(sums[m]), D::mul_by(d, activations.scale(m)), totals[m]);
                totals[m] = D::fma_by(minimum, activations.sum(m), totals[m]);
            }
        }
        store::<D, M>(&totals, out);
    }
}

/// The products of a block of 32 columns of 4 or 5 bits.
#[inline(always)]
pub(super) unsafe fn dots_of_32<D: Dots, const M: usize>(
    bits: usize,
    quants: *const u8,
    part: usize,
    activations: Block<M>,
) -> [D::I; M] {
    unsafe {
        let mut sums = [D::zero(); M];
        // Pairs of groups whose products fit a short sum.
        let (pairs, masks) = if bits == 4 { (4, 0) } else { (2, MASKS) };
        for begin in 0..4 / pairs {
            let mut shorts = begun::<D, M>(&sums);
            for pair in begin * pairs..(begin + 1) * pairs {
                let both = D::load_w(quants.add(masks + 64 * pair + part * 64 / D::PARTS));
                let (mut first, mut second) = (D::low(both), D::high(both));
                if bits == 5 {
                    let fifth = quants.add(16 * pair + part * 8 / D::PARTS);
                    first = D::add_where::<16>(first, fifth);
                    second = D::add_where::<16>(second, fifth.add(8));
                }
                for m in 0..M {
                    shorts[m] = D::dot(shorts[m], first, activations.bytes(m, 8 * pair));
                    shorts[m] = D::dot(shorts[m], second, activations.bytes(m, 8 * pair + 4));
                }
            }
            for m in 0..M {
                sums[m] = D::end(sums[m], shorts[m]);
            }
        }
        sums
    }
}

/// Types whose weights are whole bytes 128 too high, as they lie or out of a table.
#[inline(always)]
unsafe fn bytes_of_32<D: Dots, K: Kind, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        for block in 0..tile.columns / 32 {
            let start = tile.blocks.add(block * (K::SCALES + 64 * K::BITS));
            let (scales, quants) =
                (start.add(part * K::SCALES / D::PARTS), start.add(K::SCALES + part * 64 / D::PARTS));
            let activations = Block::<M>::of(panel, block);
            let mut sums = [D::zero(); M];
            if D::KEEPS_BIAS {
                for m in 0..M {
                    sums[m] = D::all(activations.bias(m));
                }
            }
            for pair in 0..4 {
                let (first, second) = match &K::TABLE {
                    None => (D::load_w(quants.add(128 * pair)), D::load_w(quants.add(128 * pair + 64))),
                    Some(table) => {
                        let both = D::load_w(quants.add(64 * pair));
                        (D::look_up(table, D::low(both)), D::look_up(table, D::high(both)))
                    }
                };
                for m in 0..M {
                    sums[m] = D::dot_high(sums[m], first, activations.bytes(m, 8 * pair));
                    sums[m] = D::dot_high(sums[m], second, activations.bytes(m, 8 * pair + 4));
                }
            }
            // A plane of 16 bytes holds exponents in place of halves.
            let d = if K::SCALES == 16 { D::powers(scales) } else { D::halves(scales.cast()) };
            for m in 0..M {
                totals[m] = D::fma(D::to_f(sums[m]), D::mul_by(d, activations.scale(m)), totals[m]);
            }
        }
        store::<D, M>(&totals, out);
    }
}

/// Float types; `KIND` is 2 for F16, 3 for BF16, 4 for F32.
#[inline(always)]
unsafe fn floats<D: Dots, const KIND: usize, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        let width = if KIND == 4 { 64 } else { 32 };
        let values = tile.blocks.add(part * width / D::PARTS);
        for column in 0..tile.columns {
            let at = values.add(width * column);
            let weights = match KIND {
                2 => D::halves(at.cast()),
                3 => D::brain_halves(at.cast()),
                _ => D::load(at.cast()),
            };
            for m in 0..M {
                totals[m] = D::fma_by(weights, panel.floats.add(m * panel.stride + column), totals[m]);
            }
        }
        store::<D, M>(&totals, out);
    }
}

// Loops in place of closures: a closure may end up in a function of its own, without the tier's instructions.

/// A collection of products for each row.
#[inline(always)]
unsafe fn begun<D: Dots, const M: usize>(sums: &[D::I; M]) -> [D::Short; M] {
    unsafe {
        let mut shorts = [D::begin(D::zero()); M];
        for m in 0..M {
            shorts[m] = D::begin(sums[m]);
        }
        shorts
    }
}

/// Each row's totals to its 16 places.
#[inline(always)]
pub(super) unsafe fn store<D: Dots, const M: usize>(totals: &[D::F; M], out: *mut f32) {
    for m in 0..M {
        unsafe { D::store(out.add(16 * m), totals[m]) }
    }
}
