//! One pass of tokens through the model: what it costs is in `kernels`, what it means is here.
//!
//! For each layer: x += output(attention(norm(x))); x += down(bend(gate(norm(x))) * up(norm(x))), with what the
//! architecture's description varies. Tokens of one pass may belong to several sequences, each with a cache of its own:
//! only attention tells them apart. All buffers are allocated when the model is loaded.

mod feed_forward;
mod products;

use super::InferError;
use super::architecture::LocalRope;
use super::hyper::Hyper;
use super::kernels::{Activations, Attention, Buffer, Engine, LANES, Product, Target};
use super::kv_cache::{KvCache, KvFormat, Made};
use super::layers::{FeedForward, Weights};
use super::reserve::Filling;
use super::rope::{Divisors, Rope};
use crate::units::Bytes;
use feed_forward::Scratch;
use products::{add_bias, add_branch};

/// Tokens of one pass; a longer prompt is read in chunks, and its progress told between them.
pub(super) const CHUNK: usize = 128;

/// Rows of logits computed at once, as many as one pass of the fastest kernels takes.
pub(super) const MOST_LOGIT_ROWS: usize = 12;

/// The network with its threads, caches and working buffers.
pub(super) struct Network {
    pub hyper: Hyper,
    pub weights: Weights,
    pub engine: Engine,
    /// One for each sequence.
    pub caches: Vec<KvCache>,
    /// How they store keys and values.
    pub format: KvFormat,
    /// What is left while they fill.
    filling: Filling,
    /// Of layers that see everything, and of those with a window.
    ropes: [Rope; 2],
    /// Residual stream, `[tokens, width]`; widths are rounded up to 16.
    stream: Buffer<f32>,
    /// What a branch made before it is normalised and added, `[tokens, width]`.
    branch: Buffer<f32>,
    width: usize,
    activations: Activations,
    /// `[tokens, heads x head_dim]`.
    queries: Buffer<f32>,
    attended: Buffer<f32>,
    /// `[tokens, kv_heads x head_dim]`.
    keys: Buffer<f32>,
    values: Buffer<f32>,
    scratch: Scratch,
    /// `[vocabulary]` of one token, or of some.
    logits: Buffer<f32>,
}

/// Consecutive tokens of one sequence in a pass.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    /// Which cache.
    pub sequence: usize,
    pub tokens: &'a [u32],
    /// Position of the first.
    pub position: usize,
}

/// Cosines and sines of one token, by [`Network::ropes`].
type Angles = [Vec<(f32, f32)>; 2];

impl Network {
    /// Allocates cache and buffers for one sequence of that many tokens, on a machine that has so much memory free when
    /// asked; `None`: it does not tell.
    pub fn new(
        hyper: Hyper,
        weights: Weights,
        engine: Engine,
        context_tokens: usize,
        format: KvFormat,
        free: fn() -> Option<Bytes>,
    ) -> Result<Self, InferError> {
        let cache = KvCache::new(&hyper, context_tokens, format)?;
        let width = hyper.embedding.next_multiple_of(LANES);
        let (queries, keys) = (hyper.heads * hyper.head_dim, hyper.kv_heads * hyper.head_dim);
        let widest = hyper.embedding.max(hyper.feed_forward).max(queries);
        let (pairing, none) = (hyper.description.pairing, Divisors::default());
        let local_divisors = match hyper.description.local_rope {
            LocalRope::Same => &weights.rope_divisors,
            LocalRope::Unscaled | LocalRope::Base(_) => &none,
        };
        Ok(Self {
            caches: vec![cache],
            format,
            filling: Filling::new(free),
            ropes: [
                Rope::new(&hyper.rope, pairing, &weights.rope_divisors, context_tokens),
                Rope::new(&hyper.local_rope, pairing, local_divisors, context_tokens),
            ],
            stream: room(CHUNK, hyper.embedding)?,
            branch: room(CHUNK, hyper.embedding)?,
            width,
            activations: Activations::new(CHUNK, widest).ok_or_else(|| lack_of_buffers(CHUNK, widest))?,
            queries: room(CHUNK, queries)?,
            attended: room(CHUNK, queries)?,
            keys: room(CHUNK, keys)?,
            values: room(CHUNK, keys)?,
            scratch: Scratch::new(&hyper)?,
            logits: room(1, hyper.vocabulary)?,
            hyper,
            weights,
            engine,
        })
    }

    /// Makes room for that many sequences beside each other; those beyond are let go.
    pub fn set_sequences(&mut self, sequences: usize, context_tokens: usize) -> Result<(), InferError> {
        self.caches.truncate(sequences.max(1));
        while self.caches.len() < sequences {
            self.caches.push(KvCache::new(&self.hyper, context_tokens, self.format)?);
        }
        Ok(())
    }

    /// Reads at most [`CHUNK`] tokens of all spans together. No sequence may have two spans.
    ///
    /// # Errors
    /// [`InferError::Memory`] where too little is left for what a cache has yet to take; [`InferError::Compute`].
    pub fn read(&mut self, spans: &[Span<'_>]) -> Result<(), InferError> {
        self.read_while(spans, &|| true)
    }

    /// As [`Network::read`]; `go_on` is asked twice a layer, and ends it by false with [`InferError::Cancelled`]. What
    /// was stored of the pass by then counts for nothing.
    pub fn read_while(&mut self, spans: &[Span<'_>], go_on: &dyn Fn() -> bool) -> Result<(), InferError> {
        let rows: usize = spans.iter().map(|span| span.tokens.len()).sum();
        assert!(rows <= CHUNK, "more tokens than room for them");
        for span in spans {
            let cache = self.caches.get_mut(span.sequence).ok_or_else(no_such_sequence)?;
            cache.reach(&self.engine, span.position + span.tokens.len(), &mut self.filling)?;
        }
        let tokens = spans.iter().flat_map(|span| span.tokens);
        for (row, &token) in self.stream.chunks_exact_mut(self.width).zip(tokens) {
            let row = &mut row[..self.hyper.embedding];
            self.weights.embedding.row(token as usize, row);
            if self.hyper.embedding_scale != 1.0 {
                row.iter_mut().for_each(|value| *value *= self.hyper.embedding_scale);
            }
        }
        let positions = spans.iter().flat_map(|span| (0..span.tokens.len()).map(move |row| span.position + row));
        let angles: Vec<Angles> =
            positions.map(|position| self.ropes.each_ref().map(|rope| rope.angles(position))).collect();
        for layer in 0..self.hyper.layers {
            may_go_on(go_on)?;
            self.attend(layer, spans, &angles)?;
            may_go_on(go_on)?;
            self.feed_forward(layer, rows);
        }
        Ok(())
    }

    /// Logits after token `row` of the last pass, `[vocabulary]`.
    pub fn logits(&mut self, row: usize) -> &[f32] {
        self.compute_logits(row, 1);
        &self.logits[..self.hyper.vocabulary]
    }

    /// Logits after `rows` tokens of the last pass from `first` on, at most [`MOST_LOGIT_ROWS`], each `[vocabulary]`.
    pub fn logits_of(&mut self, first: usize, rows: usize) -> Result<impl Iterator<Item = &[f32]>, InferError> {
        let (vocabulary, stride) = (self.hyper.vocabulary, self.weights.head().padded_rows());
        if self.logits.len() < rows * stride {
            self.logits = room(rows, stride)?;
        }
        self.compute_logits(first, rows);
        Ok(self.logits.chunks_exact(stride).take(rows).map(move |logits| &logits[..vocabulary]))
    }

    fn compute_logits(&mut self, first: usize, rows: usize) {
        let (hyper, x, norm) = (&self.hyper, &self.stream[first * self.width..], &self.weights.norm);
        self.engine.normalize(x, self.width, norm, hyper.epsilon, rows, &mut self.activations);
        let target = Target::Store(&mut self.logits);
        self.engine.multiply(&mut [Product::new(self.weights.head(), target)], &self.activations, rows);
        let logits = &mut self.logits[..rows * self.weights.head().padded_rows()];
        if hyper.logit_scale != 1.0 {
            logits.iter_mut().for_each(|logit| *logit *= hyper.logit_scale);
        }
        if hyper.logit_cap != 0.0 {
            logits.iter_mut().for_each(|logit| *logit = hyper.logit_cap * (*logit / hyper.logit_cap).tanh());
        }
    }

    fn attend(&mut self, layer: usize, spans: &[Span<'_>], angles: &[Angles]) -> Result<(), InferError> {
        let (hyper, engine, weights, rows) = (&self.hyper, &self.engine, &self.weights.layers[layer], angles.len());
        let (query_stride, key_stride) = (weights.query.padded_rows(), weights.key.padded_rows());
        products::enter(
            engine,
            &self.stream,
            self.width,
            hyper,
            &weights.norms.before_attention,
            rows,
            &mut self.activations,
        );
        let products = &mut [
            Product::new(&weights.query, Target::Store(&mut self.queries)),
            Product::new(&weights.key, Target::Store(&mut self.keys)),
            Product::new(&weights.value, Target::Store(&mut self.values)),
        ];
        engine.multiply(products, &self.activations, rows);

        let (head_dim, epsilon, vectors, kind) = (hyper.head_dim, hyper.epsilon, &weights.vectors, hyper.kinds[layer]);
        let (rope, own) = (&self.ropes[usize::from(kind.is_local())], usize::from(kind.is_local()));
        add_bias(&mut self.values, key_stride, rows, &vectors.value_bias, 1.0);
        let queries = self.queries.chunks_exact_mut(query_stride).zip(angles);
        let keys = self.keys.chunks_exact_mut(key_stride).zip(angles);
        let queries = queries.map(|(row, angles)| (row, &angles[own], &vectors.query_bias, &vectors.query_norm));
        let keys = keys.map(|(row, angles)| (row, &angles[own], &vectors.key_bias, &vectors.key_norm));
        let mut heads: Vec<_> = queries.chain(keys).collect();
        let prepare = |_, (row, angles, bias, norm): &mut (&mut [f32], &Vec<_>, &Vec<f32>, &Vec<f32>)| {
            row.iter_mut().zip(*bias).for_each(|(value, bias)| *value += bias);
            if !norm.is_empty() {
                engine.normalize_in_place(row, norm, epsilon);
            }
            if kind.turns {
                rope.turn(row, head_dim, angles);
            }
        };
        match rows {
            1 => heads.iter_mut().for_each(|head| prepare(0, head)),
            _ => engine.pool.each(&mut heads, prepare),
        }
        let mut row = 0;
        for span in spans {
            let cache = self.caches.get_mut(span.sequence).ok_or_else(no_such_sequence)?;
            let rows = span.tokens.len();
            let (keys, values) = (&self.keys[row * key_stride..], &self.values[row * key_stride..]);
            cache.store(engine, layer, span.position, &Made { keys, values, stride: key_stride, rows });
            let attention = Attention {
                queries: &self.queries[row * query_stride..],
                query_stride,
                cached: cache.layer(layer),
                capacity: cache.capacity(layer),
                heads: hyper.heads,
                kv_heads: hyper.kv_heads,
                head_dim,
                rows,
                position: span.position,
                window: kind.window,
                scale: hyper.attention_scale,
                softcap: hyper.attention_cap,
                sinks: &vectors.sinks,
            };
            engine.attend(&attention, &mut self.attended[row * query_stride..]);
            row += rows;
        }
        engine.take(&self.attended, query_stride, hyper.heads * head_dim, rows, &mut self.activations);
        let (norm, scale) = (&weights.norms.after_attention, hyper.residual_scale);
        if norm.is_empty() {
            let target = Target::Add(&mut self.stream, scale);
            engine.multiply(&mut [Product::new(&weights.output, target)], &self.activations, rows);
            add_bias(&mut self.stream, self.width, rows, &vectors.output_bias, scale);
            return Ok(());
        }
        let target = Target::Store(&mut self.branch);
        engine.multiply(&mut [Product::new(&weights.output, target)], &self.activations, rows);
        add_bias(&mut self.branch, self.width, rows, &vectors.output_bias, 1.0);
        add_branch(engine, &mut self.stream, &mut self.branch, self.width, rows, norm, hyper);
        Ok(())
    }

    fn feed_forward(&mut self, layer: usize, rows: usize) {
        let (hyper, engine, weights) = (&self.hyper, &self.engine, &self.weights.layers[layer]);
        let norm = &weights.norms.before_feed_forward;
        products::enter(engine, &self.stream, self.width, hyper, norm, rows, &mut self.activations);
        let norm = &weights.norms.after_feed_forward;
        match &weights.feed_forward {
            FeedForward::Dense(block) if norm.is_empty() => {
                let scale = hyper.residual_scale;
                let (from, to) = (&mut self.activations, &mut self.stream);
                self.scratch.block(engine, hyper, block, from, rows, Target::Add(to, scale));
                add_bias(&mut self.stream, self.width, rows, &block.down_bias, scale);
                return;
            }
            FeedForward::Dense(block) => {
                let (from, to) = (&mut self.activations, &mut self.branch);
                self.scratch.block(engine, hyper, block, from, rows, Target::Store(to));
                add_bias(&mut self.branch, self.width, rows, &block.down_bias, 1.0);
            }
            FeedForward::Experts(mixture) => {
                let (from, to) = (&self.activations, &mut self.branch);
                self.scratch.mixture(engine, hyper, mixture, from, rows, to);
            }
        }
        add_branch(engine, &mut self.stream, &mut self.branch, self.width, rows, norm, hyper);
    }
}

fn may_go_on(go_on: &dyn Fn() -> bool) -> Result<(), InferError> {
    if go_on() { Ok(()) } else { Err(InferError::Cancelled) }
}

fn no_such_sequence() -> InferError {
    InferError::Compute { problem: "a pass for a sequence without a cache".to_owned() }
}

/// Zeros, `[rows, columns]` with the columns rounded up to 16.
fn room(rows: usize, columns: usize) -> Result<Buffer<f32>, InferError> {
    let length = rows.checked_mul(columns.next_multiple_of(LANES));
    length.and_then(Buffer::zeros).ok_or_else(|| lack_of_buffers(rows, columns))
}

fn lack_of_buffers(rows: usize, columns: usize) -> InferError {
    InferError::Memory { what: "working buffers".to_owned(), bytes: rows.saturating_mul(columns) as u64 * 4 }
}
