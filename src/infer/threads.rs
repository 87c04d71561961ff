//! How many threads: a quick trial on the loaded model itself. More are not always faster: of a small model's pass they
//! mostly wait for each other, and generating is bound by the memory before it is by the cores.
//!
//! From the most threads downwards, the fewer the better where they are about as fast. Fewer are left out once that many
//! were clearly slower, or where trying them would take longer than a trial may. What is computed does not depend on the
//! number of threads, so neither does a text.

use std::ops::Range;
use std::time::Instant;

use super::forward::{CHUNK, Network, Span};
use super::model::MOST_THREADS;
use super::{InferError, LoadOptions, physical_cores};
use crate::units::Seconds;

/// What a trial of thread counts times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadTrial {
    /// Generating, a token at a time.
    Generating,
    /// Reading a text, many tokens at once.
    Reading,
    /// Both, and for longer: what a benchmark reports on hangs on it.
    Both,
}

/// How a number of threads came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThreadsBy {
    /// Somebody said so.
    Setting,
    /// A trial found them.
    Trial,
    /// There was nothing to try: it follows from the cores there are.
    Cores,
}

impl ThreadsBy {
    /// In words, after a number of threads.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Setting => "set by you",
            Self::Trial => "found by a trial",
            Self::Cores => "as the cores allow",
        }
    }
}

/// A number of threads and how it came about: "7 threads, found by a trial".
pub fn thread_words(threads: usize, by: ThreadsBy) -> String {
    let plural = if threads == 1 { "" } else { "s" };
    format!("{threads} thread{plural}, {}", by.words())
}

/// A trial takes no longer than this, or than [`OF_LOADING`] where that is more: what one does not notice after a load.
const LIMIT: Seconds = Seconds::from_secs(0.12); // own choice, 2026-11-29
/// Part of what loading the model took.
const OF_LOADING: f64 = 0.1; // own choice, 2026-11-29
/// A benchmark's trial may take so many times as long.
const LONGER: f64 = 10.0; // own choice, 2026-11-29
/// More threads must be this much faster than fewer, or the fewer win.
const WORTH_A_THREAD: f64 = 0.97; // the spread of repeated trials on quiet machines, 2026-11
/// Once so much slower than the fastest, fewer threads will be slower still.
const SLOWER: f64 = 1.25; // own choice, 2026-11-29
/// Steps timed of one count at most; the fastest counts, as a step can only be disturbed.
const MOST_STEPS: usize = 8;
/// Tokens of a prompt that a step reads.
pub(super) const PROMPT: usize = 32;
/// Tokens that a step of both kinds generates.
const GENERATED: usize = 8;

impl ThreadTrial {
    /// How long a trial may take after a load of that length.
    fn limit(self, load: Seconds) -> Seconds {
        let limit = (load.as_secs() * OF_LOADING).max(LIMIT.as_secs());
        Seconds::from_secs(if self == Self::Both { limit * LONGER } else { limit })
    }

    /// Does once what is timed.
    fn step(self, network: &mut Network, context_tokens: usize) -> Result<(), InferError> {
        let prompt = PROMPT.min(context_tokens).min(CHUNK);
        match self {
            Self::Generating => read(network, 1, 0),
            Self::Reading => read(network, prompt, 0),
            Self::Both => {
                read(network, prompt, 0)?;
                (0..GENERATED.min(context_tokens)).try_for_each(|position| read(network, 1, position))
            }
        }
    }
}

/// The most threads that may be tried, and loaded with: those given, else all this process may use.
pub(super) fn most_threads(given: Option<usize>, trial: Option<ThreadTrial>) -> usize {
    let all = || match trial {
        Some(_) => std::thread::available_parallelism().map_or(1, usize::from),
        None => physical_cores(),
    };
    given.unwrap_or_else(all).clamp(1, MOST_THREADS)
}

/// Leaves the network with the threads that were asked for, by a trial where one was.
///
/// # Errors
/// As [`try_threads`].
pub(super) fn settle_threads(
    network: &mut Network,
    options: &LoadOptions,
    context_tokens: usize,
    load: Seconds,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<ThreadsBy, InferError> {
    match (options.trial, options.threads) {
        (Some(trial), _) => try_threads(network, trial, context_tokens, load, go_on),
        (None, Some(_)) => Ok(ThreadsBy::Setting),
        (None, None) => Ok(ThreadsBy::Cores),
    }
}

/// Gives the network as many threads as a trial finds fastest, at most as many as it has. What it has read is forgotten.
/// `go_on` is asked before each step and returns false to stop.
///
/// # Errors
/// [`InferError::Cancelled`], [`InferError::Compute`].
fn try_threads(
    network: &mut Network,
    trial: ThreadTrial,
    context_tokens: usize,
    load: Seconds,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<ThreadsBy, InferError> {
    let counts = counts(network.engine.pool.threads(), physical_cores());
    if counts.len() < 2 {
        return Ok(ThreadsBy::Cores);
    }
    let mut set = network.engine.pool.threads();
    let best = fastest(&counts, trial.limit(load), |count| {
        if !go_on() {
            return Err(InferError::Cancelled);
        }
        if set != count {
            network.engine.set_threads(count);
            set = count;
        }
        let started = Instant::now();
        trial.step(network, context_tokens)?;
        Ok(Seconds::from_secs(started.elapsed().as_secs_f64()))
    })?;
    if set != best {
        network.engine.set_threads(best);
    }
    Ok(ThreadsBy::Trial)
}

/// Counts worth a trial, fewest first: all that may be used, each core, one left free, and halves from there.
fn counts(most: usize, cores: usize) -> Vec<usize> {
    let halves = std::iter::successors(Some(cores), |count| Some(count / 2)).take_while(|&count| count > 0);
    let mut counts: Vec<usize> = halves.chain([1, cores.saturating_sub(1), most]).collect();
    counts.retain(|count| (1..=most).contains(count));
    counts.sort_unstable();
    counts.dedup();
    counts
}

/// The best of `counts`, fewest first, within `limit`; `step` does once what is timed with that many threads, and tells
/// how long it took.
fn fastest(
    counts: &[usize],
    limit: Seconds,
    mut step: impl FnMut(usize) -> Result<Seconds, InferError>,
) -> Result<usize, InferError> {
    let (limit, mut spent) = (limit.as_secs(), 0.0);
    let share = limit / counts.len().max(1) as f64;
    // Counts with the time of their fastest step, the most threads first.
    let mut tried: Vec<(usize, f64)> = Vec::with_capacity(counts.len());
    let least = |tried: &[(usize, f64)]| tried.iter().map(|&(_, time)| time).fold(f64::INFINITY, f64::min);
    for &count in counts.iter().rev() {
        if let Some(&(before, time)) = tried.last() {
            // One step to warm up and one that counts, were they slower by as much as there are fewer threads.
            let expected = 2.0 * time * before as f64 / count as f64;
            if time > least(&tried) * SLOWER || spent + expected > limit {
                break;
            }
        }
        let (mut used, mut best) = (step(count)?.as_secs(), f64::INFINITY);
        for _ in 0..MOST_STEPS {
            let time = step(count)?.as_secs();
            (used, best) = (used + time, best.min(time));
            if used > share {
                break;
            }
        }
        spent += used;
        tried.push((count, best));
    }
    let fastest = least(&tried);
    let enough = tried.iter().rev().find(|(_, time)| time * WORTH_A_THREAD <= fastest);
    Ok(enough.or(tried.first()).map_or(1, |&(count, _)| count))
}

/// Reads `count` tokens that mean nothing from `position` on and computes the logits after the last.
pub(super) fn read(network: &mut Network, count: usize, position: usize) -> Result<(), InferError> {
    let tokens = meaningless(0, position..position + count, network.hyper.vocabulary);
    let mut at = position;
    for chunk in tokens.chunks(CHUNK) {
        network.read(&[Span { sequence: 0, tokens: chunk, position: at }])?;
        at += chunk.len();
    }
    if count > 0 {
        network.logits((count - 1) % CHUNK);
    }
    Ok(())
}

/// Tokens that mean nothing at those positions of a sequence: spread over the vocabulary, so that rows of the embedding do
/// not all come from one page, and other ones in each sequence, so that they are not all sent to the same experts.
pub(super) fn meaningless(sequence: usize, positions: Range<usize>, vocabulary: usize) -> Vec<u32> {
    positions.map(|at| ((at * 7919 + sequence * 104_729) % vocabulary) as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The count found where a step with `n` threads takes `millis(n)`, and the counts tried.
    fn found(counts: &[usize], limit: f64, millis: impl Fn(usize) -> f64) -> (usize, Vec<usize>) {
        let mut tried = Vec::new();
        let best = fastest(counts, Seconds::from_secs(limit), |count| {
            if tried.last() != Some(&count) {
                tried.push(count);
            }
            Ok(Seconds::from_millis(millis(count)))
        });
        (best.expect("nothing fails"), tried)
    }

    #[test]
    fn as_many_threads_as_help_and_no_more() {
        let counts = [1, 2, 4, 7, 8];
        // Bound by the cores: all of them, and one thread is not worth its time.
        assert_eq!(found(&counts, 1.0, |n| 16.0 / n as f64), (8, vec![8, 7, 4]));
        // Bound by the memory from two threads on.
        assert_eq!(found(&counts, 1.0, |n| if n == 1 { 2.0 } else { 1.0 }).0, 2);
        // A small model whose threads wait for each other.
        assert_eq!(found(&counts, 1.0, |n| 1.0 + n as f64).0, 1);
        // A thread that is worth two in a hundred is not worth it.
        assert_eq!(found(&[7, 8], 1.0, |n| if n == 8 { 0.98 } else { 1.0 }).0, 7);
        assert_eq!(found(&[7, 8], 1.0, |n| if n == 8 { 0.9 } else { 1.0 }).0, 8);
    }

    #[test]
    fn a_slow_model_is_tried_no_longer_than_a_trial_may_take() {
        // Half a second a token: there is no time for anything but what it was loaded with.
        assert_eq!(found(&[1, 4, 7], 0.12, |_| 500.0), (7, vec![7]));
        for (millis, limit) in [(0.5, 0.12), (5.0, 0.12), (40.0, 0.12), (150.0, 2.0)] {
            let mut spent = Seconds::ZERO;
            let counts = [1, 2, 4, 8, 15, 16];
            let time = |n: usize| Seconds::from_millis(millis * 16.0 / n as f64);
            fastest(&counts, Seconds::from_secs(limit), |n| {
                spent += time(n);
                Ok(time(n))
            })
            .expect("nothing fails");
            // The first count's two steps are taken whatever they cost.
            let most = (limit * 1.5).max(2.5e-3 * millis);
            assert!(spent.as_secs() < most, "{spent} of {limit} s at {millis} ms");
        }
    }

    #[test]
    fn counts_go_up_to_what_may_be_used_and_leave_out_no_core_twice() {
        assert_eq!(counts(1, 1), [1]);
        assert_eq!(counts(1, 2), [1], "one of two cores is somebody else's");
        assert_eq!(counts(2, 2), [1, 2]);
        assert_eq!(counts(7, 8), [1, 2, 4, 7]);
        assert_eq!(counts(16, 8), [1, 2, 4, 7, 8, 16]);
        assert_eq!(counts(3, 0), [1, 3]);
    }

    #[test]
    fn a_trial_that_is_stopped_says_so() {
        let stopped = fastest(&[1, 2], Seconds::from_secs(1.0), |_| Err(InferError::Cancelled));
        assert!(matches!(stopped, Err(InferError::Cancelled)));
    }

    #[test]
    fn a_count_is_told_with_how_it_came_about() {
        assert_eq!(thread_words(7, ThreadsBy::Trial), "7 threads, found by a trial");
        assert_eq!(thread_words(1, ThreadsBy::Setting), "1 thread, set by you");
    }
}
