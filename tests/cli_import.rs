//! `sizewright import` and `export` as a user runs them: what was read is shown before it is added, and a catalog file
//! grows by it.

mod cli_support;

use std::path::Path;

use cli_support::{answer, run};

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(name).display().to_string()
}

#[test]
fn a_model_is_shown_and_then_added_to_a_catalog_file() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("mine.ron").display().to_string();
    let config = fixture("configs/granite-4.0-h-small.config.json");
    let said = answer(&["import", &config]);
    for words in
        ["model `granite-4.0-h-small`", "40 layers", "32,207,337,984 parameters by the shapes", "Missing", "licence"]
    {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    assert!(!Path::new(&to).exists());
    let said = answer(&["import", &config, "--to", &to]);
    assert!(said.contains("1 entries added"), "{said}");
    let again = answer(&["import", &config, "--to", &to]);
    assert!(again.contains("0 entries added, 1 there already"), "{again}");
    let known = fixture("configs/qwen3-8b.config.json");
    let kept = answer(&["import", &known, "--to", &to]);
    assert!(kept.contains("1 left as they were") && kept.contains("--replace"), "{kept}");
    let replaced = answer(&["import", &known, "--to", &to, "--replace"]);
    assert!(replaced.contains("1 replaced"), "{replaced}");
    let layer = answer(&["import", &to, "--json"]);
    assert_eq!(layer.lines().count(), 2, "{layer}");
    assert!(layer.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}

#[test]
fn a_folder_with_bad_files_names_them_and_reads_the_rest() {
    let said = answer(&["import", &fixture("netbox")]);
    for words in ["7 entries", "files set aside", "negative.yaml", "u_height", "aliases.yaml"] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    let ran = run(&["import", &fixture("netbox/ugly")]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.complaints.contains("nothing could be read"), "{}", ran.complaints);
}

#[test]
fn servers_and_racks_are_written_as_a_netbox_library() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("library").display().to_string();
    let said = answer(&["export", "--netbox", &to]);
    assert!(said.contains("device and rack types"), "{said}");
    let text = std::fs::read_to_string(folder.path().join("library/rack-types/APC/apc-ar3100.yaml")).unwrap();
    for words in ["manufacturer: APC", "u_height: 42", "max_weight: 1701", "outer_unit: mm"] {
        assert!(text.contains(words), "`{words}` is not in: {text}");
    }
}
