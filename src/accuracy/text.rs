//! Tables of errors as plain text.

use std::fmt::Write as _;

use super::quantity::{LeftOut, Quantity, Trust};
use super::record::{Record, Row};
use super::summary::Summary;
use super::table::{Selection, table};
use crate::units::thousands;

/// Width of the first column.
const NAME: usize = 52;

/// The titles of the columns that [`line()`] fills.
pub fn titles(first: &str) -> String {
    format!(
        "{first:NAME$} {:>5} {:>7} {:>8} {:>8} {:>7} {:>8} {:>7}",
        "rows", "devices", "median", "mean", "far off", "bias", "in band"
    )
}

/// One line: name, rows, devices, median and mean error, share more than half off, bias, share inside the bands.
pub fn line(name: &str, summary: &Summary) -> String {
    let s = summary;
    let thin = if s.is_thin() { "  thin" } else { "" };
    format!(
        "{name:NAME$} {:5} {:7} {:6.1} % {:6.1} % {:5.1} % {:+6.1} % {:5.0} %{thin}",
        s.rows,
        s.devices,
        s.median_error * 100.0,
        s.mean_error * 100.0,
        s.far_off * 100.0,
        // Adding zero makes a zero of minus zero.
        (s.bias * 1000.0).round() / 10.0 + 0.0,
        s.covered * 100.0
    )
}

/// The words under every table.
pub const LEGEND: &str = "Errors are shares of what was measured; far off is more than half; bias is above zero where \
                          estimates are too high;\nin band is how often the 80 % band held; thin classes have under 20 \
                          rows or 3 devices and say little.";

/// Everything about one quantity with one thing left out: the sentence, the trusts, the classes. Empty: nothing is known.
pub fn section<'a>(
    rows: impl Iterator<Item = Row<'a>> + Clone,
    quantity: Quantity,
    left_out: LeftOut,
    trust: Trust,
) -> String {
    let selection = Selection { quantity, left_out, trust };
    let Some(found) = table(rows.clone(), selection) else { return String::new() };
    let mut text = format!("{}.\n{}\n", found.headline(), titles(quantity.label()));
    // Writing to a string cannot fail.
    for each in Trust::ALL.into_iter().filter(|each| *each <= trust) {
        if let Some(of) = table(rows.clone(), Selection { trust: each, ..selection })
            && (each == trust || of.all.rows != found.all.rows)
        {
            let _ = writeln!(text, "{}", line(each.and_better(), &of.all));
        }
    }
    for class in &found.classes {
        let _ = writeln!(text, "{}", line(&format!("  {}", class.class), &class.summary));
    }
    text
}

/// Everything a record says: each quantity by what was left out, then what became of every row.
pub fn all(record: &Record) -> String {
    let mut text = String::new();
    for quantity in Quantity::ALL {
        for left_out in LeftOut::ALL {
            let section = section(record.rows(), quantity, left_out, Trust::C);
            if !section.is_empty() {
                text.push_str(&section);
                text.push('\n');
            }
        }
    }
    text + &account(record)
}

/// What became of every row that was read: judged, set aside and why, not judged and why.
pub fn account(record: &Record) -> String {
    let count = |rows: usize| thousands(rows as f64);
    let mut text = format!(
        "{} rows were read for {} on {}: {} were judged\n",
        thousands(f64::from(record.rows_read)),
        record.constants,
        record.date,
        count(record.judged_rows())
    );
    for aside in record.set_aside() {
        for (rows, what) in [(aside.rows, "set aside"), (aside.first_tokens, "times to the first token set aside")] {
            if rows > 0 {
                let _ = writeln!(text, "  {:>5} {what}: {}", count(rows), aside.reason);
            }
        }
    }
    for (reason, rows) in &record.not_judged {
        let _ = writeln!(text, "  {:>5} not judged: {reason}", thousands(f64::from(*rows)));
    }
    text
}
