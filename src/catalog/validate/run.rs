//! What must hold of entries that say how a model is run: engine profiles, mixes and losses of formats, sites.

use super::{Check, Checked};
use crate::catalog::{EngineProfile, EngineSettings, FormatLoss, Site, WeightMix};

/// Most tokens of a block or a step.
const MOST_TOKENS: u32 = 1 << 20;

impl Checked for EngineProfile {
    fn check(&self, check: &mut Check<'_>) {
        check.text("versions", &self.versions);
        let EngineSettings { cache_block_tokens, step_tokens, reserved } = self.settings;
        check.count("settings.cache_block_tokens", Some(cache_block_tokens), 1..=65_536);
        check.count("settings.step_tokens", Some(step_tokens), 1..=MOST_TOKENS);
        let serves = EngineSettings::of(self.engine).reserved.is_some();
        match reserved {
            None if serves => check.wrong("settings.reserved", "is missing: this engine reserves memory at start-up"),
            Some(_) if !serves => {
                check.wrong(
                    "settings.reserved",
                    "has no place here: the buffers of this engine are counted from its graph",
                );
            }
            None => {}
            Some(reserved) => {
                check.count("settings.reserved.profiled_sessions", Some(reserved.profiled_sessions), 1..=65_536);
                check.number("settings.reserved.memory_share", "of the memory", reserved.memory_share, 0.05..=1.0);
                for (field, amount) in [
                    ("settings.reserved.alone_gib", reserved.alone),
                    ("settings.reserved.together_gib", reserved.together),
                    ("settings.reserved.graphs_gib", reserved.graphs),
                ] {
                    check.number(field, "GiB", amount.as_gib(), 0.0..=1024.0);
                }
            }
        }
        if let Some(named) = Self::engine_of_default(&self.id)
            && named != self.engine
        {
            check.wrong("engine", format!("is not {named}, whose default setting has this id: take another id"));
        }
    }
}

impl Checked for WeightMix {
    fn check(&self, check: &mut Check<'_>) {
        if !self.base.is_gguf() {
            check.wrong("base", "is no GGUF format: name one that is, such as q4_k_m");
        }
        if self.types.is_empty() {
            check.wrong("types", "names no group of tensors: name one, or use the base as it is");
        }
    }
}

impl Checked for FormatLoss {
    fn check(&self, check: &mut Check<'_>) {
        check.text("measured_on", &self.measured_on);
        check.number("perplexity", "", self.perplexity, 1.0..=1e6);
        check.number("perplexity_more", "", self.perplexity_more, -1e3..=1e6);
        check.amount("deviation", "", self.deviation, 0.0..=1e6);
    }
}

impl Checked for Site {
    fn check(&self, check: &mut Check<'_>) {
        check.count("year", Some(self.year.into()), 1990..=2100);
        check.number("pue", "of the racks' power", self.pue, 1.0..=10.0);
    }
}
