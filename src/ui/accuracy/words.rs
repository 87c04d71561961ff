//! A row in words.

use crate::accuracy::table::signed_percent;
use crate::accuracy::{LeftOut, Row};
use crate::catalog::{Catalog, DeviceId, ModelId};
use crate::units::Significant;

/// What was run: "NVIDIA GeForce RTX 4090, Llama 3 8B in Q4_K_M".
pub fn title(catalog: &Catalog, row: &Row<'_>) -> String {
    let device = catalog.devices.get(&DeviceId::new(row.device())).map_or(row.device(), |device| device.name.as_str());
    let model = catalog.models.get(&ModelId::new(row.model())).map_or(row.model(), |model| model.name.as_str());
    format!("{device}, {model} in {}", row.format().to_uppercase())
}

/// Measured, estimated, band and how far off.
pub fn numbers(row: &Row<'_>, left_out: LeftOut) -> String {
    let unit = row.quantity().unit();
    let measured = Significant(row.measured());
    let Some(judged) = row.judged(left_out) else { return format!("measured {measured} {unit}, not estimated") };
    let estimate = judged.estimate;
    let inside = if judged.is_covered() { "inside" } else { "outside" };
    format!(
        "measured {measured} {unit}, estimated {} [{} – {}], {} off, {inside} its band",
        Significant(estimate.likely),
        Significant(estimate.low),
        Significant(estimate.high),
        signed_percent(judged.signed_error()),
    )
}

/// How it was run, how far its source is trusted, and the source.
pub fn origin(row: &Row<'_>) -> String {
    let load = row.load();
    let load = if load.is_empty() { load } else { format!(", {load}") };
    let trust = row.trust();
    format!("{}{load} · trust {trust:?}, {} · {}", row.setup(), trust.meaning(), row.source())
}
