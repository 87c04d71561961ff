//! Constants, bands and calibration strength together, as the fitting program wrote them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::band::Bands;
use super::constants::SpeedConstants;

/// What a fit found, with what it was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedSpeed {
    /// Version of this file's layout.
    pub version: u32,
    /// Day of the fit, `YYYY-MM-DD`.
    pub date: String,
    /// Measurements it rests on.
    pub rows: u32,
    /// Devices they were made on.
    pub devices: u32,
    /// The constants.
    pub constants: SpeedConstants,
    /// Bands of decode speed.
    pub decode_bands: Bands,
    /// Bands of prefill speed.
    pub prefill_bands: Bands,
    /// How strongly rows of a device's own count.
    pub calibration: CalibrationStrength,
}

/// How strongly rows of a device's own shift its estimates; see `sizing::calibration`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationStrength {
    /// Generating tokens.
    pub decode: LikenessStrength,
    /// Reading prompts.
    pub prefill: LikenessStrength,
}

/// How far estimates of one device are off together: standard deviations of the logarithm.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LikenessStrength {
    /// Shared by runs as far as they are alike in one respect.
    pub alike: f64,
    /// Shared by runs with the same software on as many devices.
    pub same_run: f64,
    /// Of each row by itself.
    pub noise: f64,
}

/// The layout this program writes.
pub const VERSION: u32 = 2;

/// Path of the file in the project, for messages.
pub const PATH: &str = "data/constants/single_stream.ron";

static BUILTIN: LazyLock<FittedSpeed> = LazyLock::new(|| {
    // A file that does not parse leaves the priors with their wide bands: no number is lost, and a test fails.
    FittedSpeed::from_ron_str(include_str!("../../../data/constants/single_stream.ron"))
        .unwrap_or_else(|_| FittedSpeed::unfitted())
});

impl FittedSpeed {
    /// The fit that comes with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Priors and wide bands, before any measurement.
    pub fn unfitted() -> Self {
        Self {
            version: VERSION,
            date: "2026-11-20".to_owned(),
            rows: 0,
            devices: 0,
            constants: SpeedConstants::prior(),
            decode_bands: Bands::unfitted(),
            prefill_bands: Bands::unfitted(),
            calibration: CalibrationStrength {
                decode: LikenessStrength { alike: 0.10, same_run: 0.20, noise: 0.10 },
                prefill: LikenessStrength { alike: 0.10, same_run: 0.20, noise: 0.20 },
            },
        }
    }

    /// Reads a fit.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column.
    pub fn from_ron_str(text: &str) -> Result<Self, ron::error::SpannedError> {
        ron::from_str(text)
    }

    /// Where the constants come from, for the basis.
    pub fn source(&self) -> String {
        if self.rows == 0 {
            return "physical starting values, not fitted".to_owned();
        }
        format!("fitted on {} published measurements of {} devices, {}", self.rows, self.devices, self.date)
    }
}
