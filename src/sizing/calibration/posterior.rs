//! Gaussian regression from a device's own rows to a run of it, with a prior of heavy tails.
//!
//! Most devices are like their class and a few are far from it. So the prior is a mixture of four Gaussians that differ by
//! a scale; own rows weigh the scales by how well each explains them (Rasmussen and Williams, "Gaussian Processes for
//! Machine Learning", 2006, equations 2.25, 2.26 and 2.30 for each scale). One row that agrees with the estimate shifts
//! nothing and speaks for the narrow ones; one that is far off speaks for the wide ones and is believed.

use super::Case;
use crate::sizing::speed::fitted::LikenessStrength;

/// Scales of the prior's parts, with the share of devices of each.
const SCALES: [(f64, f64); 4] = [(0.15, 0.4), (0.6, 0.3), (1.5, 0.2), (4.0, 0.1)]; // chosen on left-out devices, 2026-11

/// Mean and standard deviation of the logarithm of measured over estimated speed at `asked`, given rows.
pub(super) fn at(strength: &LikenessStrength, rows: &[(&Case, f64)], asked: &Case) -> (f64, f64) {
    let noise = strength.noise * strength.noise;
    let own = asked.covariance(asked, strength);
    let to_rows: Vec<f64> = rows.iter().map(|(case, _)| case.covariance(asked, strength)).collect();
    let between: Vec<Vec<f64>> = rows
        .iter()
        .enumerate()
        .map(|(at, (a, _))| rows.iter().take(at + 1).map(|(b, _)| a.covariance(b, strength)).collect())
        .collect();
    let residuals: Vec<f64> = rows.iter().map(|(_, residual)| *residual).collect();
    let parts: Vec<Part> = SCALES
        .iter()
        .filter_map(|&(scale, share)| part(scale * scale, share, noise, own, &to_rows, &between, &residuals))
        .collect();
    let best = parts.iter().map(|part| part.log_weight).fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = parts.iter().map(|part| (part.log_weight - best).exp()).collect();
    let total: f64 = weights.iter().sum();
    if total.is_nan() || total <= 0.0 {
        return (0.0, (own + noise).sqrt());
    }
    let mean_of = |value: &dyn Fn(&Part) -> f64| -> f64 {
        parts.iter().zip(&weights).map(|(part, weight)| value(part) * weight).sum::<f64>() / total
    };
    let mean = mean_of(&|part| part.mean);
    let spread = mean_of(&|part| part.variance + part.mean * part.mean) - mean * mean;
    (mean, spread.max(noise).sqrt())
}

/// What one scale makes of the rows.
struct Part {
    log_weight: f64,
    mean: f64,
    variance: f64,
}

/// `None`: the rows' matrix is not positive definite, which takes numbers out of range.
fn part(
    scale: f64,
    share: f64,
    noise: f64,
    own: f64,
    to_rows: &[f64],
    between: &[Vec<f64>],
    residuals: &[f64],
) -> Option<Part> {
    let mut lower: Vec<Vec<f64>> = Vec::with_capacity(between.len());
    let (mut whitened, mut reach): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut log_determinant = 0.0;
    // Row by row: Cholesky's factor, and both right-hand sides solved with it on the way.
    for (at, row) in between.iter().enumerate() {
        let mut line: Vec<f64> = Vec::with_capacity(at + 1);
        for (column, covariance) in row.iter().enumerate() {
            let value = scale * covariance + if column == at { noise } else { 0.0 };
            if column == at {
                let rest = value - dot(&line, &line);
                if rest.is_nan() || rest <= 0.0 {
                    return None;
                }
                line.push(rest.sqrt());
            } else {
                let above = lower.get(column)?;
                line.push((value - dot(&line, above)) / above.last()?);
            }
        }
        let diagonal = *line.last()?;
        whitened.push((residuals.get(at)? - dot(&line, &whitened)) / diagonal);
        reach.push((scale * to_rows.get(at)? - dot(&line, &reach)) / diagonal);
        log_determinant += 2.0 * diagonal.ln();
        lower.push(line);
    }
    Some(Part {
        log_weight: share.ln() - 0.5 * log_determinant - 0.5 * dot(&whitened, &whitened),
        mean: dot(&reach, &whitened),
        variance: scale * own + noise - dot(&reach, &reach),
    })
}

/// Over as many as the shorter has.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
