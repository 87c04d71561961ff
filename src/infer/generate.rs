//! From a prompt to an answer, one step for each call: a chunk of the prompt read, a token made into text, the summary.
//!
//! It knows a model only as something that reads tokens and gives logits, so a fake one tests it.

use std::time::{Duration, Instant};

use super::channels::{Channels, Mark};
use super::sampler::Sampler;
use super::text::{Decoded, TextDecoder};
use super::{GenerationSummary, InferError, PromptProgress, Request, Step, StopReason, TextPiece};
use crate::units::{Seconds, TokensPerSecond};

/// What a generation needs of a model.
pub(super) trait LanguageModel {
    /// Reads tokens after those read before and returns the logits after the last of them. `go_on` is asked now and
    /// then; where it says no, nothing counts as read and the error is [`InferError::Cancelled`]. Nor does anything where
    /// too little memory is left for it, which is [`InferError::Memory`].
    fn read(&mut self, tokens: &[u32], go_on: &dyn Fn() -> bool) -> Result<&[f32], InferError>;
    /// The most tokens `read` takes at once.
    fn chunk(&self) -> usize;
    /// Tokens there is room for behind those read before.
    fn room(&self) -> usize;
    /// Bytes a token stands for.
    fn piece(&self, token: u32) -> &[u8];
    /// What a token of the harmony format steers. `None`: nothing, or another format.
    fn mark(&self, _token: u32) -> Option<Mark> {
        None
    }
    /// Whether a text's first piece begins with a blank that is not the text's own.
    fn adds_blank(&self) -> bool {
        false
    }
    /// Whether a token ends the answer.
    fn is_end(&self, token: u32) -> bool;
    /// Threads and kernel tier, for the summary.
    fn machine(&self) -> (usize, &'static str);
}

enum Stage {
    /// Tokens of the prompt are left to read.
    Prompt,
    /// This token was drawn and is to be told.
    Drawn(u32),
    /// This token was told and is to be read.
    Told(u32),
    /// Only the summary is left.
    Ending(StopReason),
    Over,
}

/// A generation under way. Ends after [`Step::Finished`] or an error; dropping it earlier is fine.
pub struct Generation<'a> {
    model: &'a mut dyn LanguageModel,
    go_on: Box<dyn Fn() -> bool + 'a>,
    /// What is left to read of the prompt begins at `read`.
    prompt: Vec<u32>,
    cached: usize,
    read: usize,
    max_tokens: usize,
    sampler: Sampler,
    channels: Channels,
    decoder: TextDecoder,
    stage: Stage,
    generated: usize,
    clock: Clock,
    /// When the prompt was there to be read.
    started: Instant,
    prompt_read: Option<Instant>,
    first_token: Option<Instant>,
    last_token: Instant,
}

/// Time without what was waited between steps for somebody to listen, which is part of no figure.
struct Clock {
    /// When the request came.
    asked: Instant,
    paused: Duration,
}

impl Clock {
    fn now(&self) -> Instant {
        Instant::now().checked_sub(self.paused).unwrap_or(self.asked)
    }

    fn elapsed(&self) -> Seconds {
        Seconds::from_secs(self.now().duration_since(self.asked).as_secs_f64())
    }
}

impl<'a> Generation<'a> {
    /// Continues `prompt`, of which the model has read the first `cached` tokens, fewer than all.
    pub(super) fn new(
        model: &'a mut dyn LanguageModel,
        prompt: Vec<u32>,
        cached: usize,
        request: &Request,
        go_on: Box<dyn Fn() -> bool + 'a>,
    ) -> Result<Self, InferError> {
        let mut sampler = Sampler::new(request.sampling)?;
        prompt.iter().for_each(|&token| sampler.remember(token));
        let started = Instant::now();
        Ok(Self {
            model,
            go_on,
            cached,
            read: cached,
            prompt,
            max_tokens: request.max_tokens,
            sampler,
            channels: Channels::default(),
            decoder: TextDecoder::new(&request.stop_strings),
            stage: Stage::Prompt,
            generated: 0,
            clock: Clock { asked: started, paused: Duration::ZERO },
            started,
            prompt_read: None,
            first_token: None,
            last_token: started,
        })
    }

    /// The request came at that time, before its prompt was made.
    pub(super) const fn asked_at(mut self, asked: Instant) -> Self {
        self.clock.asked = asked;
        self
    }

    /// The time since the last step is not the model's.
    pub(super) fn leave_out(&mut self, pause: Duration) {
        self.clock.paused += pause;
    }

    fn step(&mut self) -> Result<Step, InferError> {
        match self.stage {
            Stage::Prompt => self.read_prompt(),
            Stage::Drawn(token) => Ok(self.tell(token)),
            Stage::Told(token) => self.draw_next(token),
            Stage::Ending(reason) => Ok(self.end(reason)),
            Stage::Over => Err(InferError::EmptyPrompt),
        }
    }

    fn read_prompt(&mut self) -> Result<Step, InferError> {
        if !(self.go_on)() {
            return Ok(self.end(StopReason::Cancelled));
        }
        let chunk = &self.prompt[self.read..];
        let chunk = &chunk[..chunk.len().min(self.model.chunk())];
        let logits = match self.model.read(chunk, &*self.go_on) {
            Err(InferError::Cancelled) => return Ok(self.end(StopReason::Cancelled)),
            read => read?,
        };
        self.read += chunk.len();
        let tokens = chunk.len();
        if self.read == self.prompt.len() {
            self.prompt_read = Some(self.clock.now());
            self.stage = match self.max_tokens {
                0 => Stage::Ending(StopReason::MaxTokens),
                _ => Stage::Drawn(draw(&mut self.sampler, logits)?),
            };
        }
        Ok(Step::PromptRead(PromptProgress {
            tokens,
            done: self.read - self.cached,
            total: self.prompt.len() - self.cached,
            elapsed: self.clock.elapsed(),
        }))
    }

    fn draw_next(&mut self, token: u32) -> Result<Step, InferError> {
        if !(self.go_on)() {
            return Ok(self.finish(StopReason::Cancelled));
        }
        if self.model.room() == 0 {
            return Ok(self.finish(StopReason::ContextFull));
        }
        let logits = match self.model.read(&[token], &*self.go_on) {
            Err(InferError::Cancelled) => return Ok(self.finish(StopReason::Cancelled)),
            // What was said by then is an answer all the same.
            Err(InferError::Memory { .. }) => return Ok(self.finish(StopReason::MemoryShort)),
            read => read?,
        };
        let next = draw(&mut self.sampler, logits)?;
        Ok(self.tell(next))
    }

    fn tell(&mut self, token: u32) -> Step {
        self.generated += 1;
        self.sampler.remember(token);
        let now = self.clock.now();
        let token_seconds = Seconds::from_secs(now.duration_since(self.last_token).as_secs_f64());
        self.last_token = now;
        self.first_token.get_or_insert(now);
        if self.model.is_end(token) {
            return self.finish(StopReason::EndOfText);
        }
        let piece = self.model.piece(token);
        // SentencePiece writes a blank before a text's first word; detokenizers take it off again.
        let first = self.generated == 1 && self.model.adds_blank();
        let piece = piece.strip_prefix(b" ").filter(|_| first).unwrap_or(piece);
        let bytes = self.channels.take(self.model.mark(token), piece);
        let mut text = match self.decoder.push(&bytes) {
            Decoded::Stop(text) => {
                self.stage = Stage::Ending(StopReason::StopString);
                text
            }
            Decoded::Text(text) => {
                self.stage = match self.generated < self.max_tokens {
                    true => Stage::Told(token),
                    false => Stage::Ending(StopReason::MaxTokens),
                };
                text
            }
        };
        if let Stage::Ending(StopReason::MaxTokens) = self.stage {
            text.push_str(&self.decoder.finish());
        }
        Step::Text(TextPiece { text, token, token_seconds })
    }

    /// Tells what was held back, if anything, before the summary.
    fn finish(&mut self, reason: StopReason) -> Step {
        let text = self.decoder.finish();
        if text.is_empty() {
            return self.end(reason);
        }
        self.stage = Stage::Ending(reason);
        Step::Text(TextPiece { text, token: 0, token_seconds: Seconds::ZERO })
    }

    fn end(&mut self, stop: StopReason) -> Step {
        self.stage = Stage::Over;
        let rate = |tokens: usize, time: f64| {
            (tokens > 0 && time > 0.0).then(|| TokensPerSecond::from_tokens_per_second(tokens as f64 / time))
        };
        let between = |from: Instant, to: Instant| to.duration_since(from).as_secs_f64();
        let decode_time = self.first_token.map_or(0.0, |first| between(first, self.last_token));
        let prefill_time = self.prompt_read.map_or(0.0, |end| between(self.started, end));
        let (threads, tier) = self.model.machine();
        Step::Finished(GenerationSummary {
            prompt_tokens: self.prompt.len(),
            cached_tokens: self.cached,
            generated_tokens: self.generated,
            time_to_first_token: self.first_token.map(|first| Seconds::from_secs(between(self.clock.asked, first))),
            prefill: rate(self.read - self.cached, prefill_time),
            decode: rate(self.generated.saturating_sub(1), decode_time),
            stop,
            threads,
            tier,
            resident_memory: super::resident_memory(),
        })
    }
}

impl Iterator for Generation<'_> {
    type Item = Result<Step, InferError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Stage::Over = self.stage {
            return None;
        }
        let step = self.step();
        if step.is_err() {
            self.stage = Stage::Over;
        }
        Some(step)
    }
}

/// The next token. Logits of which none is a finite number give an error, not an answer.
fn draw(sampler: &mut Sampler, logits: &[f32]) -> Result<u32, InferError> {
    match logits.iter().any(|logit| logit.is_finite()) {
        true => Ok(sampler.draw(logits)),
        false => Err(InferError::not_finite()),
    }
}

#[cfg(test)]
mod tests;
