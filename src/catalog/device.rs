//! Devices that run a model: accelerators and processors.

use serde::{Deserialize, Serialize};

use super::{Date, DeviceId, Provenance, quantity_fields};
use crate::units::{Bytes, BytesPerSecond, FlopPerSecond, Hertz, Usd, Watts};

/// One accelerator, or one processor socket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Slug, for example `nvidia-geforce-rtx-4090`.
    pub id: DeviceId,
    /// As its maker writes it.
    pub name: String,
    /// Its maker.
    pub vendor: String,
    /// The platform it belongs to.
    pub class: DeviceClass,
    /// "PCIe card", "server CPU (1 socket)", ... in words.
    pub form_factor: String,
    /// Memory it can hold weights in. Data sheets write GB and mean GiB. `None`: depends on what is fitted.
    #[serde(default, rename = "memory_gib", with = "quantity_fields::gib", skip_serializing_if = "Option::is_none")]
    pub memory: Option<Bytes>,
    /// Peak memory bandwidth. `None`: nobody published it.
    #[serde(
        default,
        rename = "memory_bandwidth_gb_s",
        with = "quantity_fields::gb_per_second",
        skip_serializing_if = "Option::is_none"
    )]
    pub memory_bandwidth: Option<BytesPerSecond>,
    /// Dense arithmetic rates by number format.
    #[serde(default, skip_serializing_if = "Rates::is_unknown")]
    pub rates: Rates,
    /// Board or package power limit.
    #[serde(
        default,
        rename = "power_limit_w",
        with = "quantity_fields::watts",
        skip_serializing_if = "Option::is_none"
    )]
    pub power_limit: Option<Watts>,
    /// Launch or street price.
    #[serde(default, rename = "price_usd", with = "quantity_fields::usd", skip_serializing_if = "Option::is_none")]
    pub price: Option<Usd>,
    /// First sale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Date>,
    /// What else the speed formulas ask.
    #[serde(default, skip_serializing_if = "DeviceFacts::is_unknown")]
    pub facts: DeviceFacts,
    /// Anything else worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// Where all this comes from.
    pub provenance: Provenance,
}

/// The platform a device belongs to: vendor, kind of memory and kind of processor, never its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeviceClass {
    /// NVIDIA GeForce with tensor cores (RTX 20 and later).
    NvidiaGeforce,
    /// NVIDIA workstation cards (RTX A, Ada, PRO).
    NvidiaWorkstation,
    /// NVIDIA data-centre cards and modules.
    NvidiaDatacenter,
    /// NVIDIA cards of 2018 and before.
    NvidiaOlder,
    /// AMD Radeon cards.
    AmdRadeon,
    /// Intel Arc and Flex cards.
    IntelArc,
    /// Data-centre accelerators of other makers (AMD Instinct, Gaudi, TPU, ...).
    DatacenterOther,
    /// Apple chips.
    Apple,
    /// A processor and a large graphics unit on one memory (Strix Halo, GB10).
    UnifiedBox,
    /// Graphics inside a laptop or desktop processor.
    IntegratedGraphics,
    /// Desktop processors.
    CpuDesktop,
    /// Laptop processors.
    CpuLaptop,
    /// Workstation processors with four memory channels or more.
    CpuWorkstation,
    /// Server processors, x86.
    CpuServerX86,
    /// Server processors, Arm.
    CpuServerArm,
    /// Single-board computers and embedded modules.
    SingleBoard,
    /// Phones.
    Phone,
    /// Anything else.
    Other,
}

/// Dense rates, without sparsity, by number format.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// Plain 32-bit vector rate.
    #[serde(default, rename = "fp32_tflops", with = "quantity_fields::tera", skip_serializing_if = "Option::is_none")]
    pub fp32: Option<FlopPerSecond>,
    /// 16-bit matrix rate, dense. GeForce data sheets state the FP32-accumulate rate.
    #[serde(default, rename = "fp16_tflops", with = "quantity_fields::tera", skip_serializing_if = "Option::is_none")]
    pub fp16: Option<FlopPerSecond>,
    /// 16-bit matrix rate where sums may be kept in 16 bits, as kernels for quantized weights do: on GeForce cards
    /// twice the stated rate, elsewhere mostly the same.
    #[serde(
        default,
        rename = "fp16_accumulate_fp16_tflops",
        with = "quantity_fields::tera",
        skip_serializing_if = "Option::is_none"
    )]
    pub fp16_accumulate_fp16: Option<FlopPerSecond>,
    /// 8-bit floating-point matrix rate.
    #[serde(default, rename = "fp8_tflops", with = "quantity_fields::tera", skip_serializing_if = "Option::is_none")]
    pub fp8: Option<FlopPerSecond>,
    /// 8-bit integer matrix rate.
    #[serde(default, rename = "int8_tops", with = "quantity_fields::tera", skip_serializing_if = "Option::is_none")]
    pub int8: Option<FlopPerSecond>,
    /// 4-bit floating-point matrix rate.
    #[serde(default, rename = "fp4_tflops", with = "quantity_fields::tera", skip_serializing_if = "Option::is_none")]
    pub fp4: Option<FlopPerSecond>,
}

/// Facts of construction that the speed formulas rest on. Each is `None` where nobody published it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceFacts {
    /// Kind of memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_kind: Option<MemoryKind>,
    /// Memory channels of 64 bits (processors).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_channels: Option<u32>,
    /// Memory transfers per second and pin, in millions (the number in "DDR5-5600").
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_mega_transfers: Option<u32>,
    /// Width of the memory bus in bits (accelerators).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory_bus_bits: Option<u32>,
    /// Compute dies that share the work and the memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compute_dies: Option<u32>,
    /// Rented as a virtual machine: its owner decides clocks, neighbours and what memory it reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rented: Option<bool>,
    /// Performance cores; all cores where there is one kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performance_cores: Option<u32>,
    /// Efficiency cores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub efficiency_cores: Option<u32>,
    /// Hardware threads per performance core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threads_per_core: Option<u32>,
    /// Clock with all cores busy.
    #[serde(
        default,
        rename = "all_core_clock_ghz",
        with = "quantity_fields::giga_hertz",
        skip_serializing_if = "Option::is_none"
    )]
    pub all_core_clock: Option<Hertz>,
    /// Widest useful vector instructions (processors).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vector_isa: Option<VectorIsa>,
    /// NUMA nodes in the usual setting.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numa_nodes: Option<u32>,
    /// Last-level cache.
    #[serde(
        default,
        rename = "last_level_cache_mib",
        with = "quantity_fields::mib",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_level_cache: Option<Bytes>,
    /// Microarchitecture, for example "Ada", "CDNA3", "Zen 4".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub microarchitecture: Option<String>,
    /// Bandwidth to its neighbours, one direction.
    #[serde(
        default,
        rename = "link_gb_s",
        with = "quantity_fields::gb_per_second",
        skip_serializing_if = "Option::is_none"
    )]
    pub link: Option<BytesPerSecond>,
}

/// Kinds of memory by how they are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MemoryKind {
    /// Stacked, beside the die.
    Hbm,
    /// Graphics memory on a card.
    Gddr,
    /// Modules or soldered DDR.
    Ddr,
    /// Low-power DDR, soldered.
    Lpddr,
    /// On the die.
    Sram,
}

/// Vector instructions in rising order of 8-bit multiply rate per core and cycle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VectorIsa {
    /// RISC-V without vectors.
    Rv64,
    /// x86 before AVX.
    Sse,
    /// RISC-V vectors.
    Rvv,
    /// Arm NEON without dot product.
    Neon,
    /// x86 AVX.
    Avx,
    /// Arm NEON with dot product.
    NeonDotprod,
    /// Arm with 8-bit matrix multiply.
    NeonI8mm,
    /// x86 AVX2.
    Avx2,
    /// x86 AVX2 with VNNI.
    AvxVnni,
    /// x86 AVX-512.
    Avx512,
    /// x86 AVX-512 with VNNI.
    Avx512Vnni,
    /// x86 with AMX tiles.
    Amx,
}

impl Rates {
    /// Whether nobody published any of them.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl DeviceFacts {
    /// What the memory can carry: its width x transfers, 64 bits a channel, else the bus. `None`: width or speed unknown.
    pub fn peak_memory_bandwidth(&self) -> Option<BytesPerSecond> {
        const CHANNEL_BITS: f64 = 64.0; // JEDEC DDR4 and DDR5: 64 data bits a channel
        let bits = match self.memory_channels {
            Some(channels) => f64::from(channels) * CHANNEL_BITS,
            None => f64::from(self.memory_bus_bits?),
        };
        Some(BytesPerSecond::from_giga(bits / 8.0 * f64::from(self.memory_mega_transfers?) / 1000.0))
    }

    /// Whether nobody published any of them.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

impl Device {
    /// Whether the model runs on processor cores here, not on graphics or an accelerator. The class alone does not say:
    /// some single boards carry a graphics unit that does the work, and the cores of an Apple chip or a unified box are
    /// entries of their own beside its graphics.
    pub fn is_processor(&self) -> bool {
        let graphics = self.rates.fp32.is_some();
        match self.class {
            DeviceClass::SingleBoard => !graphics,
            // A phone runs on its cores unless it is the entry of its neural unit, which has no instruction set here.
            DeviceClass::Phone => self.facts.vector_isa.is_some(),
            DeviceClass::Apple | DeviceClass::UnifiedBox => self.facts.vector_isa.is_some() && !graphics,
            class => class.is_processor(),
        }
    }
}

impl DeviceClass {
    /// Whether devices of this class are mostly processors. For one device ask [`Device::is_processor`].
    const fn is_processor(self) -> bool {
        match self {
            Self::CpuDesktop
            | Self::CpuLaptop
            | Self::CpuWorkstation
            | Self::CpuServerX86
            | Self::CpuServerArm
            | Self::SingleBoard => true,
            Self::NvidiaGeforce
            | Self::NvidiaWorkstation
            | Self::NvidiaDatacenter
            | Self::NvidiaOlder
            | Self::AmdRadeon
            | Self::IntelArc
            | Self::DatacenterOther
            | Self::Apple
            | Self::UnifiedBox
            | Self::IntegratedGraphics
            | Self::Phone
            | Self::Other => false,
        }
    }
}
