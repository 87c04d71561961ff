//! Predictions held against other people's measurements, row by row.
//!
//! Each check reads a CSV of measurements, predicts every row from its description alone, writes the predictions and
//! prints a summary of how far off they were. The measured column is read only after a row's prediction is made, and only
//! for the summary.

pub mod batched;
pub mod fits;
pub mod memory;
pub mod serving;
pub mod speed;

use std::collections::BTreeMap;
use std::io;

use crate::catalog::{Catalog, Device, DeviceId, Model, ModelId};

/// A file of measurements cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ValidateError {
    /// It is not CSV, or reading it failed.
    #[error("cannot read the measurements: {0}: check that the file is CSV with a header line")]
    Csv(#[from] csv::Error),
    /// A column is missing.
    #[error("the column `{column}` is missing: the file has {found}")]
    Column {
        /// Which.
        column: &'static str,
        /// What there is.
        found: String,
    },
    /// The predictions cannot be written.
    #[error("cannot write the predictions: {0}")]
    Write(#[from] io::Error),
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// There is a prediction.
    Ok,
    /// It cannot run, or cannot be predicted honestly.
    Refused,
    /// The model, the device or the layout is not known.
    Unknown,
}

impl Status {
    /// As written to files.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

/// The device and the model a row names.
///
/// # Errors
/// Which of them the catalog does not have.
pub(crate) fn named<'a>(catalog: &'a Catalog, device: &str, model: &str) -> Result<(&'a Device, &'a Model), String> {
    let known = catalog.devices.get(&DeviceId::new(device));
    let known = known.ok_or_else(|| format!("the device `{device}` is not in the catalog"))?;
    let model =
        catalog.models.get(&ModelId::new(model)).ok_or_else(|| format!("the model `{model}` is not in the catalog"))?;
    Ok((known, model))
}

/// One record by column name.
pub(crate) struct Record<'a> {
    columns: &'a BTreeMap<String, usize>,
    fields: &'a csv::StringRecord,
}

impl<'a> Record<'a> {
    /// The text of a column; empty where the column or the value is missing.
    pub(crate) fn text(&self, column: &str) -> &'a str {
        self.columns.get(column).and_then(|&at| self.fields.get(at)).unwrap_or("").trim()
    }

    /// The number in a column.
    pub(crate) fn number<T: std::str::FromStr>(&self, column: &str) -> Option<T> {
        self.text(column).parse().ok()
    }
}

/// Calls `each` with the line number and record of every row. Lines count from 1, the header is line 1.
pub(crate) fn read_rows(
    from: impl io::Read,
    needed: &[&'static str],
    mut each: impl FnMut(u64, &Record<'_>),
) -> Result<(), ValidateError> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(from);
    let header = reader.headers()?.clone();
    let columns: BTreeMap<String, usize> = header.iter().map(|name| name.trim().to_owned()).zip(0..).collect();
    for &column in needed {
        if !columns.contains_key(column) {
            let found: Vec<&str> = header.iter().collect();
            return Err(ValidateError::Column { column, found: found.join(", ") });
        }
    }
    for fields in reader.records() {
        let fields = fields?;
        let line = fields.position().map_or(0, csv::Position::line);
        each(line, &Record { columns: &columns, fields: &fields });
    }
    Ok(())
}
