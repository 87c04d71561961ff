//! llama.cpp batches on graphics: two devices were measured, so what is left out is each of them and each model.

use std::collections::{BTreeMap, BTreeSet};

use super::bands::quantile;
use crate::catalog::{Catalog, Engine};
use crate::fit::solve::{Problem, robust};
use crate::sizing::serving::alone;
use crate::sizing::serving::band::Band;
use crate::sizing::serving::local::{self, LocalConstants, LocalWork};
use crate::sizing::weights;
use crate::units::TokensPerSecond;
use crate::validate::batched;
use crate::validate::speed::SpeedRow;

/// A run ready to be fitted.
#[derive(Clone, Debug)]
pub struct PreparedBatch {
    /// Place of the row in its table.
    pub at: usize,
    /// Catalog id of the device.
    pub device: String,
    /// Catalog id of the model.
    pub model: String,
    work: LocalWork,
    sessions: f64,
    log_measured: f64,
    weight: f64,
}

/// What a fit found, and how wrong it is on what was left out.
#[derive(Clone, Debug)]
pub struct LocalFit {
    /// Constants.
    pub constants: LocalConstants,
    /// Rows, in the order of the residuals.
    pub rows: Vec<PreparedBatch>,
    /// Logarithm of measured over estimated, the row's device left out.
    pub without_device: Vec<f64>,
    /// The same, its model left out.
    pub without_model: Vec<f64>,
    /// The band.
    pub band: Band,
}

const SCALE: f64 = 0.15;
const STEPS: usize = 60;
/// Rows that a device and model count like, however many they have.
const ROWS_OF_ONE: f64 = 15.0;

/// Rows of llama.cpp batches on graphics.
pub fn prepare(catalog: &Catalog, rows: &[SpeedRow]) -> Vec<PreparedBatch> {
    let mut prepared: Vec<PreparedBatch> =
        rows.iter().enumerate().filter_map(|(at, row)| one(catalog, at, row)).collect();
    let mut counts = BTreeMap::<(String, String), f64>::new();
    for row in &prepared {
        *counts.entry((row.device.clone(), row.model.clone())).or_default() += 1.0;
    }
    for row in &mut prepared {
        row.weight = ROWS_OF_ONE / counts.get(&(row.device.clone(), row.model.clone())).copied().unwrap_or(ROWS_OF_ONE);
    }
    prepared
}

fn one(catalog: &Catalog, at: usize, row: &SpeedRow) -> Option<PreparedBatch> {
    let run = batched::run(catalog, row).ok()?;
    if run.sessions <= 1.0 || run.engine != Engine::LlamaCpp || run.device.is_processor() || row.metric != "total_tps" {
        return None;
    }
    let measured = row.measured.filter(|speed| *speed > 0.0 && speed.is_finite())?;
    let depth = run.prompt_tokens + run.output_tokens / 2.0;
    let weights = weights::count(run.model, run.format, run.engine).ok()?;
    // A float-to-integer cast saturates, and NaN becomes zero.
    let lengths = (depth, run.output_tokens as u32);
    let alone = alone::time(run.model, run.format, run.kv_format, (run.device, run.devices), &weights, lengths);
    Some(PreparedBatch {
        at,
        device: row.device.clone(),
        model: row.model.clone(),
        work: LocalWork::of(run.model, run.format, run.kv_format, run.device, depth).ok()?.starting_from(alone),
        sessions: run.sessions,
        log_measured: measured.ln(),
        weight: 1.0,
    })
}

impl PreparedBatch {
    fn residual(&self, constants: &LocalConstants) -> f64 {
        let (step, _) = local::step(constants, &self.work, self.sessions);
        self.log_measured - (TokensPerSecond::from_step(step) * self.sessions).as_tokens_per_second().ln()
    }
}

impl LocalFit {
    /// Catalog ids of the devices measured.
    pub fn devices(&self) -> Vec<String> {
        self.rows.iter().map(|row| row.device.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

fn solve(rows: &[&PreparedBatch]) -> LocalConstants {
    let prior: Vec<f64> = LocalConstants::PRIOR.iter().map(|value| value.ln()).collect();
    let read = |x: &[f64]| LocalConstants::from_values(&x.iter().map(|value| value.exp()).collect::<Vec<_>>());
    let residuals = |x: &[f64], out: &mut Vec<f64>| {
        let constants = read(x);
        out.extend(rows.iter().map(|row| row.weight.sqrt() * robust(row.residual(&constants) / SCALE)));
    };
    let problem = Problem { residuals: &residuals, prior: &prior, spread: LocalConstants::SPREAD, prior_weight: 1.0 };
    read(&problem.solve(&prior, STEPS))
}

/// Fits, and leaves out each device and each model in turn.
pub fn fit(rows: &[PreparedBatch]) -> LocalFit {
    let constants = solve(&rows.iter().collect::<Vec<_>>());
    let leave = |key: fn(&PreparedBatch) -> &str| {
        let mut residuals = vec![0.0; rows.len()];
        for left in rows.iter().map(key).collect::<BTreeSet<_>>() {
            let others = solve(&rows.iter().filter(|row| key(row) != left).collect::<Vec<_>>());
            for (row, residual) in rows.iter().zip(&mut residuals) {
                if key(row) == left {
                    *residual = row.residual(&others);
                }
            }
        }
        residuals
    };
    let (without_device, without_model) = (leave(|row| &row.device), leave(|row| &row.model));
    let both = || without_device.iter().chain(&without_model).map(|r| (*r, 1.0)).collect::<Vec<_>>();
    let band = if rows.is_empty() {
        Band::WIDE
    } else {
        Band { low: quantile(both(), 0.1).min(0.0), high: quantile(both(), 0.9).max(0.0) }
    };
    LocalFit { constants, rows: rows.to_vec(), without_device, without_model, band }
}
