//! One conversation with the engine: what was asked, what came, how long each token took.

use std::time::Instant;

use crate::infer::{Event, GenerationSummary, ModelSummary, PromptProgress, StopReason, resident_memory};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// What the engine is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// Nothing is loaded.
    Asleep,
    /// The model is being loaded; the fraction done.
    Loading(f64),
    /// Waiting for a prompt.
    Ready,
    /// Reading the prompt.
    Reading(Option<PromptProgress>),
    /// Generating.
    Writing,
    /// It failed; the words say why.
    Failed(String),
}

/// What is shown of the model and its last answer.
#[derive(Debug)]
pub struct Session {
    /// What the engine is doing.
    pub stage: Stage,
    /// The loaded model.
    pub model: Option<ModelSummary>,
    /// The last prompt.
    pub asked: String,
    /// The answer so far.
    pub answer: String,
    /// Milliseconds of each generated token.
    pub token_millis: Vec<f64>,
    /// Figures of the finished answer.
    pub summary: Option<GenerationSummary>,
    /// Time to the first token of the answer under way.
    pub first_token: Option<Seconds>,
    /// Memory of this process before the model was loaded.
    pub memory_before: Option<Bytes>,
    /// Memory of this process now.
    pub memory_now: Option<Bytes>,
    asked_at: Option<Instant>,
}

impl Default for Session {
    fn default() -> Self {
        Self {
            stage: Stage::Asleep,
            model: None,
            asked: String::new(),
            answer: String::new(),
            token_millis: Vec::new(),
            summary: None,
            first_token: None,
            memory_before: None,
            memory_now: None,
            asked_at: None,
        }
    }
}

impl Session {
    /// Loading has begun.
    pub fn begin_loading(&mut self) {
        self.memory_before = resident_memory();
        self.stage = Stage::Loading(0.0);
    }

    /// A prompt was sent.
    pub fn begin_answer(&mut self, prompt: &str) {
        self.asked = prompt.to_owned();
        self.answer.clear();
        self.token_millis.clear();
        self.summary = None;
        self.first_token = None;
        self.asked_at = Some(Instant::now());
        self.stage = Stage::Reading(None);
    }

    /// Takes one event in.
    pub fn take(&mut self, event: Event) {
        match event {
            Event::Loading { fraction } => self.stage = Stage::Loading(fraction),
            Event::Loaded(model) => {
                self.model = Some(model);
                self.memory_now = resident_memory();
                self.stage = Stage::Ready;
            }
            Event::PromptRead(progress) => self.stage = Stage::Reading(Some(progress)),
            Event::Text(piece) => {
                if self.first_token.is_none() {
                    self.first_token = self.asked_at.map(|at| Seconds::from_secs(at.elapsed().as_secs_f64()));
                }
                self.answer.push_str(&piece.text);
                self.token_millis.push(piece.token_seconds.as_millis());
                self.stage = Stage::Writing;
            }
            Event::Finished(summary) => {
                self.first_token = summary.time_to_first_token.or(self.first_token);
                self.memory_now = summary.resident_memory.or_else(resident_memory);
                self.summary = Some(summary);
                self.stage = Stage::Ready;
            }
            Event::Failed(error) => {
                self.stage = if self.model.is_some() { Stage::Ready } else { Stage::Failed(error.to_string()) };
            }
        }
    }

    /// Whether the engine works for an answer.
    pub fn is_answering(&self) -> bool {
        matches!(self.stage, Stage::Reading(_) | Stage::Writing)
    }

    /// Speed of the answer: the finished one's own figure, else of the tokens so far without the first, which comes out of
    /// the prompt. `None`: fewer than two tokens.
    pub fn decode(&self) -> Option<TokensPerSecond> {
        if let Some(summary) = &self.summary {
            return summary.decode;
        }
        let rest = self.token_millis.get(1..).filter(|rest| !rest.is_empty())?;
        let millis: f64 = rest.iter().sum();
        let count = f64::from(u32::try_from(rest.len()).unwrap_or(u32::MAX));
        (millis > 0.0).then(|| TokensPerSecond::from_tokens_per_second(count * 1000.0 / millis))
    }

    /// What the model added to the memory of this process.
    pub fn memory_used(&self) -> Option<Bytes> {
        Some(self.memory_now?.saturating_sub(self.memory_before?))
    }
}

/// Why an answer ended, in words.
pub const fn stop_words(stop: StopReason) -> &'static str {
    match stop {
        StopReason::EndOfText => "The model was done",
        StopReason::MaxTokens => "The answer reached its longest",
        StopReason::ContextFull => "The context is full",
        StopReason::Cancelled => "Stopped by you",
        StopReason::StopString => "A stop text appeared",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::TextPiece;

    #[test]
    fn the_first_token_does_not_count_for_the_speed() {
        let mut session = Session::default();
        session.begin_answer("why");
        for millis in [500.0, 20.0, 20.0] {
            let piece = TextPiece { text: "a".to_owned(), token: 1, token_seconds: Seconds::from_millis(millis) };
            session.take(Event::Text(piece));
        }
        let speed = session.decode().map(|speed| speed.as_tokens_per_second().round());
        assert_eq!((session.answer.as_str(), speed), ("aaa", Some(50.0)));
    }
}
