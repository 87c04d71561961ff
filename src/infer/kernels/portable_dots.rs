//! Products in plain Rust, all 16 rows at once. The other tiers are held to it.

use half::f16;

use super::dots::Dots;
use super::portable::{Portable, both, each, fused, read};

impl Dots for Portable {
    type F = [f32; 16];
    type I = [i32; 16];
    type W = [u8; 64];
    type Short = [i32; 16];

    const PARTS: usize = 1;
    const KEEPS_BIAS: bool = true;

    #[inline(always)]
    unsafe fn splat(value: f32) -> [f32; 16] {
        [value; 16]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> [f32; 16] {
        unsafe { read(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: [f32; 16]) {
        unsafe { to.cast::<[f32; 16]>().write_unaligned(value) }
    }
    #[inline(always)]
    unsafe fn mul(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        both(a, b, |x, y| x * y)
    }
    #[inline(always)]
    unsafe fn mul_by(a: [f32; 16], b: *const f32) -> [f32; 16] {
        let b = unsafe { b.read_unaligned() };
        each(a, |x| x * b)
    }
    #[inline(always)]
    unsafe fn fma(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        fused(a, b, c)
    }
    #[inline(always)]
    unsafe fn fma_by(a: [f32; 16], b: *const f32, c: [f32; 16]) -> [f32; 16] {
        fused(a, [unsafe { b.read_unaligned() }; 16], c)
    }
    #[inline(always)]
    unsafe fn halves(from: *const u16) -> [f32; 16] {
        each(unsafe { read::<u16, 16>(from) }, |bits| f16::from_bits(bits).to_f32())
    }
    #[inline(always)]
    unsafe fn brain_halves(from: *const u16) -> [f32; 16] {
        each(unsafe { read::<u16, 16>(from) }, |bits| f32::from_bits(u32::from(bits) << 16))
    }
    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> [f32; 16] {
        each(unsafe { read::<u8, 16>(from) }, f32::from)
    }
    #[inline(always)]
    unsafe fn signed_bytes(from: *const i8) -> [f32; 16] {
        each(unsafe { read::<i8, 16>(from) }, f32::from)
    }
    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> ([f32; 16], [f32; 16]) {
        let bytes = unsafe { read::<u8, 16>(from) };
        (each(bytes, |byte| f32::from(byte & 15)), each(bytes, |byte| f32::from(byte >> 4)))
    }
    #[inline(always)]
    unsafe fn powers(from: *const u8) -> [f32; 16] {
        each(unsafe { read::<u8, 16>(from) }, |byte| f32::from_bits(u32::from(byte) << 23))
    }

    #[inline(always)]
    unsafe fn load_w(from: *const u8) -> [u8; 64] {
        unsafe { read(from) }
    }
    #[inline(always)]
    unsafe fn low(w: [u8; 64]) -> [u8; 64] {
        each(w, |x| x & 15)
    }
    #[inline(always)]
    unsafe fn high(w: [u8; 64]) -> [u8; 64] {
        each(w, |x| x >> 4)
    }
    #[inline(always)]
    unsafe fn two<const SHIFT: u32>(w: [u8; 64]) -> [u8; 64] {
        each(w, |x| x >> SHIFT & 3)
    }
    #[inline(always)]
    unsafe fn add_where<const VALUE: i8>(mut w: [u8; 64], bits: *const u8) -> [u8; 64] {
        let bits = u64::from_le_bytes(unsafe { read(bits) });
        for (i, byte) in w.iter_mut().enumerate() {
            if bits >> i & 1 == 1 {
                *byte = byte.wrapping_add_signed(VALUE);
            }
        }
        w
    }
    #[inline(always)]
    unsafe fn join_two<const SHIFT: u32>(w: [u8; 64], bits: [u8; 64]) -> [u8; 64] {
        both(w, bits, |x, y| x | (y >> SHIFT & 3) << 4)
    }
    #[inline(always)]
    unsafe fn look_up(table: &[u8; 16], w: [u8; 64]) -> [u8; 64] {
        each(w, |x| table[usize::from(x & 15)])
    }

    #[inline(always)]
    unsafe fn zero() -> [i32; 16] {
        [0; 16]
    }
    #[inline(always)]
    unsafe fn all(from: *const i32) -> [i32; 16] {
        [unsafe { from.read_unaligned() }; 16]
    }
    #[inline(always)]
    unsafe fn to_f(value: [i32; 16]) -> [f32; 16] {
        each(value, |x| x as f32)
    }
    #[inline(always)]
    unsafe fn begin(sum: [i32; 16]) -> [i32; 16] {
        sum
    }
    #[inline(always)]
    unsafe fn dot(mut sum: [i32; 16], w: [u8; 64], a: *const i8) -> [i32; 16] {
        let a: [i8; 4] = unsafe { read(a) };
        for lane in 0..16 {
            for i in 0..4 {
                sum[lane] += i32::from(w[lane * 4 + i]) * i32::from(a[i]);
            }
        }
        sum
    }
    #[inline(always)]
    unsafe fn end(_: [i32; 16], short: [i32; 16]) -> [i32; 16] {
        short
    }
    #[inline(always)]
    unsafe fn dot_high(sum: [i32; 16], w: [u8; 64], a: *const i8) -> [i32; 16] {
        unsafe { <Self as Dots>::dot(sum, w, a) }
    }
}
