//! Rows with several sessions on one machine (`total_tps`): partitions of processors, llama.cpp batches, served engines.

use crate::catalog::{Catalog, Engine, KvFormat, WeightFormat};
use crate::sizing::serving::{BatchedRun, served::build};
use crate::validate::speed::SpeedRow;

/// Answer where the row does not say, in tokens: what batched benchmarks generate.
const ANSWER: f64 = 128.0;
/// The same for served engines.
const SERVED_ANSWER: f64 = 256.0;

/// A row as a run of several sessions; the measured speed is not looked at.
///
/// # Errors
/// What of it is not known.
pub fn run<'a>(catalog: &'a Catalog, row: &SpeedRow) -> Result<BatchedRun<'a>, String> {
    let (device, model) = super::named(catalog, &row.device, &row.model)?;
    let format: WeightFormat = row.weight_format.parse()?;
    let engine: Engine = row.engine.parse().unwrap_or(Engine::LlamaCpp);
    let served = matches!(engine, Engine::Vllm | Engine::Sglang | Engine::TensorRtLlm);
    let sessions = row
        .concurrency
        .filter(|sessions| *sessions >= 1.0 && sessions.is_finite())
        .ok_or_else(|| "the number of sessions is missing".to_owned())?;
    let tokens = |cell: Option<f64>| cell.filter(|tokens| *tokens > 0.0 && tokens.is_finite());
    let answer = if served { SERVED_ANSWER } else { ANSWER };
    Ok(BatchedRun {
        model,
        format,
        kv_format: if served && format == WeightFormat::Fp8 { KvFormat::Fp8 } else { KvFormat::F16 },
        device,
        devices: SpeedRow::count(row.device_count).max(1),
        engine,
        age: build::age_of(engine, &version(&row.runtime)),
        processes: SpeedRow::count(row.processes).max(1),
        threads: Some(SpeedRow::count(row.threads_per_process)).filter(|threads| *threads > 0),
        vendor_build: row.runtime.contains("mpere-optimized"),
        sessions,
        prompt_tokens: tokens(row.prompt_tokens).unwrap_or(0.0) + tokens(row.depth_tokens).unwrap_or(0.0),
        output_tokens: tokens(row.output_tokens).unwrap_or(answer),
    })
}

/// The first word of a runtime's description that begins with a digit and holds a dot: "vLLM 0.16 TP2" says 0.16.
fn version(runtime: &str) -> String {
    runtime
        .split_whitespace()
        .map(|word| word.trim_start_matches('v'))
        .find(|word| word.starts_with(|c: char| c.is_ascii_digit()) && word.contains('.'))
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_found_in_a_sources_own_words() {
        for (text, expected) in
            [("vLLM 0.16 TP2", "0.16"), ("NVIDIA NIM 1.8.0 TP2", "1.8.0"), ("llama.cpp b3615", ""), ("", "")]
        {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
