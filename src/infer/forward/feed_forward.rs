//! The second half of a layer: one block of gate, up and down, or a few experts for each token.
//!
//! Tokens are gathered by expert, so that each expert's weights are read once a pass, however many tokens chose it.

use super::super::InferError;
use super::super::architecture::Routing;
use super::super::hyper::{Experts, Hyper};
use super::super::kernels::{Activations, Buffer, Engine, LANES, Product, Target};
use super::super::layers::{Block, Mixture};
use super::products::add_bias;
use super::{CHUNK, lack_of_buffers, room};

/// The least sum of chosen experts' weights: the smallest normal half float, as llama.cpp has it.
const LEAST_WEIGHT: f32 = 6.103_515_6e-5;

/// Working buffers.
pub(super) struct Scratch {
    /// What gate and up make of tokens, `[tokens, feed_forward]`.
    inner: Buffer<f32>,
    /// The same for `up` where no kernel joins the two.
    upper: Buffer<f32>,
    experts: Option<Gathered>,
}

/// What the tokens of one expert go through.
struct Gathered {
    activations: Activations,
    /// Their rows `[tokens, embedding]`, first as they come, then as the expert gives them back.
    rows: Buffer<f32>,
    /// Scores of all tokens, `[tokens, experts]`.
    scores: Buffer<f32>,
}

/// A token an expert was chosen for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Chosen {
    row: usize,
    weight: f32,
}

impl Scratch {
    pub fn new(hyper: &Hyper) -> Result<Self, InferError> {
        let shared = hyper.experts.map_or(0, |experts| experts.shared);
        let inner = hyper.feed_forward.max(shared);
        let widest = hyper.embedding.max(inner);
        let experts = match hyper.experts {
            None => None,
            Some(experts) => Some(Gathered {
                activations: Activations::new(CHUNK, widest).ok_or_else(|| lack_of_buffers(CHUNK, widest))?,
                rows: room(CHUNK, hyper.embedding)?,
                scores: room(CHUNK, experts.count)?,
            }),
        };
        Ok(Self { inner: room(CHUNK, inner)?, upper: room(CHUNK, inner)?, experts })
    }

    /// down(bend(gate x) * up x) of `rows` rows in `x`, which is used up, into `target`; without the bias of `down`.
    pub fn block(
        &mut self,
        engine: &Engine,
        hyper: &Hyper,
        block: &Block,
        x: &mut Activations,
        rows: usize,
        target: Target<'_>,
    ) {
        bend(engine, hyper, block, x, rows, &mut self.inner, &mut self.upper);
        engine.take(&self.inner, block.gate.padded_rows(), block.gate.rows, rows, x);
        engine.multiply(&mut [Product::new(&block.down, target)], x, rows);
    }

    /// What the experts make of `rows` rows in `x`, into `out`.
    pub fn mixture(
        &mut self,
        engine: &Engine,
        hyper: &Hyper,
        mixture: &Mixture,
        x: &Activations,
        rows: usize,
        out: &mut [f32],
    ) {
        let (Some(experts), Some(gathered)) = (hyper.experts, self.experts.as_mut()) else { return };
        let width = hyper.embedding.next_multiple_of(LANES);
        out[..rows * width].fill(0.0);
        let target = Target::Store(&mut gathered.scores);
        engine.multiply(&mut [Product::new(&mixture.router, target)], x, rows);
        let stride = mixture.router.padded_rows();
        add_bias(&mut gathered.scores, stride, rows, &mixture.router_bias, 1.0);
        let routing = hyper.description.routing.unwrap_or(Routing::Renormalised);
        let scores = gathered.scores.chunks_exact(stride).take(rows).map(|scores| &scores[..experts.count]);
        let chosen = choose(scores, &experts, routing);
        let everyone: Vec<Chosen> = (0..rows).map(|row| Chosen { row, weight: 1.0 }).collect();
        let shared = mixture.shared.iter().map(|block| (block, &everyone));
        for (block, chosen) in mixture.experts.iter().zip(&chosen).chain(shared) {
            if chosen.is_empty() {
                continue;
            }
            let count = chosen.len();
            for (to, from) in gathered.rows.chunks_exact_mut(width).zip(chosen) {
                to[..hyper.embedding].copy_from_slice(x.row(from.row));
            }
            engine.take(&gathered.rows, width, hyper.embedding, count, &mut gathered.activations);
            bend(engine, hyper, block, &gathered.activations, count, &mut self.inner, &mut self.upper);
            let inner = block.gate.rows;
            engine.take(&self.inner, block.gate.padded_rows(), inner, count, &mut gathered.activations);
            let target = Target::Store(&mut gathered.rows);
            engine.multiply(&mut [Product::new(&block.down, target)], &gathered.activations, count);
            add_bias(&mut gathered.rows, width, count, &block.down_bias, 1.0);
            for (from, chosen) in gathered.rows.chunks_exact(width).zip(chosen) {
                let to = &mut out[chosen.row * width..][..width];
                to.iter_mut().zip(from).for_each(|(to, from)| *to += chosen.weight * from);
            }
        }
    }
}

/// `inner = bend(gate x + bias, up x + bias)`.
fn bend(
    engine: &Engine,
    hyper: &Hyper,
    block: &Block,
    x: &Activations,
    rows: usize,
    inner: &mut [f32],
    upper: &mut [f32],
) {
    let activation = hyper.description.activation;
    let plain = block.gate_bias.is_empty() && block.up_bias.is_empty();
    if let Some(gate) = activation.kernel().filter(|_| plain && block.gate.rows == block.up.rows) {
        let target = Target::Gated(inner, gate, &block.up);
        engine.multiply(&mut [Product::new(&block.gate, target)], x, rows);
        return;
    }
    let stride = block.gate.padded_rows();
    let gates = Product::new(&block.gate, Target::Store(&mut *inner));
    engine.multiply(&mut [gates, Product::new(&block.up, Target::Store(&mut *upper))], x, rows);
    add_bias(inner, stride, rows, &block.gate_bias, 1.0);
    add_bias(upper, stride, rows, &block.up_bias, 1.0);
    let bend = |_, (gates, ups): &mut (&mut [f32], &[f32])| {
        gates.iter_mut().zip(*ups).for_each(|(gate, &up)| *gate = activation.of(*gate, up));
    };
    let both = inner.chunks_exact_mut(stride).zip(upper.chunks_exact(stride)).take(rows);
    match rows {
        1 => both.for_each(|mut row| bend(0, &mut row)),
        _ => engine.pool.each(&mut both.collect::<Vec<_>>(), bend),
    }
}

/// For each expert the tokens that take it.
fn choose<'a>(scores: impl Iterator<Item = &'a [f32]>, experts: &Experts, routing: Routing) -> Vec<Vec<Chosen>> {
    let mut chosen = vec![Vec::new(); experts.count];
    for (row, scores) in scores.enumerate() {
        for (expert, weight) in weigh(scores, experts, routing) {
            if let Some(tokens) = chosen.get_mut(expert) {
                tokens.push(Chosen { row, weight });
            }
        }
    }
    chosen
}

/// The experts one token takes, with their weights; of equals the first.
fn weigh(scores: &[f32], experts: &Experts, routing: Routing) -> Vec<(usize, f32)> {
    let mut best: Vec<(usize, f32)> = scores.iter().copied().enumerate().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let highest = best.first().map_or(0.0, |best| best.1);
    let power = |score: f32| (score - highest).exp();
    let all: f32 = scores.iter().map(|&score| power(score)).sum();
    best.truncate(experts.used);
    let taken: f32 = best.iter().map(|&(_, score)| power(score)).sum();
    let total = match routing {
        Routing::Plain => all,
        Routing::OfChosen => taken,
        Routing::Renormalised => (taken / all).max(LEAST_WEIGHT) * all,
    };
    best.iter().map(|&(expert, score)| (expert, power(score) / total * experts.scale)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(scores: &[f32], used: usize, routing: Routing) -> Vec<(usize, f32)> {
        weigh(scores, &Experts { count: scores.len(), used, scale: 1.0, shared: 0 }, routing)
    }

    #[test]
    fn the_most_likely_experts_share_what_the_routing_says() {
        let scores = [1_f32.ln(), 4_f32.ln(), 2_f32.ln(), 1_f32.ln()];
        for (routing, expected) in [
            (Routing::Plain, [0.5, 0.25]),
            (Routing::Renormalised, [2.0 / 3.0, 1.0 / 3.0]),
            (Routing::OfChosen, [2.0 / 3.0, 1.0 / 3.0]),
        ] {
            let taken = weights(&scores, 2, routing);
            assert_eq!(taken.iter().map(|taken| taken.0).collect::<Vec<_>>(), [1, 2]);
            assert!(taken.iter().zip(expected).all(|(taken, expected)| (taken.1 - expected).abs() < 1e-6));
        }
    }

    #[test]
    fn of_equal_experts_the_first_are_taken_and_far_scores_stay_finite() {
        assert_eq!(weights(&[0.0; 4], 2, Routing::OfChosen), [(0, 0.5), (1, 0.5)]);
        assert!(weights(&[1e30, -1e30], 2, Routing::Plain).iter().all(|taken| taken.1.is_finite()));
    }
}
