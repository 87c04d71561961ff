//! What was measured on the user's own machines, kept with the plan: each row with a switch.
//!
//! A row is the catalog's [`Measurement`], whatever it came from. Plan files written before rows of other programs could be
//! kept hold whole live runs instead; one of those is read as one row for each of its figures.

use serde::{Deserialize, Deserializer, Serialize};

use super::Project;
use crate::catalog::{Catalog, Date, LiveRun, Measurement, ModelId, OwnRun, WeightFormat};
use crate::sizing::calibration::{OwnDevices, calibrate};
use crate::units::{Seconds, TokensPerSecond};

/// One measurement of the user's own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnMeasurement {
    /// What was measured.
    pub measurement: Measurement,
    /// Whether estimates use it.
    pub used: bool,
}

/// More rows than this are not one user's machines.
pub const MOST_MEASUREMENTS: usize = 5_000; // the planner's own, 2026-11-20
/// No text of a row is longer, in bytes.
pub const LONGEST_TEXT: usize = 1_000; // the planner's own, 2026-11-20

/// What became of rows that were to be added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Rows that are in the plan now and were not before.
    pub added: usize,
    /// Rows that were in it already.
    pub known: usize,
    /// Why others were not taken, each reason once.
    pub refused: Vec<String>,
}

impl Project {
    /// Adds rows of the user's own, each once.
    pub fn add_measurements(&mut self, rows: impl IntoIterator<Item = Measurement>) -> Added {
        let mut done = Added::default();
        for measurement in rows {
            let refusal = if self.measurements.len() >= MOST_MEASUREMENTS {
                Some(format!("a plan holds {MOST_MEASUREMENTS} measurements: take some out"))
            } else {
                impossible(&measurement)
            };
            if let Some(refusal) = refusal {
                if !done.refused.contains(&refusal) {
                    done.refused.push(refusal);
                }
            } else if self.measurements.iter().any(|own| own.measurement == measurement) {
                done.known += 1;
            } else {
                self.measurements.push(OwnMeasurement { measurement, used: true });
                done.added += 1;
            }
        }
        done
    }

    /// What the plan's measurements say about the devices of `catalog`, the plan's own.
    pub fn own_devices(&self, catalog: &Catalog) -> OwnDevices {
        calibrate(catalog, self.measurements.iter().map(|own| (&own.measurement, own.used)))
    }
}

impl Added {
    /// In words: "3 measurements added; 2 were there already".
    pub fn words(&self) -> String {
        let mut words = format!("{} measurement{} added", self.added, if self.added == 1 { "" } else { "s" });
        if self.known > 0 {
            words += &format!("; {} were there already", self.known);
        }
        for refusal in &self.refused {
            words += &format!("; not taken: {refusal}");
        }
        words
    }
}

/// Why a plan cannot hold a row. `None`: it can.
pub(super) fn impossible(row: &Measurement) -> Option<String> {
    let most = super::check::MOST;
    if !row.value.is_possible() || row.value.number() > most {
        return Some(format!("a {} that is not a number above 0 and up to {most:e}", row.value.label()));
    }
    if row.concurrency.is_some_and(|sessions| !(sessions > 0.0 && sessions <= most)) {
        return Some("a number of sessions at once that is not above 0".to_owned());
    }
    if row.device_count == Some(0) {
        return Some("no device at all shared the work".to_owned());
    }
    let texts = [
        Some(&row.source),
        Some(&row.device.text),
        Some(&row.model.text),
        row.engine_build.as_ref(),
        row.backend.as_ref(),
    ];
    texts
        .into_iter()
        .flatten()
        .any(|text| text.len() > LONGEST_TEXT)
        .then(|| format!("a name of more than {LONGEST_TEXT} bytes"))
}

/// A row as any program of this kind has written it: today's, or a live run with all of its figures.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    #[serde(default)]
    measurement: Option<Measurement>,
    #[serde(default)]
    used: Option<bool>,
    #[serde(default)]
    machine: Option<String>,
    #[serde(default)]
    threads: Option<u32>,
    #[serde(default)]
    date: Option<Date>,
    #[serde(default)]
    model: Option<ModelId>,
    #[serde(default)]
    format: Option<WeightFormat>,
    #[serde(default)]
    prompt_tokens: Option<u32>,
    #[serde(default)]
    output_tokens: Option<u32>,
    #[serde(default)]
    decode_tokens_per_second: Option<TokensPerSecond>,
    #[serde(default)]
    prefill_tokens_per_second: Option<TokensPerSecond>,
    #[serde(default)]
    time_to_first_token_s: Option<Seconds>,
}

impl Stored {
    /// `None`: neither of the two shapes in full.
    fn rows(self) -> Option<Vec<OwnMeasurement>> {
        let used = self.used.unwrap_or(true);
        if let Some(measurement) = self.measurement {
            return Some(vec![OwnMeasurement { measurement, used }]);
        }
        let run = LiveRun {
            own: OwnRun {
                machine: self.machine?,
                threads: self.threads?,
                date: self.date?,
                model: self.model,
                format: self.format,
                cache: None,
            },
            prompt_tokens: self.prompt_tokens?,
            output_tokens: self.output_tokens?,
            decode: self.decode_tokens_per_second?,
            prefill: self.prefill_tokens_per_second,
            time_to_first_token: self.time_to_first_token_s,
        };
        let rows = Vec::<Measurement>::from(run);
        Some(rows.into_iter().map(|measurement| OwnMeasurement { measurement, used }).collect())
    }
}

/// Reads the list of a plan file, of either shape.
pub(super) fn read<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<OwnMeasurement>, D::Error> {
    use serde::de::Error as _;
    let mut all = Vec::new();
    for stored in Vec::<Stored>::deserialize(from)? {
        all.extend(stored.rows().ok_or_else(|| D::Error::missing_field("measurement"))?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{MeasuredValue, Reading};

    fn run(decode: f64) -> Vec<Measurement> {
        LiveRun {
            own: OwnRun {
                machine: "Some processor".to_owned(),
                threads: 8,
                date: Date::parse("2026-11-20").expect("a date"),
                model: None,
                format: Some(WeightFormat::Q4_1),
                cache: None,
            },
            prompt_tokens: 12,
            output_tokens: 40,
            decode: TokensPerSecond::from_tokens_per_second(decode),
            prefill: None,
            time_to_first_token: None,
        }
        .into()
    }

    #[test]
    fn a_row_is_added_once() {
        let mut project = Project::default_plan(Catalog::builtin().expect("sound"));
        assert_eq!(project.add_measurements(run(50.0)).added, 1);
        let again = project.add_measurements(run(50.0));
        assert_eq!((again.added, again.known, project.measurements.len()), (0, 1, 1));
        assert_eq!(again.words(), "0 measurements added; 1 were there already");
    }

    #[test]
    fn impossible_rows_are_not_taken() {
        let mut project = Project::default_plan(Catalog::builtin().expect("sound"));
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e300] {
            let done = project.add_measurements(run(bad));
            assert_eq!((done.added, done.refused.len()), (0, 1), "{bad}");
        }
        let mut long = run(50.0);
        long[0].source = "x".repeat(LONGEST_TEXT + 1);
        assert_eq!(project.add_measurements(long).added, 0);
        let mut crowd = run(50.0);
        crowd[0].concurrency = Some(f64::NAN);
        assert_eq!(project.add_measurements(crowd).added, 0);
        assert!(project.measurements.is_empty());
    }

    #[test]
    fn a_plan_holds_no_more_than_its_limit() {
        let mut project = Project::default_plan(Catalog::builtin().expect("sound"));
        let one = run(1.0).remove(0);
        project.measurements = vec![OwnMeasurement { measurement: one, used: false }; MOST_MEASUREMENTS];
        let done = project.add_measurements(run(2.0));
        assert_eq!(done.added, 0);
        assert!(done.words().contains("take some out"), "{}", done.words());
        let value =
            MeasuredValue::Decode(Reading { value: TokensPerSecond::from_tokens_per_second(3.0), deviation: None });
        assert_eq!(value.number(), 3.0);
    }
}
