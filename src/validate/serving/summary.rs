//! Errors and band coverage of served estimates, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Answer, Quantity, ServedRow};

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
    for quantity in Quantity::ALL {
        let mut groups = BTreeMap::<String, Vec<(f64, bool)>>::new();
        for (row, answer) in rows.iter().zip(answers) {
            let Answer::Estimated(figures) = answer else { continue };
            let (Some([low, likely, high]), Some(measured)) = (quantity.of(figures), quantity.measured(row)) else {
                continue;
            };
            let judged = ((likely / measured).ln(), (low..=high).contains(&measured));
            for name in [String::new(), format!("  {}", row.engine), format!("  {}", row.model)] {
                groups.entry(name).or_default().push(judged);
            }
        }
        for (name, judged) in &groups {
            let n = judged.len() as f64;
            let middle = |values: Vec<f64>| super::super::median(&mut { values }).unwrap_or(0.0) * 100.0;
            let held = judged.iter().filter(|(_, held)| *held).count() as f64;
            let _ = writeln!(
                text,
                "{:44} {:5} rows  median {:5.1} %  bias {:+6.1} %  in band {:3.0} %",
                format!("{}{name}", quantity.id()),
                judged.len(),
                middle(judged.iter().map(|(r, _)| r.exp_m1().abs()).collect()),
                middle(judged.iter().map(|(r, _)| r.exp_m1()).collect()),
                held / n * 100.0
            );
        }
    }
    text
}
