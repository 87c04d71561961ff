//! How fast this machine's memory is read: as generating tokens reads it, by the engine's own threads, each through its
//! own part of a memory no cache holds.
//!
//! As in STREAM (J. D. McCalpin, 1995) the best of several passes counts: a pass can only be disturbed, never helped.
//! Unlike there nothing is written, for decoding writes next to nothing.

use super::kernels::Engine;
use super::model::MOST_THREADS;
use super::{InferError, available_memory, physical_cores};
use crate::units::{Bytes, BytesPerSecond, Seconds};

/// Read through at least: many times the last cache of desktops.
const SMALLEST: Bytes = Bytes::new(512 << 20);
/// Of a server's cache of 1 GiB (EPYC 9684X, AMD data sheet, 2023) four times as much.
const LARGEST: Bytes = Bytes::new(4 << 30);
/// A memory so many times the cache is not in it.
const TIMES_CACHE: u64 = 4; // STREAM's own rule (stream.c, "at least 4 times")
/// Of the memory that is free a measurement takes no more than this part.
const PART_OF_FREE: u64 = 3;
/// How long all passes may take, besides what it takes to get the memory.
const TIME: Seconds = Seconds::from_secs(1.2);
/// Passes there are at least and at most.
const PASSES: (f64, f64) = (3.0, 60.0);
/// How much is read to see how many passes there is time for.
const TRIAL: Bytes = Bytes::new(128 << 20);

/// A measurement of the memory's bandwidth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bandwidth {
    /// Bytes read a second in the best pass.
    pub rate: BytesPerSecond,
    /// Threads that read.
    pub threads: usize,
    /// Memory that was read through.
    pub size: Bytes,
    /// How often.
    pub passes: usize,
}

impl Bandwidth {
    /// What was done, in words: the source of a figure.
    pub fn words(&self) -> String {
        let threads = if self.threads == 1 { "1 thread".to_owned() } else { format!("{} threads", self.threads) };
        format!(
            "measured here by Sizewright {}: reading {} with {threads}, the best of {} passes",
            env!("CARGO_PKG_VERSION"),
            self.size,
            self.passes
        )
    }
}

/// Measures for about two seconds with as many threads as there are cores, unless another number is given. `cache` is
/// the last-level cache, where it is known.
///
/// # Errors
/// [`InferError::Memory`] where there is none for it.
pub fn measure_bandwidth(threads: Option<usize>, cache: Option<Bytes>) -> Result<Bandwidth, InferError> {
    let threads = threads.unwrap_or_else(physical_cores).clamp(1, MOST_THREADS);
    let size = size(cache, available_memory());
    let missing = || InferError::Memory { what: "measuring the memory's bandwidth".to_owned(), bytes: size.get() };
    let engine = Engine::new(threads, None);
    let whole = |bytes: Bytes| usize::try_from(bytes.get()).ok();
    let pass =
        |bytes: Bytes, passes| whole(bytes).and_then(|bytes| engine.read_through(bytes, passes)).ok_or_else(missing);
    let (trial, seconds) = pass(TRIAL, 2)?;
    let passes = TIME.as_secs() * trial as f64 / (seconds * size.as_f64());
    // A clock that stood still gives no number; then the fewest passes will do.
    let passes = if passes.is_finite() { passes.clamp(PASSES.0, PASSES.1) } else { PASSES.0 } as usize;
    let (bytes, seconds) = pass(size, passes)?;
    let rate = BytesPerSecond::from_bytes_per_second(bytes as f64 / seconds);
    Ok(Bandwidth { rate, threads, size: Bytes::new(bytes as u64), passes })
}

/// How much to read through: far more than the cache, and no more than can be had without harm.
fn size(cache: Option<Bytes>, free: Option<Bytes>) -> Bytes {
    let wanted = cache.map_or(0, |cache| cache.get().saturating_mul(TIMES_CACHE)).clamp(SMALLEST.get(), LARGEST.get());
    let most = free.map_or(wanted, |free| (free.get() / PART_OF_FREE).max(TRIAL.get()));
    Bytes::new(wanted.min(most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_is_read_than_a_cache_holds_and_no_more_than_is_free() {
        let (mib, gib) = (Bytes::from_mib, Bytes::from_gib);
        assert_eq!(size(None, None), SMALLEST);
        assert_eq!(size(Some(mib(32.0)), Some(gib(64.0))), SMALLEST);
        assert_eq!(size(Some(mib(256.0)), Some(gib(64.0))), gib(1.0));
        assert_eq!(size(Some(Bytes::new(u64::MAX)), Some(gib(64.0))), LARGEST);
        assert_eq!(size(Some(mib(256.0)), Some(mib(900.0))), mib(300.0));
        assert_eq!(size(None, Some(Bytes::ZERO)), TRIAL);
    }

    #[test]
    fn memory_is_read_at_a_speed_a_memory_can_have() {
        let found = measure_bandwidth(Some(1), None).expect("there is memory");
        assert!((0.1..10_000.0).contains(&found.rate.as_giga()), "{found:?}");
        assert!(found.passes >= 3 && found.size <= SMALLEST && found.words().contains("1 thread"), "{found:?}");
    }
}
