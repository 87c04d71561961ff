//! A device measured by its owner: a few rows of its own shift the estimates of its class, they do not replace the form.
//!
//! The logarithm of measured over estimated speed of a device's rows is taken for a random function of what was run: runs
//! that are alike (the same limits, size of model, format, way of running) are off alike. Given the device's own rows the
//! function's mean at the run asked for is the shift and its deviation the band: Gaussian regression, exact, with as few
//! constants as will do ([`alike`]); `sizewright fit` finds them by leaving out devices. A device like its class stays
//! where it was; one that is plainly different is believed at its first row (`posterior`).
//!
//! Reading and writing of tokens are measured and shifted each by itself: a row of one says nothing about the other.

pub mod alike;
pub mod own;
mod posterior;

use std::sync::LazyLock;

pub use alike::Case;
pub use own::{OwnDevices, RowStanding, calibrate};

use super::speed::fitted::LikenessStrength;
use crate::catalog::Date;

/// One measurement of the device against the estimate without it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What was run.
    pub case: Case,
    /// Logarithm of measured over estimated speed.
    pub residual: f64,
    /// The day. `None`: unknown.
    pub date: Option<Date>,
}

/// What a device's own rows say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calibration {
    decode: Rows,
    prefill: Rows,
}

/// Own rows of one quantity.
#[derive(Clone, Debug, Default, PartialEq)]
struct Rows {
    believed: Vec<Evidence>,
    set_aside: u32,
}

/// What own rows do to one estimate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shift {
    /// Logarithm of the factor on the estimated speed.
    log: f64,
    /// Standard deviation of the logarithm of what is left in doubt.
    deviation: f64,
    rows: u32,
    set_aside: u32,
    newest: Option<Date>,
}

/// A row further from the estimate than this factor speaks of something else: a spilled model, a wrong label.
const MOST_BELIEVED: f64 = 7.4; // the worst rows of any device left in the fit lie below 6, 2026-11
/// So does one that is further than this from the middle of the device's other rows, where there are enough to tell.
const MOST_APART: f64 = 3.0; // rows of one device lie within a factor of 2 of each other, 2026-11
/// Rows from which on they can tell which of them is strange.
const ENOUGH_TO_TELL: usize = 4;
/// Most rows that are looked at for one estimate, the last of the list: more say nothing new and cost time.
const MOST_ROWS: usize = 64;

/// Which rows are too strange to be believed, by their logarithms of measured over estimated.
pub fn strange(residuals: &[f64]) -> Vec<bool> {
    let far = |r: f64| !r.is_finite() || r.abs() > MOST_BELIEVED.ln();
    let mut near: Vec<f64> = residuals.iter().copied().filter(|r| !far(*r)).collect();
    near.sort_by(f64::total_cmp);
    let middle = near.get(near.len() / 2).copied().filter(|_| near.len() >= ENOUGH_TO_TELL);
    residuals.iter().map(|&r| far(r) || middle.is_some_and(|middle| (r - middle).abs() > MOST_APART.ln())).collect()
}

impl Rows {
    fn new(mut all: Vec<Evidence>) -> Self {
        let residuals: Vec<f64> = all.iter().map(|row| row.residual).collect();
        let mut strange = strange(&residuals).into_iter();
        let before = all.len();
        all.retain(|_| !strange.next().unwrap_or(false));
        let set_aside = before - all.len();
        let surplus = all.len().saturating_sub(MOST_ROWS);
        all.drain(..surplus);
        Self { believed: all, set_aside: u32::try_from(set_aside).unwrap_or(u32::MAX) }
    }

    fn shift(&self, strength: &LikenessStrength, asked: &Case) -> Shift {
        let rows: Vec<(&Case, f64)> = self.believed.iter().map(|row| (&row.case, row.residual)).collect();
        let (log, deviation) = posterior::at(strength, &rows, asked);
        Shift {
            log,
            deviation,
            rows: u32::try_from(rows.len()).unwrap_or(u32::MAX),
            set_aside: self.set_aside,
            newest: self.believed.iter().filter_map(|row| row.date.clone()).max(),
        }
    }
}

impl Calibration {
    /// Without any row.
    pub const NONE: Self = Self {
        decode: Rows { believed: Vec::new(), set_aside: 0 },
        prefill: Rows { believed: Vec::new(), set_aside: 0 },
    };

    /// Without any row, to borrow.
    pub fn none() -> &'static Self {
        static NOTHING: LazyLock<Calibration> = LazyLock::new(Calibration::default);
        &NOTHING
    }

    /// From the device's rows; strange ones are set aside and counted.
    pub fn new(decode: Vec<Evidence>, prefill: Vec<Evidence>) -> Self {
        Self { decode: Rows::new(decode), prefill: Rows::new(prefill) }
    }

    /// Rows that are believed.
    pub fn rows(&self) -> usize {
        self.decode.believed.len() + self.prefill.believed.len()
    }

    /// What the rows do to an estimate of decode speed.
    pub fn decode(&self, strength: &LikenessStrength, asked: &Case) -> Shift {
        self.decode.shift(strength, asked)
    }

    /// What the rows do to an estimate of prefill speed.
    pub fn prefill(&self, strength: &LikenessStrength, asked: &Case) -> Shift {
        self.prefill.shift(strength, asked)
    }
}

impl Shift {
    /// Factor on the estimated speed.
    pub fn factor(&self) -> f64 {
        self.log.exp()
    }

    /// Rows it rests on.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// A band for a device with rows of its own: the class's, or what its own rows leave in doubt where that is narrower.
    pub fn narrowed(&self, (low, high): (f64, f64)) -> (f64, f64) {
        /// Half width of an 80 % band in standard deviations.
        const EIGHTY_PERCENT: f64 = 1.2816;
        if self.rows == 0 {
            return (low, high);
        }
        let within = EIGHTY_PERCENT * self.deviation;
        (low.max((-within).exp()), high.min(within.exp()))
    }

    /// "shifted by +12 % from 3 measurements of this device, newest 2026-11-20". `None`: there are none.
    pub fn words(&self) -> Option<String> {
        if self.rows == 0 {
            return (self.set_aside > 0).then(|| format!("not shifted: {}", self.set_aside_words()));
        }
        let plural = if self.rows == 1 { "" } else { "s" };
        let newest = self.newest.as_ref().map_or_else(String::new, |day| format!(", newest {day}"));
        let aside = if self.set_aside > 0 { format!("; {}", self.set_aside_words()) } else { String::new() };
        let percent = (self.factor() - 1.0) * 100.0;
        // No sign on a shift that rounds to nothing.
        let percent = if percent.abs() < 0.05 { "0".to_owned() } else { format!("{percent:+.1}") };
        Some(format!("shifted by {percent} % from {} measurement{plural} of this device{newest}{aside}", self.rows))
    }

    fn set_aside_words(&self) -> String {
        let (plural, verb) = if self.set_aside == 1 { ("", "is") } else { ("s", "are") };
        format!("{} measurement{plural} {verb} too far off to be believed", self.set_aside)
    }
}

#[cfg(test)]
mod tests;
