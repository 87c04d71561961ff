//! How wrong a fit of serving is on what was left out, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bands::quantile;
use super::{Fit, Prepared, Residuals};
use crate::validate::serving::Quantity;

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    quantile(values.map(|value| (value, 1.0)).collect(), 0.5)
}

/// Error of an estimate as a share, from the logarithm of measured over estimated.
fn error_of(residual: &f64) -> f64 {
    (-residual).exp_m1().abs()
}

impl Fit {
    /// Errors left out by family, device, engine and processor, as lines of text.
    pub fn report(&self) -> String {
        let mut text = String::new();
        for (name, residuals) in [
            ("rows fitted along", &self.within),
            ("family left out", &self.without_family),
            ("device left out", &self.without_device),
            ("engine left out", &self.without_engine),
        ] {
            for quantity in Quantity::ALL {
                self.line(&mut text, name, quantity, residuals);
            }
        }
        for (quantity, held) in Quantity::ALL.iter().zip(self.held) {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "bands of the other families hold {:3.0} % of {}", held * 100.0, quantity.id());
        }
        let several = |residuals: &[f64]| -> BTreeMap<&str, Vec<f64>> {
            let mut of = BTreeMap::<&str, Vec<f64>>::new();
            for (row, residual) in self.processors.rows.iter().zip(residuals) {
                if row.sessions > 1.0 {
                    of.entry(&row.device).or_default().push(*residual);
                    of.entry("partitioned processors").or_default().push(*residual);
                }
            }
            of
        };
        let (within, without) = (several(&self.processors.within), several(&self.processors.without_device));
        for (device, residuals) in &without {
            let own = within.get(device).map_or(0.0, |own| middle(own.iter().map(error_of)));
            let _ = writeln!(
                text,
                "{device:52} {:4} rows  fitted along {:5.1} %  left out {:5.1} %  bias {:+6.1} %",
                residuals.len(),
                own * 100.0,
                middle(residuals.iter().map(error_of)) * 100.0,
                middle(residuals.iter().map(|r| (-r).exp_m1())) * 100.0
            );
        }
        for (name, residuals) in [("device", &self.local.without_device), ("model", &self.local.without_model)] {
            let _ = writeln!(
                text,
                "llama.cpp batches on graphics, {name} left out: {} rows, {:.1} %",
                residuals.len(),
                middle(residuals.iter().map(error_of)) * 100.0
            );
        }
        text
    }

    fn line(&self, text: &mut String, name: &str, quantity: Quantity, residuals: &[Residuals]) {
        let clean = || {
            self.rows
                .iter()
                .zip(residuals)
                .filter(|(row, _)| row.clean)
                .filter_map(|(row, all)| Some((row, (*all.get(quantity as usize)?)?)))
        };
        let mut families = BTreeMap::<&str, Vec<f64>>::new();
        for (row, residual) in clean() {
            let row: &Prepared = row;
            families.entry(&row.family).or_default().push(residual);
        }
        if families.is_empty() {
            return;
        }
        let mean = families.values().map(|of| middle(of.iter().map(error_of))).sum::<f64>() / families.len() as f64;
        let all = || clean().map(|(_, residual)| residual);
        let _ = writeln!(
            text,
            "{name:18} {:12} {:5} rows  median {:5.1} %  mean of families {:5.1} %  bias {:+6.1} %  90th {:4.0} %",
            quantity.id(),
            all().count(),
            middle(all().map(|r| error_of(&r))) * 100.0,
            mean * 100.0,
            middle(all().map(|r| (-r).exp_m1())) * 100.0,
            quantile(all().map(|r| (error_of(&r), 1.0)).collect(), 0.9) * 100.0
        );
        if name == "family left out" {
            for (family, of) in &families {
                let _ = writeln!(
                    text,
                    "    {family:40} {:5} rows  median {:5.1} %  bias {:+6.1} %",
                    of.len(),
                    middle(of.iter().map(error_of)) * 100.0,
                    middle(of.iter().map(|r| (-r).exp_m1())) * 100.0
                );
            }
        }
    }
}
