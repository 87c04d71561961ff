//! Bands from what left-out devices and platforms scattered by.
//!
//! A segment's ends are quantiles of its left-out devices, nearly one vote a device. Few devices say little: the ends lie
//! between the segment's own and those of its kindred with whole platforms left out, which in turn lean on everything.
//! For a platform nobody measured the ends are the widest of all three. How often bands hold is judged on devices and
//! platforms that they were made without.

use std::collections::{BTreeMap, BTreeSet};

use super::left_out::{error_of, mean, median, quantile};
use super::single_stream::Prepared;
use crate::sizing::speed::band::{Band, Bands, Kindred, Segment};
use crate::validate::speed::Metric;

/// Share of left-out residuals below a band, and above it: a little less than a tenth, for what the next machine adds.
const TAIL: f64 = 0.095; // bands made without a device then hold 80 to 83 % of it, 2026-11
/// Rows of a device count in quantiles with their number to this power: nearly one vote a device.
const ROWS_EXPONENT: f64 = -0.6;
/// Devices at which a segment's own scatter weighs as much as what it borrows.
const DEVICES_TO_BELIEVE: f64 = 2.0;
/// How much further apart the ends of a segment with one device are; shared by the number of devices.
const ONE_DEVICE_WIDENS: f64 = 0.3; // between the quantiles of a small sample and of the normal law, damped
/// How much further apart the ends are where nobody measured the segment.
const NOBODY_WIDENS: f64 = 1.4; // own assumption, checked on segments left out whole, 2026-11

/// How much further apart the ends at least are on a platform that nothing was fitted on.
const STRANGE_WIDENS: f64 = 1.15; // own assumption, for segments whose devices all are one platform, 2026-11-20

/// Logarithms of the lower and upper end.
type Ends = (f64, f64);

/// One row: logarithms of measured over estimated, what the likely value has to be multiplied by.
struct One<'a> {
    row: &'a Prepared,
    device: f64,
    platform: f64,
    weight: f64,
}

/// Bands of one quantity, from residuals with the device and with the whole platform left out.
pub fn bands(rows: &[Prepared], without_device: &[f64], without_platform: &[f64], metric: Metric) -> Bands {
    let mut bands = bands_of(rows, without_device, without_platform, metric, &|_| true);
    let by_device = held(rows, without_device, without_platform, metric, &|row| &row.device, without_device);
    let by_platform = held(rows, without_device, without_platform, metric, &|row| &row.platform, without_platform);
    let of = |held: &BTreeMap<Segment, Vec<f64>>, wanted: &dyn Fn(Segment) -> bool| {
        mean(held.iter().filter(|(segment, _)| wanted(**segment)).flat_map(|(_, held)| held.iter().copied()))
    };
    for (segment, band) in &mut bands.segments {
        band.covered = of(&by_device, &|held| held == *segment);
        band.covered_strange = of(&by_platform, &|held| held == *segment);
    }
    for (kindred, band) in &mut bands.kindred {
        band.covered = of(&by_device, &|held| held.kindred() == *kindred);
        band.covered_strange = of(&by_platform, &|held| held.kindred() == *kindred);
    }
    bands.unmeasured.covered = of(&by_device, &|_| true);
    bands.unmeasured.covered_strange = of(&by_platform, &|_| true);
    bands
}

/// For each row of a metric, lower and upper factor of bands made without all rows that share its key: those of a
/// strange platform where no row of its own is left.
pub fn factors_without(
    rows: &[Prepared],
    without_device: &[f64],
    without_platform: &[f64],
    metric: Metric,
    key: &dyn Fn(&Prepared) -> &str,
) -> Vec<Option<(f64, f64)>> {
    let mut found = vec![None; rows.len()];
    let of_metric = |row: &Prepared| row.part.metric() == metric;
    for left in rows.iter().filter(|row| of_metric(row)).map(key).collect::<BTreeSet<_>>() {
        let others = bands_of(rows, without_device, without_platform, metric, &|row| key(row) != left);
        for (row, place) in rows.iter().zip(&mut found).filter(|(row, _)| of_metric(row) && key(row) == left) {
            *place = Some(others.of_run(row.segment, &row.platform).0.factors(false));
        }
    }
    found
}

/// Whether each row lay inside bands made without all rows that share its key, by segment.
fn held(
    rows: &[Prepared],
    without_device: &[f64],
    without_platform: &[f64],
    metric: Metric,
    key: &dyn Fn(&Prepared) -> &str,
    residuals: &[f64],
) -> BTreeMap<Segment, Vec<f64>> {
    let mut held = BTreeMap::<Segment, Vec<f64>>::new();
    let factors = factors_without(rows, without_device, without_platform, metric, key);
    for ((row, residual), factors) in rows.iter().zip(residuals).zip(factors) {
        let Some((low, high)) = factors else { continue };
        let inside = (low.ln()..=high.ln()).contains(&-residual);
        held.entry(row.segment).or_default().push(f64::from(u8::from(inside)));
    }
    held
}

/// Bands from the rows that are kept.
fn bands_of(
    rows: &[Prepared],
    without_device: &[f64],
    without_platform: &[f64],
    metric: Metric,
    keep: &dyn Fn(&Prepared) -> bool,
) -> Bands {
    let of_metric = |row: &&Prepared| row.part.metric() == metric && keep(row);
    let mut rows_of = BTreeMap::<&str, f64>::new();
    for row in rows.iter().filter(of_metric) {
        *rows_of.entry(&row.device).or_default() += 1.0;
    }
    let all: Vec<One<'_>> = rows
        .iter()
        .zip(without_device.iter().zip(without_platform))
        .filter(|(row, _)| of_metric(row))
        .map(|(row, (device, platform))| {
            let count = rows_of.get(row.device.as_str()).copied().unwrap_or(1.0);
            One { row, device: -device, platform: -platform, weight: count.powf(ROWS_EXPONENT) }
        })
        .collect();
    let everything = ends(&all, &|_| true, &|one| one.platform);
    let kindred_ends = |kindred: Kindred| {
        let mine = |one: &One<'_>| one.row.segment.kindred() == kindred;
        leaning(ends(&all, &mine, &|one| one.platform), everything, devices(&all, &mine))
    };
    let segment_band = |segment: Segment| {
        let mine = |one: &One<'_>| one.row.segment == segment;
        let (count, kindred) = (devices(&all, &mine), kindred_ends(segment.kindred()));
        let known = leaning(ends(&all, &mine, &|one| one.device), kindred, count);
        let known = wider(known, 1.0 + ONE_DEVICE_WIDENS / count.max(1.0));
        let platforms = leaning(ends(&all, &mine, &|one| one.platform), kindred, count);
        let strange = wider(known, STRANGE_WIDENS);
        let strange = (strange.0.min(kindred.0).min(platforms.0), strange.1.max(kindred.1).max(platforms.1));
        (segment, band(&all, &mine, known, strange))
    };
    let kindred_band = |kindred: Kindred| {
        let ends = wider(kindred_ends(kindred), NOBODY_WIDENS);
        (kindred, Band { rows: 0, ..band(&all, &|one| one.row.segment.kindred() == kindred, ends, ends) })
    };
    let widest = wider(everything, NOBODY_WIDENS);
    let segments: BTreeSet<Segment> = all.iter().map(|one| one.row.segment).collect();
    let kindreds: BTreeSet<Kindred> = segments.iter().map(|segment| segment.kindred()).collect();
    let platforms: BTreeSet<&str> = all.iter().map(|one| one.row.platform.as_str()).collect();
    Bands {
        unmeasured: Band { rows: 0, devices: 0, ..band(&all, &|_| true, widest, widest) },
        kindred: kindreds.into_iter().map(kindred_band).collect(),
        segments: segments.into_iter().map(segment_band).collect(),
        platforms: platforms.into_iter().map(str::to_owned).collect(),
    }
}

/// Quantiles of the rows wanted.
fn ends(all: &[One<'_>], wanted: &dyn Fn(&One<'_>) -> bool, value: &dyn Fn(&One<'_>) -> f64) -> Ends {
    let mut values: Vec<(f64, f64)> =
        all.iter().filter(|one| wanted(one)).map(|one| (value(one), one.weight)).collect();
    (quantile(&mut values, TAIL), quantile(&mut values, 1.0 - TAIL))
}

fn devices(all: &[One<'_>], wanted: &dyn Fn(&One<'_>) -> bool) -> f64 {
    all.iter().filter(|one| wanted(one)).map(|one| one.row.device.as_str()).collect::<BTreeSet<_>>().len() as f64
}

/// Own ends as far as there are devices to believe them, the others' for the rest.
fn leaning(own: Ends, others: Ends, devices: f64) -> Ends {
    let share = devices / (devices + DEVICES_TO_BELIEVE);
    (share * own.0 + (1.0 - share) * others.0, share * own.1 + (1.0 - share) * others.1)
}

fn wider(ends: Ends, factor: f64) -> Ends {
    (ends.0 * factor, ends.1 * factor)
}

/// A band with the errors of the rows wanted.
fn band(all: &[One<'_>], wanted: &dyn Fn(&One<'_>) -> bool, known: Ends, strange: Ends) -> Band {
    let mine = || all.iter().filter(|one| wanted(one));
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Band {
        low: known.0.exp().min(1.0),
        high: known.1.exp().max(1.0),
        strange_low: strange.0.exp().min(1.0),
        strange_high: strange.1.exp().max(1.0),
        rows: count(mine().count()),
        devices: count(mine().map(|one| one.row.device.as_str()).collect::<BTreeSet<_>>().len()),
        median_error: median(mine().map(|one| error_of(-one.device))),
        mean_error: mean(mine().map(|one| error_of(-one.device))),
        bias: median(mine().map(|one| (-one.device).exp_m1())),
        covered: 0.0,
        covered_strange: 0.0,
    }
}
