//! A device of the user's own for this machine, where the catalog has none like it: what the system tells, and a form for
//! what it does not. Bandwidth is in no file of the system; without it speeds stay unknown.

use egui::{DragValue, TextEdit, Ui};

use crate::catalog::{Device, DeviceClass, DeviceFacts, DeviceId, FieldNote, Provenance, Rates, Standing, VectorIsa};
use crate::infer::physical_cores;
use crate::project::Project;
use crate::ui::documents::{file_stem, today};
use crate::units::{Bytes, BytesPerSecond};

/// What is typed.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineForm {
    name: String,
    cores: u32,
    memory_gib: f64,
    /// Zero: unknown.
    bandwidth_gb_s: f64,
}

/// No name is longer, in characters.
const LONGEST_NAME: usize = 80;

impl MachineForm {
    /// With what the system tells. `processor`: its name for the processor.
    pub fn detected(processor: Option<&str>) -> Self {
        Self {
            name: processor.unwrap_or("This machine").chars().take(LONGEST_NAME).collect(),
            cores: u32::try_from(physical_cores()).unwrap_or(1).max(1),
            memory_gib: memory().map_or(0.0, |memory| memory.as_gib().round()),
            bandwidth_gb_s: 0.0,
        }
    }

    /// Draws the form. The device, once it is asked for; it is put among the plan's own.
    pub fn ui(&mut self, ui: &mut Ui, project: &mut Project) -> Option<DeviceId> {
        egui::Grid::new("own machine").num_columns(2).spacing([12.0, 4.0]).show(ui, |ui| {
            let label = ui.label("Processor");
            ui.add(TextEdit::singleline(&mut self.name).char_limit(LONGEST_NAME)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Cores of this machine");
            ui.add(DragValue::new(&mut self.cores).range(1..=1024)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Memory of this machine (GiB, 0: unknown)");
            ui.add(DragValue::new(&mut self.memory_gib).range(0.0..=100_000.0)).labelled_by(label.id);
            ui.end_row();
            let label = ui.label("Memory bandwidth (GB/s, 0: unknown)");
            ui.add(DragValue::new(&mut self.bandwidth_gb_s).range(0.0..=100_000.0)).labelled_by(label.id).on_hover_text(
                "Channels x 8 bytes x transfers: two channels of DDR5-5600 make 89.6 GB/s. Speeds need it; it stands in \
                 the processor's data sheet",
            );
            ui.end_row();
        });
        let made =
            ui.button("Make this device").on_hover_text("It goes into the plan's own catalog, and can be edited there");
        if !made.clicked() {
            return None;
        }
        let device = self.device()?;
        let id = device.id.clone();
        project.layer.put(device);
        Some(id)
    }

    /// `None`: this machine's clock is out of range, so that the entry could not be dated.
    fn device(&self) -> Option<Device> {
        let name = if self.name.trim().is_empty() { "This machine" } else { self.name.trim() };
        let above_zero = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
        let lower = name.to_lowercase();
        let server =
            ["epyc", "xeon", "graviton", "ampere", "altra", "neoverse"].iter().any(|mark| lower.contains(mark));
        let class = match (server, cfg!(target_arch = "aarch64")) {
            (true, true) => DeviceClass::CpuServerArm,
            (true, false) => DeviceClass::CpuServerX86,
            (false, _) => DeviceClass::CpuDesktop,
        };
        let vendor = [("amd", "AMD"), ("intel", "Intel"), ("apple", "Apple")]
            .iter()
            .find(|(mark, _)| lower.contains(mark))
            .map_or("unknown", |(_, vendor)| vendor);
        let typed = |field: &str| FieldNote {
            field: field.to_owned(),
            standing: Standing::Assumed,
            source: "typed in by you".to_owned(),
        };
        Some(Device {
            id: DeviceId::new(format!("own-{}", file_stem(name))),
            name: format!("{name} (this machine)"),
            vendor: vendor.to_owned(),
            class,
            form_factor: "this machine".to_owned(),
            memory: above_zero(self.memory_gib).map(Bytes::from_gib),
            memory_bandwidth: above_zero(self.bandwidth_gb_s).map(BytesPerSecond::from_giga),
            rates: Rates::default(),
            power_limit: None,
            price: None,
            released: None,
            facts: DeviceFacts {
                performance_cores: Some(self.cores.max(1)),
                vector_isa: vector_isa(),
                ..DeviceFacts::default()
            },
            notes: None,
            provenance: Provenance {
                source: "this machine's own system, as detected".to_owned(),
                date: today()?,
                standing: Standing::Measured,
                fields: vec![typed("memory_bandwidth_gb_s"), typed("class")],
            },
        })
    }
}

/// Memory of this machine, where the system tells (Linux).
fn memory() -> Option<Bytes> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024).map(Bytes::new)
}

/// The widest vector instructions of this machine that the speed formulas know.
fn vector_isa() -> Option<VectorIsa> {
    #[cfg(target_arch = "x86_64")]
    {
        let known = [
            (std::is_x86_feature_detected!("avx512vnni"), VectorIsa::Avx512Vnni),
            (std::is_x86_feature_detected!("avx512f"), VectorIsa::Avx512),
            (std::is_x86_feature_detected!("avx2"), VectorIsa::Avx2),
            (std::is_x86_feature_detected!("avx"), VectorIsa::Avx),
        ];
        Some(known.into_iter().find_map(|(there, isa)| there.then_some(isa)).unwrap_or(VectorIsa::Sse))
    }
    #[cfg(target_arch = "aarch64")]
    {
        let known = [
            (std::arch::is_aarch64_feature_detected!("i8mm"), VectorIsa::NeonI8mm),
            (std::arch::is_aarch64_feature_detected!("dotprod"), VectorIsa::NeonDotprod),
        ];
        Some(known.into_iter().find_map(|(there, isa)| there.then_some(isa)).unwrap_or(VectorIsa::Neon))
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::validate;

    #[test]
    fn a_machine_becomes_a_sound_device_and_what_is_not_known_stays_unknown() {
        let mut form = MachineForm::detected(Some("AMD EPYC"));
        let device = form.device().expect("a device");
        assert_eq!((device.id.as_str(), device.class), ("own-amd-epyc", DeviceClass::CpuServerX86));
        assert_eq!(device.memory_bandwidth, None);
        assert_eq!(validate::entry("layer.devices", &device).len(), 0);
        form.bandwidth_gb_s = 80.0;
        form.name = "  ".to_owned();
        let device = form.device().expect("a device");
        assert_eq!(device.memory_bandwidth.map(|rate| rate.as_giga()), Some(80.0));
        assert_eq!(device.id.as_str(), "own-this-machine");
    }
}
