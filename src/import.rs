//! Facts from other people's files: models, machines, racks and benchmark results; and what this machine's system tells
//! of it.
//!
//! Nothing is applied here. An import is a report of one file or one model: what was read, what was guessed, what the
//! file does not say, and everything that could not be used with the reason. The caller shows it, and takes over what
//! the user agrees to. A file that cannot be read at all is a report too, so that one bad file never keeps the others
//! out.
//!
//! Every file is taken for hostile: it is read up to a limit, rows are looked at one by one, a number is checked where
//! it enters, and the lists of a report are bounded whatever the file holds.
//!
//! Formats and where they are written down:
//! - Hugging Face `config.json`: the `configuration_*.py` files of huggingface/transformers 4.57, read 2026-11;
//! - safetensors and its index: huggingface/safetensors, read 2026-11;
//! - GGUF: ggml `docs/gguf.md`, by the reader of the engine in this program;
//! - NetBox device and rack types: netbox-community/devicetype-library, its schema as of 2026-11;
//! - llama-bench (JSON, JSONL, CSV, markdown): llama.cpp `tools/llama-bench/llama-bench.cpp`, read 2026-11;
//! - `vllm bench serve` and the older `benchmark_serving.py`: vLLM `vllm/benchmarks/serve.py`, read 2026-11;
//! - SGLang `python/sglang/bench_serving.py`, read 2026-11.

mod batch;
mod checkpoint;
mod config;
mod count;
mod error;
mod file;
mod gguf;
mod json;
mod llama_bench;
pub mod machine;
mod netbox;
#[cfg(feature = "infer")]
pub mod ran;
mod recognise;
mod record;
mod report;
mod safetensors;
mod serving;
mod shards;
mod sources;
mod table;
mod together;

use std::path::Path;

pub use batch::{Applied, Existing, Limits, Report, read, read_while};
pub use error::{ImportError, Position};
pub use file::MAX_TEXT_BYTES;
pub use machine::ThisMachine;
pub use report::{FileKind, GIVE_UP_AFTER, ImportReport, MAX_MEASUREMENTS, MAX_PROBLEMS, MAX_REMARKS, Remark};

use crate::catalog::{
    Catalog, Date, DeviceId, Entry, Kept, Layer, ModelId, Recognised, WeightFormat, day_of, every_kind,
};
use recognise::Index;
use report::Findings;

/// What the user knows and the files do not say. It goes before what a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The device everything ran on.
    pub device: Option<DeviceId>,
    /// The model that ran.
    pub model: Option<ModelId>,
    /// The day the files are read, which becomes the date of entries. `None`: the day a file was last written.
    pub read_on: Option<Date>,
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

    /// Reads one file and says what is in it; files that belong to it are read with it. Never fails: what is wrong
    /// stands in the report.
    pub fn file(&self, path: &Path) -> ImportReport {
        let mut reports = self.read(&[path.to_owned()], &Limits::default()).files;
        match reports.len() {
            1 => reports.remove(0),
            _ => {
                let mut findings = Findings::new(&display_name(path));
                let message = "is a folder: import its files one by one".to_owned();
                findings.problem(ImportError::File { file: display_name(path), message });
                findings.report(None)
            }
        }
    }

    /// Reads one file under the name it has in the report.
    fn named_file(&self, name: &str, path: &Path) -> ImportReport {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "ron" => Self::catalog_file(name, path),
            "gguf" => self.dated(name, path, FileKind::Gguf, |day, findings| gguf::read(path, day, findings)),
            "yaml" | "yml" => {
                self.dated(name, path, FileKind::NetBox, |day, findings| netbox::read(name, path, day, findings))
            }
            _ => self.text_file(name, path),
        }
    }

    fn dated(&self, name: &str, path: &Path, kind: FileKind, read: impl FnOnce(&Date, &mut Findings)) -> ImportReport {
        let mut findings = Findings::new(name);
        if let Some(day) = self.day(Some(path), &mut findings) {
            read(&day, &mut findings);
        }
        findings.report(Some(kind))
    }

    /// A catalog of this program's own, as somebody exported it.
    fn catalog_file(name: &str, path: &Path) -> ImportReport {
        let mut findings = Findings::new(name);
        // By the importer's own reader: it refuses by the size before it reads, and sees a file change meanwhile.
        match file::read_text(path, MAX_TEXT_BYTES) {
            Ok(text) => catalog_text(name, &text, &mut findings),
            Err(error) => findings.problem(error),
        }
        findings.report(Some(FileKind::Catalog))
    }

    fn text_file(&self, name: &str, path: &Path) -> ImportReport {
        match file::read_text(path, MAX_TEXT_BYTES) {
            Ok(text) => self.text(name, &text),
            Err(error) => {
                let mut findings = Findings::new(name);
                findings.problem(error);
                findings.report(None)
            }
        }
    }

    fn checkpoint(&self, name: &str, checkpoint: &checkpoint::Checkpoint) -> ImportReport {
        let mut findings = Findings::new(name);
        if let Some(day) = self.day(checkpoint.first(), &mut findings) {
            checkpoint.read(&day, &mut findings);
        }
        findings.report(Some(FileKind::Checkpoint))
    }

    /// The day entries are dated with.
    fn day(&self, path: Option<&Path>, findings: &mut Findings) -> Option<Date> {
        let written = || day_of(path?.metadata().ok()?.modified().ok()?);
        let day = self.known.read_on.clone().or_else(written);
        if day.is_none() {
            let file = path.map(display_name).unwrap_or_default();
            let message = "nothing says when it was read: set this machine's clock".to_owned();
            findings.problem(ImportError::File { file, message });
        }
        day
    }

    /// Which model of the catalog a GGUF file is, and its weight format, by its name; the parameters counted in it must agree
    /// where they are known. Each is `None` where the name does not say, or would do for several.
    pub fn gguf_file(&self, name: &str, parameters: Option<u64>) -> (Recognised<ModelId>, Option<WeightFormat>) {
        let reader = Reader { name, catalog: self.catalog, known: &self.known, index: &self.index };
        let words = recognise::ModelWords { file: name, description: "", parameters };
        let model = recognise::model(&reader, &words, &mut Findings::new(name));
        (model, recognise::gguf_format(name, ""))
    }

    /// Reads the bytes of a file called `name`, whose ending tells what it is; nothing beside it is looked at.
    pub fn bytes(&self, name: &str, bytes: &[u8]) -> ImportReport {
        let mut findings = Findings::new(name);
        if name.ends_with(".safetensors") {
            if let Some(day) = self.day(None, &mut findings) {
                let fail = |cause| ImportError::Read { path: name.into(), cause };
                let mut tensors = safetensors::Tensors::default();
                match tensors.add_header(name, bytes, bytes.len() as u64, fail) {
                    Ok(()) => checkpoint::Parts::of_tensors(name, tensors).entry(&day, &mut findings),
                    Err(error) => findings.problem(error),
                }
            }
            return findings.report(Some(FileKind::Checkpoint));
        }
        if bytes.len() > MAX_TEXT_BYTES {
            findings.problem(ImportError::too_large(name, MAX_TEXT_BYTES));
            return findings.report(None);
        }
        match file::decode(name, bytes.to_vec()) {
            Ok(text) => self.text(name, &text),
            Err(error) => {
                findings.problem(error);
                findings.report(None)
            }
        }
    }

    /// Reads text that by its name or by what is in it is no benchmark. `None`: it is one, or nothing.
    fn entries(&self, name: &str, text: &str) -> Option<ImportReport> {
        let mut findings = Findings::new(name);
        if name.ends_with(".yaml") || name.ends_with(".yml") {
            if let Some(day) = self.day(None, &mut findings) {
                netbox::read_text(name, text, &day, &mut findings);
            }
            return Some(findings.report(Some(FileKind::NetBox)));
        }
        if name.ends_with(".ron") {
            catalog_text(name, text, &mut findings);
            return Some(findings.report(Some(FileKind::Catalog)));
        }
        if !config::is_one(text) {
            return None;
        }
        if let Some(day) = self.day(None, &mut findings) {
            match config::read(name, text, &mut findings) {
                Ok(config) => checkpoint::Parts::of_config(name, config).entry(&day, &mut findings),
                Err(error) => findings.problem(error),
            }
        }
        Some(findings.report(Some(FileKind::Checkpoint)))
    }

    /// Reads the text of a file called `name` and says what is in it.
    pub fn text(&self, name: &str, text: &str) -> ImportReport {
        let mut findings = Findings::new(name);
        if text.len() > MAX_TEXT_BYTES {
            findings.problem(ImportError::too_large(name, MAX_TEXT_BYTES));
            return findings.report(None);
        }
        // A byte-order mark in front is how some editors say "text".
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some(report) = self.entries(name, text) {
            return report;
        }
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
            FileKind::Checkpoint | FileKind::Gguf | FileKind::NetBox | FileKind::Catalog => {}
        }
        findings.report(Some(kind))
    }
}

/// An id as a slug of NetBox, which knows no points.
pub fn netbox_slug(id: &str) -> String {
    id.replace('.', "-")
}

fn catalog_text(name: &str, text: &str, findings: &mut Findings) {
    match Layer::from_ron_str(name, text) {
        Ok(layer) => {
            let mut removed = Vec::new();
            every_kind!(say_of_catalog(&layer, &mut removed, findings));
            if !removed.is_empty() {
                let (count, first) =
                    (removed.len(), removed.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", "));
                let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
                let message = format!(
                    "takes out {first}{more}: an import only adds, merge the file in the window to take them out too"
                );
                findings.problem(ImportError::File { file: name.to_owned(), message });
            }
            findings.layer(layer);
        }
        Err(error) => findings.problem(ImportError::Entry(error)),
    }
}

/// Entries named one by one in a message.
const NAMED: usize = 6;

/// Says how many entries of a kind a catalog has, and collects those it takes out.
fn say_of_catalog<T: Kept>(layer: &Layer, removed: &mut Vec<String>, findings: &mut Findings) {
    let names: Vec<&str> = T::changed(layer).iter().take(NAMED).map(Entry::name).collect();
    let count = T::changed(layer).len();
    if count > 0 {
        let more = if count > NAMED { format!(" and {} more", count - NAMED) } else { String::new() };
        let many = if count == 1 { "entry" } else { "entries" };
        findings.read(format!("{count} {many} of kind {}: {}{more}", T::KIND, names.join(", ")));
    }
    removed.extend(T::removed(layer).iter().map(|id| format!("{} `{id}`", T::KIND)));
}

fn display_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
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
