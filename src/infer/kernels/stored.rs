//! How attention reads keys and values: from half floats, or from bytes with a scale for 32 of them.

use super::attend::{Field, SPAN};
use super::lanes::{LANES, Lanes};

/// Bytes of a cache line.
const LINE: usize = 64;

/// Keys and values of one head. Places are below the field's capacity, components below the head's padded width.
///
/// # Safety
/// Every function needs the features of `L`, and what is stored to be as long as the field says.
pub(super) trait Stored: Copy {
    /// Components that share a scale, a multiple of 16.
    const BLOCK: usize;
    /// Vectors of values that are worth gathering abreast, at most 4.
    const ABREAST: usize;
    /// Components of 16 keys that fill a cache line.
    const KEYS_OF_LINE: usize;

    /// The scales of 16 keys from `place` on, for the components from `d` on.
    unsafe fn key_scales<L: Lanes>(&self, place: usize, d: usize, field: &Field) -> L::F;
    /// Component `d` of the 16 keys from `place` on.
    unsafe fn key<L: Lanes>(&self, place: usize, d: usize, scales: L::F, field: &Field) -> L::F;
    /// The scales of `count` values from `place` on, for the components from `d` on.
    unsafe fn value_scales<L: Lanes>(&self, place: usize, count: usize, d: usize, field: &Field, to: &mut [f32; SPAN]);
    /// 16 components from `d` on of the value in `place`.
    unsafe fn value<L: Lanes>(&self, place: usize, d: usize, scale: f32, field: &Field) -> L::F;
    /// Asks for the keys of the span after this one, the cache line with component `d`: all of them at once are more than a
    /// core has under way.
    unsafe fn prefetch_keys<L: Lanes>(&self, place: usize, d: usize, field: &Field);
    /// Asks for the value of the span after this one, once for each cache line.
    unsafe fn prefetch_value<L: Lanes>(&self, place: usize, d: usize, field: &Field);
}

/// Half floats: keys `[capacity / 16, head_dim, 16]`, values `[capacity, padded]`.
#[derive(Clone, Copy)]
pub(super) struct Halves {
    pub keys: *const u16,
    pub values: *const u16,
}

/// Bytes, laid out as half floats are, with half floats as scales: of keys `[capacity / 16, blocks, 16]`, of values
/// `[blocks, capacity]`.
#[derive(Clone, Copy)]
pub(super) struct Bytes {
    pub keys: *const i8,
    pub key_scales: *const u16,
    pub values: *const i8,
    pub value_scales: *const u16,
}

impl Stored for Halves {
    const BLOCK: usize = 1 << 16;
    const ABREAST: usize = 4;
    const KEYS_OF_LINE: usize = LINE / (2 * LANES);

    #[inline(always)]
    unsafe fn key_scales<L: Lanes>(&self, _: usize, _: usize, _: &Field) -> L::F {
        unsafe { L::splat(1.0) }
    }
    #[inline(always)]
    unsafe fn key<L: Lanes>(&self, place: usize, d: usize, _: L::F, field: &Field) -> L::F {
        unsafe { L::load_f16(self.keys.add(place * field.head_dim + LANES * d)) }
    }
    #[inline(always)]
    unsafe fn value_scales<L: Lanes>(&self, _: usize, _: usize, _: usize, _: &Field, _: &mut [f32; SPAN]) {}
    #[inline(always)]
    unsafe fn value<L: Lanes>(&self, place: usize, d: usize, _: f32, field: &Field) -> L::F {
        unsafe { L::load_f16(self.values.add(place * field.padded + d)) }
    }
    #[inline(always)]
    unsafe fn prefetch_keys<L: Lanes>(&self, place: usize, d: usize, field: &Field) {
        unsafe { L::prefetch(self.keys.wrapping_add((place + SPAN) * field.head_dim + LANES * d)) }
    }
    #[inline(always)]
    unsafe fn prefetch_value<L: Lanes>(&self, place: usize, d: usize, field: &Field) {
        if (2 * d).is_multiple_of(LINE) {
            unsafe { L::prefetch(self.values.wrapping_add((place + SPAN) * field.padded + d)) }
        }
    }
}

impl Stored for Bytes {
    const BLOCK: usize = 32;
    // To widen them takes longer than sums wait for each other.
    const ABREAST: usize = 1;
    const KEYS_OF_LINE: usize = LINE / LANES;

    #[inline(always)]
    unsafe fn key_scales<L: Lanes>(&self, place: usize, d: usize, field: &Field) -> L::F {
        let blocks = field.head_dim.div_ceil(Self::BLOCK);
        unsafe { L::load_f16(self.key_scales.add(place * blocks + d / Self::BLOCK * LANES)) }
    }
    #[inline(always)]
    unsafe fn key<L: Lanes>(&self, place: usize, d: usize, scales: L::F, field: &Field) -> L::F {
        unsafe { L::mul(L::load_i8(self.keys.add(place * field.head_dim + LANES * d)), scales) }
    }
    #[inline(always)]
    unsafe fn value_scales<L: Lanes>(&self, place: usize, count: usize, d: usize, field: &Field, to: &mut [f32; SPAN]) {
        unsafe {
            let from = self.value_scales.add(d / Self::BLOCK * field.capacity + place);
            let mut at = 0;
            while at < count {
                L::store(to.as_mut_ptr().add(at), L::load_f16(from.add(at)));
                at += LANES;
            }
        }
    }
    #[inline(always)]
    unsafe fn value<L: Lanes>(&self, place: usize, d: usize, scale: f32, field: &Field) -> L::F {
        unsafe { L::mul(L::load_i8(self.values.add(place * field.padded + d)), L::splat(scale)) }
    }
    #[inline(always)]
    unsafe fn prefetch_keys<L: Lanes>(&self, place: usize, d: usize, field: &Field) {
        unsafe { L::prefetch(self.keys.wrapping_add((place + SPAN) * field.head_dim + LANES * d).cast()) }
    }
    #[inline(always)]
    unsafe fn prefetch_value<L: Lanes>(&self, place: usize, d: usize, field: &Field) {
        if d.is_multiple_of(LINE) {
            unsafe { L::prefetch(self.values.wrapping_add((place + SPAN) * field.padded + d).cast()) }
        }
    }
}
