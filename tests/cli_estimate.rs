//! `sizewright estimate`, run as a program.

#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;

use cli_support::{answer, json, refusal};
use serde_json::Value;

const LLAMA_ON_4090: [&str; 9] = [
    "estimate",
    "--model",
    "llama-3.1-8b",
    "--device",
    "nvidia-geforce-rtx-4090",
    "--format",
    "q4_k_m",
    "--context",
    "8192",
];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    [&LLAMA_ON_4090, more].concat()
}

fn bytes(object: &Value, key: &str) -> u64 {
    object[key]["bytes"].as_u64().unwrap_or_else(|| panic!("{key}.bytes: {object}"))
}

fn number(object: &Value, key: &str) -> f64 {
    object[key].as_f64().unwrap_or_else(|| panic!("{key}: {object}"))
}

#[test]
fn llama_8b_on_a_4090_is_sized_in_bytes_with_verdict_and_band() {
    let estimate = json(&with(&["--json"]));

    // 8,192 tokens x 32 layers x 2 x 8 heads x 128 x 2 bytes: the model's published shape, 16-bit cache.
    assert_eq!(bytes(&estimate, "kv_cache"), 1_073_741_824);
    // The published Q4_K_M file has 4,920,739,232 bytes; its header and tokenizer are not weights.
    let weights = bytes(&estimate, "weights");
    assert!((4_900_000_000..=4_920_739_232).contains(&weights), "{weights}");
    let parts = ["weights", "kv_cache", "buffers"].map(|key| bytes(&estimate, key));
    assert_eq!(parts.iter().sum::<u64>(), bytes(&estimate, "total"));
    for key in ["weights", "kv_cache", "buffers", "total"] {
        assert!(estimate[key]["basis"]["formula"].as_str().is_some_and(|formula| !formula.is_empty()), "{key}");
    }
    assert_eq!(estimate["verdict"], "fits");

    let decode = &estimate["decode_tokens_per_second"];
    let [low, likely, high] = ["low", "likely", "high"].map(|end| number(decode, end));
    assert!(0.0 < low && low < likely && likely < high, "{decode}");
    // llama-bench on this card and file is published between 110 and 160 tokens/s.
    assert!((80.0..200.0).contains(&likely), "{likely}");
    assert!(decode["basis"]["inputs"].as_array().is_some_and(|inputs| !inputs.is_empty()), "{decode}");
    assert!(estimate["binding"].is_string(), "{estimate}");
}

#[test]
fn twice_the_context_takes_twice_the_cache() {
    let of = |context| {
        let mut arguments = with(&["--json"]);
        arguments[8] = context;
        bytes(&json(&arguments), "kv_cache")
    };
    assert_eq!(2 * of("8192"), of("16384"));
}

#[test]
fn what_does_not_fit_has_a_reason_in_place_of_a_speed() {
    let mut arguments = with(&["--json"]);
    (arguments[2], arguments[6]) = ("llama-3.1-70b", "f16");
    let estimate = json(&arguments);
    assert_eq!(estimate["verdict"], "does not fit");
    assert!(bytes(&estimate, "short") > 0);
    let decode = &estimate["decode_tokens_per_second"];
    assert!(decode["likely"].is_null());
    assert!(decode["reason"].as_str().is_some_and(|reason| !reason.is_empty()), "{decode}");
}

#[test]
fn text_and_json_tell_the_same_numbers() {
    let text = answer(&LLAMA_ON_4090);
    assert!(text.contains("KV cache           1.00 GiB"), "{text}");
    assert!(text.contains("fits, "), "{text}");
    assert!(!text.contains("formula"), "{text}");
    assert!(answer(&with(&["--why"])).len() > 2 * text.len());
}

#[test]
fn what_is_not_in_the_catalog_is_refused_with_the_nearest_ids() {
    let replaced = |at: usize, text: &'static str| {
        let mut arguments = LLAMA_ON_4090.to_vec();
        arguments[at] = text;
        arguments
    };
    for (at, typed, words) in [
        (2, "llama3.1-8b", ["no model `llama3.1-8b`", "llama-3.1-8b"]),
        (4, "rtx-4090", ["no device `rtx-4090`", "nvidia-geforce-rtx-4090"]),
        (6, "q4km", ["--format", "q4_k_m"]),
        (8, "0", ["--context", "1.."]),
    ] {
        refusal(&replaced(at, typed), 2, &words);
    }
    refusal(&with(&["--prompt-tokens", "9000"]), 2, &["do not fit --context 8192"]);
}

#[test]
fn what_does_not_fit_on_the_card_is_shared_with_the_host() {
    let asked = [
        "estimate",
        "--model",
        "llama-3.3-70b",
        "--device",
        "nvidia-geforce-rtx-4090",
        "--format",
        "q4_k_m",
        "--context",
        "8192",
        "--host",
        "amd-ryzen-9-7950x-cpu",
        "--host-memory",
    ];
    let shared = &json(&[&asked[..], &["64", "--json"]].concat())["shared_with_host"];
    assert!(shared["placement"].as_str().is_some_and(|words| words.contains("-ngl")), "{shared}");
    let decode = &shared["decode_tokens_per_second"];
    // 40 GiB over 1008 and 83 GB/s: published runs of 70B models on this card lie between 2 and 6 tokens/s.
    assert!((1.0..8.0).contains(&number(decode, "likely")), "{decode}");
    assert!(bytes(shared, "device") + bytes(shared, "host_memory") > 40 << 30, "{shared}");
    let short = &json(&[&asked[..], &["8", "--json"]].concat())["shared_with_host"];
    assert!(short["reason"].as_str().is_some_and(|reason| reason.contains("short by")), "{short}");
}

#[test]
fn guessing_ahead_needs_an_acceptance_somebody_published_or_the_user_s_own() {
    let gain = |more: &[&'static str]| json(&[&with(&["--json"]), more].concat())["guessing"].clone();
    let unknown = gain(&["--draft", "own"]);
    assert!(unknown["reason"].as_str().is_some_and(|reason| reason.contains("your own figure")), "{unknown}");
    let known = gain(&["--draft", "llama-3.2-1b:q4_k_m", "--guesses", "4", "--accepted", "3"]);
    assert!((1.0..3.0).contains(&number(&known, "gain")), "{known}");
    refusal(&with(&["--draft", "llama-3.2-1b"]), 2, &["ID:FORMAT"]);
}

#[test]
fn a_mix_of_one_s_own_is_chosen_like_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("own.ron");
    let text = r#"(version: 1, entries: (weight_mixes: [(
        id: "big-head", name: "Q4_K_M with a 16-bit head", base: q4_k_m, types: {output: f16},
        provenance: (source: "a wish", date: "2026-11-20", standing: Assumed),
    )]))"#;
    std::fs::write(&file, text).unwrap();
    let asked = |format, more: &[&str]| {
        let mut all =
            vec!["estimate", "--model", "llama-3.1-8b", "--device", "nvidia-geforce-rtx-4090", "--context", "8192"];
        all.extend(["--format", format, "--catalog", file.to_str().unwrap()]);
        all.extend(more);
        answer(&all)
    };
    let weights = |format| {
        let object: Value = serde_json::from_str(&asked(format, &["--json"])).unwrap();
        assert_eq!(object["format"], format);
        bytes(&object, "weights")
    };
    // A head of 128,256 x 4,096 in F16 instead of Q6_K.
    let head = 128_256 * 4096;
    assert_eq!(weights("big-head") - weights("q4_k_m"), head * 2 - head / 256 * 210);
    let words = asked("big-head", &["--why"]);
    assert!(words.contains("Q4_K_M with a 16-bit head") && words.contains("your own mix"), "{words}");
    let arguments = [
        "estimate",
        "--model",
        "llama-3.1-8b",
        "--device",
        "nvidia-geforce-rtx-4090",
        "--context",
        "8192",
        "--catalog",
    ];
    let guessing = [file.to_str().unwrap(), "--format", "big-head", "--draft", "own"];
    refusal(&[&arguments[..], &guessing].concat(), 2, &["published format", "q4_k_m"]);
}
