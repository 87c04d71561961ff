//! Damaged files neither crash nor hang the import, and what it lets through is possible.
//!
//! Seeded: a failure names the seed and the file, and comes again.

mod random_support;

use std::time::{Duration, Instant};

use random_support::Random;
use sizewright::catalog::{Catalog, Date, Layer, validate};
use sizewright::import::{Importer, Known};

/// Damaged inputs for each parser.
const INPUTS: u64 = 20_000;

/// No input of a few kilobytes may take this long, even on a machine with ten times the work it can do.
const LONGEST: Duration = Duration::from_secs(20);

/// Pieces that parsers trip over.
const NASTY: &[&str] = &[
    "NaN",
    "Infinity",
    "-1",
    "1e300",
    "1e999",
    "-0",
    "\"",
    "\\",
    "{",
    "}",
    "[",
    "]",
    ",",
    "|",
    "\n",
    "\r\n",
    "±",
    "null",
    "\0",
    "99999999999999999999",
    "\u{feff}",
    "🦀",
    "\"avg_ts\":",
    "@ d",
    "GiB",
    "build:",
    "Device 0: ",
];

/// A text with one to four pieces of damage.
fn damaged(text: &[u8], random: &mut Random) -> String {
    String::from_utf8_lossy(&damaged_bytes(text, random)).into_owned()
}

fn damaged_bytes(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..=random.below(4) {
        let (at, to) = (random.below(bytes.len()), random.below(bytes.len()));
        let (from, to) = (at.min(to), at.max(to).min(at.min(to) + 64));
        match random.below(6) {
            0 if !bytes.is_empty() => bytes[at] = random.next() as u8,
            1 => bytes.truncate(at),
            2 => drop(bytes.drain(from..to)),
            3 => {
                let piece = bytes[from..to].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => {
                let piece = NASTY[random.below(NASTY.len())];
                bytes.splice(from..to, piece.bytes());
            }
            _ => {
                let piece = NASTY[random.below(NASTY.len())];
                bytes.splice(at..at, piece.bytes());
            }
        }
    }
    bytes
}

/// The same for files that give entries of the catalog. `repair`: what is put right after the damage, so that it reaches
/// further than the front door.
fn check_entries(file: &str, whole: &[u8], repair: fn(&mut Vec<u8>)) {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    let importer = Importer::new(catalog, known);
    let read = importer.bytes(file, whole);
    assert!(read.problems.is_empty() && read.entries != Layer::default(), "{file}: {:?}", read.problems);
    let mut still_read = 0_u64;
    for seed in 0..INPUTS {
        let mut input = damaged_bytes(whole, &mut Random(seed));
        repair(&mut input);
        let began = Instant::now();
        let report = importer.bytes(file, &input);
        assert!(began.elapsed() < LONGEST, "{file}, seed {seed}: {:?}", began.elapsed());
        let nothing = report.entries == Layer::default() && report.measurements.is_empty();
        assert!(!nothing || !report.problems.is_empty() || file.ends_with(".ron"), "{file}, seed {seed}: nothing said");
        assert!(validate::layer(file, &report.entries).is_empty(), "{file}, seed {seed}: an impossible entry");
        still_read += u64::from(!nothing);
    }
    // RON and safetensors are strict: most damage is found where it lies.
    assert!(still_read > INPUTS / 100, "{file}: only {still_read} of {INPUTS} gave anything");
}

fn check(file: &str, text: &str) {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let importer = Importer::new(catalog, Known::default());
    let whole = importer.text(file, text);
    assert!(!whole.measurements.is_empty(), "{file} holds something to damage");
    let mut still_read = 0_u64;
    for seed in 0..INPUTS {
        let input = damaged(text.as_bytes(), &mut Random(seed));
        let began = Instant::now();
        let report = importer.text(file, &input);
        assert!(began.elapsed() < LONGEST, "{file}, seed {seed}: {:?}", began.elapsed());
        assert!(
            !report.measurements.is_empty() || !report.problems.is_empty(),
            "{file}, seed {seed}: nothing read and nothing said"
        );
        for one in &report.measurements {
            assert!(one.value.is_possible(), "{file}, seed {seed}: {one:?}");
            assert!(one.concurrency.is_none_or(|n| n.is_finite() && n > 0.0), "{file}, seed {seed}: {one:?}");
        }
        still_read += u64::from(!report.measurements.is_empty());
    }
    // Were nothing read any more, the damage would only ever try the front door.
    assert!(still_read > INPUTS / 4, "{file}: only {still_read} of {INPUTS} gave anything");
}

#[test]
fn damaged_json_neither_crashes_nor_hangs() {
    check("llama-bench.json", include_str!("fixtures/import/llama-bench.json"));
}

#[test]
fn damaged_json_lines_neither_crash_nor_hang() {
    check("llama-bench.jsonl", include_str!("fixtures/import/llama-bench.jsonl"));
}

#[test]
fn damaged_csv_neither_crashes_nor_hangs() {
    check("llama-bench.csv", include_str!("fixtures/import/llama-bench.csv"));
}

#[test]
fn damaged_markdown_neither_crashes_nor_hangs() {
    check("llama-bench-old.md", include_str!("fixtures/import/llama-bench-old.md"));
}

#[test]
fn damaged_vllm_results_neither_crash_nor_hang() {
    // Two results, so that one is left when the other is gone.
    let twice = include_str!("fixtures/import/vllm-serve.json").repeat(2);
    check("vllm-serve.json", &twice);
}

#[test]
fn damaged_sglang_results_neither_crash_nor_hang() {
    check("sglang.jsonl", include_str!("fixtures/import/sglang.jsonl"));
}

#[test]
fn damaged_configurations_neither_crash_nor_hang() {
    check_entries("qwen.config.json", include_bytes!("fixtures/import/configs/qwen3-next-80b-a3b.config.json"), |_| {});
}

#[test]
fn damaged_configurations_of_mixtures_neither_crash_nor_hang() {
    check_entries(
        "deepseek.config.json",
        include_bytes!("fixtures/import/configs/deepseek-v3-671b.config.json"),
        |_| {},
    );
}

#[test]
fn damaged_safetensors_headers_neither_crash_nor_hang() {
    let header = br#"{"model.embed_tokens.weight":{"dtype":"BF16","shape":[2,4],"data_offsets":[0,16]},
        "model.layers.0.mlp.up_proj.weight":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[16,24]},
        "__metadata__":{"format":"pt"}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header);
    file.extend([0; 24]);
    // Half of the files say the true length of what is left of their header.
    check_entries("tiny.safetensors", &file, |bytes| {
        if let (Some(header), true) = (bytes.len().checked_sub(32), bytes.len() % 2 == 0) {
            bytes[..8].copy_from_slice(&(header as u64).to_le_bytes());
        }
    });
}

#[test]
fn damaged_device_types_neither_crash_nor_hang() {
    check_entries("server.yaml", include_bytes!("fixtures/import/netbox/device-types/Acme/server.yaml"), |_| {});
}

#[test]
fn damaged_rack_types_neither_crash_nor_hang() {
    check_entries("rack.yaml", include_bytes!("fixtures/import/netbox/rack-types/APC/AR3100.yaml"), |_| {});
}

#[test]
fn damaged_catalogs_neither_crash_nor_hang() {
    let layer = Layer {
        models: Catalog::builtin().expect("it reads").models.iter().take(1).cloned().collect(),
        rack_types: Catalog::builtin().expect("it reads").rack_types.iter().take(1).cloned().collect(),
        ..Layer::default()
    };
    check_entries("layer.ron", layer.to_ron_string().expect("it writes").as_bytes(), |_| {});
}

#[test]
fn damaged_indices_neither_crash_nor_hang() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    let importer = Importer::new(catalog, known);
    let folder = tempfile::tempdir().expect("a folder");
    let config = include_bytes!("fixtures/import/configs/llama-3.1-8b.config.json");
    std::fs::write(folder.path().join("config.json"), config).expect("written");
    let (config, index) = (folder.path().join("config.json"), folder.path().join("model.safetensors.index.json"));
    let whole = br#"{"metadata": {"total_size": 16060522496.0}, "weight_map": {
        "model.embed_tokens.weight": "model-00001-of-00004.safetensors", "lm_head.weight": "model-00004-of-00004.safetensors"}}"#;
    std::fs::write(&index, whole).expect("written");
    assert_eq!(importer.file(&config).entries.models[0].parameters_total, Some(8_030_261_248));
    let mut believed = 0_u64;
    for seed in 0..INPUTS {
        std::fs::write(&index, damaged_bytes(whole, &mut Random(seed))).expect("written");
        let began = Instant::now();
        let report = importer.file(&config);
        assert!(began.elapsed() < LONGEST, "seed {seed}: {:?}", began.elapsed());
        // The configuration beside it is sound: a bad index costs the index, not the model.
        assert_eq!(report.entries.models.len(), 1, "seed {seed}: {:?}", report.problems);
        assert!(validate::layer("index", &report.entries).is_empty(), "seed {seed}: an impossible entry");
        let named = report.problems.iter().all(|problem| problem.to_string().contains("model.safetensors.index.json"));
        assert!(named, "seed {seed}: {:?}", report.problems);
        believed += u64::from(report.problems.is_empty());
    }
    assert!(believed > INPUTS / 100, "only {believed} of {INPUTS} were believed");
}

#[test]
fn damaged_plans_neither_crash_nor_hang() {
    use sizewright::project::file::from_text;
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let whole = include_str!("golden/plan-version-1.ron");
    let path = std::path::Path::new("plan-version-1.ron");
    assert!(from_text(path, whole, catalog).is_ok());
    let mut still_read = 0_u64;
    for seed in 0..INPUTS {
        let input = damaged(whole.as_bytes(), &mut Random(seed));
        let began = Instant::now();
        match from_text(path, &input, catalog) {
            Ok(_) => still_read += 1,
            Err(error) => assert!(error.to_string().contains("plan-version-1.ron"), "seed {seed}: {error}"),
        }
        assert!(began.elapsed() < LONGEST, "seed {seed}: {:?}", began.elapsed());
    }
    assert!(still_read > INPUTS / 100, "only {still_read} of {INPUTS} gave anything");
}
