//! A GGUF file as a model of the catalog: its header gives the exact tensors, and with them the exact parameters.
//!
//! The header is read by the engine's own reader, which takes every file for hostile; a program built without the
//! engine says so. Which layer is of which kind is told by the tensors it has, so that also an architecture this
//! program has never heard of gives its parameters, its bytes and most of its shapes.

use std::path::Path;

use super::Findings;
use crate::catalog::Date;

#[cfg(feature = "infer")]
mod blocks;
#[cfg(feature = "infer")]
mod entry;

/// Reads a file.
#[cfg(feature = "infer")]
pub(super) fn read(path: &Path, day: &Date, findings: &mut Findings) {
    if let Err(error) = entry::read(path, day, findings) {
        findings.problem(error);
    }
}

/// Says that this program cannot.
#[cfg(not(feature = "infer"))]
pub(super) fn read(path: &Path, _: &Date, findings: &mut Findings) {
    findings.problem(super::ImportError::File {
        file: super::display_name(path),
        message: "this program was built without the engine, which reads GGUF files: import the model's config.json"
            .to_owned(),
    });
}
