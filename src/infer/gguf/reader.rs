//! Reading numbers, texts and descriptions from a GGUF header, each checked before memory is given to it.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use super::super::InferError;
use super::{Array, TensorInfo, TensorType, Value};

/// Bytes of one text; the longest in circulation is a chat template of some 20 kB.
const LONGEST_TEXT: u64 = 1 << 22;
/// Elements of one array: vocabularies reach 260 thousand, merges 520 thousand.
const LONGEST_ARRAY: u64 = 1 << 22;
/// Elements of all arrays of a header together: a vocabulary with scores, types and merges has some 1.3 million. In memory
/// one takes more than in the file: a number 8 bytes, a text 24 and its letters.
const MOST_LISTED: u64 = 1 << 23;
/// Bytes of a whole header; a vocabulary of 260 thousand with merges takes 16 MB.
const LARGEST_HEADER: u64 = 1 << 28;
/// Values of one tensor.
const MOST_ELEMENTS: u64 = 1 << 40;
/// Type number of an array value.
const ARRAY: u32 = 9;
/// Type number of a text value.
const TEXT: u32 = 8;

/// A file being read from front to back.
pub(super) struct Reader<'a> {
    file: BufReader<File>,
    path: &'a Path,
    file_bytes: u64,
    position: u64,
    /// Bytes of values that may still be kept; what goes beyond is read through. `None`: everything is kept.
    keep: Option<u64>,
    /// Elements of arrays kept so far.
    listed: u64,
}

impl<'a> Reader<'a> {
    pub fn new(file: BufReader<File>, file_bytes: u64, path: &'a Path) -> Self {
        Self { file, path, file_bytes, position: 0, keep: None, listed: 0 }
    }

    /// Keeps no more than so many bytes of values, and no list of texts: for looking at files of any size.
    pub fn sparing(mut self, keep: u64) -> Self {
        self.keep = Some(keep);
        self
    }

    /// Whether a value of so many bytes in memory is kept.
    const fn keeps(&mut self, bytes: u64) -> bool {
        match self.keep {
            None => true,
            Some(left) if bytes <= left => {
                self.keep = Some(left - bytes);
                true
            }
            Some(_) => false,
        }
    }

    /// Reads through bytes that are not kept.
    fn pass(&mut self, bytes: u64, field: &str) -> Result<(), InferError> {
        self.has(bytes, field)?;
        let passed = std::io::copy(&mut (&mut self.file).take(bytes), &mut std::io::sink())
            .map_err(|error| InferError::read(self.path, &error))?;
        self.position += passed;
        if passed < bytes { Err(self.wrong(field, "the file ended while it was read")) } else { Ok(()) }
    }

    pub fn wrong(&self, field: &str, problem: impl Into<String>) -> InferError {
        // A hostile name must not flood the message.
        InferError::malformed(self.path, field.chars().take(80).collect::<String>(), problem)
    }

    pub const fn position(&self) -> u64 {
        self.position
    }

    pub const fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    pub fn into_file(self) -> (PathBuf, u64) {
        (self.path.to_owned(), self.file_bytes)
    }

    /// The four letters and the version.
    pub fn magic(&mut self) -> Result<(), InferError> {
        if self.file_bytes < 24 || &self.bytes::<4>("magic")? != b"GGUF" {
            return Err(self.wrong("magic", "it does not begin with GGUF"));
        }
        match u32::from_le_bytes(self.bytes("version")?) {
            2 | 3 => Ok(()),
            version if version.swap_bytes() < 16 => Err(self.wrong("version", "the file is big-endian")),
            version => Err(self.wrong("version", format!("version {version} is unknown; 2 and 3 are read"))),
        }
    }

    /// A count of at most `limit`.
    pub fn count(&mut self, field: &str, limit: u64) -> Result<u64, InferError> {
        let count = u64::from_le_bytes(self.bytes(field)?);
        if count > limit {
            return Err(self.wrong(field, format!("{count} is more than the {limit} this program allows")));
        }
        Ok(count)
    }

    /// A text in UTF-8.
    pub fn string(&mut self, field: &str) -> Result<String, InferError> {
        let length = self.count(field, LONGEST_TEXT)?;
        self.text_of(length, field)
    }

    fn text_of(&mut self, length: u64, field: &str) -> Result<String, InferError> {
        self.has(length, field)?;
        let mut bytes = vec![0; length as usize];
        self.fill(&mut bytes, field)?;
        // Some vocabularies hold single bytes of a character; they matter to nobody as text.
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The value of a key.
    pub fn value(&mut self, key: &str) -> Result<Value, InferError> {
        let kind = u32::from_le_bytes(self.bytes(key)?);
        if kind == ARRAY { self.array(key).map(Value::Array) } else { self.single(kind, key) }
    }

    /// A text, or an empty one where it is too long to keep.
    fn text(&mut self, key: &str) -> Result<String, InferError> {
        if self.keep.is_none() {
            return self.string(key);
        }
        let length = self.count(key, LONGEST_TEXT)?;
        // Bytes that are no UTF-8 take three each.
        if !self.keeps(length.saturating_mul(3)) {
            self.pass(length, key)?;
            return Ok(String::new());
        }
        self.text_of(length, key)
    }

    fn single(&mut self, kind: u32, key: &str) -> Result<Value, InferError> {
        Ok(match kind {
            0 => Value::Unsigned(u8::from_le_bytes(self.bytes(key)?).into()),
            1 => Value::Signed(i8::from_le_bytes(self.bytes(key)?).into()),
            2 => Value::Unsigned(u16::from_le_bytes(self.bytes(key)?).into()),
            3 => Value::Signed(i16::from_le_bytes(self.bytes(key)?).into()),
            4 => Value::Unsigned(u32::from_le_bytes(self.bytes(key)?).into()),
            5 => Value::Signed(i32::from_le_bytes(self.bytes(key)?).into()),
            6 => Value::Float(f32::from_le_bytes(self.bytes(key)?).into()),
            7 => Value::Bool(self.bytes::<1>(key)? != [0]),
            TEXT => Value::Text(self.text(key)?),
            10 => Value::Unsigned(u64::from_le_bytes(self.bytes(key)?)),
            11 => Value::Signed(i64::from_le_bytes(self.bytes(key)?)),
            12 => Value::Float(f64::from_le_bytes(self.bytes(key)?)),
            _ => return Err(self.wrong(key, format!("value type {kind} is unknown"))),
        })
    }

    fn array(&mut self, key: &str) -> Result<Array, InferError> {
        let kind = u32::from_le_bytes(self.bytes(key)?);
        let length = self.count(key, LONGEST_ARRAY)?;
        let least_bytes = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            TEXT | 10..=12 => 8,
            ARRAY => return Err(self.wrong(key, "arrays of arrays are not read")),
            _ => return Err(self.wrong(key, format!("element type {kind} is unknown"))),
        };
        // Up to here `length` is only the file's word; from here the file is known to have room for it.
        self.has(length.saturating_mul(least_bytes), key)?;
        if kind == TEXT && self.keep.is_some() {
            for _ in 0..length {
                let bytes = self.count(key, LONGEST_TEXT)?;
                self.pass(bytes, key)?;
            }
            return Ok(Array::Texts(Vec::new()));
        }
        if kind != TEXT && !self.keeps(length.saturating_mul(8)) {
            self.pass(length.saturating_mul(least_bytes), key)?;
            return Ok(Array::Numbers(Vec::new()));
        }
        self.listed += length;
        if self.listed > MOST_LISTED {
            return Err(
                self.wrong(key, format!("the lists of the header have more than {MOST_LISTED} elements together"))
            );
        }
        if kind == TEXT {
            let mut texts = Vec::with_capacity(length as usize);
            for _ in 0..length {
                texts.push(self.string(key)?);
            }
            return Ok(Array::Texts(texts));
        }
        let mut numbers = Vec::with_capacity(length as usize);
        for _ in 0..length {
            numbers.push(self.single(kind, key)?.as_f64().unwrap_or(f64::NAN));
        }
        Ok(Array::Numbers(numbers))
    }

    /// One tensor's description; its offset still counts from the start of the data.
    pub fn tensor(&mut self, most_dimensions: u32) -> Result<TensorInfo, InferError> {
        let name = self.string("tensor name")?;
        let dimensions = u32::from_le_bytes(self.bytes(&name)?);
        if dimensions == 0 || dimensions > most_dimensions {
            return Err(self.wrong(&name, format!("{dimensions} dimensions; 1 to {most_dimensions} are possible")));
        }
        let columns = self.count(&name, MOST_ELEMENTS)?;
        let (mut rows, mut shape): (u64, _) = (1, vec![columns]);
        for _ in 1..dimensions {
            let dimension = self.count(&name, MOST_ELEMENTS)?;
            shape.push(dimension);
            rows = rows.checked_mul(dimension).ok_or_else(|| self.wrong(&name, "its shape overflows"))?;
        }
        let id = u32::from_le_bytes(self.bytes(&name)?);
        let Some(kind) = TensorType::from_id(id) else {
            return Err(self.wrong(&name, format!("tensor type {id} is unknown")));
        };
        let offset = u64::from_le_bytes(self.bytes(&name)?);
        if columns == 0 || rows == 0 || columns.checked_mul(rows).is_none_or(|elements| elements > MOST_ELEMENTS) {
            return Err(self.wrong(&name, "its shape is empty or too large"));
        }
        if !columns.is_multiple_of(kind.block_values() as u64) {
            let problem = format!("rows of {columns} do not divide into blocks of {}", kind.block_values());
            return Err(self.wrong(&name, problem));
        }
        let bytes = columns / kind.block_values() as u64 * kind.block_bytes() as u64 * rows;
        Ok(TensorInfo { name, kind, columns: columns as usize, rows: rows as usize, shape, part: 0, offset, bytes })
    }

    fn bytes<const N: usize>(&mut self, field: &str) -> Result<[u8; N], InferError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, field)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8], field: &str) -> Result<(), InferError> {
        self.has(bytes.len() as u64, field)?;
        self.file.read_exact(bytes).map_err(|error| InferError::read(self.path, &error))?;
        self.position += bytes.len() as u64;
        Ok(())
    }

    /// Refuses to read on where fewer than `bytes` are left.
    fn has(&self, bytes: u64, field: &str) -> Result<(), InferError> {
        let left = self.file_bytes.saturating_sub(self.position);
        if bytes > left {
            return Err(self.wrong(field, format!("it needs {bytes} bytes but the file has {left} left")));
        }
        if self.position.saturating_add(bytes) > LARGEST_HEADER {
            return Err(self.wrong(field, format!("the header is longer than {LARGEST_HEADER} bytes")));
        }
        Ok(())
    }
}
