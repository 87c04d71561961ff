//! `sizewright import`: what other programs' files hold, and adding it to a catalog or a plan.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;

use super::{lookup, plan};
use crate::catalog::{Catalog, Certainty, Kept, Layer, Recognised, day_of, every_kind};
use crate::import::{Existing, ImportReport, Importer, Known, Limits, Remark, Report};
use crate::project::file;
use crate::sizing::calibration::RowStanding;

/// Most measurements of one file that are listed.
const LISTED: usize = 50;

/// Most files that are reported one by one; of more, those with nothing to say are only counted.
const FILES_LISTED: usize = 20;

/// Read models, machines, racks and benchmark results from other programs' files.
///
/// Models: Hugging Face config.json, safetensors with or without an index, GGUF. Machines: NetBox device types and rack
/// types (yaml). Benchmarks: llama-bench (json, jsonl, csv, md), vLLM and SGLang serving results. Catalogs of this
/// program (ron). A folder is looked through. Shows what was read, what was guessed and what is missing; with --to it is
/// added to a plan or to a catalog file, without nothing is changed.
#[derive(clap::Args)]
pub struct Arguments {
    /// Files and folders to read.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Catalog id of the device everything ran on, where the files do not say.
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Catalog id of the model that ran, where the files do not say.
    #[arg(long, value_name = "ID")]
    model: Option<String>,
    /// Plan to add everything to, or catalog file (.ron) to add entries to; a catalog file is made if it is not there.
    #[arg(long, value_name = "PLAN|CATALOG")]
    to: Option<PathBuf>,
    /// Put entries in the place of those with the same id that are there already.
    #[arg(long, requires = "to")]
    replace: bool,
    /// Print one JSON object a measurement or an entry, one on a line.
    #[arg(long)]
    json: bool,
}

/// Where things go.
enum Target {
    Nowhere,
    Plan(PathBuf, Box<plan::Plan>),
    Catalog(PathBuf, Box<Layer>),
}

impl Target {
    fn of(path: Option<&Path>) -> anyhow::Result<Self> {
        let Some(path) = path else { return Ok(Self::Nowhere) };
        match std::fs::File::open(path) {
            Ok(_) if file::is_catalog(path) => Ok(Self::Catalog(path.to_owned(), Box::new(Layer::read(path)?))),
            // Only what is not there is made: what cannot be read is not written over.
            Err(error)
                if error.kind() == io::ErrorKind::NotFound
                    && path.extension().is_some_and(|extension| extension == "ron") =>
            {
                Ok(Self::Catalog(path.to_owned(), Box::default()))
            }
            Ok(_) | Err(_) => Ok(Self::Plan(path.to_owned(), Box::new(plan::load(Some(path))?))),
        }
    }
}

/// Reads the files and writes their reports to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut target = Target::of(arguments.to.as_deref())?;
    let builtin = Catalog::builtin()?;
    let catalog = match &target {
        Target::Plan(_, plan) => plan.catalog.clone(),
        Target::Catalog(_, layer) => builtin.with(layer),
        Target::Nowhere => builtin.clone(),
    };
    let device = arguments.device.as_deref().map(|typed| lookup::entry(&catalog.devices, typed)).transpose()?;
    let model = arguments.model.as_deref().map(|typed| lookup::entry(&catalog.models, typed)).transpose()?;
    let known = Known {
        device: device.map(|device| device.id.clone()),
        model: model.map(|model| model.id.clone()),
        read_on: day_of(SystemTime::now()),
    };
    let report = Importer::new(&catalog, known).read(&arguments.files, &Limits::default());
    if arguments.json {
        write_json(&report, out)?;
    } else {
        write_reports(&report, out)?;
    }
    let (rows, entries) = (report.measurements().count(), report.entries());
    anyhow::ensure!(rows + entries > 0, "nothing could be read from any of the files");
    // Rows as JSON go to standard output; what was done with them is for the reader.
    let told: &mut dyn Write = if arguments.json { &mut io::stderr() } else { out };
    let existing = if arguments.replace { Existing::Replace } else { Existing::Keep };
    match &mut target {
        Target::Nowhere => {}
        Target::Catalog(path, layer) => {
            anyhow::ensure!(entries > 0, "a catalog holds no measurements: name a plan that is there");
            let done = report.apply(builtin, layer, existing);
            let text = layer.to_ron_string()?;
            file::write_atomically(path, text.as_bytes())
                .with_context(|| format!("cannot write {}", path.display()))?;
            write_applied(path, &done, told)?;
            if rows > 0 {
                writeln!(told, "  {rows} measurements were left out: a catalog holds none, add them to a plan")?;
            }
        }
        Target::Plan(path, plan) => {
            let base = plan.project.base(builtin);
            let done = report.apply(&base, &mut plan.project.layer, existing);
            let added = plan.project.add_measurements(report.measurements().cloned());
            file::save(path, &plan.project, builtin)?;
            if entries > 0 {
                write_applied(path, &done, told)?;
            }
            if rows > 0 {
                writeln!(told, "{}: {}", path.display(), added.words())?;
                write_standings(plan, told)?;
            }
        }
    }
    Ok(())
}

fn write_applied(path: &Path, done: &crate::import::Applied, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}: {}", path.display(), done.words())?;
    for kept in done.kept.iter().take(LISTED) {
        writeln!(out, "  {kept}; --replace takes the new one")?;
    }
    if done.kept.len() > LISTED {
        writeln!(out, "  and {} more", done.kept.len() - LISTED)?;
    }
    Ok(())
}

fn write_json(report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    fn lines<T: serde::Serialize>(list: &[T], out: &mut dyn Write) -> anyhow::Result<()> {
        for one in list {
            serde_json::to_writer(&mut *out, one).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Ok(())
    }
    fn entries<T: Kept>(report: &ImportReport, out: &mut dyn Write, written: &mut anyhow::Result<()>) {
        if written.is_ok() {
            *written = lines(T::changed(&report.entries), out);
        }
    }
    for file in &report.files {
        lines(&file.measurements, out)?;
        let mut written = Ok(());
        every_kind!(entries(file, out, &mut written));
        written?;
        for problem in &file.problems {
            eprintln!("sizewright: {problem}");
        }
    }
    Ok(())
}

fn write_reports(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let many = report.files.len() > FILES_LISTED;
    for file in &report.files {
        // Of a whole library the files set aside are what one looks for.
        if !many {
            write_report(file, out)?;
        } else if !file.problems.is_empty() {
            write_problems(file, out)?;
        }
    }
    if many {
        let aside = report.files.iter().filter(|file| !file.problems.is_empty()).count();
        writeln!(
            out,
            "{} files: {} entries and {} measurements read, {aside} files set aside",
            report.files.len(),
            report.entries(),
            report.measurements().count()
        )?;
        let mut remarks = std::collections::BTreeMap::<(&str, &str), usize>::new();
        for file in &report.files {
            for (heading, list) in [("Guessed", &file.guessed), ("Missing", &file.missing)] {
                for remark in list {
                    *remarks.entry((heading, remark.text.as_str())).or_default() += 1;
                }
            }
        }
        let mut remarks: Vec<_> = remarks.into_iter().collect();
        remarks.sort_by_key(|(_, files)| std::cmp::Reverse(*files));
        for ((heading, text), files) in remarks.into_iter().take(FILES_LISTED) {
            writeln!(out, "  {heading} in {files} files: {text}")?;
        }
    }
    if report.passed_over > 0 {
        writeln!(out, "{} other files of the folders are of no kind this program reads", report.passed_over)?;
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
    let count = report.measurements.len();
    if count > 0 || report.read.is_empty() && report.entries == Layer::default() {
        writeln!(out, "{}: {count} measurements", report.file)?;
    } else {
        writeln!(out, "{}", report.file)?;
    }
    for line in entry_lines(&report.entries).into_iter().chain(report.read.iter().cloned()).take(LISTED) {
        writeln!(out, "  {line}")?;
    }
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
    write_problems(report, out)
}

/// What was read for the catalog, an entry a line.
fn entry_lines(entries: &Layer) -> Vec<String> {
    fn add<T: Kept>(entries: &Layer, lines: &mut Vec<String>) {
        lines.extend(T::changed(entries).iter().map(|entry| format!("{} `{}`: {}", T::KIND, entry.id(), entry.name())));
    }
    let mut lines = Vec::new();
    every_kind!(add(entries, &mut lines));
    lines
}

fn write_problems(report: &ImportReport, out: &mut dyn Write) -> io::Result<()> {
    if report.problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "Set aside")?;
    for problem in &report.problems {
        writeln!(out, "  {problem}")?;
    }
    if report.more_problems > 0 {
        writeln!(out, "  and {} more", report.more_problems)?;
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
