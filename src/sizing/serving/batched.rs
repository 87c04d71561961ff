//! Accelerators: each copy of the model on one or more devices, many sessions in one step.
//!
//! Served engines follow the closed loop of [`super::served`]. llama.cpp and its kin take the speed of one session from
//! `speed`, so that one session has one number everywhere, and what a batch changes about it from [`super::local`].

use super::band::{Band, Strangeness};
use super::cycle;
use super::fitted::FittedServing;
use super::local::{self, LocalWork};
use super::plan::{PlanBands, Split};
use super::served::{self, Between, Serving, Work, gaps};
use super::{Bench, Sense, ServingMode};
use crate::catalog::Engine;
use crate::sizing::{Hardware, Verdict, Workload, memory, speed};
use crate::units::{Bytes, Seconds, TokensPerSecond, Watts};

/// Sessions an engine takes into one step at most.
const LARGEST_BATCH: u32 = 1024; // vLLM max_num_seqs on large devices, 2026
/// Slots llama.cpp's server is run with at most.
const LARGEST_BATCH_LLAMA_CPP: u32 = 256; // LLAMA_MAX_SEQ, llama.cpp, 2026
/// Share of a device's memory a serving engine takes.
const MEMORY_SHARE: f64 = 0.9; // vLLM gpu_memory_utilization default, 2026

/// Ways to share the devices: 1, 2, 4, ... devices for each copy, and all of them for one.
pub(super) fn splits<'a>(bench: &'a Bench<'a>) -> Vec<Split<'a>> {
    let count = bench.hardware.count;
    let mut widths: Vec<u32> =
        (0..).map_while(|power| 2u32.checked_pow(power).filter(|width| *width <= count)).collect();
    if !widths.contains(&count) {
        widths.push(count);
    }
    widths.into_iter().map(|width| split(bench, width)).collect()
}

fn is_served(engine: Engine) -> bool {
    matches!(engine, Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm)
}

fn split<'a>(bench: &'a Bench<'a>, width: u32) -> Split<'a> {
    let Bench { workload, hardware, weights, .. } = *bench;
    let copies = (hardware.count / width).max(1);
    let share = if is_served(workload.engine) { MEMORY_SHARE } else { 1.0 };
    let there = memory::usable(&Hardware { count: width, ..*hardware }).map(|all| all.scaled(share));
    let one = Workload { sessions: 1, ..*workload };
    let each = bench.cache_each().unwrap_or(Bytes::ZERO);
    // What one session needs is the ledger's own answer, so that this and the estimate of one session never disagree.
    let need_of_one = memory::need(&one, &Hardware { count: width, ..*hardware }).unwrap_or(weights.total() + each);
    let fixed = need_of_one.saturating_sub(each);
    let memory_sessions = match there {
        // Memory nobody published limits nothing here; the estimate's verdict says unknown.
        None => 1,
        Some(there) if fixed > there => 0,
        Some(there) => match there.saturating_sub(fixed).whole(each) {
            Some(whole) => u32::try_from(whole).unwrap_or(u32::MAX),
            None => LARGEST_BATCH,
        },
    };
    let split = Split {
        copies,
        memory_sessions,
        largest_batch: LARGEST_BATCH,
        step: Box::new(|_| None),
        gap: None,
        first_token: Box::new(|_| None),
        total: Box::new(|_| None),
        power: Box::new(|_| None),
        mode: Box::new(move |batch| match (width, batch) {
            (1, 1) => ServingMode::OnePerDevice,
            _ => ServingMode::Batched { tensor_parallel: width, replicas: copies, batch },
        }),
        need_of_one: (need_of_one, there.unwrap_or(Bytes::ZERO)),
        bands: PlanBands::alike(Band::WIDE),
        promise: Box::new(|_| 1.0),
        source: String::new(),
    };
    if is_served(workload.engine) { served_split(bench, width, split) } else { local_split(bench, width, split) }
}

/// A split under a served engine of the newest build that was measured.
fn served_split<'a>(bench: &'a Bench<'a>, width: u32, split: Split<'a>) -> Split<'a> {
    let Bench { workload, hardware, weights, target } = *bench;
    let sense = target.sense;
    let fitted = FittedServing::builtin();
    let serving = Serving::of(workload, hardware.device, super::Split::together(width));
    let Ok(work) = serving.work_with(weights) else { return split };
    let load = move |work: &Work, batch: u32| {
        served::load(&fitted.served, &fitted.power, work, f64::from(batch), Between::Mean)
    };
    let strangeness = Strangeness {
        penalty_share: load(&work, 1).strange_share,
        device_unmeasured: !fitted.knows(hardware.device.id.as_str()),
        ..Strangeness::default()
    };
    let mixture = work.is_mixture();
    let band = |bands: &super::band::Bands| bands.of(mixture).strange(&strangeness);
    let bands = PlanBands {
        speed: band(&fitted.bands.per_token).inverse(),
        total: band(&fitted.bands.throughput),
        counted: match sense {
            Sense::Mean | Sense::Median => band(&fitted.bands.per_token).inverse(),
            Sense::P95 => band(&fitted.bands.per_token).with(gaps::BAND).inverse(),
        },
        first_token: band(&fitted.bands.first_token),
        power: fitted.bands.power.of(mixture),
    };
    // Sessions above the pool would wait, not run. A float-to-integer cast saturates.
    let pool = work.pool_sessions().floor() as u32;
    let answer = serving.output_tokens;
    let median = move |work: &Work, batch: u32| {
        served::load(&fitted.served, &fitted.power, work, f64::from(batch), Between::Median).per_token
    };
    let for_gap = work.clone();
    let gap: Option<Box<dyn Fn(u32) -> Option<Seconds> + 'a>> = match sense {
        Sense::Mean => None,
        Sense::Median => Some(Box::new(move |batch| Some(median(&for_gap, batch)))),
        Sense::P95 => {
            Some(Box::new(move |batch| Some(median(&for_gap, batch) * gaps::p95_over_median(f64::from(batch), answer))))
        }
    };
    let (for_step, for_first, for_total, for_power) = (work.clone(), work.clone(), work.clone(), work);
    let copies = f64::from(split.copies);
    Split {
        memory_sessions: split.memory_sessions.min(pool),
        gap,
        step: Box::new(move |batch| {
            let load = load(&for_step, batch);
            Some((load.per_token, load.binding))
        }),
        first_token: Box::new(move |batch| Some(load(&for_first, batch).first_token)),
        total: Box::new(move |batch| Some(load(&for_total, batch).throughput)),
        power: Box::new(move |batch| load(&for_power, batch).power.map(|watts: Watts| watts * copies)),
        bands,
        source: fitted.source(),
        ..split
    }
}

/// A split under llama.cpp or its kin: the speed of one session, slowed as a batch slows it.
fn local_split<'a>(bench: &'a Bench<'a>, width: u32, split: Split<'a>) -> Split<'a> {
    let Bench { workload, hardware, .. } = *bench;
    let fitted = FittedServing::builtin();
    let one = Workload { sessions: 1, ..*workload };
    let part = Hardware { count: width, ..*hardware };
    let alone = speed::single_stream(&one, &part, &memory::ledger(&one, &part), Verdict::Unknown);
    let (Ok(decode), Ok(work)) = (
        alone.decode,
        LocalWork::of(workload.model, workload.format, workload.kv_format, hardware.device, bench.depth()),
    ) else {
        return split;
    };
    let work = work.starting_from(Some(decode.likely.step()));
    let wait = alone.time_to_first_token.ok().map(|figure| figure.likely);
    let prompt = alone.prefill.ok().map(|figure| figure.likely.step() * f64::from(one.prompt_tokens.max(1)));
    let alone_band = ratio_band(decode.low, decode.likely, decode.high);
    let step = move |batch: u32| Some(local::step(&fitted.local, &work, f64::from(batch)));
    Split {
        largest_batch: LARGEST_BATCH_LLAMA_CPP,
        step: Box::new(step.clone()),
        total: Box::new(move |batch| {
            let (step, _) = step(batch)?;
            Some(cycle::total_speed(batch, workload.output_tokens, step, prompt? * f64::from(batch)))
        }),
        // Prompts of a batch that starts together are read one after the other: half of them before mine, on average.
        first_token: Box::new(move |batch| wait.map(|wait| wait * ((f64::from(batch) + 1.0) / 2.0))),
        bands: PlanBands::alike(widest(alone_band, fitted.bands.local)),
        source: fitted.local_source(),
        ..split
    }
}

/// The band of a figure as logarithms.
fn ratio_band(low: TokensPerSecond, likely: TokensPerSecond, high: TokensPerSecond) -> Band {
    let log = |end: TokensPerSecond| {
        let log = (end / likely).ln();
        if log.is_finite() { log } else { 0.0 }
    };
    Band { low: log(low), high: log(high) }
}

/// A band that holds both.
fn widest(a: Band, b: Band) -> Band {
    Band { low: a.low.min(b.low), high: a.high.max(b.high) }
}
