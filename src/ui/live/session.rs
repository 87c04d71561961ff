//! What one column's engine does and what was measured of it: loading, reading, generating, and the time of each token.
//!
//! Pure but for the moment a request is sent, which is handed in. The text itself is the chat's.

use std::time::Instant;

use egui_plot::PlotPoint;

use crate::infer::{GenerationSummary, ModelSummary, PromptProgress, StopReason, TextPiece};
use crate::units::{Seconds, Significant, TokensPerSecond};

/// Token times kept for the plot; of a longer answer the last ones.
const MOST_POINTS: usize = 4_096; // more than a plot has pixels, own choice, 2026-11-20

/// What the engine is doing.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Stage {
    /// Nothing is loaded or asked for.
    #[default]
    Asleep,
    /// A model is being loaded; the fraction done.
    Loading(f64),
    /// Waiting for a prompt.
    Ready,
    /// Reading the prompt.
    Reading(Option<PromptProgress>),
    /// Generating.
    Writing,
    /// No model could be loaded; the words say why.
    Failed(String),
}

/// One column's engine and its last answer, in figures.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// What the engine is doing.
    pub stage: Stage,
    /// The loaded model.
    pub model: Option<ModelSummary>,
    /// Token number and milliseconds of each generated token but the first, whose time is that of the prompt.
    pub token_millis: Vec<PlotPoint>,
    /// Tokens generated so far.
    pub tokens: u32,
    /// Figures of the finished answer.
    pub summary: Option<GenerationSummary>,
    /// What else took the machine's memory and cores during the answer, in words: its speed is not the machine's.
    pub disturbed: Option<&'static str>,
    /// Time to the first token of the answer under way.
    pub first_token: Option<Seconds>,
    /// Milliseconds of all tokens but the first, which comes out of the prompt.
    rest_millis: f64,
    asked_at: Option<Instant>,
}

impl Session {
    /// A model is loaded.
    pub fn loaded(&mut self, model: ModelSummary) {
        *self = Self { stage: Stage::Ready, model: Some(model), ..Self::default() };
    }

    /// A model could not be loaded. One loaded before stays.
    pub fn load_failed(&mut self, problem: String) {
        self.stage = if self.model.is_some() { Stage::Ready } else { Stage::Failed(problem) };
    }

    /// A request was sent.
    pub fn begin_answer(&mut self, now: Instant) {
        *self = Self { stage: Stage::Reading(None), model: self.model.take(), asked_at: Some(now), ..Self::default() };
    }

    /// A token came.
    pub fn token(&mut self, piece: &TextPiece, now: Instant) {
        self.stage = Stage::Writing;
        // What was held back for a stop string and comes at the end belongs to no token of its own.
        if piece.token_seconds == Seconds::ZERO && self.tokens > 0 {
            return;
        }
        if self.first_token.is_none() {
            self.first_token = self.asked_at.map(|at| Seconds::from_secs(now.duration_since(at).as_secs_f64()));
            self.tokens = 1;
            return;
        }
        self.rest_millis += piece.token_seconds.as_millis();
        self.tokens = self.tokens.saturating_add(1);
        if self.token_millis.len() >= MOST_POINTS {
            // Half at once: taking one off the front for each token would move them all each time.
            self.token_millis.drain(..MOST_POINTS / 2);
        }
        self.token_millis.push(PlotPoint::new(f64::from(self.tokens), piece.token_seconds.as_millis()));
    }

    /// The answer is over.
    pub fn finished(&mut self, summary: GenerationSummary) {
        self.first_token = summary.time_to_first_token.or(self.first_token);
        self.summary = Some(summary);
        self.stage = Stage::Ready;
    }

    /// The answer failed.
    pub fn answer_failed(&mut self) {
        self.stage = Stage::Ready;
    }

    /// Whether a model is being loaded.
    pub fn is_loading(&self) -> bool {
        matches!(self.stage, Stage::Loading(_))
    }

    /// Speed of the answer: the finished one's own figure, else of the tokens so far without the first, which comes out of
    /// the prompt. `None`: fewer than two tokens.
    pub fn decode(&self) -> Option<TokensPerSecond> {
        if let Some(summary) = &self.summary {
            return summary.decode;
        }
        let rest = f64::from(self.tokens.saturating_sub(1));
        (rest > 0.0 && self.rest_millis > 0.0)
            .then(|| TokensPerSecond::from_tokens_per_second(rest * 1000.0 / self.rest_millis))
    }
}

/// Why an answer ended, in words.
pub const fn stop_words(stop: StopReason) -> &'static str {
    match stop {
        StopReason::EndOfText => "The model was done",
        StopReason::MaxTokens => "The answer reached its longest",
        StopReason::ContextFull => "The context is full",
        StopReason::MemoryShort => "This machine's memory is nearly full",
        StopReason::Cancelled => "Stopped by you",
        StopReason::StopString => "A stop text appeared",
    }
}

/// How an answer went, in one line: why it ended, its tokens, its speed.
pub fn summary_line(summary: &GenerationSummary) -> String {
    let tokens = match summary.generated_tokens {
        1 => "1 token".to_owned(),
        count => format!("{count} tokens"),
    };
    let mut line = format!("{}, {tokens}", stop_words(summary.stop));
    if let Some(speed) = summary.decode {
        line.push_str(&format!(", {} tokens/s", Significant(speed.as_tokens_per_second())));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(millis: f64) -> TextPiece {
        TextPiece { text: "a".to_owned(), token: 1, token_seconds: Seconds::from_millis(millis) }
    }

    #[test]
    fn the_first_token_does_not_count_for_the_speed() {
        let (mut session, now) = (Session::default(), Instant::now());
        session.begin_answer(now);
        for millis in [500.0, 20.0, 20.0] {
            session.token(&piece(millis), now);
        }
        let speed = session.decode().map(|speed| speed.as_tokens_per_second().round());
        assert_eq!((session.tokens, speed), (3, Some(50.0)));
    }

    #[test]
    fn text_held_back_to_the_end_is_no_token() {
        let (mut session, now) = (Session::default(), Instant::now());
        session.begin_answer(now);
        for millis in [10.0, 10.0, 0.0] {
            session.token(&piece(millis), now);
        }
        assert_eq!((session.tokens, session.token_millis.len()), (2, 1));
    }

    #[test]
    fn a_long_answer_keeps_its_last_token_times() {
        let (mut session, now) = (Session::default(), Instant::now());
        session.begin_answer(now);
        (0..MOST_POINTS * 2).for_each(|_| session.token(&piece(1.0), now));
        assert!(session.token_millis.len() <= MOST_POINTS);
        let last = session.token_millis.last().map(|point| point.x);
        assert_eq!(last, Some(f64::from(session.tokens)));
    }

    #[test]
    fn a_load_that_failed_leaves_the_model_before_it() {
        let mut session = Session::default();
        session.load_failed("no such file".to_owned());
        assert_eq!(session.stage, Stage::Failed("no such file".to_owned()));
    }
}
