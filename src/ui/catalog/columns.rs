//! What the tables show of each kind, and where a typed value goes.
//!
//! Numbers are typed in the unit of the column's title. An empty field means nobody knows; values that must be there
//! cannot be emptied. What is possible at all is for `catalog` to say, after the value is in.

use super::value::{Column, Edit, Value};
use crate::catalog::{
    ApiPrice, Date, Device, ElectricityPrice, Grid, Model, RackType, Server, TensorGroup, TensorType, WeightMix,
};
use crate::units::{Bytes, BytesPerSecond, FlopPerSecond, Kilograms, Metres, RackUnits, Usd, Watts};

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
    ($title:literal, $field:literal, $value:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Fixed }
    };
    ($title:literal, $field:literal, $value:expr, text: $set:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Text($set) }
    };
    ($title:literal, $field:literal, $value:expr, $set:expr) => {
        Column { title: $title, field: $field, value: $value, edit: Edit::Number($set) }
    };
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
    column!("License", "license", |m| Value::words(m.license.as_deref()), text: |m, text| {
        m.license = words(text);
        Ok(())
    }),
    column!("Released", "released", |m| Value::words(m.released.as_ref().map(Date::as_str)), text: |m, text| {
        m.released = date(text)?;
        Ok(())
    }),
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
    column!(
        "FP16 (TFLOPS)",
        "rates.fp16_tflops",
        |d| Value::number(d.rates.fp16.map(FlopPerSecond::as_tera)),
        |d, n| {
            d.rates.fp16 = n.map(FlopPerSecond::from_tera);
            Ok(())
        }
    ),
    column!("Power limit (W)", "power_limit_w", |d| Value::number(d.power_limit.map(Watts::as_watts)), |d, n| {
        d.power_limit = n.map(Watts::from_watts);
        Ok(())
    }),
    column!("Price (USD)", "price_usd", |d| Value::number(d.price.map(Usd::as_usd)), |d, n| {
        d.price = n.map(Usd::from_usd);
        Ok(())
    }),
    column!("Vendor", "vendor", |d| Value::text(&d.vendor), text: |d, text| {
        text.clone_into(&mut d.vendor);
        Ok(())
    }),
    column!("Form", "form_factor", |d| Value::text(&d.form_factor), text: |d, text| {
        text.clone_into(&mut d.form_factor);
        Ok(())
    }),
    column!("FP8 (TFLOPS)", "rates.fp8_tflops", |d| Value::number(d.rates.fp8.map(FlopPerSecond::as_tera)), |d, n| {
        d.rates.fp8 = n.map(FlopPerSecond::from_tera);
        Ok(())
    }),
    column!("INT8 (TOPS)", "rates.int8_tops", |d| Value::number(d.rates.int8.map(FlopPerSecond::as_tera)), |d, n| {
        d.rates.int8 = n.map(FlopPerSecond::from_tera);
        Ok(())
    }),
    column!("Cores", "facts.performance_cores", |d| Value::number(d.facts.performance_cores.map(f64::from)), |d, n| {
        d.facts.performance_cores = n.map(|n| whole(n, 1.0)).transpose()?;
        Ok(())
    }),
    column!("Link (GB/s)", "facts.link_gb_s", |d| Value::number(d.facts.link.map(BytesPerSecond::as_giga)), |d, n| {
        d.facts.link = n.map(BytesPerSecond::from_giga);
        Ok(())
    }),
    column!("Released", "released", |d| Value::words(d.released.as_ref().map(Date::as_str)), text: |d, text| {
        d.released = date(text)?;
        Ok(())
    }),
];

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
    column!("Devices", "devices", |s| {
        let each: Vec<String> =
            s.devices.iter().map(|fitted| format!("{} x {}", fitted.count, fitted.device)).collect();
        if each.is_empty() { Value::text("none") } else { Value::text(each.join(", ")) }
    }),
    column!("Vendor", "vendor", |s| Value::text(&s.vendor), text: |s, text| {
        text.clone_into(&mut s.vendor);
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
];

/// Columns of the grids.
pub const GRIDS: &[Column<Grid>] = &[
    column!("Carbon (gCO2e/kWh)", "intensity_g_per_kwh", |g| Value::Number(g.intensity_g_per_kwh), |g, n| {
        g.intensity_g_per_kwh = must(n)?;
        Ok(())
    }),
    column!("Year", "year", |g| Value::Number(f64::from(g.year)), |g, n| {
        g.year = whole(must(n)?, 1.0)?;
        Ok(())
    }),
];

/// Columns of the electricity prices.
pub const ELECTRICITY_PRICES: &[Column<ElectricityPrice>] =
    &[column!("Price (USD/kWh)", "usd_per_kwh", |p| Value::Number(p.usd_per_kwh), |p, n| {
        p.usd_per_kwh = must(n)?;
        Ok(())
    })];

/// Columns of the API prices.
pub const API_PRICES: &[Column<ApiPrice>] = &[
    column!("Provider", "provider", |p| Value::text(&p.provider), text: |p, text| {
        text.clone_into(&mut p.provider);
        Ok(())
    }),
    column!("Input (USD/Mtok)", "input_usd_per_mtok", |p| Value::Number(p.input_usd_per_mtok), |p, n| {
        p.input_usd_per_mtok = must(n)?;
        Ok(())
    }),
    column!("Output (USD/Mtok)", "output_usd_per_mtok", |p| Value::Number(p.output_usd_per_mtok), |p, n| {
        p.output_usd_per_mtok = must(n)?;
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

macro_rules! group {
    ($title:literal, $group:ident) => {
        column!(
            $title,
            "types",
            |m| Value::text(m.types.get(&TensorGroup::$group).map_or("as the base", |stored| stored.label())),
            text: |m, text| set_group(m, TensorGroup::$group, text)
        )
    };
}

fn set_group(mix: &mut WeightMix, group: TensorGroup, text: &str) -> Result<(), String> {
    if matches!(text, "" | "as the base") {
        mix.types.remove(&group);
    } else {
        mix.types.insert(group, text.parse::<TensorType>()?);
    }
    Ok(())
}

/// Columns of the mixes of weights: the published mix it starts from, and what each group of tensors is stored as.
pub const WEIGHT_MIXES: &[Column<WeightMix>] = &[
    column!("Base", "base", |m| Value::text(m.base.id()), text: |m, text| {
        m.base = text.parse()?;
        Ok(())
    }),
    group!("token_embd", Embedding),
    group!("output", Head),
    group!("attn_q", AttentionQuery),
    group!("attn_k", AttentionKey),
    group!("attn_v", AttentionValue),
    group!("attn_output", AttentionOut),
    group!("ffn_up", FeedForwardUp),
    group!("ffn_gate", FeedForwardGate),
    group!("ffn_down", FeedForwardDown),
    group!("ffn_up_exps", ExpertUp),
    group!("ffn_gate_exps", ExpertGate),
    group!("ffn_down_exps", ExpertDown),
    group!("ffn_shexp", Shared),
    group!("attn_qkv", AttentionFused),
    group!("mixer", Mixer),
    group!("per_layer_token_embd", PerLayerEmbedding),
];
