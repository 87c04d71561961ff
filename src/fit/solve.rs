//! Robust least squares with priors: Levenberg-Marquardt with a numeric Jacobian.
//!
//! Minimises `sum w rho(r) + p sum ((x - prior) / spread)^2` with the pseudo-Huber `rho`, so that single wild rows count
//! as much as a few scales and no more. A few dozen unknowns and a few thousand rows: normal equations are enough.

/// A fit to do.
pub struct Problem<'a> {
    /// Weighted, robust residuals at a point, appended to the vector given.
    pub residuals: &'a dyn Fn(&[f64], &mut Vec<f64>),
    /// Values to start from and be drawn to.
    pub prior: &'a [f64],
    /// How far each may go.
    pub spread: &'a [f64],
    /// Strength of the prior.
    pub prior_weight: f64,
}

/// `sign(r) sqrt(2 (sqrt(1 + r^2) - 1))`: its square is the pseudo-Huber loss.
pub fn robust(residual: f64) -> f64 {
    residual.signum() * (2.0 * ((1.0 + residual * residual).sqrt() - 1.0)).sqrt()
}

/// Step of the numeric derivative, in units of the logarithm.
const DERIVATIVE_STEP: f64 = 1e-5;
/// Gain below which a fit is finished.
const SMALL_GAIN: f64 = 1e-9;

impl Problem<'_> {
    /// The best point found from `start` in at most `steps` accepted steps.
    pub fn solve(&self, start: &[f64], steps: usize) -> Vec<f64> {
        let mut point = start.to_vec();
        let mut residuals = self.all(&point);
        let mut cost = sum_of_squares(&residuals);
        let mut damping = 1e-3;
        for _ in 0..steps {
            let (gradient, curvature) = self.normal_equations(&point, &residuals);
            let mut improved = false;
            for _ in 0..8 {
                let Some(step) = damped_step(&gradient, &curvature, damping) else {
                    damping *= 10.0;
                    continue;
                };
                let next: Vec<f64> = point.iter().zip(&step).map(|(x, d)| x - d).collect();
                let next_residuals = self.all(&next);
                let next_cost = sum_of_squares(&next_residuals);
                if next_cost < cost {
                    improved = cost - next_cost > SMALL_GAIN * cost;
                    (point, residuals, cost) = (next, next_residuals, next_cost);
                    damping = (damping * 0.3).max(1e-9);
                    break;
                }
                damping *= 5.0;
            }
            if !improved {
                break;
            }
        }
        point
    }

    fn all(&self, point: &[f64]) -> Vec<f64> {
        let mut out = Vec::new();
        (self.residuals)(point, &mut out);
        let strength = self.prior_weight.sqrt();
        out.extend(
            point.iter().zip(self.prior).zip(self.spread).map(|((x, prior), spread)| strength * (x - prior) / spread),
        );
        out
    }

    /// Gradient `J'r` and curvature `J'J`, row by row.
    fn normal_equations(&self, point: &[f64], residuals: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let columns: Vec<Vec<f64>> = (0..point.len())
            .map(|at| {
                let mut moved = point.to_vec();
                if let Some(x) = moved.get_mut(at) {
                    *x += DERIVATIVE_STEP;
                }
                self.all(&moved)
                    .iter()
                    .zip(residuals)
                    .map(|(after, before)| (after - before) / DERIVATIVE_STEP)
                    .collect()
            })
            .collect();
        let gradient = columns.iter().map(|column| dot(column, residuals)).collect();
        let curvature = columns.iter().map(|a| columns.iter().map(|b| dot(a, b)).collect()).collect();
        (gradient, curvature)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn sum_of_squares(values: &[f64]) -> f64 {
    values.iter().map(|v| v * v).sum()
}

/// Solves `(J'J + damping diag(J'J)) d = J'r` by Cholesky. `None`: not positive definite.
fn damped_step(gradient: &[f64], curvature: &[Vec<f64>], damping: f64) -> Option<Vec<f64>> {
    let n = gradient.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let above = curvature.get(i)?.get(j)?;
            let known: f64 = lower.get(i)?.iter().zip(lower.get(j)?).take(j).map(|(a, b)| a * b).sum();
            let rest = above * if i == j { 1.0 + damping } else { 1.0 } - known;
            let value = if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                rest.sqrt()
            } else {
                rest / lower.get(j)?.get(j)?
            };
            *lower.get_mut(i)?.get_mut(j)? = value;
        }
    }
    let mut forward = Vec::with_capacity(n);
    for i in 0..n {
        let row = lower.get(i)?;
        let known: f64 = row.iter().zip(&forward).map(|(a, b)| a * b).sum();
        forward.push((gradient.get(i)? - known) / row.get(i)?);
    }
    let mut step = vec![0.0; n];
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).filter_map(|k| Some(lower.get(k)?.get(i)? * step.get(k)?)).sum();
        *step.get_mut(i)? = (forward.get(i)? - known) / lower.get(i)?.get(i)?;
    }
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_one_wild_point_is_found() {
        let points: Vec<(f64, f64)> =
            (0..20).map(|i| (f64::from(i), 3.0 + 0.5 * f64::from(i) + if i == 7 { 500.0 } else { 0.0 })).collect();
        let residuals = |x: &[f64], out: &mut Vec<f64>| {
            out.extend(points.iter().map(|(at, y)| robust((x[0] + x[1] * at - y) / 0.1)));
        };
        let problem = Problem { residuals: &residuals, prior: &[0.0, 0.0], spread: &[100.0, 100.0], prior_weight: 1.0 };
        let found = problem.solve(&[0.0, 0.0], 100);
        assert!((found[0] - 3.0).abs() < 0.05 && (found[1] - 0.5).abs() < 0.01, "{found:?}");
    }

    #[test]
    fn what_no_row_speaks_of_stays_at_its_prior() {
        let residuals = |x: &[f64], out: &mut Vec<f64>| out.push(x[0] - 2.0);
        let problem = Problem { residuals: &residuals, prior: &[0.0, 0.7], spread: &[100.0, 0.1], prior_weight: 1.0 };
        let found = problem.solve(&[0.0, 0.0], 50);
        assert!((found[0] - 2.0).abs() < 1e-2 && (found[1] - 0.7).abs() < 1e-6, "{found:?}");
    }
}
