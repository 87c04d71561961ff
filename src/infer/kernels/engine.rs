//! The safe face of the kernels: each function is one phase of a forward pass, checks its sizes, shares the work out
//! among the pool's threads, and returns when it is done.

use super::Tier;
use super::activations::{Activations, Placed};
use super::buffer::Buffer;
use super::dispatch::{Finish, Kernels, Multiply, Part};
use super::pack::{Packed, TILE_ROWS};
use super::pool::Pool;
use super::rows::Gate;
use super::shares::Shares;
use crate::infer::physical_cores;

/// Tiles a thread takes with many rows of activations: they are gone through again for each panel, and must still be in
/// the second-level cache by then, of which desktops have 256 KiB and more.
const STAYS_NEAR: usize = 256 << 10;
const MOST_TILES: usize = 12;

/// Where products go. Rows of the target are `stride` apart, a multiple of 16 at least as long as the matrix has rows.
pub(in crate::infer) enum Target<'a> {
    /// Over what was there.
    Store(&'a mut [f32]),
    /// Added to what was there, times a factor.
    Add(&'a mut [f32], f32),
    /// Bent by the gate and multiplied with the products of a second matrix of the same shape.
    Gated(&'a mut [f32], Gate, &'a Packed),
}

/// A matrix to multiply with, and where to.
pub(in crate::infer) struct Product<'a> {
    pub weights: &'a Packed,
    pub target: Target<'a>,
    /// From one row of products to the next.
    pub stride: usize,
}

impl<'a> Product<'a> {
    /// With rows of products as far apart as the matrix has rows, in whole tiles.
    pub const fn new(weights: &'a Packed, target: Target<'a>) -> Self {
        Self { weights, target, stride: weights.padded_rows() }
    }
}

/// Threads and kernels.
pub(in crate::infer) struct Engine {
    /// The threads.
    pub pool: Pool,
    pub(super) kernels: &'static Kernels,
    tier: Tier,
    /// Cores of this machine. Attention is cut up for them and not for the threads there are: where a sum is cut decides
    /// how it is rounded, and a text must not depend on the number of threads.
    pub(super) cores: usize,
}

impl Engine {
    /// With the given tier, or the fastest there is where this processor lacks it.
    pub fn new(threads: usize, tier: Option<Tier>) -> Self {
        let tier = tier.filter(|tier| tier.is_available()).unwrap_or_else(Tier::best);
        Self { pool: Pool::new(threads), kernels: Kernels::of(tier), tier, cores: physical_cores() }
    }

    /// Takes another number of threads.
    pub fn set_threads(&mut self, threads: usize) {
        self.pool = Pool::new(threads);
    }

    /// The tier in use.
    pub const fn tier(&self) -> Tier {
        self.tier
    }

    /// Normalises each row of `x` (rows `stride` apart) by its root mean square into `to`.
    pub fn normalize(&self, x: &[f32], stride: usize, weight: &[f32], epsilon: f32, rows: usize, to: &mut Activations) {
        let columns = weight.len();
        assert!(stride >= columns && x.len() >= rows * stride, "rows to normalise are missing");
        self.fill(to, rows, columns, |row, floats| {
            let x = &x[row * stride..][..columns];
            // SAFETY: all three hold `columns` values; the tier is available.
            unsafe { (self.kernels.normalize)(x.as_ptr(), weight.as_ptr(), columns, epsilon, floats.as_mut_ptr()) }
        });
    }

    /// Normalises short vectors in place, as query and key heads.
    pub fn normalize_in_place(&self, x: &mut [f32], weight: &[f32], epsilon: f32) {
        for head in x.chunks_exact_mut(weight.len().max(1)) {
            let start = head.as_mut_ptr();
            // SAFETY: as in `normalize`; the kernel reads each value before it writes it.
            unsafe { (self.kernels.normalize)(start, weight.as_ptr(), weight.len(), epsilon, start) }
        }
    }

    /// Takes rows of `columns` values, `stride` apart, as they are into `to`.
    pub fn take(&self, x: &[f32], stride: usize, columns: usize, rows: usize, to: &mut Activations) {
        self.fill(to, rows, columns, |row, floats| floats.copy_from_slice(&x[row * stride..][..columns]));
    }

    /// Writes each row by `write`, then rounds it to 8 bits.
    fn fill(&self, to: &mut Activations, rows: usize, columns: usize, write: impl Fn(usize, &mut [f32]) + Sync) {
        to.shape(rows, columns, self.kernels.widths);
        let stride = to.stride();
        let place_of = to.places();
        let finish = |row: usize| {
            let place = place_of(row);
            // SAFETY: the place is one row of `stride` floats and its share of a panel; each row is written once.
            unsafe {
                let floats = std::slice::from_raw_parts_mut(place.floats, stride);
                let (whole, rest) = floats.split_at_mut(columns);
                rest.fill(0.0);
                write(row, whole);
                (self.kernels.quantize)(floats.as_ptr(), stride, place.panel, place.width, place.row);
            }
        };
        match rows {
            1 => finish(0),
            _ => self.pool.count(rows, finish),
        }
    }

    /// Multiplies the first `rows` of `activations` with each product's weights.
    pub fn multiply(&self, products: &mut [Product<'_>], activations: &Activations, rows: usize) {
        let parts: Vec<Part<'_>> = products.iter_mut().map(|product| part(product, activations, rows)).collect();
        let tiles: usize = parts.iter().map(|part| part.weights.tiles()).sum();
        let panels: Vec<Placed> = activations.panels(rows).collect();
        let tile_bytes = parts.iter().map(Part::tile_bytes).max().unwrap_or(1).max(1);
        let even = tiles.div_ceil(self.pool.threads());
        let share = match rows {
            1 => (even / 8).max(1),
            _ => (even / 4).clamp(1, (STAYS_NEAR / tile_bytes).clamp(1, MOST_TILES)),
        };
        let task = Multiply { parts: &parts, panels: &panels };
        let shares = Shares::new(tiles, self.pool.threads());
        self.pool.run(&|thread| {
            while let Some(tiles) = shares.next(thread, share) {
                // SAFETY: `part` checked every size; each tile of a target is written by one thread only.
                unsafe { (self.kernels.multiply)(&task, tiles.start, tiles.end) }
            }
        });
    }

    /// Reads through `bytes` of memory `passes` times, each thread its own part; bytes of a pass, and seconds of the
    /// fastest. `None` where there is no memory for it.
    pub fn read_through(&self, bytes: usize, passes: usize) -> Option<(usize, f64)> {
        let share = (bytes / self.pool.threads() / 256).max(1) * 64;
        let mut floats = Buffer::<f32>::zeros(share.checked_mul(self.pool.threads())?)?;
        // As weights have them: with small pages the same memory gives less.
        floats.ask_for_large_pages();
        let mut parts: Vec<&mut [f32]> = floats.chunks_exact_mut(share).collect();
        // Untouched pages are all one page of zeros, which a cache holds.
        self.pool.each(&mut parts, |_, part| part.fill(1.0));
        let mut fastest = f64::INFINITY;
        for _ in 0..passes.max(1) {
            let started = std::time::Instant::now();
            self.pool.each(&mut parts, |_, part| {
                // SAFETY: the part holds as many floats, a multiple of 64; the tier is available.
                let sum = unsafe { (self.kernels.read_through)(part.as_ptr(), part.len()) };
                std::hint::black_box(sum);
            });
            fastest = fastest.min(started.elapsed().as_secs_f64());
        }
        Some((size_of::<f32>() * share * parts.len(), fastest))
    }
}

/// Checks a product's sizes and takes its pointers.
fn part<'a>(product: &'a mut Product<'_>, activations: &Activations, rows: usize) -> Part<'a> {
    let weights = product.weights;
    assert!(weights.columns == activations.columns() && rows > 0, "activations of another width");
    assert!(product.stride >= weights.tiles() * TILE_ROWS, "the target's rows are too short");
    let (out, finish, second) = match &mut product.target {
        Target::Store(out) => (out, Finish::Store, None),
        Target::Add(out, factor) => (out, Finish::Add(*factor), None),
        Target::Gated(out, gate, up) => {
            assert!(up.columns == weights.columns && up.rows == weights.rows, "gate and up differ in shape");
            (out, Finish::Gated(*gate), Some(*up))
        }
    };
    assert!(out.len() >= rows * product.stride, "the target is too short");
    Part { weights, second, out: out.as_mut_ptr(), stride: product.stride, finish }
}
