//! The products of the K types: blocks of 256 columns, in 8 parts of 32 (Q4_K, Q5_K) or 16 of 16 (Q2_K, Q3_K, Q6_K) with
//! scales of their own.

use super::dots::Dots;
use super::pack::{MASKS, PART_SCALES};
use super::tile::{Block, Panel, Tile, dots_of_32, store};

/// Where the 32 columns numbered `part` lie, of a type with so many bytes of scales for whole blocks and of quants for a
/// part: the block's scales, the part's, and its quants.
#[inline(always)]
unsafe fn places(tile: &Tile, part: usize, head: usize, quants: usize) -> [*const u8; 3] {
    unsafe {
        let of_block = tile.blocks.add(part / 8 * (head + 8 * (PART_SCALES + quants)));
        let of_part = of_block.add(head + part % 8 * (PART_SCALES + quants));
        [of_block, of_part, of_part.add(PART_SCALES)]
    }
}

/// Q4_K and Q5_K: a scale and a minimum of 6 bits for each 32 columns.
///
/// # Safety
/// As [`super::tile::products`].
#[inline(always)]
pub(super) unsafe fn k_blocks<D: Dots, const BITS: usize, const M: usize>(
    tile: &Tile,
    panel: &Panel,
    part: usize,
    out: *mut f32,
) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        let lane = part * 16 / D::PARTS;
        let mut whole = [D::splat(0.0); 2];
        for block in 0..tile.columns / 32 {
            let [of_block, scales, quants] = places(tile, block, 64, 64 * BITS);
            let activations = Block::<M>::of(panel, block);
            let sums = dots_of_32::<D, M>(BITS, quants, part, activations);
            if !D::KEEPS_SCALES || block % 8 == 0 {
                whole = [D::halves(of_block.add(2 * lane).cast()), D::halves(of_block.add(32 + 2 * lane).cast())];
            }
            let d = D::mul(whole[0], D::bytes(scales.add(lane)));
            let minimum = D::mul(whole[1], D::bytes(scales.add(16 + lane)));
            let minimum = D::mul(minimum, D::splat(-1.0));
            for m in 0..M {
                totals[m] = D::fma(D::to_f(sums[m]), D::mul_by(d, activations.scale(m)), totals[m]);
                totals[m] = D::fma_by(minimum, activations.sum(m), totals[m]);
            }
        }
        store::<D, M>(&totals, out);
    }
}

/// Scales of the two halves of a block, and the minima that take `zero` from each of its values.
#[inline(always)]
unsafe fn signed_scales<D: Dots>(d: D::F, scales: *const u8, zero: f32) -> ([D::F; 2], [D::F; 2]) {
    unsafe {
        let first = D::mul(d, D::signed_bytes(scales.cast()));
        let second = D::mul(d, D::signed_bytes(scales.add(16).cast()));
        ([first, second], [D::mul(first, D::splat(-zero)), D::mul(second, D::splat(-zero))])
    }
}

/// The two halves of a block of 32 columns, each with a scale and a minimum of its own, added to the totals.
#[inline(always)]
unsafe fn finish<D: Dots, const M: usize>(
    totals: &mut [D::F; M],
    sums: &[[D::I; M]; 2],
    d: [D::F; 2],
    minimum: [D::F; 2],
    activations: Block<M>,
) {
    unsafe {
        // The second half's sum is the whole's less the first's: so are their minima shared out.
        let first = D::fma(minimum[1], D::splat(-1.0), minimum[0]);
        for m in 0..M {
            for half in 0..2 {
                totals[m] = D::fma(D::to_f(sums[half][m]), D::mul_by(d[half], activations.scale(m)), totals[m]);
            }
            totals[m] = D::fma_by(minimum[1], activations.sum(m), totals[m]);
            totals[m] = D::fma_by(first, activations.first_sum(m), totals[m]);
        }
    }
}

/// Q6_K: a signed scale for each 16 columns.
///
/// # Safety
/// As [`super::tile::products`].
#[inline(always)]
pub(super) unsafe fn q6k_blocks<D: Dots, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        let lane = part * 16 / D::PARTS;
        let mut whole = D::splat(0.0);
        for block in 0..tile.columns / 32 {
            let [of_block, scales, quants] = places(tile, block, 32, 384);
            let quants = quants.add(4 * lane);
            let activations = Block::<M>::of(panel, block);
            let mut sums = [[D::zero(); M]; 2];
            for half in 0..2 {
                let quants = quants.add(192 * half);
                let bits = D::load_w(quants);
                for pair in 0..2 {
                    let both = D::load_w(quants.add(64 + 64 * pair));
                    let (low, high) = (D::low(both), D::high(both));
                    let (first, second) = match pair {
                        0 => (D::join_two::<0>(low, bits), D::join_two::<2>(high, bits)),
                        _ => (D::join_two::<4>(low, bits), D::join_two::<6>(high, bits)),
                    };
                    let column = 16 * half + 8 * pair;
                    for m in 0..M {
                        let mut short = D::begin(sums[half][m]);
                        short = D::dot(short, first, activations.bytes(m, column));
                        short = D::dot(short, second, activations.bytes(m, column + 4));
                        sums[half][m] = D::end(sums[half][m], short);
                    }
                }
            }
            if !D::KEEPS_SCALES || block % 8 == 0 {
                whole = D::halves(of_block.add(2 * lane).cast());
            }
            let (d, minimum) = signed_scales::<D>(whole, scales.add(lane), 32.0);
            finish::<D, M>(&mut totals, &sums, d, minimum, activations);
        }
        store::<D, M>(&totals, out);
    }
}

/// Four groups of 4 columns out of 64 bytes with two bits of each.
#[inline(always)]
unsafe fn groups<D: Dots>(w: D::W) -> [D::W; 4] {
    unsafe { [D::two::<0>(w), D::two::<2>(w), D::two::<4>(w), D::two::<6>(w)] }
}

/// The products of 16 columns, in four groups, of few enough bits for one short sum.
#[inline(always)]
unsafe fn dots_of_16<D: Dots, const M: usize>(groups: [D::W; 4], half: usize, activations: Block<M>) -> [D::I; M] {
    unsafe {
        let mut sums = [D::zero(); M];
        for m in 0..M {
            let mut short = D::begin(sums[m]);
            for (group, weights) in groups.into_iter().enumerate() {
                short = D::dot(short, weights, activations.bytes(m, 16 * half + 4 * group));
            }
            sums[m] = D::end(sums[m], short);
        }
        sums
    }
}

/// Q2_K: a scale and a minimum of 4 bits for each 16 columns.
///
/// # Safety
/// As [`super::tile::products`].
#[inline(always)]
pub(super) unsafe fn q2k_blocks<D: Dots, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        let lane = part * 16 / D::PARTS;
        for block in 0..tile.columns / 32 {
            let [of_block, scales, quants] = places(tile, block, 64, 128);
            let quants = quants.add(4 * lane);
            let activations = Block::<M>::of(panel, block);
            let mut sums = [[D::zero(); M]; 2];
            let (d, least) = (D::halves(of_block.add(2 * lane).cast()), D::halves(of_block.add(32 + 2 * lane).cast()));
            let least = D::mul(least, D::splat(-1.0));
            let (mut scale, mut minimum) = ([d; 2], [d; 2]);
            for half in 0..2 {
                let groups = groups::<D>(D::load_w(quants.add(64 * half)));
                sums[half] = dots_of_16::<D, M>(groups, half, activations);
                let (low, high) = D::nibbles(scales.add(16 * half + lane));
                (scale[half], minimum[half]) = (D::mul(d, low), D::mul(least, high));
            }
            finish::<D, M>(&mut totals, &sums, scale, minimum, activations);
        }
        store::<D, M>(&totals, out);
    }
}

/// Q3_K: a signed scale for each 16 columns, values 4 too high.
///
/// # Safety
/// As [`super::tile::products`].
#[inline(always)]
pub(super) unsafe fn q3k_blocks<D: Dots, const M: usize>(tile: &Tile, panel: &Panel, part: usize, out: *mut f32) {
    unsafe {
        let mut totals = [D::splat(0.0); M];
        let lane = part * 16 / D::PARTS;
        for block in 0..tile.columns / 32 {
            let [of_block, scales, quants] = places(tile, block, 32, MASKS + 128);
            let activations = Block::<M>::of(panel, block);
            let mut sums = [[D::zero(); M]; 2];
            for half in 0..2 {
                let mut groups = groups::<D>(D::load_w(quants.add(MASKS + 64 * half + 4 * lane)));
                for (group, weights) in groups.iter_mut().enumerate() {
                    *weights = D::add_where::<4>(*weights, quants.add(8 * (4 * half + group) + lane / 2));
                }
                sums[half] = dots_of_16::<D, M>(groups, half, activations);
            }
            let d = D::halves(of_block.add(2 * lane).cast());
            let (d, minimum) = signed_scales::<D>(d, scales.add(lane), 4.0);
            finish::<D, M>(&mut totals, &sums, d, minimum, activations);
        }
        store::<D, M>(&totals, out);
    }
}
