//! What happens to one row of activations between two matrices: normalise, round to 8 bits, gate.

use super::lanes::{LANES, Lanes};
use super::tile::RECORD;

/// Values that share a scale.
pub(in crate::infer) const BLOCK: usize = 32;

/// How a feed-forward block bends its gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::infer) enum Gate {
    /// x / (1 + e^-x): SiLU.
    Silu,
    /// x / (1 + e^(-2 sqrt(2/pi) (x + 0.044715 x^3))): GELU by its tanh approximation.
    Gelu,
}

impl Gate {
    /// The bent value, one at a time.
    pub fn of(self, x: f32) -> f32 {
        match self {
            Self::Silu => x / (1.0 + (-x).exp()),
            Self::Gelu => x / (1.0 + (-2.0 * 0.797_884_6 * (x + 0.044_715 * x * x * x)).exp()),
        }
    }
}

/// `out = x / sqrt(mean(x^2) + epsilon) * weight` over `length` values, a multiple of 16 or not.
///
/// # Safety
/// All pointers hold `length` values; the processor has the tier's features.
#[inline(always)]
pub(super) unsafe fn normalize<L: Lanes>(
    x: *const f32,
    weight: *const f32,
    length: usize,
    epsilon: f32,
    out: *mut f32,
) {
    unsafe {
        let whole = length / LANES * LANES;
        let mut squares = L::splat(0.0);
        let mut at = 0;
        while at < whole {
            let values = L::load(x.add(at));
            squares = L::fma(values, values, squares);
            at += LANES;
        }
        let mut sum = L::sum(squares);
        while at < length {
            sum += *x.add(at) * *x.add(at);
            at += 1;
        }
        let scale = 1.0 / (sum / length as f32 + epsilon).sqrt();
        at = 0;
        while at < whole {
            let scaled = L::mul(L::load(x.add(at)), L::splat(scale));
            L::store(out.add(at), L::mul(scaled, L::load(weight.add(at))));
            at += LANES;
        }
        while at < length {
            *out.add(at) = *x.add(at) * scale * *weight.add(at);
            at += 1;
        }
    }
}

/// Rounds `length` values, a multiple of 32, to bytes with one scale for each 32, as row `row` of a panel of `width`
/// rows: see [`super::tile::Panel`].
///
/// # Safety
/// `x` holds `length` values, the panel `length / 32` records of `width` rows; the processor has the tier's features.
#[inline(always)]
pub(super) unsafe fn quantize<L: Lanes>(x: *const f32, length: usize, panel: *mut u8, width: usize, row: usize) {
    unsafe {
        let mut record = panel;
        for block in 0..length / BLOCK {
            let at = block * BLOCK;
            let (a, b) = (L::load(x.add(at)), L::load(x.add(at + LANES)));
            let largest = L::largest(L::max(L::abs(a), L::abs(b)));
            // Of zeros, and of denormals whose inverse is none, all bytes are zero.
            let inverse = 127.0 / largest;
            let inverse = L::splat(if inverse.is_finite() { inverse } else { 0.0 });
            let scale = largest / 127.0;
            let bytes = record.add(BLOCK * row).cast::<i8>();
            let first = L::store_i8(bytes, L::mul(a, inverse));
            // What is no number rounds to the least integer: then the sum says nothing, and must only not overflow.
            let sum = first.wrapping_add(L::store_i8(bytes.add(LANES), L::mul(b, inverse)));
            let scales = record.add(BLOCK * width).cast::<f32>();
            scales.add(row).write_unaligned(scale);
            scales.add(width + row).write_unaligned(scale * sum as f32);
            scales.add(2 * width + row).write_unaligned(scale * first as f32);
            scales.add(3 * width + row).cast::<i32>().write_unaligned(sum.wrapping_mul(-128));
            record = record.add(RECORD * width);
        }
    }
}

/// The bent gate times `up`, lane by lane.
///
/// # Safety
/// The processor has the tier's features.
#[inline(always)]
pub(super) unsafe fn gated<L: Lanes>(gate: Gate, x: L::F, up: L::F) -> L::F {
    unsafe {
        let exponent = match gate {
            Gate::Silu => L::mul(x, L::splat(-1.0)),
            Gate::Gelu => {
                let cubic = L::fma(L::mul(L::mul(x, x), x), L::splat(0.044_715), x);
                L::mul(cubic, L::splat(-2.0 * 0.797_884_6))
            }
        };
        // Beyond e^80 the quotient is zero to a float anyway; the limit keeps the power finite.
        let limited = L::mul(L::max(L::mul(exponent, L::splat(-1.0)), L::splat(-80.0)), L::splat(-1.0));
        let power = L::exp(limited);
        L::mul(L::div(x, L::add(L::splat(1.0), power)), up)
    }
}

/// Reads `count` floats, a multiple of 64, and returns their sum: what it costs is what memory costs.
///
/// # Safety
/// `from` holds `count` floats; the processor has the tier's features.
#[inline(always)]
pub(super) unsafe fn read_through<L: Lanes>(from: *const f32, count: usize) -> f32 {
    unsafe {
        let mut sums = [L::splat(0.0); 4];
        let mut at = 0;
        while at < count {
            for (i, sum) in sums.iter_mut().enumerate() {
                *sum = L::add(*sum, L::load(from.add(at + LANES * i)));
            }
            at += 64;
        }
        L::sum(L::add(L::add(sums[0], sums[1]), L::add(sums[2], sums[3])))
    }
}
