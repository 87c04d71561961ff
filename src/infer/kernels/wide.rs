//! Attention of many queries over many positions where products of floats are as fast as any: span by span keys and values
//! are widened once for all queries, and as many queries go through them abreast as sixteen registers hold.
//!
//! What is computed is what [`super::attend`] computes, to the last bit.

use super::attend::{Field, Query, SPAN, begin, one_span, span_end};
use super::lanes::{LANES, Lanes};
use super::stored::Stored;

/// Queries of one pass: their sums, one vector of keys or values and one of a query fill sixteen registers of eight floats.
const ABREAST: usize = 6;

/// A span of one head, widened: keys `[span / 16, head_dim, 16]`, values `[span, padded]`.
#[derive(Clone, Copy)]
struct Floats {
    keys: *const f32,
    values: *const f32,
}

impl Stored for Floats {
    const BLOCK: usize = 1 << 16;
    const ABREAST: usize = 4;
    const KEYS_OF_LINE: usize = 1;

    #[inline(always)]
    unsafe fn key_scales<L: Lanes>(&self, _: usize, _: usize, _: &Field) -> L::F {
        unsafe { L::splat(1.0) }
    }
    #[inline(always)]
    unsafe fn key<L: Lanes>(&self, place: usize, d: usize, _: L::F, field: &Field) -> L::F {
        unsafe { L::load(self.keys.add(place * field.head_dim + LANES * d)) }
    }
    #[inline(always)]
    unsafe fn value_scales<L: Lanes>(&self, _: usize, _: usize, _: usize, _: &Field, _: &mut [f32; SPAN]) {}
    #[inline(always)]
    unsafe fn value<L: Lanes>(&self, place: usize, d: usize, _: f32, field: &Field) -> L::F {
        unsafe { L::load(self.values.add(place * field.padded + d)) }
    }
    #[inline(always)]
    unsafe fn prefetch_keys<L: Lanes>(&self, _: usize, _: usize, _: &Field) {}
    #[inline(always)]
    unsafe fn prefetch_value<L: Lanes>(&self, _: usize, _: usize, _: &Field) {}
}

/// Runs any number of `queries` over the field.
///
/// # Safety
/// As for [`super::attend::attend`].
#[inline(always)]
pub(super) unsafe fn attend_wide<L: Lanes, S: Stored>(queries: &[Query], field: &Field, stored: &S) {
    let (mut keys, mut values) = (vec![0.0; SPAN * field.head_dim], vec![0.0; SPAN * field.padded]);
    let mut scores = [0.0_f32; ABREAST * SPAN];
    let floats = Floats { keys: keys.as_ptr(), values: values.as_ptr() };
    // A span's place in its multiple of the length is its place among the floats.
    let of_span = Field { capacity: SPAN, ..*field };
    unsafe {
        for query in queries {
            begin::<L>(query, field);
        }
        let mut span = field.from / LANES * LANES;
        while span < field.to {
            let end = span_end(span, field);
            widen::<L, S>(span, end, field, stored, keys.as_mut_ptr(), values.as_mut_ptr());
            let mut rest = queries;
            while !rest.is_empty() {
                let scores = scores.as_mut_ptr();
                let taken = match rest.len() {
                    ABREAST.. => one_group::<L, ABREAST>(rest, &of_span, &floats, scores, span, end),
                    3.. => one_group::<L, 3>(rest, &of_span, &floats, scores, span, end),
                    _ => one_group::<L, 1>(rest, &of_span, &floats, scores, span, end),
                };
                rest = &rest[taken..];
            }
            span = end;
        }
    }
}

/// The first `N` queries over a span, where any of them sees some of it; returns how many they are.
#[inline(always)]
unsafe fn one_group<L: Lanes, const N: usize>(
    queries: &[Query],
    field: &Field,
    floats: &Floats,
    scores: *mut f32,
    span: usize,
    end: usize,
) -> usize {
    unsafe {
        let queries: &[Query; N] = &*queries.as_ptr().cast();
        if queries.iter().any(|query| query.first < end && query.end > span) {
            one_span::<L, Floats, N>(queries, field, floats, scores, span, end);
        }
        N
    }
}

/// The keys and values of positions `span..end` as floats.
#[inline(always)]
unsafe fn widen<L: Lanes, S: Stored>(
    span: usize,
    end: usize,
    field: &Field,
    stored: &S,
    keys: *mut f32,
    values: *mut f32,
) {
    unsafe {
        let (place, to) = (span % field.capacity, span % SPAN);
        let count = end - span;
        let mut at = 0;
        while at < count {
            let mut d = 0;
            while d < field.head_dim {
                let scales = stored.key_scales::<L>(place + at, d, field);
                let block = (d + S::BLOCK).min(field.head_dim);
                while d < block {
                    let key = stored.key::<L>(place + at, d, scales, field);
                    L::store(keys.add((to + at) * field.head_dim + LANES * d), key);
                    d += 1;
                }
            }
            at += LANES;
        }
        let mut scales = [0.0; SPAN];
        let mut d = 0;
        while d < field.padded {
            if d.is_multiple_of(S::BLOCK) {
                stored.value_scales::<L>(place, count, d, field, &mut scales);
            }
            for at in 0..count {
                L::store(values.add((to + at) * field.padded + d), stored.value::<L>(place + at, d, scales[at], field));
            }
            d += LANES;
        }
    }
}
