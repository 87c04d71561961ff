//! Reading a file to import, with a limit in front.

use std::fs::Metadata;
use std::io::Read as _;
use std::path::Path;

use super::ImportError;

/// No text is read beyond this. A serving benchmark that keeps every token's time is a few MiB.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// The text of a file, of which no more than `limit` bytes are taken in whatever the file says its size is. Windows
/// PowerShell writes redirected output as UTF-16, which is read too.
///
/// # Errors
/// A file that cannot be read, is too large, changed meanwhile or is not text.
pub fn read_text(path: &Path, limit: usize) -> Result<String, ImportError> {
    let fail = |cause| ImportError::Read { path: path.to_owned(), cause };
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let file = std::fs::File::open(path).map_err(fail)?;
    let facts = file.metadata().map_err(fail)?;
    // Refused before a byte is read; a pipe has no size, so what comes is counted too.
    if facts.is_file() && facts.len() > limit as u64 {
        return Err(ImportError::too_large(&name, limit));
    }
    let mut bytes = Vec::new();
    (&file).take(limit as u64 + 1).read_to_end(&mut bytes).map_err(fail)?;
    if bytes.len() > limit {
        return Err(ImportError::too_large(&name, limit));
    }
    if changed(&facts, &file.metadata().map_err(fail)?, bytes.len() as u64) {
        let message = "it changed while it was read: try again once nothing writes to it".to_owned();
        return Err(ImportError::File { file: name.into_owned(), message });
    }
    decode(&name, bytes)
}

/// Whether a file of which so many bytes were read is not what it was before: then half of it may be of one version and
/// half of another.
fn changed(before: &Metadata, after: &Metadata, read: u64) -> bool {
    // A pipe has no length, and its times say nothing.
    before.is_file() && (before.len() != read || after.len() != read || before.modified().ok() != after.modified().ok())
}

/// Bytes as text: UTF-8, or UTF-16 with a byte-order mark.
///
/// # Errors
/// Bytes that are neither.
pub(super) fn decode(name: &str, bytes: Vec<u8>) -> Result<String, ImportError> {
    let wide = |pair: fn([u8; 2]) -> u16| -> Option<String> {
        let units = bytes.get(2..)?.chunks_exact(2).filter_map(|two| Some(pair([*two.first()?, *two.get(1)?])));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    let text = match bytes.get(..2) {
        Some([0xff, 0xfe]) => wide(u16::from_le_bytes),
        Some([0xfe, 0xff]) => wide(u16::from_be_bytes),
        _ => return String::from_utf8(bytes).map_err(|error| not_text(name, error.utf8_error().valid_up_to())),
    };
    text.ok_or_else(|| not_text(name, 2))
}

fn not_text(name: &str, byte: usize) -> ImportError {
    ImportError::File {
        file: name.to_owned(),
        message: format!(
            "byte {byte} is not text, and it is no GGUF or safetensors file by its name and beginning: pick another file"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_redirected_on_windows_is_read() {
        let text = "| model | t/s |\n";
        let bytes: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(decode("bench.md", bytes).expect("text"), text);
    }

    #[test]
    fn a_file_that_changed_is_told_by_its_length_and_by_its_time() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        std::io::Write::write_all(&mut file, b"one").expect("written");
        let facts = || file.path().metadata().expect("facts");
        let before = facts();
        assert!(!changed(&before, &facts(), 3));
        assert!(changed(&before, &facts(), 2), "it ended early");
        std::fs::write(file.path(), "three").expect("written");
        assert!(changed(&before, &facts(), 3), "it grew");
        let later = before.modified().expect("a time") + std::time::Duration::from_secs(2);
        std::fs::write(file.path(), "two").expect("written");
        file.as_file().set_modified(later).expect("set");
        assert!(changed(&before, &facts(), 3), "it has another content of the same length");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let error = decode("bench.md", b"| model \xff".to_vec()).expect_err("not text").to_string();
        assert!(error.contains("bench.md") && error.contains("byte 8"), "{error}");
    }
}
