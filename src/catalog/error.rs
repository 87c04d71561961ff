//! What can be wrong with a catalog file.

use std::path::PathBuf;

/// A catalog file could not be taken in. Nothing already loaded is touched.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file could not be read.
    #[error("cannot read the catalog file: {cause} ({})", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The text is not what a catalog file looks like; the message holds line, column and field.
    #[error("{file}: {message}")]
    Parse {
        /// Which file.
        file: String,
        /// Position, field and what to do.
        message: String,
    },
    /// A value is impossible.
    #[error("{file}: {kind} `{id}`: {field}: {message}")]
    Value {
        /// Which file.
        file: String,
        /// "model", "device", ...
        kind: &'static str,
        /// Which entry.
        id: String,
        /// Which field.
        field: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// Two entries carry one id.
    #[error("{file}: two entries of kind {kind} have the id `{id}`: rename one")]
    Twice {
        /// Which file.
        file: String,
        /// "model", "device", ...
        kind: &'static str,
        /// The id.
        id: String,
    },
}
