//! GGUF files as models of the catalog: exactly the parameters their tensors have, whatever the architecture.
#![cfg(feature = "infer")]

use std::path::{Path, PathBuf};

use sizewright::catalog::{Catalog, Date, LayerState};
use sizewright::import::{FileKind, ImportReport, Importer, Known};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import/gguf")
}

fn read(path: &Path) -> ImportReport {
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    Importer::new(Catalog::builtin().expect("the built-in catalog reads"), known).file(path)
}

#[test]
fn files_of_ten_architectures_give_exactly_the_parameters_they_were_written_with() {
    let counts = std::fs::read_to_string(folder().join("counts.json")).expect("counts");
    let counts: std::collections::BTreeMap<String, u64> = serde_json::from_str(&counts).expect("a map");
    assert!(counts.len() >= 10);
    for (name, count) in counts {
        let report = read(&folder().join(format!("{name}.gguf")));
        assert!(report.problems.is_empty(), "{name}: {:?}", report.problems);
        assert_eq!(report.kind, Some(FileKind::Gguf));
        let model = &report.entries.models[0];
        assert_eq!(model.parameters_total, Some(count), "{name}");
        // The shapes read give the same count but for a bias or two: none was misunderstood.
        let by_shapes = report.read.iter().find(|line| line.contains("by the shapes")).expect("counted");
        assert!(by_shapes.ends_with("0.00 %") || by_shapes.ends_with("0.01 %"), "{name}: {by_shapes}");
    }
}

#[test]
fn the_embedded_model_has_the_parameters_its_makers_publish() {
    let path = sizewright::infer::embedded_model().expect("the model is there");
    let report = read(&path);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let model = &report.entries.models[0];
    // HuggingFaceTB/SmolLM2-135M-Instruct, safetensors metadata of the model page.
    assert_eq!(model.parameters_total, Some(134_515_008));
    let shapes = model.architecture.as_ref().expect("shapes");
    assert_eq!((shapes.layers, shapes.hidden, shapes.heads, shapes.kv_heads), (30, 576, Some(9), Some(3)));
    assert_eq!(
        (shapes.tied_embeddings, shapes.vocabulary, model.context_tokens),
        (Some(true), Some(49152), Some(8192))
    );
}

#[test]
fn blocks_are_told_apart_by_the_tensors_they_have() {
    let report = read(&folder().join("granitehybrid.gguf"));
    let groups = &report.entries.models[0].architecture.as_ref().expect("shapes").layer_groups;
    assert_eq!(groups.iter().map(|group| group.count).collect::<Vec<_>>(), [3, 1]);
    assert!(matches!(groups[0].state, LayerState::Recurrent { conv_channels: 192, conv_width: 4, .. }), "{groups:?}");
    let report = read(&folder().join("gemma3.gguf"));
    let groups = &report.entries.models[0].architecture.as_ref().expect("shapes").layer_groups;
    assert!(matches!(groups[0].state, LayerState::Sliding { window: 512, .. }), "{groups:?}");
}

#[test]
fn an_architecture_nobody_knows_still_gives_its_parameters_and_says_what_was_guessed() {
    let report = read(&folder().join("newcomer.gguf"));
    assert!(report.guessed.iter().any(|remark| remark.text.contains("`newcomer`")), "{:?}", report.guessed);
    assert_eq!(report.entries.models[0].family, "unknown");
}

/// Splitmix64: small, seeded, good enough to break files with.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[test]
fn damaged_headers_neither_crash_nor_hang() {
    let whole = std::fs::read(folder().join("granitehybrid.gguf")).expect("read");
    // The header lies in front; the zeros behind it stay, as a file as sparse as it was.
    let header = 7000.min(whole.len());
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let known = Known { read_on: Date::parse("2026-11-20"), ..Known::default() };
    let importer = Importer::new(catalog, known);
    let place = tempfile::tempdir().expect("a folder");
    let path = place.path().join("damaged.gguf");
    let mut still_read = 0;
    for seed in 0..20_000_u64 {
        let mut state = seed;
        let mut bytes = whole[..header].to_vec();
        for _ in 0..=next(&mut state) % 3 {
            let at = (next(&mut state) % header as u64) as usize;
            match next(&mut state) % 3 {
                0 => bytes[at] = next(&mut state) as u8,
                1 => bytes[at..(at + 8).min(header)].fill(0xff),
                _ => bytes[at] = bytes[at].wrapping_add(1),
            }
        }
        let length = if seed % 16 == 0 { next(&mut state) % whole.len() as u64 } else { whole.len() as u64 };
        std::fs::write(&path, &bytes).expect("written");
        std::fs::OpenOptions::new().write(true).open(&path).and_then(|file| file.set_len(length)).expect("cut");
        let report = importer.file(&path);
        assert!(!report.problems.is_empty() || !report.entries.models.is_empty(), "seed {seed}: nothing said");
        let wrong = sizewright::catalog::validate::layer("damaged.gguf", &report.entries);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
        still_read += u64::from(!report.entries.models.is_empty());
    }
    assert!(still_read > 1000, "{still_read}");
}
