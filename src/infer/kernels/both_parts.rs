//! Both parts of a tile at once, for tiers whose registers hold half of one: where few rows of activations leave registers
//! free, each activation is brought in once for all 16 rows, and the tile is met once, in the order of memory.

use std::marker::PhantomData;

use super::dots::Dots;

/// A tier's products of half a tile, done twice. `D` works through a tile in two parts of 8 rows.
#[derive(Clone, Copy)]
pub(super) struct BothParts<D>(PhantomData<D>);

/// Rows of one part.
const ROWS: usize = 8;

impl<D: Dots> Dots for BothParts<D> {
    type F = [D::F; 2];
    type I = [D::I; 2];
    type W = [D::W; 2];
    type Short = [D::Short; 2];

    const PARTS: usize = 1;
    const KEEPS_BIAS: bool = D::KEEPS_BIAS;
    const KEEPS_SCALES: bool = true;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        unsafe { [D::splat(value); 2] }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        unsafe { [D::load(from), D::load(from.add(ROWS))] }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        unsafe {
            D::store(to, value[0]);
            D::store(to.add(ROWS), value[1]);
        }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        unsafe { [D::mul(a[0], b[0]), D::mul(a[1], b[1])] }
    }
    #[inline(always)]
    unsafe fn mul_by(a: Self::F, b: *const f32) -> Self::F {
        unsafe { [D::mul_by(a[0], b), D::mul_by(a[1], b)] }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        unsafe { [D::fma(a[0], b[0], c[0]), D::fma(a[1], b[1], c[1])] }
    }
    #[inline(always)]
    unsafe fn fma_by(a: Self::F, b: *const f32, c: Self::F) -> Self::F {
        unsafe { [D::fma_by(a[0], b, c[0]), D::fma_by(a[1], b, c[1])] }
    }
    #[inline(always)]
    unsafe fn halves(from: *const u16) -> Self::F {
        unsafe { [D::halves(from), D::halves(from.add(ROWS))] }
    }
    #[inline(always)]
    unsafe fn brain_halves(from: *const u16) -> Self::F {
        unsafe { [D::brain_halves(from), D::brain_halves(from.add(ROWS))] }
    }
    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> Self::F {
        unsafe { [D::bytes(from), D::bytes(from.add(ROWS))] }
    }
    #[inline(always)]
    unsafe fn signed_bytes(from: *const i8) -> Self::F {
        unsafe { [D::signed_bytes(from), D::signed_bytes(from.add(ROWS))] }
    }
    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> (Self::F, Self::F) {
        let ((low, high), (more_low, more_high)) = unsafe { (D::nibbles(from), D::nibbles(from.add(ROWS))) };
        ([low, more_low], [high, more_high])
    }
    #[inline(always)]
    unsafe fn powers(from: *const u8) -> Self::F {
        unsafe { [D::powers(from), D::powers(from.add(ROWS))] }
    }

    #[inline(always)]
    unsafe fn load_w(from: *const u8) -> Self::W {
        unsafe { [D::load_w(from), D::load_w(from.add(4 * ROWS))] }
    }
    #[inline(always)]
    unsafe fn low(w: Self::W) -> Self::W {
        unsafe { [D::low(w[0]), D::low(w[1])] }
    }
    #[inline(always)]
    unsafe fn high(w: Self::W) -> Self::W {
        unsafe { [D::high(w[0]), D::high(w[1])] }
    }
    #[inline(always)]
    unsafe fn two<const SHIFT: u32>(w: Self::W) -> Self::W {
        unsafe { [D::two::<SHIFT>(w[0]), D::two::<SHIFT>(w[1])] }
    }
    #[inline(always)]
    unsafe fn add_where<const VALUE: i8>(w: Self::W, bits: *const u8) -> Self::W {
        unsafe { [D::add_where::<VALUE>(w[0], bits), D::add_where::<VALUE>(w[1], bits.add(ROWS / 2))] }
    }
    #[inline(always)]
    unsafe fn join_two<const SHIFT: u32>(w: Self::W, bits: Self::W) -> Self::W {
        unsafe { [D::join_two::<SHIFT>(w[0], bits[0]), D::join_two::<SHIFT>(w[1], bits[1])] }
    }
    #[inline(always)]
    unsafe fn look_up(table: &[u8; 16], w: Self::W) -> Self::W {
        unsafe { [D::look_up(table, w[0]), D::look_up(table, w[1])] }
    }

    #[inline(always)]
    unsafe fn zero() -> Self::I {
        unsafe { [D::zero(); 2] }
    }
    #[inline(always)]
    unsafe fn all(from: *const i32) -> Self::I {
        unsafe { [D::all(from); 2] }
    }
    #[inline(always)]
    unsafe fn to_f(value: Self::I) -> Self::F {
        unsafe { [D::to_f(value[0]), D::to_f(value[1])] }
    }
    #[inline(always)]
    unsafe fn begin(sum: Self::I) -> Self::Short {
        unsafe { [D::begin(sum[0]), D::begin(sum[1])] }
    }
    #[inline(always)]
    unsafe fn dot(short: Self::Short, w: Self::W, a: *const i8) -> Self::Short {
        unsafe { [D::dot(short[0], w[0], a), D::dot(short[1], w[1], a)] }
    }
    #[inline(always)]
    unsafe fn end(sum: Self::I, short: Self::Short) -> Self::I {
        unsafe { [D::end(sum[0], short[0]), D::end(sum[1], short[1])] }
    }
    #[inline(always)]
    unsafe fn dot_high(sum: Self::I, w: Self::W, a: *const i8) -> Self::I {
        unsafe { [D::dot_high(sum[0], w[0], a), D::dot_high(sum[1], w[1], a)] }
    }
}
