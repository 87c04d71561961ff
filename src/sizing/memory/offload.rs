//! llama.cpp with some layers on the device and the rest in host memory.
//!
//! The output head counts as one layer more, the last. Layers move from the end: `-ngl 1` moves the head alone. Caches
//! follow their layers. The embedding table always stays with the host.

use crate::sizing::buffers::{self, GraphProfile};
use crate::sizing::kv_cache::{self, CacheRequest};
use crate::sizing::weights::{self, Storage};
use crate::sizing::{Refusal, Workload};
use crate::units::Bytes;

/// Where the bytes lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offload {
    /// Layers on the device, the head counted as one.
    pub device_layers: u32,
    /// Weights on the device.
    pub device_weights: Bytes,
    /// Caches on the device.
    pub device_cache: Bytes,
    /// Scratch space on the device.
    pub device_buffers: Bytes,
    /// Weights in host memory.
    pub host_weights: Bytes,
    /// Caches in host memory.
    pub host_cache: Bytes,
}

impl Offload {
    /// All bytes on the device.
    pub fn on_device(&self) -> Bytes {
        self.device_weights + self.device_cache + self.device_buffers
    }
}

/// What one layer weighs and keeps.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    weights: Bytes,
    cache: Bytes,
}

/// Every layer in order, the head last, and what always stays with the host.
fn layers(workload: &Workload<'_>) -> Result<(Vec<Layer>, Bytes), Refusal> {
    let storage = Storage::of(workload.format, workload.engine);
    let blocks = weights::by_block(workload.model, &storage)?;
    let caches = kv_cache::by_layer(workload.model, &CacheRequest::of(workload))?;
    let cache_of = caches.into_iter().chain(std::iter::repeat(Bytes::ZERO));
    let mut layers: Vec<Layer> =
        blocks.blocks.into_iter().zip(cache_of).map(|(weights, cache)| Layer { weights, cache }).collect();
    layers.push(Layer { weights: blocks.head, cache: Bytes::ZERO });
    Ok((layers, blocks.host))
}

/// The split with this many layers on the device; more than there are means all.
///
/// # Errors
/// The model's shapes are not published.
pub fn split(workload: &Workload<'_>, device_layers: u32) -> Result<Offload, Refusal> {
    let (layers, host) = layers(workload)?;
    Ok(divide(workload, &layers, host, device_layers))
}

fn divide(workload: &Workload<'_>, layers: &[Layer], host: Bytes, wanted: u32) -> Offload {
    let all = u32::try_from(layers.len()).unwrap_or(u32::MAX);
    let device_layers = wanted.min(all);
    let first_on_device = usize::try_from(all - device_layers).unwrap_or(usize::MAX);
    let mut split = Offload {
        device_layers,
        device_weights: Bytes::ZERO,
        device_cache: Bytes::ZERO,
        device_buffers: Bytes::ZERO,
        host_weights: host,
        host_cache: Bytes::ZERO,
    };
    let mut largest_on_host = Bytes::ZERO;
    for (at, layer) in layers.iter().enumerate() {
        if at >= first_on_device {
            split.device_weights += layer.weights;
            split.device_cache += layer.cache;
        } else {
            split.host_weights += layer.weights;
            split.host_cache += layer.cache;
            largest_on_host = largest_on_host.max(layer.weights);
        }
    }
    if device_layers > 0 {
        let whole = buffers::llama_cpp(workload, &GraphProfile::since_may_2026(), 1).likely;
        // Prompts borrow the device for layers that live with the host: one of them at a time is copied over.
        split.device_buffers = whole + largest_on_host;
    }
    split
}

/// The most layers whose weights, caches and scratch space fit into `capacity`.
///
/// # Errors
/// The model's shapes are not published.
pub fn most_layers(workload: &Workload<'_>, capacity: Bytes) -> Result<Offload, Refusal> {
    let (layers, host) = layers(workload)?;
    let all = u32::try_from(layers.len()).unwrap_or(u32::MAX);
    let best =
        (0..=all).rev().map(|count| divide(workload, &layers, host, count)).find(|split| split.on_device() <= capacity);
    Ok(best.unwrap_or_else(|| divide(workload, &layers, host, 0)))
}
