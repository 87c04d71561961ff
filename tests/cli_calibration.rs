//! From a benchmark file to a moved estimate, as a program: `import --to`, `estimate --measurements` and `--plan`.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;

use std::path::{Path, PathBuf};

use cli_support::{answer, json, refusal, run};
use serde_json::Value;
use sizewright::catalog::Catalog;
use sizewright::project::{Project, file};

const QUESTION: [&str; 10] = [
    "estimate",
    "--model",
    "llama-3.1-8b",
    "--device",
    "nvidia-geforce-rtx-4090",
    "--format",
    "q4_k_m",
    "--context",
    "2048",
    "--json",
];

/// A line of llama-bench for Llama 3.1 8B on an RTX 4090: prompt, answer, tokens a second.
fn line(prompt: u32, output: u32, speed: f64) -> String {
    format!(
        r#"{{"gpu_info": "NVIDIA GeForce RTX 4090", "backends": "CUDA", "model_filename": "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf", "model_type": "llama 8B Q4_K - Medium", "model_size": 4912898304, "model_n_params": 8030261312, "type_k": "f16", "type_v": "f16", "n_gpu_layers": 99, "n_prompt": {prompt}, "n_gen": {output}, "n_depth": 0, "test_time": "2026-11-20T15:09:26Z", "avg_ts": {speed}, "stddev_ts": 0.5}}"#
    )
}

fn bench(folder: &Path, lines: &[String]) -> String {
    let path = folder.join("bench.jsonl");
    std::fs::write(&path, lines.join("\n")).unwrap();
    text(&path)
}

fn plan(folder: &Path) -> PathBuf {
    let catalog = Catalog::builtin().unwrap();
    let path = folder.join("plan.ron");
    file::save(&path, &Project::default_plan(catalog), catalog).unwrap();
    path
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

fn estimate(more: &[&str]) -> Value {
    json(&[&QUESTION[..], more].concat())
}

fn speed(estimate: &Value, key: &str) -> f64 {
    estimate[key]["likely"].as_f64().unwrap()
}

#[test]
fn a_benchmark_file_moves_the_estimate_of_its_device_and_the_basis_names_it() {
    let folder = tempfile::tempdir().unwrap();
    let before = estimate(&[]);
    let measured = speed(&before, "decode_tokens_per_second") * 0.7;
    let file = bench(folder.path(), &[line(0, 128, measured)]);
    let after = estimate(&["--measurements", &file]);
    let moved = speed(&after, "decode_tokens_per_second") / speed(&before, "decode_tokens_per_second");
    assert!((0.69..0.85).contains(&moved), "x{moved}");
    let basis = after["decode_tokens_per_second"]["basis"].to_string();
    assert!(basis.contains("from 1 measurement of this device, newest 2026-11-20"), "{basis}");
    assert!(basis.contains("shifted by -"), "{basis}");
    // A row of decode says nothing about prompts.
    assert_eq!(after["prefill_tokens_per_second"], before["prefill_tokens_per_second"]);
    assert_eq!(after["measurements"][0]["used"], Value::Bool(true));
    // Nor about another device.
    let other = json(&[
        "estimate",
        "--model",
        "llama-3.1-8b",
        "--device",
        "nvidia-geforce-rtx-3090",
        "--format",
        "q4_k_m",
        "--context",
        "2048",
        "--json",
        "--measurements",
        &file,
    ]);
    assert!(!other.to_string().contains("measurement of this device"), "{other}");
}

#[test]
fn an_absurd_row_is_named_and_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let before = estimate(&[]);
    let file = bench(folder.path(), &[line(0, 128, speed(&before, "decode_tokens_per_second") * 10.0)]);
    let after = estimate(&["--measurements", &file]);
    assert_eq!(speed(&after, "decode_tokens_per_second"), speed(&before, "decode_tokens_per_second"));
    let standing = after["measurements"][0]["standing"].as_str().unwrap().to_owned();
    assert!(standing.contains("not believed") && standing.contains("times the estimate"), "{standing}");
    assert!(after["decode_tokens_per_second"]["basis"].to_string().contains("too far"));
}

#[test]
fn measurements_are_added_to_a_plan_once_and_used_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let (plan, file) =
        (text(&plan(folder.path())), bench(folder.path(), &[line(0, 128, 100.0), line(512, 0, 9_000.0)]));
    let damaged = folder.path().join("damaged.json");
    std::fs::write(&damaged, "{\"nothing\": 1}").unwrap();
    let said = answer(&["import", &text(&damaged), &file, "--to", &plan]);
    for words in
        ["damaged.json", "Set aside", "bench.jsonl: 2 measurements", "2 measurements added", "2 of 2 measurements"]
    {
        assert!(said.contains(words), "`{words}` is not in: {said}");
    }
    let again = answer(&["import", &file, "--to", &plan]);
    assert!(again.contains("0 measurements added; 2 were there already"), "{again}");
    let after = estimate(&["--plan", &plan]);
    assert_eq!(after["measurements"].as_array().unwrap().len(), 2);
    assert!(speed(&after, "decode_tokens_per_second") < speed(&estimate(&[]), "decode_tokens_per_second"));
    assert_eq!(
        after["decode_tokens_per_second"],
        estimate(&["--measurements", &file])["decode_tokens_per_second"],
        "from the plan as from the file"
    );
    assert!(answer(&["rack", &plan]).contains("Sessions"), "the plan still opens");
}

#[test]
fn a_plan_that_is_none_and_a_file_that_is_none_are_said_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = bench(folder.path(), &[line(0, 128, 100.0)]);
    let missing = text(&folder.path().join("missing.ron"));
    assert_ne!(run(&["import", &file, "--to", &missing]).code, Some(0));
    assert!(!Path::new(&missing).exists());
    let mut question = QUESTION.to_vec();
    question.extend(["--measurements", &missing]);
    let ran = run(&question);
    assert!(ran.complaints.contains("missing.ron"), "{}", ran.complaints);
    refusal(&["import", &missing], 1, &["nothing could be read"]);
}
