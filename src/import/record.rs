//! One row of a benchmark file, whatever it was written in: named values, checked as they are asked for.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::{ImportError, Position};
use crate::units::{Seconds, TokensPerSecond};

/// Most bytes kept of one text; names and paths are far shorter.
const MAX_TEXT: usize = 1024;

/// Speeds of one row: from a phone swapping a model from its disk to a rack reading prompts.
const TOKENS_PER_SECOND: RangeInclusive<f64> = 1e-6..=1e9;

/// Times of one row, in milliseconds: from a thousandth to four months.
const MILLISECONDS: RangeInclusive<f64> = 1e-3..=1e10;

/// Longest context anything is measured with.
const MAX_TOKENS: u64 = 1_000_000_000;

/// One value as the file has it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    /// A number of JSON.
    Number(f64),
    /// Text; in CSV and markdown numbers are text too.
    Text(String),
    /// True or false.
    Bool(bool),
    /// There, and none of these: a list or an object.
    Other,
}

/// The fields of a row that this program knows, by name. Empty and null ones are left out.
#[derive(Debug)]
pub(super) struct Record {
    file: String,
    position: Position,
    fields: BTreeMap<&'static str, Scalar>,
}

/// Every field that is looked at. Others are skipped unread: per-request lists make up most of a serving result.
pub(super) const FIELDS: &[&str] = &[
    "avg_ts",
    "backend",
    "backends",
    "build_commit",
    "build_number",
    "completed",
    "concurrency",
    "cpu_info",
    "cuda",
    "date",
    "device",
    "devices",
    "duration",
    "endpoint_type",
    "engine",
    "engine_version",
    "gpu",
    "gpu_blas",
    "gpu_info",
    "hardware",
    "max_concurrency",
    "mean_e2e_latency_ms",
    "mean_itl_ms",
    "mean_tpot_ms",
    "mean_ttft_ms",
    "median_itl_ms",
    "median_tpot_ms",
    "median_ttft_ms",
    "metal",
    "model",
    "model_filename",
    "model_id",
    "model_n_params",
    "model_size",
    "model_type",
    "n_cpu_moe",
    "n_depth",
    "n_gen",
    "n_gpu_layers",
    "n_prompt",
    "n_threads",
    "num_prompts",
    "output_throughput",
    "quantization",
    "request_rate",
    "samples_ts",
    "server_info",
    "split_mode",
    "stddev_ts",
    "std_tpot_ms",
    "std_ttft_ms",
    "tensor_parallel_size",
    "test_time",
    "total_input_tokens",
    "total_output_tokens",
    "total_output_tokens_retokenized",
    "tp",
    "type_k",
    "type_v",
    "version",
    "vulkan",
    // Inside `server_info`.
    "server_info.model_path",
    "server_info.quantization",
    "server_info.tp_size",
    "server_info.version",
];

/// The field of this name, as it lives in the program.
pub(super) fn known(name: &str) -> Option<&'static str> {
    FIELDS.iter().copied().find(|field| *field == name)
}

impl Record {
    pub fn new(file: &str, position: Position) -> Self {
        Self { file: file.to_owned(), position, fields: BTreeMap::new() }
    }

    /// Puts a value in, unless it is empty. The last one of a name stays, as everywhere in JSON.
    pub fn put(&mut self, field: &'static str, value: Scalar) {
        let value = match value {
            Scalar::Text(text) => {
                let text = text.trim();
                if text.is_empty() {
                    return;
                }
                Scalar::Text(text.chars().take(MAX_TEXT).collect())
            }
            other => other,
        };
        self.fields.insert(field, value);
    }

    pub fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    /// An error about this row.
    pub fn error(&self, field: &str, message: impl Into<String>) -> ImportError {
        ImportError::Row {
            file: self.file.clone(),
            position: self.position,
            field: field.to_owned(),
            message: message.into(),
        }
    }

    /// Text, if there is any.
    pub fn text(&self, field: &str) -> Option<&str> {
        match self.fields.get(field)? {
            Scalar::Text(text) => Some(text),
            Scalar::Number(_) | Scalar::Bool(_) | Scalar::Other => None,
        }
    }

    /// Text, or a number as text: builds are written both ways.
    pub fn words(&self, field: &str) -> Option<String> {
        match self.fields.get(field)? {
            Scalar::Text(text) => Some(text.clone()),
            Scalar::Number(number) => Some(number.to_string()),
            Scalar::Bool(_) | Scalar::Other => None,
        }
    }

    /// Whether it is true, or 1.
    pub fn is_true(&self, field: &str) -> bool {
        match self.fields.get(field) {
            Some(Scalar::Bool(value)) => *value,
            Some(Scalar::Number(number)) => *number == 1.0,
            Some(Scalar::Text(text)) => text == "1" || text == "true",
            Some(Scalar::Other) | None => false,
        }
    }

    /// A number, if there is one.
    ///
    /// # Errors
    /// Something that is no finite number.
    fn number(&self, field: &str) -> Result<Option<f64>, ImportError> {
        let number = match self.fields.get(field) {
            None => return Ok(None),
            Some(Scalar::Number(number)) => *number,
            Some(Scalar::Text(text)) => text.parse().map_err(|_| self.not_a_number(field, text))?,
            Some(Scalar::Bool(value)) => return Err(self.not_a_number(field, &value.to_string())),
            Some(Scalar::Other) => return Err(self.not_a_number(field, "a list or an object")),
        };
        if number.is_finite() { Ok(Some(number)) } else { Err(self.not_a_number(field, &number.to_string())) }
    }

    fn not_a_number(&self, field: &str, text: &str) -> ImportError {
        let short: String = text.chars().take(40).collect();
        self.error(field, format!("`{short}` is not a finite number: correct it, or take the row out"))
    }

    /// A number in a range.
    ///
    /// # Errors
    /// Something that is no number of that range.
    pub fn amount(&self, field: &str, unit: &str, range: &RangeInclusive<f64>) -> Result<Option<f64>, ImportError> {
        let Some(number) = self.number(field)? else { return Ok(None) };
        if range.contains(&number) {
            return Ok(Some(number));
        }
        let (least, most) = (range.start(), range.end());
        Err(self.error(
            field,
            format!("{number} {unit} is not between {least} and {most}: correct it, or take the row out"),
        ))
    }

    /// A whole number from `least` to `most`.
    ///
    /// # Errors
    /// Something that is no such number.
    pub fn whole(&self, field: &str, least: i64, most: u64) -> Result<Option<i64>, ImportError> {
        let Some(number) = self.number(field)? else { return Ok(None) };
        // Both limits are below 2^53, where every whole float has one integer and a cast changes nothing.
        if number.fract() == 0.0 && number >= least as f64 && number <= most as f64 {
            return Ok(Some(number as i64));
        }
        Err(self.error(
            field,
            format!("{number} is not a whole number from {least} to {most}: correct it, or take the row out"),
        ))
    }

    /// A count from `least` to `most`.
    ///
    /// # Errors
    /// As [`Record::whole`].
    pub fn count(&self, field: &str, least: u32, most: u32) -> Result<Option<u32>, ImportError> {
        let whole = self.whole(field, least.into(), most.into())?;
        Ok(whole.and_then(|number| u32::try_from(number).ok()))
    }

    /// A number of tokens, of all requests of a run together at most.
    ///
    /// # Errors
    /// As [`Record::whole`].
    pub fn tokens(&self, field: &str) -> Result<Option<u32>, ImportError> {
        Ok(self.whole(field, 0, MAX_TOKENS)?.and_then(|number| u32::try_from(number).ok()))
    }

    /// A speed.
    ///
    /// # Errors
    /// Something that is none.
    pub fn speed(&self, field: &str) -> Result<Option<TokensPerSecond>, ImportError> {
        let number = self.amount(field, "tokens/s", &TOKENS_PER_SECOND)?;
        Ok(number.map(TokensPerSecond::from_tokens_per_second))
    }

    /// The deviation of a speed: zero is one too, as a single run has it.
    ///
    /// # Errors
    /// Something that is none.
    pub fn speed_deviation(&self, field: &str) -> Result<Option<TokensPerSecond>, ImportError> {
        let number = self.amount(field, "tokens/s", &(0.0..=*TOKENS_PER_SECOND.end()))?;
        Ok(number.map(TokensPerSecond::from_tokens_per_second))
    }

    /// A time given in milliseconds. Zero is "not measured": the benchmarks write it where answers came in one piece.
    ///
    /// # Errors
    /// Something that is none.
    pub fn time(&self, field: &str) -> Result<Option<Seconds>, ImportError> {
        if self.number(field)? == Some(0.0) {
            return Ok(None);
        }
        Ok(self.amount(field, "ms", &MILLISECONDS)?.map(Seconds::from_millis))
    }

    /// The deviation of a time given in milliseconds.
    ///
    /// # Errors
    /// Something that is none.
    pub fn time_deviation(&self, field: &str) -> Result<Option<Seconds>, ImportError> {
        Ok(self.amount(field, "ms", &(0.0..=*MILLISECONDS.end()))?.map(Seconds::from_millis))
    }
}
