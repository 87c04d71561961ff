//! What scrolling a catalog of 5,000 entries costs: a measurement, not a test, since a busy machine is no failure.
//!
//! `cargo test -p sizewright-window-tests --release --test catalog_bench -- --ignored --nocapture` prints for each frame the
//! time of the app's own code (both columns, the pane and its table, with the names a screen reader says) and that of the
//! whole step (egui's input, layout and accessibility tree as well), both without painting. It is processor time: what else
//! a machine does hardly lengthens it.

#![cfg(feature = "window")]

use egui::{Role, vec2};
use egui_kittest::kittest::Queryable;
use sizewright::catalog::Catalog;
use sizewright_window_tests::{scroll, timed, times_in_words};

const ENTRIES: usize = 5_000;
const FRAMES: usize = 400;

/// The built-in catalog with copies of its models and devices until there are enough.
fn large_catalog() -> Catalog {
    let mut catalog = Catalog::builtin().expect("the built-in catalog").clone();
    let (models, devices) = (catalog.models.clone(), catalog.devices.clone());
    for (number, model) in models.iter().cycle().enumerate().take(ENTRIES) {
        if catalog.models.len() == ENTRIES {
            break;
        }
        let mut copy = model.clone();
        (copy.id, copy.name) = (format!("{}-{number}", model.id).as_str().into(), format!("{} {number}", model.name));
        catalog.models.put(copy);
    }
    for (number, device) in devices.iter().cycle().enumerate().take(ENTRIES) {
        if catalog.devices.len() == ENTRIES {
            break;
        }
        let mut copy = device.clone();
        (copy.id, copy.name) = (format!("{}-{number}", device.id).as_str().into(), format!("{} {number}", device.name));
        catalog.devices.put(copy);
    }
    assert_eq!((catalog.models.len(), catalog.devices.len()), (ENTRIES, ENTRIES));
    catalog
}

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn scrolling_five_thousand_rows() {
    let (mut window, times) = timed(large_catalog());
    window.get_by_role_and_label(Role::Button, "Catalog").click();
    window.run();
    for (kind, sort) in [
        ("Devices", None),
        // At once: the numbers of computed columns are being made.
        ("Models", None),
        ("Models", None),
        ("Devices", Some("Sort by Memory (GiB)")),
        ("Models", Some("Sort by Name")),
    ] {
        window.get_by_role_and_label(Role::Button, kind).click();
        window.run();
        if let Some(sort) = sort {
            window.get_by_role_and_label(Role::Button, sort).click();
            window.run();
        }
        window.hover_at(egui::pos2(640.0, 500.0));
        window.step();
        times.borrow_mut().clear();
        let whole = scroll(&mut window, FRAMES, vec2(0.0, -97.0));
        println!(
            "{kind} ({}): {FRAMES} frames, own code {}; whole step {}",
            sort.unwrap_or("as they come"),
            times_in_words(times.take()),
            times_in_words(whole)
        );
    }
}
