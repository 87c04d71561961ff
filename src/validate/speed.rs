//! Estimates beside measurements, row by row: what `sizewright validate speed` writes.
//!
//! An estimate is made from the columns that say what was run. The columns `measured`, `power_w` and `source` are not
//! looked at for it; `measured` is read afterwards for the summary.

pub mod row;
pub mod runtime;

use super::{Status, ValidateError, batched};
use crate::accuracy::{self, Estimate, Judged, Summary};
use crate::catalog::{Catalog, KvFormat, WeightFormat};
use crate::sizing::calibration::Calibration;
use crate::sizing::serving::{FittedServing, batched_total};
use crate::sizing::speed::band::Segment;
use crate::sizing::speed::{FittedSpeed, Run};
use crate::sizing::{Figure, Refusal, weights};
use crate::units::TokensPerSecond;
pub use row::{Metric, SpeedRow};

/// What became of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// An estimate, and what it scatters with.
    Estimated(Box<Figure<TokensPerSecond>>, Segment),
    /// An estimate of all sessions of a run with several.
    Several(Box<Figure<TokensPerSecond>>),
    /// It cannot be run, with the reason.
    Refused(String),
    /// It is not known, with the reason.
    Unknown(String),
}

/// Estimates one row.
pub fn answer(catalog: &Catalog, fitted: &FittedSpeed, row: &SpeedRow) -> Answer {
    let unknown = |reason: String| Answer::Unknown(reason);
    if row.metric == "total_tps" || SpeedRow::count(row.concurrency) > 1 {
        return several(catalog, row);
    }
    let Some(metric) = row.quantity() else {
        return unknown(format!("`{}` is not a speed", row.metric));
    };
    let (device, model) = match super::named(catalog, &row.device, &row.model) {
        Ok(named) => named,
        Err(reason) => return unknown(reason),
    };
    let format: WeightFormat = match row.weight_format.parse() {
        Ok(format) => format,
        Err(reason) => return unknown(reason),
    };
    let weights = match weights::count(model, format, runtime::engine(row)) {
        Ok(weights) => weights,
        Err(refusal) => return unknown(refusal.reason),
    };
    let conditions = runtime::conditions(row, device);
    let there = device.memory.map(|each| each * u64::from(conditions.devices));
    let need = weights.total().scaled(weights.band().0);
    if let Some(there) = there.filter(|there| need > *there) {
        return Answer::Refused(format!("the weights alone take {need}, {there} are there"));
    }
    let run = Run { model, format, kv_format: KvFormat::F16, device, weights: &weights, conditions };
    let Ok(machine) = run.machine() else {
        return unknown(format!("{}: its memory bandwidth is not published", device.name));
    };
    let segment = Segment::of(&machine, &conditions);
    let none = Calibration::NONE;
    let figure = match metric {
        Metric::Decode => {
            run.decode(fitted, row.decode_depth(), SpeedRow::count(row.output_tokens), &none).map(|timed| timed.figure)
        }
        Metric::Prefill => match SpeedRow::count(row.prompt_tokens) {
            0 => return unknown("the prompt's length is missing".to_owned()),
            prompt => run.prefill(fitted, prompt, row.depth_tokens.unwrap_or(0.0), &none).map(|timed| timed.figure),
        },
    };
    match figure {
        Ok(figure) => Answer::Estimated(Box::new(figure), segment),
        Err(Refusal { reason, .. }) => Answer::Refused(reason),
    }
}

/// Estimates a row with several sessions: partitions of a processor, a llama.cpp batch, a served engine.
fn several(catalog: &Catalog, row: &SpeedRow) -> Answer {
    match batched::run(catalog, row) {
        Err(reason) => Answer::Unknown(reason),
        Ok(run) => match batched_total(FittedServing::builtin(), &run) {
            Ok(figure) if figure.low.as_tokens_per_second() > 1e-9 && figure.high.is_finite() => {
                Answer::Several(Box::new(figure))
            }
            Ok(_) => Answer::Unknown("so many sessions at once are beyond what any formula here speaks of".to_owned()),
            Err(Refusal { reason, .. }) => Answer::Refused(reason),
        },
    }
}

/// Writes `case,low,likely,high,status,reason` for each row.
///
/// # Errors
/// What the writer says.
pub fn write_rows(rows: &[SpeedRow], answers: &[Answer], to: impl std::io::Write) -> Result<(), ValidateError> {
    let mut out = csv::Writer::from_writer(to);
    out.write_record(["case", "low", "likely", "high", "status", "reason"])?;
    for (row, answer) in rows.iter().zip(answers) {
        match answer {
            Answer::Estimated(figure, segment) => out.write_record([
                &row.case,
                &number(figure.low),
                &number(figure.likely),
                &number(figure.high),
                Status::Ok.label(),
                segment.label(),
            ])?,
            Answer::Several(figure) => out.write_record([
                &row.case,
                &number(figure.low),
                &number(figure.likely),
                &number(figure.high),
                Status::Ok.label(),
                "several sessions at once",
            ])?,
            Answer::Refused(reason) => out.write_record([&row.case, "", "", "", Status::Refused.label(), reason])?,
            Answer::Unknown(reason) => out.write_record([&row.case, "", "", "", Status::Unknown.label(), reason])?,
        }
    }
    out.flush()?;
    Ok(())
}

/// A speed with four decimals, and more where it is below one: a slow machine is not a standing one.
fn number(speed: TokensPerSecond) -> String {
    let speed = speed.as_tokens_per_second();
    let decimals = (4.0 - speed.max(1e-12).log10().floor()).clamp(4.0, 16.0);
    format!("{speed:.0$}", decimals as usize) // between 4 and 16
}

/// Errors and coverage of the rows that were estimated and say what was measured, as text.
pub fn summary(rows: &[SpeedRow], answers: &[Answer]) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let count = |wanted: fn(&Answer) -> bool| answers.iter().filter(|answer| wanted(answer)).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} rows: {} estimated, {} refused, {} unknown",
        answers.len(),
        count(|a| matches!(a, Answer::Estimated(..) | Answer::Several(_))),
        count(|a| matches!(a, Answer::Refused(_))),
        count(|a| matches!(a, Answer::Unknown(_)))
    );
    let judged: Vec<(&SpeedRow, Judged<'_>, Option<Segment>)> = rows
        .iter()
        .zip(answers)
        .filter_map(|(row, answer)| {
            let (figure, segment) = match answer {
                Answer::Estimated(figure, segment) => (figure, Some(*segment)),
                Answer::Several(figure) => (figure, None),
                Answer::Refused(_) | Answer::Unknown(_) => return None,
            };
            let measured = row.measured.filter(|speed| *speed > 0.0)?;
            let [low, likely, high] =
                [figure.low, figure.likely, figure.high].map(TokensPerSecond::as_tokens_per_second);
            Some((row, Judged { device: &row.device, measured, estimate: Estimate { low, likely, high } }, segment))
        })
        .collect();
    let _ = writeln!(text, "{}", accuracy::text::titles(""));
    let mut line = |name: &str, wanted: &dyn Fn(&SpeedRow, Option<Segment>) -> bool| {
        let chosen = judged.iter().filter(|(row, _, segment)| wanted(row, *segment)).map(|(_, judged, _)| *judged);
        if let Some(found) = Summary::of(chosen) {
            let _ = writeln!(text, "{}", accuracy::text::line(name, &found));
        }
    };
    for (metric, name) in [("decode_tps", "decode"), ("prefill_tps", "prefill")] {
        line(&format!("{name}, trust A"), &|row, segment| {
            segment.is_some() && row.metric == metric && row.trust == "A"
        });
        line(&format!("{name}, trust A and B"), &|row, segment| {
            segment.is_some() && row.metric == metric && row.trust != "C"
        });
        line(&format!("{name}, all"), &|row, segment| segment.is_some() && row.metric == metric);
        let segments: std::collections::BTreeSet<Segment> =
            judged.iter().filter_map(|(_, _, segment)| *segment).collect();
        for segment in segments {
            line(&format!("{name}, {}", segment.label()), &|row, s| row.metric == metric && s == Some(segment));
        }
    }
    line("several sessions, all", &|_, segment| segment.is_none());
    line("several sessions, partitioned processors", &|row, segment| segment.is_none() && row.processes.is_some());
    text
}
