//! What the values of a model must satisfy.

use super::{Check, Checked};
use crate::catalog::model::{MOST_SCORES, MOST_TAGS};
use crate::catalog::{Architecture, Experts, LayerState, Model};

/// Widths, counts and vocabularies beyond this are slips or lies.
const MOST: u32 = 10_000_000;
const MOST_LAYERS: u32 = 10_000;
/// No tag is longer, in bytes.
const LONGEST_TAG: usize = 40;
const MOST_PARAMETERS: u64 = 1_000_000_000_000_000;

impl Checked for Model {
    fn check(&self, check: &mut Check<'_>) {
        check.text("family", &self.family);
        for (field, value) in
            [("parameters_total", self.parameters_total), ("parameters_active", self.parameters_active)]
        {
            if value.is_some_and(|n| n == 0 || n > MOST_PARAMETERS) {
                check.wrong(field, "is zero or beyond 10^15: correct it, or leave the field out");
            }
        }
        if let (Some(total), Some(active)) = (self.parameters_total, self.parameters_active)
            && active > total
        {
            check.wrong("parameters_active", "is more than parameters_total: correct one of them");
        }
        check.count("context_tokens", self.context_tokens, 1..=1_000_000_000);
        for score in &self.quality {
            check.text("quality.benchmark", &score.benchmark);
            check.text("quality.source", &score.source);
            check.number("quality.score", "points", score.score, -1e6..=1e6);
            if let Some(setting) = &score.setting {
                check.text("quality.setting", setting);
            }
        }
        for (at, tag) in self.tags.iter().enumerate() {
            let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            if tag.is_empty() || tag.len() > LONGEST_TAG || !tag.chars().all(good) {
                check.wrong("tags", "a tag is a word such as code or long-context: small letters, digits and `-`");
            } else if self.tags.iter().take(at).any(|other| other == tag) {
                check.wrong("tags", format!("`{tag}` stands there twice: leave one out"));
            }
        }
        if self.tags.len() > MOST_TAGS || self.quality.len() > MOST_SCORES {
            check.wrong("tags", format!("at most {MOST_TAGS} tags and {MOST_SCORES} scores: leave some out"));
        }
        if let Some(architecture) = &self.architecture {
            shapes(architecture, check);
        }
    }
}

fn shapes(architecture: &Architecture, check: &mut Check<'_>) {
    check.count("architecture.layers", Some(architecture.layers), 1..=MOST_LAYERS);
    for (field, value) in [
        ("architecture.hidden", Some(architecture.hidden)),
        ("architecture.heads", architecture.heads),
        ("architecture.kv_heads", architecture.kv_heads),
        ("architecture.head_dim", architecture.head_dim),
        ("architecture.feed_forward", architecture.feed_forward),
        ("architecture.vocabulary", architecture.vocabulary),
        ("architecture.per_layer_embedding", architecture.per_layer_embedding),
        ("architecture.feed_forward_of_shared", architecture.feed_forward_of_shared),
        ("architecture.latent.index_heads", architecture.latent.as_ref().and_then(|latent| latent.index_heads)),
        ("architecture.latent.query_rank", architecture.latent.as_ref().and_then(|latent| latent.query_rank)),
        ("architecture.latent.value_dim", architecture.latent.as_ref().map(|latent| latent.value_dim)),
    ] {
        check.count(field, value, 1..=MOST);
    }
    if let (Some(heads), Some(kv_heads)) = (architecture.heads, architecture.kv_heads)
        && kv_heads > heads
    {
        check.wrong("architecture.kv_heads", "is more than heads: correct one of them");
    }
    check.count("architecture.feed_forward_layers", architecture.feed_forward_layers, 0..=architecture.layers);
    check.count("architecture.prediction_layers", Some(architecture.prediction_layers), 0..=architecture.layers);
    if architecture.recurrent_parameters.is_some_and(|n| n > MOST_PARAMETERS) {
        check.wrong("architecture.recurrent_parameters", "is beyond 10^15: correct it, or leave the field out");
    }
    if architecture.towers.is_some_and(|towers| towers.kept.saturating_add(towers.quantized) > MOST_PARAMETERS) {
        check.wrong("architecture.towers", "is beyond 10^15: correct it, or leave the field out");
    }
    if let Some(experts) = &architecture.experts {
        mixture(experts, architecture.layers, check);
    }
    groups(architecture, check);
}

fn mixture(experts: &Experts, layers: u32, check: &mut Check<'_>) {
    check.count("architecture.experts.count", Some(experts.count), 1..=1_000_000);
    check.count("architecture.experts.per_token", Some(experts.per_token), 1..=experts.count.max(1));
    check.count("architecture.experts.feed_forward", experts.feed_forward, 1..=MOST);
    check.count("architecture.experts.shared", Some(experts.shared), 0..=10_000);
    check.count("architecture.experts.shared_feed_forward", experts.shared_feed_forward, 1..=MOST);
    check.count("architecture.experts.dense_layers", Some(experts.dense_layers), 0..=layers);
    check.count("architecture.experts.latent", experts.latent, 1..=MOST);
}

fn groups(architecture: &Architecture, check: &mut Check<'_>) {
    let field = "architecture.layer_groups";
    if architecture.layer_groups.is_empty() {
        return;
    }
    let sum: u64 = architecture.layer_groups.iter().map(|group| u64::from(group.count)).sum();
    let layers = u64::from(architecture.layers);
    if sum != layers {
        check.wrong(
            field,
            format!("the groups have {sum} layers together, and `layers` says {layers}: make them agree"),
        );
    }
    for group in &architecture.layer_groups {
        match group.state {
            LayerState::Full { kv_heads, key_dim, value_dim } => {
                check.count(field, Some(kv_heads), 1..=MOST);
                check.count(field, Some(key_dim), 1..=MOST);
                check.count(field, Some(value_dim), 0..=MOST);
            }
            LayerState::Sliding { window, kv_heads, key_dim, value_dim } => {
                check.count(field, Some(window), 1..=1_000_000_000);
                check.count(field, Some(kv_heads), 1..=MOST);
                check.count(field, Some(key_dim), 1..=MOST);
                check.count(field, Some(value_dim), 0..=MOST);
            }
            LayerState::Latent { kv_rank, rope_dim, index_dim } => {
                check.count(field, Some(kv_rank), 1..=MOST);
                check.count(field, Some(rope_dim), 0..=MOST);
                check.count(field, Some(index_dim), 0..=MOST);
            }
            LayerState::Recurrent { conv_channels, conv_width, state_elements } => {
                check.count(field, Some(conv_channels), 0..=MOST);
                check.count(field, Some(conv_width), 1..=10_000);
                if state_elements > 1_000_000_000_000 {
                    check.wrong(field, "state_elements is beyond 10^12: correct it");
                }
            }
            LayerState::SharesKv | LayerState::Stateless => {}
        }
    }
}
