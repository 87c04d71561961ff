//! Facts from other people's files: benchmark results so far, and what this machine's system tells of it.
//!
//! Nothing is applied here. An import is a report of one file: the measurements in it, what was guessed about them,
//! what the file does not say, and every row that could not be used with the reason. The caller shows it, and takes
//! over what the user agrees to. A file that cannot be read at all is a report too, so that one bad file never keeps
//! the others out.
//!
//! Every file is taken for hostile: it is read up to a limit, rows are looked at one by one, a number is checked where
//! it enters, and the lists of a report are bounded whatever the file holds.
//!
//! Formats and where they are written down:
//! - llama-bench (JSON, JSONL, CSV, markdown): llama.cpp `tools/llama-bench/llama-bench.cpp`, read 2026-11;
//! - `vllm bench serve` and the older `benchmark_serving.py`: vLLM `vllm/benchmarks/serve.py`, read 2026-11;
//! - SGLang `python/sglang/bench_serving.py`, read 2026-11.

mod error;
mod file;
mod json;
mod llama_bench;
pub mod machine;
mod recognise;
mod record;
mod report;
mod serving;
mod table;

use std::path::Path;

pub use error::{ImportError, Position};
pub use file::MAX_TEXT_BYTES;
pub use machine::ThisMachine;
pub use report::{FileKind, GIVE_UP_AFTER, ImportReport, MAX_MEASUREMENTS, MAX_PROBLEMS, MAX_REMARKS, Remark};

use crate::catalog::{Catalog, DeviceId, ModelId, Recognised, WeightFormat};
use recognise::Index;
use report::Findings;

/// What the user knows and the files do not say. It goes before what a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The device everything ran on.
    pub device: Option<DeviceId>,
    /// The model that ran.
    pub model: Option<ModelId>,
}

/// Reads files against one catalog.
pub struct Importer<'a> {
    catalog: &'a Catalog,
    known: Known,
    index: Index,
}

impl<'a> Importer<'a> {
    /// Takes the catalog's names apart once, for all files to come.
    pub fn new(catalog: &'a Catalog, known: Known) -> Self {
        Self { catalog, known, index: Index::new(catalog) }
    }

    /// Reads one file and says what is in it. Never fails: what is wrong stands in the report.
    pub fn file(&self, path: &Path) -> ImportReport {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        match file::read_text(path) {
            Ok(text) => self.text(&name, &text),
            Err(error) => {
                let mut findings = Findings::new(&name);
                findings.problem(error);
                findings.report(None)
            }
        }
    }

    /// Which model of the catalog a GGUF file is, and its weight format, by its name; the parameters counted in it must agree
    /// where they are known. Each is `None` where the name does not say, or would do for several.
    pub fn gguf_file(&self, name: &str, parameters: Option<u64>) -> (Recognised<ModelId>, Option<WeightFormat>) {
        let reader = Reader { name, catalog: self.catalog, known: &self.known, index: &self.index };
        let words = recognise::ModelWords { file: name, description: "", parameters };
        let model = recognise::model(&reader, &words, &mut Findings::new(name));
        (model, recognise::gguf_format(name, ""))
    }

    /// Reads the text of a file called `name` and says what is in it.
    pub fn text(&self, name: &str, text: &str) -> ImportReport {
        let mut findings = Findings::new(name);
        if text.len() > MAX_TEXT_BYTES {
            findings.problem(ImportError::too_large(name));
            return findings.report(None);
        }
        // A byte-order mark in front is how some editors say "text".
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Some(kind) = FileKind::of(text) else {
            findings.problem(ImportError::unknown(name));
            return findings.report(None);
        };
        let reader = Reader { name, catalog: self.catalog, known: &self.known, index: &self.index };
        let take = |record| reader.take(record, &mut findings);
        match kind {
            FileKind::Json => json::records(name, text, take),
            FileKind::Csv => table::csv_records(name, text, take),
            FileKind::Markdown => table::markdown_records(name, text, take),
        }
        findings.report(Some(kind))
    }
}

/// What every row is read with.
struct Reader<'a> {
    name: &'a str,
    catalog: &'a Catalog,
    known: &'a Known,
    index: &'a Index,
}

impl Reader<'_> {
    /// One row, or why it is none. Returns whether to go on.
    fn take(&self, record: Result<record::Record, ImportError>, findings: &mut Findings) -> bool {
        let read = record.and_then(|record| {
            if llama_bench::is_one(&record) {
                llama_bench::read(self, &record, findings)
            } else if serving::is_one(&record) {
                serving::read(self, &record, findings)
            } else {
                let message = "is neither a llama-bench row nor a serving benchmark of vLLM or SGLang";
                Err(record.error("", message))
            }
        });
        if let Err(error) = read {
            findings.problem(error);
        }
        findings.go_on()
    }
}
