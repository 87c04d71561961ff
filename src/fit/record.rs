//! What a fit of single-stream speed was judged on, row by row, for `data/accuracy/`.

pub mod build;

use build::{Described, RecordBuilder};

use super::bands::factors_without;
use super::set_aside::SetAside;
use super::single_stream::{Fit, Prepared};
use crate::accuracy::{Estimate, LeftOut, Quantity, Record, Trust, Value};
use crate::catalog::Catalog;
use crate::sizing::speed::fitted::PATH;
use crate::validate::speed::{self, Answer, Metric, SpeedRow};

/// The record of a fit on `rows`, of which those on the list were set aside.
pub fn speed(fit: &Fit, rows: &[SpeedRow], catalog: &Catalog, set_aside: &[SetAside]) -> Record {
    let mut record = RecordBuilder::new(&fit.fitted.date, PATH, rows.len());
    let mut prepared: Vec<Option<usize>> = vec![None; rows.len()];
    for (place, row) in fit.rows.iter().enumerate() {
        if let Some(at) = prepared.get_mut(row.at) {
            *at = Some(place);
        }
    }
    let estimates = estimates(fit);
    for (row, place) in rows.iter().zip(prepared) {
        let reason = set_aside.iter().find(|entry| entry.covers(row)).map(|entry| entry.reason.as_str());
        let measured = row.measured.filter(|speed| *speed > 0.0 && speed.is_finite());
        let judged = place.and_then(|at| Some((fit.rows.get(at)?, *estimates.get(at)?)));
        match (judged, measured, row.quantity()) {
            (Some((prepared, estimates)), Some(measured), _) => {
                let quantity = quantity(prepared.part.metric());
                let value = Value { quantity, measured, estimates: estimates.map(|e| e.map(|e| e.of(measured))) };
                record.push(&described(row, prepared.segment.label(), None), vec![value]);
            }
            (None, Some(measured), Some(metric)) if reason.is_some() => {
                let value = Value { quantity: quantity(metric), measured, estimates: [None; 3] };
                record.push(&described(row, "set aside", reason), vec![value]);
            }
            _ => record.leave(why_not(fit, catalog, row)),
        }
    }
    record.done()
}

fn quantity(metric: Metric) -> Quantity {
    match metric {
        Metric::Decode => Quantity::Decode,
        Metric::Prefill => Quantity::Prefill,
    }
}

/// Likely value over measured, and the band's factors on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Relative {
    /// Likely over measured.
    pub likely: f64,
    /// The band's factors on the likely value.
    pub band: (f64, f64),
}

impl Relative {
    /// The estimate of what was measured so.
    pub(super) fn of(self, measured: f64) -> Estimate {
        let likely = self.likely * measured;
        Estimate { low: likely * self.band.0, likely, high: likely * self.band.1 }
    }
}

/// For each prepared row what was estimated while device, platform and family were left out. Bands are those the program
/// would have shown: made without the row's device; where the platform was left out, made without it and as wide as on a
/// platform that nobody measured.
fn estimates(fit: &Fit) -> Vec<[Option<Relative>; 3]> {
    let of_metric = |metric: Metric, key: &dyn Fn(&Prepared) -> &str| {
        factors_without(&fit.rows, &fit.without_device, &fit.without_platform, metric, key)
    };
    let both = |key: &dyn Fn(&Prepared) -> &str| {
        let (decode, prefill) = (of_metric(Metric::Decode, key), of_metric(Metric::Prefill, key));
        decode.into_iter().zip(prefill).map(|(decode, prefill)| decode.or(prefill)).collect::<Vec<_>>()
    };
    let (devices, platforms) = (both(&|row| &row.device), both(&|row| &row.platform));
    let mut found = vec![[None; 3]; fit.rows.len()];
    for (at, places) in found.iter_mut().enumerate() {
        let likely = |residuals: &[f64]| residuals.get(at).map(|residual| residual.exp());
        let band = |factors: &[Option<(f64, f64)>]| factors.get(at).copied().flatten();
        let (known, strange) = (band(&devices), band(&platforms));
        for (way, likely, band) in [
            (LeftOut::Device, likely(&fit.without_device), known),
            (LeftOut::Platform, likely(&fit.without_platform), strange),
            (LeftOut::Family, likely(&fit.without_family), known),
        ] {
            if let Some(place) = places.get_mut(way as usize) {
                *place = likely.zip(band).map(|(likely, band)| Relative { likely, band });
            }
        }
    }
    found
}

fn described<'a>(row: &'a SpeedRow, class: &'a str, reason: Option<&'a str>) -> Described<'a> {
    let devices = SpeedRow::count(row.device_count).max(1);
    let together = match (devices, row.parallel.as_str()) {
        (1, _) => String::new(),
        (_, "tensor") => format!(", {devices} devices, matrices cut"),
        _ => format!(", {devices} devices, layers shared out"),
    };
    let backend = if row.backend.is_empty() { String::new() } else { format!(", {}", row.backend) };
    Described {
        device: &row.device,
        model: &row.model,
        format: &row.weight_format,
        setup: format!("{}{backend}{together}", row.engine),
        class,
        trust: Trust::of(row.trust.chars().next().unwrap_or('C')),
        load: [row.concurrency, row.prompt_tokens, row.depth_tokens, row.output_tokens],
        source: &row.source,
        reason,
    }
}

/// Partitioned processors and batches: judged with serving.
pub(super) fn described_batch<'a>(row: &'a SpeedRow, class: &'a str) -> Described<'a> {
    let threads = match (SpeedRow::count(row.processes), SpeedRow::count(row.threads_per_process)) {
        (0, _) | (_, 0) => String::new(),
        (processes, threads) => format!(", {processes} x {threads} threads"),
    };
    let one = described(row, class, None);
    Described { setup: format!("{}{threads}", one.setup), ..one }
}

/// Why a row of the table was not judged.
fn why_not(fit: &Fit, catalog: &Catalog, row: &SpeedRow) -> String {
    if row.measured.is_none_or(|speed| !(speed > 0.0 && speed.is_finite())) {
        return "nothing was measured".to_owned();
    }
    match speed::answer(catalog, &fit.fitted, row) {
        Answer::Several(_) => "several sessions at once: judged with serving".to_owned(),
        _ if row.quantity().is_none() => "several sessions at once: judged with serving".to_owned(),
        Answer::Estimated(..) => "it cannot be fitted".to_owned(),
        Answer::Refused(reason) | Answer::Unknown(reason) => reason,
    }
}
