//! The kernels of each tier, compiled for its instructions in a build for any processor of the family.

use super::Tier;
use super::attend::{Field, Query, attend};
use super::lanes::Lanes;
use super::pack::{Packed, TILE_ROWS};
use super::rows::{Gate, gated, normalize, quantize};
use super::tile::{MOST_ROWS, Row, Tile, products};

/// What becomes of the products.
#[derive(Clone, Copy)]
pub(super) enum Finish {
    Store,
    Add(f32),
    Gated(Gate),
}

/// One matrix of a multiplication. Sizes were checked by whoever made it.
pub(super) struct Part<'a> {
    pub weights: &'a Packed,
    /// The second matrix of a gate.
    pub second: Option<&'a Packed>,
    pub out: *mut f32,
    pub stride: usize,
    pub finish: Finish,
}

/// A multiplication of several matrices with the same activations; their tiles are counted through.
pub(super) struct Multiply<'a> {
    pub parts: &'a [Part<'a>],
    pub rows: &'a [Row],
}
// SAFETY: threads take different tiles, hence write to different places; everything else is only read.
unsafe impl Sync for Multiply<'_> {}

/// One tier's kernels.
pub(super) struct Kernels {
    pub multiply: unsafe fn(&Multiply<'_>, usize, usize),
    pub normalize: unsafe fn(*const f32, *const f32, usize, f32, *mut f32),
    pub quantize: unsafe fn(*const f32, usize, *mut i8, *mut f32, *mut i32, *mut i32),
    pub attend: unsafe fn(&[Query], &Field, *mut f32),
}

impl Kernels {
    /// Those of a tier this processor has.
    pub fn of(tier: Tier) -> &'static Self {
        match tier {
            Tier::Portable => &portable::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => &avx2::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512Vnni => &avx512::KERNELS,
            #[cfg(not(target_arch = "x86_64"))]
            Tier::Avx2 | Tier::Avx512Vnni => &portable::KERNELS,
        }
    }
}

/// Products of a tile with some rows of activations.
type Products<L> = unsafe fn(&Tile, &[Row; MOST_ROWS], &mut [<L as Lanes>::F; MOST_ROWS]);

/// Instantiates the kernels for one tier: `$passes` are the numbers of activation rows taken at once, the last as many
/// as its registers hold. Each is a function of its own, because one with all of them takes minutes to compile.
macro_rules! tier {
    ($module:ident, $lanes:ty, [$($passes:literal),+] $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub(super) static KERNELS: Kernels = Kernels { multiply, normalize, quantize, attend };

            $(#[target_feature(enable = $features)])?
            unsafe fn multiply(task: &Multiply<'_>, from: usize, to: usize) {
                unsafe { super::multiply::<$lanes>(task, from, to, &[$(($passes, pass::<$passes> as Products<$lanes>)),+]) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn pass<const M: usize>(
                tile: &Tile,
                rows: &[Row; MOST_ROWS],
                out: &mut [<$lanes as Lanes>::F; MOST_ROWS],
            ) {
                unsafe { products::<$lanes, M>(tile, rows, out) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn normalize(x: *const f32, weight: *const f32, length: usize, epsilon: f32, out: *mut f32) {
                unsafe { super::normalize::<$lanes>(x, weight, length, epsilon, out) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn quantize(
                x: *const f32,
                length: usize,
                bytes: *mut i8,
                scales: *mut f32,
                sums: *mut i32,
                first_sums: *mut i32,
            ) {
                unsafe { super::quantize::<$lanes>(x, length, bytes, scales, sums, first_sums) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn attend(queries: &[Query], field: &Field, scores: *mut f32) {
                unsafe { super::attend::<$lanes>(queries, field, scores) }
            }
        }
    };
}

tier!(portable, crate::infer::kernels::portable::Portable, [1, 4]);
#[cfg(target_arch = "x86_64")]
tier!(avx2, crate::infer::kernels::avx2::Avx2, [1, 2, 4], "avx2,fma,f16c");
#[cfg(target_arch = "x86_64")]
tier!(
    avx512,
    crate::infer::kernels::avx512::Avx512,
    [1, 2, 4, 8, 12],
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"
);

/// Tiles `from..to` of the task, with all rows of activations, as many at a time as a pass takes.
#[inline(always)]
unsafe fn multiply<L: Lanes>(task: &Multiply<'_>, from: usize, to: usize, passes: &[(usize, Products<L>)]) {
    unsafe {
        let (mut out, mut up) = ([L::splat(0.0); MOST_ROWS], [L::splat(0.0); MOST_ROWS]);
        let largest = passes[passes.len() - 1];
        let mut first = 0;
        while first < task.rows.len() {
            let left = task.rows.len() - first;
            // The smallest pass that takes all that is left; what it takes beyond repeats a row and is let go.
            let (size, products) = *passes.iter().find(|(size, _)| *size >= left).unwrap_or(&largest);
            let count = left.min(size);
            let mut rows = [task.rows[first]; MOST_ROWS];
            rows[..count].copy_from_slice(&task.rows[first..first + count]);
            let (mut part, mut before) = (0, 0);
            for tile in from..to {
                while tile - before >= task.parts[part].weights.tiles() {
                    before += task.parts[part].weights.tiles();
                    part += 1;
                }
                let p = &task.parts[part];
                products(&locate(p.weights, tile - before), &rows, &mut out);
                if let Some(second) = p.second {
                    products(&locate(second, tile - before), &rows, &mut up);
                }
                for m in 0..count {
                    let at = p.out.add((first + m) * p.stride + (tile - before) * TILE_ROWS);
                    match p.finish {
                        Finish::Store => L::store(at, out[m]),
                        Finish::Add(factor) => L::store(at, L::fma(out[m], L::splat(factor), L::load(at))),
                        Finish::Gated(gate) => L::store(at, gated::<L>(gate, out[m], up[m])),
                    }
                }
            }
            first += count;
        }
    }
}

#[inline(always)]
unsafe fn locate(weights: &Packed, tile: usize) -> Tile {
    unsafe {
        let scales = weights.data.as_ptr().add(tile * weights.format.tile_bytes(weights.columns));
        let quants = scales.add(weights.format.scale_plane_bytes(weights.columns));
        Tile { format: weights.format, columns: weights.columns, scales, quants }
    }
}
