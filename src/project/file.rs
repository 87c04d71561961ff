//! Plan files: RON, version first, read within limits and written so that a crash leaves the old file or the new one.
//!
//! A file is read in two steps: its version alone, then that version's own shape, converted step by step to today's. While
//! version 1 is the newest its shape is [`Project`] itself, held still by a file under `tests/`; the first change of
//! `Project` freezes a copy. A saved plan holds the catalog entries it uses; on opening, those that differ from the built-in
//! catalog stay in force and are listed.

mod embed;
mod error;
mod kind;

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Project, check};
use crate::catalog::{Catalog, Difference, NotWhole, differences, read_whole, too_many_entries, validate};

pub use error::PlanError;
pub use kind::is_catalog;

/// Version of the files this program writes.
pub const PLAN_VERSION: u32 = 1;
/// Largest plan file taken in: a plan of 1,000 racks is under 4 MB.
pub const MAX_PLAN_BYTES: u64 = 32 * 1024 * 1024; // the planner's own, 2026-11-20

/// Deepest nesting of a file; the deepest there is, a layer of a model kept in the plan, needs twelve.
const MAX_NESTING: usize = 48;

/// A plan as read from its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The plan.
    pub project: Project,
    /// Catalog entries it was saved with that differ from today's built-in ones, and are kept as they were.
    pub differences: Vec<Difference>,
    /// What could not stay as the file has it, in words.
    pub notes: Vec<String>,
}

#[derive(Deserialize)]
struct VersionAlone {
    version: u32,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileVersion1<P> {
    version: u32,
    plan: P,
}

/// Reads a plan file.
///
/// # Errors
/// A file that cannot be read, is too large, is not a plan, is of a newer version, has an unknown or missing field or an
/// impossible value. Nothing but the return value is touched.
pub fn open(path: &Path, built_in: &Catalog) -> Result<Opened, PlanError> {
    let bytes = read_whole(path, MAX_PLAN_BYTES).map_err(|cause| match cause {
        NotWhole::Read(cause) => PlanError::Read { path: path.to_owned(), cause },
        NotWhole::TooLarge => PlanError::TooLarge { path: path.to_owned() },
        NotWhole::Changed => PlanError::Changed { path: path.to_owned() },
    })?;
    let text = String::from_utf8(bytes).map_err(|error| PlanError::NotAPlan {
        path: path.to_owned(),
        message: format!("byte {} is not UTF-8 text", error.utf8_error().valid_up_to()),
    })?;
    from_text(path, &text, built_in)
}

/// Reads the text of a plan file. `path` is for messages.
///
/// # Errors
/// As [`open`].
pub fn from_text(path: &Path, text: &str, built_in: &Catalog) -> Result<Opened, PlanError> {
    let parse_error =
        |error: ron::error::SpannedError| PlanError::NotAPlan { path: path.to_owned(), message: explain(text, &error) };
    if too_many_entries(text) {
        return Err(PlanError::TooManyEntries { path: path.to_owned() });
    }
    let VersionAlone { version } = options().from_str(text).map_err(parse_error)?;
    let mut project = match version {
        1 => options().from_str::<FileVersion1<Project>>(text).map_err(parse_error)?.plan,
        _ => return Err(PlanError::Version { path: path.to_owned(), version }),
    };
    if let Some(wrong) = check::impossible_values(&project).into_iter().next() {
        return Err(PlanError::Value { path: path.to_owned(), field: wrong.field, message: wrong.message });
    }
    let mut notes = Vec::new();
    for (field, layer) in [("layer.", &mut project.layer), ("catalog_used.", &mut project.catalog_used)] {
        notes.extend(embed::put_defaults_back(layer));
        if let Some(cause) = validate::layer(field, layer).into_iter().next() {
            return Err(PlanError::Entry { path: path.to_owned(), cause: Box::new(cause) });
        }
    }
    project.catalog_used.drop_unchanged(built_in);
    let differences = differences(built_in, &project.catalog_used);
    Ok(Opened { project, differences, notes })
}

/// The text of a plan file, with the catalog entries the plan uses: pleasant to read, and close together where it would
/// else be too large to be opened again.
///
/// # Errors
/// An impossible value, or more than a file may hold: a file with it could not be opened again.
pub fn to_text(path: &Path, project: &Project, built_in: &Catalog) -> Result<String, PlanError> {
    if let Some(wrong) = check::impossible_values(project).into_iter().next() {
        return Err(PlanError::Value { path: path.to_owned(), field: wrong.field, message: wrong.message });
    }
    let mut plan = project.clone();
    plan.catalog_used = embed::entries_used(project, &project.catalog(built_in));
    let pretty = ron::ser::PrettyConfig::new()
        .indentor("    ")
        .extensions(ron::extensions::Extensions::IMPLICIT_SOME)
        .depth_limit(7);
    let unwritable = |error: ron::Error| PlanError::NotAPlan { path: path.to_owned(), message: error.to_string() };
    let file = FileVersion1 { version: PLAN_VERSION, plan: &plan };
    let mut text = options().to_string_pretty(&file, pretty).map_err(unwritable)? + "\n";
    if text.len() as u64 > MAX_PLAN_BYTES {
        text = options().to_string(&file).map_err(unwritable)? + "\n";
    }
    if text.len() as u64 > MAX_PLAN_BYTES {
        return Err(PlanError::TooMuchToSave { path: path.to_owned(), bytes: text.len() as u64 });
    }
    if too_many_entries(&text) {
        return Err(PlanError::TooManyEntries { path: path.to_owned() });
    }
    Ok(text)
}

/// Writes a plan file: to a temporary sibling, synced, then renamed over the old one.
///
/// # Errors
/// As [`to_text`], and what the system says. The old file is then as it was.
pub fn save(path: &Path, project: &Project, built_in: &Catalog) -> Result<(), PlanError> {
    let text = to_text(path, project, built_in)?;
    write_atomically(path, text.as_bytes()).map_err(|cause| PlanError::Write { path: path.to_owned(), cause })
}

/// Replaces a file as a whole or not at all. A link is followed, so that it goes on pointing to the file.
///
/// # Errors
/// What the system says; the old file is then as it was and no temporary one is left.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = sibling(&target)?;
    let written = std::fs::File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| std::fs::rename(&temporary, &target));
    if written.is_err() {
        // The first error is the one to tell; a leftover is only untidy.
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

/// A name beside the file that no other running copy of this program uses.
fn sibling(target: &Path) -> std::io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| std::io::Error::other("the path names no file: add a file name"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    Ok(target.with_file_name(hidden))
}

/// Line, column and the field last begun there, then what the parser says: it knows the position alone.
fn explain(text: &str, error: &ron::error::SpannedError) -> String {
    let at = error.span.start;
    let mut before: Vec<&str> = text.lines().take(at.line).collect();
    let cut = before
        .pop()
        .map(|line| line.char_indices().nth(at.col.saturating_sub(1)).map_or(line, |(end, _)| &line[..end]));
    let field = cut.into_iter().chain(before.into_iter().rev()).find_map(last_field);
    let place = field.map_or_else(String::new, |field| format!(", at `{field}`"));
    format!("line {}, column {}{place}: {}", at.line, at.col, error.code)
}

/// The last `name:` of a line.
fn last_field(line: &str) -> Option<&str> {
    let before_colon = line.rsplit_once(':')?.0;
    let name = before_colon.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
    (!name.is_empty()).then_some(name)
}

/// The dialect of plan files, the same as the catalog's: a value that is there needs no `Some(..)` around it.
fn options() -> ron::Options {
    ron::Options::default()
        .with_default_extension(ron::extensions::Extensions::IMPLICIT_SOME)
        .with_recursion_limit(MAX_NESTING)
}
