//! What is folded away in the left column: feeds, spares, demand, capital, the hosted model; and what follows from it.

#![cfg(feature = "window")]

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, says};

/// Tall enough for both columns with everything unfolded.
fn tall() -> Window {
    open(Setup { size: egui::vec2(1296.0, 1800.0), ..Setup::default() })
}

#[test]
fn losing_feed_a_shows_what_b_must_carry() {
    let mut window = tall();
    assert!(all_saying(&window, "Feed A: ").is_empty());
    click(&mut window, Role::DisclosureTriangle, "Feeds");
    click(&mut window, Role::CheckBox, "The feeds limit the rack");
    // 400 V x 32 A x sqrt 3 x 80 % x 0.98 = 17.4 kW, more than the budget of 12.5 kW.
    window.get_by_role_and_label(Role::Meter, "Feed A: 6.25 kW of 17.4 kW");
    window.get_by_role_and_label(Role::Meter, "Feed B, A lost: 12.5 kW of 17.4 kW");
    let sessions = says(&window, "Sessions: ");
    let breaker = window.get_by_role_and_label(Role::SpinButton, "Breaker (A)");
    breaker.set_value_accesskit(16.0);
    window.run();
    assert_ne!(says(&window, "Sessions: "), sessions, "8.7 kW of feed hold fewer servers");
    assert!(!all_saying(&window, "a feed after the other is lost").is_empty(), "the limit is not named");
}

#[test]
fn a_spare_server_is_no_capacity() {
    let mut window = tall();
    assert!(says(&window, "Sessions: ").starts_with("Sessions: 240"));
    click(&mut window, Role::DisclosureTriangle, "Draw and spares");
    window.get_by_role_and_label(Role::SpinButton, "Spare servers").set_value_accesskit(1.0);
    window.run();
    assert!(says(&window, "Sessions: ").starts_with("Sessions: 228"), "{}", says(&window, "Sessions: "));
}

#[test]
fn more_users_than_sessions_are_told_what_they_get() {
    let mut window = tall();
    click(&mut window, Role::DisclosureTriangle, "Demand");
    window.get_by_role_and_label(Role::SpinButton, "Users").set_value_accesskit(100_000.0);
    window.run();
    let peak = says(&window, "At the peak ");
    assert!(peak.contains("240 sessions are too few"), "{peak}");
}

#[test]
fn a_hosted_model_is_compared_and_the_verdict_said() {
    let mut window = tall();
    assert!(all_saying(&window, "GPT-5.5 of OpenAI charges").is_empty());
    click(&mut window, Role::DisclosureTriangle, "Hosted model");
    window.get_by_role_and_label(Role::ComboBox, "Compare with").click();
    window.run();
    click(&mut window, Role::ListBoxOption, "GPT-5.5");
    // 30 USD for a million generated, and half as many prompt tokens at 5 USD a million.
    let charge = says(&window, "GPT-5.5 of OpenAI charges");
    assert!(charge.contains("32.5 USD per Mtok"), "{charge}");
    assert!(says(&window, "Own servers save ").contains("USD a year"));
}

#[test]
fn words_per_token_keep_the_reading_speed_and_move_the_speed_in_tokens() {
    let mut window = tall();
    click(&mut window, Role::DisclosureTriangle, "Waiting and words");
    window.get_by_role_and_label(Role::SpinButton, "Words per token").set_value_accesskit(0.375);
    window.run();
    let needs = &window.state().project().needs;
    assert!((needs.target_speed.as_tokens_per_second() - 20.0).abs() < 1e-9);
    assert!((needs.target_words_per_minute() - 450.0).abs() < 1e-9);
}
