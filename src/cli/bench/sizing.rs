//! What the sizing foresees of several sequences on this machine, to stand beside what was measured.

use super::Arguments;
use super::kept::{ran, today};
use crate::catalog::{Catalog, Device, Engine, KvFormat, Model, WeightFormat};
use crate::import::ThisMachine;
use crate::import::ran::kv_format;
use crate::infer::{Bench, Together};
use crate::sizing::serving::{BatchedRun, FittedServing, batched_total};
use crate::sizing::{Figure, Refusal};
use crate::units::TokensPerSecond;

/// Model and machine as the sizing knows them.
pub(super) struct Foreseen {
    device: Device,
    /// `Err`: why it does not know the model, in words.
    model: Result<(&'static Model, WeightFormat), String>,
    kv_format: KvFormat,
    threads: Option<u32>,
}

impl Foreseen {
    /// Of what was loaded, on a machine whose memory was measured.
    pub fn of(arguments: &Arguments, bench: &Bench, machine: &ThisMachine) -> anyhow::Result<Self> {
        let catalog = Catalog::builtin()?;
        let ran = ran(arguments, bench, catalog);
        let model = ran.known().and_then(|(id, format)| {
            let model = catalog.models.get(id).ok_or_else(|| format!("`{id}` is not in the catalog"))?;
            Ok((model, format))
        });
        Ok(Self {
            device: machine.device(None, today()?),
            model,
            kv_format: kv_format(bench.cache()),
            threads: u32::try_from(bench.threads()).ok(),
        })
    }

    /// Tokens per second that all generate together: as the sizing has llama.cpp with one copy of the model on this
    /// processor, before any measurement of it.
    ///
    /// # Errors
    /// There is no honest number.
    pub fn generation(&self, asked: &Together) -> Result<Figure<TokensPerSecond>, Refusal> {
        let refuse = |reason: &String| Refusal { reason: reason.clone(), nearest: None };
        let (model, format) = self.model.as_ref().map_err(refuse)?;
        let run = BatchedRun {
            model,
            format: *format,
            kv_format: self.kv_format,
            device: &self.device,
            devices: 1,
            engine: Engine::LlamaCpp,
            age: 0.0,
            processes: 1,
            threads: self.threads,
            vendor_build: false,
            sessions: asked.sequences as f64,
            prompt_tokens: (asked.depth + asked.prompt_tokens) as f64,
            output_tokens: asked.generate_tokens as f64,
        };
        batched_total(FittedServing::builtin(), &run)
    }
}
