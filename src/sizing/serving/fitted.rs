//! Constants and bands of serving together, as the fitting program wrote them.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::band::ServingBands;
use super::local::LocalConstants;
use super::processors::FittedProcessors;
use super::served::{PowerConstants, ServedConstants};

/// What a fit found, with what it was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FittedServing {
    /// Version of this file's layout.
    pub version: u32,
    /// Day of the fit, `YYYY-MM-DD`.
    pub date: String,
    /// Served measurements it rests on; time to the first token; throughput and power.
    pub served_rows: (u32, u32, u32),
    /// Families of models among them.
    pub families: u32,
    /// Devices they were served on, by catalog id.
    pub devices: Vec<String>,
    /// Measurements of partitioned processors, and of llama.cpp batches on graphics.
    pub local_rows: (u32, u32),
    /// Graphics with such batches, by catalog id.
    pub local_devices: Vec<String>,
    /// Served engines.
    pub served: ServedConstants,
    /// Their power.
    pub power: PowerConstants,
    /// Partitioned processors.
    pub processors: FittedProcessors,
    /// llama.cpp batches on graphics.
    pub local: LocalConstants,
    /// Bands.
    pub bands: ServingBands,
}

/// The layout this program writes.
pub const VERSION: u32 = 2;

static BUILTIN: LazyLock<FittedServing> = LazyLock::new(|| {
    // A file that does not parse leaves the priors with their wide bands: no number is lost, and a test fails.
    FittedServing::from_ron_str(include_str!("../../../data/constants/serving.ron"))
        .unwrap_or_else(|_| FittedServing::unfitted())
});

impl FittedServing {
    /// The fit that comes with the program.
    pub fn builtin() -> &'static Self {
        &BUILTIN
    }

    /// Priors and wide bands, before any measurement.
    pub fn unfitted() -> Self {
        Self {
            version: VERSION,
            date: "2026-11-20".to_owned(),
            served_rows: (0, 0, 0),
            families: 0,
            devices: Vec::new(),
            local_rows: (0, 0),
            local_devices: Vec::new(),
            served: ServedConstants::prior(),
            power: PowerConstants::prior(),
            processors: FittedProcessors::unfitted(),
            local: LocalConstants::prior(),
            bands: ServingBands::WIDE,
        }
    }

    /// Reads a fit.
    ///
    /// # Errors
    /// What is wrong with the text, with line and column.
    pub fn from_ron_str(text: &str) -> Result<Self, ron::error::SpannedError> {
        ron::from_str(text)
    }

    /// Where the constants come from, for a basis.
    pub fn source(&self) -> String {
        let (rows, _, _) = self.served_rows;
        if rows == 0 {
            return "physical starting values, not fitted".to_owned();
        }
        format!("fitted on {rows} published served measurements of {} model families, {}", self.families, self.date)
    }

    /// The same for partitioned processors and local batches.
    pub fn local_source(&self) -> String {
        let (processors, graphics) = self.local_rows;
        format!(
            "fitted on {processors} published runs of {} partitioned processors and {graphics} of {} devices with \
             batches, {}",
            self.processors.measured.len(),
            self.local_devices.len(),
            self.date
        )
    }

    /// Whether a device was among those served on.
    pub fn knows(&self, device: &str) -> bool {
        self.devices.iter().any(|known| known == device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_constants_parse_and_are_fitted() {
        let text = include_str!("../../../data/constants/serving.ron");
        let fitted = FittedServing::from_ron_str(text).expect("data/constants/serving.ron parses");
        assert_eq!(fitted.version, VERSION);
        assert!(fitted.served_rows.0 > 1_000 && fitted.families > 8, "{:?}", fitted.served_rows);
        assert!(fitted.served.to_values().iter().all(|value| value.is_finite() && *value > 0.0));
    }
}
