//! `sizewright estimate`: one model on one kind of device, as text or as JSON.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{UsageError, estimate_text, estimate_ways, figures, lookup, plan};
use crate::catalog::{Catalog, Engine, KvFormat, Layer, Model, WeightFormat, WeightMix};
use crate::import::{Importer, Known};
use crate::project::OwnMeasurement;
use crate::sizing::calibration::{RowStanding, calibrate};
use crate::sizing::memory::{MemoryKind, MemoryLedger, Stored};
use crate::sizing::weights::Storage;
use crate::sizing::{Estimate, Hardware, Refusal, Resource, Verdict, Workload, estimate_as, estimate_with};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// Prompt and answer where none is given: llama-bench's own defaults (pp512, tg128), so that the figures compare with
/// published ones.
const PROMPT_TOKENS: u32 = 512;
const OUTPUT_TOKENS: u32 = 128;

/// Memory, verdict and speed of one model on one kind of device.
///
/// Bands are 80 %: one true value in ten lies below, one above.
#[derive(clap::Args)]
pub struct Arguments {
    /// Catalog id of the model, for example llama-3.1-8b.
    #[arg(long, value_name = "ID")]
    model: String,
    /// Catalog id of the device, for example nvidia-geforce-rtx-4090.
    #[arg(long, value_name = "ID")]
    device: String,
    /// How the weights are stored, for example q4_k_m, or the id of a weight mix of --catalog.
    #[arg(long, value_name = "FORMAT")]
    format: String,
    /// Catalog file with models, devices or weight mixes of your own, laid over the built-in catalog.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Context each session may fill, in tokens.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000_000))]
    context: u32,
    /// Devices that hold one copy of the model between them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    count: u32,
    /// Sessions at once, each with a cache of its own.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sessions: u32,
    /// How keys and values are stored.
    #[arg(long, value_name = "FORMAT", default_value = "f16", value_parser = kv_format)]
    kv_format: KvFormat,
    /// The program that runs the model.
    #[arg(long, value_name = "ENGINE", default_value = "llama.cpp")]
    engine: Engine,
    /// Tokens of a typical prompt: 512, or what the context leaves.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    prompt_tokens: Option<u32>,
    /// Tokens of a typical answer: 128, or half of a shorter context.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    output_tokens: Option<u32>,
    #[command(flatten)]
    ways: estimate_ways::WaysAsked,
    /// Benchmark results of the device, as `import` reads them: its speeds are estimated from them. Repeat for more files.
    #[arg(long, value_name = "FILE")]
    measurements: Vec<PathBuf>,
    /// Plan whose measurements and catalog entries are used.
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Print how each number was made.
    #[arg(long, conflicts_with = "json")]
    why: bool,
}

/// A published format, or a mix of the user's own over one.
#[derive(Clone, Copy)]
enum Chosen<'a> {
    Published(WeightFormat),
    Own(&'a WeightMix),
}

impl<'a> Chosen<'a> {
    fn named(typed: &str, catalog: &'a Catalog) -> Result<Self, UsageError> {
        if let Some(mix) = catalog.weight_mixes.get(&typed.to_lowercase().as_str().into()) {
            return Ok(Self::Own(mix));
        }
        match lookup::format(typed, WeightFormat::ALL, WeightFormat::id) {
            Ok(format) => Ok(Self::Published(format)),
            Err(message) => Err(UsageError(format!("--format {typed}: {message}"))),
        }
    }

    /// The format whose unpacking is taken for speed.
    const fn format(self) -> WeightFormat {
        match self {
            Self::Published(format) => format,
            Self::Own(mix) => mix.base,
        }
    }

    fn id(self) -> String {
        match self {
            Self::Published(format) => format.id().to_owned(),
            Self::Own(mix) => mix.id.to_string(),
        }
    }

    fn label(self) -> &'a str {
        match self {
            Self::Published(format) => format.label(),
            Self::Own(mix) => &mix.name,
        }
    }
}

fn kv_format(typed: &str) -> Result<KvFormat, String> {
    lookup::format(typed, KvFormat::ALL, KvFormat::id)
}

/// Prints the estimate to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let plan = arguments.plan.as_deref().map(|path| plan::load(Some(path))).transpose()?;
    let known = plan.as_ref().map_or(Catalog::builtin()?, |plan| &plan.catalog);
    let own = match &arguments.catalog {
        Some(path) => Layer::read(path)?,
        None => Layer::default(),
    };
    let catalog = known.with(&own);
    let model = lookup::entry(&catalog.models, &arguments.model)?;
    let device = lookup::entry(&catalog.devices, &arguments.device)?;
    let chosen = Chosen::named(&arguments.format, &catalog)?;
    let workload = arguments.workload(model, chosen.format())?;
    let hardware = Hardware { device, count: arguments.count, memory: None };
    let rows =
        arguments.rows(&catalog, plan.as_ref().map(|plan| plan.project.measurements.clone()).unwrap_or_default());
    let calibrated = calibrate(&catalog, rows.iter().map(|own| (&own.measurement, own.used)));
    let estimate = match chosen {
        Chosen::Published(_) => estimate_with(&workload, &hardware, calibrated.of(&device.id)),
        Chosen::Own(mix) => {
            if arguments.ways.any() {
                return Err(UsageError(format!(
                    "--host and --draft go with a published format: give --format {} in place of {}",
                    mix.base.id(),
                    mix.id
                ))
                .into());
            }
            let storage = Storage::try_from(mix).map_err(UsageError)?;
            let rule = "your own mix over it; llama.cpp's rules for the rest";
            let stored = Stored { storage: &storage, name: &mix.name, rule };
            estimate_as(&workload, &hardware, stored, calibrated.of(&device.id))
        }
    };
    let ways = arguments.ways.answer(&catalog, &workload, &hardware, &estimate)?;
    // Rows of other devices are no business of this estimate.
    let about_it = |row: &OwnMeasurement| row.measurement.device.id().is_none_or(|id| *id == device.id);
    let standings: Vec<(&OwnMeasurement, &RowStanding)> =
        rows.iter().zip(&calibrated.rows).filter(|(row, _)| about_it(row)).collect();
    if arguments.json {
        let mut object = to_json(&workload, &hardware, &estimate);
        object["format"] = json!(chosen.id());
        ways.add_to(&mut object);
        object["measurements"] = standings.iter().map(|(row, standing)| standing_json(row, standing)).collect();
        figures::write(&object, out)
    } else {
        let text = estimate_text::text(&workload, chosen.label(), &hardware, &estimate, &ways, arguments.why);
        write!(out, "{text}")?;
        for (row, standing) in standings {
            let measured = &row.measurement;
            writeln!(
                out,
                "{:<18} {} {} of {}: {standing}",
                "Measurement",
                measured.value.label(),
                measured.value.text(),
                measured.model.text
            )?;
        }
        Ok(())
    }
}

fn standing_json(row: &OwnMeasurement, standing: &RowStanding) -> Value {
    let measured = &row.measurement;
    json!({
        "what": measured.value.label(), "value": measured.value.text(), "model": measured.model.id(),
        "device": measured.device.id(), "source": measured.source, "date": measured.date,
        "used": matches!(standing, RowStanding::Used { .. }), "standing": standing.to_string(),
    })
}

impl Arguments {
    /// The plan's rows, then those of the files. What is wrong with a file goes to standard error, and the others are read.
    fn rows(&self, catalog: &Catalog, of_plan: Vec<OwnMeasurement>) -> Vec<OwnMeasurement> {
        let mut rows = of_plan;
        if self.measurements.is_empty() {
            return rows;
        }
        let importer = Importer::new(catalog, Known::default());
        for path in &self.measurements {
            let report = importer.file(path);
            for problem in &report.problems {
                eprintln!("sizewright: {problem}");
            }
            let read = report.measurements.into_iter().map(|measurement| OwnMeasurement { measurement, used: true });
            rows.extend(read);
        }
        rows
    }

    /// What is asked. A prompt and an answer that were not given are cut to the context; given ones must fit it.
    fn workload<'a>(&self, model: &'a Model, format: WeightFormat) -> Result<Workload<'a>, UsageError> {
        let context = self.context;
        let output_tokens = self.output_tokens.unwrap_or_else(|| OUTPUT_TOKENS.min(context.div_ceil(2)));
        let left = context.saturating_sub(output_tokens);
        let prompt_tokens = self.prompt_tokens.unwrap_or_else(|| PROMPT_TOKENS.min(left));
        if output_tokens > context || prompt_tokens > left {
            return Err(UsageError(format!(
                "a prompt of {prompt_tokens} and an answer of {output_tokens} tokens do not fit --context {context}: \
                 give a longer context"
            )));
        }
        Ok(Workload {
            model,
            format,
            kv_format: self.kv_format,
            engine: self.engine,
            profile: None,
            context_tokens: context,
            prompt_tokens,
            output_tokens,
            sessions: self.sessions,
        })
    }
}

/// The estimate as one object. Weights, cache and buffers add up to the total: what driver and engine keep for
/// themselves is counted among the buffers.
fn to_json(workload: &Workload<'_>, hardware: &Hardware<'_>, estimate: &Estimate) -> Value {
    let mut object = json!({
        "model": workload.model.id,
        "device": hardware.device.id,
        "count": hardware.count,
        "kv_format": workload.kv_format.id(),
        "engine": workload.engine.id(),
        "context_tokens": workload.context_tokens,
        "prompt_tokens": workload.prompt_tokens,
        "output_tokens": workload.output_tokens,
        "sessions": workload.sessions,
    });
    for (key, value) in memory_json(&estimate.memory) {
        object[key] = value;
    }
    object["capacity"] = json!({ "bytes": estimate.capacity.map(Bytes::get) });
    object["verdict"] = json!(figures::verdict_in_words(estimate.verdict));
    match estimate.verdict {
        Verdict::Fits { spare } | Verdict::Tight { spare } => object["spare"] = json!({ "bytes": spare.get() }),
        Verdict::DoesNotFit { short } => object["short"] = json!({ "bytes": short.get() }),
        Verdict::Unknown => {}
    }
    let speed = TokensPerSecond::as_tokens_per_second;
    object["decode_tokens_per_second"] = figures::figure(&estimate.decode, speed);
    object["prefill_tokens_per_second"] = figures::figure(&estimate.prefill, speed);
    object["time_to_first_token_seconds"] = figures::figure(&estimate.time_to_first_token, Seconds::as_secs);
    object["binding"] = json!(estimate.binding.map(Resource::label));
    object
}

fn memory_json(memory: &Result<MemoryLedger, Refusal>) -> Vec<(&'static str, Value)> {
    let keys = ["weights", "kv_cache", "buffers", "total"];
    match memory {
        Ok(ledger) => {
            let holds: [fn(MemoryKind) -> bool; 4] = [
                |kind| kind == MemoryKind::Weights,
                |kind| kind == MemoryKind::KvCache,
                |kind| matches!(kind, MemoryKind::Buffers | MemoryKind::Runtime),
                |_| true,
            ];
            keys.into_iter()
                .zip(holds)
                .map(|(key, holds)| (key, figures::bytes(ledger.parts.iter().filter(move |part| holds(part.kind)))))
                .collect()
        }
        Err(refusal) => keys.into_iter().map(|key| (key, json!({ "bytes": null, "reason": refusal.reason }))).collect(),
    }
}
