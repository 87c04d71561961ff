//! What a fit was judged on: every measurement, what was estimated of it while it was left out, and where it is from.

use super::quantity::{LeftOut, Quantity, Trust};
use super::summary::{Estimate, Judged};
use crate::units::thousands;
use serde::Serialize;

/// All rows one fit was judged on, with the day and the counts of its constants.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// Day of the fit, `YYYY-MM-DD`.
    pub date: String,
    /// The constants it judges, a path in the project.
    pub constants: String,
    /// Rows of the tables that were read.
    pub rows_read: u32,
    /// What the runs' numbers point to.
    pub names: Names,
    /// Runs, one or several quantities measured in each.
    pub runs: Vec<Run>,
    /// Rows that were not judged: why, and how many.
    pub not_judged: Vec<(String, u32)>,
}

/// Words that many runs share; a run holds places in these lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Names {
    /// Catalog ids of devices.
    pub devices: Vec<String>,
    /// Catalog ids of models.
    pub models: Vec<String>,
    /// Catalog names of weight formats.
    pub formats: Vec<String>,
    /// Engine, backend and how many devices share one copy.
    pub setups: Vec<String>,
    /// What scatters alike.
    pub classes: Vec<String>,
    /// Who published it.
    pub sources: Vec<String>,
    /// Why a run was set aside.
    pub reasons: Vec<String>,
}

/// One published run. Places are those in [`Names`].
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Device.
    pub device: usize,
    /// Model.
    pub model: usize,
    /// Weight format.
    pub format: usize,
    /// Engine, backend, devices.
    pub setup: usize,
    /// What it scatters with.
    pub class: usize,
    /// How far its source is trusted.
    pub trust: Trust,
    /// Sessions at once. `None`: not published.
    pub sessions: Option<f64>,
    /// Tokens of a prompt. `None`: not published.
    pub prompt: Option<f64>,
    /// Tokens in the cache before.
    pub depth: Option<f64>,
    /// Tokens generated.
    pub output: Option<f64>,
    /// Source.
    pub source: usize,
    /// Which sample of the source. Empty: the source says enough.
    pub detail: String,
    /// Why it was set aside. `None`: it was not.
    pub reason: Option<usize>,
    /// What was measured in it.
    pub values: Vec<Value>,
}

/// One quantity of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Which.
    pub quantity: Quantity,
    /// What was measured, in its unit; above zero.
    pub measured: f64,
    /// What was estimated while something was left out, in the order of [`LeftOut::ALL`]. `None`: not done.
    pub estimates: [Option<Estimate>; 3],
}

/// One quantity of one run, with its words.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    record: &'a Record,
    run: &'a Run,
    value: &'a Value,
}

impl Record {
    /// All rows, set aside or not.
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> + Clone {
        self.runs.iter().flat_map(move |run| run.values.iter().map(move |value| Row { record: self, run, value }))
    }

    /// Rows that are judged, if need be without their time to the first token.
    pub fn judged_rows(&self) -> usize {
        self.runs.iter().filter(|run| run.reason.is_none()).count()
    }

    /// Why rows were set aside, and how many, in the order of the reasons.
    pub fn set_aside(&self) -> Vec<SetAside<'_>> {
        let of = |at: usize, reason| {
            let runs = || self.runs.iter().filter(move |run| run.reason == Some(at));
            let first_token = |run: &&Run| run.values.iter().all(|value| value.quantity == Quantity::FirstToken);
            let first_tokens = runs().filter(first_token).count();
            SetAside { reason, rows: runs().count() - first_tokens, first_tokens }
        };
        self.names.reasons.iter().enumerate().map(|(at, reason)| of(at, reason)).collect()
    }
}

/// Rows set aside for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SetAside<'a> {
    /// Why.
    pub reason: &'a str,
    /// Whole rows.
    pub rows: usize,
    /// Rows of which only the time to the first token was; the rest of them is judged.
    pub first_tokens: usize,
}

fn word(list: &[String], at: usize) -> &str {
    list.get(at).map_or("", String::as_str)
}

impl<'a> Row<'a> {
    /// Catalog id of the device.
    pub fn device(&self) -> &'a str {
        word(&self.record.names.devices, self.run.device)
    }

    /// Catalog id of the model.
    pub fn model(&self) -> &'a str {
        word(&self.record.names.models, self.run.model)
    }

    /// Weight format.
    pub fn format(&self) -> &'a str {
        word(&self.record.names.formats, self.run.format)
    }

    /// Engine, backend, devices.
    pub fn setup(&self) -> &'a str {
        word(&self.record.names.setups, self.run.setup)
    }

    /// What it scatters with.
    pub fn class(&self) -> &'a str {
        word(&self.record.names.classes, self.run.class)
    }

    /// How far the source is trusted.
    pub fn trust(&self) -> Trust {
        self.run.trust
    }

    /// Who published it, and which sample of theirs.
    pub fn source(&self) -> String {
        let base = word(&self.record.names.sources, self.run.source);
        if self.run.detail.is_empty() { base.to_owned() } else { format!("{base}, {}", self.run.detail) }
    }

    /// Why it was set aside. `None`: it was not.
    pub fn set_aside(&self) -> Option<&'a str> {
        self.run.reason.map(|at| word(&self.record.names.reasons, at))
    }

    /// What was measured.
    pub fn quantity(&self) -> Quantity {
        self.value.quantity
    }

    /// The measured value, in the unit of the quantity.
    pub fn measured(&self) -> f64 {
        self.value.measured
    }

    /// What was estimated while this was left out. `None`: it was not done.
    pub fn estimate(&self, left_out: LeftOut) -> Option<Estimate> {
        self.value.estimates.get(left_out as usize).copied().flatten()
    }

    /// Estimate beside measurement. `None`: there is no estimate.
    pub fn judged(&self, left_out: LeftOut) -> Option<Judged<'a>> {
        let estimate = self.estimate(left_out)?;
        Some(Judged { device: self.device(), measured: self.measured(), estimate })
    }

    /// Sessions and tokens in words: "16 sessions, prompt 1,024, answer 512 tokens".
    pub fn load(&self) -> String {
        let mut words = Vec::new();
        if let Some(sessions) = self.run.sessions.filter(|sessions| *sessions > 1.0) {
            words.push(format!("{} sessions", thousands(sessions)));
        }
        let tokens = |name: &str, count: Option<f64>| {
            count.filter(|count| *count > 0.0).map(|count| format!("{name} {}", thousands(count)))
        };
        let parts =
            [tokens("prompt", self.run.prompt), tokens("after", self.run.depth), tokens("answer", self.run.output)];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        if !parts.is_empty() {
            words.push(format!("{} tokens", parts.join(", ")));
        }
        words.join(", ")
    }
}
