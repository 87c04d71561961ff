//! The answer for one model on one set of devices: memory, verdict, speed, and the resource that binds.

use super::calibration::Calibration;
use super::memory::MemoryLedger;
use super::{Figure, Hardware, Refusal, Resource, Verdict, Workload, memory, speed, verdict};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// Everything the sizing pane, the command line and the report show of one model on one set of devices.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Weights, cache, buffers; the total is their sum. A refusal: the model's shapes are not published.
    pub memory: Result<MemoryLedger, Refusal>,
    /// Memory the devices have for it: on Apple chips without what the system keeps back. `None`: unknown.
    pub capacity: Option<Bytes>,
    /// Whether it fits.
    pub verdict: Verdict,
    /// Generated tokens per second of one session alone.
    pub decode: Result<Figure<TokensPerSecond>, Refusal>,
    /// Prompt tokens read per second, one session alone.
    pub prefill: Result<Figure<TokensPerSecond>, Refusal>,
    /// From sending the prompt to the first token of the answer, one session alone.
    pub time_to_first_token: Result<Figure<Seconds>, Refusal>,
    /// What limits decode speed, or the memory if it does not fit. `None`: unknown.
    pub binding: Option<Resource>,
}

/// Sizes one workload on one set of devices.
pub fn estimate(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Estimate {
    estimate_with(workload, hardware, Calibration::none())
}

/// As [`estimate`], for a device with measurements of its own.
pub fn estimate_with(workload: &Workload<'_>, hardware: &Hardware<'_>, calibration: &Calibration) -> Estimate {
    estimate_on(workload, hardware, calibration, None)
}

/// As [`estimate_with`], for a processor that works with so many threads. `None`: one a core.
pub fn estimate_on(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    calibration: &Calibration,
    threads: Option<u32>,
) -> Estimate {
    with_memory(workload, hardware, memory::ledger(workload, hardware), calibration, threads)
}

/// As [`estimate_with`], with the weights in a mix of the user's own. Unpacking is taken as that of the workload's format.
pub fn estimate_as(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    stored: memory::Stored<'_>,
    calibration: &Calibration,
) -> Estimate {
    with_memory(workload, hardware, memory::ledger_as(workload, hardware, stored), calibration, None)
}

fn with_memory(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    memory: Result<memory::MemoryLedger, Refusal>,
    calibration: &Calibration,
    threads: Option<u32>,
) -> Estimate {
    let capacity = memory::usable(hardware);
    let verdict = match &memory {
        Ok(ledger) => verdict::of(ledger.on_devices(), capacity),
        Err(_) => Verdict::Unknown,
    };
    let speed = speed::single_stream_calibrated(workload, hardware, &memory, verdict, calibration, threads);
    Estimate {
        memory,
        capacity,
        verdict,
        decode: speed.decode,
        prefill: speed.prefill,
        time_to_first_token: speed.time_to_first_token,
        binding: speed.binding,
    }
}
