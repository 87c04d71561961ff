//! The threads of a forward pass. Between two phases they spin, because the next follows within microseconds; with
//! nothing to do they park, so an idle model costs no processor time.

use std::cell::UnsafeCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{JoinHandle, Thread};

/// Looks at the counter before a waiting thread offers its core to others: some tens of microseconds.
const SPINS: u32 = 3000;
/// Offers before it parks: about a millisecond, longer than sampling a token takes.
const YIELDS: u32 = 300;

type Job<'a> = &'a (dyn Fn(usize) + Sync);

/// On a cache line of its own, so that whoever waits for one counter is not disturbed by another.
#[repr(align(64))]
struct Counter(AtomicUsize);

struct Shared {
    /// Counts jobs; a worker that sees it change has work.
    started: Counter,
    /// Workers that have finished the present job.
    finished: Counter,
    stop: AtomicBool,
    panicked: AtomicBool,
    /// The present job, its lifetime hidden: valid from the change of `started` until all have finished.
    job: JobCell,
}

/// Written only while no worker has a job, read only while each has: `started` and `finished` order the two.
struct JobCell(UnsafeCell<Option<Job<'static>>>);
// SAFETY: see the type; a job itself may be shared.
unsafe impl Sync for JobCell {}

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
            started: Counter(AtomicUsize::new(0)),
            finished: Counter(AtomicUsize::new(0)),
            stop: AtomicBool::new(false),
            panicked: AtomicBool::new(false),
            job: JobCell(UnsafeCell::new(None)),
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
        // SAFETY: `busy` is held and the workers are done with the job before: nobody else touches the cell.
        unsafe { *self.shared.job.0.get() = Some(hidden) };
        self.shared.finished.0.store(0, Ordering::Relaxed);
        self.shared.started.0.fetch_add(1, Ordering::SeqCst);
        for worker in &self.workers {
            if worker.parked.load(Ordering::SeqCst) {
                worker.thread.unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(|| job(0)));
        let mut spins = 0;
        while self.shared.finished.0.load(Ordering::Acquire) != self.workers.len() {
            wait(&mut spins);
        }
        if let Err(payload) = own {
            std::panic::resume_unwind(payload);
        }
        assert!(!self.shared.panicked.swap(false, Ordering::Relaxed), "a thread of the forward pass panicked");
    }

    /// Calls `work` with each number below `count` once, shared out among the threads as they come free.
    pub fn count(&self, count: usize, work: impl Fn(usize) + Sync) {
        let next = AtomicUsize::new(0);
        let share = |_: usize| {
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= count {
                    return;
                }
                work(index);
            }
        };
        if count < 2 { share(0) } else { self.run(&share) }
    }

    /// Calls `work` on each item once.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(usize, &mut T) + Sync) {
        let start = SendPointer(items.as_mut_ptr());
        self.count(items.len(), |index| {
            // Bound whole, so that the closure captures the wrapper and not the pointer in it.
            let start = &start;
            // SAFETY: in bounds, and `count` gives each index to one thread only.
            work(index, unsafe { &mut *start.0.add(index) });
        });
    }
}

/// A pointer that threads may share because they divide what it points to.
struct SendPointer<T>(*mut T);
// SAFETY: see the type; used in `each` alone.
unsafe impl<T: Send> Sync for SendPointer<T> {}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        self.shared.started.0.fetch_add(1, Ordering::SeqCst);
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
        while shared.started.0.load(Ordering::SeqCst) == seen {
            if !wait(&mut spins) {
                parked.store(true, Ordering::SeqCst);
                // Looked at again after the flag is up: whoever starts a job now sees the flag, or is seen here.
                if shared.started.0.load(Ordering::SeqCst) == seen {
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
        // SAFETY: `started` changed, so the cell was written before and is not again until this worker has finished.
        let job = unsafe { *shared.job.0.get() };
        if let Some(job) = job
            && catch_unwind(AssertUnwindSafe(|| job(number))).is_err()
        {
            shared.panicked.store(true, Ordering::Relaxed);
        }
        shared.finished.0.fetch_add(1, Ordering::Release);
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
