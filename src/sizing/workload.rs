//! What is asked: which model in which format and context, on how many of which device.

use crate::catalog::{Device, Engine, KvFormat, Model, WeightFormat};

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
    /// Context each session may fill, in tokens: memory is reserved for it.
    pub context_tokens: u32,
    /// Prompt of a typical request, in tokens.
    pub prompt_tokens: u32,
    /// Answer to a typical request, in tokens.
    pub output_tokens: u32,
    /// Sessions at once on the hardware given.
    pub sessions: u32,
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
