//! Catalog files: RON with the version first, read with limits, written in a form that is pleasant to read and to diff.
//!
//! A file holds a [`Layer`]: entries added or changed, and names of entries taken out. The built-in catalog is made of
//! such files, and so is what a user exports for others. What the numbers may be is checked by [`super::validate`].

use std::path::Path;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::whole_file::{CHANGED, NotWhole, read_whole};
use super::{CatalogError, Layer, validate};

/// The version this program writes, and the only one there is yet.
pub const FORMAT_VERSION: u32 = 1;

/// No catalog file is read beyond this. The whole built-in catalog is under a megabyte.
pub const MAX_FILE_BYTES: usize = 16 * 1024 * 1024;

/// Most entries of one file; the built-in catalog has some seven hundred. An entry takes two kilobytes of memory however
/// short its text is.
pub const MOST_ENTRIES: usize = 20_000;

/// Deepest nesting of a file; the deepest entry there is needs nine.
const MAX_NESTING: usize = 32;

/// One file. `version` comes first in the text, so that a newer file is refused for its version and not for a field
/// this program has never heard of.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogFile<L> {
    version: Version,
    entries: L,
}

struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u32(FORMAT_VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match u32::deserialize(from)? {
            FORMAT_VERSION => Ok(Self),
            version => Err(serde::de::Error::custom(format!(
                "this is a catalog of version {version}, and this program reads version {FORMAT_VERSION}: use a program \
                 that knows version {version}, or save the catalog again with version {FORMAT_VERSION}"
            ))),
        }
    }
}

impl Layer {
    /// Reads the text of a catalog file. `file` is its name for messages.
    ///
    /// # Errors
    /// A text longer than [`MAX_FILE_BYTES`], one that is not such a file, or an entry with an impossible value.
    pub fn from_ron_str(file: &str, text: &str) -> Result<Self, CatalogError> {
        if text.len() > MAX_FILE_BYTES {
            return Err(too_large(file));
        }
        if too_many_entries(text) {
            return Err(too_many(file));
        }
        let layer = options()
            .from_str::<CatalogFile<Self>>(text)
            .map_err(|error| CatalogError::Parse { file: file.to_owned(), message: explain(text, &error) })?
            .entries;
        match validate::layer(file, &layer).into_iter().next() {
            Some(error) => Err(error),
            None => Ok(layer),
        }
    }

    /// Reads a catalog file. Takes in no more than [`MAX_FILE_BYTES`], whatever the file says its size is.
    ///
    /// # Errors
    /// As [`Layer::from_ron_str`], and a file that cannot be read, changes meanwhile or is not text.
    pub fn read(path: &Path) -> Result<Self, CatalogError> {
        let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        let bytes = read_whole(path, MAX_FILE_BYTES as u64).map_err(|cause| match cause {
            NotWhole::Read(cause) => CatalogError::Read { path: path.to_owned(), cause },
            NotWhole::TooLarge => too_large(&file),
            NotWhole::Changed => CatalogError::Parse { file: file.clone().into_owned(), message: CHANGED.to_owned() },
        })?;
        let text = String::from_utf8(bytes).map_err(|error| CatalogError::Parse {
            file: file.clone().into_owned(),
            message: format!(
                "byte {} is not UTF-8 text: a catalog is a RON text file, pick another file",
                error.utf8_error().valid_up_to()
            ),
        })?;
        Self::from_ron_str(&file, &text)
    }

    /// The text of a catalog file with these changes in it, for others to merge: pleasant to read, and close together
    /// where it would else be too large to be read again.
    ///
    /// # Errors
    /// More than a file may hold to be read again, or a value that RON cannot write; there is none of those among what
    /// passes validation.
    pub fn to_ron_string(&self) -> Result<String, CatalogError> {
        let unwritable = |error: ron::Error| to_write(error.to_string());
        let file = CatalogFile { version: Version, entries: self };
        let mut text = options().to_string_pretty(&file, pretty()).map_err(unwritable)? + "\n";
        if text.len() > MAX_FILE_BYTES {
            text = options().to_string(&file).map_err(unwritable)? + "\n";
        }
        if text.len() > MAX_FILE_BYTES {
            let (size, most) = (text.len().div_ceil(MIB), MAX_FILE_BYTES / MIB);
            return Err(to_write(format!(
                "it would take {size} MiB, and no catalog above {most} MiB can be read again: write it in parts"
            )));
        }
        if too_many_entries(&text) {
            return Err(to_write(format!(
                "it has more than {MOST_ENTRIES} entries, and no such catalog can be read again: write it in parts"
            )));
        }
        Ok(text)
    }
}

const MIB: usize = 1024 * 1024;

/// Whether a text holds more than [`MOST_ENTRIES`], seen before an entry is made of it.
pub fn too_many_entries(text: &str) -> bool {
    // Every entry has one; a word more in somebody's notes does no harm.
    text.matches("provenance").nth(MOST_ENTRIES).is_some()
}

fn too_many(file: &str) -> CatalogError {
    CatalogError::Parse { file: file.to_owned(), message: format!("more than {MOST_ENTRIES} entries: split it") }
}

fn to_write(message: String) -> CatalogError {
    CatalogError::Parse { file: "the catalog to write".to_owned(), message }
}

/// How catalog files are laid out.
pub(super) fn pretty() -> ron::ser::PrettyConfig {
    ron::ser::PrettyConfig::new().indentor("    ").extensions(ron::extensions::Extensions::IMPLICIT_SOME).depth_limit(6)
}

/// The dialect of all catalog files: a value that is there needs no `Some(..)` around it.
pub(super) fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .with_recursion_limit(MAX_NESTING)
}

fn too_large(file: &str) -> CatalogError {
    CatalogError::Parse {
        file: file.to_owned(),
        message: format!(
            "larger than {} MiB, which no catalog is: pick another file, or split it",
            MAX_FILE_BYTES / MIB
        ),
    }
}

/// Line, column, entry and field, then what the parser says. It knows the position only; the rest is found by looking
/// back from there.
pub(super) fn explain(text: &str, error: &ron::error::SpannedError) -> String {
    let at = error.span.start;
    let before = upto(text, at.line, at.col);
    let mut place = format!("line {}, column {}", at.line, at.col);
    if let Some(id) = last_quoted_after(before, "id:") {
        place += &format!(", in or after `{id}`");
    }
    if let Some(field) = last_field(before) {
        place += &format!(", at `{field}`");
    }
    format!("{place}: {}", error.code)
}

/// The text before a position, lines and columns counted from one.
fn upto(text: &str, line: usize, column: usize) -> &str {
    let start = match line.checked_sub(2) {
        None => 0,
        Some(skip) => text.match_indices('\n').nth(skip).map_or(text.len(), |(at, _)| at + 1),
    };
    let rest = text.get(start..).unwrap_or("");
    let width = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(at, _)| at);
    text.get(..start + width).unwrap_or(text)
}

fn last_quoted_after<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.get(text.rfind(key)? + key.len()..)?.trim_start().strip_prefix('"')?.split('"').next()
}

fn last_field(text: &str) -> Option<&str> {
    let line = text.rsplit('\n').next()?;
    let head = line.get(..line.rfind(':')?)?;
    let name = head.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    (!name.is_empty()).then_some(name)
}
