//! Every fitted constant of single-stream speed pulls the way its name says, and pulls at something.

use std::sync::LazyLock;

use sizewright::catalog::{Catalog, Engine, KvFormat, WeightFormat};
use sizewright::sizing::speed::conditions::{Client, Conditions, Generation, Parallel};
use sizewright::sizing::speed::constants::{Constants, SpeedConstants};
use sizewright::sizing::speed::decode::TokenLoad;
use sizewright::sizing::speed::platform::{Machine, Stack};
use sizewright::sizing::speed::prefill::PromptLoad;
use sizewright::sizing::speed::work::Work;
use sizewright::sizing::speed::{FittedSpeed, Run, decode, prefill};
use sizewright::sizing::weights;

const MODELS: [&str; 6] =
    ["llama-3.1-8b", "qwen3-30b-a3b", "qwen3.5-2b", "deepseek-r1-671b", "gemma-3-1b", "qwen2.5-0.5b"];
const FORMATS: [WeightFormat; 6] = [
    WeightFormat::F16,
    WeightFormat::Q8_0,
    WeightFormat::Q4_0,
    WeightFormat::Q4KM,
    WeightFormat::Q6K,
    WeightFormat::Q2K,
];
const RUNS: [(&str, Stack); 22] = [
    ("nvidia-geforce-rtx-4090", Stack::Cuda),
    ("nvidia-geforce-rtx-4090", Stack::Vulkan),
    ("nvidia-geforce-gtx-1050-ti", Stack::Cuda),
    ("nvidia-h100-pcie-80gb", Stack::Cuda),
    ("nvidia-dgx-spark-gb10", Stack::Cuda),
    ("amd-radeon-rx-7900-xtx", Stack::Rocm),
    ("amd-ryzen-ai-max-plus-395-radeon-8060s", Stack::Vulkan),
    ("intel-arc-b580", Stack::Sycl),
    ("apple-m2-ultra-76-core-gpu", Stack::Metal),
    ("apple-m4-max-40-core-gpu", Stack::Metal),
    ("samsung-galaxy-s23-snapdragon-8-gen-2", Stack::OpenCl),
    ("samsung-galaxy-s23-snapdragon-8-gen-2", Stack::Npu),
    ("samsung-galaxy-s23-snapdragon-8-gen-2", Stack::Processor),
    ("amd-ryzen-9-7950x-cpu", Stack::Processor),
    ("amd-ryzen-7-4800h-cpu", Stack::Processor),
    ("amd-epyc-9554", Stack::Processor),
    ("intel-core-i7-13700k-cpu", Stack::Processor),
    ("intel-core-i7-12700t-cpu", Stack::Processor),
    ("intel-core-i7-13700h-cpu", Stack::Processor),
    ("intel-core-i5-4200m-cpu", Stack::Processor),
    ("intel-xeon-6980p", Stack::Processor),
    ("aws-graviton4-96-vcpu", Stack::Processor),
];

/// Constants that are times, or factors on times: more of them is slower. Everything else is a rate or a share of one.
fn slows(name: &str) -> bool {
    let times = [
        "token",
        "layer",
        "fixed",
        "expert_layer",
        "recurrent_layer",
        "hop",
        "collective",
        "row_split",
        "request",
        "board_host",
        "rows_to_fill",
        "weight_",
    ];
    name == "weight" || times.iter().any(|start| name.starts_with(start))
}

/// A run with what its times are made from.
struct Case {
    machine: Machine,
    conditions: Conditions,
    work: Work,
    token: TokenLoad,
    prompt: PromptLoad,
}

static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let mut cases = Vec::new();
    for id in MODELS {
        let model = catalog.models.get(&id.into()).unwrap_or_else(|| panic!("no model {id}"));
        for format in FORMATS {
            let counted = weights::count(model, format, Engine::LlamaCpp).expect("its shapes are published");
            let work = Work::of(model, format, &counted);
            for (on, stack) in RUNS {
                let device = catalog.devices.get(&on.into()).unwrap_or_else(|| panic!("no device {on}"));
                let machine = Machine::of(device, stack).expect("its bandwidth is published");
                let usual = Conditions { stack, ..Conditions::usual(device, Engine::LlamaCpp, 1) };
                let run = Run { model, format, kv_format: KvFormat::F16, device, weights: &counted, conditions: usual };
                let (token, prompt) = (run.token_load(4_096.0, 128), run.prompt_load(2_048, 4_096.0));
                for conditions in variants(usual) {
                    cases.push(Case { machine, conditions, work: work.clone(), token, prompt });
                }
            }
        }
    }
    cases
});

/// Times of decode and prefill of every run that is asked, under the constants.
fn times(constants: &SpeedConstants) -> Vec<f64> {
    let of = |it: &Case| {
        let token = decode::time(constants, &it.machine, &it.conditions, &it.work, &it.token).total();
        let prompt = prefill::time(constants, &it.machine, &it.conditions, &it.work, &it.prompt).total();
        [token.as_secs(), prompt.as_secs()]
    };
    CASES.iter().flat_map(of).collect()
}

fn variants(usual: Conditions) -> Vec<Conditions> {
    let several = |parallel| Conditions { devices: 4, parallel, ..usual };
    vec![
        usual,
        Conditions { generation: Generation::Before2025, ..usual },
        Conditions { generation: Generation::LocalScore, ..usual },
        Conditions { generation: Generation::LlamaRn, ..usual },
        Conditions { generation: Generation::Vllm2023, ..several(Parallel::Tensor) },
        Conditions { client: Client::WallClock, ..usual },
        Conditions { board_host: true, ..usual },
        several(Parallel::Layers),
        several(Parallel::Tensor),
        several(Parallel::Rows),
    ]
}

/// Raises each constant of a set by a fifth, and sees which way the times go.
fn check<C: Constants>(of: &str, values: &C, put: &dyn Fn(&mut SpeedConstants, C)) {
    let fitted = FittedSpeed::builtin().constants.clone();
    let before = times(&fitted);
    for (at, name) in C::NAMES.iter().enumerate() {
        let mut raised = values.to_values();
        raised[at] *= 1.2;
        let mut moved = fitted.clone();
        put(&mut moved, C::from_values(&raised));
        let changes: Vec<f64> = times(&moved).iter().zip(&before).map(|(after, before)| after / before).collect();
        assert!(changes.iter().any(|change| (change - 1.0).abs() > 1e-6), "{of}: {name} changes nothing");
        if *name == "size_exponent" {
            continue; // slows models below the reference size and speeds up those above
        }
        let wrong =
            changes.iter().find(|change| if slows(name) { **change < 1.0 - 1e-9 } else { **change > 1.0 + 1e-9 });
        assert!(wrong.is_none(), "{of}: more of {name} should {}", if slows(name) { "slow" } else { "speed up" });
    }
}

#[test]
fn more_time_slows_and_more_rate_speeds_up_an_answer_on_an_accelerator() {
    let c = &FittedSpeed::builtin().constants;
    check("accelerator, decode", &c.accelerator_decode, &|all, moved| all.accelerator_decode = moved);
}

#[test]
fn more_time_slows_and_more_rate_speeds_up_an_answer_on_a_processor() {
    let c = &FittedSpeed::builtin().constants;
    check("processor, decode", &c.processor_decode, &|all, moved| all.processor_decode = moved);
}

#[test]
fn more_time_slows_and_more_rate_speeds_up_a_prompt_on_an_accelerator() {
    let c = &FittedSpeed::builtin().constants;
    check("accelerator, prefill", &c.accelerator_prefill, &|all, moved| all.accelerator_prefill = moved);
}

#[test]
fn more_time_slows_and_more_rate_speeds_up_a_prompt_on_a_processor() {
    let c = &FittedSpeed::builtin().constants;
    check("processor, prefill", &c.processor_prefill, &|all, moved| all.processor_prefill = moved);
}
