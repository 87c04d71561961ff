//! The shapes of a model as text: as they stand in a catalog file, to be changed by hand.

use super::Architecture;
use super::file::{explain, options, pretty};

/// Bytes of such a text; the longest built-in one has some 1,500.
const LONGEST: usize = 16_384; // own choice, 2026-11-29

impl Architecture {
    /// As a catalog file has it, readable.
    ///
    /// # Errors
    /// In words, where it cannot be written; that would be a mistake of the program.
    pub fn to_text(&self) -> Result<String, String> {
        options().to_string_pretty(self, pretty()).map_err(|error| error.to_string())
    }

    /// Out of a text. Whether the shapes make sense together is for the validation of the model.
    ///
    /// # Errors
    /// What is wrong and where, in words: the line, the field, what was expected.
    pub fn from_text(text: &str) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} bytes: no shapes are"));
        }
        options().from_str(text).map_err(|error| explain(text, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn the_shapes_of_every_built_in_model_come_back_from_their_text() {
        let catalog = Catalog::builtin().expect("sound");
        let all: Vec<_> = catalog.models.iter().filter_map(|model| model.architecture.as_ref()).collect();
        assert!(all.len() > 100, "{}", all.len());
        for shapes in all {
            let text = shapes.to_text().expect("it can be written");
            assert_eq!(Architecture::from_text(&text).as_ref(), Ok(shapes), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        let catalog = Catalog::builtin().expect("sound");
        let shapes = catalog.models.iter().find_map(|model| model.architecture.as_ref()).expect("one");
        let text = shapes.to_text().expect("it can be written");
        let wrong = text.replacen("layers:", "layer:", 1);
        let said = Architecture::from_text(&wrong).expect_err("no such field");
        assert!(said.starts_with("line ") && said.contains("layer"), "{said}");
        assert!(Architecture::from_text("").is_err());
        assert!(Architecture::from_text(&"(".repeat(10_000)).is_err(), "nested without end");
        assert!(Architecture::from_text(&" ".repeat(LONGEST + 1)).expect_err("long").contains("longer"));
    }
}
