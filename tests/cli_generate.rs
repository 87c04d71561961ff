//! `sizewright generate`, run as a program on the embedded model.

#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;
mod infer_support;

use std::io::Read;
use std::process::Stdio;

use cli_support::{program, refusal, run};
use infer_support::{Value, tiny_llama};

const GREEDY: [&str; 9] = [
    "generate",
    "--prompt",
    "Write one sentence about the sea.",
    "--max-tokens",
    "24",
    "--temperature",
    "0",
    "--seed",
    "1",
];

#[test]
fn the_same_greedy_answer_comes_twice() {
    let (once, again) = (run(&GREEDY), run(&GREEDY));
    assert_eq!(once.code, Some(0), "{}", once.complaints);
    // Words, not noise: this small model makes mistakes, but it spells.
    let words = once.out.split_whitespace().filter(|word| word.chars().all(char::is_alphabetic)).count();
    assert!(words > 8, "{}", once.out);
    assert_eq!(once.out, again.out);
    for measured in ["tokens/s", "first token", "memory", " thread"] {
        assert!(once.complaints.contains(measured), "{}", once.complaints);
    }
}

#[test]
fn threads_are_as_set_or_found_and_told() {
    let told = |more: &[&str]| {
        let ran = run(&[&["generate", "--prompt", "Hello", "--max-tokens", "2"][..], more].concat());
        ran.complaints.lines().find(|line| line.starts_with("run on")).unwrap().to_owned()
    };
    assert!(told(&["--threads", "3"]).contains("3 threads, set by you"));
    let found = told(&[]);
    assert!(found.contains("found by a trial") || found.contains("1 thread, as the cores allow"), "{found}");
}

#[test]
fn one_token_is_an_answer() {
    let mut arguments = GREEDY;
    arguments[4] = "1";
    let ran = run(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    assert!(ran.complaints.contains("--max-tokens reached"), "{}", ran.complaints);
}

#[test]
fn a_reader_that_goes_away_ends_the_answer_quietly() {
    let arguments = ["generate", "--prompt", "Count to one hundred.", "--max-tokens", "200", "--temperature", "0"];
    let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    // The pipe is closed now.
    let end = child.wait_with_output().unwrap();
    assert_eq!(end.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&end.stderr), "");
}

#[test]
fn what_is_not_a_model_is_refused_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("not-a-model.gguf");
    std::fs::write(&path, b"GGUF but nothing after it").unwrap();
    let path = path.to_str().unwrap();
    refusal(&["generate", "--prompt", "Hello", "--model", path], 1, &["not-a-model.gguf"]);
    let nowhere = format!("{path}.gone");
    refusal(&["generate", "--prompt", "Hello", "--model", &nowhere], 1, &["not-a-model.gguf.gone"]);
}

#[test]
fn values_out_of_range_are_refused() {
    refusal(&["generate", "--prompt", "Hello", "--temperature", "-1"], 2, &["--temperature"]);
    refusal(&["generate", "--prompt", "Hello", "--temperature", "nan"], 2, &["--temperature"]);
    refusal(&["generate", "--prompt", "Hello", "--max-tokens", "0"], 2, &["--max-tokens"]);
    refusal(&["generate", "--prompt", ""], 2, &["--prompt is empty"]);
    refusal(&["generate", "--prompt", "Hello", "--top-p", "0"], 1, &["top-p must be above 0"]);
    refusal(&["generate", "--prompt", "Hello", "--min-p", "2"], 1, &["min-p must be between 0 and 1"]);
    refusal(&["generate", "--prompt", "Hello", "--repetition-penalty", "0"], 1, &["repetition penalty must be"]);
}

#[test]
fn drawing_from_one_token_is_greedy_and_a_stop_text_ends_the_answer() {
    let greedy = run(&GREEDY);
    let mut drawn = GREEDY.to_vec();
    drawn[6] = "1.5";
    drawn.extend(["--top-k", "1"]);
    assert_eq!(run(&drawn).out, greedy.out, "one token is left to draw from");
    let word = greedy.out.split_whitespace().nth(4).expect("words");
    let mut stopped = GREEDY.to_vec();
    stopped.extend(["--stop", word]);
    let stopped = run(&stopped);
    assert!(greedy.out.starts_with(stopped.out.trim_end()) && !stopped.out.contains(word), "{}", stopped.out);
    assert!(stopped.complaints.contains("a stop string appeared"), "{}", stopped.complaints);
}

/// A tiny model whose chat template is this.
fn with_template(template: &str) -> (tempfile::TempDir, String) {
    let mut gguf = tiny_llama(1);
    gguf.set("tokenizer.chat_template", Value::Text(template.to_owned()));
    let (folder, path) = gguf.write();
    (folder, path.to_str().unwrap().to_owned())
}

#[test]
fn a_template_that_doubles_a_text_fifty_times_is_an_error_and_not_the_end_of_the_program() {
    let template =
        "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(50) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}";
    let (_folder, path) = with_template(template);
    refusal(&["generate", "--prompt", "Hello", "--model", &path], 1, &["chat template failed", "memory"]);
}

#[test]
fn a_template_whose_constants_exhaust_memory_is_an_error_and_not_the_end_of_the_program() {
    // Each is computed while the template is compiled, and kept.
    let (_folder, path) = with_template(&"{{ 'a' * 100000000 }}".repeat(500));
    refusal(&["generate", "--prompt", "Hello", "--model", &path], 1, &["chat template failed"]);
}

#[test]
fn a_template_nested_deeper_than_the_stack_is_an_error_and_not_the_end_of_the_program() {
    let (_folder, path) = with_template(&format!("{{{{ 1{} }}}}", "~1".repeat(1_000_000)));
    refusal(&["generate", "--prompt", "Hello", "--model", &path], 1, &["chat template failed"]);
}

#[test]
fn a_template_that_takes_for_ever_is_ended() {
    // Each instruction copies ten megabytes.
    let template = "{% set x = 'a' * 10000000 %}{% for i in range(100000) %}{% set y = x ~ 'b' %}{% endfor %}";
    let (_folder, path) = with_template(template);
    refusal(&["generate", "--prompt", "Hello", "--model", &path], 1, &["chat template failed"]);
}

/// A model of 512 GiB of zeros that take no room on the disk.
#[cfg(target_os = "linux")]
#[test]
fn a_model_larger_than_memory_is_warned_of_and_refused() {
    let mut gguf = tiny_llama(1);
    let at = gguf.tensors.iter().position(|tensor| tensor.name == "token_embd.weight").unwrap();
    let mut embeddings = gguf.tensors.remove(at);
    (embeddings.shape, embeddings.bytes) = (vec![64, 1 << 31], Vec::new());
    gguf.tensors.push(embeddings);
    let (_folder, path) = gguf.write();
    let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() + (1 << 39)).unwrap();
    let path = path.to_str().unwrap();
    for arguments in [
        &["generate", "--prompt", "Hello", "--model", path, "--context", "64"][..],
        &["bench", "--model", path, "--prompt-tokens", "8", "--generate-tokens", "8"],
    ] {
        refusal(arguments, 1, &["warning: the model will take 512 GiB of the", "not enough memory"]);
    }
}

#[test]
fn a_template_that_refuses_says_so_in_its_own_words() {
    let (_folder, path) = with_template("{{ raise_exception('only on Sundays') }}");
    refusal(&["generate", "--prompt", "Hello", "--model", &path], 1, &["only on Sundays"]);
}

#[test]
fn an_honest_template_of_a_file_is_rendered_as_ever() {
    let (_folder, path) = with_template("{% for message in messages %}{{ message.content }}{% endfor %}");
    let arguments = ["generate", "--prompt", "Hello", "--model", &path, "--max-tokens", "4", "--context", "64"];
    let ran = run(&arguments);
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    assert!(ran.complaints.contains("prompt        5 tokens"), "{}", ran.complaints);
}
