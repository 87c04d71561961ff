//! The threads of a forward pass. Between two phases they spin, because the next follows within microseconds; with
//! nothing to do they park, so an idle model costs no processor time.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};

/// Looks at the counter before a waiting thread offers its core to others: some tens of microseconds.
const SPINS: u32 = 3000;
/// Offers before it parks: about a millisecond, longer than sampling a token takes.
const YIELDS: u32 = 300;

type Job<'a> = &'a (dyn Fn(usize) + Sync);

struct Shared {
    /// Counts jobs; a worker that sees it change has work.
    started: AtomicUsize,
    /// Workers that have finished the present job.
    finished: AtomicUsize,
    stop: AtomicBool,
    panicked: AtomicBool,
    /// The present job, its lifetime hidden: valid from the change of `started` until all have finished.
    job: Mutex<Option<Job<'static>>>,
}

struct Worker {
    thread: Thread,
    parked: Arc<AtomicBool>,
    handle: Option<JoinHandle<()>>,
}

/// A fixed number of threads, the caller's own among them.
pub(in crate::infer) struct Pool {
    shared: Arc<Shared>,
    workers: Vec<Worker>,
    busy: Mutex<()>,
}

impl Pool {
    /// `threads` in all, at least 1; fewer where the system gives no more.
    pub fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            started: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            job: Mutex::new(None),
        });
        let workers = (1..threads).map_while(|number| spawn(number, &shared)).collect();
        Self { shared, workers, busy: Mutex::new(()) }
    }

    /// Threads that take part, the caller included.
    pub fn threads(&self) -> usize {
        self.workers.len() + 1
    }

    /// Runs `job` once on each thread, with the thread's number, and returns when all are done.
    pub fn run(&self, job: Job<'_>) {
        if self.workers.is_empty() {
            return job(0);
        }
        let _busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: only the lifetime changes; this function returns, or unwinds, after the last worker let go of it.
        let hidden: Job<'static> = unsafe { std::mem::transmute::<Job<'_>, Job<'static>>(job) };
        *self.shared.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(hidden);
        self.shared.finished.store(0, Ordering::Relaxed);
        self.shared.started.fetch_add(1, Ordering::SeqCst);
        for worker in &self.workers {
            if worker.parked.load(Ordering::SeqCst) {
                worker.thread.unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(|| job(0)));
        let mut spins = 0;
        while self.shared.finished.load(Ordering::Acquire) != self.workers.len() {
            wait(&mut spins);
        }
        if let Err(payload) = own {
            std::panic::resume_unwind(payload);
        }
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a thread of the forward pass panicked");
    }

    /// Calls `work` on each item once, items shared out among the threads as they come free.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        let next = AtomicUsize::new(0);
        let (start, count) = (SendPointer(items.as_mut_ptr()), items.len());
        let share = |_: usize| {
            // Bound whole, so that the closure captures the wrapper and not the pointer in it.
            let start = &start;
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return;
                }
                // SAFETY: in bounds, and the counter gives each index to one thread only.
                work(index, unsafe { &mut *start.0.add(index) });
            }
        };
        if count < 2 { share(0) } else { self.run(&share) }
    }
}

/// A pointer that threads may share because they divide what it points to.
struct SendPointer<T>(*mut T);
// SAFETY: see the type; used in `each` alone.
unsafe impl<T: Send> Sync for SendPointer<T> {}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.started.fetch_add(1, Ordering::SeqCst);
        for worker in &mut self.workers {
            worker.thread.unpark();
            if let Some(handle) = worker.handle.take() {
                // A worker catches the panics of its jobs; there is nothing to learn from its end.
                let _ = handle.join();
            }
        }
    }
}

fn spawn(number: usize, shared: &Arc<Shared>) -> Option<Worker> {
    let (shared, parked) = (Arc::clone(shared), Arc::new(AtomicBool::new(false)));
    let flag = Arc::clone(&parked);
    let body = move || serve(number, &shared, &flag);
    let handle = std::thread::Builder::new().name(format!("forward pass {number}")).spawn(body).ok()?;
    Some(Worker { thread: handle.thread().clone(), parked, handle: Some(handle) })
}

fn serve(number: usize, shared: &Shared, parked: &AtomicBool) {
    let mut seen = 0;
    loop {
        let mut spins = 0;
        while shared.started.load(Ordering::SeqCst) == seen {
            if !wait(&mut spins) {
                parked.store(true, Ordering::SeqCst);
                // Looked at again after the flag is up: whoever starts a job now sees the flag, or is seen here.
                if shared.started.load(Ordering::SeqCst) == seen {
                    std::thread::park();
                }
                parked.store(false, Ordering::SeqCst);
                spins = 0;
            }
        }
        seen = seen.wrapping_add(1);
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let job = *shared.job.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = job
            && catch_unwind(AssertUnwindSafe(|| job(number))).is_err()
        {
            shared.panicked.store(true, Ordering::Relaxed);
        }
        shared.finished.fetch_add(1, Ordering::Release);
    }
}

/// Waits a moment; false when it is time to park.
fn wait(spins: &mut u32) -> bool {
    *spins = spins.saturating_add(1);
    if *spins < SPINS {
        std::hint::spin_loop();
    } else {
        std::thread::yield_now();
    }
    *spins < SPINS + YIELDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_worked_on_once_by_any_number_of_threads() {
        for threads in [1, 2, 5] {
            let pool = Pool::new(threads);
            let mut items = vec![0; 1000];
            for _ in 0..50 {
                pool.each(&mut items, |_, item| *item += 1);
            }
            assert!(items.iter().all(|&item| item == 50), "{threads} threads");
        }
    }

    #[test]
    fn a_panic_in_a_job_reaches_the_caller_and_the_pool_goes_on() {
        let pool = Pool::new(3);
        let failed = catch_unwind(AssertUnwindSafe(|| pool.run(&|thread| assert!(thread != 2, "on purpose"))));
        assert!(failed.is_err());
        let mut items = [0; 10];
        pool.each(&mut items, |_, item| *item = 1);
        assert_eq!(items, [1; 10]);
    }
}
