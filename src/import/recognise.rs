//! From the words of a file to the entries of the catalog: devices, models, weight formats.
//!
//! Words agree or they do not: there is no "nearly". A laptop's card is not the desktop's of the same number, and a
//! wrong device calibrates everything that follows, so where more than one entry would do the answer is none, and the
//! report names them.

mod device;
mod format;
mod model;

pub(super) use device::devices;
#[cfg(feature = "infer")]
pub(super) use format::described;
pub(super) use format::{gguf_format, serving_format};
pub(super) use model::{ModelWords, model, named};

use crate::catalog::Catalog;

/// The catalog's names taken apart once, for all rows.
pub(super) struct Index {
    devices: Vec<device::Known>,
    models: Vec<model::Known>,
}

impl Index {
    pub fn new(catalog: &Catalog) -> Self {
        Self {
            devices: catalog.devices.iter().map(device::Known::new).collect(),
            models: catalog.models.iter().map(model::Known::new).collect(),
        }
    }
}

/// At most four names, and how many more there are.
fn some_names(names: &[&str]) -> String {
    let shown = names.get(..4.min(names.len())).unwrap_or_default().join(", ");
    match names.len().saturating_sub(4) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
