//! How a model is run: what of a run besides device and model decides its speed.

use super::platform::Stack;
use crate::catalog::{Device, Engine};

/// The software's generation. Plans are made for [`Generation::Current`]; the others explain older measurements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Generation {
    /// Of 2025 and later.
    #[default]
    Current,
    /// llama.cpp and its kin of 2023 and 2024.
    Before2025,
    /// vLLM of 2023.
    Vllm2023,
    /// LocalScore's llamafile.
    LocalScore,
    /// llama.rn, inside phone apps.
    LlamaRn,
}

/// How several devices share one copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Parallel {
    /// Each device holds some layers: memory adds up, speed does not.
    #[default]
    Layers,
    /// Each device holds a part of every layer.
    Tensor,
    /// llama.cpp's row split of 2023: as [`Parallel::Tensor`], with an exchange after each product.
    Rows,
}

/// Who measures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Client {
    /// The engine's own benchmark.
    #[default]
    Benchmark,
    /// An application reports what the engine says.
    App,
    /// An application divides tokens by wall time.
    WallClock,
}

/// Conditions of a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// What drives the device.
    pub stack: Stack,
    /// The software's age.
    pub generation: Generation,
    /// Devices that hold one copy between them; 1 or more.
    pub devices: u32,
    /// How they share it.
    pub parallel: Parallel,
    /// Threads of a processor. `None`: one a core.
    pub threads: Option<u32>,
    /// Whether the card hangs on a single-board computer.
    pub board_host: bool,
    /// Who measures.
    pub client: Client,
    /// Prompt tokens worked on at once.
    pub micro_batch: u32,
}

/// Prompt tokens worked on at once by default (`-ub`).
const MICRO_BATCH: u32 = 512; // llama.cpp common/common.h, n_ubatch, 2026

impl Conditions {
    /// Current software on the device's usual stack.
    pub fn usual(device: &Device, engine: Engine, devices: u32) -> Self {
        Self {
            stack: Stack::usual(device),
            generation: Generation::Current,
            devices: devices.max(1),
            parallel: match engine {
                Engine::LlamaCpp | Engine::ExLlama | Engine::Mlx => Parallel::Layers,
                Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm | Engine::MlcLlm => Parallel::Tensor,
            },
            threads: None,
            board_host: false,
            client: Client::Benchmark,
            micro_batch: MICRO_BATCH,
        }
    }

    /// Devices that read different bytes at the same time.
    pub fn together(&self) -> f64 {
        match self.parallel {
            Parallel::Layers => 1.0,
            Parallel::Tensor | Parallel::Rows => f64::from(self.devices.max(1)),
        }
    }

    /// Software of before 2025, LocalScore not counted.
    pub const fn before_2025(&self) -> bool {
        match self.generation {
            Generation::Before2025 | Generation::Vllm2023 => true,
            Generation::Current | Generation::LocalScore | Generation::LlamaRn => false,
        }
    }

    /// LocalScore's llamafile.
    pub const fn localscore(&self) -> bool {
        matches!(self.generation, Generation::LocalScore)
    }
}
