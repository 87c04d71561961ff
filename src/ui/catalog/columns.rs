//! What the tables show of each kind, and how a typed value gets into an entry.
//!
//! Numbers are typed in the unit of the column's title. An empty field means nobody knows; values that must be there
//! cannot be emptied. What is possible at all is for `catalog` to say, after the value is in.

use crate::catalog::validate::Checked;
use crate::catalog::{ApiPrice, Device, ElectricityPrice, Grid, Kept, Model, Provenance, RackType, Server};
use crate::units::{Bytes, BytesPerSecond, FlopPerSecond, Kilograms, Usd, Watts};

/// An entry that can stand in a table: it is checked when edited, and its source says that it was.
pub trait Row: Kept + Checked {
    /// Where it comes from, to note what was typed.
    fn provenance_mut(&mut self) -> &mut Provenance;
}

macro_rules! row {
    ($($type:ty),+) => {
        $(impl Row for $type {
            fn provenance_mut(&mut self) -> &mut Provenance {
                &mut self.provenance
            }
        })+
    };
}
row!(Model, Device, Server, RackType, Grid, ElectricityPrice, ApiPrice);

/// One column.
pub struct Column<T> {
    /// Title, with the unit.
    pub title: &'static str,
    /// The field's name in data files, where its source is noted.
    pub field: &'static str,
    /// What stands in the cell.
    pub value: fn(&T) -> Value,
    /// Puts a typed number in. `None`: not edited here.
    pub set: Option<Setter<T>>,
}

/// Puts a typed number into an entry, or says why it cannot be.
pub type Setter<T> = fn(&mut T, Option<f64>) -> Result<(), &'static str>;

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Words.
    Text(String),
    /// A number in the column's unit.
    Number(f64),
    /// Nobody knows.
    Unknown,
}

impl Value {
    fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    fn words(text: Option<&str>) -> Self {
        text.map_or(Self::Unknown, Self::text)
    }

    fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Unknown, Self::Number)
    }
}

const MUST_BE_THERE: &str = "this value must be there: type a number";

/// A whole number out of a typed one.
fn whole<N: TryFrom<u64>>(number: f64, times: f64) -> Result<N, &'static str> {
    let scaled = (number * times).round();
    if !(0.0..=1.8e19).contains(&scaled) {
        return Err("this is beyond what can be counted");
    }
    N::try_from(scaled as u64).map_err(|_| "this is beyond what can be counted")
}

macro_rules! column {
    ($title:literal, $field:literal, $value:expr) => {
        Column { title: $title, field: $field, value: $value, set: None }
    };
    ($title:literal, $field:literal, $value:expr, $set:expr) => {
        Column { title: $title, field: $field, value: $value, set: Some($set) }
    };
}

/// Columns of the models.
pub const MODELS: &[Column<Model>] = &[
    column!("Family", "family", |m| Value::text(&m.family)),
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
    column!("Layers", "architecture", |m| Value::number(m.architecture.as_ref().map(|a| f64::from(a.layers)))),
    column!("KV heads", "architecture", |m| Value::number(
        m.architecture.as_ref().and_then(|a| a.kv_heads).map(f64::from)
    )),
    column!(
        "Longest context (tokens)",
        "context_tokens",
        |m| Value::number(m.context_tokens.map(f64::from)),
        |m, n| {
            m.context_tokens = n.map(|n| whole(n, 1.0)).transpose()?;
            Ok(())
        }
    ),
    column!("License", "license", |m| Value::words(m.license.as_deref())),
    column!("Released", "released", |m| Value::words(m.released.as_ref().map(crate::catalog::Date::as_str))),
];

/// Columns of the devices.
pub const DEVICES: &[Column<Device>] = &[
    column!("Memory (GiB)", "memory_gib", |d| Value::number(d.memory.map(Bytes::as_gib)), |d, n| {
        d.memory = n.map(Bytes::from_gib);
        Ok(())
    }),
    column!(
        "Bandwidth (GB/s)",
        "memory_bandwidth_gb_s",
        |d| Value::number(d.memory_bandwidth.map(BytesPerSecond::as_giga)),
        |d, n| {
            d.memory_bandwidth = n.map(BytesPerSecond::from_giga);
            Ok(())
        }
    ),
    column!("FP16 (TFLOPS)", "fp16_tflops", |d| Value::number(d.rates.fp16.map(FlopPerSecond::as_tera)), |d, n| {
        d.rates.fp16 = n.map(FlopPerSecond::from_tera);
        Ok(())
    }),
    column!("Power limit (W)", "power_limit_w", |d| Value::number(d.power_limit.map(Watts::as_watts)), |d, n| {
        d.power_limit = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Price (USD)", "price_usd", |d| Value::number(d.price.map(Usd::as_usd)), |d, n| {
        d.price = n.map(Usd::from_usd);
        Ok(())
    }),
    column!("Vendor", "vendor", |d| Value::text(&d.vendor)),
    column!("Form", "form_factor", |d| Value::text(&d.form_factor)),
    column!("Released", "released", |d| Value::words(d.released.as_ref().map(crate::catalog::Date::as_str))),
];

/// Columns of the servers.
pub const SERVERS: &[Column<Server>] = &[
    column!("Height (U)", "height", |s| Value::Number(s.height.as_units())),
    column!(
        "Most power (W)",
        "max_measured_w",
        |s| Value::number(s.power.max_measured.map(Watts::as_watts)),
        |s, n| {
            s.power.max_measured = n.map(Watts::from_watts);
            Ok(())
        }
    ),
    column!("Nameplate (W)", "nameplate_w", |s| Value::number(s.power.nameplate.map(Watts::as_watts)), |s, n| {
        s.power.nameplate = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Typical (W)", "typical_w", |s| Value::number(s.power.typical.map(Watts::as_watts)), |s, n| {
        s.power.typical = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Idle (W)", "idle_w", |s| Value::number(s.power.idle.map(Watts::as_watts)), |s, n| {
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
    column!("Devices", "devices", |s| {
        let each: Vec<String> =
            s.devices.iter().map(|fitted| format!("{} x {}", fitted.count, fitted.device)).collect();
        if each.is_empty() { Value::text("none") } else { Value::text(each.join(", ")) }
    }),
    column!("Vendor", "vendor", |s| Value::text(&s.vendor)),
];

/// Columns of the racks.
pub const RACK_TYPES: &[Column<RackType>] = &[
    column!("Height (U)", "height_units", |r| Value::Number(f64::from(r.height_units))),
    column!(
        "Static load (kg)",
        "static_load_kg",
        |r| Value::number(r.static_load.map(Kilograms::as_kilograms)),
        |r, n| {
            r.static_load = n.map(Kilograms::from_kilograms);
            Ok(())
        }
    ),
    column!("Own weight (kg)", "weight_kg", |r| Value::number(r.weight.map(Kilograms::as_kilograms)), |r, n| {
        r.weight = n.map(Kilograms::from_kilograms);
        Ok(())
    }),
    column!("Depth (mm)", "depth_mm", |r| Value::number(r.depth.map(crate::units::Metres::as_millimetres)), |r, n| {
        r.depth = n.map(crate::units::Metres::from_millimetres);
        Ok(())
    }),
    column!("Vendor", "vendor", |r| Value::text(&r.vendor)),
];

/// Columns of the grids.
pub const GRIDS: &[Column<Grid>] = &[
    column!("Carbon (gCO2e/kWh)", "intensity_g_per_kwh", |g| Value::Number(g.intensity_g_per_kwh), |g, n| {
        g.intensity_g_per_kwh = n.ok_or(MUST_BE_THERE)?;
        Ok(())
    }),
    column!("Year", "year", |g| Value::text(g.year.to_string())),
];

/// Columns of the electricity prices.
pub const ELECTRICITY_PRICES: &[Column<ElectricityPrice>] =
    &[column!("Price (USD/kWh)", "usd_per_kwh", |p| Value::Number(p.usd_per_kwh), |p, n| {
        p.usd_per_kwh = n.ok_or(MUST_BE_THERE)?;
        Ok(())
    })];

/// Columns of the API prices.
pub const API_PRICES: &[Column<ApiPrice>] = &[
    column!("Provider", "provider", |p| Value::text(&p.provider)),
    column!("Input (USD/Mtok)", "input_usd_per_mtok", |p| Value::Number(p.input_usd_per_mtok), |p, n| {
        p.input_usd_per_mtok = n.ok_or(MUST_BE_THERE)?;
        Ok(())
    }),
    column!("Output (USD/Mtok)", "output_usd_per_mtok", |p| Value::Number(p.output_usd_per_mtok), |p, n| {
        p.output_usd_per_mtok = n.ok_or(MUST_BE_THERE)?;
        Ok(())
    }),
    column!(
        "Cached input (USD/Mtok)",
        "cached_input_usd_per_mtok",
        |p| Value::number(p.cached_input_usd_per_mtok),
        |p, n| {
            p.cached_input_usd_per_mtok = n;
            Ok(())
        }
    ),
];
