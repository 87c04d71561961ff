//! The NEON tier of 64-bit ARM: four 128-bit registers hold the sixteen lanes.

use std::arch::aarch64::*;
use std::arch::asm;

use super::lanes::Lanes;

/// Sixteen lanes in four 128-bit registers.
#[derive(Clone, Copy)]
pub(super) struct Neon;

/// Four halves as floats; the intrinsic for it wants a type that is not stable yet.
#[inline(always)]
pub(super) unsafe fn halves(from: *const u16) -> float32x4_t {
    unsafe {
        let halves = vld1_u16(from);
        let floats: float32x4_t;
        asm!("fcvtl {0:v}.4s, {1:v}.4h", out(vreg) floats, in(vreg) halves, options(pure, nomem, nostack));
        floats
    }
}

/// As in the other tiers: exp(x) = 2^n p(r) with n = round(x / ln 2), ln 2 in two parts, p Taylor.
#[inline(always)]
unsafe fn exp4(a: float32x4_t) -> float32x4_t {
    unsafe {
        let x = vmaxq_f32(a, vdupq_n_f32(-87.0));
        let n = vrndnq_f32(vmulq_f32(x, vdupq_n_f32(std::f32::consts::LOG2_E)));
        let r = vfmsq_f32(x, n, vdupq_n_f32(0.693_145_75));
        let r = vfmsq_f32(r, n, vdupq_n_f32(1.428_606_8e-6));
        let mut p = vdupq_n_f32(1.0 / 720.0);
        for coefficient in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
            p = vfmaq_f32(vdupq_n_f32(coefficient), p, r);
        }
        let power = vshlq_n_s32::<23>(vaddq_s32(vcvtnq_s32_f32(n), vdupq_n_s32(127)));
        vmulq_f32(p, vreinterpretq_f32_s32(power))
    }
}

/// Each of the four registers by the same instruction.
macro_rules! four {
    ($f:ident($a:ident)) => {
        [$f($a[0]), $f($a[1]), $f($a[2]), $f($a[3])]
    };
    ($f:ident($a:ident, $b:ident)) => {
        [$f($a[0], $b[0]), $f($a[1], $b[1]), $f($a[2], $b[2]), $f($a[3], $b[3])]
    };
    ($f:ident($a:ident, $b:ident, $c:ident)) => {
        [$f($a[0], $b[0], $c[0]), $f($a[1], $b[1], $c[1]), $f($a[2], $b[2], $c[2]), $f($a[3], $b[3], $c[3])]
    };
}

impl Lanes for Neon {
    type F = [float32x4_t; 4];

    const SUMS: usize = 4;

    #[inline(always)]
    unsafe fn splat(value: f32) -> Self::F {
        unsafe { [vdupq_n_f32(value); 4] }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self::F {
        unsafe { [vld1q_f32(from), vld1q_f32(from.add(4)), vld1q_f32(from.add(8)), vld1q_f32(from.add(12))] }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: Self::F) {
        unsafe {
            vst1q_f32(to, value[0]);
            vst1q_f32(to.add(4), value[1]);
            vst1q_f32(to.add(8), value[2]);
            vst1q_f32(to.add(12), value[3]);
        }
    }
    #[inline(always)]
    unsafe fn add(a: Self::F, b: Self::F) -> Self::F {
        unsafe { four!(vaddq_f32(a, b)) }
    }
    #[inline(always)]
    unsafe fn mul(a: Self::F, b: Self::F) -> Self::F {
        unsafe { four!(vmulq_f32(a, b)) }
    }
    #[inline(always)]
    unsafe fn div(a: Self::F, b: Self::F) -> Self::F {
        unsafe { four!(vdivq_f32(a, b)) }
    }
    #[inline(always)]
    unsafe fn max(a: Self::F, b: Self::F) -> Self::F {
        unsafe { four!(vmaxq_f32(a, b)) }
    }
    #[inline(always)]
    unsafe fn abs(a: Self::F) -> Self::F {
        unsafe { four!(vabsq_f32(a)) }
    }
    #[inline(always)]
    unsafe fn fma(a: Self::F, b: Self::F, c: Self::F) -> Self::F {
        unsafe { four!(vfmaq_f32(c, a, b)) }
    }
    #[inline(always)]
    unsafe fn sum(a: Self::F) -> f32 {
        unsafe {
            let four = vaddq_f32(vaddq_f32(a[0], a[2]), vaddq_f32(a[1], a[3]));
            vaddv_f32(vadd_f32(vget_low_f32(four), vget_high_f32(four)))
        }
    }
    #[inline(always)]
    unsafe fn largest(a: Self::F) -> f32 {
        unsafe { vmaxvq_f32(vmaxq_f32(vmaxq_f32(a[0], a[1]), vmaxq_f32(a[2], a[3]))) }
    }
    #[inline(always)]
    unsafe fn exp(a: Self::F) -> Self::F {
        unsafe { four!(exp4(a)) }
    }
    #[inline(always)]
    unsafe fn load_f16(from: *const u16) -> Self::F {
        unsafe { [halves(from), halves(from.add(4)), halves(from.add(8)), halves(from.add(12))] }
    }
    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> Self::F {
        unsafe {
            let bytes = vld1q_s8(from);
            let (low, high) = (vmovl_s8(vget_low_s8(bytes)), vmovl_s8(vget_high_s8(bytes)));
            let wide = [
                vmovl_s16(vget_low_s16(low)),
                vmovl_s16(vget_high_s16(low)),
                vmovl_s16(vget_low_s16(high)),
                vmovl_s16(vget_high_s16(high)),
            ];
            four!(vcvtq_f32_s32(wide))
        }
    }
    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: Self::F) -> i32 {
        unsafe {
            let rounded = four!(vcvtnq_s32_f32(value));
            let low = vcombine_s16(vqmovn_s32(rounded[0]), vqmovn_s32(rounded[1]));
            let high = vcombine_s16(vqmovn_s32(rounded[2]), vqmovn_s32(rounded[3]));
            vst1q_s8(to, vcombine_s8(vqmovn_s16(low), vqmovn_s16(high)));
            vaddvq_s32(vaddq_s32(vaddq_s32(rounded[0], rounded[1]), vaddq_s32(rounded[2], rounded[3])))
        }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u16) {
        unsafe { asm!("prfm pldl2keep, [{0}]", in(reg) at, options(nostack, preserves_flags, readonly)) }
    }
}
