//! Figures of one way of serving: likely values from the fitted forms, bands from left-out families, reasons in words.

use super::alone;
use super::band::{Band, Strangeness};
use super::fitted::FittedServing;
use super::local::{self, LocalWork};
use super::processors::{self, Partition, Pass, Socket};
use super::served::{self, Between, Loop, Serving, Work};
use crate::catalog::{Device, Engine, KvFormat, Model, Standing, WeightFormat};
use crate::sizing::weights::{self, WeightCount};
use crate::sizing::{Basis, BasisInput, Figure, Refusal, Resource};
use crate::units::{Bytes, Seconds, TokensPerSecond, Watts};

/// What so many sessions at once get from a served engine.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedFigures {
    /// Time from one token of a session to the next.
    pub per_token: Figure<Seconds>,
    /// From sending a prompt to the first token, mean of a closed loop.
    pub first_token: Figure<Seconds>,
    /// All sessions together.
    pub throughput: Figure<TokensPerSecond>,
    /// All devices together. `None`: their power limit is not published.
    pub power: Option<Figure<Watts>>,
    /// Sessions that run at once; fewer than asked where the cache pool is full.
    pub running: f64,
    /// What limits a step.
    pub binding: Resource,
    /// What makes the estimate less sure than others, in words. Empty: nothing.
    pub caution: String,
}

/// Figures for `sessions` at once.
///
/// # Errors
/// The weights do not fit, or shapes, bandwidth or rates are not published.
pub fn served(
    fitted: &FittedServing,
    serving: &Serving<'_>,
    sessions: f64,
    between: Between,
) -> Result<ServedFigures, Refusal> {
    let work = serving.work()?;
    served_with(fitted, serving, &work, sessions, between)
}

/// As [`served()`], with the numbers of the way of serving already made.
///
/// # Errors
/// The weights do not fit.
pub fn served_with(
    fitted: &FittedServing,
    serving: &Serving<'_>,
    work: &Work,
    sessions: f64,
    between: Between,
) -> Result<ServedFigures, Refusal> {
    if !work.weights_fit() {
        return Err(too_large(serving));
    }
    let load = served::load(&fitted.served, &fitted.power, work, sessions, between);
    let strangeness = strangeness(fitted, serving, &load, sessions);
    let caution = caution(&strangeness, &load, sessions);
    let mixture = work.is_mixture();
    let bands = &fitted.bands;
    let basis = |formula: &str, band: Band| basis(fitted, serving, &load, sessions, formula, band, &caution);
    let per_token = bands.per_token.of(mixture).strange(&strangeness);
    let first_token = bands.first_token.of(mixture).strange(&strangeness).queueing(&strangeness);
    let throughput = bands.throughput.of(mixture).strange(&strangeness);
    // Power hardly follows how long a step takes, so penalties do not widen it.
    let power = bands.power.of(mixture).strange(&Strangeness { penalty_share: 0.0, ..strangeness });
    let figure = |likely: Seconds, band: Band, formula: &str| {
        let (low, high) = band.factors();
        Figure::with_factors(likely, low, high, basis(formula, band))
    };
    Ok(ServedFigures {
        per_token: figure(load.per_token, per_token, PER_TOKEN),
        first_token: figure(load.first_token, first_token, FIRST_TOKEN),
        throughput: {
            let (low, high) = throughput.factors();
            Figure::with_factors(load.throughput, low, high, basis(THROUGHPUT, throughput))
        },
        power: load.power.map(|watts| {
            let (low, high) = power.factors();
            let figure = Figure::with_factors(watts, low, high, basis(POWER, power));
            // The board's own regulation holds the limit, whatever the band says.
            let high = work.power_limit().map_or(figure.high, |limit| figure.high.min(limit)).max(figure.likely);
            Figure { high, ..figure }
        }),
        running: load.running,
        binding: load.binding,
        caution,
    })
}

const PER_TOKEN: &str = "time per output token = step(sessions running) + share of the others' prompts read meanwhile; \
     step = (weights^4 + products^4)^(1/4) + caches + all-reduces + fixed times of layers, requests and the step";
const FIRST_TOKEN: &str = "time to the first token = fixed + own prompt x (1 + q (sessions - 1)) + one step, plus the queue before a full pool";
const THROUGHPUT: &str =
    "tokens a second = sessions x answer / (time to the first token + answer x time per output token)";
const POWER: &str = "power = devices x limit x (idle + a use of bandwidth^g + b use of products^h - c waiting)";

fn too_large(serving: &Serving<'_>) -> Refusal {
    let device = serving.device;
    let devices = serving.split.devices.max(1);
    let memory = device.memory.unwrap_or(Bytes::ZERO);
    let need = weights::count(serving.model, serving.format, serving.engine).map_or(Bytes::ZERO, |count| count.total());
    let whole = need.ratio(memory).map_or(devices, |times| (times / 0.9).ceil() as u32);
    Refusal {
        reason: format!(
            "the weights ({need}) do not fit into {devices} x {} ({memory} each) as they are split",
            device.name
        ),
        nearest: (whole > devices).then_some(crate::sizing::verdict::Nearest::Devices(whole.next_power_of_two())),
    }
}

fn strangeness(fitted: &FittedServing, serving: &Serving<'_>, load: &Loop, sessions: f64) -> Strangeness {
    Strangeness {
        penalty_share: load.strange_share,
        device_unmeasured: !fitted.knows(serving.device.id.as_str()),
        engine_unmeasured: !matches!(serving.engine, Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm),
        queueing: sessions > load.running,
    }
}

fn caution(strangeness: &Strangeness, load: &Loop, sessions: f64) -> String {
    let mut reasons = Vec::new();
    if strangeness.device_unmeasured {
        reasons.push("no served run of this device was measured".to_owned());
    }
    if strangeness.engine_unmeasured {
        reasons.push("no run of this engine was measured".to_owned());
    }
    if strangeness.queueing {
        reasons.push(format!("the cache pool holds {:.0} of {sessions:.0} sessions: the rest wait", load.running));
    }
    if load.strange_share > 0.15 {
        reasons.push(format!(
            "{:.0} % of a step is a penalty known from one or two model families",
            load.strange_share * 100.0
        ));
    }
    reasons.join("; ")
}

fn basis(
    fitted: &FittedServing,
    serving: &Serving<'_>,
    load: &Loop,
    sessions: f64,
    formula: &str,
    band: Band,
    caution: &str,
) -> Basis {
    let given = |name: &str, value: String| BasisInput::new(name, value, Standing::Assumed, "as asked");
    let (low, high) = band.factors();
    let mut text = format!(
        "{:+.0} to {:+.0} %: what model families left out of the fit scattered by, widened",
        (low - 1.0) * 100.0,
        (high - 1.0) * 100.0
    );
    if !caution.is_empty() {
        text.push_str("; ");
        text.push_str(caution);
    }
    Basis {
        standing: Standing::Computed,
        formula: formula.into(),
        inputs: vec![
            given("engine", serving.engine.to_string()),
            given("sessions", format!("{sessions:.0}, running at once {:.0}", load.running)),
            given("prompt and answer", format!("{:.0} and {:.0} tokens", serving.prompt_tokens, serving.output_tokens)),
            given(
                "devices of one copy, of them sharing attention",
                format!("{} and {}", serving.split.devices, serving.split.attention_shards),
            ),
            BasisInput::new(
                "build of the engine",
                format!("{:.2} years after November 2025", serving.age),
                Standing::Assumed,
                "release dates of its versions",
            ),
            BasisInput::new("constants", "data/constants/serving.ron", Standing::Computed, fitted.source()),
        ],
        band: text.into(),
    }
}

/// Several sessions at once on one machine: partitions of a processor, a llama.cpp batch, or a served engine.
#[derive(Clone, Copy, Debug)]
pub struct BatchedRun<'a> {
    /// The model.
    pub model: &'a Model,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// How its cache is stored.
    pub kv_format: KvFormat,
    /// The device.
    pub device: &'a Device,
    /// Devices that share one copy.
    pub devices: u32,
    /// The program.
    pub engine: Engine,
    /// Its build, see [`served::build`].
    pub age: f64,
    /// Copies of it on a partitioned processor; 1 otherwise.
    pub processes: u32,
    /// Threads of each copy. `None`: all of the processor's, shared out.
    pub threads: Option<u32>,
    /// Whether the processor's maker built the program.
    pub vendor_build: bool,
    /// Sessions of all copies.
    pub sessions: f64,
    /// Tokens of a prompt, read before (or, served, within) the time measured.
    pub prompt_tokens: f64,
    /// Tokens of an answer.
    pub output_tokens: f64,
}

/// Tokens per second of all sessions together.
///
/// # Errors
/// Shapes, bandwidth or rates are not published, or the weights do not fit.
pub fn batched_total(fitted: &FittedServing, run: &BatchedRun<'_>) -> Result<Figure<TokensPerSecond>, Refusal> {
    match run.engine {
        _ if run.device.is_processor() => partitioned(fitted, run),
        Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm => {
            let serving = Serving {
                model: run.model,
                format: run.format,
                kv_format: run.kv_format,
                engine: run.engine,
                settings: None,
                age: run.age,
                device: run.device,
                split: super::Split::together(run.devices),
                prompt_tokens: run.prompt_tokens,
                output_tokens: run.output_tokens,
                guessing: false,
            };
            served(fitted, &serving, run.sessions, Between::Mean).map(|figures| figures.throughput)
        }
        Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => batched_locally(fitted, run),
    }
}

fn depth(run: &BatchedRun<'_>) -> f64 {
    run.prompt_tokens + run.output_tokens / 2.0
}

/// Time of a token of one session, as shown for one session.
fn alone(run: &BatchedRun<'_>, count: &WeightCount) -> Option<Seconds> {
    // A float-to-integer cast saturates, and NaN becomes zero.
    let lengths = (depth(run), run.output_tokens as u32);
    alone::time(run.model, run.format, run.kv_format, (run.device, run.devices), count, lengths)
}

fn partitioned(fitted: &FittedServing, run: &BatchedRun<'_>) -> Result<Figure<TokensPerSecond>, Refusal> {
    let socket = Socket::of(run.device)?;
    let processes = f64::from(run.processes.max(1));
    let threads = run.threads.map_or_else(|| f64::from(socket.threads()) / processes, f64::from);
    let partition = Partition { processes, threads, batch: (run.sessions / processes).max(1.0) };
    let count = weights::count(run.model, run.format, Engine::LlamaCpp)?;
    let alone = alone(run, &count);
    let pass = Pass::of(run.model, run.format, &count, depth(run), run.vendor_build, alone);
    let found = &fitted.processors;
    let (step, _) = processors::step(&found.constants, found.offsets(run.device), &socket, partition, &pass);
    let known = found.knows(run.device);
    let band = if known { fitted.bands.processor } else { fitted.bands.processor_unmeasured };
    Ok(local_figure(fitted, processors::total(step, partition), band, PARTITIONS, known))
}

fn batched_locally(fitted: &FittedServing, run: &BatchedRun<'_>) -> Result<Figure<TokensPerSecond>, Refusal> {
    let count = weights::count(run.model, run.format, Engine::LlamaCpp)?;
    let work = LocalWork::of(run.model, run.format, run.kv_format, run.device, depth(run))?;
    let work = work.starting_from(alone(run, &count));
    let (step, _) = local::step(&fitted.local, &work, run.sessions);
    let known = fitted.local_devices.iter().any(|id| id == run.device.id.as_str());
    Ok(local_figure(fitted, TokensPerSecond::from_step(step) * run.sessions.max(1.0), fitted.bands.local, LOCAL, known))
}

const PARTITIONS: &str = "tokens a second = processes x batch / step; step = (weights^2 + products^2)^(1/2) + attention \
     (grows with the batch squared: one cache for all) + synchronising, \
     from the speed of one session alone as shown for one session; what the form is off by there fades with sessions";
const LOCAL: &str = "tokens a second = sessions / step; step = (weights^2 + products^2)^(1/2) + caches + fixed times of layers and sessions, from the speed of one session alone as shown for one session";

fn local_figure(
    fitted: &FittedServing,
    likely: TokensPerSecond,
    band: Band,
    formula: &str,
    known: bool,
) -> Figure<TokensPerSecond> {
    let (low, high) = band.factors();
    let whose = if known { "" } else { "; no such run of this device was measured" };
    let basis = Basis {
        standing: Standing::Computed,
        formula: formula.into(),
        inputs: vec![BasisInput::new(
            "constants",
            "data/constants/serving.ron",
            Standing::Computed,
            fitted.local_source(),
        )],
        band: format!(
            "{:+.0} to {:+.0} %: what devices left out of the fit scattered by{whose}",
            (low - 1.0) * 100.0,
            (high - 1.0) * 100.0
        )
        .into(),
    };
    Figure::with_factors(likely, low, high, basis)
}
