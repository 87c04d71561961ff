//! Saving and opening a plan: round trips, hostile files, and what stays untouched.

use std::path::{Path, PathBuf};

use sizewright::catalog::{Catalog, ModelId};
use sizewright::project::Project;
use sizewright::project::file::{MAX_PLAN_BYTES, PLAN_VERSION, from_text, open, save, to_text, write_atomically};

fn built_in() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog is sound")
}

fn plan() -> Project {
    Project::default_plan(built_in())
}

fn text() -> String {
    to_text(Path::new("plan.ron"), &plan(), built_in()).expect("a sound plan")
}

/// Opens a changed text and expects a refusal that says all of `words` and the file's name.
#[track_caller]
fn check_refused(text: &str, words: &[&str]) {
    let refusal = from_text(Path::new("/plans/office.ron"), text, built_in()).expect_err("a refusal").to_string();
    for word in words.iter().chain(&["/plans/office.ron"]) {
        assert!(refusal.contains(word), "`{refusal}` does not say `{word}`");
    }
}

#[test]
fn a_saved_plan_opens_as_it_was() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.ron");
    save(&path, &plan(), built_in()).expect("saved");
    let opened = open(&path, built_in()).expect("opened");
    assert_eq!(opened.project, plan());
    assert!(opened.differences.is_empty(), "nothing differs from the catalog it was saved with");
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 1, "no temporary file is left");
    let first_line = std::fs::read_to_string(&path).expect("text");
    assert!(
        first_line.lines().find(|line| line.contains(':')).expect("fields").contains("version: 1"),
        "version first"
    );
}

#[test]
fn a_plan_of_version_1_opens_for_ever() {
    // Written by the first program that wrote plans, with every optional thing set. Never change the file: a new version of
    // the format gets a file of its own.
    let text = include_str!("golden/plan-version-1.ron");
    let opened = from_text(Path::new("plan-version-1.ron"), text, built_in()).expect("opened");
    let plan = opened.project;
    assert_eq!(plan.name, "Every field of version 1");
    assert_eq!(plan.racks.layouts[0].placements.len(), 2);
    assert_eq!(plan.racks.feeds.expect("feeds").breaker.as_amperes(), 32.0);
    assert_eq!(plan.needs.time_to_first_token.expect("a limit").as_secs(), 2.0);
    assert_eq!(plan.money.compared_api.expect("a model").as_str(), "gpt-4o-mini");
    // A live run of that time is a row for each of its figures: prefill, decode, time to first token.
    let figures: Vec<f64> = plan.measurements.iter().map(|own| own.measurement.value.number()).collect();
    assert_eq!(figures, [300.0, 55.5, 0.05]);
    assert!(plan.measurements.iter().all(|own| own.used && own.measurement.device.text == "Some processor"));
    assert_eq!(plan.layer.models.len(), 1);
}

#[test]
fn measurements_survive_being_saved_and_opened() {
    let golden = include_str!("golden/plan-version-1.ron");
    let mut mine = from_text(Path::new("old.ron"), golden, built_in()).expect("opened").project;
    mine.measurements[1].used = false;
    let text = to_text(Path::new("plan.ron"), &mine, built_in()).expect("a sound plan");
    let again = from_text(Path::new("plan.ron"), &text, built_in()).expect("opened").project;
    assert_eq!(again.measurements, mine.measurements);
    // A plan of before there were any, too.
    let start = text.find("        measurements: [").expect("a list");
    let end = start + text[start..].find("\n        ],").expect("its end") + "\n        ],".len();
    let without = format!("{}{}", &text[..start], &text[end..]);
    let opened = from_text(Path::new("plan.ron"), &without, built_in()).expect("opened").project;
    assert!(opened.measurements.is_empty());
}

#[test]
fn impossible_measurements_are_refused_with_their_place() {
    let golden = include_str!("golden/plan-version-1.ron");
    for bad in ["0.0", "-1.0", "NaN", "inf", "1e300"] {
        check_refused(&golden.replacen("55.5", bad, 1), &["measurements[1]", "decode", "take the row out"]);
    }
    check_refused(&golden.replacen("threads: 8,", "", 1), &["measurement"]);
}

#[test]
fn an_old_plan_keeps_the_numbers_it_was_saved_with() {
    let model = ModelId::new("llama-3-8b");
    let mut old_catalog = built_in().clone();
    let mut entry = old_catalog.models.get(&model).expect("in the catalog").clone();
    (entry.parameters_total, entry.parameters_active) = (Some(7_000_000_000), Some(7_000_000_000));
    old_catalog.models.put(entry.clone());
    let text = to_text(Path::new("plan.ron"), &plan(), &old_catalog).expect("a sound plan");
    let opened = from_text(Path::new("plan.ron"), &text, built_in()).expect("opened");
    let names: Vec<&str> = opened.differences.iter().map(|difference| difference.id.as_str()).collect();
    assert_eq!(names, ["llama-3-8b"]);
    let catalog = opened.project.catalog(built_in());
    assert_eq!(catalog.models.get(&model), Some(&entry));
    // Saved again, it still holds the old entry.
    let again = to_text(Path::new("plan.ron"), &opened.project, built_in()).expect("a sound plan");
    assert_eq!(from_text(Path::new("plan.ron"), &again, built_in()).expect("opened"), opened);
}

#[test]
fn a_users_own_entry_is_saved_once_and_wins_over_the_embedded_one() {
    let mut mine = plan();
    let mut entry = built_in().models.get(&ModelId::new("llama-3-8b")).expect("in the catalog").clone();
    entry.name = "My 8B".to_owned();
    mine.layer.models.push(entry.clone());
    let text = to_text(Path::new("plan.ron"), &mine, built_in()).expect("a sound plan");
    assert_eq!(text.matches("\"llama-3-8b\"").count(), 2, "one scenario and one entry");
    let opened = from_text(Path::new("plan.ron"), &text, built_in()).expect("opened").project;
    assert_eq!(opened, mine);
    assert_eq!(opened.catalog(built_in()).models.get(&entry.id), Some(&entry));
}

#[test]
fn a_newer_plan_is_refused_by_its_version_and_not_by_a_field() {
    let newer = text().replacen("version: 1", "version: 2", 1).replacen("plan:", "plan_of_the_future:", 1);
    check_refused(&newer, &["version 2", "reads up to version 1", "open it with"]);
    assert_eq!(PLAN_VERSION, 1);
}

#[test]
fn an_unknown_a_missing_and_a_wrong_field_are_named() {
    check_refused(&text().replacen("pue:", "pie:", 1), &["pie", "line "]);
    check_refused(&text().replacen("pue: 1.2,", "", 1), &["pue", "line "]);
    check_refused(&text().replacen("pue: 1.2", "pue: \"much\"", 1), &["line ", "at `pue`", "float"]);
}

#[test]
fn impossible_values_are_refused_with_field_and_remedy() {
    for (from, to, words) in [
        ("pue: 1.2", "pue: 0.9", &["money.pue", "0.9", "1 or more"][..]),
        ("pue: 1.2", "pue: NaN", &["money.pue", "not a number"]),
        ("power_budget_w: 12500.0", "power_budget_w: inf", &["racks.power_budget_w", "not a number"]),
        ("power_budget_w: 12500.0", "power_budget_w: -1.0", &["racks.power_budget_w", "0 or more"]),
        ("utilisation: 0.5", "utilisation: 1.5", &["money.utilisation", "0 to 1"]),
        ("height_units: 42", "height_units: 4000000000", &["racks.layouts[0].height_units", "1 to 120"]),
        ("height_units: 42", "height_units: -1", &["line "]),
        (
            "target_tokens_per_second: 10.0",
            "target_tokens_per_second: 0.0",
            &["needs.target_tokens_per_second", "more than 0"],
        ),
    ] {
        assert!(text().contains(from), "{from}");
        check_refused(&text().replacen(from, to, 1), words);
    }
}

#[test]
fn an_impossible_entry_inside_a_plan_is_named() {
    let mut hostile = plan();
    let mut device = built_in().devices.iter().find(|device| device.memory_bandwidth.is_some()).expect("one").clone();
    device.name = String::new();
    hostile.layer.devices.push(device.clone());
    let text = to_text(Path::new("plan.ron"), &hostile, built_in()).expect("written");
    check_refused(&text, &["layer.devices", device.id.as_str(), "name"]);
    device.name = "X".to_owned();
    hostile.layer.devices = vec![device];
    let text = to_text(Path::new("plan.ron"), &hostile, built_in()).expect("written");
    let at = text.find("memory_bandwidth_gb_s: ").expect("written") + "memory_bandwidth_gb_s: ".len();
    let negative = format!("{}-{}", &text[..at], &text[at..]);
    check_refused(&negative, &["GB/s", "zero or more", "line "]);
}

#[test]
fn no_cut_of_a_plan_panics_or_opens() {
    let whole = text();
    let trimmed = whole.trim_end().len();
    for end in (0..trimmed).step_by(97).filter(|end| whole.is_char_boundary(*end)) {
        assert!(from_text(Path::new("cut.ron"), &whole[..end], built_in()).is_err(), "cut at {end}");
    }
}

#[test]
fn foreign_files_are_refused_with_a_word() {
    for (bytes, words) in [
        (&b""[..], &["not a plan"][..]),
        (b"{\"nodes\": [1, 2]}", &["not a plan", "line 1"]),
        (b"GGUF\x03\x00\x00\x00\xff\xfe", &["not a plan", "UTF-8"]),
        (b"<html></html>", &["not a plan", "line 1"]),
        (b"(version: 1)", &["plan"]),
        (b"(version: 99999999999999999999)", &["line 1"]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("foreign.ron");
        std::fs::write(&path, bytes).expect("written");
        let refusal = open(&path, built_in()).expect_err("a refusal").to_string();
        for word in words.iter().chain(&["foreign.ron"]) {
            assert!(refusal.contains(word), "`{refusal}` does not say `{word}`");
        }
    }
    let deep = format!("(version: 1, plan: {}", "[".repeat(200_000));
    check_refused(&deep, &["line 1"]);
    let refusal = open(Path::new("/nowhere/plan.ron"), built_in()).expect_err("a refusal").to_string();
    assert!(refusal.contains("cannot read the plan") && refusal.contains("/nowhere/plan.ron"), "{refusal}");
}

#[test]
fn a_file_beyond_the_limit_is_not_taken_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("huge.ron");
    // A hole in the file: its size is stated, its bytes take no room.
    std::fs::File::create(&path).and_then(|file| file.set_len(MAX_PLAN_BYTES * 1000)).expect("made");
    let refusal = open(&path, built_in()).expect_err("a refusal").to_string();
    assert!(refusal.contains("larger than 32 MiB"), "{refusal}");
}

#[test]
fn a_failed_save_leaves_the_old_file_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.ron");
    save(&path, &plan(), built_in()).expect("saved");
    let before = std::fs::read(&path).expect("bytes");
    let mut broken = plan();
    broken.money.pue = f64::NAN;
    let refusal = save(&path, &broken, built_in()).expect_err("it could not be opened again").to_string();
    assert!(refusal.contains("money.pue"), "{refusal}");
    assert_eq!(std::fs::read(&path).expect("bytes"), before);
    assert_eq!(files(folder.path()), std::slice::from_ref(&path));
    let folder_in_the_way = folder.path().join("taken.ron");
    std::fs::create_dir(&folder_in_the_way).expect("made");
    assert!(save(&folder_in_the_way, &plan(), built_in()).is_err());
    assert_eq!(files(folder.path()), [path, folder_in_the_way]);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path()).collect();
    names.sort();
    names
}

#[cfg(unix)]
#[test]
fn saving_through_a_link_keeps_the_link() {
    let folder = tempfile::tempdir().expect("a folder");
    let (file, link) = (folder.path().join("real.ron"), folder.path().join("link.ron"));
    std::fs::write(&file, b"old").expect("written");
    std::os::unix::fs::symlink(&file, &link).expect("linked");
    write_atomically(&link, b"new").expect("written");
    assert_eq!(std::fs::read(&file).expect("bytes"), b"new");
    assert!(link.is_symlink());
}

#[test]
fn two_entries_of_one_id_inside_a_plan_are_named() {
    let mut twice = plan();
    let device = built_in().devices.iter().next().expect("one").clone();
    twice.layer.devices = vec![device.clone(), device.clone()];
    let text = to_text(Path::new("plan.ron"), &twice, built_in()).expect("written");
    check_refused(&text, &["layer.devices", "two entries", device.id.as_str()]);
}

#[test]
fn a_plan_without_a_default_engine_opens_with_it_and_says_so() {
    let mut without = plan();
    without.layer.removed_engine_profiles = vec!["vllm".into(), "gone".into()];
    let text = to_text(Path::new("plan.ron"), &without, built_in()).expect("written");
    let opened = from_text(Path::new("plan.ron"), &text, built_in()).expect("opened");
    assert_eq!(opened.project.layer.removed_engine_profiles, ["gone".into()]);
    assert!(opened.notes.len() == 1 && opened.notes[0].contains("vllm"), "{:?}", opened.notes);
    assert!(opened.project.catalog(built_in()).engine_profiles.get(&"vllm".into()).is_some());
}

#[test]
fn a_plan_that_could_not_be_opened_again_is_not_written_over_the_old_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.ron");
    save(&path, &plan(), built_in()).expect("saved");
    let before = std::fs::read(&path).expect("bytes");
    let mut large = plan();
    let mut model = built_in().models.iter().next().expect("one").clone();
    model.notes = Some("n".repeat(3_990));
    for at in 0..9_000 {
        model.id = ModelId::new(format!("m{at}"));
        large.layer.models.push(model.clone());
    }
    let refusal = save(&path, &large, built_in()).expect_err("too large").to_string();
    assert!(refusal.contains("above 32 MiB") && refusal.contains("take out"), "{refusal}");
    assert_eq!(std::fs::read(&path).expect("bytes"), before);
    large.layer.models.clear();
    model.notes = None;
    for at in 0..20_001 {
        model.id = ModelId::new(format!("m{at}"));
        model.architecture = None;
        large.layer.models.push(model.clone());
    }
    let refusal = save(&path, &large, built_in()).expect_err("too many").to_string();
    assert!(refusal.contains("20000 catalog entries"), "{refusal}");
    assert_eq!(std::fs::read(&path).expect("bytes"), before);
}
