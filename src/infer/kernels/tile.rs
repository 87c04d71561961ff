//! The products of weights and activations: 16 rows of weights with up to 12 rows of activations at a time.
//!
//! Activations are 8-bit integers with one scale per 32 values (the same rounding llama.cpp makes), so a block's
//! products are whole numbers and are scaled once: w.a = d da (sum of q qa - zero * sum of qa) + m da (sum of qa).

use super::lanes::Lanes;
use super::pack::Format;

/// The most rows of activations one pass takes, in any tier.
pub(super) const MOST_ROWS: usize = 12;

/// One row of activations.
#[derive(Clone, Copy)]
pub(super) struct Row {
    /// The values.
    pub floats: *const f32,
    /// The values over their block's scale, in -127..=127.
    pub bytes: *const i8,
    /// Each block's scale.
    pub scales: *const f32,
    /// Each block's sum of bytes.
    pub sums: *const i32,
    /// Of which by the first half of the block.
    pub first_sums: *const i32,
}

/// 16 packed rows.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    pub format: Format,
    pub columns: usize,
    pub scales: *const u8,
    pub quants: *const u8,
}

/// Products of a tile with the first `M` of `rows`; row `r` goes to `out[r]`.
///
/// # Safety
/// The tile and the rows must be as long as `columns` says, and the processor must have the tier's features.
#[inline(always)]
pub(super) unsafe fn products<L: Lanes, const M: usize>(
    tile: &Tile,
    rows: &[Row; MOST_ROWS],
    out: &mut [L::F; MOST_ROWS],
) {
    unsafe {
        match tile.format {
            Format::Q4_0 => blocks_of_32::<L, 4, 8, false, M>(tile, rows, out),
            Format::Q4_1 => blocks_of_32::<L, 4, 0, true, M>(tile, rows, out),
            Format::Q5_0 => blocks_of_32::<L, 5, 16, false, M>(tile, rows, out),
            Format::Q5_1 => blocks_of_32::<L, 5, 0, true, M>(tile, rows, out),
            Format::Q8_0 => blocks_of_32::<L, 8, 128, false, M>(tile, rows, out),
            Format::Q4K => k_blocks::<L, 4, M>(tile, rows, out),
            Format::Q5K => k_blocks::<L, 5, M>(tile, rows, out),
            Format::Q6K => q6k_blocks::<L, M>(tile, rows, out),
            Format::F16 => floats::<L, 2, M>(tile, rows, out),
            Format::Bf16 => floats::<L, 3, M>(tile, rows, out),
            Format::F32 => floats::<L, 4, M>(tile, rows, out),
        }
    }
}

/// Types of `BITS` bits that stand `ZERO` too high, with a minimum of their own where `MINIMUM`.
#[inline(always)]
unsafe fn blocks_of_32<L: Lanes, const BITS: usize, const ZERO: i32, const MINIMUM: bool, const M: usize>(
    tile: &Tile,
    rows: &[Row; MOST_ROWS],
    out: &mut [L::F; MOST_ROWS],
) {
    unsafe {
        let zero = L::splat(0.0);
        let mut totals = [zero; M];
        let (mut scales, mut quants) = (tile.scales, tile.quants);
        for block in 0..tile.columns / 32 {
            let mut sums = [L::splat_i(0); M];
            for m in 0..M {
                let activations = *rows[m].sums.add(block);
                sums[m] = if BITS == 8 { L::biased_start(activations) } else { L::splat_i(-ZERO * activations) };
            }
            for pair in 0..4 {
                let (first, second);
                if BITS == 8 {
                    first = L::load_w(quants.add(128 * pair));
                    second = L::load_w(quants.add(128 * pair + 64));
                } else {
                    let both = L::load_w(quants.add(64 * pair));
                    let (low, high) = (L::low(both), L::high(both));
                    if BITS == 5 {
                        first = L::add_where::<16>(low, quants.add(256 + 16 * pair));
                        second = L::add_where::<16>(high, quants.add(256 + 16 * pair + 8));
                    } else {
                        (first, second) = (low, high);
                    }
                }
                for m in 0..M {
                    let bytes = rows[m].bytes.add(32 * block + 8 * pair);
                    if BITS == 8 {
                        sums[m] = L::dot_biased(sums[m], first, bytes);
                        sums[m] = L::dot_biased(sums[m], second, bytes.add(4));
                    } else {
                        sums[m] = L::dot(sums[m], first, bytes);
                        sums[m] = L::dot(sums[m], second, bytes.add(4));
                    }
                }
            }
            let d = L::load_f16(scales.cast());
            let minimum = if MINIMUM { L::load_f16(scales.add(32).cast()) } else { zero };
            for m in 0..M {
                let scale = *rows[m].scales.add(block);
                totals[m] = L::fma(L::to_f(sums[m]), L::mul(d, L::splat(scale)), totals[m]);
                if MINIMUM {
                    let activations = L::splat(scale * *rows[m].sums.add(block) as f32);
                    totals[m] = L::fma(minimum, activations, totals[m]);
                }
            }
            scales = scales.add(if MINIMUM { 64 } else { 32 });
            quants = quants.add(if BITS == 8 { 512 } else { 64 * BITS });
        }
        out[..M].copy_from_slice(&totals);
    }
}

/// Q4_K and Q5_K: blocks of 256 with a scale and a minimum of 6 bits for each 32.
#[inline(always)]
unsafe fn k_blocks<L: Lanes, const BITS: usize, const M: usize>(
    tile: &Tile,
    rows: &[Row; MOST_ROWS],
    out: &mut [L::F; MOST_ROWS],
) {
    unsafe {
        let mut totals = [L::splat(0.0); M];
        let mut quants = tile.quants;
        for block in 0..tile.columns / 32 {
            let part = block % 8;
            let scales = tile.scales.add(block / 8 * 320);
            let mut sums = [L::splat_i(0); M];
            for pair in 0..4 {
                let both = L::load_w(quants.add(64 * pair));
                let (mut first, mut second) = (L::low(both), L::high(both));
                if BITS == 5 {
                    first = L::add_where::<16>(first, quants.add(256 + 16 * pair));
                    second = L::add_where::<16>(second, quants.add(256 + 16 * pair + 8));
                }
                for m in 0..M {
                    let bytes = rows[m].bytes.add(32 * block + 8 * pair);
                    sums[m] = L::dot(L::dot(sums[m], first, bytes), second, bytes.add(4));
                }
            }
            let d = L::mul(L::load_f16(scales.cast()), L::load_u8(scales.add(64 + 16 * part)));
            let minimum = L::mul(L::load_f16(scales.add(32).cast()), L::load_u8(scales.add(192 + 16 * part)));
            for m in 0..M {
                let scale = *rows[m].scales.add(block);
                totals[m] = L::fma(L::to_f(sums[m]), L::mul(d, L::splat(scale)), totals[m]);
                let activations = L::splat(-scale * *rows[m].sums.add(block) as f32);
                totals[m] = L::fma(minimum, activations, totals[m]);
            }
            quants = quants.add(64 * BITS);
        }
        out[..M].copy_from_slice(&totals);
    }
}

/// Q6_K: blocks of 256 with a signed scale for each 16; quants stand 32 too high.
#[inline(always)]
unsafe fn q6k_blocks<L: Lanes, const M: usize>(tile: &Tile, rows: &[Row; MOST_ROWS], out: &mut [L::F; MOST_ROWS]) {
    unsafe {
        let mut totals = [L::splat(0.0); M];
        let mut quants = tile.quants;
        for block in 0..tile.columns / 32 {
            let scales = tile.scales.add(block / 8 * 288);
            for half in 0..2 {
                let mut sums = [L::splat_i(0); M];
                for m in 0..M {
                    let first = *rows[m].first_sums.add(block);
                    let activations = if half == 0 { first } else { *rows[m].sums.add(block) - first };
                    sums[m] = L::splat_i(-32 * activations);
                }
                let bits = L::load_w(quants.add(256 + 64 * half));
                for pair in 0..2 {
                    let both = L::load_w(quants.add(64 * (2 * half + pair)));
                    let (low, high) = (L::low(both), L::high(both));
                    let (first, second) = match pair {
                        0 => (L::join_two::<0>(low, bits), L::join_two::<2>(high, bits)),
                        _ => (L::join_two::<4>(low, bits), L::join_two::<6>(high, bits)),
                    };
                    for m in 0..M {
                        let bytes = rows[m].bytes.add(32 * block + 16 * half + 8 * pair);
                        sums[m] = L::dot(L::dot(sums[m], first, bytes), second, bytes.add(4));
                    }
                }
                let scale = L::load_i8(scales.add(32 + 16 * (2 * (block % 8) + half)).cast());
                let d = L::mul(L::load_f16(scales.cast()), scale);
                for m in 0..M {
                    let scale = L::splat(*rows[m].scales.add(block));
                    totals[m] = L::fma(L::to_f(sums[m]), L::mul(d, scale), totals[m]);
                }
            }
            quants = quants.add(384);
        }
        out[..M].copy_from_slice(&totals);
    }
}

/// Float types; `KIND` is 2 for F16, 3 for BF16, 4 for F32.
#[inline(always)]
unsafe fn floats<L: Lanes, const KIND: usize, const M: usize>(
    tile: &Tile,
    rows: &[Row; MOST_ROWS],
    out: &mut [L::F; MOST_ROWS],
) {
    unsafe {
        let mut totals = [L::splat(0.0); M];
        for column in 0..tile.columns {
            let weights = match KIND {
                2 => L::load_f16(tile.quants.add(32 * column).cast()),
                3 => L::load_bf16(tile.quants.add(32 * column).cast()),
                _ => L::load(tile.quants.add(64 * column).cast()),
            };
            for m in 0..M {
                totals[m] = L::fma(weights, L::splat(*rows[m].floats.add(column)), totals[m]);
            }
        }
        out[..M].copy_from_slice(&totals);
    }
}
