//! Where a value comes from, and how much weight it bears.

use serde::{Deserialize, Serialize};

use super::Date;
use super::bounded::at_most;

/// Most notes of an entry; none has as many fields.
const MOST_NOTES: usize = 1_000;
/// How the source of what a user typed begins.
const TYPED: &str = "typed in";

/// What a value rests on. Shown beside every number; the four look different on screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// Somebody ran it and wrote down the result.
    Measured,
    /// A named publication states it.
    Cited,
    /// It follows by a formula from other values.
    Computed,
    /// Nobody published it, or its publication was not read for this entry: a reasoned guess or a recollection, to be
    /// confirmed or replaced.
    Assumed,
}

impl Standing {
    /// In one word.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Cited => "cited",
            Self::Computed => "computed",
            Self::Assumed => "assumed",
        }
    }
}

/// Source and date of an entry, with notes on the fields that stand on something else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The publication, file or person. Never empty.
    pub source: String,
    /// When the source was read, or published where it says so.
    pub date: Date,
    /// What the entry's values rest on unless a note says otherwise.
    pub standing: Standing,
    /// Fields with a source or a standing of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "at_most::<MOST_NOTES, _, _>")]
    pub fields: Vec<FieldNote>,
}

/// One field that does not share its entry's source or standing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldNote {
    /// The field's path as in the data file, for example `memory_bandwidth_gb_s` or `rates.fp16_tflops`. A note on
    /// `rates` is about everything inside that has no note of its own.
    pub field: String,
    /// What this one value rests on.
    pub standing: Standing,
    /// Its source, or how the estimate was made.
    pub source: String,
    /// When that was read, typed or measured. `None`: with the entry; unknown of what was typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<Date>,
}

impl Provenance {
    /// The standing of one field, given by its path.
    pub fn standing_of(&self, field: &str) -> Standing {
        self.note(field).map_or(self.standing, |note| note.standing)
    }

    /// The source of one field, given by its path.
    pub fn source_of(&self, field: &str) -> &str {
        self.note(field).map_or(&self.source, |note| &note.source)
    }

    /// The date of one field, given by its path. `None`: it was typed, and nobody wrote down when.
    pub fn date_of(&self, field: &str) -> Option<&Date> {
        match self.note(field) {
            None => Some(&self.date),
            // The date of a data sheet is not that of what was typed over it.
            Some(note) => note.date.as_ref().or_else(|| Some(&self.date).filter(|_| !note.is_typed())),
        }
    }

    /// Source and date of one field in words, given by its path.
    pub fn cited(&self, field: &str) -> String {
        let source = self.source_of(field);
        self.date_of(field).map_or_else(|| source.to_owned(), |date| format!("{source}, {date}"))
    }

    /// Puts a note on a field in place of the one it has.
    pub fn note_field(&mut self, note: FieldNote) {
        self.fields.retain(|other| other.field != note.field);
        self.fields.push(note);
    }

    /// The note that speaks of a field: its own, else that of the nearest thing around it. `None`: it shares the
    /// entry's source and standing.
    pub fn note(&self, field: &str) -> Option<&FieldNote> {
        self.fields.iter().filter(|note| note.speaks_of(field)).max_by_key(|note| note.field.len())
    }
}

impl FieldNote {
    /// Of a field, without a date of its own.
    pub fn new(field: impl Into<String>, standing: Standing, source: impl Into<String>) -> Self {
        Self { field: field.into(), standing, source: source.into(), date: None }
    }

    /// The same with a date of its own.
    #[must_use]
    pub fn dated(self, date: Option<Date>) -> Self {
        Self { date, ..self }
    }

    /// Whether the user typed the value.
    pub fn is_typed(&self) -> bool {
        self.source.starts_with(TYPED)
    }

    fn speaks_of(&self, field: &str) -> bool {
        field.strip_prefix(self.field.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_note_speaks_for_a_field() {
        let note = |field: &str, source: &str| FieldNote::new(field, Standing::Assumed, source);
        let provenance = Provenance {
            source: "data sheet".into(),
            date: Date::parse("2026-11").expect("a date"),
            standing: Standing::Cited,
            fields: vec![note("rates", "outer"), note("rates.fp16_tflops", "inner")],
        };
        assert_eq!(provenance.source_of("rates.fp16_tflops"), "inner");
        assert_eq!(provenance.source_of("rates.int8_tops"), "outer");
        assert_eq!(provenance.source_of("rates_of_old"), "data sheet");
        assert_eq!(provenance.standing_of("memory_gib"), Standing::Cited);
    }
    #[test]
    fn what_was_typed_does_not_bear_the_date_of_the_data_sheet() {
        let day = Date::parse("2026-11-29");
        let mut provenance = Provenance {
            source: "data sheet".into(),
            date: Date::parse("2024-07").expect("a date"),
            standing: Standing::Cited,
            fields: vec![FieldNote::new("memory_gib", Standing::Assumed, "typed into this plan")],
        };
        assert_eq!(provenance.cited("price_usd"), "data sheet, 2024-07");
        assert_eq!(provenance.cited("memory_gib"), "typed into this plan", "an older plan does not say when");
        provenance.note_field(FieldNote::new("memory_gib", Standing::Assumed, "typed into this plan").dated(day));
        assert_eq!(provenance.cited("memory_gib"), "typed into this plan, 2026-11-29");
        assert_eq!(provenance.fields.len(), 1);
        provenance.note_field(FieldNote::new("power_limit_w", Standing::Cited, "another page"));
        assert_eq!(provenance.cited("power_limit_w"), "another page, 2024-07", "read with the entry");
    }
}
