//! Timing prompt reading and token generation alone, the way llama-bench does: tokens that mean nothing, one run to warm
//! up, then each repetition from the same depth. No tokenizer, no template, no sampling.

mod together;

use std::path::Path;
use std::time::Instant;

use super::forward::Network;
use super::inspect::ModelHeader;
use super::kernels::Engine;
use super::kv_cache::{KvCache, KvFormat};
use super::layers::Weights;
use super::reserve::Reserve;
use super::threads::{PROMPT, most_threads, read, settle_threads};
use super::{InferError, LoadOptions, ModelFile, ThreadsBy, Tier, available_memory};
use crate::units::{Bytes, Seconds};
pub use together::{Together, TogetherTimes};

/// A model set up to be timed.
pub struct Bench {
    network: Network,
    header: ModelHeader,
    context_tokens: usize,
    threads_by: ThreadsBy,
    free: fn() -> Option<Bytes>,
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
        Self::load_file(ModelFile::open(path)?, options)
    }

    /// As [`Bench::load`], of an open file.
    ///
    /// # Errors
    /// As [`Bench::load`].
    pub fn load_file(file: ModelFile, options: &LoadOptions) -> Result<Self, InferError> {
        Self::load_on(file, options, available_memory)
    }

    /// As [`Bench::load_file`], on a machine that has so much memory free when asked; `None`: it does not tell.
    ///
    /// # Errors
    /// As [`Bench::load`].
    pub fn load_on(file: ModelFile, options: &LoadOptions, free: fn() -> Option<Bytes>) -> Result<Self, InferError> {
        let ModelFile { gguf, header, hyper, opened } = file;
        let context_tokens = options.context_tokens.max(PROMPT);
        if context_tokens > hyper.context_length {
            return Err(InferError::Option {
                option: "the prompt, what is generated and the depth together",
                range: "no longer than the model's own context",
                found: format!("{context_tokens} of {} tokens", hyper.context_length),
            });
        }
        let threads = most_threads(options.threads, options.trial);
        let mut reserve = Reserve::new(free, header.weight_bytes);
        let weights = Weights::read(&gguf, &hyper, threads, &mut |fraction| reserve.is_kept(fraction));
        let weights = weights.map_err(|error| reserve.refusal().unwrap_or(error))?;
        let engine = Engine::new(threads, options.tier);
        let mut network = Network::new(hyper, weights, engine, context_tokens, options.cache, free)?;
        let load = Seconds::from_secs(opened.elapsed().as_secs_f64());
        let threads_by = settle_threads(&mut network, options, context_tokens, load, &mut || true)?;
        Ok(Self { network, header, context_tokens, threads_by, free })
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

    /// The size of the cache of one sequence.
    pub fn cache_bytes(&self) -> Bytes {
        self.network.caches.iter().map(KvCache::bytes).sum()
    }

    /// Threads of a forward pass.
    pub fn threads(&self) -> usize {
        self.network.engine.pool.threads()
    }

    /// How their number came about.
    pub const fn threads_by(&self) -> ThreadsBy {
        self.threads_by
    }

    /// The kernel tier in use.
    pub const fn tier(&self) -> Tier {
        self.network.engine.tier()
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
        read(&mut self.network, count, position)
    }
}
