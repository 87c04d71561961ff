//! What all sessions make together over a long time: prompts take their share of it, in every way of serving.

use sizewright::catalog::{Catalog, Device, DeviceId, Engine, KvFormat, ModelId, WeightFormat};
use sizewright::sizing::serving::{
    Between, FittedServing, ModeKind, Sense, Serving, ServingMode, ServingPlan, SessionTarget, Split,
    most_sessions_by_mode, served,
};
use sizewright::sizing::{Hardware, Workload, estimate};
use sizewright::units::{Bytes, TokensPerSecond};

const ANSWER: u32 = 256;

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn device(id: &str) -> &'static Device {
    catalog().devices.get(&DeviceId::new(id)).expect("a device")
}

fn asked(engine: Engine, prompt_tokens: u32) -> Workload<'static> {
    Workload {
        model: catalog().models.get(&ModelId::new("llama-3.1-8b")).expect("a model"),
        format: if engine == Engine::LlamaCpp { WeightFormat::Q8_0 } else { WeightFormat::Fp8 },
        kv_format: KvFormat::F16,
        engine,
        profile: None,
        context_tokens: 8192,
        prompt_tokens,
        output_tokens: ANSWER,
        sessions: 1,
    }
}

fn plans(workload: &Workload<'_>, hardware: &Hardware<'_>) -> Vec<(ModeKind, ServingPlan)> {
    let speed = TokensPerSecond::from_tokens_per_second(5.0);
    let target = SessionTarget { speed, sense: Sense::Mean, time_to_first_token: None };
    let ways = most_sessions_by_mode(workload, hardware, &target).modes;
    ways.into_iter().filter_map(|way| Some((way.kind, way.plan.ok()?))).collect()
}

const LOCAL: [(&str, Option<f64>); 2] = [("aws-graviton3", Some(256.0)), ("nvidia-geforce-rtx-4090", None)];

#[test]
fn a_busy_local_session_spends_its_time_on_prompts_read_one_after_the_other_and_on_its_answer() {
    for (id, memory) in LOCAL {
        let workload = asked(Engine::LlamaCpp, 2048);
        let hardware = Hardware { device: device(id), count: 1, memory: memory.map(Bytes::from_gib) };
        let prefill = estimate(&workload, &hardware).prefill.expect("prompts are read").likely;
        let all = plans(&workload, &hardware);
        assert!(!all.is_empty(), "{id} carries sessions");
        for (kind, plan) in all {
            let sessions = f64::from(plan.sessions.likely);
            let answering = f64::from(ANSWER) / plan.speed_per_session.likely.as_tokens_per_second();
            let prompts = sessions * 2048.0 / prefill.as_tokens_per_second();
            let expected = sessions * f64::from(ANSWER) / (answering + prompts);
            let found = plan.total_speed.likely.as_tokens_per_second();
            assert!((found / expected - 1.0).abs() < 1e-9, "{id} {kind:?}: {found}, not {expected}");
        }
    }
}

#[test]
fn longer_prompts_never_make_more_tokens() {
    for (id, memory) in LOCAL.into_iter().chain([("nvidia-h100-sxm-80gb", None)]) {
        let engine = if id.contains("h100") { Engine::Vllm } else { Engine::LlamaCpp };
        let hardware = Hardware { device: device(id), count: 1, memory: memory.map(Bytes::from_gib) };
        let mut before = f64::INFINITY;
        for prompt in [1, 128, 512, 2048, 6000] {
            let all = plans(&asked(engine, prompt), &hardware);
            let one = all.iter().find(|(kind, _)| *kind == ModeKind::OnePerDevice);
            let (_, plan) = one.expect("it carries a session");
            let total = plan.total_speed.likely.as_tokens_per_second();
            assert!(total < before, "{id}: {total} tokens/s with prompts of {prompt}, {before} with shorter");
            before = total;
        }
    }
}

#[test]
fn a_served_engine_has_one_total_in_the_rack_and_in_its_own_answer() {
    let workload = asked(Engine::Vllm, 1024);
    let hardware = Hardware { device: device("nvidia-h100-sxm-80gb"), count: 4, memory: None };
    let all = plans(&workload, &hardware);
    assert!(!all.is_empty());
    for (kind, plan) in all {
        let (width, replicas, batch) = match plan.mode {
            ServingMode::Batched { tensor_parallel, replicas, batch } => (tensor_parallel, replicas, batch),
            ServingMode::OnePerDevice => (1, 4, 1),
            ServingMode::Partitioned { .. } => panic!("a graphics card is not cut"),
        };
        let serving = Serving::of(&workload, hardware.device, Split::together(width));
        let answer = served(FittedServing::builtin(), &serving, f64::from(batch), Between::Mean).expect("it is served");
        let expected = answer.throughput.likely.as_tokens_per_second() * f64::from(replicas);
        let found = plan.total_speed.likely.as_tokens_per_second();
        assert!((found / expected - 1.0).abs() < 1e-9, "{kind:?}: {found}, not {expected}");
        assert!(found < plan.speed_per_session.likely.as_tokens_per_second() * f64::from(plan.sessions.likely) * 1.001);
    }
}
