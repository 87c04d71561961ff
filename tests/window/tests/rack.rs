//! The drawn rack: what its devices are measured by.

#![cfg(feature = "window")]

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright_window_tests::{Setup, Window, all_saying, click, open};

fn shown_by(measure: &str) -> Window {
    let mut window = open(Setup::default());
    click(&mut window, Role::ComboBox, "Show");
    click(&mut window, Role::Button, measure);
    window
}

#[test]
fn each_device_says_the_value_it_is_measured_by() {
    for (measure, value) in [("power", "625 W"), ("heat per U", "312 W/U"), ("weight", "20.0 kg"), ("sessions", "12")] {
        let window = shown_by(measure);
        let devices = all_saying(&window, "U1: ");
        assert!(devices.len() == 1 && devices[0].ends_with(&format!(", {value}")), "{measure}: {devices:?}");
    }
}

#[test]
fn a_weight_nobody_published_is_unknown_and_not_zero() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "No filling");
    let unknown = {
        let catalog = sizewright::catalog::Catalog::builtin().expect("the built-in catalog is sound");
        let heavy = |server: &&sizewright::catalog::Server| server.weight.is_none() && server.power.planned().is_some();
        catalog.servers.iter().find(heavy).expect("some server has no published weight").name.clone()
    };
    window.get_by_role_and_label(Role::TextInput, "Filter servers").type_text(&unknown);
    window.run();
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(150.0);
    window.run();
    let entry = all_saying(&window, &unknown).into_iter().next().expect("in the palette");
    click(&mut window, Role::Button, &entry);
    click(&mut window, Role::Button, "Fill rack");
    click(&mut window, Role::ComboBox, "Show");
    click(&mut window, Role::Button, "weight");
    let device = all_saying(&window, "U1: ");
    assert!(device.len() == 1 && device[0].ends_with(", unknown"), "{device:?}");
}
