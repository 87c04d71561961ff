//! NetBox device types and rack types: what somebody measured of a machine or a rack, as the library of
//! netbox-community/devicetype-library writes it down.
//!
//! The library is written by hand by many people, so files are read leniently: a value of the wrong kind costs that
//! value or that file, never the folder. Draws stand for each power supply, and redundant ones count twice, so a
//! server's draw is that of the supplies that have to work. What is not in the file stays empty.

mod device;
mod rack;
mod value;

use std::path::Path;

use serde::Deserialize;

use super::{Findings, ImportError, file};
use crate::catalog::Date;
use value::Loose;

/// No file is read beyond this; the longest of the library has 90 KB.
pub(super) const MAX_YAML_BYTES: usize = 1024 * 1024;

/// What tells the kinds apart.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Kind {
    u_height: Option<Loose>,
    slug: Option<Loose>,
    form_factor: Option<Loose>,
    max_weight: Option<Loose>,
    outer_depth: Option<Loose>,
    is_full_depth: Option<Loose>,
}

/// Reads a file.
pub(super) fn read(name: &str, path: &Path, day: &Date, findings: &mut Findings) {
    match file::read_text(path, MAX_YAML_BYTES) {
        Ok(text) => read_text(name, &text, day, findings),
        Err(error) => findings.problem(error),
    }
}

/// Reads the text of a file.
pub(super) fn read_text(name: &str, text: &str, day: &Date, findings: &mut Findings) {
    let mut read = || {
        let kind: Kind = parse(name, text)?;
        let rack = kind.form_factor.is_some() || kind.max_weight.is_some() || kind.outer_depth.is_some();
        if rack && kind.is_full_depth.is_none() {
            return rack::read(name, text, day, findings);
        }
        if kind.slug.is_none() && kind.u_height.is_none() {
            let message = "neither slug nor u_height: it is no device type and no rack type (a module type, perhaps)";
            return Err(ImportError::File { file: name.to_owned(), message: message.to_owned() });
        }
        device::read(name, text, day, findings)
    };
    if let Err(error) = read() {
        findings.problem(error);
    }
}

/// Parses a text; what is not asked for is stepped over.
fn parse<'a, T: Deserialize<'a>>(name: &str, text: &'a str) -> Result<T, ImportError> {
    serde_saphyr::from_str_with_options(text, value::options()).map_err(|error| {
        let place = error.location().map(|at| format!("line {}, column {}: ", at.line(), at.column()));
        let said = error.to_string();
        // The crate puts the place in front of its words.
        let said = said
            .split_once("column ")
            .and_then(|(_, rest)| rest.split_once(": "))
            .map_or(said.as_str(), |(_, words)| words);
        let said: String = said.lines().next().unwrap_or_default().chars().take(200).collect();
        ImportError::File {
            file: name.to_owned(),
            message: format!("{}not such YAML: {said}", place.unwrap_or_default()),
        }
    })
}
