//! Fitting the constants of single-stream speed.
//!
//! Four fits: generating and reading prompts, on accelerators and on processors. Residuals are logarithms of time, robust;
//! rows weigh by how far their source can be trusted, and less the more rows their device has. Each constant has a prior
//! (see `sizing::speed::constants`): that is the hierarchy that lets thin platforms borrow from the rest.

use super::set_aside::SetAside;
use super::solve::{Problem, robust};
use super::{bands, own_rows};
use crate::catalog::{Catalog, DeviceId, KvFormat, ModelId, WeightFormat};
use crate::sizing::calibration::Case;
use crate::sizing::speed::Run;
use crate::sizing::speed::band::Segment;
use crate::sizing::speed::conditions::Conditions;
use crate::sizing::speed::constants::{Constants, SpeedConstants};
use crate::sizing::speed::decode::{self, TokenLoad};
use crate::sizing::speed::fitted::{FittedSpeed, VERSION};
use crate::sizing::speed::platform::Machine;
use crate::sizing::speed::prefill::{self, PromptLoad};
use crate::sizing::speed::work::Work;
use crate::sizing::weights;
use crate::units::TokensPerSecond;
use crate::validate::speed::row::{Metric, SpeedRow};
use crate::validate::speed::runtime;

/// One of the four fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Generating tokens, accelerators.
    AcceleratorDecode,
    /// Generating tokens, processors.
    ProcessorDecode,
    /// Reading prompts, accelerators.
    AcceleratorPrefill,
    /// Reading prompts, processors.
    ProcessorPrefill,
}

impl Part {
    /// All four; accelerators first, processors borrow the time of a request from them.
    pub const ALL: [Self; 4] =
        [Self::AcceleratorDecode, Self::ProcessorDecode, Self::AcceleratorPrefill, Self::ProcessorPrefill];

    fn of(metric: Metric, machine: &Machine) -> Self {
        match (metric, machine) {
            (Metric::Decode, Machine::Accelerator(_)) => Self::AcceleratorDecode,
            (Metric::Decode, Machine::Processor(_)) => Self::ProcessorDecode,
            (Metric::Prefill, Machine::Accelerator(_)) => Self::AcceleratorPrefill,
            (Metric::Prefill, Machine::Processor(_)) => Self::ProcessorPrefill,
        }
    }

    /// What it speaks of.
    pub const fn metric(self) -> Metric {
        match self {
            Self::AcceleratorDecode | Self::ProcessorDecode => Metric::Decode,
            Self::AcceleratorPrefill | Self::ProcessorPrefill => Metric::Prefill,
        }
    }

    /// Scale of residuals beyond which a row counts less, and strength of the priors.
    const fn robustness(self) -> (f64, f64) {
        // Chosen on left-out devices, 2026-11: prompts scatter more than answers.
        match self.metric() {
            Metric::Decode => (0.12, 1.2),
            Metric::Prefill => (0.2, 1.5),
        }
    }

    /// Names of its constants.
    pub const fn names(self) -> &'static [&'static str] {
        use crate::sizing::speed::constants as c;
        match self {
            Self::AcceleratorDecode => c::AcceleratorDecode::NAMES,
            Self::ProcessorDecode => c::ProcessorDecode::NAMES,
            Self::AcceleratorPrefill => c::AcceleratorPrefill::NAMES,
            Self::ProcessorPrefill => c::ProcessorPrefill::NAMES,
        }
    }

    const fn prior(self) -> (&'static [f64], &'static [f64]) {
        use crate::sizing::speed::constants as c;
        match self {
            Self::AcceleratorDecode => (c::AcceleratorDecode::PRIOR, c::AcceleratorDecode::SPREAD),
            Self::ProcessorDecode => (c::ProcessorDecode::PRIOR, c::ProcessorDecode::SPREAD),
            Self::AcceleratorPrefill => (c::AcceleratorPrefill::PRIOR, c::AcceleratorPrefill::SPREAD),
            Self::ProcessorPrefill => (c::ProcessorPrefill::PRIOR, c::ProcessorPrefill::SPREAD),
        }
    }

    fn put(self, constants: &mut SpeedConstants, logarithms: &[f64]) {
        let values: Vec<f64> = logarithms.iter().map(|x| x.exp()).collect();
        match self {
            Self::AcceleratorDecode => constants.accelerator_decode = Constants::from_values(&values),
            Self::ProcessorDecode => constants.processor_decode = Constants::from_values(&values),
            Self::AcceleratorPrefill => constants.accelerator_prefill = Constants::from_values(&values),
            Self::ProcessorPrefill => constants.processor_prefill = Constants::from_values(&values),
        }
    }
}

/// A row with everything the formulas ask, computed once.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Place of the row in its table.
    pub at: usize,
    /// Which fit it belongs to.
    pub part: Part,
    /// Catalog id of the device.
    pub device: String,
    /// Maker, kind of memory and stack, or kind of processor.
    pub platform: String,
    /// Family of the model.
    pub family: String,
    /// What it scatters with.
    pub segment: Segment,
    /// How far its source can be trusted: 'A', 'B' or 'C'.
    pub trust: char,
    machine: Machine,
    conditions: Conditions,
    work: Work,
    load: Load,
    log_speed: f64,
    weight: f64,
}

#[derive(Clone, Copy, Debug)]
enum Load {
    Token(TokenLoad),
    Prompt(PromptLoad),
}

/// Weight of a row by trust.
const fn trust_weight(trust: char) -> f64 {
    match trust {
        'A' => 1.0,
        'B' => 0.7,
        _ => 0.35,
    }
}

/// A device with many rows counts more than one with few, but not in proportion.
const ROWS_EXPONENT: f64 = -0.35;

impl Prepared {
    /// What of it decides which other rows of its device it is like.
    pub fn case(&self, constants: &SpeedConstants) -> Case {
        match &self.load {
            Load::Token(load) => {
                let time = decode::time(constants, &self.machine, &self.conditions, &self.work, load);
                Case::of_decode(&self.machine, &self.conditions, &self.work, &time)
            }
            Load::Prompt(load) => {
                let time = prefill::time(constants, &self.machine, &self.conditions, &self.work, load);
                Case::of_prefill(&self.machine, &self.conditions, &self.work, &time)
            }
        }
    }

    /// Logarithm of estimated over measured speed.
    pub fn residual(&self, constants: &SpeedConstants) -> f64 {
        let time = match &self.load {
            Load::Token(load) => decode::time(constants, &self.machine, &self.conditions, &self.work, load).total(),
            Load::Prompt(load) => prefill::time(constants, &self.machine, &self.conditions, &self.work, load).total(),
        };
        TokensPerSecond::from_step(time).as_tokens_per_second().ln() - self.log_speed
    }
}

/// Rows that can be fitted: one session, a known device and model, nothing set aside.
pub fn prepare(catalog: &Catalog, rows: &[SpeedRow], set_aside: &[SetAside]) -> Vec<Prepared> {
    let mut prepared: Vec<Prepared> = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !set_aside.iter().any(|entry| entry.covers(row)))
        .filter_map(|(at, row)| prepare_row(catalog, at, row))
        .collect();
    let mut rows_of = std::collections::BTreeMap::<(String, Part), f64>::new();
    for row in &prepared {
        *rows_of.entry((row.device.clone(), row.part)).or_default() += 1.0;
    }
    for row in &mut prepared {
        let count = rows_of.get(&(row.device.clone(), row.part)).copied().unwrap_or(1.0);
        row.weight = trust_weight(row.trust) * count.powf(ROWS_EXPONENT);
    }
    prepared
}

fn prepare_row(catalog: &Catalog, at: usize, row: &SpeedRow) -> Option<Prepared> {
    let metric = row.quantity()?;
    let measured = row.measured.filter(|speed| *speed > 0.0 && speed.is_finite())?;
    if SpeedRow::count(row.concurrency) > 1 {
        return None;
    }
    let device = catalog.devices.get(&DeviceId::new(&row.device))?;
    let model = catalog.models.get(&ModelId::new(&row.model))?;
    let format: WeightFormat = row.weight_format.parse().ok()?;
    let weights = weights::count(model, format, runtime::engine(row)).ok()?;
    let conditions = runtime::conditions(row, device);
    let run = Run { model, format, kv_format: KvFormat::F16, device, weights: &weights, conditions };
    let machine = run.machine().ok()?;
    let load = match metric {
        Metric::Decode => {
            let output = SpeedRow::count(row.output_tokens);
            Load::Token(run.token_load(row.decode_depth(), output))
        }
        Metric::Prefill => {
            let prompt = SpeedRow::count(row.prompt_tokens);
            if prompt == 0 {
                return None;
            }
            Load::Prompt(run.prompt_load(prompt, row.depth_tokens.unwrap_or(0.0)))
        }
    };
    Some(Prepared {
        at,
        part: Part::of(metric, &machine),
        device: row.device.clone(),
        platform: machine.platform(conditions.stack),
        family: model.family.clone(),
        segment: Segment::of(&machine, &conditions),
        trust: row.trust.chars().next().unwrap_or('C'),
        machine,
        conditions,
        work: run.work(),
        load,
        log_speed: measured.ln(),
        weight: 1.0,
    })
}

/// A fit with the residuals of its rows.
#[derive(Clone, Debug)]
pub struct Fit {
    /// What was found.
    pub fitted: FittedSpeed,
    /// The rows, in the order of the residuals below.
    pub rows: Vec<Prepared>,
    /// Logarithm of estimated over measured, rows fitted along.
    pub within: Vec<f64>,
    /// The same with the row's device left out.
    pub without_device: Vec<f64>,
    /// The same with the row's whole platform left out.
    pub without_platform: Vec<f64>,
    /// The same with the family of the row's model left out.
    pub without_family: Vec<f64>,
}

/// Steps of a first fit, and of one that starts from another's result.
const STEPS: (usize, usize) = (60, 8);

/// Fits constants, leaves out devices, platforms and model families in turn, and sets bands from that.
pub fn fit(rows: Vec<Prepared>, date: &str) -> Fit {
    let mut constants = SpeedConstants::prior();
    let mut start = Vec::new();
    for part in Part::ALL {
        let (prior, _) = part.prior();
        let logarithms: Vec<f64> = prior.iter().map(|x| x.ln()).collect();
        let found = solve(part, &rows, &constants, &logarithms, STEPS.0, &|_| true);
        part.put(&mut constants, &found);
        start.push((part, found));
    }
    let within = rows.iter().map(|row| row.residual(&constants)).collect();
    let leave = |key: &dyn Fn(&Prepared) -> &str| leave_out(&rows, &constants, &start, key);
    let without_device = leave(&|row| &row.device);
    let without_platform = leave(&|row| &row.platform);
    let without_family = leave(&|row| &row.family);
    let bands = |metric| bands::bands(&rows, &without_device, &without_platform, metric);
    let calibration = own_rows::strength(&rows, &constants, &without_device);
    let devices: std::collections::BTreeSet<&str> = rows.iter().map(|row| row.device.as_str()).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let fitted = FittedSpeed {
        version: VERSION,
        date: date.to_owned(),
        rows: count(rows.len()),
        devices: count(devices.len()),
        decode_bands: bands(Metric::Decode),
        prefill_bands: bands(Metric::Prefill),
        constants,
        calibration,
    };
    Fit { fitted, rows, within, without_device, without_platform, without_family }
}

fn solve(
    part: Part,
    rows: &[Prepared],
    constants: &SpeedConstants,
    start: &[f64],
    steps: usize,
    keep: &dyn Fn(&Prepared) -> bool,
) -> Vec<f64> {
    let (scale, prior_weight) = part.robustness();
    let (prior, spread) = part.prior();
    let prior: Vec<f64> = prior.iter().map(|x| x.ln()).collect();
    let kept: Vec<&Prepared> = rows.iter().filter(|row| row.part == part && keep(row)).collect();
    let residuals = |x: &[f64], out: &mut Vec<f64>| {
        let mut moved = constants.clone();
        part.put(&mut moved, x);
        out.extend(kept.iter().map(|row| row.weight.sqrt() * robust(row.residual(&moved) / scale)));
    };
    Problem { residuals: &residuals, prior: &prior, spread, prior_weight }.solve(start, steps)
}

fn leave_out(
    rows: &[Prepared],
    constants: &SpeedConstants,
    start: &[(Part, Vec<f64>)],
    key: &dyn Fn(&Prepared) -> &str,
) -> Vec<f64> {
    let mut residuals = vec![0.0; rows.len()];
    for (part, found) in start {
        let keys: std::collections::BTreeSet<&str> = rows.iter().filter(|row| row.part == *part).map(key).collect();
        for left in keys {
            let without = solve(*part, rows, constants, found, STEPS.1, &|row| key(row) != left);
            let mut moved = constants.clone();
            part.put(&mut moved, &without);
            for (row, residual) in rows.iter().zip(&mut residuals) {
                if row.part == *part && key(row) == left {
                    *residual = row.residual(&moved);
                }
            }
        }
    }
    residuals
}
