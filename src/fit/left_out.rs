//! How wrong a fit is on what it never saw. Bands are [`super::bands`]'s, and how much a device's own rows help is
//! [`super::own_rows`]'s.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::single_stream::{Fit, Prepared};
use crate::accuracy::summary;
use crate::validate::speed::Metric;

/// Error of an estimate as a share, from the logarithm of estimated over measured.
pub fn error_of(residual: f64) -> f64 {
    residual.exp_m1().abs()
}

/// The value below which a share of the weight lies.
pub fn quantile(values: &mut [(f64, f64)], share: f64) -> f64 {
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
    summary::median(values).unwrap_or(0.0)
}

/// The mean; zero of none.
pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    summary::mean(values).unwrap_or(0.0)
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
                "{name}: {:.0} % inside bands made without the device, {:.0} % inside bands made without the platform",
                bands.unmeasured.covered * 100.0,
                bands.unmeasured.covered_strange * 100.0
            );
            for (segment, band) in &bands.segments {
                let _ = writeln!(
                    text,
                    "  {:52} {:4} rows {:3} devices  median {:5.1} %  mean {:5.1} %  bias {:+6.1} %  band {:.2} to {:.2}  inside {:3.0} %  platform unmeasured {:.2} to {:.2}  inside {:3.0} %",
                    segment.label(),
                    band.rows,
                    band.devices,
                    band.median_error * 100.0,
                    band.mean_error * 100.0,
                    band.bias * 100.0,
                    band.low,
                    band.high,
                    band.covered * 100.0,
                    band.strange_low,
                    band.strange_high,
                    band.covered_strange * 100.0
                );
            }
        }
        text.push_str(&super::own_rows::report(self));
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
}
