//! `sizewright import`: what other programs' benchmark files hold, and adding it to a plan.

use std::io::{self, Write};
use std::path::PathBuf;

use super::{lookup, plan};
use crate::catalog::{Catalog, Certainty, Recognised};
use crate::import::{ImportReport, Importer, Known, Remark};
use crate::project::file;
use crate::sizing::calibration::RowStanding;

/// Most measurements of one file that are listed.
const LISTED: usize = 50;

/// Read benchmark results: llama-bench (json, jsonl, csv, md), vLLM and SGLang serving benchmarks.
///
/// Shows what was read, what was guessed and what is missing. With --to the measurements are added to a plan, whose
/// estimates of these devices then start from them; without, nothing is changed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Files to read.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Catalog id of the device everything ran on, where the files do not say.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Catalog id of the model that ran, where the files do not say.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Plan to add the measurements to.
    #[arg(long, value_name = "PLAN")]
    to: Option<PathBuf>,
    /// Print one JSON object a measurement, one on a line.
    #[arg(long)]
    json: bool,
}

/// Reads the files and writes their reports to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut plan = arguments.to.as_deref().map(|path| plan::load(Some(path))).transpose()?;
    let catalog = plan.as_ref().map_or(Catalog::builtin()?, |plan| &plan.catalog);
    let device = arguments.device.as_deref().map(|typed| lookup::entry(&catalog.devices, typed)).transpose()?;
    let model = arguments.model.as_deref().map(|typed| lookup::entry(&catalog.models, typed)).transpose()?;
    let known = Known { device: device.map(|device| device.id.clone()), model: model.map(|model| model.id.clone()) };
    let importer = Importer::new(catalog, known);
    let mut read = Vec::new();
    for file in &arguments.files {
        let report = importer.file(file);
        if arguments.json {
            for measurement in &report.measurements {
                serde_json::to_writer(&mut *out, measurement).map_err(io::Error::from)?;
                writeln!(out)?;
            }
            for problem in &report.problems {
                eprintln!("sizewright: {problem}");
            }
        } else {
            write_report(&report, out)?;
        }
        read.extend(report.measurements);
    }
    anyhow::ensure!(!read.is_empty(), "nothing could be read from any of the files");
    if let (Some(plan), Some(path)) = (&mut plan, &arguments.to) {
        let added = plan.project.add_measurements(read);
        file::save(path, &plan.project, Catalog::builtin()?)?;
        // Rows as JSON go to standard output; what was done with them is for the reader.
        let told: &mut dyn Write = if arguments.json { &mut io::stderr() } else { out };
        writeln!(told, "{}: {}", path.display(), added.words())?;
        write_standings(plan, told)?;
    }
    Ok(())
}

/// What the plan's measurements do now, in one line each for what is not used.
fn write_standings(plan: &plan::Plan, out: &mut dyn Write) -> io::Result<()> {
    let own = plan.project.own_devices(&plan.catalog);
    let used = own.rows.iter().filter(|standing| matches!(standing, RowStanding::Used { .. })).count();
    writeln!(out, "  {used} of {} measurements of the plan move estimates", own.rows.len())?;
    let mut reasons = std::collections::BTreeMap::<String, usize>::new();
    for standing in own.rows.iter().filter(|standing| !matches!(standing, RowStanding::Used { .. })) {
        *reasons.entry(standing.to_string()).or_default() += 1;
    }
    for (reason, rows) in reasons {
        writeln!(out, "  {reason} (rows: {rows})")?;
    }
    Ok(())
}

fn write_report(report: &ImportReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {} measurements", report.file, report.measurements.len())?;
    for one in report.measurements.iter().take(LISTED) {
        let tokens = |tokens: Option<u32>| tokens.map_or("?".to_owned(), |tokens| tokens.to_string());
        writeln!(
            out,
            "  {} {}; prompt {}, depth {}, answer {}; {} on {}{}",
            one.value.label(),
            one.value.text(),
            tokens(one.prompt_tokens),
            one.depth_tokens,
            tokens(one.output_tokens),
            recognised(&one.model),
            one.device_count.filter(|&count| count > 1).map(|count| format!("{count} x ")).unwrap_or_default(),
            recognised(&one.device),
        )?;
    }
    if report.measurements.len() > LISTED {
        writeln!(out, "  and {} more", report.measurements.len() - LISTED)?;
    }
    write_remarks("Guessed", &report.guessed, out)?;
    write_remarks("Missing", &report.missing, out)?;
    if !report.problems.is_empty() {
        writeln!(out, "Set aside")?;
        for problem in &report.problems {
            writeln!(out, "  {problem}")?;
        }
        if report.more_problems > 0 {
            writeln!(out, "  and {} more", report.more_problems)?;
        }
    }
    Ok(())
}

fn write_remarks(heading: &str, remarks: &[Remark], out: &mut dyn Write) -> io::Result<()> {
    if !remarks.is_empty() {
        writeln!(out, "{heading}")?;
    }
    for remark in remarks {
        writeln!(out, "  {} (rows: {})", remark.text, remark.rows)?;
    }
    Ok(())
}

fn recognised<Id: std::fmt::Display>(what: &Recognised<Id>) -> String {
    match &what.entry {
        None if what.text.is_empty() => "unknown".to_owned(),
        None => format!("`{}` (unknown)", what.text),
        Some(found) => match found.certainty {
            Certainty::Certain => found.id.to_string(),
            Certainty::Likely => format!("{} (likely)", found.id),
            Certainty::Guessed => format!("{} (guessed)", found.id),
        },
    }
}
