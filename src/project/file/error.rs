//! What can be wrong with a plan file: the cause, the field, what to do, and which file.

use std::path::PathBuf;

use super::{MAX_PLAN_BYTES, PLAN_VERSION};
use crate::catalog::{CHANGED, CatalogError, MOST_ENTRIES};

/// A plan could not be opened or saved. The open plan and the old file are as they were.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The file could not be read.
    #[error("cannot read the plan: {cause} ({})", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file could not be written.
    #[error("cannot save the plan: {cause}; the old file is as it was ({})", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// No plan is this large.
    #[error("larger than {} MiB, which no plan is: pick another file ({})", MAX_PLAN_BYTES / (1024 * 1024), path.display())]
    TooLarge {
        /// Which file.
        path: PathBuf,
    },
    /// Somebody wrote to the file meanwhile.
    #[error("{CHANGED} ({})", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
    /// More than a file may hold.
    #[error(
        "the plan would take {} MiB, and none above {} MiB can be opened again: take out measurements or catalog entries \
         of your own; the old file is as it was ({})",
        bytes.div_ceil(1024 * 1024), MAX_PLAN_BYTES / (1024 * 1024), path.display()
    )]
    TooMuchToSave {
        /// Which file.
        path: PathBuf,
        /// What it would take.
        bytes: u64,
    },
    /// More catalog entries than a file may hold.
    #[error("more than {MOST_ENTRIES} catalog entries are in the plan: take some of your own out ({})", path.display())]
    TooManyEntries {
        /// Which file.
        path: PathBuf,
    },
    /// It is not a plan, or a damaged one.
    #[error("not a plan, or damaged: {message}; pick another file or mend it there ({})", path.display())]
    NotAPlan {
        /// Which file.
        path: PathBuf,
        /// Position, field and what is wrong.
        message: String,
    },
    /// Another program wrote it.
    #[error(
        "version: this plan is of version {version}, and this program reads up to version {PLAN_VERSION}: open it with a \
         program that knows version {version} ({})", path.display()
    )]
    Version {
        /// Which file.
        path: PathBuf,
        /// The version it states.
        version: u32,
    },
    /// A value is impossible.
    #[error("{field}: {message} ({})", path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which field.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A catalog entry inside the plan is impossible.
    #[error("{cause} ({})", path.display())]
    Entry {
        /// Which file.
        path: PathBuf,
        /// Which entry and field, what is wrong and what to do.
        cause: Box<CatalogError>,
    },
}
