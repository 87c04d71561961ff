//! What a frame costs with one rack, fifty and a thousand: a measurement, not a test, since a busy machine is no failure.
//!
//! `cargo test --release -p sizewright-window-tests --test rack_bench -- --ignored --nocapture` prints the time of the app's
//! own code for each frame while the row of racks is scrolled, without painting.

#![cfg(feature = "window")]

use egui::{Role, vec2};
use egui_kittest::kittest::Queryable;
use sizewright::catalog::Catalog;
use sizewright_window_tests::{scroll, timed, times_in_words};

const FRAMES: usize = 200;

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn scrolling_a_thousand_racks() {
    for (racks, each) in [(1, false), (50, false), (50, true), (1_000, false), (1_000, true)] {
        let (mut window, times) = timed(Catalog::builtin().expect("the built-in catalog").clone());
        if racks > 1 {
            window.get_by_role_and_label(Role::Button, "Rack settings").click();
            window.run();
            let copies = window.get_by_role_and_label(Role::SpinButton, "Copies of this rack");
            copies.set_value_accesskit(f64::from(racks - 1));
            window.run();
            window.get_by_role_and_label(Role::Button, "Add the copies").click();
            window.run();
        }
        if each {
            window.get_by_role_and_label(Role::Button, "Equal racks once").click();
            window.run();
        }
        window.hover_at(egui::pos2(500.0, 400.0));
        window.step();
        times.borrow_mut().clear();
        scroll(&mut window, FRAMES, vec2(-97.0, 0.0));
        let drawn = if each { "each drawn" } else { "equal ones once" };
        println!("{racks} racks, {drawn}: {FRAMES} frames, {}", times_in_words(times.take()));
    }
}
