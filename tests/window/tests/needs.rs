//! What is folded away in the left column: feeds, spares, demand, capital, the hosted model; and what follows from it.

#![cfg(feature = "window")]

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright::catalog::{Catalog, Site, SiteId};
use sizewright::project::{LoadSource, Project, file};
use sizewright::ui::command::Command;
use sizewright::units::{TokensPerSecond, Watts};
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
    says(&window, "240 without feed A, 240 without feed B");
    let sessions = says(&window, "Sessions: ");
    let breaker = window.get_by_role_and_label(Role::SpinButton, "Breaker (A)");
    breaker.set_value_accesskit(16.0);
    window.run();
    assert_ne!(says(&window, "Sessions: "), sessions, "8.7 kW of feed hold fewer servers");
    assert!(!all_saying(&window, "a feed after the other is lost").is_empty(), "the limit is not named");
}

#[test]
fn the_load_of_the_readers_can_be_taken_and_typing_one_leaves_it() {
    let mut window = tall();
    let doubt = "cost, energy and carbon of a token assume servers 50 % used";
    assert!(all_saying(&window, doubt).is_empty(), "the plan one begins with agrees with itself");
    click(&mut window, Role::DisclosureTriangle, "Demand");
    window.get_by_role_and_label(Role::SpinButton, "Users").set_value_accesskit(2_000.0);
    window.run();
    assert_eq!(all_saying(&window, doubt).len(), 1);
    click(&mut window, Role::ComboBox, "Utilisation is");
    click(&mut window, Role::Button, "from the readers");
    assert_eq!(window.state().project().money.utilisation_from, LoadSource::Readers);
    assert!(all_saying(&window, doubt).is_empty(), "they agree now");
    window.get_by_role_and_label(Role::Slider, "Utilisation (%)").set_value_accesskit(40.0);
    window.run();
    let money = &window.state().project().money;
    assert_eq!((money.utilisation_from, money.utilisation), (LoadSource::Typed, 0.4));
}

#[test]
fn a_price_of_electricity_is_picked_and_typing_one_leaves_it() {
    let mut window = tall();
    window.get_by_role_and_label(Role::ComboBox, "Electricity price").click();
    window.run();
    click(&mut window, Role::ListBoxOption, "Ohio, industrial");
    let money = &window.state().project().money;
    let id = money.electricity_price.as_ref().map(|id| id.as_str());
    assert_eq!((id, money.electricity_usd_per_kwh), (Some("us-ohio-industrial"), 0.079));
    window.get_by_role_and_label(Role::Slider, "Electricity (USD/kWh)").set_value_accesskit(0.2);
    window.run();
    let money = &window.state().project().money;
    assert_eq!((&money.electricity_price, money.electricity_usd_per_kwh), (&None, 0.2));
}

#[test]
fn the_speed_that_counts_and_what_was_measured_stand_beside_the_sessions() {
    let window = tall();
    says(&window, "At least 10.0 tokens/s: mean delivered");
    says(&window, "Measured on such devices: 160 at 10.0 tokens/s");
}

#[test]
fn a_room_that_carries_little_heat_away_limits_the_rack_and_says_why() {
    let mut window = tall();
    click(&mut window, Role::DisclosureTriangle, "Cooling");
    click(&mut window, Role::CheckBox, "The cooling limits the rack");
    window.get_by_role_and_label(Role::Meter, "Heat: 12.5 kW of 15.0 kW");
    says(&window, "A rack may give off 15.0 kW: open aisles serve up to 15 to 20 kW");
    click(&mut window, Role::CheckBox, "Heat carried away (kW)");
    window.get_by_role_and_label(Role::SpinButton, "Heat carried away (kW)").set_value_accesskit(10.0);
    window.run();
    assert_eq!(says(&window, "Servers: "), "Servers: 16");
    assert!(!all_saying(&window, "cooling").is_empty(), "the limit is not named");
    says(&window, "With 10 % more heat carried away: +");
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

#[test]
fn a_device_serves_what_its_menu_says_and_undo_takes_it_back() {
    let mut window = tall();
    click(&mut window, Role::Button, "Keep filling");
    let one = says(&window, "U1: ");
    window.get_by_role_and_label(Role::Button, &one).click_secondary();
    window.run();
    let entry = says(&window, "Serves: the selected scenario");
    click(&mut window, Role::Button, &entry);
    click(&mut window, Role::Button, "B: Llama 3.2 3B");
    assert_eq!(window.state().project().racks.layouts[0].placements[0].serves, Some(1));
    assert!(says(&window, "U1: ").ends_with("serves B: Llama 3.2 3B"), "{}", says(&window, "U1: "));
    assert_eq!(all_saying(&window, "1 RACK, 2 MODELS").len(), 1);
    assert!(!all_saying(&window, "BY MODEL").is_empty());
    // Two models share the requests, and their weights say how.
    for name in ["Llama 3 8B", "Llama 3.2 3B"] {
        assert_eq!(all_saying(&window, &format!("{name}, 50 % of requests: ")).len(), 1);
    }
    window.get_by_role_and_label(Role::SpinButton, "Asked for (weight)").set_value_accesskit(3.0);
    window.run();
    assert_eq!(window.state().project().scenarios[0].request_weight, 3.0);
    assert_eq!(all_saying(&window, "Llama 3 8B, 75 % of requests: ").len(), 1);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
    assert_eq!(window.state().project().scenarios[0].request_weight, 1.0);
    window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.run();
    assert_eq!(window.state().project().racks.layouts[0].placements[0].serves, None);
    assert!(window.query_by_role_and_label(Role::SpinButton, "Asked for (weight)").is_none(), "one model: no shares");
}

#[test]
fn removing_a_scenario_that_servers_name_leaves_them_the_selected_one() {
    let mut window = tall();
    click(&mut window, Role::Button, "Scenario B");
    click(&mut window, Role::Button, "Remove");
    let names: Vec<String> = window.state().project().scenarios.iter().map(|scenario| scenario.name.clone()).collect();
    assert_eq!(names, ["Llama 3 8B", "Llama 3.3 70B"]);
    assert_eq!(window.state().project().selected, 1, "the one that took its place is selected");
}

#[test]
fn the_strict_sense_is_said_to_be_unknown_where_nobody_measured_it() {
    let mut window = tall();
    click(&mut window, Role::DisclosureTriangle, "Waiting and words");
    click(&mut window, Role::ComboBox, "At least means");
    click(&mut window, Role::Button, "19 of 20 gaps (p95)");
    assert_eq!(window.state().project().needs.sense, sizewright::sizing::serving::Sense::P95);
    assert!(says(&window, "Sessions: ").starts_with("Sessions: 240"), "counted by the mean as before");
    let said = all_saying(&window, "Ampere").into_iter().filter(|text| text.contains("nobody published how gaps"));
    assert_eq!(said.count(), 1);
}

#[test]
fn each_line_of_the_feeds_shows_its_current() {
    let mut window = tall();
    click(&mut window, Role::DisclosureTriangle, "Feeds");
    click(&mut window, Role::CheckBox, "The feeds limit the rack");
    // Seven servers of 625 W on a line at 231 V and a power factor of 0.98, all of it on B once A is lost.
    assert_eq!(says(&window, "Lines of B, A lost: "), "Lines of B, A lost: 19.3, 19.3, 16.6 of 25.6 A");
    assert_eq!(says(&window, "Lines of A: "), "Lines of A: 9.67, 9.67, 8.28 of 25.6 A");
}

#[test]
fn what_a_tenth_more_of_the_binding_limit_brings_stands_beside_it() {
    let window = tall();
    let relief = says(&window, "With 10 % more power in each rack: ");
    assert!(relief.ends_with("+12"), "one server more: {relief}");
}

#[test]
fn every_way_of_serving_is_in_the_chart_with_what_was_measured() {
    let window = tall();
    let chart = says(&window, "Sessions by model: ");
    for words in
        ["partitioned processor 240 (best)", "one session per device", "batched serving", "measured 160 at 10.0"]
    {
        assert!(chart.contains(words), "{words}: {chart}");
    }
}

/// Opens a plan from a file, as a reader does.
fn opened(plan: &Project) -> Window {
    let built_in = Catalog::builtin().expect("the built-in catalog is sound");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.ron");
    file::save(&path, plan, built_in).expect("written");
    let mut window = tall();
    window.state_mut().send(Command::OpenPath(path));
    window.run();
    window
}

#[test]
fn drawing_a_plan_of_fine_or_large_numbers_leaves_it_as_it_was_opened() {
    let built_in = Catalog::builtin().expect("the built-in catalog is sound");
    let mut plan = Project::default_plan(built_in);
    let like = built_in.sites.as_slice().first().expect("a site").clone();
    plan.layer.sites.push(Site { id: SiteId::new("fine"), name: "Fine site".to_owned(), pue: 1.2345, ..like });
    plan.money.site = Some(SiteId::new("fine"));
    plan.money.pue = 1.2345;
    for price in [0.0, 0.0755, 0.9] {
        plan.money.electricity_usd_per_kwh = price;
        plan.money.utilisation = price / 2.0;
        plan.money.colocation_usd_per_kw_month = Some(price);
        plan.money.residual_share = 0.12345;
        plan.racks.power_budget = Watts::from_watts(12_345.0 + price * 1e6);
        plan.racks.reserve_share = 0.0755 + price / 2.0;
        plan.racks.per_server_cap = Some(Watts::from_watts(12.5));
        plan.needs.target_speed = TokensPerSecond::from_tokens_per_second(0.1234 + price * 1e3);
        plan.needs.prompt_tokens = 0;
        plan.needs.demand.peak_factor = 250.0;
        let mut window = opened(&plan);
        let as_opened = window.state().project().clone();
        assert_eq!((&as_opened.money, &as_opened.needs), (&plan.money, &plan.needs));
        assert_eq!(as_opened.racks, plan.racks);
        for folded in ["Draw and spares", "Demand", "Waiting and words", "Capital and site"] {
            click(&mut window, Role::DisclosureTriangle, folded);
        }
        // Through every field and out again without typing.
        for _ in 0..60 {
            window.key_press(egui::Key::Tab);
            window.run();
        }
        assert_eq!(*window.state().project(), as_opened, "a price of {price}");
    }
}

#[test]
fn a_free_grid_and_no_use_can_be_set_in_the_window() {
    let mut window = tall();
    for field in ["Electricity (USD/kWh)", "Utilisation (%)"] {
        window.get_by_role_and_label(Role::Slider, field).set_value_accesskit(0.0);
        window.run();
    }
    let money = &window.state().project().money;
    assert_eq!((money.electricity_usd_per_kwh, money.utilisation), (0.0, 0.0));
}
