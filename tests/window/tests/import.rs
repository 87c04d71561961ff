//! Files of models and machines let go over the window: looked through, then added to the plan's catalog.

#![cfg(feature = "window")]

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright::catalog::ModelId;
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright_window_tests::{Setup, all_saying, click, open};

/// The plain shape of a small model, as its makers publish one.
const CONFIG: &str = r#"{
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192,
    "num_hidden_layers": 16, "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64,
    "vocab_size": 128256, "max_position_embeddings": 131072, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
    "_name_or_path": "somebody/Own-Model"
}"#;

#[test]
fn a_config_is_looked_through_and_becomes_a_model_of_the_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("config.json");
    std::fs::write(&file, CONFIG).expect("written");
    let mut window = open(Setup::default());
    window.state_mut().send(Command::ImportFiles(vec![file]));
    window.run();
    assert!(window.state().project().layer.models.is_empty(), "nothing is taken before it is agreed to");
    assert!(!all_saying(&window, "Entries to add").is_empty());
    click(&mut window, Role::Button, "Add 1 entry");
    let models = &window.state().project().layer.models;
    assert_eq!(models.len(), 1);
    // 16 layers of Llama 3.2 1B's shape: 1,235,814,400 parameters as published.
    assert_eq!(models[0].parameters_total, Some(1_235_814_400));
    assert_ne!(models[0].id, ModelId::new(""));
    window.state_mut().send(Command::Undo);
    window.run();
    assert!(window.state().project().layer.models.is_empty());
}

#[test]
fn a_bad_file_is_named_and_the_good_one_is_still_offered() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("config.json"), folder.path().join("rack.yaml"));
    std::fs::write(&good, CONFIG).expect("written");
    std::fs::write(&bad, "manufacturer: [unclosed").expect("written");
    let mut window = open(Setup::default());
    window.state_mut().send(Command::ImportFiles(vec![bad, good]));
    window.run();
    assert!(!all_saying(&window, "❌ Set aside: rack.yaml").is_empty());
    click(&mut window, Role::Button, "Cancel");
    assert!(!window.state().has_changes());
}

/// A thousand plain device types of NetBox.
fn library(folder: &std::path::Path, count: usize) {
    for number in 0..count {
        let text = format!(
            "manufacturer: Maker\nmodel: Box {number}\nslug: maker-box-{number}\nu_height: 1\nis_full_depth: true\n"
        );
        std::fs::write(folder.join(format!("box-{number}.yaml")), text).expect("written");
    }
}

#[test]
fn a_large_folder_is_read_while_the_window_lives_and_can_be_stopped() {
    let folder = tempfile::tempdir().expect("a folder");
    library(folder.path(), 4000);
    let mut window = open(Setup::default());
    window.state_mut().send(Command::ImportFiles(vec![folder.path().to_owned()]));
    window.run_steps(4);
    assert!(!all_saying(&window, "Reading files").is_empty(), "the window draws while files are read");
    window.get_by_role_and_label(Role::Button, "Stop reading").click();
    window.run_steps(3);
    assert!(all_saying(&window, "Reading files").is_empty());
    assert!(all_saying(&window, "Entries to add").is_empty() && !window.state().has_changes());
    // Asked again, it is read to the end.
    window.state_mut().send(Command::ImportFiles(vec![folder.path().to_owned()]));
    let begun = std::time::Instant::now();
    while all_saying(&window, "Entries to add").is_empty() {
        assert!(begun.elapsed().as_secs() < 120, "4,000 files are read at some time");
        window.run_steps(1);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    click(&mut window, Role::Button, "Add 4000 entries");
    assert_eq!(window.state().project().layer.servers.len(), 4000);
}

#[test]
fn several_files_or_a_folder_are_chosen_in_the_menu_and_bad_ones_come_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let (good, bad) = (folder.path().join("a-config.json"), folder.path().join("rack.yaml"));
    std::fs::write(&good, CONFIG).expect("written");
    std::fs::write(&bad, "manufacturer: [unclosed").expect("written");
    library(folder.path(), 70);
    let answers = vec![Answer::Several(vec![good, bad]), Answer::Chosen(folder.path().to_owned())];
    let mut window = open(Setup { answers, ..Setup::default() });
    for (command, files) in [(Command::ImportMeasurements, "Add 1 entry"), (Command::ImportFolder, "Add 71 entries")] {
        window.state_mut().send(command);
        window.run();
        let begun = std::time::Instant::now();
        while all_saying(&window, "Entries to add").is_empty() {
            assert!(begun.elapsed().as_secs() < 60, "they are read at some time");
            window.run_steps(1);
        }
        // Of a folder only the first files are listed: those set aside are among them.
        assert!(!all_saying(&window, "❌ Set aside: rack.yaml").is_empty());
        assert!(!all_saying(&window, files).is_empty(), "{files}");
        click(&mut window, Role::Button, "Cancel");
    }
}

#[test]
fn servers_and_racks_are_written_for_netbox_into_an_empty_folder_and_never_over_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let answers = vec![Answer::Chosen(folder.path().to_owned()); 2];
    let mut window = open(Setup { answers, ..Setup::default() });
    window.state_mut().send(Command::ExportNetbox);
    window.run();
    let first = folder.path().join("device-types");
    let vendors = std::fs::read_dir(&first).expect("device types are there").count();
    assert!(vendors > 5, "{vendors}");
    assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("device and rack types written")));
    window.state_mut().send(Command::ExportNetbox);
    window.run();
    window.get_by_label("Export for NetBox failed");
    assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("choose an empty folder")));
}
