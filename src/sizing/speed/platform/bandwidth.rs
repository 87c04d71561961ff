//! The two kinds of bandwidth: the peak a data sheet states, which the formulas are fitted to, and what reading memory
//! reaches of it, which is all that can be measured.
//!
//! Published pairs of both, processors with all cores, as rates in GB/s against channels x 8 bytes x transfers:
//!
//! | what was measured | read | peak | share |
//! |---|---|---|---|
//! | DDR4-3333, two channels, AIDA64 read (guru3d.com, Trident Z Royal review, p. 9-10) | 48 to 49 | 53.3 | 0.91 |
//! | DDR4-3200, the same | 46 | 51.2 | 0.90 |
//! | DDR4-2133, the same | 30 to 32 | 34.1 | 0.91 |
//! | TI AM6254, DDR4-1600 of 16 bits, STREAM, best kernel (ti.com, SPRAD45A, table 3-3) | 2.49 | 3.2 | 0.78 |
//! | TI AM6442, DDR4-1600 of 16 bits, the same (SPRACV1B) | 2.52 | 3.2 | 0.79 |
//! | two Xeon E5-2637 v3, DDR4-1600, STREAM copy (microway.com, 3 DIMMs per channel) | 73.9 | 102.4 | 0.72 |
//!
//! STREAM writes too, which costs it turns of the bus that reading does not take: its shares are the low end of what
//! reading can reach.

use super::Stack;
use crate::catalog::{Device, Standing};
use crate::units::BytesPerSecond;

/// Share of the peak that reading memory with all cores reaches: likely, and the ends of the band.
const READ_OF_PEAK: ReadOfPeak = ReadOfPeak { low: 0.72, likely: 0.85, high: 0.95 }; // the table above, read 2026-11-29

struct ReadOfPeak {
    low: f64,
    likely: f64,
    high: f64,
}

/// The field whose standing says which of the two a device carries.
const FIELD: &str = "memory_bandwidth_gb_s";

/// A device's bandwidth as the formulas ask for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bandwidth {
    /// Peak, stated or worked out from what was measured.
    pub peak: BytesPerSecond,
    /// What reading reached, where the device carries that in place of a data sheet's peak.
    pub read: Option<BytesPerSecond>,
}

impl Bandwidth {
    /// Of a device under a stack. `None`: its bandwidth is not published, and nobody measured it. The pairs above are of
    /// processors' cores: what was measured on anything else is taken as it stands.
    pub fn of(device: &Device, stack: Stack) -> Option<Self> {
        let stated = device.memory_bandwidth.filter(|b| b.as_giga() > 0.0 && b.is_finite())?;
        let measured = device.provenance.standing_of(FIELD) == Standing::Measured;
        Some(match stack {
            Stack::Processor if measured => Self { peak: stated * (1.0 / READ_OF_PEAK.likely), read: Some(stated) },
            Stack::Processor
            | Stack::Cuda
            | Stack::Metal
            | Stack::Rocm
            | Stack::Vulkan
            | Stack::Sycl
            | Stack::OpenCl
            | Stack::Npu => Self { peak: stated, read: None },
        })
    }
}

/// Ends of a speed's band, as factors, where the peak was worked out from a measured rate: its own scatter and that of
/// the share have nothing to do with each other, so their logarithms add as squares.
pub fn widened((low, high): (f64, f64)) -> (f64, f64) {
    let both = |band: f64, share: f64| band.ln().hypot((READ_OF_PEAK.likely / share).ln());
    ((-both(low, READ_OF_PEAK.high)).exp(), both(high, READ_OF_PEAK.low).exp())
}

/// How the peak was worked out, in words.
pub fn words(read: BytesPerSecond) -> String {
    let ReadOfPeak { low, likely, high } = READ_OF_PEAK;
    format!(
        "measured reading at {:.1} GB/s, over the share of the peak that reading reaches, {likely} ({low} to {high})",
        read.as_giga()
    )
}
