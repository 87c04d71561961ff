//! Measurements: what somebody timed, on which device, with which model, and how it was read off.
//!
//! A measurement is a fact like a data sheet's figure, only that its source ran the thing. It holds the words of its
//! source beside what they were taken for, so that a wrong match can be seen and corrected. What follows from it, a
//! device's own constants, is `sizing`'s.

use serde::{Deserialize, Serialize};

use super::{Date, DeviceId, Engine, KvFormat, ModelId, WeightFormat};
use crate::units::{Bytes, Seconds, TokensPerSecond, Watts};

/// One measured figure and the circumstances that decide it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    /// The figure.
    pub value: MeasuredValue,
    /// The device as the source names it, and what that was taken for. Empty text: the source does not say.
    pub device: Recognised<DeviceId>,
    /// How many such devices shared the work. `None`: the source does not say.
    pub device_count: Option<u32>,
    /// The model as the source names it, and what that was taken for.
    pub model: Recognised<ModelId>,
    /// All parameters of the model, as counted by the program that ran it. `None`: the source does not say.
    pub parameters: Option<u64>,
    /// Size of its weights as stored. `None`: the source does not say.
    pub weight_bytes: Option<Bytes>,
    /// How its weights were stored. `None`: the source does not say, or names none of the known formats.
    pub format: Option<WeightFormat>,
    /// How keys were stored. `None`: the source does not say, or names none of the known formats.
    pub key_format: Option<KvFormat>,
    /// How values were stored. `None`: the source does not say, or names none of the known formats.
    pub value_format: Option<KvFormat>,
    /// The program that ran the model. `None`: unknown.
    pub engine: Option<Engine>,
    /// Its version or build, in its own words.
    pub engine_build: Option<String>,
    /// What the engine computed with, in its own words: "CUDA", "Metal", "CPU", "Vulkan", ...
    pub backend: Option<String>,
    /// Where the weights were.
    pub placement: Placement,
    /// Processor threads. `None`: the source does not say.
    pub threads: Option<u32>,
    /// Prompt tokens read in the measured time, of one request. `None`: the source does not say.
    pub prompt_tokens: Option<u32>,
    /// Tokens in the cache before the measured time began, of one request.
    pub depth_tokens: u32,
    /// Tokens generated, of one request. `None`: the source does not say.
    pub output_tokens: Option<u32>,
    /// Requests under way at once. `None`: not limited, or the source does not say.
    pub concurrency: Option<f64>,
    /// The day. `None`: the source does not say.
    pub date: Option<Date>,
    /// The file, or "measured here".
    pub source: String,
}

/// What was measured, in its own unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum MeasuredValue {
    /// Prompt tokens read per second by one request.
    Prefill(Reading<TokensPerSecond>),
    /// Tokens generated per second by one request.
    Decode(Reading<TokensPerSecond>),
    /// Prompt and generated tokens together over the time of both, one request.
    PrefillAndDecode(Reading<TokensPerSecond>),
    /// Generated tokens per second of all requests together.
    OutputThroughput(Reading<TokensPerSecond>),
    /// From sending a request to its first token.
    TimeToFirstToken(Reading<Seconds>),
    /// Between one token and the next of one request, the first one not counted.
    TimePerOutputToken(Reading<Seconds>),
    /// Power drawn while serving.
    Power(Reading<Watts>),
}

/// A value and how far repeated runs lay apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading<Q> {
    /// The figure the source gives: a mean of runs, or the median of requests.
    pub value: Q,
    /// Standard deviation. `None`: the source does not say.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub deviation: Option<Q>,
}

// A derived default would ask `Q: Default`, which says nothing here.
fn nothing<Q>() -> Option<Q> {
    None
}

/// Where the weights were while they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Placement {
    /// All on the device.
    Device,
    /// This many layers on the device, the rest in the host's memory.
    Layers(u32),
    /// The experts of this many layers in the host's memory, the rest on the device.
    ExpertsOnHost(u32),
    /// The source does not say.
    Unknown,
}

/// Words of a source, and the catalog entry they were taken for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recognised<Id> {
    /// As the source has it.
    pub text: String,
    /// What it was taken for. `None`: nothing, or more than one entry would do.
    pub entry: Option<Match<Id>>,
}

/// A catalog entry found for some words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match<Id> {
    /// Which entry.
    pub id: Id,
    /// How sure it is the right one.
    pub certainty: Certainty,
}

/// How sure a match is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Certainty {
    /// It fits, and so might another that is not in the catalog.
    Guessed,
    /// All that the source says fits this entry alone; it does not say everything.
    Likely,
    /// Name and size agree in full, or the user said so.
    Certain,
}

impl<Id> Recognised<Id> {
    /// The entry's id, however sure. `None`: it was not recognised.
    pub fn id(&self) -> Option<&Id> {
        self.entry.as_ref().map(|found| &found.id)
    }
}

impl MeasuredValue {
    /// What is measured, in words.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Prefill(_) => "prefill",
            Self::Decode(_) => "decode",
            Self::PrefillAndDecode(_) => "prefill and decode together",
            Self::OutputThroughput(_) => "output throughput",
            Self::TimeToFirstToken(_) => "time to first token",
            Self::TimePerOutputToken(_) => "time per output token",
            Self::Power(_) => "power",
        }
    }

    /// Value and deviation with their unit.
    pub fn text(&self) -> String {
        match self {
            Self::Prefill(speed)
            | Self::Decode(speed)
            | Self::PrefillAndDecode(speed)
            | Self::OutputThroughput(speed) => speed.text(),
            Self::TimeToFirstToken(time) | Self::TimePerOutputToken(time) => time.text(),
            Self::Power(power) => power.text(),
        }
    }

    /// The number, in its own unit.
    pub fn number(&self) -> f64 {
        match self {
            Self::Prefill(r) | Self::Decode(r) | Self::PrefillAndDecode(r) | Self::OutputThroughput(r) => {
                r.value.as_tokens_per_second()
            }
            Self::TimeToFirstToken(r) | Self::TimePerOutputToken(r) => r.value.as_secs(),
            Self::Power(r) => r.value.as_watts(),
        }
    }

    /// Whether it is a positive finite number with a deviation of zero or more. For values that come out of a file.
    pub fn is_possible(&self) -> bool {
        let speed = |reading: &Reading<TokensPerSecond>| reading.possible(TokensPerSecond::as_tokens_per_second);
        match self {
            Self::Prefill(r) | Self::Decode(r) | Self::PrefillAndDecode(r) | Self::OutputThroughput(r) => speed(r),
            Self::TimeToFirstToken(r) | Self::TimePerOutputToken(r) => r.possible(Seconds::as_secs),
            Self::Power(r) => r.possible(Watts::as_watts),
        }
    }
}

impl<Q: Copy + std::fmt::Display> Reading<Q> {
    fn text(&self) -> String {
        match self.deviation {
            Some(deviation) => format!("{} ± {deviation}", self.value),
            None => self.value.to_string(),
        }
    }

    fn possible(&self, number: impl Fn(Q) -> f64) -> bool {
        let value = number(self.value);
        value.is_finite()
            && value > 0.0
            && self.deviation.is_none_or(|deviation| number(deviation).is_finite() && number(deviation) >= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_that_is_no_speed_is_not_possible() {
        for bad in [f64::NAN, f64::INFINITY, -1.0, 0.0] {
            let value = TokensPerSecond::from_tokens_per_second(bad);
            assert!(!MeasuredValue::Decode(Reading { value, deviation: None }).is_possible(), "{bad}");
        }
    }

    #[test]
    fn a_measurement_survives_being_written_and_read() {
        let value = MeasuredValue::Decode(Reading {
            value: TokensPerSecond::from_tokens_per_second(12.5),
            deviation: Some(TokensPerSecond::from_tokens_per_second(0.25)),
        });
        let text = ron::to_string(&value).expect("it can be written");
        assert_eq!(ron::from_str::<MeasuredValue>(&text), Ok(value), "{text}");
    }
}
