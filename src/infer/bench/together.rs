//! Timing several sequences beside each other, the way llama-batched-bench does: each reads a prompt of its own, then all
//! generate, one token of each in a pass. One run goes before to warm up.
//!
//! The tokens mean nothing and are no samples, so what is read does not depend on how many sequences there are; those of
//! the first are those of a sequence alone.

use std::time::Instant;

use super::{Bench, Timing};
use crate::infer::InferError;
use crate::infer::batch::{check_sequences, pass};
use crate::infer::forward::{CHUNK, Network};
use crate::infer::kv_cache::KvCache;
use crate::infer::model_file::many_caches;
use crate::infer::reserve::check_room;
use crate::infer::threads::meaningless;
use crate::units::{Bytes, Seconds};

/// What several sequences do beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Together {
    /// How many, 1 to [`Model::MOST_SEQUENCES`](crate::infer::Model::MOST_SEQUENCES).
    pub sequences: usize,
    /// Tokens that lie in the cache of each before it begins.
    pub depth: usize,
    /// Tokens of the prompt of each.
    pub prompt_tokens: usize,
    /// Tokens that each generates behind its prompt.
    pub generate_tokens: usize,
    /// How often it is timed.
    pub repetitions: usize,
}

/// The times of it; tokens are those of all sequences together.
#[derive(Clone, Debug, PartialEq)]
pub struct TogetherTimes {
    /// Until the last prompt was read.
    pub prompt: Timing,
    /// Until all had generated theirs.
    pub generation: Timing,
}

impl Bench {
    /// The most tokens of one pass, of all sequences together.
    pub const PASS_TOKENS: usize = CHUNK;

    /// The size of the caches of that many sequences.
    pub fn caches_bytes(&self, sequences: usize) -> Bytes {
        let each = KvCache::bytes_for(&self.network.hyper, self.context_tokens, self.network.format);
        each * sequences as u64
    }

    /// Tokens that the cache of each sequence holds.
    pub const fn context_tokens(&self) -> usize {
        self.context_tokens
    }

    /// Times them. `go_on` is asked in each layer of each pass and returns false to stop.
    ///
    /// # Errors
    /// [`InferError::Option`] where there are no or too many sequences, [`InferError::TooLong`] where the context does not
    /// hold what each reads and generates, [`InferError::Memory`] where there is no room for their caches,
    /// [`InferError::Cancelled`], [`InferError::Compute`].
    pub fn time_together(&mut self, asked: &Together, go_on: &dyn Fn() -> bool) -> Result<TogetherTimes, InferError> {
        check_sequences(asked.sequences)?;
        let each = [asked.depth, asked.prompt_tokens, asked.generate_tokens];
        let prompt_tokens = each.into_iter().fold(0, usize::saturating_add);
        if prompt_tokens > self.context_tokens {
            return Err(InferError::TooLong { prompt_tokens, context_tokens: self.context_tokens });
        }
        let caches = many_caches(asked.sequences, self.context_tokens);
        check_room((self.free)(), self.caches_bytes(asked.sequences), &caches)?;
        let times = self
            .network
            .set_sequences(asked.sequences, self.context_tokens)
            .and_then(|()| time(&mut self.network, asked, go_on, &mut |_, _| {}));
        // Only lets caches go, which cannot fail.
        let _ = self.network.set_sequences(1, self.context_tokens);
        times
    }
}

/// Times them on a network with a cache for each; `ended` is told what each made of the last token of its prompt and of
/// each one after that.
fn time(
    network: &mut Network,
    asked: &Together,
    go_on: &dyn Fn() -> bool,
    ended: &mut dyn FnMut(usize, &[f32]),
) -> Result<TogetherTimes, InferError> {
    let Together { sequences, depth, prompt_tokens, generate_tokens, repetitions } = *asked;
    let vocabulary = network.hyper.vocabulary;
    let texts = |from: usize, count: usize| -> Vec<Vec<u32>> {
        (0..sequences).map(|sequence| meaningless(sequence, from..from + count, vocabulary)).collect()
    };
    let timing = |tokens: usize| Timing { tokens: sequences * tokens, samples: Vec::with_capacity(repetitions) };
    let mut times = TogetherTimes { prompt: timing(prompt_tokens), generation: timing(generate_tokens) };
    let (prompts, answers) = (texts(depth, prompt_tokens), texts(depth + prompt_tokens, generate_tokens));
    let mut read = vec![0; sequences];
    let mut read_all = |read: &mut [usize], texts: &mut [&[u32]]| {
        while texts.iter().any(|text| !text.is_empty()) {
            pass(network, read, texts, go_on, ended)?;
        }
        Ok::<(), InferError>(())
    };
    let before = texts(0, depth);
    read_all(&mut read, &mut all_of(&before))?;
    for repetition in 0..=repetitions {
        read.fill(depth);
        let started = Instant::now();
        read_all(&mut read, &mut all_of(&prompts))?;
        let prompt_read = Instant::now();
        for at in 0..generate_tokens {
            let mut next: Vec<&[u32]> = answers.iter().filter_map(|answer| answer.get(at..=at)).collect();
            read_all(&mut read, &mut next)?;
        }
        // The first run only warms up.
        if repetition > 0 {
            let since = |from: Instant, to: Instant| Seconds::from_secs(to.duration_since(from).as_secs_f64());
            times.prompt.samples.push(since(started, prompt_read));
            times.generation.samples.push(since(prompt_read, Instant::now()));
        }
    }
    Ok(times)
}

fn all_of(texts: &[Vec<u32>]) -> Vec<&[u32]> {
    texts.iter().map(Vec::as_slice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::infer::threads::read;
    use crate::infer::{LoadOptions, Model, ModelFile, embedded_model};

    fn bench(free: fn() -> Option<Bytes>) -> Bench {
        let file = ModelFile::open(&embedded_model().unwrap()).unwrap();
        let options = LoadOptions { context_tokens: 32, threads: Some(2), ..LoadOptions::default() };
        Bench::load_on(file, &options, free).unwrap()
    }

    const ONE: Together = Together { sequences: 1, depth: 1, prompt_tokens: 5, generate_tokens: 2, repetitions: 1 };

    /// The likeliest token and its logit.
    fn likeliest(logits: &[f32]) -> (usize, f32) {
        logits.iter().copied().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).unwrap()
    }

    /// The likeliest tokens that a sequence of so many finds.
    fn found(bench: &mut Bench, sequences: usize, of: usize) -> Vec<(usize, f32)> {
        bench.network.set_sequences(sequences, bench.context_tokens).unwrap();
        let mut found = Vec::new();
        let asked = Together { sequences, repetitions: 0, ..ONE };
        time(&mut bench.network, &asked, &|| true, &mut |sequence, logits| {
            if sequence == of {
                found.push(likeliest(logits));
            }
        })
        .unwrap();
        found
    }

    #[test]
    fn one_sequence_reads_what_a_sequence_alone_reads_and_others_beside_it_change_nothing() {
        let mut bench = bench(|| None);
        // As the bench of one: what is before it, its prompt, then token by token.
        let mut alone = Vec::new();
        for (count, position) in [(1, 0), (5, 1), (1, 6), (1, 7)] {
            read(&mut bench.network, count, position).unwrap();
            alone.push(likeliest(bench.network.logits(count - 1)));
        }
        assert_eq!(found(&mut bench, 1, 0), alone, "one is the same to the bit");
        let of_three = found(&mut bench, 3, 0);
        assert_eq!(of_three.len(), alone.len());
        for ((token, logit), (expected, alone)) in of_three.iter().zip(&alone) {
            assert!(token == expected && (logit - alone).abs() < 0.05, "{logit} of {token}, alone {alone}");
        }
        // The others read texts of their own.
        assert_ne!(found(&mut bench, 3, 2), of_three);
        assert_ne!(meaningless(1, 0..8, 49_152), meaningless(0, 0..8, 49_152));
    }

    #[test]
    fn times_are_of_all_tokens_and_each_repetition_and_the_caches_go_again() {
        let mut bench = bench(|| None);
        let times = bench.time_together(&Together { sequences: 3, repetitions: 2, ..ONE }, &|| true).unwrap();
        assert_eq!((times.prompt.tokens, times.generation.tokens), (15, 6));
        for timing in [&times.prompt, &times.generation] {
            assert!(timing.samples.len() == 2 && timing.samples.iter().all(|time| time.as_secs() > 0.0));
        }
        assert_eq!((bench.network.caches.len(), bench.caches_bytes(3)), (1, bench.cache_bytes() * 3));
    }

    #[test]
    fn what_cannot_be_timed_is_refused_and_a_stop_ends_it() {
        let mut bench = bench(|| None);
        let mut refused = |asked: Together| bench.time_together(&asked, &|| true).unwrap_err();
        for sequences in [0, Model::MOST_SEQUENCES + 1] {
            assert!(matches!(refused(Together { sequences, ..ONE }), InferError::Option { option: "sequences", .. }));
        }
        let long = Together { generate_tokens: 27, ..ONE };
        assert!(matches!(refused(long), InferError::TooLong { prompt_tokens: 33, context_tokens: 32 }));
        assert!(matches!(refused(Together { depth: usize::MAX, ..ONE }), InferError::TooLong { .. }));
        assert!(matches!(bench.time_together(&ONE, &|| false), Err(InferError::Cancelled)));
        assert_eq!(bench.network.caches.len(), 1);
    }

    #[test]
    fn caches_that_do_not_fit_beside_the_reserve_are_not_made() {
        // 32 tokens take 0.7 MB: there is room for one beside 256 MiB, and for no three.
        let mut bench = bench(|| Some(Bytes::from_mib(257.0)));
        assert!(bench.time_together(&ONE, &|| true).is_ok());
        match bench.time_together(&Together { sequences: 3, ..ONE }, &|| true) {
            Err(error @ InferError::Memory { .. }) => {
                assert!(error.to_string().contains("3 KV caches of 32 tokens"), "{error}");
            }
            other => panic!("{other:?}"),
        }
    }
}
