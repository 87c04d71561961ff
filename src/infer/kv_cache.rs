//! Keys and values of the tokens read so far, allocated once for the whole context. A layer that sees only the latest
//! positions keeps no more than those and what one pass adds: position `p` lies in place `p mod capacity`.
//!
//! The system grants all of it at once and gives pages as they are written, so what is left is watched while it fills.

mod store;

use super::InferError;
use super::forward::CHUNK;
use super::hyper::{Hyper, LayerKind};
use super::kernels::{Cached, Engine, LANES, Pages, SPAN};
use super::reserve::Filling;
use crate::units::Bytes;
use store::{Shape, Store};

/// How keys and values are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KvFormat {
    /// 16-bit floats.
    #[default]
    F16,
    /// 8 bits each and a 16-bit scale for 32 of them, as GGUF has it: about half the memory.
    Q8_0,
}

impl KvFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::F16, Self::Q8_0];

    /// Its name as llama.cpp writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::F16 => "f16",
            Self::Q8_0 => "q8_0",
        }
    }

    /// The format of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Positions up to which reading the cache is too small a part of a token's time for its pages to matter.
const FAR_IN: usize = 512; // the planner's own, 2026-11-29
/// The cache moves into large pages once this part of its context is used: they take the memory of the rest, too.
const PART_IN_USE: usize = 4; // as above

/// The cache of all layers.
pub(super) struct KvCache {
    layers: Vec<LayerCache>,
    shape: Shape,
    format: KvFormat,
    /// Pages asked for.
    pages: Pages,
    context_tokens: usize,
    /// End of the furthest position stored since one at the start.
    end: usize,
    /// Positions whose memory is taken; all in large pages.
    reached: usize,
}

/// One layer's cache.
struct LayerCache {
    keys: Store,
    values: Store,
    /// Positions there is room for.
    capacity: usize,
    window: usize,
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
    pub fn new(hyper: &Hyper, context_tokens: usize, format: KvFormat) -> Result<Self, InferError> {
        Self::of(shape_of(hyper), &hyper.kinds, context_tokens, format)
    }

    /// The size it would have.
    pub fn bytes_for(hyper: &Hyper, context_tokens: usize, format: KvFormat) -> Bytes {
        Bytes::new(bytes_for(shape_of(hyper), &hyper.kinds, context_tokens, format))
    }

    fn of(shape: Shape, kinds: &[LayerKind], context_tokens: usize, format: KvFormat) -> Result<Self, InferError> {
        let lack = || {
            let bytes = bytes_for(shape, kinds, context_tokens, format);
            InferError::Memory { what: format!("a KV cache of {context_tokens} tokens"), bytes }
        };
        let capacities: Vec<usize> = kinds.iter().map(|kind| capacity(kind, context_tokens)).collect();
        // Each layer by itself, so that it can be let go by itself.
        let layer = |(kind, capacity): (&LayerKind, usize)| {
            let [keys, values] = Store::pairs(shape, &[capacity], format, Pages::Ordinary)?.pop()?;
            Some(LayerCache { keys, values, capacity, window: kind.window })
        };
        let layers = kinds.iter().zip(capacities).map(layer).collect::<Option<_>>().ok_or_else(lack)?;
        Ok(Self { layers, shape, format, pages: Pages::Ordinary, context_tokens, end: 0, reached: 0 })
    }

    /// Makes ready to store positions before `end`, whose memory is taken by that: far in all of it moves into large pages,
    /// where enough is left.
    ///
    /// # Errors
    /// [`InferError::Memory`] where too little would be left. Nothing is taken then, and what is stored stays.
    pub fn reach(&mut self, engine: &Engine, end: usize, filling: &mut Filling) -> Result<(), InferError> {
        if end <= self.reached {
            return Ok(());
        }
        if self.pages == Pages::Ordinary && end > FAR_IN.max(self.context_tokens / PART_IN_USE) {
            // Asked once: a token does not wait for it again.
            self.pages = Pages::Large;
            if filling.fill(self.bytes()).is_ok() && self.move_to_large_pages(engine) {
                self.reached = usize::MAX;
                return Ok(());
            }
        }
        filling.fill(self.taken(end).saturating_sub(self.taken(self.reached)))?;
        self.reached = end;
        Ok(())
    }

    /// Memory that positions before `end` take.
    fn taken(&self, end: usize) -> Bytes {
        let taken = |layer: &LayerCache| self.shape.bytes(end.min(layer.capacity), self.format);
        Bytes::new(self.layers.iter().map(taken).fold(0, u64::saturating_add))
    }

    /// Moves all into large pages, layer by layer. Where the system refuses, all stays where it is and it says no.
    fn move_to_large_pages(&mut self, engine: &Engine) -> bool {
        let capacities: Vec<usize> = self.layers.iter().map(|layer| layer.capacity).collect();
        let Some(stores) = Store::pairs(self.shape, &capacities, self.format, Pages::Large) else { return false };
        let mut moves: Vec<_> = self.layers.iter_mut().zip(stores.into_iter().map(Some)).collect();
        engine.pool.each(&mut moves, |_, (layer, stores)| {
            if let Some([keys, values]) = stores.take() {
                keys.take_over(&mut layer.keys);
                values.take_over(&mut layer.values);
            }
        });
        true
    }

    /// Size in memory.
    pub fn bytes(&self) -> Bytes {
        Bytes::new(self.layers.iter().map(|layer| layer.keys.bytes() + layer.values.bytes()).sum())
    }

    /// Positions a layer has room for.
    pub fn capacity(&self, layer: usize) -> usize {
        self.layers[layer].capacity
    }

    /// A layer's keys and values.
    pub fn layer(&self, layer: usize) -> Cached<'_> {
        self.layers[layer].keys.with(&self.layers[layer].values)
    }

    /// Whether what tokens from `position` on see of those before is still there.
    pub fn resumes_at(&self, position: usize) -> bool {
        // Of the positions stored the last `capacity` are there; the token at `position` sees `window` with its own.
        let is_there = |layer: &LayerCache| {
            self.end <= layer.capacity || position + 1 + layer.capacity >= self.end.saturating_add(layer.window)
        };
        position == 0 || self.layers.iter().all(is_there)
    }

    /// Stores what a pass made for one layer from `position` on, which it was made ready for.
    pub fn store(&mut self, engine: &Engine, layer: usize, position: usize, made: &Made<'_>) {
        let Made { keys, values, stride, rows } = *made;
        assert!(position + rows <= self.context_tokens.next_multiple_of(LANES), "the KV cache is full");
        self.end = if position == 0 { rows } else { self.end.max(position + rows) };
        let LayerCache { keys: to_keys, values: to_values, capacity, .. } = &mut self.layers[layer];
        let places = |row: usize| (position + row) % *capacity;
        let (of_keys, of_values) = (to_keys.heads(), to_values.heads());
        let both = of_keys.into_iter().map(|head| (head, keys)).chain(of_values.into_iter().map(|head| (head, values)));
        let mut both: Vec<_> = both.collect();
        let store = |(head, from): &mut (store::Head<'_>, &[f32])| {
            for row in 0..rows {
                head.store(places(row), &from[row * stride..]);
            }
        };
        match rows {
            1 => both.iter_mut().for_each(store),
            _ => engine.pool.each(&mut both, |_, head| store(head)),
        }
    }
}

fn shape_of(hyper: &Hyper) -> Shape {
    Shape { heads: hyper.kv_heads, head_dim: hyper.head_dim }
}

fn bytes_for(shape: Shape, kinds: &[LayerKind], context_tokens: usize, format: KvFormat) -> u64 {
    kinds.iter().map(|kind| shape.bytes(capacity(kind, context_tokens), format)).fold(0, u64::saturating_add)
}

/// Positions a layer has room for: a multiple of the kernels' lanes, and where places are used again one of what the
/// kernels go through at once.
fn capacity(kind: &LayerKind, context_tokens: usize) -> usize {
    let all = context_tokens.next_multiple_of(LANES);
    // What a pass adds is stored before its first token looks back.
    let seen = kind.window.saturating_add(CHUNK).checked_next_multiple_of(SPAN);
    seen.map_or(all, |seen| seen.min(all))
}

#[cfg(test)]
mod tests;
