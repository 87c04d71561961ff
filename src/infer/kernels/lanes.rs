//! What a processor must offer for the work on rows of floats to be written once: sixteen lanes of them. Each tier
//! implements it with its own instructions; the portable one with plain arrays. Products with weights: `dots`.

/// Lanes: what is padded, blocked or gone through in steps goes by as many.
pub(in crate::infer) const LANES: usize = 16;

/// Sixteen lanes. `F` holds 16 floats.
///
/// # Safety
/// Every function needs the processor features of the implementing tier, and every pointer must be valid for what is
/// read or written through it: 16 elements of the pointed-to type unless said otherwise. No alignment is assumed.
pub(super) trait Lanes: Copy {
    type F: Copy;

    /// How many `F` of sums the registers hold beside what is multiplied.
    const SUMS: usize;

    unsafe fn splat(value: f32) -> Self::F;
    unsafe fn load(from: *const f32) -> Self::F;
    unsafe fn store(to: *mut f32, value: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn abs(a: Self::F) -> Self::F;
    /// `a * b + c`, rounded once.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// Of each lane and the one 8 on; of these each and the one 4 on; then 2, then 1.
    unsafe fn sum(a: Self::F) -> f32;
    unsafe fn largest(a: Self::F) -> f32;
    /// e to the power of each lane, which is at most 88; to about 2 units in the last place.
    unsafe fn exp(a: Self::F) -> Self::F;
    /// From 16 half-precision floats.
    unsafe fn load_f16(from: *const u16) -> Self::F;
    /// From 16 signed bytes.
    unsafe fn load_i8(from: *const i8) -> Self::F;
    /// Rounds to the nearest integers, stores them as signed bytes, returns their sum.
    unsafe fn store_i8(to: *mut i8, value: Self::F) -> i32;

    /// Asks for the cache line there, which need not be valid, into the second-level cache.
    unsafe fn prefetch(at: *const u16);
}
