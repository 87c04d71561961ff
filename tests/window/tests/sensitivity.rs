//! The sensitivity pane: what is computed on its own thread, and that it follows the plan.

#![cfg(feature = "window")]

use std::time::{Duration, Instant};

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, says};

/// Draws until something on the screen begins so.
fn wait_for(window: &mut Window, beginning: &str) -> String {
    let end = Instant::now() + Duration::from_secs(120);
    while all_saying(window, beginning).is_empty() {
        assert!(Instant::now() < end, "{beginning:?} never shows");
        std::thread::sleep(Duration::from_millis(20));
        window.run_steps(1);
    }
    says(window, beginning)
}

#[test]
fn a_tenth_more_of_the_binding_limit_says_what_it_brings() {
    let mut window = open(Setup::default());
    let sessions = says(&window, "Sessions: ");
    click(&mut window, Role::Button, "Sensitivity");
    let power = wait_for(&mut window, "10 % more power in each rack: ");
    let now: u32 =
        sessions.trim_start_matches("Sessions: ").split(' ').next().and_then(|n| n.parse().ok()).expect("a number");
    let gain: u32 = power.split('+').nth(1).and_then(|rest| rest.split(',').next()?.parse().ok()).expect("a gain");
    assert!(power.contains(&format!("{} sessions", now + gain)), "{power}, now {sessions}");
    // 13,750 W hold two servers of 625 W more, and the rack has room for one of two units.
    assert!(power.ends_with("21 servers"), "{power}");
}

#[test]
fn each_input_moves_the_cost_or_is_said_to_move_nothing() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sensitivity");
    let price = wait_for(&mut window, "electricity price: ");
    assert!(price.contains("with a fifth less of it") && price.contains("with a fifth more"), "{price}");
    assert!(says(&window, "Without effect here: ").contains("residual value"));
    click(&mut window, Role::Button, "Sessions at once");
    assert!(says(&window, "Without effect here: ").contains("electricity price"), "sessions do not depend on it");
}

#[test]
fn a_change_of_the_plan_is_computed_anew() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sensitivity");
    let before = wait_for(&mut window, "240 sessions");
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(8.0);
    window.run_steps(2);
    let after = wait_for(&mut window, "144 sessions");
    assert_ne!(before, after);
}
