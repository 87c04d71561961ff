//! Attention of many queries over many positions, in 8 bits: where a prompt is read behind a long text, four products
//! go into one instruction instead of one.
//!
//! Span by span keys, values and weights are rounded as weights of Q8_0 are: keys and queries by 32 components, values
//! by component over the span, weights to 255 steps of the span's largest. Maxima, sums and what is gathered stay
//! floats. Rounding a span costs about as much as eight queries save, so this is for more of them; and since the errors
//! of many positions outweigh each other it is for long contexts: who asks decides ([`super::attention`]).

use super::attend::{Field, Query, SPAN, capped};
use super::lanes::{LANES, Lanes};
use super::stored::Stored;

/// Components of keys and queries that share a scale.
const BLOCK: usize = 32;
/// Queries of one pass: their sums of two vectors of values fill the registers.
const ABREAST: usize = 8;
/// Steps of a weight.
const STEPS: f32 = 255.0;

/// Products of 8-bit numbers, four to a lane.
///
/// # Safety
/// As for [`Lanes`].
pub(super) trait Quads: Lanes {
    /// Sixteen 32-bit integers.
    type I: Copy;

    unsafe fn splat_i32(value: i32) -> Self::I;
    /// Adds to each lane the products of its four of 64 unsigned bytes with the same four signed ones.
    unsafe fn dot_signed(sum: Self::I, lanes: *const u8, four: *const i8) -> Self::I;
    /// The same of 64 signed bytes and four unsigned ones.
    unsafe fn dot_unsigned(sum: Self::I, lanes: *const i8, four: *const u8) -> Self::I;
    unsafe fn to_f(value: Self::I) -> Self::F;
    /// Rounds, adds `bias` and stores as bytes, the four values of a lane beside each other: 64 bytes.
    unsafe fn store_quads(to: *mut u8, four: [Self::F; 4], bias: i32);
    /// Rounds values from 0 to 255 to unsigned bytes: 16.
    unsafe fn store_u8(to: *mut u8, value: Self::F);
}

/// Working memory of one call.
struct Scratch {
    /// Queries in 8 bits, `[queries, wide]`; for each of their blocks -128 times the sum, and the scale.
    queries: Vec<i8>,
    starts: Vec<i32>,
    query_scales: Vec<f32>,
    /// A span's keys plus 128, `[span / 16, wide / 4, 16, 4]`, and scales, `[span / 16, blocks, 16]`.
    keys: Vec<u8>,
    key_scales: Vec<f32>,
    /// A span's values, `[span / 4, padded / 16, 16, 4]`, and scales, `[padded]`.
    values: Vec<i8>,
    value_scales: Vec<f32>,
    /// Of one pass: scores and weights, `[queries, span]`.
    scores: Vec<f32>,
    weights: Vec<u8>,
}

impl Scratch {
    /// For so many queries of heads so wide.
    fn new(queries: usize, head_dim: usize) -> Self {
        let (wide, padded) = (head_dim.next_multiple_of(BLOCK), head_dim.next_multiple_of(LANES));
        let blocks = wide / BLOCK;
        Self {
            queries: vec![0; queries * wide],
            starts: vec![0; queries * blocks],
            query_scales: vec![0.0; queries * blocks],
            keys: vec![0; SPAN * wide],
            key_scales: vec![0.0; SPAN * blocks],
            values: vec![0; SPAN * padded],
            value_scales: vec![0.0; padded],
            scores: vec![0.0; ABREAST * SPAN],
            weights: vec![0; ABREAST * SPAN],
        }
    }
}

/// How what was gathered is joined with what a span brings: old times `keep`, new times `take`.
#[derive(Clone, Copy)]
struct Join {
    keep: f32,
    take: f32,
}

/// Runs any number of `queries` over the field.
///
/// # Safety
/// As for [`super::attend::attend`].
#[inline(always)]
pub(super) unsafe fn attend_many<L: Quads, S: Stored>(queries: &[Query], field: &Field, stored: &S) {
    let scratch = &mut Scratch::new(queries.len(), field.head_dim);
    unsafe {
        for (number, query) in queries.iter().enumerate() {
            (*query.maximum, *query.weight) = (f32::NEG_INFINITY, 0.0);
            let mut at = 0;
            while at < field.padded {
                L::store(query.sum.add(at), L::splat(0.0));
                at += LANES;
            }
            round_query::<L>(query, number, field, scratch);
        }
        let mut span = field.from / LANES * LANES;
        while span < field.to {
            let end = ((span / SPAN + 1) * SPAN).min(field.to);
            let place = span % field.capacity;
            round_keys::<L, S>(place, end - span, field, stored, scratch);
            round_values::<L, S>(place, end - span, field, stored, scratch);
            let mut number = 0;
            while number < queries.len() {
                let rest = &queries[number..];
                number += match rest.len() {
                    ABREAST.. => pass::<L, ABREAST>(rest, number, field, span, end, scratch),
                    _ => pass::<L, 1>(rest, number, field, span, end, scratch),
                };
            }
            span = end;
        }
    }
}

/// A query in 8 bits, its scale times that of the scores.
#[inline(always)]
unsafe fn round_query<L: Quads>(query: &Query, number: usize, field: &Field, scratch: &mut Scratch) {
    unsafe {
        let blocks = field.head_dim.div_ceil(BLOCK);
        for block in 0..blocks {
            let mut floats = [0.0; BLOCK];
            let count = BLOCK.min(field.head_dim - block * BLOCK);
            std::ptr::copy_nonoverlapping(query.values.add(block * BLOCK), floats.as_mut_ptr(), count);
            let (low, high) = (L::load(floats.as_ptr()), L::load(floats.as_ptr().add(LANES)));
            let largest = L::largest(L::max(L::abs(low), L::abs(high)));
            let inverse = L::splat(if largest > 0.0 { 127.0 / largest } else { 0.0 });
            let to = scratch.queries.as_mut_ptr().add((number * blocks + block) * BLOCK);
            let first = L::store_i8(to, L::mul(low, inverse));
            // As in `rows::quantize`: of what is no number the sum says nothing.
            let sum = first.wrapping_add(L::store_i8(to.add(LANES), L::mul(high, inverse)));
            scratch.starts[number * blocks + block] = sum.wrapping_mul(-128);
            scratch.query_scales[number * blocks + block] = largest / 127.0 * field.scale;
        }
    }
}

/// The keys of `count` positions from `place` on in 8 bits.
#[inline(always)]
unsafe fn round_keys<L: Quads, S: Stored>(
    place: usize,
    count: usize,
    field: &Field,
    stored: &S,
    scratch: &mut Scratch,
) {
    unsafe {
        let (blocks, zero) = (field.head_dim.div_ceil(BLOCK), L::splat(0.0));
        for lanes in 0..count.div_ceil(LANES) {
            for block in 0..blocks {
                let (from, to) = (block * BLOCK, ((block + 1) * BLOCK).min(field.head_dim));
                let mut keys = [zero; BLOCK];
                let mut largest = zero;
                let mut d = from;
                while d < to {
                    let scales = stored.key_scales::<L>(place + LANES * lanes, d, field);
                    keys[d - from] = stored.key::<L>(place + LANES * lanes, d, scales, field);
                    largest = L::max(largest, L::abs(keys[d - from]));
                    d += 1;
                }
                let scale = L::mul(largest, L::splat(1.0 / 127.0));
                // Where all is zero the inverse is finite and what it multiplies zero.
                let inverse = L::div(L::splat(1.0), L::max(scale, L::splat(f32::MIN_POSITIVE)));
                L::store(scratch.key_scales.as_mut_ptr().add((lanes * blocks + block) * LANES), scale);
                let to = scratch.keys.as_mut_ptr().add((lanes * blocks + block) * BLOCK * LANES);
                for four in 0..BLOCK / 4 {
                    // Written out: what a closure calls is not compiled for the tier.
                    let mut quads = [zero; 4];
                    for d in 0..4 {
                        quads[d] = L::mul(keys[4 * four + d], inverse);
                    }
                    L::store_quads(to.add(64 * four), quads, 128);
                }
            }
        }
    }
}

/// The values of `count` positions from `place` on in 8 bits.
#[inline(always)]
unsafe fn round_values<L: Quads, S: Stored>(
    place: usize,
    count: usize,
    field: &Field,
    stored: &S,
    scratch: &mut Scratch,
) {
    unsafe {
        let (sixteens, zero) = (field.padded / LANES, L::splat(0.0));
        let mut scales = [0.0; SPAN];
        for sixteen in 0..sixteens {
            let d = LANES * sixteen;
            if d.is_multiple_of(S::BLOCK) {
                stored.value_scales::<L>(place, count, d, field, &mut scales);
            }
            let mut largest = zero;
            for at in 0..count {
                largest = L::max(largest, L::abs(stored.value::<L>(place + at, d, scales[at], field)));
            }
            let scale = L::mul(largest, L::splat(1.0 / 127.0));
            let inverse = L::div(L::splat(1.0), L::max(scale, L::splat(f32::MIN_POSITIVE)));
            L::store(scratch.value_scales.as_mut_ptr().add(d), scale);
            for four in 0..SPAN / 4 {
                let mut quads = [zero; 4];
                for (at, quad) in (4 * four..count).zip(&mut quads) {
                    *quad = L::mul(stored.value::<L>(place + at, d, scales[at], field), inverse);
                }
                let to = scratch.values.as_mut_ptr().add((four * sixteens + sixteen) * 64);
                L::store_quads(to.cast(), quads, 0);
            }
        }
    }
}

/// `N` queries from `number` on over positions `span..end`; returns how many they are.
#[inline(always)]
unsafe fn pass<L: Quads, const N: usize>(
    queries: &[Query],
    number: usize,
    field: &Field,
    span: usize,
    end: usize,
    scratch: &mut Scratch,
) -> usize {
    unsafe {
        let queries: &[Query; N] = &*queries.as_ptr().cast();
        score::<L, N>(number, field, end - span, scratch);
        let mut joins = [Join { keep: 1.0, take: 0.0 }; N];
        for n in 0..N {
            joins[n] = weigh::<L>(&queries[n], n, field, span, end, scratch);
        }
        let sixteens = field.padded / LANES;
        let mut sixteen = 0;
        while sixteen + 1 < sixteens {
            gather::<L, N, 2>(queries, &joins, sixteen, sixteens, scratch);
            sixteen += 2;
        }
        if sixteen < sixteens {
            gather::<L, N, 1>(queries, &joins, sixteen, sixteens, scratch);
        }
        N
    }
}

/// Scores of `count` positions, scaled.
#[inline(always)]
unsafe fn score<L: Quads, const N: usize>(number: usize, field: &Field, count: usize, scratch: &mut Scratch) {
    unsafe {
        let blocks = field.head_dim.div_ceil(BLOCK);
        let first = number * blocks;
        let (queries, starts) = (scratch.queries.as_ptr().add(first * BLOCK), scratch.starts.as_ptr().add(first));
        let scales = scratch.query_scales.as_ptr().add(first);
        for lanes in 0..count.div_ceil(LANES) {
            let mut scores = [L::splat(0.0); N];
            for block in 0..blocks {
                let keys = scratch.keys.as_ptr().add((lanes * blocks + block) * BLOCK * LANES);
                let mut sums = [L::splat_i32(0); N];
                for n in 0..N {
                    sums[n] = L::splat_i32(*starts.add(n * blocks + block));
                }
                for four in 0..BLOCK / 4 {
                    for n in 0..N {
                        let query = queries.add((n * blocks + block) * BLOCK + 4 * four);
                        sums[n] = L::dot_signed(sums[n], keys.add(64 * four), query);
                    }
                }
                let key_scales = L::load(scratch.key_scales.as_ptr().add((lanes * blocks + block) * LANES));
                for n in 0..N {
                    let scale = L::mul(key_scales, L::splat(*scales.add(n * blocks + block)));
                    scores[n] = L::fma(L::to_f(sums[n]), scale, scores[n]);
                }
            }
            for n in 0..N {
                L::store(scratch.scores.as_mut_ptr().add(n * SPAN + LANES * lanes), scores[n]);
            }
        }
    }
}

/// Turns the scores of query `n` of a pass into weights of 255 steps of the span's largest.
#[inline(always)]
unsafe fn weigh<L: Quads>(
    query: &Query,
    n: usize,
    field: &Field,
    span: usize,
    end: usize,
    scratch: &mut Scratch,
) -> Join {
    unsafe {
        let scores = scratch.scores.as_mut_ptr().add(n * SPAN);
        let weights = scratch.weights.as_mut_ptr().add(n * SPAN);
        if field.softcap != 0.0 {
            for at in (0..end - span).step_by(LANES) {
                L::store(scores.add(at), capped::<L>(L::load(scores.add(at)), field.softcap));
            }
        }
        let (first, last) = (query.first.max(field.from), query.end.min(end));
        for hidden in (span..first.clamp(span, end)).chain(last.max(span)..span + SPAN) {
            *scores.add(hidden - span) = f32::NEG_INFINITY;
        }
        let mut largest = L::splat(f32::NEG_INFINITY);
        for at in (0..SPAN).step_by(LANES) {
            largest = L::max(largest, L::load(scores.add(at)));
        }
        let largest = L::largest(largest);
        if largest == f32::NEG_INFINITY {
            std::ptr::write_bytes(weights, 0, SPAN);
            return Join { keep: 1.0, take: 0.0 };
        }
        let (old, new) = (*query.maximum, (*query.maximum).max(largest));
        let (keep, take) = ((old - new).exp(), (largest - new).exp());
        let mut sum = L::splat(0.0);
        for at in (0..SPAN).step_by(LANES) {
            let below = L::add(L::load(scores.add(at)), L::splat(-largest));
            let power = L::exp(L::max(below, L::splat(-87.0)));
            sum = L::add(sum, power);
            L::store_u8(weights.add(at), L::mul(power, L::splat(STEPS)));
        }
        *query.weight = *query.weight * keep + L::sum(sum) * take;
        *query.maximum = new;
        Join { keep, take: take / STEPS }
    }
}

/// Joins what was gathered with the weighted values of the span, for `D` times 16 components.
#[inline(always)]
unsafe fn gather<L: Quads, const N: usize, const D: usize>(
    queries: &[Query; N],
    joins: &[Join; N],
    sixteen: usize,
    sixteens: usize,
    scratch: &Scratch,
) {
    unsafe {
        let mut sums = [[L::splat_i32(0); N]; D];
        for four in 0..SPAN / 4 {
            let values = scratch.values.as_ptr().add((four * sixteens + sixteen) * 64);
            for n in 0..N {
                let weights = scratch.weights.as_ptr().add(n * SPAN + 4 * four);
                for d in 0..D {
                    sums[d][n] = L::dot_unsigned(sums[d][n], values.add(64 * d), weights);
                }
            }
        }
        for d in 0..D {
            let scales = L::load(scratch.value_scales.as_ptr().add(LANES * (sixteen + d)));
            for n in 0..N {
                let at = queries[n].sum.add(LANES * (sixteen + d));
                let old = L::mul(L::load(at), L::splat(joins[n].keep));
                L::store(at, L::fma(L::to_f(sums[d][n]), L::mul(scales, L::splat(joins[n].take)), old));
            }
        }
    }
}
