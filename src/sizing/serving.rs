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
mod cycle;
pub mod fitted;
pub mod local;
pub mod measured;
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

/// Which speed of a session counts where a target says "at least".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Sense {
    /// The mean delivered: tokens over time, prompts of others included.
    #[default]
    Mean,
    /// The median gap between two tokens: every second gap is shorter.
    Median,
    /// The 95th percentile of the gap between two tokens: one gap in twenty is longer. The strict one.
    P95,
}

impl Sense {
    /// Every sense in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Mean, Self::Median, Self::P95];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Mean => "mean delivered",
            Self::Median => "median gap between tokens",
            Self::P95 => "19 of 20 gaps (p95)",
        }
    }
}

/// What each session must get.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SessionTarget {
    /// Generated tokens per second of each session.
    pub speed: TokensPerSecond,
    /// Which speed of a session that is.
    pub sense: Sense,
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

impl ServingMode {
    /// Sessions in one step of each copy of the model.
    pub const fn sessions_of_a_copy(self) -> u32 {
        match self {
            Self::OnePerDevice => 1,
            Self::Partitioned { batch, .. } | Self::Batched { batch, .. } => batch,
        }
    }
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
    /// What all of them make over a long time: less than each one's speed together by the time their prompts take.
    pub total_speed: Figure<TokensPerSecond>,
    /// Wait for the first token. `None`: no honest number.
    pub time_to_first_token: Option<Figure<Seconds>>,
    /// Draw of all devices while serving so. `None`: no power limit published.
    pub device_power: Option<Figure<Watts>>,
    /// What stops it from carrying one more.
    pub binding: Resource,
    /// Which speed of a session was held against the target: the one asked for, or the mean where nobody measured how gaps
    /// between tokens scatter in this way of serving.
    pub counted_by: Sense,
}

/// A way for the devices of a server to share the work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModeKind {
    /// One session at a time on each device, or on each group that holds the model.
    OnePerDevice,
    /// Processors cut into partitions, each with a copy of the engine.
    Partitioned,
    /// Many sessions in one step of each copy: continuous batching.
    Batched,
}

impl ModeKind {
    /// Every way, from the oldest to the newest.
    pub const ALL: [Self; 3] = [Self::OnePerDevice, Self::Partitioned, Self::Batched];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OnePerDevice => "one session per device",
            Self::Partitioned => "partitioned processor",
            Self::Batched => "batched serving",
        }
    }
}

/// One way of serving beside the others that apply.
#[derive(Clone, Debug, PartialEq)]
pub struct ModePlan {
    /// Which.
    pub kind: ModeKind,
    /// The most sessions in it, or why there is none.
    pub plan: Result<ServingPlan, Refusal>,
    /// Whether no other way that applies carries more.
    pub best: bool,
}

/// The best plan, and every way that applies to these devices beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedWays {
    /// The best over all ways and splits.
    pub best: Result<ServingPlan, Refusal>,
    /// Every way that applies, in the order of [`ModeKind::ALL`]. Empty: nothing could be asked.
    pub modes: Vec<ModePlan>,
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
    plan::best(&bench, &splits(&bench), Batches::Any)
}

/// As [`most_sessions`], with every way that applies beside the best: one session per device and batched serving on any
/// device, partitions on processors. Cutting an accelerator into partitions (MIG) is left out: nobody published such runs.
pub fn most_sessions_by_mode(workload: &Workload<'_>, hardware: &Hardware<'_>, target: &SessionTarget) -> ServedWays {
    let best = most_sessions(workload, hardware, target);
    let Ok(weights) = weights::count(workload.model, workload.format, workload.engine) else {
        return ServedWays { best, modes: Vec::new() };
    };
    if !(target.speed.is_finite() && target.speed > TokensPerSecond::ZERO) || hardware.count == 0 {
        return ServedWays { best, modes: Vec::new() };
    }
    let bench = Bench { workload, hardware, target, weights: &weights };
    let mut splits = splits(&bench);
    let processor = hardware.device.is_processor();
    let mut modes = Vec::new();
    let mut add = |kind, plan| modes.push(ModePlan { kind, plan, best: false });
    if processor {
        // The first cut is none: one process on each socket.
        let cut = splits.split_off(splits.len().min(1));
        add(ModeKind::OnePerDevice, plan::best(&bench, &splits, Batches::One));
        let is_cut = |plan: &ServingPlan| match plan.mode {
            ServingMode::Partitioned { processes, .. } => processes > hardware.count,
            ServingMode::OnePerDevice | ServingMode::Batched { .. } => false,
        };
        let partitioned = match &best {
            Ok(plan) if is_cut(plan) => Ok(plan.clone()),
            Ok(_) | Err(_) => plan::best(&bench, &cut, Batches::Any),
        };
        add(ModeKind::Partitioned, partitioned);
        add(ModeKind::Batched, plan::best(&bench, &splits, Batches::Any).map(|plan| uncut(plan, hardware.count)));
    } else {
        add(ModeKind::OnePerDevice, plan::best(&bench, &splits, Batches::One));
        add(ModeKind::Batched, best.clone());
    }
    let sessions = |mode: &ModePlan| mode.plan.as_ref().map_or(0, |plan| plan.sessions.likely);
    let most = modes.iter().map(sessions).max().unwrap_or(0);
    // The first that reaches it: where batches gain nothing, the simpler way is as good.
    if let Some(mode) = modes.iter_mut().find(|mode| most > 0 && sessions(mode) == most) {
        mode.best = true;
    }
    ServedWays { best, modes }
}

/// A plan of one process on each socket, called what it is: batches, not partitions.
fn uncut(plan: ServingPlan, sockets: u32) -> ServingPlan {
    let mode = match plan.mode {
        ServingMode::Partitioned { batch, .. } => ServingMode::Batched { tensor_parallel: 1, replicas: sockets, batch },
        other @ (ServingMode::OnePerDevice | ServingMode::Batched { .. }) => other,
    };
    ServingPlan { mode, ..plan }
}

fn splits<'a>(bench: &'a Bench<'a>) -> Vec<plan::Split<'a>> {
    if bench.hardware.device.is_processor() { partitions::splits(bench) } else { batched::splits(bench) }
}

/// Sessions a copy may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Batches {
    One,
    Any,
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
