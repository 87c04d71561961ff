//! Errors and band coverage of served estimates, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Answer, Quantity, ServedRow};
use crate::accuracy::{Estimate, Judged, Summary, text as table};

/// Errors, bias and coverage of each quantity, by engine and by model.
pub fn summary(rows: &[ServedRow], answers: &[Answer]) -> String {
    let mut text = String::new();
    let count = |wanted: fn(&Answer) -> bool| answers.iter().filter(|answer| wanted(answer)).count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{} rows: {} estimated, {} refused, {} unknown",
        answers.len(),
        count(|a| matches!(a, Answer::Estimated(_))),
        count(|a| matches!(a, Answer::Refused(_))),
        count(|a| matches!(a, Answer::Unknown(_)))
    );
    let _ = writeln!(text, "{}", table::titles(""));
    for quantity in Quantity::ALL {
        let mut groups = BTreeMap::<String, Vec<Judged<'_>>>::new();
        for (row, answer) in rows.iter().zip(answers) {
            let Answer::Estimated(figures) = answer else { continue };
            let (Some([low, likely, high]), Some(measured)) = (quantity.of(figures), quantity.measured(row)) else {
                continue;
            };
            let judged = Judged { device: &row.device, measured, estimate: Estimate { low, likely, high } };
            for name in [String::new(), format!("  {}", row.engine), format!("  {}", row.model)] {
                groups.entry(name).or_default().push(judged);
            }
        }
        for (name, judged) in groups {
            if let Some(found) = Summary::of(judged.into_iter()) {
                let _ = writeln!(text, "{}", table::line(&format!("{}{name}", quantity.id()), &found));
            }
        }
    }
    text
}
