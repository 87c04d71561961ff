//! llama.cpp with a part of the model on the device and the rest in host memory.
//!
//! Two ways to split: whole layers (`-ngl`) or the routed experts alone (`--n-cpu-moe`). The output head counts as one
//! layer more, the last. Layers move to the device from the end: `-ngl 1` moves the head alone; experts stay with the
//! host from the first layer on. Caches follow their layers. The embedding table always stays with the host.

use crate::sizing::buffers::{self, GraphProfile};
use crate::sizing::kv_cache::{self, CacheRequest};
use crate::sizing::weights::{self, Storage};
use crate::sizing::{Refusal, Workload};
use crate::units::Bytes;

/// What stays with the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// All but this many layers from the end, the head counted as one (`-ngl`).
    Layers(u32),
    /// The routed experts of this many layers from the start (`--n-cpu-moe`); everything else is on the device.
    ExpertsOnHost(u32),
}

impl std::fmt::Display for Placement {
    /// In words, with llama.cpp's own option.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Layers(layers) => {
                write!(f, "{layers} layers on the device, the head counted as one (-ngl {layers})")
            }
            Self::ExpertsOnHost(layers) => {
                write!(f, "all but the experts of {layers} layers on the device (--n-cpu-moe {layers})")
            }
        }
    }
}

/// Where the bytes lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offload {
    /// What was asked, cut to what the model has.
    pub placement: Placement,
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
    /// Of the layers' weights without routed experts, the share on the device, 0 to 1.
    pub plain_share: f64,
    /// Of the routed experts, the share on the device, 0 to 1; 1 without experts.
    pub expert_share: f64,
    /// Whether the head is on the device.
    pub head_on_device: bool,
    /// Layers whose experts stay with the host while the layer itself is on the device.
    pub split_layers: u32,
}

impl Offload {
    /// All bytes on the device.
    pub fn on_device(&self) -> Bytes {
        self.device_weights + self.device_cache + self.device_buffers
    }

    /// All bytes in host memory.
    pub fn on_host(&self) -> Bytes {
        self.host_weights + self.host_cache
    }
}

/// What one layer weighs and keeps.
#[derive(Clone, Copy, Debug, Default)]
struct Layer {
    plain: Bytes,
    experts: Bytes,
    cache: Bytes,
}

/// Every layer in order, the head last, and what always stays with the host.
struct Parts {
    layers: Vec<Layer>,
    host: Bytes,
}

impl Parts {
    fn of(workload: &Workload<'_>) -> Result<Self, Refusal> {
        let storage = Storage::of(workload.format, workload.engine);
        let blocks = weights::by_block(workload.model, &storage)?;
        let caches = kv_cache::by_layer(workload.model, &CacheRequest::of(workload))?;
        let cache_of = caches.into_iter().chain(std::iter::repeat(Bytes::ZERO));
        let weights = blocks.blocks.into_iter().zip(blocks.experts);
        let mut layers: Vec<Layer> = weights
            .zip(cache_of)
            .map(|((all, experts), cache)| Layer { plain: all.saturating_sub(experts), experts, cache })
            .collect();
        layers.push(Layer { plain: blocks.head, experts: Bytes::ZERO, cache: Bytes::ZERO });
        Ok(Self { layers, host: blocks.host })
    }

    fn count(&self) -> u32 {
        u32::try_from(self.layers.len()).unwrap_or(u32::MAX)
    }

    fn has_experts(&self) -> bool {
        self.layers.iter().any(|layer| layer.experts > Bytes::ZERO)
    }

    fn divide(&self, workload: &Workload<'_>, wanted: Placement) -> Offload {
        let all = self.count();
        let (placement, on_device, experts_from) = match wanted {
            Placement::Layers(layers) => (Placement::Layers(layers.min(all)), layers.min(all), 0),
            Placement::ExpertsOnHost(layers) => {
                let layers = layers.min(all.saturating_sub(1));
                (Placement::ExpertsOnHost(layers), all, layers)
            }
        };
        let mut split = Offload {
            placement,
            device_layers: on_device,
            device_weights: Bytes::ZERO,
            device_cache: Bytes::ZERO,
            device_buffers: Bytes::ZERO,
            host_weights: self.host,
            host_cache: Bytes::ZERO,
            plain_share: 0.0,
            expert_share: 1.0,
            head_on_device: on_device > 0,
            split_layers: 0,
        };
        let (mut plain, mut experts) = ([Bytes::ZERO; 2], [Bytes::ZERO; 2]);
        let mut largest_on_host = Bytes::ZERO;
        for (at, layer) in (0..all).zip(&self.layers) {
            let here = at >= all - on_device;
            let experts_here = here && at >= experts_from;
            let head = at + 1 == all;
            for (bytes, here, sums) in [(layer.plain, here, &mut plain), (layer.experts, experts_here, &mut experts)] {
                let [device, host] = sums;
                if here {
                    split.device_weights += bytes;
                } else {
                    split.host_weights += bytes;
                }
                if !head {
                    *(if here { device } else { host }) += bytes;
                }
            }
            if here {
                split.device_cache += layer.cache;
            } else {
                split.host_cache += layer.cache;
            }
            let left =
                if here { Bytes::ZERO } else { layer.plain } + if experts_here { Bytes::ZERO } else { layer.experts };
            largest_on_host = largest_on_host.max(left);
            split.split_layers += u32::from(here && !experts_here && layer.experts > Bytes::ZERO);
        }
        let share = |[device, host]: [Bytes; 2]| device.ratio(device + host);
        split.plain_share = share(plain).unwrap_or(1.0);
        split.expert_share = share(experts).unwrap_or(1.0);
        if on_device > 0 {
            let whole = buffers::llama_cpp(workload, &GraphProfile::of(workload), 1).likely;
            // Prompts borrow the device for what lives with the host: one layer of it at a time is copied over.
            split.device_buffers = whole + largest_on_host;
        }
        split
    }
}

/// The split as asked; more layers than there are mean all.
///
/// # Errors
/// The model's shapes are not published.
pub fn place(workload: &Workload<'_>, placement: Placement) -> Result<Offload, Refusal> {
    Ok(Parts::of(workload)?.divide(workload, placement))
}

/// The most layers whose weights, caches and scratch space fit into `capacity`.
///
/// # Errors
/// The model's shapes are not published.
pub fn most_layers(workload: &Workload<'_>, capacity: Bytes) -> Result<Offload, Refusal> {
    let parts = Parts::of(workload)?;
    let best = (0..=parts.count())
        .rev()
        .map(|count| parts.divide(workload, Placement::Layers(count)))
        .find(|split| split.on_device() <= capacity);
    Ok(best.unwrap_or_else(|| parts.divide(workload, Placement::Layers(0))))
}

/// The fewest layers whose experts have to stay with the host for the rest to fit into `capacity`. `None`: the model
/// has no experts, or what is not an expert does not fit either.
///
/// # Errors
/// The model's shapes are not published.
pub fn fewest_experts_on_host(workload: &Workload<'_>, capacity: Bytes) -> Result<Option<Offload>, Refusal> {
    let parts = Parts::of(workload)?;
    if !parts.has_experts() {
        return Ok(None);
    }
    let splits = (0..parts.count()).map(|count| parts.divide(workload, Placement::ExpertsOnHost(count)));
    Ok({ splits }.find(|split| split.on_device() <= capacity))
}
