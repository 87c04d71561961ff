//! Catalog files from outside are hostile: what is wrong is named, nothing panics, nothing is taken in by half.

use sizewright::catalog::{
    Catalog, Date, FORMAT_VERSION, Grid, Layer, MAX_FILE_BYTES, MOST_ENTRIES, Provenance, Standing,
};

/// A good file of one device, with room for one more field.
fn device_file(field: &str) -> String {
    format!(
        r#"(
    version: 1,
    entries: (devices: [
        (
            id: "test-card", name: "Test card", vendor: "Test", class: Other, form_factor: "card",
            {field}
            provenance: (source: "this test", date: "2026-11-20", standing: Assumed),
        ),
    ]),
)"#
    )
}

/// Reads `text` and returns the message it must be refused with, which must hold each of `words`.
fn check_refused(text: &str, words: &[&str]) {
    let message = Layer::from_ron_str("mine.ron", text).expect_err("this file is bad").to_string();
    for word in words.iter().chain(&["mine.ron"]) {
        assert!(message.contains(word), "`{word}` is missing in: {message}");
    }
}

#[test]
fn a_good_file_is_taken_and_unknown_values_stay_unknown() {
    let layer = Layer::from_ron_str("mine.ron", &device_file("")).expect("a good file");
    let device = layer.devices.first().expect("one device");
    assert_eq!(device.memory_bandwidth, None);
    assert_eq!(device.rates.fp16, None);
}

#[test]
fn an_impossible_number_is_refused_with_file_entry_field_and_advice() {
    for value in ["-5.0", "NaN", "inf", "-inf"] {
        check_refused(
            &device_file(&format!("memory_bandwidth_gb_s: {value},")),
            &["line 6", "test-card", "memory_bandwidth_gb_s", "leave the field out"],
        );
    }
    for field in ["memory_bandwidth_gb_s: 1e300,", "memory_bandwidth_gb_s: 0.0,"] {
        check_refused(&device_file(field), &["test-card", "memory_bandwidth_gb_s", "leave the field out"]);
    }
    check_refused(&device_file("facts: (performance_cores: 99999999999),"), &["line 6", "performance_cores"]);
    check_refused(&device_file("facts: (performance_cores: 0),"), &["test-card", "facts.performance_cores"]);
}

#[test]
fn a_misspelt_field_is_named_with_its_place() {
    check_refused(&device_file("memory_gb: 24.0,"), &["line 6", "memory_gb", "memory_gib"]);
}

#[test]
fn a_newer_version_is_refused_for_its_version_and_not_for_its_fields() {
    let text = device_file("field_of_the_future: 1,").replace("version: 1", "version: 2");
    check_refused(&text, &["version 2", &format!("version {FORMAT_VERSION}")]);
}

#[test]
fn foreign_cut_and_endless_files_are_refused() {
    let whole = device_file("");
    for text in ["", "GGUF", "{\"version\": 1}", "(version: 1)", whole.split_at(whole.len() / 2).0] {
        check_refused(text, &["line"]);
    }
    check_refused(&format!("(version: 1, entries: {}", "(".repeat(10_000)), &["line"]);
    check_refused(&device_file(&format!("notes: {}\"x\"", "Some(".repeat(10_000))), &["line"]);
    check_refused(&" ".repeat(MAX_FILE_BYTES + 1), &["16 MiB"]);
}

#[test]
fn entries_must_be_named_sourced_and_alone_with_their_id() {
    let bad = |from: &str, to: &str| device_file("").replace(from, to);
    check_refused(&bad("\"test-card\"", "\"Test Card\""), &["id", "slug"]);
    check_refused(&bad("\"this test\"", "\"  \""), &["test-card", "provenance.source", "empty"]);
    check_refused(&bad("2026-11-20", "yesterday"), &["date", "2024-07"]);
    check_refused(&bad("source: \"this test\", ", ""), &["source"]);
    let one = device_file("");
    let (head, tail) = one.split_at(one.find("        (\n").expect("an entry"));
    let entry = tail.get(..tail.find("    ]),").expect("its end")).expect("an entry");
    check_refused(&format!("{head}{entry}{tail}"), &["two entries", "test-card"]);
}

#[test]
fn an_id_used_in_two_files_and_a_reference_to_nothing_are_refused() {
    let device = device_file("");
    let error = Catalog::from_files(&[("a.ron", &device), ("b.ron", &device)]).expect_err("twice").to_string();
    assert!(error.contains("b.ron") && error.contains("test-card"), "{error}");

    let server = r#"(version: 1, entries: (servers: [(
        id: "box", name: "Box", vendor: "Test", role: GpuServer, height: 1.0, full_depth: true,
        devices: [(device: "no-such-card", count: 8)],
        provenance: (source: "this test", date: "2026", standing: Assumed),
    )]))"#;
    let error = Catalog::from_ron_str("mine.ron", server).expect_err("no such card").to_string();
    assert!(error.contains("box") && error.contains("no-such-card") && error.contains("add it"), "{error}");
}

#[test]
fn layer_groups_must_add_up() {
    let model = |groups: &str| {
        format!(
            r#"(version: 1, entries: (models: [(
                id: "m", name: "M", family: "M", kind: Dense,
                architecture: (layers: 4, hidden: 64, layer_groups: [{groups}]),
                provenance: (source: "this test", date: "2026", standing: Assumed),
            )]))"#
        )
    };
    let full = "state: Full(kv_heads: 1, key_dim: 8, value_dim: 8)";
    Layer::from_ron_str("mine.ron", &model(&format!("(count: 4, {full})"))).expect("four layers of four");
    Layer::from_ron_str("mine.ron", &model("")).expect("groups may be unknown");
    check_refused(&model(&format!("(count: 3, {full})")), &["`m`", "layer_groups", "3 layers", "4"]);
    check_refused(
        &model(&format!("(count: 4294967295, {full}), (count: 5, {full})")),
        &["`m`", "layer_groups", "make them agree"],
    );
}

#[test]
fn what_is_written_reads_back_the_same() {
    let all = Catalog::builtin().unwrap_or_else(|error| panic!("{error}"));
    let mut layer = Layer {
        models: all.models.as_slice().to_vec(),
        devices: all.devices.as_slice().to_vec(),
        servers: all.servers.as_slice().to_vec(),
        rack_types: all.rack_types.as_slice().to_vec(),
        grids: all.grids.as_slice().to_vec(),
        electricity_prices: all.electricity_prices.as_slice().to_vec(),
        api_prices: all.api_prices.as_slice().to_vec(),
        ..Layer::default()
    };
    layer.removed_devices.push("nvidia-t4".into());
    let text = layer.to_ron_string().expect("it can be written");
    assert_eq!(Layer::from_ron_str("written.ron", &text).expect("it reads back"), layer);
    assert!(text.find("version").expect("a version") < text.find("entries").expect("entries"));
    assert!(text.contains("memory_gib: 24.0"), "values stand without Some(..)");
}

#[test]
fn a_file_is_read_from_disk_and_a_missing_or_binary_one_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mine.ron");
    let message = Layer::read(&path).expect_err("not there").to_string();
    assert!(message.contains("mine.ron"), "{message}");
    std::fs::write(&path, device_file("")).expect("written");
    assert_eq!(Layer::read(&path).expect("read").devices.len(), 1);
    std::fs::write(&path, b"(version: 1, \xff\xfe)").expect("written");
    let message = Layer::read(&path).expect_err("not text").to_string();
    assert!(message.contains("mine.ron") && message.contains("byte 13"), "{message}");
}

/// A small generator of its own, so that a failure can be repeated: Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }
}

#[test]
fn damaged_files_never_panic() {
    const ROUNDS: u32 = 20_000;
    let pieces: [&[u8]; 10] =
        [b"(", b")", b"[", b"\"", b"-1", b"1e300", b"NaN", b"Some(", b"99999999999999999999", b"\xc3\x28"];
    let good = device_file("memory_bandwidth_gb_s: 100.0, rates: (fp16_tflops: 10.0), facts: (memory_kind: Ddr),");
    let mut dice = Dice(0x5129_7E0D_2026_1120);
    let mut taken = 0;
    for _ in 0..ROUNDS {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..=dice.below(3) {
            let at = dice.below(bytes.len());
            match dice.below(5) {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..(at + dice.below(20)).min(bytes.len()))),
                2 => drop(bytes.splice(at..at, pieces[dice.below(pieces.len())].iter().copied())),
                3 => {
                    let copy: Vec<u8> = bytes.iter().skip(at).take(dice.below(60)).copied().collect();
                    let to = dice.below(bytes.len());
                    drop(bytes.splice(to..to, copy));
                }
                _ => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << dice.below(8);
                    }
                }
            }
        }
        taken += u32::from(Layer::from_ron_str("damaged.ron", &String::from_utf8_lossy(&bytes)).is_ok());
    }
    assert!(taken < ROUNDS / 2, "the damage does not reach the parser: {taken} files passed");
}

/// So many grids, each with a source of so many bytes.
fn grids(count: usize, source: usize) -> Layer {
    let grid = |at: usize| Grid {
        id: format!("g{at}").as_str().into(),
        name: "G".to_owned(),
        year: 2024,
        intensity_g_per_kwh: 40.0,
        provenance: Provenance {
            source: "s".repeat(source),
            date: Date::parse("2024").expect("a date"),
            standing: Standing::Cited,
            fields: Vec::new(),
        },
    };
    Layer { grids: (0..count).map(grid).collect(), ..Layer::default() }
}

#[test]
fn what_could_not_be_read_again_is_not_written() {
    let message = grids(MOST_ENTRIES + 1, 1).to_ron_string().expect_err("too many").to_string();
    assert!(message.contains("20000 entries") && message.contains("in parts"), "{message}");
    let message = grids(6_000, 3_900).to_ron_string().expect_err("too large").to_string();
    assert!(message.contains("16 MiB") && message.contains("in parts"), "{message}");
    // What is only too large because it is pleasant to read is written closer together.
    let large = grids(15_000, 930);
    let text = large.to_ron_string().expect("it has room");
    assert!(text.len() <= MAX_FILE_BYTES && text.lines().count() < 10, "{} bytes", text.len());
    assert!(Layer::from_ron_str("large.ron", &text).expect("it reads back") == large);
}

#[test]
fn lists_beyond_any_use_are_refused_while_they_are_read() {
    let removed = "\"a\",".repeat(MOST_ENTRIES + 1);
    check_refused(&format!("(version: 1, entries: (removed_devices: [{removed}]))"), &["more than 20000"]);
    let tags = "\"a\",".repeat(33);
    let model =
        format!("(version: 1, entries: (models: [(id: \"m\", name: \"m\", family: \"f\", kind: Dense, tags: [{tags}]");
    check_refused(&model, &["more than 32"]);
}

#[test]
fn the_default_setting_of_an_engine_cannot_be_taken_out_by_a_file() {
    let text = "(version: 1, entries: (removed_engine_profiles: [\"vllm\"]))";
    check_refused(text, &["removed_engine_profiles", "vllm", "cannot be taken out"]);
}

#[test]
fn tags_are_words_and_stand_once() {
    let model = |tags: &str| {
        format!(
            r#"(version: 1, entries: (models: [(id: "m", name: "M", family: "M", kind: Dense, tags: [{tags}],
                provenance: (source: "this test", date: "2026", standing: Assumed))]))"#
        )
    };
    let layer = Layer::from_ron_str("mine.ron", &model("\"code\", \"long-context\"")).expect("two tags");
    assert_eq!(layer.models[0].tags, ["code", "long-context"]);
    for bad in ["\"\"", "\"Code\"", "\"two words\""] {
        check_refused(&model(bad), &["tags", "small letters"]);
    }
    check_refused(&model("\"code\", \"code\""), &["tags", "twice"]);
}
