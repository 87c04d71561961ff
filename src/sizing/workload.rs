//! What is asked: which model in which format and context, on how many of which device.

use smol_str::ToSmolStr;

use super::BasisInput;
use crate::catalog::{Device, Engine, EngineProfile, EngineSettings, KvFormat, Model, Standing, WeightFormat};

/// A model and how it is to be run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Workload<'a> {
    /// The model.
    pub model: &'a Model,
    /// How its weights are stored.
    pub format: WeightFormat,
    /// How its cache is stored.
    pub kv_format: KvFormat,
    /// The program that runs it.
    pub engine: Engine,
    /// How that program is set up. `None`, or a profile of another program: its default settings.
    pub profile: Option<&'a EngineProfile>,
    /// Context each session may fill, in tokens: memory is reserved for it.
    pub context_tokens: u32,
    /// Prompt of a typical request, in tokens.
    pub prompt_tokens: u32,
    /// Answer to a typical request, in tokens.
    pub output_tokens: u32,
    /// Sessions at once on the hardware given.
    pub sessions: u32,
}

impl Workload<'_> {
    /// What the engine's memory is counted from.
    pub fn settings(&self) -> EngineSettings {
        self.own_profile().map_or(EngineSettings::of(self.engine), |profile| profile.settings)
    }

    fn own_profile(&self) -> Option<&EngineProfile> {
        self.profile.filter(|profile| profile.engine == self.engine)
    }

    /// One number of the settings as an input, with the source its profile names. `field` is its path there.
    pub fn setting(&self, name: &str, value: impl ToSmolStr, field: &str) -> BasisInput {
        match self.own_profile() {
            Some(profile) => {
                let source = &profile.provenance;
                let words = format!("{}: {}", profile.name, source.cited(field));
                BasisInput::new(name, value, source.standing_of(field), words)
            }
            None => {
                BasisInput::new(name, value, Standing::Cited, format!("{} default settings, 2026", self.engine.label()))
            }
        }
    }
}

/// Devices that work on one copy of the model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardware<'a> {
    /// The device.
    pub device: &'a Device,
    /// How many of it hold one copy between them; 1 or more.
    pub count: u32,
    /// Memory in place of the device's own: what is fitted around a processor. `None`: the device's.
    pub memory: Option<crate::units::Bytes>,
}

impl Hardware<'_> {
    /// Memory of all devices together. `None`: unknown.
    pub fn memory_in_all(&self) -> Option<crate::units::Bytes> {
        self.memory.or(self.device.memory).map(|each| each * u64::from(self.count))
    }
}
