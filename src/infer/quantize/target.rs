//! The file being written: beside its place under a name of its own until it is whole, and gone if it never is.
//!
//! A program that is killed cannot take its file away. So it holds a lock on it, which the system gives up with the
//! program: an unfinished file of the same target that nobody holds is a leftover, and goes when the target is written
//! next.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::super::InferError;
use super::super::gguf::Gguf;

/// What the name of an unfinished file ends in.
const ENDING: &str = ".part";

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
        /// Files of the same process number that others hold, or that do not go, are stepped over, up to so many.
        const MOST_TRIES: u32 = 100;
        let refuse = |reason: String| InferError::Write { reason, path: target.to_owned() };
        let Some(name) = target.file_name() else { return Err(refuse("it has no file name".to_owned())) };
        remove_leftovers(target, name);
        for number in 0..MOST_TRIES {
            let hidden = format!("{}{}-{number}{ENDING}", beginning(name), std::process::id());
            let path = target.with_file_name(hidden);
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => {
                    // Where a file system knows no locks a file cannot be told from a leftover. Someone who clears up
                    // may have found this one before its lock was on it.
                    let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
                    if !taken && path.exists() {
                        return Ok(Self { file, path, kept: false });
                    }
                }
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

/// What the names of a target's unfinished files begin with.
fn beginning(name: &OsStr) -> String {
    format!(".{}.", name.to_string_lossy())
}

/// Whether a name is that of an unfinished file of the target: process number, dash, count.
fn is_unfinished(found: &str, name: &OsStr) -> bool {
    let numbers = found.strip_prefix(&beginning(name)).and_then(|rest| rest.strip_suffix(ENDING));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    numbers.and_then(|numbers| numbers.split_once('-')).is_some_and(|(a, b)| is_number(a) && is_number(b))
}

/// Removes unfinished files of the target that no program holds any more. What cannot be read or locked stays.
fn remove_leftovers(target: &Path, name: &OsStr) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if !is_unfinished(&entry.file_name().to_string_lossy(), name)
            || !entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            continue;
        }
        let free = OpenOptions::new().write(true).open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
        if free {
            let _ = std::fs::remove_file(entry.path());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_between_the_target_s_name_and_the_ending_make_an_unfinished_file() {
        let name = OsStr::new("new.gguf");
        for (found, is) in [
            (".new.gguf.17-0.part", true),
            (".new.gguf.17-.part", false),
            (".new.gguf.17.part", false),
            (".new.gguf.a-0.part", false),
            (".other.gguf.17-0.part", false),
            ("new.gguf.17-0.part", false),
            (".new.gguf.17-0.party", false),
        ] {
            assert_eq!(is_unfinished(found, name), is, "{found}");
        }
    }
}
