//! What every kind of entry has and can be changed like any value: its name, its source, the date of that, and what the
//! entry rests on.

use super::value::{Column, Edit, Row, Value};
use crate::catalog::{Date, Standing};

/// No name is longer, in characters.
pub const LONGEST_NAME: usize = 100;

const STANDINGS: [Standing; 4] = [Standing::Measured, Standing::Cited, Standing::Computed, Standing::Assumed];

/// These columns, which are rows of the list of all values.
pub fn general<T: Row>() -> [Column<T>; 4] {
    [
        Column {
            title: "Name of the entry",
            field: "name",
            value: |entry| Value::text(entry.name()),
            edit: Edit::Text(|entry, text| {
                if text.chars().count() > LONGEST_NAME {
                    return Err(format!("at most {LONGEST_NAME} characters: shorten it"));
                }
                entry.rename(entry.id().clone(), text.to_owned());
                Ok(())
            }),
        },
        Column {
            title: "Source of the entry",
            field: "provenance.source",
            value: |entry| Value::text(&entry.provenance().source),
            edit: Edit::Text(|entry, text| {
                text.clone_into(&mut entry.provenance_mut().source);
                Ok(())
            }),
        },
        Column {
            title: "Date of the source",
            field: "provenance.date",
            value: |entry| Value::text(entry.provenance().date.as_str()),
            edit: Edit::Text(|entry, text| {
                entry.provenance_mut().date = Date::try_from(text.to_owned())?;
                Ok(())
            }),
        },
        Column {
            title: "The entry rests on",
            field: "provenance.standing",
            value: |entry| Value::text(entry.provenance().standing.label()),
            edit: Edit::Choice(
                || STANDINGS.iter().map(|standing| standing.label()).collect(),
                |entry, text| {
                    let found = STANDINGS.into_iter().find(|standing| standing.label() == text);
                    entry.provenance_mut().standing = found.ok_or_else(|| format!("`{text}` is no standing"))?;
                    Ok(())
                },
            ),
        },
    ]
}
