//! What was measured on the user's own machine.

use serde::{Deserialize, Serialize};

use crate::catalog::{Date, ModelId, WeightFormat};
use crate::units::{Seconds, TokensPerSecond};

/// One run on this machine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
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
    /// Prompt, in tokens.
    pub prompt_tokens: u32,
    /// Answer, in tokens.
    pub output_tokens: u32,
    /// Generated tokens per second.
    #[serde(rename = "decode_tokens_per_second")]
    pub decode: TokensPerSecond,
    /// Prompt tokens read per second.
    #[serde(rename = "prefill_tokens_per_second")]
    pub prefill: Option<TokensPerSecond>,
    /// From sending the prompt to the first token.
    #[serde(rename = "time_to_first_token_s")]
    pub time_to_first_token: Option<Seconds>,
}
