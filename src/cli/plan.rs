//! The plan a command is about: a file, or the default plan.

use std::path::Path;

use crate::catalog::{Catalog, Change, Difference};
use crate::project::{Project, file};

/// A plan and the catalog it is computed with.
pub struct Plan {
    /// What the user decided.
    pub project: Project,
    /// The built-in catalog under the plan's own entries and changes.
    pub catalog: Catalog,
}

/// Reads the plan at `path`; the default plan where `None`. Catalog entries that were saved with the plan and differ from
/// today's stay in force and are named on standard error.
pub fn load(path: Option<&Path>) -> anyhow::Result<Plan> {
    let built_in = Catalog::builtin()?;
    let project = match path {
        Some(path) => {
            let opened = file::open(path, built_in)?;
            for difference in &opened.differences {
                eprintln!("note: the plan keeps its own {}", in_words(difference));
            }
            for note in &opened.notes {
                eprintln!("note: {note}");
            }
            opened.project
        }
        None => Project::default_plan(built_in),
    };
    let catalog = project.catalog(built_in);
    Ok(Plan { project, catalog })
}

fn in_words(difference: &Difference) -> String {
    let entry = format!("{} `{}`", difference.kind, difference.id);
    match &difference.change {
        Change::Added => format!("{entry}, which the built-in catalog does not have"),
        Change::Removed => format!("catalog without the {entry}"),
        Change::Fields(fields) => {
            let fields: Vec<&str> = fields.iter().map(|change| change.field.as_str()).collect();
            format!("{entry}: today's differs in {}", fields.join(", "))
        }
    }
}
