//! How wrong a fit is on what it never saw: errors, bands and how much a device's own rows help.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::single_stream::{Fit, Prepared};
use crate::sizing::calibration::shrunk;
use crate::sizing::speed::band::{Band, Bands, Segment};
use crate::sizing::speed::fitted::CalibrationStrength;
use crate::validate::speed::Metric;

/// Share of left-out residuals below a band, and above it: a little less than a tenth, for what the next machine adds.
const TAIL: f64 = 0.09;
/// Rows of a device count in quantiles with their number to this power: nearly one vote a device.
const ROWS_EXPONENT: f64 = -0.6;
/// Devices at which a segment's own scatter weighs as much as that of platforms left out.
const DEVICES_TO_BELIEVE: f64 = 2.0;

/// Error of an estimate as a share, from the logarithm of estimated over measured.
pub fn error_of(residual: f64) -> f64 {
    residual.exp_m1().abs()
}

/// The value below which a share of the weight lies.
fn quantile(values: &mut [(f64, f64)], share: f64) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let mut before: Option<(f64, f64)> = None;
    for (value, weight) in values.iter() {
        let middle = (below + weight / 2.0) / total;
        if middle >= share {
            return match before {
                Some((at, share_at)) if middle > share_at => {
                    at + (value - at) * (share - share_at) / (middle - share_at)
                }
                Some(_) | None => *value,
            };
        }
        before = Some((*value, middle));
        below += weight;
    }
    before.map_or(0.0, |(value, _)| value)
}

/// The middle value; zero of none.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut weighed: Vec<(f64, f64)> = values.map(|value| (value, 1.0)).collect();
    quantile(&mut weighed, 0.5)
}

/// Bands of one quantity, from residuals with the device and with the whole platform left out. How often they hold is
/// judged on each device with bands made without it.
pub fn bands(rows: &[Prepared], without_device: &[f64], without_platform: &[f64], metric: Metric) -> Bands {
    let mut bands = bands_of(rows, without_device, without_platform, metric, None);
    let mut held = BTreeMap::<Segment, Vec<f64>>::new();
    let of_metric = |row: &&Prepared| row.part.metric() == metric;
    let devices: BTreeSet<&str> = rows.iter().filter(of_metric).map(|row| row.device.as_str()).collect();
    for device in devices {
        let others = bands_of(rows, without_device, without_platform, metric, Some(device));
        for (row, residual) in rows.iter().zip(without_device).filter(|(row, _)| of_metric(row) && row.device == device)
        {
            let (low, high) = others.of(row.segment).factors(false);
            let inside = (low.ln()..=high.ln()).contains(&-residual);
            held.entry(row.segment).or_default().push(f64::from(u8::from(inside)));
        }
    }
    for (segment, band) in &mut bands.segments {
        band.covered = mean(held.get(segment).into_iter().flatten().copied());
    }
    bands.unmeasured.covered = mean(held.values().flatten().copied());
    bands
}

fn bands_of(
    rows: &[Prepared],
    without_device: &[f64],
    without_platform: &[f64],
    metric: Metric,
    left: Option<&str>,
) -> Bands {
    let of_metric = |row: &&Prepared| row.part.metric() == metric && left != Some(row.device.as_str());
    let mut rows_of = BTreeMap::<&str, f64>::new();
    for row in rows.iter().filter(of_metric) {
        *rows_of.entry(&row.device).or_default() += 1.0;
    }
    let weight = |row: &Prepared| rows_of.get(row.device.as_str()).copied().unwrap_or(1.0).powf(ROWS_EXPONENT);
    // Logarithm of measured over estimated: what the likely value has to be multiplied by.
    let both = |segment: Segment| -> Vec<(f64, f64)> {
        rows.iter()
            .zip(without_device.iter().zip(without_platform))
            .filter(|(row, _)| of_metric(row) && row.segment == segment)
            .flat_map(|(row, (device, platform))| [(-device, weight(row)), (-platform, weight(row))])
            .collect()
    };
    let mut strange: Vec<(f64, f64)> = rows
        .iter()
        .zip(without_platform)
        .filter(|(row, _)| of_metric(row))
        .map(|(row, residual)| (-residual, weight(row)))
        .collect();
    let unmeasured = Band {
        low: quantile(&mut strange, TAIL).exp(),
        high: quantile(&mut strange, 1.0 - TAIL).exp(),
        rows: 0,
        devices: 0,
        median_error: median(strange.iter().map(|(residual, _)| error_of(-residual))),
        mean_error: mean(strange.iter().map(|(residual, _)| error_of(-residual))),
        bias: median(strange.iter().map(|(residual, _)| (-residual).exp_m1())),
        covered: 0.0,
    };
    let (all_low, all_high) = (unmeasured.low.ln(), unmeasured.high.ln());
    let segments: BTreeSet<Segment> = rows.iter().filter(of_metric).map(|row| row.segment).collect();
    let segment_band = |segment: Segment| {
        let mine: Vec<(&Prepared, f64)> = rows
            .iter()
            .zip(without_device)
            .filter(|(row, _)| of_metric(row) && row.segment == segment)
            .map(|(row, residual)| (row, *residual))
            .collect();
        let devices: BTreeSet<&str> = mine.iter().map(|(row, _)| row.device.as_str()).collect();
        let believed = devices.len() as f64 / (devices.len() as f64 + DEVICES_TO_BELIEVE);
        let mut own = both(segment);
        let mix = |own: f64, all: f64| (believed * own + (1.0 - believed) * all).exp();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let band = Band {
            low: mix(quantile(&mut own, TAIL), all_low).min(1.0),
            high: mix(quantile(&mut own, 1.0 - TAIL), all_high).max(1.0),
            rows: count(mine.len()),
            devices: count(devices.len()),
            median_error: median(mine.iter().map(|(_, residual)| error_of(*residual))),
            mean_error: mean(mine.iter().map(|(_, residual)| error_of(*residual))),
            bias: median(mine.iter().map(|(_, residual)| residual.exp_m1())),
            covered: 0.0,
        };
        (segment, band)
    };
    Bands { unmeasured, segments: segments.into_iter().map(segment_band).collect() }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

/// How much a device's own rows are to be believed: the doubt that makes one row help most on the others.
pub fn calibration_strength(rows: &[Prepared], residuals: &[f64]) -> CalibrationStrength {
    let groups = |metric: Metric| {
        let mut groups = BTreeMap::<(&str, Segment), Vec<f64>>::new();
        for (row, residual) in rows.iter().zip(residuals).filter(|(row, _)| row.part.metric() == metric) {
            groups.entry((&row.device, row.segment)).or_default().push(*residual);
        }
        groups.into_values().filter(|group| group.len() >= 4).collect::<Vec<_>>()
    };
    let strength = |metric: Metric| {
        let groups = groups(metric);
        let candidates = [0.02, 0.05, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5];
        let doubt = candidates
            .into_iter()
            .min_by(|a, b| error_with_one_row(&groups, *a).total_cmp(&error_with_one_row(&groups, *b)))
            .unwrap_or(0.15);
        let scatter = median(groups.iter().map(|group| {
            let middle = mean(group.iter().copied());
            mean(group.iter().map(|r| (r - middle) * (r - middle))).sqrt()
        }));
        (doubt, scatter)
    };
    let ((decode_doubt, decode_scatter), (prefill_doubt, prefill_scatter)) =
        (strength(Metric::Decode), strength(Metric::Prefill));
    CalibrationStrength { decode_doubt, prefill_doubt, decode_scatter, prefill_scatter }
}

/// Median error of a device's other rows once one of its rows is known.
fn error_with_one_row(groups: &[Vec<f64>], doubt: f64) -> f64 {
    median(groups.iter().flat_map(|group| {
        group.iter().enumerate().flat_map(move |(known, shift)| {
            let others = group.iter().enumerate().filter(move |(at, _)| *at != known);
            others.map(move |(_, residual)| error_of(residual - shrunk(*shift, 1.0, doubt)))
        })
    }))
}

impl Fit {
    /// The errors as a table in plain text.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (metric, name) in [(Metric::Decode, "decode"), (Metric::Prefill, "prefill")] {
            for (what, residuals) in [
                ("fitted along", &self.within),
                ("device left out", &self.without_device),
                ("platform left out", &self.without_platform),
                ("model family left out", &self.without_family),
            ] {
                let line = |trusts: &[char]| self.errors(residuals, metric, trusts);
                // Writing to a string cannot fail.
                let _ = writeln!(
                    text,
                    "{name:8} {what:22} trust A {}   A and B {}   all {}   one vote a device, A {:.1}   in band {:.0} %",
                    line(&['A']),
                    line(&['A', 'B']),
                    line(&['A', 'B', 'C']),
                    self.vote(residuals, metric) * 100.0,
                    self.covered(residuals, metric) * 100.0,
                );
            }
        }
        for (name, bands) in [("decode", &self.fitted.decode_bands), ("prefill", &self.fitted.prefill_bands)] {
            let _ = writeln!(
                text,
                "{name}, device left out: {:.0} % inside bands made without the device",
                bands.unmeasured.covered * 100.0
            );
            for (segment, band) in &bands.segments {
                let _ = writeln!(
                    text,
                    "  {:52} {:4} rows {:3} devices  median {:5.1} %  mean {:5.1} %  bias {:+6.1} %  band {:.2} to {:.2}  inside {:3.0} %",
                    segment.label(),
                    band.rows,
                    band.devices,
                    band.median_error * 100.0,
                    band.mean_error * 100.0,
                    band.bias * 100.0,
                    band.low,
                    band.high,
                    band.covered * 100.0
                );
            }
        }
        let c = self.fitted.calibration;
        let _ = writeln!(
            text,
            "calibration: doubt {} decode, {} prefill; with one row of its own a device's others are {:.1} % (decode A) and {:.1} % (prefill A) off in the median",
            c.decode_doubt,
            c.prefill_doubt,
            self.with_one_row(Metric::Decode, c.decode_doubt) * 100.0,
            self.with_one_row(Metric::Prefill, c.prefill_doubt) * 100.0,
        );
        text
    }

    fn of<'a>(
        &'a self,
        residuals: &'a [f64],
        metric: Metric,
        trusts: &'a [char],
    ) -> impl Iterator<Item = (&'a Prepared, f64)> {
        self.rows
            .iter()
            .zip(residuals.iter().copied())
            .filter(move |(row, _)| row.part.metric() == metric && trusts.contains(&row.trust))
    }

    fn errors(&self, residuals: &[f64], metric: Metric, trusts: &[char]) -> String {
        let errors: Vec<f64> = self.of(residuals, metric, trusts).map(|(_, r)| error_of(r)).collect();
        let far = errors.iter().filter(|e| **e > 0.5).count() as f64 / (errors.len().max(1)) as f64;
        format!(
            "{:.1} / {:.1} / {:.1} % ({})",
            median(errors.iter().copied()) * 100.0,
            mean(errors.iter().copied()) * 100.0,
            far * 100.0,
            errors.len()
        )
    }

    fn vote(&self, residuals: &[f64], metric: Metric) -> f64 {
        let mut devices = BTreeMap::<&str, Vec<f64>>::new();
        for (row, residual) in self.of(residuals, metric, &['A']) {
            devices.entry(&row.device).or_default().push(error_of(residual));
        }
        median(devices.into_values().map(|errors| median(errors.into_iter())))
    }

    fn covered(&self, residuals: &[f64], metric: Metric) -> f64 {
        let bands = match metric {
            Metric::Decode => &self.fitted.decode_bands,
            Metric::Prefill => &self.fitted.prefill_bands,
        };
        mean(self.of(residuals, metric, &['A', 'B', 'C']).map(|(row, residual)| {
            let (low, high) = bands.of(row.segment).factors(false);
            f64::from(u8::from((low.ln()..=high.ln()).contains(&-residual)))
        }))
    }

    fn with_one_row(&self, metric: Metric, doubt: f64) -> f64 {
        let mut groups = BTreeMap::<(&str, Segment), Vec<f64>>::new();
        for (row, residual) in self.of(&self.without_device, metric, &['A']) {
            groups.entry((&row.device, row.segment)).or_default().push(residual);
        }
        error_with_one_row(&groups.into_values().filter(|group| group.len() >= 4).collect::<Vec<_>>(), doubt)
    }
}
