//! What one model does on one server, remembered with all it rests on: most changes of a plan leave it as it was, and it is
//! the longest part of an outcome. Compared by equality: nothing is ever stale.

use crate::catalog::{Device, Engine, EngineProfile, KvFormat, Model, WeightFormat};
use crate::project::{Needs, Scenario};
use crate::sizing::calibration::Calibration;
use crate::sizing::serving::{ServedWays, SessionTarget};
use crate::sizing::{Estimate, Hardware};
use crate::units::Bytes;

/// Answers kept; the oldest goes first.
const MOST: usize = 96; // a few scenarios on a few servers, before and after a drag; the planner's own, 2026-11-29

/// Answers of earlier outcomes.
#[derive(Clone, Debug, Default)]
pub struct Remembered {
    entries: Vec<Entry>,
}

/// All that an answer rests on.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) scenario: &'a Scenario,
    /// How its engine is set up.
    pub(super) profile: Option<&'a EngineProfile>,
    pub(super) model: &'a Model,
    pub(super) hardware: Hardware<'a>,
    pub(super) needs: &'a Needs,
    pub(super) target: SessionTarget,
    /// Speed a power cap leaves.
    pub(super) left: f64,
    pub(super) calibration: &'a Calibration,
}

/// The answer: one session alone, and the most at the target.
pub(super) type Found = (Estimate, ServedWays);

#[derive(Clone, Debug)]
struct Entry {
    model: Model,
    how: (WeightFormat, KvFormat, Engine, u32),
    profile: Option<EngineProfile>,
    device: Device,
    there: (u32, Option<Bytes>),
    lengths: (u32, u32),
    target: SessionTarget,
    left: f64,
    calibration: Calibration,
    found: Found,
}

impl Asked<'_> {
    fn how(&self) -> (WeightFormat, KvFormat, Engine, u32) {
        let scenario = self.scenario;
        (scenario.format, scenario.kv_format, scenario.engine, scenario.context_tokens)
    }

    fn lengths(&self) -> (u32, u32) {
        (self.needs.prompt_tokens, self.needs.output_tokens)
    }

    fn there(&self) -> (u32, Option<Bytes>) {
        (self.hardware.count, self.hardware.memory)
    }
}

impl Entry {
    /// The cheap comparisons first.
    fn answers(&self, asked: &Asked<'_>) -> bool {
        self.how == asked.how()
            && self.lengths == asked.lengths()
            && self.there == asked.there()
            && self.target == asked.target
            && self.profile.as_ref() == asked.profile
            && self.left == asked.left
            && self.model == *asked.model
            && self.device == *asked.hardware.device
            && self.calibration == *asked.calibration
    }
}

impl Remembered {
    /// The answer, worked out where it was not before.
    pub(super) fn find(&mut self, asked: &Asked<'_>, work_out: impl FnOnce() -> Found) -> Found {
        if let Some(entry) = self.entries.iter().rev().find(|entry| entry.answers(asked)) {
            return entry.found.clone();
        }
        let found = work_out();
        if self.entries.len() >= MOST {
            self.entries.remove(0);
        }
        self.entries.push(Entry {
            model: asked.model.clone(),
            how: asked.how(),
            profile: asked.profile.cloned(),
            device: asked.hardware.device.clone(),
            there: asked.there(),
            lengths: asked.lengths(),
            target: asked.target,
            left: asked.left,
            calibration: asked.calibration.clone(),
            found: found.clone(),
        });
        found
    }
}
