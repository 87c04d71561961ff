//! What a fit of serving was judged on, row by row, for `data/accuracy/`.
//!
//! Served runs are estimated with the family of their model left out, and with their device left out. Bands are those the
//! program would have shown, made without the family of the row: wider where the device counts as unmeasured, where
//! requests queue, where a step rests on penalties of one family.

use std::collections::BTreeMap;

use super::set_aside::{Entry, Treatment};
use super::{Fit, Prepared, bands};
use crate::accuracy::{LeftOut, Quantity as Judged, Record, Trust, Value};
use crate::catalog::{Catalog, Engine};
use crate::fit::record::build::{Described, RecordBuilder};
use crate::fit::record::{Relative, described_batch};
use crate::sizing::serving::band::{Band, Bands, Strangeness};
use crate::sizing::serving::served;
use crate::validate::serving::{self, Answer, Quantity, ServedRow};
use crate::validate::speed::SpeedRow;

/// The file of the constants in the project.
const PATH: &str = "data/constants/serving.ron";
/// Classes of what is not served by an engine.
const PARTITIONED: &str = "partitioned processors";
const BATCHES: &str = "llama.cpp batches on graphics";

/// The record of a fit on served rows, of which some are on the list of doubts, and on speeds of several sessions.
pub fn serving(fit: &Fit, rows: &[ServedRow], speeds: &[SpeedRow], catalog: &Catalog, doubts: &[Entry]) -> Record {
    let several = |row: &SpeedRow| row.metric == "total_tps" || SpeedRow::count(row.concurrency) > 1;
    let batches = speeds.iter().filter(|row| several(row)).count();
    let mut record = RecordBuilder::new(&fit.fitted.date, PATH, rows.len() + batches);
    let served = super::Served { constants: fit.fitted.served.clone(), power: fit.fitted.power.clone() };
    let without_family = |quantity: Quantity| {
        let strangeness = |row: &Prepared| super::as_shown(quantity, &served, row);
        bands::without_family(&fit.rows, &fit.without_family, quantity as usize, strangeness)
    };
    let without: Vec<BTreeMap<String, Bands>> = Quantity::ALL.into_iter().map(without_family).collect();
    let mut prepared: Vec<Option<usize>> = vec![None; rows.len()];
    for (place, row) in fit.rows.iter().enumerate() {
        if let Some(at) = prepared.get_mut(row.at) {
            *at = Some(place);
        }
    }
    for (row, place) in rows.iter().zip(prepared) {
        match place.and_then(|at| Some((at, fit.rows.get(at)?))) {
            Some((at, prepared)) => push_served(&mut record, fit, row, (at, prepared), &without, doubts),
            None => record.leave(match serving::answer(catalog, &fit.fitted, row) {
                Answer::Estimated(_) => "it cannot be fitted".to_owned(),
                Answer::Refused(reason) | Answer::Unknown(reason) => reason,
            }),
        }
    }
    push_batches(&mut record, fit, speeds, &several);
    record.done()
}

fn push_served(
    record: &mut RecordBuilder,
    fit: &Fit,
    row: &ServedRow,
    (at, prepared): (usize, &Prepared),
    without: &[BTreeMap<String, Bands>],
    doubts: &[Entry],
) {
    let of_treatment = |wanted: &[Treatment]| {
        let found = doubts.iter().find(|doubt| wanted.contains(&doubt.treatment) && doubt.covers(row));
        found.map(|doubt| doubt.reason.as_str())
    };
    let reason = of_treatment(&[Treatment::SetAside, Treatment::Doubtful]).filter(|_| !prepared.clean);
    let load = served::load(&fit.fitted.served, &fit.fitted.power, &prepared.work, prepared.sessions, prepared.between);
    let mut values = Vec::new();
    // The time to the first token alone can be set aside; where all of a row is, it is one run.
    let mut no_first_token = Vec::new();
    for quantity in Quantity::ALL {
        let Some(measured) = quantity.measured(row) else { continue };
        let place = quantity as usize;
        if prepared.measured.get(place).copied().flatten().is_none() {
            let value = Value { quantity: judged(quantity), measured, estimates: [None; 3] };
            if reason.is_some() {
                values.push(value)
            } else {
                no_first_token.push(value)
            }
            continue;
        }
        let bands = without.get(place).and_then(|bands| bands.get(&prepared.family)).copied().unwrap_or(Bands::WIDE);
        let estimate = |residuals: &[super::Residuals], device_unmeasured: bool| {
            let residual = (*residuals.get(at)?.get(place)?)?;
            let strangeness = Strangeness {
                penalty_share: if quantity == Quantity::Power { 0.0 } else { load.strange_share },
                device_unmeasured,
                engine_unmeasured: false,
                queueing: quantity == Quantity::FirstToken && prepared.sessions > load.running,
            };
            let band = bands.of(prepared.mixture).strange(&strangeness).queueing(&strangeness).factors();
            Some(Relative { likely: (-residual).exp(), band }.of(measured))
        };
        let mut estimates = [None; 3];
        estimates[LeftOut::Device as usize] = estimate(&fit.without_device, true);
        estimates[LeftOut::Family as usize] = estimate(&fit.without_family, false);
        values.push(Value { quantity: judged(quantity), measured, estimates });
    }
    let class = class(row, prepared);
    let described = |reason| described(row, &class, reason);
    if !values.is_empty() {
        record.push(&described(reason), values);
    }
    if !no_first_token.is_empty() {
        let why = of_treatment(&[Treatment::NoFirstToken]).unwrap_or("set aside");
        record.push(&described(Some(why)), no_first_token);
    }
}

const fn judged(quantity: Quantity) -> Judged {
    match quantity {
        Quantity::PerToken => Judged::PerToken,
        Quantity::FirstToken => Judged::FirstToken,
        Quantity::Throughput => Judged::Throughput,
        Quantity::Power => Judged::Power,
    }
}

fn class(row: &ServedRow, prepared: &Prepared) -> String {
    let engine = row.engine.parse::<Engine>().map_or_else(|_| row.engine.clone(), |engine| engine.to_string());
    let kind = if prepared.mixture { "mixtures of experts" } else { "dense models" };
    format!("{engine}, {kind}")
}

fn described<'a>(row: &'a ServedRow, class: &'a str, reason: Option<&'a str>) -> Described<'a> {
    let version = if row.engine_version.is_empty() { String::new() } else { format!(" {}", row.engine_version) };
    let wide = |name: &str, cell: Option<f64>| match SpeedRow::count(cell) {
        0 | 1 => String::new(),
        width => format!(", {name} {width}"),
    };
    let devices = wide("devices", row.device_count);
    let setup = format!(
        "{}{version}{devices}{}{}",
        row.engine,
        wide("tensor parallel", row.tensor_parallel),
        wide("expert parallel", row.expert_parallel)
    );
    Described {
        device: &row.device,
        model: &row.model,
        format: &row.weight_format,
        setup,
        class,
        // All of them come from named benchmarks.
        trust: Trust::A,
        load: [row.concurrency, row.prompt_tokens, None, row.output_tokens],
        source: &row.source,
        reason,
    }
}

/// Several sessions on partitioned processors and on graphics: judged with their device left out.
fn push_batches(record: &mut RecordBuilder, fit: &Fit, speeds: &[SpeedRow], several: &dyn Fn(&SpeedRow) -> bool) {
    let mut found = BTreeMap::<usize, (&str, [Option<Relative>; 3])>::new();
    let relative = |residual: f64, band: Band| Relative { likely: (-residual).exp(), band: band.factors() };
    let processors = &fit.processors;
    for (row, residual) in processors.rows.iter().zip(&processors.without_device).filter(|(row, _)| row.sessions > 1.0)
    {
        let mut estimates = [None; 3];
        estimates[LeftOut::Device as usize] = Some(relative(*residual, processors.band_unmeasured));
        found.insert(row.at, (PARTITIONED, estimates));
    }
    let local = &fit.local;
    for ((row, device), model) in local.rows.iter().zip(&local.without_device).zip(&local.without_model) {
        let mut estimates = [None; 3];
        estimates[LeftOut::Device as usize] = Some(relative(*device, local.band));
        estimates[LeftOut::Family as usize] = Some(relative(*model, local.band));
        found.insert(row.at, (BATCHES, estimates));
    }
    for (at, row) in speeds.iter().enumerate().filter(|(_, row)| several(row)) {
        match (found.get(&at), row.measured) {
            (Some((class, estimates)), Some(measured)) => {
                let estimates = estimates.map(|relative| relative.map(|relative| relative.of(measured)));
                let value = Value { quantity: Judged::Throughput, measured, estimates };
                record.push(&described_batch(row, class), vec![value]);
            }
            _ => record
                .leave("several sessions of an engine or device that has too few such rows to be fitted".to_owned()),
        }
    }
}
