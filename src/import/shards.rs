//! `model.safetensors.index.json`: which tensor lies in which file, and how many bytes they take together. The list of
//! a large mixture is ten megabytes; only its sums are kept.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, Visitor};

use super::ImportError;

/// Files of a model; the largest published in parts has some three hundred.
const MOST_FILES: usize = 10_000;

/// What an index says.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Index {
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    weight_map: Map,
}

#[derive(Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    total_size: Option<serde_json::Number>,
}

/// The map from tensors to files, summed up.
#[derive(Debug, Default)]
struct Map {
    tensors: u64,
    files: BTreeSet<String>,
}

impl Index {
    /// Bytes of all tensors. `None`: it does not say.
    pub fn bytes(&self) -> Option<u64> {
        let size = self.metadata.total_size.as_ref()?;
        // Some tools write the sum as a float.
        let float = || size.as_f64().filter(|n| (0.0..=1e16).contains(n)).map(|n| n as u64);
        size.as_u64().or_else(float).filter(|&bytes| bytes > 0)
    }

    /// Tensors named.
    pub fn tensors(&self) -> u64 {
        self.weight_map.tensors
    }

    /// Files they lie in.
    pub fn files(&self) -> &BTreeSet<String> {
        &self.weight_map.files
    }
}

/// Whether a text is an index.
pub(super) fn is_one(text: &str) -> bool {
    text.trim_start().starts_with('{') && text.contains("\"weight_map\"")
}

/// Reads an index.
///
/// # Errors
/// A text that is none.
pub(super) fn read(file: &str, text: &str) -> Result<Index, ImportError> {
    serde_json::from_str(text).map_err(|error| {
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or_default();
        let message = format!("line {}, column {}: {what}", error.line(), error.column());
        ImportError::File { file: file.to_owned(), message }
    })
}

impl<'de> Deserialize<'de> for Map {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Summed;
        impl<'de> Visitor<'de> for Summed {
            type Value = Map;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from tensors to files")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Map, M::Error> {
                let mut all = Map::default();
                while let Some(IgnoredAny) = map.next_key()? {
                    let file: String = map.next_value()?;
                    all.tensors += 1;
                    if all.files.len() < MOST_FILES {
                        all.files.insert(file);
                    }
                }
                Ok(all)
            }
        }
        from.deserialize_map(Summed)
    }
}
