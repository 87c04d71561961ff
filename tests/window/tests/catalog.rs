//! The catalog pane, by the names on the screen: entries made, changed, taken out and put back; sorting, comparing,
//! computed columns; another user's changes.

#![cfg(feature = "window")]

mod catalog_support;

use catalog_support::*;
use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::Queryable;
use sizewright::catalog::{Catalog, Layer};
use sizewright::project::Project;
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright::units::BytesPerSecond;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, pick, says, scroll};

#[test]
fn a_changed_bandwidth_is_marked_moves_the_estimate_and_is_undone() {
    let mut window = opened("Devices");
    filter(&mut window, "AmpereOne A192");
    let device = "AmpereOne A192";
    let sessions = says(&window, "Sessions: ");
    type_in(&mut window, "Bandwidth (GB/s)", device, "83.2");
    enter(&mut window);
    assert_ne!(says(&window, "Sessions: "), sessions);
    assert!(says(&window, &format!("Bandwidth (GB/s) of {device}: ")).ends_with("83.2, changed"));
    click(&mut window, Role::Button, "Changed (1)");
    let total = Catalog::builtin().expect("the built-in catalog").devices.len();
    window.get_by_label(&format!("1 of {total} entries"));
    send(&mut window, Command::Undo);
    assert_eq!(says(&window, "Sessions: "), sessions);
    assert!(!window.state().has_changes());
    assert!(all_saying(&window, &format!("What to do with {device}")).is_empty(), "no entry is changed any more");
}

#[test]
fn what_cannot_be_is_said_at_the_field_and_the_old_value_stays() {
    let mut window = opened("Devices");
    filter(&mut window, CARD);
    let name = says(&window, "Power limit (W) of NVIDIA GeForce RTX 4090: ");
    for wrong in ["-5", "NaN", "1e300", "cheap"] {
        let cell = "NVIDIA GeForce RTX 4090";
        type_in(&mut window, "Power limit (W)", cell, "12");
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.run();
        window.get_by_role_and_label(Role::TextInput, &format!("Power limit (W) of {cell}")).type_text(wrong);
        window.run();
        assert_eq!(all_saying(&window, "❌ ").len(), 1, "{wrong}");
        enter(&mut window);
        assert_eq!(all_saying(&window, "❌ ").len(), 1, "{wrong} is still refused at the field");
        assert!(!window.state().has_changes(), "{wrong}: the old value holds");
        window.key_press(Key::Escape);
        window.run();
        assert_eq!(says(&window, "Power limit (W) of NVIDIA GeForce RTX 4090: "), name, "{wrong}");
    }
}

#[test]
fn an_entry_of_ones_own_is_made_with_an_id_of_its_own() {
    let mut window = opened("Devices");
    click(&mut window, Role::Button, "New entry…");
    says(&window, "❌ Name: ");
    fill(&mut window, "Name of the entry", "My card");
    fill(&mut window, "Id of the entry", "");
    says(&window, "❌ Id: type an id");
    fill(&mut window, "Id of the entry", "Two Words");
    assert!(says(&window, "❌ ").contains("not a slug"));
    fill(&mut window, "Id of the entry", "nvidia-t4");
    assert!(says(&window, "❌ Id: ").contains("already"));
    fill(&mut window, "Id of the entry", "my-card");
    click(&mut window, Role::Button, "Make the entry");
    assert!(window.state().project().layer.devices.iter().any(|device| device.id.as_str() == "my-card"));
    click(&mut window, Role::Button, "Yours (1)");
    assert!(says(&window, "Bandwidth (GB/s) of My card: ").ends_with("unknown"), "nothing is filled in");
    send(&mut window, Command::Undo);
    assert!(window.state().project().layer.is_empty());
}

#[test]
fn what_must_be_known_of_a_new_entry_is_asked_for() {
    let mut window = opened("Grids");
    click(&mut window, Role::Button, "New entry…");
    fill(&mut window, "Name of the entry", "My roof");
    assert!(says(&window, "❌ Carbon (gCO2e/kWh): ").contains("must be there"));
    fill(&mut window, "Carbon (gCO2e/kWh)", "-3");
    assert!(says(&window, "❌ Carbon (gCO2e/kWh): ").contains("zero or more"));
    fill(&mut window, "Carbon (gCO2e/kWh)", "40");
    click(&mut window, Role::Button, "Make the entry");
    assert_eq!(window.state().project().layer.grids.first().map(|grid| grid.intensity_g_per_kwh), Some(40.0));
}

#[test]
fn an_entry_is_duplicated_with_its_values() {
    let mut window = opened("Devices");
    filter(&mut window, CARD);
    choose(&mut window, "NVIDIA GeForce RTX 4090", "Duplicate…");
    click(&mut window, Role::Button, "Make the entry");
    let layer = &window.state().project().layer;
    let copy = layer.devices.first().expect("the copy");
    let card =
        Catalog::builtin().expect("the catalog").devices.get(&"nvidia-geforce-rtx-4090".into()).expect("the card");
    assert_eq!((copy.memory_bandwidth, &copy.rates), (card.memory_bandwidth, &card.rates));
    assert_ne!(copy.id, card.id);
}

#[test]
fn a_built_in_entry_is_deleted_and_restored() {
    let mut window = opened("Devices");
    filter(&mut window, "NVIDIA T4");
    let count = says(&window, "1 of ");
    choose(&mut window, "NVIDIA T4", "Delete");
    assert!(all_saying(&window, "What to do with NVIDIA T4").is_empty());
    click(&mut window, Role::Button, "Removed (1)");
    choose(&mut window, "NVIDIA T4", "Restore the built-in entry");
    assert!(window.state().project().layer.is_empty());
    click(&mut window, Role::Button, "All");
    assert_eq!(says(&window, "1 of "), count);
    // The same by the plan's history.
    choose(&mut window, "NVIDIA T4", "Delete");
    send(&mut window, Command::Undo);
    assert_eq!(says(&window, "1 of "), count);
}

#[test]
fn what_is_in_use_says_so_before_it_is_deleted() {
    let mut window = opened("Devices");
    filter(&mut window, "AmpereOne A192");
    choose(&mut window, "AmpereOne A192", "Delete");
    window.get_by_label("AmpereOne A192 is in use");
    assert!(says(&window, "• server ").contains("Ampere"));
    click(&mut window, Role::Button, "Keep it");
    assert!(!window.state().has_changes());
    choose(&mut window, "AmpereOne A192", "Delete");
    click(&mut window, Role::Button, "Delete all the same");
    assert_eq!(window.state().project().layer.removed_devices.len(), 1);
}

#[test]
fn rows_are_sorted_by_any_column_and_the_unknown_come_last() {
    let mut window = opened("Devices");
    let number = |window: &Window, name: &str| says(window, &format!("Memory (GiB) of {name}: "));
    click(&mut window, Role::Button, "Sort by Memory (GiB)");
    let largest = rows(&window);
    assert!(!number(&window, &largest[0]).ends_with("unknown"));
    click(&mut window, Role::Button, "Sort by Memory (GiB)");
    let smallest = rows(&window);
    assert!(!number(&window, &smallest[0]).ends_with("unknown"), "unknown is last both ways");
    assert_ne!(largest[0], smallest[0]);
    click(&mut window, Role::Button, "Sort by Name");
    let named = rows(&window);
    assert!(named.windows(2).all(|pair| pair[0].to_lowercase() <= pair[1].to_lowercase()), "{named:?}");
}

#[test]
fn columns_can_be_left_out_and_come_back() {
    let mut window = opened("Devices");
    click(&mut window, Role::Button, "Choose columns");
    click(&mut window, Role::CheckBox, "Show Price (USD)");
    assert!(all_saying(&window, "Sort by Price (USD)").is_empty());
    click(&mut window, Role::CheckBox, "Show Price (USD)");
    assert_eq!(all_saying(&window, "Sort by Price (USD)").len(), 1);
}

#[test]
fn pinned_entries_are_compared_and_what_differs_is_marked() {
    let mut window = opened("Devices");
    filter(&mut window, "NVIDIA GeForce RTX 40");
    for name in ["NVIDIA GeForce RTX 4090", "NVIDIA GeForce RTX 4080"] {
        click(&mut window, Role::CheckBox, &format!("Pin {name} for comparing"));
    }
    click(&mut window, Role::Button, "Compare (2)");
    assert_eq!(all_saying(&window, "Memory (GiB), differs: 24 | 16").len(), 1);
    assert!(says(&window, "Vendor, same: ").contains("NVIDIA"));
    click(&mut window, Role::CheckBox, "Only what differs");
    assert!(all_saying(&window, "Vendor, same: ").is_empty());
    click(&mut window, Role::Button, "Unpin NVIDIA GeForce RTX 4080");
    assert!(!rows(&window).is_empty(), "one alone is no comparison: the table is back");
}

#[test]
fn models_are_sized_for_a_format_a_context_and_a_device() {
    let mut window = opened("Models");
    filter(&mut window, "llama-3.1-8b");
    let cell = |window: &Window, column: &str| says(window, &format!("{column} of Llama 3.1 8B: "));
    let (memory, decode) = (cell(&window, "Needs (GB)"), cell(&window, "Decode (tokens/s)"));
    assert!(!memory.ends_with("unknown") && !decode.ends_with("unknown"));
    window.get_by_role_and_label(Role::SpinButton, "Context of the sizes (tokens)").set_value_accesskit(65_536.0);
    window.run();
    assert_ne!(cell(&window, "Needs (GB)"), memory);
    pick(&mut window, "Device of the sizes", "GeForce RTX 3090");
    assert_ne!(cell(&window, "Decode (tokens/s)"), decode);
    // The same as the sizing pane says, for the same question.
    let scores = cell(&window, "Score per 10^9");
    assert!(!cell(&window, "Score").is_empty() && !scores.is_empty());
}

#[test]
fn the_computed_speed_is_that_of_the_sizing_pane() {
    let mut window = opened("Models");
    filter(&mut window, "llama-3.1-8b");
    let decode = says(&window, "Decode (tokens/s) of Llama 3.1 8B: ");
    let context = window.state().project().selected_scenario().expect("a scenario").context_tokens;
    let spin = window.get_by_role_and_label(Role::SpinButton, "Context of the sizes (tokens)");
    spin.set_value_accesskit(f64::from(context));
    window.run();
    click(&mut window, Role::Button, "Sizing");
    pick(&mut window, "Model", "Llama 3.1 8B");
    pick(&mut window, "Device", "NVIDIA GeForce RTX 4090");
    click(&mut window, Role::ComboBox, "Weights");
    click(&mut window, Role::Button, "Q4_K_M");
    let number = decode.rsplit(": ").next().expect("a number");
    assert!(says(&window, "Decode speed: ").starts_with(&format!("Decode speed: {number} ")), "{decode}");
}

#[test]
fn models_are_sorted_by_what_is_computed() {
    let mut window = opened("Models");
    // The title may have to be scrolled to.
    window.get_by_role_and_label(Role::Button, "Sort by Decode (tokens/s)").click_accesskit();
    window.run();
    let speed = |window: &Window, name: &str| -> f64 {
        let text = says(window, &format!("Decode (tokens/s) of {name}: "));
        text.rsplit(": ").next().and_then(|text| text.replace(',', "").parse().ok()).unwrap_or_else(|| panic!("{text}"))
    };
    let top: Vec<f64> = rows(&window).iter().take(6).map(|name| speed(&window, name)).collect();
    assert!(top.is_sorted_by(|a, b| a >= b), "{top:?}");
}

#[test]
fn size_bands_follow_the_taxonomy_chosen() {
    let mut window = opened("Models");
    filter(&mut window, "llama-3.1-8b");
    let band =
        |window: &Window| says(window, "Size band of Llama 3.1 8B: ").rsplit(": ").next().unwrap_or("").to_owned();
    assert_eq!(band(&window), "Compact");
    for (taxonomy, name) in [("Guide", "Medium"), ("SLM cut-off", "SLM"), ("Unified", "Compact")] {
        click(&mut window, Role::Button, taxonomy);
        assert_eq!(band(&window), name);
    }
}

#[test]
fn another_users_changes_are_merged_entry_by_entry() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("theirs.ron");
    std::fs::write(&file, their_layer()).expect("written");
    let mut window = opened_with(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() }, "Devices");
    filter(&mut window, CARD);
    type_in(&mut window, "Bandwidth (GB/s)", "NVIDIA GeForce RTX 4090", "2000");
    enter(&mut window);
    send(&mut window, Command::MergeCatalog);
    assert!(says(&window, "1 new, 1 different").contains("1 the same here"));
    let bandwidth = |window: &Window| {
        let layer = &window.state().project().layer;
        layer.devices.iter().find(|d| d.id.as_str() == "nvidia-geforce-rtx-4090").and_then(|d| d.memory_bandwidth)
    };
    assert!(says(&window, "device NVIDIA GeForce RTX 4090: differs, and you changed it too").contains("2000"));
    click(&mut window, Role::Button, "Merge 1 entry");
    assert_eq!(
        bandwidth(&window),
        Some(BytesPerSecond::from_giga(2000.0)),
        "one's own word is kept unless said otherwise"
    );
    assert!(window.state().project().layer.devices.iter().any(|device| device.id.as_str() == "their-card"));
    send(&mut window, Command::Undo);
    assert_eq!(window.state().project().layer.devices.len(), 1, "the merge is one step");
}

#[test]
fn theirs_is_taken_where_it_is_chosen() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("theirs.ron");
    std::fs::write(&file, their_layer()).expect("written");
    let mut window = open(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() });
    send(&mut window, Command::MergeCatalog);
    click(&mut window, Role::Button, "Keep all of mine");
    click(&mut window, Role::RadioButton, "Take theirs: device NVIDIA GeForce RTX 4090");
    click(&mut window, Role::Button, "Merge 1 entry");
    let layer = &window.state().project().layer;
    assert_eq!(layer.devices.first().and_then(|d| d.memory_bandwidth), Some(BytesPerSecond::from_giga(3000.0)));
    assert_eq!(layer.devices.len(), 1);
}

#[test]
fn a_file_that_is_no_catalog_is_named_and_nothing_is_lost() {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text, wanted) in [
        ("broken.ron", "(version: 1, entries: (devices: [(id: 3", "broken.ron"),
        ("newer.ron", "(version: 99, entries: ())", "version 99"),
        (
            "wrong.ron",
            "(version: 1, entries: (grids: [(id: \"a\", name: \"A\", year: 2024, intensity_g_per_kwh: -4.0, provenance: (source: \"s\", date: \"2024\", standing: Cited))]))",
            "grid `a`",
        ),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, text).expect("written");
        let mut window = open(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() });
        let before = window.state().project().clone();
        send(&mut window, Command::MergeCatalog);
        window.get_by_label("Merge catalog changes failed");
        assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains(wanted)), "{name}");
        assert_eq!(*window.state().project(), before);
    }
}

#[test]
fn ones_changes_are_exported_reviewed_and_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.ron");
    let answers = vec![Answer::Chosen(file.clone())];
    let mut window = opened_with(Setup { answers, ..Setup::default() }, "Devices");
    filter(&mut window, CARD);
    type_in(&mut window, "Bandwidth (GB/s)", "NVIDIA GeForce RTX 4090", "2000");
    enter(&mut window);
    send(&mut window, Command::ExportCatalog);
    let read = Layer::read(&file).expect("it is a catalog file");
    assert_eq!(read, window.state().project().layer);
    send(&mut window, Command::ReviewCatalog);
    assert!(says(&window, "device NVIDIA GeForce RTX 4090; memory_bandwidth_gb_s: ").ends_with("becomes 2000.0"));
    click(&mut window, Role::Button, "Take built-in: device NVIDIA GeForce RTX 4090");
    assert!(window.state().project().layer.is_empty());
    window.get_by_label("There are none");
}

#[test]
fn a_weight_mix_of_ones_own_is_made_and_changed() {
    let mut window = opened("Weight mixes");
    click(&mut window, Role::Button, "New entry…");
    fill(&mut window, "Name of the entry", "Big head");
    click(&mut window, Role::Button, "Make the entry");
    type_in(&mut window, "output", "Big head", "q8_0");
    enter(&mut window);
    assert!(says(&window, "output of Big head: ").contains("Q8_0"));
    type_in(&mut window, "Base", "Big head", "fp8");
    assert!(says(&window, "❌ ").contains("GGUF"));
}

#[test]
fn a_model_is_sized_in_a_mix_of_ones_own() {
    let mut window = opened("Weight mixes");
    click(&mut window, Role::Button, "New entry…");
    fill(&mut window, "Name of the entry", "Big head");
    click(&mut window, Role::Button, "Make the entry");
    type_in(&mut window, "output", "Big head", "f16");
    enter(&mut window);
    click(&mut window, Role::Button, "Sizing");
    let weights = says(&window, "Weights: ");
    click(&mut window, Role::ComboBox, "Weights of this estimate");
    click(&mut window, Role::Button, "Big head");
    assert_ne!(says(&window, "Weights: "), weights);
}

/// A plan file that was saved elsewhere.
fn saved(folder: &std::path::Path, name: &str, change: impl FnOnce(&mut Project)) -> std::path::PathBuf {
    let built_in = Catalog::builtin().expect("the built-in catalog");
    let mut plan = Project::default_plan(built_in);
    change(&mut plan);
    // As a file of an older program would have it: entries that today's built-in catalog does not have are kept.
    let path = folder.join(name);
    let older = built_in.with(&plan.catalog_used);
    plan.catalog_used = Layer::default();
    sizewright::project::file::save(&path, &plan, &older).expect("saved");
    path
}

fn own_card(giga: f64) -> sizewright::catalog::Device {
    let catalog = Catalog::builtin().expect("the built-in catalog");
    let mut card = catalog.devices.get(&"nvidia-geforce-rtx-4090".into()).expect("the card").clone();
    card.memory_bandwidth = Some(BytesPerSecond::from_giga(giga));
    card
}

#[test]
fn a_cell_begun_in_one_plan_brings_nothing_of_it_into_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = saved(folder.path(), "a.ron", |plan| plan.layer.put(own_card(2000.0)));
    let second = saved(folder.path(), "b.ron", |plan| plan.name = "The other".to_owned());
    let mut window = opened("Devices");
    send(&mut window, Command::OpenPath(first));
    filter(&mut window, CARD);
    let cell = says(&window, "Power limit (W) of NVIDIA GeForce RTX 4090: ");
    window.get_by_role_and_label(Role::Button, &cell).click_accesskit();
    window.run();
    send(&mut window, Command::OpenPath(second));
    window.key_press(Key::Escape);
    window.run();
    assert_eq!(window.state().project().name, "The other");
    assert!(window.state().project().layer.is_empty(), "the first plan's changes stay in it");
    assert!(!window.state().has_changes());
}

#[test]
fn giving_up_a_cell_gives_back_its_entry_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("theirs.ron");
    std::fs::write(&file, their_layer()).expect("written");
    let mut window = opened_with(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() }, "Devices");
    filter(&mut window, "NVIDIA T4");
    type_in(&mut window, "Bandwidth (GB/s)", "NVIDIA T4", "123");
    send(&mut window, Command::MergeCatalog);
    click(&mut window, Role::Button, "Merge 2 entries");
    let layer = &window.state().project().layer;
    assert!(layer.devices.iter().any(|device| device.id.as_str() == "their-card"));
    assert_eq!(layer.devices.len(), 3, "the cell, the changed card and theirs");
}

#[test]
fn an_entry_only_the_plan_has_is_deleted_and_put_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = saved(folder.path(), "old.ron", |plan| {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        let mut model = catalog.models.get(&"llama-3-8b".into()).expect("a model").clone();
        model.id = "llama-of-old".into();
        model.name = "Llama of old".to_owned();
        plan.scenarios[1].model = model.id.clone();
        plan.catalog_used.put(model);
        let mut kept = catalog.models.get(&"llama-3-8b".into()).expect("a model").clone();
        kept.context_tokens = Some(4096);
        plan.catalog_used.put(kept);
    });
    let mut window = opened("Models");
    send(&mut window, Command::OpenPath(file));
    filter(&mut window, "Llama of old");
    choose(&mut window, "Llama of old", "Delete");
    click(&mut window, Role::Button, "Delete all the same");
    assert!(all_saying(&window, "What to do with Llama of old").is_empty(), "it is gone from the table");
    click(&mut window, Role::Button, "Removed (1)");
    choose(&mut window, "Llama of old", "Restore the entry the plan was saved with");
    assert!(window.state().project().layer.is_empty());
    click(&mut window, Role::Button, "All");
    assert_eq!(rows(&window), ["Llama of old"]);
    // One that is built in, with other values: what is put back is what the plan kept, and that is said.
    filter(&mut window, "llama-3-8b");
    choose(&mut window, "Llama 3 8B", "All values");
    type_in(&mut window, "Longest context (tokens)", "Llama 3 8B", "5000");
    enter(&mut window);
    click(&mut window, Role::Button, "Back to the table");
    choose(&mut window, "Llama 3 8B", "Restore the entry the plan was saved with");
    let catalog = window.state().project().catalog(Catalog::builtin().expect("the built-in catalog"));
    assert_eq!(catalog.models.get(&"llama-3-8b".into()).and_then(|model| model.context_tokens), Some(4096));
    assert!(!all_saying(&window, "Message: Llama 3 8B is as the plan was saved with it again").is_empty());
}

#[test]
fn a_table_is_not_held_up_by_a_cell_out_of_sight() {
    let mut window = opened("Devices");
    let first = rows(&window).first().expect("a row").clone();
    type_in(&mut window, "Bandwidth (GB/s)", &first, "77");
    let table = window.get_by_label("Sort by Name").rect().center() + egui::vec2(0.0, 120.0);
    window.hover_at(table);
    scroll(&mut window, 20, egui::vec2(0.0, -400.0));
    window.run();
    assert!(!rows(&window).contains(&first), "it is scrolled away");
    filter(&mut window, "nvidia-t4");
    assert_eq!(rows(&window), ["NVIDIA T4"]);
    assert_eq!(window.state().project().layer.devices.len(), 1, "what was typed is kept");
}

#[test]
fn one_lost_device_does_not_block_a_merge() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("theirs.ron");
    std::fs::write(&file, their_layer()).expect("written");
    let plan = saved(folder.path(), "lost.ron", |plan| {
        let catalog = Catalog::builtin().expect("the built-in catalog");
        let mut server = catalog.servers.get(&"nvidia-dgx-h100".into()).expect("a server").clone();
        server.id = "lost".into();
        server.devices[0].device = "no-such".into();
        plan.layer.put(server);
    });
    let mut window = opened_with(Setup { answers: vec![Answer::Chosen(file)], ..Setup::default() }, "Devices");
    send(&mut window, Command::OpenPath(plan));
    send(&mut window, Command::MergeCatalog);
    click(&mut window, Role::Button, "Merge 2 entries");
    assert_eq!(window.state().project().layer.devices.len(), 2);
}

#[test]
fn models_are_compared_by_what_is_computed_too() {
    let mut window = opened("Models");
    filter(&mut window, "llama-3.1");
    for name in ["Llama 3.1 8B", "Llama 3.1 70B"] {
        click(&mut window, Role::CheckBox, &format!("Pin {name} for comparing"));
    }
    let memory = says(&window, "Needs (GB) of Llama 3.1 8B: ");
    let memory = memory.rsplit(' ').next().expect("a number").to_owned();
    click(&mut window, Role::Button, "Compare (2)");
    assert!(says(&window, "Needs (GB), differs: ").contains(&memory));
    for line in ["Decode (tokens/s), differs: ", "Score, ", "Score per 10^9, ", "Score per GB, "] {
        assert!(!says(&window, line).is_empty());
    }
    // What it is computed for can be changed here.
    window.get_by_role_and_label(Role::SpinButton, "Context of the sizes (tokens)").set_value_accesskit(65_536.0);
    window.run();
    assert!(!says(&window, "Needs (GB), differs: ").contains(&format!("{memory} ")));
}

#[test]
fn scores_are_added_changed_and_deleted() {
    let mut window = opened("Models");
    filter(&mut window, "gemma-2-9b");
    choose(&mut window, "Gemma 2 9B", "All values");
    click(&mut window, Role::DisclosureTriangle, "Quality scores (1)");
    let quality = |window: &Window| {
        let layer = &window.state().project().layer;
        layer.models.first().map(|model| model.quality.clone()).unwrap_or_default()
    };
    click(&mut window, Role::Button, "Add a score");
    says(&window, "❌ Score 2: type the benchmark");
    assert!(!window.state().has_changes(), "half a score is none");
    for (field, text) in [("Benchmark", "GPQA"), ("Setting", "0-shot"), ("Score", "41.5"), ("Source", "my own run")] {
        fill(&mut window, &format!("{field} of score 2"), text);
    }
    let scores = quality(&window);
    assert_eq!((scores.len(), scores[1].score, scores[1].setting.as_deref()), (2, 41.5, Some("0-shot")));
    assert!(scores[1].date.is_some(), "of today");
    fill(&mut window, "Score of score 1", "1,5");
    assert!(says(&window, "❌ Score 1: ").contains("decimal point"));
    assert_eq!(quality(&window), scores, "the last sound ones stay");
    fill(&mut window, "Score of score 1", "70");
    assert_eq!(quality(&window)[0].score, 70.0);
    click(&mut window, Role::Button, "Delete score 1");
    assert_eq!(quality(&window).len(), 1);
    assert_eq!(quality(&window)[0].benchmark, "GPQA");
}

#[test]
fn layers_heads_and_experts_of_a_model_are_changed_as_text() {
    let mut window = opened("Models");
    filter(&mut window, "gemma-2-9b");
    choose(&mut window, "Gemma 2 9B", "All values");
    click(&mut window, Role::DisclosureTriangle, "Layers and shapes");
    let name = "Layers and shapes as text";
    let text = window.get_by_role_and_label(Role::MultilineTextInput, name).value().expect("the shapes");
    assert!(text.contains("window: 4096"), "{text}");
    let change = |window: &mut Window, text: &str| {
        window.get_by_role_and_label(Role::MultilineTextInput, name).focus();
        window.run_steps(2);
        window.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::A);
        window.event(egui::Event::Paste(text.to_owned()));
        window.run_steps(3);
    };
    change(&mut window, &text.replace("window: 4096", "window: 2048"));
    let layer = &window.state().project().layer;
    let shapes = layer.models[0].architecture.clone().expect("shapes");
    assert!(format!("{:?}", shapes.layer_groups).contains("window: 2048"), "{:?}", shapes.layer_groups);
    change(&mut window, &text.replace("window: 4096", "window: wide"));
    assert!(says(&window, "❌ line ").contains("window"));
    let kept = window.state().project().layer.models[0].architecture.clone();
    assert_eq!(kept.as_ref(), Some(&shapes), "the last sound shapes stay");
    change(&mut window, &text.replace("count: 21", "count: 20"));
    assert!(says(&window, "❌ ").contains("make them agree"), "layers that do not add up are refused");
}

#[test]
fn models_are_found_by_their_tags_and_tags_can_be_typed() {
    let mut window = opened("Models");
    filter(&mut window, "code");
    assert!(rows(&window).iter().any(|name| name == "Codestral 22B"), "{:?}", rows(&window));
    filter(&mut window, "gemma-2-9b");
    choose(&mut window, "Gemma 2 9B", "All values");
    type_in(&mut window, "Tags", "Gemma 2 9B", "Long context, chat");
    enter(&mut window);
    assert_eq!(window.state().project().layer.models[0].tags, ["long-context", "chat"]);
}

#[test]
fn name_source_and_date_of_any_entry_can_be_changed() {
    let mut window = opened("Grids");
    let first = rows(&window).first().expect("a row").clone();
    choose(&mut window, &first, "All values");
    type_in(&mut window, "Date of the source", &first, "soon");
    assert!(says(&window, "❌ ").contains("not a date"));
    window.key_press(Key::Escape);
    window.run();
    assert!(!window.state().has_changes());
    type_in(&mut window, "Date of the source", &first, "2026-11-29");
    enter(&mut window);
    type_in(&mut window, "Source of the entry", &first, "the operator's page");
    enter(&mut window);
    type_in(&mut window, "Name of the entry", &first, "Our grid");
    enter(&mut window);
    let grid = &window.state().project().layer.grids[0];
    assert_eq!((grid.name.as_str(), grid.provenance.source.as_str()), ("Our grid", "the operator's page"));
    assert_eq!(grid.provenance.date.as_str(), "2026-11-29");
    assert_eq!(grid.provenance.fields.len(), 1, "only the name has a note: the source says itself what it is");
}
