//! Files of models and machines let go over the window: looked through, then added to the plan's catalog.

#![cfg(feature = "window")]

use egui::Role;
use sizewright::catalog::ModelId;
use sizewright::ui::command::Command;
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
