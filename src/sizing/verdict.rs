//! Whether it runs at all, and if not, why and what would.

use crate::catalog::WeightFormat;
use crate::units::Bytes;

/// Whether the memory a workload needs is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// It fits with 5 % or more to spare.
    Fits {
        /// What stays free.
        spare: Bytes,
    },
    /// It fits with less than 5 % to spare: other programs, or a driver update, may push it out.
    Tight {
        /// What stays free.
        spare: Bytes,
    },
    /// It does not fit.
    DoesNotFit {
        /// What is missing.
        short: Bytes,
    },
    /// Nobody published a number this needs.
    Unknown,
}

/// What limits a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Memory capacity.
    Memory,
    /// Memory bandwidth.
    Bandwidth,
    /// Arithmetic rate.
    Compute,
    /// Fixed time per layer and per token: launches, synchronisation.
    Overhead,
    /// Links between devices.
    Interconnect,
    /// Rack units.
    RackUnits,
    /// The rack's power budget.
    Power,
    /// One of two feeds, after the other is lost.
    Feed,
    /// The only feed.
    OnlyFeed,
    /// Two feeds that add up.
    BothFeeds,
    /// The rack's load limit.
    Weight,
    /// Heat the room carries away from a rack.
    Cooling,
    /// The speed one session asks for is beyond the device.
    SessionSpeed,
    /// The longest wait for the first token.
    FirstToken,
    /// Sessions the engine takes into one step at most.
    EngineSlots,
}

impl Resource {
    /// In words, after "bound by": the same in the window, the report and the command line.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Memory => "memory capacity",
            Self::Bandwidth => "memory bandwidth",
            Self::Compute => "compute",
            Self::Overhead => "fixed time per token",
            Self::Interconnect => "links between devices",
            Self::RackUnits => "rack units",
            Self::Power => "power",
            Self::Feed => "a feed after the other is lost",
            Self::OnlyFeed => "the feed",
            Self::BothFeeds => "both feeds together",
            Self::Weight => "weight",
            Self::Cooling => "cooling",
            Self::SessionSpeed => "speed of one session",
            Self::FirstToken => "wait for the first token",
            Self::EngineSlots => "slots of the engine",
        }
    }
}

/// Why there is no number, and the nearest thing that has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    /// What is missing or short, by how much.
    pub reason: String,
    /// The nearest thing that would run, where there is one.
    pub nearest: Option<Nearest>,
}

/// A change that would make it run.
#[derive(Clone, Debug, PartialEq)]
pub enum Nearest {
    /// The same model in a smaller format.
    Format(WeightFormat),
    /// The same model with a shorter context, in tokens.
    Context(u32),
    /// More devices of this kind.
    Devices(u32),
}

/// Spare memory below this share of the capacity is called tight.
const TIGHT_BELOW: f64 = 0.05; // the product's own definition of "tight", 2026-11-20

/// Compares a need with a capacity.
pub fn of(need: Bytes, capacity: Option<Bytes>) -> Verdict {
    let Some(capacity) = capacity else { return Verdict::Unknown };
    if need > capacity {
        return Verdict::DoesNotFit { short: need.saturating_sub(capacity) };
    }
    let spare = capacity.saturating_sub(need);
    match spare.ratio(capacity) {
        Some(share) if share >= TIGHT_BELOW => Verdict::Fits { spare },
        _ => Verdict::Tight { spare },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn less_than_five_percent_to_spare_is_tight() {
        let gib = Bytes::from_gib;
        let capacity = Some(gib(100.0));
        assert_eq!(of(gib(95.0), capacity), Verdict::Fits { spare: gib(5.0) });
        assert_eq!(of(gib(96.0), capacity), Verdict::Tight { spare: gib(4.0) });
        assert_eq!(of(gib(100.0), capacity), Verdict::Tight { spare: Bytes::ZERO });
        assert_eq!(of(gib(101.0), capacity), Verdict::DoesNotFit { short: gib(1.0) });
        assert_eq!(of(gib(1.0), None), Verdict::Unknown);
        assert_eq!(of(Bytes::ZERO, Some(Bytes::ZERO)), Verdict::Tight { spare: Bytes::ZERO });
    }
}
