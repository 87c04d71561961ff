//! From ways to split the work to the best plan: the most sessions each split carries at the target, with its band.

use smol_str::SmolStr;

use super::band::Band;
use super::served::gaps;
use super::{Batches, Bench, Sense, ServingMode, ServingPlan};
use crate::catalog::Standing;
use crate::sizing::{Basis, BasisInput, Figure, Refusal, Resource, nearest};
use crate::units::{Bytes, Seconds, TokensPerSecond, Watts};

/// One way to split the work.
pub(super) struct Split<'a> {
    /// Copies of the engine.
    pub copies: u32,
    /// Most sessions one copy has memory for.
    pub memory_sessions: u32,
    /// Mean time of a token of each session with this many on a copy, and what binds it. `None`: cannot be told.
    pub step: Box<dyn Fn(u32) -> Option<(Seconds, Resource)> + 'a>,
    /// The time between tokens in the sense asked for. `None`: nobody measured how it scatters in this way of serving, so
    /// the mean counts.
    pub gap: Option<Box<dyn Fn(u32) -> Option<Seconds> + 'a>>,
    /// Wait for the first token with this many sessions on a copy. `None`: cannot be told.
    pub first_token: Box<dyn Fn(u32) -> Option<Seconds> + 'a>,
    /// Tokens per second of one copy with this many sessions over a long time, the time of their prompts in it. `None`: cannot
    /// be told apart from what they make while they answer.
    pub total: Box<dyn Fn(u32) -> Option<TokensPerSecond> + 'a>,
    /// Power of all copies with this many sessions on each. `None`: not told by the split's own form.
    pub power: Box<dyn Fn(u32) -> Option<Watts> + 'a>,
    /// Names the split with a batch.
    pub mode: Box<dyn Fn(u32) -> ServingMode + 'a>,
    /// Largest batch the engine is run with.
    pub largest_batch: u32,
    /// Why it has no room for a single session: total need of one and what is there.
    pub need_of_one: (Bytes, Bytes),
    /// Bands of what it gives.
    pub bands: PlanBands,
    /// Share of its likely speed that a session is promised with this many on a copy, see [`super::band::Promise`].
    pub promise: Box<dyn Fn(u32) -> f64 + 'a>,
    /// Where its constants come from.
    pub source: String,
}

/// Bands of a split: logarithms of true over estimated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct PlanBands {
    /// Of speeds.
    pub speed: Band,
    /// Of the speed that sessions are counted by.
    pub counted: Band,
    /// Of what all sessions make together.
    pub total: Band,
    /// Of the wait for the first token.
    pub first_token: Band,
    /// Of power.
    pub power: Band,
}

impl PlanBands {
    /// One band for everything: times have it the other way round, waits twice as wide.
    pub(super) fn alike(speed: Band) -> Self {
        Self {
            speed,
            counted: speed,
            total: speed,
            first_token: speed.inverse().widened(2.0),
            power: Band { low: -0.36, high: 0.17 },
        }
    }
}

/// What a split reaches.
#[derive(Clone, Copy)]
struct Found {
    batch: u32,
    sessions: u32,
    step: Seconds,
    binding: Resource,
}

/// The most sessions of a copy whose step, made `slower` times as long and no shorter than promised, still meets the
/// target.
fn fill(bench: &Bench<'_>, split: &Split<'_>, batches: Batches, slower: f64) -> Option<Found> {
    let limit = bench.target.speed.step();
    let slower = |batch: u32| {
        let promised = (split.promise)(batch);
        if promised > 0.0 && slower >= 1.0 { slower.max(1.0 / promised) } else { slower }
    };
    let fast_enough = |batch: u32| {
        let time = match &split.gap {
            Some(gap) => gap(batch),
            None => (split.step)(batch).map(|(step, _)| step),
        };
        time.is_some_and(|step| step * slower(batch) <= limit)
    };
    let in_time = |batch: u32| match (bench.target.time_to_first_token, (split.first_token)(batch)) {
        (None, _) => true,
        (Some(limit), Some(wait)) => wait * slower(batch) <= limit,
        (Some(_), None) => false,
    };
    let good = |batch: u32| fast_enough(batch) && in_time(batch);
    let largest = match batches {
        Batches::One => 1,
        Batches::Any => split.largest_batch,
    };
    let most = split.memory_sessions.min(largest);
    if most == 0 || !good(1) {
        return None;
    }
    let (mut fitting, mut failing) = (1, most.saturating_add(1));
    while failing > fitting + 1 {
        let middle = fitting + (failing - fitting) / 2;
        if good(middle) {
            fitting = middle;
        } else {
            failing = middle;
        }
    }
    let (step, busiest) = (split.step)(fitting)?;
    let binding = match batches {
        Batches::Any if fitting == most && most < largest => Resource::Memory,
        Batches::Any if fitting == most => Resource::EngineSlots,
        Batches::Any if fast_enough(fitting + 1) => Resource::FirstToken,
        Batches::Any | Batches::One => busiest,
    };
    Some(Found { batch: fitting, sessions: fitting.saturating_mul(split.copies), step, binding })
}

/// The split with the most sessions.
pub(super) fn best(bench: &Bench<'_>, splits: &[Split<'_>], batches: Batches) -> Result<ServingPlan, Refusal> {
    let most = |slower: f64| {
        splits
            .iter()
            .filter_map(|split| Some((split, fill(bench, split, batches, slower)?)))
            .reduce(|best, next| if next.1.sessions > best.1.sessions { next } else { best })
    };
    let Some((split, found)) = most(1.0) else { return Err(refusal(bench, splits)) };
    let (low, high) = split.bands.counted.factors();
    let fewest = most(1.0 / low).map_or(0, |(_, found)| found.sessions);
    let greatest = most(1.0 / high).map_or(found.sessions, |(_, found)| found.sessions);
    let (low, high) = split.bands.speed.factors();
    let basis = basis(bench, split, found, (low, high));
    let speed = TokensPerSecond::from_step(found.step);
    let wait = (split.first_token)(found.batch);
    Ok(ServingPlan {
        mode: (split.mode)(found.batch),
        sessions: Figure {
            low: fewest.min(found.sessions),
            likely: found.sessions,
            high: greatest.max(found.sessions),
            basis: basis.clone(),
        },
        speed_per_session: Figure::with_factors(speed, low, high, basis.clone()),
        total_speed: total_speed(split, found, &basis),
        time_to_first_token: wait.map(|wait| {
            let (sooner, later) = split.bands.first_token.factors();
            Figure::with_factors(wait, sooner, later, basis.clone())
        }),
        device_power: served_power(split, found.batch, &basis).or_else(|| power(bench, found.batch)),
        binding: found.binding,
        counted_by: counted_by(bench, split),
    })
}

/// What all sessions make over a long time, and which share that is of what they make while they answer.
fn total_speed(split: &Split<'_>, found: Found, basis: &Basis) -> Figure<TokensPerSecond> {
    let answering = TokensPerSecond::from_step(found.step) * f64::from(found.sessions);
    let told = (split.total)(found.batch).map(|of_a_copy| of_a_copy * f64::from(split.copies));
    let total = told.unwrap_or(answering);
    let words = match told {
        Some(_) => format!("{:.0} % of the time; prompts take the rest", total / answering * 100.0),
        None => "all the time: nobody can tell how long prompts take here, so they are left out".to_owned(),
    };
    let mut inputs = basis.inputs.clone();
    inputs.push(BasisInput::new("answers are written", words, Standing::Computed, &split.source));
    let formula = "sessions x answer / (time their prompts take + answer x time of a token)".to_owned();
    let (low, high) = split.bands.total.factors();
    Figure::with_factors(total, low, high, Basis { formula: formula.into(), inputs, ..basis.clone() })
}

/// The sense that sessions of a split are counted in.
fn counted_by(bench: &Bench<'_>, split: &Split<'_>) -> Sense {
    if split.gap.is_some() { bench.target.sense } else { Sense::Mean }
}

/// Which speed counts, in words, with the gap where it is not the mean.
fn sense_words(bench: &Bench<'_>, split: &Split<'_>, found: Found) -> (String, &'static str) {
    let gap = split.gap.as_ref().and_then(|gap| gap(found.batch));
    match (bench.target.sense, gap) {
        (Sense::Mean, _) => (Sense::Mean.label().to_owned(), "your choice"),
        (sense @ (Sense::Median | Sense::P95), Some(gap)) => {
            let source = if sense == Sense::P95 { gaps::SOURCE } else { "the same fit, rows that publish the median" };
            (format!("{}: {:.1} ms", sense.label(), gap.as_millis()), source)
        }
        (sense @ (Sense::Median | Sense::P95), None) => (
            format!("{}, not the {}", Sense::Mean.label(), sense.label()),
            "no published run of this way of serving says how gaps between tokens scatter",
        ),
    }
}

fn refusal(bench: &Bench<'_>, splits: &[Split<'_>]) -> Refusal {
    let device = bench.hardware.device;
    if splits.iter().all(|split| split.memory_sessions == 0) {
        let (need, there) =
            splits.iter().map(|split| split.need_of_one).max_by_key(|(_, there)| *there).unwrap_or_default();
        return nearest::does_not_fit(bench.workload, bench.hardware, need, need.saturating_sub(there));
    }
    let fastest = splits
        .iter()
        .filter(|split| split.memory_sessions > 0)
        .filter_map(|split| Some(((split.step)(1)?.0, (split.promise)(1))))
        .reduce(|fastest, next| if next.0 < fastest.0 { next } else { fastest });
    let reason = match fastest {
        None => format!("{}: its memory bandwidth is not published", device.name),
        Some((step, _)) if step > bench.target.speed.step() => format!(
            "one session alone reaches {} at best, {} are asked for",
            TokensPerSecond::from_step(step),
            bench.target.speed
        ),
        Some((step, promised)) if step > bench.target.speed.step() * promised => format!(
            "one session alone likely reaches {}, {} are asked for: one in four processors left out of the fit fell \
             {:.0} % short of its likely speed, so not even one session is promised",
            TokensPerSecond::from_step(step),
            bench.target.speed,
            (1.0 - promised) * 100.0
        ),
        Some(_) => match bench.target.time_to_first_token {
            Some(limit) => format!("the first token takes longer than {limit} even for one session"),
            None => "no split of the devices reaches the target".to_owned(),
        },
    };
    Refusal { reason, nearest: None }
}

/// Draw as the split's own form gives it.
fn served_power(split: &Split<'_>, batch: u32, basis: &Basis) -> Option<Figure<Watts>> {
    let watts = (split.power)(batch)?;
    let (low, high) = split.bands.power.factors();
    let formula = "devices x limit x (idle + a use of bandwidth^g + b use of products^h - c waiting)".to_owned();
    Some(Figure::with_factors(watts, low, high, Basis { formula: formula.into(), ..basis.clone() }))
}

/// Draw of all devices: 0.61 of the limit at 8 sessions a device or fewer, 0.84 at 130 or more, even steps in the
/// logarithm between (ML.ENERGY, H100, chat models). Processors are taken at 0.9 of theirs.
fn power(bench: &Bench<'_>, batch: u32) -> Option<Figure<Watts>> {
    const PROCESSOR: f64 = 0.9; // own estimate: processors run near their limit under llama.cpp, 2026-11-20
    let device = bench.hardware.device;
    let limit = device.power_limit?;
    let share =
        if device.is_processor() { PROCESSOR } else { crate::sizing::power::accelerator_share(f64::from(batch)) };
    let basis = Basis {
        standing: Standing::Computed,
        formula: SmolStr::new_static("power limit of all devices x share drawn while generating"),
        inputs: vec![
            BasisInput::new(
                "power limit of one",
                limit,
                device.provenance.standing_of("power_limit_w"),
                device.provenance.source_of("power_limit_w"),
            ),
            BasisInput::new(
                "share",
                format!("{share:.2}"),
                Standing::Cited,
                "ML.ENERGY benchmark v3, chat models, 2026",
            ),
        ],
        band: SmolStr::new_static("-30 to +18 %: spread of measured servers"),
    };
    Some(Figure::with_factors(limit * (share * f64::from(bench.hardware.count)), 0.70, 1.18, basis))
}

fn basis(bench: &Bench<'_>, split: &Split<'_>, found: Found, (low, high): (f64, f64)) -> Basis {
    let workload = bench.workload;
    let computed = |name: &str, value: String| BasisInput::new(name, value, Standing::Computed, &split.source);
    let promised = (split.promise)(found.batch);
    let promise = (promised < 1.0).then(|| {
        let text = format!(
            "{:.0} % of its likely speed: what three in four runs of processors left out reach",
            promised * 100.0
        );
        computed("what a session is promised where sessions are counted", text)
    });
    let mut basis = Basis {
        standing: Standing::Computed,
        formula: SmolStr::new_static(
            "most sessions whose step time stays below 1 / target speed and whose caches fit beside the weights",
        ),
        inputs: vec![
            BasisInput::new("target for each session", bench.target.speed, Standing::Assumed, "your choice"),
            {
                let (words, source) = sense_words(bench, split, found);
                BasisInput::new("speed that counts", words, Standing::Computed, source)
            },
            BasisInput::new(
                "context reserved for each",
                format!("{} tokens", workload.context_tokens),
                Standing::Assumed,
                "your choice",
            ),
            computed("copies of the model at work", split.copies.to_string()),
            computed("sessions of each copy", found.batch.to_string()),
            computed("sessions of each copy that memory allows", split.memory_sessions.to_string()),
            computed("step time", format!("{:.1} ms", found.step.as_millis())),
        ],
        band: format!(
            "speeds {:.0} to +{:.0} %: what families and devices left out of the fit scattered by; sessions follow",
            (low - 1.0) * 100.0,
            (high - 1.0) * 100.0
        )
        .into(),
    };
    basis.inputs.extend(promise);
    basis
}
