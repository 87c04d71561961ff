//! One row of a table of measured speeds, and reading such a table.

use serde::Deserialize;

use crate::validate::ValidateError;

/// A published speed. A cell nobody filled is `None`; columns this program does not know are ignored.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct SpeedRow {
    /// Name of the row.
    pub case: String,
    /// Catalog id of the device.
    pub device: String,
    /// Devices that share one copy.
    pub device_count: Option<f64>,
    /// `layer` or `tensor`.
    pub parallel: String,
    /// Catalog id of the model.
    pub model: String,
    /// Catalog name of the weight format.
    pub weight_format: String,
    /// Catalog name of the engine.
    pub engine: String,
    /// What drives the device.
    pub backend: String,
    /// Copies of the program on a processor that was partitioned.
    pub processes: Option<f64>,
    /// Threads of each.
    pub threads_per_process: Option<f64>,
    /// Tokens of the prompt.
    pub prompt_tokens: Option<f64>,
    /// Tokens in the cache before.
    pub depth_tokens: Option<f64>,
    /// Tokens generated.
    pub output_tokens: Option<f64>,
    /// Sessions at once.
    pub concurrency: Option<f64>,
    /// `decode_tps`, `prefill_tps` or `total_tps`.
    pub metric: String,
    /// The speed measured. Never read for an estimate.
    pub measured: Option<f64>,
    /// `A`, `B` or `C`: a named benchmark, a community run, a single submission. Never read for an estimate.
    pub trust: String,
    /// Engine, build, backend and host in the source's own words.
    pub runtime: String,
    /// Who published it. Never read for an estimate.
    pub source: String,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Metric {
    /// Generated tokens per second of one session.
    Decode,
    /// Prompt tokens per second.
    Prefill,
}

impl SpeedRow {
    /// What the row measures. `None`: something this form does not speak of.
    pub fn quantity(&self) -> Option<Metric> {
        match self.metric.as_str() {
            "decode_tps" => Some(Metric::Decode),
            "prefill_tps" => Some(Metric::Prefill),
            _ => None,
        }
    }

    /// Tokens before the middle of the run's answer.
    pub fn decode_depth(&self) -> f64 {
        let or_zero = |cell: Option<f64>| cell.unwrap_or(0.0).max(0.0);
        or_zero(self.depth_tokens) + or_zero(self.prompt_tokens) + or_zero(self.output_tokens) / 2.0
    }

    /// A cell as a count; zero where it is empty or out of range.
    pub fn count(cell: Option<f64>) -> u32 {
        // A float-to-integer cast saturates, and NaN becomes zero.
        cell.unwrap_or(0.0).round() as u32
    }
}

/// Reads a table.
///
/// # Errors
/// It is not CSV, or a cell is no number where one belongs; the message has the line.
pub fn read(from: impl std::io::Read) -> Result<Vec<SpeedRow>, ValidateError> {
    csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(from).deserialize().map(|row| Ok(row?)).collect()
}
