//! A device type as a server of the catalog.

use super::value::{Loose, Place};
use super::yaml::{Named, Yaml};
use crate::catalog::{Date, FieldNote, PowerSupplies, Provenance, Server, ServerId, ServerPower, ServerRole, Standing};
use crate::import::ImportError;
use crate::import::checkpoint::slug;
use crate::import::report::Findings;
use crate::units::{Kilograms, RackUnits, Watts};

/// A single supply draws less than this; more is milliwatts written for watts, as happened in the library.
const MOST_WATTS_OF_A_PORT: f64 = 20_000.0;

/// Ports of a device that make it a switch.
const PORTS_OF_A_SWITCH: usize = 8;

/// Height of a device whose file does not say: the library's default before it asked for one.
const OLD_DEFAULT_HEIGHT: f64 = 1.0; // netbox-community/devicetype-library before 2023

/// No chassis has more bays.
const MOST_BAYS: u32 = 100; // the planner's own, as the catalog's check, 2026-11-29

/// Reads a device type.
///
/// # Errors
/// A file that lacks what a server must have, or with an impossible value.
pub(super) fn read(place: Place<'_>, yaml: &Yaml, day: &Date, findings: &mut Findings) -> Result<(), ImportError> {
    let vendor = place.need("manufacturer", yaml.manufacturer.as_ref())?;
    let model = place.need("model", yaml.model.as_ref())?;
    if Place::words(yaml.subdevice_role.as_ref()).as_deref() == Some("child") {
        return Err(
            place.error("subdevice_role", "a module that goes into a chassis, not into a rack: import the chassis")
        );
    }
    let mut fields = Vec::new();
    let mut assumed = |field: &str, how: &str| {
        fields.push(FieldNote::new(field, Standing::Assumed, how));
    };
    let height = match place.number("u_height", yaml.u_height.as_ref(), 0.0..=60.0)? {
        Some(height) => height,
        None => {
            assumed("height", "the file does not say; 1 U was the library's default");
            findings.guessed("its height: 1 U, the library's old default");
            OLD_DEFAULT_HEIGHT
        }
    };
    let full_depth = place.flag("is_full_depth", yaml.is_full_depth.as_ref())?.unwrap_or_else(|| {
        assumed("full_depth", "the file does not say; NetBox takes full depth");
        findings.guessed("that it fills the rack front to rear, as NetBox takes it");
        true
    });
    let weight = kilograms(&place, "weight", yaml.weight.as_ref(), yaml.weight_unit.as_ref(), findings)?;
    let role = role(yaml);
    assumed("role", "guessed from the ports, bays and outlets of the file");
    findings.guessed(format!("what it is there for, by its ports: {role:?}"));
    let draw = draw(&place, yaml, findings)?;
    for (field, how) in &draw.assumed {
        assumed(field, how);
    }
    if weight.is_none() {
        findings.missing("its weight");
    }
    if draw.power.is_unknown() {
        findings.missing("what it draws");
    }
    findings.missing("depth, devices inside, memory and price: such files do not say");
    let notes: Vec<String> = [
        Place::words(yaml.description.as_ref()),
        Place::words(yaml.part_number.as_ref()).map(|number| format!("part number {number}")),
        Place::words(yaml.airflow.as_ref()).map(|airflow| format!("airflow {airflow}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let known = |what: &str, value: Option<String>| value.map(|value| format!(", {value}{what}")).unwrap_or_default();
    findings.read(format!(
        "{}: {height} U{}{}{}{}",
        role.label(),
        if full_depth { ", full depth" } else { ", half depth" },
        known(" kg", weight.map(|weight| weight.to_string())),
        known(" W at most", draw.power.nameplate.map(|watts| watts.as_watts().to_string())),
        known(" supplies", draw.supplies.as_ref().map(|supplies| supplies.count.to_string())),
    ));
    findings.entry(Server {
        id: ServerId::new(slug_of(yaml.slug.as_ref(), &vendor, &model)),
        name: format!("{vendor} {model}"),
        vendor,
        role,
        height: RackUnits::from_units(height),
        full_depth,
        depth: None,
        weight: weight.map(Kilograms::from_kilograms),
        power: draw.power,
        power_supplies: draw.supplies,
        devices: Vec::new(),
        memory: None,
        price: None,
        embodied: None,
        // NetBox knows how air flows, not whether it is enough.
        cooling: None,
        bays: bays(yaml),
        notes: (!notes.is_empty()).then(|| notes.join("; ")),
        provenance: Provenance {
            source: format!("NetBox device type {}", place.file),
            date: day.clone(),
            standing: Standing::Cited,
            fields,
        },
    });
    Ok(())
}

/// What a device draws, and how that was found.
struct Draw {
    power: ServerPower,
    supplies: Option<PowerSupplies>,
    assumed: Vec<(&'static str, String)>,
}

/// Draws stand for each supply: those that may fail are left out of the sum. The file does not say which may; two or
/// more are taken to be half of them spare, as behind two feeds.
fn draw(place: &Place<'_>, yaml: &Yaml, findings: &mut Findings) -> Result<Draw, ImportError> {
    let ports = yaml.power_ports.as_deref().unwrap_or_default();
    let mut watts = |field: &str, value: Option<&Loose>| -> Result<Option<f64>, ImportError> {
        let watts = place.number(field, value, 0.0..=1e9)?.filter(|watts| *watts > 0.0);
        if watts.is_some_and(|watts| watts > MOST_WATTS_OF_A_PORT) {
            let said = watts.unwrap_or_default();
            findings.missing(format!("{field}: {said} W of one supply are milliwatts, or a slip; left out"));
            return Ok(None);
        }
        Ok(watts)
    };
    let (mut most, mut allocated) = (Vec::new(), Vec::new());
    for port in ports {
        most.extend(watts("maximum_draw", port.maximum_draw.as_ref())?);
        allocated.extend(watts("allocated_draw", port.allocated_draw.as_ref())?);
    }
    let count = ports.len();
    let redundant = count / 2;
    let mut assumed = Vec::new();
    // The strongest are counted: which ones fail is not known.
    most.sort_by(|a, b| b.total_cmp(a));
    let working = most.get(..(count - redundant).min(most.len())).unwrap_or_default();
    let nameplate = (most.len() == count && count > 0).then(|| working.iter().sum::<f64>());
    if nameplate.is_some() && redundant > 0 {
        let how = format!("draw of {} of {count} supplies: the others are taken to be spare", count - redundant);
        findings.guessed(format!("that {redundant} of {count} supplies are spare"));
        assumed.push(("power.nameplate_w", how));
    }
    let allocated = (!allocated.is_empty()).then(|| allocated.iter().sum::<f64>());
    let typical = allocated.filter(|typical| nameplate.is_none_or(|most| *typical <= most));
    if typical.is_some() {
        assumed.push(("power.typical_w", "allocated draw of all supplies together".to_owned()));
    }
    let rating = most.first().copied().filter(|first| most.len() == count && most.iter().all(|one| one == first));
    let supplies = u32::try_from(count).ok().filter(|count| (1..=64).contains(count)).map(|count| PowerSupplies {
        count,
        redundant: count / 2,
        rating: rating.map(Watts::from_watts),
    });
    if redundant > 0 {
        assumed.push(("power_supplies.redundant", "half of the supplies, as behind two feeds".to_owned()));
    }
    let power = ServerPower {
        nameplate: nameplate.map(Watts::from_watts),
        max_measured: None,
        typical: typical.map(Watts::from_watts),
        idle: None,
    };
    Ok(Draw { power, supplies, assumed })
}

fn count(list: Option<&Vec<Named>>, keep: impl Fn(&Named) -> bool) -> usize {
    list.map_or(0, |list| list.iter().filter(|one| keep(one)).count())
}

/// Bays of machines, at most as many as a catalog entry may have.
fn bays(yaml: &Yaml) -> u32 {
    // Some files list the bays of drives as bays of devices.
    let drive = |bay: &Named| {
        let name = Place::words(bay.name.as_ref()).unwrap_or_default().to_lowercase();
        ["drive", "disk", "sff", "lff", "hdd", "ssd"].iter().any(|word| name.contains(word))
    };
    u32::try_from(count(yaml.device_bays.as_ref(), |bay| !drive(bay))).map_or(MOST_BAYS, |bays| bays.min(MOST_BAYS))
}

fn role(yaml: &Yaml) -> ServerRole {
    let data_ports = count(yaml.interfaces.as_ref(), |port| !matches!(port.mgmt_only, Some(Loose::Flag(true))));
    let powered = yaml.power_ports.as_ref().is_some_and(|ports| !ports.is_empty());
    if count(yaml.power_outlets.as_ref(), |_| true) > 0 {
        ServerRole::Power
    } else if count(yaml.console_server_ports.as_ref(), |_| true) > 0 {
        ServerRole::Management
    } else if data_ports >= PORTS_OF_A_SWITCH {
        ServerRole::Switch
    } else if bays(yaml) > 0 {
        ServerRole::Shelf
    } else if powered {
        ServerRole::CpuServer
    } else {
        ServerRole::Management
    }
}

/// A mass in kilograms. `None`: not said, nothing, or without its unit.
///
/// # Errors
/// A mass or a unit that is none.
pub(super) fn kilograms(
    place: &Place<'_>,
    field: &str,
    value: Option<&Loose>,
    unit: Option<&Loose>,
    findings: &mut Findings,
) -> Result<Option<f64>, ImportError> {
    let Some(mass) = place.number(field, value, 0.0..=1e7)?.filter(|mass| *mass > 0.0) else { return Ok(None) };
    let factor = match Place::words(unit).as_deref() {
        Some("kg") => 1.0,
        Some("g") => 0.001,
        Some("lb") => 0.453_592_37,      // kg, international avoirdupois pound, 1959
        Some("oz") => 0.028_349_523_125, // kg, a sixteenth of it
        Some(_) => return Err(place.error("weight_unit", "is none of kg, g, lb, oz: correct it")),
        None => {
            findings.missing(format!("weight_unit: without it the {field} of {mass} says nothing"));
            return Ok(None);
        }
    };
    // Nine digits, as data files are written: pounds would leave noise behind the last.
    Ok(Some((mass * factor * 1e9).round() / 1e9))
}

/// The file's own slug, else one of its maker and model.
pub(super) fn slug_of(own: Option<&Loose>, vendor: &str, model: &str) -> String {
    let own = Place::words(own).map(|own| slug(&own)).filter(|own| !own.is_empty());
    own.unwrap_or_else(|| slug(&format!("{vendor}-{model}")))
}
