//! Attention of one layer, shared out among the threads: by key head, by rows, and where there are few of both by
//! stretches of positions, whose results are joined.

use super::Engine;
use super::attend::{Field, MOST_QUERIES, Query, SPAN};
use super::dispatch::Many;
use super::lanes::LANES;
use super::stored::{Bytes, Halves, Stored};

/// Positions from which attention of many queries may round to 8 bits: below, reading is quick anyway.
const DEEP: usize = 512;
/// Queries of one key head from which rounding or widening a span of keys costs less than it saves.
const MANY_QUERIES: usize = 24;
/// Rows of queries of a unit of that: more share the work on a span, fewer leave work for all cores.
const MANY_ROWS: [usize; 2] = [64, 32];

/// The keys and values of one layer, for each key head as [`Halves`] and [`Bytes`] have them.
#[derive(Clone, Copy)]
pub(in crate::infer) enum Cached<'a> {
    /// As half floats.
    Halves { keys: &'a [u16], values: &'a [u16] },
    /// In 8 bits.
    Bytes { keys: &'a [i8], key_scales: &'a [u16], values: &'a [i8], value_scales: &'a [u16] },
}

impl Cached<'_> {
    /// Whether that many heads of that many places are there.
    fn holds(&self, heads: usize, capacity: usize, head_dim: usize, padded: usize) -> bool {
        let is = |length: usize, width: usize| length >= heads * capacity * width;
        let blocks = |width: usize| width.div_ceil(Bytes::BLOCK);
        match self {
            Self::Halves { keys, values } => is(keys.len(), head_dim) && is(values.len(), padded),
            Self::Bytes { keys, key_scales, values, value_scales } => {
                let scales = is(key_scales.len(), blocks(head_dim)) && is(value_scales.len(), blocks(padded));
                scales && is(keys.len(), head_dim) && is(values.len(), padded)
            }
        }
    }
}

/// The keys and values of one layer, and who asks.
pub(in crate::infer) struct Attention<'a> {
    /// `[rows, heads, head_dim]`, rows `query_stride` apart.
    pub queries: &'a [f32],
    /// From one row of queries to the next.
    pub query_stride: usize,
    /// Keys and values, of these rows too.
    pub cached: Cached<'a>,
    /// Places of the cache, a multiple of 16; position `p` lies in place `p mod capacity`.
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

impl Engine {
    /// Each query head over the keys and values it may see; results go to `out` in the layout of the queries.
    pub fn attend(&self, attention: &Attention<'_>, out: &mut [f32]) {
        let a = attention;
        let padded = a.head_dim.next_multiple_of(LANES);
        let group = a.heads / a.kv_heads;
        assert!(a.query_stride >= a.heads * a.head_dim && a.rows > 0 && a.capacity.is_multiple_of(LANES));
        assert!(a.queries.len() >= a.rows * a.query_stride && out.len() >= a.rows * a.query_stride);
        // What the first row sees and what the last adds must be there together.
        let (end, seen) = (a.position + a.rows, a.window.saturating_add(a.rows - 1));
        assert!(end <= a.capacity || seen <= a.capacity && a.capacity.is_multiple_of(SPAN), "positions are gone");
        assert!(a.cached.holds(a.kv_heads, a.capacity, a.head_dim, padded));
        let many = self.many(a, group);
        let (unit_rows, splits) = self.units(a, many);
        let row_blocks = a.rows.div_ceil(unit_rows);
        let start = (a.position + 1).saturating_sub(a.window) / SPAN * SPAN;
        let split = (end - start).div_ceil(splits).next_multiple_of(SPAN);
        // One partial result for each split, row and head: the weighted sum, its maximum and its weight.
        let partial = padded + 2;
        let mut partials = vec![0.0; if splits > 1 { splits * a.rows * a.heads * partial } else { 0 }];
        let mut units: Vec<Unit> = (0..a.kv_heads * row_blocks * splits)
            .map(|unit| Unit {
                kv_head: unit % a.kv_heads,
                // The last rows see most and are begun first.
                first_row: (row_blocks - 1 - unit / a.kv_heads % row_blocks) * unit_rows,
                split: unit / a.kv_heads / row_blocks,
            })
            .collect();
        let (to, parts) = (Out(out.as_mut_ptr()), Out(partials.as_mut_ptr()));
        self.pool.each(&mut units, |_, unit| {
            let (to, parts) = (&to, &parts);
            let mut scores = [0.0_f32; MOST_QUERIES * SPAN];
            let at_once = if many.is_some() { unit_rows * group } else { MOST_QUERIES };
            let mut sums = vec![0.0_f32; at_once * padded];
            let mut ends = vec![[0.0_f32; 2]; at_once];
            let rows = unit.first_row..(unit.first_row + unit_rows).min(a.rows);
            let from = start + unit.split * split;
            let field = Field {
                capacity: a.capacity,
                head_dim: a.head_dim,
                padded,
                scale: a.scale,
                softcap: a.softcap,
                from: from.max((a.position + rows.start + 1).saturating_sub(a.window)),
                to: (from + split).min(a.position + rows.end),
            };
            let asked: Vec<(usize, usize)> = (unit.kv_head * group..(unit.kv_head + 1) * group)
                .flat_map(|head| rows.clone().map(move |row| (row, head)))
                .collect();
            for asked in asked.chunks(at_once) {
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
                // SAFETY: sizes were asserted above; `scores` is as long as the kernel asks.
                unsafe { self.run(&queries, &field, a, unit.kv_head, many, scores.as_mut_ptr()) }
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

    /// The tier's way for many queries, where there are that many.
    fn many(&self, a: &Attention<'_>, group: usize) -> Option<Many> {
        let seen = (a.position + a.rows).min(a.window);
        let worth = |many: &Many| a.rows * group >= MANY_QUERIES && (seen >= DEEP || !many.rounds);
        self.kernels.many.filter(worth)
    }

    /// Rows of queries of one unit of work, and into how many stretches of positions it is cut.
    fn units(&self, a: &Attention<'_>, many: Option<Many>) -> (usize, usize) {
        let splits = |rows: usize| self.splits(a, a.rows.div_ceil(rows));
        let Some(many) = many else { return (MOST_QUERIES, splits(MOST_QUERIES)) };
        let [most, least] = MANY_ROWS;
        let keeps_busy = |rows: usize, splits: usize| a.kv_heads * a.rows.div_ceil(rows) * splits >= 3 * self.cores;
        if many.rounds {
            let rows = if keeps_busy(most, 1) { most } else { least };
            return (rows, splits(rows));
        }
        // Where nothing is rounded the numbers are to be those of a few queries: cut at the same places.
        let splits = splits(MOST_QUERIES);
        let rows = MANY_ROWS.into_iter().find(|&rows| keeps_busy(rows, splits));
        (rows.unwrap_or(MOST_QUERIES), splits)
    }

    /// The kernel over one head's keys and values, that of many queries if so told.
    unsafe fn run(
        &self,
        queries: &[Query],
        field: &Field,
        a: &Attention<'_>,
        head: usize,
        many: Option<Many>,
        scores: *mut f32,
    ) {
        let of = |width: usize| head * a.capacity * width;
        let blocks = |width: usize| width.div_ceil(Bytes::BLOCK);
        // SAFETY: `attend` asserted that every head is there; the tier is available.
        unsafe {
            match a.cached {
                Cached::Halves { keys, values } => {
                    let keys = keys.as_ptr().add(of(field.head_dim));
                    let stored = Halves { keys, values: values.as_ptr().add(of(field.padded)) };
                    match many {
                        Some(many) => (many.halves)(queries, field, &stored),
                        None => (self.kernels.attend_halves)(queries, field, &stored, scores),
                    }
                }
                Cached::Bytes { keys, key_scales, values, value_scales } => {
                    let stored = Bytes {
                        keys: keys.as_ptr().add(of(field.head_dim)),
                        key_scales: key_scales.as_ptr().add(of(blocks(field.head_dim))),
                        values: values.as_ptr().add(of(field.padded)),
                        value_scales: value_scales.as_ptr().add(of(blocks(field.padded))),
                    };
                    match many {
                        Some(many) => (many.bytes)(queries, field, &stored),
                        None => (self.kernels.attend_bytes)(queries, field, &stored, scores),
                    }
                }
            }
        }
    }

    /// Into how many stretches of positions attention is cut: enough to keep all cores busy, none below 256.
    fn splits(&self, a: &Attention<'_>, row_blocks: usize) -> usize {
        let units = a.kv_heads * row_blocks;
        let wanted = (4 * self.cores).div_ceil(units);
        let seen = (a.position + a.rows).min(a.window.saturating_add(a.rows));
        wanted.min((seen / 256).max(1))
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
