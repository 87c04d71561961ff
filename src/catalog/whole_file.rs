//! Reading a whole file up to a limit, and noticing that somebody wrote to it meanwhile: half of what was read may then be
//! of one version and half of another.

use std::fs::{File, Metadata};
use std::io::{Error, Read as _};
use std::path::Path;
use std::time::SystemTime;

/// Why a file was not taken in as a whole.
#[derive(Debug)]
pub enum NotWhole {
    /// The system says no.
    Read(Error),
    /// It is larger than the limit.
    TooLarge,
    /// It changed while it was read.
    Changed,
}

/// What to tell of a file that changed while it was read.
pub const CHANGED: &str = "it changed while it was read: try again once nothing writes to it";

/// A file's length and time before it is read, to compare with those after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    bytes: u64,
    written: Option<SystemTime>,
}

impl Stamp {
    /// Of these facts. `None`: what is no regular file, such as a pipe, has no length, and its times say nothing.
    pub fn of(facts: &Metadata) -> Option<Self> {
        facts.is_file().then(|| Self { bytes: facts.len(), written: facts.modified().ok() })
    }
}

/// The bytes of a file, of which no more than `limit` are taken in whatever it says its size is.
///
/// # Errors
/// A file that cannot be read, is too large, or changed meanwhile.
pub fn read_whole(path: &Path, limit: u64) -> Result<Vec<u8>, NotWhole> {
    let file = File::open(path).map_err(NotWhole::Read)?;
    let before = Stamp::of(&file.metadata().map_err(NotWhole::Read)?);
    // Refused before a byte is read; a pipe has no size, so what comes is counted too.
    if before.is_some_and(|before| before.bytes > limit) {
        return Err(NotWhole::TooLarge);
    }
    let mut bytes = Vec::new();
    (&file).take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(NotWhole::Read)?;
    if bytes.len() as u64 > limit {
        return Err(NotWhole::TooLarge);
    }
    let after = Stamp::of(&file.metadata().map_err(NotWhole::Read)?);
    if before != after || after.is_some_and(|after| after.bytes != bytes.len() as u64) {
        return Err(NotWhole::Changed);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_noticed() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "one").expect("written");
        let stamp = || Stamp::of(&std::fs::metadata(file.path()).expect("facts"));
        let before = stamp();
        assert_eq!(before, stamp());
        std::fs::write(file.path(), "three").expect("written");
        assert_ne!(before, stamp(), "it grew");
        let later = before.and_then(|before| before.written).expect("a time") + std::time::Duration::from_secs(2);
        std::fs::write(file.path(), "two").expect("written");
        file.as_file().set_modified(later).expect("set");
        assert_ne!(before, stamp(), "it has another content of the same length");
    }

    #[test]
    fn no_more_is_taken_in_than_the_limit() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "12345").expect("written");
        assert_eq!(read_whole(file.path(), 5).expect("read"), b"12345");
        assert!(matches!(read_whole(file.path(), 4), Err(NotWhole::TooLarge)));
        assert!(matches!(read_whole(Path::new("/nowhere/at/all"), 4), Err(NotWhole::Read(_))));
    }
}
