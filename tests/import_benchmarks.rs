//! Benchmark results of other programs become measurements, and what is wrong with them is said and costs nothing else.
//!
//! The files under `fixtures/import` are written for these tests in the programs' formats.

use sizewright::catalog::{
    Catalog, Certainty, Engine, KvFormat, MeasuredValue, Measurement, Placement, Reading, WeightFormat,
};
use sizewright::import::{GIVE_UP_AFTER, ImportReport, Importer, Known, MAX_PROBLEMS, MAX_TEXT_BYTES};
use sizewright::units::{Seconds, TokensPerSecond};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn read(file: &str) -> ImportReport {
    read_knowing(file, Known::default())
}

fn read_knowing(file: &str, known: Known) -> ImportReport {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/import").join(file);
    Importer::new(catalog(), known).file(&path)
}

fn speed(value: f64, deviation: f64) -> Reading<TokensPerSecond> {
    let speed = TokensPerSecond::from_tokens_per_second;
    Reading { value: speed(value), deviation: Some(speed(deviation)) }
}

fn id_of<Id: ToString>(recognised: &sizewright::catalog::Recognised<Id>) -> Option<(String, Certainty)> {
    recognised.entry.as_ref().map(|found| (found.id.to_string(), found.certainty))
}

fn the_one(report: &ImportReport) -> &Measurement {
    assert_eq!((report.measurements.len(), report.problems.len()), (1, 0), "{report:#?}");
    &report.measurements[0]
}

/// The four rows that every llama-bench fixture holds.
fn check_llama_bench(file: &str, model_certainty: Certainty) {
    let report = read(file);
    assert!(report.problems.is_empty(), "{file}: {:?}", report.problems);
    let values: Vec<MeasuredValue> = report.measurements.iter().map(|one| one.value).collect();
    let expected = [
        MeasuredValue::Prefill(speed(9876.5, 12.25)),
        MeasuredValue::Decode(speed(150.5, 0.75)),
        MeasuredValue::Decode(speed(140.25, 0.5)),
        MeasuredValue::PrefillAndDecode(speed(700.0, 3.0)),
    ];
    assert_eq!(values, expected, "{file}");
    let tokens: Vec<_> =
        report.measurements.iter().map(|one| (one.prompt_tokens, one.depth_tokens, one.output_tokens)).collect();
    let expected =
        [(Some(512), 0, Some(0)), (Some(0), 0, Some(128)), (Some(0), 4096, Some(128)), (Some(512), 0, Some(128))];
    assert_eq!(tokens, expected, "{file}");
    for one in &report.measurements {
        assert_eq!(id_of(&one.device), Some(("nvidia-geforce-rtx-4090".into(), Certainty::Certain)), "{file}");
        assert_eq!(one.device_count, Some(1), "{file}");
        let model = id_of(&one.model).unwrap_or_else(|| panic!("{file}: no model: {report:#?}"));
        assert!(model.0.starts_with("llama-3"), "{file}: {model:?}");
        assert_eq!(model.1, model_certainty, "{file}");
        assert_eq!(one.format, Some(WeightFormat::Q4KM), "{file}");
        assert_eq!(one.value_format, Some(KvFormat::Q8_0), "{file}");
        assert_eq!(one.engine, Some(Engine::LlamaCpp), "{file}");
        assert_eq!(one.engine_build.as_deref(), Some("0123abc (6543)"), "{file}");
        assert_eq!(one.backend.as_deref(), Some("CUDA"), "{file}");
        assert_eq!(one.placement, Placement::Device, "{file}");
        let parameters = one.parameters.expect("parameters") as f64;
        assert!((parameters / 8.03e9 - 1.0).abs() < 0.001, "{file}: {parameters}");
        assert!((one.weight_bytes.expect("a size").as_gib() / 4.58 - 1.0).abs() < 0.002, "{file}");
        assert!(!format!("{one:?}").contains("somebody"), "{file}: a path of the user's was kept");
    }
}

#[test]
fn llama_bench_says_the_same_in_each_of_its_formats() {
    check_llama_bench("llama-bench.json", Certainty::Certain);
    check_llama_bench("llama-bench.jsonl", Certainty::Certain);
    check_llama_bench("llama-bench.csv", Certainty::Certain);
    // The table has no file name; other models have these shapes.
    check_llama_bench("llama-bench.md", Certainty::Guessed);
    for file in ["llama-bench.json", "llama-bench.jsonl", "llama-bench.csv"] {
        let report = read(file);
        let first = &report.measurements[0];
        assert_eq!(first.date.as_ref().map(ToString::to_string).as_deref(), Some("2026-03-14"), "{file}");
        assert_eq!(first.threads, Some(16), "{file}");
        assert_eq!(id_of(&first.model).map(|(id, _)| id).as_deref(), Some("llama-3.1-8b"), "{file}");
    }
}

#[test]
fn tables_amid_other_text_keep_their_own_device_and_build() {
    let report = read("llama-bench-old.md");
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    let rows: Vec<_> = report
        .measurements
        .iter()
        .map(|one| (id_of(&one.device).map(|(id, _)| id), id_of(&one.model), one.threads, one.engine_build.as_deref()))
        .collect();
    let qwen = Some(("qwen2.5-7b".to_owned(), Certainty::Guessed));
    let gemma = Some(("gemma-3-4b".to_owned(), Certainty::Likely));
    assert_eq!(rows.len(), 3, "{report:#?}");
    for row in &rows[..2] {
        assert_eq!((&row.0, row.2, row.3), (&None, Some(8), Some("1111111 (2222)")), "{report:#?}");
        // The coder of the same size has the same shapes.
        assert!(row.1 == qwen, "{report:#?}");
    }
    assert_eq!(rows[2], (Some("amd-radeon-rx-7900-xtx".into()), gemma, None, Some("3333333 (4444)")), "{report:#?}");
    assert!(report.missing.iter().any(|remark| remark.text.contains("device") && remark.rows == 2), "{report:#?}");
}

#[test]
fn a_run_on_the_processor_is_the_processors() {
    let report = read("llama-bench-cpu.json");
    let one = the_one(&report);
    assert_eq!(id_of(&one.device), Some(("amd-ryzen-9-7950x-cpu".into(), Certainty::Certain)), "{report:#?}");
    assert_eq!(id_of(&one.model), Some(("smollm2-135m".into(), Certainty::Certain)), "{report:#?}");
    assert_eq!((one.threads, one.format), (Some(8), Some(WeightFormat::Q4_1)));
}

#[test]
fn a_device_is_matched_whole_or_not_at_all() {
    let report = read("llama-bench-devices.jsonl");
    let rows: Vec<_> =
        report.measurements.iter().map(|one| (id_of(&one.device), one.device_count, one.placement)).collect();
    let expected = [
        (Some(("nvidia-geforce-rtx-3090".into(), Certainty::Certain)), Some(2), Placement::Layers(40)),
        (None, Some(1), Placement::Device),
        (None, Some(2), Placement::Device),
    ];
    assert_eq!(rows, expected, "{report:#?}");
    assert!(report.missing.iter().any(|remark| remark.text.contains("Laptop")), "{report:#?}");
    assert!(report.missing.iter().any(|remark| remark.text.contains("unlike")), "{report:#?}");
}

/// What a driver's or processor's own name is taken for.
fn check_device(name: &str, processor: bool, expected: Option<(&str, Certainty)>) {
    let (backend, field) = if processor { ("CPU", "cpu_info") } else { ("CUDA", "gpu_info") };
    let text =
        format!(r#"{{"{field}": "{name}", "backends": "{backend}", "model_filename": "x", "n_gen": 1, "avg_ts": 1}}"#);
    let report = Importer::new(catalog(), Known::default()).text("name.json", &text);
    let found = id_of(&the_one(&report).device);
    assert_eq!(found.as_ref().map(|(id, certainty)| (id.as_str(), *certainty)), expected, "{name}");
}

#[test]
fn devices_are_known_by_the_names_they_give_themselves() {
    use Certainty::{Certain, Likely};
    for (name, expected) in [
        ("NVIDIA H100 80GB HBM3", Some(("nvidia-h100-sxm-80gb", Certain))),
        ("NVIDIA H100 PCIe", Some(("nvidia-h100-pcie-80gb", Likely))),
        ("NVIDIA A100-SXM4-80GB", Some(("nvidia-a100-80gb-sxm", Certain))),
        ("NVIDIA A100-SXM4-40GB", Some(("nvidia-a100-40gb-sxm", Certain))),
        ("Tesla T4", Some(("nvidia-t4", Certain))),
        ("NVIDIA GeForce RTX 3060", Some(("nvidia-geforce-rtx-3060-12gb", Likely))),
        ("NVIDIA GeForce RTX 4060 Ti", None),
        ("NVIDIA H200", None),
        ("NVIDIA GeForce RTX 3090 Ti", Some(("nvidia-geforce-rtx-3090-ti", Certain))),
        ("NVIDIA RTX 6000 Ada Generation", Some(("nvidia-rtx-6000-ada", Certain))),
        ("Intel(R) Arc(TM) A770 Graphics", Some(("intel-arc-a770", Certain))),
        ("Radeon 8060S Graphics (RADV GFX1151)", Some(("amd-ryzen-ai-max-plus-395-radeon-8060s", Certain))),
        ("Apple M3 Max", None),
        ("GeForce", None),
        ("", None),
    ] {
        check_device(name, false, expected);
    }
    for (name, expected) in [
        ("AMD EPYC 7763 64-Core Processor", Some(("amd-epyc-7763", Certain))),
        ("13th Gen Intel(R) Core(TM) i7-13700K", Some(("intel-core-i7-13700k-cpu", Certain))),
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", Some(("intel-xeon-e5-2680-v4-cpu", Certain))),
        ("AMD Ryzen 7 7840U w/ Radeon 780M Graphics", Some(("amd-ryzen-7-7840u-cpu", Certain))),
        ("AMD EPYC", None),
        ("NVIDIA GeForce RTX 4090", None),
    ] {
        check_device(name, true, expected);
    }
}

#[test]
fn every_device_of_the_catalog_is_known_by_its_own_name_or_by_none() {
    let importer = Importer::new(catalog(), Known::default());
    let mut known = 0;
    for device in catalog().devices.iter() {
        let (backend, field) = if device.is_processor() { ("CPU", "cpu_info") } else { ("CUDA", "gpu_info") };
        let name = device.name.replace(", ", " ");
        let text = format!(
            r#"{{"{field}": "{name}", "backends": "{backend}", "model_filename": "x", "n_gen": 1, "avg_ts": 1}}"#
        );
        let report = importer.text("name.json", &text);
        match id_of(&the_one(&report).device) {
            Some((id, _)) => {
                assert_eq!(id, device.id.to_string());
                known += 1;
            }
            None => eprintln!("not told apart: {}", device.name),
        }
    }
    assert!(known * 100 >= catalog().devices.len() * 95, "{known} of {}", catalog().devices.len());
}

#[test]
fn what_the_user_says_goes_before_what_the_file_does_not() {
    let known = Known { device: Some("intel-n100-cpu".into()), model: Some("qwen2.5-7b".into()), read_on: None };
    let report = read_knowing("llama-bench-old.md", known);
    for one in &report.measurements {
        assert_eq!(id_of(&one.device), Some(("intel-n100-cpu".into(), Certainty::Certain)));
        assert_eq!(id_of(&one.model), Some(("qwen2.5-7b".into(), Certainty::Certain)));
    }
}

fn time(value: f64, deviation: f64) -> Reading<Seconds> {
    Reading { value: Seconds::from_millis(value), deviation: Some(Seconds::from_millis(deviation)) }
}

fn throughput(value: f64) -> MeasuredValue {
    MeasuredValue::OutputThroughput(Reading { value: TokensPerSecond::from_tokens_per_second(value), deviation: None })
}

#[test]
fn a_vllm_result_gives_both_times_and_the_throughput() {
    let report = read("vllm-serve.json");
    assert!(report.problems.is_empty(), "{report:#?}");
    let values: Vec<MeasuredValue> = report.measurements.iter().map(|one| one.value).collect();
    let expected = [
        MeasuredValue::TimeToFirstToken(time(200.0, 50.0)),
        MeasuredValue::TimePerOutputToken(time(30.0, 2.0)),
        throughput(512.0),
    ];
    assert_eq!(values, expected);
    for one in &report.measurements {
        assert_eq!(id_of(&one.model), Some(("qwen3-32b".into(), Certainty::Certain)));
        assert_eq!(id_of(&one.device), Some(("nvidia-h100-sxm-80gb".into(), Certainty::Certain)));
        assert_eq!((one.device_count, one.format), (Some(2), Some(WeightFormat::Fp8)));
        assert_eq!((one.prompt_tokens, one.output_tokens, one.concurrency), (Some(1024), Some(256), Some(16.0)));
        assert_eq!((one.engine, one.engine_build.as_deref()), (Some(Engine::Vllm), Some("0.11.0")));
        assert_eq!(one.date.as_ref().map(ToString::to_string).as_deref(), Some("2026-03-14"));
    }
}

#[test]
fn what_a_serving_result_does_not_say_is_listed() {
    let report = read("vllm-serve-openai.json");
    // No time per output token: the answers came in one piece.
    assert_eq!(report.measurements.len(), 2, "{report:#?}");
    for word in ["tpot", "device", "format", "under way"] {
        assert!(report.missing.iter().any(|remark| remark.text.contains(word)), "{word}: {report:#?}");
    }
    assert!(report.guessed.iter().any(|remark| remark.text.contains("vLLM served")), "{report:#?}");
    assert_eq!(report.measurements[0].engine, Some(Engine::Vllm));
}

#[test]
fn a_sglang_result_is_read_with_pythons_infinity_in_it() {
    let report = read("sglang.jsonl");
    assert_eq!((report.measurements.len(), report.problems.len()), (3, 2), "{report:#?}");
    let one = &report.measurements[1];
    assert_eq!(one.value, MeasuredValue::TimePerOutputToken(time(39.0, 1.0)));
    assert_eq!((one.engine, one.device_count, one.concurrency), (Some(Engine::Sglang), Some(1), Some(31.5)));
    assert_eq!(id_of(&one.model), Some(("llama-3.1-8b".into(), Certainty::Certain)));
    assert!(report.problems[0].to_string().contains("no request was answered"), "{}", report.problems[0]);
    assert!(report.problems[1].to_string().contains("output_throughput"), "{}", report.problems[1]);
}

/// Every problem names the file, its line, and the field or what is wrong.
fn check_problems(file: &str, good: usize, expected: &[&str]) {
    let report = read(file);
    assert_eq!(report.measurements.len(), good, "{file}: {report:#?}");
    let messages: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), expected.len(), "{file}: {messages:#?}");
    for (message, words) in messages.iter().zip(expected) {
        assert!(message.starts_with(file), "{message}");
        for word in words.split('|') {
            assert!(message.contains(word), "{file}: `{word}` is not in `{message}`");
        }
    }
}

#[test]
fn a_bad_row_is_reported_with_its_place_and_the_rest_go_on() {
    check_problems(
        "ugly-llama-bench.jsonl",
        2,
        &[
            "line 2|avg_ts|not a finite number",
            "line 3|avg_ts|-150.5",
            "line 4|avg_ts|between",
            "line 5|avg_ts|between",
            "line 6|n_gen|-1",
            "line 7|n_gen|1.5",
            "line 8|n_prompt, n_gen",
            "line 9|avg_ts|list",
            "line 10|model_n_params|many",
            "line 11|not JSON",
            "line 12|avg_ts",
            "line 13|neither",
        ],
    );
    check_problems("ugly-llama-bench.csv", 2, &["line 3|avg_ts", "line 4|stddev_ts|-1", "line 5|2 cells"]);
    check_problems(
        "ugly-llama-bench.md",
        2,
        &["line 4|size|lots", "line 5|test|xx128", "line 6|avg_ts", "line 7|4 cells"],
    );
}

#[test]
fn a_file_that_is_no_result_is_refused_with_what_would_be_one() {
    let importer = Importer::new(catalog(), Known::default());
    for text in ["", "hello", "\u{feff}", "| a | b |\n| - | - |\n", "a,b\n1,2\n", "\0\0\0"] {
        let report = importer.text("file", text);
        assert_eq!(report.measurements.len(), 0);
        let message = report.problems[0].to_string();
        assert!(message.contains("file") && message.contains("llama-bench"), "{text:?}: {message}");
    }
    assert!(importer.text("file", "[]").problems[0].to_string().contains("holds no result"));
    assert!(read("there-is-no-such-file").problems[0].to_string().contains("there-is-no-such-file"));
}

#[test]
fn a_report_stays_small_however_large_the_file() {
    let importer = Importer::new(catalog(), Known::default());
    let report = importer.text("large.json", &"{}".repeat(200_000));
    assert_eq!(report.problems.len(), MAX_PROBLEMS);
    assert_eq!(report.more_problems, GIVE_UP_AFTER, "the rest is not looked at");
    let report = importer.text("larger.json", &"{".repeat(MAX_TEXT_BYTES + 1));
    assert!(report.problems[0].to_string().contains("16 MiB"), "{}", report.problems[0]);
}

#[test]
fn sixteen_mebibytes_of_open_braces_are_done_with_soon() {
    let importer = Importer::new(catalog(), Known::default());
    let lines = "{\n".repeat(MAX_TEXT_BYTES / 2);
    let report = importer.text("braces.json", &lines);
    assert_eq!(report.more_problems, GIVE_UP_AFTER);
    let nested = "{\"a\":".repeat(MAX_TEXT_BYTES / 5);
    assert_eq!(importer.text("nested.json", &nested).problems.len(), 1);
}
