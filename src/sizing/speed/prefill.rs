//! Time to read one prompt for one session.
//!
//! The kernels are those of a token, handed over once a micro-batch, so launches are taken from decode. Matrix units
//! reach the smaller of a share of their peak and of what their power limit feeds: over five NVIDIA generations and two
//! makers the achieved rate follows `sqrt(peak x power limit)`. Small batches, experts that see few rows, reading the
//! weights once a micro-batch, and attention that grows with depth come on top.

use super::conditions::{Conditions, Parallel};
use super::constants::{AcceleratorPrefill, ProcessorPrefill, SpeedConstants};
use super::decode;
use super::platform::{Accelerator, Machine, Maker, Memory, Processor, ProcessorKind, Stack};
use super::work::{Unpacking, Work};
use crate::sizing::Resource;
use crate::units::{Flop, FlopPerSecond, Seconds};

/// How sharply the two limits of a rate, and rate and bandwidth, decide alone.
const SHARPNESS: f64 = 3.0;
/// Most of the matrix rate that anything reaches.
const MOST_RATE: f64 = 0.95; // the best dense products of cuBLAS and rocBLAS reach nine tenths
/// Gain of tensor parallelism on prompts: devices to this power.
const TENSOR_EXPONENT: f64 = 0.7; // PCIe cards in the rows, 2026-11
/// Size that `size_exponent` and the pipeline gain refer to.
const REFERENCE_PARAMETERS: f64 = 7e9;
/// Rates of processors fall with this power of their core rate, against [`CORE_RATE_REFERENCE`].
const CORE_RATE_EXPONENT: f64 = -0.15; // shared caches and clocks; rows of 103 processors, 2026-11
/// Core rate that `rate` is stated for.
const CORE_RATE_REFERENCE: f64 = 20.0;
/// Using part of the cores costs less than their share: the rest clock higher.
const PART_OF_CORES_EXPONENT: f64 = 0.7; // Graviton4 and phones with explicit threads, 2026-11

/// What is asked of a prompt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromptLoad {
    /// Tokens of the prompt; 1 or more.
    pub tokens: u32,
    /// Operations of attention of its middle token, with what is in the cache already.
    pub attention: Flop,
}

/// The time of one prompt token in its parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrefillTime {
    /// Matrix products.
    pub compute: Seconds,
    /// Reading weights, spread over the tokens of a micro-batch.
    pub weights: Seconds,
    /// Handing the kernels of a micro-batch over, spread over its tokens; hidden behind the work where that is longer.
    pub launches: Seconds,
    /// All three, overlapping.
    pub both: Seconds,
    /// Attention.
    pub attention: Seconds,
    /// Launches.
    pub fixed: Seconds,
    /// How many devices' worth of work is done at once.
    pub together: f64,
}

impl PrefillTime {
    /// Of one prompt token.
    pub fn total(&self) -> Seconds {
        (self.both + self.attention + self.fixed) / self.together
    }

    /// What takes longest.
    pub fn binding(&self) -> Resource {
        if self.launches > self.compute.max(self.weights) {
            return Resource::Overhead;
        }
        let compute = self.attention + if self.compute >= self.weights { self.both } else { Seconds::ZERO };
        let bandwidth = if self.compute >= self.weights { Seconds::ZERO } else { self.both };
        if self.fixed > compute.max(bandwidth) {
            Resource::Overhead
        } else if bandwidth > compute {
            Resource::Bandwidth
        } else {
            Resource::Compute
        }
    }
}

/// Time of one prompt token.
pub fn time(
    constants: &SpeedConstants,
    machine: &Machine,
    conditions: &Conditions,
    work: &Work,
    load: &PromptLoad,
) -> PrefillTime {
    match machine {
        Machine::Accelerator(it) => {
            let launches = decode::launches(&constants.accelerator_decode, it, conditions, work);
            accelerator(&constants.accelerator_prefill, it, conditions, work, load, launches)
        }
        Machine::Processor(it) => processor(&constants.processor_prefill, it, conditions, work, load),
    }
}

/// Rate of matrix products before model and format are looked at: the most the chip reaches, or its power feeds.
fn base_rate(c: &AcceleratorPrefill, it: &Accelerator) -> FlopPerSecond {
    if !it.matrix_units {
        return it.matrix * c.vector;
    }
    let matrix = it.matrix.as_tera();
    let peak = c.matrix * matrix;
    let fed = c.power * (matrix * it.power.as_watts()).sqrt();
    FlopPerSecond::from_tera((peak.powf(-SHARPNESS) + fed.powf(-SHARPNESS)).powf(-1.0 / SHARPNESS))
}

fn accelerator(
    c: &AcceleratorPrefill,
    it: &Accelerator,
    run: &Conditions,
    work: &Work,
    load: &PromptLoad,
    launches: Seconds,
) -> PrefillTime {
    let when = |yes: bool, factor: f64| if yes { factor } else { 1.0 };
    let phone = matches!(run.stack, Stack::OpenCl | Stack::Npu);
    let recurrent = work.recurrent_layers > 0.0;
    let maker = match it.maker {
        Maker::Nvidia => c.nvidia,
        Maker::Amd => c.amd,
        Maker::Intel => c.intel,
        Maker::Apple | Maker::Other => 1.0,
    };
    let common = maker
        * when(run.stack == Stack::Vulkan, c.vulkan)
        * when(run.stack == Stack::OpenCl, c.opencl)
        * when(run.stack == Stack::Npu, c.npu)
        * when(run.localscore(), c.localscore * when(it.memory == Memory::Stacked, c.localscore_hbm))
        * when(run.before_2025(), c.before_2025)
        * when(recurrent, c.recurrent * when(phone, c.recurrent_phone))
        * when(work.wide_heads && phone, c.wide_heads_phone)
        * (work.body / REFERENCE_PARAMETERS).powf(c.size_exponent);
    let format = match work.unpacking {
        Unpacking::None => c.format_16_bit,
        Unpacking::Simple => c.format_simple,
        Unpacking::EightBit | Unpacking::Nested | Unpacking::SixBit | Unpacking::ThreeBit | Unpacking::FourBitFloat => {
            1.0
        }
    } * when(it.maker == Maker::Apple && work.unpacking != Unpacking::None, c.format_apple);
    let most = it.matrix * MOST_RATE;
    let plain = (base_rate(c, it) * common).min(most);
    let rate = (plain * (format * when(work.experts, c.experts))).min(most);

    let tokens = f64::from(load.tokens.max(1));
    let micro_batch = f64::from(run.micro_batch.max(1));
    let rows = tokens.min(micro_batch);
    let batches = (tokens / micro_batch).ceil();
    let filling = 1.0 + c.rows_to_fill / rows + work.expert_share * c.rows_to_fill_expert / (rows * work.experts_taken);
    let compute = Flop::from_flop(2.0 * work.body * filling) / rate;
    let touched = if work.experts { 1.0 - (1.0 - work.experts_taken).powf(rows) } else { 1.0 };
    let read = if work.experts { work.all_weights.scaled(touched) } else { work.weights };
    let weights = read / (it.bandwidth * c.weights) / rows;
    let launches = launches / rows;
    let older = run.before_2025() || run.localscore();
    let share = if older { c.attention_before_2025 } else { c.attention };
    PrefillTime {
        compute,
        weights,
        launches,
        both: joined([compute, weights, launches]),
        attention: load.attention / (plain * share),
        fixed: Seconds::from_millis(c.expert_layer * work.expert_layers / rows),
        together: gain(c.pipeline, run, work, batches),
    }
}

/// Devices' worth of work done at once: micro-batches of a layer split follow one another through the devices.
fn gain(pipeline: f64, run: &Conditions, work: &Work, batches: f64) -> f64 {
    let devices = f64::from(run.devices.max(1));
    match run.parallel {
        Parallel::Layers => {
            let filled = devices * batches / (devices + batches - 1.0);
            filled.powf(pipeline * (REFERENCE_PARAMETERS / work.body).sqrt().min(1.0))
        }
        Parallel::Tensor | Parallel::Rows => devices.powf(TENSOR_EXPONENT),
    }
}

fn joined(times: [Seconds; 3]) -> Seconds {
    let sum: f64 = times.iter().map(|time| time.as_secs().powf(SHARPNESS)).sum();
    Seconds::from_secs(sum.powf(1.0 / SHARPNESS))
}

fn processor(c: &ProcessorPrefill, it: &Processor, run: &Conditions, work: &Work, load: &PromptLoad) -> PrefillTime {
    let when = |yes: bool, factor: f64| if yes { factor } else { 1.0 };
    let kind = match it.kind {
        ProcessorKind::AmdDesktop => c.amd_desktop,
        ProcessorKind::AmdLaptop => c.amd_laptop,
        ProcessorKind::IntelDesktop => c.intel_desktop,
        ProcessorKind::IntelLaptop => c.intel_laptop,
        ProcessorKind::AmdServer | ProcessorKind::IntelServer | ProcessorKind::ArmServer => c.server,
        ProcessorKind::Phone | ProcessorKind::Other => 1.0,
    };
    let format = match (work.unpacking, it.arm) {
        (Unpacking::Nested, _) => c.format_4_bit_k,
        (Unpacking::EightBit, true) => c.format_8_bit_arm,
        (Unpacking::Simple, true) => c.format_simple_arm,
        (Unpacking::ThreeBit, true) => c.format_3_bit_arm,
        (Unpacking::None | Unpacking::SixBit | Unpacking::FourBitFloat, _)
        | (Unpacking::EightBit | Unpacking::Simple | Unpacking::ThreeBit, false) => 1.0,
    };
    let nested = matches!(work.unpacking, Unpacking::Nested | Unpacking::SixBit);
    let threads = run.threads.map_or(it.cores, |threads| f64::from(threads.max(1)));
    let busy = (threads / it.cores.max(1.0)).min(1.0).powf(PART_OF_CORES_EXPONENT);
    let rate = c.rate
        * kind
        * format
        * when(it.mixed_cores, c.mixed_cores)
        * when(nested && work.odd_rows, c.odd_rows)
        * when(work.recurrent_layers > 0.0, c.recurrent)
        * it.core_rate
        * (it.core_rate / CORE_RATE_REFERENCE).powf(CORE_RATE_EXPONENT)
        * busy;
    let rate = FlopPerSecond::from_flops((rate * 1e9).max(1.0));
    let rows = f64::from(load.tokens.max(1).min(run.micro_batch.max(1)));
    let compute = Flop::from_flop(2.0 * work.body) / rate;
    let weights = work.weights / (it.bandwidth * c.weights) / rows;
    PrefillTime {
        compute,
        weights,
        launches: Seconds::ZERO,
        both: compute + weights,
        attention: load.attention / (rate * c.attention),
        fixed: Seconds::ZERO,
        together: run.together().powf(TENSOR_EXPONENT),
    }
}
