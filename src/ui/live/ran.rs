//! What is loaded in a column, in the words of the catalog: recognised once, not in each frame.

use super::engine::ModelChoice;
use crate::catalog::Catalog;
use crate::import::ran::Ran;
use crate::infer::ModelHeader;

/// What it was recognised from; anew when it differs.
#[derive(Clone, Debug, PartialEq)]
struct From {
    choice: ModelChoice,
    name: Option<String>,
    /// Entries are added to a plan's catalog, but not called otherwise.
    models: usize,
}

/// The last recognition, kept while it holds: to compare a name with the whole catalog is nothing for each frame.
#[derive(Clone, Debug, Default)]
pub struct Recognition {
    last: Option<(From, Ran)>,
}

impl Recognition {
    /// What this model is.
    pub fn of(&mut self, choice: &ModelChoice, header: Option<&ModelHeader>, catalog: &Catalog) -> &Ran {
        let name = header.map(|header| header.name.clone());
        let from = From { choice: choice.clone(), name, models: catalog.models.len() };
        if self.last.as_ref().is_some_and(|(before, _)| *before != from) {
            self.last = None;
        }
        let (_, ran) = self.last.get_or_insert_with(|| {
            let ran = match choice {
                ModelChoice::Embedded => Ran::embedded(catalog),
                ModelChoice::File(path) => Ran::of_file(path, header, catalog),
            };
            (from, ran)
        });
        ran
    }
}
