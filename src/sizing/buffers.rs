//! Scratch memory of one step, and what engine and driver take for themselves.
//!
//! One profile for each engine and version. llama.cpp's is counted from its graph (its largest stage); the served
//! engines' are peaks their profiling runs report, so their band is wide.

use smol_str::SmolStr;

use super::{Basis, BasisInput, Workload};
use crate::catalog::{Device, DeviceClass, Reserved, Standing};
use crate::units::Bytes;

mod graph;
mod served;

pub use graph::{GraphProfile, llama_cpp, llama_cpp_host};
pub use served::served;

/// A part of memory with its band.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Lower end of the 80 % band.
    pub low: Bytes,
    /// Likely.
    pub likely: Bytes,
    /// Upper end of the 80 % band.
    pub high: Bytes,
    /// How it was found.
    pub basis: Basis,
}

/// Scratch space of one step on all devices.
pub fn of(workload: &Workload<'_>, devices: u32) -> Part {
    match workload.settings().reserved {
        Some(reserved) => served(workload, &reserved, devices),
        None => llama_cpp(workload, &GraphProfile::of(workload), devices),
    }
}

/// What driver, context and communication take on each device.
pub fn runtime(workload: &Workload<'_>, device: &Device, devices: u32) -> Part {
    let reserved = workload.settings().reserved;
    let mut part = runtime_of(device.class, reserved, devices);
    if let Some(reserved) = reserved {
        let (value, field) = if devices > 1 {
            (reserved.together, "settings.reserved.together_gib")
        } else {
            (reserved.alone, "settings.reserved.alone_gib")
        };
        part.basis.inputs.push(workload.setting("of the engine on one device", value, field));
    }
    part
}

/// As [`runtime`], for a class of devices.
pub fn runtime_of(class: DeviceClass, reserved: Option<Reserved>, devices: u32) -> Part {
    let devices = u64::from(devices.max(1));
    let (low, likely, high, source) = match class {
        DeviceClass::NvidiaGeforce
        | DeviceClass::NvidiaWorkstation
        | DeviceClass::NvidiaDatacenter
        | DeviceClass::NvidiaOlder => (0.25, 0.4, 0.6, "CUDA context: 0.25-0.5 GiB, community logs, 2026"),
        DeviceClass::AmdRadeon | DeviceClass::IntelArc | DeviceClass::DatacenterOther | DeviceClass::Other => {
            (0.2, 0.4, 0.8, "taken as CUDA's, wider")
        }
        DeviceClass::Apple | DeviceClass::UnifiedBox | DeviceClass::IntegratedGraphics | DeviceClass::Phone => {
            (0.05, 0.15, 0.4, "Metal and Vulkan contexts are small; estimate")
        }
        DeviceClass::CpuDesktop
        | DeviceClass::CpuLaptop
        | DeviceClass::CpuWorkstation
        | DeviceClass::CpuServerX86
        | DeviceClass::CpuServerArm
        | DeviceClass::SingleBoard => (0.02, 0.1, 0.3, "the process itself; estimate"),
    };
    let extra = reserved.map_or(Bytes::ZERO, |reserved| if devices > 1 { reserved.together } else { reserved.alone });
    let size = |gib: f64| (Bytes::from_gib(gib) + extra) * devices;
    let basis = Basis {
        standing: Standing::Assumed,
        formula: SmolStr::new_static("driver context of each device, and the engine's communication buffers"),
        inputs: vec![BasisInput::new("on one device", Bytes::from_gib(likely) + extra, Standing::Assumed, source)],
        band: SmolStr::new_static("range of published logs"),
    };
    Part { low: size(low), likely: size(likely), high: size(high), basis }
}
