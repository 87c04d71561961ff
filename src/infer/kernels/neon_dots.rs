//! Products with the dot-product instruction of 64-bit ARM (ARMv8.2 and later): a tile in four parts of 4 rows.

use std::arch::aarch64::*;
use std::arch::asm;

use super::dots::Dots;
use super::neon::{Neon, halves};

/// Four products in each of four lanes; the intrinsic is not stable yet.
#[inline(always)]
unsafe fn sdot(mut sum: int32x4_t, w: int8x16_t, a: int8x16_t) -> int32x4_t {
    unsafe {
        asm!(
            ".arch_extension dotprod",
            "sdot {0:v}.4s, {1:v}.16b, {2:v}.16b",
            inout(vreg) sum,
            in(vreg) w,
            in(vreg) a,
            options(pure, nomem, nostack)
        );
        sum
    }
}

#[inline(always)]
unsafe fn broadcast(a: *const i8) -> int8x16_t {
    unsafe { vreinterpretq_s8_s32(vdupq_n_s32(a.cast::<i32>().read_unaligned())) }
}

/// Four bytes as integers.
#[inline(always)]
unsafe fn four_bytes(from: *const u8) -> uint32x4_t {
    unsafe {
        let bytes = vcreate_u8(u64::from(from.cast::<u32>().read_unaligned()));
        vmovl_u16(vget_low_u16(vmovl_u8(bytes)))
    }
}

impl Dots for Neon {
    type F = float32x4_t;
    type I = int32x4_t;
    type W = uint8x16_t;
    type Short = int32x4_t;

    const PARTS: usize = 4;
    const KEEPS_BIAS: bool = false;

    #[inline(always)]
    unsafe fn splat(value: f32) -> float32x4_t {
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> float32x4_t {
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: float32x4_t) {
        unsafe { vst1q_f32(to, value) }
    }
    #[inline(always)]
    unsafe fn mul(a: float32x4_t, b: float32x4_t) -> float32x4_t {
        unsafe { vmulq_f32(a, b) }
    }
    #[inline(always)]
    unsafe fn mul_by(a: float32x4_t, b: *const f32) -> float32x4_t {
        unsafe { vmulq_f32(a, vdupq_n_f32(b.read_unaligned())) }
    }
    #[inline(always)]
    unsafe fn fma(a: float32x4_t, b: float32x4_t, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, b) }
    }
    #[inline(always)]
    unsafe fn fma_by(a: float32x4_t, b: *const f32, c: float32x4_t) -> float32x4_t {
        unsafe { vfmaq_f32(c, a, vdupq_n_f32(b.read_unaligned())) }
    }
    #[inline(always)]
    unsafe fn halves(from: *const u16) -> float32x4_t {
        unsafe { halves(from) }
    }
    #[inline(always)]
    unsafe fn brain_halves(from: *const u16) -> float32x4_t {
        unsafe { vreinterpretq_f32_u32(vshlq_n_u32::<16>(vmovl_u16(vld1_u16(from)))) }
    }
    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> float32x4_t {
        unsafe { vcvtq_f32_u32(four_bytes(from)) }
    }
    #[inline(always)]
    unsafe fn signed_bytes(from: *const i8) -> float32x4_t {
        unsafe {
            let raised = veorq_u32(four_bytes(from.cast()), vdupq_n_u32(0x80));
            vcvtq_f32_s32(vsubq_s32(vreinterpretq_s32_u32(raised), vdupq_n_s32(0x80)))
        }
    }
    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> (float32x4_t, float32x4_t) {
        unsafe {
            let bytes = four_bytes(from);
            (vcvtq_f32_u32(vandq_u32(bytes, vdupq_n_u32(15))), vcvtq_f32_u32(vshrq_n_u32::<4>(bytes)))
        }
    }
    #[inline(always)]
    unsafe fn powers(from: *const u8) -> float32x4_t {
        unsafe { vreinterpretq_f32_u32(vshlq_n_u32::<23>(four_bytes(from))) }
    }

    #[inline(always)]
    unsafe fn load_w(from: *const u8) -> uint8x16_t {
        unsafe { vld1q_u8(from) }
    }
    #[inline(always)]
    unsafe fn low(w: uint8x16_t) -> uint8x16_t {
        unsafe { vandq_u8(w, vdupq_n_u8(15)) }
    }
    #[inline(always)]
    unsafe fn high(w: uint8x16_t) -> uint8x16_t {
        unsafe { vshrq_n_u8::<4>(w) }
    }
    #[inline(always)]
    unsafe fn two<const SHIFT: u32>(w: uint8x16_t) -> uint8x16_t {
        unsafe {
            let moved = match SHIFT {
                0 => w,
                2 => vshrq_n_u8::<2>(w),
                4 => vshrq_n_u8::<4>(w),
                _ => vshrq_n_u8::<6>(w),
            };
            vandq_u8(moved, vdupq_n_u8(3))
        }
    }
    #[inline(always)]
    unsafe fn add_where<const VALUE: i8>(w: uint8x16_t, bits: *const u8) -> uint8x16_t {
        unsafe {
            let bit = vreinterpretq_u8_u64(vdupq_n_u64(0x8040_2010_0804_0201));
            let bytes = vcombine_u8(vdup_n_u8(*bits), vdup_n_u8(*bits.add(1)));
            vaddq_u8(w, vandq_u8(vtstq_u8(bytes, bit), vdupq_n_u8(VALUE.cast_unsigned())))
        }
    }
    #[inline(always)]
    unsafe fn join_two<const SHIFT: u32>(w: uint8x16_t, bits: uint8x16_t) -> uint8x16_t {
        unsafe { vorrq_u8(w, vshlq_n_u8::<4>(Self::two::<SHIFT>(bits))) }
    }
    #[inline(always)]
    unsafe fn look_up(table: &[u8; 16], w: uint8x16_t) -> uint8x16_t {
        unsafe { vqtbl1q_u8(vld1q_u8(table.as_ptr()), w) }
    }

    #[inline(always)]
    unsafe fn zero() -> int32x4_t {
        unsafe { vdupq_n_s32(0) }
    }
    #[inline(always)]
    unsafe fn all(from: *const i32) -> int32x4_t {
        unsafe { vdupq_n_s32(from.read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn to_f(value: int32x4_t) -> float32x4_t {
        unsafe { vcvtq_f32_s32(value) }
    }
    #[inline(always)]
    unsafe fn begin(sum: int32x4_t) -> int32x4_t {
        sum
    }
    #[inline(always)]
    unsafe fn dot(sum: int32x4_t, w: uint8x16_t, a: *const i8) -> int32x4_t {
        // Weights are at most 63, so they may as well be signed.
        unsafe { sdot(sum, vreinterpretq_s8_u8(w), broadcast(a)) }
    }
    #[inline(always)]
    unsafe fn end(_: int32x4_t, short: int32x4_t) -> int32x4_t {
        short
    }
    #[inline(always)]
    unsafe fn dot_high(sum: int32x4_t, w: uint8x16_t, a: *const i8) -> int32x4_t {
        unsafe { sdot(sum, vreinterpretq_s8_u8(veorq_u8(w, vdupq_n_u8(0x80))), broadcast(a)) }
    }
}
