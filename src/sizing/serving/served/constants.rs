//! The fitted constants of served engines: names, meanings, units and priors.
//!
//! Values come from `data/constants/serving.ron`, which the fitting program writes; nothing is typed in by hand. What is
//! typed here are the priors: a physical value to start from, and how far (one standard deviation of the logarithm)
//! measurements may pull it. A constant that one or two families speak of has a narrow prior, so that an accident of
//! theirs is not carried to a third. Constants with an engine's name are factors on the common value, drawn to 1: an
//! engine nobody measured gets the common value.

/// Defines a set of positive constants that a fit moves together: `name = prior, spread;`.
macro_rules! fitted_constants {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident = $prior:literal, $spread:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* pub $field: f64,)+
        }

        impl $name {
            /// Names, in order.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($field)),+];
            /// Values before any measurement, in order.
            pub const PRIOR: &'static [f64] = &[$($prior),+];
            /// How far measurements may pull each: one standard deviation of its logarithm, in order.
            pub const SPREAD: &'static [f64] = &[$($spread),+];

            /// A set from values in the order of the names; missing ones keep their prior.
            pub fn from_values(values: &[f64]) -> Self {
                let mut values = values.iter().copied();
                Self { $($field: values.next().unwrap_or($prior)),+ }
            }

            /// The values, in order.
            pub fn to_values(&self) -> Vec<f64> {
                vec![$(self.$field),+]
            }

            /// The set before any measurement.
            pub fn prior() -> Self {
                Self::from_values(Self::PRIOR)
            }
        }
    };
}
pub(in crate::sizing::serving) use fitted_constants;

fitted_constants!(
    /// Served engines on accelerators. Times in microseconds unless the name says milliseconds, the rest plain factors.
    ServedConstants {
        /// Share of peak bandwidth that reading weights reaches.
        bandwidth = 0.78, 0.10;
        /// Factor on it for routed experts. Above 1: real routing touches fewer experts than the formula counts.
        bandwidth_experts = 0.95, 0.20;
        /// Factor on it for 8-bit weights.
        bandwidth_8_bit = 0.95, 0.15;
        /// Factor on it for 4-bit floats.
        bandwidth_4_bit_float = 0.85, 0.15;
        /// Further factor on it for experts in 4-bit floats, which have kernels of their own.
        bandwidth_4_bit_float_experts = 1.2, 0.15;
        /// Factor on it for 4-bit integers.
        bandwidth_4_bit_integer = 0.75, 0.15;
        /// Share of peak bandwidth that reading keys and values reaches.
        bandwidth_cache = 0.65, 0.25;
        /// The same for latent attention.
        bandwidth_latent_cache = 0.60, 0.30;
        /// Share of the matrix rate of the weights' format that decoding reaches.
        compute = 0.70, 0.15;
        /// Fixed time of a layer.
        layer = 18.0, 0.50;
        /// Factor on it, vLLM.
        layer_vllm = 1.0, 0.35;
        /// Factor on it, SGLang.
        layer_sglang = 1.0, 0.35;
        /// Factor on it, TensorRT-LLM.
        layer_tensorrt = 1.0, 0.35;
        /// Further fixed time of a layer with experts.
        expert_layer = 30.0, 0.40;
        /// Factor on it, vLLM.
        expert_layer_vllm = 1.0, 0.35;
        /// Factor on it, SGLang.
        expert_layer_sglang = 1.0, 0.35;
        /// Factor on it, TensorRT-LLM.
        expert_layer_tensorrt = 1.0, 0.35;
        /// Factor on it for experts in 4-bit floats where the device has such a rate: the layer is one fused kernel.
        expert_layer_4_bit_float = 0.70, 0.20;
        /// Further fixed time of an expert layer where vLLM spreads experts over groups that attend on their own.
        expert_layer_spread = 20.0, 0.30;
        /// Further fixed time of a layer with latent attention.
        latent_layer = 12.0, 0.60;
        /// Further fixed time of a layer with a sparse-attention index. One family was measured.
        index_layer = 40.0, 0.30;
        /// Further fixed time of a recurrent layer. One family was measured.
        recurrent_layer = 20.0, 0.50;
        /// Fixed time of a step, milliseconds.
        step_ms = 0.80, 0.50;
        /// Factor on it, vLLM.
        step_vllm = 1.0, 0.25;
        /// Factor on it, SGLang.
        step_sglang = 1.0, 0.25;
        /// Factor on it, TensorRT-LLM.
        step_tensorrt = 1.0, 0.25;
        /// Time of each running request in a step.
        request = 18.0, 0.50;
        /// Factor on it, vLLM.
        request_vllm = 1.0, 0.25;
        /// Factor on it, SGLang.
        request_sglang = 1.0, 0.25;
        /// Factor on it, TensorRT-LLM.
        request_tensorrt = 1.0, 0.25;
        /// Share of the matrix rate at which vLLM of 2025 multiplied block-scaled 8-bit experts, 128 rows each.
        padded_experts = 0.45, 0.30;
        /// Time of one all-reduce for each doubling of the devices.
        all_reduce = 4.0, 0.15;
        /// Share of the link's rate that all-reduces reach, decoding.
        link = 0.50, 0.30;
        /// The same, reading prompts.
        link_prompt = 0.60, 0.30;
        /// Share of the matrix rate that reading prompts reaches, 16 bit. Above 1 where fewer tokens are sent than stated.
        prompt = 0.75, 0.20;
        /// Factor on it for 8-bit weights.
        prompt_8_bit = 0.75, 0.20;
        /// Factor on it for 4-bit floats.
        prompt_4_bit_float = 0.50, 0.30;
        /// Factor on it for 4-bit integers.
        prompt_4_bit_integer = 0.80, 0.20;
        /// Factor on it for mixtures of experts.
        prompt_experts = 0.30, 0.30;
        /// Further factor for mixtures of experts on Blackwell.
        prompt_experts_blackwell = 0.80, 0.20;
        /// Share of the 16-bit matrix rate that attention reaches, reading prompts.
        prompt_attention = 0.50, 0.30;
        /// Weight reads that each chunk of 8,192 prompt tokens costs on top.
        prompt_chunk_weights = 0.20, 0.10;
        /// Further time of each such chunk and layer.
        prompt_chunk_layer = 10.0, 0.20;
        /// Share of other requests' prompts that a decode step feels.
        interference = 0.80, 0.15;
        /// Factor on it, vLLM.
        interference_vllm = 1.0, 0.15;
        /// Factor on it, SGLang.
        interference_sglang = 1.0, 0.15;
        /// Factor on it, TensorRT-LLM.
        interference_tensorrt = 1.0, 0.15;
        /// The same share where the median time between tokens is published: most steps see no prompt.
        interference_median = 0.50, 0.30;
        /// The same share for throughput.
        interference_throughput = 1.2, 0.30;
        /// Fixed part of the time to the first token, milliseconds.
        first_token_ms = 60.0, 0.50;
        /// Factor on it, vLLM.
        first_token_vllm = 1.0, 0.35;
        /// Factor on it, SGLang.
        first_token_sglang = 1.0, 0.35;
        /// Factor on it, TensorRT-LLM.
        first_token_tensorrt = 1.0, 0.35;
        /// Time to the first token of each expert layer on top.
        first_token_expert_layer = 150.0, 0.20;
        /// Prompts that each further session adds to the mean wait of a closed loop.
        queue = 0.10, 0.25;
        /// Factor on it, vLLM.
        queue_vllm = 1.0, 0.25;
        /// Factor on it, SGLang.
        queue_sglang = 1.0, 0.25;
        /// Factor on it, TensorRT-LLM.
        queue_tensorrt = 1.0, 0.25;
        /// Time of a step with further tokens guessed, over one without, for each token that comes out.
        guessing = 0.62, 0.20;
    }
);

fitted_constants!(
    /// Power of accelerators while serving: shares of the limit.
    PowerConstants {
        /// Drawn at no work.
        idle = 0.25, 0.30;
        /// Drawn at full use of the bandwidth, on top.
        bandwidth = 0.50, 0.30;
        /// Exponent of the bandwidth's use.
        bandwidth_exponent = 0.70, 0.15;
        /// Drawn at full use of the 16-bit matrix rate, on top.
        compute = 0.50, 0.30;
        /// Exponent of the matrix rate's use.
        compute_exponent = 0.50, 0.15;
        /// Saved while waiting for other devices.
        waiting = 0.10, 0.50;
        /// Factor for Blackwell.
        blackwell = 1.0, 0.15;
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_names_stay_in_order() {
        let numbered: Vec<f64> = (1..=ServedConstants::NAMES.len()).map(|n| n as f64).collect();
        assert_eq!(ServedConstants::from_values(&numbered).to_values(), numbered);
        assert_eq!(ServedConstants::from_values(&[]), ServedConstants::prior());
        assert_eq!(ServedConstants::PRIOR.len(), ServedConstants::SPREAD.len());
    }
}
