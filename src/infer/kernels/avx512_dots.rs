//! Products with AVX-512 VNNI: all 16 rows in one register, four products of each row in one instruction.

use std::arch::x86_64::*;

use super::avx512::Avx512;
use super::dots::Dots;

#[inline(always)]
unsafe fn broadcast(a: *const i8) -> __m512i {
    unsafe { _mm512_set1_epi32(a.cast::<i32>().read_unaligned()) }
}

impl Dots for Avx512 {
    type F = __m512;
    type I = __m512i;
    type W = __m512i;
    type Short = __m512i;

    const PARTS: usize = 1;
    const KEEPS_BIAS: bool = true;

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
    unsafe fn mul(a: __m512, b: __m512) -> __m512 {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul_by(a: __m512, b: *const f32) -> __m512 {
        unsafe { _mm512_mul_ps(a, _mm512_set1_ps(b.read_unaligned())) }
    }
    #[inline(always)]
    unsafe fn fma(a: __m512, b: __m512, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    unsafe fn fma_by(a: __m512, b: *const f32, c: __m512) -> __m512 {
        unsafe { _mm512_fmadd_ps(a, _mm512_set1_ps(b.read_unaligned()), c) }
    }
    #[inline(always)]
    unsafe fn halves(from: *const u16) -> __m512 {
        unsafe { _mm512_cvtph_ps(_mm256_loadu_si256(from.cast())) }
    }
    #[inline(always)]
    unsafe fn brain_halves(from: *const u16) -> __m512 {
        unsafe {
            let wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<16>(wide))
        }
    }
    #[inline(always)]
    unsafe fn bytes(from: *const u8) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(from.cast()))) }
    }
    #[inline(always)]
    unsafe fn signed_bytes(from: *const i8) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(from.cast()))) }
    }
    #[inline(always)]
    unsafe fn nibbles(from: *const u8) -> (__m512, __m512) {
        unsafe {
            let bytes = _mm512_cvtepu8_epi32(_mm_loadu_si128(from.cast()));
            let low = _mm512_and_si512(bytes, _mm512_set1_epi32(15));
            (_mm512_cvtepi32_ps(low), _mm512_cvtepi32_ps(_mm512_srli_epi32::<4>(bytes)))
        }
    }
    #[inline(always)]
    unsafe fn powers(from: *const u8) -> __m512 {
        unsafe {
            let exponents = _mm512_cvtepu8_epi32(_mm_loadu_si128(from.cast()));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponents))
        }
    }

    #[inline(always)]
    unsafe fn load_w(from: *const u8) -> __m512i {
        unsafe { _mm512_loadu_si512(from.cast()) }
    }
    #[inline(always)]
    unsafe fn low(w: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(w, _mm512_set1_epi8(15)) }
    }
    #[inline(always)]
    unsafe fn high(w: __m512i) -> __m512i {
        unsafe { _mm512_and_si512(_mm512_srli_epi16::<4>(w), _mm512_set1_epi8(15)) }
    }
    #[inline(always)]
    unsafe fn two<const SHIFT: u32>(w: __m512i) -> __m512i {
        unsafe {
            let moved = match SHIFT {
                0 => w,
                2 => _mm512_srli_epi16::<2>(w),
                4 => _mm512_srli_epi16::<4>(w),
                _ => _mm512_srli_epi16::<6>(w),
            };
            _mm512_and_si512(moved, _mm512_set1_epi8(3))
        }
    }
    #[inline(always)]
    unsafe fn add_where<const VALUE: i8>(w: __m512i, bits: *const u8) -> __m512i {
        unsafe { _mm512_mask_add_epi8(w, bits.cast::<u64>().read_unaligned(), w, _mm512_set1_epi8(VALUE)) }
    }
    #[inline(always)]
    unsafe fn join_two<const SHIFT: u32>(w: __m512i, bits: __m512i) -> __m512i {
        unsafe {
            let moved = match SHIFT {
                0 => _mm512_slli_epi16::<4>(bits),
                2 => _mm512_slli_epi16::<2>(bits),
                4 => bits,
                _ => _mm512_srli_epi16::<2>(bits),
            };
            _mm512_or_si512(w, _mm512_and_si512(moved, _mm512_set1_epi8(0x30)))
        }
    }
    #[inline(always)]
    unsafe fn look_up(table: &[u8; 16], w: __m512i) -> __m512i {
        unsafe {
            let table = _mm512_broadcast_i32x4(_mm_loadu_si128(table.as_ptr().cast()));
            _mm512_shuffle_epi8(table, w)
        }
    }

    #[inline(always)]
    unsafe fn zero() -> __m512i {
        unsafe { _mm512_setzero_si512() }
    }
    #[inline(always)]
    unsafe fn all(from: *const i32) -> __m512i {
        unsafe { _mm512_set1_epi32(from.read_unaligned()) }
    }
    #[inline(always)]
    unsafe fn to_f(value: __m512i) -> __m512 {
        unsafe { _mm512_cvtepi32_ps(value) }
    }
    #[inline(always)]
    unsafe fn begin(sum: __m512i) -> __m512i {
        sum
    }
    #[inline(always)]
    unsafe fn dot(sum: __m512i, w: __m512i, a: *const i8) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sum, w, broadcast(a)) }
    }
    #[inline(always)]
    unsafe fn end(_: __m512i, short: __m512i) -> __m512i {
        short
    }
    #[inline(always)]
    unsafe fn dot_high(sum: __m512i, w: __m512i, a: *const i8) -> __m512i {
        unsafe { _mm512_dpbusd_epi32(sum, w, broadcast(a)) }
    }
}
