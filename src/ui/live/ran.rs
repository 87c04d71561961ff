//! What ran, in the words of the catalog: which of its models a file is, and how its weights are stored.
//!
//! Names decide, as for imported benchmark results. Where they do not, nothing is taken for anything: a run of an unknown
//! model says nothing about a known one.

use std::path::Path;

use super::engine::ModelChoice;
use super::predict::exact_format;
use crate::catalog::{Catalog, Certainty, Match, ModelId, Recognised, WeightFormat};
use crate::import::{Importer, Known};
use crate::infer::ModelHeader;

/// The entry of the model that ships with the program.
const EMBEDDED: &str = "smollm2-135m";
/// Its file's type.
const EMBEDDED_FORMAT: WeightFormat = WeightFormat::Q4_1;

/// What ran.
#[derive(Clone, Debug, PartialEq)]
pub struct Ran {
    /// The model, and its entry in the catalog where one is recognised.
    pub model: Recognised<ModelId>,
    /// How its weights are stored. `None`: neither the name nor the tensors say for certain.
    pub format: Option<WeightFormat>,
}

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
            let ran = recognise(choice, header, catalog);
            (from, ran)
        });
        ran
    }
}

fn recognise(choice: &ModelChoice, header: Option<&ModelHeader>, catalog: &Catalog) -> Ran {
    match choice {
        ModelChoice::Embedded => {
            let id = ModelId::new(EMBEDDED);
            let there = catalog.models.get(&id).is_some();
            let entry = there.then_some(Match { id, certainty: Certainty::Certain });
            Ran { model: Recognised { text: EMBEDDED.to_owned(), entry }, format: Some(EMBEDDED_FORMAT) }
        }
        ModelChoice::File(path) => of_file(path, header, catalog),
    }
}

/// By the file's name; where that says nothing, as with files named after their own checksum, by the one in the header.
fn of_file(path: &Path, header: Option<&ModelHeader>, catalog: &Catalog) -> Ran {
    let importer = Importer::new(catalog, Known::default());
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let parameters = header.map(|header| header.parameters);
    let (mut model, mut format) = importer.gguf_file(&file, parameters);
    if let Some(header) = header {
        let (inside, said) = importer.gguf_file(&header.name, parameters);
        if model.entry.is_none() {
            model = inside;
        }
        format = format.or(said).or_else(|| exact_format(&header.tensor_type));
    }
    Ran { model, format }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::{embedded_model, inspect};

    fn recognised(file: &str, name: &str, parameters: u64) -> (Option<String>, Option<WeightFormat>) {
        let mut header = inspect(&embedded_model().expect("it ships with the program")).expect("it is sound");
        (header.name, header.parameters, header.tensor_type) = (name.to_owned(), parameters, "Q4_K".to_owned());
        let choice = ModelChoice::File(file.into());
        let ran = recognise(&choice, Some(&header), Catalog::builtin().expect("sound"));
        (ran.model.id().map(ToString::to_string), ran.format)
    }

    #[test]
    fn a_file_is_the_catalogs_model_by_its_name_or_the_one_inside_and_else_none() {
        let llama = Some("llama-3.1-8b".to_owned());
        let q4_k_m = Some(WeightFormat::Q4KM);
        for (file, name, parameters, wanted) in [
            ("/a/Llama-3.1-8B-Instruct-Q4_K_M.gguf", "", 8_030_261_248, (llama.clone(), q4_k_m)),
            // Ollama names files after their checksum; a mix is not known by its prevailing type.
            ("/a/sha256-ab12", "Llama 3.1 8B Instruct", 8_030_261_248, (llama, None)),
            // The name says one thing, the weights another.
            ("/a/Llama-3.1-8B-Instruct-Q4_K_M.gguf", "", 134_515_008, (None, q4_k_m)),
            ("/a/my-own-model.gguf", "my own model", 8_030_261_248, (None, None)),
        ] {
            assert_eq!(recognised(file, name, parameters), wanted, "{file} {name}");
        }
    }

    #[test]
    fn the_model_that_ships_with_the_program_is_in_the_catalog_in_its_own_format() {
        let path = embedded_model().expect("it ships with the program");
        let header = inspect(&path).expect("it is sound");
        let ran = recognise(&ModelChoice::Embedded, None, Catalog::builtin().expect("sound"));
        assert_eq!(ran.model.id(), Some(&ModelId::new(EMBEDDED)));
        assert_eq!(ran.format, exact_format(&header.tensor_type));
    }
}
