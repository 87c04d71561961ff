//! A GGUF header as it stands, of any architecture: its settings by name and its tensors one by one. What they mean is
//! the reader's business; vocabularies and templates are read through and not kept.

use std::path::Path;

use super::InferError;
use super::gguf::Gguf;
use crate::units::Bytes;

/// The header of a GGUF file, checked against the file.
#[derive(Debug)]
pub struct RawHeader {
    gguf: Gguf,
}

/// One tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawTensor<'a> {
    /// Its name, for example `blk.0.attn_q.weight`.
    pub name: &'a str,
    /// Its type in ggml's words, for example `Q4_K`.
    pub kind: &'static str,
    /// Numbers in it.
    pub elements: u64,
    /// Numbers of one row.
    pub columns: u64,
    /// Bytes on disk.
    pub bytes: Bytes,
}

impl RawHeader {
    /// Reads the header of a file; the tensors are not touched.
    ///
    /// # Errors
    /// [`InferError::Read`] or [`InferError::Malformed`], which names the field.
    pub fn read(path: &Path) -> Result<Self, InferError> {
        Gguf::open_sparing(path).map(|gguf| Self { gguf })
    }

    /// The file on disk.
    pub const fn file_bytes(&self) -> Bytes {
        Bytes::new(self.gguf.file_bytes)
    }

    /// A whole number. `None`: the key is not there.
    ///
    /// # Errors
    /// Another kind of value.
    pub fn count(&self, key: &str) -> Result<Option<u64>, InferError> {
        self.gguf.count(key)
    }

    /// Numbers, of a list or of a single value. Empty: the key is not there, or its list too long to keep.
    ///
    /// # Errors
    /// Another kind of value.
    pub fn numbers(&self, key: &str) -> Result<Vec<f64>, InferError> {
        match self.gguf.numbers(key) {
            Ok(list) => Ok(list.unwrap_or_default().to_vec()),
            Err(_) => Ok(self.gguf.number(key)?.map(f64::from).into_iter().collect()),
        }
    }

    /// A text. `None`: the key is not there, or its text too long to keep.
    ///
    /// # Errors
    /// Another kind of value.
    pub fn text(&self, key: &str) -> Result<Option<&str>, InferError> {
        Ok(self.gguf.text(key)?.filter(|text| !text.is_empty()))
    }

    /// The tensors by name.
    pub fn tensors(&self) -> impl Iterator<Item = RawTensor<'_>> {
        self.gguf.tensors.values().map(|tensor| RawTensor {
            name: &tensor.name,
            kind: tensor.kind.name(),
            elements: tensor.elements(),
            columns: tensor.columns as u64,
            bytes: Bytes::new(tensor.bytes),
        })
    }
}
