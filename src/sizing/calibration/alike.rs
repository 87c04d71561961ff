//! How alike two runs on one device are, as far as that decides whether an estimate is off by as much for both.
//!
//! `covariance = alike^2 (1 + shares . shares' + e^(-ln^2(size/size')/2) + [same kind of format] + [both or neither with
//! experts]) + same_run^2 [same software, stack and number of devices]`. The shares are those of the estimated time spent
//! on each limit: a device whose bandwidth is better than its class is off by the share of time that goes into bandwidth.

use crate::sizing::speed::band::Segment;
use crate::sizing::speed::conditions::{Conditions, Generation, Parallel};
use crate::sizing::speed::decode::DecodeTime;
use crate::sizing::speed::fitted::LikenessStrength;
use crate::sizing::speed::platform::{Machine, Stack};
use crate::sizing::speed::prefill::PrefillTime;
use crate::sizing::speed::work::{Unpacking, Work};
use crate::units::Seconds;

/// What of a run decides which others it is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// Share of the estimated time that goes into each limit: memory, arithmetic, cache or attention, everything fixed.
    shares: [f64; 4],
    /// Parameters multiplied for a token.
    parameters: f64,
    unpacking: Unpacking,
    experts: bool,
    run: RunKind,
}

/// The way it was run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RunKind {
    segment: Segment,
    generation: Generation,
    stack: Stack,
    parallel: Parallel,
    devices: u32,
}

impl Case {
    /// Of generating tokens.
    pub fn of_decode(machine: &Machine, conditions: &Conditions, work: &Work, time: &DecodeTime) -> Self {
        let (memory, arithmetic) = split(time.both, time.weights, time.unpacking);
        let fixed = time.fixed + time.links + time.outside;
        Self::new(machine, conditions, work, [memory, arithmetic, time.cache, fixed])
    }

    /// Of reading a prompt.
    pub fn of_prefill(machine: &Machine, conditions: &Conditions, work: &Work, time: &PrefillTime) -> Self {
        let (memory, arithmetic) = split(time.both, time.weights, time.compute);
        Self::new(machine, conditions, work, [memory, arithmetic, time.attention, time.fixed])
    }

    fn new(machine: &Machine, conditions: &Conditions, work: &Work, parts: [Seconds; 4]) -> Self {
        let total: f64 = parts.iter().map(|part| part.as_secs()).sum();
        let share = |part: Seconds| if total > 0.0 { part.as_secs() / total } else { 0.0 };
        Self {
            shares: parts.map(share),
            parameters: work.active.max(1.0),
            unpacking: work.unpacking,
            experts: work.experts,
            run: RunKind {
                segment: Segment::of(machine, conditions),
                generation: conditions.generation,
                stack: conditions.stack,
                parallel: conditions.parallel,
                devices: conditions.devices,
            },
        }
    }

    /// How far the logarithms of two runs' errors go together, one run with itself included.
    pub fn covariance(&self, other: &Self, strength: &LikenessStrength) -> f64 {
        let when = |yes: bool| if yes { 1.0 } else { 0.0 };
        let shares: f64 = self.shares.iter().zip(&other.shares).map(|(a, b)| a * b).sum();
        let apart = (self.parameters / other.parameters).ln();
        let alike = 1.0
            + shares
            + (-0.5 * apart * apart).exp()
            + when(self.unpacking == other.unpacking)
            + when(self.experts == other.experts);
        strength.alike.powi(2) * alike + strength.same_run.powi(2) * when(self.run == other.run)
    }
}

/// The time of two limits that overlap, by how much each decides it: as the squares of what each takes alone.
fn split(both: Seconds, first: Seconds, second: Seconds) -> (Seconds, Seconds) {
    let (a, b) = (first.as_secs().powi(2), second.as_secs().powi(2));
    let share = if a + b > 0.0 { a / (a + b) } else { 0.5 };
    (both * share, both * (1.0 - share))
}
