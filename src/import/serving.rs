//! A result of a serving benchmark as measurements: vLLM's `vllm bench serve` (and `benchmark_serving.py` before it)
//! and SGLang's `bench_serving.py`, which write nearly the same fields.
//!
//! One result gives up to three measurements: time to first token, time per output token and throughput. Of the two
//! times the median over requests is taken, the mean where there is none; a deviation is that between requests.
//! Neither tool writes what it ran on, and prompts and answers are known as totals only: their means are taken.

use super::record::Record;
use super::report::Findings;
use super::{ImportError, Reader, recognise};
use crate::catalog::{Certainty, Date, Engine, MeasuredValue, Measurement, Placement, Reading};
use crate::units::Seconds;

/// Most requests and tokens of one run that are believed.
const MAX_TOTAL: u64 = 1_000_000_000_000;

/// Whether a row is one of these.
pub(super) fn is_one(record: &Record) -> bool {
    record.has("completed") && (record.has("output_throughput") || record.has("total_output_tokens"))
}

/// Reads a result.
///
/// # Errors
/// A result without any figure, or with an impossible value.
pub(super) fn read(reader: &Reader<'_>, record: &Record, findings: &mut Findings) -> Result<(), ImportError> {
    let completed = record.whole("completed", 0, MAX_TOTAL)?.unwrap_or(0);
    if completed == 0 {
        return Err(
            record.error("completed", "no request was answered: look at the server's messages and run it again")
        );
    }
    let first = time(record, "ttft_ms", findings)?.map(MeasuredValue::TimeToFirstToken);
    let next = time(record, "tpot_ms", findings)?.map(MeasuredValue::TimePerOutputToken);
    let throughput = record
        .speed("output_throughput")?
        .map(|value| MeasuredValue::OutputThroughput(Reading { value, deviation: None }));
    let values: Vec<MeasuredValue> = [first, next, throughput].into_iter().flatten().collect();
    if values.is_empty() {
        return Err(record.error("median_ttft_ms, median_tpot_ms, output_throughput", "none of them is there"));
    }

    let from_sglang = record.has("mean_e2e_latency_ms") || record.has("total_output_tokens_retokenized");
    let each = |total: Option<i64>| {
        let mean = total? as f64 / completed as f64;
        // Below 10^12 by the limit above; a float-to-integer cast saturates anyhow.
        Some(mean.round() as u32)
    };
    let prompt_tokens = each(record.whole("total_input_tokens", 0, MAX_TOTAL)?);
    let output_tokens = each(record.whole("total_output_tokens", 0, MAX_TOTAL)?);
    findings.guessed("every request has the mean length of prompt and answer: the file has their totals");
    let limit = record.amount("max_concurrency", "requests", &(1.0..=1e6))?;
    let concurrency = match record.amount("concurrency", "requests", &(0.0..=1e6))? {
        Some(mean) if mean > 0.0 => Some(mean),
        Some(_) | None => limit,
    };
    if concurrency.is_none() {
        findings.missing("how many requests were under way at once: the run did not limit them");
    }

    let name = ["model_id", "server_info.model_path", "model"].iter().find_map(|field| record.text(field));
    let model = recognise::model(
        reader,
        &recognise::ModelWords { file: name.unwrap_or_default(), description: "", parameters: None },
        findings,
    );
    if model.entry.as_ref().is_some_and(|found| found.certainty == Certainty::Guessed) {
        findings.guessed(format!("`{}` is taken for {}", model.text, recognise::named(&model)));
    }
    let quantization = ["quantization", "server_info.quantization"].iter().find_map(|field| record.text(field));
    let format = recognise::serving_format(name.unwrap_or_default(), quantization);
    if format.is_none() {
        findings.missing("the weight format: name it, unless the model's own 16 bits were served");
    }
    let words = ["gpu", "device", "hardware", "gpu_info"].iter().find_map(|field| record.text(field));
    let (device, named) = recognise::devices(reader, words.unwrap_or_default(), false, findings);
    let parallel = ["tensor_parallel_size", "tp", "server_info.tp_size"];
    let mut device_count = None;
    for field in parallel {
        device_count = device_count.or(record.count(field, 1, 65_536)?);
    }
    // One name stands for any number of cards here; more than one is a list.
    let device_count = device_count.or(named.filter(|&count| count > 1));
    if device_count.is_none() {
        findings.missing("how many devices served");
    }
    let engine = engine(record, from_sglang, findings);
    let version = ["engine_version", "version", "server_info.version"].iter().find_map(|field| record.words(field));
    let tool = if from_sglang { "SGLang serving benchmark" } else { "vLLM serving benchmark" };
    for value in values {
        findings.measured(Measurement {
            value,
            device: device.clone(),
            device_count,
            model: model.clone(),
            parameters: None,
            weight_bytes: None,
            format,
            key_format: None,
            value_format: None,
            engine,
            engine_build: version.clone(),
            backend: None,
            placement: Placement::Unknown,
            threads: None,
            prompt_tokens,
            depth_tokens: 0,
            output_tokens,
            concurrency,
            date: record.text("date").and_then(date),
            source: format!("{tool}, {}", reader.name),
        });
    }
    Ok(())
}

/// The median of a time with its deviation, else its mean.
fn time(record: &Record, name: &str, findings: &mut Findings) -> Result<Option<Reading<Seconds>>, ImportError> {
    let median = record.time(&format!("median_{name}"))?;
    let mean = record.time(&format!("mean_{name}"))?;
    let deviation = record.time_deviation(&format!("std_{name}"))?;
    if median.is_none() && mean.is_none() {
        findings.missing(format!("{name}: the server answered in one piece, or it was not asked for"));
    }
    Ok(median.or(mean).map(|value| Reading { value, deviation }))
}

/// Who served. The field is named after the protocol spoken as often as after the engine.
fn engine(record: &Record, from_sglang: bool, findings: &mut Findings) -> Option<Engine> {
    let spoken = record.text("backend").or_else(|| record.text("endpoint_type")).unwrap_or_default();
    let engine = match spoken {
        name if name.starts_with("sglang") => Some(Engine::Sglang),
        name if name.starts_with("vllm") => Some(Engine::Vllm),
        "tensorrt-llm" | "trt" => Some(Engine::TensorRtLlm),
        "llama.cpp" => Some(Engine::LlamaCpp),
        _ => None,
    };
    if engine.is_some() {
        return engine;
    }
    if spoken.is_empty() || spoken.starts_with("openai") {
        let (engine, name) = if from_sglang { (Engine::Sglang, "SGLang") } else { (Engine::Vllm, "vLLM") };
        findings.guessed(format!("{name} served: the file says that its own benchmark asked, by the OpenAI protocol"));
        return Some(engine);
    }
    findings.missing(format!("the engine: `{spoken}` is none of the known ones"));
    None
}

/// `20250805-123456` as vLLM writes it, or a date with dashes.
fn date(text: &str) -> Option<Date> {
    let dashed = || Some(format!("{}-{}-{}", text.get(..4)?, text.get(4..6)?, text.get(6..8)?));
    Date::parse(text.get(..10).unwrap_or(text)).or_else(|| Date::parse(&dashed()?))
}
