//! What the speed formulas ask of a device: read from the catalog's facts, never from its name or shape.
//!
//! A platform is a maker, a kind of memory and a software stack. Facts nobody published are replaced by a rule of the
//! platform, and the gap is remembered: it is said in the basis and widens the band.

use crate::catalog::{Device, DeviceClass, MemoryKind, VectorIsa};
use crate::units::{BytesPerSecond, FlopPerSecond, Watts};

/// The software that drives the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stack {
    /// NVIDIA's.
    Cuda,
    /// Apple's.
    Metal,
    /// AMD's.
    Rocm,
    /// The common graphics interface.
    Vulkan,
    /// Intel's.
    Sycl,
    /// OpenCL on phones.
    OpenCl,
    /// Neural processors of phones.
    Npu,
    /// The processor's own cores.
    Processor,
}

/// Makers whose chips behave alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Maker {
    /// NVIDIA.
    Nvidia,
    /// AMD.
    Amd,
    /// Intel.
    Intel,
    /// Apple.
    Apple,
    /// Anyone else.
    Other,
}

/// How an accelerator's memory is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Memory {
    /// Stacked beside the die.
    Stacked,
    /// On the card.
    Card,
    /// Shared with the processor.
    Shared,
}

/// What the formulas ask of an accelerator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Accelerator {
    /// Who made it.
    pub maker: Maker,
    /// Its memory.
    pub memory: Memory,
    /// Peak memory bandwidth.
    pub bandwidth: BytesPerSecond,
    /// Rate of the vector units at what unpacking weights needs: integer lanes times clock times two.
    pub vector: FlopPerSecond,
    /// Rate of matrix products with 16-bit sums; the vector rate where there are no matrix units.
    pub matrix: FlopPerSecond,
    /// Whether it has matrix units.
    pub matrix_units: bool,
    /// Power limit of chip or board.
    pub power: Watts,
    /// Two dies that act as one.
    pub two_dies: bool,
    /// Built before packed 8-bit products paid off (Pascal, GCN, first RDNA).
    pub before_2018: bool,
    /// Whether a rate or the power limit had to be guessed.
    pub guessed: bool,
}

/// Kinds of processors that use their memory alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProcessorKind {
    /// AMD, desktop.
    AmdDesktop,
    /// AMD, laptop.
    AmdLaptop,
    /// AMD, server and workstation.
    AmdServer,
    /// Intel, desktop.
    IntelDesktop,
    /// Intel, laptop.
    IntelLaptop,
    /// Intel, server and workstation.
    IntelServer,
    /// Arm, server.
    ArmServer,
    /// Phones.
    Phone,
    /// Boards, Apple's cores, anything else.
    Other,
}

/// What the formulas ask of a processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Processor {
    /// What it is.
    pub kind: ProcessorKind,
    /// Peak memory bandwidth.
    pub bandwidth: BytesPerSecond,
    /// Cores times clock (GHz) times width of their vector instructions, 1 for AVX2.
    pub core_rate: f64,
    /// Cores of both kinds.
    pub cores: f64,
    /// Arm cores.
    pub arm: bool,
    /// x86 with performance and efficiency cores side by side.
    pub mixed_cores: bool,
    /// Whether cores, clock or instructions had to be guessed.
    pub guessed: bool,
}

/// A device as the formulas see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Machine {
    /// A graphics processor or another accelerator.
    Accelerator(Accelerator),
    /// A processor's cores.
    Processor(Processor),
}

/// TFLOPS for each GB/s of an integrated or phone graphics unit whose rate nobody published.
const GUESSED_RATE_PER_BANDWIDTH: f64 = 0.03; // middle of Apple, Radeon and Adreno units in the catalog, 2026-11
/// Watts for each TFLOPS of matrix rate where nobody published a power limit.
const GUESSED_WATTS_PER_TERA: f64 = 2.0; // middle of cards in the catalog, 2026-11
/// Matrix rate over vector rate of accelerators that publish only the former.
const MATRIX_TO_VECTOR: f64 = 16.0; // A100, H100, MI300X and Max 1550 lie between 15 and 16; NVIDIA, AMD, Intel data sheets
/// Core rate for each GB/s of bandwidth where cores or clock are not published.
const GUESSED_CORE_RATE_PER_BANDWIDTH: f64 = 0.4; // middle of processors in the catalog, 2026-11
/// Core rate of one core, to guess how many there are.
const CORE_RATE_OF_ONE: f64 = 3.5; // an AVX2 core at 3.5 GHz

impl Machine {
    /// The device under a stack. `None`: its memory bandwidth is not published.
    pub fn of(device: &Device, stack: Stack) -> Option<Self> {
        let bandwidth = device.memory_bandwidth.filter(|b| b.as_giga() > 0.0 && b.is_finite())?;
        Some(match stack {
            Stack::Processor => Self::Processor(processor(device, bandwidth)),
            Stack::Cuda | Stack::Metal | Stack::Rocm | Stack::Vulkan | Stack::Sycl | Stack::OpenCl | Stack::Npu => {
                Self::Accelerator(accelerator(device, bandwidth))
            }
        })
    }

    /// Peak memory bandwidth.
    pub const fn bandwidth(&self) -> BytesPerSecond {
        match self {
            Self::Accelerator(it) => it.bandwidth,
            Self::Processor(it) => it.bandwidth,
        }
    }

    /// Whether a fact had to be guessed.
    pub const fn guessed(&self) -> bool {
        match self {
            Self::Accelerator(it) => it.guessed,
            Self::Processor(it) => it.guessed,
        }
    }
}

impl Stack {
    /// The stack a device is run with unless something else is said.
    pub fn usual(device: &Device) -> Self {
        let graphics = device.rates.fp32.is_some() || device.rates.fp16.is_some();
        let cores_only = !graphics && device.facts.performance_cores.is_some();
        let on_cores = match device.class {
            DeviceClass::CpuDesktop
            | DeviceClass::CpuLaptop
            | DeviceClass::CpuWorkstation
            | DeviceClass::CpuServerX86
            | DeviceClass::CpuServerArm
            | DeviceClass::Phone => true,
            DeviceClass::SingleBoard => !graphics,
            DeviceClass::NvidiaGeforce
            | DeviceClass::NvidiaWorkstation
            | DeviceClass::NvidiaDatacenter
            | DeviceClass::NvidiaOlder
            | DeviceClass::AmdRadeon
            | DeviceClass::IntelArc
            | DeviceClass::DatacenterOther
            | DeviceClass::Apple
            | DeviceClass::UnifiedBox
            | DeviceClass::IntegratedGraphics
            | DeviceClass::Other => cores_only,
        };
        if on_cores {
            return Self::Processor;
        }
        match Maker::of(device) {
            Maker::Nvidia => Self::Cuda,
            Maker::Apple => Self::Metal,
            Maker::Amd => Self::Rocm,
            Maker::Intel => Self::Sycl,
            Maker::Other => Self::Vulkan,
        }
    }

    /// A stack by the name measurements use for it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "cuda" => Some(Self::Cuda),
            "metal" => Some(Self::Metal),
            "rocm" | "hip" => Some(Self::Rocm),
            "vulkan" => Some(Self::Vulkan),
            "sycl" => Some(Self::Sycl),
            "opencl" => Some(Self::OpenCl),
            "npu" => Some(Self::Npu),
            "cpu" | "blas" => Some(Self::Processor),
            _ => None,
        }
    }

    /// As people write it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cuda => "CUDA",
            Self::Metal => "Metal",
            Self::Rocm => "ROCm",
            Self::Vulkan => "Vulkan",
            Self::Sycl => "SYCL",
            Self::OpenCl => "OpenCL",
            Self::Npu => "NPU",
            Self::Processor => "processor",
        }
    }
}

impl Maker {
    /// Who made a device.
    pub fn of(device: &Device) -> Self {
        match device.vendor.to_ascii_lowercase().as_str() {
            "nvidia" => Self::Nvidia,
            "amd" => Self::Amd,
            "intel" => Self::Intel,
            "apple" => Self::Apple,
            _ => Self::Other,
        }
    }
}

fn architecture(device: &Device) -> String {
    device.facts.microarchitecture.as_deref().unwrap_or_default().to_ascii_lowercase().replace(['-', ' '], "")
}

fn accelerator(device: &Device, bandwidth: BytesPerSecond) -> Accelerator {
    let maker = Maker::of(device);
    let name = architecture(device);
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
    let rates = &device.rates;
    // Accelerators without a published vector rate have one of about a sixteenth of their matrix rate.
    let matrix_only = device.class == DeviceClass::DatacenterOther && rates.fp32.is_none();
    let plain = if matrix_only { rates.fp16.map(|rate| rate / MATRIX_TO_VECTOR) } else { rates.fp32.or(rates.fp16) };
    let vector = plain.unwrap_or(FlopPerSecond::from_tera(bandwidth.as_giga() * GUESSED_RATE_PER_BANDWIDTH));
    // Since Ampere (GA10x) half of the lanes that the FP32 figure counts take no integer work (CUDA programming
    // guide, arithmetic throughput: 64 integer lanes of 128). The A100 has 64 lanes of each.
    let half_integer = maker == Maker::Nvidia
        && starts(&["ampere", "ada", "hopper", "blackwell"])
        && !matches!(device.facts.memory_kind, Some(MemoryKind::Hbm) if name.starts_with("ampere"));
    let matrix = rates.fp16_accumulate_fp16.or(rates.fp16).unwrap_or(vector * if plain.is_some() { 1.0 } else { 2.0 });
    let matrix_units = match maker {
        // Turing without tensor cores (GTX 16) shows as a matrix rate of twice the vector rate.
        Maker::Nvidia => !starts(&["kepler", "maxwell", "pascal"]) && matrix / vector > 3.0,
        Maker::Amd => starts(&["rdna3", "rdna4", "cdna"]),
        Maker::Intel => matrix / vector > 3.0,
        Maker::Apple => starts(&["applem5"]),
        Maker::Other => matrix / vector > 3.0,
    };
    let memory = match device.facts.memory_kind {
        Some(MemoryKind::Hbm) => Memory::Stacked,
        Some(MemoryKind::Gddr) => Memory::Card,
        Some(MemoryKind::Ddr | MemoryKind::Lpddr | MemoryKind::Sram) => Memory::Shared,
        None => match device.class {
            DeviceClass::NvidiaGeforce
            | DeviceClass::NvidiaWorkstation
            | DeviceClass::NvidiaOlder
            | DeviceClass::AmdRadeon
            | DeviceClass::IntelArc => Memory::Card,
            DeviceClass::NvidiaDatacenter | DeviceClass::DatacenterOther => Memory::Stacked,
            _ => Memory::Shared,
        },
    };
    Accelerator {
        maker,
        memory,
        bandwidth,
        vector: if half_integer { vector * 0.5 } else { vector },
        matrix,
        matrix_units,
        power: device.power_limit.unwrap_or(Watts::from_watts(matrix.as_tera() * GUESSED_WATTS_PER_TERA)),
        two_dies: maker == Maker::Apple && device.facts.compute_dies.is_some_and(|dies| dies > 1),
        before_2018: starts(&["kepler", "maxwell", "pascal", "gcn", "polaris", "vega", "rdna1"]) || name == "rdna",
        guessed: plain.is_none() || (matrix_units && device.power_limit.is_none()),
    }
}

/// 8-bit multiply-adds of a core and clock against AVX2 (1), from the instructions' widths and llama.cpp's kernels.
const fn isa_width(isa: VectorIsa) -> f64 {
    match isa {
        VectorIsa::Rv64 => 0.05,
        VectorIsa::Sse => 0.2,
        VectorIsa::Neon => 0.3,
        VectorIsa::Avx | VectorIsa::Rvv => 0.4,
        VectorIsa::NeonDotprod => 0.6,
        VectorIsa::NeonI8mm => 0.87,
        VectorIsa::Avx2 => 1.0,
        VectorIsa::AvxVnni => 1.15,
        VectorIsa::Avx512 => 1.2,
        // One stream does not reach what AMX tiles add to AVX-512: the rows that have them run alike.
        VectorIsa::Avx512Vnni | VectorIsa::Amx => 1.5,
    }
}

/// Zen 1 splits 256-bit instructions in two.
const ZEN_1_WIDTH: f64 = 0.6; // AMD software optimization guide, family 17h
/// What an efficiency core does against a performance core: a narrow one, or a full one at a lower clock.
const NARROW_CORE: f64 = 0.5; // Gracemont against Golden Cove at 8-bit products
/// The same where both kinds are wide (Skymont, Zen 5c, Oryon).
const WIDE_SECOND_CORE: f64 = 0.75;

fn processor(device: &Device, bandwidth: BytesPerSecond) -> Processor {
    let facts = &device.facts;
    let name = architecture(device);
    let (performance, efficiency) =
        (f64::from(facts.performance_cores.unwrap_or(0)), f64::from(facts.efficiency_cores.unwrap_or(0)));
    let wide = ["zen5", "lunarlake", "arrowlake", "oryon"].iter().any(|known| name.starts_with(known));
    let weighed = performance + efficiency * if wide { WIDE_SECOND_CORE } else { NARROW_CORE };
    let known = facts.vector_isa.zip(facts.all_core_clock).filter(|_| weighed > 0.0);
    let split = if name.starts_with("zen1") || name == "zen" || name == "zen+" { ZEN_1_WIDTH } else { 1.0 };
    let core_rate = known.map_or(bandwidth.as_giga() * GUESSED_CORE_RATE_PER_BANDWIDTH, |(isa, clock)| {
        weighed * clock.as_giga() * isa_width(isa) * split
    });
    let arm = matches!(facts.vector_isa, Some(VectorIsa::Neon | VectorIsa::NeonDotprod | VectorIsa::NeonI8mm));
    Processor {
        kind: processor_kind(device),
        bandwidth,
        core_rate,
        cores: if weighed > 0.0 { performance + efficiency } else { (core_rate / CORE_RATE_OF_ONE).clamp(1.0, 192.0) },
        arm,
        mixed_cores: matches!(facts.vector_isa, Some(VectorIsa::AvxVnni)),
        guessed: known.is_none(),
    }
}

fn processor_kind(device: &Device) -> ProcessorKind {
    use ProcessorKind as Kind;
    // Xeon E3 and E5 sit in workstations and servers alike; their class says which, their behaviour does not differ.
    match (Maker::of(device), device.class) {
        (_, DeviceClass::Phone) => Kind::Phone,
        (Maker::Amd, DeviceClass::CpuServerX86 | DeviceClass::CpuWorkstation) => Kind::AmdServer,
        (Maker::Intel, DeviceClass::CpuServerX86 | DeviceClass::CpuWorkstation) => Kind::IntelServer,
        (_, DeviceClass::CpuServerArm) => Kind::ArmServer,
        (Maker::Amd, DeviceClass::CpuLaptop | DeviceClass::IntegratedGraphics) => Kind::AmdLaptop,
        (Maker::Intel, DeviceClass::CpuLaptop | DeviceClass::IntegratedGraphics) => Kind::IntelLaptop,
        (Maker::Amd, DeviceClass::CpuDesktop | DeviceClass::UnifiedBox) => Kind::AmdDesktop,
        (Maker::Intel, DeviceClass::CpuDesktop | DeviceClass::SingleBoard) => Kind::IntelDesktop,
        (Maker::Nvidia | Maker::Apple | Maker::Other, _)
        | (
            Maker::Amd,
            DeviceClass::NvidiaGeforce
            | DeviceClass::NvidiaWorkstation
            | DeviceClass::NvidiaDatacenter
            | DeviceClass::NvidiaOlder
            | DeviceClass::AmdRadeon
            | DeviceClass::IntelArc
            | DeviceClass::DatacenterOther
            | DeviceClass::Apple
            | DeviceClass::SingleBoard
            | DeviceClass::Other,
        )
        | (
            Maker::Intel,
            DeviceClass::NvidiaGeforce
            | DeviceClass::NvidiaWorkstation
            | DeviceClass::NvidiaDatacenter
            | DeviceClass::NvidiaOlder
            | DeviceClass::AmdRadeon
            | DeviceClass::IntelArc
            | DeviceClass::DatacenterOther
            | DeviceClass::Apple
            | DeviceClass::UnifiedBox
            | DeviceClass::Other,
        ) => Kind::Other,
    }
}

impl ProcessorKind {
    /// Servers and workstations.
    pub const fn is_server(self) -> bool {
        match self {
            Self::AmdServer | Self::IntelServer | Self::ArmServer => true,
            Self::AmdDesktop | Self::AmdLaptop | Self::IntelDesktop | Self::IntelLaptop | Self::Phone | Self::Other => {
                false
            }
        }
    }
}
