//! Memory as one ledger: every part named, the total always the sum of the parts.

use super::kv_cache::{self, CacheRequest};
use super::weights::{self, Storage, WeightCount, layout};
use super::{Basis, BasisInput, Hardware, Refusal, Workload, buffers};
use crate::catalog::{DeviceClass, Engine, Standing};
use crate::units::Bytes;

pub mod offload;

/// What a workload keeps in memory on its devices, part by part.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryLedger {
    /// The parts in the order they are shown. Never two of one kind.
    pub parts: Vec<MemoryPart>,
    /// Bytes read from memory for one generated token with nothing in the cache: speed reads this, not a second count.
    pub weights_read_per_token: Bytes,
    /// The weights by part of the network: what speed and serving read for a batch.
    pub weights: WeightCount,
    /// What of the weights stays in host memory beside a card: not counted against the devices.
    pub on_host: Bytes,
}

/// One part of the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryPart {
    /// What it is.
    pub kind: MemoryKind,
    /// Lower end of the 80 % band; equal to `likely` where the count is exact.
    pub low: Bytes,
    /// Its size.
    pub likely: Bytes,
    /// Upper end of the 80 % band.
    pub high: Bytes,
    /// How it was counted.
    pub basis: Basis,
}

/// Kinds of memory use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemoryKind {
    /// The model's weights.
    Weights,
    /// Keys, values and recurrent state of all sessions.
    KvCache,
    /// Scratch space of one step, and the engine's own.
    Buffers,
    /// Driver and context of the device.
    Runtime,
}

impl MemoryLedger {
    /// The sum of all parts.
    pub fn total(&self) -> Bytes {
        self.parts.iter().map(|part| part.likely).sum()
    }

    /// What of the total has to fit into the devices' memory.
    pub fn on_devices(&self) -> Bytes {
        self.total().saturating_sub(self.on_host)
    }

    /// The likely size of one kind; zero where the ledger has none of it.
    pub fn of(&self, kind: MemoryKind) -> Bytes {
        self.parts.iter().filter(|part| part.kind == kind).map(|part| part.likely).sum()
    }
}

/// Counts what the workload keeps in memory.
///
/// # Errors
/// The model's parameter count or what its layers keep is not published, so nothing can be counted.
pub fn ledger(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Result<MemoryLedger, Refusal> {
    let storage = Storage::of(workload.format, workload.engine);
    let format = workload.format;
    ledger_as(workload, hardware, Stored { storage: &storage, name: format.label(), rule: layout::source(format) })
}

/// How the weights of a ledger are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stored<'a> {
    /// The storage.
    pub storage: &'a Storage,
    /// Its name.
    pub name: &'a str,
    /// Where its rule is published.
    pub rule: &'a str,
}

/// As [`ledger`], with the weights in another storage than the workload's format: a mix of the user's own.
///
/// # Errors
/// As [`ledger`].
pub fn ledger_as(
    workload: &Workload<'_>,
    hardware: &Hardware<'_>,
    stored_as: Stored<'_>,
) -> Result<MemoryLedger, Refusal> {
    let Sizes { count, stored, on_host, cache, buffers, runtime } = sizes(workload, hardware, stored_as.storage)?;
    let (low, high) = count.band();
    let mut basis = count.basis(workload.model, stored_as.name, stored_as.rule);
    if on_host > Bytes::ZERO {
        let name = "of which the embedding table stays in host memory";
        let source = "llama.cpp: the input layer is never offloaded, 2026";
        basis.inputs.push(BasisInput::new(name, on_host, Standing::Cited, source));
    }
    let weights = MemoryPart {
        kind: MemoryKind::Weights,
        low: stored.scaled(low),
        likely: stored,
        high: stored.scaled(high),
        basis,
    };
    let cache = MemoryPart {
        kind: MemoryKind::KvCache,
        low: cache,
        likely: cache,
        high: cache,
        basis: kv_cache::basis(workload),
    };
    let (buffers, runtime) = (part(MemoryKind::Buffers, buffers), part(MemoryKind::Runtime, runtime));
    let weights_read_per_token = count.read_per_step(1);
    Ok(MemoryLedger { parts: vec![weights, cache, buffers, runtime], weights_read_per_token, weights: count, on_host })
}

/// What has to fit into the devices' memory: the ledger's [`MemoryLedger::on_devices`] without its words.
///
/// # Errors
/// As [`ledger`].
pub fn need(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Result<Bytes, Refusal> {
    let storage = Storage::of(workload.format, workload.engine);
    let Sizes { stored, on_host, cache, buffers, runtime, .. } = sizes(workload, hardware, &storage)?;
    Ok((stored + cache + buffers.likely + runtime.likely).saturating_sub(on_host))
}

/// The ledger's numbers.
struct Sizes {
    count: WeightCount,
    stored: Bytes,
    on_host: Bytes,
    cache: Bytes,
    buffers: buffers::Part,
    runtime: buffers::Part,
}

fn sizes(workload: &Workload<'_>, hardware: &Hardware<'_>, storage: &Storage) -> Result<Sizes, Refusal> {
    let count = weights::count_as(workload.model, storage)?;
    let copies = if shares_layers(workload.engine) { 1 } else { hardware.count };
    let cache = kv_cache::bytes_in_parallel(workload.model, &CacheRequest::of(workload), copies)?;
    // Norms, biases and routers are on every device.
    let stored = count.total() + count.other.bytes * u64::from(copies.saturating_sub(1));
    let on_host = match (workload.engine, has_host_memory(hardware.device.class)) {
        (Engine::LlamaCpp, true) => count.on_host(),
        _ => Bytes::ZERO,
    };
    let buffers = buffers::of(workload, hardware.count);
    let runtime = buffers::runtime(workload, hardware.device, hardware.count);
    Ok(Sizes { count, stored, on_host, cache, buffers, runtime })
}

fn part(kind: MemoryKind, part: buffers::Part) -> MemoryPart {
    let buffers::Part { low, likely, high, basis } = part;
    MemoryPart { kind, low, likely, high, basis }
}

/// Whether an engine gives each device whole layers, so that nothing is kept twice.
const fn shares_layers(engine: Engine) -> bool {
    match engine {
        Engine::LlamaCpp | Engine::Mlx | Engine::MlcLlm | Engine::ExLlama => true,
        Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm => false,
    }
}

/// Whether a device's memory is apart from that of its host.
const fn has_host_memory(class: DeviceClass) -> bool {
    match class {
        DeviceClass::NvidiaGeforce
        | DeviceClass::NvidiaWorkstation
        | DeviceClass::NvidiaDatacenter
        | DeviceClass::NvidiaOlder
        | DeviceClass::AmdRadeon
        | DeviceClass::IntelArc
        | DeviceClass::DatacenterOther => true,
        DeviceClass::Apple
        | DeviceClass::UnifiedBox
        | DeviceClass::IntegratedGraphics
        | DeviceClass::CpuDesktop
        | DeviceClass::CpuLaptop
        | DeviceClass::CpuWorkstation
        | DeviceClass::CpuServerX86
        | DeviceClass::CpuServerArm
        | DeviceClass::SingleBoard
        | DeviceClass::Phone
        | DeviceClass::Other => false,
    }
}

/// Share of an Apple chip's memory its graphics may use where that memory is at most [`APPLE_SMALL`], and above.
const APPLE_SHARE: (f64, f64) = (2.0 / 3.0, 0.75); // Metal's recommendedMaxWorkingSetSize on macOS 14 and 15, as logged by llama.cpp
/// Up to here the smaller share holds.
const APPLE_SMALL: Bytes = Bytes::new(36 << 30); // as above

/// Memory a workload may use on all devices. `None`: unknown. On Apple chips the system keeps a part of it back.
pub fn usable(hardware: &Hardware<'_>) -> Option<Bytes> {
    let all = hardware.memory_in_all()?;
    if hardware.device.class != DeviceClass::Apple {
        return Some(all);
    }
    let each = hardware.memory.or(hardware.device.memory)?;
    Some(all.scaled(if each <= APPLE_SMALL { APPLE_SHARE.0 } else { APPLE_SHARE.1 }))
}
