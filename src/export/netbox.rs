//! Servers and racks as NetBox device types and rack types, for the library of netbox-community/devicetype-library and
//! for NetBox itself. What the catalog does not know is left out; what NetBox has no field for goes into `comments`.
//!
//! Fields and their limits: the library's `schema/devicetype.json` and `schema/racktype.json`, read 2026-11.

use serde::Serialize;

use crate::catalog::{Catalog, RackType, Server};
use crate::import::netbox_slug;

/// Most characters NetBox takes of a name.
const LONGEST_NAME: usize = 100;
/// Most characters NetBox takes of a description.
const LONGEST_DESCRIPTION: usize = 200;

/// One file of a library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LibraryFile {
    /// Its place from the library's root, parts divided by `/`; no part is empty or leads out of it.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// The servers and racks of a catalog as a library.
///
/// # Errors
/// A value that YAML cannot hold; there is none among those that pass the catalog's checks.
pub fn netbox(catalog: &Catalog) -> Result<Vec<LibraryFile>, String> {
    let mut files = Vec::new();
    for server in catalog.servers.iter() {
        files.push(file("device-types", &server.vendor, server.id.as_str(), device_type(server)?));
    }
    for rack in catalog.rack_types.iter() {
        files.push(file("rack-types", &rack.vendor, rack.id.as_str(), rack_type(rack)?));
    }
    Ok(files)
}

fn file(folder: &str, vendor: &str, id: &str, text: String) -> LibraryFile {
    // An id is a slug by the catalog's own rule; a vendor is anybody's text.
    let vendor: String = vendor.chars().map(|c| if c.is_alphanumeric() || c == ' ' { c } else { '-' }).collect();
    let vendor = vendor.trim();
    let vendor = if vendor.is_empty() { "other" } else { vendor };
    LibraryFile { path: format!("{folder}/{vendor}/{id}.yaml"), text }
}

#[derive(Serialize)]
struct DeviceType<'a> {
    manufacturer: &'a str,
    model: String,
    slug: String,
    u_height: f64,
    is_full_depth: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subdevice_role: Option<&'static str>,
    #[serde(rename = "power-ports", skip_serializing_if = "Vec::is_empty")]
    power_ports: Vec<PowerPort>,
    #[serde(rename = "device-bays", skip_serializing_if = "Vec::is_empty")]
    device_bays: Vec<DeviceBay>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    comments: String,
}

#[derive(Serialize)]
struct PowerPort {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    maximum_draw: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocated_draw: Option<u64>,
}

#[derive(Serialize)]
struct DeviceBay {
    name: String,
}

#[derive(Serialize)]
struct Rack<'a> {
    manufacturer: &'a str,
    model: String,
    slug: String,
    form_factor: &'static str,
    width: u32,
    u_height: u32,
    starting_unit: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    outer_depth: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outer_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_weight: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    comments: String,
}

/// A server as a device type.
///
/// # Errors
/// As [`netbox`].
pub fn device_type(server: &Server) -> Result<String, String> {
    let weight = server.weight.map(|weight| weight.as_kilograms());
    write(&DeviceType {
        manufacturer: &server.vendor,
        model: model(&server.name, &server.vendor),
        slug: netbox_slug(server.id.as_str()),
        u_height: server.height.as_units(),
        is_full_depth: server.full_depth,
        weight,
        weight_unit: weight.map(|_| "kg"),
        // NetBox wants both or neither: what has bays is a parent.
        subdevice_role: (server.bays > 0).then_some("parent"),
        power_ports: power_ports(server),
        device_bays: (1..=server.bays).map(|number| DeviceBay { name: format!("Bay {number}") }).collect(),
        description: description(server.notes.as_deref()),
        comments: source(&server.provenance.source, server.provenance.date.as_str()),
    })
}

/// A rack as a rack type.
///
/// # Errors
/// As [`netbox`].
pub fn rack_type(rack: &RackType) -> Result<String, String> {
    let weight = rack.weight.map(|weight| weight.as_kilograms());
    let most = rack.static_load.map(|load| whole(load.as_kilograms()));
    let depth = rack.depth.map(|depth| whole(depth.as_millimetres()));
    write(&Rack {
        manufacturer: &rack.vendor,
        model: model(&rack.name, &rack.vendor),
        slug: netbox_slug(rack.id.as_str()),
        form_factor: "4-post-cabinet",
        width: 19,
        u_height: rack.height_units,
        starting_unit: 1,
        outer_depth: depth,
        outer_unit: depth.map(|_| "mm"),
        weight,
        max_weight: most,
        weight_unit: weight.or(most.map(|most| most as f64)).map(|_| "kg"),
        description: description(rack.notes.as_deref()),
        comments: source(&rack.provenance.source, rack.provenance.date.as_str()),
    })
}

/// Draws are of each supply. Of those that may fail none is left out here: NetBox adds them all up itself.
fn power_ports(server: &Server) -> Vec<PowerPort> {
    let count = server.power_supplies.as_ref().map_or(1, |supplies| supplies.count).clamp(1, 64);
    let working = server.power_supplies.as_ref().map_or(1, |s| s.count.saturating_sub(s.redundant)).max(1);
    let rating = server.power_supplies.as_ref().and_then(|supplies| supplies.rating);
    let each = server.power.planned().map(|most| whole(most.as_watts() / f64::from(working)));
    let most = each.or(rating.map(|rating| whole(rating.as_watts())));
    let allocated = server.power.typical.map(|typical| whole(typical.as_watts() / f64::from(count)));
    if most.is_none() && allocated.is_none() && server.power_supplies.is_none() {
        return Vec::new();
    }
    // NetBox refuses an allocated draw above the maximum.
    let allocated = allocated.filter(|allocated| most.is_none_or(|most| *allocated <= most));
    (1..=count)
        .map(|number| PowerPort { name: format!("PSU{number}"), maximum_draw: most, allocated_draw: allocated })
        .collect()
}

/// NetBox keeps draws and loads as whole numbers of one or more.
fn whole(number: f64) -> u64 {
    // Saturating; catalogs hold no negative and no infinite quantity.
    number.round().max(1.0) as u64
}

/// The name without the maker in front of it.
fn model(name: &str, vendor: &str) -> String {
    let bare = name.strip_prefix(vendor).map_or(name, str::trim_start);
    let bare = if bare.is_empty() { name } else { bare };
    bare.chars().take(LONGEST_NAME).collect()
}

fn description(notes: Option<&str>) -> Option<String> {
    notes.map(|notes| notes.chars().take(LONGEST_DESCRIPTION).collect())
}

fn source(source: &str, date: &str) -> String {
    format!("Source: {source}, {date}")
}

fn write<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map(|text| format!("---\n{text}")).map_err(|error| error.to_string())
}
