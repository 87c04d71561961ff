//! Models that lie on this machine already: GGUF files in the folders other programs keep them in.
//!
//! Only names and sizes are read, nothing is copied or opened but Ollama's small manifests. A folder is hostile like any
//! other file from outside: depth, number of entries and number of models are limited, folders behind symbolic links are
//! not entered (so there are no loops), and a manifest cannot name a file outside of its blobs. Where the folders are is
//! the caller's to know.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::gguf::{MOST_PARTS, is_later_part, part_name};
use crate::units::Bytes;

/// How a program keeps its models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FolderKind {
    /// Files that end in `.gguf`, in folders of folders: LM Studio, llama.cpp, Hugging Face.
    Files,
    /// Ollama: `manifests/` say which file of `blobs/` is the model.
    Ollama,
}

/// A folder to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFolder {
    /// The program whose folder it is, for the list: "LM Studio".
    pub place: String,
    /// The folder. It need not exist.
    pub path: PathBuf,
    /// How it is laid out.
    pub kind: FolderKind,
}

/// A model found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundModel {
    /// As its program names it: the file's name without its ending, or "llama3.2:1b".
    pub name: String,
    /// The program whose folder it lies in, and whose model it is where the folders say so: "Hugging Face, Qwen".
    pub place: String,
    /// The GGUF file.
    pub path: PathBuf,
    /// Its size on disk, of a model in several files that of all that are there.
    pub bytes: Bytes,
}

/// Where a scan gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanLimits {
    /// Folders below the one given; 0 looks into that one only.
    pub depth: usize,
    /// Files and folders looked at in each folder given.
    pub entries: usize,
    /// Models found in all.
    pub models: usize,
}

impl Default for ScanLimits {
    /// 6 deep, 20,000 entries a folder, 1,000 models: LM Studio nests 2 deep, Hugging Face 4.
    fn default() -> Self {
        Self { depth: 6, entries: 20_000, models: 1_000 }
    }
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// Sorted by name. No file twice, whatever names lead to it.
    pub models: Vec<FoundModel>,
    /// Whether a limit, or the caller, cut it short.
    pub cut_short: bool,
}

/// Looks into the folders. `go_on` is asked for each entry and ends the scan by false. What cannot be read is left out.
pub fn scan(folders: &[ModelFolder], limits: ScanLimits, go_on: &dyn Fn() -> bool) -> Scan {
    let mut found = Finder { limits, go_on, scan: Scan::default(), seen: HashSet::new() };
    for folder in folders {
        match folder.kind {
            FolderKind::Files => found.files(folder),
            FolderKind::Ollama => found.ollama(folder),
        }
    }
    let key = |model: &FoundModel| (model.name.to_lowercase(), model.place.clone(), model.path.clone());
    found.scan.models.sort_by_cached_key(key);
    found.scan
}

struct Finder<'a> {
    limits: ScanLimits,
    go_on: &'a dyn Fn() -> bool,
    scan: Scan,
    /// Files as they really are called.
    seen: HashSet<PathBuf>,
}

impl Finder<'_> {
    fn files(&mut self, folder: &ModelFolder) {
        for path in self.walk(&folder.path) {
            let Some(name) = model_name(&path) else { continue };
            let place = match owner(&folder.path, &path) {
                Some(owner) => format!("{}, {owner}", folder.place),
                None => folder.place.clone(),
            };
            self.add(name, place, &path);
        }
    }

    fn ollama(&mut self, folder: &ModelFolder) {
        let manifests = folder.path.join("manifests");
        for path in self.walk(&manifests) {
            let Some(blob) = manifest_blob(&path) else { continue };
            let Some(name) = path.strip_prefix(&manifests).ok().and_then(ollama_name) else { continue };
            self.add(name, folder.place.clone(), &folder.path.join("blobs").join(blob));
        }
    }

    /// Regular files below a folder, and symbolic links to such (Hugging Face's snapshots consist of them).
    fn walk(&mut self, root: &Path) -> Vec<PathBuf> {
        let (mut files, mut open, mut looked) = (Vec::new(), vec![(root.to_owned(), 0)], 0);
        while let Some((folder, depth)) = open.pop() {
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            for entry in entries.flatten() {
                looked += 1;
                if looked > self.limits.entries || !(self.go_on)() {
                    self.scan.cut_short = true;
                    return files;
                }
                let Ok(kind) = entry.file_type() else { continue };
                if !kind.is_dir() {
                    files.push(entry.path());
                } else if depth < self.limits.depth {
                    open.push((entry.path(), depth + 1));
                } else {
                    self.scan.cut_short = true;
                }
            }
        }
        files
    }

    fn add(&mut self, name: String, place: String, path: &Path) {
        let Ok(real) = path.canonicalize() else { return };
        let Ok(facts) = real.metadata() else { return };
        if !facts.is_file() || facts.len() == 0 || self.seen.contains(&real) {
            return;
        }
        if self.scan.models.len() >= self.limits.models {
            self.scan.cut_short = true;
            return;
        }
        self.seen.insert(real);
        let bytes = Bytes::new(facts.len()) + later_parts(path);
        self.scan.models.push(FoundModel { name, place, path: path.to_owned(), bytes });
    }
}

/// The name of a model's file; `None` for what is no language model of its own: other files, image projectors, and the
/// later parts of a model in several files.
fn model_name(path: &Path) -> Option<String> {
    if !path.extension()?.eq_ignore_ascii_case("gguf") {
        return None;
    }
    let stem = path.file_stem()?.to_string_lossy().into_owned();
    if is_later_part(&stem) || stem.to_lowercase().starts_with("mmproj") {
        return None;
    }
    Some(part_name(&stem).map_or(stem.clone(), |(name, ..)| name.to_owned()))
}

/// Size of the parts beside the first of a model in several files. A part that is missing adds nothing: what is said of it
/// is said when the model is opened.
fn later_parts(first: &Path) -> Bytes {
    let stem = first.file_stem().unwrap_or_default().to_string_lossy();
    let Some((name, _, count)) = part_name(&stem) else { return Bytes::ZERO };
    let ending = first.extension().unwrap_or_default().to_string_lossy();
    let path = |part: u64| first.with_file_name(format!("{name}-{part:05}-of-{count:05}.{ending}"));
    let bytes = |part| path(part).metadata().map_or(0, |facts| facts.len());
    (2..=count.min(MOST_PARTS)).map(|part| Bytes::new(bytes(part))).sum()
}

/// Who published a model, where the folders below the root say so: "Qwen/Qwen3-0.6B-GGUF" of LM Studio,
/// "models--Qwen--Qwen3-0.6B-GGUF" of Hugging Face.
fn owner(root: &Path, path: &Path) -> Option<String> {
    let inside = path.strip_prefix(root).ok()?;
    let first = inside.components().next()?.as_os_str().to_string_lossy().into_owned();
    match first.strip_prefix("models--") {
        Some(repository) => Some(repository.split("--").next()?.to_owned()),
        None => (inside.components().count() > 1).then_some(first),
    }
}

/// "registry.ollama.ai/library/llama3.2/1b" is shown as "llama3.2:1b", somebody's as "somebody/model:tag".
fn ollama_name(inside: &Path) -> Option<String> {
    let parts: Vec<&str> = inside
        .components()
        .map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect::<Option<_>>()?;
    match parts.as_slice() {
        [_, "library", model, tag] => Some(format!("{model}:{tag}")),
        [.., owner, model, tag] => Some(format!("{owner}/{model}:{tag}")),
        _ => None,
    }
}

/// Largest manifest read; real ones have about 1 kB.
const MOST_MANIFEST_BYTES: u64 = 64 << 10;
/// The layer of a manifest that is the weights (Ollama's `server/images.go`, 2026).
const MODEL_LAYER: &str = "application/vnd.ollama.image.model";

/// The name of the blob that a manifest says is the model.
fn manifest_blob(path: &Path) -> Option<String> {
    if path.file_name() == Some(OsStr::new(".DS_Store")) || path.metadata().ok()?.len() > MOST_MANIFEST_BYTES {
        return None;
    }
    let manifest: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    let layers = manifest.get("layers")?.as_array()?;
    let model = layers.iter().find(|layer| layer.get("mediaType").and_then(Value::as_str) == Some(MODEL_LAYER))?;
    let hash = model.get("digest")?.as_str()?.strip_prefix("sha256:")?;
    // Only what is a hash becomes part of a path.
    (hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then(|| format!("sha256-{hash}"))
}

#[cfg(test)]
mod tests;
