//! How fast a model is read and spoken here: prompt tokens and generated tokens a second, the best and the median of
//! `SIZEWRIGHT_RUNS` (five) runs. It judges nothing; run it beside another engine, in turns, and compare ratios:
//!
//! ```sh
//! cargo test --release --no-default-features --features infer --test infer_speed -- --ignored --nocapture
//! ```
//!
//! `SIZEWRIGHT_MODEL` names another GGUF file, `SIZEWRIGHT_KERNELS` a kernel tier, `SIZEWRIGHT_THREADS` a thread count;
//! `SIZEWRIGHT_PREFILL_ONLY` leaves out the second half.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

use std::cell::Cell;
use std::time::{Duration, Instant};

use sizewright::infer::{
    LoadOptions, Message, Model, Request, Sampling, Step, StopReason, Tier, embedded_model, resident_memory,
};

const PROMPT_TOKENS: usize = 128;
const GENERATED_TOKENS: usize = 64;

fn setting(name: &str) -> Option<String> {
    std::env::var(format!("SIZEWRIGHT_{name}")).ok()
}

fn print(what: &str, tokens: usize, mut seconds: Vec<f64>) {
    seconds.sort_by(f64::total_cmp);
    let rate = |at: usize| tokens as f64 / seconds[at];
    println!("{what}: best {:.1}, median {:.1} tokens/s", rate(0), rate(seconds.len() / 2));
}

#[test]
#[ignore = "a measurement, not a check"]
fn speed_of_reading_and_speaking() {
    let runs = setting("RUNS").map_or(5, |runs| runs.parse().unwrap());
    let path = setting("MODEL").map_or_else(|| embedded_model().unwrap(), Into::into);
    let tier = setting("KERNELS").map(|name| Tier::from_name(&name).expect("a kernel tier"));
    let threads = setting("THREADS").map(|count| count.parse().unwrap());
    let options = LoadOptions { context_tokens: 512, threads, tier, ..LoadOptions::default() };
    let mut model = Model::load(&path, &options).unwrap();
    println!("{:#?}", model.summary());
    let tokens: Vec<u32> = (0..PROMPT_TOKENS as u32).map(|i| 1000 + i * 37 % 9000).collect();
    let prefill = (0..runs).map(|_| {
        let started = Instant::now();
        model.read(&tokens).unwrap();
        started.elapsed().as_secs_f64()
    });
    let prefill = prefill.collect();
    print(&format!("prefill of {PROMPT_TOKENS}"), PROMPT_TOKENS, prefill);
    let request = Request {
        sampling: Sampling { seed: 1, ..Sampling::default() },
        max_tokens: GENERATED_TOKENS + 1,
        ..Request::new(vec![Message::user("Tell me a long story about the sea and its ships.")])
    };
    let decode = (0..if setting("PREFILL_ONLY").is_some() { 0 } else { runs }).map(|_| {
        let mut steps: Vec<f64> = Vec::new();
        for step in model.generate(&request).unwrap() {
            if let Step::Text(piece) = step.unwrap() {
                steps.push(piece.token_seconds.as_secs());
            }
        }
        steps.iter().skip(1).sum::<f64>() / steps.len().saturating_sub(1).max(1) as f64
    });
    let decode = decode.collect();
    if setting("PREFILL_ONLY").is_none() {
        print("decode", 1, decode);
    }
}

#[test]
#[ignore = "a measurement, not a check"]
fn time_from_a_stop_to_the_end_of_reading_behind_4000_tokens() {
    let threads = setting("THREADS").map(|count| count.parse().unwrap());
    let options = LoadOptions { context_tokens: 8192, threads, ..LoadOptions::default() };
    let mut model = Model::load(&embedded_model().unwrap(), &options).unwrap();
    let long = Request::new(vec![Message::user("The sea is wide and the ships are small. ".repeat(600))]);
    let mut worst = 0.0_f64;
    for run in 0..10 {
        let (started, stop) = (Cell::new(None), Cell::new(None));
        let go_on = || {
            let asked: Instant = started.get().unwrap_or_else(Instant::now);
            started.set(Some(asked));
            // Between two asks, as a window's button would be.
            let late = asked.elapsed() > Duration::from_millis(2500 + 17 * run);
            if late && stop.get().is_none() {
                stop.set(Some(asked + Duration::from_millis(2500 + 17 * run)));
            }
            !late
        };
        let mut read = 0;
        for step in model.generate_while(&long, go_on).unwrap() {
            match step.unwrap() {
                Step::PromptRead(progress) => read = progress.done,
                Step::Finished(summary) => assert_eq!(summary.stop, StopReason::Cancelled),
                Step::Text(_) => panic!("the prompt is too short for this machine"),
            }
        }
        let delay: f64 = stop.get().map_or(0.0, |at: Instant| at.elapsed().as_secs_f64());
        println!("stopped behind {read} tokens after {:.1} ms", delay * 1e3);
        worst = worst.max(delay);
    }
    println!("worst {:.1} ms", worst * 1e3);
}

#[test]
#[ignore = "a measurement, not a check"]
fn memory_of_a_process_that_loads_again_and_again() {
    let path = setting("MODEL").map_or_else(|| embedded_model().unwrap(), Into::into);
    let mebibytes = || resident_memory().map_or(0.0, |memory| memory.as_f64() / (1 << 20) as f64);
    println!("before: {:.0} MiB", mebibytes());
    let mut held: Option<Model> = None;
    for load in 1..=4 {
        let mut model = Model::load(&path, &LoadOptions::default()).unwrap();
        model.read(&[1; 600]).unwrap();
        // As the worker does: the new one is there before the old one goes.
        held = Some(model);
        println!("load {load}: {:.0} MiB", mebibytes());
    }
    drop(held);
    println!("let go: {:.0} MiB", mebibytes());
}
