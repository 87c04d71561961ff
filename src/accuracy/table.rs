//! Rows chosen and summed up by class: what the pane, the command line and the fit all show.

use std::collections::BTreeMap;

use serde::Serialize;

use super::quantity::{LeftOut, Quantity, Trust};
use super::record::Row;
use super::summary::{Judged, Summary};
use crate::units::thousands;

/// Which rows are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Of this quantity.
    pub quantity: Quantity,
    /// Estimated while this was left out.
    pub left_out: LeftOut,
    /// From sources trusted so far or further.
    pub trust: Trust,
}

/// One class of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassLine {
    /// Its name.
    pub class: String,
    /// What its rows say.
    #[serde(flatten)]
    pub summary: Summary,
}

/// Errors of one quantity, all together and by class.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What was chosen.
    pub selection: Selection,
    /// All classes together.
    pub all: Summary,
    /// The classes, that with most rows first.
    pub classes: Vec<ClassLine>,
}

impl Selection {
    /// Whether a row is of these and was not set aside.
    pub fn takes(&self, row: &Row<'_>) -> bool {
        row.set_aside().is_none() && self.shows(row)
    }

    /// Whether a row is of these, set aside or not.
    pub fn shows(&self, row: &Row<'_>) -> bool {
        row.quantity() == self.quantity && row.trust() <= self.trust && row.estimate(self.left_out).is_some()
    }
}

/// Sums up the chosen of some rows. `None`: none is chosen.
pub fn table<'a>(rows: impl Iterator<Item = Row<'a>>, selection: Selection) -> Option<Table> {
    let mut classes = BTreeMap::<&str, Vec<Judged<'_>>>::new();
    for row in rows.filter(|row| selection.takes(row)) {
        if let Some(judged) = row.judged(selection.left_out) {
            classes.entry(row.class()).or_default().push(judged);
        }
    }
    let all = Summary::of(classes.values().flatten().copied())?;
    let line = |(class, rows): (&str, Vec<Judged<'_>>)| {
        Some(ClassLine { class: class.to_owned(), summary: Summary::of(rows.into_iter())? })
    };
    let mut classes: Vec<ClassLine> = classes.into_iter().filter_map(line).collect();
    // A stable sort: equal counts stay in the order of their names.
    classes.sort_by_key(|line| std::cmp::Reverse(line.summary.rows));
    Some(Table { selection, all, classes })
}

impl Table {
    /// The table in a sentence: what half of the estimates are within.
    pub fn headline(&self) -> String {
        let Selection { quantity, left_out, trust } = self.selection;
        format!(
            "Leaving out {} in turn, half of the {} are within {} of what was measured, and {} of the 80 % bands hold \
             ({} rows of {} devices, {})",
            left_out.label(),
            quantity.plural(),
            percent(self.all.median_error),
            percent(self.all.covered),
            thousands(f64::from(self.all.rows)),
            thousands(f64::from(self.all.devices)),
            trust.and_better(),
        )
    }
}

/// A share as percent: one decimal below ten, so that small errors can be told apart.
pub fn percent(share: f64) -> String {
    let value = share * 100.0;
    if value.abs() < 9.95 { format!("{value:.1} %") } else { format!("{value:.0} %") }
}

/// The same with its sign.
pub fn signed_percent(share: f64) -> String {
    let value = share * 100.0;
    if value.abs() < 0.05 {
        return "0.0 %".to_owned();
    }
    if value.abs() < 9.95 { format!("{value:+.1} %") } else { format!("{value:+.0} %") }
}
