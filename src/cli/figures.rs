//! Figures, ledgers and refusals as JSON: the one place that decides what `--json` calls them.
//!
//! Every figure carries `low`, `likely`, `high` and `basis`; bytes carry `bytes` (the likely value) besides, and leave
//! the band out where the count is exact. Where there is no honest number the three are null and `reason` says why.

use std::io::Write;

use serde_json::{Map, Value, json};

use crate::catalog::Standing;
use crate::sizing::memory::{MemoryKind, MemoryPart};
use crate::sizing::verdict::Nearest;
use crate::sizing::{Basis, Figure, Refusal, Verdict};
use crate::units::Significant;

/// Writes one JSON object and a line break.
pub fn write(object: &Value, out: &mut dyn Write) -> anyhow::Result<()> {
    serde_json::to_writer_pretty(&mut *out, object).map_err(std::io::Error::from)?;
    Ok(writeln!(out)?)
}

/// A figure read in one unit.
pub fn band<Q: Copy, V: Into<Value>>(figure: &Figure<Q>, read: impl Fn(Q) -> V) -> Value {
    let mut object = json!({ "basis": basis(&figure.basis) });
    for (key, value) in [("low", figure.low), ("likely", figure.likely), ("high", figure.high)] {
        object[key] = read(value).into();
    }
    object
}

/// A figure read in one unit, or the reason why there is none.
pub fn figure<Q: Copy>(figure: &Result<Figure<Q>, Refusal>, read: impl Fn(Q) -> f64) -> Value {
    match figure {
        Ok(figure) => band(figure, read),
        Err(refusal) => {
            let mut object = json!({ "low": null, "likely": null, "high": null, "reason": refusal.reason });
            if let Some(nearest) = &refusal.nearest {
                object["nearest"] = json!(nearest_in_words(nearest));
            }
            object
        }
    }
}

/// A figure read in one unit as text: `123  (80 % band 110 to 140)`.
pub fn band_text<Q: Copy>(figure: &Figure<Q>, read: impl Fn(Q) -> f64) -> String {
    let [low, likely, high] = [figure.low, figure.likely, figure.high].map(|value| Significant(read(value)));
    if low.0 == high.0 { likely.to_string() } else { format!("{likely}  (80 % band {low} to {high})") }
}

/// Parts of a ledger summed up: the sum of the low ends is the low end, and so on.
pub fn bytes<'a>(parts: impl Iterator<Item = &'a MemoryPart> + Clone) -> Value {
    let sum = |of: fn(&MemoryPart) -> u64| parts.clone().map(of).fold(0, u64::saturating_add);
    let (low, likely, high) = (sum(|part| part.low.get()), sum(|part| part.likely.get()), sum(|p| p.high.get()));
    let mut object = Map::new();
    object.insert("bytes".to_owned(), json!(likely));
    if low != high {
        object.insert("low".to_owned(), json!(low));
        object.insert("likely".to_owned(), json!(likely));
        object.insert("high".to_owned(), json!(high));
    }
    let bases: Vec<&MemoryPart> = parts.collect();
    object.insert(
        "basis".to_owned(),
        match bases.as_slice() {
            [only] => basis(&only.basis),
            several => json!({
                "standing": "computed",
                "formula": several.iter().map(|part| kind_in_words(part.kind)).collect::<Vec<_>>().join(" + "),
                "parts": several.iter().map(|part| basis(&part.basis)).collect::<Vec<_>>(),
            }),
        },
    );
    Value::Object(object)
}

/// A basis as an object: formula, inputs with their sources, and how the band was made.
pub fn basis(basis: &Basis) -> Value {
    let inputs: Vec<Value> = basis
        .inputs
        .iter()
        .map(|input| {
            json!({
                "name": input.name, "value": input.value,
                "standing": standing_in_words(input.standing), "source": input.source,
            })
        })
        .collect();
    let mut object =
        json!({ "standing": standing_in_words(basis.standing), "formula": basis.formula, "inputs": inputs });
    if !basis.band.is_empty() {
        object["band"] = json!(basis.band);
    }
    object
}

/// The name of a standing.
pub fn standing_in_words(standing: Standing) -> &'static str {
    match standing {
        Standing::Measured => "measured",
        Standing::Cited => "cited",
        Standing::Computed => "computed",
        Standing::Assumed => "assumed",
    }
}

/// The name of a part of the ledger.
pub fn kind_in_words(kind: MemoryKind) -> &'static str {
    match kind {
        MemoryKind::Weights => "weights",
        MemoryKind::KvCache => "KV cache",
        MemoryKind::Buffers => "buffers",
        MemoryKind::Runtime => "driver and engine",
    }
}

/// The name of a verdict.
pub fn verdict_in_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fits { .. } => "fits",
        Verdict::Tight { .. } => "tight",
        Verdict::DoesNotFit { .. } => "does not fit",
        Verdict::Unknown => "unknown",
    }
}

/// What would run instead, as a phrase.
pub fn nearest_in_words(nearest: &Nearest) -> String {
    match nearest {
        Nearest::Format(format) => format!("the same model as {format}"),
        Nearest::Context(tokens) => format!("a context of {tokens} tokens"),
        Nearest::Devices(count) => format!("{count} such devices"),
    }
}
