//! When the numbers of computed columns are made: those of visible rows a few in each frame, all others ahead of the eye on
//! a worker thread, so that neither scrolling nor sorting waits for them.
//!
//! They are kept until what they rest on changes; a worker whose question is old stops at its next row.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, TryRecvError};

use super::sized::{SizedColumn, SizedFor, score_standing};
use super::value::Value;
use crate::catalog::{Catalog, Device, EngineProfile, Model, Standing};
use crate::project::{Needs, Scenario};
use crate::sizing::calibration::Calibration;
use crate::sizing::memory::MemoryPart;
use crate::sizing::{Estimate, Hardware, estimate_with};
use crate::ui::scene::Scene;
use crate::units::{Bytes, TokensPerSecond};

/// Estimates made in one frame for rows that are seen. A count and not a time, so that every machine draws the same.
const A_FRAME: usize = 4;
/// The same while rows wait to be sorted by them.
const A_FRAME_SORTING: usize = 8;
/// Rows the worker makes before it tells of them.
const A_PARCEL: usize = 64;

/// Low, likely, high.
pub(super) type Three = (f64, f64, f64);

/// What is kept of one estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Numbers {
    pub(super) memory_gb: Option<Three>,
    pub(super) decode: Option<Three>,
    /// What the speed rests on.
    pub(super) decode_standing: Option<Standing>,
}

/// What the numbers rest on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    catalog: u64,
    scenario: Scenario,
    profile: Option<EngineProfile>,
    needs: Needs,
    pub(super) chosen: SizedFor,
    pub(super) device: Device,
    calibration: Calibration,
}

impl Key {
    /// The whole estimate of one model, as the sizing pane makes it.
    fn estimate(&self, model: &Model) -> Estimate {
        let mut workload = self.scenario.workload(model, self.profile.as_ref(), &self.needs, 1);
        workload.format = self.chosen.format;
        workload.context_tokens = self.chosen.context_tokens;
        let hardware = Hardware { device: &self.device, count: 1, memory: None };
        estimate_with(&workload, &hardware, &self.calibration)
    }

    fn numbers(&self, model: &Model) -> Numbers {
        let estimate = self.estimate(model);
        let memory_gb = estimate.memory.ok().map(|ledger| {
            let sum = |pick: fn(&MemoryPart) -> Bytes| {
                ledger.parts.iter().map(pick).fold(Bytes::ZERO, |all, part| all + part).as_gb()
            };
            (sum(|part| part.low), ledger.total().as_gb(), sum(|part| part.high))
        });
        let of = TokensPerSecond::as_tokens_per_second;
        let decode = estimate.decode.ok();
        Numbers {
            memory_gb,
            decode_standing: decode.as_ref().map(|speed| speed.basis.standing),
            decode: decode.map(|speed| (of(speed.low), of(speed.likely), of(speed.high))),
        }
    }
}

/// Numbers of rows by their place in the table.
type Parcel = Vec<(usize, Numbers)>;

/// A thread that makes the numbers of all rows; dropping it stops it.
#[derive(Debug)]
struct Worker {
    parcels: Receiver<Parcel>,
    stop: Arc<AtomicBool>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Worker {
    /// `None`: the system gives no thread; rows are then made as they are seen.
    fn start(key: Key, catalog: Arc<Catalog>, wake: impl Fn() + Send + 'static) -> Option<Self> {
        let (send, parcels) = mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let work = move || {
            let models = catalog.models.as_slice();
            for (number, some) in models.chunks(A_PARCEL).enumerate() {
                let mut parcel = Parcel::with_capacity(some.len());
                for (at, model) in some.iter().enumerate() {
                    if stopped.load(Ordering::Relaxed) {
                        return;
                    }
                    parcel.push((number * A_PARCEL + at, key.numbers(model)));
                }
                if send.send(parcel).is_err() {
                    return;
                }
            }
            // All rows are there: rows that are sorted by them can take their places.
            drop(send);
            wake();
        };
        let started = std::thread::Builder::new().name("sizewright catalog sizes".to_owned()).spawn(work);
        started.is_ok().then_some(Self { parcels, stop })
    }
}

/// Makes the numbers and keeps them.
#[derive(Debug, Default)]
pub struct Sizer {
    pub(super) key: Option<Key>,
    made: BTreeMap<usize, Numbers>,
    worker: Option<Worker>,
    generation: u64,
    /// Estimates this frame may still make.
    left: usize,
    /// Whether a row had to be put off to a later frame.
    put_off: bool,
}

impl Sizer {
    /// Forgets what no longer holds, and takes up what the worker made.
    pub fn refresh(&mut self, ctx: &egui::Context, scene: &Scene<'_>, chosen: &SizedFor) {
        self.left = A_FRAME;
        let devices = &scene.catalog.devices;
        let device = chosen.device.as_ref().and_then(|id| devices.get(id)).or_else(|| devices.iter().next());
        let (Some(device), Some(scenario)) = (device, scene.project.selected_scenario()) else {
            self.key = None;
            self.worker = None;
            self.made.clear();
            return;
        };
        let calibration = scene.outcome.own.of(&device.id);
        // The engine's profile is the catalog's, so it is compared with it.
        let same = self.key.as_ref().is_some_and(|key| {
            key.catalog == scene.catalog_version
                && key.chosen == *chosen
                && key.scenario == *scenario
                && key.needs == scene.project.needs
                && key.calibration == *calibration
        });
        if !same {
            let key = Key {
                catalog: scene.catalog_version,
                scenario: scenario.clone(),
                profile: scenario.profile(scene.catalog).cloned(),
                needs: scene.project.needs.clone(),
                chosen: chosen.clone(),
                device: device.clone(),
                calibration: calibration.clone(),
            };
            let wake = ctx.clone();
            self.worker = Worker::start(key.clone(), Arc::clone(scene.catalog), move || wake.request_repaint());
            self.key = Some(key);
            self.made.clear();
            self.generation += 1;
        }
        self.take_up();
    }

    fn take_up(&mut self) {
        let Some(worker) = &self.worker else { return };
        loop {
            match worker.parcels.try_recv() {
                Ok(parcel) => self.made.extend(parcel),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        self.worker = None;
        self.generation += 1;
    }

    /// Whether rows of this frame wait for the next one.
    pub const fn has_put_off(&mut self) -> bool {
        std::mem::replace(&mut self.put_off, false)
    }

    /// Counts changes of the numbers, for what rests on them.
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// Makes a few more of those that are missing, for rows that wait to be sorted. Whether some are still to make.
    pub fn make_some<'m>(&mut self, models: impl Iterator<Item = Option<&'m Model>>) -> bool {
        let Some(key) = &self.key else { return false };
        let missing = models.enumerate().filter_map(|(at, model)| Some((at, model?)));
        let mut missing = missing.filter(|(at, _)| !self.made.contains_key(at));
        let some: Parcel = missing.by_ref().take(A_FRAME_SORTING).map(|(at, model)| (at, key.numbers(model))).collect();
        let more = missing.next().is_some();
        // Sorting anew for each few rows would make them jump: once when the last is there.
        if !some.is_empty() && !more {
            self.generation += 1;
        }
        self.made.extend(some);
        more
    }

    /// The whole estimate of one model, for saying how it was made.
    pub(super) fn estimate(&self, model: &Model) -> Option<Estimate> {
        Some(self.key.as_ref()?.estimate(model))
    }

    /// `None`: it will be made in a later frame.
    fn numbers(&mut self, at: usize, model: &Model) -> Option<Numbers> {
        if let Some(made) = self.made.get(&at) {
            return Some(*made);
        }
        let key = self.key.as_ref()?;
        if self.left == 0 {
            self.put_off = true;
            return None;
        }
        self.left -= 1;
        let made = key.numbers(model);
        self.made.insert(at, made);
        Some(made)
    }

    /// What a row is sorted by: only what was made already.
    pub fn made_value(&self, column: SizedColumn, at: usize, model: &Model) -> Value {
        let numbers = self.made.get(&at).copied().unwrap_or_default();
        self.value_of(column, model, numbers)
    }

    /// What stands in a cell, and what it rests on. `None`: it is being made.
    pub fn value(&mut self, column: SizedColumn, at: usize, model: &Model) -> Option<(Value, Standing)> {
        let numbers = match column {
            SizedColumn::Band | SizedColumn::Score | SizedColumn::ScorePerBillion => Numbers::default(),
            SizedColumn::Memory | SizedColumn::Decode | SizedColumn::ScorePerGb => self.numbers(at, model)?,
        };
        let standing = match column {
            SizedColumn::Score => score_standing(model),
            SizedColumn::Decode => numbers.decode_standing.unwrap_or(Standing::Computed),
            SizedColumn::Band | SizedColumn::Memory | SizedColumn::ScorePerBillion | SizedColumn::ScorePerGb => {
                Standing::Computed
            }
        };
        Some((self.value_of(column, model, numbers), standing))
    }
}
