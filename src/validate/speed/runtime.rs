//! From a row's own words to the conditions of the run.

use super::row::SpeedRow;
use crate::catalog::{Device, Engine};
use crate::sizing::speed::conditions::{Client, Conditions, Generation, Parallel};
use crate::sizing::speed::platform::{Maker, Stack};

/// Prompt tokens worked on at once in the named flash-attention benchmarks (`-ub 2048`).
const BENCHMARK_MICRO_BATCH: u32 = 2048; // ggml-org/llama.cpp benches, 2025-2026

/// The engine of a row; llama.cpp where the cell is empty or unknown.
pub fn engine(row: &SpeedRow) -> Engine {
    row.engine.parse().unwrap_or(Engine::LlamaCpp)
}

/// How a row was run.
pub fn conditions(row: &SpeedRow, device: &Device) -> Conditions {
    let text = row.runtime.to_ascii_lowercase();
    let engine = engine(row);
    let devices = SpeedRow::count(row.device_count).max(1);
    let stack = stack(row, device, &text);
    let mut run = Conditions::usual(device, engine, devices);
    run.stack = stack;
    run.generation = generation(engine, &text);
    run.parallel = match row.parallel.as_str() {
        "tensor" => Parallel::Tensor,
        // The rows of that time that say layer split are faster than any one after the other could be: it was the
        // row split.
        _ if devices > 1 && engine == Engine::LlamaCpp && text.contains("2023") => Parallel::Rows,
        _ => Parallel::Layers,
    };
    run.threads = Some(SpeedRow::count(row.threads_per_process)).filter(|&threads| threads > 0);
    run.board_host = stack != Stack::Processor && (text.contains("host pi") || text.contains("host hifive"));
    run.client = if text.contains("llmfit") {
        Client::WallClock
    } else if text.contains("ollama") {
        Client::App
    } else {
        Client::Benchmark
    };
    let benchmark = text.ends_with("cuda fa") || text.ends_with("metal fa") || text.contains("fa batched-bench");
    if benchmark {
        run.micro_batch = BENCHMARK_MICRO_BATCH;
    }
    run
}

fn stack(row: &SpeedRow, device: &Device, text: &str) -> Stack {
    // Cores without graphics beside them run everything, whatever the row calls its backend.
    if device.is_processor() && device.rates.fp32.is_none() {
        return Stack::Processor;
    }
    if let Some(named) = Stack::from_name(&row.backend) {
        return named;
    }
    // Ollama has no path for Intel graphics: such a run is the processor's.
    if Maker::of(device) == Maker::Intel && text.contains("ollama") {
        return Stack::Processor;
    }
    Stack::usual(device)
}

fn generation(engine: Engine, text: &str) -> Generation {
    match engine {
        Engine::Mlx | Engine::ExLlama | Engine::MlcLlm | Engine::TensorRtLlm => Generation::Current,
        Engine::Vllm | Engine::Sglang if text.contains("2023") => Generation::Vllm2023,
        Engine::Vllm | Engine::Sglang => Generation::Current,
        Engine::LlamaCpp if text.contains("mlx") => Generation::Current,
        Engine::LlamaCpp if text.contains("localscore") || text.contains("llamafile") => Generation::LocalScore,
        Engine::LlamaCpp if text.contains("llama.rn") => Generation::LlamaRn,
        Engine::LlamaCpp if text.contains("2023") || text.contains("2024") || old_build(text) => Generation::Before2025,
        Engine::LlamaCpp => Generation::Current,
    }
}

/// Whether a word is a llama.cpp build number below 5,000: those are of 2024 and before.
fn old_build(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        word.strip_prefix('b').is_some_and(|digits| {
            digits.len() == 4
                && digits.bytes().all(|b| b.is_ascii_digit())
                && matches!(digits.as_bytes().first(), Some(b'1'..=b'4'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_below_five_thousand_are_of_2024() {
        for (text, old) in [
            ("llama.cpp b3615; 1 process x 192 threads", true),
            ("llama.cpp ROCm (llama.cpp-hip b6077 FA)", false),
            ("llama.cpp 1dc04b2; 1 process", false),
            ("b40112", false),
        ] {
            assert_eq!(old_build(text), old, "{text}");
        }
    }
}
