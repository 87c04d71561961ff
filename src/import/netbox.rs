//! NetBox device types and rack types: what somebody measured of a machine or a rack, as the library of
//! netbox-community/devicetype-library writes it down.
//!
//! The library is written by hand by many people, so files are read leniently: a value of the wrong kind costs that
//! value or that file, never the folder. Draws stand for each power supply, and redundant ones count twice, so a
//! server's draw is that of the supplies that have to work. What is not in the file stays empty.

mod device;
mod rack;
mod value;
mod yaml;

use std::path::Path;

use super::{Findings, ImportError, file};
use crate::catalog::Date;
use value::Place;

/// No file is read beyond this; the longest of the library has 90 KB.
pub(super) const MAX_YAML_BYTES: usize = 1024 * 1024;

/// Reads a file.
pub(super) fn read(name: &str, path: &Path, day: &Date, findings: &mut Findings) {
    match file::read_text(path, MAX_YAML_BYTES) {
        Ok(text) => read_text(name, &text, day, findings),
        Err(error) => findings.problem(error),
    }
}

/// Reads the text of a file.
pub(super) fn read_text(name: &str, text: &str, day: &Date, findings: &mut Findings) {
    let read = |findings: &mut Findings| {
        let yaml = yaml::parse(name, text)?;
        let place = Place { file: name, text };
        if yaml.is_rack() {
            return rack::read(place, &yaml, day, findings);
        }
        if yaml.slug.is_none() && yaml.u_height.is_none() {
            let message = "neither slug nor u_height: it is no device type and no rack type (a module type, perhaps)";
            return Err(ImportError::File { file: name.to_owned(), message: message.to_owned() });
        }
        device::read(place, &yaml, day, findings)
    };
    if let Err(error) = read(findings) {
        findings.problem(error);
    }
}
