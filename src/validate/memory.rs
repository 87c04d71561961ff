//! Sizes of weight files, caches, buffers and whole runs, predicted from their description.
//!
//! Columns read for the prediction: `model_id`, `quant`, `context`, `kv_type`, `component`, and of `source` the words that
//! name engine and settings ("ik_llama.cpp", "ubatch 512"). `bytes` is read afterwards, for the summary.

mod layout;
mod summary;

use std::io;

use super::{Record, Status, ValidateError, read_rows};
use crate::catalog::{Catalog, DeviceClass, Engine, KvFormat, LayerState, Model, ModelId, WeightFormat};
use crate::sizing::kv_cache::{self, CacheProfile, CacheRequest};
use crate::sizing::weights::{self, Storage, WeightCount};
use crate::sizing::{Refusal, Workload, buffers};
use crate::units::Bytes;
pub use layout::{Printed, QuantLayout};
pub use summary::summary;

/// A row's prediction.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryRow {
    /// Line in the file; the header is line 1.
    pub line: u64,
    /// What is measured: `weights_file`, `kv_cache`, ...
    pub component: String,
    /// Low, likely and high. `None`: no prediction.
    pub predicted: Option<[Bytes; 3]>,
    /// Whether there is one.
    pub status: Status,
    /// How it was made, or why there is none.
    pub reason: String,
    /// Whether the row states its layout, so that the prediction has to be exact.
    pub layout_stated: bool,
    /// The measured bytes, for the summary only.
    pub measured: Option<Bytes>,
}

/// Predicts every row of a file.
///
/// # Errors
/// The file is not CSV or lacks a column.
pub fn predict(catalog: &Catalog, from: impl io::Read) -> Result<Vec<MemoryRow>, ValidateError> {
    let mut rows = Vec::new();
    read_rows(from, &["model_id", "component"], |line, record| {
        let mut row = predict_row(catalog, line, record);
        row.measured = record.number("bytes").map(Bytes::new);
        rows.push(row);
    })?;
    Ok(rows)
}

/// Writes `line,low,likely,high,status,reason`.
///
/// # Errors
/// Writing fails.
pub fn write(rows: &[MemoryRow], to: impl io::Write) -> Result<(), ValidateError> {
    let mut writer = csv::Writer::from_writer(to);
    writer.write_record(["line", "low", "likely", "high", "status", "reason"])?;
    for row in rows {
        let [low, likely, high] = match row.predicted {
            Some(bytes) => bytes.map(|b| b.get().to_string()),
            None => Default::default(),
        };
        writer.write_record([&row.line.to_string(), &low, &likely, &high, row.status.label(), &row.reason])?;
    }
    writer.flush()?;
    Ok(())
}

/// A prediction before it is tied to its row.
struct Predicted {
    bytes: [Bytes; 3],
    how: String,
    layout_stated: bool,
}

fn predict_row(catalog: &Catalog, line: u64, record: &Record<'_>) -> MemoryRow {
    let component = record.text("component").to_owned();
    let id = record.text("model_id");
    let known = catalog.models.get(&ModelId::new(id));
    let predicted = match known {
        None if id.is_empty() => Err((Status::Unknown, "the row names no model of the catalog".to_owned())),
        None => Err((Status::Unknown, format!("the catalog has no model `{id}`"))),
        Some(model) => component_of(model, &component, record).map_err(|refusal| (Status::Refused, refusal.reason)),
    };
    match predicted {
        Ok(Predicted { bytes, how, layout_stated }) => MemoryRow {
            line,
            component,
            predicted: Some(bytes),
            status: Status::Ok,
            reason: how,
            layout_stated,
            measured: None,
        },
        Err((status, reason)) => {
            MemoryRow { line, component, predicted: None, status, reason, layout_stated: false, measured: None }
        }
    }
}

fn refused(reason: impl Into<String>) -> Refusal {
    Refusal { reason: reason.into(), nearest: None }
}

fn component_of(model: &Model, component: &str, record: &Record<'_>) -> Result<Predicted, Refusal> {
    match component {
        "weights_file" => weights_of(model, record).map(|(_, predicted)| predicted),
        "weights_buffer" => weights_buffer(model, record),
        "kv_cache" => cache(model, record),
        "compute_buffer" => compute_buffer(model, record),
        "total_vram" => total(model, record),
        other => Err(refused(format!("`{other}` is not a component this program predicts"))),
    }
}

fn weights_of(model: &Model, record: &Record<'_>) -> Result<(Option<WeightCount>, Predicted), Refusal> {
    let (quant, source) = (record.text("quant"), record.text("source"));
    let layout = match layout::rest_in_sixteen(quant, source) {
        Some(storage) => QuantLayout::Stored(storage),
        None => QuantLayout::parse(quant),
    };
    match layout {
        QuantLayout::Stored(storage) => {
            let count = weights::count_as(model, &storage)?;
            let printed = Printed::of(quant, source);
            let (low, high) = (count.band().0 * printed.band.0, count.band().1 * printed.band.1);
            let likely = count.total();
            let layout_stated = count.precision == weights::Precision::Exact && printed.stated;
            let how = format!("{} parameters, tensor by tensor by their types", count.parameters());
            Ok((
                Some(count),
                Predicted { bytes: [likely.scaled(low), likely, likely.scaled(high)], how, layout_stated },
            ))
        }
        QuantLayout::BitsPerWeight(bits) => {
            let count = weights::count_as(model, &Storage::of(WeightFormat::F16, Engine::LlamaCpp))?;
            let likely = Bytes::from_f64_ceil(count.parameters() as f64 * bits / 8.0);
            let how = format!("{} parameters at the {bits} bits per weight stated", count.parameters());
            // Some conversions store a tied table a second time as head.
            let head =
                if count.tied { count.embedding.parameters as f64 / count.parameters().max(1) as f64 } else { 0.0 };
            let bytes = [likely.scaled(0.998), likely, likely.scaled(1.002 + head)];
            Ok((Some(count), Predicted { bytes, how, layout_stated: false }))
        }
        QuantLayout::PerDevice(storage, devices) => {
            let count = weights::count_as(model, &storage)?;
            let each = count.total().scaled(1.0 / f64::from(devices));
            let how = format!("{} over {devices} devices", count.total());
            Ok((
                Some(count),
                Predicted { bytes: [each.scaled(0.98), each, each.scaled(1.3)], how, layout_stated: false },
            ))
        }
        QuantLayout::Unknown => Err(refused(format!("`{quant}` is not a layout this program knows"))),
    }
}

/// llama.cpp holds a tied embedding table twice: once as table, once as head.
fn weights_buffer(model: &Model, record: &Record<'_>) -> Result<Predicted, Refusal> {
    let (count, Predicted { bytes: [low, likely, high], how, layout_stated }) = weights_of(model, record)?;
    let twice = count.filter(|count| count.tied).map_or(Bytes::ZERO, |count| count.embedding.bytes);
    let how = format!("{how}; the tied table a second time as head: {twice}");
    Ok(Predicted { bytes: [low + twice, likely + twice, high + twice], how, layout_stated })
}

fn cache_request(record: &Record<'_>) -> Result<CacheRequest, Refusal> {
    let context: u64 = record.number("context").ok_or_else(|| refused("the row states no context"))?;
    let kv_type = record.text("kv_type");
    let (keys, values) = layout::cache_types(kv_type)
        .ok_or_else(|| refused(format!("`{kv_type}` is not a cache format this program knows")))?;
    let mut profile = CacheProfile::of(Engine::LlamaCpp);
    profile.latent = layout::latent_cache(kv_type);
    // A fork, and llama-bench with its defaults, keep the full context on sliding layers.
    let source = record.text("source");
    profile.windows_ignored = ["ik_llama.cpp", "llm-bench", "llama-bench"].iter().any(|word| source.contains(word));
    Ok(CacheRequest { keys, values, profile, context_tokens: context, sessions: 1, shared_tokens: 0, draft_layers: 0 })
}

fn cache(model: &Model, record: &Record<'_>) -> Result<Predicted, Refusal> {
    let request = cache_request(record)?;
    let only_windows = record.text("kv_type").contains("only the last-logged SWA cache");
    // Logs list recurrent states apart from the cache of keys and values.
    let counted = |layer: &LayerState| match layer {
        LayerState::Recurrent { .. } => false,
        LayerState::Sliding { .. } => true,
        LayerState::Full { .. } | LayerState::Latent { .. } | LayerState::SharesKv | LayerState::Stateless => {
            !only_windows
        }
    };
    let bytes = kv_cache::bytes_of(model, &request, counted)?;
    let how = format!(
        "layer by layer at {} tokens, {} keys, {} values",
        request.context_tokens,
        request.keys.label(),
        request.values.label()
    );
    Ok(Predicted { bytes: [bytes; 3], how, layout_stated: true })
}

fn workload<'a>(model: &'a Model, record: &Record<'_>) -> Workload<'a> {
    Workload {
        model,
        format: WeightFormat::Q8_0,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: record.number("context").unwrap_or(512),
        prompt_tokens: 512,
        output_tokens: 128,
        sessions: 1,
    }
}

fn compute_buffer(model: &Model, record: &Record<'_>) -> Result<Predicted, Refusal> {
    let graph = layout::graph(record.text("source"));
    let part = buffers::llama_cpp(&workload(model, record), &graph, 1);
    let how = format!("largest stage of the graph with micro-batches of {}", graph.micro_batch);
    // Logs of latent attention and of mixtures hold builds and flags that keep more or less of the graph.
    let (low, high) = match model.architecture.as_ref() {
        Some(shapes) if shapes.latent.is_some() => (0.6, 1.3),
        Some(shapes) if shapes.experts.is_some() => (0.5, 1.85),
        _ => (1.0, 1.0),
    };
    let part = buffers::Part { low: part.low.scaled(low), high: part.high.scaled(high), ..part };
    Ok(Predicted { bytes: [part.low, part.likely, part.high], how, layout_stated: false })
}

fn total(model: &Model, record: &Record<'_>) -> Result<Predicted, Refusal> {
    let (_, weights) = weights_of(model, record)?;
    let cache = kv_cache::bytes(model, &cache_request(record)?)?;
    let work = workload(model, record);
    let graph = layout::graph(record.text("source"));
    let buffers = buffers::llama_cpp(&work, &graph, 1);
    let runtime = buffers::runtime_of(DeviceClass::UnifiedBox, None, 1);
    let [low, likely, high] = weights.bytes;
    let bytes = [
        low + cache + buffers.low + runtime.low,
        likely + cache + buffers.likely + runtime.likely,
        high + cache + buffers.high + runtime.high,
    ];
    let how = format!("weights {likely} + cache {cache} + buffers {} + runtime {}", buffers.likely, runtime.likely);
    Ok(Predicted { bytes, how, layout_stated: false })
}
