//! Processors cut into partitions: processes x threads x sessions, each process with its share of cores and bandwidth.
//! Times are [`super::processors`]'; here are the cuts, the memory and the prompts.

use super::cycle;
use super::fitted::FittedServing;
use super::plan::{PlanBands, Split};
use super::processors::{self, Partition, Pass, Socket};
use super::{Bench, ServingMode};
use crate::sizing::{Hardware, Verdict, Workload, memory, speed};
use crate::units::{Bytes, Seconds};

/// A process of the engine without its weights.
const PROCESS: Bytes = Bytes::new(500_000_000); // 0.5 GB, study of 29 published grids, 2026-08
/// Memory left to the system: this much, or a tenth if that is less.
const SYSTEM: Bytes = Bytes::new(30_000_000_000); // 30 GB, same study
/// Batches beyond this were never measured well.
const LARGEST_BATCH: u32 = 64; // same study
/// Threads of a processor whose cores nobody published.
const THREADS_ASSUMED: u32 = 64; // middle of server processors in the catalog, 2026-11

/// Every even cut of the threads: 1, 2, 3, 4, 6, 8, ... processes.
pub(super) fn splits<'a>(bench: &'a Bench<'a>) -> Vec<Split<'a>> {
    let sockets = bench.hardware.count;
    let threads = Socket::of(bench.hardware.device).map_or(THREADS_ASSUMED, |socket| socket.threads()).max(1);
    // Prompts are read at the socket's speed whatever the cut: each process has its share of the cores.
    let one = Workload { sessions: 1, ..*bench.workload };
    let socket = Hardware { count: 1, ..*bench.hardware };
    let alone = speed::single_stream(&one, &socket, &memory::ledger(&one, &socket), Verdict::Unknown);
    let token = alone.decode.as_ref().ok().map(|figure| figure.likely.step());
    let prompt = alone.prefill.ok().map(|figure| figure.likely.step() * f64::from(one.prompt_tokens.max(1)));
    (1..=threads)
        .filter(|processes| threads.is_multiple_of(*processes) || processes.is_power_of_two())
        .map(|processes| split(bench, sockets, (processes, threads / processes), (prompt, token)))
        .collect()
}

fn split<'a>(
    bench: &'a Bench<'a>,
    sockets: u32,
    (processes, threads): (u32, u32),
    (prompt, alone): (Option<Seconds>, Option<Seconds>),
) -> Split<'a> {
    let Bench { workload, hardware, weights, .. } = *bench;
    let copies = processes.saturating_mul(sockets);
    let all = memory::usable(hardware);
    let there = all.map(|all| all.saturating_sub(SYSTEM.min(all.scaled(0.1))));
    // Processes of a socket map the same file; each socket reads its own copy.
    let fixed = weights.total() * u64::from(sockets) + PROCESS * u64::from(copies);
    let each = bench.cache_each().unwrap_or(Bytes::ZERO);
    let memory_sessions = match there {
        None => LARGEST_BATCH,
        Some(there) if fixed > there => 0,
        Some(there) => match there.saturating_sub(fixed).whole(each * u64::from(copies)) {
            Some(whole) => u32::try_from(whole).unwrap_or(u32::MAX),
            None => LARGEST_BATCH,
        },
    };
    let fitted = FittedServing::builtin();
    let found = &fitted.processors;
    let offsets = found.offsets(hardware.device);
    let socket = Socket::of(hardware.device).ok();
    let (band, promise) = if found.knows(hardware.device) {
        (fitted.bands.processor, fitted.bands.processor_promise)
    } else {
        (fitted.bands.processor_unmeasured, fitted.bands.processor_promise_unmeasured)
    };
    let step = move |batch: u32| {
        let pass = Pass::of(workload.model, workload.format, weights, bench.depth(), false, alone);
        let partition =
            Partition { processes: f64::from(processes), threads: f64::from(threads.max(1)), batch: f64::from(batch) };
        Some(processors::step(&found.constants, offsets, socket.as_ref()?, partition, &pass))
    };
    // A process has its share of the socket's cores to read prompts with.
    let prompts = move |batch: u32| Some(prompt? * (f64::from(batch) * f64::from(processes)));
    Split {
        copies,
        memory_sessions,
        largest_batch: LARGEST_BATCH,
        step: Box::new(step),
        gap: None,
        // All sessions of all processes of a socket start together: the last prompt is read after the others.
        first_token: Box::new(prompts),
        total: Box::new(move |batch| {
            let (step, _) = step(batch)?;
            Some(cycle::total_speed(batch, workload.output_tokens, step, prompts(batch)?))
        }),
        power: Box::new(|_| None),
        mode: Box::new(move |batch| ServingMode::Partitioned {
            processes: copies,
            threads_per_process: threads.max(1),
            batch,
        }),
        need_of_one: (fixed + each * u64::from(copies), there.unwrap_or(Bytes::ZERO)),
        bands: PlanBands::alike(band),
        promise: Box::new(move |batch| promise.of(f64::from(batch) * f64::from(processes))),
        source: fitted.local_source(),
    }
}
