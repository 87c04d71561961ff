//! Partitioned processors: common constants, and how each measured processor departs from them.

use std::collections::{BTreeMap, BTreeSet};

use super::bands::quantile;
use super::sessions::{self, Cell, LeftOut};
use crate::catalog::{Catalog, Device, WeightFormat};
use crate::fit::solve::{Problem, robust};
use crate::sizing::serving::alone;
use crate::sizing::serving::band::{Band, Promise};
use crate::sizing::serving::processors::{
    self, FittedProcessors, OFFSET_SPREAD, Offsets, Partition, Pass, ProcessorConstants, Socket,
};
use crate::sizing::weights::{self, WeightCount};
use crate::units::Seconds;
use crate::validate::batched;
use crate::validate::speed::SpeedRow;

/// A run of a partitioned processor, ready to be fitted.
#[derive(Clone, Debug)]
pub struct PreparedPartition {
    /// Place of the row in its table.
    pub at: usize,
    /// Catalog id of the device.
    pub device: String,
    /// Its microarchitecture.
    pub microarchitecture: String,
    /// Sessions in all.
    pub sessions: f64,
    socket: Socket,
    partition: Partition,
    weights: WeightCount,
    format: WeightFormat,
    attention: f64,
    layers: f64,
    vendor_build: bool,
    alone: Option<Seconds>,
    log_measured: f64,
}

/// What a fit found, and how wrong it is on processors left out.
#[derive(Clone, Debug)]
pub struct ProcessorFit {
    /// Constants and offsets.
    pub fitted: FittedProcessors,
    /// Rows, in the order of the residuals.
    pub rows: Vec<PreparedPartition>,
    /// Logarithm of measured over estimated, rows fitted along.
    pub within: Vec<f64>,
    /// The same with the row's processor left out.
    pub without_device: Vec<f64>,
    /// Band of measured processors.
    pub band: Band,
    /// Band of others.
    pub band_unmeasured: Band,
    /// What a session is promised on measured processors.
    pub promise: Promise,
    /// The same on others.
    pub promise_unmeasured: Promise,
    /// What the counts below were made with.
    pub left_out: LeftOut,
    /// Counts of sessions with the processor left out, beside what was measured.
    pub cells: Vec<Cell>,
    /// The same with the promise, too, made from the other processors only.
    pub cells_apart: Vec<Cell>,
}

/// Scale of a residual beyond which a row counts less.
const SCALE: f64 = 0.12;
/// What a run of one session counts: single streams are another form's.
const ONE_SESSION: f64 = 0.5;
const STEPS: usize = 60;
/// Share of runs that fall short of what is promised.
const PROMISED: f64 = 0.25;
/// Rows fitted along flatter the form: their band is widened by this.
const FLATTERED: f64 = 1.4; // prototype study, 2026-08
/// Four processors say little of a fifth: their band is widened by this.
const FEW_PROCESSORS: f64 = 1.25; // two more platforms kept aside by the prototype study came out at 27 %, 2026-08

/// Rows of partitioned processors.
pub fn prepare(catalog: &Catalog, rows: &[SpeedRow]) -> Vec<PreparedPartition> {
    rows.iter().enumerate().filter_map(|(at, row)| one(catalog, at, row)).collect()
}

fn one(catalog: &Catalog, at: usize, row: &SpeedRow) -> Option<PreparedPartition> {
    if row.backend != "cpu" || row.processes.is_none() || row.metric == "prefill_tps" {
        return None;
    }
    let measured = row.measured.filter(|speed| *speed > 0.0 && speed.is_finite())?;
    let run = batched::run(catalog, row).ok()?;
    let device: &Device = run.device;
    let weights = weights::count(run.model, run.format, run.engine).ok()?;
    let depth = run.prompt_tokens + run.output_tokens / 2.0;
    // A float-to-integer cast saturates, and NaN becomes zero.
    let lengths = (depth, run.output_tokens as u32);
    let alone = alone::time(run.model, run.format, run.kv_format, (device, 1), &weights, lengths);
    let (attention, layers) = {
        let pass = Pass::of(run.model, run.format, &weights, depth, run.vendor_build, alone);
        (pass.attention, pass.layers)
    };
    let processes = f64::from(run.processes);
    Some(PreparedPartition {
        at,
        device: row.device.clone(),
        microarchitecture: device.facts.microarchitecture.clone().unwrap_or_default(),
        sessions: run.sessions,
        socket: Socket::of(device).ok()?,
        partition: Partition { processes, threads: f64::from(run.threads?), batch: run.sessions / processes },
        weights,
        format: run.format,
        attention,
        layers,
        vendor_build: run.vendor_build,
        alone,
        log_measured: measured.ln(),
    })
}

impl PreparedPartition {
    fn residual(&self, constants: &ProcessorConstants, offsets: Offsets) -> f64 {
        let pass = Pass {
            weights: &self.weights,
            format: self.format,
            attention: self.attention,
            layers: self.layers,
            vendor_build: self.vendor_build,
            alone: self.alone,
        };
        let (step, _) = processors::step(constants, offsets, &self.socket, self.partition, &pass);
        self.log_measured - processors::total(step, self.partition).as_tokens_per_second().ln()
    }
}

fn solve(rows: &[&PreparedPartition]) -> (ProcessorConstants, BTreeMap<String, Offsets>) {
    let devices: Vec<&str> = rows.iter().map(|row| row.device.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let common = ProcessorConstants::NAMES.len();
    let mut prior: Vec<f64> = ProcessorConstants::PRIOR.iter().map(|value| value.ln()).collect();
    let mut spread = ProcessorConstants::SPREAD.to_vec();
    for _ in &devices {
        prior.extend([0.0; 4]);
        spread.extend(OFFSET_SPREAD.to_values());
    }
    let read = |x: &[f64]| {
        let constants: Vec<f64> = x.iter().take(common).map(|value| value.exp()).collect();
        let offsets = x
            .get(common..)
            .unwrap_or_default()
            .chunks_exact(4)
            .map(|four| Offsets::from_values(<[f64; 4]>::try_from(four).unwrap_or_default()));
        (ProcessorConstants::from_values(&constants), devices.iter().copied().zip(offsets).collect::<BTreeMap<_, _>>())
    };
    let residuals = |x: &[f64], out: &mut Vec<f64>| {
        let (constants, offsets) = read(x);
        for row in rows {
            let own = offsets.get(row.device.as_str()).copied().unwrap_or_default();
            let weight: f64 = if row.sessions > 1.0 { 1.0 } else { ONE_SESSION };
            out.push(weight.sqrt() * robust(row.residual(&constants, own) / SCALE));
        }
    };
    let problem = Problem { residuals: &residuals, prior: &prior, spread: &spread, prior_weight: 1.0 };
    let (constants, offsets) = read(&problem.solve(&prior, STEPS));
    (constants, offsets.into_iter().map(|(id, offsets)| (id.to_owned(), offsets)).collect())
}

/// Fits, and leaves out each processor in turn.
pub fn fit(rows: &[PreparedPartition]) -> ProcessorFit {
    let (constants, measured) = solve(&rows.iter().collect::<Vec<_>>());
    let own = |row: &PreparedPartition| measured.get(&row.device).copied().unwrap_or_default();
    let within: Vec<f64> = rows.iter().map(|row| row.residual(&constants, own(row))).collect();
    let mut without_device = vec![0.0; rows.len()];
    let mut constants_without = BTreeMap::<String, ProcessorConstants>::new();
    for left in rows.iter().map(|row| row.device.as_str()).collect::<BTreeSet<_>>() {
        let (others, _) = solve(&rows.iter().filter(|row| row.device != left).collect::<Vec<_>>());
        for (row, residual) in rows.iter().zip(&mut without_device) {
            if row.device == left {
                *residual = row.residual(&others, Offsets::default());
            }
        }
        constants_without.insert(left.to_owned(), others);
    }
    // What one session gets is the single-stream form's: it says nothing of how well partitions were fitted.
    let promise = |residuals: &[f64], without: Option<&str>, (least, factor): (f64, f64)| {
        let kept = || rows.iter().zip(residuals).filter(move |(row, _)| without.is_none_or(|id| row.device != id));
        let lower = |sessions: std::ops::RangeInclusive<f64>| {
            let of = kept().filter(|(row, _)| sessions.contains(&row.sessions)).map(|(_, r)| (*r, 1.0)).collect();
            (quantile(of, PROMISED) * factor).exp().min(1.0)
        };
        Promise { few: lower(least..=8.0), many: lower(8.5..=f64::INFINITY) }
    };
    let promise_unmeasured = promise(&without_device, None, (1.0, 1.0));
    let left_out = LeftOut { promise: promise_unmeasured, constants: constants_without };
    let cells = sessions::cells(&left_out.constants, |_| promise_unmeasured);
    let cells_apart = sessions::cells(&left_out.constants, |id| promise(&without_device, Some(id), (1.0, 1.0)));
    let band = |residuals: &[f64], factor: f64| {
        let several = || -> Vec<(f64, f64)> {
            rows.iter().zip(residuals).filter(|(row, _)| row.sessions > 1.0).map(|(_, r)| (*r, 1.0)).collect()
        };
        if several().is_empty() {
            return Band::WIDE;
        }
        Band { low: quantile(several(), 0.1).min(0.0), high: quantile(several(), 0.9).max(0.0) }.widened(factor)
    };
    let microarchitectures = rows.iter().map(|row| (row.device.clone(), row.microarchitecture.clone())).collect();
    ProcessorFit {
        band: band(&within, FLATTERED),
        band_unmeasured: band(&without_device, FEW_PROCESSORS),
        promise: promise(&within, None, (1.5, FLATTERED)),
        promise_unmeasured,
        left_out,
        cells,
        cells_apart,
        fitted: FittedProcessors { constants, measured, microarchitectures },
        rows: rows.to_vec(),
        within,
        without_device,
    }
}
