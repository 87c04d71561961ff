//! How wrong served estimates were on model families the fit never saw, and how far that is widened for stranger cases.
//!
//! A band is the 10 % and 90 % points of left-out logarithms of measured over estimated, families weighed by the square
//! root of their rows, then widened by a factor chosen so that bands made from the other families hold four in five.
//! It grows where a step rests on penalties that one or two families showed, where device or engine were not measured,
//! where requests queue, and where nobody says how old the build is.

use serde::{Deserialize, Serialize};

/// Logarithms of measured over estimated at the ends of an 80 % band: `low <= 0 <= high`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Bands of one quantity, dense models and mixtures apart: their errors differ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// Dense models.
    pub dense: Band,
    /// Mixtures of experts.
    pub mixture: Band,
}

/// Bands of everything served, partitioned and batched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServingBands {
    /// Time per output token.
    pub per_token: Bands,
    /// Time to the first token.
    pub first_token: Bands,
    /// Throughput.
    pub throughput: Bands,
    /// Power.
    pub power: Bands,
    /// Tokens per second of partitioned processors that were measured.
    pub processor: Band,
    /// The same for processors that were not.
    pub processor_unmeasured: Band,
    /// What a session is promised on partitioned processors that were measured.
    pub processor_promise: Promise,
    /// The same for processors that were not.
    pub processor_promise_unmeasured: Promise,
    /// Tokens per second of llama.cpp batches on graphics.
    pub local: Band,
}

/// Share of its likely speed that a session is promised when sessions are counted: what three rows in four of processors
/// left out of the fit reach. A count of sessions is a promise to people, and most splits of a machine are tried for it, so
/// that the likely speed of the best of them is too good on average. Few sessions scatter more than many: how well threads
/// keep step decides there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Promise {
    /// For up to [`Promise::FEW`] sessions of a socket.
    pub few: f64,
    /// For [`Promise::MANY`] and more.
    pub many: f64,
}

impl Promise {
    /// The likely speed itself.
    pub const LIKELY: Self = Self { few: 1.0, many: 1.0 };
    /// Sessions that count as few. Shares are made of runs up to eight sessions and of larger ones: they meet around eight.
    pub const FEW: f64 = 6.0;
    /// Sessions that count as many.
    pub const MANY: f64 = 12.0;

    /// For so many sessions of a socket, between the two in the logarithm.
    pub fn of(self, sessions: f64) -> f64 {
        let far = ((sessions.max(1.0) / Self::FEW).ln() / (Self::MANY / Self::FEW).ln()).clamp(0.0, 1.0);
        (self.few + (self.many - self.few) * far).clamp(LEAST_PROMISE, 1.0)
    }
}

/// A promise below this share would be no estimate at all.
const LEAST_PROMISE: f64 = 0.2;

/// What makes an estimate stranger than what the bands were made on.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Strangeness {
    /// Share of the step that rests on one or two families, 0 to 1.
    pub penalty_share: f64,
    /// The device was not among the measured.
    pub device_unmeasured: bool,
    /// The engine was not among the measured.
    pub engine_unmeasured: bool,
    /// More ask than the cache pool holds.
    pub queueing: bool,
}

/// Half-width that a step made of nothing but such a penalty gets on top: it was up to 75 % too high on builds of 2026.
const PENALTY_WIDTH: f64 = 0.6; // ln(1.75), external check of the prototype study, 2026-08
/// Factor for a device that was not measured: GPUs left out scatter about so much more than families; own judgement.
const DEVICE_FACTOR: f64 = 1.2;
/// Half-width on top for an engine that was not measured: engines left out are 17 % off at the median, some 40 %.
const ENGINE_WIDTH: f64 = 0.25; // engine left out of the fit, 2026-11-20
/// Widths on top for a queue: the time to the first token then follows the pool's exact size.
const QUEUE_WIDTH: (f64, f64) = (0.3, 1.0); // 43 rows above the pool, prototype study, 2026-08

impl Band {
    /// A band before any measurement.
    pub const WIDE: Self = Self { low: -0.7, high: 0.7 };

    /// Factors on the likely value.
    pub fn factors(self) -> (f64, f64) {
        (self.low.min(0.0).exp(), self.high.max(0.0).exp())
    }

    /// Both ends moved apart by a factor.
    pub fn widened(self, factor: f64) -> Self {
        Self { low: self.low * factor, high: self.high * factor }
    }

    fn wider_by(self, low: f64, high: f64) -> Self {
        let root = |a: f64, b: f64| a.hypot(b);
        Self { low: -root(self.low, low), high: root(self.high, high) }
    }

    /// The band of a product with something else that errs on its own.
    pub fn with(self, other: Self) -> Self {
        Self { low: -self.low.hypot(other.low), high: self.high.hypot(other.high) }
    }

    /// Widened for what is strange about an estimate.
    pub fn strange(self, strangeness: &Strangeness) -> Self {
        let penalty = PENALTY_WIDTH * strangeness.penalty_share.clamp(0.0, 1.0);
        let engine = if strangeness.engine_unmeasured { ENGINE_WIDTH } else { 0.0 };
        let wider = self.wider_by(penalty.hypot(engine), engine);
        wider.widened(if strangeness.device_unmeasured { DEVICE_FACTOR } else { 1.0 })
    }

    /// The band of what is inversely proportional.
    pub fn inverse(self) -> Self {
        Self { low: -self.high, high: -self.low }
    }

    /// Widened for a queue in front of the pool.
    pub fn queueing(self, strangeness: &Strangeness) -> Self {
        if !strangeness.queueing {
            return self;
        }
        let (low, high) = QUEUE_WIDTH;
        Self { low: self.low - low, high: self.high + high }
    }
}

impl Bands {
    /// Before any measurement.
    pub const WIDE: Self = Self { dense: Band::WIDE, mixture: Band::WIDE };

    /// The band of a kind of model.
    pub const fn of(&self, mixture: bool) -> Band {
        if mixture { self.mixture } else { self.dense }
    }
}

impl ServingBands {
    /// Before any measurement.
    pub const WIDE: Self = Self {
        per_token: Bands::WIDE,
        first_token: Bands::WIDE,
        throughput: Bands::WIDE,
        power: Bands::WIDE,
        processor: Band::WIDE,
        processor_unmeasured: Band::WIDE,
        processor_promise: Promise { few: 0.6, many: 0.7 },
        processor_promise_unmeasured: Promise { few: 0.6, many: 0.7 },
        local: Band::WIDE,
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_strange_never_narrows_a_band() {
        let band = Band { low: -0.2, high: 0.3 };
        let same = band.strange(&Strangeness::default());
        assert!((same.low - band.low).abs() < 1e-12 && (same.high - band.high).abs() < 1e-12);
        for strangeness in [
            Strangeness { penalty_share: 0.5, ..Strangeness::default() },
            Strangeness { device_unmeasured: true, ..Strangeness::default() },
            Strangeness { engine_unmeasured: true, ..Strangeness::default() },
        ] {
            let wider = band.strange(&strangeness);
            assert!(wider.low < band.low && wider.high >= band.high, "{strangeness:?}");
        }
        let queued = band.queueing(&Strangeness { queueing: true, ..Strangeness::default() });
        assert!(queued.high > band.high && queued.low < band.low);
    }

    #[test]
    fn a_promise_never_exceeds_the_likely_speed() {
        let promise = Promise { few: 0.6, many: 0.8 };
        for (sessions, expected) in [(1.0, 0.6), (6.0, 0.6), (12.0, 0.8), (1e6, 0.8), (0.0, 0.6)] {
            assert!((promise.of(sessions) - expected).abs() < 1e-12, "{sessions}");
        }
        for sessions in 1..100 {
            let share = Promise { few: 3.0, many: -1.0 }.of(f64::from(sessions));
            assert!((LEAST_PROMISE..=1.0).contains(&share), "{sessions}: {share}");
        }
    }

    #[test]
    fn a_band_contains_the_likely_value() {
        for band in [Band::WIDE, Band { low: 0.1, high: 0.2 }, Band { low: -0.3, high: -0.1 }] {
            let (low, high) = band.factors();
            assert!(low <= 1.0 && high >= 1.0, "{band:?}");
        }
    }
}
