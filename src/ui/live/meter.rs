//! What the window's process takes of this machine: memory, and its share of the processor.
//!
//! Looked at twice a second at most, and only while somebody takes events up: it costs three reads of small system files.

use std::time::{Duration, Instant};

use crate::infer;
use crate::ui::own::MachineProbe;
use crate::units::{Bytes, Seconds};

/// Time between two looks.
const BETWEEN: Duration = Duration::from_millis(500); // half a second: below that ticks of 10 ms are too coarse

/// Where the figures come from; given, so that tests can give others.
#[derive(Clone, Copy)]
pub struct Probe {
    /// Memory programs can still take. `None`: the system does not tell.
    pub free_memory: fn() -> Option<Bytes>,
    /// Memory of this process that is in RAM.
    pub resident_memory: fn() -> Option<Bytes>,
    /// Processor time of this process on all cores.
    pub processor_time: fn() -> Option<Seconds>,
    /// Cores to compute on.
    pub cores: fn() -> usize,
    /// What it is, and how fast its memory is.
    pub machine: MachineProbe,
}

impl Probe {
    /// This machine.
    pub fn of_this_machine() -> Self {
        Self {
            free_memory: infer::available_memory,
            resident_memory: infer::resident_memory,
            processor_time: infer::processor_time,
            cores: infer::physical_cores,
            machine: MachineProbe::of_this_machine(),
        }
    }

    /// A machine that tells nothing.
    pub fn silent() -> Self {
        Self {
            free_memory: || None,
            resident_memory: || None,
            processor_time: || None,
            cores: || 2,
            machine: MachineProbe::silent(),
        }
    }
}

/// The figures as looked at last.
pub struct Meter {
    probe: Probe,
    /// Counted once: that reads a file for each core.
    cores: usize,
    looked: Option<(Instant, Option<Seconds>)>,
    before_models: Option<Bytes>,
    resident: Option<Bytes>,
    free: Option<Bytes>,
    share: Option<f64>,
}

impl Meter {
    /// What the meter reads from.
    pub const fn probe(&self) -> Probe {
        self.probe
    }

    /// A meter that has not looked yet.
    pub fn new(probe: Probe) -> Self {
        let cores = (probe.cores)().max(1);
        Self { probe, cores, looked: None, before_models: None, resident: None, free: None, share: None }
    }

    /// Remembers the memory of the process without any model.
    pub fn begin(&mut self) {
        if self.before_models.is_none() {
            self.before_models = (self.probe.resident_memory)();
        }
    }

    /// Looks, if it is time to.
    pub fn look(&mut self, now: Instant) {
        if self.looked.is_none_or(|(at, _)| now.duration_since(at) >= BETWEEN) {
            self.look_now(now);
        }
    }

    /// Looks at once.
    pub fn look_now(&mut self, now: Instant) {
        let used = (self.probe.processor_time)();
        if let (Some((at, Some(before))), Some(used)) = (self.looked, used) {
            let passed = now.duration_since(at).as_secs_f64() * self.cores() as f64;
            let share = (used.as_secs() - before.as_secs()) / passed;
            // A look right after another one sees whole ticks of nothing.
            if passed > 0.0 && now.duration_since(at) >= BETWEEN / 2 {
                self.share = Some(share.clamp(0.0, 1.0));
            }
        }
        self.looked = Some((now, used));
        self.resident = (self.probe.resident_memory)();
        self.free = (self.probe.free_memory)();
    }

    /// Cores to compute on.
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// What models added to the memory of this process.
    pub fn models_memory(&self) -> Option<Bytes> {
        Some(self.resident?.saturating_sub(self.before_models?))
    }

    /// Memory programs can still take.
    pub fn free_memory(&self) -> Option<Bytes> {
        self.free
    }

    /// Share of all cores this process used between the last two looks, 0 to 1.
    pub fn processor_share(&self) -> Option<f64> {
        self.share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_is_of_all_cores_between_two_looks() {
        use std::sync::atomic::{AtomicU32, Ordering};
        static USED: AtomicU32 = AtomicU32::new(0);
        let used = || Some(Seconds::from_millis(f64::from(USED.fetch_add(1000, Ordering::Relaxed))));
        let mut meter = Meter::new(Probe { processor_time: used, cores: || 2, ..Probe::silent() });
        let start = Instant::now();
        meter.look(start);
        assert_eq!(meter.processor_share(), None);
        // One second of processor time in one second on two cores.
        meter.look(start + Duration::from_secs(1));
        assert_eq!(meter.processor_share(), Some(0.5));
        meter.look(start + Duration::from_millis(1100));
        assert_eq!(USED.load(Ordering::Relaxed), 2000, "too soon to look again");
    }

    #[test]
    fn a_silent_machine_has_no_figures() {
        let mut meter = Meter::new(Probe::silent());
        meter.begin();
        meter.look(Instant::now());
        assert_eq!((meter.models_memory(), meter.free_memory(), meter.processor_share()), (None, None, None));
    }
}
