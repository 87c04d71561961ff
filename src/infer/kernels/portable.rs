//! The portable tier: plain arrays, any processor. The other tiers are held to it.

use half::f16;

use super::lanes::Lanes;
#[cfg(all(test, target_arch = "x86_64"))]
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

/// `a * b + c` of each lane, rounded once, as the instructions of the other tiers round it.
#[inline(always)]
pub(super) fn fused(a: [f32; 16], b: [f32; 16], c: [f32; 16]) -> [f32; 16] {
    if cfg!(any(target_feature = "fma", target_arch = "aarch64")) {
        return std::array::from_fn(|i| a[i].mul_add(b[i], c[i]));
    }
    // Without the instruction `mul_add` is a library call. In double precision the product is exact and the sum nearly
    // always rounds to the same float; where it might not, for it lies half way between two, or where floats are
    // denormal, it is made again with care.
    let (mut out, mut doubtful) = ([0.0; 16], false);
    for i in 0..16 {
        let sum = f64::from(a[i]) * f64::from(b[i]) + f64::from(c[i]);
        doubtful |= sum.to_bits() as u32 & HALF_WAY_MASK == HALF_WAY;
        doubtful |= sum.abs() < f64::from(f32::MIN_POSITIVE) && sum != 0.0;
        out[i] = sum as f32;
    }
    if doubtful {
        return std::array::from_fn(|i| fused_with_care(a[i], b[i], c[i]));
    }
    out
}

/// What a double has beyond a float, and the half of its last place.
const HALF_WAY_MASK: u32 = (1 << 29) - 1;
const HALF_WAY: u32 = 1 << 28;

/// `a * b + c`, rounded once: the sum in double precision is first rounded to odd, which a second rounding to at least two
/// bits less cannot tell from the exact sum (Boldo and Melquiond 2008, doi:10.1109/TC.2007.70819).
#[cold]
fn fused_with_care(a: f32, b: f32, c: f32) -> f32 {
    let (product, c) = (f64::from(a) * f64::from(b), f64::from(c));
    let sum = product + c;
    // What the sum lost (Knuth's two-sum).
    let of_c = sum - product;
    let lost = (product - (sum - of_c)) + (c - of_c);
    let even = sum.to_bits() & 1 == 0;
    let odd = match (lost > 0.0, lost < 0.0) {
        (true, _) if even => sum.next_up(),
        (_, true) if even => sum.next_down(),
        _ => sum,
    };
    odd as f32
}

#[inline(always)]
pub(super) unsafe fn read<T: Copy, const N: usize>(from: *const T) -> [T; N] {
    unsafe { from.cast::<[T; N]>().read_unaligned() }
}

impl Lanes for Portable {
    type F = [f32; 16];

    const SUMS: usize = 1;

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
        fused(a, b, c)
    }
    #[inline(always)]
    unsafe fn sum(a: [f32; 16]) -> f32 {
        let eight: [f32; 8] = std::array::from_fn(|i| a[i] + a[8 + i]);
        let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[4 + i]);
        (four[0] + four[2]) + (four[1] + four[3])
    }
    #[inline(always)]
    unsafe fn largest(a: [f32; 16]) -> f32 {
        a.iter().copied().fold(f32::NEG_INFINITY, f32::max)
    }
    #[inline(always)]
    unsafe fn exp(a: [f32; 16]) -> [f32; 16] {
        // As in the other tiers: exp(x) = 2^n p(r) with n = round(x / ln 2), ln 2 in two parts, p Taylor.
        let x = each(a, |x| x.max(-87.0));
        let n = each(x, |x| (x * std::f32::consts::LOG2_E).round_ties_even());
        let r = fused(n, [-0.693_145_75; 16], x);
        let r = fused(n, [-1.428_606_8e-6; 16], r);
        let mut p = [1.0 / 720.0; 16];
        for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = fused(p, r, [coefficient; 16]);
        }
        both(p, n, |p, n| p * f32::from_bits(((n as i32 + 127) as u32) << 23))
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

/// What the tiers that have the instructions are held to.
#[cfg(all(test, target_arch = "x86_64"))]
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The library's own `fma` is exact; so must ours be, lane by lane.
    fn check(cases: &[(f32, f32, f32)]) {
        for &(a, b, c) in cases {
            let (got, expected) = (fused([a; 16], [b; 16], [c; 16])[3], a.mul_add(b, c));
            let equal = got.to_bits() == expected.to_bits() || got.is_nan() && expected.is_nan();
            assert!(equal, "{a:e} * {b:e} + {c:e}: {got:e} for {expected:e}");
        }
    }

    #[test]
    fn a_fused_product_and_sum_rounds_once() {
        let (tiny, next) = (2.0_f32.powi(-70), 1.0 + f32::EPSILON);
        check(&[
            (0.0, 1.0, -0.0),
            (-0.0, 1.0, -0.0),
            (1.0, 1.0, -1.0),
            // Half way between two floats but for what a double no longer holds.
            (next, 2.0_f32.powi(-24), tiny + 1.0),
            (2.0_f32.powi(-24), 1.0, next),
            (2.0_f32.powi(-12) + tiny, 2.0_f32.powi(-12), next),
            (1.0 + 2.0_f32.powi(-12), 1.0 - 2.0_f32.powi(-12), 2.0_f32.powi(40)),
            (tiny, tiny, f32::from_bits(1)),
            (1e-30, 1e-10, -f32::from_bits(3)),
            (3e38, 2.0, -3e38),
            (3e38, 2.0, 1.0),
            (f32::INFINITY, 1.0, 1.0),
            (f32::INFINITY, 0.0, 1.0),
            (f32::NAN, 0.0, 1.0),
        ]);
        // Half way cases by the hundred: products of 13 and 12 bits, sums that end a bit below a float's last.
        let mut bits = 1_u64;
        let mut cases = Vec::new();
        for _ in 0..200_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let part = |at: u32, width: u32| ((bits >> at) & ((1 << width) - 1)) as f32;
            let power = 2.0_f32.powi(((bits >> 20) % 40) as i32 - 30);
            cases.push((1.0 + part(30, 13) / 8192.0, (1.0 + part(43, 12) / 4096.0) * power, part(40, 24) - 8e6));
            cases.push((part(30, 13), part(43, 12) * 2.0_f32.powi(-140), f32::from_bits((bits >> 41) as u32)));
            cases.push((part(17, 24), power, (part(40, 24) + 1.0) * tiny));
        }
        check(&cases);
    }
}
