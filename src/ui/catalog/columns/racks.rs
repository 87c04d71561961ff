//! Columns of the servers and of the racks they go into.

use super::super::value::{Column, Edit, Value};
use super::{by_words, must, whole, words};
use crate::catalog::{DeviceId, FittedDevice, PowerSupplies, RackType, Server, ServerCooling, ServerRole};
use crate::units::{Bytes, GramsCo2e, Kilograms, Metres, RackUnits, Usd, Watts};

/// Columns of the servers.
pub const SERVERS: &[Column<Server>] = &[
    column!("Height (U)", "height", |s| Value::Number(s.height.as_units()), |s, n| {
        s.height = RackUnits::from_units(must(n)?);
        Ok(())
    }),
    column!(
        "Most power (W)",
        "power.max_measured_w",
        |s| Value::number(s.power.max_measured.map(Watts::as_watts)),
        |s, n| {
            s.power.max_measured = n.map(Watts::from_watts);
            Ok(())
        }
    ),
    column!("Nameplate (W)", "power.nameplate_w", |s| Value::number(s.power.nameplate.map(Watts::as_watts)), |s, n| {
        s.power.nameplate = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Typical (W)", "power.typical_w", |s| Value::number(s.power.typical.map(Watts::as_watts)), |s, n| {
        s.power.typical = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Idle (W)", "power.idle_w", |s| Value::number(s.power.idle.map(Watts::as_watts)), |s, n| {
        s.power.idle = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Weight (kg)", "weight_kg", |s| Value::number(s.weight.map(Kilograms::as_kilograms)), |s, n| {
        s.weight = n.map(Kilograms::from_kilograms);
        Ok(())
    }),
    column!("Memory (GiB)", "memory_gib", |s| Value::number(s.memory.map(Bytes::as_gib)), |s, n| {
        s.memory = n.map(Bytes::from_gib);
        Ok(())
    }),
    column!("Price (USD)", "price_usd", |s| Value::number(s.price.map(Usd::as_usd)), |s, n| {
        s.price = n.map(Usd::from_usd);
        Ok(())
    }),
    column!("Devices", "devices", |s| Value::text(devices_text(&s.devices)), text: |s, text| {
        s.devices = devices_of(text)?;
        Ok(())
    }),
    column!(
        "Role",
        "role",
        |s| Value::text(s.role.label()),
        one of || ServerRole::ALL.iter().map(|role| role.label()).collect(),
        |s, text| {
            s.role = by_words(ServerRole::ALL, ServerRole::label, text)?;
            Ok(())
        }
    ),
    column!("Depth (mm)", "depth_mm", |s| Value::number(s.depth.map(Metres::as_millimetres)), |s, n| {
        s.depth = n.map(Metres::from_millimetres);
        Ok(())
    }),
    column!(
        "Full depth",
        "full_depth",
        |s| Value::text(if s.full_depth { "yes" } else { "no" }),
        one of || vec!["yes", "no"],
        |s, text| {
            s.full_depth = text == "yes";
            Ok(())
        }
    ),
    column!("Power supplies", "power_supplies", |s| Value::words(supplies_text(s).as_deref()), text: |s, text| {
        s.power_supplies = supplies_of(text)?;
        Ok(())
    }),
    column!(
        "Cooling",
        "cooling",
        |s| Value::text(if s.needs_liquid() { LIQUID } else { AIR }),
        one of || vec![AIR, LIQUID],
        |s, text| {
            s.cooling = (text == LIQUID).then_some(ServerCooling::Liquid);
            Ok(())
        }
    ),
    column!(
        "Embodied (kgCO2e)",
        "embodied_kg_co2e",
        |s| Value::number(s.embodied.map(GramsCo2e::as_kilograms)),
        |s, n| {
            s.embodied = n.map(GramsCo2e::from_kilograms);
            Ok(())
        }
    ),
    column!("Vendor", "vendor", |s| Value::text(&s.vendor), text: |s, text| {
        text.clone_into(&mut s.vendor);
        Ok(())
    }),
    column!("Notes", "notes", |s| Value::words(s.notes.as_deref()), text: |s, text| {
        s.notes = words(text);
        Ok(())
    }),
];

/// Columns of the racks.
pub const RACK_TYPES: &[Column<RackType>] = &[
    column!("Height (U)", "height_units", |r| Value::Number(f64::from(r.height_units)), |r, n| {
        r.height_units = whole(must(n)?, 1.0)?;
        Ok(())
    }),
    column!(
        "Static load (kg)",
        "static_load_kg",
        |r| Value::number(r.static_load.map(Kilograms::as_kilograms)),
        |r, n| {
            r.static_load = n.map(Kilograms::from_kilograms);
            Ok(())
        }
    ),
    column!(
        "Rolling load (kg)",
        "rolling_load_kg",
        |r| Value::number(r.rolling_load.map(Kilograms::as_kilograms)),
        |r, n| {
            r.rolling_load = n.map(Kilograms::from_kilograms);
            Ok(())
        }
    ),
    column!("Own weight (kg)", "weight_kg", |r| Value::number(r.weight.map(Kilograms::as_kilograms)), |r, n| {
        r.weight = n.map(Kilograms::from_kilograms);
        Ok(())
    }),
    column!("Depth (mm)", "depth_mm", |r| Value::number(r.depth.map(Metres::as_millimetres)), |r, n| {
        r.depth = n.map(Metres::from_millimetres);
        Ok(())
    }),
    column!("Vendor", "vendor", |r| Value::text(&r.vendor), text: |r, text| {
        text.clone_into(&mut r.vendor);
        Ok(())
    }),
    column!("Notes", "notes", |r| Value::words(r.notes.as_deref()), text: |r, text| {
        r.notes = words(text);
        Ok(())
    }),
];

/// Where nothing else is known.
const AIR: &str = "air or unknown";
const LIQUID: &str = "liquid";

/// In place of a list without devices.
const NONE: &str = "none";

fn devices_text(devices: &[FittedDevice]) -> String {
    let each: Vec<String> = devices.iter().map(|fitted| format!("{} x {}", fitted.count, fitted.device)).collect();
    if each.is_empty() { NONE.to_owned() } else { each.join(", ") }
}

/// "8 x nvidia-h100-sxm-80gb, 2 x amd-epyc-9654"; nothing or "none": none.
fn devices_of(text: &str) -> Result<Vec<FittedDevice>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty() && *part != NONE);
    parts
        .map(|part| {
            let (count, device) = part.split_once(" x ").unwrap_or(("1", part));
            let count =
                count.trim().parse().map_err(|_| format!("`{part}`: type a count, x, and the id of a device"))?;
            Ok(FittedDevice { device: DeviceId::new(device.trim()), count })
        })
        .collect()
}

fn supplies_text(server: &Server) -> Option<String> {
    let supplies = server.power_supplies.as_ref()?;
    let rating = supplies.rating.map_or_else(String::new, |rating| format!(" of {} W", rating.as_watts()));
    Some(format!("{}{rating}, {} may fail", supplies.count, supplies.redundant))
}

/// "4 of 3300 W, 2 may fail"; the rating and what may fail can be left out.
fn supplies_of(text: &str) -> Result<Option<PowerSupplies>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || "type for example: 4 of 3300 W, 2 may fail".to_owned();
    let (supplies, fail) = text.split_once(',').unwrap_or((text, "0"));
    let (count, rating) = match supplies.split_once(" of ") {
        Some((count, rating)) => (count, Some(rating)),
        None => (supplies, None),
    };
    let rating = rating.map(|rating| {
        let watts: f64 = rating.trim().trim_end_matches(['W', ' ']).parse().map_err(|_| wrong())?;
        if watts.is_finite() && watts >= 0.0 { Ok(Watts::from_watts(watts)) } else { Err(wrong()) }
    });
    Ok(Some(PowerSupplies {
        count: count.trim().parse().map_err(|_| wrong())?,
        redundant: fail.trim().trim_end_matches("may fail").trim().parse().map_err(|_| wrong())?,
        rating: rating.transpose()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    #[test]
    fn what_a_cell_shows_of_devices_and_supplies_can_be_typed_back() {
        for server in Catalog::builtin().expect("the built-in catalog").servers.iter() {
            assert_eq!(devices_of(&devices_text(&server.devices)).as_ref(), Ok(&server.devices), "{}", server.id);
            let text = supplies_text(server).unwrap_or_default();
            assert_eq!(supplies_of(&text).as_ref(), Ok(&server.power_supplies), "{}", server.id);
        }
        for bad in ["many x nvidia-t4", "-1 x nvidia-t4"] {
            assert!(devices_of(bad).is_err(), "{bad}");
        }
        for bad in ["NaN", "4 of NaN W", "four", "4 of -1 W", "4, some may fail"] {
            assert!(supplies_of(bad).is_err(), "{bad}");
        }
    }
}
