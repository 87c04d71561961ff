//! Steps that every branch of a layer shares: into 8 bits, biases, back into the stream.

use super::super::hyper::Hyper;
use super::super::kernels::{Activations, Engine};

/// Normalises rows of the stream into a branch, or takes them as they are where `norm` is empty.
pub(super) fn enter(
    engine: &Engine,
    stream: &[f32],
    width: usize,
    hyper: &Hyper,
    norm: &[f32],
    rows: usize,
    to: &mut Activations,
) {
    match norm.is_empty() {
        true => engine.take(stream, width, hyper.embedding, rows, to),
        false => engine.normalize(stream, width, norm, hyper.epsilon, rows, to),
    }
}

/// Adds `bias` times `factor` to each row; an empty one adds nothing.
pub(super) fn add_bias(rows_of: &mut [f32], stride: usize, rows: usize, bias: &[f32], factor: f32) {
    if bias.is_empty() {
        return;
    }
    for row in rows_of.chunks_exact_mut(stride).take(rows) {
        row.iter_mut().zip(bias).for_each(|(value, bias)| *value += bias * factor);
    }
}

/// Normalises what a branch made, where `norm` is not empty, and adds it to the stream.
pub(super) fn add_branch(
    engine: &Engine,
    stream: &mut [f32],
    branch: &mut [f32],
    width: usize,
    rows: usize,
    norm: &[f32],
    hyper: &Hyper,
) {
    let add = |_, (to, from): &mut (&mut [f32], &mut [f32])| {
        let from = &mut from[..hyper.embedding];
        if !norm.is_empty() {
            engine.normalize_in_place(from, norm, hyper.epsilon);
        }
        to.iter_mut().zip(from).for_each(|(to, from)| *to += *from * hyper.residual_scale);
    };
    let both = stream.chunks_exact_mut(width).zip(branch.chunks_exact_mut(width)).take(rows);
    match rows {
        1 => both.for_each(|mut row| add(0, &mut row)),
        _ => engine.pool.each(&mut both.collect::<Vec<_>>(), add),
    }
}
