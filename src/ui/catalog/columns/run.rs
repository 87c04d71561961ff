//! Columns of how models are run: engines as set up, mixes of weight formats, and what formats lose.

use super::super::value::{Column, Edit, Value};
use super::{must, whole, words};
use crate::catalog::{
    Engine, EngineProfile, EngineSettings, FormatLoss, Reserved, TensorGroup, TensorType, WeightFormat, WeightMix,
};
use crate::units::Bytes;

macro_rules! group {
    ($title:literal, $group:ident) => {
        column!(
            $title,
            "types",
            |m| Value::text(m.types.get(&TensorGroup::$group).map_or("as the base", |stored| stored.label())),
            text: |m, text| set_group(m, TensorGroup::$group, text)
        )
    };
}

fn set_group(mix: &mut WeightMix, group: TensorGroup, text: &str) -> Result<(), String> {
    if matches!(text, "" | "as the base") {
        mix.types.remove(&group);
    } else {
        mix.types.insert(group, text.parse::<TensorType>()?);
    }
    Ok(())
}

/// Columns of the mixes of weights: the published mix it starts from, and what each group of tensors is stored as.
pub const WEIGHT_MIXES: &[Column<WeightMix>] = &[
    column!("Base", "base", |m| Value::text(m.base.id()), text: |m, text| {
        m.base = text.parse()?;
        Ok(())
    }),
    group!("token_embd", Embedding),
    group!("output", Head),
    group!("attn_q", AttentionQuery),
    group!("attn_k", AttentionKey),
    group!("attn_v", AttentionValue),
    group!("attn_output", AttentionOut),
    group!("ffn_up", FeedForwardUp),
    group!("ffn_gate", FeedForwardGate),
    group!("ffn_down", FeedForwardDown),
    group!("ffn_up_exps", ExpertUp),
    group!("ffn_gate_exps", ExpertGate),
    group!("ffn_down_exps", ExpertDown),
    group!("ffn_shexp", Shared),
    group!("attn_qkv", AttentionFused),
    group!("mixer", Mixer),
    group!("per_layer_token_embd", PerLayerEmbedding),
];

/// What an engine reserves, where it does.
fn reserved(profile: &mut EngineProfile) -> Result<&mut Reserved, String> {
    let engine = profile.engine;
    let missing = || format!("{engine} reserves nothing: its buffers are counted from its graph");
    profile.settings.reserved.as_mut().ok_or_else(missing)
}

fn of_reserved(profile: &EngineProfile, value: fn(&Reserved) -> f64) -> Value {
    profile.settings.reserved.as_ref().map_or_else(|| Value::text("from its graph"), |r| Value::Number(value(r)))
}

/// Columns of the engines as set up.
pub const ENGINE_PROFILES: &[Column<EngineProfile>] = &[
    column!(
        "Engine",
        "engine",
        |p| Value::text(p.engine.label()),
        one of || Engine::ALL.iter().map(|engine| engine.label()).collect(),
        |p, text| {
            p.engine = super::by_words(Engine::ALL, Engine::label, text)?;
            // What an engine reserves is its own: its defaults to begin with.
            p.settings = EngineSettings::of(p.engine);
            Ok(())
        }
    ),
    column!(
        "Tokens of a step",
        "settings.step_tokens",
        |p| Value::Number(f64::from(p.settings.step_tokens)),
        |p, n| {
            p.settings.step_tokens = whole(must(n)?, 1.0)?;
            Ok(())
        }
    ),
    column!(
        "Cache block (tokens)",
        "settings.cache_block_tokens",
        |p| Value::Number(f64::from(p.settings.cache_block_tokens)),
        |p, n| {
            p.settings.cache_block_tokens = whole(must(n)?, 1.0)?;
            Ok(())
        }
    ),
    column!("Share of memory", "settings.reserved.memory_share", |p| of_reserved(p, |r| r.memory_share), |p, n| {
        reserved(p)?.memory_share = must(n)?;
        Ok(())
    }),
    column!(
        "Sessions profiled",
        "settings.reserved.profiled_sessions",
        |p| of_reserved(p, |r| f64::from(r.profiled_sessions)),
        |p, n| {
            reserved(p)?.profiled_sessions = whole(must(n)?, 1.0)?;
            Ok(())
        }
    ),
    column!(
        "Fixed, one device (GiB)",
        "settings.reserved.alone_gib",
        |p| of_reserved(p, |r| r.alone.as_gib()),
        |p, n| {
            reserved(p)?.alone = Bytes::from_gib(must(n)?);
            Ok(())
        }
    ),
    column!(
        "Fixed, each of several (GiB)",
        "settings.reserved.together_gib",
        |p| of_reserved(p, |r| r.together.as_gib()),
        |p, n| {
            reserved(p)?.together = Bytes::from_gib(must(n)?);
            Ok(())
        }
    ),
    column!("Graphs (GiB)", "settings.reserved.graphs_gib", |p| of_reserved(p, |r| r.graphs.as_gib()), |p, n| {
        reserved(p)?.graphs = Bytes::from_gib(must(n)?);
        Ok(())
    }),
    column!("Versions", "versions", |p| Value::text(&p.versions), text: |p, text| {
        text.clone_into(&mut p.versions);
        Ok(())
    }),
];

/// Columns of the losses of formats.
pub const FORMAT_LOSSES: &[Column<FormatLoss>] = &[
    column!(
        "Format",
        "format",
        |l| Value::text(l.format.label()),
        one of || WeightFormat::ALL.iter().map(|format| format.label()).collect(),
        |l, text| {
            l.format = super::by_words(WeightFormat::ALL, WeightFormat::label, text)?;
            Ok(())
        }
    ),
    column!(
        "Loss (%)",
        "perplexity_more",
        |l| Value::Number((l.share() * 1e5).round() / 1e3),
        by "perplexity added / perplexity as trained"
    ),
    column!("Perplexity added", "perplexity_more", |l| Value::Number(l.perplexity_more), |l, n| {
        l.perplexity_more = must(n)?;
        Ok(())
    }),
    column!("Standard error", "deviation", |l| Value::number(l.deviation), |l, n| {
        l.deviation = n;
        Ok(())
    }),
    column!("Perplexity as trained", "perplexity", |l| Value::Number(l.perplexity), |l, n| {
        l.perplexity = must(n)?;
        Ok(())
    }),
    column!("Measured on", "measured_on", |l| Value::text(&l.measured_on), text: |l, text| {
        l.measured_on = words(text).ok_or_else(|| "say which model and text it was measured on".to_owned())?;
        Ok(())
    }),
];
