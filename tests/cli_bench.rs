//! `sizewright bench` and `sizewright perplexity`, run as programs on the embedded model.

#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;
mod infer_support;

use cli_support::{answer, program, refusal, run};
use infer_support::tiny_llama;
use sizewright::catalog::{Catalog, MeasuredValue, Placement, Standing, WeightFormat};
use sizewright::import::{Importer, Known};
use sizewright::project::{Project, file};
use sizewright::sizing::calibration::RowStanding;

const SHORT: [&str; 9] =
    ["bench", "--threads", "2", "--prompt-tokens", "16", "--generate-tokens", "4", "--repetitions", "2"];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    SHORT.iter().chain(more).copied().collect()
}

#[test]
fn a_bench_is_read_back_by_the_import() {
    let out = answer(&with(&["--jsonl", "--depth", "8"]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bench.jsonl");
    std::fs::write(&path, &out).unwrap();
    let report = Importer::new(Catalog::builtin().unwrap(), Known::default()).file(&path);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let [prompt, decode] = &report.measurements[..] else { panic!("{out}") };
    assert!(matches!(prompt.value, MeasuredValue::Prefill(_)) && matches!(decode.value, MeasuredValue::Decode(_)));
    assert_eq!((prompt.prompt_tokens, decode.output_tokens), (Some(16), Some(4)));
    for one in [prompt, decode] {
        assert_eq!((one.depth_tokens, one.threads, one.format), (8, Some(2), Some(WeightFormat::Q4_1)));
        assert_eq!((one.parameters, one.placement), (Some(134_515_008), Placement::Device));
        // Speeds of this program's own engine are not taken for llama.cpp's.
        assert_eq!(one.engine, None);
        assert!(one.source.starts_with("sizewright bench") && one.date.is_some(), "{one:#?}");
    }
}

#[test]
fn a_row_has_the_fields_of_llama_bench_and_they_agree() {
    let out = answer(&with(&["--jsonl", "--bandwidth"]));
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 2);
    for row in &rows {
        assert_eq!(row["model_type"], "llama 135M Q4_1");
        assert_eq!((&row["n_threads"], &row["backends"]), (&2.into(), &"CPU".into()));
        assert_eq!(row["n_threads_by"], "set by you");
        let samples: Vec<f64> = row["samples_ts"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        assert_eq!(samples.len(), 2);
        let mean = samples.iter().sum::<f64>() / 2.0;
        assert!((row["avg_ts"].as_f64().unwrap() - mean).abs() < 1e-9 * mean);
        let tokens = row["n_prompt"].as_f64().unwrap() + row["n_gen"].as_f64().unwrap();
        let from_time = tokens / (row["samples_ns"][0].as_f64().unwrap() / 1e9);
        assert!((from_time - samples[0]).abs() < 1e-3 * from_time);
        assert!(row["read_bandwidth"].as_f64().unwrap() > 1e8);
        // All weights but the norms' and padding's few bytes, the head being the embedding again.
        let (bytes, size) = (row["bytes_per_token"].as_f64().unwrap(), row["model_size"].as_f64().unwrap());
        assert!((bytes / size - 1.0).abs() < 0.01, "{bytes} of {size}");
        // 2 x 30 layers x 3 heads x 64 x 2 bytes of each of 32 tokens, the fewest there is room for.
        assert_eq!(row["cache_bytes"], 32 * 23_040);
    }
}

#[test]
fn the_thread_count_is_found_where_none_is_given_and_told() {
    let out = answer(&["bench", "--prompt-tokens", "8", "--generate-tokens", "2", "--repetitions", "1"]);
    let threads: usize = out.split_once("run on    ").unwrap().1.split_once(' ').unwrap().0.parse().unwrap();
    assert!((1..=std::thread::available_parallelism().unwrap().get()).contains(&threads), "{out}");
    let only = std::thread::available_parallelism().unwrap().get() == 1;
    assert!(out.contains(if only { "as the cores allow" } else { "found by a trial" }), "{out}");
    assert!(out.contains("prompt    8 tokens") && out.contains("generate  2 tokens"), "{out}");
}

#[test]
fn kernels_can_be_forced_and_a_wrong_name_is_refused() {
    let with_kernels = |name: &str| program(&with(&["--jsonl"])).env("SIZEWRIGHT_KERNELS", name).output().unwrap();
    let forced = with_kernels("portable");
    assert!(String::from_utf8_lossy(&forced.stdout).contains("\"kernels\":\"portable\""));
    let refused = with_kernels("quick");
    assert_eq!(refused.status.code(), Some(2));
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(complaint.contains("SIZEWRIGHT_KERNELS") && complaint.contains("portable"), "{complaint}");
}

#[test]
fn a_bench_that_cannot_be_is_refused_in_words() {
    refusal(&["bench", "--prompt-tokens", "0", "--generate-tokens", "0"], 2, &["nothing to time"]);
    refusal(&["bench", "--repetitions", "0"], 2, &["--repetitions"]);
    refusal(&["bench", "--threads", "0"], 2, &["--threads"]);
    refusal(&["bench", "--depth", "8192", "--threads", "1"], 1, &["8192"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not-a-model.gguf");
    std::fs::write(&path, b"GGUF\x03\0\0\0 and nothing after it").unwrap();
    refusal(&["bench", "--model", path.to_str().unwrap()], 1, &["not-a-model.gguf"]);
}

/// llama-perplexity of llama.cpp as vendored in llama-cpp-python 0.3.36 (PyPI), 2026-11-20, native build on an AMD EPYC:
/// `llama-perplexity -m SmolLM2-135M-Instruct.Q4_1.gguf -f LICENSE -c 256 -b 256 -t 2`, on the licence beside the model.
const LLAMA_CPP_PERPLEXITY: f64 = 17.7607;

#[test]
fn perplexity_is_that_of_llama_cpp_within_a_hundredth() {
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/models/smollm2-135m-instruct/LICENSE");
    let out = answer(&["perplexity", "--file", text, "--context", "256"]);
    assert!(out.contains("run on ") && out.contains(" thread") && out.contains(" kernels"), "{out}");
    let value: f64 = out.strip_prefix("perplexity ").unwrap().split_once(' ').unwrap().0.parse().unwrap();
    assert!((value / LLAMA_CPP_PERPLEXITY - 1.0).abs() < 0.01, "{out}");
}

#[test]
fn a_text_that_cannot_be_scored_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    refusal(&["perplexity", "--file", &file("short.txt", b"Too short.")], 1, &["two windows"]);
    refusal(&["perplexity", "--file", &file("empty.txt", b"")], 1, &["two windows"]);
    refusal(&["perplexity", "--file", &file("bytes.txt", b"Water \xff")], 1, &["bytes.txt", "byte 6"]);
    refusal(&["perplexity", "--file", &file("gone.txt", b"x").replace("gone", "not-there")], 1, &["not-there.txt"]);
    refusal(&["perplexity", "--file", &file("text.txt", b"Hello"), "--context", "4"], 2, &["--context"]);
    let ran = run(&["perplexity", "--file", &file("long.txt", b"Hello"), "--context", "100000"]);
    assert_eq!(ran.code, Some(1), "{}", ran.complaints);
}

#[test]
fn a_measured_machine_becomes_a_device_of_the_plan_that_estimates_use() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), Catalog::builtin().unwrap());
    let path = folder.path().join("plan.ron");
    file::save(&path, &Project::default_plan(catalog), catalog).unwrap();
    let plan = path.to_str().unwrap();
    let told = answer(&["bench", "--bandwidth", "--prompt-tokens", "0", "--generate-tokens", "0", "--to", plan]);
    assert!(told.contains("measured  Memory bandwidth") && told.contains("guessed   Kind"), "{told}");
    let devices = file::open(&path, catalog).unwrap().project.layer.devices;
    let [device] = &devices[..] else { panic!("{devices:?}") };
    assert!((0.1..10_000.0).contains(&device.memory_bandwidth.unwrap().as_giga()), "{device:?}");
    assert_eq!(device.provenance.standing_of("memory_bandwidth_gb_s"), Standing::Measured);
    let common = ["estimate", "--model", "llama-3.1-8b", "--format", "q4_k_m", "--context", "4096", "--why"];
    let more = ["--device", device.id.as_str(), "--plan", plan];
    let estimate = answer(&common.iter().chain(&more).copied().collect::<Vec<_>>());
    assert!(estimate.contains("measured here by Sizewright"), "{estimate}");
    refusal(&["bench", "--to", plan], 2, &["--bandwidth"]);
}

#[test]
fn a_bench_leaves_its_speeds_as_measurements_that_estimates_start_from() {
    let (folder, catalog) = (tempfile::tempdir().unwrap(), Catalog::builtin().unwrap());
    let path = folder.path().join("plan.ron");
    file::save(&path, &Project::default_plan(catalog), catalog).unwrap();
    let plan = path.to_str().unwrap();
    let bench = ["bench", "--threads", "2", "--prompt-tokens", "32", "--repetitions", "2", "--bandwidth", "--to", plan];
    let told = answer(&[&bench[..], &["--generate-tokens", "16", "--depth", "8"]].concat());
    assert!(told.contains("2 measurements added"), "{told}");
    let project = file::open(&path, catalog).unwrap().project;
    let [prompt, decode] = &project.measurements[..] else { panic!("{:?}", project.measurements) };
    let device = &project.layer.devices[0].id;
    for own in [prompt, decode] {
        let row = &own.measurement;
        assert_eq!((row.device.id(), row.model.id()), (Some(device), Some(&"smollm2-135m".into())));
        assert_eq!((row.format, row.threads, row.depth_tokens), (Some(WeightFormat::Q4_1), Some(2), 8));
        assert!(own.used && row.value.is_possible() && row.date.is_some(), "{row:?}");
    }
    assert!(matches!(prompt.measurement.value, MeasuredValue::Prefill(speed) if speed.deviation.is_some()));
    assert!(matches!(decode.measurement.value, MeasuredValue::Decode(speed) if speed.deviation.is_some()));
    // In the same words as the window's: the estimate of the same model on this device is what was measured here.
    let own = project.own_devices(&project.catalog(catalog));
    assert_eq!(own.rows.len(), 2);
    let used = own.rows.iter().filter(|row| !matches!(row, RowStanding::NotUsed(_) | RowStanding::Off)).count();
    assert_eq!(used, 2, "{:?}", own.rows);
    // An answer too short to be timed, and a model the catalog does not know, leave nothing.
    let told = answer(&[&bench[..], &["--generate-tokens", "4"]].concat());
    assert!(told.contains("1 measurement added") && told.contains("fewer than 16 tokens"), "{told}");
    let (_guard, tiny) = tiny_llama(1).write();
    let model = ["--model", tiny.to_str().unwrap(), "--generate-tokens", "16"];
    let told = answer(&[&bench[..], &model].concat());
    assert!(told.contains("no measurement to keep"), "{told}");
    assert_eq!(file::open(&path, catalog).unwrap().project.measurements.len(), 3);
}
