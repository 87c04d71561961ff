//! Keys and values of the tokens read so far, in half precision, allocated once for the whole context.

use half::f16;
use half::slice::HalfFloatSliceExt;

use super::InferError;
use super::hyper::Hyper;
use super::kernels::{Buffer, Engine};
use crate::units::Bytes;

/// Positions of a block of keys: as many as the kernels have lanes.
const BLOCK: usize = 16;

/// The cache of all layers.
pub(super) struct KvCache {
    layers: Vec<LayerCache>,
    capacity: usize,
    head_dim: usize,
    padded: usize,
}

/// One layer's cache. Keys `[kv_heads, capacity / 16, head_dim, 16]`, values `[kv_heads, capacity, padded]`.
pub(super) struct LayerCache {
    pub keys: Buffer<u16>,
    pub values: Buffer<u16>,
}

/// Keys and values a pass has made: `rows` rows, `stride` floats apart.
pub(super) struct Made<'a> {
    pub keys: &'a [f32],
    pub values: &'a [f32],
    pub stride: usize,
    pub rows: usize,
}

impl KvCache {
    /// For at least `context_tokens` positions.
    pub fn new(hyper: &Hyper, context_tokens: usize) -> Result<Self, InferError> {
        let capacity = context_tokens.next_multiple_of(BLOCK);
        let padded = hyper.head_dim.next_multiple_of(16);
        let lack = || InferError::Memory {
            what: format!("a KV cache of {context_tokens} tokens"),
            bytes: (hyper.layers * hyper.kv_heads * (hyper.head_dim + padded)) as u64 * 2 * capacity as u64,
        };
        let buffer = |width: usize| -> Result<Buffer<u16>, InferError> {
            let values = capacity.checked_mul(hyper.kv_heads * width).ok_or_else(lack)?;
            Buffer::zeros(values).ok_or_else(lack)
        };
        let layers = (0..hyper.layers)
            .map(|_| Ok(LayerCache { keys: buffer(hyper.head_dim)?, values: buffer(padded)? }))
            .collect::<Result<_, InferError>>()?;
        Ok(Self { layers, capacity, head_dim: hyper.head_dim, padded })
    }

    /// Positions there is room for.
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// Size in memory.
    pub fn bytes(&self) -> Bytes {
        let values: usize = self.layers.iter().map(|layer| layer.keys.len() + layer.values.len()).sum();
        Bytes::new(values as u64 * 2)
    }

    /// A layer's cache.
    pub fn layer(&self, layer: usize) -> &LayerCache {
        &self.layers[layer]
    }

    /// Stores what a pass made for one layer from `position` on.
    pub fn store(&mut self, engine: &Engine, layer: usize, position: usize, made: &Made<'_>) {
        let Made { keys, values, stride, rows } = *made;
        let (head_dim, padded, capacity) = (self.head_dim, self.padded, self.capacity);
        assert!(position + rows <= capacity, "the KV cache is full");
        let layer = &mut self.layers[layer];
        let keys_of = layer.keys.chunks_exact_mut(capacity * head_dim).map(|to| (to, keys, true));
        let values_of = layer.values.chunks_exact_mut(capacity * padded).map(|to| (to, values, false));
        let store = |head: usize, to: &mut [u16], from: &[f32], is_keys: bool, halves: &mut [f16]| {
            for row in 0..rows {
                halves.convert_from_f32_slice(&from[row * stride + head * head_dim..][..head_dim]);
                let at = position + row;
                if is_keys {
                    let block = &mut to[at / BLOCK * BLOCK * head_dim..][..BLOCK * head_dim];
                    for (half, lanes) in halves.iter().zip(block.chunks_exact_mut(BLOCK)) {
                        lanes[at % BLOCK] = half.to_bits();
                    }
                } else {
                    let line = &mut to[at * padded..][..head_dim];
                    line.iter_mut().zip(&*halves).for_each(|(to, half)| *to = half.to_bits());
                }
            }
        };
        if rows == 1 {
            let mut halves = vec![f16::ZERO; head_dim];
            for (head, (to, from, is_keys)) in keys_of.enumerate() {
                store(head, to, from, is_keys, &mut halves);
            }
            for (head, (to, from, is_keys)) in values_of.enumerate() {
                store(head, to, from, is_keys, &mut halves);
            }
        } else {
            let mut heads: Vec<_> = keys_of.enumerate().chain(values_of.enumerate()).collect();
            engine.pool.each(&mut heads, |_, (head, (to, from, is_keys))| {
                store(*head, to, from, *is_keys, &mut vec![f16::ZERO; head_dim]);
            });
        }
    }
}
