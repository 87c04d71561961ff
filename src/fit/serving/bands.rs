//! Bands from what left-out families scattered by, widened until bands made from the others hold four in five.

use std::collections::{BTreeMap, BTreeSet};

use super::{Prepared, Residuals};
use crate::sizing::serving::band::{Band, Bands, Strangeness};

/// Share of true values below a band, and above it.
const TAIL: f64 = 0.10;
/// Share that bands made from the other families shall hold, mean of rows and families: above four in five, because the
/// form was chosen on these same families.
const HOLD: f64 = 0.83;
/// Widest factor: one odd family must not widen every band.
const WIDEST: f64 = 2.4;
/// Families a kind of model needs for a band of its own.
const FEWEST_FAMILIES: usize = 3;

/// A residual with its family and kind.
struct Scatter<'a> {
    family: &'a str,
    mixture: bool,
    residual: f64,
    strangeness: Strangeness,
}

/// The value below which a share of the weight lies, linear between rows.
pub(super) fn quantile(mut values: Vec<(f64, f64)>, share: f64) -> f64 {
    values.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = values.iter().map(|(_, weight)| weight).sum();
    let mut below = 0.0;
    let mut before: Option<(f64, f64)> = None;
    for (value, weight) in values {
        let middle = (below + weight / 2.0) / total;
        if middle >= share {
            return match before {
                Some((at, at_share)) if middle > at_share => {
                    at + (value - at) * (share - at_share) / (middle - at_share)
                }
                Some(_) | None => value,
            };
        }
        before = Some((value, middle));
        below += weight;
    }
    before.map_or(0.0, |(value, _)| value)
}

fn band<'a>(scatter: impl Iterator<Item = &'a Scatter<'a>> + Clone) -> Band {
    let mut rows_of = BTreeMap::<&str, f64>::new();
    for one in scatter.clone() {
        *rows_of.entry(one.family).or_default() += 1.0;
    }
    let weighed = || -> Vec<(f64, f64)> {
        scatter.clone().map(|one| (one.residual, rows_of.get(one.family).copied().unwrap_or(1.0).powf(-0.5))).collect()
    };
    Band { low: quantile(weighed(), TAIL).min(0.0), high: quantile(weighed(), 1.0 - TAIL).max(0.0) }
}

fn bands(scatter: &[Scatter<'_>], without: Option<&str>) -> Bands {
    let of = |mixture: bool| {
        let rest = scatter.iter().filter(move |one| without.is_none_or(|family| one.family != family));
        let own = rest.clone().filter(move |one| one.mixture == mixture);
        let families: BTreeSet<&str> = own.clone().map(|one| one.family).collect();
        if families.len() < FEWEST_FAMILIES { band(rest) } else { band(own) }
    };
    Bands { dense: of(false), mixture: of(true) }
}

/// Share held by bands of the other families widened by `factor`: mean of the share of rows and the mean of families.
fn held(scatter: &[Scatter<'_>], factor: f64) -> f64 {
    let families: BTreeSet<&str> = scatter.iter().map(|one| one.family).collect();
    let (mut rows, mut held_rows, mut mean) = (0.0, 0.0, 0.0);
    for family in &families {
        let made = bands(scatter, Some(family));
        let (mut of, mut inside) = (0.0, 0.0);
        for one in scatter.iter().filter(|one| one.family == *family) {
            let band = made.of(one.mixture).widened(factor).strange(&one.strangeness);
            of += 1.0;
            inside += f64::from(u8::from((band.low..=band.high).contains(&one.residual)));
        }
        rows += of;
        held_rows += inside;
        mean += inside / of;
    }
    (held_rows / rows + mean / families.len().max(1) as f64) / 2.0
}

fn scatter_of<'a>(
    rows: &'a [Prepared],
    residuals: &[Residuals],
    quantity: usize,
    strangeness: impl Fn(&Prepared) -> Strangeness,
) -> Vec<Scatter<'a>> {
    rows.iter()
        .zip(residuals)
        .filter(|(row, _)| row.clean)
        .filter_map(|(row, all)| {
            let residual = (*all.get(quantity)?)?;
            Some(Scatter { family: &row.family, mixture: row.mixture, residual, strangeness: strangeness(row) })
        })
        .collect()
}

/// How much bands are to be widened until those of the other families hold enough.
fn widening(scatter: &[Scatter<'_>]) -> f64 {
    let mut factor = 1.0;
    while held(scatter, factor) < HOLD && factor < WIDEST {
        factor += 0.02;
    }
    factor
}

fn widened(made: Bands, factor: f64) -> Bands {
    Bands { dense: made.dense.widened(factor), mixture: made.mixture.widened(factor) }
}

/// The bands of one quantity, and the share they hold of families they were not made from.
pub fn of(
    rows: &[Prepared],
    residuals: &[Residuals],
    quantity: usize,
    strangeness: impl Fn(&Prepared) -> Strangeness,
) -> (Bands, f64) {
    let scatter = scatter_of(rows, residuals, quantity, strangeness);
    if scatter.is_empty() {
        return (Bands::WIDE, 0.0);
    }
    let factor = widening(&scatter);
    (widened(bands(&scatter, None), factor), held(&scatter, factor))
}

/// The bands of one quantity that each family would get had it not been measured.
pub fn without_family(
    rows: &[Prepared],
    residuals: &[Residuals],
    quantity: usize,
    strangeness: impl Fn(&Prepared) -> Strangeness,
) -> BTreeMap<String, Bands> {
    let scatter = scatter_of(rows, residuals, quantity, strangeness);
    let factor = widening(&scatter);
    let families: BTreeSet<&str> = rows.iter().map(|row| row.family.as_str()).collect();
    let made = |family: &str| widened(bands(&scatter, Some(family)), factor);
    families.into_iter().map(|family| (family.to_owned(), made(family))).collect()
}
