//! llama.cpp and its kin with several sessions on graphics: one step for all, with kernels made for one.
//!
//! `step = (t_w^2 + t_c^2)^(1/2) + t_kv + layers + B x request + recurrence`. Reading and multiplying mix (the kernels
//! unpack while they multiply). Metal works in tiles of 32 rows above a batch of 8, so 16 sessions cost as much as 32.
//! One session is [`crate::sizing::speed`]'s answer, exactly: see [`super::alone`].
//! Fitted on two devices only: the bands for a third are wide, and what a batch gains is trusted more than the absolute.

use super::alone::departure;
use super::served::constants::fitted_constants;
use crate::catalog::{Device, Engine, KvFormat, LayerState, Model, WeightFormat};
use crate::sizing::kv_cache;
use crate::sizing::speed::{platform::peak_bandwidth, work};
use crate::sizing::weights::{self, WeightCount};
use crate::sizing::{Refusal, Resource};
use crate::units::{Bytes, Seconds};

fitted_constants!(
    /// llama.cpp batches on graphics. Times in microseconds, the rest plain factors.
    LocalConstants {
        /// Share of peak bandwidth that reading weights reaches.
        bandwidth = 0.70, 0.20;
        /// The same for routed experts. Above 1: real routing touches fewer than the formula counts.
        bandwidth_experts = 0.85, 0.25;
        /// Share of the 16-bit matrix rate that products reach.
        compute = 0.35, 0.40;
        /// The same for experts, which get few rows each.
        compute_experts = 0.20, 0.50;
        /// Share of peak bandwidth that reading the cache reaches.
        cache = 0.50, 0.40;
        /// Fixed time of a layer.
        layer = 60.0, 0.60;
        /// Further time of a layer with experts.
        expert_layer = 60.0, 0.60;
        /// Time of each session in a step.
        session = 150.0, 0.80;
        /// Time of each session and recurrent layer, at 273 GB/s.
        recurrent = 300.0, 0.70;
        /// Share of the 16-bit matrix rate that attention reaches.
        attention = 0.10, 0.80;
        /// Factor on the bandwidth for 4-bit weights.
        four_bit = 0.95, 0.20;
    }
);

/// Matrix rate in FLOP a byte of bandwidth where nobody published one.
const FLOP_PER_BYTE_ASSUMED: f64 = 50.0; // small graphics of the catalog, 2026-11
/// Bandwidth at which the time of a recurrent layer is stated: DGX Spark.
const RECURRENT_AT: f64 = 273e9;
/// Batch beyond which Metal works in tiles, and rows of a tile.
const METAL_TILE: (f64, f64) = (8.0, 32.0);

/// A model on a device, as numbers in SI units.
#[derive(Clone, Debug)]
pub struct LocalWork {
    weights: WeightCount,
    bandwidth: f64,
    rate: f64,
    metal: bool,
    four_bit: bool,
    depth: f64,
    cache_per_session: f64,
    attention_per_session: f64,
    recurrent_layers: f64,
    layers: f64,
    alone: Option<Seconds>,
}

impl LocalWork {
    /// Reads model and device; `depth` tokens in each session's cache.
    ///
    /// # Errors
    /// The shapes or the bandwidth are not published.
    pub fn of(model: &Model, format: WeightFormat, kv: KvFormat, device: &Device, depth: f64) -> Result<Self, Refusal> {
        let refuse = |what: &str| Refusal { reason: what.to_owned(), nearest: None };
        let bandwidth = peak_bandwidth(device)
            .map(crate::units::BytesPerSecond::as_bytes_per_second)
            .ok_or_else(|| refuse(&format!("{}: its memory bandwidth is not published", device.name)))?;
        let weights = weights::count(model, format, Engine::LlamaCpp)?;
        let states = kv_cache::layers(model).unwrap_or_default();
        let rate = device.rates.fp16.map(crate::units::FlopPerSecond::as_flops);
        Ok(Self {
            bandwidth,
            rate: rate.filter(|rate| *rate > 0.0).unwrap_or(bandwidth * FLOP_PER_BYTE_ASSUMED),
            metal: device.class == crate::catalog::DeviceClass::Apple,
            four_bit: weights.total().as_f64() * 8.0 < 5.5 * weights.parameters() as f64,
            depth,
            cache_per_session: kv_cache::read_bytes(model, kv, depth).map_or(0.0, Bytes::as_f64),
            attention_per_session: work::attention(model, depth).as_flop(),
            recurrent_layers: states.iter().filter(|layer| matches!(layer, LayerState::Recurrent { .. })).count()
                as f64,
            alone: None,
            layers: model.architecture.as_ref().map_or(32.0, |shapes| f64::from(shapes.layers)),
            weights,
        })
    }

    /// With the time of a token of one session as the single-stream form gives it.
    pub fn starting_from(self, alone: Option<Seconds>) -> Self {
        Self { alone, ..self }
    }

    /// Tokens in each session's cache.
    pub fn depth(&self) -> f64 {
        self.depth
    }
}

/// Time of one step with `batch` sessions, and what binds it. One session takes exactly what the work starts from.
pub fn step(c: &LocalConstants, work: &LocalWork, batch: f64) -> (Seconds, Resource) {
    let (own, binding) = form(c, work, batch);
    let Some(alone) = work.alone else { return (own, binding) };
    let (first, _) = form(c, work, 1.0);
    (own * departure(alone, first, 1.0, batch), binding)
}

/// Time of a step by the form of batches alone.
fn form(c: &LocalConstants, work: &LocalWork, batch: f64) -> (Seconds, Resource) {
    let batch = batch.max(1.0);
    let count = &work.weights;
    let sharp = if work.four_bit { c.four_bit } else { 1.0 };
    // A float-to-integer cast saturates, and NaN becomes zero.
    let experts = count.routed_experts.bytes.as_f64() * count.expert_coverage(batch as u32);
    let all = count.read_per_step(batch as u32).as_f64();
    let read = ((all - experts).max(0.0) / c.bandwidth + experts / c.bandwidth_experts) / (work.bandwidth * sharp);
    let rows = match METAL_TILE {
        (from, tile) if work.metal && batch > from => (batch / tile).ceil() * tile,
        _ => batch,
    };
    let (of, taken) = count.experts;
    let routed = if of > 0 { count.routed_experts.parameters as f64 * f64::from(taken) / f64::from(of) } else { 0.0 };
    let dense = (count.active_parameters() as f64 - routed).max(0.0);
    let compute = 2.0 * dense * rows / (work.rate * c.compute) + 2.0 * routed * batch / (work.rate * c.compute_experts);
    let cache = batch
        * (work.cache_per_session / (work.bandwidth * c.cache)
            + work.attention_per_session / (work.rate * c.attention));
    let expert_layers = if count.routed_experts.parameters > 0 { f64::from(count.expert_layers) } else { 0.0 };
    let recurrent = work.recurrent_layers * c.recurrent * RECURRENT_AT / work.bandwidth;
    let fixed = (work.layers * c.layer + expert_layers * c.expert_layer + batch * (c.session + recurrent)) * 1e-6;
    let binding = super::served::work::busiest(&[
        (read + cache, Resource::Bandwidth),
        (compute, Resource::Compute),
        (fixed, Resource::Overhead),
    ]);
    (Seconds::from_secs(read.hypot(compute) + cache + fixed), binding)
}
