//! Served measurements that cannot be right or are unlike the rest, with the reason: a list that is data.

use serde::Deserialize;

use crate::validate::serving::ServedRow;

/// What is done with rows on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Treatment {
    /// Counts next to nothing.
    SetAside,
    /// Counts less.
    Doubtful,
    /// Its time to the first token is not used.
    NoFirstToken,
    /// It evidently guessed further tokens, though nothing says so.
    Guessing,
    /// Of two runs under one name the faster one did.
    FasterTwinGuessing,
    /// Is left out apart from its family.
    OwnFamily,
}

/// Rows on the list: all that match every condition given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Entry {
    /// Start of the model's catalog id.
    pub model: String,
    /// Start of the device's catalog id.
    pub device: String,
    /// The engine. Empty: any.
    pub engine: String,
    /// Its version. `None`: any; empty: none stated.
    pub version: Option<String>,
    /// The weight format. Empty: any.
    pub format: String,
    /// Devices that cut each matrix, at least and at most.
    pub tensor: Option<(f64, f64)>,
    /// Devices that experts are spread over, at most.
    pub expert_at_most: Option<f64>,
    /// Sessions, at least and at most.
    pub sessions: Option<(f64, f64)>,
    /// Measured time per token above this.
    pub tpot_above_ms: Option<f64>,
    /// Measured time to the first token above this.
    pub ttft_above_ms: Option<f64>,
    /// What is done.
    pub treatment: Treatment,
    /// Why.
    pub reason: String,
}

impl Default for Entry {
    fn default() -> Self {
        Self {
            model: String::new(),
            device: String::new(),
            engine: String::new(),
            version: None,
            format: String::new(),
            tensor: None,
            expert_at_most: None,
            sessions: None,
            tpot_above_ms: None,
            ttft_above_ms: None,
            treatment: Treatment::Doubtful,
            reason: String::new(),
        }
    }
}

/// The list that comes with the program.
///
/// # Errors
/// The list does not parse; a test sees to it that it does.
pub fn builtin() -> Result<Vec<Entry>, ron::error::SpannedError> {
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(include_str!("../../../data/constants/served_rows_set_aside.ron"))
}

impl Entry {
    /// Whether a row is meant.
    pub fn covers(&self, row: &ServedRow) -> bool {
        let same = |wanted: &str, there: &str| wanted.is_empty() || wanted == there;
        let within = |range: Option<(f64, f64)>, cell: Option<f64>| {
            range.is_none_or(|(low, high)| (low..=high).contains(&cell.unwrap_or(1.0)))
        };
        let above = |limit: Option<f64>, cell: Option<f64>| limit.is_none_or(|limit| cell.is_some_and(|it| it > limit));
        row.model.starts_with(&self.model)
            && row.device.starts_with(&self.device)
            && same(&self.engine, &row.engine)
            && self.version.as_ref().is_none_or(|version| *version == row.engine_version)
            && same(&self.format, &row.weight_format)
            && within(self.tensor, row.tensor_parallel)
            && within(self.expert_at_most.map(|most| (0.0, most)), row.expert_parallel)
            && within(self.sessions, row.concurrency)
            && above(self.tpot_above_ms, row.tpot_ms)
            && above(self.ttft_above_ms, row.ttft_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_parses_and_every_entry_names_rows_and_a_reason() {
        let list = builtin().expect("the built-in list parses");
        assert!(list.len() > 8);
        for entry in &list {
            assert!(!entry.model.is_empty() || !entry.engine.is_empty(), "{entry:?}");
            assert!(entry.reason.len() > 20, "{entry:?}");
        }
    }
}
