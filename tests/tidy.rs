//! The rules of the house that a compiler does not check: who may name whom, what stands where, how long a file may be.
//!
//! Each rule is a function over a path and a text, tried on a bad sample of its own before it is tried on the house.

mod tidy {
    pub mod data;
    pub mod drawing;
    pub mod rules;
    pub mod source;
}

use std::path::{Path, PathBuf};

use tidy::data::entries_without_source;
use tidy::drawing::{Arrows, arrows, modules};
use tidy::rules::{
    ROOMS, colour_literals, foreign_names, machine_paths, missing_header, too_long, unsafe_outside_kernels,
    upward_names,
};
use tidy::source::code_only;

/// One thing wrong: where, and what.
type Finding = String;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, with its path from the root written with slashes. A folder that is not there has none.
fn files_below(folder: &str) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut open = vec![root().join(folder)];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root()).expect("below the root").to_string_lossy().replace('\\', "/");
                found.push((name, path));
            }
        }
    }
    found.sort();
    found
}

/// The texts below some folders with one of these endings.
fn texts(folders: &[&str], endings: &[&str]) -> Vec<(String, String)> {
    folders
        .iter()
        .flat_map(|folder| files_below(folder))
        .filter(|(name, _)| endings.iter().any(|ending| name.ends_with(ending)))
        .map(|(name, path)| {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
            (name, text)
        })
        .collect()
}

fn check_house(files: &[(String, String)], rule: impl Fn(&str, &str) -> Vec<Finding>) {
    assert!(!files.is_empty(), "there is nothing to check");
    let findings: Vec<Finding> = files.iter().flat_map(|(name, text)| rule(name, text)).collect();
    assert!(findings.is_empty(), "\n{}", findings.join("\n"));
}

/// A rule must find something in each of the bad samples and nothing in the good ones.
fn check_rule(rule: impl Fn(&str, &str) -> Vec<Finding>, bad: &[(&str, &str)], good: &[(&str, &str)]) {
    for (name, text) in bad {
        assert!(!rule(name, text).is_empty(), "nothing found in {name}: {text}");
    }
    for (name, text) in good {
        let findings = rule(name, text);
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[test]
fn comments_and_texts_are_not_code() {
    let code = code_only("let a = \"x // y\"; // z\n/* b /* c */ d */ let e = 'f'; r#\"g\"# fn h<'i>() {}");
    for word in ["x", "y", "z", "b", "c", "d ", "g"] {
        assert!(!code.contains(word), "`{word}` is left of {code}");
    }
    for word in ["let a", "let e", "fn h<'i>"] {
        assert!(code.contains(word), "`{word}` is lost of {code}");
    }
}

#[test]
fn a_room_names_only_the_rooms_below_it() {
    check_rule(
        upward_names,
        &[
            ("src/catalog/device.rs", "use crate::sizing::estimate;"),
            ("src/units.rs", "use crate::{catalog::Device, units::Bytes};"),
            ("src/sizing/speed.rs", "fn f() { crate::rack::fit(); }"),
            ("src/infer/model.rs", "use crate::catalog::Device;"),
            ("src/import/gguf.rs", "use crate::rack::layout;"),
            ("src/rack/fit.rs", "use crate::{\n    catalog::Server,\n    project::{Plan, Scenario},\n};"),
            ("src/units.rs", "pub use crate::{self as all, ui};"),
            ("src/accuracy/judge.rs", "use crate::validate::speed;"),
            ("src/validate.rs", "use crate::{fit::Fold, sizing::estimate};"),
            ("src/fit/serving.rs", "fn f() { crate::project::file::open() }"),
            ("src/rack.rs", "use crate::import::Importer;"),
            ("src/cli/rack.rs", "use crate::ui::app;"),
        ],
        &[
            ("src/rack/fit.rs", "use crate::catalog::Device; // crate::ui draws it"),
            ("src/sizing.rs", "//! `crate::ui` shows this.\nuse crate::{catalog::Model, units::Bytes};"),
            ("src/ui/app.rs", "use crate::infer::worker;\nuse crate::project::Plan;"),
            ("src/units/print.rs", "use crate::units::Significant; let text = \"crate::ui\";"),
            ("src/fit/serving.rs", "use crate::validate::serving; use crate::accuracy::Row;"),
        ],
    );
    check_house(&texts(&["src"], &[".rs"]), upward_names);
}

#[test]
fn the_table_of_rooms_is_the_drawing_in_lib_rs() {
    let small = "//! ```text\n//! a <- {b, c <- d} <- e\n//! a <- f <- {b, e}\n//! {c, f} <- g\n//! ```";
    let expected = [("a", ""), ("b", "af"), ("c", "a"), ("d", "ac"), ("e", "abcdf"), ("f", "a"), ("g", "acf")];
    let letters = |text: &str| text.chars().map(|c| c.to_string()).collect();
    let expected: Arrows = expected.into_iter().map(|(room, below)| (room.to_owned(), letters(below))).collect();
    assert_eq!(arrows(small), expected);

    let lib = std::fs::read_to_string(root().join("src/lib.rs")).expect("lib.rs");
    let table: Arrows = ROOMS
        .iter()
        .map(|(room, below)| ((*room).to_owned(), below.iter().map(|one| (*one).to_owned()).collect()))
        .collect();
    assert_eq!(table.len(), ROOMS.len(), "a room stands twice in the table");
    assert_eq!(table, arrows(&lib), "ROOMS (left) and the drawing in src/lib.rs (right) disagree");
    let drawn: std::collections::BTreeSet<String> = table.into_keys().collect();
    assert_eq!(drawn, modules(&lib), "rooms drawn (left) and modules there are (right)");
}

#[test]
fn foreign_crates_stay_in_their_rooms() {
    check_rule(
        foreign_names,
        &[
            ("src/rack/layout.rs", "fn draw(ui: &mut egui::Ui) {}"),
            ("src/project.rs", "use eframe::App;"),
            ("src/export/picture.rs", "use egui_plot::Plot;"),
            ("src/sizing/memory.rs", "use candle_core::quantized::gguf_file;"),
            ("src/import/config.rs", "use candle_core::Tensor;"),
        ],
        &[
            ("src/ui/panels/models.rs", "use egui::Ui; use egui_extras::TableBuilder;"),
            ("src/import/gguf.rs", "use candle_core::quantized::gguf_file;"),
            ("src/infer/gguf/open.rs", "use candle_core::quantized::gguf_file;"),
            ("src/project.rs", "//! No egui here.\nlet egui_less = \"egui\";"),
        ],
    );
    check_house(&texts(&["src"], &[".rs"]), foreign_names);
}

#[test]
fn colours_come_from_the_theme() {
    check_rule(
        colour_literals,
        &[
            ("src/ui/rack/paint.rs", "painter.rect(Color32::from_rgb(1, 2, 3));"),
            ("src/ui/panels/live.rs", "ui.colored_label(egui::Color32::RED, text);"),
            ("src/ui/app.rs", "let c = hex_color!(\"#ff0000\");"),
            ("src/ui/app.rs", "let c = Rgba::from_rgb(1.0, 0.0, 0.0);"),
        ],
        &[
            ("src/ui/theme.rs", "pub const WARN: Color32 = Color32::from_rgb(1, 2, 3);"),
            ("src/ui/theme/colours.rs", "Color32::RED"),
            ("src/ui/rack/paint.rs", "fn fill(colour: Color32) -> Color32 { Color32::TRANSPARENT }"),
        ],
    );
    // The window is not there in every state of the house.
    let mut ui = texts(&["src"], &[".rs"]);
    ui.retain(|(name, _)| name.starts_with("src/ui/") || name == "src/ui.rs");
    if !ui.is_empty() {
        check_house(&ui, colour_literals);
    }
}

#[test]
fn every_source_file_says_what_it_is() {
    check_rule(
        missing_header,
        &[("src/sizing/memory.rs", "use crate::units::Bytes;"), ("src/rack.rs", "// A rack.\npub mod fit;")],
        &[("src/sizing/memory.rs", "//! Where the bytes go.\n")],
    );
    check_house(&texts(&["src", "tests"], &[".rs"]), missing_header);
}

#[test]
fn no_source_file_is_longer_than_six_hundred_lines() {
    check_rule(
        too_long,
        &[("src/sizing/memory.rs", "\n".repeat(601).as_str())],
        &[("src/sizing/memory.rs", "\n".repeat(600).as_str())],
    );
    check_house(&texts(&["src", "tests"], &[".rs"]), too_long);
}

#[test]
fn unsafe_code_stays_among_the_kernels() {
    check_rule(
        unsafe_outside_kernels,
        &[("src/infer/model.rs", "unsafe { map(file) }"), ("src/rack.rs", "unsafe impl Send for Rack {}")],
        &[
            ("src/infer/kernels/dot.rs", "unsafe { load(pointer) }"),
            ("src/rack.rs", "//! Nothing unsafe.\nlet unsafely = 1;"),
        ],
    );
    check_house(&texts(&["src"], &[".rs"]), unsafe_outside_kernels);
}

#[test]
fn every_entry_of_the_data_has_a_source_and_a_date() {
    let entry = |provenance: &str| format!("entries: (grids: [\n    (id: \"a\", name: \"A\", {provenance}),\n])");
    let good = entry("provenance: (source: \"a book\", date: \"2026\", standing: Cited)");
    let bad: Vec<String> = vec![
        entry(""),
        entry("provenance: (source: \"\", date: \"2026\", standing: Cited)"),
        entry("provenance: (date: \"2026\", standing: Cited)"),
        entry("provenance: (source: \"a book\", standing: Cited)"),
        entry("provenance: (source: \"a book\", date: \"\", standing: Cited)"),
        // The first has none and must not borrow that of the second.
        format!("{}\n{good}", entry("")),
    ];
    let bad: Vec<(&str, &str)> = bad.iter().map(|text| ("data/grids.ron", text.as_str())).collect();
    check_rule(entries_without_source, &bad, &[("data/grids.ron", &good)]);
    check_house(&texts(&["data"], &[".ron"]), entries_without_source);
}

/// The rule is not only fulfilled: each shipped file fails once one of its entries loses source, date or provenance.
#[test]
fn an_entry_of_any_data_file_that_loses_its_source_or_date_is_found() {
    let mut broken = 0;
    for (name, text) in texts(&["data"], &[".ron"]) {
        if !text.contains("entries:") {
            continue;
        }
        let places: Vec<usize> = text.match_indices("provenance: (").map(|(at, _)| at).collect();
        let at = *places.get(places.len() / 2).unwrap_or_else(|| panic!("{name} has no provenance"));
        let (before, after) = text.split_at(at);
        for (what, with) in [("provenance: (", "("), ("source: ", "sauce: "), ("date: ", "day: ")] {
            let damaged = format!("{before}{}", after.replacen(what, with, 1));
            let findings = entries_without_source(&name, &damaged);
            assert_eq!(findings.len(), 1, "{name} without `{what}`: {findings:?}");
            assert!(findings[0].starts_with(&name) && findings[0].contains('`'), "{findings:?}");
            broken += 1;
        }
    }
    assert!(broken > 60, "{broken}");
}

#[test]
fn nothing_depends_on_the_machine_it_was_written_on() {
    // Put together here, so that this file does not hold what it looks for.
    let home = format!("/{}/somebody/model.gguf", "home");
    let work = format!("/{}/shared/data", "work");
    let mirror = format!("https://{}.example.net/simple", "pypi-mirror");
    let port = format!("index = \"http{}10.0.0.7:8081/repository\"", "://");
    check_rule(
        machine_paths,
        &[("src/infer/locate.rs", &home), ("data/grids.ron", &work), ("README.md", &mirror), ("Cargo.toml", &port)],
        &[
            ("README.md", "See https://docs.rs/egui and https://github.com/ggml-org/llama.cpp, or framework/shared."),
            ("Cargo.toml", "source = \"registry+https://github.com/rust-lang/crates.io-index\""),
        ],
    );
    let mut files = texts(&["src", "tests", "data", ".ci"], &[".rs", ".ron", ".toml", ".sh", ".py", ".md", "/run"]);
    for name in ["Cargo.toml", "Cargo.lock", "README.md", "CHANGELOG.md"] {
        if let Ok(text) = std::fs::read_to_string(root().join(name)) {
            files.push((name.to_owned(), text));
        }
    }
    check_house(&files, machine_paths);
}
