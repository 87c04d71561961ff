//! The portable tier: plain arrays, any processor. The other tiers are held to it.

use half::f16;

use super::lanes::Lanes;

/// Sixteen lanes as arrays.
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
fn each<const N: usize, T: Copy + Default, U: Copy + Default>(a: [T; N], f: impl Fn(T) -> U) -> [U; N] {
    let mut out = [U::default(); N];
    for i in 0..N {
        out[i] = f(a[i]);
    }
    out
}

#[inline(always)]
fn both<const N: usize, T: Copy + Default>(a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    let mut out = [T::default(); N];
    for i in 0..N {
        out[i] = f(a[i], b[i]);
    }
    out
}

#[inline(always)]
unsafe fn read<T: Copy, const N: usize>(from: *const T) -> [T; N] {
    unsafe { from.cast::<[T; N]>().read_unaligned() }
}

impl Lanes for Portable {
    type F = [f32; 16];
    type I = [i32; 16];
    type W = [u8; 64];

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
    unsafe fn add(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        both(a, b, |x, y| x + y)
    }
    #[inline(always)]
    unsafe fn mul(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        both(a, b, |x, y| x * y)
    }
    #[inline(always)]
    unsafe fn div(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        both(a, b, |x, y| x / y)
    }
    #[inline(always)]
    unsafe fn max(a: [f32; 16], b: [f32; 16]) -> [f32; 16] {
        both(a, b, |x, y| if x > y { x } else { y })
    }
    #[inline(always)]
    unsafe fn abs(a: [f32; 16]) -> [f32; 16] {
        each(a, f32::abs)
    }
    #[inline(always)]
    unsafe fn fma(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
        // Not `mul_add`: without the instruction that is a library call.
        both(both(a, b, |x, y| x * y), c, |x, y| x + y)
    }
    #[inline(always)]
    unsafe fn sum(a: [f32; 16]) -> f32 {
        a.iter().sum()
    }
    #[inline(always)]
    unsafe fn largest(a: [f32; 16]) -> f32 {
        a.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }
    #[inline(always)]
    unsafe fn exp(a: [f32; 16]) -> [f32; 16] {
        each(a, f32::exp)
    }
    #[inline(always)]
    unsafe fn load_f16(from: *const u16) -> [f32; 16] {
        each(unsafe { read::<u16, 16>(from) }, |bits| f16::from_bits(bits).to_f32())
    }
    #[inline(always)]
    unsafe fn load_bf16(from: *const u16) -> [f32; 16] {
        each(unsafe { read::<u16, 16>(from) }, |bits| f32::from_bits(u32::from(bits) << 16))
    }
    #[inline(always)]
    unsafe fn load_u8(from: *const u8) -> [f32; 16] {
        each(unsafe { read::<u8, 16>(from) }, f32::from)
    }
    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> [f32; 16] {
        each(unsafe { read::<i8, 16>(from) }, f32::from)
    }
    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: [f32; 16]) -> i32 {
        let rounded = each(value, |x| x.round_ties_even() as i8);
        unsafe { to.cast::<[i8; 16]>().write_unaligned(rounded) };
        rounded.iter().map(|&x| i32::from(x)).sum()
    }

    #[inline(always)]
    unsafe fn splat_i(value: i32) -> [i32; 16] {
        [value; 16]
    }
    #[inline(always)]
    unsafe fn to_f(value: [i32; 16]) -> [f32; 16] {
        each(value, |x| x as f32)
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
    unsafe fn biased_start(activations: i32) -> [i32; 16] {
        [-128 * activations; 16]
    }
    #[inline(always)]
    unsafe fn dot_biased(sum: [i32; 16], w: [u8; 64], a: *const i8) -> [i32; 16] {
        unsafe { Self::dot(sum, w, a) }
    }
}
