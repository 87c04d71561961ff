//! Quantizing files: sizes to the byte, nothing lost but precision, and nothing left behind when it fails.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use std::path::{Path, PathBuf};

use infer_support::{Gguf, Random, Tensor, Value, tiny_llama, write};
use sizewright::catalog::{Catalog, Engine, WeightFormat};
use sizewright::import::ran::format_in;
use sizewright::infer::{
    InferError, LoadOptions, Model, QuantizeSource, embedded_model, inspect, perplexity, score_text,
};
use sizewright::quantize::{FORMATS, MeasuringText, plan};
use sizewright::sizing::weights;

/// A small random Llama whose rows are of 256 and of 320: K-quants fit the one and fall back on the other.
fn wide_llama(experts: u64) -> Gguf {
    const WIDTH: u64 = 256;
    const INNER: u64 = 320;
    let mut gguf = tiny_llama(1);
    for (key, value) in
        [("block_count", 4), ("embedding_length", 256), ("feed_forward_length", 320), ("context_length", 512)]
    {
        gguf.set(&format!("llama.{key}"), Value::U32(value));
    }
    gguf.set("general.file_type", Value::U32(0));
    gguf.set("general.name", Value::Text("Wide".to_owned()));
    gguf.tensors.clear();
    let mut random = Random(5);
    let mut add = |name: String, shape: &[u64], around: f32, spread: f32| {
        let count: u64 = shape.iter().product();
        let bytes = (0..count).flat_map(|_| (around + spread * random.float()).to_le_bytes()).collect();
        gguf.tensors.push(Tensor { name, shape: shape.to_vec(), kind: 0, bytes, offset: None });
    };
    add("output_norm.weight".to_owned(), &[WIDTH], 1.0, 0.1);
    add("token_embd.weight".to_owned(), &[WIDTH, 259], 0.0, 1.0);
    add("output.weight".to_owned(), &[WIDTH, 259], 0.0, 0.3);
    for layer in 0..4 {
        let mut block = |part: &str, shape: &[u64], around, spread| {
            add(format!("blk.{layer}.{part}.weight"), shape, around, spread);
        };
        block("attn_norm", &[WIDTH], 1.0, 0.1);
        block("attn_q", &[WIDTH, WIDTH], 0.0, 0.1);
        block("attn_k", &[WIDTH, WIDTH / 2], 0.0, 0.1);
        block("attn_v", &[WIDTH, WIDTH / 2], 0.0, 0.1);
        block("attn_output", &[WIDTH, WIDTH], 0.0, 0.1);
        block("ffn_norm", &[WIDTH], 1.0, 0.1);
        if experts > 0 {
            block("ffn_gate_inp", &[WIDTH, experts], 0.0, 0.1);
            block("ffn_gate_exps", &[WIDTH, INNER, experts], 0.0, 0.1);
            block("ffn_up_exps", &[WIDTH, INNER, experts], 0.0, 0.1);
            block("ffn_down_exps", &[INNER, WIDTH, experts], 0.0, 0.1);
        } else {
            block("ffn_gate", &[WIDTH, INNER], 0.0, 0.1);
            block("ffn_up", &[WIDTH, INNER], 0.0, 0.1);
            block("ffn_down", &[INNER, WIDTH], 0.0, 0.1);
        }
    }
    gguf
}

fn quantize(source: &Path, format: WeightFormat, target: &Path) -> Result<u64, InferError> {
    let source = QuantizeSource::open(source)?;
    let planned = plan(&source, format)?;
    planned.write(target, false, 2, &mut |_| true)?;
    Ok(planned.file_bytes().get())
}

/// Names in a folder, hidden ones too.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// Types by tensor, as the file written says.
fn types(path: &Path) -> Vec<(String, &'static str)> {
    let source = QuantizeSource::open(path).unwrap();
    source.tensors().map(|(name, _, kind)| (name.to_owned(), kind)).collect()
}

#[test]
fn a_file_is_as_large_as_was_predicted_tells_its_format_and_loads() {
    for experts in [0, 8] {
        let mut gguf = wide_llama(experts);
        if experts > 0 {
            gguf.set("llama.expert_count", Value::U32(8));
            gguf.set("llama.expert_used_count", Value::U32(2));
        }
        let (folder, source) = gguf.write();
        let order: Vec<String> = gguf.tensors.iter().map(|tensor| tensor.name.clone()).collect();
        for &(format, _) in FORMATS {
            let target = folder.path().join(format!("{}.gguf", format.id()));
            let predicted = quantize(&source, format, &target).unwrap_or_else(|error| panic!("{format}: {error}"));
            assert_eq!(target.metadata().unwrap().len(), predicted, "{format}, {experts} experts");
            assert_eq!(format_in(&inspect(&target).unwrap()), Some(format), "{format}");
            let types = types(&target);
            assert_eq!(types.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>(), order, "{format}");
            let options = LoadOptions { context_tokens: 32, threads: Some(1), ..LoadOptions::default() };
            let mut model = Model::load(&target, &options).unwrap_or_else(|error| panic!("{format}: {error}"));
            let logits = model.read(&[1, 2, 3]).unwrap();
            assert!(logits.iter().all(|logit| logit.is_finite()), "{format}");
        }
    }
}

#[test]
fn rows_that_are_no_multiple_of_256_fall_back_and_vectors_stay_whole() {
    let (folder, source) = wide_llama(0).write();
    let target = folder.path().join("small.gguf");
    quantize(&source, WeightFormat::Q4KM, &target).unwrap();
    let types = types(&target);
    let kind = |name: &str| types.iter().find(|(known, _)| known == name).unwrap().1;
    // By llama.cpp's rules for four layers: values of layers 3 get more bits, rows of 320 no K-quant.
    assert_eq!((kind("output.weight"), kind("token_embd.weight")), ("Q6_K", "Q4_K"));
    assert_eq!((kind("blk.0.attn_v.weight"), kind("blk.3.attn_v.weight")), ("Q4_K", "Q6_K"));
    assert_eq!((kind("blk.0.ffn_down.weight"), kind("blk.3.ffn_down.weight")), ("Q5_0", "Q8_0"));
    assert_eq!((kind("blk.0.attn_norm.weight"), kind("blk.0.ffn_up.weight")), ("F32", "Q4_K"));
    assert_eq!(inspect(&target).unwrap().file_type, Some("Q4_K - Medium"));
}

#[test]
fn metadata_is_carried_over_byte_for_byte() {
    let mut gguf = wide_llama(0);
    // A 16-bit integer, a 64-bit float, an array of booleans, a text that is not UTF-8: none may change its type.
    gguf.set("odd.short", Value::Raw(2, vec![7, 1]));
    gguf.set("odd.double", Value::Raw(12, 0.1_f64.to_le_bytes().to_vec()));
    gguf.set("odd.flags", Value::Raw(9, [&7_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &[1, 0]].concat()));
    gguf.set("odd.text", Value::Raw(8, [&2_u64.to_le_bytes()[..], &[0xff, b'a']].concat()));
    gguf.set("general.alignment", Value::U32(64));
    let mut bytes = gguf.to_bytes();
    // The writer of the tests aligns to 32; offsets of 64 are given by hand.
    let mut offset = 0;
    for tensor in &mut gguf.tensors {
        tensor.offset = Some(offset);
        offset += (tensor.bytes.len() as u64).next_multiple_of(64);
    }
    bytes.clear();
    let described = Gguf {
        tensors: gguf.tensors.iter().map(|t| Tensor { bytes: Vec::new(), ..t.clone() }).collect(),
        ..gguf.clone()
    };
    bytes.extend(described.to_bytes());
    bytes.resize(bytes.len().next_multiple_of(64), 0);
    for tensor in &gguf.tensors {
        bytes.extend(&tensor.bytes);
        bytes.resize(bytes.len().next_multiple_of(64), 0);
    }
    let (folder, source) = write(&bytes);
    let target = folder.path().join("small.gguf");
    quantize(&source, WeightFormat::Q8_0, &target).unwrap();
    let written = std::fs::read(&target).unwrap();
    for (key, value) in gguf.metadata.iter().filter(|(key, _)| key != "general.file_type") {
        let alone = Gguf { metadata: vec![(key.clone(), value.clone())], ..Gguf::default() }.to_bytes();
        let mut entry = alone[24..].to_vec();
        // The filling of the file of one key.
        while entry.last() == Some(&0) {
            entry.pop();
        }
        assert!(written.windows(entry.len()).any(|window| window == entry), "{key}");
    }
    let header = inspect(&target).unwrap();
    assert_eq!((header.name.as_str(), header.file_type), ("Wide", Some("Q8_0")));
    // Every tensor lies at a multiple of 64, or the header would have been refused.
    assert_eq!(QuantizeSource::open(&target).unwrap().tensors().count(), gguf.tensors.len());
}

#[test]
fn the_catalog_s_sizes_are_those_of_the_files() {
    // SmolLM2 135M: what `sizing` predicts of the catalog's entry, against what would be written of the file at hand.
    let catalog = Catalog::builtin().unwrap();
    let model = catalog.models.iter().find(|model| model.id.as_str() == "smollm2-135m").unwrap();
    let source = QuantizeSource::open(&embedded_model().unwrap()).unwrap();
    for &(format, _) in FORMATS {
        let predicted = weights::count(model, format, Engine::LlamaCpp).unwrap().total();
        assert_eq!(plan(&source, format).unwrap().weight_bytes(), predicted, "{format}");
    }
}

#[test]
fn quantizing_costs_little_at_8_bits_and_more_at_2() {
    let (folder, source) = wide_llama(0).write();
    let text = "The quick brown fox jumps over the lazy dog, and the dog lets it. ".repeat(8);
    let options = LoadOptions { context_tokens: 64, threads: Some(1), ..LoadOptions::default() };
    let score = |path: &Path| {
        let mut model = Model::load(path, &options).unwrap();
        score_text(&mut model, &text, 64, &|| true, &mut |_, _, _| {}).unwrap()
    };
    let before = score(&source);
    let ratio = |format: WeightFormat| {
        let target = folder.path().join(format!("{}.gguf", format.id()));
        quantize(&source, format, &target).unwrap();
        score(&target).over(&before).unwrap()
    };
    let (exact, eight, two) = (ratio(WeightFormat::F32), ratio(WeightFormat::Q8_0), ratio(WeightFormat::Q2K));
    assert_eq!((exact.value, exact.deviation), (1.0, 0.0));
    assert!((eight.value - 1.0).abs() < 0.02, "{eight:?}");
    // Random weights foretell nothing, so two bits may be better or worse by chance: but they are further from the source.
    assert!(
        (two.value - 1.0).abs() > (eight.value - 1.0).abs() && two.deviation > eight.deviation,
        "{two:?} {eight:?}"
    );
    // The ratio's value is that of the two perplexities.
    let whole = |path: &Path| {
        let mut model = Model::load(path, &options).unwrap();
        perplexity(&mut model, &text, 64, &|| true, &mut |_, _, _| {}).unwrap().value
    };
    let of_two = whole(&folder.path().join("q2_k.gguf")) / whole(&source);
    assert!((of_two - two.value).abs() < 1e-9);
}

#[test]
fn a_measurement_is_stopped_in_the_middle_of_a_window() {
    let (_guard, path) = wide_llama(0).write();
    let mut model = Model::load(&path, &LoadOptions { context_tokens: 256, ..LoadOptions::default() }).unwrap();
    let text = "abcdefgh ".repeat(200);
    let (asks, windows) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    let go_on = || {
        asks.set(asks.get() + 1);
        asks.get() < 2
    };
    let stopped = perplexity(&mut model, &text, 256, &go_on, &mut |_, _, _| windows.set(windows.get() + 1));
    assert!(matches!(stopped, Err(InferError::Cancelled)), "{stopped:?}");
    assert_eq!((asks.get(), windows.get()), (2, 0));
}

#[test]
fn the_built_in_text_is_long_enough_for_windows_of_512() {
    let mut model = Model::load(&embedded_model().unwrap(), &LoadOptions::default()).unwrap();
    let text = MeasuringText::built_in().text;
    let tokens = model.tokens(&text).unwrap().len();
    assert!((4 * 512..8000).contains(&tokens), "{tokens}");
    // Prose the model can follow: it is as sure as a small model is of English, not of noise.
    let beginning = &text[..text.char_indices().nth(1500).unwrap().0];
    let figure = perplexity(&mut model, beginning, 128, &|| true, &mut |_, _, _| {}).unwrap();
    assert!((5.0..120.0).contains(&figure.value), "{figure:?}");
}

#[test]
fn nothing_is_replaced_unasked_and_never_the_source() {
    let (folder, source) = tiny_llama(3).write();
    let before = std::fs::read(&source).unwrap();
    let opened = QuantizeSource::open(&source).unwrap();
    let planned = plan(&opened, WeightFormat::Q8_0).unwrap();
    let mut go_on = |_| true;
    for replace in [false, true] {
        let refused = planned.write(&source, replace, 1, &mut go_on);
        assert!(matches!(refused, Err(InferError::Write { .. })), "{refused:?}");
    }
    #[cfg(unix)]
    {
        let link = folder.path().join("link.gguf");
        std::os::unix::fs::symlink(&source, &link).unwrap();
        assert!(matches!(planned.write(&link, true, 1, &mut go_on), Err(InferError::Write { .. })));
    }
    assert_eq!(std::fs::read(&source).unwrap(), before);
    let target = folder.path().join("taken.gguf");
    std::fs::write(&target, "mine").unwrap();
    assert!(matches!(planned.write(&target, false, 1, &mut go_on), Err(InferError::Exists { .. })));
    assert_eq!(std::fs::read(&target).unwrap(), b"mine");
    planned.write(&target, true, 1, &mut go_on).unwrap();
    assert!(inspect(&target).is_ok());
}

#[test]
fn what_fails_leaves_nothing_behind() {
    let (folder, source) = wide_llama(0).write();
    let opened = QuantizeSource::open(&source).unwrap();
    let planned = plan(&opened, WeightFormat::Q4KM).unwrap();
    let target = folder.path().join("new.gguf");
    let left = names(folder.path());
    let stopped = planned.write(&target, false, 2, &mut |_| false);
    assert!(matches!(stopped, Err(InferError::Cancelled)), "{stopped:?}");
    assert_eq!(names(folder.path()), left);
    // A folder that is not there, a file in place of a folder.
    for target in [folder.path().join("no/new.gguf"), source.join("new.gguf")] {
        let refused = planned.write(&target, false, 2, &mut |_| true);
        assert!(matches!(refused, Err(InferError::Write { .. })), "{refused:?}");
    }
    // The source is cut short while it is read.
    let file = std::fs::OpenOptions::new().write(true).open(&source).unwrap();
    let cut = planned.write(&target, false, 1, &mut |_| {
        file.set_len(200_000).unwrap();
        true
    });
    assert!(matches!(cut, Err(InferError::Changed { .. })), "{cut:?}");
    assert_eq!(names(folder.path()), left);
}

#[test]
fn what_a_killed_run_left_goes_with_the_next_and_what_another_is_writing_stays() {
    let (folder, source) = tiny_llama(1).write();
    let path = |name: &str| folder.path().join(name);
    let (stale, held, other) = (path(".new.gguf.7-0.part"), path(".new.gguf.8-0.part"), path(".old.gguf.7-0.part"));
    for left in [&stale, &held, &other] {
        std::fs::write(left, "half a model").unwrap();
    }
    let writing = std::fs::File::open(&held).unwrap();
    writing.lock().unwrap();
    quantize(&source, WeightFormat::Q8_0, &path("new.gguf")).unwrap();
    assert_eq!(names(folder.path()), [".new.gguf.8-0.part", ".old.gguf.7-0.part", "model.gguf", "new.gguf"]);
}

#[test]
fn a_source_that_grows_while_it_is_read_is_no_source() {
    let (folder, source) = tiny_llama(3).write();
    let opened = QuantizeSource::open(&source).unwrap();
    let planned = plan(&opened, WeightFormat::Q8_0).unwrap();
    let target = folder.path().join("new.gguf");
    let grown = planned.write(&target, false, 1, &mut |_| {
        use std::io::Write as _;
        std::fs::OpenOptions::new().append(true).open(&source).unwrap().write_all(b"x").unwrap();
        true
    });
    assert!(matches!(grown, Err(InferError::Changed { .. })), "{grown:?}");
    assert_eq!(names(folder.path()), ["model.gguf"]);
}

#[test]
fn numbers_that_cannot_be_stored_are_named_with_their_tensor() {
    for (value, words) in [(f32::NAN, "not a finite number"), (1e30, "1e30")] {
        let mut gguf = tiny_llama(2);
        gguf.tensor("blk.1.attn_q.weight").bytes[..4].copy_from_slice(&value.to_le_bytes());
        let (folder, source) = gguf.write();
        let error = quantize(&source, WeightFormat::Q8_0, &folder.path().join("new.gguf")).unwrap_err().to_string();
        assert!(error.contains("blk.1.attn_q.weight") && error.contains(words), "{error}");
        assert_eq!(names(folder.path()), ["model.gguf"]);
    }
}

#[test]
fn from_few_bits_a_warning_and_from_unknown_types_a_refusal() {
    let (folder, source) = wide_llama(0).write();
    let four = folder.path().join("four.gguf");
    quantize(&source, WeightFormat::Q4_0, &four).unwrap();
    let opened = QuantizeSource::open(&four).unwrap();
    assert_eq!(plan(&opened, WeightFormat::Q8_0).unwrap().quantized_again(), ["Q4_0", "Q6_K"]);
    let opened = QuantizeSource::open(&source).unwrap();
    assert!(plan(&opened, WeightFormat::Q8_0).unwrap().quantized_again().is_empty());
    // IQ2_XXS: 66 bytes for 256 values.
    let mut gguf = wide_llama(0);
    let tensor = gguf.tensor("blk.0.attn_q.weight");
    (tensor.kind, tensor.bytes) = (16, vec![0; 256 * 66]);
    let (_folder, source) = gguf.write();
    let error = plan(&QuantizeSource::open(&source).unwrap(), WeightFormat::Q8_0).unwrap_err().to_string();
    assert!(error.contains("IQ2_XXS") && error.contains("blk.0.attn_q.weight"), "{error}");
}

#[test]
fn types_that_only_our_kernels_read_can_be_a_source() {
    // IQ4_NL 20 with 18 bytes a block, MXFP4 39 with 17: scale, then nibbles. Index 8 of IQ4_NL stands for 1, of MXFP4 for 0;
    // 9 for 13 and a half.
    let cases = [
        (20, [&half_one()[..], &[0x98; 16]].concat(), [1.0_f32, 13.0]),
        (39, [&[127][..], &[0x21; 16]].concat(), [0.5, 1.0]),
    ];
    for (kind, block, [low, high]) in cases {
        let mut gguf = tiny_llama(2);
        let tensor = gguf.tensor("blk.0.attn_q.weight");
        (tensor.kind, tensor.bytes) = (kind, block.repeat(128));
        let (folder, source) = gguf.write();
        let target = folder.path().join("new.gguf");
        quantize(&source, WeightFormat::F32, &target).unwrap();
        let written = std::fs::read(&target).unwrap();
        let row: Vec<u8> = [low; 16].iter().chain(&[high; 16]).flat_map(|value| value.to_le_bytes()).collect();
        let row = row.repeat(128);
        assert!(written.windows(row.len()).any(|window| window == row), "type {kind}");
    }
}

/// 1 as a half.
fn half_one() -> [u8; 2] {
    0x3c00_u16.to_le_bytes()
}

/// Divides a file into parts of about as many tensors, and writes them.
fn split(gguf: &Gguf, count: usize, folder: &Path) -> Vec<PathBuf> {
    let each = gguf.tensors.len().div_ceil(count);
    (0..count)
        .map(|number| {
            let mut part = if number == 0 { gguf.clone() } else { Gguf::default() };
            part.tensors = gguf.tensors.iter().skip(number * each).take(each).cloned().collect();
            // As llama-gguf-split writes them: two 16-bit numbers and one of 32.
            part.set("split.no", Value::Raw(2, (number as u16).to_le_bytes().to_vec()));
            part.set("split.count", Value::Raw(2, (count as u16).to_le_bytes().to_vec()));
            part.set("split.tensors.count", Value::Raw(5, (gguf.tensors.len() as i32).to_le_bytes().to_vec()));
            let path = folder.join(format!("m-{:05}-of-{count:05}.gguf", number + 1));
            std::fs::write(&path, part.to_bytes()).unwrap();
            path
        })
        .collect()
}

#[test]
fn a_model_in_several_files_is_one() {
    let gguf = wide_llama(0);
    let (whole_folder, whole) = gguf.write();
    let folder = tempfile::tempdir().unwrap();
    let parts = split(&gguf, 3, folder.path());
    let (one, three) = (inspect(&whole).unwrap(), inspect(&parts[0]).unwrap());
    assert_eq!((one.parameters, one.weight_bytes), (three.parameters, three.weight_bytes));
    let all: u64 = parts.iter().map(|part| part.metadata().unwrap().len()).sum();
    assert_eq!(three.file_bytes.get(), all);
    let options = LoadOptions { context_tokens: 32, threads: Some(2), ..LoadOptions::default() };
    let logits = |path: &Path| Model::load(path, &options).unwrap().read(&[5, 6, 7]).unwrap().to_vec();
    assert_eq!(logits(&whole), logits(&parts[0]));
    // Quantized, it becomes one file: the same as from one.
    let (a, b) = (whole_folder.path().join("a.gguf"), folder.path().join("b.gguf"));
    quantize(&whole, WeightFormat::Q4KM, &a).unwrap();
    quantize(&parts[0], WeightFormat::Q4KM, &b).unwrap();
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}

#[test]
fn parts_that_are_missing_or_disagree_are_named() {
    let gguf = tiny_llama(4);
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, words: &[&str]| {
        let error = QuantizeSource::open(path).map(|_| ()).unwrap_err().to_string();
        for word in words {
            assert!(error.contains(word), "`{word}`: {error}");
        }
    };
    let parts = split(&gguf, 3, folder.path());
    refused(&parts[1], &["part 2 of 3", "open m-00001-of-00003.gguf"]);
    std::fs::remove_file(&parts[2]).unwrap();
    refused(&parts[0], &["part 3 of 3 is missing", "m-00003-of-00003.gguf"]);
    // The first part in place of the third.
    std::fs::copy(&parts[0], &parts[2]).unwrap();
    refused(&parts[0], &["split.no", "says 0", "m-00003-of-00003.gguf"]);
    // A part of another model, with the same tensors again.
    let parts = split(&gguf, 3, folder.path());
    let mut twice = Gguf { tensors: gguf.tensors[..2].to_vec(), ..Gguf::default() };
    twice.set("split.no", Value::U32(2));
    twice.set("split.count", Value::U32(3));
    std::fs::write(&parts[2], twice.to_bytes()).unwrap();
    refused(&parts[0], &["earlier part", "output_norm.weight"]);
    // Tensors that are in none.
    let fewer = Gguf { tensors: gguf.tensors[..gguf.tensors.len() - 1].to_vec(), ..gguf.clone() };
    split(&fewer, 3, folder.path());
    let mut first = Gguf { tensors: fewer.tensors[..fewer.tensors.len().div_ceil(3)].to_vec(), ..gguf.clone() };
    for (key, value) in [("split.no", 0), ("split.count", 3), ("split.tensors.count", gguf.tensors.len() as u32)] {
        first.set(key, Value::U32(value));
    }
    std::fs::write(&parts[0], first.to_bytes()).unwrap();
    refused(&parts[0], &["split.tensors.count", &format!("not {}", gguf.tensors.len())]);
    // A name that does not say what the header does, and a count nobody means.
    let other = folder.path().join("renamed.gguf");
    std::fs::copy(&parts[0], &other).unwrap();
    refused(&other, &["part 1 of 3", "-00001-of-00003.gguf"]);
    first.set("split.count", Value::U32(60_000));
    std::fs::write(&parts[0], first.to_bytes()).unwrap();
    refused(&parts[0], &["60000 parts"]);
}
