//! What the speed formulas ask of a device: read from the catalog's facts, never from its name or shape.
//!
//! A platform is a maker, a kind of memory and a software stack. Facts nobody published are replaced by a rule of the
//! platform, and the gap is remembered: it is said in the basis and widens the band.

mod accelerator;
mod bandwidth;
mod processor;

use crate::catalog::{Device, DeviceClass};
use crate::units::BytesPerSecond;
pub use accelerator::Accelerator;
use bandwidth::Bandwidth;
pub use bandwidth::{widened, words as read_words};
pub use processor::{Processor, ProcessorKind};

/// Peak bandwidth as every formula of a device asks for it, of one session or of many: a processor's that was measured is
/// read as less than its peak. `None`: it is not published, and nobody measured it.
pub fn peak_bandwidth(device: &Device) -> Option<BytesPerSecond> {
    // Only cores are told apart here, so any stack of an accelerator does.
    let stack = if device.is_processor() { Stack::Processor } else { Stack::Vulkan };
    Bandwidth::of(device, stack).map(|bandwidth| bandwidth.peak)
}

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

/// A device as the formulas see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Machine {
    /// A graphics processor or another accelerator.
    Accelerator(Accelerator),
    /// A processor's cores.
    Processor(Processor),
}

impl Machine {
    /// The device under a stack. `None`: its memory bandwidth is not published, and nobody measured it.
    pub fn of(device: &Device, stack: Stack) -> Option<Self> {
        let bandwidth = Bandwidth::of(device, stack)?;
        Some(match stack {
            Stack::Processor => Self::Processor(processor::processor(device, bandwidth)),
            Stack::Cuda | Stack::Metal | Stack::Rocm | Stack::Vulkan | Stack::Sycl | Stack::OpenCl | Stack::Npu => {
                Self::Accelerator(accelerator::accelerator(device, bandwidth.peak))
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

    /// What reading the memory reached, where the peak was worked out from that.
    pub const fn read_bandwidth(&self) -> Option<BytesPerSecond> {
        match self {
            Self::Accelerator(_) => None,
            Self::Processor(it) => it.read_bandwidth,
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

impl Machine {
    /// Name of the platform: maker, kind of memory and stack, or kind of processor. Bands are wider on platforms that
    /// no measurement was fitted on.
    pub fn platform(&self, stack: Stack) -> String {
        match self {
            Self::Processor(it) => format!("processor {:?}", it.kind),
            Self::Accelerator(it) => {
                let maker = match it.maker {
                    Maker::Nvidia => "NVIDIA",
                    Maker::Amd => "AMD",
                    Maker::Intel => "Intel",
                    Maker::Apple => "Apple",
                    Maker::Other => "other",
                };
                let memory = match it.memory {
                    Memory::Stacked => "stacked",
                    Memory::Card => "card",
                    Memory::Shared => "shared",
                };
                format!("{maker} {memory} {}", stack.label())
            }
        }
    }
}

impl Stack {
    /// The stack a device is run with unless something else is said.
    pub fn usual(device: &Device) -> Self {
        if device.is_processor() {
            return Self::Processor;
        }
        if device.class == DeviceClass::Phone {
            return Self::Npu;
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
