//! Time of one forward pass: bytes over bandwidth, work over rate, links, and fixed time, one after the other.
//!
//! A plain form: one efficiency for each kind of memory, one fixed time for each layer. Its constants are starting points
//! of published studies and its band is theirs.

use crate::catalog::{Device, DeviceClass, Engine, VectorIsa, WeightFormat};
use crate::sizing::weights::WeightCount;
use crate::sizing::{Resource, Workload, kv_cache};
use crate::units::{Bytes, BytesPerSecond, Flop, FlopPerSecond, Seconds};

/// One pass in its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// Reading weights.
    pub weights: Seconds,
    /// Reading caches.
    pub cache: Seconds,
    /// Arithmetic.
    pub compute: Seconds,
    /// Exchange between devices.
    pub links: Seconds,
    /// Launches and synchronisation.
    pub overhead: Seconds,
}

impl Step {
    /// The whole pass: arithmetic hides behind memory or memory behind arithmetic.
    pub fn total(&self) -> Seconds {
        (self.weights + self.cache).max(self.compute) + self.links + self.overhead
    }

    /// The longest part.
    pub fn binding(&self) -> Resource {
        let memory = self.weights + self.cache;
        [
            (memory, Resource::Bandwidth),
            (self.compute, Resource::Compute),
            (self.links, Resource::Interconnect),
            (self.overhead, Resource::Overhead),
        ]
        .into_iter()
        .fold((Seconds::ZERO, Resource::Overhead), |most, part| if part.0 > most.0 { part } else { most })
        .1
    }
}

/// Efficiencies and fixed times of one kind of device.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Efficiency {
    /// Share of peak bandwidth reached when reading weights.
    pub weights: f64,
    /// Share of peak bandwidth reached when reading caches.
    pub cache: f64,
    /// Share of the peak 16-bit rate reached on prompts.
    pub compute: f64,
    /// Fixed time for each layer.
    pub layer: Seconds,
    /// Fixed time for each pass.
    pub pass: Seconds,
    /// 80 % band of a speed as factors.
    pub band: (f64, f64),
}

/// Where these numbers come from.
pub const SOURCE: &str =
    "starting points of a study of 46 llama.cpp and 2,902 served rows, 2026-08 (median error left-out 6-14 %)";

impl Efficiency {
    /// Of a class of devices under an engine.
    pub fn of(class: DeviceClass, engine: Engine) -> Self {
        let served = matches!(engine, Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm);
        let layer = if served { Seconds::from_micros(26.0) } else { Seconds::from_micros(40.0) };
        let gpu = |weights: f64, compute: f64, band: (f64, f64)| Self {
            weights,
            cache: 0.45,
            compute,
            layer,
            pass: Seconds::from_micros(500.0),
            band,
        };
        match class {
            DeviceClass::NvidiaGeforce | DeviceClass::NvidiaWorkstation => gpu(0.88, 0.45, (0.75, 1.25)),
            DeviceClass::NvidiaDatacenter => gpu(if served { 0.78 } else { 0.60 }, 0.40, (0.70, 1.35)),
            DeviceClass::NvidiaOlder => gpu(0.70, 0.30, (0.55, 1.5)),
            DeviceClass::AmdRadeon => gpu(0.65, 0.25, (0.60, 1.5)),
            DeviceClass::IntelArc => gpu(0.45, 0.20, (0.50, 1.7)),
            DeviceClass::DatacenterOther => gpu(0.55, 0.30, (0.50, 1.6)),
            DeviceClass::Apple => gpu(0.72, 0.35, (0.70, 1.35)),
            DeviceClass::UnifiedBox => gpu(0.70, 0.25, (0.65, 1.4)),
            DeviceClass::IntegratedGraphics => gpu(0.50, 0.15, (0.45, 1.8)),
            DeviceClass::Phone | DeviceClass::Other => gpu(0.40, 0.10, (0.40, 2.0)),
            DeviceClass::CpuDesktop
            | DeviceClass::CpuLaptop
            | DeviceClass::CpuWorkstation
            | DeviceClass::CpuServerX86
            | DeviceClass::CpuServerArm
            | DeviceClass::SingleBoard => Self {
                weights: 0.70,
                cache: 0.45,
                compute: 0.5,
                layer: Seconds::from_micros(30.0),
                pass: Seconds::from_micros(200.0),
                band: (0.50, 1.7),
            },
        }
    }
}

/// Bandwidth use of a quantized format relative to 16 bit: square roots of llama.cpp's own 8B table.
pub const fn format_efficiency(format: WeightFormat) -> f64 {
    use WeightFormat as W;
    match format {
        W::F32 | W::F16 | W::Bf16 | W::Fp8 | W::Fp8Block | W::Int8 | W::Q8_0 | W::Mlx8 => 0.97,
        W::Q6K | W::Q5KM | W::Q5KS | W::Q5_1 | W::Q5_0 | W::UdQ6KXl | W::Mlx5 | W::Mlx6 => 0.91,
        W::Q4KM | W::Q4KS | W::Q4_1 | W::Q4_0 | W::Iq4Nl | W::Iq4Xs | W::UdQ4KXl | W::Mlx4 => 0.87,
        W::Int4G128 | W::Int4G64 | W::Int4G32 | W::Nf4 | W::Nf4Double | W::Mxfp4 | W::Nvfp4 => 0.85,
        W::Q3KL | W::Q3KM | W::Q3KS | W::UdQ3KXl | W::Mlx3 => 0.78,
        W::Q2K | W::Q2KS | W::Iq3M | W::Iq3S | W::Iq3Xs | W::Iq3Xxs => 0.73,
        W::Iq2M | W::Iq2S | W::Iq2Xs | W::Iq2Xxs | W::Iq1M | W::Iq1S | W::Tq1_0 | W::Tq2_0 => 0.64,
    }
}

/// Multiply-adds a core does in a cycle on 8-bit weights, as operations; from kernel counts, halved for unpacking.
const fn operations_per_cycle(isa: Option<VectorIsa>) -> f64 {
    match isa {
        Some(VectorIsa::Amx) => 64.0,
        Some(VectorIsa::Avx512Vnni) => 40.0,
        Some(VectorIsa::Avx512 | VectorIsa::AvxVnni) => 24.0,
        Some(VectorIsa::Avx2 | VectorIsa::NeonI8mm) => 16.0,
        Some(VectorIsa::NeonDotprod) => 12.0,
        Some(VectorIsa::Avx | VectorIsa::Neon | VectorIsa::Sse | VectorIsa::Rvv | VectorIsa::Rv64) => 4.0,
        None => 12.0,
    }
}

/// Cores taken where nobody published the number.
pub const CORES_ASSUMED: u32 = 16; // own assumption, 2026-11-20
/// Clock taken where nobody published it.
const CLOCK_ASSUMED_GHZ: f64 = 2.8; // own assumption, 2026-11-20

/// Cores of a processor: performance and efficiency cores together.
pub fn cores(device: &Device) -> Option<u32> {
    let facts = &device.facts;
    match (facts.performance_cores, facts.efficiency_cores) {
        (None, None) => None,
        (performance, efficiency) => Some(performance.unwrap_or(0).saturating_add(efficiency.unwrap_or(0)).max(1)),
    }
}

/// Arithmetic rate on prompts before efficiency. `None`: nobody published one.
pub fn peak_rate(device: &Device, format: WeightFormat) -> Option<FlopPerSecond> {
    if device.class.is_processor() {
        let clock = device.facts.all_core_clock.map_or(CLOCK_ASSUMED_GHZ, |clock| clock.as_giga());
        let cores = f64::from(cores(device).unwrap_or(CORES_ASSUMED));
        return Some(FlopPerSecond::from_flops(cores * clock * 1e9 * operations_per_cycle(device.facts.vector_isa)));
    }
    let rates = &device.rates;
    let half = rates.fp16.or(rates.fp32);
    match format {
        WeightFormat::Fp8 | WeightFormat::Fp8Block => rates.fp8.or(half),
        WeightFormat::Int8 => rates.int8.or(half),
        WeightFormat::Nvfp4 => rates.fp4.or(rates.fp8).or(half),
        _ => half,
    }
}

/// One pass of `batch` sessions, `depth` tokens into each, on `devices` that share one copy. `None`: no bandwidth known.
pub fn decode(
    workload: &Workload<'_>,
    device: &Device,
    devices: u32,
    weights: &WeightCount,
    batch: u32,
    depth: f64,
) -> Option<Step> {
    let bandwidth = device.memory_bandwidth.filter(|b| b.as_bytes_per_second() > 0.0)?;
    let efficiency = Efficiency::of(device.class, workload.engine);
    // llama.cpp gives each device some of the layers: they work one after the other.
    let together = if workload.engine == Engine::LlamaCpp { 1.0 } else { f64::from(devices.max(1)) };
    let read = |bytes: Bytes, share: f64| bytes / (bandwidth * (share * together));
    let each = kv_cache::read_bytes(workload.model, workload.kv_format, depth).unwrap_or(Bytes::ZERO);
    let work = Flop::from_flop(2.0 * weights.active_parameters() as f64 * f64::from(batch));
    let compute = peak_rate(device, workload.format)
        .filter(|rate| rate.as_flops() > 0.0)
        .map_or(Seconds::ZERO, |rate| work / (rate * (efficiency.compute * together)));
    let layers = f64::from(workload.model.architecture.as_ref().map_or(0, |a| a.layers));
    Some(Step {
        weights: read(weights.read_per_step(batch), efficiency.weights * format_efficiency(workload.format)),
        cache: read(each * u64::from(batch), efficiency.cache),
        compute,
        links: links(workload, device, together, batch),
        overhead: efficiency.layer * layers + efficiency.pass,
    })
}

/// Two all-reduces for each layer: `alpha log2 T + 2 (T - 1) / T x bytes / link`.
fn links(workload: &Workload<'_>, device: &Device, together: f64, batch: u32) -> Seconds {
    /// Start of one all-reduce.
    const ALPHA: Seconds = Seconds::from_micros(7.0); // fitted on served rows, 2026-08
    /// Share of a link's bandwidth that all-reduces reach.
    const LINK_SHARE: f64 = 0.39; // fitted on served rows, 2026-08
    /// A link nobody published: PCIe 4.0 x16.
    const LINK_ASSUMED: BytesPerSecond = BytesPerSecond::from_giga(32.0); // PCI-SIG
    if together <= 1.0 {
        return Seconds::ZERO;
    }
    let shapes = workload.model.architecture.as_ref();
    let (layers, hidden) = shapes.map_or((0.0, 0), |a| (f64::from(a.layers), u64::from(a.hidden)));
    let link = device.facts.link.filter(|l| l.as_bytes_per_second() > 0.0).unwrap_or(LINK_ASSUMED);
    let sent = Bytes::new(hidden.saturating_mul(2)) * u64::from(batch);
    let moved = sent.scaled(2.0 * (together - 1.0) / together) / (link * LINK_SHARE);
    (ALPHA * together.log2() + moved) * (2.0 * layers)
}

/// Time to read a prompt of `tokens`. `None`: no arithmetic rate known.
pub fn prefill(
    workload: &Workload<'_>,
    device: &Device,
    devices: u32,
    weights: &WeightCount,
    tokens: u32,
) -> Option<Step> {
    let rate = peak_rate(device, workload.format).filter(|rate| rate.as_flops() > 0.0)?;
    let bandwidth = device.memory_bandwidth.filter(|b| b.as_bytes_per_second() > 0.0)?;
    let efficiency = Efficiency::of(device.class, workload.engine);
    let together = if workload.engine == Engine::LlamaCpp { 1.0 } else { f64::from(devices.max(1)) };
    let shapes = workload.model.architecture.as_ref();
    let count = f64::from(tokens);
    // 2 P S + 2 n_h h L S^2: causal attention.
    let attention = shapes.map_or(0.0, |a| {
        2.0 * f64::from(a.heads.unwrap_or(0)) * f64::from(a.head_dim.unwrap_or(0)) * f64::from(a.layers) * count * count
    });
    let work = Flop::from_flop(2.0 * weights.active_parameters() as f64 * count + attention);
    let layers = shapes.map_or(0.0, |a| f64::from(a.layers));
    Some(Step {
        weights: weights.read_per_step(tokens) / (bandwidth * (efficiency.weights * together)),
        cache: Seconds::ZERO,
        compute: work / (rate * (efficiency.compute * together)),
        links: links(workload, device, together, tokens),
        overhead: efficiency.layer * layers + efficiency.pass,
    })
}
