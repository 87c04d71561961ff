//! The fields of a configuration file, each checked as it is asked for: a number has a range, a text a length, a list
//! an end. An error names the field as the file spells it and the line it stands on.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::import::ImportError;

/// Widths, counts and vocabularies beyond this are slips or lies.
pub(super) const COUNTS: RangeInclusive<u32> = 1..=10_000_000;
/// Layers; no published model has two hundred.
pub(super) const LAYERS: RangeInclusive<u32> = 1..=10_000;
/// Tokens of a context or a window.
pub(super) const TOKENS: RangeInclusive<u32> = 1..=1_000_000_000;
/// Most characters kept of a text.
const LONGEST_TEXT: usize = 200;

/// One object of a file.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    file: &'a str,
    text: &'a str,
    /// Where the object lies, with a point behind it: "" or "text_config.".
    within: &'a str,
    map: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The outermost object of a file's text.
    pub fn new(file: &'a str, text: &'a str, map: &'a Map<String, Value>) -> Self {
        Self { file, text, within: "", map }
    }

    /// An object inside. `None`: it is not there.
    pub fn inside(&self, name: &str, within: &'a str) -> Option<Self> {
        Some(Self { within, map: self.map.get(name)?.as_object()?, ..*self })
    }

    /// Whether the field is there and says something.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    fn value(&self, name: &str) -> Option<&'a Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// An error about a field.
    pub fn error(&self, name: &str, message: impl Into<String>) -> ImportError {
        let line = self.text.find(&format!("\"{name}\"")).and_then(|at| {
            let before = self.text.get(..at)?;
            Some(before.bytes().filter(|&byte| byte == b'\n').count() + 1)
        });
        ImportError::Field {
            file: self.file.to_owned(),
            line,
            field: format!("{}{name}", self.within),
            message: message.into(),
        }
    }

    /// A whole number by the first of its names that is there. `None`: none is.
    ///
    /// # Errors
    /// Anything but a whole number in the range.
    pub fn count(&self, names: &[&str], range: RangeInclusive<u32>) -> Result<Option<u32>, ImportError> {
        let Some((name, value)) = names.iter().find_map(|name| Some((*name, self.value(name)?))) else {
            return Ok(None);
        };
        whole(value).filter(|number| range.contains(number)).map(Some).ok_or_else(|| {
            let (least, most) = (range.start(), range.end());
            self.error(name, format!("`{}` is not a whole number from {least} to {most}: correct it", short(value)))
        })
    }

    /// A whole number that must be there.
    ///
    /// # Errors
    /// As [`Fields::count`], and where it is not there.
    pub fn need(&self, names: &[&str], range: RangeInclusive<u32>) -> Result<u32, ImportError> {
        self.count(names, range)?.ok_or_else(|| {
            let name = names.first().copied().unwrap_or_default();
            self.error(name, "is not there: without it the shapes are not known; take the file of the model's makers")
        })
    }

    /// Yes or no. `None`: not said.
    ///
    /// # Errors
    /// Anything else.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, ImportError> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.error(name, format!("`{}` is neither true nor false: correct it", short(other)))),
        }
    }

    /// A text, cut short. `None`: there is none, or it is empty.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = self.value(name)?.as_str()?.trim();
        (!text.is_empty()).then(|| text.chars().take(LONGEST_TEXT).collect())
    }

    /// The texts of a list. `None`: there is no list.
    ///
    /// # Errors
    /// A list too long, or of anything but texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<&'a str>>, ImportError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let list = self.list(name, value)?;
        let text = |one: &'a Value| one.as_str().ok_or_else(|| self.error(name, "holds something that is no text"));
        list.iter().map(text).collect::<Result<_, _>>().map(Some)
    }

    /// The whole numbers of a list. `None`: there is no list.
    ///
    /// # Errors
    /// A list too long, or of anything but whole numbers.
    pub fn counts(&self, name: &str) -> Result<Option<Vec<u32>>, ImportError> {
        let Some(value) = self.value(name) else { return Ok(None) };
        let list = self.list(name, value)?;
        let number =
            |one: &Value| whole(one).ok_or_else(|| self.error(name, "holds something that is no whole number"));
        list.iter().map(number).collect::<Result<_, _>>().map(Some)
    }

    fn list(&self, name: &str, value: &'a Value) -> Result<&'a Vec<Value>, ImportError> {
        let list = value.as_array().ok_or_else(|| self.error(name, "is no list: correct it"))?;
        if list.len() > *LAYERS.end() as usize {
            return Err(self.error(name, format!("has {} elements, more than any model has layers", list.len())));
        }
        Ok(list)
    }

    /// Whether a field is a list.
    pub fn is_list(&self, name: &str) -> bool {
        self.value(name).is_some_and(Value::is_array)
    }
}

/// A whole number, also one written as 4096.0.
fn whole(value: &Value) -> Option<u32> {
    if let Some(number) = value.as_u64() {
        return u32::try_from(number).ok();
    }
    let number = value.as_f64().filter(|n| n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n))?;
    // Checked above: whole, and within the range.
    Some(number as u32)
}

fn short(value: &Value) -> String {
    match value {
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string().chars().take(40).collect(),
    }
}
