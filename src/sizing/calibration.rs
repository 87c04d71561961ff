//! A device measured by its owner: a few rows of its own shift the estimates of its class, they do not replace the form.
//!
//! The shift is the mean `m` of `ln(measured / estimated)` over `k` rows, shrunk by how far it stands out of the scatter
//! `s` of single rows of one device: `m x k m^2 / (k m^2 + s^2)`. A device like its class stays where it was; one that is
//! plainly different is believed at its first row. The band narrows towards the scatter within one device.

use super::speed::FittedSpeed;

/// What a device's own rows say about one quantity.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Shift {
    /// Factor on the estimated speed; 1 without rows.
    factor: Option<f64>,
    /// Rows it rests on.
    rows: u32,
}

/// What a device's own rows say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Generating tokens.
    pub decode: Shift,
    /// Reading prompts.
    pub prefill: Shift,
}

/// Residuals beyond this are a row about something else (a spilled model, a wrong label), not about the device.
const MOST_BELIEVED: f64 = 2.0; // a factor of 7.4; the worst rows of any device left in the fit lie below 6

impl Calibration {
    /// Without any row.
    pub const NONE: Self = Self { decode: Shift::NONE, prefill: Shift::NONE };

    /// From the logarithms of measured over estimated speed, estimated without calibration.
    pub fn from_residuals(fitted: &FittedSpeed, decode: &[f64], prefill: &[f64]) -> Self {
        Self {
            decode: Shift::of(decode, fitted.calibration.decode_doubt),
            prefill: Shift::of(prefill, fitted.calibration.prefill_doubt),
        }
    }
}

impl Shift {
    /// Without any row.
    pub const NONE: Self = Self { factor: None, rows: 0 };

    fn of(residuals: &[f64], doubt: f64) -> Self {
        let mut believed: Vec<f64> =
            residuals.iter().copied().filter(|r| r.is_finite() && r.abs() <= MOST_BELIEVED).collect();
        believed.sort_by(f64::total_cmp);
        let count = believed.len() as f64;
        if believed.is_empty() {
            return Self::NONE;
        }
        let mean = believed.iter().sum::<f64>() / count;
        Self { factor: Some(shrunk(mean, count, doubt).exp()), rows: u32::try_from(believed.len()).unwrap_or(u32::MAX) }
    }

    /// Factor on the estimated speed.
    pub fn factor(&self) -> f64 {
        self.factor.unwrap_or(1.0)
    }

    /// Rows it rests on.
    pub const fn rows(&self) -> u32 {
        self.rows
    }

    /// A band for a device of which `rows` are known: between the segment's own and the scatter within one device.
    pub fn narrowed(&self, (low, high): (f64, f64), scatter: f64) -> (f64, f64) {
        /// Half width of an 80 % band in standard deviations.
        const EIGHTY_PERCENT: f64 = 1.2816;
        if self.rows == 0 {
            return (low, high);
        }
        let within = EIGHTY_PERCENT * scatter * (1.0 + 1.0 / f64::from(self.rows)).sqrt();
        (low.max((-within).exp()), high.min(within.exp()))
    }
}

/// The part of a mean residual of `count` rows that is the device's own, where single rows scatter by `doubt`.
pub fn shrunk(mean: f64, count: f64, doubt: f64) -> f64 {
    let evidence = count * mean * mean;
    if evidence > 0.0 { mean * evidence / (evidence + doubt * doubt) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(residuals: &[f64]) -> Shift {
        Shift::of(residuals, 0.1)
    }

    #[test]
    fn without_rows_nothing_shifts() {
        assert_eq!(of(&[]).factor(), 1.0);
        assert_eq!(of(&[f64::NAN, f64::INFINITY, 3.0]), Shift::NONE);
        assert_eq!(Shift::NONE.narrowed((0.5, 2.0), 0.1), (0.5, 2.0));
    }

    #[test]
    fn more_rows_shift_further_and_never_beyond_what_they_say() {
        let residual: f64 = 0.2;
        let mut last = 0.0;
        for rows in 1..6 {
            let shift = of(&vec![residual; rows]).factor().ln();
            assert!(shift > last && shift < residual, "{rows} rows shift by {shift}");
            last = shift;
        }
    }

    #[test]
    fn rows_of_its_own_narrow_the_band() {
        let (low, high) = of(&[0.1, 0.1]).narrowed((0.5, 2.0), 0.1);
        assert!(low > 0.5 && high < 2.0 && low < 1.0 && high > 1.0);
    }
}
