//! What the speed formulas ask of a processor's cores, and the rules that stand in for missing facts.

use super::bandwidth::Bandwidth;
use super::{Maker, architecture};
use crate::catalog::{Device, DeviceClass, VectorIsa};
use crate::units::BytesPerSecond;

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

/// What the formulas ask of a processor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Processor {
    /// What it is.
    pub kind: ProcessorKind,
    /// Peak memory bandwidth.
    pub bandwidth: BytesPerSecond,
    /// What reading the memory reached, where the peak was worked out from that.
    pub read_bandwidth: Option<BytesPerSecond>,
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

/// Core rate for each GB/s of bandwidth where cores or clock are not published.
const GUESSED_CORE_RATE_PER_BANDWIDTH: f64 = 0.4; // middle of processors in the catalog, 2026-11
/// Core rate of one core, to guess how many there are.
const CORE_RATE_OF_ONE: f64 = 3.5; // an AVX2 core at 3.5 GHz

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

/// The device as a processor.
pub(super) fn processor(device: &Device, bandwidth: Bandwidth) -> Processor {
    let Bandwidth { peak: bandwidth, read: read_bandwidth } = bandwidth;
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
        read_bandwidth,
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
