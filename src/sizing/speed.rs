//! How fast one session runs alone: generated tokens per second, prompt tokens per second, time to first token.
//!
//! Bytes come from the memory ledger and its counts, device facts from the catalog, constants and bands from the fit.
//! Batched serving is `serving`'s. A model that does not fit has no speed here, but for [`split`], where its host helps.

pub mod band;
pub mod conditions;
pub mod constants;
pub mod decode;
mod explain;
pub mod fitted;
pub mod platform;
pub mod prefill;
pub mod speculative;
pub mod split;
pub mod work;

use super::calibration::{Calibration, Case, Shift};
use super::memory::MemoryLedger;
use super::weights::WeightCount;
use super::{Figure, Hardware, Refusal, Resource, Verdict, Workload, kv_cache, nearest};
use crate::catalog::{Device, KvFormat, Model, ModelKind, WeightFormat};
use crate::units::{Bytes, Seconds, TokensPerSecond};
use band::{Band, Segment};
use conditions::Conditions;
use decode::{DecodeTime, TokenLoad};
pub use fitted::FittedSpeed;
use platform::{Machine, Stack};
use prefill::{PrefillTime, PromptLoad};
use work::Work;

/// Speeds of one session alone.
#[derive(Clone, Debug, PartialEq)]
pub struct SingleStream {
    /// Generated tokens per second at the middle of the answer.
    pub decode: Result<Figure<TokensPerSecond>, Refusal>,
    /// Prompt tokens read per second.
    pub prefill: Result<Figure<TokensPerSecond>, Refusal>,
    /// From sending the prompt to the first token.
    pub time_to_first_token: Result<Figure<Seconds>, Refusal>,
    /// What limits decode. `None`: unknown.
    pub binding: Option<Resource>,
}

/// Speed of one session alone. Bytes come from `memory`; where the verdict says it does not fit, no speed is given.
pub fn single_stream(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    memory: &Result<MemoryLedger, Refusal>,
    verdict: Verdict,
) -> SingleStream {
    single_stream_calibrated(workload, hardware, memory, verdict, &Calibration::NONE, None)
}

/// As [`single_stream`], for a device with measurements of its own, and for a processor that works with so many threads.
/// `None`: one a core.
pub fn single_stream_calibrated(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    memory: &Result<MemoryLedger, Refusal>,
    verdict: Verdict,
    calibration: &Calibration,
    threads: Option<u32>,
) -> SingleStream {
    let ledger = match memory {
        Ok(ledger) => ledger,
        Err(refusal) => return SingleStream::refused(refusal.clone(), None),
    };
    if let Verdict::DoesNotFit { short } = verdict {
        let refusal = nearest::does_not_fit(workload, hardware, ledger.on_devices(), short);
        return SingleStream::refused(refusal, Some(Resource::Memory));
    }
    let mut run = Run::usual(workload, hardware, &ledger.weights);
    run.conditions.threads = threads.filter(|_| run.conditions.stack == Stack::Processor);
    let fitted = FittedSpeed::builtin();
    let depth = f64::from(workload.prompt_tokens) + f64::from(workload.output_tokens) / 2.0;
    let alone = run.decode(fitted, depth, workload.output_tokens, calibration);
    let reading = run.prefill(fitted, workload.prompt_tokens.max(1), 0.0, calibration);
    let time_to_first_token = match (&reading, &alone) {
        (Ok(prompt), Ok(token)) => {
            Ok(explain::first_token(workload.prompt_tokens.max(1), &prompt.figure, &token.figure))
        }
        (Err(refusal), _) | (_, Err(refusal)) => Err(refusal.clone()),
    };
    let binding = alone.as_ref().ok().map(|decode| decode.time.binding());
    SingleStream {
        decode: alone.map(|decode| decode.figure),
        prefill: reading.map(|prefill| prefill.figure),
        time_to_first_token,
        binding,
    }
}

impl SingleStream {
    fn refused(refusal: Refusal, binding: Option<Resource>) -> Self {
        Self { decode: Err(refusal.clone()), prefill: Err(refusal.clone()), time_to_first_token: Err(refusal), binding }
    }
}

/// One session of a model on a device, under stated conditions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Run<'a> {
    /// The model.
    pub model: &'a Model,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// How its cache is stored.
    pub kv_format: KvFormat,
    /// The device.
    pub device: &'a Device,
    /// The weights as the memory ledger counts them.
    pub weights: &'a WeightCount,
    /// Everything else that decides the speed.
    pub conditions: Conditions,
}

/// A speed with the time it is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Timed<T> {
    /// The speed with its band.
    pub figure: Figure<TokensPerSecond>,
    /// The time of one token in its parts.
    pub time: T,
}

impl<'a> Run<'a> {
    /// A workload on its hardware as people usually run it today.
    pub fn usual(workload: &Workload<'a>, hardware: &Hardware<'a>, weights: &'a WeightCount) -> Self {
        Self {
            model: workload.model,
            format: workload.format,
            kv_format: workload.kv_format,
            device: hardware.device,
            weights,
            conditions: Conditions::usual(hardware.device, workload.engine, hardware.count),
        }
    }
}

impl Run<'_> {
    /// Generated tokens per second with `depth_tokens` before the token, in the middle of `output_tokens`.
    ///
    /// # Errors
    /// The model generates nothing, or the device's bandwidth is not published.
    pub fn decode(
        &self,
        fitted: &FittedSpeed,
        depth_tokens: f64,
        output_tokens: u32,
        calibration: &Calibration,
    ) -> Result<Timed<DecodeTime>, Refusal> {
        if self.model.kind == ModelKind::Encoder {
            return Err(refuse(format!("{} reads text and does not generate any", self.model.name)));
        }
        let machine = self.machine()?;
        let work = self.work();
        let load = self.token_load(depth_tokens, output_tokens);
        let time = decode::time(&fitted.constants, &machine, &self.conditions, &work, &load);
        let asked = Case::of_decode(&machine, &self.conditions, &work, &time);
        let shift = calibration.decode(&fitted.calibration.decode, &asked);
        let speed = TokensPerSecond::from_step(time.total()) * shift.factor();
        let segment = Segment::of(&machine, &self.conditions);
        let (band, strange) = fitted.decode_bands.of_run(segment, &machine.platform(self.conditions.stack));
        let (factors, words) = self.band((&band, strange), &machine, &work, &shift, segment);
        let basis = explain::decode(self, fitted, &machine, &work, &time, &words, &shift);
        Ok(Timed { figure: Figure::with_factors(finite(speed)?, factors.0, factors.1, basis), time })
    }

    /// Prompt tokens read per second, for a prompt of `prompt_tokens` after `depth_tokens` in the cache.
    ///
    /// # Errors
    /// The device's bandwidth is not published.
    pub fn prefill(
        &self,
        fitted: &FittedSpeed,
        prompt_tokens: u32,
        depth_tokens: f64,
        calibration: &Calibration,
    ) -> Result<Timed<PrefillTime>, Refusal> {
        let machine = self.machine()?;
        let work = self.work();
        let load = self.prompt_load(prompt_tokens, depth_tokens);
        let time = prefill::time(&fitted.constants, &machine, &self.conditions, &work, &load);
        let asked = Case::of_prefill(&machine, &self.conditions, &work, &time);
        let shift = calibration.prefill(&fitted.calibration.prefill, &asked);
        let speed = TokensPerSecond::from_step(time.total()) * shift.factor();
        let segment = Segment::of(&machine, &self.conditions);
        let (band, strange) = fitted.prefill_bands.of_run(segment, &machine.platform(self.conditions.stack));
        let (factors, words) = self.band((&band, strange), &machine, &work, &shift, segment);
        let basis = explain::prefill(self, fitted, &machine, &time, prompt_tokens, &words, &shift);
        Ok(Timed { figure: Figure::with_factors(finite(speed)?, factors.0, factors.1, basis), time })
    }

    /// The device as the formulas see it.
    ///
    /// # Errors
    /// Its bandwidth is not published.
    pub fn machine(&self) -> Result<Machine, Refusal> {
        Machine::of(self.device, self.conditions.stack)
            .ok_or_else(|| refuse(format!("{}: its memory bandwidth is not published", self.device.name)))
    }

    /// The work of the model.
    pub fn work(&self) -> Work {
        Work::of(self.model, self.format, self.weights)
    }

    /// What a token at a depth asks besides weights.
    pub fn token_load(&self, depth_tokens: f64, output_tokens: u32) -> TokenLoad {
        TokenLoad {
            cache: kv_cache::read_bytes(self.model, self.kv_format, depth_tokens).unwrap_or(Bytes::ZERO),
            attention: work::attention(self.model, depth_tokens),
            output_tokens,
        }
    }

    /// What a prompt asks: attention is that of its middle token.
    pub fn prompt_load(&self, prompt_tokens: u32, depth_tokens: f64) -> PromptLoad {
        let middle = depth_tokens + f64::from(prompt_tokens) / 2.0;
        PromptLoad { tokens: prompt_tokens.max(1), attention: work::attention(self.model, middle) }
    }

    /// The band's factors and words: that of the class, or what the device's own rows leave in doubt.
    fn band(
        &self,
        (band, strange): (&Band, bool),
        machine: &Machine,
        work: &Work,
        shift: &Shift,
        segment: Segment,
    ) -> ((f64, f64), String) {
        let class = self.factors(band, machine, work);
        let own = shift.narrowed(class);
        let mut words = band.text(class, segment.label(), strange);
        if machine.read_bandwidth().is_some() {
            words.push_str("; wider, because the peak of the memory was worked out from what reading it reached");
        }
        (own, if own == class { words } else { explain::own_band(own, shift, &words) })
    }

    /// Factors of the band, wider where something had to be guessed, and by what the size of the weights may be off.
    fn factors(&self, band: &Band, machine: &Machine, work: &Work) -> (f64, f64) {
        let factors = band.factors(machine.guessed() || work.cache_unknown);
        let (low, high) = if machine.read_bandwidth().is_some() { platform::widened(factors) } else { factors };
        let (small, large) = self.weights.band();
        // More bytes than counted make it slower, fewer faster.
        (low / large.max(1.0), high / small.clamp(0.5, 1.0))
    }
}

fn refuse(reason: String) -> Refusal {
    Refusal { reason, nearest: None }
}

/// Slowest speed that is one: a token in some thirty years.
const SLOWEST: f64 = 1e-9;

fn finite(speed: TokensPerSecond) -> Result<TokensPerSecond, Refusal> {
    if speed.is_finite() && speed.as_tokens_per_second() > SLOWEST {
        return Ok(speed);
    }
    Err(refuse(
        "a fact of the model, the device or the run is zero or out of range: no speed follows from it".to_owned(),
    ))
}

/// Time from sending a prompt to its first token.
fn first_token(prompt_tokens: u32, prompt: TokensPerSecond, token: TokensPerSecond) -> Seconds {
    prompt.step() * f64::from(prompt_tokens) + token.step()
}
