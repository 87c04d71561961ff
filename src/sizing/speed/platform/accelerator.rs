//! What the speed formulas ask of a graphics processor or accelerator, and the rules that stand in for missing facts.

use super::{Maker, Memory, architecture};
use crate::catalog::{Device, DeviceClass, MemoryKind};
use crate::units::{BytesPerSecond, FlopPerSecond, Watts};

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

/// TFLOPS for each GB/s of an integrated or phone graphics unit whose rate nobody published.
const GUESSED_RATE_PER_BANDWIDTH: f64 = 0.03; // middle of Apple, Radeon and Adreno units in the catalog, 2026-11
/// Watts for each TFLOPS of matrix rate where nobody published a power limit.
const GUESSED_WATTS_PER_TERA: f64 = 2.0; // middle of cards in the catalog, 2026-11
/// Matrix rate over vector rate of accelerators that publish only the former.
const MATRIX_TO_VECTOR: f64 = 16.0; // A100, H100, MI300X and Max 1550 lie between 15 and 16; NVIDIA, AMD, Intel data sheets

/// The device as an accelerator.
pub(super) fn accelerator(device: &Device, bandwidth: BytesPerSecond) -> Accelerator {
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
