//! The open files of a model: read at any place, by several threads at once, and looked at again in the end.
//!
//! Read, not mapped: a mapped file that someone cuts short kills the process that touches it, while a read only fails.

use std::fs::File;
use std::path::Path;
use std::time::SystemTime;

use super::super::InferError;
use super::{Gguf, Part};

/// All files of a model, open for reading.
pub(in crate::infer) struct Files(Vec<Open>);

struct Open {
    file: File,
    part: Part,
    changed: Option<SystemTime>,
}

impl Files {
    /// Opens every file the header names.
    pub fn open(gguf: &Gguf) -> Result<Self, InferError> {
        let open = |part: &Part| {
            let file = File::open(&part.path).map_err(|error| InferError::read(&part.path, &error))?;
            let changed = file.metadata().and_then(|facts| facts.modified()).ok();
            Ok(Open { file, part: part.clone(), changed })
        };
        gguf.parts.iter().map(open).collect::<Result<_, _>>().map(Self)
    }

    /// Fills `bytes` from a place in one of the files.
    pub fn read(&self, part: usize, offset: u64, bytes: &mut [u8]) -> Result<(), InferError> {
        let open = self.0.get(part).ok_or_else(|| InferError::Compute { problem: "a part is not open".to_owned() })?;
        read_at(&open.file, offset, bytes, &open.part.path)
    }

    /// Refuses files that are longer, shorter or younger than when they were opened.
    pub fn are_unchanged(&self) -> Result<(), InferError> {
        for Open { file, part, changed } in &self.0 {
            let facts = file.metadata().map_err(|error| InferError::read(&part.path, &error))?;
            if facts.len() != part.bytes || facts.modified().ok() != *changed {
                return Err(InferError::Changed { path: part.path.clone() });
            }
        }
        Ok(())
    }
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, bytes: &mut [u8], path: &Path) -> Result<(), InferError> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset).map_err(|error| InferError::read(path, &error))
}

#[cfg(windows)]
fn read_at(file: &File, mut offset: u64, mut bytes: &mut [u8], path: &Path) -> Result<(), InferError> {
    while !bytes.is_empty() {
        let read = std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
            .map_err(|error| InferError::read(path, &error))?;
        if read == 0 {
            return Err(InferError::Changed { path: path.to_owned() });
        }
        offset += read as u64;
        bytes = &mut bytes[read..];
    }
    Ok(())
}
