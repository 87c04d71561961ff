//! JSON, JSON lines, lists of objects and objects one after the other: all are looked through for their outermost
//! objects, and each of those is parsed by itself. So one damaged row costs one row, and no more than one row is ever
//! in memory as more than text.
//!
//! Python writes NaN and Infinity, which are no JSON; they are read, and refused where a number is asked for.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::record::{Record, Scalar, known};
use super::{ImportError, Position};

/// Gives every outermost object of a text to `take`, or what is wrong with it, until that says no.
pub(super) fn records(file: &str, text: &str, mut take: impl FnMut(Result<Record, ImportError>) -> bool) {
    let mut line = 1;
    let mut counted_to = 0;
    for (index, span) in Objects::new(text).enumerate() {
        let between = text.as_bytes().get(counted_to..span.start).unwrap_or_default();
        line += between.iter().filter(|&&byte| byte == b'\n').count();
        counted_to = span.start;
        let position = Position { row: index + 1, line };
        if !take(record(file, position, text.get(span.start..span.end).unwrap_or_default())) {
            return;
        }
    }
}

fn record(file: &str, position: Position, text: &str) -> Result<Record, ImportError> {
    let text = without_python_numbers(text);
    let mut record = Record::new(file, position);
    let mut parser = serde_json::Deserializer::from_str(&text);
    let read = parser.deserialize_map(Fields { record: &mut record, inside: "" }).and_then(|()| parser.end());
    match read {
        Ok(()) => Ok(record),
        Err(error) => {
            // Its line counts from the start of the row.
            let line = position.line + error.line().saturating_sub(1);
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            Err(record.error("", format!("not JSON from line {line}, column {} on: {what}", error.column())))
        }
    }
}

/// Where an outermost object lies.
struct Span {
    start: usize,
    end: usize,
}

/// Finds outermost objects: from `{` to its `}`, strings stepped over.
struct Objects<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Objects<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }
}

impl Iterator for Objects<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        let rest = self.bytes.get(self.at..)?;
        let start = self.at + rest.iter().position(|&byte| byte == b'{')?;
        let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
        let mut previous = b' ';
        for (at, &byte) in self.bytes.iter().enumerate().skip(start) {
            // A line that begins with a brace begins a row: whatever is open is damaged, and should not take the
            // next row with it. No program indents by nothing within an object.
            if at > start && byte == b'{' && previous == b'\n' {
                self.at = at;
                return Some(Span { start, end: at });
            }
            previous = byte;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_string => escaped = true,
                b'"' => in_string = !in_string,
                // A string cannot hold a line break; one that does is damaged and ends here.
                b'\n' => in_string = false,
                _ if in_string => {}
                b'{' => depth += 1,
                b'}' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at = at + 1;
                        return Some(Span { start, end: at + 1 });
                    }
                }
                _ => {}
            }
        }
        self.at = self.bytes.len();
        Some(Span { start, end: self.bytes.len() })
    }
}

/// `NaN` and `Infinity` outside of strings as strings of the same length, so that positions stay true.
pub(super) fn without_python_numbers(text: &str) -> Cow<'_, str> {
    const TOKENS: [(&str, &str); 3] = [("-Infinity", "\"-inf\"   "), ("Infinity", "\"inf\"   "), ("NaN", "\"?\"")];
    if !TOKENS.iter().any(|(token, _)| text.contains(token)) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let (mut in_string, mut escaped) = (false, false);
    while let Some(c) = rest.chars().next() {
        if !in_string && let Some((token, string)) = TOKENS.iter().find(|(token, _)| rest.starts_with(token)) {
            clean.push_str(string);
            rest = rest.get(token.len()..).unwrap_or_default();
            continue;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' if in_string => escaped = true,
            '"' => in_string = !in_string,
            _ => {}
        }
        clean.push(c);
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    Cow::Owned(clean)
}

/// Reads an object into a record: known fields are kept, others are stepped over without being built.
struct Fields<'a> {
    record: &'a mut Record,
    /// The name of the object this one stands in, with a dot; empty at the top.
    inside: &'static str,
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some(key) = map.next_key::<Cow<'_, str>>()? {
            if self.inside.is_empty() && key == "server_info" {
                map.next_value_seed(Nested { record: self.record, inside: "server_info." })?;
                continue;
            }
            let name = if self.inside.is_empty() { key } else { Cow::Owned(format!("{}{key}", self.inside)) };
            match known(&name) {
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(field) => {
                    if let Some(value) = map.next_value_seed(ReadScalar)? {
                        self.record.put(field, value);
                    }
                }
            }
        }
        Ok(())
    }
}

/// An object within the row, or anything else, which is stepped over.
struct Nested<'a> {
    record: &'a mut Record,
    inside: &'static str,
}

impl<'de> DeserializeSeed<'de> for Nested<'_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

macro_rules! nothing {
    ($($method:ident: $type:ty),+) => {
        $(fn $method<E: serde::de::Error>(self, _: $type) -> Result<(), E> { Ok(()) })+
    };
}

impl<'de> Visitor<'de> for Nested<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<(), M::Error> {
        Fields { record: self.record, inside: self.inside }.visit_map(map)
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<(), S::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Ok(())
    }

    nothing!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);
}

/// Reads one value; lists and objects are stepped over. `None`: null.
struct ReadScalar;

impl<'de> DeserializeSeed<'de> for ReadScalar {
    type Value = Option<Scalar>;
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Option<Scalar>, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ReadScalar {
    type Value = Option<Scalar>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Bool(value)))
    }

    // Counts of a benchmark are far below 2^53; one that is not is refused where its range is checked.
    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(value as f64)))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(value as f64)))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Number(value)))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Self::Value, E> {
        Ok(Some(Scalar::Text(value.to_owned())))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut list: S) -> Result<Self::Value, S::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Some(Scalar::Other))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Some(Scalar::Other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, good: usize, bad: usize) {
        let (mut read, mut wrong) = (0, 0);
        records("test.json", text, |record| {
            *(if record.is_ok() { &mut read } else { &mut wrong }) += 1;
            true
        });
        assert_eq!((read, wrong), (good, bad), "{text}");
    }

    #[test]
    fn one_damaged_row_costs_one_row() {
        check("[{\"avg_ts\": 1}, {\"avg_ts\": 2}]", 2, 0);
        check("{\"avg_ts\": 1}\n{\"avg_ts\": oops}\n{\"avg_ts\": 3}\n", 2, 1);
        check("{\"avg_ts\": 1}\n{\"avg_ts\": \"2\n{\"avg_ts\": 3}\n", 2, 1);
        check("{\"avg_ts\": 1}\n{\"avg_ts\": {\n{\"avg_ts\": 3}\n", 2, 1);
        check("{\"avg_ts\": 1}{\"avg_ts\": 1e400}{\"avg_ts\"", 1, 2);
        check("", 0, 0);
    }

    #[test]
    fn braces_in_strings_open_nothing() {
        check(r#"{"model": "a{\"}b"} {"model": "}"}"#, 2, 0);
    }

    #[test]
    fn nesting_ten_thousand_deep_is_stepped_over_and_is_no_number() {
        let deep = format!("{}1{}", "[".repeat(10_000), "]".repeat(10_000));
        check(&format!("{}{}", "{\"a\":".repeat(10_000), "}".repeat(10_000)), 0, 1);
        check(&format!("{{\"server_info\": {{\"tp_size\": {deep}}}}}"), 1, 0);
        records("test.json", &format!("{{\"avg_ts\": {deep}}}"), |record| {
            let error = record.expect("an object").speed("avg_ts").expect_err("a list is no speed").to_string();
            assert!(error.contains("avg_ts") && error.contains("a list"), "{error}");
            true
        });
    }

    #[test]
    fn what_python_writes_for_no_number_is_read() {
        check(r#"{"avg_ts": NaN, "n_gen": -Infinity, "model": "NaN"}"#, 1, 0);
        assert_eq!(without_python_numbers(r#"{"a": NaN, "b": "NaN"}"#), r#"{"a": "?", "b": "NaN"}"#);
        assert_eq!(without_python_numbers("Infinity").len(), "Infinity".len());
    }
}
