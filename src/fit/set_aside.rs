//! Measurements that cannot be right, with the reason: kept out of fits, listed as data.

use serde::Deserialize;

use crate::validate::speed::SpeedRow;

/// Rows set aside: all that match every condition given.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// Catalog id of the device.
    pub device: String,
    /// The metric.
    pub metric: String,
    /// Catalog id of the model. `None`: any.
    #[serde(default)]
    pub model: Option<String>,
    /// The weight format. `None`: any.
    #[serde(default)]
    pub format: Option<String>,
    /// Only speeds below this. `None`: any.
    #[serde(default)]
    pub below_tokens_per_second: Option<f64>,
    /// Why.
    pub reason: String,
}

/// The list that comes with the program.
///
/// # Errors
/// The list does not parse; a test sees to it that it does.
pub fn builtin() -> Result<Vec<SetAside>, ron::error::SpannedError> {
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .from_str(include_str!("../../data/constants/speed_rows_set_aside.ron"))
}

impl SetAside {
    /// Whether a row is meant.
    pub fn covers(&self, row: &SpeedRow) -> bool {
        self.device == row.device
            && self.metric == row.metric
            && self.model.as_ref().is_none_or(|model| *model == row.model)
            && self.format.as_ref().is_none_or(|format| *format == row.weight_format)
            && self.below_tokens_per_second.is_none_or(|limit| row.measured.is_some_and(|speed| speed < limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_parses_and_every_entry_has_a_reason() {
        let list = builtin().expect("the built-in list parses");
        assert!(!list.is_empty() && list.iter().all(|entry| entry.reason.len() > 20));
    }
}
