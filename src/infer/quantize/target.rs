//! The file being written: beside its place under a name of its own until it is whole, and gone if it never is.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::InferError;
use super::super::gguf::Gguf;

/// A file that is removed unless it is kept.
pub(super) struct NewFile {
    file: File,
    path: PathBuf,
    kept: bool,
}

/// Refuses a place that is taken, and always the source's own.
pub(super) fn is_free(target: &Path, replace: bool, source: &Gguf) -> Result<(), InferError> {
    let Ok(real) = target.canonicalize() else { return Ok(()) };
    if source.parts.iter().any(|part| part.path.canonicalize().is_ok_and(|part| part == real)) {
        let reason = "it is the file that is read; choose another name".to_owned();
        return Err(InferError::Write { reason, path: target.to_owned() });
    }
    if real.is_dir() {
        return Err(InferError::Write { reason: "it is a folder".to_owned(), path: target.to_owned() });
    }
    if replace { Ok(()) } else { Err(InferError::Exists { path: target.to_owned() }) }
}

impl NewFile {
    /// Begins a file in the folder of `target`.
    pub fn beside(target: &Path) -> Result<Self, InferError> {
        /// Leftovers of crashed runs under the same process number are stepped over, up to so many.
        const MOST_TRIES: u32 = 100;
        let refuse = |reason: String| InferError::Write { reason, path: target.to_owned() };
        let Some(name) = target.file_name() else { return Err(refuse("it has no file name".to_owned())) };
        for number in 0..MOST_TRIES {
            let hidden = format!(".{}.{}-{number}.part", name.to_string_lossy(), std::process::id());
            let path = target.with_file_name(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { file, path, kept: false }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(refuse(error.to_string())),
            }
        }
        Err(refuse("too many unfinished files lie beside it".to_owned()))
    }

    /// Writes at a place.
    pub fn write(&self, offset: u64, bytes: &[u8]) -> Result<(), InferError> {
        self.told(write_at(&self.file, offset, bytes))
    }

    /// Makes it as long as it will be.
    pub fn set_length(&self, bytes: u64) -> Result<(), InferError> {
        self.told(self.file.set_len(bytes))
    }

    /// Gives it its name once everything is on the disk.
    pub fn keep(mut self, target: &Path) -> Result<(), InferError> {
        self.told(self.file.sync_all())?;
        let named = std::fs::rename(&self.path, target);
        named.map_err(|error| InferError::Write { reason: error.to_string(), path: target.to_owned() })?;
        self.kept = true;
        Ok(())
    }

    fn told(&self, result: std::io::Result<()>) -> Result<(), InferError> {
        result.map_err(|error| InferError::Write { reason: error.to_string(), path: self.path.clone() })
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.kept {
            // Nothing more can be done about a file that does not go.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(unix)]
fn write_at(file: &File, offset: u64, bytes: &[u8]) -> std::io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, offset)
}

#[cfg(windows)]
fn write_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let written = std::os::windows::fs::FileExt::seek_write(file, bytes, offset)?;
        if written == 0 {
            return Err(ErrorKind::WriteZero.into());
        }
        offset += written as u64;
        bytes = &bytes[written..];
    }
    Ok(())
}
