//! Shapes against counts: where a model's shapes are complete, the parameters they imply are those published.
//!
//! The count here is written out a second time on purpose, apart from the one the program sizes with.

use sizewright::catalog::{Architecture, Catalog, LayerState, Model};

/// Norms, biases and rounding of published figures stay below this.
const TOLERANCE: f64 = 0.015;

/// Models whose count does not follow from the shapes a catalog entry can hold, and why.
const EXCEPTIONS: &[(&str, &str)] = &[
    ("kimi-linear-48b-a3b", "48 billion is the name; the shapes give 49.1"),
    ("gemma-4-e2b", "layers that share a cache have feed-forward blocks of twice the width"),
    ("mobilebert", "works inside a bottleneck of 128 with four feed-forward blocks a layer"),
];

fn f(number: u32) -> f64 {
    f64::from(number)
}

/// Parameters that the shapes imply. `None`: a shape that is needed was not published.
fn implied(architecture: &Architecture) -> Option<f64> {
    let hidden = f(architecture.hidden);
    let layers = f(architecture.layers);
    let vocabulary = f(architecture.vocabulary?);
    let tables = if architecture.tied_embeddings? { 1.0 } else { 2.0 };
    if architecture.layer_groups.is_empty() {
        return None;
    }
    let mut total = tables * vocabulary * hidden + 2.0 * hidden * layers;
    if let Some(width) = architecture.per_layer_embedding.map(f) {
        total += layers * width * (vocabulary + hidden + 2.0 * hidden);
    }
    for group in &architecture.layer_groups {
        total += f(group.count) * mixer(architecture, &group.state)?;
    }
    let blocks = f(architecture.feed_forward_layers.unwrap_or(architecture.layers));
    let dense = architecture.experts.as_ref().map_or(blocks, |experts| f(experts.dense_layers));
    if dense > 0.0 {
        total += dense * dense_block(architecture)?;
    }
    if blocks > dense {
        total += (blocks - dense) * expert_block(architecture)?;
    }
    let prediction = f(architecture.prediction_layers);
    if prediction > 0.0 {
        let attention =
            architecture.layer_groups.iter().find(|group| matches!(group.state, LayerState::Full { .. }))?;
        let block =
            if architecture.experts.is_some() { expert_block(architecture)? } else { dense_block(architecture)? };
        total += prediction * (mixer(architecture, &attention.state)? + block + 2.0 * hidden * hidden);
    }
    Some(total)
}

/// Weights of one layer's attention or recurrence.
fn mixer(architecture: &Architecture, state: &LayerState) -> Option<f64> {
    let hidden = f(architecture.hidden);
    let heads = architecture.heads.map(f);
    let query = if architecture.attention_gate { 2.0 } else { 1.0 };
    Some(match *state {
        LayerState::Full { kv_heads, key_dim, value_dim }
        | LayerState::Sliding { kv_heads, key_dim, value_dim, .. } => {
            let global = matches!(state, LayerState::Full { .. });
            let values = if global && architecture.values_from_keys { 0.0 } else { f(kv_heads) * f(value_dim) };
            hidden * (heads? * (query * f(key_dim) + f(value_dim)) + f(kv_heads) * f(key_dim) + values)
        }
        LayerState::Latent { kv_rank, rope_dim, .. } => {
            let latent = architecture.latent.as_ref()?;
            let (nope, value, rank, rope) = (f(latent.nope_dim), f(latent.value_dim), f(kv_rank), f(rope_dim));
            let wide = heads? * (nope + rope);
            let queries = latent.query_rank.map_or(hidden * wide, |rank| hidden * f(rank) + f(rank) * wide);
            queries + hidden * (rank + rope) + rank * heads? * (nope + value) + heads? * value * hidden
        }
        LayerState::Recurrent { .. } => architecture.recurrent_parameters? as f64,
        LayerState::SharesKv => 2.0 * hidden * heads? * architecture.head_dim.map(f)?,
        LayerState::Stateless => 0.0,
    })
}

fn matrices(architecture: &Architecture) -> f64 {
    if architecture.plain_feed_forward { 2.0 } else { 3.0 }
}

fn dense_block(architecture: &Architecture) -> Option<f64> {
    Some(matrices(architecture) * f(architecture.hidden) * f(architecture.feed_forward?))
}

fn expert_block(architecture: &Architecture) -> Option<f64> {
    let experts = architecture.experts.as_ref()?;
    let hidden = f(architecture.hidden);
    let width = f(experts.feed_forward?);
    let routed = f(experts.count) * matrices(architecture) * experts.latent.map_or(hidden, f) * width;
    let shared = f(experts.shared) * matrices(architecture) * hidden * experts.shared_feed_forward.map_or(width, f);
    Some(routed + shared + hidden * f(experts.count) + experts.latent.map_or(0.0, |latent| 2.0 * hidden * f(latent)))
}

fn deviation(model: &Model) -> Option<f64> {
    let published = model.parameters_total? as f64;
    Some(implied(model.architecture.as_ref()?)? / published - 1.0)
}

#[test]
fn complete_shapes_imply_the_published_count() {
    let catalog = Catalog::builtin().unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    let mut complete = 0;
    for model in catalog.models.iter() {
        let Some(deviation) = deviation(model) else { continue };
        complete += 1;
        let excused = EXCEPTIONS.iter().any(|(id, _)| *id == model.id.as_str());
        if (deviation.abs() > TOLERANCE) != excused {
            wrong.push(format!("{}: {:+.2} %, excused: {excused}", model.id, 100.0 * deviation));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(complete >= 140, "only {complete} models have complete shapes");
}

#[test]
fn a_wrong_shape_would_be_noticed() {
    let catalog = Catalog::builtin().unwrap_or_else(|error| panic!("{error}"));
    let mut model = catalog.models.get(&"llama-3.1-8b".into()).expect("a model").clone();
    model.architecture.as_mut().expect("shapes").feed_forward = Some(11_008);
    assert!(deviation(&model).expect("complete").abs() > TOLERANCE);
}
