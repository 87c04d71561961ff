//! `sizewright quantize`, run as a program on small random models.

#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod cli_support;
mod infer_support;

use cli_support::{answer, refusal, run};
use infer_support::tiny_llama;

fn arguments<'a>(source: &'a str, format: &'a str, target: &'a str) -> Vec<&'a str> {
    vec!["quantize", "--model", source, "--format", format, "--to", target, "--threads", "2"]
}

#[test]
fn a_file_is_written_measured_and_not_replaced_unasked() {
    let (folder, source) = tiny_llama(1).write();
    let (source, target) = (source.display().to_string(), folder.path().join("new.gguf").display().to_string());
    let plain = arguments(&source, "Q8_0", &target);
    let measured = [&plain[..], &["--measure", "--context", "64"]].concat();
    let out = answer(&measured);
    for word in ["written", "before", "after", "perplexity", "loss ", "the built-in text", "Llama 3 8B", "0.04 %"] {
        assert!(out.contains(word), "`{word}`: {out}");
    }
    assert_eq!(out.matches("run on 2 threads, set by you, ").count(), 2, "of both files: {out}");
    refusal(&plain, 1, &["exists already", "new.gguf"]);
    // Said before anything is measured: minutes, of a model of some size.
    let ran = run(&measured);
    assert!(ran.code == Some(1) && ran.complaints.contains("exists already"), "{}", ran.complaints);
    assert!(!ran.complaints.contains("[1/"), "{}", ran.complaints);
    let forced = answer(&[&plain[..], &["--force"]].concat());
    assert!(!forced.contains("before "), "{forced}");
    refusal(&arguments(&source, "q8_0", &source), 1, &["it is the file that is read"]);
    refusal(&[&plain[..], &["--force", "--file", &source]].concat(), 2, &["--measure"]);
}

#[test]
fn few_bits_are_warned_of_and_formats_not_offered_named() {
    let (folder, source) = tiny_llama(1).write();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (source, four, eight) = (source.display().to_string(), path("four.gguf"), path("eight.gguf"));
    answer(&arguments(&source, "q4_0", &four));
    let ran = run(&arguments(&four, "q8_0", &eight));
    assert_eq!(ran.code, Some(0), "{}", ran.complaints);
    assert!(ran.complaints.contains("Q4_0") && ran.complaints.contains("will not be smaller"), "{}", ran.complaints);
    refusal(&arguments(&source, "iq2_xs", &path("no.gguf")), 2, &["IQ2_XS", "q4_k_m"]);
    refusal(&arguments(&path("missing.gguf"), "q8_0", &path("no.gguf")), 1, &["missing.gguf"]);
    refusal(&arguments(&source, "bf16", &path("no/new.gguf")), 1, &["cannot write"]);
    // Nothing is published of BF16, and nothing is made up.
    assert!(answer(&arguments(&source, "bf16", &path("b.gguf"))).contains("no published figure"));
}

/// A limit on the size of files stands in for a full disk: the write fails in the same place.
#[cfg(unix)]
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let (folder, source) = tiny_llama(1).write();
    let (source, target) = (source.display().to_string(), folder.path().join("new.gguf").display().to_string());
    let mut command = std::process::Command::new("sh");
    // The signal is ignored so that the program sees the error, as it would of a full disk.
    command.args(["-c", "trap '' XFSZ; ulimit -f 32; exec \"$@\"", "sh", env!("CARGO_BIN_EXE_sizewright")]);
    let out = command.args(arguments(&source, "q8_0", &target)).output().unwrap();
    let complaints = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code(), Some(1), "{complaints}");
    assert!(complaints.contains("cannot write the new file"), "{complaints}");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["model.gguf"]);
}

/// Ctrl-C and `kill`, once some of the file is written: it goes, the program ends by the signal.
#[cfg(unix)]
#[test]
fn a_signal_ends_it_and_takes_the_unfinished_file_away() {
    use std::os::unix::process::ExitStatusExt;
    use std::time::{Duration, Instant};

    // Large enough that a signal comes before its end.
    let source = sizewright::infer::embedded_model().unwrap().display().to_string();
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new.gguf").display().to_string();
        let mut command = cli_support::program(&arguments(&source, "q8_0", &target));
        let mut child = command.stderr(std::process::Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while std::fs::read_dir(folder.path()).unwrap().count() == 0 {
            assert!(started.elapsed() < Duration::from_secs(60), "nothing is written");
            std::thread::sleep(Duration::from_millis(5));
        }
        let told = std::process::Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status();
        assert!(told.unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}
