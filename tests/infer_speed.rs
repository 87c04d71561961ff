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

use std::time::Instant;

use sizewright::infer::{LoadOptions, Message, Model, Request, Sampling, Step, Tier, embedded_model};

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
    let mut model = Model::load(&path, &LoadOptions { context_tokens: 512, threads, tier }).unwrap();
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
