//! Sessions that were measured: published grids of processors, and the largest published batches of accelerators, at so many
//! tokens per second for each session. Compared with estimates, and drawn beside them where the plan asks for about the same.
//!
//! Sources: AmpereComputingAI/llama.cpp example results (CSV files, llama.cpp built by Ampere r1.2.6 and upstream), read
//! 2026-08; ML.ENERGY leaderboard, lm-arena-chat, vLLM, read 2026. Speed of each is the throughput over the sessions.

use super::Sense;
use crate::catalog::{Engine, WeightFormat};

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
    /// Tokens of the answers, on average. Those of the prompts were not published.
    pub answer: f64,
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
        answer: 397.0,
        sessions: 691,
        speed: 13.9,
    },
    MeasuredBatch {
        device: "nvidia-h100-sxm-80gb",
        devices: 4,
        model: "llama-3.1-70b",
        format: WeightFormat::Bf16,
        answer: 350.0,
        sessions: 511,
        speed: 11.6,
    },
];

/// Prompt of a chat request whose length is not published, as those of [`BATCHED`], in tokens: ML.ENERGY's chat
/// conversations, fitted with the rest, 2026-11.
pub const CHAT_PROMPT: f64 = 150.0;
/// Lengths up to this many times apart are about the same.
const COMPARABLE: f64 = 2.0; // the planner's own, 2026-11-29

/// What a plan asks for, to be compared with what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked<'a> {
    /// Catalog id of the device.
    pub device: &'a str,
    /// How many of it.
    pub devices: u32,
    /// Catalog id of the model.
    pub model: &'a str,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// What runs it.
    pub engine: Engine,
    /// Which speed of a session counts.
    pub sense: Sense,
    /// Tokens per second of each session, at least.
    pub target: f64,
    /// Tokens of a prompt and of an answer.
    pub lengths: (u32, u32),
}

/// What was measured of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Sessions on all of the devices.
    pub sessions: u32,
    /// What each of them got at least, tokens per second: the speed asked for, or the next published above it, so that no
    /// more is said than was seen.
    pub speed: f64,
    /// Tokens of the prompts. `None`: not published.
    pub prompt: Option<u32>,
    /// Tokens of the answers.
    pub answer: u32,
}

/// Sessions measured of the same device, model and format, by the same engine, with prompts and answers of comparable
/// lengths. The counts are by the mean each session was delivered. `None`: nobody published any.
pub fn on(asked: &Asked<'_>) -> Option<Found> {
    let Asked { device, devices, model, format, engine, sense, target, lengths } = *asked;
    let same = (device, model, format);
    let alike = |prompt: f64, answer: f64| {
        let within = |measured: f64, asked: u32| {
            let times = measured / f64::from(asked);
            (1.0 / COMPARABLE..=COMPARABLE).contains(&times)
        };
        within(prompt, lengths.0) && within(answer, lengths.1)
    };
    if sense != Sense::Mean {
        return None;
    }
    if let Some(row) = SOCKETS.iter().find(|row| (row.device, row.model, row.format) == same) {
        if engine != Engine::LlamaCpp || !alike(row.prompt, f64::from(ANSWER)) {
            return None;
        }
        let cells = TARGETS.into_iter().zip(row.sessions);
        let (speed, sessions) = cells.into_iter().find(|(speed, _)| *speed >= target * (1.0 - 1e-9))?;
        // Whole tokens.
        let prompt = Some(row.prompt as u32);
        return Some(Found { sessions: sessions.saturating_mul(devices), speed, prompt, answer: ANSWER });
    }
    let row = BATCHED.iter().find(|row| {
        (row.device, row.model, row.format) == same && row.devices <= devices && row.speed >= target * (1.0 - 1e-9)
    })?;
    let copies = devices / row.devices.max(1);
    (engine == Engine::Vllm && alike(CHAT_PROMPT, row.answer)).then(|| Found {
        sessions: row.sessions.saturating_mul(copies),
        speed: row.speed,
        prompt: None,
        answer: row.answer as u32,
    })
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

    fn ampere(devices: u32) -> Asked<'static> {
        Asked {
            device: AMPEREONE,
            devices,
            model: "llama-3-8b",
            format: WeightFormat::Q4KM,
            engine: Engine::LlamaCpp,
            sense: Sense::Mean,
            target: 10.0,
            lengths: (128, 256),
        }
    }

    fn h100(devices: u32, model: &'static str) -> Asked<'static> {
        Asked {
            device: "nvidia-h100-sxm-80gb",
            model,
            format: WeightFormat::Bf16,
            engine: Engine::Vllm,
            lengths: (150, 350),
            ..ampere(devices)
        }
    }

    fn count(asked: Asked<'_>) -> Option<(u32, f64)> {
        on(&asked).map(|found| (found.sessions, found.speed))
    }

    #[test]
    fn no_more_is_said_than_was_seen() {
        assert_eq!(count(ampere(1)), Some((8, 10.0)));
        assert_eq!(count(Asked { target: 9.0, ..ampere(1) }), Some((8, 10.0)), "at the next speed published");
        assert_eq!(count(Asked { target: 21.0, ..ampere(1) }), None);
        assert_eq!(count(ampere(2)), Some((16, 10.0)));
        assert_eq!(count(Asked { format: WeightFormat::F16, ..ampere(1) }), None);
        assert_eq!(count(h100(8, "llama-3.1-70b")), Some((1022, 11.6)));
        assert_eq!(count(h100(2, "llama-3.1-70b")), None);
        assert_eq!(on(&ampere(1)).map(|found| (found.prompt, found.answer)), Some((Some(128), 256)));
    }

    #[test]
    fn another_engine_sense_or_length_was_not_measured() {
        for asked in [ampere(1), h100(1, "llama-3.1-8b")] {
            assert!(on(&asked).is_some(), "{asked:?}");
            for other in [
                Asked { engine: Engine::Sglang, ..asked },
                Asked { sense: Sense::P95, ..asked },
                Asked { sense: Sense::Median, ..asked },
                Asked { lengths: (2_000, asked.lengths.1), ..asked },
                Asked { lengths: (asked.lengths.0, 100), ..asked },
                Asked { lengths: (asked.lengths.0, 0), ..asked },
            ] {
                assert_eq!(on(&other), None, "{other:?}");
            }
            let (prompt, answer) = asked.lengths;
            assert!(on(&Asked { lengths: (prompt * 3 / 2, answer * 3 / 2), ..asked }).is_some(), "comparable");
        }
        assert_eq!(count(Asked { engine: Engine::LlamaCpp, ..h100(1, "llama-3.1-8b") }), None, "the rows are of vLLM");
    }
}
