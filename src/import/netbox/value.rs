//! Values of a file written by hand: a number may be quoted, a flag may be a word. Each is checked as it is asked for.

use std::fmt;
use std::ops::RangeInclusive;

use serde::Deserialize;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Options;

use crate::import::ImportError;

/// Most characters kept of a text; notes of a model run to pages, and are not asked for.
const LONGEST_TEXT: usize = 400;

/// How deep and how large a file may be, and how often it may repeat itself by aliases.
pub(super) fn options() -> Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: 16,
            max_nodes: 100_000,
            max_events: 300_000,
            max_aliases: 100,
            max_anchors: 100,
            max_documents: 1,
        },
    }
}

/// A value of any kind.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Loose {
    /// Null, or nothing behind the colon.
    Nothing,
    /// True or false.
    Flag(bool),
    /// A number, perhaps none.
    Number(f64),
    /// A text, cut short.
    Text(String),
    /// A list or a map where a value belongs.
    Other,
}

/// A file while its values are asked for.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub file: &'a str,
    pub text: &'a str,
}

impl Place<'_> {
    /// An error about a field.
    pub fn error(&self, field: &str, message: impl Into<String>) -> ImportError {
        let starts = |line: &str| {
            line.trim_start().trim_start_matches("- ").strip_prefix(field).is_some_and(|rest| rest.starts_with(':'))
        };
        let line = self.text.lines().position(starts).map(|at| at + 1);
        ImportError::Field { file: self.file.to_owned(), line, field: field.to_owned(), message: message.into() }
    }

    /// A number within a range. `None`: not said.
    ///
    /// # Errors
    /// Anything else.
    pub fn number(
        &self,
        field: &str,
        value: Option<&Loose>,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f64>, ImportError> {
        let (number, said) = match value {
            None | Some(Loose::Nothing) => return Ok(None),
            Some(Loose::Number(number)) => (Some(*number), number.to_string()),
            Some(Loose::Text(text)) => (text.trim().parse::<f64>().ok(), text.clone()),
            Some(Loose::Flag(flag)) => (None, flag.to_string()),
            Some(Loose::Other) => (None, "a list or a map".to_owned()),
        };
        number.filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            let said: String = said.chars().take(40).collect();
            let (least, most) = (range.start(), range.end());
            self.error(field, format!("`{said}` is not a number from {least} to {most}: correct it"))
        })
    }

    /// Yes or no. `None`: not said.
    ///
    /// # Errors
    /// Anything else.
    pub fn flag(&self, field: &str, value: Option<&Loose>) -> Result<Option<bool>, ImportError> {
        match value {
            None | Some(Loose::Nothing) => Ok(None),
            Some(Loose::Flag(flag)) => Ok(Some(*flag)),
            Some(Loose::Text(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Loose::Text(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(_) => Err(self.error(field, "is neither true nor false: correct it")),
        }
    }

    /// A text. `None`: not said.
    pub fn words(value: Option<&Loose>) -> Option<String> {
        let text = match value? {
            Loose::Text(text) => text.trim().to_owned(),
            // A model called 7050 is a number to YAML.
            Loose::Number(number) => number.to_string(),
            Loose::Nothing | Loose::Flag(_) | Loose::Other => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// Where it is not.
    pub fn need(&self, field: &str, value: Option<&Loose>) -> Result<String, ImportError> {
        Self::words(value).ok_or_else(|| self.error(field, "is not there: the file is no device type or rack type"))
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Loose;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_unit<E>(self) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_none<E>(self) -> Result<Loose, E> {
                Ok(Loose::Nothing)
            }

            fn visit_some<D: serde::Deserializer<'de>>(self, from: D) -> Result<Loose, D::Error> {
                from.deserialize_any(Self)
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Loose, E> {
                Ok(Loose::Flag(flag))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Loose, E> {
                Ok(Loose::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
                Ok(Loose::Number(number as f64))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Loose, E> {
                Ok(Loose::Number(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
                Ok(Loose::Text(text.chars().take(LONGEST_TEXT).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Loose, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose::Other)
            }
        }
        from.deserialize_any(Any)
    }
}
