//! The keys or the values of one layer in memory, laid out as the attention kernel reads them.
//!
//! Keys lie in blocks of 16 positions, `[kv_heads, capacity / 16, head_dim, 16]`, values `[kv_heads, capacity, padded]`
//! with `padded` the head's width rounded up to 16. In 8 bits each 32 components of a head have a scale, the largest
//! magnitude over 127 as a half float (GGUF's Q8_0): `[kv_heads, capacity / 16, blocks, 16]` of keys, `[kv_heads,
//! blocks, capacity]` of values.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::KvFormat;
use crate::infer::kernels::{Cached, LANES, Pages, Slab};

/// Components that share a scale.
const BLOCK: usize = 32;

/// Heads of one layer.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub heads: usize,
    pub head_dim: usize,
}

impl Shape {
    /// Width of a row of values.
    fn padded(self) -> usize {
        self.head_dim.next_multiple_of(LANES)
    }

    /// Size of keys and values of that many positions.
    pub fn bytes(self, capacity: usize, format: KvFormat) -> u64 {
        let of = |width: usize| match format {
            KvFormat::F16 => 2 * width,
            KvFormat::Q8_0 => width + 2 * width.div_ceil(BLOCK),
        };
        (self.heads * (of(self.head_dim) + of(self.padded()))) as u64 * capacity as u64
    }
}

/// Keys or values of one layer.
pub(super) struct Store {
    numbers: Numbers,
    shape: Shape,
    is_keys: bool,
}

enum Numbers {
    Halves(Slab<u16>),
    Bytes { quants: Slab<i8>, scales: Slab<u16> },
}

/// One head's part, to be written to.
pub(super) struct Head<'a> {
    numbers: HeadNumbers<'a>,
    shape: Shape,
    is_keys: bool,
    /// Which head.
    head: usize,
}

enum HeadNumbers<'a> {
    Halves(&'a mut [u16]),
    Bytes { quants: &'a mut [i8], scales: &'a mut [u16] },
}

impl Store {
    /// Keys and values of layers with room for so many positions each, all in one piece; `None` where there is no memory.
    pub fn pairs(shape: Shape, capacities: &[usize], format: KvFormat, pages: Pages) -> Option<Vec<[Self; 2]>> {
        let lengths = |of: fn(usize) -> usize| -> Option<Vec<usize>> {
            let widths = [shape.head_dim, shape.padded()];
            let both = capacities.iter().flat_map(|&capacity| widths.map(|width| (capacity, width)));
            both.map(|(capacity, width)| capacity.checked_mul(shape.heads.checked_mul(of(width))?)).collect()
        };
        let numbers: Vec<Numbers> = match format {
            KvFormat::F16 => Slab::zeros(&lengths(|width| width)?, pages)?.into_iter().map(Numbers::Halves).collect(),
            KvFormat::Q8_0 => {
                let quants = Slab::zeros(&lengths(|width| width)?, pages)?;
                let scales = Slab::zeros(&lengths(|width| width.div_ceil(BLOCK))?, pages)?;
                quants.into_iter().zip(scales).map(|(quants, scales)| Numbers::Bytes { quants, scales }).collect()
            }
        };
        let mut stores = numbers.into_iter();
        let pair = |_: &usize| {
            let mut store = |is_keys| Some(Self { numbers: stores.next()?, shape, is_keys });
            Some([store(true)?, store(false)?])
        };
        capacities.iter().map(pair).collect()
    }

    /// Size in memory.
    pub fn bytes(&self) -> u64 {
        let bytes = match &self.numbers {
            Numbers::Halves(halves) => 2 * halves.len(),
            Numbers::Bytes { quants, scales } => quants.len() + 2 * scales.len(),
        };
        bytes as u64
    }

    /// Takes the place of a store of the same shape, with all that is in it.
    pub fn take_over(mut self, other: &mut Self) {
        match (&mut self.numbers, &other.numbers) {
            (Numbers::Halves(to), Numbers::Halves(from)) => to.copy_from_slice(from),
            (
                Numbers::Bytes { quants: to, scales: to_scales },
                Numbers::Bytes { quants: from, scales: from_scales },
            ) => {
                to.copy_from_slice(from);
                to_scales.copy_from_slice(from_scales);
            }
            _ => unreachable!("both are made of one format"),
        }
        *other = self;
    }

    /// These keys with their values, as the kernels take them.
    pub fn with<'a>(&'a self, values: &'a Self) -> Cached<'a> {
        match (&self.numbers, &values.numbers) {
            (Numbers::Halves(keys), Numbers::Halves(values)) => Cached::Halves { keys, values },
            (
                Numbers::Bytes { quants: keys, scales: key_scales },
                Numbers::Bytes { quants: values, scales: value_scales },
            ) => Cached::Bytes { keys, key_scales, values, value_scales },
            _ => unreachable!("both are made of one format"),
        }
    }

    /// Its heads, each to be written to by itself.
    pub fn heads(&mut self) -> Vec<Head<'_>> {
        let (shape, is_keys) = (self.shape, self.is_keys);
        let head = |(head, numbers)| Head { numbers, shape, is_keys, head };
        match &mut self.numbers {
            Numbers::Halves(halves) => {
                let each = halves.len() / shape.heads;
                halves.chunks_exact_mut(each).map(HeadNumbers::Halves).enumerate().map(head).collect()
            }
            Numbers::Bytes { quants, scales } => {
                let (quants_each, scales_each) = (quants.len() / shape.heads, scales.len() / shape.heads);
                let heads = quants.chunks_exact_mut(quants_each).zip(scales.chunks_exact_mut(scales_each));
                heads.map(|(quants, scales)| HeadNumbers::Bytes { quants, scales }).enumerate().map(head).collect()
            }
        }
    }
}

impl Head<'_> {
    /// Stores what a row of all heads, one behind the other, has of this head, in place `place`.
    pub fn store(&mut self, place: usize, row: &[f32]) {
        let Shape { head_dim, .. } = self.shape;
        let row = &row[self.head * head_dim..][..head_dim];
        let (padded, lane) = (self.shape.padded(), place % LANES);
        match &mut self.numbers {
            HeadNumbers::Halves(halves) => {
                let mut rounded = [f16::ZERO; BLOCK];
                for (block, floats) in row.chunks(BLOCK).enumerate() {
                    let rounded = &mut rounded[..floats.len()];
                    rounded.convert_from_f32_slice(floats);
                    if self.is_keys {
                        let at = place / LANES * LANES * head_dim + block * BLOCK * LANES;
                        let to = halves[at..].chunks_exact_mut(LANES);
                        to.zip(&*rounded).for_each(|(to, half)| to[lane] = half.to_bits());
                    } else {
                        let to = &mut halves[place * padded + block * BLOCK..];
                        to.iter_mut().zip(&*rounded).for_each(|(to, half)| *to = half.to_bits());
                    }
                }
            }
            HeadNumbers::Bytes { quants, scales } => {
                let (blocks, capacity) = (row.len().div_ceil(BLOCK), scales.len() / padded.div_ceil(BLOCK));
                let mut rounded = [0; BLOCK];
                for (block, floats) in row.chunks(BLOCK).enumerate() {
                    let rounded = &mut rounded[..floats.len()];
                    let scale = round(floats, rounded);
                    if self.is_keys {
                        scales[(place / LANES * blocks + block) * LANES + lane] = scale;
                        let at = place / LANES * LANES * head_dim + block * BLOCK * LANES;
                        let to = quants[at..].chunks_exact_mut(LANES);
                        to.zip(&*rounded).for_each(|(to, &quant)| to[lane] = quant);
                    } else {
                        scales[block * capacity + place] = scale;
                        quants[place * padded + block * BLOCK..][..rounded.len()].copy_from_slice(rounded);
                    }
                }
            }
        }
    }
}

/// Rounds to 8 bits; the scale's bits.
fn round(floats: &[f32], to: &mut [i8]) -> u16 {
    let largest = floats.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
    let scale = largest / 127.0;
    let inverse = if scale > 0.0 { 1.0 / scale } else { 0.0 };
    // `as` keeps within 8 bits.
    to.iter_mut().zip(floats).for_each(|(to, x)| *to = (x * inverse).round_ties_even() as i8);
    f16::from_f32(scale).to_bits()
}
