//! An estimate as text for a terminal.

use std::fmt::{Display, Write};

use super::estimate_ways::Ways;
use super::figures;
use crate::sizing::memory::MemoryPart;
use crate::sizing::{Basis, Estimate, Figure, Hardware, Refusal, Resource, Verdict, Workload};
use crate::units::{Bytes, thousands};

/// Memory, verdict, speeds, one line each; with `why`, how each was made. `format` names how the weights are stored.
pub fn text(
    workload: &Workload<'_>,
    format: &str,
    hardware: &Hardware<'_>,
    estimate: &Estimate,
    ways: &Ways,
    why: bool,
) -> String {
    let mut sheet = Sheet { lines: heading(workload, format, hardware), why: String::new() };
    match &estimate.memory {
        Ok(ledger) => {
            for part in &ledger.parts {
                sheet.row(&capitalised(figures::kind_in_words(part.kind)), part_text(part), Some(&part.basis));
            }
            sheet.row("Total", ledger.total().to_string(), None);
        }
        Err(refusal) => sheet.row("Memory", refusal_text(refusal), None),
    }
    sheet.row("Capacity", estimate.capacity.map_or_else(|| "unknown".to_owned(), |bytes| bytes.to_string()), None);
    sheet.row("Verdict", verdict_text(estimate.verdict), None);
    sheet.figure("Decode", &estimate.decode);
    sheet.figure("Prefill", &estimate.prefill);
    sheet.figure("First token", &estimate.time_to_first_token);
    sheet.row("Bound by", estimate.binding.map_or("unknown", Resource::label).to_owned(), None);
    ways.write(&mut sheet);
    if why { format!("{}\nWhy\n{}", sheet.lines, sheet.why) } else { sheet.lines }
}

/// Lines under way, and the reasons that belong below them.
pub struct Sheet {
    lines: String,
    why: String,
}

impl Sheet {
    /// A line, and what it rests on.
    pub fn row(&mut self, name: &str, value: String, basis: Option<&Basis>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.lines, "{name:<18} {value}");
        if let Some(basis) = basis {
            let _ = writeln!(self.why, "{name}: {basis}");
        }
    }

    /// A line for a figure or the reason why there is none.
    pub fn figure<Q: Copy + Display + PartialEq>(&mut self, name: &str, figure: &Result<Figure<Q>, Refusal>) {
        match figure {
            Ok(figure) => {
                let band = format!("{}  (80 % band {} to {})", figure.likely, figure.low, figure.high);
                let exact = figure.low == figure.high;
                self.row(name, if exact { figure.likely.to_string() } else { band }, Some(&figure.basis));
            }
            Err(refusal) => self.row(name, refusal_text(refusal), None),
        }
    }
}

fn heading(workload: &Workload<'_>, format: &str, hardware: &Hardware<'_>) -> String {
    let sessions = match workload.sessions {
        1 => String::new(),
        many => format!(" for each of {many} sessions"),
    };
    let count = match hardware.count {
        1 => String::new(),
        many => format!("{many} x "),
    };
    format!(
        "{} as {format}, {} tokens of context{sessions}, cache {}\non {count}{}, {}\n\n",
        workload.model.name,
        thousands(f64::from(workload.context_tokens)),
        workload.kv_format,
        hardware.device.name,
        workload.engine,
    )
}

fn part_text(part: &MemoryPart) -> String {
    if part.low == part.high {
        return part.likely.to_string();
    }
    format!("{}  (80 % band {} to {})", part.likely, part.low, part.high)
}

fn verdict_text(verdict: Verdict) -> String {
    let word = figures::verdict_in_words(verdict);
    let gib = |bytes: Bytes| format!("{:.2} GiB", bytes.as_gib());
    match verdict {
        Verdict::Fits { spare } | Verdict::Tight { spare } => format!("{word}, {} to spare", gib(spare)),
        Verdict::DoesNotFit { short } => format!("{word}, {} short", gib(short)),
        Verdict::Unknown => format!("{word}: somebody has to publish a number first"),
    }
}

fn refusal_text(refusal: &Refusal) -> String {
    match &refusal.nearest {
        Some(nearest) => format!("no number: {}; {} would run", refusal.reason, figures::nearest_in_words(nearest)),
        None => format!("no number: {}", refusal.reason),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
