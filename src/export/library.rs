//! Writes a library of files into a folder.

use std::io;
use std::path::{Path, PathBuf};

use super::LibraryFile;

/// What happens to files of the same names that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// They are written over; others are left alone.
    Replace,
    /// Nothing is written.
    Keep,
}

/// Why a library was not written, with the path.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// One of its files is there already and is to be kept.
    #[error("{} is there already: choose an empty folder", .0.display())]
    Exists(PathBuf),
    /// The system refuses.
    #[error("cannot write {}: {cause}", path.display())]
    System {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

/// Writes every file to its place below `folder`, making the folders it takes.
///
/// # Errors
/// A file that is to be kept, before anything is written; or what the system says, at the first file it refuses.
pub fn write_library(folder: &Path, files: &[LibraryFile], existing: Existing) -> Result<(), WriteError> {
    let place = |file: &LibraryFile| folder.join(&file.path);
    if existing == Existing::Keep
        && let Some(there) = files.iter().map(place).find(|path| path.symlink_metadata().is_ok())
    {
        return Err(WriteError::Exists(there));
    }
    for file in files {
        let path = place(file);
        let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        made.and_then(|()| std::fs::write(&path, &file.text)).map_err(|cause| WriteError::System { path, cause })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_kept_and_nothing_is_written_beside_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |path: &str, text: &str| LibraryFile { path: path.to_owned(), text: text.to_owned() };
        let files = [file("a/one.yaml", "new"), file("b/two.yaml", "new")];
        std::fs::create_dir(folder.path().join("b")).expect("a folder");
        std::fs::write(folder.path().join("b/two.yaml"), "mine").expect("written");
        let refused = write_library(folder.path(), &files, Existing::Keep).expect_err("it is kept").to_string();
        assert!(refused.contains("two.yaml is there already"), "{refused}");
        assert!(!folder.path().join("a").exists(), "nothing was begun");
        let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("it is there");
        assert_eq!(read("b/two.yaml"), "mine");
        write_library(folder.path(), &files, Existing::Replace).expect("it is written over");
        assert_eq!((read("a/one.yaml").as_str(), read("b/two.yaml").as_str()), ("new", "new"));
    }
}
