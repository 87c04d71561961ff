//! The fitted constants of single-stream speed: names, meanings and priors.
//!
//! Values come from `data/constants/single_stream.ron`, which the fitting program writes; nothing is typed in by hand.
//! What is typed here are the priors: a physical value to start from, and how far (as a share, one standard deviation)
//! measurements may pull it. A constant that few rows speak of stays near its prior: that is how a platform nobody
//! measured gets a sensible number.

use serde::{Deserialize, Serialize};

/// A set of positive constants that a fit moves together.
pub trait Constants: Clone {
    /// Names, in order.
    const NAMES: &'static [&'static str];
    /// Values before any measurement, in order.
    const PRIOR: &'static [f64];
    /// How far measurements may pull each: one standard deviation of its logarithm, in order.
    const SPREAD: &'static [f64];
    /// The values, in order.
    fn to_values(&self) -> Vec<f64>;
    /// A set from values in the order of [`Constants::NAMES`]; missing ones keep their prior.
    fn from_values(values: &[f64]) -> Self;
    /// The set before any measurement.
    fn prior() -> Self {
        Self::from_values(Self::PRIOR)
    }
}

macro_rules! constants {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $prior:literal, $spread:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: f64,)+
        }

        impl Constants for $name {
            const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
            const PRIOR: &'static [f64] = &[$($prior),+];
            const SPREAD: &'static [f64] = &[$($spread),+];
            fn to_values(&self) -> Vec<f64> {
                vec![$(self.$field),+]
            }
            fn from_values(values: &[f64]) -> Self {
                let mut values = values.iter().copied();
                Self { $($field: values.next().unwrap_or($prior)),+ }
            }
        }
    };
}

constants!(
    /// Generating tokens on a graphics processor or accelerator. Times in milliseconds, the rest plain factors.
    AcceleratorDecode {
        /// Share of peak bandwidth that reading weights reaches.
        bandwidth = 0.85, 0.10;
        /// Factor on it for graphics memory on a card.
        bandwidth_gddr = 1.0, 0.10;
        /// Factor on it for stacked memory: one stream keeps too few reads in flight.
        bandwidth_hbm = 0.86, 0.10;
        /// Factor on it under LocalScore's llamafile.
        bandwidth_localscore = 0.82, 0.20;
        /// Factor on it under vLLM of 2023.
        bandwidth_vllm_2023 = 0.82, 0.30;
        /// Factor on it under llama.rn on phones.
        bandwidth_llama_rn = 0.82, 0.30;
        /// Share of the vector rate (2 operations a weight) that unpacking and multiplying reaches.
        vector = 0.15, 0.70;
        /// Factor on it for chips before packed 8-bit products paid off (Pascal, GCN, first RDNA).
        vector_before_2018 = 0.50, 0.30;
        /// Fixed time of a token.
        token = 0.40, 0.50;
        /// Fixed time of a layer, CUDA.
        layer_cuda = 0.025, 0.50;
        /// Fixed time of a layer, Metal.
        layer_metal = 0.025, 0.50;
        /// Fixed time of a layer, ROCm, Vulkan and anything else.
        layer_other = 0.035, 0.50;
        /// Fixed time of a layer, SYCL: some twenty kernels, each handed over on its own.
        layer_sycl = 0.30, 0.50;
        /// Fixed time of a layer, OpenCL and NPU on phones.
        layer_phone = 0.04, 0.70;
        /// Factor on fixed times: llama.cpp and others of 2023 and 2024, without captured graphs.
        fixed_before_2025 = 2.5, 0.40;
        /// Factor on fixed times under LocalScore's llamafile.
        fixed_localscore = 3.0, 0.40;
        /// Factor on fixed times where processor and graphics share one chip and one power budget.
        fixed_shared_chip = 1.2, 0.30;
        /// Factor on fixed times for two dies that act as one.
        fixed_two_dies = 1.2, 0.30;
        /// Extra fixed time of a layer with experts.
        expert_layer = 0.015, 0.70;
        /// The same on Metal.
        expert_layer_metal = 0.08, 0.70;
        /// Extra fixed time of a recurrent layer.
        recurrent_layer = 0.020, 0.70;
        /// The same on phones, where the operator falls back to the processor.
        recurrent_layer_phone = 1.0, 1.00;
        /// Factor on it for NPUs, which hand the whole layer over.
        recurrent_layer_npu = 2.5, 0.50;
        /// Share of peak bandwidth that reading the cache reaches.
        cache = 0.75, 0.30;
        /// The same before 2025, and under LocalScore.
        cache_before_2025 = 0.35, 0.40;
        /// The same on Metal.
        cache_metal = 0.45, 0.40;
        /// Share of the vector rate that attention reaches on Metal before 2025.
        attention_metal_before_2025 = 0.014, 0.50;
        /// The same for latent attention on Metal.
        attention_metal_latent = 0.09, 0.50;
        /// Time to hand a token on to the next device of a layer split.
        hop = 0.15, 0.60;
        /// Time of a layer's two all-reduces, for each doubling of devices.
        collective = 0.025, 0.70;
        /// The same under vLLM of 2023.
        collective_vllm_2023 = 0.15, 0.70;
        /// Time of a layer and device in the row split of llama.cpp of 2023.
        row_split = 0.18, 0.50;
        /// Time of a request outside the engine, in runs that divide tokens by wall time.
        request = 25.0, 0.40;
        /// Fixed time added by a single-board computer as host.
        board_host = 1.2, 0.30;
        /// Time for each GB read that such a host adds to cards other than NVIDIA's.
        board_host_gigabyte = 4.0, 0.30;
    }
);

constants!(
    /// Generating tokens on a processor. Times in milliseconds, the rest plain factors.
    ProcessorDecode {
        /// Share of peak bandwidth that reading weights reaches.
        bandwidth = 0.65, 0.15;
        /// Factor on it for AMD desktops.
        bandwidth_amd_desktop = 1.0, 0.15;
        /// Factor on it for Intel desktops.
        bandwidth_intel_desktop = 1.0, 0.15;
        /// Factor on it for Intel laptops.
        bandwidth_intel_laptop = 1.0, 0.15;
        /// Factor on it for servers and workstations: many channels, nodes and threads.
        bandwidth_server = 0.78, 0.20;
        /// Nanoseconds to unpack and multiply one weight at a core rate of 1 (one AVX2 core at 1 GHz).
        weight = 0.40, 0.50;
        /// Factor on it where performance and efficiency cores work side by side.
        weight_mixed_cores = 1.0, 0.20;
        /// Factor on it for 6-bit weights.
        weight_6_bit = 1.22, 0.20;
        /// Factor on it for weights of 3 bits or fewer.
        weight_3_bit = 1.22, 0.20;
        /// Fixed time of a layer with 8 threads; it grows with the cube root of their number.
        layer = 0.040, 0.60;
        /// Layers that one recurrent layer counts for.
        recurrent_layer = 3.0, 0.80;
        /// How sharply memory or arithmetic alone decides: the exponent of the sum of both times.
        sharpness = 2.5, 0.15;
        /// Share of peak bandwidth that reading the cache reaches.
        cache = 0.50, 0.40;
    }
);

constants!(
    /// Reading a prompt on a graphics processor or accelerator. Times in milliseconds, the rest plain factors.
    AcceleratorPrefill {
        /// Most of the matrix rate that is reached with power to spare.
        matrix = 0.60, 0.30;
        /// Share of the square root of matrix rate (TFLOPS) times power limit (W) that is reached when power decides.
        power = 0.25, 0.30;
        /// Share of the vector rate reached by chips without matrix units.
        vector = 0.60, 0.30;
        /// Factor for NVIDIA.
        nvidia = 1.0, 0.30;
        /// Factor for AMD.
        amd = 1.0, 0.30;
        /// Factor for Intel.
        intel = 1.0, 0.30;
        /// Factor for Vulkan, whose matrix products are compiled for every card alike.
        vulkan = 0.85, 0.30;
        /// Factor for OpenCL on phones.
        opencl = 0.55, 0.60;
        /// Factor for NPUs of phones.
        npu = 0.90, 0.60;
        /// Factor under LocalScore's llamafile.
        localscore = 0.74, 0.30;
        /// Further factor there for stacked memory.
        localscore_hbm = 0.61, 0.40;
        /// Factor for llama.cpp of 2023 and 2024.
        before_2025 = 0.82, 0.20;
        /// Factor for 16-bit weights, which need no unpacking.
        format_16_bit = 1.28, 0.20;
        /// Factor for the simple 4- and 5-bit formats without nested scales.
        format_simple = 1.0, 0.20;
        /// Factor for quantized weights on Apple chips.
        format_apple = 1.1, 0.20;
        /// Factor for models with experts.
        experts = 0.86, 0.20;
        /// Factor for models with recurrent layers.
        recurrent = 0.74, 0.30;
        /// Further factor for those on phones.
        recurrent_phone = 0.37, 0.70;
        /// Factor for head sizes above 128 on phones (Gemma), where the operator falls back.
        wide_heads_phone = 0.37, 0.70;
        /// Exponent of the size of the model against 7 billion parameters.
        size_exponent = 0.07, 0.70;
        /// Rows of a matrix product that cost as much as starting it.
        rows_to_fill = 60.0, 0.50;
        /// The same for the rows that reach one expert.
        rows_to_fill_expert = 30.0, 0.50;
        /// Share of peak bandwidth that reading weights for a prompt reaches.
        weights = 0.70, 0.30;
        /// Fixed time of a layer with experts and micro-batch.
        expert_layer = 0.050, 0.80;
        /// Rate of attention against that of matrix products.
        attention = 0.70, 0.40;
        /// The same before 2025.
        attention_before_2025 = 0.25, 0.40;
        /// How much of the gain of working on several micro-batches at once is kept.
        pipeline = 0.70, 0.25;
    }
);

constants!(
    /// Reading a prompt on a processor. Plain factors.
    ProcessorPrefill {
        /// GFLOPS at a core rate of 1 (one AVX2 core at 1 GHz).
        rate = 11.0, 0.50;
        /// Factor for AMD desktops.
        amd_desktop = 1.0, 0.20;
        /// Factor for AMD laptops.
        amd_laptop = 1.0, 0.20;
        /// Factor for Intel desktops.
        intel_desktop = 1.0, 0.20;
        /// Factor for Intel laptops.
        intel_laptop = 1.0, 0.20;
        /// Factor for servers and workstations.
        server = 0.90, 0.20;
        /// Factor where performance and efficiency cores work side by side.
        mixed_cores = 1.0, 0.25;
        /// Factor for 4- and 5-bit K-quants.
        format_4_bit_k = 1.0, 0.15;
        /// Factor for 8-bit weights on Arm.
        format_8_bit_arm = 1.35, 0.30;
        /// Factor for the simple 4- and 5-bit formats on Arm, which are repacked for it.
        format_simple_arm = 1.5, 0.30;
        /// Factor for weights of 3 bits or fewer on Arm.
        format_3_bit_arm = 0.45, 0.30;
        /// Factor for K-quants with rows not divisible by 256: they fall back to slower types.
        odd_rows = 0.55, 0.30;
        /// Factor for models with recurrent layers.
        recurrent = 0.74, 0.30;
        /// Rate of attention against that of matrix products.
        attention = 0.50, 0.40;
        /// Share of peak bandwidth that reading weights for a prompt reaches.
        weights = 0.60, 0.20;
    }
);

/// Every constant of single-stream speed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedConstants {
    /// Generating tokens, accelerators.
    pub accelerator_decode: AcceleratorDecode,
    /// Generating tokens, processors.
    pub processor_decode: ProcessorDecode,
    /// Reading a prompt, accelerators.
    pub accelerator_prefill: AcceleratorPrefill,
    /// Reading a prompt, processors.
    pub processor_prefill: ProcessorPrefill,
}

impl SpeedConstants {
    /// The constants before any measurement.
    pub fn prior() -> Self {
        Self {
            accelerator_decode: Constants::prior(),
            processor_decode: Constants::prior(),
            accelerator_prefill: Constants::prior(),
            processor_prefill: Constants::prior(),
        }
    }
}
