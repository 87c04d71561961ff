//! Power of accelerators while serving: idle, plus what reading and multiplying draw, less what waiting for others saves.
//!
//! `P = N x limit x (c0 + c1 u_m^g1 + c2 u_c^g2 - c3 u_w)`, held between 0.12 and 0.97 of the limit (the board's own
//! regulation sits there at full load). Fitted on ML.ENERGY's H100 and B200 runs; other devices are taken as alike.

use super::closed_loop::Times;
use super::constants::{PowerConstants, ServedConstants};
use super::work::Work;

/// Least and most share of the limit.
const SHARES: (f64, f64) = (0.12, 0.97);
/// Share of the matrix rate that others' prompts keep busy while they are read.
const PROMPT_USE: f64 = 0.3;

/// Uses of a device, shares of what it could.
#[derive(Clone, Copy, Debug)]
pub(super) struct Uses {
    pub bandwidth: f64,
    pub compute: f64,
    pub waiting: f64,
    pub blackwell: bool,
}

pub(super) fn uses(c: &ServedConstants, work: &Work, times: &Times) -> Uses {
    let cache_share = if work.latent { c.bandwidth_latent_cache } else { c.bandwidth_cache };
    let per_step = 1.0 / times.cycle;
    let products = 2.0 * work.active_parameters * times.running / work.devices / work.rate_16;
    Uses {
        bandwidth: (times.step.weights * c.bandwidth + times.step.cache * cache_share) * per_step,
        compute: (products + PROMPT_USE * times.others_prompts) * per_step,
        waiting: times.step.collectives * per_step,
        blackwell: work.blackwell,
    }
}

/// Share of the limit that is drawn.
pub(super) fn share(c: &PowerConstants, uses: &Uses) -> f64 {
    let reading = c.bandwidth * uses.bandwidth.max(1e-3).powf(c.bandwidth_exponent);
    let computing = c.compute * uses.compute.max(1e-4).powf(c.compute_exponent);
    let chip = if uses.blackwell { c.blackwell } else { 1.0 };
    ((c.idle + reading + computing - c.waiting * uses.waiting) * chip).clamp(SHARES.0, SHARES.1)
}
