//! `sizewright import` and `export` as a user runs them: what was read is shown before it is added, and a catalog file
//! grows by it.

mod cli_support;

use std::path::Path;

use cli_support::{answer, refusal, run};

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

#[test]
fn a_catalog_on_one_line_is_added_to_and_one_that_would_grow_too_large_stays() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("mine.ron");
    let name = to.display().to_string();
    let config = fixture("configs/granite-4.0-h-small.config.json");
    let grid = |at: usize| {
        format!(
            "(id:\"g{at}\",name:\"G\",year:2024,intensity_g_per_kwh:4.0,provenance:(source:\"s\",date:\"2024\",standing:Cited)),"
        )
    };
    let grids = |count: usize| -> String { (0..count).map(grid).collect() };
    std::fs::write(&to, format!("(version:1,entries:(grids:[{}]))", grids(2))).unwrap();
    let said = answer(&["import", &config, "--to", &name]);
    assert!(said.contains("1 entries added"), "{said}");
    assert!(std::fs::read_to_string(&to).unwrap().contains("granite-4.0-h-small"));
    std::fs::write(&to, format!("(version:1,entries:(grids:[{}]))", grids(20_000))).unwrap();
    let before = std::fs::read(&to).unwrap();
    refusal(&["import", &config, "--to", &name], 1, &["20000 entries", "in parts"]);
    assert_eq!(std::fs::read(&to).unwrap(), before);
    // What is there and is no catalog is not written over either.
    std::fs::create_dir(folder.path().join("folder.ron")).unwrap();
    let taken = folder.path().join("folder.ron").display().to_string();
    assert_eq!(run(&["import", &config, "--to", &taken]).code, Some(1));
}

#[test]
fn every_kind_of_entry_is_shown_and_what_an_import_does_not_do_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("theirs.ron");
    let text = r#"(version: 1, entries: (
        sites: [(id: "roof", name: "My roof", year: 2025, pue: 1.1,
            provenance: (source: "s", date: "2025", standing: Measured))],
        format_losses: [(id: "l", name: "A loss", format: q4_k_m, measured_on: "m", perplexity: 6.0,
            perplexity_more: 0.1, provenance: (source: "s", date: "2025", standing: Measured))],
        removed_devices: ["nvidia-t4"],
    ))"#;
    std::fs::write(&from, text).unwrap();
    let from = from.display().to_string();
    let said = answer(&["import", &from]);
    for words in ["site `roof`: My roof", "format loss `l`: A loss", "takes out device `nvidia-t4`", "only adds"] {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    let rows = answer(&["import", &from, "--json"]);
    assert_eq!(rows.lines().count(), 2, "{rows}");
}

#[test]
fn a_server_of_a_device_nobody_has_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let from = folder.path().join("theirs.ron");
    let server = |device: &str| {
        format!(
            r#"(id: "box-{device}", name: "Box", vendor: "Test", role: GpuServer, height: 1.0, full_depth: true,
            devices: [(device: "{device}", count: 8)], provenance: (source: "s", date: "2026", standing: Assumed)),"#
        )
    };
    let text = format!("(version: 1, entries: (servers: [{}{}]))", server("no-such"), server("nvidia-t4"));
    std::fs::write(&from, text).unwrap();
    let to = folder.path().join("mine.ron").display().to_string();
    let said = answer(&["import", &from.display().to_string(), "--to", &to]);
    assert!(said.contains("`box-no-such`: devices: there is no device `no-such`"), "{said}");
    assert!(said.contains("1 entries added"), "{said}");
}
