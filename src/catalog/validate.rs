//! What an entry must satisfy whatever it came from: typed in, read from a file, imported.
//!
//! The limits are far outside of anything sold, so that they catch slips of the unit and hostile files and nothing else.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::kept::{Kept, every_kind};
use super::table::Entry;
use super::{
    ApiPrice, Catalog, CatalogError, Device, DeviceId, ElectricityPrice, EngineProfile, Grid, Layer, Provenance,
    RackType, Server,
};

mod model;
mod run;

/// Everything wrong with a catalog. Empty: nothing.
pub fn validate(catalog: &Catalog) -> Vec<CatalogError> {
    let file = "the catalog";
    let mut problems = Vec::new();
    every_kind!(table_of(file, catalog, &mut problems));
    problems.extend(references(file, catalog));
    problems
}

/// What is wrong with a catalog and was not wrong with the one it was made from: what a change is to be blamed for.
pub fn new_problems(before: &Catalog, after: &Catalog) -> Vec<CatalogError> {
    let old: BTreeSet<String> = validate(before).iter().map(ToString::to_string).collect();
    validate(after).into_iter().filter(|problem| !old.contains(&problem.to_string())).collect()
}

/// Everything wrong with one entry, for checking at the field while it is edited. References to other entries are
/// checked by [`validate`], which sees them all.
pub fn entry<T: Checked>(file: &str, entry: &T) -> Vec<CatalogError> {
    let mut check = Check { file, kind: T::KIND, id: entry.id().to_string(), problems: Vec::new() };
    check.slug("id", &entry.id().to_string());
    check.text("name", entry.name());
    check.provenance(entry.provenance());
    entry.check(&mut check);
    check.problems
}

/// Everything wrong with the entries of one file or plan: values, ids that come twice in it, and names of entries taken out
/// that cannot be. `file` stands before the name of the list in messages where it ends in a point.
pub fn layer(file: &str, layer: &Layer) -> Vec<CatalogError> {
    let mut problems = Vec::new();
    every_kind!(list(file, layer, &mut problems));
    for id in &layer.removed_engine_profiles {
        if let Some(engine) = EngineProfile::engine_of_default(id) {
            problems.push(CatalogError::Value {
                file: place(file, "removed_engine_profiles"),
                kind: EngineProfile::KIND,
                id: id.to_string(),
                field: "removed_engine_profiles".into(),
                message: format!(
                    "is how {engine} runs where nothing else is said, and cannot be taken out: leave it in, or change it"
                ),
            });
        }
    }
    problems
}

/// The name for messages of a list in a file; in a plan the path of the list itself.
fn place(file: &str, list: &str) -> String {
    if file.ends_with('.') { format!("{file}{list}") } else { file.to_owned() }
}

/// References to entries that are not there.
pub(super) fn references(file: &str, catalog: &Catalog) -> Vec<CatalogError> {
    let known = |id: &DeviceId| catalog.devices.get(id).is_some();
    let missing = |server: &Server| Some(no_such_device(file, server, server.lost_device(known)?));
    catalog.servers.iter().filter_map(missing).collect()
}

/// Says that a server names a device that is not there.
pub fn no_such_device(file: &str, server: &Server, lost: &DeviceId) -> CatalogError {
    CatalogError::Value {
        file: file.to_owned(),
        kind: Server::KIND,
        id: server.id.to_string(),
        field: "devices".into(),
        message: format!("there is no device `{lost}`: add it, or name another"),
    }
}

fn table_of<T: Checked + Kept>(file: &str, catalog: &Catalog, problems: &mut Vec<CatalogError>) {
    for one in T::table(catalog).iter() {
        problems.extend(entry(file, one));
    }
}

fn list<T: Checked + Kept>(file: &str, layer: &Layer, problems: &mut Vec<CatalogError>) {
    let file = place(file, T::LIST);
    let mut seen = BTreeSet::new();
    for one in T::changed(layer) {
        if !seen.insert(one.id()) {
            problems.push(CatalogError::Twice { file: file.clone(), kind: T::KIND, id: one.id().to_string() });
        }
        problems.extend(entry(&file, one));
    }
}

/// An entry that knows what its values may be.
pub trait Checked: Entry {
    /// Notes what is wrong with the values of this kind of entry.
    fn check(&self, check: &mut Check<'_>);
}

/// Collects what is wrong with one entry.
pub struct Check<'a> {
    file: &'a str,
    kind: &'static str,
    id: String,
    problems: Vec<CatalogError>,
}

impl Check<'_> {
    fn wrong(&mut self, field: &str, message: impl Into<String>) {
        self.problems.push(CatalogError::Value {
            file: self.file.to_owned(),
            kind: self.kind,
            id: self.id.clone(),
            field: field.to_owned(),
            message: message.into(),
        });
    }

    fn slug(&mut self, field: &str, slug: &str) {
        let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.' | '_');
        if slug.is_empty() || slug.len() > 100 || !slug.chars().all(good) || slug.starts_with(['-', '.']) {
            self.wrong(field, "is not a slug: write small letters, digits, `-`, `.` and `_`, at most 100 of them");
        }
    }

    fn text(&mut self, field: &str, text: &str) {
        if text.trim().is_empty() {
            self.wrong(field, "is empty: write something");
        } else if text.len() > 4000 {
            self.wrong(field, "is longer than 4000 bytes: shorten it");
        }
    }

    fn provenance(&mut self, provenance: &Provenance) {
        self.text("provenance.source", &provenance.source);
        for note in &provenance.fields {
            self.text("provenance.fields.field", &note.field);
            self.text(&format!("provenance.fields: source of `{}`", note.field), &note.source);
        }
    }

    fn number(&mut self, field: &str, unit: &str, value: f64, range: RangeInclusive<f64>) {
        if !range.contains(&value) {
            let (least, most) = (range.start(), range.end());
            self.wrong(
                field,
                format!("{value} {unit} is not between {least} and {most}: correct it, or leave the field out"),
            );
        }
    }

    fn amount(&mut self, field: &str, unit: &str, value: Option<f64>, range: RangeInclusive<f64>) {
        if let Some(value) = value {
            self.number(field, unit, value, range);
        }
    }

    fn count(&mut self, field: &str, value: Option<u32>, range: RangeInclusive<u32>) {
        if let Some(value) = value.filter(|value| !range.contains(value)) {
            let (least, most) = (range.start(), range.end());
            self.wrong(field, format!("{value} is not between {least} and {most}: correct it, or leave the field out"));
        }
    }
}

impl Checked for Device {
    fn check(&self, check: &mut Check<'_>) {
        check.text("vendor", &self.vendor);
        check.amount("memory_gib", "GiB", self.memory.map(|m| m.as_gib()), 0.01..=1e6);
        check.amount("memory_bandwidth_gb_s", "GB/s", self.memory_bandwidth.map(|b| b.as_giga()), 0.1..=1e7);
        for (field, rate) in [
            ("rates.fp32_tflops", self.rates.fp32),
            ("rates.fp16_tflops", self.rates.fp16),
            ("rates.fp16_accumulate_fp16_tflops", self.rates.fp16_accumulate_fp16),
            ("rates.fp8_tflops", self.rates.fp8),
            ("rates.int8_tops", self.rates.int8),
            ("rates.fp4_tflops", self.rates.fp4),
        ] {
            check.amount(field, "10^12 operations per second", rate.map(|r| r.as_tera()), 0.001..=1e7);
        }
        check.amount("power_limit_w", "W", self.power_limit.map(|p| p.as_watts()), 0.1..=1e6);
        check.amount("price_usd", "US dollars", self.price.map(|p| p.as_usd()), 0.0..=1e9);
        let facts = &self.facts;
        check.count("facts.memory_channels", facts.memory_channels, 1..=64);
        check.count("facts.memory_mega_transfers", facts.memory_mega_transfers, 100..=100_000);
        check.count("facts.memory_bus_bits", facts.memory_bus_bits, 8..=65_536);
        check.count("facts.compute_dies", facts.compute_dies, 1..=1024);
        check.count("facts.performance_cores", facts.performance_cores, 1..=4096);
        check.count("facts.efficiency_cores", facts.efficiency_cores, 1..=4096);
        check.count("facts.threads_per_core", facts.threads_per_core, 1..=8);
        check.count("facts.numa_nodes", facts.numa_nodes, 1..=256);
        check.amount("facts.all_core_clock_ghz", "GHz", facts.all_core_clock.map(|c| c.as_giga()), 0.1..=20.0);
        check.amount("facts.last_level_cache_mib", "MiB", facts.last_level_cache.map(|c| c.as_mib()), 0.01..=1e5);
        check.amount("facts.link_gb_s", "GB/s", facts.link.map(|l| l.as_giga()), 0.01..=1e5);
    }
}

impl Checked for Server {
    fn check(&self, check: &mut Check<'_>) {
        check.text("vendor", &self.vendor);
        let units = self.height.as_units();
        check.number("height", "U", units, 0.0..=60.0);
        if (units * 2.0).fract() != 0.0 {
            check.wrong("height", format!("{units} U is not a multiple of one half: round it up"));
        }
        check.amount("depth_mm", "mm", self.depth.map(|d| d.as_millimetres()), 10.0..=2000.0);
        check.amount("weight_kg", "kg", self.weight.map(|w| w.as_kilograms()), 0.01..=5000.0);
        for (field, power) in [
            ("power.nameplate_w", self.power.nameplate),
            ("power.max_measured_w", self.power.max_measured),
            ("power.typical_w", self.power.typical),
            ("power.idle_w", self.power.idle),
        ] {
            check.amount(field, "W", power.map(|p| p.as_watts()), 0.0..=1e6);
        }
        if let (Some(idle), Some(most)) = (self.power.idle, self.power.planned())
            && idle > most
        {
            check.wrong("power.idle_w", "is more than the server draws under load: correct one of them");
        }
        check.count("bays", Some(self.bays), 0..=100);
        if let Some(supplies) = &self.power_supplies {
            check.count("power_supplies.count", Some(supplies.count), 1..=64);
            check.amount("power_supplies.rating_w", "W", supplies.rating.map(|r| r.as_watts()), 1.0..=1e5);
            if supplies.redundant >= supplies.count {
                check.wrong("power_supplies.redundant", "one supply at least has to work: give fewer");
            }
        }
        for fitted in &self.devices {
            check.slug("devices.device", fitted.device.as_str());
            check.count("devices.count", Some(fitted.count), 1..=4096);
        }
        check.amount("memory_gib", "GiB", self.memory.map(|m| m.as_gib()), 0.01..=1e6);
        check.amount("price_usd", "US dollars", self.price.map(|p| p.as_usd()), 0.0..=1e9);
        check.amount("embodied_kg_co2e", "kgCO2e", self.embodied.map(|e| e.as_kilograms()), 0.0..=1e6);
    }
}

impl Checked for RackType {
    fn check(&self, check: &mut Check<'_>) {
        check.text("vendor", &self.vendor);
        check.count("height_units", Some(self.height_units), 1..=60);
        check.amount("depth_mm", "mm", self.depth.map(|d| d.as_millimetres()), 100.0..=3000.0);
        check.amount("weight_kg", "kg", self.weight.map(|w| w.as_kilograms()), 1.0..=5000.0);
        check.amount("static_load_kg", "kg", self.static_load.map(|w| w.as_kilograms()), 1.0..=10_000.0);
        check.amount("rolling_load_kg", "kg", self.rolling_load.map(|w| w.as_kilograms()), 1.0..=10_000.0);
    }
}

impl Checked for Grid {
    fn check(&self, check: &mut Check<'_>) {
        check.count("year", Some(self.year.into()), 1990..=2100);
        check.number("intensity_g_per_kwh", "g/kWh", self.intensity_g_per_kwh, 0.0..=3000.0);
    }
}

impl Checked for ElectricityPrice {
    fn check(&self, check: &mut Check<'_>) {
        check.number("usd_per_kwh", "US dollars per kWh", self.usd_per_kwh, 0.0..=10.0);
    }
}

impl Checked for ApiPrice {
    fn check(&self, check: &mut Check<'_>) {
        check.text("provider", &self.provider);
        let unit = "US dollars per million tokens";
        check.number("input_usd_per_mtok", unit, self.input_usd_per_mtok, 0.0..=10_000.0);
        check.number("output_usd_per_mtok", unit, self.output_usd_per_mtok, 0.0..=10_000.0);
        check.amount("cached_input_usd_per_mtok", unit, self.cached_input_usd_per_mtok, 0.0..=10_000.0);
    }
}
