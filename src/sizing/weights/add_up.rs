//! Adding up the tensors of a model, by the part of the network they belong to or block by block; without its shapes, from
//! its published parameter count.

use super::tensors::{self, Role, Tensor, TensorList};
use super::{Precision, Storage, WeightCount, WeightSum};
use crate::catalog::{Engine, Model, WeightFormat};
use crate::sizing::Refusal;
use crate::units::Bytes;

/// Counts a model's weights in a format, as stored for an engine.
///
/// # Errors
/// Neither shapes nor a parameter count are published.
pub fn count(model: &Model, format: WeightFormat, engine: Engine) -> Result<WeightCount, Refusal> {
    count_as(model, &Storage::of(format, engine))
}

/// Counts a model's weights as stored by a mix of the user's own, or any other storage.
///
/// # Errors
/// Neither shapes nor a parameter count are published.
pub fn count_as(model: &Model, storage: &Storage) -> Result<WeightCount, Refusal> {
    let Some(list) = tensors::list(model) else { return from_parameters(model, storage) };
    let mut count = add_up(model, storage, &list);
    if let Some(other) = storage.with_the_other_matrix() {
        let ratio = add_up(model, &other, &list).total().as_f64() / count.total().as_f64().max(1.0);
        count.variants = (ratio.min(1.0), ratio.max(1.0));
    }
    Ok(count)
}

/// Weights block by block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockWeights {
    /// Bytes of each block, in order.
    pub blocks: Vec<Bytes>,
    /// Of these the routed experts, block by block.
    pub experts: Vec<Bytes>,
    /// Output head, last norm and factors; where the head is tied, the table as the device holds it.
    pub head: Bytes,
    /// Tables that stay with the host.
    pub host: Bytes,
}

/// Counts a model's weights block by block. Layers that guess further tokens are not loaded.
///
/// # Errors
/// The shapes are not published.
pub fn by_block(model: &Model, storage: &Storage) -> Result<BlockWeights, Refusal> {
    let list = tensors::list(model).ok_or_else(|| Refusal {
        reason: format!("{}: its shapes are not published, so its layers cannot be told apart", model.name),
        nearest: None,
    })?;
    let mut plan = storage.plan(&list);
    let mut sums = BlockWeights { blocks: Vec::new(), experts: Vec::new(), head: Bytes::ZERO, host: Bytes::ZERO };
    for tensor in &list.tensors {
        let bytes = plan.bytes(tensor);
        match (tensor.block.map(usize::try_from), tensor.role) {
            (None, Role::TokenEmbedding) => {
                sums.host += bytes;
                if list.tied {
                    sums.head += bytes;
                }
            }
            (None, Role::PerLayerEmbedding) => sums.host += bytes,
            (None, _) => sums.head += bytes,
            (Some(Ok(block)), _) if tensor.block.is_some_and(|b| b < list.blocks) => {
                if sums.blocks.len() <= block {
                    sums.blocks.resize(block.saturating_add(1), Bytes::ZERO);
                    sums.experts.resize(block.saturating_add(1), Bytes::ZERO);
                }
                let expert = matches!(tensor.role, Role::ExpertUp | Role::ExpertGate | Role::ExpertDown);
                if let (Some(all), Some(experts)) = (sums.blocks.get_mut(block), sums.experts.get_mut(block)) {
                    *all += bytes;
                    *experts += if expert { bytes } else { Bytes::ZERO };
                }
            }
            (Some(_), _) => {}
        }
    }
    Ok(sums)
}

fn add_up(model: &Model, storage: &Storage, list: &TensorList) -> WeightCount {
    let mut count = WeightCount {
        embedding: WeightSum::default(),
        per_layer_embedding: WeightSum::default(),
        prediction: WeightSum::default(),
        attention: WeightSum::default(),
        feed_forward: WeightSum::default(),
        shared_experts: WeightSum::default(),
        routed_experts: WeightSum::default(),
        head: WeightSum::default(),
        tied: list.tied,
        other: WeightSum::default(),
        towers: storage.towers(&list.towers.unwrap_or_default()),
        experts: list.experts,
        expert_layers: list.expert_layers,
        precision: if list.complete { Precision::Exact } else { Precision::Inferred },
        variants: (1.0, 1.0),
    };
    let mut plan = storage.plan(list);
    let mut left_out = 0u64;
    for tensor in &list.tensors {
        if storage.leaves_out(tensor, list) {
            left_out = left_out.saturating_add(tensor.elements());
            continue;
        }
        let bytes = plan.bytes(tensor);
        let sum = WeightSum { parameters: tensor.elements(), bytes };
        *part_of(&mut count, tensor, list.blocks) += sum;
    }
    // What the published count holds beyond the tensors we know (or the other way round) is spread as the rest is.
    if !list.complete
        && let Some(published) = model.parameters_total
        && count.parameters() > 0
    {
        let stored = count.parameters().saturating_sub(count.towers.parameters);
        let factor = published.saturating_sub(left_out) as f64 / stored.max(1) as f64;
        scale(&mut count, factor, factor);
    }
    if list.delta_network && storage.is_mixed() {
        count.precision = Precision::Inferred;
    }
    if let Some(factors) = storage.stand_in() {
        count.precision = Precision::Estimated;
        scale(&mut count, if list.expert_layers > 0 { factors.experts } else { factors.dense }, 1.0);
    }
    count
}

fn part_of<'a>(count: &'a mut WeightCount, tensor: &Tensor, blocks: u32) -> &'a mut WeightSum {
    if tensor.block.is_some_and(|block| block >= blocks) {
        return &mut count.prediction;
    }
    match tensor.role {
        Role::PerLayerEmbedding => &mut count.per_layer_embedding,
        Role::TokenEmbedding => &mut count.embedding,
        Role::Head => &mut count.head,
        Role::Query
        | Role::Key
        | Role::Value
        | Role::FusedQkv
        | Role::AttentionOut
        | Role::LatentUp
        | Role::Mixer
        | Role::StateGate => &mut count.attention,
        Role::Up | Role::Gate | Role::Down => &mut count.feed_forward,
        Role::ExpertUp | Role::ExpertGate | Role::ExpertDown => &mut count.routed_experts,
        Role::SharedUp | Role::SharedGate | Role::SharedDown => &mut count.shared_experts,
        Role::Full | Role::Router | Role::Sixteen => &mut count.other,
    }
}

fn scale(count: &mut WeightCount, bytes: f64, parameters: f64) {
    // The table, the head and the norms are always known; what is not lies in the layers.
    for sum in [
        &mut count.attention,
        &mut count.feed_forward,
        &mut count.shared_experts,
        &mut count.routed_experts,
        &mut count.embedding,
        &mut count.head,
    ] {
        sum.bytes = sum.bytes.scaled(bytes);
        sum.parameters = (sum.parameters as f64 * parameters).round() as u64;
    }
}

fn from_parameters(model: &Model, storage: &Storage) -> Result<WeightCount, Refusal> {
    let Some(total) = model.parameters_total else {
        return Err(Refusal {
            reason: format!("{}: neither its shapes nor its parameter count are published", model.name),
            nearest: None,
        });
    };
    let bytes = Bytes::from_f64_ceil(total as f64 * storage.bits_per_weight() / 8.0);
    let experts = model.architecture.as_ref().and_then(|a| a.experts.as_ref());
    let active = model.parameters_active.unwrap_or(total).min(total);
    let empty = WeightSum::default();
    // Without shapes the best that can be said of a mixture is the share of it that one token reads.
    let share = |parameters: u64| WeightSum {
        parameters,
        bytes: bytes.scaled(if total == 0 { 0.0 } else { parameters as f64 / total as f64 }),
    };
    let moe = active < total;
    let k_of = experts.map_or((8, 1), |e| (e.count.max(1), e.per_token.clamp(1, e.count.max(1))));
    let taken = f64::from(k_of.1) / f64::from(k_of.0);
    // total = fixed + routed, active = fixed + taken * routed.
    let routed =
        if moe && taken < 1.0 { (((total - active) as f64 / (1.0 - taken)).round() as u64).min(total) } else { 0 };
    Ok(WeightCount {
        embedding: empty,
        per_layer_embedding: empty,
        prediction: empty,
        attention: empty,
        feed_forward: share(total - routed),
        shared_experts: empty,
        routed_experts: share(routed),
        head: empty,
        tied: false,
        other: empty,
        towers: storage.towers(&model.architecture.as_ref().and_then(|a| a.towers).unwrap_or_default()),
        experts: if moe { k_of } else { (1, 1) },
        expert_layers: if moe { model.architecture.as_ref().map_or(0, |a| a.layers) } else { 0 },
        precision: Precision::Estimated,
        variants: (1.0, 1.0),
    })
}
