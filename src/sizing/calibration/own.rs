//! From measurements of the user's own to what they say about each device: which rows can be used, and for what.
//!
//! Only speeds of one session are used here, decode and prefill: a row of several sessions at once speaks of a server's
//! scheduler as much as of the device.

use std::collections::BTreeMap;

use super::{Calibration, Case, Evidence, strange};
use crate::catalog::{
    Catalog, DeviceId, Engine, KvFormat, MeasuredValue, Measurement, ModelId, Placement, Recognised, WeightFormat,
};
use crate::sizing::speed::conditions::Conditions;
use crate::sizing::speed::platform::Stack;
use crate::sizing::speed::{FittedSpeed, Run};
use crate::sizing::{Refusal, weights};
use crate::units::TokensPerSecond;

/// What becomes of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum RowStanding {
    /// Switched off by the user.
    Off,
    /// It shifts the estimates of its device.
    Used {
        /// Measured over estimated speed, minus one.
        off_by: f64,
    },
    /// Too far from the estimate, or from the device's other rows, to be believed.
    Outlier {
        /// Measured over estimated speed.
        times: f64,
    },
    /// It cannot be used; the reason, and what would help.
    NotUsed(String),
}

impl std::fmt::Display for RowStanding {
    /// In words, for lists.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Off => f.write_str("switched off"),
            Self::Used { off_by } => write!(f, "used: {:+.0} % of the estimate without it", off_by * 100.0),
            Self::Outlier { times } => {
                write!(f, "not believed: {times:.2} times the estimate without it; check what ran, or delete the row")
            }
            Self::NotUsed(reason) => write!(f, "not used: {reason}"),
        }
    }
}

/// What the user's measurements say about each device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OwnDevices {
    calibrations: BTreeMap<DeviceId, Calibration>,
    /// One for each measurement, in order.
    pub rows: Vec<RowStanding>,
}

impl OwnDevices {
    /// What is known of a device; nothing where nobody measured it.
    pub fn of(&self, device: &DeviceId) -> &Calibration {
        self.calibrations.get(device).unwrap_or_else(|| Calibration::none())
    }
}

/// What a run was asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Asked {
    /// Tokens generated after `depth_tokens`, as in the middle of `output_tokens`.
    Decode {
        /// Tokens before the middle of the answer.
        depth_tokens: f64,
        /// Tokens generated.
        output_tokens: u32,
    },
    /// A prompt read.
    Prefill {
        /// Its tokens.
        prompt_tokens: u32,
        /// Tokens in the cache before it.
        depth_tokens: f64,
    },
}

impl Evidence {
    /// What a measured speed says against the estimate without it.
    ///
    /// # Errors
    /// No estimate can be made of such a run.
    pub fn of(run: &Run<'_>, fitted: &FittedSpeed, asked: Asked, measured: TokensPerSecond) -> Result<Self, Refusal> {
        let none = Calibration::none();
        let (machine, work) = (run.machine()?, run.work());
        let (case, estimated) = match asked {
            Asked::Decode { depth_tokens, output_tokens } => {
                let timed = run.decode(fitted, depth_tokens, output_tokens, none)?;
                (Case::of_decode(&machine, &run.conditions, &work, &timed.time), timed.figure.likely)
            }
            Asked::Prefill { prompt_tokens, depth_tokens } => {
                let timed = run.prefill(fitted, prompt_tokens, depth_tokens, none)?;
                (Case::of_prefill(&machine, &run.conditions, &work, &timed.time), timed.figure.likely)
            }
        };
        Ok(Self { case, residual: (measured / estimated).ln(), date: None })
    }
}

/// What measurements say about the devices of a catalog. `rows`: each with whether the user has it switched on.
pub fn calibrate<'a>(catalog: &Catalog, rows: impl Iterator<Item = (&'a Measurement, bool)>) -> OwnDevices {
    let fitted = FittedSpeed::builtin();
    let read: Vec<Result<Usable, RowStanding>> = rows
        .map(
            |(row, on)| {
                if on { usable(catalog, fitted, row).map_err(RowStanding::NotUsed) } else { Err(RowStanding::Off) }
            },
        )
        .collect();
    let mut groups = BTreeMap::<(DeviceId, bool), Vec<(usize, Evidence)>>::new();
    let mut standings = Vec::with_capacity(read.len());
    for (at, row) in read.into_iter().enumerate() {
        match row {
            Ok(row) => {
                standings.push(RowStanding::Used { off_by: row.evidence.residual.exp_m1() });
                groups.entry((row.device, row.decode)).or_default().push((at, row.evidence));
            }
            Err(standing) => standings.push(standing),
        }
    }
    let mut both = BTreeMap::<DeviceId, (Vec<Evidence>, Vec<Evidence>)>::new();
    for ((device, decode), group) in groups {
        let residuals: Vec<f64> = group.iter().map(|(_, row)| row.residual).collect();
        for ((at, row), _) in group.iter().zip(strange(&residuals)).filter(|(_, strange)| *strange) {
            if let Some(standing) = standings.get_mut(*at) {
                *standing = RowStanding::Outlier { times: row.residual.exp() };
            }
        }
        let rows = group.into_iter().map(|(_, row)| row).collect();
        let entry = both.entry(device).or_default();
        *(if decode { &mut entry.0 } else { &mut entry.1 }) = rows;
    }
    let calibrations =
        both.into_iter().map(|(device, (decode, prefill))| (device, Calibration::new(decode, prefill))).collect();
    OwnDevices { calibrations, rows: standings }
}

/// A row that can be used.
struct Usable {
    device: DeviceId,
    decode: bool,
    evidence: Evidence,
}

/// Most that the size of a file may differ from the one counted: more is another model or format.
const MOST_SIZE_APART: f64 = 0.2; // embedding left out or kept at 16 bits, in the built-in models, 2026-11

/// An error says why not, and what to do.
fn usable(catalog: &Catalog, fitted: &FittedSpeed, row: &Measurement) -> Result<Usable, String> {
    let (decode, measured) = speed(row)?;
    let unknown =
        |what: &str, named: &str| format!("{what} `{named}` is not in the catalog: add it, or say which it was");
    let id = |found: Option<&DeviceId>| found.and_then(|id| catalog.devices.get(id));
    let device = id(row.device.id()).ok_or_else(|| unknown("the device", named(&row.device)))?;
    let model = row.model.id().and_then(|id: &ModelId| catalog.models.get(id));
    let model = model.ok_or_else(|| unknown("the model", named(&row.model)))?;
    let format: WeightFormat = row.format.ok_or("how its weights were stored is not known: say so when importing")?;
    match row.placement {
        Placement::ExpertsOnHost(1..) => return Err("a part of the model was in the host's memory".to_owned()),
        Placement::Layers(on_device) => {
            let layers = model.architecture.as_ref().map_or(0, |shapes| shapes.layers);
            if on_device < layers && !device.is_processor() {
                return Err(format!("only {on_device} of {layers} layers were on the device"));
            }
        }
        Placement::Device | Placement::ExpertsOnHost(0) | Placement::Unknown => {}
    }
    let engine = row.engine.unwrap_or(Engine::LlamaCpp);
    let weights = weights::count(model, format, engine).map_err(|refusal| refusal.reason)?;
    if let Some(stored) = row.weight_bytes {
        let apart = stored.as_f64() / weights.total().as_f64() - 1.0;
        if apart.is_nan() || apart.abs() > MOST_SIZE_APART {
            return Err(format!(
                "its weights take {stored} where {} in {format} takes {}: it is another model or format",
                model.name,
                weights.total()
            ));
        }
    }
    let mut conditions = Conditions::usual(device, engine, row.device_count.unwrap_or(1));
    // "Metal,BLAS" and "CUDA,RPC": libraries stand beside what drives the device.
    let stacks: Vec<Stack> =
        row.backend.iter().flat_map(|all| all.split(',')).filter_map(|one| Stack::from_name(one.trim())).collect();
    if let Some(stack) = stacks.iter().find(|stack| **stack != Stack::Processor).or(stacks.first()) {
        conditions.stack = *stack;
    }
    conditions.threads = row.threads.filter(|_| conditions.stack == Stack::Processor);
    if conditions.stack == Stack::Processor && Stack::usual(device) != Stack::Processor && !device.is_processor() {
        return Err(format!("it ran on a processor, and {} is none", device.name));
    }
    let kv_format = row.key_format.unwrap_or(KvFormat::F16);
    let run = Run { model, format, kv_format, device, weights: &weights, conditions };
    let depth = f64::from(row.depth_tokens);
    let asked = if decode {
        let output_tokens =
            row.output_tokens.filter(|&tokens| tokens > 0).ok_or("how many tokens were generated is not known")?;
        let prompt = f64::from(row.prompt_tokens.unwrap_or(0));
        Asked::Decode { depth_tokens: depth + prompt + f64::from(output_tokens) / 2.0, output_tokens }
    } else {
        let prompt_tokens =
            row.prompt_tokens.filter(|&tokens| tokens > 0).ok_or("the length of the prompt is not known")?;
        Asked::Prefill { prompt_tokens, depth_tokens: depth }
    };
    let mut evidence = Evidence::of(&run, fitted, asked, measured).map_err(|refusal| refusal.reason)?;
    if !evidence.residual.is_finite() {
        return Err("its figure is not a speed".to_owned());
    }
    evidence.date = row.date.clone();
    Ok(Usable { device: device.id.clone(), decode, evidence })
}

/// Whether it is decode, and the speed of one session alone.
fn speed(row: &Measurement) -> Result<(bool, TokensPerSecond), String> {
    if !row.value.is_possible() {
        return Err("its figure is not above zero".to_owned());
    }
    let alone = row.concurrency.is_none_or(|sessions| sessions <= 1.0);
    match row.value {
        MeasuredValue::Decode(speed) if alone => Ok((true, speed.value)),
        MeasuredValue::Prefill(speed) if alone => Ok((false, speed.value)),
        MeasuredValue::TimePerOutputToken(time) if row.concurrency == Some(1.0) => {
            Ok((true, TokensPerSecond::from_step(time.value)))
        }
        MeasuredValue::Decode(_) | MeasuredValue::Prefill(_) | MeasuredValue::TimePerOutputToken(_) => {
            Err("several sessions shared the device: estimates of served sessions do not use measurements yet"
                .to_owned())
        }
        MeasuredValue::PrefillAndDecode(_) => {
            Err("prompt and answer are timed together: neither can be told".to_owned())
        }
        MeasuredValue::OutputThroughput(_) | MeasuredValue::TimeToFirstToken(_) | MeasuredValue::Power(_) => {
            Err(format!("{} is kept, and no estimate uses it", row.value.label()))
        }
    }
}

fn named<Id>(what: &Recognised<Id>) -> &str {
    if what.text.is_empty() { "(not named)" } else { &what.text }
}
