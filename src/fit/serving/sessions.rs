//! Sessions a socket carries at a speed each, counted with its processor left out of the fit, beside what was measured.
//!
//! Measured: AmpereComputingAI/llama.cpp example results (Ampere density and AWS runs), 2025: the most sessions of the
//! published grid of processes and batches whose share of the total is at least the target. Estimated on the same grid,
//! with the promise made from the other processors, and without the maker's own build: plans know of none.

use std::collections::BTreeMap;

use crate::catalog::{Catalog, DeviceId, Engine, KvFormat, ModelId, WeightFormat};
use crate::sizing::serving::alone;
use crate::sizing::serving::band::Promise;
use crate::sizing::serving::processors::{self, Offsets, Partition, Pass, ProcessorConstants, Socket};
use crate::sizing::weights;
use crate::units::TokensPerSecond;

/// Speeds of the table, tokens per second for each session.
pub const TARGETS: [f64; 5] = [5.0, 7.5, 10.0, 15.0, 20.0];

/// A row of the table: one model on one socket.
struct Measured {
    device: &'static str,
    model: &'static str,
    format: WeightFormat,
    /// Tokens of the prompts.
    prompt: f64,
    /// Processes of the published grid.
    processes: &'static [u32],
    /// Most sessions at each of the targets.
    sessions: [u32; 5],
}

/// Batches of the published grids.
const BATCHES: [u32; 6] = [1, 2, 4, 8, 16, 32];
/// Tokens of the answers.
const ANSWER: u32 = 256;
const AMPEREONE: &str = "ampereone-a192";
const GRAVITON4: &str = "aws-graviton4-96-vcpu";
const SAPPHIRE_RAPIDS: &str = "intel-xeon-8488c-sapphire-rapids-aws-m7i-96-vcpu";

const TABLE: [Measured; 5] = [
    Measured {
        device: AMPEREONE,
        model: "llama-3-8b",
        format: WeightFormat::Q4KM,
        prompt: 128.0,
        processes: &[1, 2, 4, 6, 8, 12],
        sessions: [32, 16, 8, 1, 0],
    },
    Measured {
        device: AMPEREONE,
        model: "llama-3-8b",
        format: WeightFormat::Q8_0,
        prompt: 128.0,
        processes: &[1, 2, 4, 6, 8, 12],
        sessions: [32, 16, 4, 0, 0],
    },
    Measured {
        device: GRAVITON4,
        model: "llama-3.2-1b",
        format: WeightFormat::Q4KM,
        prompt: 512.0,
        processes: &[1, 2, 3, 4, 6, 8, 12],
        sessions: [96, 64, 48, 32, 32],
    },
    Measured {
        device: GRAVITON4,
        model: "llama-3.2-3b",
        format: WeightFormat::Q8_0,
        prompt: 512.0,
        processes: &[1, 2, 3, 4, 6, 8, 12],
        sessions: [48, 32, 24, 16, 8],
    },
    Measured {
        device: SAPPHIRE_RAPIDS,
        model: "llama-3.2-3b",
        format: WeightFormat::Q8_0,
        prompt: 512.0,
        processes: &[1, 2, 3, 4, 6, 8, 12],
        sessions: [32, 24, 16, 12, 8],
    },
];

/// One count beside its measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// Catalog id of the device.
    pub device: &'static str,
    /// Catalog id of the model.
    pub model: &'static str,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// Tokens per second for each session.
    pub target: f64,
    /// Most sessions measured.
    pub measured: u32,
    /// Most sessions estimated, on the same grid.
    pub estimated: u32,
    /// Steps of the grid that the estimate is above the measurement.
    pub above: i64,
}

impl Cell {
    /// Exact, or one step of the grid on the safe side.
    pub fn is_right(&self) -> bool {
        matches!(self.above, -1 | 0)
    }

    /// More than one step too high.
    pub fn is_too_high(&self) -> bool {
        self.above > 1
    }
}

/// The table, estimated with constants that the row's processor had no part in.
pub fn cells(without: &BTreeMap<String, ProcessorConstants>, promise: impl Fn(&str) -> Promise) -> Vec<Cell> {
    TABLE
        .iter()
        .filter_map(|row| {
            let constants = without.get(row.device)?;
            row.cells(constants, promise(row.device))
        })
        .flatten()
        .collect()
}

impl Measured {
    fn cells(&self, constants: &ProcessorConstants, promise: Promise) -> Option<Vec<Cell>> {
        let catalog = Catalog::builtin().ok()?;
        let device = catalog.devices.get(&DeviceId::new(self.device))?;
        let model = catalog.models.get(&ModelId::new(self.model))?;
        let socket = Socket::of(device).ok()?;
        let count = weights::count(model, self.format, Engine::LlamaCpp).ok()?;
        let depth = self.prompt + f64::from(ANSWER) / 2.0;
        let alone = alone::time(model, self.format, KvFormat::F16, (device, 1), &count, (depth, ANSWER));
        let pass = Pass::of(model, self.format, &count, depth, false, alone);
        let speeds: Vec<(u32, f64)> = self
            .processes
            .iter()
            .flat_map(|processes| BATCHES.map(|batch| (*processes, batch)))
            .map(|(processes, batch)| {
                let threads = f64::from((socket.threads() / processes).max(1));
                let partition = Partition { processes: f64::from(processes), threads, batch: f64::from(batch) };
                let (step, _) = processors::step(constants, Offsets::default(), &socket, partition, &pass);
                let sessions = processes * batch;
                let speed = TokensPerSecond::from_step(step).as_tokens_per_second();
                (sessions, speed * promise.of(f64::from(sessions)))
            })
            .collect();
        let mut grid: Vec<u32> = speeds.iter().map(|(sessions, _)| *sessions).chain([0]).collect();
        grid.sort_unstable();
        grid.dedup();
        let step_of =
            |sessions: u32| grid.iter().position(|step| *step == sessions).and_then(|at| i64::try_from(at).ok());
        TARGETS
            .iter()
            .zip(self.sessions)
            .map(|(target, measured)| {
                let enough = speeds.iter().filter(|(_, speed)| speed >= target).map(|(sessions, _)| *sessions);
                let estimated = enough.max().unwrap_or(0);
                Some(Cell {
                    device: self.device,
                    model: self.model,
                    format: self.format,
                    target: *target,
                    measured,
                    estimated,
                    above: step_of(estimated)? - step_of(measured)?,
                })
            })
            .collect()
    }
}
