//! What the tables show of each kind, and where a typed value goes.
//!
//! Numbers are typed in the unit of the column's title. An empty field means nobody knows; values that must be there
//! cannot be emptied. What is possible at all is for `catalog` to say, after the value is in.

use super::value::{Column, Edit, Value};
use crate::catalog::{Architecture, Date, FieldNote, LayerState, Model, ModelKind, Standing};
use crate::ui::documents::today;

/// A number that must be there.
fn must(number: Option<f64>) -> Result<f64, String> {
    number.ok_or_else(|| "this value must be there: type a number".to_owned())
}

/// Words that may be left out.
fn words(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A date that may be left out.
fn date(text: &str) -> Result<Option<Date>, String> {
    words(text).map(Date::try_from).transpose()
}

/// Why a number is no count.
const BEYOND: &str = "this is beyond what can be counted";

/// A whole number out of a typed one.
fn whole<N: TryFrom<u64>>(number: f64, times: f64) -> Result<N, String> {
    let scaled = (number * times).round();
    if !(0.0..=1.8e19).contains(&scaled) {
        return Err(BEYOND.to_owned());
    }
    N::try_from(scaled as u64).map_err(|_| BEYOND.to_owned())
}

macro_rules! column {
    ($title:literal, $field:literal, $value:expr, by $formula:literal) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Computed($formula) }
    };
    ($title:literal, $field:literal, $value:expr, one of $all:expr, $set:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Choice($all, $set) }
    };
    ($title:literal, $field:literal, $value:expr, text: $set:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Text($set) }
    };
    ($title:literal, $field:literal, $value:expr, $set:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Number($set) }
    };
}

mod devices;
mod prices;
mod racks;
mod run;

pub use devices::DEVICES;
pub use prices::{API_PRICES, ELECTRICITY_PRICES, GRIDS, SITES};
pub use racks::{RACK_TYPES, SERVERS};
pub use run::{ENGINE_PROFILES, FORMAT_LOSSES, WEIGHT_MIXES};

/// A value by its words, out of all of a kind.
fn by_words<T: Copy>(all: &[T], label: fn(T) -> &'static str, text: &str) -> Result<T, String> {
    let found = all.iter().copied().find(|each| label(*each).eq_ignore_ascii_case(text));
    found.ok_or_else(|| {
        let known: Vec<&str> = all.iter().map(|each| label(*each)).collect();
        format!("`{text}` is none of {}", known.join(", "))
    })
}

/// Columns of the models.
pub const MODELS: &[Column<Model>] = &[
    column!("Family", "family", |m| Value::text(&m.family), text: |m, text| {
        text.clone_into(&mut m.family);
        Ok(())
    }),
    column!(
        "Parameters (10^9)",
        "parameters_total",
        |m| Value::number(m.parameters_total.map(|n| n as f64 / 1e9)),
        |m, n| {
            m.parameters_total = n.map(|n| whole(n, 1e9)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "Active (10^9)",
        "parameters_active",
        |m| Value::number(m.parameters_active.map(|n| n as f64 / 1e9)),
        |m, n| {
            m.parameters_active = n.map(|n| whole(n, 1e9)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "Layers",
        "architecture.layers",
        |m| Value::number(m.architecture.as_ref().map(|a| f64::from(a.layers))),
        |m, n| of_shapes(m, n, |shapes, n| set_layers(shapes, whole(must(n)?, 1.0)?))
    ),
    column!(
        "KV heads",
        "architecture.kv_heads",
        |m| Value::number(m.architecture.as_ref().and_then(|a| a.kv_heads).map(f64::from)),
        |m, n| of_shapes(m, n, |shapes, n| set_kv_heads(shapes, whole(must(n)?, 1.0)?))
    ),
    column!(
        "Longest context (tokens)",
        "context_tokens",
        |m| Value::number(m.context_tokens.map(f64::from)),
        |m, n| {
            m.context_tokens = n.map(|n| whole(n, 1.0)).transpose()?;
            Ok(())
        }
    ),
    column!("License", "license", |m| Value::words(m.license.as_deref()), text: |m, text| {
        m.license = words(text);
        Ok(())
    }),
    column!("Released", "released", |m| Value::words(m.released.as_ref().map(Date::as_str)), text: |m, text| {
        m.released = date(text)?;
        Ok(())
    }),
    column!("Tags", "tags", |m| Value::words(Some(&*m.tags.join(", ")).filter(|all| !all.is_empty())), text: |m, text| {
        m.tags = tags(text);
        Ok(())
    }),
    column!("Kind", "kind", |m| Value::text(m.kind.label()), one of || ModelKind::ALL.iter().map(|k| k.label()).collect(), |m, text| {
        m.kind = by_words(ModelKind::ALL, ModelKind::label, text)?;
        Ok(())
    }),
    column!(
        "Vocabulary (tokens)",
        "architecture.vocabulary",
        |m| Value::number(m.architecture.as_ref().and_then(|a| a.vocabulary).map(f64::from)),
        |m, n| of_shapes(m, n, |shapes, n| {
            shapes.vocabulary = n.map(|n| whole(n, 1.0)).transpose()?;
            Ok(())
        })
    ),
    column!("Notes", "notes", |m| Value::words(m.notes.as_deref()), text: |m, text| {
        m.notes = words(text);
        Ok(())
    }),
];

/// "code, long context" as tags: commas part them, and a blank becomes a dash.
fn tags(text: &str) -> Vec<String> {
    let words = text.split(',').map(|tag| tag.split_whitespace().collect::<Vec<_>>().join("-").to_lowercase());
    words.filter(|tag| !tag.is_empty()).collect()
}

/// Where the groups of layers stand.
const GROUPS: &str = "architecture.layer_groups";

/// Changes the shapes of a model that has them.
fn of_shapes(
    model: &mut Model,
    number: Option<f64>,
    set: impl FnOnce(&mut Architecture, Option<f64>) -> Result<(), String>,
) -> Result<(), String> {
    match (model.architecture.as_mut(), number) {
        (Some(shapes), number) => {
            let before = shapes.layer_groups.clone();
            set(shapes, number)?;
            if shapes.layer_groups != before {
                let note =
                    FieldNote::new(GROUPS, Standing::Computed, "follows from the layers and heads of this entry");
                model.provenance.note_field(note.dated(today()));
            }
            Ok(())
        }
        (None, None) => Ok(()),
        (None, Some(_)) => {
            Err("nothing is known of its layers: import its config.json, or duplicate a model like it".to_owned())
        }
    }
}

fn set_layers(shapes: &mut Architecture, layers: u32) -> Result<(), String> {
    match shapes.layer_groups.as_mut_slice() {
        [] => {}
        [only] => only.count = layers,
        _ => return Err("its layers are of several kinds: import its config.json to change them".to_owned()),
    }
    shapes.layers = layers;
    Ok(())
}

/// The heads of the usual layer, and of every layer that has as many.
fn set_kv_heads(shapes: &mut Architecture, heads: u32) -> Result<(), String> {
    for group in &mut shapes.layer_groups {
        if let LayerState::Full { kv_heads, .. } | LayerState::Sliding { kv_heads, .. } = &mut group.state
            && Some(*kv_heads) == shapes.kv_heads
        {
            *kv_heads = heads;
        }
    }
    shapes.kv_heads = Some(heads);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn groups_of_layers_that_follow_what_was_typed_say_so() {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        for (title, text) in [("KV heads", "4"), ("Layers", "30")] {
            let mut model = catalog.models.get(&"llama-3.1-8b".into()).expect("a model").clone();
            let column = MODELS.iter().find(|column| column.title == title).expect(title);
            column.put(&mut model, text).expect("it can be");
            assert_eq!(model.provenance.standing_of(GROUPS), Standing::Computed, "{title}");
            let note = model.provenance.note(GROUPS).expect("a note");
            assert!(note.date.is_some(), "{title}: not the day of the data sheet");
        }
    }

    #[test]
    fn tags_are_typed_as_people_write_them() {
        assert_eq!(tags(" Code,  long  context,,vision "), ["code", "long-context", "vision"]);
        assert!(tags(" ").is_empty());
    }
}
