//! The header of a GGUF file: metadata and where each tensor lies. The tensors themselves are read by `weights`. A model in
//! several files is opened by its first and is one from here on: see `split`.
//!
//! A file from outside is hostile until proven otherwise. Every count, length and offset is held to what the file can
//! hold, and to a limit of ours, before anything is allocated for it. The format:
//! <https://github.com/ggml-org/ggml/blob/master/docs/gguf.md>, versions 2 and 3, little-endian.

mod files;
mod reader;
mod split;
mod tensor;
mod value;

pub(super) use files::Files;
pub(super) use split::{MOST_PARTS, is_later_part, part_name};
pub(super) use tensor::{TensorInfo, TensorType};
pub(super) use value::{Array, Value};

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::ops::Range;
use std::path::{Path, PathBuf};

use super::InferError;
use reader::Reader;

/// Metadata keys; the largest files in circulation have about 60.
const MOST_KEYS: u64 = 4096;
/// Tensors; a mixture of 61 layers with 256 experts stored one by one has 47,000.
const MOST_TENSORS: u64 = 65_536;
/// The format's own limit on a tensor's dimensions.
const MOST_DIMENSIONS: u32 = 4;
/// Bytes of values kept of a header that is only looked at: per-layer counts and names take some kilobytes.
const KEPT: u64 = 1 << 22;
/// Where `general.alignment` is absent, by the format.
const DEFAULT_ALIGNMENT: u64 = 32;

/// A parsed header.
#[derive(Debug, Default)]
pub(super) struct Gguf {
    pub path: PathBuf,
    /// Of all files.
    pub file_bytes: u64,
    pub metadata: BTreeMap<String, Value>,
    /// By name.
    pub tensors: BTreeMap<String, TensorInfo>,
    /// Names of the tensors as the files list them.
    pub order: Vec<String>,
    /// Each key with the place of its entry (key and value) in the first file, in its order.
    pub entries: Vec<(String, Range<u64>)>,
    /// What the data and each tensor's offset are multiples of.
    pub alignment: u64,
    /// The files: one, or all parts of a model in several.
    pub parts: Vec<Part>,
}

/// A file of a model.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub path: PathBuf,
    pub bytes: u64,
}

/// Opens a file and tells its length. What is no file is refused before it is opened: to open a pipe waits for whoever
/// writes into it, and that may be nobody.
fn open_file(path: &Path) -> Result<(File, u64), InferError> {
    let read = |error| InferError::read(path, &error);
    let found = std::fs::metadata(path).map_err(read)?;
    if found.is_dir() {
        return Err(InferError::Read { reason: "it is a folder".to_owned(), path: path.to_owned() });
    }
    if !found.is_file() {
        return Err(InferError::malformed(path, "file", "it is not a regular file"));
    }
    let file = File::open(path).map_err(read)?;
    let length = file.metadata().map_err(read)?.len();
    Ok((file, length))
}

impl Gguf {
    /// Reads and checks the header, and those of further parts where the model lies in several files.
    pub fn open(path: &Path) -> Result<Self, InferError> {
        split::gather(Self::open_one(path)?)
    }

    /// Reads and checks the header of one file.
    fn open_one(path: &Path) -> Result<Self, InferError> {
        let (file, length) = open_file(path)?;
        Self::parse(Reader::new(BufReader::with_capacity(1 << 18, file), length, path))
    }

    /// Reads and checks the header, and keeps of its values what fits in [`KEPT`]: no vocabulary, no template.
    pub fn open_sparing(path: &Path) -> Result<Self, InferError> {
        let (file, length) = open_file(path)?;
        Self::parse(Reader::new(BufReader::with_capacity(1 << 16, file), length, path).sparing(KEPT))
    }

    fn parse(mut reader: Reader<'_>) -> Result<Self, InferError> {
        reader.magic()?;
        let tensor_count = reader.count("tensor count", MOST_TENSORS)?;
        let key_count = reader.count("metadata count", MOST_KEYS)?;
        let (mut metadata, mut entries) = (BTreeMap::new(), Vec::new());
        for _ in 0..key_count {
            let start = reader.position();
            let key = reader.string("metadata key")?;
            let value = reader.value(&key)?;
            entries.push((key.clone(), start..reader.position()));
            if metadata.insert(key.clone(), value).is_some() {
                return Err(reader.wrong(&key, "the key appears twice"));
            }
        }
        let alignment = match metadata.get("general.alignment").map(Value::as_u64) {
            None => DEFAULT_ALIGNMENT,
            Some(Some(value)) if value.is_power_of_two() && value <= 1 << 20 => value,
            Some(_) => return Err(reader.wrong("general.alignment", "it is not a power of two up to 2^20")),
        };
        let (mut tensors, mut order) = (BTreeMap::new(), Vec::new());
        for _ in 0..tensor_count {
            let tensor = reader.tensor(MOST_DIMENSIONS)?;
            if tensors.contains_key(&tensor.name) {
                return Err(reader.wrong(&tensor.name, "the tensor appears twice"));
            }
            order.push(tensor.name.clone());
            tensors.insert(tensor.name.clone(), tensor);
        }
        let data = reader.position().next_multiple_of(alignment);
        place(&mut tensors, data, alignment, &reader)?;
        let (path, file_bytes) = reader.into_file();
        let parts = vec![Part { path: path.clone(), bytes: file_bytes }];
        Ok(Self { path, file_bytes, metadata, tensors, order, entries, alignment, parts })
    }

    /// An error about this file.
    pub fn wrong(&self, field: &str, problem: impl Into<String>) -> InferError {
        InferError::malformed(&self.path, field, problem)
    }

    /// An error about something in this file that is sound but cannot be run.
    pub fn unsupported(&self, what: &str, name: &str, hint: impl Into<String>) -> InferError {
        // A hostile name must not flood the message.
        let name = name.chars().take(40).collect();
        InferError::Unsupported { what: what.to_owned(), name, hint: hint.into(), path: self.path.clone() }
    }

    /// A tensor that must be there.
    pub fn tensor(&self, name: &str) -> Result<&TensorInfo, InferError> {
        self.tensors.get(name).ok_or_else(|| self.wrong(name, "the tensor is missing"))
    }

    /// A text, or `None` where the key is absent.
    pub fn text(&self, key: &str) -> Result<Option<&str>, InferError> {
        self.typed(key, "text", |value| match value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// A count, or `None` where the key is absent.
    pub fn count(&self, key: &str) -> Result<Option<u64>, InferError> {
        self.typed(key, "a whole number", Value::as_u64)
    }

    /// A finite number, or `None` where the key is absent.
    pub fn number(&self, key: &str) -> Result<Option<f32>, InferError> {
        self.typed(key, "a finite number", |value| value.as_f64().map(|n| n as f32).filter(|n| n.is_finite()))
    }

    /// Yes or no, or `None` where the key is absent.
    pub fn flag(&self, key: &str) -> Result<Option<bool>, InferError> {
        self.typed(key, "yes or no", |value| match value {
            Value::Bool(flag) => Some(*flag),
            _ => None,
        })
    }

    /// Texts, or `None` where the key is absent.
    pub fn texts(&self, key: &str) -> Result<Option<&[String]>, InferError> {
        self.typed(key, "a list of texts", |value| match value {
            Value::Array(Array::Texts(texts)) => Some(texts.as_slice()),
            _ => None,
        })
    }

    /// Numbers, or `None` where the key is absent.
    pub fn numbers(&self, key: &str) -> Result<Option<&[f64]>, InferError> {
        self.typed(key, "a list of numbers", |value| match value {
            Value::Array(Array::Numbers(numbers)) => Some(numbers.as_slice()),
            _ => None,
        })
    }

    fn typed<'a, T>(
        &'a self,
        key: &str,
        wanted: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, InferError> {
        let Some(value) = self.metadata.get(key) else { return Ok(None) };
        read(value).map(Some).ok_or_else(|| self.wrong(key, format!("it is not {wanted}")))
    }
}

/// Turns offsets within the data into offsets within the file; refuses what leaves the file or overlaps.
fn place(
    tensors: &mut BTreeMap<String, TensorInfo>,
    data: u64,
    alignment: u64,
    reader: &Reader<'_>,
) -> Result<(), InferError> {
    let mut spans = Vec::with_capacity(tensors.len());
    for tensor in tensors.values_mut() {
        if !tensor.offset.is_multiple_of(alignment) {
            return Err(reader.wrong(&tensor.name, format!("its offset is not a multiple of {alignment}")));
        }
        let start = data.checked_add(tensor.offset);
        let end = start.and_then(|start| start.checked_add(tensor.bytes));
        let (Some(start), Some(end)) = (start, end) else {
            return Err(reader.wrong(&tensor.name, "its offset leaves the file"));
        };
        if end > reader.file_bytes() {
            let missing = end - reader.file_bytes();
            return Err(reader.wrong(&tensor.name, format!("the file ends {missing} bytes before the tensor does")));
        }
        tensor.offset = start;
        spans.push((start, end, tensor.name.clone()));
    }
    spans.sort();
    for (one, next) in spans.iter().zip(spans.iter().skip(1)) {
        if next.0 < one.1 {
            return Err(reader.wrong(&next.2, format!("it overlaps the tensor {}", one.2)));
        }
    }
    Ok(())
}
