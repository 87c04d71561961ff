//! The report of one file: what was read, what was guessed, what is missing, what was set aside.

use std::collections::BTreeMap;

use super::ImportError;
use crate::catalog::validate::{self, Checked};
use crate::catalog::{Kept, Layer, Measurement};

/// Most measurements taken from one file; the largest sweep published has a few thousand rows.
pub const MAX_MEASUREMENTS: usize = 50_000;

/// Most problems kept; the others are counted.
pub const MAX_PROBLEMS: usize = 100;

/// A file with more problems than this is not looked through to its end.
pub const GIVE_UP_AFTER: usize = 10_000;

/// Most different remarks kept.
pub const MAX_REMARKS: usize = 200;

/// What a file looks like, whatever its name ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// JSON: one object, a list of them, or one after the other.
    Json,
    /// Comma-separated, with a header.
    Csv,
    /// A markdown table, perhaps amid other text.
    Markdown,
    /// A model as published: `config.json`, an index, safetensors files, or several of these together.
    Checkpoint,
    /// A GGUF model file.
    Gguf,
    /// A NetBox device type or rack type.
    NetBox,
    /// A catalog of this program's own.
    Catalog,
}

/// What one file holds. Nothing of it is applied yet.
#[derive(Debug)]
pub struct ImportReport {
    /// The file's name.
    pub file: String,
    /// What it looks like. `None`: nothing this program reads.
    pub kind: Option<FileKind>,
    /// What was read of a model or a machine, in words.
    pub read: Vec<String>,
    /// Measurements that were read.
    pub measurements: Vec<Measurement>,
    /// Entries for the catalog that were read.
    pub entries: Layer,
    /// What the file does not say in so many words and was taken to mean.
    pub guessed: Vec<Remark>,
    /// What the file does not say at all and an estimate would want to know.
    pub missing: Vec<Remark>,
    /// Rows set aside, at most [`MAX_PROBLEMS`] of them.
    pub problems: Vec<ImportError>,
    /// Problems beyond those; from [`GIVE_UP_AFTER`] on the rest of the file was not looked at.
    pub more_problems: usize,
}

/// Something to know about some rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// In words.
    pub text: String,
    /// How many rows it is about.
    pub rows: usize,
}

/// A report under way. Like remarks are counted, so that it stays small however large the file.
pub(super) struct Findings {
    file: String,
    read: Vec<String>,
    measurements: Vec<Measurement>,
    entries: Layer,
    has_entries: bool,
    guessed: BTreeMap<String, usize>,
    missing: BTreeMap<String, usize>,
    problems: Vec<ImportError>,
    more_problems: usize,
    full: bool,
}

impl Findings {
    pub fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            read: Vec::new(),
            measurements: Vec::new(),
            entries: Layer::default(),
            has_entries: false,
            guessed: BTreeMap::new(),
            missing: BTreeMap::new(),
            problems: Vec::new(),
            more_problems: 0,
            full: false,
        }
    }

    /// Something read, in words.
    pub fn read(&mut self, text: impl Into<String>) {
        if self.read.len() < MAX_REMARKS {
            self.read.push(text.into());
        }
    }

    /// An entry for the catalog, once it holds what an entry must.
    pub fn entry<T: Kept + Checked>(&mut self, entry: T) {
        let wrong = validate::entry(&self.file, &entry);
        if wrong.is_empty() {
            self.has_entries = true;
            self.entries.put(entry);
        }
        for error in wrong {
            self.problem(ImportError::Entry(error));
        }
    }

    /// A whole layer, checked before.
    pub fn layer(&mut self, layer: Layer) {
        self.has_entries = true;
        self.entries = layer;
    }

    pub fn measured(&mut self, measurement: Measurement) {
        if self.measurements.len() < MAX_MEASUREMENTS {
            self.measurements.push(measurement);
        } else if !self.full {
            self.full = true;
            let message = format!("more than {MAX_MEASUREMENTS} measurements: the rest is left out, split the file");
            self.problem(ImportError::File { file: self.file.clone(), message });
        }
    }

    pub fn guessed(&mut self, text: impl Into<String>) {
        count(&mut self.guessed, text.into());
    }

    pub fn missing(&mut self, text: impl Into<String>) {
        count(&mut self.missing, text.into());
    }

    pub fn problem(&mut self, error: ImportError) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(error);
        } else {
            self.more_problems = self.more_problems.saturating_add(1);
        }
    }

    /// Whether it is worth looking further.
    pub fn go_on(&self) -> bool {
        !self.full && self.more_problems < GIVE_UP_AFTER
    }

    pub fn report(mut self, kind: Option<FileKind>) -> ImportReport {
        if kind.is_some() && self.measurements.is_empty() && !self.has_entries && self.problems.is_empty() {
            let message = "holds no result: run the benchmark again, or pick another file".to_owned();
            self.problem(ImportError::File { file: self.file.clone(), message });
        }
        ImportReport {
            file: self.file,
            kind,
            read: self.read,
            measurements: self.measurements,
            entries: self.entries,
            guessed: remarks(self.guessed),
            missing: remarks(self.missing),
            problems: self.problems,
            more_problems: self.more_problems,
        }
    }
}

impl FileKind {
    /// By its first characters. `None`: none of them.
    pub(super) fn of(text: &str) -> Option<Self> {
        let start = text.trim_start();
        if start.starts_with(['{', '[']) {
            return Some(Self::Json);
        }
        if start.lines().next().is_some_and(|line| line.contains("avg_ts") && line.contains(',')) {
            return Some(Self::Csv);
        }
        // Programs print what they load before the table, or before the JSON.
        for line in start.lines() {
            let line = line.trim();
            if line.starts_with('|') && line.contains("t/s") && line.contains("model") {
                return Some(Self::Markdown);
            }
            if line.starts_with('{') || line == "[" {
                return Some(Self::Json);
            }
        }
        None
    }
}

fn count(remarks: &mut BTreeMap<String, usize>, text: String) {
    if remarks.len() < MAX_REMARKS || remarks.contains_key(&text) {
        let rows = remarks.entry(text).or_default();
        *rows = rows.saturating_add(1);
    }
}

fn remarks(counted: BTreeMap<String, usize>) -> Vec<Remark> {
    counted.into_iter().map(|(text, rows)| Remark { text, rows }).collect()
}
