//! `sizewright fit`: the constants of single-stream speed from tables of published measurements.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::catalog::Catalog;
use crate::fit::{self, set_aside};
use crate::project::file::write_atomically;
use crate::validate::speed::row;

/// The table of a directory that speeds are read from.
const TABLE: &str = "measured_speed.csv";

/// Fit the constants of single-stream speed to published measurements.
///
/// Reads measured_speed.csv of DIR, leaves out each device, platform and model family in turn, prints how wrong the
/// estimates of what was left out are, and writes constants and bands.
#[derive(clap::Args)]
pub struct Arguments {
    /// Directory of the tables.
    #[arg(value_name = "DIR")]
    tables: PathBuf,
    /// File to write constants and bands to; without it they are only judged.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// Fit the constants of serving instead: also reads measured_serving.csv of DIR, and leaves out model families,
    /// devices, engines and processors.
    #[arg(long)]
    serving: bool,
    /// Day to write into the file, YYYY-MM-DD.
    #[arg(long, value_name = "DAY")]
    date: String,
}

/// Fits, reports, writes.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    if arguments.serving {
        return run_serving(arguments, out);
    }
    let path = arguments.tables.join(TABLE);
    let shown = path.display();
    let file = std::fs::File::open(&path).with_context(|| format!("no table of speeds ({shown})"))?;
    let rows = row::read(std::io::BufReader::new(file)).with_context(|| shown.to_string())?;
    let catalog = Catalog::builtin()?;
    let prepared = fit::single_stream::prepare(catalog, &rows, &set_aside::builtin()?);
    writeln!(out, "{} of {} rows are speeds of one session on known devices and models", prepared.len(), rows.len())?;
    anyhow::ensure!(!prepared.is_empty(), "nothing to fit ({shown}): no row names a device and a model of the catalog");
    let found = fit::fit(prepared, &arguments.date);
    write!(out, "{}", found.report())?;
    if let Some(to) = &arguments.to {
        let text = fit::to_ron_string(&found.fitted)?;
        write_atomically(to, text.as_bytes())
            .with_context(|| format!("cannot write the constants ({})", to.display()))?;
    }
    Ok(())
}

/// The table of a directory that served runs are read from.
const SERVED_TABLE: &str = "measured_serving.csv";

fn run_serving(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let open = |name: &str| {
        let path = arguments.tables.join(name);
        std::fs::File::open(&path)
            .map(std::io::BufReader::new)
            .with_context(|| format!("no table ({})", path.display()))
    };
    let served = crate::validate::serving::row::read(open(SERVED_TABLE)?).context(SERVED_TABLE)?;
    let speeds = row::read(open(TABLE)?).context(TABLE)?;
    let catalog = Catalog::builtin()?;
    let rows = fit::serving::prepare::prepare(catalog, &served, &fit::serving::set_aside::builtin()?);
    writeln!(out, "{} of {} rows are served runs of known devices and models", rows.len(), served.len())?;
    anyhow::ensure!(
        !rows.is_empty(),
        "nothing to fit ({SERVED_TABLE}): no row names a device and a model of the catalog"
    );
    let processors = fit::serving::processors::prepare(catalog, &speeds);
    let local = fit::serving::local::prepare(catalog, &speeds);
    let found = fit::serving::fit(rows, &processors, &local, &arguments.date);
    write!(out, "{}", found.report())?;
    if let Some(to) = &arguments.to {
        let text = fit::serving::to_ron_string(&found.fitted)?;
        std::fs::write(to, text).with_context(|| format!("cannot write the constants ({})", to.display()))?;
    }
    Ok(())
}
