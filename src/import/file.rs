//! Reading a file to import, with a limit in front.

use std::path::Path;

use super::ImportError;
use crate::catalog::{NotWhole, read_whole};

/// No text is read beyond this. A serving benchmark that keeps every token's time is a few MiB.
pub const MAX_TEXT_BYTES: usize = 16 * 1024 * 1024;

/// The text of a file, of which no more than `limit` bytes are taken in whatever the file says its size is. Windows
/// PowerShell writes redirected output as UTF-16, which is read too.
///
/// # Errors
/// A file that cannot be read, is too large, changed meanwhile or is not text.
pub fn read_text(path: &Path, limit: usize) -> Result<String, ImportError> {
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let bytes = read_whole(path, limit as u64).map_err(|cause| match cause {
        NotWhole::Read(cause) => ImportError::Read { path: path.to_owned(), cause },
        NotWhole::TooLarge => ImportError::too_large(&name, limit),
        NotWhole::Changed => ImportError::changed(&name),
    })?;
    decode(&name, bytes)
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
    fn bytes_that_are_no_text_are_refused_with_their_place() {
        let error = decode("bench.md", b"| model \xff".to_vec()).expect_err("not text").to_string();
        assert!(error.contains("bench.md") && error.contains("byte 8"), "{error}");
    }
}
