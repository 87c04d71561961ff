//! Machines as their systems describe them, and what becomes of nonsense.

use std::fs;

use super::*;
use crate::catalog::validate;

/// A system of these files.
fn system(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a folder");
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().expect("inside")).expect("made");
        fs::write(path, text).expect("written");
    }
    root
}

fn day() -> Date {
    Date::parse("2026-11-20").expect("a date")
}

#[test]
fn a_machine_is_what_its_system_tells() {
    let root = system(&[
        ("proc/cpuinfo", "processor\t: 0\ncpu MHz\t\t: 2000.5\n\nprocessor\t: 1\ncpu MHz\t\t: 3100.0\n"),
        ("proc/meminfo", "MemTotal:       16777216 kB\nMemFree: 1 kB\n"),
        ("sys/devices/system/cpu/cpu0/cache/index3/size", "32768K\n"),
        ("sys/devices/system/cpu/cpu0/cache/index3/shared_cpu_list", "0-1\n"),
        ("sys/devices/system/cpu/cpu1/cache/index3/size", "32768K\n"),
        ("sys/devices/system/cpu/cpu1/cache/index3/shared_cpu_list", "0-1\n"),
        ("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: \t\t NVIDIA GeForce RTX 4090\nIRQ: 1\n"),
        ("sys/class/drm/card0/device/vendor", "0x10de\n"),
        ("sys/class/drm/card0/device/device", "0x2684\n"),
        ("sys/class/drm/card1/device/vendor", "0x1002\n"),
        ("sys/class/drm/card1/device/device", "0x744c\n"),
        ("sys/class/drm/card2/device/vendor", "0x8086\n"),
        ("sys/class/drm/card2/device/device", "0xffff\n"),
        ("sys/class/drm/card1-HDMI-A-1/device/vendor", "0x1002\n"),
        (
            "usr/share/misc/pci.ids",
            "# list\n1002  AMD\n\t1111  Other\n\t744c  Navi 31\n\t\t744c 1  board\n8086  Intel\n",
        ),
    ]);
    let machine = ThisMachine::detect(root.path(), Some("Intel(R) Xeon(R) 6 \n".to_owned()), 2);
    assert_eq!(machine.processor.as_deref(), Some("Intel(R) Xeon(R) 6"));
    assert_eq!((machine.cores, machine.memory), (2, Some(Bytes::from_gib(16.0))));
    assert_eq!(machine.clock.map(|clock| clock.as_giga()), Some(3.1));
    assert_eq!(machine.last_level_cache, Some(Bytes::from_mib(32.0)), "shared by both, counted once");
    assert_eq!(machine.graphics, ["NVIDIA GeForce RTX 4090", "AMD Navi 31", "PCI 8086:ffff"]);
    let device = machine.device(None, day());
    assert_eq!((device.id.as_str(), device.class), ("own-intel-r-xeon-r-6", DeviceClass::CpuServerX86));
    assert_eq!(validate::entry("layer.devices", &device).len(), 0);
}

#[test]
fn what_no_system_tells_is_missing_and_never_zero() {
    let root = system(&[("proc/meminfo", "MemTotal: 0 kB"), ("proc/cpuinfo", "cpu MHz : NaN\n")]);
    let machine = ThisMachine::detect(root.path(), Some(" ".to_owned()), 0);
    let device = machine.device(None, day());
    assert_eq!((device.memory, device.memory_bandwidth, device.facts.all_core_clock), (None, None, None));
    assert_eq!((device.id.as_str(), device.facts.performance_cores), ("own-this-machine", Some(1)));
    assert_eq!(validate::entry("layer.devices", &device).len(), 0);
    let missing: Vec<&str> =
        machine.told().into_iter().filter(|told| told.known == Known::Missing).map(|told| told.name).collect();
    assert_eq!(missing, ["Processor", "Memory", "Memory bandwidth", "Clock", "Graphics"]);
}

#[test]
fn a_measured_bandwidth_stands_as_measured_and_an_impossible_one_is_refused() {
    let mut machine = ThisMachine { processor: Some("AMD EPYC".to_owned()), cores: 2, ..ThisMachine::default() };
    for bad in [0.0, -1.0, f64::NAN, f64::INFINITY, 10_001.0] {
        assert!(machine.measured(BytesPerSecond::from_giga(bad), "read".to_owned()).is_err(), "{bad}");
        assert_eq!(machine.bandwidth, None);
    }
    machine.measured(BytesPerSecond::from_giga(25.0), "reading 1 GiB".to_owned()).expect("plausible");
    let device = machine.device(None, day());
    assert_eq!(device.memory_bandwidth.map(|rate| rate.as_giga()), Some(25.0));
    assert_eq!(device.provenance.standing_of(BANDWIDTH), Standing::Measured);
    assert_eq!(
        (device.provenance.source_of(BANDWIDTH), device.provenance.date.as_str()),
        ("reading 1 GiB", "2026-11-20")
    );
}

#[test]
fn measuring_again_keeps_what_the_user_added_to_the_entry() {
    let mut machine = ThisMachine { processor: Some("AMD EPYC".to_owned()), cores: 2, ..ThisMachine::default() };
    let mut before = machine.device(None, day());
    before.power_limit = Some(crate::units::Watts::from_watts(65.0));
    before.facts.memory_channels = Some(2);
    machine.measured(BytesPerSecond::from_giga(25.0), "read".to_owned()).expect("plausible");
    let after = machine.device(Some(&before), day());
    assert_eq!((&after.id, after.power_limit, after.facts.memory_channels), (&before.id, before.power_limit, Some(2)));
    assert!(after.memory_bandwidth.is_some());
}

#[test]
fn making_it_again_keeps_what_was_typed_or_measured_with_its_source() {
    let mut machine = ThisMachine { processor: Some("AMD EPYC".to_owned()), cores: 2, ..ThisMachine::default() };
    machine.memory = Some(Bytes::from_gib(62.0));
    machine.measured(BytesPerSecond::from_giga(25.0), "reading 1 GiB".to_owned()).expect("plausible");
    let mut before = machine.device(None, day());
    before.price = Some(crate::units::Usd::from_usd(900.0));
    before.memory = Some(Bytes::from_gib(64.0));
    for field in ["price_usd", MEMORY] {
        let note = FieldNote::new(field, Standing::Assumed, "typed into this plan").dated(Some(day()));
        before.provenance.note_field(note);
    }
    let later = Date::parse("2027-01-02").expect("a date");
    // A new form: the system tells the same, nothing is measured or typed.
    machine.bandwidth = None;
    let after = machine.device(Some(&before), later.clone());
    assert_eq!(after.memory_bandwidth, before.memory_bandwidth, "measured once");
    assert_eq!(after.provenance.cited(BANDWIDTH), "reading 1 GiB, 2026-11-20");
    assert_eq!(after.provenance.standing_of(BANDWIDTH), Standing::Measured);
    assert_eq!(after.memory, before.memory, "corrected by hand once");
    assert_eq!(after.provenance.standing_of("price_usd"), Standing::Assumed, "typed, not measured");
    assert_eq!(after.provenance.cited("price_usd"), "typed into this plan, 2026-11-20");
    // What is typed anew goes before what was typed.
    machine.typed.insert(MEMORY);
    machine.memory = Some(Bytes::from_gib(128.0));
    let typed = machine.device(Some(&after), later.clone());
    assert_eq!(typed.memory, Some(Bytes::from_gib(128.0)));
    assert_eq!(typed.provenance.cited(MEMORY), "typed in by you, 2027-01-02");
    // What the user clears is unknown.
    machine.typed.insert(BANDWIDTH);
    assert_eq!(machine.device(Some(&typed), later).memory_bandwidth, None);
}
