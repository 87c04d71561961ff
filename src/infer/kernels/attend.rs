//! Attention of up to 8 queries over the same keys and values, in one pass with a running maximum, so that scores never
//! leave the first-level cache however long the context is (Milakov and Gimelshein 2018, arXiv:1805.02867).
//!
//! Keys lie in blocks of 16 positions, `[position / 16, head_dim, 16]`, so that one load brings one component of 16
//! keys; values lie `[position, padded head_dim]`; both as half floats, or in 8 bits with scales. Position `p` lies in
//! place `p mod capacity`.

use super::lanes::{LANES, Lanes};
use super::stored::Stored;

/// Positions of one pass over the scores.
pub(in crate::infer) const SPAN: usize = 128;
/// The most queries of one call.
pub(super) const MOST_QUERIES: usize = 8;

/// Powers of e below this are no floats of full precision in every tier. Beside the maximum's 1 they count for nothing.
const SMALLEST_POWER: f32 = -87.0;
/// With so few queries memory decides the speed, and what comes next is asked for ahead.
const FEW: usize = 4;
/// One query and where its result goes.
#[derive(Clone, Copy)]
pub(super) struct Query {
    /// `head_dim` values.
    pub values: *const f32,
    /// It sees positions `first..end`.
    pub first: usize,
    /// End of what it sees.
    pub end: usize,
    /// The sum of values weighted by e^(score - maximum): `padded` floats.
    pub sum: *mut f32,
    /// Where the maximum score and the sum of weights go.
    pub maximum: *mut f32,
    /// See `maximum`.
    pub weight: *mut f32,
}

/// Constants of a call.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// Places of the cache.
    pub capacity: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Width of a row of values: `head_dim` rounded up to 16.
    pub padded: usize,
    /// Scores are products times this,
    pub scale: f32,
    /// then, where not zero, c tanh(score / c).
    pub softcap: f32,
    /// Positions looked at: `from..to`.
    pub from: usize,
    /// See `from`.
    pub to: usize,
}

/// Runs `queries` (at most 8) over the field. `scores` holds 8 x 128 floats.
///
/// # Safety
/// `stored` holds `capacity` positions, a multiple of 16, and of 128 where the field reaches beyond it; all pointers are
/// as described; the processor has the tier's features.
#[inline(always)]
pub(super) unsafe fn attend<L: Lanes, S: Stored>(queries: &[Query], field: &Field, stored: &S, scores: *mut f32) {
    unsafe {
        let mut rest = queries;
        while !rest.is_empty() {
            let taken = match rest.len() {
                1 => one_pass::<L, S, 1>(rest, field, stored, scores),
                2 => one_pass::<L, S, 2>(rest, field, stored, scores),
                3 => one_pass::<L, S, 3>(rest, field, stored, scores),
                4..=5 => one_pass::<L, S, 4>(rest, field, stored, scores),
                6..=7 => one_pass::<L, S, 6>(rest, field, stored, scores),
                _ => one_pass::<L, S, 8>(rest, field, stored, scores),
            };
            rest = &rest[taken..];
        }
    }
}

#[inline(always)]
unsafe fn one_pass<L: Lanes, S: Stored, const N: usize>(
    queries: &[Query],
    field: &Field,
    stored: &S,
    scores: *mut f32,
) -> usize {
    unsafe {
        let queries: &[Query; N] = &*queries.as_ptr().cast();
        for query in queries {
            begin::<L>(query, field);
        }
        let mut span = field.from / LANES * LANES;
        while span < field.to {
            let end = span_end(span, field);
            one_span::<L, S, N>(queries, field, stored, scores, span, end);
            span = end;
        }
        N
    }
}

/// Spans end at multiples of their length, so that none runs over the end of a cache that is used again.
pub(super) fn span_end(span: usize, field: &Field) -> usize {
    ((span / SPAN + 1) * SPAN).min(field.to)
}

/// Nothing is gathered yet.
#[inline(always)]
pub(super) unsafe fn begin<L: Lanes>(query: &Query, field: &Field) {
    unsafe {
        (*query.maximum, *query.weight) = (f32::NEG_INFINITY, 0.0);
        let mut at = 0;
        while at < field.padded {
            L::store(query.sum.add(at), L::splat(0.0));
            at += LANES;
        }
    }
}

/// `N` queries over positions `span..end`.
#[inline(always)]
pub(super) unsafe fn one_span<L: Lanes, S: Stored, const N: usize>(
    queries: &[Query; N],
    field: &Field,
    stored: &S,
    scores: *mut f32,
    span: usize,
    end: usize,
) {
    unsafe {
        score::<L, S, N>(queries, field, stored, scores, span, end);
        for n in 0..N {
            soften::<L>(&queries[n], field.padded, scores.add(n * SPAN), end - span);
        }
        gather::<L, S, N>(queries, field, stored, scores, span, end);
    }
}

/// Scores of positions `span..end`, minus infinity where a query may not look.
#[inline(always)]
unsafe fn score<L: Lanes, S: Stored, const N: usize>(
    queries: &[Query; N],
    field: &Field,
    stored: &S,
    scores: *mut f32,
    span: usize,
    end: usize,
) {
    unsafe {
        let mut block = span;
        while block < end {
            let place = block % field.capacity;
            let mut sums = [L::splat(0.0); N];
            let mut from = 0;
            while from < field.head_dim {
                let to = (from + S::BLOCK).min(field.head_dim);
                let scales = stored.key_scales::<L>(place, from, field);
                // Line by line of memory, so that each is asked for once.
                let mut d = from;
                while d + S::KEYS_OF_LINE <= to {
                    if N <= FEW {
                        stored.prefetch_keys::<L>(place, d, field);
                    }
                    for d in d..d + S::KEYS_OF_LINE {
                        add_products::<L, S, N>(&mut sums, queries, stored, place, d, scales, field);
                    }
                    d += S::KEYS_OF_LINE;
                }
                for d in d..to {
                    add_products::<L, S, N>(&mut sums, queries, stored, place, d, scales, field);
                }
                from = to;
            }
            for n in 0..N {
                let mut score = L::mul(sums[n], L::splat(field.scale));
                if field.softcap != 0.0 {
                    score = capped::<L>(score, field.softcap);
                }
                let to = scores.add(n * SPAN + block - span);
                L::store(to, score);
                let (first, last) = (queries[n].first.max(field.from), queries[n].end.min(field.to));
                if first > block || last < block + LANES {
                    for lane in 0..LANES {
                        if block + lane < first || block + lane >= last {
                            *to.add(lane) = f32::NEG_INFINITY;
                        }
                    }
                }
            }
            block += LANES;
        }
    }
}

/// Adds the products of component `d` of the 16 keys from `place` on.
#[inline(always)]
unsafe fn add_products<L: Lanes, S: Stored, const N: usize>(
    sums: &mut [L::F; N],
    queries: &[Query; N],
    stored: &S,
    place: usize,
    d: usize,
    scales: L::F,
    field: &Field,
) {
    unsafe {
        let key = stored.key::<L>(place, d, scales, field);
        for n in 0..N {
            sums[n] = L::fma(L::splat(*queries[n].values.add(d)), key, sums[n]);
        }
    }
}

/// c tanh(x / c), by tanh(y) = 1 - 2 / (e^2y + 1).
#[inline(always)]
pub(super) unsafe fn capped<L: Lanes>(x: L::F, cap: f32) -> L::F {
    unsafe {
        let twice = L::mul(x, L::splat(2.0 / cap));
        // tanh is 1 to a float beyond 10; the limit keeps the power finite.
        let limited = L::mul(L::max(L::mul(twice, L::splat(-1.0)), L::splat(-40.0)), L::splat(-1.0));
        let fraction = L::div(L::splat(-2.0), L::add(L::exp(limited), L::splat(1.0)));
        L::mul(L::add(L::splat(1.0), fraction), L::splat(cap))
    }
}

/// Turns scores into weights e^(score - maximum); rescales what was gathered under an older maximum.
#[inline(always)]
unsafe fn soften<L: Lanes>(query: &Query, padded: usize, scores: *mut f32, count: usize) {
    unsafe {
        let (maximum, weight) = (&mut *query.maximum, &mut *query.weight);
        let mut largest = L::splat(f32::NEG_INFINITY);
        let mut at = 0;
        while at < count {
            largest = L::max(largest, L::load(scores.add(at)));
            at += LANES;
        }
        let new = maximum.max(L::largest(largest));
        if new == f32::NEG_INFINITY {
            // Nothing to see in this span.
            at = 0;
            while at < count {
                L::store(scores.add(at), L::splat(0.0));
                at += LANES;
            }
            return;
        }
        if new > *maximum && *weight > 0.0 {
            let shrink = (*maximum - new).exp();
            *weight *= shrink;
            at = 0;
            while at < padded {
                L::store(query.sum.add(at), L::mul(L::load(query.sum.add(at)), L::splat(shrink)));
                at += LANES;
            }
        }
        let mut sum = L::splat(0.0);
        let smallest = L::mul(L::exp(L::splat(SMALLEST_POWER)), L::splat(-1.0));
        at = 0;
        while at < count {
            let below = L::add(L::load(scores.add(at)), L::splat(-new));
            // What may not be looked at must weigh nothing at all: the least weight before the first that counts would
            // decide which way a sum half between two floats is rounded, and how much is left out differs by unit of work.
            let power = L::add(L::exp(L::max(below, L::splat(SMALLEST_POWER))), smallest);
            L::store(scores.add(at), power);
            sum = L::add(sum, power);
            at += LANES;
        }
        *weight += L::sum(sum);
        *maximum = new;
    }
}

/// Adds the weighted values of positions `span..end`, as many vectors of components at a time as registers hold: a row of
/// values is then read in one go, and sums do not wait for each other.
#[inline(always)]
unsafe fn gather<L: Lanes, S: Stored, const N: usize>(
    queries: &[Query; N],
    field: &Field,
    stored: &S,
    scores: *const f32,
    span: usize,
    end: usize,
) {
    unsafe {
        let mut d = 0;
        while d < field.padded {
            let vectors = match (L::SUMS / N).min(S::ABREAST).min((field.padded - d) / LANES) {
                4.. => gather_vectors::<L, S, N, 4>(queries, field, stored, scores, [span, end], d),
                2..=3 => gather_vectors::<L, S, N, 2>(queries, field, stored, scores, [span, end], d),
                _ => gather_vectors::<L, S, N, 1>(queries, field, stored, scores, [span, end], d),
            };
            d += LANES * vectors;
        }
    }
}

/// `W` vectors of the weighted values, from component `d` on; returns how many they are.
#[inline(always)]
unsafe fn gather_vectors<L: Lanes, S: Stored, const N: usize, const W: usize>(
    queries: &[Query; N],
    field: &Field,
    stored: &S,
    scores: *const f32,
    [span, end]: [usize; 2],
    d: usize,
) -> usize {
    unsafe {
        let first = span % field.capacity;
        // Several vectors share a block of scales; where there are several, `d` is at the begin of one.
        let mut scales = [[0.0; SPAN]; W];
        for w in 0..W {
            if (LANES * w).is_multiple_of(S::BLOCK) {
                stored.value_scales::<L>(first, end - span, d + LANES * w, field, &mut scales[LANES * w / S::BLOCK]);
            }
        }
        let mut sums = [[L::splat(0.0); W]; N];
        for n in 0..N {
            for w in 0..W {
                sums[n][w] = L::load(queries[n].sum.add(d + LANES * w));
            }
        }
        for position in 0..end - span {
            let mut values = [L::splat(0.0); W];
            for w in 0..W {
                let at = d + LANES * w;
                if N <= FEW {
                    stored.prefetch_value::<L>(first + position, at, field);
                }
                values[w] = stored.value::<L>(first + position, at, scales[LANES * w / S::BLOCK][position], field);
            }
            for n in 0..N {
                let weight = L::splat(*scores.add(n * SPAN + position));
                for w in 0..W {
                    sums[n][w] = L::fma(weight, values[w], sums[n][w]);
                }
            }
        }
        for n in 0..N {
            for w in 0..W {
                L::store(queries[n].sum.add(d + LANES * w), sums[n][w]);
            }
        }
        W
    }
}
