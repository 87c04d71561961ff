//! How many sessions a server carries at once at a given speed each, and how.

use super::kv_cache::{self, CacheRequest};
use super::weights::{self, WeightCount};
use super::{Figure, Hardware, Refusal, Resource, Workload};
use crate::catalog::ModelKind;
use crate::units::{Bytes, Seconds, TokensPerSecond, Watts};

pub mod alone;
pub mod answer;
pub mod band;
mod batched;
pub mod fitted;
pub mod local;
mod partitions;
mod plan;
pub mod processors;
pub mod served;

pub use answer::{BatchedRun, ServedFigures, batched_total, served, served_with};
pub use fitted::FittedServing;
pub use served::{Between, Serving};

/// How devices share one copy of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    /// Devices that hold one copy between them; 1 or more.
    pub devices: u32,
    /// Of them, devices that cut attention between them; where fewer than all, groups attend on their own and experts
    /// are spread over all.
    pub attention_shards: u32,
}

impl Split {
    /// Everything cut by all devices (tensor parallelism).
    pub const fn together(devices: u32) -> Self {
        Self { devices, attention_shards: devices }
    }
}

/// What each session must get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionTarget {
    /// Generated tokens per second of each session, mean delivered.
    pub speed: TokensPerSecond,
    /// Longest wait for the first token. `None`: no limit.
    pub time_to_first_token: Option<Seconds>,
}

/// How the devices of a server share the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServingMode {
    /// One session on each device.
    OnePerDevice,
    /// A processor cut into partitions.
    Partitioned {
        /// Copies of the engine.
        processes: u32,
        /// Threads of each.
        threads_per_process: u32,
        /// Sessions of each.
        batch: u32,
    },
    /// Continuous batching on accelerators.
    Batched {
        /// Devices that share one copy of the model.
        tensor_parallel: u32,
        /// Copies of the model.
        replicas: u32,
        /// Sessions of each copy.
        batch: u32,
    },
}

/// What a server carries.
#[derive(Clone, Debug, PartialEq)]
pub struct ServingPlan {
    /// How the devices share the work.
    pub mode: ServingMode,
    /// Sessions at once at the target speed or better. Whole sessions; the band is carried through.
    pub sessions: Figure<u32>,
    /// What each of them gets.
    pub speed_per_session: Figure<TokensPerSecond>,
    /// All sessions together.
    pub total_speed: Figure<TokensPerSecond>,
    /// Wait for the first token. `None`: no honest number.
    pub time_to_first_token: Option<Figure<Seconds>>,
    /// Draw of all devices while serving so. `None`: no power limit published.
    pub device_power: Option<Figure<Watts>>,
    /// What stops it from carrying one more.
    pub binding: Resource,
}

/// The most sessions at the target on all devices given: the best of the three modes and of their splits.
///
/// # Errors
/// Where no session reaches the target: what the best speed is, or what does not fit and what would.
pub fn most_sessions(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    target: &SessionTarget,
) -> Result<ServingPlan, Refusal> {
    if !(target.speed.is_finite() && target.speed > TokensPerSecond::ZERO) {
        return Err(Refusal { reason: "the speed of each session must be above zero".to_owned(), nearest: None });
    }
    if workload.model.kind == ModelKind::Encoder {
        let reason = format!("{} reads text and does not generate any", workload.model.name);
        return Err(Refusal { reason, nearest: None });
    }
    if hardware.count == 0 {
        return Err(Refusal { reason: "there is no device to run on".to_owned(), nearest: None });
    }
    let weights = weights::count(workload.model, workload.format, workload.engine)?;
    let bench = Bench { workload, hardware, target, weights: &weights };
    let split = if hardware.device.is_processor() { partitions::splits } else { batched::splits };
    plan::best(&bench, &split(&bench))
}

/// What a search for a plan looks at.
#[derive(Clone, Copy, Debug)]
struct Bench<'a> {
    workload: &'a Workload<'a>,
    hardware: &'a Hardware<'a>,
    target: &'a SessionTarget,
    weights: &'a WeightCount,
}

impl Bench<'_> {
    /// Tokens in the cache at the middle of an answer.
    fn depth(&self) -> f64 {
        f64::from(self.workload.prompt_tokens) + f64::from(self.workload.output_tokens) / 2.0
    }

    /// Cache of one more session.
    fn cache_each(&self) -> Result<Bytes, Refusal> {
        let one = CacheRequest { sessions: 1, ..CacheRequest::of(self.workload) };
        kv_cache::bytes(self.workload.model, &one)
    }
}
