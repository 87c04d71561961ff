//! Further ways to run a model, for `sizewright estimate`: shared with the host's processor, or guessing ahead.

use serde_json::{Value, json};

use super::estimate_text::Sheet;
use super::{UsageError, figures, lookup};
use crate::catalog::{Catalog, Device, Model, WeightFormat};
use crate::sizing::speed::speculative::{self, Draft, Speculation, SpeculativeSpeed};
use crate::sizing::speed::split::{self, Host, SplitSpeed};
use crate::sizing::{Estimate, Hardware, Refusal, Workload};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// What is asked besides the plain estimate.
#[derive(clap::Args)]
pub struct WaysAsked {
    /// Catalog id of the host's processor, which computes what does not fit on the device (llama.cpp).
    #[arg(long, value_name = "ID")]
    host: Option<String>,
    /// Memory of the host in GiB.
    #[arg(long, value_name = "GIB", requires = "host", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    host_memory: Option<u32>,
    /// Guess tokens ahead: `own` for the model's own draft layers, or a smaller model as ID:FORMAT.
    #[arg(long, value_name = "DRAFT")]
    draft: Option<String>,
    /// Tokens guessed ahead at once.
    #[arg(long, value_name = "N", requires = "draft", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=i64::from(speculative::MOST_GUESSES)))]
    guesses: u32,
    /// Tokens that a pass yields on average, the checked one included; where left out, as published.
    #[arg(long, value_name = "TOKENS", requires = "draft")]
    accepted: Option<f64>,
}

/// The answers.
pub struct Ways {
    split: Option<(String, Result<SplitSpeed, Refusal>)>,
    guessing: Option<Result<SpeculativeSpeed, Refusal>>,
}

impl WaysAsked {
    /// Whether anything was asked.
    pub const fn any(&self) -> bool {
        self.host.is_some() || self.draft.is_some()
    }

    /// Answers what was asked.
    pub fn answer(
        &self,
        catalog: &Catalog,
        workload: &Workload<'_>,
        hardware: &Hardware<'_>,
        plain: &Estimate,
    ) -> Result<Ways, UsageError> {
        let host = self.host.as_deref().map(|id| lookup::entry(&catalog.devices, id)).transpose()?;
        let memory = self.host_memory.map(|gib| Bytes::from_gib(f64::from(gib)));
        let split = host
            .map(|device: &Device| (device.name.clone(), split::best(workload, hardware, &Host { device, memory })));
        let draft = self.draft.as_deref().map(|typed| draft(catalog, typed)).transpose()?;
        let guessing = draft.map(|draft| {
            let speculation = Speculation { draft, guesses: self.guesses, accepted: self.accepted };
            let ledger = plain.memory.as_ref().map_err(Clone::clone)?;
            speculative::decode(workload, hardware, ledger, &speculation)
        });
        Ok(Ways { split, guessing })
    }
}

fn draft<'a>(catalog: &'a Catalog, typed: &str) -> Result<Draft<'a>, UsageError> {
    if typed == "own" {
        return Ok(Draft::OwnLayers);
    }
    let (id, format) = typed.split_once(':').ok_or_else(|| {
        UsageError(format!(
            "--draft {typed}: give `own`, or a model and its format as ID:FORMAT, e.g. llama-3.2-1b:q4_k_m"
        ))
    })?;
    let model: &Model = lookup::entry(&catalog.models, id)?;
    let format = lookup::format(format, WeightFormat::ALL, WeightFormat::id).map_err(UsageError)?;
    Ok(Draft::Model(model, format))
}

impl Ways {
    /// Adds `shared_with_host` and `guessing` to an estimate's object.
    pub fn add_to(&self, object: &mut Value) {
        let speed = TokensPerSecond::as_tokens_per_second;
        if let Some((host, answer)) = &self.split {
            object["shared_with_host"] = match answer {
                Err(refusal) => json!({ "host": host, "reason": refusal.reason }),
                Ok(it) => json!({
                    "host": host,
                    "placement": it.offload.placement.to_string(),
                    "device": { "bytes": it.offload.on_device().get() },
                    "host_memory": { "bytes": it.offload.on_host().get() },
                    "decode_tokens_per_second": figures::band(&it.decode, speed),
                    "prefill_tokens_per_second": figures::band(&it.prefill, speed),
                    "time_to_first_token_seconds": figures::band(&it.time_to_first_token, Seconds::as_secs),
                }),
            };
        }
        if let Some(answer) = &self.guessing {
            object["guessing"] = match answer {
                Err(refusal) => json!({ "reason": refusal.reason }),
                Ok(it) => json!({
                    "gain": it.gain,
                    "draft_memory": { "bytes": it.memory.get() },
                    "decode_tokens_per_second": figures::band(&it.decode, speed),
                }),
            };
        }
    }

    /// Adds lines to an estimate's text.
    pub fn write(&self, sheet: &mut Sheet) {
        if let Some((host, answer)) = &self.split {
            match answer {
                Err(refusal) => sheet.figure::<TokensPerSecond>("Shared with host", &Err(refusal.clone())),
                Ok(it) => {
                    sheet.row(
                        "Shared with host",
                        format!("{}; {} stay with {host}", it.offload.placement, it.offload.on_host()),
                        None,
                    );
                    sheet.figure("  decode", &Ok(it.decode.clone()));
                    sheet.figure("  prefill", &Ok(it.prefill.clone()));
                    sheet.figure("  first token", &Ok(it.time_to_first_token.clone()));
                }
            }
        }
        match &self.guessing {
            None => {}
            Some(Err(refusal)) => sheet.figure::<TokensPerSecond>("Guessing ahead", &Err(refusal.clone())),
            Some(Ok(it)) => {
                sheet.figure("Guessing ahead", &Ok(it.decode.clone()));
                sheet.row("  gain", format!("x {:.2}, the draft takes {}", it.gain, it.memory), None);
            }
        }
    }
}
