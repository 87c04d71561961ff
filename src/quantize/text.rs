//! The text perplexity is measured on: the one built in, or a file of the user's.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::catalog::{CHANGED, NotWhole, read_whole};

/// No text is longer: hours of work for the smallest model.
pub const MOST_TEXT_BYTES: u64 = 64 << 20; // own choice, 2026-11-20

/// A text to measure on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeasuringText {
    /// What it is called where it is named.
    pub name: String,
    /// The text itself.
    pub text: Cow<'static, str>,
}

/// Why a file is no text to measure on. Cause first, path last.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    /// The system says no.
    #[error("the text cannot be read: {reason}: {}", path.display())]
    Read {
        /// In its own words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// It is longer than [`MOST_TEXT_BYTES`].
    #[error("the text is longer than {} MiB: {}", MOST_TEXT_BYTES >> 20, path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It is no text.
    #[error("the text is not UTF-8 from byte {byte} on: {}", path.display())]
    NotText {
        /// The first byte that is none.
        byte: usize,
        /// The file.
        path: PathBuf,
    },
}

impl MeasuringText {
    /// The text that is measured on where none is given: written for this program, under its licence.
    pub fn built_in() -> Self {
        let text = include_str!("../../assets/text/measuring.txt");
        Self { name: "the built-in text".to_owned(), text: Cow::Borrowed(text) }
    }

    /// A text from disk, of which no more than [`MOST_TEXT_BYTES`] are taken in whatever the file says its size is. Of a
    /// pipe it waits for the end.
    ///
    /// # Errors
    /// Any [`TextError`].
    pub fn read(path: &Path) -> Result<Self, TextError> {
        let read = |reason: String| TextError::Read { reason, path: path.to_owned() };
        let bytes = read_whole(path, MOST_TEXT_BYTES).map_err(|cause| match cause {
            NotWhole::Read(cause) => read(cause.to_string()),
            NotWhole::TooLarge => TextError::TooLong { path: path.to_owned() },
            NotWhole::Changed => read(CHANGED.to_owned()),
        })?;
        let text = String::from_utf8(bytes)
            .map_err(|error| TextError::NotText { byte: error.utf8_error().valid_up_to(), path: path.to_owned() })?;
        Ok(Self { name: path.display().to_string(), text: Cow::Owned(text) })
    }

    /// As [`MeasuringText::read`], of a regular file alone: what could wait for ever is refused.
    ///
    /// # Errors
    /// As [`MeasuringText::read`].
    pub fn read_regular(path: &Path) -> Result<Self, TextError> {
        let refuse = |reason: String| TextError::Read { reason, path: path.to_owned() };
        let facts = std::fs::metadata(path).map_err(|cause| refuse(cause.to_string()))?;
        if !facts.is_file() {
            return Err(refuse("it is not a regular file".to_owned()));
        }
        Self::read(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_the_reason_and_its_path() {
        let folder = tempfile::tempdir().expect("a folder");
        let written = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            path
        };
        let refused = |path: &Path| MeasuringText::read_regular(path).expect_err("refused").to_string();
        let told = refused(&written("bytes.txt", b"Water \xff"));
        assert!(told.contains("byte 6") && told.ends_with("bytes.txt"), "{told}");
        assert!(refused(folder.path()).contains("not a regular file"));
        assert!(refused(&folder.path().join("gone.txt")).contains("gone.txt"));
        // Holes take no room on disk.
        let long = written("long.txt", b"");
        std::fs::File::options()
            .write(true)
            .open(&long)
            .and_then(|file| file.set_len(MOST_TEXT_BYTES + 1))
            .expect("set");
        assert!(refused(&long).contains("64 MiB"));
        let text = MeasuringText::read_regular(&written("text.txt", "Wasser, Größe".as_bytes())).expect("text");
        assert!(text.text == "Wasser, Größe" && text.name.ends_with("text.txt"), "{text:?}");
    }
}
