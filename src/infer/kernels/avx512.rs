//! The AVX-512 VNNI tier: one register holds all sixteen lanes, one instruction four products in each.

use std::arch::x86_64::*;

use super::lanes::Lanes;
use super::many::Quads;

/// Sixteen lanes in one 512-bit register.
#[derive(Clone, Copy)]
pub(super) struct Avx512;

impl Lanes for Avx512 {
    type F = __m512;

    const SUMS: usize = 16;

    #[inline(always)]
    unsafe fn splat(value: f32) -> __m512 {
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512 {
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, value: __m512) {
        unsafe { _mm512_storeu_ps(to, value) }
    }
    #[inline(always)]
    unsafe fn add(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn div(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn abs(a: __m512) -> __m512 {
        unsafe { _mm512_abs_ps(a) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn sum(a: __m512) -> f32 {
        unsafe { _mm512_reduce_add_ps(a) }
    }
    #[inline(always)]
    unsafe fn largest(a: __m512) -> f32 {
        unsafe { _mm512_reduce_max_ps(a) }
    }
    #[inline(always)]
    unsafe fn exp(a: __m512) -> __m512 {
        // exp(x) = 2^n p(r) with n = round(x / ln 2), |r| <= ln 2 / 2, ln 2 in two parts (Cody and Waite), p Taylor.
        unsafe {
            let x = _mm512_max_ps(a, _mm512_set1_ps(-87.0));
            let n = _mm512_roundscale_ps::<0>(_mm512_mul_ps(x, _mm512_set1_ps(std::f32::consts::LOG2_E)));
            let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693_145_75), x);
            let r = _mm512_fnmadd_ps(n, _mm512_set1_ps(1.428_606_8e-6), r);
            let mut p = _mm512_set1_ps(1.0 / 720.0);
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0 / 120.0));
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0 / 24.0));
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0 / 6.0));
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5));
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0));
            p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0));
            _mm512_scalef_ps(p, n)
        }
    }
    #[inline(always)]
    unsafe fn load_f16(from: *const u16) -> __m512 {
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn load_i8(from: *const i8) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) }
    }
    #[inline(always)]
    unsafe fn store_i8(to: *mut i8, value: __m512) -> i32 {
        unsafe {
            let rounded = _mm512_cvtps_epi32(value);
            _mm_storeu_si128(to.cast(), _mm512_cvtsepi32_epi8(rounded));
            _mm512_reduce_add_epi32(rounded)
        }
    }

    #[inline(always)]
    unsafe fn prefetch(at: *const u16) {
        unsafe { _mm_prefetch::<_MM_HINT_T1>(at.cast()) }
    }
}

impl Quads for Avx512 {
    type I = __m512i;

    #[inline(always)]
    unsafe fn splat_i32(value: i32) -> __m512i {
        unsafe { _mm512_set1_epi32(value) }
    }
    #[inline(always)]
    unsafe fn dot_signed(sum: __m512i, lanes: *const u8, four: *const i8) -> __m512i {
        unsafe {
            let four = _mm512_set1_epi32(four.cast::<i32>().read_unaligned());
            _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(lanes.cast()), four)
        }
    }
    #[inline(always)]
    unsafe fn dot_unsigned(sum: __m512i, lanes: *const i8, four: *const u8) -> __m512i {
        unsafe {
            let four = _mm512_set1_epi32(four.cast::<i32>().read_unaligned());
            _mm512_dpbusd_epi32(sum, four, _mm512_loadu_si512(lanes.cast()))
        }
    }
    #[inline(always)]
    unsafe fn to_f(value: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(value) }
    }
    #[inline(always)]
    unsafe fn store_quads(to: *mut u8, four: [__m512; 4], bias: i32) {
        unsafe {
            let bias = _mm512_set1_epi32(bias);
            let mut bytes = _mm512_setzero_si512();
            for n in [3, 2, 1, 0] {
                let rounded = _mm512_add_epi32(_mm512_cvtps_epi32(four[n]), bias);
                let byte = _mm512_and_si512(rounded, _mm512_set1_epi32(255));
                bytes = _mm512_or_si512(_mm512_slli_epi32::<8>(bytes), byte);
            }
            _mm512_storeu_si512(to.cast(), bytes);
        }
    }
    #[inline(always)]
    unsafe fn store_u8(to: *mut u8, value: __m512) {
        unsafe { _mm_storeu_si128(to.cast(), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(value))) }
    }
}
