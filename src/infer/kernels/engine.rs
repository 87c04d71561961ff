//! The safe face of the kernels: each function is one phase of a forward pass, checks its sizes, shares the work out
//! among the pool's threads, and returns when it is done.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::Tier;
use super::activations::{Activations, Placed};
use super::attend::{Field, MOST_QUERIES, Query, SPAN};
use super::buffer::Buffer;
use super::dispatch::{Finish, Kernels, Multiply, Part};
use super::pack::{Packed, TILE_ROWS};
use super::pool::Pool;
use super::rows::Gate;

/// Tiles a thread takes with many rows of activations: they are gone through again for each panel, and must still be in
/// the second-level cache by then, of which desktops have 256 KiB and more.
const STAYS_NEAR: usize = 256 << 10;
const MOST_TILES: usize = 12;
/// Bytes of weights a thread takes at a time with one row of activations.
const STRETCH: usize = 48 << 10;

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
    pub stride: usize,
}

/// The keys and values of one layer, and who asks.
pub(in crate::infer) struct Attention<'a> {
    /// `[rows, heads, head_dim]`, rows `query_stride` apart.
    pub queries: &'a [f32],
    /// From one row of queries to the next.
    pub query_stride: usize,
    /// `[kv_heads, capacity / 16, head_dim, 16]`.
    pub keys: &'a [u16],
    /// `[kv_heads, capacity, padded]`.
    pub values: &'a [u16],
    /// Positions there is room for, a multiple of 16.
    pub capacity: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Rows of queries; row `r` stands at position `position + r` and sees itself and what is before it,
    pub rows: usize,
    /// see `rows`,
    pub position: usize,
    /// but no more than this many positions; `usize::MAX` for all.
    pub window: usize,
    /// Scores are products times this,
    pub scale: f32,
    /// then, where not zero, c tanh(score / c).
    pub softcap: f32,
    /// For each head a further score that counts in the softmax and brings no value; empty for none.
    pub sinks: &'a [f32],
}

impl Attention<'_> {
    /// What a head's sink adds to the sum of weights under that maximum.
    fn sink(&self, head: usize, maximum: f32) -> f32 {
        self.sinks.get(head).map_or(0.0, |sink| (sink - maximum).exp())
    }
}

/// Threads and kernels.
pub(in crate::infer) struct Engine {
    /// The threads.
    pub pool: Pool,
    kernels: &'static Kernels,
    tier: Tier,
}

impl Engine {
    /// With the given tier, or the fastest there is where this processor lacks it.
    pub fn new(threads: usize, tier: Option<Tier>) -> Self {
        let tier = tier.filter(|tier| tier.is_available()).unwrap_or_else(Tier::best);
        Self { pool: Pool::new(threads), kernels: Kernels::of(tier), tier }
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
            // Long enough stretches for what is asked for ahead to be used by who asked.
            1 => (even / 8).max(STRETCH / tile_bytes).clamp(1, even),
            _ => (even / 4).clamp(1, (STAYS_NEAR / tile_bytes).clamp(1, MOST_TILES)),
        };
        let task = Multiply { parts: &parts, panels: &panels };
        let next = AtomicUsize::new(0);
        self.pool.run(&|_| {
            loop {
                let from = next.fetch_add(share, Ordering::Relaxed);
                if from >= tiles {
                    return;
                }
                // SAFETY: `part` checked every size; each tile of a target is written by one thread only.
                unsafe { (self.kernels.multiply)(&task, from, (from + share).min(tiles)) }
            }
        });
    }

    /// Each query head over the keys and values it may see; results go to `out` in the layout of the queries.
    pub fn attend(&self, attention: &Attention<'_>, out: &mut [f32]) {
        let a = attention;
        let padded = a.head_dim.next_multiple_of(16);
        let group = a.heads / a.kv_heads;
        assert!(a.query_stride >= a.heads * a.head_dim && a.rows > 0 && a.capacity.is_multiple_of(16));
        assert!(a.queries.len() >= a.rows * a.query_stride && out.len() >= a.rows * a.query_stride);
        assert!(a.position + a.rows <= a.capacity && a.keys.len() >= a.kv_heads * a.capacity * a.head_dim);
        assert!(a.values.len() >= a.kv_heads * a.capacity * padded);
        let row_blocks = a.rows.div_ceil(MOST_QUERIES);
        let splits = self.splits(a, row_blocks);
        let end = a.position + a.rows;
        let split = end.div_ceil(splits).next_multiple_of(16);
        // One partial result for each split, row and head: the weighted sum, its maximum and its weight.
        let partial = padded + 2;
        let mut partials = vec![0.0; if splits > 1 { splits * a.rows * a.heads * partial } else { 0 }];
        let mut units: Vec<Unit> = (0..a.kv_heads * row_blocks * splits)
            .map(|unit| Unit {
                kv_head: unit % a.kv_heads,
                // The last rows see most and are begun first.
                first_row: (row_blocks - 1 - unit / a.kv_heads % row_blocks) * MOST_QUERIES,
                split: unit / a.kv_heads / row_blocks,
            })
            .collect();
        let (to, parts) = (Out(out.as_mut_ptr()), Out(partials.as_mut_ptr()));
        self.pool.each(&mut units, |_, unit| {
            let (to, parts) = (&to, &parts);
            let mut scores = [0.0_f32; MOST_QUERIES * SPAN];
            let mut sums = vec![0.0_f32; MOST_QUERIES * padded];
            let mut ends = [[0.0_f32; 2]; MOST_QUERIES];
            let rows = unit.first_row..(unit.first_row + MOST_QUERIES).min(a.rows);
            let to_position = ((unit.split + 1) * split).min(a.position + rows.end);
            let field = Field {
                keys: a.keys[unit.kv_head * a.capacity * a.head_dim..].as_ptr(),
                values: a.values[unit.kv_head * a.capacity * padded..].as_ptr(),
                head_dim: a.head_dim,
                padded,
                scale: a.scale,
                softcap: a.softcap,
                from: (unit.split * split).max((a.position + rows.start + 1).saturating_sub(a.window)),
                to: to_position,
            };
            let asked: Vec<(usize, usize)> = (unit.kv_head * group..(unit.kv_head + 1) * group)
                .flat_map(|head| rows.clone().map(move |row| (row, head)))
                .collect();
            for asked in asked.chunks(MOST_QUERIES) {
                let queries: Vec<Query> = asked
                    .iter()
                    .zip(sums.chunks_exact_mut(padded))
                    .zip(&mut ends)
                    .map(|((&(row, head), sum), [maximum, weight])| Query {
                        values: a.queries[row * a.query_stride + head * a.head_dim..].as_ptr(),
                        first: (a.position + row + 1).saturating_sub(a.window),
                        end: a.position + row + 1,
                        sum: sum.as_mut_ptr(),
                        maximum,
                        weight,
                    })
                    .collect();
                // SAFETY: sizes were asserted above; scratch is as long as the kernel asks.
                unsafe { (self.kernels.attend)(&queries, &field, scores.as_mut_ptr()) }
                for ((&(row, head), sum), [maximum, weight]) in asked.iter().zip(sums.chunks_exact(padded)).zip(&ends) {
                    // SAFETY: each (split, row, head) belongs to one unit, and lies within what was asserted.
                    unsafe {
                        if splits > 1 {
                            let at = parts.0.add(((unit.split * a.rows + row) * a.heads + head) * partial);
                            std::ptr::copy_nonoverlapping(sum.as_ptr(), at, padded);
                            at.add(padded).write(*maximum);
                            at.add(padded + 1).write(*weight);
                        } else {
                            let weight = *weight + a.sink(head, *maximum);
                            let at = to.0.add(row * a.query_stride + head * a.head_dim);
                            for (d, value) in sum.iter().take(a.head_dim).enumerate() {
                                at.add(d).write(value / weight);
                            }
                        }
                    }
                }
            }
        });
        if splits > 1 {
            merge(a, &partials, partial, splits, out);
        }
    }

    /// Reads through `bytes` of memory `passes` times, each thread its own part; bytes of a pass, and seconds of the
    /// fastest. `None` where there is no memory for it.
    pub fn read_through(&self, bytes: usize, passes: usize) -> Option<(usize, f64)> {
        let share = (bytes / self.pool.threads() / 256).max(1) * 64;
        let mut floats = Buffer::<f32>::zeros(share.checked_mul(self.pool.threads())?)?;
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

    /// Into how many stretches of positions attention is cut: enough to keep all threads busy, none below 256.
    fn splits(&self, a: &Attention<'_>, row_blocks: usize) -> usize {
        let units = a.kv_heads * row_blocks;
        let wanted = (4 * self.pool.threads()).div_ceil(units);
        wanted.min(((a.position + a.rows) / 256).max(1))
    }
}

struct Unit {
    kv_head: usize,
    first_row: usize,
    split: usize,
}

/// A pointer threads divide among themselves.
struct Out(*mut f32);
// SAFETY: each use says how it is divided.
unsafe impl Sync for Out {}

/// Joins the results over stretches of positions: each was scaled to its own maximum.
fn merge(a: &Attention<'_>, partials: &[f32], partial: usize, splits: usize, out: &mut [f32]) {
    for row in 0..a.rows {
        for head in 0..a.heads {
            let part = |split: usize| &partials[((split * a.rows + row) * a.heads + head) * partial..][..partial];
            let maximum = (0..splits).map(|split| part(split)[partial - 2]).fold(f32::NEG_INFINITY, f32::max);
            let target = &mut out[row * a.query_stride + head * a.head_dim..][..a.head_dim];
            target.fill(0.0);
            let mut weight = a.sink(head, maximum);
            for split in 0..splits {
                let part = part(split);
                if part[partial - 1] > 0.0 {
                    let factor = (part[partial - 2] - maximum).exp();
                    weight += factor * part[partial - 1];
                    target.iter_mut().zip(part).for_each(|(to, from)| *to += factor * from);
                }
            }
            target.iter_mut().for_each(|to| *to /= weight);
        }
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
