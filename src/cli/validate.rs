//! `sizewright validate`: estimates beside other people's measurements, row by row.

use std::fs::File;
use std::io::{BufReader, Write};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::catalog::Catalog;
use crate::project::file::write_atomically;
use crate::sizing::serving::FittedServing;
use crate::sizing::speed::FittedSpeed;
use crate::validate::{ValidateError, fits, memory, serving, speed};

/// Hold estimates against published measurements, row by row.
///
/// Each row is estimated from its description alone; what was measured is read for the summary only. Devices and models
/// are named by catalog ids.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

/// What is checked.
#[derive(clap::Subcommand)]
enum What {
    /// Speeds of one session: columns as in measured_speed.csv.
    Speed(Files),
    /// Served runs: columns as in measured_serving.csv.
    Serving(Files),
    /// Sizes of weights, caches and buffers: columns as in measured_memory.csv.
    Memory(Files),
    /// Whether it fits or runs out of memory: columns as in fit_observations.csv. Only counted.
    Fits {
        /// Table of measurements, CSV.
        #[arg(value_name = "FILE")]
        table: PathBuf,
    },
}

/// A table in, and where the estimates go.
#[derive(clap::Args)]
struct Files {
    /// Table of measurements, CSV.
    #[arg(value_name = "FILE")]
    table: PathBuf,
    /// File to write each row's estimate to, replacing it; without it only the summary is printed.
    #[arg(long, value_name = "OUT")]
    rows: Option<PathBuf>,
}

/// Estimates every row, writes them where asked, prints a summary.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let catalog = Catalog::builtin()?;
    let summary = match &arguments.what {
        What::Speed(files) => {
            let rows = read(&files.table, speed::row::read)?;
            let fitted = FittedSpeed::builtin();
            let answers: Vec<_> = rows.iter().map(|row| speed::answer(catalog, fitted, row)).collect();
            files.write(|to| speed::write_rows(&rows, &answers, to))?;
            speed::summary(&rows, &answers)
        }
        What::Serving(files) => {
            let rows = read(&files.table, serving::row::read)?;
            let fitted = FittedServing::builtin();
            let answers: Vec<_> = rows.iter().map(|row| serving::answer(catalog, fitted, row)).collect();
            files.write(|to| serving::write_rows(&rows, &answers, to))?;
            serving::summary(&rows, &answers)
        }
        What::Memory(files) => {
            let rows = read(&files.table, |from| memory::predict(catalog, from))?;
            files.write(|to| memory::write(&rows, to))?;
            memory::summary(&rows)
        }
        What::Fits { table } => fits::summary(&read(table, |from| fits::predict(catalog, from))?),
    };
    Ok(writeln!(out, "{}", summary.trim_end())?)
}

/// Reads a table; an error names it.
fn read<Rows>(table: &Path, rows: impl FnOnce(BufReader<File>) -> Result<Rows, ValidateError>) -> anyhow::Result<Rows> {
    let file = File::open(table).with_context(|| format!("no table of measurements ({})", table.display()))?;
    rows(BufReader::new(file)).with_context(|| table.display().to_string())
}

impl Files {
    /// Writes the estimates, where asked to, as a whole or not at all.
    fn write(&self, write: impl FnOnce(&mut Vec<u8>) -> Result<(), ValidateError>) -> anyhow::Result<()> {
        let Some(to) = &self.rows else { return Ok(()) };
        let mut bytes = Vec::new();
        write(&mut bytes)?;
        write_atomically(to, &bytes).with_context(|| format!("cannot write the estimates ({})", to.display()))
    }
}
