//! A number as it is shown: likely value, 80 % band, basis.

use super::Basis;

/// A quantity with its band and the reason for both. The band is 80 %: one true value in ten lies below it, one above.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure<Q> {
    /// Lower end of the 80 % band.
    pub low: Q,
    /// Most likely value.
    pub likely: Q,
    /// Upper end of the 80 % band.
    pub high: Q,
    /// How it was made.
    pub basis: Basis,
}

impl<Q: Copy> Figure<Q> {
    /// A figure without doubt: its band is the value itself.
    pub fn exact(value: Q, basis: Basis) -> Self {
        Self { low: value, likely: value, high: value, basis }
    }
}

impl<Q: Copy + std::ops::Mul<f64, Output = Q>> Figure<Q> {
    /// A figure whose band is given by factors on the likely value, `low_factor <= 1 <= high_factor`.
    pub fn with_factors(likely: Q, low_factor: f64, high_factor: f64, basis: Basis) -> Self {
        Self { low: likely * low_factor.min(1.0), likely, high: likely * high_factor.max(1.0), basis }
    }
}
