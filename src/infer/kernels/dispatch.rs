//! The kernels of each tier, compiled for its instructions in a build for any processor of the family.

use super::Tier;
use super::activations::Placed;
use super::attend::{Field, Query, attend};
#[cfg(target_arch = "x86_64")]
use super::both_parts::BothParts;
use super::lanes::{LANES, Lanes};
#[cfg(target_arch = "x86_64")]
use super::many::attend_many;
use super::pack::{Packed, TILE_ROWS};
use super::rows::{Gate, gated, normalize, quantize, read_through};
use super::stored::{Bytes, Halves};
use super::tile::{MOST_ROWS, Panel, Tile, products};
#[cfg(target_arch = "x86_64")]
use super::wide::attend_wide;

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

impl Part<'_> {
    /// Bytes of weights that one tile of products takes.
    pub fn tile_bytes(&self) -> usize {
        let of = |weights: &Packed| weights.format.tile_bytes(weights.columns);
        of(self.weights) + self.second.map_or(0, of)
    }
}

/// A multiplication of several matrices with the same activations; their tiles are counted through.
pub(super) struct Multiply<'a> {
    pub parts: &'a [Part<'a>],
    pub panels: &'a [Placed],
}
// SAFETY: threads take different tiles, hence write to different places; everything else is only read.
unsafe impl Sync for Multiply<'_> {}

/// Attention of many queries, over keys and values as `S` has them.
type ManyOver<S> = unsafe fn(&[Query], &Field, &S);

/// A tier's attention of many queries.
#[derive(Clone, Copy)]
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "no tier of other processors has one"))]
pub(super) struct Many {
    pub halves: ManyOver<Halves>,
    pub bytes: ManyOver<Bytes>,
    /// Whether it rounds to 8 bits; else it computes what attention of a few does, to the last bit.
    pub rounds: bool,
}

/// One tier's kernels.
pub(super) struct Kernels {
    /// Rows of activations `multiply` takes at once, smallest first.
    pub widths: &'static [usize],
    pub multiply: unsafe fn(&Multiply<'_>, usize, usize),
    pub normalize: unsafe fn(*const f32, *const f32, usize, f32, *mut f32),
    pub quantize: unsafe fn(*const f32, usize, *mut u8, usize, usize),
    pub attend_halves: unsafe fn(&[Query], &Field, &Halves, *mut f32),
    pub attend_bytes: unsafe fn(&[Query], &Field, &Bytes, *mut f32),
    /// Where the tier has another way for many queries that is faster.
    pub many: Option<Many>,
    pub read_through: unsafe fn(*const f32, usize) -> f32,
}

impl Kernels {
    /// Those of a tier this processor has.
    pub fn of(tier: Tier) -> &'static Self {
        match tier {
            Tier::Portable => &portable::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Tier::Avx2 => &avx2::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Tier::AvxVnni => &avx_vnni::KERNELS,
            #[cfg(target_arch = "x86_64")]
            Tier::Avx512Vnni => &avx512::KERNELS,
            #[cfg(not(target_arch = "x86_64"))]
            Tier::Avx2 | Tier::AvxVnni | Tier::Avx512Vnni => &portable::KERNELS,
            #[cfg(target_arch = "aarch64")]
            Tier::NeonDotprod => &neon::KERNELS,
            #[cfg(not(target_arch = "aarch64"))]
            Tier::NeonDotprod => &portable::KERNELS,
        }
    }
}

/// Rows of activations that leave so many registers free that both parts of a tile fit in them.
const FEW: usize = 2;

/// Products of a tile with some rows of activations.
type Products = unsafe fn(&Tile, &Panel, *mut f32);

/// Instantiates the kernels for one tier: `$widths` are the numbers of activation rows taken at once, the last as many
/// as its registers hold; up to [`FEW`] by `$few`, more by `$dots`. Each is a function of its own, because one with all of
/// them takes minutes to compile.
macro_rules! tier {
    ($module:ident, $lanes:ty, $few:ty, $dots:ty, [$($widths:literal),+], $many:expr $(, $features:literal)?) => {
        mod $module {
            use super::*;

            pub(super) static KERNELS: Kernels =
                Kernels {
                    widths: &[$($widths),+],
                    multiply,
                    normalize,
                    quantize,
                    attend_halves,
                    attend_bytes,
                    many: $many,
                    read_through,
                };

            $(#[target_feature(enable = $features)])?
            unsafe fn multiply(task: &Multiply<'_>, from: usize, to: usize) {
                unsafe { super::multiply::<$lanes>(task, from, to, &[$(($widths, pass::<$widths> as Products)),+]) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn pass<const M: usize>(tile: &Tile, panel: &Panel, out: *mut f32) {
                // Decided when it is compiled: one of the two is left.
                match M {
                    1..=FEW => unsafe { products::<$few, M>(tile, panel, out) },
                    _ => unsafe { products::<$dots, M>(tile, panel, out) },
                }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn normalize(x: *const f32, weight: *const f32, length: usize, epsilon: f32, out: *mut f32) {
                unsafe { super::normalize::<$lanes>(x, weight, length, epsilon, out) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn quantize(x: *const f32, length: usize, panel: *mut u8, width: usize, row: usize) {
                unsafe { super::quantize::<$lanes>(x, length, panel, width, row) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn attend_halves(queries: &[Query], field: &Field, stored: &Halves, scores: *mut f32) {
                unsafe { super::attend::<$lanes, Halves>(queries, field, stored, scores) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn attend_bytes(queries: &[Query], field: &Field, stored: &Bytes, scores: *mut f32) {
                unsafe { super::attend::<$lanes, Bytes>(queries, field, stored, scores) }
            }
            $(#[target_feature(enable = $features)])?
            unsafe fn read_through(from: *const f32, count: usize) -> f32 {
                unsafe { super::read_through::<$lanes>(from, count) }
            }
        }
    };
}

tier!(
    portable,
    crate::infer::kernels::portable::Portable,
    crate::infer::kernels::portable::Portable,
    crate::infer::kernels::portable::Portable,
    [1, 4],
    None
);
#[cfg(target_arch = "x86_64")]
tier!(
    avx2,
    crate::infer::kernels::avx2::Avx2,
    BothParts<crate::infer::kernels::eight_lanes::Pairs>,
    crate::infer::kernels::eight_lanes::Pairs,
    [1, 2, 4, 6],
    Some(Many { halves: wide_halves, bytes: wide_bytes, rounds: false }),
    "avx2,fma,f16c"
);
#[cfg(target_arch = "x86_64")]
tier!(
    avx_vnni,
    crate::infer::kernels::avx2::Avx2,
    crate::infer::kernels::eight_lanes::Quadruples,
    crate::infer::kernels::eight_lanes::Quadruples,
    [1, 2, 4, 6],
    Some(Many { halves: wide_halves, bytes: wide_bytes, rounds: false }),
    "avxvnni,avx2,fma,f16c"
);
#[cfg(target_arch = "x86_64")]
tier!(
    avx512,
    crate::infer::kernels::avx512::Avx512,
    crate::infer::kernels::avx512::Avx512,
    crate::infer::kernels::avx512::Avx512,
    [1, 2, 4, 8, 12],
    Some(Many { halves: many_halves, bytes: many_bytes, rounds: true }),
    "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c"
);

#[cfg(target_arch = "aarch64")]
tier!(
    neon,
    crate::infer::kernels::neon::Neon,
    crate::infer::kernels::neon::Neon,
    crate::infer::kernels::neon::Neon,
    [1, 2, 4, 8],
    None,
    "neon,dotprod"
);

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn wide_halves(queries: &[Query], field: &Field, stored: &Halves) {
    unsafe { attend_wide::<super::avx2::Avx2, Halves>(queries, field, stored) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,f16c")]
unsafe fn wide_bytes(queries: &[Query], field: &Field, stored: &Bytes) {
    unsafe { attend_wide::<super::avx2::Avx2, Bytes>(queries, field, stored) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
unsafe fn many_halves(queries: &[Query], field: &Field, stored: &Halves) {
    unsafe { attend_many::<super::avx512::Avx512, Halves>(queries, field, stored) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma,f16c")]
unsafe fn many_bytes(queries: &[Query], field: &Field, stored: &Bytes) {
    unsafe { attend_many::<super::avx512::Avx512, Bytes>(queries, field, stored) }
}

/// Tiles `from..to` of the task, with all rows of activations, panel by panel. Tiles of few rows are taken several at a
/// time, so that a gate and its second matrix are each read for a while.
#[inline(always)]
unsafe fn multiply<L: Lanes>(task: &Multiply<'_>, from: usize, to: usize, passes: &[(usize, Products)]) {
    unsafe {
        let (mut out, mut up) = ([0.0_f32; LANES * MOST_ROWS], [0.0_f32; LANES * MOST_ROWS]);
        let (out, up) = (out.as_mut_ptr(), up.as_mut_ptr());
        for placed in task.panels {
            let Some((_, products)) = passes.iter().find(|(width, _)| *width == placed.width) else { return };
            let (size, most) = (LANES * placed.width, (MOST_ROWS / placed.width).max(1));
            let (mut tile, mut part, mut before) = (from, 0, 0);
            while tile < to {
                while tile - before >= task.parts[part].weights.tiles() {
                    before += task.parts[part].weights.tiles();
                    part += 1;
                }
                let (p, first) = (&task.parts[part], tile - before);
                let count = most.min(to - tile).min(p.weights.tiles() - first);
                for i in 0..count {
                    products(&locate(p.weights, first + i), &placed.panel, out.add(i * size));
                }
                if let Some(second) = p.second {
                    for i in 0..count {
                        products(&locate(second, first + i), &placed.panel, up.add(i * size));
                    }
                }
                for i in 0..count {
                    for m in 0..placed.count {
                        let at = p.out.add((placed.first + m) * p.stride + (first + i) * TILE_ROWS);
                        let made = L::load(out.add(i * size + LANES * m));
                        let finished = match p.finish {
                            Finish::Store => made,
                            Finish::Add(factor) => L::fma(made, L::splat(factor), L::load(at)),
                            Finish::Gated(gate) => gated::<L>(gate, made, L::load(up.add(i * size + LANES * m))),
                        };
                        L::store(at, finished);
                    }
                }
                tile += count;
            }
        }
    }
}

#[inline(always)]
unsafe fn locate(weights: &Packed, tile: usize) -> Tile {
    unsafe {
        let blocks = weights.data.as_ptr().add(tile * weights.format.tile_bytes(weights.columns));
        Tile { format: weights.format, columns: weights.columns, blocks }
    }
}
