//! What can be wrong with a file to import.

use std::fmt;
use std::path::PathBuf;

use crate::catalog::CHANGED;

/// Why a file, or a row of it, was set aside. Nothing already loaded is touched.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file could not be read.
    #[error("cannot read the file: {cause} ({})", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file as a whole is not something this program can take in.
    #[error("{file}: {message}")]
    File {
        /// Which file.
        file: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// A field of it cannot be used, and nothing without it.
    #[error("{file}: {}{field}: {message}", line.map_or(String::new(), |line| format!("line {line}: ")))]
    Field {
        /// Which file.
        file: String,
        /// The line of text the field stands on. `None`: it is not in the file.
        line: Option<usize>,
        /// Which field.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// What was read makes no entry of the catalog.
    #[error(transparent)]
    Entry(#[from] crate::catalog::CatalogError),
    /// One row of it cannot be used; the rest can.
    #[error("{file}: {position}: {}{message}", if field.is_empty() { String::new() } else { format!("{field}: ") })]
    Row {
        /// Which file.
        file: String,
        /// Where in it.
        position: Position,
        /// Which field. Empty: the row as a whole.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
}

/// A place in a file, both counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The row: a record of JSON, a line of a table below its header.
    pub row: usize,
    /// The line of text it begins on.
    pub line: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "row {}, line {}", self.row, self.line)
    }
}

impl ImportError {
    pub(super) fn too_large(file: &str, limit: usize) -> Self {
        const MIB: usize = 1024 * 1024;
        let limit = if limit >= MIB { format!("{} MiB", limit / MIB) } else { format!("{} KiB", limit / 1024) };
        let message = format!("larger than {limit}, which no such file is: pick another file, or split it");
        Self::File { file: file.to_owned(), message }
    }

    pub(super) fn changed(file: &str) -> Self {
        Self::File { file: file.to_owned(), message: CHANGED.to_owned() }
    }

    pub(super) fn unknown(file: &str) -> Self {
        Self::File {
            file: file.to_owned(),
            message:
                "nothing this program reads: that is a model's config.json, safetensors or GGUF, NetBox device and rack \
                 types (yaml), a catalog (ron), llama-bench output (json, jsonl, csv, md) and the result files of vLLM \
                 and SGLang serving benchmarks"
                    .to_owned(),
        }
    }
}
