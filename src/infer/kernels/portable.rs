//! The portable tier: plain arrays, any processor. The other tiers are held to it.

use half::f16;

use super::lanes::Lanes;
use super::many::Quads;

/// Sixteen lanes as arrays.
#[derive(Clone, Copy)]
pub(super) struct Portable;

#[inline(always)]
pub(super) fn each<const N: usize, T: Copy + Default, U: Copy + Default>(a: [T; N], f: impl Fn(T) -> U) -> [U; N] {
    let mut out = [U::default(); N];
    for i in 0..N {
        out[i] = f(a[i]);
    }
    out
}

#[inline(always)]
pub(super) fn both<const N: usize, T: Copy + Default>(a: [T; N], b: [T; N], f: impl Fn(T, T) -> T) -> [T; N] {
    let mut out = [T::default(); N];
    for i in 0..N {
        out[i] = f(a[i], b[i]);
    }
    out
}

#[inline(always)]
pub(super) unsafe fn read<T: Copy, const N: usize>(from: *const T) -> [T; N] {
    unsafe { from.cast::<[T; N]>().read_unaligned() }
}

impl Lanes for Portable {
    type F = [f32; 16];

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
    unsafe fn prefetch(_: *const u16) {}
}

impl Quads for Portable {
    type I = [i32; 16];

    #[inline(always)]
    unsafe fn splat_i32(value: i32) -> [i32; 16] {
        [value; 16]
    }
    #[inline(always)]
    unsafe fn dot_signed(mut sum: [i32; 16], lanes: *const u8, four: *const i8) -> [i32; 16] {
        let (lanes, four) = unsafe { (read::<u8, 64>(lanes), read::<i8, 4>(four)) };
        for i in 0..64 {
            sum[i / 4] += i32::from(lanes[i]) * i32::from(four[i % 4]);
        }
        sum
    }
    #[inline(always)]
    unsafe fn dot_unsigned(mut sum: [i32; 16], lanes: *const i8, four: *const u8) -> [i32; 16] {
        let (lanes, four) = unsafe { (read::<i8, 64>(lanes), read::<u8, 4>(four)) };
        for i in 0..64 {
            sum[i / 4] += i32::from(lanes[i]) * i32::from(four[i % 4]);
        }
        sum
    }
    #[inline(always)]
    unsafe fn to_f(value: [i32; 16]) -> [f32; 16] {
        each(value, |x| x as f32)
    }
    #[inline(always)]
    unsafe fn store_quads(to: *mut u8, four: [[f32; 16]; 4], bias: i32) {
        for i in 0..64 {
            let byte = four[i % 4][i / 4].round_ties_even() as i32 + bias;
            // A signed byte's bits, or an unsigned byte: the low eight of either.
            unsafe { to.add(i).write(byte as u8) };
        }
    }
    #[inline(always)]
    unsafe fn store_u8(to: *mut u8, value: [f32; 16]) {
        let rounded = each(value, |x| x.round_ties_even() as u8);
        unsafe { to.cast::<[u8; 16]>().write_unaligned(rounded) };
    }
}
