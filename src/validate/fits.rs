//! Whether a model ran or ran out of memory, predicted from model, format and context.
//!
//! Columns read for the prediction: `device`, `devices`, `total_memory_gb`, `model_id`, `quant`, `tokens_generated`.
//! `fits` is read afterwards, for the summary.

use std::io;

use super::{Record, Status, ValidateError, read_rows};
use crate::catalog::{Catalog, Engine, KvFormat};
use crate::sizing::{Hardware, Verdict, Workload, estimate};
use crate::units::Bytes;

/// A row's prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct FitRow {
    /// Line in the file; the header is line 1.
    pub line: u64,
    /// Whether it is predicted to run. `None`: unknown.
    pub predicted: Option<bool>,
    /// Whether there is a prediction.
    pub status: Status,
    /// Need and capacity, or why there is none.
    pub reason: String,
    /// Whether it ran, for the summary only.
    pub measured: Option<bool>,
}

/// Predicts every row of a file.
///
/// # Errors
/// The file is not CSV or lacks a column.
pub fn predict(catalog: &Catalog, from: impl io::Read) -> Result<Vec<FitRow>, ValidateError> {
    let mut rows = Vec::new();
    read_rows(from, &["device", "model_id", "quant"], |line, record| {
        let predicted = fits(catalog, record);
        let measured = match record.text("fits") {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        let (status, reason) = match &predicted {
            Ok((_, how)) => (Status::Ok, how.clone()),
            Err(reason) => (Status::Unknown, reason.clone()),
        };
        rows.push(FitRow { line, predicted: predicted.ok().map(|(fits, _)| fits), status, reason, measured });
    })?;
    Ok(rows)
}

fn fits(catalog: &Catalog, record: &Record<'_>) -> Result<(bool, String), String> {
    let (model, device) = (record.text("model_id"), record.text("device"));
    let (device, model) = super::named(catalog, device, model)?;
    let format = record.text("quant").parse()?;
    let count = record.number("devices").unwrap_or(1).max(1);
    let memory = record
        .number::<f64>("total_memory_gb")
        .filter(|gib| gib.is_finite() && *gib > 0.0)
        .map(|gib| Bytes::from_gib(gib / f64::from(count)));
    let generated: u32 = record.number("tokens_generated").unwrap_or(512);
    let workload = Workload {
        model,
        format,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: generated.max(512),
        prompt_tokens: 0,
        output_tokens: generated,
        sessions: 1,
    };
    let answer = estimate(&workload, &Hardware { device, count, memory });
    let need = answer.memory.map(|ledger| ledger.total().to_string()).unwrap_or_default();
    let there = answer.capacity.map(|all| all.to_string()).unwrap_or_default();
    match answer.verdict {
        Verdict::Fits { .. } | Verdict::Tight { .. } => Ok((true, format!("needs {need} of {there}"))),
        Verdict::DoesNotFit { .. } => Ok((false, format!("needs {need}, has {there}"))),
        Verdict::Unknown => Err("its memory is not known".to_owned()),
    }
}

/// How many were right, as text.
pub fn summary(rows: &[FitRow]) -> String {
    let judged: Vec<(bool, bool)> = rows.iter().filter_map(|row| Some((row.predicted?, row.measured?))).collect();
    let right = judged.iter().filter(|(predicted, measured)| predicted == measured).count();
    let too_bold = judged.iter().filter(|(predicted, measured)| *predicted && !*measured).count();
    let too_shy = judged.iter().filter(|(predicted, measured)| !*predicted && *measured).count();
    format!(
        "fits or not: {right} of {} right ({:.1} %); said it fits and it did not: {too_bold}; said it does not and it did: {too_shy}; unknown: {}\n",
        judged.len(),
        right as f64 * 100.0 / judged.len().max(1) as f64,
        rows.len() - judged.len()
    )
}
