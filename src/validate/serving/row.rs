//! One row of a table of served measurements, and reading such a table.

use serde::Deserialize;

use crate::sizing::serving::ServedFigures;
use crate::validate::ValidateError;

/// A published served run. A cell nobody filled is `None`; columns this program does not know are ignored.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ServedRow {
    /// Name of the row.
    pub case: String,
    /// Catalog id of the device.
    pub device: String,
    /// Devices in all; 1 where the source does not say.
    pub device_count: Option<f64>,
    /// Catalog id of the model.
    pub model: String,
    /// Catalog name of the weight format.
    pub weight_format: String,
    /// Catalog name of the engine.
    pub engine: String,
    /// Its version as the source writes it.
    pub engine_version: String,
    /// Devices that cut each matrix between them.
    pub tensor_parallel: Option<f64>,
    /// Devices that experts are spread over.
    pub expert_parallel: Option<f64>,
    /// Groups that attend on their own, as labelled.
    pub data_parallel: Option<f64>,
    /// Sessions at once.
    pub concurrency: Option<f64>,
    /// Tokens of a prompt.
    pub prompt_tokens: Option<f64>,
    /// Tokens of an answer.
    pub output_tokens: Option<f64>,
    /// Measured time to the first token. Never read for an estimate.
    pub ttft_ms: Option<f64>,
    /// Measured time per output token. Never read for an estimate.
    pub tpot_ms: Option<f64>,
    /// Measured throughput. Never read for an estimate.
    pub output_tps: Option<f64>,
    /// Measured power of the devices. Never read for an estimate.
    pub gpu_power_w: Option<f64>,
    /// Who published it. Never read for an estimate.
    pub source: String,
}

/// What is estimated of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantity {
    /// Time per output token, milliseconds.
    PerToken,
    /// Time to the first token, milliseconds.
    FirstToken,
    /// Output tokens per second of all sessions.
    Throughput,
    /// Power of all devices, watts.
    Power,
}

impl Quantity {
    /// All, in the order they are written.
    pub const ALL: [Self; 4] = [Self::PerToken, Self::FirstToken, Self::Throughput, Self::Power];

    /// As written to files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::PerToken => "tpot_ms",
            Self::FirstToken => "ttft_ms",
            Self::Throughput => "output_tps",
            Self::Power => "gpu_power_w",
        }
    }

    /// Low, likely and high in the unit of the column. `None`: not estimated.
    pub fn of(self, figures: &ServedFigures) -> Option<[f64; 3]> {
        let three = |low: f64, likely: f64, high: f64| Some([low, likely, high]);
        match self {
            Self::PerToken => {
                let f = &figures.per_token;
                three(f.low.as_millis(), f.likely.as_millis(), f.high.as_millis())
            }
            Self::FirstToken => {
                let f = &figures.first_token;
                three(f.low.as_millis(), f.likely.as_millis(), f.high.as_millis())
            }
            Self::Throughput => {
                let f = &figures.throughput;
                three(f.low.as_tokens_per_second(), f.likely.as_tokens_per_second(), f.high.as_tokens_per_second())
            }
            Self::Power => {
                let f = figures.power.as_ref()?;
                three(f.low.as_watts(), f.likely.as_watts(), f.high.as_watts())
            }
        }
    }

    /// What was measured, in the same unit. `None`: the source does not say.
    pub fn measured(self, row: &ServedRow) -> Option<f64> {
        match self {
            Self::PerToken => row.tpot_ms,
            Self::FirstToken => row.ttft_ms,
            Self::Throughput => row.output_tps,
            Self::Power => row.gpu_power_w,
        }
        .filter(|value| *value > 0.0 && value.is_finite())
    }
}

/// Reads a table.
///
/// # Errors
/// It is not CSV, or a cell is no number where one belongs.
pub fn read(from: impl std::io::Read) -> Result<Vec<ServedRow>, ValidateError> {
    let rows: Result<Vec<ServedRow>, csv::Error> = csv::Reader::from_reader(from).deserialize().collect();
    Ok(rows?)
}
