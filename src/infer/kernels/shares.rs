//! How counted work is shared out among threads: each has a stretch of its own, goes through it from the front, so that
//! what it asks memory for ahead it also uses, and takes from the end of another's when its own is done.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Some work below a number, for a number of threads.
pub(super) struct Shares {
    stretches: Vec<Stretch>,
}

/// What is left of a stretch: its begin in the upper half, its end in the lower. On a cache line of its own, so that
/// threads do not disturb each other.
#[repr(align(64))]
struct Stretch(AtomicU64);

impl Shares {
    /// Numbers below `count`, in equal stretches.
    ///
    /// # Panics
    /// For more than 32 bits count.
    pub fn new(count: usize, threads: usize) -> Self {
        assert!(u32::try_from(count).is_ok(), "too much to share out");
        let bound = |thread: usize| count as u64 * thread as u64 / threads.max(1) as u64;
        let stretch = |thread: usize| Stretch(AtomicU64::new(bound(thread) << 32 | bound(thread + 1)));
        Self { stretches: (0..threads.max(1)).map(stretch).collect() }
    }

    /// The next numbers for a thread: at most `own` of its own, or half as many of another's; `None` when all are given.
    pub fn next(&self, thread: usize, own: usize) -> Option<Range<usize>> {
        let (threads, own) = (self.stretches.len(), u32::try_from(own).unwrap_or(u32::MAX).max(1));
        let mine = self.stretches[thread % threads].take(|begin, end| (begin + own.min(end - begin), end));
        mine.or_else(|| {
            let others = (1..threads).map(|on| &self.stretches[(thread + on) % threads]);
            let mut taken =
                others.map(|other| other.take(|begin, end| (begin, end - own.div_ceil(2).min(end - begin))));
            taken.find_map(|taken| taken)
        })
    }
}

impl Stretch {
    /// Cuts off what `keep`, given begin and end, does not keep; `None` where nothing is left.
    fn take(&self, keep: impl Fn(u32, u32) -> (u32, u32)) -> Option<Range<usize>> {
        let halves = |both: u64| ((both >> 32) as u32, both as u32);
        let left = |both: u64| {
            let (begin, end) = halves(both);
            (begin < end).then(|| keep(begin, end)).map(|(begin, end)| u64::from(begin) << 32 | u64::from(end))
        };
        let before = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, left).ok()?;
        let ((begin, end), (new_begin, new_end)) = (halves(before), halves(left(before)?));
        let (from, to) = if new_begin > begin { (begin, new_begin) } else { (new_end, end) };
        Some(from as usize..to as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_given_once_to_any_threads_in_any_order() {
        for (count, threads, own) in [(0, 2, 3), (1, 4, 1), (7, 3, 2), (100, 1, 7), (1000, 4, 16), (5, 9, 1)] {
            let shares = Shares::new(count, threads);
            let mut given = vec![0; count];
            let mut turn = 0_usize;
            let mut idle = 0;
            // Threads take turns unevenly; the last ones hardly come to work, so theirs is taken.
            while idle < threads {
                turn = turn.wrapping_mul(7).wrapping_add(3);
                match shares.next((turn % threads) * (turn % 3) % threads, own) {
                    Some(numbers) => numbers.for_each(|number| given[number] += 1),
                    None => idle += 1,
                }
            }
            assert!(given.iter().all(|&times| times == 1), "{count} among {threads}");
        }
    }

    #[test]
    fn a_thread_goes_through_its_own_from_the_front() {
        let shares = Shares::new(100, 2);
        assert_eq!(shares.next(1, 20), Some(50..70));
        assert_eq!(shares.next(0, 30), Some(0..30));
        assert_eq!(shares.next(0, 30), Some(30..50));
        // Another's is taken from its end.
        assert_eq!(shares.next(0, 20), Some(90..100));
        assert_eq!(shares.next(1, 20), Some(70..90));
        assert_eq!(shares.next(1, 20), None);
    }
}
