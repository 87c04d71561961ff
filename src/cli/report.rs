//! `sizewright report`: the report of a plan as Markdown.

use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Context;

use super::plan::{self, Plan};
use crate::{export, project};

/// The report of a plan, as Markdown: to standard output, or to a file.
#[derive(clap::Args)]
pub struct Arguments {
    /// Plan to report on; the default plan where none is given.
    plan: Option<PathBuf>,
    /// Write to this file, replacing it, in place of standard output.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

/// Writes the report to `out`, or to the file asked for.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let text = text(&plan::load(arguments.plan.as_deref())?)?;
    match &arguments.to {
        Some(path) => project::file::write_atomically(path, text.as_bytes())
            .with_context(|| format!("the report cannot be written to {}", path.display())),
        None => Ok(out.write_all(text.as_bytes())?),
    }
}

/// The report of a plan, dated today.
///
/// # Errors
/// This machine's clock is before 1970.
pub fn text(plan: &Plan) -> anyhow::Result<String> {
    let today = export::day_of(SystemTime::now()).context("this machine's clock is wrong: set it, then try again")?;
    let outcome = project::outcome(&plan.project, &plan.catalog);
    Ok(export::report(&plan.project, &plan.catalog, &outcome, &today))
}
