//! What a user does, by the names on the screen: sliders, model, catalog, rack, files. The live pane has a file of its own.

#![cfg(feature = "window")]

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright_window_tests::{Setup, Window, all_saying, click, drag, open, pick, says};

const AMPERE: &str = "Ampere 2U (AmpereOne A192, 625 W budget)";

#[test]
fn the_power_slider_moves_servers_and_sessions_at_once() {
    let mut window = open(Setup::default());
    let (servers, sessions) = (says(&window, "Servers: "), says(&window, "Sessions: "));
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(5.0);
    window.run();
    assert_ne!(says(&window, "Servers: "), servers);
    assert_ne!(says(&window, "Sessions: "), sessions);
    assert_eq!(says(&window, "Servers: "), "Servers: 8", "5 kW / 625 W");
    let drawn = all_saying(&window, "U").into_iter().filter(|name| name.contains("(fills)")).count();
    assert_eq!(drawn, 8, "the drawing shows what the column says");
    let now = window.state().outcome().total.sessions.likely;
    assert!(says(&window, "Sessions by model: ").contains(&now.to_string()));
}

#[test]
fn picking_a_model_and_a_format_changes_its_weights() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    let (weights, decode) = (says(&window, "Weights: "), says(&window, "Decode speed: "));
    pick(&mut window, "Model", "Llama 3.2 1B");
    assert_ne!(says(&window, "Weights: "), weights);
    assert_ne!(says(&window, "Decode speed: "), decode);
    let small = says(&window, "Weights: ");
    click(&mut window, Role::ComboBox, "Weights");
    click(&mut window, Role::Button, "Q8_0");
    assert_ne!(says(&window, "Weights: "), small);
}

#[test]
fn a_longer_context_needs_a_larger_cache() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    assert_eq!(says(&window, "KV cache: "), "KV cache: 256 MiB", "2,048 tokens of 131,072 bytes");
    window.get_by_role_and_label(Role::SpinButton, "Context (tokens)").set_value_accesskit(8192.0);
    window.run();
    assert_eq!(says(&window, "KV cache: "), "KV cache: 1.00 GiB");
}

#[test]
fn a_model_too_large_for_its_card_is_shared_with_the_host() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    pick(&mut window, "Model", "Llama 3.3 70B");
    pick(&mut window, "Device", "RTX 4090");
    assert!(all_saying(&window, "Shared decode speed: ").is_empty(), "no host was picked");
    pick(&mut window, "Host processor", "Ryzen 9 7950X");
    assert!(says(&window, "Shared decode speed: ").contains("tokens/s"));
    window.get_by_role_and_label(Role::SpinButton, "Host memory (GiB)").set_value_accesskit(4.0);
    window.run();
    assert!(all_saying(&window, "Shared decode speed: ").is_empty(), "4 GiB do not hold the rest");
}

/// Ticks a box that may have to be scrolled to.
fn tick(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::CheckBox, name).click_accesskit();
    window.run();
}

#[test]
fn guessing_ahead_shows_what_it_gains() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    pick(&mut window, "Model", "Qwen3.5 27B");
    pick(&mut window, "Device", "RTX 4090");
    tick(&mut window, "Guess tokens ahead");
    let three = says(&window, "Decode speed when guessing: ");
    window.get_by_role_and_label(Role::SpinButton, "Guesses at once").set_value_accesskit(1.0);
    window.run();
    assert_ne!(says(&window, "Decode speed when guessing: "), three);
    pick(&mut window, "Model", "Llama 3.1 8B");
    assert!(all_saying(&window, "Decode speed when guessing: ").is_empty(), "nobody published how many are accepted");
    tick(&mut window, "Tokens a pass yields");
    assert!(says(&window, "Decode speed when guessing: ").contains("tokens/s"));
}

#[test]
fn editing_a_bandwidth_moves_every_number_on_it_and_undo_returns_it() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    let (decode, sessions) = (says(&window, "Decode speed: "), says(&window, "Sessions: "));
    edit_bandwidth(&mut window, "83.2");
    assert!(window.state().has_changes());
    assert_ne!(says(&window, "Sessions: "), sessions);
    click(&mut window, Role::Button, "Sizing");
    assert_ne!(says(&window, "Decode speed: "), decode);
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.run();
    assert_eq!(says(&window, "Decode speed: "), decode);
    assert_eq!(says(&window, "Sessions: "), sessions);
}

#[test]
fn an_impossible_value_is_refused_at_the_field() {
    let mut window = open(Setup::default());
    let sessions = says(&window, "Sessions: ");
    for wrong in ["fast", "-5", "NaN"] {
        edit_bandwidth(&mut window, wrong);
        assert_eq!(says(&window, "Sessions: "), sessions, "{wrong}");
        assert!(!window.state().has_changes(), "{wrong}");
        window.key_press(Key::Escape);
        window.run();
    }
}

/// Types a bandwidth for the default plan's processor.
fn edit_bandwidth(window: &mut Window, text: &str) {
    click(window, Role::Button, "Catalog");
    if window
        .query_by_role_and_label(Role::TextInput, "Filter the catalog")
        .is_some_and(|f| f.value().is_none_or(|v| v.is_empty()))
    {
        window.get_by_role_and_label(Role::TextInput, "Filter the catalog").focus();
        window.run();
        window.get_by_role_and_label(Role::TextInput, "Filter the catalog").type_text("AmpereOne A192");
        window.run();
    }
    let device = "AmpereOne A192";
    let cell = all_saying(window, &format!("Bandwidth (GB/s) of {device}: "));
    let cell = cell.first().expect("the device has a bandwidth");
    click(window, Role::Button, cell);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    window.get_by_role_and_label(Role::TextInput, &format!("Bandwidth (GB/s) of {device}")).type_text(text);
    window.run();
    window.key_press(Key::Enter);
    window.run();
}

#[test]
fn a_server_dragged_to_a_free_slot_is_mounted_and_to_a_taken_one_refused() {
    let mut window = open(Setup::default());
    filter_servers(&mut window, AMPERE);
    drag(&mut window, AMPERE, "U41: empty");
    assert_eq!(says(&window, "U41: "), format!("U41: {AMPERE}"));
    assert_eq!(window.state().project().racks.layouts[0].placements.len(), 1);
    // What was put there by hand stays; a second one that would reach into it is refused in words.
    drag(&mut window, AMPERE, "U40: empty");
    assert_eq!(window.state().project().racks.layouts[0].placements.len(), 1);
    let refusal = says(&window, "Message: Refused: ");
    assert!(refusal.contains("in the way"), "{refusal}");
}

#[test]
fn a_server_too_high_or_too_hungry_is_refused_with_the_reason() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "No filling");
    filter_servers(&mut window, "DGX B200");
    drag(&mut window, "NVIDIA DGX B200", "U40: empty");
    assert!(says(&window, "Message: Refused: ").contains("end at"));
    drag(&mut window, "NVIDIA DGX B200", "U5: empty");
    let refusal = says(&window, "Message: Refused: ");
    assert!(refusal.contains("budget"), "{refusal}");
    assert!(window.state().project().racks.layouts[0].placements.is_empty());
}

#[test]
fn the_rack_can_be_filled_by_keyboard_alone() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "No filling");
    filter_servers(&mut window, AMPERE);
    window.get_by_role_and_label(Role::Button, AMPERE).focus();
    window.run();
    window.key_press(Key::Enter);
    window.run();
    window.get_by_role_and_label(Role::Button, "U10: empty").focus();
    window.run();
    window.key_press(Key::Enter);
    window.run();
    assert_eq!(says(&window, "U10: "), format!("U10: {AMPERE}"));
    for (modifiers, key, unit) in [
        (Modifiers::NONE, Key::ArrowUp, "U11"),
        (Modifiers::SHIFT, Key::ArrowUp, "U16"),
        (Modifiers::NONE, Key::ArrowDown, "U15"),
    ] {
        window.key_press_modifiers(modifiers, key);
        window.run();
        assert_eq!(says(&window, &format!("{unit}: ")), format!("{unit}: {AMPERE}"), "{key:?}");
    }
    window.key_press(Key::Delete);
    window.run();
    assert_eq!(says(&window, "U15: "), "U15: empty");
}

fn filter_servers(window: &mut Window, text: &str) {
    window.get_by_role_and_label(Role::TextInput, "Filter servers").focus();
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Filter servers").type_text(text);
    window.run();
}

#[test]
fn a_plan_is_saved_opened_again_and_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    // The ending is left out as people do; it is added once.
    let (typed, saved) = (folder.path().join("plan"), folder.path().join("plan.ron"));
    let report = folder.path().join("report.md");
    let answers = vec![Answer::Chosen(typed), Answer::Chosen(saved.clone()), Answer::Chosen(report.clone())];
    let mut window = open(Setup { answers, ..Setup::default() });
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(8.0);
    window.run();
    let sessions = says(&window, "Sessions: ");
    send(&mut window, Command::Save);
    assert!(saved.is_file() && !window.state().has_changes());
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(3.0);
    window.run();
    assert_ne!(says(&window, "Sessions: "), sessions);
    send(&mut window, Command::Open);
    click(&mut window, Role::Button, "Discard changes");
    assert_eq!(says(&window, "Sessions: "), sessions);
    assert_eq!(window.state().path(), Some(&saved));
    send(&mut window, Command::ExportReport);
    let text = std::fs::read_to_string(report).expect("the report is written");
    assert!(text.contains("Llama 3 8B"), "{text}");
}

#[test]
fn a_broken_plan_is_named_and_the_open_one_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.ron");
    std::fs::write(&broken, "(version: 1, plan: (name: 3").expect("written");
    let mut window = open(Setup { answers: vec![Answer::Chosen(broken)], ..Setup::default() });
    let before = window.state().project().clone();
    send(&mut window, Command::Open);
    window.get_by_label("Open plan failed");
    assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("broken.ron")));
    click(&mut window, Role::Button, "Close this");
    assert_eq!(*window.state().project(), before);
}

fn send(window: &mut Window, command: Command) {
    window.state_mut().send(command);
    window.run();
}

#[test]
fn the_window_asks_for_a_path_itself_where_no_dialog_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("typed");
    let mut window = open(Setup { answers: vec![Answer::NoDialog, Answer::NoDialog], ..Setup::default() });
    for (press, there) in [("Save here", false), ("Replace", true)] {
        send(&mut window, Command::SaveAs);
        let field = "Path of the file (.ron)";
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.run();
        window.get_by_role_and_label(Role::TextInput, field).type_text(&path.display().to_string());
        window.run();
        click(&mut window, Role::Button, "Save here");
        if there {
            click(&mut window, Role::Button, press);
        }
        assert!(folder.path().join("typed.ron").is_file());
        assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("Saved")), "{press}");
    }
}

/// A line of llama-bench for the model and the card named in it.
const BENCH: &str = r#"{"gpu_info": "NVIDIA GeForce RTX 3090", "backends": "CUDA", "model_filename": "Meta-Llama-3-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium", "model_n_params": 8030261248, "n_gpu_layers": 99, "n_prompt": 0, "n_gen": 128, "n_depth": 0, "test_time": "2026-11-20T15:09:26Z", "avg_ts": 80.0, "stddev_ts": 0.5}"#;

#[test]
fn imported_measurements_move_the_estimate_and_undo_returns_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("bench.jsonl");
    std::fs::write(&file, BENCH).expect("written");
    let mut window = open(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() });
    click(&mut window, Role::Button, "Sizing");
    pick(&mut window, "Device", "GeForce RTX 3090");
    let before = says(&window, "Decode speed: ");
    click(&mut window, Role::Button, "File");
    click(&mut window, Role::MenuItem, "Import files…");
    assert_eq!(says(&window, "Decode speed: "), before, "nothing is taken over before it was looked at");
    assert!(says(&window, "decode 80").contains("nvidia-geforce-rtx-3090"));
    click(&mut window, Role::Button, "Add 1 measurement");
    let after = says(&window, "Decode speed: ");
    assert_ne!(after, before);
    assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("1 measurement added")));
    click(&mut window, Role::Button, &after);
    assert!(
        !all_saying(&window, "(shifted by -").is_empty() && !all_saying(&window, "your own measurements").is_empty(),
        "the reason names the measurement"
    );
    window.key_press(Key::Escape);
    window.run();
    // Switched off it does nothing; switched on again it does.
    let switch = all_saying(&window, "Use measurement 1: ").pop().expect("it is listed");
    press(&mut window, Role::CheckBox, &switch);
    assert_eq!(says(&window, "Decode speed: "), before);
    press(&mut window, Role::CheckBox, &switch);
    assert_eq!(says(&window, "Decode speed: "), after);
    let delete = all_saying(&window, "Delete measurement 1: ").pop().expect("it can be taken out");
    press(&mut window, Role::Button, &delete);
    assert_eq!(says(&window, "Decode speed: "), before);
    assert!(window.state().project().measurements.is_empty());
    send(&mut window, Command::Undo);
    assert_eq!(says(&window, "Decode speed: "), after);
}

/// Presses what may have to be scrolled to.
fn press(window: &mut Window, role: Role, name: &str) {
    window.get_by_role_and_label(role, name).click_accesskit();
    window.run();
}

#[test]
fn a_file_without_measurements_is_shown_with_the_reason_and_adds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "no benchmark at all").expect("written");
    let mut window = open(Setup::default());
    send(&mut window, Command::ImportFiles(vec![file]));
    assert!(all_saying(&window, "❌ Set aside: notes.txt").len() == 1);
    click(&mut window, Role::Button, "Cancel");
    assert!(!window.state().has_changes());
}

#[test]
fn each_number_says_why() {
    let mut window = open(Setup::default());
    let sessions = says(&window, "Sessions: ");
    click(&mut window, Role::Button, &sessions);
    assert!(!all_saying(&window, "Why Sessions").is_empty());
}

#[test]
fn no_two_controls_share_role_and_name() {
    for pane in ["Rack", "Sizing", "Catalog", "Live", "Sensitivity", "Accuracy", "Report"] {
        let mut window = open(Setup::default());
        click(&mut window, Role::Button, pane);
        let mut names: Vec<(Role, String)> = window
            .root()
            .children_recursive()
            .map(|node| node.accesskit_node())
            // The handles between panels are egui's own.
            .filter(|node| egui::accessibility::is_input(node.role()) && node.role() != Role::Splitter)
            .map(|node| (node.role(), node.label().unwrap_or_default()))
            .collect();
        names.sort_by(|a, b| a.1.cmp(&b.1));
        for pair in names.windows(2) {
            assert_ne!(pair[0], pair[1], "in {pane}");
        }
    }
}

#[test]
fn every_pane_draws_in_any_window() {
    for size in [egui::vec2(656.0, 376.0), egui::vec2(1936.0, 1096.0)] {
        let mut window = open(Setup { size, ..Setup::default() });
        for pane in ["Sizing", "Catalog", "Live", "Sensitivity", "Accuracy", "Report", "Rack"] {
            click(&mut window, Role::Button, pane);
        }
        assert!(!all_saying(&window, "Sessions: ").is_empty());
    }
}
