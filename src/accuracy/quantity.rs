//! What is judged, what was left out to judge it, and how far a source is trusted.

use serde::{Deserialize, Serialize};

/// What was measured and estimated. In files a letter: there are thousands of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Quantity {
    /// Generated tokens per second of one session.
    #[serde(rename = "D")]
    Decode,
    /// Prompt tokens per second of one session.
    #[serde(rename = "P")]
    Prefill,
    /// Time per output token, served, milliseconds.
    #[serde(rename = "T")]
    PerToken,
    /// Time to the first token, served, milliseconds.
    #[serde(rename = "F")]
    FirstToken,
    /// Output tokens per second of all sessions: served, batched, or on a partitioned processor.
    #[serde(rename = "O")]
    Throughput,
    /// Power of all devices while serving, watts.
    #[serde(rename = "W")]
    Power,
}

impl Quantity {
    /// All, in reading order.
    pub const ALL: [Self; 6] =
        [Self::Decode, Self::Prefill, Self::PerToken, Self::FirstToken, Self::Throughput, Self::Power];

    /// As written to files, on the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Decode => "decode",
            Self::Prefill => "prefill",
            Self::PerToken => "tpot",
            Self::FirstToken => "ttft",
            Self::Throughput => "throughput",
            Self::Power => "power",
        }
    }

    /// On a button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Decode => "Decode",
            Self::Prefill => "Prefill",
            Self::PerToken => "Time per token",
            Self::FirstToken => "Time to first token",
            Self::Throughput => "Throughput",
            Self::Power => "Power",
        }
    }

    /// In a sentence, of many.
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Decode => "decode speeds",
            Self::Prefill => "prefill speeds",
            Self::PerToken => "times per output token",
            Self::FirstToken => "times to the first token",
            Self::Throughput => "throughputs of many sessions",
            Self::Power => "GPU powers while serving",
        }
    }

    /// What it is and how it is measured, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Decode => "Generated tokens per second of one session alone",
            Self::Prefill => "Prompt tokens read per second, one session alone",
            Self::PerToken => "Time from one token of a session to its next while others are served too (TPOT)",
            Self::FirstToken => "Time from sending a prompt to its first token while others are served too (TTFT)",
            Self::Throughput => "Generated tokens per second of all sessions at once",
            Self::Power => "Power of all GPUs of a server while it serves",
        }
    }

    /// The unit of its numbers.
    pub const fn unit(self) -> &'static str {
        match self {
            Self::Decode | Self::Prefill | Self::Throughput => "tokens/s",
            Self::PerToken | Self::FirstToken => "ms",
            Self::Power => "W",
        }
    }
}

/// What was left out of the fit before a row was estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LeftOut {
    /// Every row of its device.
    Device,
    /// Every row of its platform: maker, kind of memory and backend.
    Platform,
    /// Every row of its model's family.
    Family,
}

impl LeftOut {
    /// All, in reading order.
    pub const ALL: [Self; 3] = [Self::Device, Self::Platform, Self::Family];

    /// On the command line and in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Device => "device",
            Self::Platform => "platform",
            Self::Family => "family",
        }
    }

    /// After "leaving out" or on a button.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Device => "each device",
            Self::Platform => "each platform",
            Self::Family => "each model family",
        }
    }

    /// What that means, in a sentence.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Device => "Each row is estimated by constants fitted without any row of its device",
            Self::Platform => {
                "Each row is estimated by constants fitted without any row of its maker, kind of memory and backend"
            }
            Self::Family => "Each row is estimated by constants fitted without any row of its model's family",
        }
    }
}

/// How far a source is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Trust {
    /// A named benchmark or a maker's table.
    A,
    /// Runs of a community.
    B,
    /// Single submissions and pages.
    C,
}

impl Trust {
    /// All, most trusted first. Each stands for itself and all before it where rows are chosen.
    pub const ALL: [Self; 3] = [Self::A, Self::B, Self::C];

    /// From a table's letter; anything else is trusted least.
    pub const fn of(letter: char) -> Self {
        match letter {
            'A' => Self::A,
            'B' => Self::B,
            _ => Self::C,
        }
    }

    /// What of it is meant, in words.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::A => "named benchmark",
            Self::B => "community runs",
            Self::C => "single submission",
        }
    }

    /// A choice of this and all more trusted.
    pub const fn and_better(self) -> &'static str {
        match self {
            Self::A => "trust A",
            Self::B => "trust A and B",
            Self::C => "all rows",
        }
    }
}
