//! Processors cut into partitions: `n` processes x `t` threads, each with a batch of its own, under llama.cpp.
//!
//! `step = (t_mem^2 + t_c^2)^(1/2) + t_a + t_s`; tokens/s = n b / step. Weights are read at the process's share of the
//! socket's bandwidth, but no faster than its threads can pull; products at a rate of threads x clock x lanes^0.3.
//! `t_a` grows with the **square** of the batch: with one cache for all sessions each query passes over every session's
//! cells, so total throughput falls beyond a batch of 2 to 16. Synchronising costs each thread and more where a process
//! spans several last-level caches. One process on all threads with one session is [`crate::sizing::speed`]'s answer,
//! exactly: see [`super::alone`]. Fitted on published grids of four processors: bands for a fifth are wide.

use std::collections::BTreeMap;

use super::alone::departure;
use super::served::constants::fitted_constants;
use crate::catalog::{Device, Model, VectorIsa, WeightFormat};
use crate::sizing::speed::{platform::peak_bandwidth, work};
use crate::sizing::weights::WeightCount;
use crate::sizing::{Refusal, Resource};
use crate::units::{Seconds, TokensPerSecond};

fitted_constants!(
    /// Partitioned processors. Times in microseconds, rates as named, the rest plain factors.
    ProcessorConstants {
        /// Share of a socket's nominal bandwidth that weights are read at.
        bandwidth = 0.70, 0.20;
        /// GB/s that one core's worth of threads pulls at most.
        core_gb_s = 9.0, 0.40;
        /// Operations a thread and cycle, before lanes.
        products = 6.0, 0.40;
        /// Exponent of 128-bit multiply lanes in that rate: unpacking does not widen with them.
        lanes_exponent = 0.30, 0.30;
        /// Factor on it for 8-bit weights, which need no unpacking.
        products_8_bit = 1.1, 0.15;
        /// Operations a thread and cycle in attention.
        attention = 3.0, 0.40;
        /// Synchronising one layer, each thread.
        synchronise = 2.5, 0.50;
        /// Factor on it where a process spans several last-level caches.
        synchronise_apart = 2.0, 0.30;
        /// Fixed time of a layer, whatever the threads.
        layer = 5.0, 0.50;
        /// Tokens' worth of products that a step costs on top.
        batch_extra = 0.25, 0.50;
        /// Factor on rates for Ampere's own build.
        vendor_build = 1.3, 0.15;
    }
);

/// How a measured processor departs from the form: logarithms, drawn to zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offsets {
    /// Of bandwidth.
    pub bandwidth: f64,
    /// Of products.
    pub products: f64,
    /// Of attention.
    pub attention: f64,
    /// Of synchronising.
    pub synchronise: f64,
}

/// One standard deviation of each offset between processors; chosen on processors left out.
pub const OFFSET_SPREAD: Offsets = Offsets { bandwidth: 0.40, products: 0.30, attention: 0.30, synchronise: 0.45 };

impl Offsets {
    /// As four numbers in the order of the fields.
    pub fn to_values(self) -> [f64; 4] {
        [self.bandwidth, self.products, self.attention, self.synchronise]
    }

    /// From four numbers.
    pub fn from_values([bandwidth, products, attention, synchronise]: [f64; 4]) -> Self {
        Self { bandwidth, products, attention, synchronise }
    }
}

/// What a fit found for processors.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedProcessors {
    /// The constants.
    pub constants: ProcessorConstants,
    /// Offsets of measured processors by catalog id.
    pub measured: BTreeMap<String, Offsets>,
    /// Microarchitectures of the measured, by the same ids.
    pub microarchitectures: BTreeMap<String, String>,
}

impl FittedProcessors {
    /// Before any measurement.
    pub fn unfitted() -> Self {
        Self { constants: ProcessorConstants::prior(), measured: BTreeMap::new(), microarchitectures: BTreeMap::new() }
    }

    /// Offsets for a device: its own, most of those of the same microarchitecture, or none.
    pub fn offsets(&self, device: &Device) -> Offsets {
        if let Some(own) = self.measured.get(device.id.as_str()) {
            return *own;
        }
        let kind = device.facts.microarchitecture.as_deref().unwrap_or_default();
        let alike = self.microarchitectures.iter().find(|(_, other)| !kind.is_empty() && *other == kind);
        match alike.and_then(|(id, _)| self.measured.get(id)) {
            Some(theirs) => Offsets::from_values(theirs.to_values().map(|offset| offset * SAME_KIND)),
            None => Offsets::default(),
        }
    }

    /// Whether this very device was measured.
    pub fn knows(&self, device: &Device) -> bool {
        self.measured.contains_key(device.id.as_str())
    }
}

/// How much of a measured processor's offsets another of its microarchitecture takes over; own judgement, 2026-11-20.
const SAME_KIND: f64 = 0.7;

/// A processor as the form sees it.
#[derive(Clone, Copy, Debug)]
pub struct Socket {
    bandwidth: f64,
    cores: f64,
    threads_per_core: f64,
    clock: f64,
    lanes: f64,
    cores_per_cache: f64,
}

/// Clock where nobody published one.
const CLOCK_ASSUMED: f64 = 2.8e9; // middle of server processors in the catalog, 2026-11
/// Cores where nobody published them.
const CORES_ASSUMED: u32 = 64; // as above
/// Layers and width where nobody published them.
const LAYERS_ASSUMED: f64 = 32.0; // an 8B model
const HIDDEN_ASSUMED: f64 = 4096.0; // an 8B model

impl Socket {
    /// Reads a device.
    ///
    /// # Errors
    /// Its memory bandwidth is not published.
    pub fn of(device: &Device) -> Result<Self, Refusal> {
        let facts = &device.facts;
        let bandwidth = peak_bandwidth(device).ok_or_else(|| Refusal {
            reason: format!("{}: its memory bandwidth is not published", device.name),
            nearest: None,
        })?;
        let cores = f64::from(facts.performance_cores.filter(|cores| *cores > 0).unwrap_or(CORES_ASSUMED));
        let kind = facts.microarchitecture.as_deref().unwrap_or_default();
        Ok(Self {
            bandwidth: bandwidth.as_bytes_per_second(),
            cores,
            threads_per_core: f64::from(facts.threads_per_core.filter(|threads| *threads > 0).unwrap_or(1)),
            clock: facts.all_core_clock.map_or(CLOCK_ASSUMED, crate::units::Hertz::as_hertz),
            lanes: lanes(facts.vector_isa, kind),
            cores_per_cache: cores_per_cache(kind).unwrap_or(cores),
        })
    }

    /// Hardware threads.
    pub fn threads(&self) -> u32 {
        // A float-to-integer cast saturates, and NaN becomes zero.
        (self.cores * self.threads_per_core) as u32
    }

    /// One process on all threads with one session: what [`crate::sizing::speed`] answers for.
    pub fn whole(&self) -> Partition {
        Partition { processes: 1.0, threads: f64::from(self.threads().max(1)), batch: 1.0 }
    }
}

/// 128-bit multiply lanes of a core.
fn lanes(isa: Option<VectorIsa>, microarchitecture: &str) -> f64 {
    match isa {
        Some(VectorIsa::Amx) => 8.0,
        Some(VectorIsa::Avx512Vnni | VectorIsa::Avx512) => 6.0,
        Some(VectorIsa::Avx2 | VectorIsa::AvxVnni) => 4.0,
        // The large Neoverse cores have four pipes, AmpereOne and the small ones two.
        Some(VectorIsa::NeonI8mm) if microarchitecture.starts_with("Neoverse V") => 4.0,
        Some(VectorIsa::NeonI8mm | VectorIsa::NeonDotprod | VectorIsa::Neon | VectorIsa::Avx | VectorIsa::Rvv)
        | None => 2.0,
        Some(VectorIsa::Sse | VectorIsa::Rv64) => 1.0,
    }
}

/// Cores that share one last-level cache. `None`: all of a socket.
fn cores_per_cache(microarchitecture: &str) -> Option<f64> {
    match microarchitecture {
        "Zen 3" | "Zen 4" | "Zen 5" | "Zen 3+" => Some(8.0), // AMD core complex
        "Zen" | "Zen+" | "Zen 2" => Some(4.0),
        _ => None,
    }
}

/// One process of a partition and its share of a socket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partition {
    /// Processes on the socket.
    pub processes: f64,
    /// Threads of each.
    pub threads: f64,
    /// Sessions of each.
    pub batch: f64,
}

/// What a step works on.
#[derive(Clone, Debug)]
pub struct Pass<'a> {
    /// The weights as the ledger counts them.
    pub weights: &'a WeightCount,
    /// How they are stored.
    pub format: WeightFormat,
    /// Operations of attention for one token over one session's cache.
    pub attention: f64,
    /// Layers.
    pub layers: f64,
    /// Whether the processor's maker built the program.
    pub vendor_build: bool,
    /// Time of a token of one session on the whole socket, as the single-stream form gives it. `None`: it cannot tell,
    /// and the form stands on its own.
    pub alone: Option<Seconds>,
}

impl<'a> Pass<'a> {
    /// A pass of a model with its weights counted and `depth` tokens in each session's cache.
    pub fn of(
        model: &Model,
        format: WeightFormat,
        weights: &'a WeightCount,
        depth: f64,
        vendor_build: bool,
        alone: Option<Seconds>,
    ) -> Self {
        let shapes = model.architecture.as_ref();
        let layers = shapes.map_or(LAYERS_ASSUMED, |shapes| f64::from(shapes.layers));
        let known = work::attention(model, depth).as_flop();
        let hidden = shapes.map_or(HIDDEN_ASSUMED, |shapes| f64::from(shapes.hidden));
        let attention = if known > 0.0 { known } else { 4.0 * hidden * layers * depth };
        Self { weights, format, attention, layers, vendor_build, alone }
    }
}

/// Time of one step of each process, and what binds it. One process on all threads with one session takes exactly
/// [`Pass::alone`]; further away from that the form's own time counts more.
pub fn step(
    c: &ProcessorConstants,
    offsets: Offsets,
    socket: &Socket,
    partition: Partition,
    pass: &Pass<'_>,
) -> (Seconds, Resource) {
    let (own, binding) = form(c, offsets, socket, partition, pass);
    let Some(alone) = pass.alone else { return (own, binding) };
    let (whole, _) = form(c, offsets, socket, socket.whole(), pass);
    (own * departure(alone, whole, partition.processes, partition.batch), binding)
}

/// Time of a step by the form of partitions alone.
fn form(
    c: &ProcessorConstants,
    offsets: Offsets,
    socket: &Socket,
    partition: Partition,
    pass: &Pass<'_>,
) -> (Seconds, Resource) {
    let Partition { processes, threads, batch } = partition;
    let (processes, threads, batch) = (processes.max(1.0), threads.max(1.0), batch.max(1.0));
    let cores = threads / socket.threads_per_core;
    let shared = socket.bandwidth * c.bandwidth * offsets.bandwidth.exp() / processes;
    let pulled = c.core_gb_s * 1e9 * cores;
    let bandwidth = (shared.powi(-2) + pulled.powi(-2)).powf(-0.5);
    // A float-to-integer cast saturates, and NaN becomes zero.
    let memory = pass.weights.read_per_step(batch as u32).as_f64() / bandwidth;
    let cycles = threads * socket.clock * if pass.vendor_build { c.vendor_build } else { 1.0 };
    let eight = if is_8_bit(pass.format) { c.products_8_bit } else { 1.0 };
    let rate = cycles * socket.lanes.powf(c.lanes_exponent) * c.products * eight * offsets.products.exp();
    let compute = 2.0 * pass.weights.active_parameters() as f64 * (batch + c.batch_extra) / rate;
    let attention = pass.attention * batch * batch / (cycles * c.attention * offsets.attention.exp());
    let apart = if cores > socket.cores_per_cache { c.synchronise_apart } else { 1.0 };
    let stall = if socket.threads_per_core > 1.0 { 1.5 } else { 1.0 };
    let wait = c.synchronise * 1e-6 * offsets.synchronise.exp() * pass.layers * threads * stall * apart
        + c.layer * 1e-6 * pass.layers;
    let both = memory.hypot(compute);
    let binding = super::served::work::busiest(&[
        (memory, Resource::Bandwidth),
        (compute + attention, Resource::Compute),
        (wait, Resource::Overhead),
    ]);
    (Seconds::from_secs(both + attention + wait), binding)
}

/// Tokens per second of all processes.
pub fn total(step: Seconds, partition: Partition) -> TokensPerSecond {
    TokensPerSecond::from_step(step) * (partition.processes.max(1.0) * partition.batch.max(1.0))
}

fn is_8_bit(format: WeightFormat) -> bool {
    matches!(format, WeightFormat::Q8_0 | WeightFormat::Int8 | WeightFormat::Mlx8)
}
