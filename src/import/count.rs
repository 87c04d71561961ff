//! Parameters of a model that was read, by the one formula the estimates use: never a second count.

use crate::catalog::{Engine, Model, WeightFormat};
use crate::sizing::weights::{self, tensors};

/// Parameters of a model by its shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameters {
    /// All of them.
    pub total: u64,
    /// Those multiplied for one token.
    pub active: u64,
}

/// Counts them. `None`: the shapes are not all known.
pub(super) fn parameters(model: &Model) -> Option<Parameters> {
    // A published count would be believed; this is to be the count of the shapes.
    let shapes = Model { parameters_total: None, parameters_active: None, ..model.clone() };
    let list = tensors::list(&shapes)?;
    let total = list.tensors.iter().fold(0_u64, |all, tensor| all.saturating_add(tensor.elements()));
    let active = if list.expert_layers == 0 {
        total
    } else {
        weights::count(&shapes, WeightFormat::Bf16, Engine::LlamaCpp).ok()?.active_parameters().min(total)
    };
    Some(Parameters { total, active })
}
