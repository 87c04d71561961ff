//! From what a user points at to what is read: files as they are, folders looked through, the files of one model
//! together.
//!
//! Folders are looked through to a depth and a number of files. Links to folders are not followed, so that no circle
//! is walked; names that begin with a point are left alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::checkpoint::{self, Checkpoint};
use super::{ImportError, Limits, config, file, shards};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// A file by itself.
    File(PathBuf),
    /// A model in one or more files.
    Checkpoint(Checkpoint),
}

/// Sources with the names they go under in a report.
#[derive(Default)]
pub(super) struct Sources {
    /// In order, each once.
    pub found: Vec<(String, Source)>,
    /// Folders that could not be looked into, and limits that were reached.
    pub problems: Vec<(String, ImportError)>,
    /// Files of folders that are of no kind that is read.
    pub passed_over: usize,
    /// Whether the limit on files was reached.
    full: bool,
}

/// Finds what to read.
pub(super) fn of(paths: &[PathBuf], limits: &Limits) -> Sources {
    let mut all = Sources::default();
    let mut singles: Vec<PathBuf> = Vec::new();
    for path in paths {
        if path.is_dir() {
            all.folder(path, path, 0, limits);
        } else if extension(path) == "safetensors" {
            singles.push(path.clone());
        } else {
            let source = of_file(path);
            all.add(name(path), source, limits);
        }
    }
    for one in checkpoints(singles) {
        let label = one.first().map(name).unwrap_or_default();
        all.add(label, Source::Checkpoint(with_neighbours(one)), limits);
    }
    all
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn extension(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

/// A file by itself, or the model it belongs to. JSON tells by what is in it.
fn of_file(path: &Path) -> Source {
    if extension(path) == "json" {
        // An index may be longer than any other text; what it is by, its name does not always say.
        let text = file::read_text(path, checkpoint::MAX_INDEX_BYTES).unwrap_or_default();
        if shards::is_one(&text) {
            let beside = path.with_file_name("config.json");
            let config = beside.is_file().then_some(beside);
            return Source::Checkpoint(Checkpoint { config, index: Some(path.to_owned()), weights: Vec::new() });
        }
        if config::is_one(&text) {
            let checkpoint = Checkpoint { config: Some(path.to_owned()), ..Checkpoint::default() };
            let own = path.file_name().is_some_and(|name| name == "config.json");
            return Source::Checkpoint(if own { with_neighbours(checkpoint) } else { checkpoint });
        }
    }
    Source::File(path.to_owned())
}

/// Files that belong together: the parts of one model, or all of a folder that has a configuration.
fn checkpoints(files: Vec<PathBuf>) -> Vec<Checkpoint> {
    let mut together: BTreeMap<(PathBuf, String), Checkpoint> = BTreeMap::new();
    for path in files {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let whole = folder.join("config.json").is_file();
        let own = name(&path);
        // "model-00001-of-00003.safetensors"
        let part = own.find("-of-").and_then(|at| own.get(..at)?.rfind('-')).and_then(|at| own.get(..at));
        let key = if whole { String::new() } else { part.unwrap_or(&own).to_owned() };
        together.entry((folder, key)).or_default().weights.push(path);
    }
    together.into_values().collect()
}

/// Adds the configuration, index and weights that lie beside the file given.
fn with_neighbours(mut one: Checkpoint) -> Checkpoint {
    let Some(folder) = one.first().and_then(Path::parent).map(Path::to_owned) else { return one };
    let there = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
    one.config = one.config.or_else(|| there("config.json"));
    one.index = one.index.or_else(|| there("model.safetensors.index.json"));
    if one.weights.is_empty() {
        let entries = std::fs::read_dir(if folder.as_os_str().is_empty() { Path::new(".") } else { &folder });
        let files = entries.into_iter().flatten().flatten().map(|entry| folder.join(entry.file_name()));
        one.weights =
            files.filter(|path| extension(path) == "safetensors" && path.is_file()).take(MOST_PARTS).collect();
        one.weights.sort();
    }
    one
}

/// Files of one model; the largest published in parts has some three hundred.
const MOST_PARTS: usize = 10_000;

impl Sources {
    fn add(&mut self, label: String, source: Source, limits: &Limits) {
        if self.found.len() >= limits.files {
            if !std::mem::replace(&mut self.full, true) {
                let message = format!("more than {} files to read: this one and the rest are left out", limits.files);
                self.problems.push((label.clone(), ImportError::File { file: label, message }));
            }
        } else if self.found.iter().rev().take(64).all(|(_, other)| *other != source) {
            self.found.push((label, source));
        }
    }

    fn folder(&mut self, root: &Path, folder: &Path, depth: usize, limits: &Limits) {
        let label = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(cause) => {
                self.problems.push((label(folder), ImportError::Read { path: folder.to_owned(), cause }));
                return;
            }
        };
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in entries.flatten() {
            let path = entry.path();
            if name(&path).starts_with('.') || files.len() + folders.len() > limits.files {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                // The hub's cache is made of links to files; a link to a folder may lead in a circle.
                Ok(_) if path.is_file() => files.push(path),
                Ok(_) | Err(_) => {}
            }
        }
        files.sort();
        folders.sort();
        let (weights, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|path| extension(path) == "safetensors");
        let of_model = |path: &Path| name(path) == "config.json" && matches!(of_file(path), Source::Checkpoint(_));
        let config = others.iter().find(|path| of_model(path)).cloned();
        let has_model = config.is_some() || !weights.is_empty();
        if let Some(config) = config {
            let one = with_neighbours(Checkpoint { config: Some(config.clone()), index: None, weights });
            self.add(label(&config), Source::Checkpoint(one), limits);
        } else {
            for one in checkpoints(weights) {
                let first = one.first().map(label).unwrap_or_default();
                self.add(first, Source::Checkpoint(with_neighbours(one)), limits);
            }
        }
        for path in others {
            match extension(&path).as_str() {
                // Beside a model lie a tokenizer and settings, none of them a benchmark.
                "json" if !has_model => self.add(label(&path), of_file(&path), limits),
                "gguf" | "yaml" | "yml" | "ron" | "jsonl" | "csv" => {
                    self.add(label(&path), Source::File(path), limits);
                }
                _ => self.passed_over += 1,
            }
        }
        for inside in folders {
            if depth < limits.depth {
                self.folder(root, &inside, depth + 1, limits);
            } else {
                let message = format!("lies more than {} folders deep: import it by itself", limits.depth);
                self.problems.push((label(&inside), ImportError::File { file: label(&inside), message }));
            }
        }
    }
}
