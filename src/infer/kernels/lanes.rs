//! What a processor must offer for the kernels to be written once: sixteen lanes of floats, of integers, and of four
//! weight bytes each. Each tier implements it with its own instructions; the portable one with plain arrays.

/// Sixteen lanes. `F` holds 16 floats, `I` 16 integers of 32 bits, `W` 64 bytes: 4 neighbouring weights of each lane.
///
/// # Safety
/// Every function needs the processor features of the implementing tier, and every pointer must be valid for what is
/// read or written through it: 16 elements of the pointed-to type unless said otherwise. No alignment is assumed.
pub(super) trait Lanes: Copy {
    type F: Copy;
    type I: Copy;
    type W: Copy;

    unsafe fn splat(value: f32) -> Self::F;
    unsafe fn load(from: *const f32) -> Self::F;
    unsafe fn store(to: *mut f32, value: Self::F);
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn abs(a: Self::F) -> Self::F;
    /// `a * b + c`, rounded once or twice.
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    unsafe fn sum(a: Self::F) -> f32;
    unsafe fn largest(a: Self::F) -> f32;
    /// e to the power of each lane, which is at most 88; to about 2 units in the last place.
    unsafe fn exp(a: Self::F) -> Self::F;
    /// From 16 half-precision floats.
    unsafe fn load_f16(from: *const u16) -> Self::F;
    /// From 16 floats of the first 16 bits.
    unsafe fn load_bf16(from: *const u16) -> Self::F;
    /// From 16 unsigned bytes.
    unsafe fn load_u8(from: *const u8) -> Self::F;
    /// From 16 signed bytes.
    unsafe fn load_i8(from: *const i8) -> Self::F;
    /// Rounds to the nearest integers, stores them as signed bytes, returns their sum.
    unsafe fn store_i8(to: *mut i8, value: Self::F) -> i32;

    unsafe fn splat_i(value: i32) -> Self::I;
    unsafe fn to_f(value: Self::I) -> Self::F;

    /// 64 bytes.
    unsafe fn load_w(from: *const u8) -> Self::W;
    /// The low four bits of each byte.
    unsafe fn low(w: Self::W) -> Self::W;
    /// The high four bits of each byte.
    unsafe fn high(w: Self::W) -> Self::W;
    /// Adds `VALUE` to the bytes whose bit is set in the 64 bits at `bits`.
    unsafe fn add_where<const VALUE: i8>(w: Self::W, bits: *const u8) -> Self::W;
    /// The two bits at `SHIFT` (0, 2, 4 or 6) of each byte of `bits`, moved to bits 4 and 5 and joined to `w`.
    unsafe fn join_two<const SHIFT: u32>(w: Self::W, bits: Self::W) -> Self::W;

    /// To each lane adds the products of its 4 weights, unsigned and at most 63, with the 4 signed bytes at `a`.
    unsafe fn dot(sum: Self::I, w: Self::W, a: *const i8) -> Self::I;
    /// Where a sum over [`Lanes::dot_biased`] starts, given the sum of all activations it will meet.
    unsafe fn biased_start(activations: i32) -> Self::I;
    /// As `dot` with weights of a full byte that stand 128 too high.
    unsafe fn dot_biased(sum: Self::I, w: Self::W, a: *const i8) -> Self::I;
}
