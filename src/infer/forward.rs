//! One pass of tokens through the model: what it costs is in `kernels`, what it means is here.
//!
//! For each layer: x += output(attention(norm(x))); x += down(gate(norm(x)) * up(norm(x))). All buffers are allocated
//! when the model is loaded.

use super::InferError;
use super::hyper::Hyper;
use super::kernels::{Activations, Attention, Engine, Gate, Product, Target};
use super::kv_cache::{KvCache, Made};
use super::layers::Weights;
use super::rope::Rope;
use super::weights::Matrix;

/// Tokens of one pass; a longer prompt is read in chunks, and a cancel is seen between them.
pub(super) const CHUNK: usize = 128;

/// The network with its threads, cache and working buffers.
pub(super) struct Network {
    pub hyper: Hyper,
    pub weights: Weights,
    pub engine: Engine,
    pub cache: KvCache,
    rope: Rope,
    /// Residual stream, `[tokens, width]`; widths are rounded up to 16.
    stream: Vec<f32>,
    width: usize,
    activations: Activations,
    /// `[tokens, heads x head_dim]`.
    queries: Vec<f32>,
    attended: Vec<f32>,
    /// `[tokens, kv_heads x head_dim]`.
    keys: Vec<f32>,
    values: Vec<f32>,
    /// `[tokens, feed_forward]`.
    inner: Vec<f32>,
    /// `[vocabulary]` of one token.
    logits: Vec<f32>,
}

impl Network {
    /// Allocates cache and buffers for a context of that many tokens.
    pub fn new(hyper: Hyper, weights: Weights, engine: Engine, context_tokens: usize) -> Result<Self, InferError> {
        let cache = KvCache::new(&hyper, context_tokens)?;
        let width = hyper.embedding.next_multiple_of(16);
        let widest = hyper.embedding.max(hyper.feed_forward).max(hyper.heads * hyper.head_dim);
        let lack = || InferError::Memory { what: "working buffers".to_owned(), bytes: (CHUNK * widest * 8) as u64 };
        let room = |columns: usize| vec![0.0; CHUNK * columns.next_multiple_of(16)];
        Ok(Self {
            cache,
            rope: Rope::new(&hyper, &weights.rope_divisors),
            stream: room(hyper.embedding),
            width,
            activations: Activations::new(CHUNK, widest).ok_or_else(lack)?,
            queries: room(hyper.heads * hyper.head_dim),
            attended: room(hyper.heads * hyper.head_dim),
            keys: room(hyper.kv_heads * hyper.head_dim),
            values: room(hyper.kv_heads * hyper.head_dim),
            inner: room(hyper.feed_forward),
            logits: vec![0.0; hyper.vocabulary.next_multiple_of(16)],
            hyper,
            weights,
            engine,
        })
    }

    /// Reads at most [`CHUNK`] tokens that stand from `position` on.
    pub fn read(&mut self, tokens: &[u32], position: usize) -> Result<(), InferError> {
        let rows = tokens.len();
        assert!(rows <= CHUNK && position + rows <= self.cache.capacity(), "more tokens than room for them");
        for (row, &token) in self.stream.chunks_exact_mut(self.width).zip(tokens) {
            self.weights.embedding.row(token as usize, &mut row[..self.hyper.embedding])?;
        }
        let angles: Vec<_> = (0..rows).map(|row| self.rope.angles(position + row)).collect();
        for layer in 0..self.hyper.layers {
            self.attend(layer, &angles, position, rows)?;
            self.feed_forward(layer, rows)?;
        }
        Ok(())
    }

    /// Logits after token `row` of the last pass, `[vocabulary]`.
    pub fn logits(&mut self, row: usize) -> Result<&[f32], InferError> {
        let (x, norm) = (&self.stream[row * self.width..], &self.weights.norm);
        self.engine.normalize(x, self.width, norm, self.hyper.epsilon, 1, &mut self.activations);
        let target = Target::Store(&mut self.logits);
        multiply(&self.engine, &mut [(self.weights.head(), target)], &self.activations, 1)?;
        Ok(&self.logits[..self.hyper.vocabulary])
    }

    fn attend(
        &mut self,
        layer: usize,
        angles: &[Vec<(f32, f32)>],
        position: usize,
        rows: usize,
    ) -> Result<(), InferError> {
        let (hyper, engine, weights) = (&self.hyper, &self.engine, &self.weights.layers[layer]);
        let (query_stride, key_stride) = (weights.query.padded_rows(), weights.key.padded_rows());
        let norm = &weights.attention_norm;
        engine.normalize(&self.stream, self.width, norm, hyper.epsilon, rows, &mut self.activations);
        let products = &mut [
            (&weights.query, Target::Store(&mut self.queries)),
            (&weights.key, Target::Store(&mut self.keys)),
            (&weights.value, Target::Store(&mut self.values)),
        ];
        multiply(engine, products, &self.activations, rows)?;

        let (rope, head_dim, epsilon, vectors) = (&self.rope, hyper.head_dim, hyper.epsilon, &weights.vectors);
        add_bias(&mut self.values, key_stride, rows, &vectors.value_bias);
        let queries = self.queries.chunks_exact_mut(query_stride).zip(angles);
        let keys = self.keys.chunks_exact_mut(key_stride).zip(angles);
        let queries = queries.map(|(row, angles)| (row, angles, &vectors.query_bias, &vectors.query_norm));
        let keys = keys.map(|(row, angles)| (row, angles, &vectors.key_bias, &vectors.key_norm));
        let mut heads: Vec<_> = queries.chain(keys).collect();
        let prepare = |_, (row, angles, bias, norm): &mut (&mut [f32], &Vec<_>, &Vec<f32>, &Vec<f32>)| {
            row.iter_mut().zip(*bias).for_each(|(value, bias)| *value += bias);
            if !norm.is_empty() {
                engine.normalize_in_place(row, norm, epsilon);
            }
            rope.turn(row, head_dim, angles);
        };
        match rows {
            1 => heads.iter_mut().for_each(|head| prepare(0, head)),
            _ => engine.pool.each(&mut heads, prepare),
        }
        let made = Made { keys: &self.keys, values: &self.values, stride: key_stride, rows };
        self.cache.store(engine, layer, position, &made);

        let cache = self.cache.layer(layer);
        let attention = Attention {
            queries: &self.queries,
            query_stride,
            keys: &cache.keys,
            values: &cache.values,
            capacity: self.cache.capacity(),
            heads: hyper.heads,
            kv_heads: hyper.kv_heads,
            head_dim,
            rows,
            position,
            window: usize::MAX,
            scale: hyper.attention_scale,
            softcap: 0.0,
        };
        engine.attend(&attention, &mut self.attended);
        engine.take(&self.attended, query_stride, hyper.heads * head_dim, rows, &mut self.activations);
        let target = Target::Add(&mut self.stream, 1.0);
        multiply(engine, &mut [(&weights.output, target)], &self.activations, rows)
    }

    fn feed_forward(&mut self, layer: usize, rows: usize) -> Result<(), InferError> {
        let (hyper, engine, weights) = (&self.hyper, &self.engine, &self.weights.layers[layer]);
        let norm = &weights.feed_forward_norm;
        engine.normalize(&self.stream, self.width, norm, hyper.epsilon, rows, &mut self.activations);
        gated(engine, (&weights.gate, &weights.up, hyper.gate), &mut self.inner, &self.activations, rows)?;
        engine.take(&self.inner, weights.gate.padded_rows(), hyper.feed_forward, rows, &mut self.activations);
        let target = Target::Add(&mut self.stream, 1.0);
        multiply(engine, &mut [(&weights.down, target)], &self.activations, rows)
    }
}

fn add_bias(rows_of: &mut [f32], stride: usize, rows: usize, bias: &[f32]) {
    for row in rows_of.chunks_exact_mut(stride).take(rows) {
        row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias);
    }
}

/// Each matrix times the activations; matrices without a kernel of ours go through candle.
fn multiply(
    engine: &Engine,
    products: &mut [(&Matrix, Target<'_>)],
    activations: &Activations,
    rows: usize,
) -> Result<(), InferError> {
    let mut packed = Vec::with_capacity(products.len());
    for (matrix, target) in products {
        let stride = matrix.padded_rows();
        match (matrix, target) {
            (Matrix::Packed(weights), Target::Store(to)) => {
                packed.push(Product { weights, target: Target::Store(to), stride });
            }
            (Matrix::Packed(weights), Target::Add(to, factor)) => {
                packed.push(Product { weights, target: Target::Add(to, *factor), stride });
            }
            (Matrix::Packed(weights), Target::Gated(to, gate, up)) => {
                packed.push(Product { weights, target: Target::Gated(to, *gate, up), stride });
            }
            (Matrix::Other { weights, rows: outputs, .. }, target) => {
                let x = (0..rows).flat_map(|row| activations.row(row)).copied().collect();
                let made = Matrix::multiply_other(weights, x, rows)?;
                for (row, made) in made.chunks_exact(*outputs).enumerate() {
                    match target {
                        Target::Store(to) | Target::Gated(to, ..) => {
                            to[row * stride..][..*outputs].copy_from_slice(made);
                        }
                        Target::Add(to, factor) => {
                            let to = &mut to[row * stride..][..*outputs];
                            to.iter_mut().zip(made).for_each(|(to, made)| *to += *factor * made);
                        }
                    }
                }
            }
        }
    }
    if !packed.is_empty() {
        engine.multiply(&mut packed, activations, rows);
    }
    Ok(())
}

/// `to = bend(gate x) * (up x)`.
fn gated(
    engine: &Engine,
    (gate, up, bend): (&Matrix, &Matrix, Gate),
    to: &mut [f32],
    activations: &Activations,
    rows: usize,
) -> Result<(), InferError> {
    if let (Matrix::Packed(_), Matrix::Packed(up)) = (gate, up) {
        return multiply(engine, &mut [(gate, Target::Gated(to, bend, up))], activations, rows);
    }
    let mut other = vec![0.0; rows * up.padded_rows()];
    multiply(engine, &mut [(gate, Target::Store(to)), (up, Target::Store(&mut other))], activations, rows)?;
    to.iter_mut().zip(other).for_each(|(to, up)| *to = bend.of(*to) * up);
    Ok(())
}
