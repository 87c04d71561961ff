//! Columns of the devices: accelerators and processors.

use super::super::value::{Column, Edit, Value};
use super::{by_words, date, whole, words};
use crate::catalog::{Date, Device, DeviceClass, DeviceFacts, FieldNote, MemoryKind, Standing, VectorIsa};
use crate::ui::documents::today;
use crate::units::{Bytes, BytesPerSecond, FlopPerSecond, Hertz, Usd, Watts};

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
    column!(
        "Class",
        "class",
        |d| Value::text(d.class.label()),
        one of || DeviceClass::ALL.iter().map(|class| class.label()).collect(),
        |d, text| {
            d.class = by_words(DeviceClass::ALL, DeviceClass::label, text)?;
            Ok(())
        }
    ),
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
    column!("Channels", "facts.memory_channels", |d| Value::number(d.facts.memory_channels.map(f64::from)), |d, n| {
        let count = n.map(|n| whole(n, 1.0)).transpose()?;
        set_memory(d, |facts| facts.memory_channels = count);
        Ok(())
    }),
    column!(
        "Memory speed (MT/s)",
        "facts.memory_mega_transfers",
        |d| Value::number(d.facts.memory_mega_transfers.map(f64::from)),
        |d, n| {
            let count = n.map(|n| whole(n, 1.0)).transpose()?;
            set_memory(d, |facts| facts.memory_mega_transfers = count);
            Ok(())
        }
    ),
    column!(
        "Bus (bits)",
        "facts.memory_bus_bits",
        |d| Value::number(d.facts.memory_bus_bits.map(f64::from)),
        |d, n| {
            let count = n.map(|n| whole(n, 1.0)).transpose()?;
            set_memory(d, |facts| facts.memory_bus_bits = count);
            Ok(())
        }
    ),
    column!("NUMA nodes", "facts.numa_nodes", |d| Value::number(d.facts.numa_nodes.map(f64::from)), |d, n| {
        d.facts.numa_nodes = n.map(|n| whole(n, 1.0)).transpose()?;
        Ok(())
    }),
    column!(
        "Efficiency cores",
        "facts.efficiency_cores",
        |d| Value::number(d.facts.efficiency_cores.map(f64::from)),
        |d, n| {
            d.facts.efficiency_cores = n.map(|n| whole(n, 1.0)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "Threads per core",
        "facts.threads_per_core",
        |d| Value::number(d.facts.threads_per_core.map(f64::from)),
        |d, n| {
            d.facts.threads_per_core = n.map(|n| whole(n, 1.0)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "All-core clock (GHz)",
        "facts.all_core_clock_ghz",
        |d| Value::number(d.facts.all_core_clock.map(Hertz::as_giga)),
        |d, n| {
            d.facts.all_core_clock = n.map(Hertz::from_giga);
            Ok(())
        }
    ),
    column!(
        "Last-level cache (MiB)",
        "facts.last_level_cache_mib",
        |d| Value::number(d.facts.last_level_cache.map(Bytes::as_mib)),
        |d, n| {
            d.facts.last_level_cache = n.map(Bytes::from_mib);
            Ok(())
        }
    ),
    column!(
        "Vector instructions",
        "facts.vector_isa",
        |d| Value::words(d.facts.vector_isa.map(VectorIsa::label)),
        one of || with_unknown(VectorIsa::ALL.iter().map(|each| each.label())),
        |d, text| {
            d.facts.vector_isa = known(text).map(|text| by_words(VectorIsa::ALL, VectorIsa::label, text)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "Kind of memory",
        "facts.memory_kind",
        |d| Value::words(d.facts.memory_kind.map(MemoryKind::label)),
        one of || with_unknown(MemoryKind::ALL.iter().map(|each| each.label())),
        |d, text| {
            d.facts.memory_kind = known(text).map(|text| by_words(MemoryKind::ALL, MemoryKind::label, text)).transpose()?;
            Ok(())
        }
    ),
    column!(
        "Microarchitecture",
        "facts.microarchitecture",
        |d| Value::words(d.facts.microarchitecture.as_deref()),
        text: |d, text| {
            d.facts.microarchitecture = words(text);
            Ok(())
        }
    ),
    column!(
        "FP32 (TFLOPS)",
        "rates.fp32_tflops",
        |d| Value::number(d.rates.fp32.map(FlopPerSecond::as_tera)),
        |d, n| {
            d.rates.fp32 = n.map(FlopPerSecond::from_tera);
            Ok(())
        }
    ),
    column!(
        "FP16, sums in 16 bits (TFLOPS)",
        "rates.fp16_accumulate_fp16_tflops",
        |d| Value::number(d.rates.fp16_accumulate_fp16.map(FlopPerSecond::as_tera)),
        |d, n| {
            d.rates.fp16_accumulate_fp16 = n.map(FlopPerSecond::from_tera);
            Ok(())
        }
    ),
    column!("FP4 (TFLOPS)", "rates.fp4_tflops", |d| Value::number(d.rates.fp4.map(FlopPerSecond::as_tera)), |d, n| {
        d.rates.fp4 = n.map(FlopPerSecond::from_tera);
        Ok(())
    }),
    column!("Compute dies", "facts.compute_dies", |d| Value::number(d.facts.compute_dies.map(f64::from)), |d, n| {
        d.facts.compute_dies = n.map(|n| whole(n, 1.0)).transpose()?;
        Ok(())
    }),
    column!("Notes", "notes", |d| Value::words(d.notes.as_deref()), text: |d, text| {
        d.notes = words(text);
        Ok(())
    }),
];

/// Changes what the memory's bandwidth follows from, and the bandwidth with it: where it followed before, or nobody knew
/// it. One that was given by its maker or typed stays.
fn set_memory(device: &mut Device, change: impl FnOnce(&mut DeviceFacts)) {
    let followed = match (device.memory_bandwidth, device.facts.peak_memory_bandwidth()) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(given), Some(peak)) => (given.as_giga() - peak.as_giga()).abs() <= SAME * peak.as_giga(),
    };
    change(&mut device.facts);
    if !followed {
        return;
    }
    device.memory_bandwidth = device.facts.peak_memory_bandwidth();
    let notes = &mut device.provenance.fields;
    notes.retain(|note| note.field != BANDWIDTH);
    if device.memory_bandwidth.is_some() {
        let source = "width of the memory x transfers: 64 bits a channel, or the bus, from this entry";
        notes.push(FieldNote::new(BANDWIDTH, Standing::Computed, source).dated(today()));
    }
}

/// Data sheets round: a bandwidth this close to width x transfers follows from them.
const SAME: f64 = 0.01;
const BANDWIDTH: &str = "memory_bandwidth_gb_s";
/// The choice for what nobody published.
const UNKNOWN: &str = "unknown";

fn with_unknown(labels: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    std::iter::once(UNKNOWN).chain(labels).collect()
}

fn known(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty() && *text != UNKNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    fn put(device: &mut Device, title: &str, text: &str) {
        let column = DEVICES.iter().find(|column| column.title == title).expect(title);
        column.put(device, text).unwrap_or_else(|problem| panic!("{title}: {problem}"));
    }

    #[test]
    fn the_bandwidth_of_a_processor_follows_its_channels_and_stays_where_it_was_given() {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        let mut device = catalog.devices.get(&"ampereone-a192".into()).expect("the processor").clone();
        (device.memory_bandwidth, device.facts.memory_channels) = (None, None);
        device.facts.memory_mega_transfers = None;
        put(&mut device, "Channels", "12");
        assert_eq!(device.memory_bandwidth, None, "channels alone do not say it");
        put(&mut device, "Memory speed (MT/s)", "5600");
        assert_eq!(device.memory_bandwidth.map(BytesPerSecond::as_giga), Some(537.6));
        assert_eq!(device.provenance.standing_of(BANDWIDTH), Standing::Computed);
        put(&mut device, "Channels", "8");
        assert_eq!(device.memory_bandwidth.map(BytesPerSecond::as_giga), Some(358.4));
        put(&mut device, "Bandwidth (GB/s)", "300");
        put(&mut device, "Channels", "12");
        assert_eq!(device.memory_bandwidth.map(BytesPerSecond::as_giga), Some(300.0), "what was typed stays");
    }
}
