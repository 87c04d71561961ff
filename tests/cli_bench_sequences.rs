//! `sizewright bench --sequences`, run as a program on the embedded model.

#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;
mod infer_support;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use cli_support::{answer, program, refusal, run};
use infer_support::{Tensor, Value, tiny_llama};

const SHORT: [&str; 9] =
    ["bench", "--threads", "2", "--prompt-tokens", "8", "--generate-tokens", "3", "--repetitions", "2"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    SHORT.iter().copied().chain(more.iter().copied()).collect()
}

fn number(row: &serde_json::Value, field: &str) -> f64 {
    row[field].as_f64().unwrap_or_else(|| panic!("no {field} in {row}"))
}

#[test]
fn a_row_for_each_number_has_the_fields_of_llama_batched_bench_and_they_agree() {
    // Out of order and one of them twice: each is told once, the fewest first.
    let out = answer(&with(&["--sequences", "3,1,3", "--depth", "2", "--jsonl"]));
    let rows: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.iter().map(|row| row["pl"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);
    for row in &rows {
        let sequences = number(row, "pl");
        assert_eq!((&row["engine"], &row["n_threads"]), (&"sizewright".into(), &row["n_threads_batch"]));
        assert_eq!((&row["pp"], &row["tg"], &row["n_depth"]), (&8.into(), &3.into(), &2.into()));
        assert_eq!((&row["n_batch"], &row["n_ubatch"]), (&128.into(), &128.into()));
        assert_eq!((&row["is_pp_shared"], &row["n_gpu_layers"], &row["flash_attn"]), (&0.into(), &0.into(), &1.into()));
        assert_eq!(number(row, "n_kv"), sequences * 11.0);
        // As many as a cache has room for at least.
        assert_eq!(number(row, "n_kv_max"), sequences * 32.0);
        assert_eq!(number(row, "cache_bytes"), sequences * 32.0 * 23_040.0);
        for (speed, time, tokens) in [("speed_pp", "t_pp", 8.0), ("speed_tg", "t_tg", 3.0), ("speed", "t", 11.0)] {
            let expected = sequences * tokens / number(row, time);
            assert!((number(row, speed) / expected - 1.0).abs() < 1e-9, "{speed} of {row}");
        }
        assert!((number(row, "t_pp") + number(row, "t_tg") - number(row, "t")).abs() < 1e-9);
        for (samples, mean, tokens) in [("samples_pp_ns", "avg_pp_ts", 8.0), ("samples_tg_ns", "avg_tg_ts", 3.0)] {
            let samples = row[samples].as_array().unwrap();
            let rates: f64 = samples.iter().map(|time| sequences * tokens * 1e9 / time.as_f64().unwrap()).sum();
            assert!(samples.len() == 2 && (rates / 2.0 / number(row, mean) - 1.0).abs() < 1e-3, "{row}");
        }
        // 0.75 words a token, and readers of 10 tokens a second.
        let each = number(row, "avg_tg_ts") / sequences;
        assert!((number(row, "words_per_minute") / (each * 45.0) - 1.0).abs() < 1e-9, "{row}");
        assert_eq!(number(row, "readers"), (number(row, "avg_tg_ts") / 10.0).floor());
        assert!(row.get("estimated_tg_ts").is_none() && row.get("n_prompt").is_none(), "{row}");
    }
}

#[test]
fn rows_of_several_sequences_are_not_imported_as_speeds_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sequences.jsonl");
    std::fs::write(&path, answer(&with(&["--sequences", "2", "--jsonl"]))).unwrap();
    let ran = run(&["import", path.to_str().unwrap()]);
    assert!(!ran.out.contains("decode") && !ran.out.contains("prefill"), "{}", ran.out);
    assert!(!ran.complaints.is_empty(), "{}", ran.out);
}

#[test]
fn each_number_is_told_in_words_with_its_readers_and_the_estimate_beside() {
    let out = answer(&with(&["--sequences", "1,2", "--bandwidth"]));
    for words in [
        "run on    2 threads",
        "memory    read at",
        "beside    1 sequence, a cache of 720 KiB",
        "prompt    1 x 8 tokens: ",
        "generate  1 x 3 tokens behind 8: ",
        "readers   one reader gets ",
        "beside    2 sequences, caches of 1.41 MiB together",
        "generate  2 x 3 tokens behind 8: ",
        "readers   each of 2 gets ",
        " words a minute, ",
    ] {
        assert!(out.contains(words), "no `{words}` in\n{out}");
    }
    let estimates: Vec<&str> = out.lines().filter(|line| line.starts_with("estimate  ")).collect();
    assert!(estimates.len() == 2 && estimates.iter().all(|line| line.contains("(80 % band")), "{out}");
    // Without the memory's speed there is nothing to estimate from, and of a model nobody knows neither.
    assert!(!answer(&with(&["--sequences", "1"])).contains("estimate"));
    let (_guard, tiny) = tiny_llama(1).write();
    let out = answer(&with(&["--sequences", "2", "--bandwidth", "--model", tiny.to_str().unwrap()]));
    assert!(out.contains("estimate  none: which of the catalog's models this file is"), "{out}");
}

#[test]
fn sequences_that_cannot_be_are_refused_in_words() {
    refusal(&with(&["--sequences", "0"]), 2, &["--sequences 0", "from 1 to 128"]);
    refusal(&with(&["--sequences", "4,129"]), 2, &["--sequences 129", "from 1 to 128"]);
    refusal(&with(&["--sequences", "4,,8"]), 2, &["--sequences"]);
    refusal(&with(&["--sequences", "four"]), 2, &["--sequences"]);
    let many = (1..=33).map(|number| number.to_string()).collect::<Vec<_>>().join(",");
    refusal(&with(&["--sequences", &many]), 2, &["33 numbers", "at most 32"]);
    refusal(&["bench", "--sequences", "2", "--generate-tokens", "0"], 2, &["--generate-tokens above 0"]);
    refusal(&["bench", "--sequences", "2", "--prompt-tokens", "0"], 2, &["--prompt-tokens"]);
    refusal(&with(&["--sequences", "2", "--bandwidth", "--to", "plan.ron"]), 2, &["--sequences", "--to"]);
    refusal(&["bench", "--threads", "1", "--sequences", "2", "--prompt-tokens", "8190"], 1, &["8254 of 8192 tokens"]);
}

#[test]
fn caches_that_no_machine_has_room_for_are_refused_before_anything_is_loaded() {
    // 64 layers of 128 bytes a token: 128 sequences of 3 million tokens take 3 TB.
    let mut huge = tiny_llama(1);
    huge.set("llama.context_length", Value::U32(1 << 22));
    huge.set("llama.block_count", Value::U32(64));
    let first: Vec<Tensor> = huge.tensors.iter().filter(|tensor| tensor.name.starts_with("blk.0.")).cloned().collect();
    for layer in 2..64 {
        let other = |tensor: &Tensor| tensor.name.replace("blk.0.", &format!("blk.{layer}."));
        huge.tensors.extend(first.iter().map(|tensor| Tensor { name: other(tensor), ..tensor.clone() }));
    }
    let (_guard, path) = huge.write();
    let million = "1048576";
    let lengths = ["--prompt-tokens", million, "--generate-tokens", million, "--depth", million, "--threads", "1"];
    let model = ["bench", "--sequences", "1,128", "--model", path.to_str().unwrap()];
    let arguments = [&model[..], &lengths].concat();
    refusal(
        &arguments,
        1,
        &["not enough memory for the weights and 128 KV caches of 3145728 tokens", "this machine has"],
    );
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_a_moment_after_the_figures_that_are_there() {
    use std::os::unix::process::ExitStatusExt;

    let arguments = ["bench", "--threads", "1", "--prompt-tokens", "4", "--generate-tokens", "2", "--repetitions", "1"];
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let arguments = [&arguments[..], &["--sequences", "1,128", "--jsonl"]].concat();
        let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("\"pl\":1,"));
        assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
        assert!(lines.next().is_none(), "it went on");
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        let complaints = std::io::read_to_string(child.stderr.take().unwrap()).unwrap();
        assert!(complaints.contains("stopped"), "{complaints}");
    }
}
