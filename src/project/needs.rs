//! What readers need: how fast, how soon, how long, how many.

use serde::{Deserialize, Serialize};

use crate::sizing::demand::USUAL_SPREAD;
use crate::sizing::serving::Sense;
use crate::units::{Seconds, TokensPerSecond};

/// What each session and all of them together must get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needs {
    /// Generated tokens per second of each session, at least.
    #[serde(rename = "target_tokens_per_second")]
    pub target_speed: TokensPerSecond,
    /// Which speed of a session that is: the mean delivered, or a gap between tokens.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub sense: Sense,
    /// English words in a token, for showing speeds as reading speeds; 0.75 unless the user knows better.
    pub words_per_token: f64,
    /// Longest wait for the first token. `None`: no limit.
    #[serde(rename = "time_to_first_token_s")]
    pub time_to_first_token: Option<Seconds>,
    /// Prompt of a typical request, in tokens.
    pub prompt_tokens: u32,
    /// Answer to a typical request, in tokens.
    pub output_tokens: u32,
    /// Who asks, and how often.
    pub demand: Demand,
}

/// Who asks, and how often.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// People with access.
    pub users: u32,
    /// Share of them active in a usual hour, 0 to 1.
    pub active_share: f64,
    /// Requests of an active user in an hour.
    pub requests_per_active_hour: f64,
    /// Peak over mean: 2 for users all over the world, 3 usual, 5 to 10 for office hours in one place.
    pub peak_factor: f64,
    /// Standard deviation of the time a request takes over its mean: 0 where all are alike, 1 as chance has it.
    #[serde(default = "usual_spread", skip_serializing_if = "is_usual_spread")]
    pub service_spread: f64,
}

impl Needs {
    /// The target as a reading speed in words per minute.
    pub fn target_words_per_minute(&self) -> f64 {
        self.target_speed.as_words_per_minute(self.words_per_token)
    }

    /// Sets the target from a reading speed in words per minute.
    pub fn set_target_words_per_minute(&mut self, words_per_minute: f64) {
        self.target_speed = TokensPerSecond::from_words_per_minute(words_per_minute, self.words_per_token);
    }
}

const fn usual_spread() -> f64 {
    USUAL_SPREAD
}

fn is_usual_spread(spread: &f64) -> bool {
    *spread == USUAL_SPREAD
}

fn is_usual(sense: &Sense) -> bool {
    *sense == Sense::default()
}
