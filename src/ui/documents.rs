//! The plan's file and what is read and written beside it. Words for errors come from the rooms that read and write.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::catalog::{Catalog, Date, Difference, Layer};
use crate::export;
use crate::project::{Outcome, Project, file};

pub use crate::project::file::is_catalog;

/// The open plan's file, and what it holds.
#[derive(Debug)]
pub struct Document {
    /// Where it was last saved or opened. `None`: never.
    pub path: Option<PathBuf>,
    /// What the file holds; a new plan counts as saved until it is changed.
    pub saved: Project,
}

impl Document {
    /// A new plan.
    pub fn new(project: &Project) -> Self {
        Self { path: None, saved: project.clone() }
    }

    /// Whether the plan differs from its file.
    pub fn differs(&self, project: &Project) -> bool {
        self.saved != *project
    }
}

/// A plan read from a file.
#[derive(Debug)]
pub struct Opened {
    /// The plan.
    pub project: Project,
    /// What the user should know about it.
    pub notes: Vec<String>,
}

/// The catalog compiled in.
pub fn built_in_catalog() -> Catalog {
    Catalog::builtin().cloned().unwrap_or_default()
}

/// A plan's name as a file name without its ending: letters, digits and dashes.
pub fn file_stem(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let parts: Vec<&str> = plain.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "plan".to_owned() } else { parts.join("-") }
}

/// Reads a plan. An error says the file, the field and what to do.
///
/// # Errors
/// In words, as `project::file` has them.
pub fn read_plan(path: &Path, built_in: &Catalog) -> Result<Opened, String> {
    let opened = file::open(path, built_in).map_err(|error| error.to_string())?;
    let note = |difference: &Difference| {
        format!("The plan keeps its own {} {}: it differs from the built-in one", difference.kind, difference.name)
    };
    let notes = opened.differences.iter().map(note).chain(opened.notes).collect();
    Ok(Opened { notes, project: opened.project })
}

/// Writes a plan to a sibling and renames it.
///
/// # Errors
/// In words, as `project::file` has them.
pub fn write_plan(path: &Path, project: &Project, built_in: &Catalog) -> Result<(), String> {
    file::save(path, project, built_in).map_err(|error| error.to_string())
}

/// Reads another user's changes of the catalog. An error says the file, the field and what to do.
///
/// # Errors
/// In words, as `catalog` has them: a file too large, not a catalog, or with an impossible value.
pub fn read_layer(path: &Path) -> Result<Layer, String> {
    Layer::read(path).map_err(|error| error.to_string())
}

/// Writes the user's changes of the catalog to a sibling and renames it.
///
/// # Errors
/// What the system says, with the path.
pub fn write_layer(path: &Path, layer: &Layer) -> Result<(), String> {
    let text = layer.to_ron_string().map_err(|error| error.to_string())?;
    file::write_atomically(path, text.as_bytes())
        .map_err(|cause| format!("cannot write the catalog: {cause}: {}", path.display()))
}

/// Writes all servers and racks into a folder as NetBox reads them, and says how many. Files that are there are kept.
///
/// # Errors
/// A file of the same name is there, or what the system says, with the path.
pub fn write_netbox(folder: &Path, catalog: &Catalog) -> Result<usize, String> {
    let files = export::netbox(catalog).map_err(|problem| format!("a value cannot be written as YAML: {problem}"))?;
    let written = export::write_library(folder, &files, export::Existing::Keep);
    written.map(|()| files.len()).map_err(|problem| problem.to_string())
}

/// This day (UTC). `None`: the clock of this machine is out of range.
pub fn today() -> Option<Date> {
    export::day_of(SystemTime::now())
}

/// The report as Markdown, of this day.
pub fn report(project: &Project, catalog: &Catalog, outcome: &Outcome) -> String {
    match today() {
        Some(day) => export::report(project, catalog, outcome, &day),
        None => "The clock of this machine is before 1970: set it, then the report can be dated\n".to_owned(),
    }
}

/// Writes the report.
///
/// # Errors
/// What the system says, with the path.
pub fn write_report(path: &Path, project: &Project, catalog: &Catalog, outcome: &Outcome) -> Result<(), String> {
    file::write_atomically(path, report(project, catalog, outcome).as_bytes())
        .map_err(|cause| format!("cannot write the report: {cause}: {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::file_stem;

    #[test]
    fn a_file_name_is_made_of_plain_characters() {
        for (name, stem) in
            [("Sessions per rack", "sessions-per-rack"), ("../etc/passwd", "etc-passwd"), ("  ", "plan")]
        {
            assert_eq!(file_stem(name), stem);
        }
    }
}
