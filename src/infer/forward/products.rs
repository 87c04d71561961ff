//! Steps that every branch of a layer shares: into 8 bits, through matrices, back into the stream.

use super::super::InferError;
use super::super::hyper::Hyper;
use super::super::kernels::{Activations, Engine, Gate, Product, Target};
use super::super::weights::Matrix;

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

/// Each matrix times the activations; matrices without a kernel of ours go through candle.
pub(super) fn multiply(
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

/// `to = bend(gate x) * (up x)`, by the kernel alone where both matrices are its.
pub(super) fn gated_by_kernel(
    engine: &Engine,
    (gate, up, bend): (&Matrix, &Matrix, Gate),
    to: &mut [f32],
    activations: &Activations,
    rows: usize,
) -> Option<Result<(), InferError>> {
    match (gate, up) {
        (Matrix::Packed(_), Matrix::Packed(second)) if same_kind(gate, up) => {
            Some(multiply(engine, &mut [(gate, Target::Gated(to, bend, second))], activations, rows))
        }
        _ => None,
    }
}

fn same_kind(gate: &Matrix, up: &Matrix) -> bool {
    gate.rows() == up.rows()
}
