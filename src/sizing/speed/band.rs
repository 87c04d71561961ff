//! How wrong a speed may be: 80 % bands from what devices and platforms scattered by when they were left out.
//!
//! A segment is what is alike in how it scatters: a platform, or a way of measuring. A segment of few devices borrows
//! from its kindred, and they from everything. A device of a platform that no measurement was fitted on gets the scatter
//! of whole platforms left out, never a narrower one. How the ends are found is `fit::bands`'s.

use serde::{Deserialize, Serialize};

use super::conditions::{Client, Conditions, Generation, Parallel};
use super::platform::{Accelerator, Machine, Maker, Memory, ProcessorKind, Stack};

/// What scatters alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Segment {
    /// NVIDIA cards with graphics memory, engine benchmarks.
    Nvidia,
    /// NVIDIA, stacked memory.
    NvidiaStacked,
    /// NVIDIA, memory shared with the processor.
    NvidiaShared,
    /// NVIDIA, run through an application.
    NvidiaApp,
    /// Apple, engine benchmarks.
    Apple,
    /// Apple, run through an application.
    AppleApp,
    /// Cards of other makers.
    OtherCard,
    /// Other makers, stacked memory.
    OtherStacked,
    /// Other makers, memory shared with the processor.
    OtherShared,
    /// Other makers, run through an application.
    OtherApp,
    /// Several devices that share one copy.
    SeveralDevices,
    /// A card on a single-board computer.
    BoardHost,
    /// LocalScore on NVIDIA cards.
    LocalScoreNvidia,
    /// LocalScore on stacked memory.
    LocalScoreStacked,
    /// LocalScore on Apple chips.
    LocalScoreApple,
    /// LocalScore on anything else.
    LocalScoreOther,
    /// Desktop and laptop processors, boards.
    ClientProcessor,
    /// Server and workstation processors.
    ServerProcessor,
    /// Processors of phones.
    PhoneProcessor,
    /// Graphics and neural units of phones.
    PhoneOffload,
}

/// Segments that borrow from one another where they are thin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kindred {
    /// NVIDIA's graphics, one or several.
    Nvidia,
    /// Apple chips.
    Apple,
    /// Graphics and neural units of other makers.
    Other,
    /// LocalScore submissions, Apple's aside: those scatter no more than other runs there.
    LocalScore,
    /// Processors.
    Processors,
}

impl Segment {
    /// Whom it borrows from.
    pub const fn kindred(self) -> Kindred {
        match self {
            Self::Nvidia | Self::NvidiaStacked | Self::NvidiaShared | Self::NvidiaApp | Self::SeveralDevices => {
                Kindred::Nvidia
            }
            Self::Apple | Self::AppleApp | Self::LocalScoreApple => Kindred::Apple,
            Self::OtherCard
            | Self::OtherStacked
            | Self::OtherShared
            | Self::OtherApp
            | Self::BoardHost
            | Self::PhoneOffload => Kindred::Other,
            Self::LocalScoreNvidia | Self::LocalScoreStacked | Self::LocalScoreOther => Kindred::LocalScore,
            Self::ClientProcessor | Self::ServerProcessor | Self::PhoneProcessor => Kindred::Processors,
        }
    }

    /// The segment of a run.
    pub fn of(machine: &Machine, run: &Conditions) -> Self {
        match machine {
            Machine::Processor(it) => match it.kind {
                ProcessorKind::Phone => Self::PhoneProcessor,
                ProcessorKind::AmdServer | ProcessorKind::IntelServer | ProcessorKind::ArmServer => {
                    Self::ServerProcessor
                }
                ProcessorKind::AmdDesktop
                | ProcessorKind::AmdLaptop
                | ProcessorKind::IntelDesktop
                | ProcessorKind::IntelLaptop
                | ProcessorKind::Other => Self::ClientProcessor,
            },
            Machine::Accelerator(it) => Self::of_accelerator(it, run),
        }
    }

    fn of_accelerator(it: &Accelerator, run: &Conditions) -> Self {
        if matches!(run.stack, Stack::OpenCl | Stack::Npu) {
            return Self::PhoneOffload;
        }
        if run.generation == Generation::LocalScore {
            return match (it.maker, it.memory) {
                (_, Memory::Stacked) => Self::LocalScoreStacked,
                (Maker::Apple, Memory::Card | Memory::Shared) => Self::LocalScoreApple,
                (Maker::Nvidia, Memory::Card | Memory::Shared) => Self::LocalScoreNvidia,
                (Maker::Amd | Maker::Intel | Maker::Other, Memory::Card | Memory::Shared) => Self::LocalScoreOther,
            };
        }
        if run.devices > 1 || run.parallel == Parallel::Rows {
            return Self::SeveralDevices;
        }
        if run.board_host {
            return Self::BoardHost;
        }
        let app = match run.client {
            Client::Benchmark => false,
            Client::App | Client::WallClock => true,
        };
        match (it.maker, it.memory, app) {
            (Maker::Apple, _, false) => Self::Apple,
            (Maker::Apple, _, true) => Self::AppleApp,
            (Maker::Nvidia, _, true) => Self::NvidiaApp,
            (Maker::Nvidia, Memory::Card, false) => Self::Nvidia,
            (Maker::Nvidia, Memory::Stacked, false) => Self::NvidiaStacked,
            (Maker::Nvidia, Memory::Shared, false) => Self::NvidiaShared,
            (Maker::Amd | Maker::Intel | Maker::Other, _, true) => Self::OtherApp,
            (Maker::Amd | Maker::Intel | Maker::Other, Memory::Card, false) => Self::OtherCard,
            (Maker::Amd | Maker::Intel | Maker::Other, Memory::Stacked, false) => Self::OtherStacked,
            (Maker::Amd | Maker::Intel | Maker::Other, Memory::Shared, false) => Self::OtherShared,
        }
    }

    /// In words.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nvidia => "NVIDIA cards",
            Self::NvidiaStacked => "NVIDIA with stacked memory",
            Self::NvidiaShared => "NVIDIA with shared memory",
            Self::NvidiaApp => "NVIDIA, run through applications",
            Self::Apple => "Apple chips",
            Self::AppleApp => "Apple chips, run through applications",
            Self::OtherCard => "cards of other makers",
            Self::OtherStacked => "other makers' accelerators with stacked memory",
            Self::OtherShared => "other makers' graphics with shared memory",
            Self::OtherApp => "other makers' graphics, run through applications",
            Self::SeveralDevices => "several devices together",
            Self::BoardHost => "cards on single-board computers",
            Self::LocalScoreNvidia => "LocalScore on NVIDIA cards",
            Self::LocalScoreStacked => "LocalScore on stacked memory",
            Self::LocalScoreApple => "LocalScore on Apple chips",
            Self::LocalScoreOther => "LocalScore on other graphics",
            Self::ClientProcessor => "desktop and laptop processors",
            Self::ServerProcessor => "server and workstation processors",
            Self::PhoneProcessor => "phone processors",
            Self::PhoneOffload => "phone graphics and neural units",
        }
    }
}

/// An 80 % band as factors on the likely value, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Lower end; 1 or less.
    pub low: f64,
    /// Upper end; 1 or more.
    pub high: f64,
    /// Lower end on a platform that nothing was fitted on; no higher than the other.
    pub strange_low: f64,
    /// Upper end there.
    pub strange_high: f64,
    /// Measurements behind it.
    pub rows: u32,
    /// Devices they were made on.
    pub devices: u32,
    /// Median error with the device left out, as a share.
    pub median_error: f64,
    /// Mean error with the device left out, as a share.
    pub mean_error: f64,
    /// Median signed error with the device left out, as a share: above zero where estimates are too fast.
    pub bias: f64,
    /// Share of these measurements that lay inside the band made without their device.
    pub covered: f64,
    /// Share that lay inside the band made without their whole platform.
    pub covered_strange: f64,
}

/// The bands of one quantity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// For what neither a segment nor its kindred was measured: whole platforms left out.
    pub unmeasured: Band,
    /// For segments nobody measured, by their kindred.
    pub kindred: Vec<(Kindred, Band)>,
    /// For each segment that has rows.
    pub segments: Vec<(Segment, Band)>,
    /// Platforms that the constants were fitted on, as [`super::platform::Machine::platform`] names them.
    pub platforms: Vec<String>,
}

/// Half width below which no band is believed: two runs of one machine differ by as much.
const NARROWEST: f64 = 0.05; // repeated runs in the rows, 2026-11
/// How much wider, in the logarithm, where a fact was guessed.
const GUESSED_WIDENS: f64 = 1.4; // own assumption, 2026-11-20

impl Bands {
    /// Bands of a program that was never fitted.
    pub fn unfitted() -> Self {
        Self { unmeasured: Band::unfitted(), kindred: Vec::new(), segments: Vec::new(), platforms: Vec::new() }
    }

    /// The band of a segment on platforms that were fitted; that of its kindred where nobody measured it.
    pub fn of(&self, segment: Segment) -> Band {
        let own = self.segments.iter().find(|(known, _)| *known == segment).map(|(_, band)| *band);
        let kindred = || self.kindred.iter().find(|(known, _)| *known == segment.kindred()).map(|(_, band)| *band);
        own.or_else(kindred).unwrap_or(self.unmeasured)
    }

    /// The band of a run, and whether its platform is one that nothing was fitted on.
    pub fn of_run(&self, segment: Segment, platform: &str) -> (Band, bool) {
        let band = self.of(segment);
        if self.platforms.iter().any(|known| known == platform) {
            return (band, false);
        }
        (Band { low: band.strange_low, high: band.strange_high, ..band }, true)
    }
}

impl Band {
    /// Of a program that was never fitted.
    pub const fn unfitted() -> Self {
        Self {
            low: 0.4,
            high: 2.0,
            strange_low: 0.4,
            strange_high: 2.0,
            rows: 0,
            devices: 0,
            median_error: 0.5,
            mean_error: 1.0,
            bias: 0.0,
            covered: 0.0,
            covered_strange: 0.0,
        }
    }

    /// Lower and upper factor, wider where a fact was guessed, never narrower than two runs of one machine differ.
    pub fn factors(&self, guessed: bool) -> (f64, f64) {
        let wider = if guessed { GUESSED_WIDENS } else { 1.0 };
        (self.low.powf(wider).min(1.0 - NARROWEST), self.high.powf(wider).max(1.0 + NARROWEST))
    }

    /// In words, for the basis. `strange`: the platform is one that nothing was fitted on.
    pub fn text(&self, (low, high): (f64, f64), whose: &str, strange: bool) -> String {
        let percent = |factor: f64| (factor - 1.0) * 100.0;
        let range = format!("{:+.0} to {:+.0} %", percent(low), percent(high));
        if self.rows == 0 {
            return format!("{range}: nobody measured {whose}");
        }
        let measured = format!(
            "{} rows of {} devices; median error {:.0} %, mean {:.0} %",
            self.rows,
            self.devices,
            self.median_error * 100.0,
            self.mean_error * 100.0
        );
        if strange {
            return format!(
                "{range}: nobody measured this platform; so wide are whole platforms when left out ({whose}: {measured})"
            );
        }
        format!("{range}: {whose} scatter so when the device is left out ({measured})")
    }
}
