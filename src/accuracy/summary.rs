//! Errors of many estimates as a few numbers. The one place where a median error, a bias or a coverage is computed.

use std::collections::BTreeSet;

use serde::Serialize;

/// An estimate with its 80 % band, in the unit of what was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// Lower end.
    pub low: f64,
    /// Most likely.
    pub likely: f64,
    /// Upper end.
    pub high: f64,
}

/// An estimate beside what was measured. `measured` is above zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged<'a> {
    /// What was measured on: rows of one device are not independent of each other.
    pub device: &'a str,
    /// What was measured.
    pub measured: f64,
    /// What was estimated.
    pub estimate: Estimate,
}

/// Further off than this is far off.
const FAR: f64 = 0.5; // half, the mark that published comparisons of such tools use
/// Fewer rows or devices than these say little of the next device.
const THIN: (u32, u32) = (20, 3); // own judgement, 2026-11-20

impl Judged<'_> {
    /// Signed error as a share of what was measured: 0.1 is 10 % above it.
    pub fn signed_error(&self) -> f64 {
        self.estimate.likely / self.measured - 1.0
    }

    /// Error as a share of what was measured.
    pub fn error(&self) -> f64 {
        self.signed_error().abs()
    }

    /// Whether the measured value lies inside the band.
    pub fn is_covered(&self) -> bool {
        (self.estimate.low..=self.estimate.high).contains(&self.measured)
    }
}

/// What many rows say together. Shares, not percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Measurements.
    pub rows: u32,
    /// Devices they were made on.
    pub devices: u32,
    /// Median of the errors, without their sign.
    pub median_error: f64,
    /// Mean of the errors, without their sign.
    pub mean_error: f64,
    /// Share of rows that are more than half off.
    pub far_off: f64,
    /// Median of the errors with their sign: above zero where estimates are too high.
    pub bias: f64,
    /// Share of rows inside their 80 % bands.
    pub covered: f64,
}

impl Summary {
    /// Sums up rows in any order. `None`: there are none.
    pub fn of<'a>(rows: impl Iterator<Item = Judged<'a>>) -> Option<Self> {
        let rows: Vec<Judged<'a>> = rows.collect();
        let devices: BTreeSet<&str> = rows.iter().map(|row| row.device).collect();
        let errors = || rows.iter().map(Judged::error);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Some(Self {
            rows: count(rows.len()),
            devices: count(devices.len()),
            median_error: median(errors())?,
            mean_error: mean(errors())?,
            far_off: share(errors().map(|error| error > FAR))?,
            bias: median(rows.iter().map(Judged::signed_error))?,
            covered: share(rows.iter().map(Judged::is_covered))?,
        })
    }

    /// Whether there are too few rows or devices to say much of the next one.
    pub fn is_thin(&self) -> bool {
        self.rows < THIN.0 || self.devices < THIN.1
    }
}

/// The middle of some numbers, the mean of the two middle ones where their count is even. `None`: there are none.
pub fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    let last = numbers.len().checked_sub(1)?;
    Some((numbers.get(last / 2)? + numbers.get(numbers.len() / 2)?) / 2.0)
}

/// The mean, the same whatever the order. `None`: there are none.
pub fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    if numbers.is_empty() {
        return None;
    }
    // Sums of floats depend on their order in the last digit; nothing shown here may.
    numbers.sort_by(f64::total_cmp);
    Some(numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// The share of which it is true. `None`: there are none.
pub fn share(of: impl Iterator<Item = bool>) -> Option<f64> {
    mean(of.map(|it| f64::from(u8::from(it))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(device: &str, measured: f64, likely: f64) -> Judged<'_> {
        Judged { device, measured, estimate: Estimate { low: likely * 0.8, likely, high: likely * 1.25 } }
    }

    #[test]
    fn errors_are_summed_up_as_worked_out_by_hand() {
        // Off by +10, -20, +100 and 0 %.
        let rows = [judged("a", 10.0, 11.0), judged("a", 10.0, 8.0), judged("b", 10.0, 20.0), judged("c", 4.0, 4.0)];
        let found = Summary::of(rows.into_iter()).expect("four rows");
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} is not {b}");
        assert_eq!((found.rows, found.devices), (4, 3));
        near(found.median_error, 0.15);
        near(found.mean_error, 0.325);
        near(found.far_off, 0.25);
        near(found.bias, 0.05);
        // 8 to 10 touches the measured 10 at its end; 16 to 25 misses it.
        near(found.covered, 0.75);
    }

    #[test]
    fn the_order_of_rows_changes_nothing() {
        let mut rows: Vec<_> = (1..40).map(|n| judged("a", f64::from(n), 0.3 * f64::from(n * n % 17 + 1))).collect();
        let before = Summary::of(rows.iter().copied());
        rows.reverse();
        rows.rotate_left(7);
        assert_eq!(Summary::of(rows.into_iter()), before);
    }

    #[test]
    fn perfect_estimates_have_no_error_and_full_coverage() {
        let rows = [0.001, 1.0, 48.39, 1e9].map(|speed| judged("a", speed, speed));
        let found = Summary::of(rows.into_iter()).expect("four rows");
        assert_eq!((found.median_error, found.mean_error, found.bias, found.far_off), (0.0, 0.0, 0.0, 0.0));
        assert_eq!(found.covered, 1.0);
    }

    #[test]
    fn of_nothing_there_is_no_summary_and_few_rows_are_thin() {
        assert_eq!(Summary::of(std::iter::empty()), None);
        assert!(Summary::of(std::iter::once(judged("a", 1.0, 1.0))).is_some_and(|one| one.is_thin()));
    }
}
