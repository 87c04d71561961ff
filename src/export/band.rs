//! How a figure reads in a report: the likely value, then its band.

use crate::sizing::Figure;
use crate::units::{Significant, thousands};

/// "440 (120 to 840)"; without the band where there is none.
pub(super) fn count(figure: &Figure<u32>) -> String {
    let show = |n: u32| thousands(f64::from(n));
    band(show(figure.likely), show(figure.low), show(figure.high))
}

/// "0.952 (0.560 to 1.90)" in the unit `read` gives.
pub(super) fn value<Q: Copy>(figure: &Figure<Q>, read: fn(Q) -> f64) -> String {
    let show = |q: Q| Significant(read(q)).to_string();
    band(show(figure.likely), show(figure.low), show(figure.high))
}

/// The same, or "unknown".
pub(super) fn value_or_unknown<Q: Copy>(figure: Option<&Figure<Q>>, read: fn(Q) -> f64) -> String {
    figure.map_or_else(|| "unknown".to_owned(), |figure| value(figure, read))
}

/// A share in percent: "20", "12.5".
pub(super) fn percent(share: f64) -> String {
    ((share * 1000.0).round() / 10.0).to_string()
}

fn band(likely: String, low: String, high: String) -> String {
    if low == likely && high == likely { likely } else { format!("{likely} ({low} to {high})") }
}
