//! Several sessions on one machine: partitions of processors and llama.cpp batches, against published runs and laws.

use sizewright::catalog::{Catalog, DeviceId, Engine, FieldNote, KvFormat, ModelId, Standing, WeightFormat};
use sizewright::sizing::serving::{
    BatchedRun, FittedServing, ModeKind, Sense, ServingMode, SessionTarget, batched_total, most_sessions,
    most_sessions_by_mode,
};
use sizewright::sizing::{Hardware, Verdict, Workload, estimate, memory, speed};
use sizewright::units::TokensPerSecond;

fn run(
    device: &str,
    model: &str,
    format: WeightFormat,
    (processes, threads, batch): (u32, u32, u32),
) -> BatchedRun<'static> {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    BatchedRun {
        model: catalog.models.get(&ModelId::new(model)).expect("a model"),
        format,
        kv_format: KvFormat::F16,
        device: catalog.devices.get(&DeviceId::new(device)).expect("a device"),
        devices: 1,
        engine: Engine::LlamaCpp,
        age: 0.0,
        processes,
        threads: (threads > 0).then_some(threads),
        vendor_build: false,
        sessions: f64::from(processes * batch),
        prompt_tokens: 512.0,
        output_tokens: 256.0,
    }
}

fn total(run: &BatchedRun<'_>) -> f64 {
    let figure = batched_total(FittedServing::builtin(), run).expect("it runs");
    assert!(figure.low <= figure.likely && figure.likely <= figure.high, "{figure:?}");
    figure.likely.as_tokens_per_second()
}

const GRAVITON4: &str = "aws-graviton4-96-vcpu";
const SAPPHIRE_RAPIDS: &str = "intel-xeon-8488c-sapphire-rapids-aws-m7i-96-vcpu";

#[test]
fn partitions_of_measured_processors_reach_what_was_published() {
    // AmpereComputingAI/llama.cpp example results, tokens/s of all sessions.
    for (device, model, format, cut, measured) in [
        (GRAVITON4, "llama-3.2-1b", WeightFormat::Q4KM, (12, 8, 2), 730.0),
        (GRAVITON4, "llama-3.2-3b", WeightFormat::Q8_0, (6, 16, 4), 277.0),
        (SAPPHIRE_RAPIDS, "llama-3.2-3b", WeightFormat::Q8_0, (4, 24, 4), 214.0),
        (SAPPHIRE_RAPIDS, "llama-3.2-1b", WeightFormat::Q4KM, (8, 12, 8), 494.0),
    ] {
        let found = total(&run(device, model, format, cut));
        assert!((found / measured).ln().abs() < 0.25, "{device} {model} {cut:?}: {found} for {measured}");
    }
}

#[test]
fn many_sessions_of_a_measured_processor_rest_on_the_same_peak_as_one() {
    let by_data_sheet = run(GRAVITON4, "llama-3.2-3b", WeightFormat::Q8_0, (6, 16, 4));
    let field = "memory_bandwidth_gb_s".to_owned();
    let mut measured = by_data_sheet.device.clone();
    measured.provenance.fields.retain(|note| note.field != field);
    measured.memory_bandwidth = measured.memory_bandwidth.map(|peak| peak * 0.85);
    measured.provenance.fields.push(FieldNote::new(field, Standing::Measured, "reading"));
    let by_reading = BatchedRun { device: &measured, ..by_data_sheet };
    let (stated, read) = (total(&by_data_sheet), total(&by_reading));
    assert!((stated / read - 1.0).abs() < 1e-9, "{stated} by the data sheet, {read} by what was read");
}

#[test]
fn with_one_cache_for_all_a_large_batch_loses() {
    let of = |batch| total(&run(GRAVITON4, "llama-3.2-1b", WeightFormat::Q4KM, (12, 8, batch)));
    assert!(of(32) < of(8), "published: 277 and 569");
    assert!(of(2) > of(1), "published: 730 at two each");
}

#[test]
fn an_unmeasured_processor_gets_a_number_with_a_wider_band() {
    let width = |device: &str| {
        let run = run(device, "llama-3.2-3b", WeightFormat::Q8_0, (4, 16, 4));
        let figure = batched_total(FittedServing::builtin(), &run).expect("it runs");
        figure.high / figure.low
    };
    for device in ["amd-epyc-9554", "ampere-altra-max-m128-30", "aws-graviton3"] {
        assert!(width(device) > width(GRAVITON4), "{device}");
    }
}

#[test]
fn a_batch_on_graphics_gains_but_never_more_than_its_size() {
    for (device, model, format) in [
        ("nvidia-dgx-spark-gb10", "qwen2.5-coder-7b", WeightFormat::Q8_0),
        ("nvidia-dgx-spark-gb10", "gpt-oss-120b", WeightFormat::Mxfp4),
        ("nvidia-geforce-rtx-4090", "llama-3.1-8b", WeightFormat::Q4KM),
    ] {
        let of = |batch| total(&run(device, model, format, (1, 0, batch)));
        let one = of(1);
        for batch in [2, 4, 8, 16, 32] {
            let many = of(batch);
            assert!(
                many > one * 0.95 && many <= one * f64::from(batch) * 1.000_001,
                "{device} {model} {batch}: {many} {one}"
            );
        }
    }
}

#[test]
fn four_h100_carry_hundreds_of_70b_sessions_at_ten_tokens_a_second() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let workload = Workload {
        model: catalog.models.get(&ModelId::new("llama-3.1-70b")).expect("a model"),
        format: WeightFormat::Fp8,
        kv_format: KvFormat::Fp8,
        engine: Engine::Vllm,
        profile: None,
        context_tokens: 1024,
        prompt_tokens: 150,
        output_tokens: 400,
        sessions: 1,
    };
    let device = catalog.devices.get(&DeviceId::new("nvidia-h100-sxm-80gb")).expect("a device");
    let hardware = Hardware { device, count: 4, memory: None };
    let at = |speed| {
        let target = SessionTarget {
            speed: TokensPerSecond::from_tokens_per_second(speed),
            sense: Sense::Mean,
            time_to_first_token: None,
        };
        most_sessions(&workload, &hardware, &target)
    };
    let plan = at(10.0).expect("it can be served");
    // ML.ENERGY: 511 sessions at 11.6 tokens/s with 16-bit weights; 8 bit leaves room for more.
    assert!((400..2500).contains(&plan.sessions.likely), "{}", plan.sessions.likely);
    assert!(plan.sessions.low <= plan.sessions.likely && plan.sessions.likely <= plan.sessions.high);
    let slower = at(30.0).expect("it can be served");
    assert!(slower.sessions.likely <= plan.sessions.likely, "a higher target never carries more");
    let refusal = at(10_000.0).expect_err("no session is that fast");
    assert!(refusal.reason.contains("at best"), "{}", refusal.reason);
}

#[test]
fn one_session_and_many_are_refused_with_the_same_need() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let workload = Workload {
        model: catalog.models.get(&ModelId::new("llama-3.1-70b")).expect("a model"),
        format: WeightFormat::Q8_0,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: 8192,
        prompt_tokens: 128,
        output_tokens: 256,
        sessions: 1,
    };
    let device = catalog.devices.get(&DeviceId::new("nvidia-geforce-rtx-4090")).expect("a device");
    let hardware = Hardware { device, count: 1, memory: None };
    let target = SessionTarget {
        speed: TokensPerSecond::from_tokens_per_second(10.0),
        sense: Sense::Mean,
        time_to_first_token: None,
    };
    let one = estimate(&workload, &hardware).decode.expect_err("70B does not fit on one card");
    let many = most_sessions(&workload, &hardware, &target).expect_err("70B does not fit on one card");
    // "needs 71.8 GiB, 24.0 GiB are there: ..."
    let need = |reason: &str| reason.split(',').next().map(str::to_owned);
    assert_eq!(need(&one.reason), need(&many.reason), "{} / {}", one.reason, many.reason);
}

/// What the screen of one session says.
fn alone(run: &BatchedRun<'_>) -> Option<f64> {
    let workload = Workload {
        model: run.model,
        format: run.format,
        kv_format: run.kv_format,
        engine: run.engine,
        profile: None,
        context_tokens: 1024,
        prompt_tokens: run.prompt_tokens as u32,
        output_tokens: run.output_tokens as u32,
        sessions: 1,
    };
    let hardware = Hardware { device: run.device, count: run.devices, memory: None };
    let ledger = memory::ledger(&workload, &hardware);
    let decode = speed::single_stream(&workload, &hardware, &ledger, Verdict::Unknown).decode;
    decode.ok().map(|figure| figure.likely.as_tokens_per_second())
}

const MODELS: [(&str, WeightFormat); 4] = [
    ("llama-3.2-1b", WeightFormat::Q4KM),
    ("llama-3.3-70b", WeightFormat::Q4KM),
    ("qwen3-30b-a3b", WeightFormat::Q8_0),
    ("gemma-3-12b", WeightFormat::Q4_0),
];

#[test]
fn one_session_on_a_whole_device_has_one_number_on_every_screen() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let mut compared = 0;
    for device in catalog.devices.iter() {
        for (model, format) in MODELS {
            let run = run(device.id.as_str(), model, format, (1, 0, 1));
            let (Some(alone), Ok(figure)) = (alone(&run), batched_total(FittedServing::builtin(), &run)) else {
                continue;
            };
            let several = figure.likely.as_tokens_per_second();
            assert!((several / alone).ln().abs() < 1e-9, "{} {model}: {several} and {alone}", device.id);
            compared += 1;
        }
    }
    assert!(compared > 400, "{compared}");
}

#[test]
fn one_more_session_never_speeds_up_the_others() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    for device in catalog.devices.iter() {
        for (model, format) in [MODELS[0], MODELS[2]] {
            for processes in if device.is_processor() { vec![1, 4] } else { vec![1] } {
                let mut before = f64::INFINITY;
                for batch in [1, 2, 3, 4, 8, 16, 33, 64] {
                    let run = run(device.id.as_str(), model, format, (processes, 0, batch));
                    let Ok(figure) = batched_total(FittedServing::builtin(), &run) else { break };
                    let each = figure.likely.as_tokens_per_second() / f64::from(processes * batch);
                    assert!(figure.low <= figure.likely && figure.likely <= figure.high);
                    assert!(each <= before * (1.0 + 1e-9), "{} {model} {processes} x {batch}: {each}", device.id);
                    before = each;
                }
            }
        }
    }
}

#[test]
fn counted_sessions_are_promised_below_the_likely_speed() {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    let bands = &FittedServing::builtin().bands;
    for promise in [bands.processor_promise, bands.processor_promise_unmeasured] {
        assert!(promise.few < 1.0 && promise.many < 1.0 && promise.few > 0.3, "{promise:?}");
    }
    let device = catalog.devices.get(&DeviceId::new("aws-graviton3")).expect("a device");
    let workload = Workload {
        model: catalog.models.get(&ModelId::new("llama-3.2-3b")).expect("a model"),
        format: WeightFormat::Q8_0,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: 1024,
        prompt_tokens: 512,
        output_tokens: 256,
        sessions: 1,
    };
    let hardware = Hardware { device, count: 1, memory: Some(sizewright::units::Bytes::new(256 << 30)) };
    let target = SessionTarget {
        speed: TokensPerSecond::from_tokens_per_second(5.0),
        sense: Sense::Mean,
        time_to_first_token: None,
    };
    let plan = most_sessions(&workload, &hardware, &target).expect("it carries some");
    let (speed, sessions) = (plan.speed_per_session.likely, plan.sessions.likely);
    let promised = bands.processor_promise_unmeasured.of(f64::from(sessions));
    assert!(speed * promised >= target.speed * (1.0 - 1e-9), "{sessions} sessions at {speed}");
    assert!(plan.sessions.basis.inputs.iter().any(|input| input.name.contains("promised")));
}

/// Llama 3.1 in 16 bit under vLLM on so many H100, chats as ML.ENERGY runs them.
fn chats(model: &str) -> Workload<'static> {
    Workload {
        model: Catalog::builtin().expect("it reads").models.get(&ModelId::new(model)).expect("a model"),
        format: WeightFormat::Bf16,
        kv_format: KvFormat::F16,
        engine: Engine::Vllm,
        profile: None,
        context_tokens: 560,
        prompt_tokens: 150,
        output_tokens: 400,
        sessions: 1,
    }
}

fn device(id: &str) -> &'static sizewright::catalog::Device {
    Catalog::builtin().expect("it reads").devices.get(&DeviceId::new(id)).expect("a device")
}

fn at_ten(sense: Sense) -> SessionTarget {
    SessionTarget { speed: TokensPerSecond::from_tokens_per_second(10.0), sense, time_to_first_token: None }
}

#[test]
fn the_strict_sense_of_at_least_carries_fewer_sessions_and_names_its_source() {
    // Measured on the published grid, mean / median / p95: 691 / 691 / 511 on one H100 (8B), 511 / 511 / 255 on four (70B).
    for (model, count, measured) in
        [("llama-3.1-8b", 1, [691.0, 691.0, 511.0]), ("llama-3.1-70b", 4, [511.0, 511.0, 255.0])]
    {
        let hardware = Hardware { device: device("nvidia-h100-sxm-80gb"), count, memory: None };
        let plans =
            Sense::ALL.map(|sense| most_sessions(&chats(model), &hardware, &at_ten(sense)).expect("it is served"));
        let [mean, median, p95] = plans.each_ref().map(|plan| f64::from(plan.sessions.likely));
        assert!(p95 <= mean && mean <= median * 1.001, "{model}: {mean} {median} {p95}");
        for (plan, sense) in plans.iter().zip(Sense::ALL) {
            assert_eq!(plan.counted_by, sense);
        }
        // Not the sessions themselves, which memory may bound: what the strict sense leaves of them.
        let (left, expected) = (p95 / mean, measured[2] / measured[0]);
        assert!(
            (0.5..=2.0).contains(&(left / expected)),
            "{model}: {left} of the sessions are left, {expected} measured"
        );
        let named = |plan: &sizewright::sizing::serving::ServingPlan, words: &str| {
            plan.sessions.basis.inputs.iter().any(|input| input.source.contains(words))
        };
        assert!(named(&plans[2], "ML.ENERGY") && plans[2].sessions.low <= plans[2].sessions.likely);
    }
}

#[test]
fn where_nobody_measured_gaps_the_mean_counts_and_says_so() {
    let processor = Hardware { device: device("ampereone-a192"), count: 1, memory: Some(bytes(256)) };
    let workload = Workload { engine: Engine::LlamaCpp, format: WeightFormat::Q4KM, ..chats("llama-3.1-8b") };
    let [mean, p95] = [Sense::Mean, Sense::P95].map(|sense| most_sessions(&workload, &processor, &at_ten(sense)));
    let (mean, p95) = (mean.expect("it is served"), p95.expect("it is served"));
    assert_eq!((mean.sessions.likely, p95.counted_by), (p95.sessions.likely, Sense::Mean));
    assert!(p95.sessions.basis.inputs.iter().any(|input| input.source.contains("no published run")));
}

fn bytes(gib: u64) -> sizewright::units::Bytes {
    sizewright::units::Bytes::new(gib << 30)
}

#[test]
fn every_way_of_serving_that_applies_stands_beside_the_best() {
    use ModeKind::{Batched, OnePerDevice, Partitioned};
    let processors = Hardware { device: device("ampereone-a192"), count: 2, memory: Some(bytes(512)) };
    let graphics = Hardware { device: device("nvidia-h100-sxm-80gb"), count: 8, memory: None };
    for (hardware, engine, format, expected) in [
        (processors, Engine::LlamaCpp, WeightFormat::Q4KM, &[OnePerDevice, Partitioned, Batched][..]),
        (graphics, Engine::Vllm, WeightFormat::Bf16, &[OnePerDevice, Batched][..]),
    ] {
        let workload = Workload { engine, format, ..chats("llama-3.1-8b") };
        let ways = most_sessions_by_mode(&workload, &hardware, &at_ten(Sense::Mean));
        let best = ways.best.expect("it is served");
        assert_eq!(best, most_sessions(&workload, &hardware, &at_ten(Sense::Mean)).expect("the same"));
        assert_eq!(ways.modes.iter().map(|mode| mode.kind).collect::<Vec<_>>(), expected);
        let marked: Vec<_> = ways.modes.iter().filter(|mode| mode.best).collect();
        assert_eq!(marked.len(), 1);
        assert_eq!(marked[0].plan.as_ref().expect("it is served").sessions.likely, best.sessions.likely);
        for mode in &ways.modes {
            let Ok(plan) = &mode.plan else { continue };
            assert!(plan.sessions.likely <= best.sessions.likely, "{:?}", mode.kind);
            match (mode.kind, plan.mode) {
                (OnePerDevice, _) => assert_eq!(plan.sessions.likely, hardware.count, "8B fits each device"),
                (Partitioned, ServingMode::Partitioned { processes, .. }) => assert!(processes > hardware.count),
                (Batched, ServingMode::Batched { replicas, batch, .. }) => assert!(replicas > 0 && batch > 1),
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn a_model_larger_than_a_device_takes_one_session_for_each_group_that_holds_it() {
    let graphics = Hardware { device: device("nvidia-h100-sxm-80gb"), count: 8, memory: None };
    let ways = most_sessions_by_mode(&chats("llama-3.1-70b"), &graphics, &at_ten(Sense::Mean));
    let one = ways.modes.iter().find(|mode| mode.kind == ModeKind::OnePerDevice).expect("it applies");
    let sessions = one.plan.as_ref().expect("two devices hold it").sessions.likely;
    assert!((1..=4).contains(&sessions), "{sessions}: 141 GB take two devices of 80 or more");
    let slow = SessionTarget { speed: TokensPerSecond::from_tokens_per_second(1e6), ..at_ten(Sense::Mean) };
    let none = most_sessions_by_mode(&chats("llama-3.1-70b"), &graphics, &slow);
    assert!(none.best.is_err() && none.modes.iter().all(|mode| mode.plan.is_err() && !mode.best));
}
