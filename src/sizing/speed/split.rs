//! Speed of one session where a model is too large for its device and the host's processor computes the rest.
//!
//! Device and host work one after the other: the time of a token is the sum of both, each by the form of its own kind
//! for its share of the bytes, and a crossing wherever the work changes hands. Prompts are computed on the device, which
//! borrows the host's weights over the bus once a micro-batch. With everything on one side it is that side's own speed.
//!
//! No run of this kind went into the fit: `tests/sizing_split.rs` holds the published ones it is checked against.

use super::band::Segment;
use super::conditions::Conditions;
use super::decode::{self, TokenLoad};
use super::explain::{micros, millis};
use super::platform::Machine;
use super::prefill;
use super::work::Work;
use super::{FittedSpeed, Run, finite, refuse};
use crate::catalog::{Device, Engine, ModelKind, Standing};
use crate::sizing::memory::offload::{self, Offload, Placement};
use crate::sizing::weights::{self, WeightCount};
use crate::sizing::{Basis, BasisInput, Figure, Hardware, Refusal, Workload, buffers, memory};
use crate::units::{Bytes, BytesPerSecond, Seconds, Significant, TokensPerSecond};

/// Rate at which weights of the host reach the device: half of what PCIe 4.0 x16 carries, as memory that is not pinned
/// allows.
const BORROWING: BytesPerSecond = BytesPerSecond::from_giga(12.0); // Qwen3.5-122B on an RTX 4090, experts on the host: 11.5; published run of 2026, see tests
/// How far that is off on other boards: PCIe 3.0 to 5.0, pinned or not.
const BORROWING_BAND: f64 = 2.0; // 3 to 27 GB/s in published runs of 2024 to 2026
/// Shorter prompts are computed where their weights are.
const FEWEST_TO_BORROW: u32 = 32; // llama.cpp, ggml-cuda offload_op, min_batch_size, 2026

/// The processor that shares the work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Host<'a> {
    /// The processor.
    pub device: &'a Device,
    /// Memory fitted around it. `None`: unknown, and not checked.
    pub memory: Option<Bytes>,
}

/// A model in two places.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitSpeed {
    /// What is where.
    pub offload: Offload,
    /// Generated tokens per second at the middle of the answer.
    pub decode: Figure<TokensPerSecond>,
    /// Prompt tokens read per second.
    pub prefill: Figure<TokensPerSecond>,
    /// From sending the prompt to the first token.
    pub time_to_first_token: Figure<Seconds>,
    /// Share of a token's time that the host takes, 0 to 1.
    pub host_share: f64,
}

/// The fastest way to share `workload` between one device and its host.
///
/// # Errors
/// The engine cannot split, there are several devices, a fact is not published, or the host's memory is too small.
pub fn best(workload: &Workload<'_>, hardware: &Hardware<'_>, host: &Host<'_>) -> Result<SplitSpeed, Refusal> {
    let capacity = memory::usable(hardware)
        .ok_or_else(|| refuse(format!("{}: its memory is not published", hardware.device.name)))?;
    let free = capacity.saturating_sub(buffers::runtime(workload, hardware.device, 1).likely);
    let layers = offload::most_layers(workload, free)?;
    let experts = offload::fewest_experts_on_host(workload, free)?;
    let layers = of(workload, hardware, host, layers);
    match experts {
        None => layers,
        Some(experts) => match (layers, of(workload, hardware, host, experts)) {
            (Ok(a), Ok(b)) => Ok(if b.decode.likely > a.decode.likely { b } else { a }),
            (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
            (Err(refusal), Err(_)) => Err(refusal),
        },
    }
}

/// The speed of one way to share.
///
/// # Errors
/// As [`best`].
pub fn of(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    host: &Host<'_>,
    offload: Offload,
) -> Result<SplitSpeed, Refusal> {
    possible(workload, hardware, host, &offload)?;
    let weights = weights::count(workload.model, workload.format, workload.engine)?;
    let fitted = FittedSpeed::builtin();
    let sides = Sides::new(workload, hardware, host, &weights, &offload)?;
    let depth = f64::from(workload.prompt_tokens) + f64::from(workload.output_tokens) / 2.0;
    let token = sides.token(fitted, depth, workload.output_tokens);
    let decode = token.figure(&sides, fitted)?;
    let prefill = sides.prompt(fitted, workload.prompt_tokens.max(1))?;
    let time_to_first_token = super::explain::first_token(workload.prompt_tokens.max(1), &prefill, &decode);
    Ok(SplitSpeed { offload, decode, prefill, time_to_first_token, host_share: token.host_share() })
}

fn possible(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    host: &Host<'_>,
    offload: &Offload,
) -> Result<(), Refusal> {
    if workload.engine != Engine::LlamaCpp {
        return Err(refuse(format!("{} keeps a model on its devices: llama.cpp can share it", workload.engine)));
    }
    if workload.model.kind == ModelKind::Encoder {
        return Err(refuse(format!("{} reads text and does not generate any", workload.model.name)));
    }
    if hardware.count > 1 {
        return Err(refuse("sharing with the host is estimated for one device".to_owned()));
    }
    if hardware.device.is_processor() || !host.device.is_processor() {
        return Err(refuse(format!(
            "{} and {}: a graphics device and a processor can share a model",
            hardware.device.name, host.device.name
        )));
    }
    match host.memory {
        Some(there) if offload.on_host() > there => Err(refuse(format!(
            "{} would stay with the host, which has {there}: short by {}",
            offload.on_host(),
            offload.on_host().saturating_sub(there)
        ))),
        Some(_) | None => Ok(()),
    }
}

/// One side: a machine, how it is run, and its part of the work.
struct Side<'a> {
    device: &'a Device,
    machine: Machine,
    conditions: Conditions,
    work: Work,
    /// Share of the caches it reads.
    cache: f64,
}

/// Both sides, and the whole they are parts of.
struct Sides<'a> {
    whole: Run<'a>,
    device: Side<'a>,
    host: Side<'a>,
    offload: &'a Offload,
}

/// The time of a token.
struct TokenTime {
    device: Seconds,
    host: Seconds,
    crossings: Seconds,
}

impl<'a> Sides<'a> {
    fn new(
        workload: &Workload<'a>,
        hardware: &Hardware<'a>,
        host: &Host<'a>,
        weights: &'a WeightCount,
        offload: &'a Offload,
    ) -> Result<Self, Refusal> {
        let whole = Run::usual(workload, hardware, weights);
        let there = Run::usual(workload, &Hardware { device: host.device, count: 1, memory: host.memory }, weights);
        let (plain, experts) = (offload.plain_share, offload.expert_share);
        let device = Side {
            device: hardware.device,
            machine: whole.machine()?,
            conditions: whole.conditions,
            work: part(&whole.work(), weights, plain, experts, offload.head_on_device),
            cache: plain,
        };
        let host = Side {
            device: host.device,
            machine: there.machine()?,
            conditions: there.conditions,
            work: part(&there.work(), weights, 1.0 - plain, 1.0 - experts, !offload.head_on_device),
            cache: 1.0 - plain,
        };
        Ok(Self { whole, device, host, offload })
    }

    fn token(&self, fitted: &FittedSpeed, depth_tokens: f64, output_tokens: u32) -> TokenTime {
        let load = self.whole.token_load(depth_tokens, output_tokens);
        let time = |side: &Side<'_>| {
            if side.is_idle() {
                return Seconds::ZERO;
            }
            let load =
                TokenLoad { cache: load.cache.scaled(side.cache), attention: load.attention * side.cache, ..load };
            decode::time(&fitted.constants, &side.machine, &side.conditions, &side.work, &load).total()
        };
        // The work changes hands once between layers, and twice in each layer whose experts are with the host.
        let between = u32::from(!self.device.is_idle() && self.host.cache > 0.0);
        let hands = f64::from(between + 2 * self.offload.split_layers);
        let each = Seconds::from_millis(fitted.constants.accelerator_decode.hop);
        TokenTime { device: time(&self.device), host: time(&self.host), crossings: each * hands }
    }

    fn prompt(&self, fitted: &FittedSpeed, tokens: u32) -> Result<Figure<TokensPerSecond>, Refusal> {
        let load = self.whole.prompt_load(tokens, 0.0);
        let constants = &fitted.constants;
        if tokens < FEWEST_TO_BORROW || self.device.is_idle() {
            let time = |side: &Side<'_>| {
                if side.is_idle() {
                    return Seconds::ZERO;
                }
                let load = prefill::PromptLoad { attention: load.attention * side.cache, ..load };
                prefill::time(constants, &side.machine, &side.conditions, &side.work, &load).total()
            };
            let (here, there) = (time(&self.device), time(&self.host));
            let (low, high) = self.factors(fitted, here, there, true);
            let inputs = vec![
                input("computed by the device, for each token", micros(here), fitted),
                input("computed by the host, for each token", micros(there), fitted),
            ];
            let formula = "tokens/s = 1 / (device + host)";
            return figure(here + there, (low, high), formula, inputs, Standing::Computed);
        }
        let whole = self.whole.work();
        let own = prefill::time(constants, &self.device.machine, &self.device.conditions, &whole, &load).total();
        let rows = f64::from(tokens.min(self.device.conditions.micro_batch).max(1));
        let batch = tokens.min(self.device.conditions.micro_batch).max(1);
        let borrowed = self.borrowed(batch);
        let copying = borrowed / BORROWING / rows;
        let (low, high) = self.factors(fitted, own, Seconds::ZERO, true);
        let slowest = own * (1.0 / low) + copying * BORROWING_BAND;
        let fastest = own * (1.0 / high) + copying * (1.0 / BORROWING_BAND);
        let likely = own + copying;
        let inputs = vec![
            input("computed by the device, for each token", micros(own), fitted),
            BasisInput::new(
                "weights of the host borrowed for a micro-batch",
                borrowed,
                Standing::Computed,
                "the memory ledger",
            ),
            BasisInput::new(
                "rate of borrowing",
                format!("{} GB/s", Significant(BORROWING.as_giga())),
                Standing::Assumed,
                "half of PCIe 4.0 x16; published runs lie between 3 and 27 GB/s",
            ),
        ];
        let formula = "tokens/s = 1 / (device's own time for the whole model + borrowed weights / rate / tokens of a micro-batch)";
        figure(likely, (likely / slowest, likely / fastest), formula, inputs, Standing::Assumed)
    }

    /// Bytes of the host's weights that a micro-batch of so many tokens touches.
    fn borrowed(&self, batch: u32) -> Bytes {
        let count = self.whole.weights;
        let plain = count.fixed().scaled(1.0 - self.offload.plain_share);
        let experts =
            count.routed_experts.bytes.scaled(count.expert_coverage(batch) * (1.0 - self.offload.expert_share));
        plain + experts
    }

    /// The band of a sum of times: as if both sides were off in the same direction.
    fn factors(&self, fitted: &FittedSpeed, device: Seconds, host: Seconds, prompt: bool) -> (f64, f64) {
        let of = |side: &Side<'_>| {
            let bands = if prompt { &fitted.prefill_bands } else { &fitted.decode_bands };
            let segment = Segment::of(&side.machine, &side.conditions);
            let (band, _) = bands.of_run(segment, &side.machine.platform(side.conditions.stack));
            band.factors(side.machine.guessed())
        };
        let (a, b) = (of(&self.device), of(&self.host));
        let all = device + host;
        (all / (device * (1.0 / a.0) + host * (1.0 / b.0)), all / (device * (1.0 / a.1) + host * (1.0 / b.1)))
    }
}

impl Side<'_> {
    /// Whether it has no part in the work.
    fn is_idle(&self) -> bool {
        self.work.active <= 0.0
    }
}

impl TokenTime {
    fn total(&self) -> Seconds {
        self.device + self.host + self.crossings
    }

    fn host_share(&self) -> f64 {
        self.host / self.total()
    }

    fn figure(&self, sides: &Sides<'_>, fitted: &FittedSpeed) -> Result<Figure<TokensPerSecond>, Refusal> {
        let factors = sides.factors(fitted, self.device + self.crossings, self.host, false);
        let split = match sides.offload.placement {
            Placement::Layers(_) => format!("{} layers, the head counted as one", sides.offload.device_layers),
            Placement::ExpertsOnHost(layers) => format!("all but the routed experts of {layers} layers"),
        };
        let read = |side: &Side<'_>| {
            BasisInput::new(
                format!("read for a token by {}", side.device.name),
                side.work.weights,
                Standing::Computed,
                "the memory ledger",
            )
        };
        let inputs = vec![
            BasisInput::new("on the device", split, Standing::Computed, "the memory ledger"),
            read(&sides.device),
            read(&sides.host),
            input("time of the device", millis(self.device), fitted),
            input("time of the host", millis(self.host), fitted),
            input("handing over between them", millis(self.crossings), fitted),
        ];
        let guessed = sides.device.machine.guessed() || sides.host.machine.guessed();
        let standing = if guessed { Standing::Assumed } else { Standing::Computed };
        figure(
            self.total(),
            factors,
            "tokens/s = 1 / (device + host + handing over), one after the other",
            inputs,
            standing,
        )
    }
}

fn figure(
    time: Seconds,
    (low, high): (f64, f64),
    formula: &str,
    inputs: Vec<BasisInput>,
    standing: Standing,
) -> Result<Figure<TokensPerSecond>, Refusal> {
    let band = format!(
        "{:+.0} to {:+.0} %: the bands of both sides, taken to be off together; no such run went into the fit",
        (low - 1.0) * 100.0,
        (high - 1.0) * 100.0
    );
    let basis = Basis { standing, formula: formula.into(), inputs, band: band.into() };
    Ok(Figure::with_factors(finite(TokensPerSecond::from_step(time))?, low, high, basis))
}

fn input(name: &str, value: String, fitted: &FittedSpeed) -> BasisInput {
    BasisInput::new(name, value, Standing::Computed, fitted.source())
}

/// A part of the work: shares of the layers without routed experts, of these experts, and the head or not.
fn part(whole: &Work, count: &WeightCount, plain: f64, experts: f64, head: bool) -> Work {
    let head_bytes = if head { count.head_bytes() } else { Bytes::ZERO };
    let routed = count.routed_experts.bytes.scaled(count.expert_coverage(1));
    let routed_parameters = whole.body * whole.expert_share;
    let plain_parameters = (whole.body - routed_parameters).max(0.0);
    let body = plain_parameters * plain + routed_parameters * experts;
    // A layer whose experts alone are here still costs its launches.
    let layers = if whole.expert_layers > 0.0 { plain.max(experts) } else { plain };
    Work {
        weights: count.fixed().scaled(plain) + routed.scaled(experts) + head_bytes,
        all_weights: count.fixed().scaled(plain) + count.routed_experts.bytes.scaled(experts),
        active: body + if head { whole.active - whole.body } else { 0.0 },
        body,
        layers: whole.layers * layers,
        expert_layers: whole.expert_layers * experts,
        recurrent_layers: whole.recurrent_layers * plain,
        ..whole.clone()
    }
}
