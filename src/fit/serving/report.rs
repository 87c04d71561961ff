//! How wrong a fit of serving is on what was left out, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::bands::quantile;
use super::{Fit, Prepared, Residuals};
use crate::sizing::serving::band::Strangeness;
use crate::validate::serving::Quantity;

fn middle(values: impl Iterator<Item = f64>) -> f64 {
    crate::accuracy::summary::median(values).unwrap_or(0.0)
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
        for (name, residuals, strangeness) in [
            ("device", &self.without_device, Strangeness { device_unmeasured: true, ..Strangeness::default() }),
            ("engine", &self.without_engine, Strangeness { engine_unmeasured: true, ..Strangeness::default() }),
        ] {
            let held: Vec<String> = Quantity::ALL
                .iter()
                .map(|quantity| {
                    format!("{:.0} % of {}", self.held_of(*quantity, residuals, &strangeness) * 100.0, quantity.id())
                })
                .collect();
            let _ = writeln!(text, "bands for an unmeasured {name} hold, with it left out, {}", held.join(", "));
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
        let cells = &self.processors.cells;
        let apart = &self.processors.cells_apart;
        for (name, cells) in [("processor left out", cells), ("processor and its part in the promise left out", apart)]
        {
            let _ = writeln!(
                text,
                "sessions of a socket, {name}: {} of {} cells exact or one step on the safe side, {} more than one step too high",
                cells.iter().filter(|cell| cell.is_right()).count(),
                cells.len(),
                cells.iter().filter(|cell| cell.is_too_high()).count()
            );
        }
        for row in cells.chunk_by(|a, b| (a.device, a.model, a.format) == (b.device, b.model, b.format)) {
            let Some(first) = row.first() else { continue };
            let counts: Vec<String> =
                row.iter().map(|cell| format!("at {} {} for {}", cell.target, cell.estimated, cell.measured)).collect();
            let _ = writeln!(text, "    {} {} {}: {}", first.device, first.model, first.format, counts.join(", "));
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

    /// Share of clean rows inside the bands as they are shown for something strange.
    fn held_of(&self, quantity: Quantity, residuals: &[Residuals], strangeness: &Strangeness) -> f64 {
        let bands = &self.fitted.bands;
        let bands = match quantity {
            Quantity::PerToken => &bands.per_token,
            Quantity::FirstToken => &bands.first_token,
            Quantity::Throughput => &bands.throughput,
            Quantity::Power => &bands.power,
        };
        let (mut all, mut inside) = (0.0, 0.0);
        for (row, of_row) in self.rows.iter().zip(residuals).filter(|(row, _)| row.clean) {
            let Some(Some(residual)) = of_row.get(quantity as usize) else { continue };
            let band = bands.of(row.mixture).strange(strangeness);
            all += 1.0;
            inside += f64::from(u8::from((band.low..=band.high).contains(residual)));
        }
        if all > 0.0 { inside / all } else { 0.0 }
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
