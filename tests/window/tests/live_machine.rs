//! This machine measured in the window, and what a narrow window still says of a run.

#![cfg(feature = "window")]

mod live_support;

use egui::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use live_support::{converse, live, shows, text, until};
use sizewright::catalog::{DeviceId, Standing};
use sizewright::import::ThisMachine;
use sizewright::ui::MachineProbe;
use sizewright::ui::command::Command;
use sizewright::ui::live::Probe;
use sizewright::units::{Bytes, BytesPerSecond};
use sizewright_window_tests::{Setup, Window, all_saying, click, says};

fn probe() -> Probe {
    let detect = || ThisMachine {
        processor: Some("Wonder 9000".to_owned()),
        cores: 8,
        memory: Some(Bytes::from_gib(32.0)),
        graphics: vec!["Glow 7".to_owned()],
        ..ThisMachine::default()
    };
    let bandwidth = || Ok((BytesPerSecond::from_giga(44.4), "measured here for a test".to_owned()));
    Probe { machine: MachineProbe { detect, bandwidth }, ..Probe::silent() }
}

fn setup(probe: Probe) -> Setup {
    Setup { size: egui::vec2(1296.0, 1400.0), probe, ..Setup::default() }
}

fn own(window: &Window) -> Option<&sizewright::catalog::Device> {
    window.state().project().layer.devices.first()
}

#[test]
fn one_click_measures_this_machine_and_another_makes_it_a_device_that_can_be_undone() {
    let (mut window, _) = live(setup(probe()));
    window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
    until(&mut window, |window| shows(window, "Memory bandwidth, measured: 44.4 GB/s"));
    for told in ["Processor, read: Wonder 9000", "Cores, read: 8", "Graphics, read: Glow 7", "Clock, missing"] {
        assert!(shows(&window, told), "{told}");
    }
    assert!(own(&window).is_none(), "nothing is applied before one says so");
    click(&mut window, Role::Button, "Make this device");
    let device = own(&window).expect("it is the plan's own").clone();
    assert_eq!(device.id, DeviceId::new("own-wonder-9000"));
    assert_eq!(device.memory_bandwidth.map(|rate| rate.as_giga()), Some(44.4));
    assert_eq!(device.provenance.standing_of("memory_bandwidth_gb_s"), Standing::Measured);
    assert_eq!(device.provenance.source_of("memory_bandwidth_gb_s"), "measured here for a test");
    let shown = window.get_by_role_and_label(Role::ComboBox, "Predict as").value();
    assert_eq!(shown.as_deref(), Some("Wonder 9000 (this machine)"), "predictions are made for it from now on");
    window.state_mut().send(Command::Undo);
    window.run();
    assert!(own(&window).is_none());
}

/// The ends of a band: "61.0 tokens/s [30.1 – 120]".
fn band(text: &str) -> (f64, f64) {
    let (_, band) = text.split_once('[').expect("a band");
    let (low, high) = band.split_once(" – ").expect("two ends");
    let number = |text: &str| text.trim_end_matches(|c: char| !c.is_ascii_digit()).replace(',', "").parse::<f64>();
    (number(low).expect("a number"), number(high.split(']').next().unwrap_or_default()).expect("a number"))
}

#[test]
fn a_run_added_as_a_measurement_narrows_the_estimate_of_it_and_says_from_what_to_what() {
    let (mut window, told) = live(setup(probe()));
    told.borrow_mut().words = Some(20);
    converse(&mut window, "one");
    window.run_steps(40);
    window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
    until(&mut window, |window| shows(window, "measured: 44.4"));
    click(&mut window, Role::Button, "Make this device");
    // The model's header is read beside the window.
    until(&mut window, |window| all_saying(window, "Predicted speed: ").len() == 1);
    let before = says(&window, "Predicted speed: ").replace("Predicted speed: ", "");
    assert!(all_saying(&window, "Estimated speed").is_empty(), "nothing is measured yet");
    click(&mut window, Role::Button, "Add as a measurement of this machine");
    let now = says(&window, "Predicted speed: ").replace("Predicted speed: ", "");
    let ((low, high), (low_now, high_now)) = (band(&before), band(&now));
    assert!(high_now / low_now < high / low, "narrower: {before}, then {now}");
    let likely =
        |text: &str| text.split(' ').next().unwrap_or_default().replace(',', "").parse::<f64>().expect("a number");
    assert!((likely(&now) - 100.0).abs() < (likely(&before) - 100.0).abs(), "nearer to 100: {before}, then {now}");
    assert_eq!(says(&window, "Estimated speed: "), format!("Estimated speed: {before} before, {now} now"));
    assert!(shows(&window, "from 1 measurement of this device"));
    // The prediction says itself what it rests on.
    window.get_by_role_and_label(Role::Button, &format!("Predicted speed: {now}")).click_accesskit();
    window.run();
    assert!(shows(&window, "your own measurements ="));
    window.key_press(egui::Key::Escape);
    window.run();
    window.state_mut().send(Command::Undo);
    window.run();
    assert_eq!(says(&window, "Predicted speed: "), format!("Predicted speed: {before}"));
    assert!(all_saying(&window, "Estimated speed").is_empty(), "what was taken back is not told");
}

#[test]
fn what_is_typed_over_a_measurement_stands_as_the_users_word() {
    let (mut window, _) = live(setup(probe()));
    window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
    until(&mut window, |window| shows(window, "measured: 44.4"));
    let field = "Memory bandwidth (GB/s, 0: unknown)";
    window.get_by_role_and_label(Role::SpinButton, field).set_value_accesskit(51.2);
    window.get_by_role_and_label(Role::SpinButton, "Cores of this machine").set_value_accesskit(6.0);
    window.run();
    assert!(shows(&window, "Memory bandwidth, typed in: 51.2 GB/s") && shows(&window, "Cores, typed in: 6"));
    click(&mut window, Role::Button, "Make this device");
    let device = own(&window).expect("it is the plan's own");
    let standing = |field| device.provenance.standing_of(field);
    assert_eq!(standing("memory_bandwidth_gb_s"), Standing::Assumed);
    assert_eq!(standing("facts.performance_cores"), Standing::Assumed);
    assert_eq!(standing("memory_gib"), Standing::Measured);
}

#[test]
fn an_impossible_measurement_is_refused_with_a_reason() {
    for (rate, reason) in [(0.0, "is none"), (f64::NAN, "is none"), (20_000.0, "no memory is read at")] {
        let bandwidth = match rate {
            0.0 => || Ok((BytesPerSecond::ZERO, String::new())),
            20_000.0 => || Ok((BytesPerSecond::from_giga(20_000.0), String::new())),
            _ => || Ok((BytesPerSecond::from_giga(f64::NAN), String::new())),
        };
        let machine = MachineProbe { bandwidth, ..probe().machine };
        let (mut window, _) = live(setup(Probe { machine, ..probe() }));
        window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
        until(&mut window, |window| shows(window, reason));
        assert!(shows(&window, "Memory bandwidth, missing"));
    }
}

#[test]
fn memory_is_not_measured_while_a_model_is_at_work() {
    let (mut window, told) = live(setup(probe()));
    told.borrow_mut().words = None;
    live_support::ask(&mut window, "one");
    window.run_steps(8);
    window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
    window.run_steps(8);
    assert!(shows(&window, "Memory bandwidth, missing"));
    assert!(window.get_by_role_and_label(Role::Button, "Measure the memory now").accesskit_node().is_disabled());
    window.get_by_role_and_label(Role::Button, "Stop").click();
    window.run_steps(8);
    window.get_by_role_and_label(Role::Button, "Measure the memory now").click();
    until(&mut window, |window| shows(window, "measured: 44.4"));
}

#[test]
fn a_narrow_pane_still_says_the_speed_and_what_it_is_like() {
    let (mut window, _) = live(Setup { size: egui::vec2(640.0, 736.0), ..Setup::default() });
    converse(&mut window, "one");
    assert_eq!(says(&window, "Live speed: "), "Live speed: 100 tokens/s");
    assert!(says(&window, "Reading speed: ").contains("faster than"), "{}", says(&window, "Reading speed: "));
    assert_eq!(text(&window, "Answer"), "word0 word1 word2 ");
}

#[test]
fn a_narrow_pane_has_all_figures_behind_a_button() {
    let (mut window, _) = live(Setup { size: egui::vec2(640.0, 736.0), probe: probe(), ..Setup::default() });
    converse(&mut window, "one");
    let reachable = ["Measure this machine…", "Add as a measurement", "Predict as"];
    let there = |window: &Window, name: &str| window.query_all_by_label_contains(name).next().is_some();
    assert!(!reachable.iter().any(|name| there(&window, name)));
    click(&mut window, Role::Button, "Figures");
    window.run_steps(4);
    for name in reachable {
        assert!(there(&window, name), "{name}");
    }
    // Once each, and the conversation keeps its place.
    assert_eq!(says(&window, "Live speed: "), "Live speed: 100 tokens/s");
    assert!(text(&window, "Answer").starts_with("word0"));
    window.get_by_role_and_label(Role::Button, "Measure this machine…").click_accesskit();
    until(&mut window, |window| shows(window, "measured: 44.4"));
    click(&mut window, Role::Button, "Figures");
    window.run_steps(4);
    assert!(!there(&window, "Predict as"));
}
