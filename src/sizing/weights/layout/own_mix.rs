//! A mix of the user's own: types by role over a published mix, and where a catalog's groups of tensors go.

use std::collections::BTreeMap;

use super::Storage;
use crate::catalog::{Engine, TensorGroup, WeightMix};
use crate::sizing::weights::ggml_type::GgmlType;
use crate::sizing::weights::mix::{FileType, MixPlan};
use crate::sizing::weights::tensors::{Role, Tensor};

/// A mix of the user's own: a type for each role, and a rule for all others.
#[derive(Clone, Debug, PartialEq)]
pub struct UserMix {
    /// Type of each role named.
    pub types: BTreeMap<Role, GgmlType>,
    /// How every other matrix is stored.
    pub otherwise: Otherwise,
}

/// How a mix of the user's own stores what it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Otherwise {
    /// All in one type.
    Type(GgmlType),
    /// As a published mix, made with an importance matrix or without.
    Mix(FileType, bool),
}

/// A walk over what a user's table does not name.
#[derive(Clone, Debug)]
pub enum Rest {
    /// One type.
    Type(GgmlType),
    /// By llama.cpp's rules.
    Mix(MixPlan),
}

impl UserMix {
    /// The type of a tensor, the next one of the walk.
    pub(super) fn type_of(&self, tensor: &Tensor, rest: &mut Rest) -> GgmlType {
        // The rules count the tensors they have seen, so they are asked about the named ones too.
        let by_rule = match rest {
            Rest::Mix(plan) => plan.next_type(tensor),
            Rest::Type(_) if matches!(tensor.role, Role::Full | Role::Router) => GgmlType::F32,
            Rest::Type(_) if tensor.role == Role::Sixteen => GgmlType::F16,
            Rest::Type(all) => *all,
        };
        self.types.get(&tensor.role).copied().unwrap_or(by_rule).for_columns(tensor.columns)
    }
}

impl TryFrom<&WeightMix> for Storage {
    type Error = String;

    /// The storage of a catalog's mix.
    ///
    /// # Errors
    /// Its base is no GGUF format.
    fn try_from(mix: &WeightMix) -> Result<Self, String> {
        let Self::Gguf { file_type, importance_matrix, .. } = Self::of(mix.base, Engine::LlamaCpp) else {
            return Err(format!("{}: its base {} is no GGUF format", mix.name, mix.base));
        };
        let types = mix
            .types
            .iter()
            .flat_map(|(group, named)| roles(*group).iter().map(|role| (*role, GgmlType::from(*named))))
            .collect();
        Ok(Self::Custom(UserMix { types, otherwise: Otherwise::Mix(file_type, importance_matrix) }))
    }
}

/// The roles of a group.
const fn roles(group: TensorGroup) -> &'static [Role] {
    use TensorGroup as G;
    match group {
        G::Embedding => &[Role::TokenEmbedding],
        G::PerLayerEmbedding => &[Role::PerLayerEmbedding],
        G::Head => &[Role::Head],
        G::AttentionQuery => &[Role::Query],
        G::AttentionKey => &[Role::Key],
        G::AttentionValue => &[Role::Value, Role::LatentUp],
        G::AttentionFused => &[Role::FusedQkv],
        G::AttentionOut => &[Role::AttentionOut],
        G::Mixer => &[Role::Mixer],
        G::FeedForwardUp => &[Role::Up],
        G::FeedForwardGate => &[Role::Gate],
        G::FeedForwardDown => &[Role::Down],
        G::ExpertUp => &[Role::ExpertUp],
        G::ExpertGate => &[Role::ExpertGate],
        G::ExpertDown => &[Role::ExpertDown],
        G::Shared => &[Role::SharedUp, Role::SharedGate, Role::SharedDown],
    }
}
