//! Linear layers quantized in groups with scales: formats of checkpoints and of MLX.

use crate::sizing::weights::tensors::{Role, Tensor, TensorList};
use crate::units::Bytes;

/// Linear layers quantized in groups.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinearLayout {
    /// Bits of one weight.
    pub bits: u64,
    /// What carries a scale.
    pub group: Group,
    /// Bits of the scale, and zero point if any, of each group.
    pub group_bits: u64,
    /// Which tensors it covers.
    pub covers: Covers,
    /// Whether it is a conversion for MLX: those leave out layers that guess further tokens, and what blocks that read
    /// another's cache do not use, and keep some tensors of some families at more bits.
    pub mlx: bool,
}

/// What carries a scale of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// This many weights of a row.
    OfRow(u64),
    /// A whole row.
    Row,
    /// A square of this many rows and columns.
    Square(u64),
    /// The whole tensor (each expert's own).
    Tensor,
}

/// Which tensors a layout covers; the others are 16 bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// Linear layers of the blocks.
    Linear,
    /// Routed experts only.
    Experts,
    /// Every matrix, embeddings and head too.
    EveryMatrix,
}

/// What a conversion for MLX keeps at more bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Exceptions {
    plain_router: bool,
    eight_bit_shared: bool,
}

impl Exceptions {
    /// Of a layout over the tensors of a model.
    pub(super) const fn of(layout: &LinearLayout, list: &TensorList) -> Self {
        Self {
            plain_router: layout.mlx && list.plain_router,
            eight_bit_shared: layout.mlx && list.eight_bit_shared && layout.bits < 8,
        }
    }
}

impl LinearLayout {
    /// Bytes of a tensor.
    pub(super) fn bytes(&self, tensor: &Tensor, exceptions: Exceptions) -> Bytes {
        let shared = matches!(tensor.role, Role::Router | Role::SharedUp | Role::SharedGate | Role::SharedDown);
        if exceptions.eight_bit_shared && shared {
            return Self { bits: 8, ..*self }.bytes(tensor, Exceptions::default());
        }
        let covered = match self.covers {
            Covers::Experts => matches!(tensor.role, Role::ExpertUp | Role::ExpertGate | Role::ExpertDown),
            Covers::EveryMatrix if exceptions.plain_router && tensor.role == Role::Router => false,
            Covers::EveryMatrix => tensor.role != Role::Full,
            Covers::Linear => !matches!(tensor.role, Role::Full | Role::Router | Role::TokenEmbedding | Role::Head),
        };
        let elements = tensor.elements();
        if !covered {
            return Bytes::new(elements) * 2;
        }
        let groups = match self.group {
            Group::OfRow(width) => tensor.columns.div_ceil(width.max(1)).saturating_mul(tensor.rows),
            Group::Row => tensor.rows,
            Group::Square(side) => {
                let rows = tensor.rows / tensor.slices.max(1);
                rows.div_ceil(side).saturating_mul(tensor.columns.div_ceil(side)).saturating_mul(tensor.slices)
            }
            Group::Tensor => tensor.slices,
        };
        let bits = elements.saturating_mul(self.bits).saturating_add(groups.saturating_mul(self.group_bits));
        Bytes::new(bits.div_ceil(8))
    }
}
