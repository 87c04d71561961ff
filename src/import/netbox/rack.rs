//! A rack type as a rack of the catalog.

use super::device::{kilograms, slug_of};
use super::value::{Loose, Place};
use super::yaml::Yaml;
use crate::catalog::{Date, Provenance, RackType, RackTypeId, Standing};
use crate::import::ImportError;
use crate::import::report::Findings;
use crate::units::{Kilograms, Metres};

/// The width every server of the catalog is made for, in inches.
const WIDTH: f64 = 19.0; // EIA-310

/// Reads a rack type.
///
/// # Errors
/// A file that lacks what a rack must have, or with an impossible value.
pub(super) fn read(place: Place<'_>, yaml: &Yaml, day: &Date, findings: &mut Findings) -> Result<(), ImportError> {
    let vendor = place.need("manufacturer", yaml.manufacturer.as_ref())?;
    let model = place.need("model", yaml.model.as_ref())?;
    let height = place
        .number("u_height", yaml.u_height.as_ref(), 1.0..=60.0)?
        .ok_or_else(|| place.error("u_height", "is not there: without its height a rack cannot be planned"))?;
    if height.fract() != 0.0 {
        return Err(place.error("u_height", format!("{height} is no whole number of units: correct it")));
    }
    let unit = yaml.weight_unit.as_ref();
    let mut mass = |field: &str, value: Option<&Loose>| kilograms(&place, field, value, unit, findings);
    let weight = mass("weight", yaml.weight.as_ref())?.map(Kilograms::from_kilograms);
    let static_load = mass("max_weight", yaml.max_weight.as_ref())?.map(Kilograms::from_kilograms);
    let depth = depth(&place, yaml)?;
    let width = place.number("width", yaml.width.as_ref(), 1.0..=100.0)?.unwrap_or(WIDTH);
    if width != WIDTH {
        findings.missing(format!("its width of {width} inches: this program plans racks of 19"));
    }
    for (what, known) in
        [("depth", depth.is_some()), ("weight", weight.is_some()), ("static load", static_load.is_some())]
    {
        if !known {
            findings.missing(format!("its {what}"));
        }
    }
    findings.missing("its load while rolled: such files do not say");
    let notes = [Place::words(yaml.description.as_ref()), Place::words(yaml.form_factor.as_ref())];
    let notes: Vec<String> = notes.into_iter().flatten().collect();
    let known = |what: &str, value: Option<String>| value.map(|value| format!(", {value} {what}")).unwrap_or_default();
    findings.read(format!(
        "Rack: {height} U{}{}{}",
        known("mm deep", depth.map(|depth| depth.as_millimetres().to_string())),
        known("kg", weight.map(|weight| weight.as_kilograms().to_string())),
        known("kg standing", static_load.map(|load| load.as_kilograms().to_string())),
    ));
    findings.entry(RackType {
        id: RackTypeId::new(slug_of(yaml.slug.as_ref(), &vendor, &model)),
        name: format!("{vendor} {model}"),
        vendor,
        // Whole and at most 60, both checked above.
        height_units: height as u32,
        depth,
        weight,
        static_load,
        rolling_load: None,
        notes: (!notes.is_empty()).then(|| notes.join("; ")),
        provenance: Provenance {
            source: format!("NetBox rack type {}", place.file),
            date: day.clone(),
            standing: Standing::Cited,
            fields: Vec::new(),
        },
    });
    Ok(())
}

fn depth(place: &Place<'_>, yaml: &Yaml) -> Result<Option<Metres>, ImportError> {
    let Some(depth) = place.number("outer_depth", yaml.outer_depth.as_ref(), 0.0..=1e5)?.filter(|depth| *depth > 0.0)
    else {
        return Ok(None);
    };
    match Place::words(yaml.outer_unit.as_ref()).as_deref() {
        Some("mm") => Ok(Some(Metres::from_millimetres(depth))),
        Some("in") => Ok(Some(Metres::from_millimetres(depth * 25.4))),
        _ => Err(place.error("outer_unit", "is neither mm nor in: the depth cannot be read without it")),
    }
}
