//! The accuracy pane, by the names on the screen: quantities, classes, sources, the row under the pointer.

#![cfg(feature = "window")]

use egui::{Key, Role, vec2};
use egui_kittest::kittest::Queryable;
use sizewright::accuracy::{self, Quantity};
use sizewright_window_tests::{Setup, Window, all_saying, click, open, says};

fn opened() -> Window {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Accuracy");
    window
}

fn figure(window: &Window) -> String {
    says(window, "Estimated against measured ")
}

#[test]
fn the_pane_opens_with_a_sentence_a_drawing_and_a_table() {
    let window = opened();
    let sentence = says(&window, "Leaving out each device in turn, half of the decode speeds are within ");
    let rows = accuracy::rows_of(Quantity::Decode).filter(|row| row.set_aside().is_none()).count();
    assert_eq!(figure(&window), format!("Estimated against measured decode speeds: {rows} rows"));
    let all = says(&window, "All classes: Rows ");
    let median = all.split("Median ").nth(1).and_then(|rest| rest.split(',').next()).expect("a median");
    assert!(sentence.contains(&format!("within {median} of")), "{all} and {sentence}");
    assert_eq!(all_saying(&window, "NVIDIA cards: Rows ").len(), 1);
    // Few devices are said to be few.
    assert!(says(&window, "other makers' graphics, run through applications: ").contains("Devices "));
}

#[test]
fn each_quantity_has_its_own_rows() {
    let mut window = opened();
    for (button, words) in [
        ("Prefill", "prefill speeds"),
        ("Time per token", "times per output token"),
        ("Time to first token", "times to the first token"),
        ("Throughput", "throughputs of many sessions"),
        ("Power", "GPU powers while serving"),
        ("Decode", "decode speeds"),
    ] {
        click(&mut window, Role::Button, button);
        assert!(figure(&window).contains(words), "{button}");
        assert!(says(&window, "Leaving out ").contains(words), "{button}");
    }
}

#[test]
fn what_was_left_out_and_whose_rows_can_be_chosen() {
    let mut window = opened();
    let (sentence, drawn) = (says(&window, "Leaving out "), figure(&window));
    click(&mut window, Role::Button, "each platform");
    assert!(says(&window, "Leaving out ").starts_with("Leaving out each platform"));
    click(&mut window, Role::Button, "each device");
    assert_eq!(says(&window, "Leaving out "), sentence);
    click(&mut window, Role::Button, "trust A");
    assert_ne!(figure(&window), drawn);
    assert!(says(&window, "Leaving out ").contains("trust A)"));
}

#[test]
fn a_class_is_shown_alone_and_all_come_back() {
    let mut window = opened();
    let all = figure(&window);
    let class = says(&window, "NVIDIA cards: ");
    press(&mut window, &class);
    let rows = class.split("Rows ").nth(1).and_then(|rest| rest.split(',').next()).expect("a count");
    assert!(figure(&window).ends_with(&format!(": {rows} rows")), "{} and {class}", figure(&window));
    press(&mut window, &class);
    assert_eq!(figure(&window), all);
}

/// Presses a row that may have to be scrolled to.
fn press(window: &mut Window, name: &str) {
    window.get_by_role_and_label(Role::Button, name).click_accesskit();
    window.run();
}

#[test]
fn the_table_sorts_by_any_column() {
    let mut window = opened();
    let top = |window: &Window, class: &str| {
        let name = all_saying(window, &format!("{class}: Rows "));
        window.get_by_role_and_label(Role::Button, &name[0]).rect().top()
    };
    assert!(top(&window, "desktop and laptop processors") < top(&window, "cards of other makers"));
    click(&mut window, Role::Button, "Sort classes by Rows");
    assert!(top(&window, "desktop and laptop processors") > top(&window, "cards of other makers"));
    click(&mut window, Role::Button, "Sort classes by Class");
    assert!(top(&window, "Apple chips") < top(&window, "NVIDIA cards"));
}

#[test]
fn pointing_at_a_mark_names_its_row() {
    let mut window = opened();
    assert!(all_saying(&window, "Row: ").is_empty());
    let area = window.get_by_role_and_label(Role::Figure, &figure(&window)).rect();
    let mut found = Vec::new();
    for part in 1..20 {
        let place = part as f32 / 20.0;
        // Along the line on which estimates are right.
        window.hover_at(area.left_bottom() + vec2(area.width() * place, -area.height() * place));
        window.run_steps(3);
        found = all_saying(&window, "Row: ");
        if !found.is_empty() {
            break;
        }
    }
    let row = found.first().expect("marks lie along the line");
    assert!(row.contains(", ") && row.contains(" in "), "device, model and format: {row}");
    let numbers = all_saying(&window, "measured ");
    let numbers = numbers.first().expect("its numbers are said");
    for word in ["estimated ", " off, ", "side its band"] {
        assert!(numbers.contains(word), "`{word}` is not in {numbers}");
    }
}

#[test]
fn arrow_keys_go_from_row_to_row() {
    let mut window = opened();
    let drawing = figure(&window);
    window.get_by_role_and_label(Role::Figure, &drawing).focus();
    window.run();
    let mut said = Vec::new();
    for key in [Key::ArrowRight, Key::ArrowRight, Key::ArrowLeft] {
        window.key_press(key);
        window.run();
        said.push((says(&window, "Row: "), says(&window, "measured ")));
    }
    assert!(said[0] != said[1] && said[0] == said[2], "{said:?}");
}

#[test]
fn rows_set_aside_are_drawn_when_asked_for_and_change_no_number() {
    let mut window = opened();
    click(&mut window, Role::Button, "Time per token");
    let (drawn, all) = (figure(&window), says(&window, "All classes: "));
    click(&mut window, Role::CheckBox, "Show rows set aside");
    assert_ne!(figure(&window), drawn);
    assert_eq!(says(&window, "All classes: "), all);
}

#[test]
fn a_number_leads_to_how_accurate_it_is() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Sizing");
    let decode = says(&window, "Decode speed: ");
    click(&mut window, Role::Button, &decode);
    click(&mut window, Role::Button, "How accurate is this?");
    assert!(!all_saying(&window, "Leaving out each device").is_empty());
}
