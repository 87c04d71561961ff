//! Served rows with everything the formulas ask, computed once, and what each counts.

use std::collections::BTreeMap;

use super::set_aside::{Entry, Treatment};
use crate::catalog::Catalog;
use crate::sizing::serving::served::{Between, Serving, Work};
use crate::validate::serving::{self, Quantity, ServedRow};

/// A row ready to be fitted.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// Place of the row in its table.
    pub at: usize,
    /// Family of the model: what is left out together.
    pub family: String,
    /// Catalog id of the device.
    pub device: String,
    /// The engine.
    pub engine: String,
    /// The numbers of the run.
    pub work: Work,
    /// The same with further tokens guessed.
    pub work_guessing: Work,
    /// Whether the run evidently guessed further tokens.
    pub guessing: bool,
    /// Sessions at once.
    pub sessions: f64,
    /// Which time between tokens was published.
    pub between: Between,
    /// Time per token, to the first, throughput, power, as published; `None` where not, or where it cannot be right.
    pub measured: [Option<f64>; 4],
    /// What the row counts.
    pub weight: f64,
    /// Whether nothing is doubtful about it: errors are judged on these.
    pub clean: bool,
    /// Whether it is a mixture of experts.
    pub mixture: bool,
}

/// What a row that cannot be right counts, and one that is unlike the rest.
const WEIGHTS: (f64, f64) = (0.02, 0.3);
/// Of two runs under one name, one this much faster guessed further tokens.
const FASTER_TWIN: f64 = 0.95;

/// Rows that can be fitted.
pub fn prepare(catalog: &Catalog, rows: &[ServedRow], doubts: &[Entry]) -> Vec<Prepared> {
    let key = |row: &ServedRow| {
        let of = |cell: Option<f64>| cell.map_or(0, f64::to_bits);
        (
            (row.device.clone(), family(&row.model), row.weight_format.clone(), row.engine.clone()),
            (of(row.concurrency), of(row.prompt_tokens), of(row.output_tokens), of(row.tpot_ms)),
        )
    };
    let mut copies = BTreeMap::<_, f64>::new();
    let mut slowest = BTreeMap::<String, f64>::new();
    for row in rows {
        *copies.entry(key(row)).or_default() += 1.0;
        let slow = slowest.entry(twin(row)).or_default();
        *slow = slow.max(row.tpot_ms.unwrap_or(0.0));
    }
    let mut prepared: Vec<Prepared> = rows
        .iter()
        .enumerate()
        .filter_map(|(at, row)| {
            let copies = copies.get(&key(row)).copied().unwrap_or(1.0);
            let slowest = slowest.get(&twin(row)).copied().unwrap_or(0.0);
            one(catalog, row, doubts, copies, slowest).map(|prepared| Prepared { at, ..prepared })
        })
        .collect();
    let mut of_family = BTreeMap::<String, f64>::new();
    for row in &prepared {
        *of_family.entry(row.family.clone()).or_default() += row.weight;
    }
    // A family counts by the square root of its rows: divided by the mean, so that the priors keep their strength.
    let total: f64 = prepared.iter().map(|row| of_family.get(&row.family).copied().unwrap_or(1.0)).sum();
    let mean = total / prepared.len().max(1) as f64;
    for row in &mut prepared {
        row.weight *= (of_family.get(&row.family).copied().unwrap_or(mean) / mean).powf(-0.5);
    }
    prepared
}

fn one(catalog: &Catalog, row: &ServedRow, doubts: &[Entry], copies: f64, slowest: f64) -> Option<Prepared> {
    let way: Serving<'_> = serving::serving(catalog, row).ok()?;
    let work = way.work().ok()?;
    let work_guessing = Serving { guessing: true, ..way }.work().ok()?;
    let mut prepared = Prepared {
        at: 0,
        family: family(&row.model),
        device: row.device.clone(),
        engine: row.engine.clone(),
        mixture: work.is_mixture(),
        work,
        work_guessing,
        guessing: false,
        sessions: row.concurrency?,
        between: serving::between(row),
        measured: Quantity::ALL.map(|quantity| quantity.measured(row)),
        weight: 1.0 / copies,
        clean: true,
    };
    for doubt in doubts.iter().filter(|doubt| doubt.covers(row)) {
        match doubt.treatment {
            Treatment::SetAside => {
                prepared.weight *= WEIGHTS.0;
                prepared.clean = false;
                prepared.measured[Quantity::FirstToken as usize] = None;
            }
            Treatment::Doubtful => {
                prepared.weight *= WEIGHTS.1;
                prepared.clean = false;
            }
            Treatment::NoFirstToken => prepared.measured[Quantity::FirstToken as usize] = None,
            Treatment::Guessing => prepared.guessing = true,
            Treatment::FasterTwinGuessing => {
                prepared.guessing |= row.tpot_ms.is_some_and(|time| time < FASTER_TWIN * slowest);
            }
            Treatment::OwnFamily => prepared.family.push_str(" (simulator studies)"),
        }
    }
    Some(prepared)
}

/// What two runs under one name share.
fn twin(row: &ServedRow) -> String {
    format!(
        "{} {} {} {} {} {:?} {:?} {:?} {:?} {:?}",
        row.device,
        family(&row.model),
        row.engine,
        row.engine_version,
        row.weight_format,
        row.tensor_parallel,
        row.expert_parallel,
        row.concurrency,
        row.prompt_tokens,
        row.output_tokens
    )
}

/// The family a model is left out with: one shape under several names is one family.
pub fn family(model: &str) -> String {
    let sized = |size: &str| model.split('-').any(|part| part == size);
    if model.starts_with("llama-3") && sized("70b") {
        "Llama 3 70B".to_owned()
    } else if model.starts_with("llama-3") && sized("8b") {
        "Llama 3 8B".to_owned()
    } else if model.starts_with("llama-4") {
        "Llama 4".to_owned()
    } else if model.starts_with("deepseek-v3") || model.starts_with("deepseek-r1-671b") {
        "DeepSeek V3 and R1".to_owned()
    } else {
        model.to_owned()
    }
}
