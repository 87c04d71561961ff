//! Runs of the program's own engine as measurements: what is the same in all figures of a run is said once.

use super::{
    Certainty, Date, KvFormat, Match, MeasuredValue, Measurement, ModelId, Placement, Reading, Recognised, WeightFormat,
};
use crate::units::{Seconds, TokensPerSecond};

/// What is the same in all figures of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnRun {
    /// The machine, as the system names its processor.
    pub machine: String,
    /// Threads used.
    pub threads: u32,
    /// The day.
    pub date: Date,
    /// Which model. `None`: a file the catalog does not know.
    pub model: Option<ModelId>,
    /// How its weights were stored. `None`: not one of the known formats.
    pub format: Option<WeightFormat>,
    /// How keys and values were stored. `None`: not told.
    pub cache: Option<KvFormat>,
}

/// The tokens of one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RunTokens {
    /// Read in the measured time.
    pub prompt: u32,
    /// In the cache before it.
    pub depth: u32,
    /// Generated in it.
    pub output: u32,
}

impl OwnRun {
    /// One figure as a measurement.
    pub fn row(&self, value: MeasuredValue, tokens: RunTokens) -> Measurement {
        Measurement {
            value,
            device: Recognised { text: self.machine.clone(), entry: None },
            device_count: Some(1),
            model: Recognised {
                text: self.model.as_ref().map(ToString::to_string).unwrap_or_default(),
                entry: self.model.clone().map(|id| Match { id, certainty: Certainty::Certain }),
            },
            parameters: None,
            weight_bytes: None,
            format: self.format,
            key_format: self.cache,
            value_format: self.cache,
            engine: None,
            engine_build: Some("sizewright".to_owned()),
            backend: Some("CPU".to_owned()),
            placement: Placement::Device,
            threads: Some(self.threads),
            prompt_tokens: Some(tokens.prompt),
            depth_tokens: tokens.depth,
            output_tokens: Some(tokens.output),
            concurrency: Some(1.0),
            date: Some(self.date.clone()),
            source: "measured here".to_owned(),
        }
    }
}

/// One answer of the program's own live pane.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRun {
    /// What ran, on what.
    pub own: OwnRun,
    /// Prompt, in tokens.
    pub prompt_tokens: u32,
    /// Answer, in tokens.
    pub output_tokens: u32,
    /// Generated tokens per second.
    pub decode: TokensPerSecond,
    /// Prompt tokens read per second.
    pub prefill: Option<TokensPerSecond>,
    /// From sending the prompt to the first token.
    pub time_to_first_token: Option<Seconds>,
}

impl From<LiveRun> for Vec<Measurement> {
    /// One measurement for each figure of the run. Decode begins with the prompt in the cache, and says so.
    fn from(run: LiveRun) -> Self {
        fn reading<Q>(value: Q) -> Reading<Q> {
            Reading { value, deviation: None }
        }
        let prompt = RunTokens { prompt: run.prompt_tokens, ..RunTokens::default() };
        let answer = RunTokens { depth: run.prompt_tokens, output: run.output_tokens, ..RunTokens::default() };
        let figures = [
            run.prefill.map(|speed| (MeasuredValue::Prefill(reading(speed)), prompt)),
            Some((MeasuredValue::Decode(reading(run.decode)), answer)),
            run.time_to_first_token.map(|time| (MeasuredValue::TimeToFirstToken(reading(time)), prompt)),
        ];
        figures.into_iter().flatten().map(|(value, tokens)| run.own.row(value, tokens)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_live_run_becomes_one_measurement_for_each_figure_it_has() {
        let run = LiveRun {
            own: OwnRun {
                machine: "AMD EPYC 7763 64-Core Processor".into(),
                threads: 8,
                date: Date::parse("2026-11-20").expect("a date"),
                model: Some("smollm2-135m".into()),
                format: Some(WeightFormat::Q4_1),
                cache: Some(KvFormat::Q8_0),
            },
            prompt_tokens: 40,
            output_tokens: 100,
            decode: TokensPerSecond::from_tokens_per_second(120.0),
            prefill: Some(TokensPerSecond::from_tokens_per_second(900.0)),
            time_to_first_token: None,
        };
        let measured = Vec::<Measurement>::from(run);
        let labels: Vec<&str> = measured.iter().map(|one| one.value.label()).collect();
        assert_eq!(labels, ["prefill", "decode"]);
        assert!(measured.iter().all(|one| one.key_format == Some(KvFormat::Q8_0)), "{measured:?}");
        let decode = measured.last().expect("a decode row");
        assert_eq!((decode.depth_tokens, decode.output_tokens, decode.threads), (40, Some(100), Some(8)));
        assert!(measured.iter().all(|one| one.value.is_possible()));
    }
}
