//! What a bench leaves in a plan: this machine as a device, and the speeds as its measurements, from which estimates of
//! other models on it start. The window keeps the same of an answer.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::Arguments;
use super::told::{Teller, Timed, rates, spread};
use crate::catalog::{Catalog, Date, DeviceId, MeasuredValue, Measurement, OwnRun, Reading, RunTokens};
use crate::cli::plan::{self, Plan};
use crate::export;
use crate::import::ThisMachine;
use crate::import::ran::{LEAST_TOKENS, Ran};
use crate::infer::{Bench, processor_name};
use crate::project::file;
use crate::units::TokensPerSecond;

/// The plan that is added to.
pub(super) struct Keeper {
    path: PathBuf,
    plan: Plan,
    /// This machine, once it is among the plan's own devices.
    device: Option<DeviceId>,
}

impl Keeper {
    /// Of this plan.
    pub fn of(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { path: path.to_owned(), plan: plan::load(Some(path))?, device: None })
    }

    /// Puts the machine among the plan's own devices; returns what was read, guessed and is missing, in words.
    pub fn put(&mut self, machine: &ThisMachine) -> anyhow::Result<String> {
        let (mut words, id) = (String::new(), machine.id());
        for told in machine.told() {
            writeln!(words, "{:<9} {}: {}", told.known.label(), told.name, told.text)?;
        }
        let device = machine.device(self.plan.catalog.devices.get(&id), today()?);
        self.plan.project.layer.put(device);
        self.save()?;
        writeln!(words, "{}: this machine is its device `{id}`", self.path.display())?;
        self.device = Some(id);
        Ok(words)
    }

    /// Adds what was timed as measurements of that device; returns what became of it, in words.
    pub fn add(&mut self, teller: &Teller<'_>, bench: &Bench, all: &[Timed]) -> anyhow::Result<String> {
        let Some(device) = self.device.clone() else { return Ok(String::new()) };
        let catalog = &self.plan.catalog;
        let ran = ran(teller.arguments, bench, catalog);
        if let Err(missing) = ran.known() {
            return Ok(format!("no measurement to keep: {missing}\n"));
        }
        let long_enough = |timed: &&Timed| timed.is_prompt || timed.timing.tokens >= LEAST_TOKENS;
        let kept: Vec<&Timed> = all.iter().filter(long_enough).collect();
        let (processor, threads) = (processor_name(), u32::try_from(bench.threads())?);
        let run = ran.run_here(processor.as_deref(), threads, today()?, Some(bench.cache()));
        let rows: Vec<Measurement> = kept.iter().map(|timed| row(&run, teller.arguments.depth, timed)).collect();
        let done = self.plan.project.add_measurements(ran.measured_on(&device, rows));
        self.save()?;
        let mut words = format!("{}: {}", self.path.display(), done.words());
        if kept.len() < all.len() {
            write!(words, "; not taken: a speed of fewer than {LEAST_TOKENS} tokens generated")?;
        }
        Ok(words + "\n")
    }

    fn save(&self) -> anyhow::Result<()> {
        Ok(file::save(&self.path, &self.plan.project, Catalog::builtin()?)?)
    }
}

/// One figure as a measurement, with the spread of its repetitions where there are several.
fn row(run: &OwnRun, depth: u32, timed: &Timed) -> Measurement {
    let rates = rates(&timed.timing);
    let (mean, deviation) = spread(&rates);
    let speed = TokensPerSecond::from_tokens_per_second;
    let reading = Reading { value: speed(mean), deviation: (rates.len() > 1).then(|| speed(deviation)) };
    let tokens = u32::try_from(timed.timing.tokens).unwrap_or(u32::MAX);
    if timed.is_prompt {
        run.row(MeasuredValue::Prefill(reading), RunTokens { prompt: tokens, depth, output: 0 })
    } else {
        run.row(MeasuredValue::Decode(reading), RunTokens { prompt: 0, depth, output: tokens })
    }
}

/// What was timed, in the words of the catalog.
pub(super) fn ran(arguments: &Arguments, bench: &Bench, catalog: &Catalog) -> Ran {
    match &arguments.model {
        None => Ran::embedded(catalog),
        Some(path) => Ran::of_file(path, Some(bench.header()), catalog),
    }
}

pub(super) fn today() -> anyhow::Result<Date> {
    export::day_of(SystemTime::now())
        .ok_or_else(|| anyhow::anyhow!("the clock of this machine is out of range: set it, then measure again"))
}
