//! Amounts of memory and of data: whole bytes.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul};

use serde::{Deserialize, Serialize};

/// A whole number of bytes. GB is 10^9 bytes, GiB 2^30.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(u64);

const KIB: f64 = 1024.0;
const MIB: f64 = 1_048_576.0;
const GIB: f64 = 1_073_741_824.0;

impl Bytes {
    /// No bytes at all.
    pub const ZERO: Self = Self(0);

    /// From a count of bytes.
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// From a fractional count of bytes, rounded up: memory is never understated. Negative and NaN give zero.
    pub fn from_f64_ceil(bytes: f64) -> Self {
        // A float-to-integer cast saturates, and NaN becomes zero.
        Self(bytes.ceil() as u64)
    }

    /// From gibibytes (2^30).
    pub fn from_gib(gib: f64) -> Self {
        Self((gib * GIB).round() as u64)
    }

    /// From mebibytes (2^20).
    pub fn from_mib(mib: f64) -> Self {
        Self((mib * MIB).round() as u64)
    }

    /// From gigabytes (10^9).
    pub fn from_gb(gb: f64) -> Self {
        Self((gb * 1e9).round() as u64)
    }

    /// The count of bytes.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The count of bytes as a float, for rates.
    pub const fn as_f64(self) -> f64 {
        self.0 as f64
    }

    /// In gibibytes (2^30).
    pub fn as_gib(self) -> f64 {
        self.as_f64() / GIB
    }

    /// In mebibytes (2^20).
    pub fn as_mib(self) -> f64 {
        self.as_f64() / MIB
    }

    /// In gigabytes (10^9).
    pub fn as_gb(self) -> f64 {
        self.as_f64() / 1e9
    }

    /// What is left after taking `other` away; zero where nothing is.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self / other` as a ratio; `None` where `other` is zero.
    pub fn ratio(self, other: Self) -> Option<f64> {
        (other.0 != 0).then(|| self.as_f64() / other.as_f64())
    }

    /// Scaled by a factor and rounded up.
    pub fn scaled(self, factor: f64) -> Self {
        Self::from_f64_ceil(self.as_f64() * factor)
    }

    /// How many whole `unit`s fit; `None` where `unit` is zero.
    pub const fn whole(self, unit: Self) -> Option<u64> {
        self.0.checked_div(unit.0)
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Bytes {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Mul<u64> for Bytes {
    type Output = Self;
    fn mul(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Sum for Bytes {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Bytes {
    /// In the largest binary unit that leaves at least one: "4.58 GiB", "192 MiB", "17 B".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let b = self.as_f64();
        let (value, unit) = match b {
            _ if b >= GIB => (b / GIB, "GiB"),
            _ if b >= MIB => (b / MIB, "MiB"),
            _ if b >= KIB => (b / KIB, "KiB"),
            _ => return write!(f, "{} B", self.0),
        };
        write!(f, "{} {unit}", super::Significant(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gigabyte_is_not_a_gibibyte() {
        assert_eq!(Bytes::from_gb(80.0).get(), 80_000_000_000);
        assert_eq!(Bytes::from_gib(80.0).get(), 85_899_345_920);
    }

    #[test]
    fn bytes_never_wrap() {
        let most = Bytes::new(u64::MAX);
        assert_eq!(most + most, most);
        assert_eq!(most * 3, most);
        assert_eq!(Bytes::ZERO.saturating_sub(most), Bytes::ZERO);
        assert_eq!(Bytes::from_f64_ceil(f64::NAN), Bytes::ZERO);
    }

    #[test]
    fn bytes_print_in_the_largest_binary_unit() {
        for (bytes, text) in [(17, "17 B"), (1024, "1.00 KiB"), (201_326_592, "192 MiB"), (4_920_000_000, "4.58 GiB")] {
            assert_eq!(Bytes::new(bytes).to_string(), text);
        }
    }
}
