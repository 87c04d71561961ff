//! `sizewright export`: the catalog in the formats of other programs.

use std::io::Write;
use std::path::PathBuf;

use super::plan;
use crate::catalog::Catalog;
use crate::export::{self, Existing};

/// Write servers and racks for other programs: a library of NetBox device types and rack types.
///
/// Files of the folder with the same names are written over; others are left alone.
#[derive(clap::Args)]
pub struct Arguments {
    /// Folder to write the NetBox library into.
    #[arg(long, value_name = "DIR")]
    netbox: PathBuf,
    /// Plan whose catalog is written; the built-in one otherwise.
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
}

/// Writes the files and says how many.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let plan = arguments.plan.as_deref().map(|path| plan::load(Some(path))).transpose()?;
    let catalog = plan.as_ref().map_or(Catalog::builtin()?, |plan| &plan.catalog);
    let files =
        export::netbox(catalog).map_err(|error| anyhow::anyhow!("a value cannot be written as YAML: {error}"))?;
    export::write_library(&arguments.netbox, &files, Existing::Replace)?;
    writeln!(out, "{}: {} device and rack types", arguments.netbox.display(), files.len())?;
    Ok(())
}
