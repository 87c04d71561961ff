//! Estimates of served rows beside measurements: what `sizewright validate serving` writes.
//!
//! An estimate is made from the columns that say what was run. The measured columns (`ttft_ms`, `tpot_ms`, `p95_itl_ms`,
//! `output_tps`, `gpu_power_w`) and `source` are read afterwards, for the summary and for fitting only.

pub mod row;
pub mod summary;

use super::{Status, ValidateError};
use crate::catalog::{Catalog, Device, Engine, KvFormat, WeightFormat};
use crate::sizing::serving::measured::CHAT_PROMPT;
use crate::sizing::serving::{Between, FittedServing, ServedFigures, Serving, Split, served, served::build};
pub use row::{Quantity, ServedRow};
pub use summary::summary;

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Estimates.
    Estimated(Box<ServedFigures>),
    /// It cannot be run, with the reason.
    Refused(String),
    /// It is not known, with the reason.
    Unknown(String),
}

/// A row as a way of serving.
///
/// # Errors
/// What of it is not known.
pub fn serving<'a>(catalog: &'a Catalog, row: &ServedRow) -> Result<Serving<'a>, String> {
    let (device, model) = super::named(catalog, &row.device, &row.model)?;
    let format: WeightFormat = row.weight_format.parse()?;
    let engine: Engine = row.engine.parse()?;
    if !row.concurrency.is_some_and(|sessions| sessions >= 1.0 && sessions.is_finite()) {
        return Err("the number of sessions is missing".to_owned());
    }
    let prompt = row.prompt_tokens.filter(|tokens| *tokens >= 1.0 && tokens.is_finite());
    let version = row.engine_version.as_str();
    // Rows without prompt and version are ML.ENERGY's, run under vLLM 0.11.
    let age = match prompt {
        None if version.is_empty() => build::age_of(Engine::Vllm, "0.11") + 0.13,
        _ => build::age_of(engine, version),
    };
    Ok(Serving {
        model,
        format,
        kv_format: usual_cache(engine, format, device),
        engine,
        settings: None,
        age,
        device,
        split: split(row),
        prompt_tokens: prompt.unwrap_or(CHAT_PROMPT),
        output_tokens: row.output_tokens.filter(|tokens| *tokens >= 1.0 && tokens.is_finite()).unwrap_or(512.0),
        guessing: false,
    })
}

/// Rows without a prompt length publish the median time between tokens.
pub fn between(row: &ServedRow) -> Between {
    if row.prompt_tokens.is_some() { Between::Mean } else { Between::Median }
}

/// How the row's devices share one copy. Where the count is not stated, it is what its parallel widths need; widths beyond
/// a server of eight are labels of something else.
fn split(row: &ServedRow) -> Split {
    // A float-to-integer cast saturates, and NaN becomes zero.
    let width = |cell: Option<f64>| (cell.unwrap_or(1.0).round() as u32).max(1);
    let (stated, tensor, expert) =
        (width(row.device_count), width(row.tensor_parallel), width(row.expert_parallel).min(8));
    let devices = if stated > 1 { stated.max(tensor) } else { tensor.max(expert) };
    Split { devices, attention_shards: tensor.min(devices) }
}

/// How engines store the cache when nobody says: 8 bit with 8- and 4-bit weights, 16 bit otherwise and on 80 GB Hopper
/// under vLLM. Launch commands of InferenceX and ML.ENERGY, 2025-2026.
fn usual_cache(engine: Engine, format: WeightFormat, device: &Device) -> KvFormat {
    let small = matches!(
        format,
        WeightFormat::Fp8 | WeightFormat::Fp8Block | WeightFormat::Int8 | WeightFormat::Nvfp4 | WeightFormat::Mxfp4
    );
    let blackwell = device.rates.fp4.is_some();
    let roomy = device.memory.is_some_and(|memory| memory.as_gib() > 100.0);
    match engine {
        Engine::TensorRtLlm if small => KvFormat::Fp8,
        Engine::Vllm if small && (blackwell || roomy) => KvFormat::Fp8,
        _ if small && blackwell => KvFormat::Fp8,
        _ => KvFormat::F16,
    }
}

/// Estimates one row.
pub fn answer(catalog: &Catalog, fitted: &FittedServing, row: &ServedRow) -> Answer {
    match serving(catalog, row) {
        Err(reason) => Answer::Unknown(reason),
        Ok(way) => match served(fitted, &way, row.concurrency.unwrap_or(1.0), between(row)) {
            Ok(figures) => Answer::Estimated(Box::new(figures)),
            Err(refusal) => Answer::Refused(refusal.reason),
        },
    }
}

/// Writes `case,quantity,low,likely,high,status,reason`, four lines a row.
///
/// # Errors
/// What the writer says.
pub fn write_rows(rows: &[ServedRow], answers: &[Answer], to: impl std::io::Write) -> Result<(), ValidateError> {
    let mut out = csv::Writer::from_writer(to);
    out.write_record(["case", "quantity", "low", "likely", "high", "status", "reason"])?;
    for (row, answer) in rows.iter().zip(answers) {
        for quantity in Quantity::ALL {
            let name = quantity.id();
            let line = |status: Status, reason: &str, [low, likely, high]: [String; 3]| {
                [row.case.clone(), name.to_owned(), low, likely, high, status.label().to_owned(), reason.to_owned()]
            };
            let none = || [String::new(), String::new(), String::new()];
            let record = match answer {
                Answer::Estimated(figures) => match quantity.of(figures) {
                    Some(values) => line(Status::Ok, &figures.caution, values.map(|value| format!("{value:.4}"))),
                    None => line(Status::Unknown, "the power limit of the device is not published", none()),
                },
                Answer::Refused(reason) => line(Status::Refused, reason, none()),
                Answer::Unknown(reason) => line(Status::Unknown, reason, none()),
            };
            out.write_record(&record)?;
        }
    }
    out.flush()?;
    Ok(())
}
