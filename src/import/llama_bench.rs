//! A row of llama-bench as a measurement.
//!
//! Prompt and answer lengths say what was timed: prompt alone is prefill, answer alone is decode, both is both. Depth
//! is what lay in the cache before. Field names and what they hold: llama.cpp `tools/llama-bench/llama-bench.cpp`.

use super::record::Record;
use super::report::Findings;
use super::{ImportError, Reader, recognise};
use crate::catalog::{Certainty, Date, Engine, KvFormat, MeasuredValue, Measurement, Placement, Reading};
use crate::units::Bytes;

/// Layers that people ask for when they mean "all"; no model has as many.
const ALL_LAYERS: u32 = 99;

/// Whether a row is one of llama-bench.
pub(super) fn is_one(record: &Record) -> bool {
    record.has("avg_ts") || record.has("samples_ts")
}

/// Reads a row.
///
/// # Errors
/// A row without its speed or its lengths, or with an impossible value.
pub(super) fn read(reader: &Reader<'_>, record: &Record, findings: &mut Findings) -> Result<(), ImportError> {
    let prompt = record.tokens("n_prompt")?.unwrap_or(0);
    let output = record.tokens("n_gen")?.unwrap_or(0);
    let speed =
        record.speed("avg_ts")?.ok_or_else(|| record.error("avg_ts", "is not there: run the benchmark again"))?;
    let reading = Reading { value: speed, deviation: record.speed_deviation("stddev_ts")? };
    let value = match (prompt, output) {
        (0, 0) => return Err(record.error("n_prompt, n_gen", "neither prompt nor answer: it says not what was timed")),
        (_, 0) => MeasuredValue::Prefill(reading),
        (0, _) => MeasuredValue::Decode(reading),
        (_, _) => MeasuredValue::PrefillAndDecode(reading),
    };
    let parameters = record.whole("model_n_params", 1, 1_000_000_000_000_000)?.and_then(|n| u64::try_from(n).ok());
    let bytes = record.whole("model_size", 1, 1_000_000_000_000_000)?.and_then(|n| u64::try_from(n).ok());
    let layers = record.whole("n_gpu_layers", -2, 1_000_000)?;
    let expert_layers = record.count("n_cpu_moe", 0, 1_000_000)?.unwrap_or(0);

    let type_text = record.text("model_type").unwrap_or_default();
    let file_text = record.text("model_filename").unwrap_or_default();
    let model = recognise::model(
        reader,
        &recognise::ModelWords { file: file_text, description: type_text, parameters },
        findings,
    );
    let format = recognise::gguf_format(file_text, type_text);
    if format.is_none() {
        findings.missing("the weight format: the file names none of the known ones");
    }

    let backend = record.text("backends").map(ToOwned::to_owned).or_else(|| old_backend(record).map(str::to_owned));
    let on_processor = backend.as_deref().is_some_and(|name| matches!(name, "CPU" | "BLAS" | "ZenDNN" | "OpenBLAS"))
        || layers == Some(0)
        || record.text("devices") == Some("none");
    let words = if on_processor { record.text("cpu_info") } else { record.text("gpu_info") };
    let (device, device_count) = recognise::devices(reader, words.unwrap_or_default(), on_processor, findings);
    let device_count = match (record.text("split_mode"), record.text("devices")) {
        (Some("none"), _) => Some(1),
        (_, Some(chosen)) if !matches!(chosen, "auto" | "none") => u32::try_from(chosen.split('/').count()).ok(),
        (_, _) => device_count,
    };

    let layers_of_model =
        model.id().and_then(|id| reader.catalog.models.get(id)?.architecture.as_ref()).map(|a| a.layers);
    let placement = match layers {
        _ if expert_layers > 0 => Placement::ExpertsOnHost(expert_layers),
        _ if on_processor => Placement::Device,
        None => Placement::Unknown,
        Some(negative) if negative < 0 => {
            findings.guessed("all layers are on the device: the run left their number to the program");
            Placement::Device
        }
        Some(some) => {
            let some = u32::try_from(some).unwrap_or(u32::MAX);
            let all = layers_of_model.map_or(some >= ALL_LAYERS, |layers| some >= layers);
            if all { Placement::Device } else { Placement::Layers(some) }
        }
    };
    let cache_format = |field: &str, findings: &mut Findings| {
        let text = record.text(field)?;
        let format = text.parse::<KvFormat>().ok();
        if format.is_none() {
            findings.missing(format!("the cache format: `{text}` is none of the known ones"));
        }
        format
    };
    if model.entry.as_ref().is_some_and(|found| found.certainty == Certainty::Guessed) {
        findings.guessed(format!("`{}` is taken for {}", model.text, recognise::named(&model)));
    }
    // `sizewright bench` writes the same rows; its speeds say nothing about llama.cpp.
    let is_ours = record.text("engine") == Some("sizewright");
    let (key_format, value_format) = (cache_format("type_k", findings), cache_format("type_v", findings));
    findings.measured(Measurement {
        value,
        device,
        device_count,
        parameters,
        weight_bytes: bytes.map(Bytes::new),
        format,
        key_format,
        value_format,
        engine: (!is_ours).then_some(Engine::LlamaCpp),
        engine_build: build(record),
        backend,
        placement,
        threads: record.count("n_threads", 1, 65_536)?,
        prompt_tokens: Some(prompt),
        depth_tokens: record.tokens("n_depth")?.unwrap_or(0),
        output_tokens: Some(output),
        concurrency: Some(1.0),
        date: date(record),
        model,
        source: format!("{}, {}", if is_ours { "sizewright bench" } else { "llama-bench" }, reader.name),
    });
    Ok(())
}

fn build(record: &Record) -> Option<String> {
    match (record.words("build_commit"), record.words("build_number")) {
        (Some(commit), Some(number)) => Some(format!("{commit} ({number})")),
        (commit, number) => commit.or(number),
    }
}

/// RFC 3339, of which the day counts.
fn date(record: &Record) -> Option<Date> {
    record.text("test_time").and_then(|time| Date::parse(time.get(..10)?))
}

/// Before 2024-11 each backend had a yes-or-no field of its own.
fn old_backend(record: &Record) -> Option<&'static str> {
    [("cuda", "CUDA"), ("metal", "Metal"), ("vulkan", "Vulkan"), ("gpu_blas", "GPU BLAS")]
        .into_iter()
        .find_map(|(field, name)| record.is_true(field).then_some(name))
}
