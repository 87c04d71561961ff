//! How much a device's own rows help: the strength that `sizing::calibration` gives them, and how wrong estimates are with
//! one, two or three of a device's rows known.
//!
//! Every residual here is one with the device left out of the fit. Strengths are three numbers for each quantity, found on
//! a coarse grid; errors are stated with strengths found without the device being judged (folds of devices).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::left_out::{error_of, median};
use super::single_stream::{Fit, Prepared};
use crate::sizing::calibration::{Calibration, Case, Evidence};
use crate::sizing::speed::band::Segment;
use crate::sizing::speed::constants::SpeedConstants;
use crate::sizing::speed::fitted::{CalibrationStrength, LikenessStrength};
use crate::validate::speed::Metric;

/// Values tried for what runs share, one respect each.
const ALIKE: [f64; 5] = [0.05, 0.07, 0.1, 0.14, 0.2];
/// Values tried for what runs of the same software share.
const SAME_RUN: [f64; 6] = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4];
/// Values tried for the noise of a row.
const NOISE: [f64; 7] = [0.04, 0.055, 0.075, 0.1, 0.14, 0.2, 0.3];
/// Errors well below this count as their square, well above it as their logarithm.
const LOSS_SCALE: f64 = 0.2;
/// A device with many rows counts more than one with few, by the number of pairs to this power.
const PAIRS_EXPONENT: f64 = 0.35;
/// Most rows of one device that stand as the known one while strengths are sought, evenly over its rows.
const MOST_KNOWN: usize = 8;
/// Parts the devices are cut into to judge strengths on devices they were not found on.
const FOLDS: usize = 5;
/// Fewest rows of a device for it to be judged.
const FEWEST_ROWS: usize = 4;

/// A row of a device: what was run, logarithm of measured over estimated with the device left out, trust.
#[derive(Clone, Copy)]
struct Row {
    case: Case,
    residual: f64,
    trust: char,
    segment: Segment,
}

type Devices = BTreeMap<String, Vec<Row>>;

fn devices(rows: &[Prepared], constants: &SpeedConstants, without_device: &[f64], metric: Metric) -> Devices {
    let mut devices = Devices::new();
    for (row, residual) in rows.iter().zip(without_device).filter(|(row, _)| row.part.metric() == metric) {
        let one = Row { case: row.case(constants), residual: -residual, trust: row.trust, segment: row.segment };
        devices.entry(row.device.clone()).or_default().push(one);
    }
    devices
}

/// How strongly a device's own rows count: what makes one of them help most on its others.
pub fn strength(rows: &[Prepared], constants: &SpeedConstants, without_device: &[f64]) -> CalibrationStrength {
    let of = |metric| {
        let devices = devices(rows, constants, without_device, metric);
        search(&devices.values().collect::<Vec<_>>())
    };
    CalibrationStrength { decode: of(Metric::Decode), prefill: of(Metric::Prefill) }
}

/// One value at a time until nothing gets better.
fn search(devices: &[&Vec<Row>]) -> LikenessStrength {
    let mut best = LikenessStrength { alike: 0.1, same_run: 0.2, noise: 0.1 };
    let mut least = loss(devices, &best);
    for _ in 0..4 {
        let before = best;
        let tries = ALIKE
            .map(|alike| LikenessStrength { alike, ..before })
            .into_iter()
            .chain(SAME_RUN.map(|same_run| LikenessStrength { same_run, ..before }))
            .chain(NOISE.map(|noise| LikenessStrength { noise, ..before }));
        for tried in tries {
            let found = loss(devices, &tried);
            if found < least {
                (best, least) = (tried, found);
            }
        }
        if best == before {
            break;
        }
    }
    best
}

fn loss(devices: &[&Vec<Row>], strength: &LikenessStrength) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for rows in devices.iter().filter(|rows| rows.len() > 1) {
        let step = rows.len().div_ceil(MOST_KNOWN).max(1);
        let (mut of_device, mut pairs) = (0.0, 0.0);
        for known in (0..rows.len()).step_by(step) {
            for error in errors_with(rows, &[known], strength) {
                of_device += (error.0 / LOSS_SCALE).powi(2).ln_1p() / 2.0;
                pairs += 1.0;
            }
        }
        if pairs > 0.0 {
            let weight = f64::powf(pairs, PAIRS_EXPONENT);
            sum += weight * of_device / pairs;
            weights += weight;
        }
    }
    sum / f64::max(weights, f64::MIN_POSITIVE)
}

/// Errors of a device's other rows once these are known, each with whether what is left in doubt held it.
fn errors_with(rows: &[Row], known: &[usize], strength: &LikenessStrength) -> Vec<(f64, bool)> {
    let evidence =
        |at: &usize| rows.get(*at).map(|row| Evidence { case: row.case, residual: row.residual, date: None });
    let calibration = Calibration::new(known.iter().filter_map(evidence).collect(), Vec::new());
    rows.iter()
        .enumerate()
        .filter(|(at, _)| !known.contains(at))
        .map(|(_, row)| {
            let shift = calibration.decode(strength, &row.case);
            let left = row.residual - shift.factor().ln();
            let (low, high) = shift.narrowed((f64::MIN_POSITIVE, f64::MAX));
            (error_of(-left), (low..=high).contains(&left.exp()))
        })
        .collect()
}

/// The errors with one, two and three rows known, as text.
pub fn report(fit: &Fit) -> String {
    let mut text = String::new();
    for (metric, name) in [(Metric::Decode, "decode"), (Metric::Prefill, "prefill")] {
        let devices = devices(&fit.rows, &fit.fitted.constants, &fit.without_device, metric);
        let names: Vec<&String> = devices.keys().collect();
        // Strengths for a device come from the devices of the other folds.
        let strengths: Vec<LikenessStrength> = (0..FOLDS)
            .map(|fold| {
                let others = devices.values().enumerate().filter(|(at, _)| at % FOLDS != fold);
                search(&others.map(|(_, rows)| rows).collect::<Vec<_>>())
            })
            .collect();
        let chosen = match metric {
            Metric::Decode => fit.fitted.calibration.decode,
            Metric::Prefill => fit.fitted.calibration.prefill,
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{name}, own rows: alike {}, same run {}, noise {}; below: the device left out of fit and strengths, then some of its own rows known",
            chosen.alike, chosen.same_run, chosen.noise
        );
        for trusts in [&['A'][..], &['A', 'B']] {
            for count in 0..=3 {
                let judged = |row: &Row| trusts.contains(&row.trust);
                let (mut all, mut by_device, mut held) = (Vec::new(), Vec::new(), Vec::new());
                for (at, name) in names.iter().enumerate() {
                    let Some((rows, strength)) = devices.get(*name).zip(strengths.get(at % FOLDS)) else { continue };
                    for rows in of_one_segment(rows, &judged) {
                        let mut of_device = Vec::new();
                        for known in choices(rows.len(), count) {
                            for (error, inside) in errors_with(&rows, &known, strength) {
                                of_device.push(error);
                                held.push(f64::from(u8::from(inside)));
                            }
                        }
                        by_device.push(median(of_device.iter().copied()));
                        all.extend(of_device);
                    }
                }
                let inside = held.iter().sum::<f64>() / (held.len().max(1)) as f64;
                let _ = writeln!(
                    text,
                    "  {name} trust {:3}  {count} known: median {:5.2} %  one vote a device {:5.2} %  in band {:3.0} %  ({} pairs, {} devices)",
                    trusts.iter().collect::<String>(),
                    median(all.iter().copied()) * 100.0,
                    median(by_device.iter().copied()) * 100.0,
                    inside * 100.0,
                    all.len(),
                    by_device.len(),
                );
            }
        }
    }
    text
}

/// A device's rows by segment, those with enough rows.
fn of_one_segment(rows: &[Row], judged: &dyn Fn(&Row) -> bool) -> Vec<Vec<Row>> {
    let mut groups = BTreeMap::<Segment, Vec<Row>>::new();
    for row in rows.iter().copied().filter(judged) {
        groups.entry(row.segment).or_default().push(row);
    }
    groups.into_values().filter(|group| group.len() >= FEWEST_ROWS).collect()
}

/// Each row in turn, with as many others as asked for spread evenly after it. With none, once for each row, so that every
/// number of known rows is judged on the same weights.
fn choices(rows: usize, count: usize) -> Vec<Vec<usize>> {
    let step = (rows / count.max(1)).max(1);
    (0..rows).map(|first| (0..count).map(|more| (first + more * step) % rows).collect()).collect()
}
