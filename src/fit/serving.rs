//! Fitting the constants of serving: served engines and their power, partitioned processors, llama.cpp batches.
//!
//! Residuals are logarithms, robust; each constant is drawn to a physical prior. A run listed under several names counts
//! once, a family of models by the square root of its rows. Every choice is judged on families, devices and processors
//! left out of the fit, and the bands are made from what those scattered by.

pub mod bands;
pub mod local;
pub mod prepare;
pub mod processors;
pub mod record;
pub mod report;
pub mod sessions;
pub mod set_aside;

use super::solve::{Problem, robust};
use crate::sizing::serving::FittedServing;
use crate::sizing::serving::band::{ServingBands, Strangeness};
use crate::sizing::serving::fitted::VERSION;
use crate::sizing::serving::served::{self, PowerConstants, ServedConstants};
use crate::validate::serving::Quantity;
pub use prepare::Prepared;

/// Estimated constants of served engines.
#[derive(Clone, Debug)]
pub struct Served {
    /// Times and throughput.
    pub constants: ServedConstants,
    /// Power.
    pub power: PowerConstants,
}

/// Logarithm of measured over estimated, by quantity; `None` where not measured.
pub type Residuals = [Option<f64>; 4];

/// What a fit found, and how wrong it is on what was left out.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What was found.
    pub fitted: FittedServing,
    /// The served rows, in the order of the residuals below.
    pub rows: Vec<Prepared>,
    /// Residuals with the rows fitted along.
    pub within: Vec<Residuals>,
    /// The same with the family of the row's model left out.
    pub without_family: Vec<Residuals>,
    /// The same with the row's device left out.
    pub without_device: Vec<Residuals>,
    /// The same with the row's engine left out.
    pub without_engine: Vec<Residuals>,
    /// Share of rows that bands made from other families hold, by quantity.
    pub held: [f64; 4],
    /// Partitioned processors.
    pub processors: processors::ProcessorFit,
    /// Batches on graphics.
    pub local: local::LocalFit,
}

/// Scale of a residual beyond which a row counts less: time per token, to the first, throughput, power.
const SCALES: [f64; 4] = [0.10, 0.20, 0.14, 0.06];
/// Steps of a first fit, and of one that starts from another's result.
const STEPS: (usize, usize) = (60, 10);

impl Prepared {
    /// Logarithms of measured over estimated.
    pub fn residuals(&self, served: &Served) -> Residuals {
        self.residuals_of(served, self.guessing)
    }

    /// Share of a step that rests on penalties of one or two families.
    fn penalty_share(&self, served: &Served) -> f64 {
        served::load(&served.constants, &served.power, &self.work, self.sessions, self.between).strange_share
    }

    fn residuals_of(&self, served: &Served, guessing: bool) -> Residuals {
        let work = if guessing { &self.work_guessing } else { &self.work };
        let load = served::load(&served.constants, &served.power, work, self.sessions, self.between);
        let estimates = [
            Some(load.per_token.as_millis()),
            Some(load.first_token.as_millis()),
            Some(load.throughput.as_tokens_per_second()),
            load.power.map(crate::units::Watts::as_watts),
        ];
        let mut residuals = [None; 4];
        for ((residual, measured), estimate) in residuals.iter_mut().zip(self.measured).zip(estimates) {
            *residual = measured.zip(estimate).map(|(measured, estimate)| (measured / estimate).ln());
        }
        residuals
    }
}

fn solve(rows: &[&Prepared], start: &Served, steps: usize) -> Served {
    let logarithms = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
    let values = |x: &[f64]| x.iter().map(|value| value.exp()).collect::<Vec<f64>>();
    let prior = logarithms(ServedConstants::PRIOR);
    let residuals = |x: &[f64], out: &mut Vec<f64>| {
        let moved = Served { constants: ServedConstants::from_values(&values(x)), power: start.power.clone() };
        for row in rows {
            let found = row.residuals(&moved);
            for (quantity, scale) in [(0, SCALES[0]), (1, SCALES[1]), (2, SCALES[2])] {
                if let Some(residual) = found[quantity] {
                    out.push(row.weight.sqrt() * robust(residual / scale));
                }
            }
        }
    };
    let problem = Problem { residuals: &residuals, prior: &prior, spread: ServedConstants::SPREAD, prior_weight: 1.0 };
    let found = problem.solve(&logarithms(&start.constants.to_values()), steps);
    let constants = ServedConstants::from_values(&values(&found));
    let prior = logarithms(PowerConstants::PRIOR);
    let powered: Vec<&&Prepared> = rows.iter().filter(|row| row.measured[3].is_some()).collect();
    let mut of_family = std::collections::BTreeMap::<&str, f64>::new();
    for row in &powered {
        *of_family.entry(&row.family).or_default() += 1.0;
    }
    let residuals = |x: &[f64], out: &mut Vec<f64>| {
        let moved = Served { constants: constants.clone(), power: PowerConstants::from_values(&values(x)) };
        for row in &powered {
            if let Some(residual) = row.residuals(&moved)[3] {
                let family = of_family.get(row.family.as_str()).copied().unwrap_or(1.0);
                let weight = if row.clean { family.powf(-0.5) } else { 0.0 };
                out.push(weight.sqrt() * robust(residual / SCALES[3]));
            }
        }
    };
    let problem = Problem { residuals: &residuals, prior: &prior, spread: PowerConstants::SPREAD, prior_weight: 1.0 };
    let found = problem.solve(&logarithms(&start.power.to_values()), steps);
    Served { power: PowerConstants::from_values(&values(&found)), constants }
}

fn leave_out(rows: &[Prepared], start: &Served, key: impl Fn(&Prepared) -> &str) -> Vec<Residuals> {
    let mut residuals = vec![[None; 4]; rows.len()];
    let keys: std::collections::BTreeSet<&str> = rows.iter().map(&key).collect();
    for left in keys {
        let kept: Vec<&Prepared> = rows.iter().filter(|row| key(row) != left).collect();
        let without = solve(&kept, start, STEPS.1);
        for (row, residual) in rows.iter().zip(&mut residuals) {
            if key(row) == left {
                // Whether a run guessed tokens is known only from its measured speed: what is left out gets no such label.
                *residual = row.residuals_of(&without, false);
            }
        }
    }
    residuals
}

/// How strange a row is as its band is shown: wider where a step rests on penalties that one or two families showed, but
/// for power.
fn as_shown(quantity: Quantity, served: &Served, row: &Prepared) -> Strangeness {
    match quantity {
        Quantity::Power => Strangeness::default(),
        _ => Strangeness { penalty_share: row.penalty_share(served), ..Strangeness::default() },
    }
}

/// Fits everything, leaves out families, devices, engines and processors in turn, and sets bands from that.
pub fn fit(
    rows: Vec<Prepared>,
    processors: &[processors::PreparedPartition],
    local: &[local::PreparedBatch],
    date: &str,
) -> Fit {
    let all: Vec<&Prepared> = rows.iter().collect();
    let prior = Served { constants: ServedConstants::prior(), power: PowerConstants::prior() };
    let served = solve(&all, &prior, STEPS.0);
    let within = rows.iter().map(|row| row.residuals(&served)).collect();
    let without_family = leave_out(&rows, &served, |row| &row.family);
    let without_device = leave_out(&rows, &served, |row| &row.device);
    let without_engine = leave_out(&rows, &served, |row| &row.engine);
    let mut held = [0.0; 4];
    let mut made = [crate::sizing::serving::band::Bands::WIDE; 4];
    for quantity in Quantity::ALL {
        let at = quantity as usize;
        if let (Some(band), Some(share)) = (made.get_mut(at), held.get_mut(at)) {
            (*band, *share) = bands::of(&rows, &without_family, at, |row| as_shown(quantity, &served, row));
        }
    }
    let [per_token, first_token, throughput, power] = made;
    let processors = processors::fit(processors);
    let local = local::fit(local);
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let measured =
        |at: usize| count(rows.iter().filter(|row| row.measured.get(at).is_some_and(Option::is_some)).count());
    let distinct = |key: fn(&Prepared) -> &str| -> std::collections::BTreeSet<&str> { rows.iter().map(key).collect() };
    let fitted = FittedServing {
        version: VERSION,
        date: date.to_owned(),
        served_rows: (measured(0), measured(1), measured(3)),
        families: count(distinct(|row| &row.family).len()),
        devices: distinct(|row| &row.device).into_iter().map(str::to_owned).collect(),
        local_rows: (count(processors.rows.len()), count(local.rows.len())),
        local_devices: local.devices(),
        served: served.constants,
        power: served.power,
        processors: processors.fitted.clone(),
        local: local.constants.clone(),
        bands: ServingBands {
            per_token,
            first_token,
            throughput,
            power,
            processor: processors.band,
            processor_unmeasured: processors.band_unmeasured,
            processor_promise: processors.promise,
            processor_promise_unmeasured: processors.promise_unmeasured,
            local: local.band,
        },
    };
    Fit { fitted, rows, within, without_family, without_device, without_engine, held, processors, local }
}

/// A fit as the text of the file that the program compiles in.
///
/// # Errors
/// A value that RON cannot write; there is none in a fit.
pub fn to_ron_string(fitted: &FittedServing) -> Result<String, ron::Error> {
    let pretty = ron::ser::PrettyConfig::new().indentor("    ").depth_limit(4);
    let body = ron::ser::to_string_pretty(fitted, pretty)?;
    Ok(format!(
        "// Constants and bands of serving. Written by `sizewright fit`: do not edit by hand.\n\
         // Units and meanings are in src/sizing/serving: served/constants.rs, processors.rs, local.rs, band.rs.\n\
         {body}\n"
    ))
}
