//! Speculative decoding for one session: a draft guesses some tokens ahead, one pass of the model checks them all.
//!
//! `gain = accepted / (check / token + guesses x draft / token)`: the tokens a pass yields over what it costs. A pass
//! that checks `g` guesses reads the weights once (of a mixture, the experts `g + 1` tokens touch), multiplies `g + 1`
//! times as much and reads the cache once. How many guesses are accepted depends on draft, model and text, and falls with
//! depth faster than independent guesses would: it comes from a published table or from the user, never from a formula.

use smol_str::SmolStr;

use super::decode::{self, TokenLoad};
use super::explain::millis;
use super::work::Work;
use super::{FittedSpeed, Run, refuse};
use crate::catalog::{KvFormat, Model, Standing, WeightFormat};
use crate::sizing::calibration::Calibration;
use crate::sizing::kv_cache::{self, CacheRequest};
use crate::sizing::memory::MemoryLedger;
use crate::sizing::weights::{self, WeightCount};
use crate::sizing::{Basis, BasisInput, Figure, Hardware, Refusal, Workload};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// Most tokens guessed in one go.
pub const MOST_GUESSES: u32 = 16; // own limit: nobody publishes acceptance beyond 8, 2026-11-20
/// Tokens of a pass on other texts against the same table: code is easier to guess than talk.
const OTHER_TEXTS: f64 = 0.75; // own assumption, 2026-11-20: chat against code in published acceptance studies

/// Who guesses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Draft<'a> {
    /// Extra layers of the model itself (multi-token prediction, EAGLE): one layer and the head for each guess.
    OwnLayers,
    /// A smaller model with the same vocabulary.
    Model(&'a Model, WeightFormat),
}

/// How it guesses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Speculation<'a> {
    /// Who guesses.
    pub draft: Draft<'a>,
    /// Tokens guessed for each pass of the model, 1 to [`MOST_GUESSES`].
    pub guesses: u32,
    /// Tokens a pass yields on average, the checked one included: above 0, at most `guesses + 1`. `None`: as published.
    pub accepted: Option<f64>,
}

/// The speed with guessing.
#[derive(Clone, Debug, PartialEq)]
pub struct SpeculativeSpeed {
    /// Generated tokens per second at the middle of the answer.
    pub decode: Figure<TokensPerSecond>,
    /// Over the speed without guessing; below 1 it does not pay.
    pub gain: f64,
    /// Memory the draft takes besides the model's.
    pub memory: Bytes,
}

/// Tokens a pass yields, as published: family of models, guesses, tokens.
#[rustfmt::skip]
const PUBLISHED: &[(&str, &[(u32, f64)])] = &[
    // InferenceX, golden acceptance lengths on code, 2026. Multi-token prediction, for Kimi EAGLE 3.
    ("qwen3.5", &[(1, 1.93), (3, 3.39), (6, 4.80)]),
    ("deepseek-v4", &[(1, 1.79), (3, 2.49), (6, 2.55)]),
    ("kimi-k2.5", &[(1, 1.83), (3, 2.88), (6, 3.62)]),
];
const PUBLISHED_SOURCE: &str = "InferenceX golden acceptance lengths, code, 2026";

/// Tokens a pass yields as published for the model's own draft layers, between the published depths in a straight line.
/// `None`: nobody published it, or not so deep.
pub fn published_acceptance(model: &Model, guesses: u32) -> Option<f64> {
    let (_, table) = PUBLISHED.iter().find(|(family, _)| model.id.as_str().starts_with(family))?;
    let (mut below, mut at) = (0, 1.0);
    for &(depth, tokens) in *table {
        if guesses <= depth {
            let way = f64::from(guesses - below) / f64::from(depth - below);
            return Some(at + (tokens - at) * way);
        }
        (below, at) = (depth, tokens);
    }
    None
}

/// Speed of one session with guessing, from the ledger of the model without its draft.
///
/// # Errors
/// The acceptance is neither given nor published, the draft does not fit beside the model, or there is no speed without
/// guessing either.
pub fn decode(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    ledger: &MemoryLedger,
    speculation: &Speculation<'_>,
) -> Result<SpeculativeSpeed, Refusal> {
    let guesses = speculation.guesses;
    if guesses == 0 || guesses > MOST_GUESSES {
        return Err(refuse(format!("guesses can be 1 to {MOST_GUESSES}")));
    }
    let (accepted, source) = acceptance(workload.model, speculation)?;
    let memory = draft_memory(workload, &ledger.weights, speculation.draft)?;
    if let Some(there) = crate::sizing::memory::usable(hardware) {
        let need = ledger.on_devices() + memory;
        if need > there {
            let short = need.saturating_sub(there);
            return Err(refuse(format!("with the draft it needs {need}, {there} are there: short by {short}")));
        }
    }
    let fitted = FittedSpeed::builtin();
    let depth = f64::from(workload.prompt_tokens) + f64::from(workload.output_tokens) / 2.0;
    let run = Run::usual(workload, hardware, &ledger.weights);
    let plain = run.decode(fitted, depth, workload.output_tokens, &Calibration::NONE)?;
    let token = plain.time.total();
    let check = check_time(&run, fitted, depth, workload.output_tokens, guesses)?;
    let guess = guess_time(workload, hardware, &run, fitted, depth, speculation.draft)?;
    let cost = check / token + f64::from(guesses) * (guess / token);
    let gain = accepted / cost;
    let kind = if speculation.accepted.is_some() { Standing::Assumed } else { Standing::Cited };
    let computed = |name: &str, value: String| BasisInput::new(name, value, Standing::Computed, fitted.source());
    let inputs = vec![
        BasisInput::new(
            "speed without guessing",
            plain.figure.likely,
            Standing::Computed,
            plain.figure.basis.formula.clone(),
        ),
        BasisInput::new("tokens guessed for a pass", guesses, Standing::Assumed, "your choice"),
        BasisInput::new("tokens a pass yields", format!("{accepted:.2}"), kind, source),
        computed("time of a token without guessing", millis(token)),
        computed("time of a pass that checks", millis(check)),
        computed("time of one guess", millis(guess)),
        BasisInput::new("memory of the draft", memory, Standing::Computed, "the memory ledger"),
    ];
    let (low, high) = (plain.figure.low / plain.figure.likely, plain.figure.high / plain.figure.likely);
    let worst = if speculation.accepted.is_some() { 1.0 } else { OTHER_TEXTS.max(1.0 / accepted) };
    let basis = Basis {
        standing: plain.figure.basis.standing,
        formula: SmolStr::new_static(
            "tokens/s = speed without guessing x tokens a pass yields / ((check + guesses x guess) / token)",
        ),
        inputs,
        band: format!(
            "{:+.0} to {:+.0} %: that of the speed without guessing{}",
            (low * worst - 1.0) * 100.0,
            (high - 1.0) * 100.0,
            if worst < 1.0 { "; lower, because other texts than code are harder to guess" } else { "" }
        )
        .into(),
    };
    Ok(SpeculativeSpeed {
        decode: Figure::with_factors(super::finite(plain.figure.likely * gain)?, low * worst, high, basis),
        gain,
        memory,
    })
}

fn acceptance(model: &Model, speculation: &Speculation<'_>) -> Result<(f64, &'static str), Refusal> {
    let most = f64::from(speculation.guesses) + 1.0;
    match (speculation.accepted, speculation.draft) {
        (Some(tokens), _) if tokens > 0.0 && tokens <= most => Ok((tokens, "your own figure")),
        (Some(tokens), _) => Err(refuse(format!(
            "{} guesses yield above 0 and at most {most} tokens a pass, not {tokens}",
            speculation.guesses
        ))),
        (None, Draft::OwnLayers) => {
            published_acceptance(model, speculation.guesses).map(|tokens| (tokens, PUBLISHED_SOURCE)).ok_or_else(|| {
                refuse(format!(
                    "nobody published how many of {} guesses {} accepts: give your own figure",
                    speculation.guesses, model.name
                ))
            })
        }
        (None, Draft::Model(draft, _)) => Err(refuse(format!(
            "how many guesses of {} are accepted depends on the text: give your own figure",
            draft.name
        ))),
    }
}

/// Weights and cache of the draft. The model's own extra layers lie in its files but are loaded only for guessing.
fn draft_memory(workload: &Workload<'_>, weights: &WeightCount, draft: Draft<'_>) -> Result<Bytes, Refusal> {
    let cache = |model: &Model, draft_layers| {
        let request = CacheRequest::of(&Workload { model, ..*workload });
        kv_cache::bytes(model, &CacheRequest { draft_layers, ..request })
    };
    match draft {
        Draft::OwnLayers => {
            let cache = cache(workload.model, 1)?.saturating_sub(cache(workload.model, 0)?);
            Ok(own_layer(workload.model, weights) + cache)
        }
        Draft::Model(model, format) => Ok(weights::count(model, format, workload.engine)?.total() + cache(model, 0)?),
    }
}

/// Bytes of one extra layer: as published with the model, else those of one of its layers.
fn own_layer(model: &Model, weights: &WeightCount) -> Bytes {
    if weights.prediction.bytes > Bytes::ZERO {
        return weights.prediction.bytes;
    }
    let layers = model.architecture.as_ref().map_or(1, |shapes| shapes.layers.max(1));
    let all = weights.attention.bytes
        + weights.feed_forward.bytes
        + weights.shared_experts.bytes
        + weights.routed_experts.bytes;
    all.scaled(1.0 / f64::from(layers))
}

/// Time of a pass over `guesses + 1` tokens.
fn check_time(
    run: &Run<'_>,
    fitted: &FittedSpeed,
    depth: f64,
    output_tokens: u32,
    guesses: u32,
) -> Result<Seconds, Refusal> {
    let tokens = guesses.saturating_add(1);
    let one = run.work();
    let many = f64::from(tokens);
    let work =
        Work { weights: run.weights.read_per_step(tokens), active: one.active * many, body: one.body * many, ..one };
    let load = run.token_load(depth, output_tokens);
    let load = TokenLoad { attention: load.attention * many, ..load };
    Ok(decode::time(&fitted.constants, &run.machine()?, &run.conditions, &work, &load).total())
}

/// Time of one guess.
fn guess_time(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    run: &Run<'_>,
    fitted: &FittedSpeed,
    depth: f64,
    draft: Draft<'_>,
) -> Result<Seconds, Refusal> {
    match draft {
        Draft::Model(model, format) => {
            let weights = weights::count(model, format, workload.engine)?;
            let guesser = Workload { model, format, kv_format: KvFormat::F16, ..*workload };
            let run = Run::usual(&guesser, hardware, &weights);
            Ok(run.decode(fitted, depth, workload.output_tokens, &Calibration::NONE)?.time.total())
        }
        Draft::OwnLayers => {
            let whole = run.work();
            let layers = whole.layers.max(1.0);
            let head = run.weights.head_bytes();
            let layer = whole.weights.saturating_sub(head).scaled(1.0 / layers);
            let work = Work {
                weights: layer + head,
                active: whole.body / layers + (whole.active - whole.body),
                body: whole.body / layers,
                layers: 1.0,
                expert_layers: f64::from(u8::from(whole.experts)),
                recurrent_layers: 0.0,
                ..whole
            };
            let load = run.token_load(depth, workload.output_tokens);
            let load = TokenLoad {
                cache: load.cache.scaled(1.0 / layers),
                attention: load.attention * (1.0 / layers),
                ..load
            };
            Ok(decode::time(&fitted.constants, &run.machine()?, &run.conditions, &work, &load).total())
        }
    }
}
