//! Timing prompt reading and token generation alone, the way llama-bench does: tokens that mean nothing, one run to warm
//! up, then each repetition from the same depth. No tokenizer, no template, no sampling.

use std::path::Path;
use std::time::Instant;

use super::forward::{CHUNK, Network, Span};
use super::gguf::Gguf;
use super::hyper::Hyper;
use super::inspect::{ModelHeader, header};
use super::kernels::Engine;
use super::kv_cache::KvFormat;
use super::layers::Weights;
use super::model::MOST_THREADS;
use super::{InferError, LoadOptions, Tier, physical_cores};
use crate::units::{Bytes, Seconds};

/// What the trial of thread counts reads and speaks: enough to tell counts apart, some hundredths of a second.
const TRIAL_PROMPT: usize = 32;
const TRIAL_TOKENS: usize = 8;
const TRIAL_RUNS: usize = 3;
/// Another thread count must be this much faster than the one with fewer threads, or the fewer win.
const WORTH_A_THREAD: f64 = 0.97;

/// A model set up to be timed.
pub struct Bench {
    network: Network,
    header: ModelHeader,
    context_tokens: usize,
}

/// The times of one kind of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Timing {
    /// Tokens read or generated in each repetition.
    pub tokens: usize,
    /// Time of each repetition.
    pub samples: Vec<Seconds>,
}

impl Bench {
    /// Loads a model.
    ///
    /// # Errors
    /// Any [`InferError`] about the file, its architecture or memory.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self, InferError> {
        let gguf = Gguf::open(path)?;
        let (header, hyper) = (header(&gguf)?, Hyper::read(&gguf)?);
        let context_tokens = options.context_tokens.max(TRIAL_PROMPT);
        if context_tokens > hyper.context_length {
            return Err(InferError::Option {
                option: "the prompt, what is generated and the depth together",
                range: "no longer than the model's own context",
                found: format!("{context_tokens} of {} tokens", hyper.context_length),
            });
        }
        let threads = options.threads.unwrap_or_else(physical_cores).clamp(1, MOST_THREADS);
        let weights = Weights::read(&gguf, &hyper, threads, &mut |_| true)?;
        let network = Network::new(hyper, weights, Engine::new(threads, options.tier), context_tokens, options.cache)?;
        Ok(Self { network, header, context_tokens })
    }

    /// What the file says about the model.
    pub const fn header(&self) -> &ModelHeader {
        &self.header
    }

    /// Bytes of weights that one token reads: of experts those it is sent to, of an embedding that is not also the head
    /// none.
    pub fn bytes_per_token(&self) -> Bytes {
        self.network.weights.bytes_per_token(self.network.hyper.experts.map_or(0, |experts| experts.used))
    }

    /// How keys and values are stored.
    pub const fn cache(&self) -> KvFormat {
        self.network.format
    }

    /// Threads of a forward pass.
    pub fn threads(&self) -> usize {
        self.network.engine.pool.threads()
    }

    /// The kernel tier in use.
    pub const fn tier(&self) -> Tier {
        self.network.engine.tier()
    }

    /// Takes another number of threads.
    pub fn set_threads(&mut self, threads: usize) {
        self.network.engine = Engine::new(threads.clamp(1, MOST_THREADS), Some(self.tier()));
    }

    /// Tries some thread counts up to the processors this process may use, and keeps the fastest: of two about as fast,
    /// the smaller.
    ///
    /// # Errors
    /// [`InferError::Compute`].
    pub fn choose_threads(&mut self) -> Result<(), InferError> {
        let (cores, most) = (physical_cores(), std::thread::available_parallelism().map_or(1, usize::from));
        let mut counts = vec![1, cores / 2, cores.saturating_sub(1), cores, most];
        counts.retain(|count| (1..=MOST_THREADS).contains(count));
        counts.sort_unstable();
        counts.dedup();
        let mut best: Option<(usize, f64)> = None;
        for &count in &counts {
            self.set_threads(count);
            let mut fastest = f64::INFINITY;
            for _ in 0..TRIAL_RUNS {
                let started = Instant::now();
                self.read(TRIAL_PROMPT, 0)?;
                for token in 0..TRIAL_TOKENS {
                    self.read(1, token)?;
                }
                fastest = fastest.min(started.elapsed().as_secs_f64());
            }
            if best.is_none_or(|(_, time)| fastest < time * WORTH_A_THREAD) {
                best = Some((count, fastest));
            }
        }
        self.set_threads(best.map_or(1, |(count, _)| count));
        Ok(())
    }

    /// Times reading a prompt of that many tokens behind `depth` others, the logits after the last included.
    ///
    /// # Errors
    /// [`InferError::TooLong`] where the context does not hold both; [`InferError::Compute`].
    pub fn time_prompt(&mut self, tokens: usize, depth: usize, repetitions: usize) -> Result<Timing, InferError> {
        self.time(tokens, depth, repetitions, |bench| bench.read(tokens, depth))
    }

    /// Times generating that many tokens, one at a time, behind `depth` others.
    ///
    /// # Errors
    /// As [`Bench::time_prompt`].
    pub fn time_decode(&mut self, tokens: usize, depth: usize, repetitions: usize) -> Result<Timing, InferError> {
        self.time(tokens, depth, repetitions, |bench| (0..tokens).try_for_each(|token| bench.read(1, depth + token)))
    }

    fn time(
        &mut self,
        tokens: usize,
        depth: usize,
        repetitions: usize,
        work: impl Fn(&mut Self) -> Result<(), InferError>,
    ) -> Result<Timing, InferError> {
        let prompt_tokens = tokens.saturating_add(depth);
        if prompt_tokens > self.context_tokens {
            return Err(InferError::TooLong { prompt_tokens, context_tokens: self.context_tokens });
        }
        self.read(depth, 0)?;
        work(self)?;
        let mut samples = Vec::with_capacity(repetitions);
        for _ in 0..repetitions {
            let started = Instant::now();
            work(self)?;
            samples.push(Seconds::from_secs(started.elapsed().as_secs_f64()));
        }
        Ok(Timing { tokens, samples })
    }

    /// Reads `count` tokens from `position` on and computes the logits after the last.
    fn read(&mut self, count: usize, position: usize) -> Result<(), InferError> {
        let vocabulary = self.network.hyper.vocabulary;
        // Spread over the vocabulary, so that rows of the embedding do not all come from one page.
        let tokens: Vec<u32> = (position..position + count).map(|at| (at * 7919 % vocabulary) as u32).collect();
        let mut at = position;
        for chunk in tokens.chunks(CHUNK) {
            self.network.read(&[Span { sequence: 0, tokens: chunk, position: at }])?;
            at += chunk.len();
        }
        if count > 0 {
            self.network.logits((count - 1) % CHUNK);
        }
        Ok(())
    }
}
