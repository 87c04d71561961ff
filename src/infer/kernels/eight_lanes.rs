//! Products in 256-bit registers, a tile in two parts of 8 rows: by AVX2 alone, and by the VNNI instruction of processors
//! without AVX-512.

use std::arch::x86_64::*;

use super::dots::Dots;

/// AVX2: products are added in pairs to 16 bits, and widened as seldom as they fit.
#[derive(Clone, Copy)]
pub(super) struct Pairs;

/// AVX-VNNI: four products at once to 32 bits.
#[derive(Clone, Copy)]
pub(super) struct Quadruples;

#[inline(always)]
unsafe fn broadcast(a: *const i8) -> __m256i {
    unsafe { _mm256_set1_epi32(a.cast::<i32>().read_unaligned()) }
}

/// Pairs of 16 bits added up to 32.
#[inline(always)]
unsafe fn widen(pairs: __m256i) -> __m256i {
    unsafe { _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)) }
}

/// 0xff in each of 32 bytes whose bit is set.
#[inline(always)]
unsafe fn spread(bits: u32) -> __m256i {
    unsafe {
        #[rustfmt::skip]
        let byte_of = _mm256_setr_epi8(
            0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3,
        );
        let bit = _mm256_set1_epi64x(0x8040_2010_0804_0201_u64.cast_signed());
        let bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(bits.cast_signed()), byte_of);
        _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit)
    }
}

/// Implements [`Dots`] with what is given for the products.
macro_rules! eight_lanes {
    ($name:ident, $keeps_bias:literal, { $($products:tt)* }) => {
        impl Dots for $name {
            type F = __m256;
            type I = __m256i;
            type W = __m256i;
            type Short = __m256i;

            const PARTS: usize = 2;
            const KEEPS_BIAS: bool = $keeps_bias;

            $($products)*

            #[inline(always)]
            unsafe fn splat(value: f32) -> __m256 {
                unsafe { _mm256_set1_ps(value) }
            }
            #[inline(always)]
            unsafe fn load(from: *const f32) -> __m256 {
                unsafe { _mm256_loadu_ps(from) }
            }
            #[inline(always)]
            unsafe fn store(to: *mut f32, value: __m256) {
                unsafe { _mm256_storeu_ps(to, value) }
            }
            #[inline(always)]
            unsafe fn mul(a: __m256, b: __m256) -> __m256 {
                unsafe { _mm256_mul_ps(a, b) }
            }
            #[inline(always)]
            unsafe fn mul_by(a: __m256, b: *const f32) -> __m256 {
                unsafe { _mm256_mul_ps(a, _mm256_set1_ps(b.read_unaligned())) }
            }
            #[inline(always)]
            unsafe fn fma(a: __m256, b: __m256, c: __m256) -> __m256 {
                unsafe { _mm256_fmadd_ps(a, b, c) }
            }
            #[inline(always)]
            unsafe fn fma_by(a: __m256, b: *const f32, c: __m256) -> __m256 {
                unsafe { _mm256_fmadd_ps(a, _mm256_set1_ps(b.read_unaligned()), c) }
            }
            #[inline(always)]
            unsafe fn halves(from: *const u16) -> __m256 {
                unsafe { _mm256_cvtph_ps(_mm_loadu_si128(from.cast())) }
            }
            #[inline(always)]
            unsafe fn brain_halves(from: *const u16) -> __m256 {
                unsafe {
                    let wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(from.cast()));
                    _mm256_castsi256_ps(_mm256_slli_epi32::<16>(wide))
                }
            }
            #[inline(always)]
            unsafe fn bytes(from: *const u8) -> __m256 {
                unsafe { _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(from.cast()))) }
            }
            #[inline(always)]
            unsafe fn signed_bytes(from: *const i8) -> __m256 {
                unsafe { _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(from.cast()))) }
            }
            #[inline(always)]
            unsafe fn nibbles(from: *const u8) -> (__m256, __m256) {
                unsafe {
                    let bytes = _mm256_cvtepu8_epi32(_mm_loadl_epi64(from.cast()));
                    let low = _mm256_and_si256(bytes, _mm256_set1_epi32(15));
                    (_mm256_cvtepi32_ps(low), _mm256_cvtepi32_ps(_mm256_srli_epi32::<4>(bytes)))
                }
            }
            #[inline(always)]
            unsafe fn powers(from: *const u8) -> __m256 {
                unsafe {
                    let exponents = _mm256_cvtepu8_epi32(_mm_loadl_epi64(from.cast()));
                    _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponents))
                }
            }
            #[inline(always)]
            unsafe fn load_w(from: *const u8) -> __m256i {
                unsafe { _mm256_loadu_si256(from.cast()) }
            }
            #[inline(always)]
            unsafe fn low(w: __m256i) -> __m256i {
                unsafe { _mm256_and_si256(w, _mm256_set1_epi8(15)) }
            }
            #[inline(always)]
            unsafe fn high(w: __m256i) -> __m256i {
                unsafe { _mm256_and_si256(_mm256_srli_epi16::<4>(w), _mm256_set1_epi8(15)) }
            }
            #[inline(always)]
            unsafe fn two<const SHIFT: u32>(w: __m256i) -> __m256i {
                unsafe {
                    let moved = match SHIFT {
                        0 => w,
                        2 => _mm256_srli_epi16::<2>(w),
                        4 => _mm256_srli_epi16::<4>(w),
                        _ => _mm256_srli_epi16::<6>(w),
                    };
                    _mm256_and_si256(moved, _mm256_set1_epi8(3))
                }
            }
            #[inline(always)]
            unsafe fn add_where<const VALUE: i8>(w: __m256i, bits: *const u8) -> __m256i {
                unsafe {
                    let bits = spread(bits.cast::<u32>().read_unaligned());
                    _mm256_add_epi8(w, _mm256_and_si256(bits, _mm256_set1_epi8(VALUE)))
                }
            }
            #[inline(always)]
            unsafe fn join_two<const SHIFT: u32>(w: __m256i, bits: __m256i) -> __m256i {
                unsafe {
                    let moved = match SHIFT {
                        0 => _mm256_slli_epi16::<4>(bits),
                        2 => _mm256_slli_epi16::<2>(bits),
                        4 => bits,
                        _ => _mm256_srli_epi16::<2>(bits),
                    };
                    _mm256_or_si256(w, _mm256_and_si256(moved, _mm256_set1_epi8(0x30)))
                }
            }
            #[inline(always)]
            unsafe fn look_up(table: &[u8; 16], w: __m256i) -> __m256i {
                unsafe {
                    let table = _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast()));
                    _mm256_shuffle_epi8(table, w)
                }
            }
            #[inline(always)]
            unsafe fn zero() -> __m256i {
                unsafe { _mm256_setzero_si256() }
            }
            #[inline(always)]
            unsafe fn all(from: *const i32) -> __m256i {
                unsafe { _mm256_set1_epi32(from.read_unaligned()) }
            }
            #[inline(always)]
            unsafe fn to_f(value: __m256i) -> __m256 {
                unsafe { _mm256_cvtepi32_ps(value) }
            }
        }
    };
}

eight_lanes!(Pairs, false, {
    #[inline(always)]
    unsafe fn begin(_: __m256i) -> __m256i {
        unsafe { _mm256_setzero_si256() }
    }
    /// Weights times activations of 127 at most, in pairs: 15 x 127 x 2 x 8, 31 x 127 x 2 x 4 and 63 x 127 x 2 x 2 all
    /// stay below 2^15.
    #[inline(always)]
    unsafe fn dot(short: __m256i, w: __m256i, a: *const i8) -> __m256i {
        unsafe { _mm256_add_epi16(short, _mm256_maddubs_epi16(w, broadcast(a))) }
    }
    #[inline(always)]
    unsafe fn end(sum: __m256i, short: __m256i) -> __m256i {
        unsafe { _mm256_add_epi32(sum, widen(short)) }
    }
    /// |w| times (a with the sign of w): at most 128 x 127 x 2 < 2^15.
    #[inline(always)]
    unsafe fn dot_high(sum: __m256i, w: __m256i, a: *const i8) -> __m256i {
        unsafe {
            let signed = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
            let products = _mm256_maddubs_epi16(_mm256_abs_epi8(signed), _mm256_sign_epi8(broadcast(a), signed));
            _mm256_add_epi32(sum, widen(products))
        }
    }
});

eight_lanes!(Quadruples, true, {
    #[inline(always)]
    unsafe fn begin(sum: __m256i) -> __m256i {
        sum
    }
    #[inline(always)]
    unsafe fn dot(sum: __m256i, w: __m256i, a: *const i8) -> __m256i {
        unsafe { _mm256_dpbusd_avx_epi32(sum, w, broadcast(a)) }
    }
    #[inline(always)]
    unsafe fn end(_: __m256i, short: __m256i) -> __m256i {
        short
    }
    #[inline(always)]
    unsafe fn dot_high(sum: __m256i, w: __m256i, a: *const i8) -> __m256i {
        unsafe { _mm256_dpbusd_avx_epi32(sum, w, broadcast(a)) }
    }
});
