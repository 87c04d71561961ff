//! Sessions that were measured: published grids of processors, and the largest published batches of accelerators, at so many
//! tokens per second for each session. Compared with estimates, and drawn beside them.
//!
//! Sources: AmpereComputingAI/llama.cpp example results (CSV files, llama.cpp built by Ampere r1.2.6 and upstream), read
//! 2026-08; ML.ENERGY leaderboard, lm-arena-chat, vLLM, read 2026. Speed of each is the throughput over the sessions.

use crate::catalog::WeightFormat;

/// Speeds of the processors' counts, tokens per second for each session.
pub const TARGETS: [f64; 5] = [5.0, 7.5, 10.0, 15.0, 20.0];

/// Most sessions of a socket on a published grid.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredSocket {
    /// Catalog id of the processor.
    pub device: &'static str,
    /// Catalog id of the model.
    pub model: &'static str,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// Tokens of the prompts.
    pub prompt: f64,
    /// Processes of the published grid.
    pub processes: &'static [u32],
    /// Most sessions at each of [`TARGETS`].
    pub sessions: [u32; 5],
}

/// Batches of the published grids.
pub const BATCHES: [u32; 6] = [1, 2, 4, 8, 16, 32];
/// Tokens of their answers.
pub const ANSWER: u32 = 256;

const AMPEREONE: &str = "ampereone-a192";
const GRAVITON4: &str = "aws-graviton4-96-vcpu";
const SAPPHIRE_RAPIDS: &str = "intel-xeon-8488c-sapphire-rapids-aws-m7i-96-vcpu";
const OF_192: &[u32] = &[1, 2, 4, 6, 8, 12];
const OF_96: &[u32] = &[1, 2, 3, 4, 6, 8, 12];

/// Counts of sockets.
pub const SOCKETS: [MeasuredSocket; 5] = [
    MeasuredSocket {
        device: AMPEREONE,
        model: "llama-3-8b",
        format: WeightFormat::Q4KM,
        prompt: 128.0,
        processes: OF_192,
        sessions: [32, 16, 8, 1, 0],
    },
    MeasuredSocket {
        device: AMPEREONE,
        model: "llama-3-8b",
        format: WeightFormat::Q8_0,
        prompt: 128.0,
        processes: OF_192,
        sessions: [32, 16, 4, 0, 0],
    },
    MeasuredSocket {
        device: GRAVITON4,
        model: "llama-3.2-1b",
        format: WeightFormat::Q4KM,
        prompt: 512.0,
        processes: OF_96,
        sessions: [96, 64, 48, 32, 32],
    },
    MeasuredSocket {
        device: GRAVITON4,
        model: "llama-3.2-3b",
        format: WeightFormat::Q8_0,
        prompt: 512.0,
        processes: OF_96,
        sessions: [48, 32, 24, 16, 8],
    },
    MeasuredSocket {
        device: SAPPHIRE_RAPIDS,
        model: "llama-3.2-3b",
        format: WeightFormat::Q8_0,
        prompt: 512.0,
        processes: OF_96,
        sessions: [32, 24, 16, 12, 8],
    },
];

/// A batch of one copy of a model on accelerators.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasuredBatch {
    /// Catalog id of the accelerator.
    pub device: &'static str,
    /// Accelerators that share the copy.
    pub devices: u32,
    /// Catalog id of the model.
    pub model: &'static str,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// Sessions.
    pub sessions: u32,
    /// Tokens per second each of them got.
    pub speed: f64,
}

/// The largest published batches at 10 tokens/s and more for each session.
pub const BATCHED: [MeasuredBatch; 2] = [
    MeasuredBatch {
        device: "nvidia-h100-sxm-80gb",
        devices: 1,
        model: "llama-3.1-8b",
        format: WeightFormat::Bf16,
        sessions: 691,
        speed: 13.9,
    },
    MeasuredBatch {
        device: "nvidia-h100-sxm-80gb",
        devices: 4,
        model: "llama-3.1-70b",
        format: WeightFormat::Bf16,
        sessions: 511,
        speed: 11.6,
    },
];

/// Sessions measured on so many of a device, each at this speed or better, and the speed at which they were counted: the
/// next published above the one asked for, so that no more is said than was seen. `None`: nobody published any.
pub fn on(device: &str, devices: u32, model: &str, format: WeightFormat, target: f64) -> Option<(u32, f64)> {
    let socket = SOCKETS.iter().find(|row| (row.device, row.model, row.format) == (device, model, format));
    if let Some(row) = socket {
        let cells = TARGETS.into_iter().zip(row.sessions);
        let (speed, sessions) = cells.into_iter().find(|(speed, _)| *speed >= target * (1.0 - 1e-9))?;
        return Some((sessions.saturating_mul(devices), speed));
    }
    let batch = BATCHED.iter().find(|row| {
        (row.device, row.model, row.format) == (device, model, format) && row.devices <= devices && row.speed >= target
    })?;
    Some((batch.sessions.saturating_mul(devices / batch.devices.max(1)), batch.speed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, DeviceId, ModelId};

    #[test]
    fn what_was_measured_is_in_the_catalog() {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let pairs = SOCKETS.iter().map(|row| (row.device, row.model));
        for (device, model) in pairs.chain(BATCHED.iter().map(|row| (row.device, row.model))) {
            assert!(catalog.devices.get(&DeviceId::new(device)).is_some(), "{device}");
            assert!(catalog.models.get(&ModelId::new(model)).is_some(), "{model}");
        }
    }

    #[test]
    fn no_more_is_said_than_was_seen() {
        let ampere = |target| on(AMPEREONE, 1, "llama-3-8b", WeightFormat::Q4KM, target);
        assert_eq!(ampere(10.0), Some((8, 10.0)));
        assert_eq!(ampere(9.0), Some((8, 10.0)), "at the next speed published");
        assert_eq!(ampere(21.0), None);
        assert_eq!(on(AMPEREONE, 2, "llama-3-8b", WeightFormat::Q4KM, 10.0), Some((16, 10.0)));
        assert_eq!(on(AMPEREONE, 1, "llama-3-8b", WeightFormat::F16, 10.0), None);
        assert_eq!(on("nvidia-h100-sxm-80gb", 8, "llama-3.1-70b", WeightFormat::Bf16, 10.0), Some((1022, 11.6)));
        assert_eq!(on("nvidia-h100-sxm-80gb", 2, "llama-3.1-70b", WeightFormat::Bf16, 10.0), None);
    }
}
