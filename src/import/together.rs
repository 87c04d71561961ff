//! Reading the many small files of a folder by all cores at once.
//!
//! A library of device types is thousands of files of a few KB. Larger ones are read one at a time, so that what is in
//! memory stays a matter of one file.

use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, Builder};

/// Files up to this many bytes are read together; the longest device type of the library has 90 KB.
const SMALL_BYTES: u64 = 128 * 1024;
/// With fewer files a thread costs more than it saves.
const FILES_A_THREAD: usize = 16;
/// More threads would wait for the disk.
const MOST_THREADS: usize = 8;

/// Whether a file is read together with others.
pub(super) fn is_small(path: &Path) -> bool {
    path.metadata().is_ok_and(|facts| facts.is_file() && facts.len() <= SMALL_BYTES)
}

/// Does `one` for each of `jobs` on all cores, in whatever order they come to; results carry the place of their job. Before
/// each job of this thread `go_on` is told how many are done, and stops all where it says no: `None`. A job whose thread
/// fails has no result.
pub(super) fn each<J: Sync, R: Send>(
    jobs: &[J],
    one: impl Fn(&J) -> R + Sync,
    go_on: impl Fn(usize) -> bool,
) -> Option<Vec<(usize, R)>> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    by_threads(cores.min(MOST_THREADS).min(jobs.len() / FILES_A_THREAD), jobs, one, go_on)
}

fn by_threads<J: Sync, R: Send>(
    threads: usize,
    jobs: &[J],
    one: impl Fn(&J) -> R + Sync,
    go_on: impl Fn(usize) -> bool,
) -> Option<Vec<(usize, R)>> {
    let (next, done, stop) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicBool::new(false));
    let job = || {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let result = (at, one(jobs.get(at)?));
        done.fetch_add(1, Ordering::Relaxed);
        Some(result)
    };
    let help = || {
        let mut made = Vec::new();
        while !stop.load(Ordering::Relaxed)
            && let Some(result) = job()
        {
            made.push(result);
        }
        made
    };
    thread::scope(|scope| {
        // Where the system gives no thread, this one does all.
        let start = |_| Builder::new().name("sizewright import".to_owned()).spawn_scoped(scope, help).ok();
        let helpers: Vec<_> = (1..threads).filter_map(start).collect();
        let mut made = Vec::new();
        loop {
            if !go_on(done.load(Ordering::Relaxed)) {
                stop.store(true, Ordering::Relaxed);
                break;
            }
            let Some(result) = job() else { break };
            made.push(result);
        }
        made.extend(helpers.into_iter().filter_map(|helper| helper.join().ok()).flatten());
        (!stop.load(Ordering::Relaxed)).then_some(made)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_job_is_done_once_by_any_number_of_threads() {
        let jobs: Vec<usize> = (0..500).collect();
        for threads in [0, 1, 2, 7] {
            let mut made = by_threads(threads, &jobs, |job| job * 2, |_| true).expect("not stopped");
            made.sort_unstable();
            assert_eq!(made, jobs.iter().map(|&job| (job, job * 2)).collect::<Vec<_>>(), "{threads} threads");
        }
    }

    #[test]
    fn all_threads_stop_when_told_to() {
        let (jobs, begun) = (vec![(); 100_000], AtomicUsize::new(0));
        let slow = |(): &()| {
            begun.fetch_add(1, Ordering::Relaxed);
            thread::sleep(std::time::Duration::from_millis(1));
        };
        assert!(by_threads(3, &jobs, slow, |done| done < 10).is_none());
        assert!(begun.load(Ordering::Relaxed) < jobs.len() / 2, "{begun:?}");
    }

    #[test]
    fn a_failing_thread_costs_the_job_it_had_and_no_other() {
        let here = thread::current().id();
        let one = |(): &()| {
            thread::sleep(std::time::Duration::from_millis(1));
            assert!(thread::current().id() == here, "this helper fails");
        };
        let made = by_threads(2, &[(); 64], one, |_| true).expect("not stopped");
        assert!((63..=64).contains(&made.len()), "{}", made.len());
    }
}
