//! What a user's layer changes, entry by entry and field by field, for reviewing and merging.

use std::collections::BTreeMap;

use serde_json::Value;

use super::kept::{Kept, every_kind};
use super::{Catalog, Layer};

/// One entry that is not as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// "model", "device", ...
    pub kind: &'static str,
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// What happened to it.
    pub change: Change,
}

/// What happened to an entry.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// These fields have other values.
    Fields(Vec<FieldChange>),
}

/// One field with another value than before.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// Its path as in the data file, for example `rates.fp16_tflops`.
    pub field: String,
    /// The value before. `None`: unknown.
    pub old: Option<String>,
    /// The value now. `None`: unknown.
    pub new: Option<String>,
}

/// What the layer does to a catalog: entries it adds, changes and removes. Changes that change nothing are left out.
pub fn differences(builtin: &Catalog, layer: &Layer) -> Vec<Difference> {
    let mut all = Vec::new();
    every_kind!(kind(builtin, layer, &mut all));
    all
}

/// The fields in which two entries of one kind differ.
pub fn field_changes<T: Kept>(old: &T, new: &T) -> Vec<FieldChange> {
    let (before, after) = (fields(old), fields(new));
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| FieldChange { field: name.clone(), old: before.get(name).cloned(), new: after.get(name).cloned() })
        .collect()
}

/// Every value of an entry by its path, as text. Unknown ones are left out.
pub fn fields<T: Kept>(entry: &T) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    // An entry is a tree of plain values; one that cannot be written as such has no fields to compare.
    flatten(String::new(), &serde_json::to_value(entry).unwrap_or(Value::Null), &mut all);
    all
}

fn kind<T: Kept>(builtin: &Catalog, layer: &Layer, all: &mut Vec<Difference>) {
    let table = T::table(builtin);
    let difference = |entry: &T, change| Difference {
        kind: T::KIND,
        id: entry.id().to_string(),
        name: entry.name().to_owned(),
        change,
    };
    for entry in T::changed(layer) {
        match table.get(entry.id()) {
            None => all.push(difference(entry, Change::Added)),
            Some(old) if old != entry => all.push(difference(entry, Change::Fields(field_changes(old, entry)))),
            Some(_) => {}
        }
    }
    all.extend(T::removed(layer).iter().filter_map(|id| table.get(id)).map(|old| difference(old, Change::Removed)));
}

fn flatten(path: String, value: &Value, all: &mut BTreeMap<String, String>) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => drop(all.insert(path, flag.to_string())),
        Value::Number(number) => drop(all.insert(path, number.to_string())),
        Value::String(text) => drop(all.insert(path, text.clone())),
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                flatten(format!("{path}[{place}]"), item, all);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                flatten(if path.is_empty() { name.clone() } else { format!("{path}.{name}") }, field, all);
            }
        }
    }
}
