//! `sizewright fit`: the constants of single-stream speed from tables of published measurements.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::accuracy::{Record, text};
use crate::catalog::Catalog;
use crate::fit::{self, set_aside};
use crate::project::file::write_atomically;
use crate::validate::speed::row;

/// The table of a directory that speeds are read from.
const TABLE: &str = "measured_speed.csv";

/// Fit the constants of single-stream speed to published measurements.
///
/// Reads measured_speed.csv of DIR, leaves out each device, platform and model family in turn, prints how wrong the
/// estimates of what was left out are, and writes constants and bands, and the rows they were judged on.
#[derive(clap::Args)]
pub struct Arguments {
    /// Directory of the tables.
    #[arg(value_name = "DIR")]
    tables: PathBuf,
    /// File to write constants and bands to; without it they are only judged.
    #[arg(long, value_name = "FILE", requires = "rows")]
    to: Option<PathBuf>,
    /// File to write every row to, with what was estimated of it while it was left out. It belongs to the constants: both
    /// are written by the same run.
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// Fit the constants of serving instead: also reads measured_serving.csv of DIR, and leaves out model families,
    /// devices, engines and processors.
    #[arg(long)]
    serving: bool,
    /// With --serving: file to write the constants to that were fitted without each processor.
    #[arg(long, value_name = "FILE", requires = "serving")]
    left_out: Option<PathBuf>,
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
    let set_aside = set_aside::builtin()?;
    let prepared = fit::single_stream::prepare(catalog, &rows, &set_aside);
    writeln!(out, "{} of {} rows are speeds of one session on known devices and models", prepared.len(), rows.len())?;
    anyhow::ensure!(!prepared.is_empty(), "nothing to fit ({shown}): no row names a device and a model of the catalog");
    let found = fit::fit(prepared, &arguments.date);
    write!(out, "{}", found.report())?;
    let record = fit::record::speed(&found, &rows, catalog, &set_aside);
    write_all(arguments, &fit::to_ron_string(&found.fitted)?, &record, out)
}

/// Prints how wrong the rows were, and writes constants and rows where asked to.
fn write_all(arguments: &Arguments, constants: &str, record: &Record, out: &mut dyn Write) -> anyhow::Result<()> {
    let rows = record.to_ron_string()?;
    // The file keeps estimates in thousandths: what is printed is what its readers will see.
    write!(out, "\n{}", text::all(&Record::from_ron_str(&rows)?))?;
    if let Some(to) = &arguments.to {
        write_atomically(to, constants.as_bytes())
            .with_context(|| format!("cannot write the constants ({})", to.display()))?;
    }
    if let Some(to) = &arguments.rows {
        write_atomically(to, rows.as_bytes()).with_context(|| format!("cannot write the rows ({})", to.display()))?;
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
    let doubts = fit::serving::set_aside::builtin()?;
    let rows = fit::serving::prepare::prepare(catalog, &served, &doubts);
    writeln!(out, "{} of {} rows are served runs of known devices and models", rows.len(), served.len())?;
    anyhow::ensure!(
        !rows.is_empty(),
        "nothing to fit ({SERVED_TABLE}): no row names a device and a model of the catalog"
    );
    let processors = fit::serving::processors::prepare(catalog, &speeds);
    let local = fit::serving::local::prepare(catalog, &speeds);
    let found = fit::serving::fit(rows, &processors, &local, &arguments.date);
    write!(out, "{}", found.report())?;
    if let Some(to) = &arguments.left_out {
        write_atomically(to, found.processors.left_out.to_ron_string()?.as_bytes())
            .with_context(|| format!("cannot write the constants ({})", to.display()))?;
    }
    let record = fit::serving::record::serving(&found, &served, &speeds, catalog, &doubts);
    write_all(arguments, &fit::serving::to_ron_string(&found.fitted)?, &record, out)
}
