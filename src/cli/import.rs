//! `sizewright import`: what other programs' benchmark files hold, shown before anything is done with it.

use std::io::{self, Write};
use std::path::PathBuf;

use super::lookup;
use crate::catalog::{Catalog, Certainty, Recognised};
use crate::import::{ImportReport, Importer, Known, Remark};

/// Most measurements of one file that are listed.
const LISTED: usize = 50;

/// Read benchmark results: llama-bench (json, jsonl, csv, md), vLLM and SGLang serving benchmarks.
///
/// Shows what was read, what was guessed and what is missing. Nothing is changed.
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
    /// Print one JSON object a measurement, one on a line.
    #[arg(long)]
    json: bool,
}

/// Reads the files and writes their reports to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let catalog = Catalog::builtin()?;
    let device = arguments.device.as_deref().map(|typed| lookup::entry(&catalog.devices, typed)).transpose()?;
    let model = arguments.model.as_deref().map(|typed| lookup::entry(&catalog.models, typed)).transpose()?;
    let known = Known { device: device.map(|device| device.id.clone()), model: model.map(|model| model.id.clone()) };
    let importer = Importer::new(catalog, known);
    let mut read = 0_usize;
    for file in &arguments.files {
        let report = importer.file(file);
        read += report.measurements.len();
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
    }
    anyhow::ensure!(read > 0, "nothing could be read from any of the files");
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
