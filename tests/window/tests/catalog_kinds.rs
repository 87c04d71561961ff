//! Kinds of the catalog that say how models are run, processors and servers as users add them, what the pane remembers and
//! how catalog files find their way, by the names on the screen.

#![cfg(feature = "window")]

mod catalog_support;

use catalog_support::*;
use egui::{Key, Role};
use egui_kittest::kittest::Queryable;
use sizewright::catalog::{Catalog, WeightFormat};
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, says};

#[test]
fn weight_formats_are_fixed_and_say_so() {
    let mut window = opened("Weight formats");
    assert!(!all_saying(&window, "llama.cpp ggml-common.h").is_empty());
    assert!(says(&window, &format!("{} formats", WeightFormat::ALL.len())).contains("fixed"));
    assert!(all_saying(&window, "What to do with ").is_empty(), "no format is changed or deleted");
    click(&mut window, Role::Button, "Format losses");
    assert!(says(&window, "Loss (%) of Q4_K_M: ").contains("2.816"));
    type_in(&mut window, "Perplexity added", "Q4_K_M", "0.31");
    enter(&mut window);
    assert!(says(&window, "Loss (%) of Q4_K_M: ").contains("4.97"), "{}", says(&window, "Loss (%) of Q4_K_M: "));
    send(&mut window, Command::Undo);
    assert!(window.state().project().layer.is_empty());
}

#[test]
fn an_engine_is_set_up_anew_moves_the_estimate_and_is_restored() {
    let mut window = open(Setup::default());
    let buffers = |window: &mut Window| {
        click(window, Role::Button, "Sizing");
        let said = says(window, "Buffers: ");
        click(window, Role::Button, "Catalog");
        said
    };
    click(&mut window, Role::Button, "Catalog");
    click(&mut window, Role::Button, "Engines");
    let before = buffers(&mut window);
    type_in(&mut window, "Tokens of a step", "llama.cpp", "4096");
    enter(&mut window);
    assert_ne!(buffers(&mut window), before);
    choose(&mut window, "llama.cpp", "Restore the built-in entry");
    assert_eq!(buffers(&mut window), before);
    for wrong in ["0", "NaN", "-1", "1e300"] {
        type_in(&mut window, "Tokens of a step", "llama.cpp", wrong);
        assert_eq!(all_saying(&window, "❌ ").len(), 1, "{wrong}");
        window.key_press(Key::Escape);
        window.run();
        assert!(!window.state().has_changes(), "{wrong}");
    }
    // The program has formulas for it: it stays.
    click(&mut window, Role::Button, "What to do with llama.cpp");
    window.get_by_role_and_label(Role::Button, "Delete").click();
    window.run();
    assert!(window.state().project().layer.is_empty());
}

#[test]
fn an_engine_profile_of_ones_own_runs_the_scenario() {
    let mut window = opened("Engines");
    choose(&mut window, "vLLM", "Duplicate…");
    fill(&mut window, "Name of the entry", "vLLM, long steps");
    click(&mut window, Role::Button, "Make the entry");
    choose(&mut window, "vLLM, long steps", "Use in this scenario");
    let scenario = window.state().project().selected_scenario().expect("a scenario").clone();
    assert_eq!(scenario.profile_id().as_str(), "vllm-long-steps");
    choose(&mut window, "vLLM, long steps", "Delete");
    assert!(says(&window, "• scenario ").contains(&scenario.name));
    click(&mut window, Role::Button, "Keep it");
    click(&mut window, Role::ComboBox, "Engine");
    click(&mut window, Role::Button, "llama.cpp");
    let scenario = window.state().project().selected_scenario().expect("a scenario");
    assert_eq!(scenario.engine_profile, None);
}

#[test]
fn the_plan_follows_a_site_that_is_chosen_and_changed() {
    let mut window = opened("Sites");
    choose(&mut window, "Average of the industry", "Use its PUE in the plan");
    let catalog = Catalog::builtin().expect("the catalog");
    assert!((window.state().project().money.pue_in(catalog) - 1.54).abs() < 1e-9);
    let energy = |window: &Window| window.state().outcome().money.site_energy_per_year.expect("a PUE").as_joules();
    let before = energy(&window);
    type_in(&mut window, "PUE", "Average of the industry", "1.2");
    enter(&mut window);
    assert!((energy(&window) / before - 1.2 / 1.54).abs() < 1e-9);
    send(&mut window, Command::Undo);
    assert!((energy(&window) / before - 1.0).abs() < 1e-9);
    // A number of one's own takes the place of the site.
    window.get_by_role_and_label(Role::Slider, "PUE").set_value_accesskit(1.1);
    window.run();
    assert_eq!(window.state().project().money.site, None);
}

#[test]
fn a_processor_is_added_and_its_bandwidth_follows_its_channels() {
    let mut window = opened("Devices");
    click(&mut window, Role::Button, "New entry…");
    fill(&mut window, "Name of the entry", "My processor");
    click(&mut window, Role::Button, "Make the entry");
    click(&mut window, Role::Button, "Yours (1)");
    choose(&mut window, "My processor", "All values");
    for (column, text) in [
        ("Cores", "64"),
        ("Channels", "8"),
        ("Memory speed (MT/s)", "4800"),
        ("NUMA nodes", "4"),
        ("Memory (GiB)", "256"),
    ] {
        type_in(&mut window, column, "My processor", text);
        enter(&mut window);
    }
    let cell = says(&window, "Class of My processor: ");
    window.get_by_role_and_label(Role::Button, &cell).click_accesskit();
    window.run();
    window.get_by_role_and_label(Role::Button, "server processor, x86").click_accesskit();
    window.run();
    assert!(says(&window, "Bandwidth (GB/s) of My processor: ").contains("307.2"));
    let own = window.state().project().layer.devices.first().expect("the processor").clone();
    assert_eq!((own.facts.performance_cores, own.facts.numa_nodes), (Some(64), Some(4)));
    assert!(own.is_processor());
    type_in(&mut window, "Channels", "My processor", "12");
    enter(&mut window);
    assert!(says(&window, "Bandwidth (GB/s) of My processor: ").contains("460.8"));
    click(&mut window, Role::Button, "Back to the table");
    says(&window, "Bandwidth (GB/s) of My processor: ");
}

#[test]
fn a_server_cannot_hold_a_device_nobody_knows() {
    let mut window = opened("Servers and more");
    filter(&mut window, "DGX H100");
    let name = rows(&window).first().expect("the server").clone();
    tab_to(&mut window, &name, &format!("Devices of {name}: "));
    let before = says(&window, &format!("Devices of {name}: "));
    type_in(&mut window, "Devices", &name, "8 x no-such-card");
    assert!(says(&window, "❌ ").contains("no-such-card"));
    window.key_press(Key::Escape);
    window.run();
    assert_eq!(says(&window, &format!("Devices of {name}: ")), before);
    type_in(&mut window, "Devices", &name, "4 x nvidia-h100-sxm-80gb");
    enter(&mut window);
    let layer = &window.state().project().layer;
    assert_eq!(layer.servers.first().and_then(|server| server.devices.first()).map(|fitted| fitted.count), Some(4));
}

#[test]
fn tab_brings_columns_beyond_the_pane_into_sight() {
    let mut window = opened("Servers and more");
    let name = rows(&window).first().expect("a server").clone();
    let last = format!("Devices of {name}: ");
    assert!(all_saying(&window, &last).is_empty(), "what is far beyond the pane is not drawn");
    assert!(tab_to(&mut window, &name, &last) > 1);
    let cell = window.get_by_label(&says(&window, &last)).rect();
    window.get_by_label(&says(&window, &last)).focus();
    window.run();
    let shown = window.get_by_label(&says(&window, &last)).rect();
    assert!(shown.left() <= cell.left(), "it comes nearer: {cell:?}, {shown:?}");
    assert!(shown.right() < 1_040.0, "left of the outcome: {shown:?}");
}

#[test]
fn columns_sorting_and_pins_are_remembered_and_nonsense_is_told_of() {
    let mut window = opened("Devices");
    click(&mut window, Role::Button, "Choose columns");
    click(&mut window, Role::CheckBox, "Show Price (USD)");
    window.key_press(Key::Escape);
    window.run();
    click(&mut window, Role::Button, "Sort by Memory (GiB)");
    let first = rows(&window).first().expect("a row").clone();
    click(&mut window, Role::CheckBox, &format!("Pin {first} for comparing"));
    let texts = window.state().to_remember();
    let restored = |texts: Vec<(&'static str, String)>| {
        let mut later = open(Setup::default());
        let ctx = later.ctx.clone();
        let text = |key: &str| texts.iter().find(|(other, _)| *other == key).map(|(_, text)| text.clone());
        later.state_mut().restore_texts(text, &ctx);
        later.run();
        later
    };
    let mut later = restored(texts.clone());
    click(&mut later, Role::Button, "Catalog");
    assert_eq!(rows(&later).first(), Some(&first), "sorted as before");
    assert!(all_saying(&later, "Sort by Price (USD)").is_empty());
    says(&later, "Compare (1)");
    let broken =
        texts.into_iter().map(|(key, text)| (key, if key == "catalog" { "(kind: 3".to_owned() } else { text }));
    let mut later = restored(broken.collect());
    assert!(!all_saying(&later, "Message: ").is_empty());
    assert!(says(&later, "Message: ").contains("columns, sorting and pins"));
    click(&mut later, Role::Button, "Catalog");
    assert_eq!(all_saying(&later, "Sort by Price (USD)").len(), 1, "as at first");
}

#[test]
fn a_catalog_file_that_is_opened_or_let_go_is_offered_for_merging() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("theirs.ron");
    std::fs::write(&file, their_layer()).expect("written");
    for command in [Command::OpenPath(file.clone()), Command::Open] {
        let answers = vec![Answer::Chosen(file.clone())];
        let mut window = open(Setup { answers, ..Setup::default() });
        send(&mut window, command);
        says(&window, "Merge theirs.ron");
        click(&mut window, Role::Button, "Cancel");
        assert!(!window.state().has_changes() && window.state().path().is_none());
    }
    // Changes that are not saved are not lost by it, so nothing is asked.
    let mut window = opened("Devices");
    filter(&mut window, CARD);
    type_in(&mut window, "Bandwidth (GB/s)", "NVIDIA GeForce RTX 4090", "2000");
    enter(&mut window);
    send(&mut window, Command::OpenPath(file.clone()));
    says(&window, "Merge theirs.ron");
    click(&mut window, Role::Button, "Cancel");
    // A broken one is called a broken catalog; a plan is still opened as one.
    std::fs::write(&file, "(version: 1, entries: (devices: [(id: 3").expect("written");
    let mut window = open(Setup::default());
    send(&mut window, Command::OpenPath(file.clone()));
    window.get_by_label("Merge catalog changes failed");
    let plan = folder.path().join("plan.ron");
    let mut window = open(Setup { answers: vec![Answer::Chosen(plan.clone())], ..Setup::default() });
    send(&mut window, Command::Save);
    send(&mut window, Command::OpenPath(plan.clone()));
    assert_eq!(window.state().path(), Some(&plan));
}
