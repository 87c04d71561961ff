//! Time to generate one token for one session.
//!
//! Accelerators: reading weights and unpacking them are both limits and bite together near their crossover
//! (`sqrt(read^2 + unpack^2)`); cache, fixed time and exchange between devices come on top. Processors: the same with an
//! exponent of their own, and fixed time that grows with the number of threads. Constants are fitted (see
//! [`super::constants`]).

use super::conditions::{Client, Conditions, Generation, Parallel};
use super::constants::{AcceleratorDecode, ProcessorDecode, SpeedConstants};
use super::platform::{Accelerator, Machine, Maker, Memory, Processor, ProcessorKind, Stack};
use super::work::{Unpacking, Work};
use crate::sizing::Resource;
use crate::units::{Bytes, Flop, Seconds};

/// Most of the peak bandwidth that any device reaches.
const MOST_BANDWIDTH: f64 = 0.97; // refresh and turnaround; best STREAM results of DDR and HBM parts
/// Fixed time of a processor's layer is stated for this many threads.
const THREADS_OF_LAYER: f64 = 8.0;
/// It grows with this power of the number of threads: barriers meet in a tree.
const THREADS_EXPONENT: f64 = 0.33;
/// Shortest answer for which wall time is spread over its tokens.
const FEWEST_TOKENS: f64 = 32.0;

/// What one token does besides reading weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TokenLoad {
    /// Bytes of cache read.
    pub cache: Bytes,
    /// Operations of attention.
    pub attention: Flop,
    /// Tokens of the answer, for clients that divide by wall time.
    pub output_tokens: u32,
}

/// The time of one token in its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DecodeTime {
    /// Reading weights, alone.
    pub weights: Seconds,
    /// Unpacking and multiplying them, alone.
    pub unpacking: Seconds,
    /// Both together, overlapping.
    pub both: Seconds,
    /// Reading the cache.
    pub cache: Seconds,
    /// Launches and synchronisation.
    pub fixed: Seconds,
    /// Exchange between devices.
    pub links: Seconds,
    /// Outside the engine.
    pub outside: Seconds,
}

impl DecodeTime {
    /// All of it.
    pub fn total(&self) -> Seconds {
        self.both + self.cache + self.fixed + self.links + self.outside
    }

    /// What takes longest.
    pub fn binding(&self) -> Resource {
        let bandwidth = if self.weights >= self.unpacking { self.both + self.cache } else { self.cache };
        let compute = if self.weights >= self.unpacking { Seconds::ZERO } else { self.both };
        [
            (bandwidth, Resource::Bandwidth),
            (compute, Resource::Compute),
            (self.fixed + self.outside, Resource::Overhead),
            (self.links, Resource::Interconnect),
        ]
        .into_iter()
        .fold((Seconds::ZERO, Resource::Bandwidth), |most, part| if part.0 > most.0 { part } else { most })
        .1
    }
}

/// Time of one token.
pub fn time(
    constants: &SpeedConstants,
    machine: &Machine,
    conditions: &Conditions,
    work: &Work,
    load: &TokenLoad,
) -> DecodeTime {
    let mut time = match machine {
        Machine::Accelerator(it) => accelerator(&constants.accelerator_decode, it, conditions, work, load),
        Machine::Processor(it) => processor(&constants.processor_decode, it, conditions, work, load),
    };
    if conditions.client == Client::WallClock {
        let each = 1.0 / f64::from(load.output_tokens).max(FEWEST_TOKENS);
        time.outside = Seconds::from_millis(constants.accelerator_decode.request) * each;
    }
    time
}

/// `a` and `b` where both are limits: their sum with exponent `sharpness`.
fn overlap(a: Seconds, b: Seconds, sharpness: f64) -> Seconds {
    Seconds::from_secs((a.as_secs().powf(sharpness) + b.as_secs().powf(sharpness)).powf(1.0 / sharpness))
}

fn accelerator(c: &AcceleratorDecode, it: &Accelerator, run: &Conditions, work: &Work, load: &TokenLoad) -> DecodeTime {
    let when = |yes: bool, factor: f64| if yes { factor } else { 1.0 };
    let together = run.together();
    let share = c.bandwidth
        * match it.memory {
            Memory::Stacked => c.bandwidth_hbm,
            Memory::Card => c.bandwidth_gddr,
            Memory::Shared => 1.0,
        }
        * match run.generation {
            Generation::Current | Generation::Before2025 => 1.0,
            Generation::Vllm2023 => c.bandwidth_vllm_2023,
            Generation::LocalScore => c.bandwidth_localscore,
            Generation::LlamaRn => c.bandwidth_llama_rn,
        };
    let weights = work.weights / (it.bandwidth * (share.min(MOST_BANDWIDTH) * together));
    let vector = c.vector * when(it.before_2018, c.vector_before_2018);
    let unpacking = Flop::from_flop(2.0 * work.active) / (it.vector * (vector * together));
    let metal = run.stack == Stack::Metal;
    let older = run.before_2025() || run.localscore();
    let cache_share = match (metal, older) {
        (true, _) => c.cache_metal,
        (false, true) => c.cache_before_2025,
        (false, false) => c.cache,
    };
    let read = load.cache / (it.bandwidth * (cache_share * together));
    let attention_share = match (metal, older, work.latent) {
        (true, true, _) => Some(c.attention_metal_before_2025),
        (true, false, true) => Some(c.attention_metal_latent),
        (true, false, false) | (false, _, _) => None,
    };
    let attention = attention_share.map_or(Seconds::ZERO, |share| load.attention / (it.vector * share));
    DecodeTime {
        weights,
        unpacking,
        both: overlap(weights, unpacking, 2.0),
        cache: read.max(attention),
        fixed: fixed_time(c, it, run, work),
        links: link_time(c, run, work),
        outside: Seconds::ZERO,
    }
}

/// Launches and synchronisation of one pass through the layers, without what recurrent ones add to a single token.
pub(super) fn launches(c: &AcceleratorDecode, it: &Accelerator, run: &Conditions, work: &Work) -> Seconds {
    let layer = match run.stack {
        Stack::Cuda => c.layer_cuda,
        Stack::Metal => c.layer_metal,
        Stack::Rocm | Stack::Vulkan | Stack::Processor => c.layer_other,
        Stack::Sycl => c.layer_sycl,
        Stack::OpenCl | Stack::Npu => c.layer_phone,
    };
    let expert = if run.stack == Stack::Metal { c.expert_layer_metal } else { c.expert_layer };
    Seconds::from_millis(c.token + layer * work.layers + expert * work.expert_layers) * slower(c, it, run)
}

/// Factor on fixed times by the age of the software and the make of the chip.
fn slower(c: &AcceleratorDecode, it: &Accelerator, run: &Conditions) -> f64 {
    let age = match run.generation {
        Generation::Current | Generation::LlamaRn => 1.0,
        Generation::Before2025 | Generation::Vllm2023 => c.fixed_before_2025,
        Generation::LocalScore => c.fixed_localscore,
    };
    let shared = it.memory == Memory::Shared && it.maker != Maker::Apple;
    age * if shared { c.fixed_shared_chip } else { 1.0 } * if it.two_dies { c.fixed_two_dies } else { 1.0 }
}

fn fixed_time(c: &AcceleratorDecode, it: &Accelerator, run: &Conditions, work: &Work) -> Seconds {
    let recurrent = match run.stack {
        Stack::Npu => c.recurrent_layer_phone * c.recurrent_layer_npu,
        Stack::OpenCl => c.recurrent_layer_phone,
        Stack::Cuda | Stack::Metal | Stack::Rocm | Stack::Vulkan | Stack::Sycl | Stack::Processor => c.recurrent_layer,
    };
    let board = if run.board_host {
        let per_gigabyte = if it.maker == Maker::Nvidia { 0.0 } else { c.board_host_gigabyte };
        c.board_host + per_gigabyte * work.weights.as_gb()
    } else {
        0.0
    };
    let recurrent = Seconds::from_millis(recurrent * work.recurrent_layers) * slower(c, it, run);
    launches(c, it, run, work) + recurrent + Seconds::from_millis(board)
}

fn link_time(c: &AcceleratorDecode, run: &Conditions, work: &Work) -> Seconds {
    let devices = f64::from(run.devices.max(1));
    if devices <= 1.0 {
        return Seconds::ZERO;
    }
    Seconds::from_millis(match run.parallel {
        Parallel::Layers => (devices - 1.0) * c.hop,
        Parallel::Tensor => {
            let each = if run.generation == Generation::Vllm2023 { c.collective_vllm_2023 } else { c.collective };
            work.layers * devices.log2() * each
        }
        Parallel::Rows => work.layers * devices * c.row_split,
    })
}

fn processor(c: &ProcessorDecode, it: &Processor, run: &Conditions, work: &Work, load: &TokenLoad) -> DecodeTime {
    let kind = match it.kind {
        ProcessorKind::AmdDesktop => c.bandwidth_amd_desktop,
        ProcessorKind::IntelDesktop => c.bandwidth_intel_desktop,
        ProcessorKind::IntelLaptop => c.bandwidth_intel_laptop,
        ProcessorKind::AmdServer | ProcessorKind::IntelServer | ProcessorKind::ArmServer => c.bandwidth_server,
        ProcessorKind::AmdLaptop | ProcessorKind::Phone | ProcessorKind::Other => 1.0,
    };
    let sockets = run.together();
    let weights = work.weights / (it.bandwidth * ((c.bandwidth * kind).min(MOST_BANDWIDTH) * sockets));
    let threads = run.threads.map_or(it.cores, |threads| f64::from(threads.max(1)));
    let busy = (threads / it.cores.max(1.0)).min(1.0);
    let format = match work.unpacking {
        Unpacking::SixBit => c.weight_6_bit,
        Unpacking::ThreeBit => c.weight_3_bit,
        Unpacking::None | Unpacking::EightBit | Unpacking::Simple | Unpacking::Nested | Unpacking::FourBitFloat => 1.0,
    };
    let each = c.weight * format * if it.mixed_cores { c.weight_mixed_cores } else { 1.0 };
    let unpacking = Seconds::from_secs(work.active * each * 1e-9 / (it.core_rate * busy).max(f64::MIN_POSITIVE));
    let layers = work.layers + c.recurrent_layer * work.recurrent_layers;
    let fixed = Seconds::from_millis(c.layer * (threads / THREADS_OF_LAYER).powf(THREADS_EXPONENT) * layers);
    DecodeTime {
        weights,
        unpacking,
        both: overlap(weights, unpacking, c.sharpness.max(1.0)),
        cache: load.cache / (it.bandwidth * c.cache),
        fixed,
        links: Seconds::ZERO,
        outside: Seconds::ZERO,
    }
}
