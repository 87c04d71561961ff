//! Laws and worked examples of served engines, on the catalog's own models and devices.

use smol_str::ToSmolStr;

use super::*;
use crate::catalog::{Catalog, DeviceId, Engine, KvFormat, ModelId, WeightFormat};
use crate::sizing::serving::measured::{BATCHED, CHAT_PROMPT};
use crate::sizing::serving::{FittedServing, Split, served};

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn way(model: &str, device: &str, format: WeightFormat, devices: u32) -> Serving<'static> {
    let small = !matches!(format, WeightFormat::Bf16);
    Serving {
        model: catalog().models.get(&ModelId::new(model)).expect("a model"),
        format,
        kv_format: if small { KvFormat::Fp8 } else { KvFormat::F16 },
        engine: Engine::Vllm,
        settings: None,
        age: build::UNSTATED,
        device: catalog().devices.get(&DeviceId::new(device)).expect("a device"),
        split: Split::together(devices),
        prompt_tokens: 1024.0,
        output_tokens: 1024.0,
        guessing: false,
    }
}

const H200: &str = "nvidia-h200-sxm-141gb";
const B200: &str = "nvidia-b200-sxm-180gb";

fn ways() -> Vec<Serving<'static>> {
    vec![
        way("llama-3.1-8b", "nvidia-h100-sxm-80gb", WeightFormat::Bf16, 1),
        way("llama-3.1-70b", H200, WeightFormat::Fp8, 2),
        way("llama-3.1-70b", B200, WeightFormat::Nvfp4, 8),
        way("qwen3-235b-a22b", B200, WeightFormat::Fp8, 4),
        way("deepseek-v3-671b", B200, WeightFormat::Fp8, 8),
        way("gpt-oss-120b", B200, WeightFormat::Mxfp4, 1),
        way("qwen3.5-397b-a17b", B200, WeightFormat::Fp8, 8),
        Serving { engine: Engine::TensorRtLlm, ..way("glm-5", B200, WeightFormat::Nvfp4, 8) },
        Serving { engine: Engine::Sglang, guessing: true, ..way("kimi-k2.5", B200, WeightFormat::Int4G128, 8) },
    ]
}

fn figures(serving: &Serving<'_>, sessions: f64) -> crate::sizing::serving::ServedFigures {
    served(FittedServing::builtin(), serving, sessions, Between::Mean).expect("it can be served")
}

#[track_caller]
fn check(found: f64, measured: f64, tolerance: f64) {
    assert!((found / measured).ln().abs() < tolerance, "{found} is not {measured} within {tolerance}");
}

#[test]
fn llama_70b_on_two_architectures_takes_what_was_measured() {
    // vLLM, 8-bit weights, 1,024 in and out, InferenceMAX as of 2025-10: milliseconds per token.
    for (device, devices, sessions, measured) in [
        (H200, 1, 4.0, 21.5),
        (H200, 1, 16.0, 24.7),
        (H200, 8, 64.0, 12.7),
        (B200, 1, 64.0, 23.1),
        (B200, 8, 16.0, 7.6),
    ] {
        let figures = figures(&way("llama-3.1-70b", device, WeightFormat::Fp8, devices), sessions);
        check(figures.per_token.likely.as_millis(), measured, 0.20);
    }
}

#[test]
fn the_h100_rows_with_the_most_sessions_are_predicted_within_a_fifth_of_speed_and_the_band_of_power() {
    // ML.ENERGY: what each device drew with the first; of the second nothing is told.
    for (row, measured) in BATCHED.iter().zip([Some(685.0), None]) {
        let mut way = way(row.model, row.device, row.format, row.devices);
        (way.prompt_tokens, way.output_tokens) = (CHAT_PROMPT, row.answer);
        let sessions = f64::from(row.sessions);
        let figures = served(FittedServing::builtin(), &way, sessions, Between::Median).expect("it can be served");
        check(figures.throughput.likely.as_tokens_per_second() / sessions, row.speed, 0.20);
        let found = figures.power.expect("the limit is published");
        let [low, likely, high] =
            [found.low, found.likely, found.high].map(|power| power.as_watts() / f64::from(row.devices));
        assert!(likely > 550.0 && high <= 700.0, "{}: {likely} W, up to {high}: the limit is 700", row.model);
        if let Some(power) = measured {
            assert!((low..=high).contains(&power), "{}: {power} W measured, {low} to {high} estimated", row.model);
        }
    }
}

#[test]
fn more_sessions_never_shorten_a_step_or_a_wait() {
    for way in ways() {
        let (mut step, mut wait) = (0.0, 0.0);
        for power in 0..=11 {
            let figures = figures(&way, f64::from(1 << power));
            let now = (figures.per_token.likely.as_secs(), figures.first_token.likely.as_secs());
            assert!(now.0 >= step * (1.0 - 1e-9) && now.1 >= wait * (1.0 - 1e-9), "{} at {}", way.model.id, 1 << power);
            (step, wait) = now;
        }
    }
}

#[test]
fn every_band_contains_its_likely_value_and_power_stays_below_the_limit() {
    for way in ways() {
        for sessions in [1.0, 8.0, 100.0, 5000.0] {
            let figures = figures(&way, sessions);
            let holds =
                |low: f64, likely: f64, high: f64| low > 0.0 && low <= likely && likely <= high && high.is_finite();
            let (t, f, o) = (&figures.per_token, &figures.first_token, &figures.throughput);
            assert!(holds(t.low.as_secs(), t.likely.as_secs(), t.high.as_secs()));
            assert!(holds(f.low.as_secs(), f.likely.as_secs(), f.high.as_secs()));
            assert!(holds(
                o.low.as_tokens_per_second(),
                o.likely.as_tokens_per_second(),
                o.high.as_tokens_per_second()
            ));
            let power = figures.power.expect("the limit is published");
            let limit = way.device.power_limit.expect("published") * f64::from(way.split.devices);
            assert!(holds(power.low.as_watts(), power.likely.as_watts(), power.high.as_watts()));
            assert!(power.high <= limit, "{} above {limit}", power.high);
        }
    }
}

#[test]
fn a_full_cache_pool_makes_requests_wait_and_stops_the_step_from_growing() {
    let way = Serving {
        engine: Engine::TensorRtLlm,
        settings: None,
        output_tokens: 8192.0,
        ..way("llama-3.1-70b", H200, WeightFormat::Fp8, 1)
    };
    let pool = way.work().expect("work").pool_sessions();
    // Published: about 50 of 128 requests ran at once.
    assert!((35.0..75.0).contains(&pool), "{pool}");
    let (full, over) = (figures(&way, pool), figures(&way, pool * 2.0));
    assert_eq!(full.per_token.likely, over.per_token.likely);
    assert!(over.first_token.likely.as_secs() > 20.0 * full.first_token.likely.as_secs());
    assert!(over.caution.contains("wait"), "{}", over.caution);
    assert_eq!(over.binding, crate::sizing::Resource::Memory);
}

#[test]
fn one_session_feels_no_other_and_one_device_talks_to_none() {
    let way = way("llama-3.1-8b", H200, WeightFormat::Bf16, 1);
    let work = way.work().expect("work");
    let constants = &FittedServing::builtin().served;
    let times = closed_loop::times(constants, &work, 1.0, Between::Mean);
    assert_eq!((times.others_prompts, times.step.collectives), (0.0, 0.0));
    assert_eq!(times.per_token, times.step.total);
}

#[test]
fn twice_the_devices_never_double_the_speed_of_one_session() {
    for model in ["llama-3.1-70b", "qwen3-235b-a22b"] {
        let one = figures(&way(model, B200, WeightFormat::Fp8, 4), 8.0).per_token.likely;
        let two = figures(&way(model, B200, WeightFormat::Fp8, 8), 8.0).per_token.likely;
        assert!(two < one && two * 2.0 > one, "{model}: {one} and {two}");
    }
}

#[test]
fn weights_beyond_the_memory_are_refused_with_what_would_run() {
    let way = way("qwen3-235b-a22b", H200, WeightFormat::Fp8, 1);
    let refusal = served(FittedServing::builtin(), &way, 8.0, Between::Mean).expect_err("235 GB on 141 GB");
    assert!(refusal.reason.contains("do not fit"), "{}", refusal.reason);
    assert_eq!(refusal.nearest, Some(crate::sizing::verdict::Nearest::Devices(2)));
}

#[test]
fn a_penalty_of_old_builds_fades_and_widens_the_band_while_it_lasts() {
    let old = Serving { age: 0.05, ..way("qwen3-235b-a22b", B200, WeightFormat::Fp8, 4) };
    let new = Serving { age: build::NEWEST, ..old };
    let width = |serving: &Serving<'_>| {
        let figures = figures(serving, 8.0);
        (figures.per_token.likely, figures.per_token.likely / figures.per_token.low)
    };
    let ((slow, wide), (fast, narrow)) = (width(&old), width(&new));
    assert!(fast < slow && narrow < wide, "{slow} {wide} {fast} {narrow}");
    // Files whose 8-bit experts have one scale never had it.
    let dense = Serving { age: 0.05, ..way("llama-3.1-70b", B200, WeightFormat::Fp8, 4) };
    assert!(figures(&dense, 8.0).caution.is_empty());
}

#[test]
fn answers_of_one_token_and_prompts_of_none_are_still_numbers() {
    for (prompt, answer) in [(0.0, 1.0), (1.0, 1.0), (1e6, 1.0), (1.0, 1e6), (f64::NAN, f64::NAN)] {
        let mut way = way("llama-3.1-8b", H200, WeightFormat::Bf16, 1);
        (way.prompt_tokens, way.output_tokens) = (prompt, answer);
        if let Ok(figures) = served(FittedServing::builtin(), &way, 16.0, Between::Mean) {
            assert!(figures.per_token.likely.as_secs() > 0.0 || prompt.is_nan(), "{prompt} {answer}");
        }
    }
}

#[test]
fn sharing_a_model_out_never_shrinks_its_bytes() {
    let bytes = |way: &Serving<'_>| {
        let work = way.work().expect("work");
        (work.fixed + work.experts + work.head) * work.devices
    };
    for way in ways() {
        let mut before = 0.0;
        for devices in [1, 2, 4, 8, 16] {
            let now = bytes(&Serving { split: Split::together(devices), ..way });
            assert!(now >= before * (1.0 - 1e-9), "{} on {devices}: {now} after {before}", way.model.id);
            // Groups that attend on their own each keep a copy.
            let apart = bytes(&Serving { split: Split { devices, attention_shards: 1 }, ..way });
            assert!(apart >= now * (1.0 - 1e-9), "{} on {devices} apart", way.model.id);
            before = now;
        }
    }
}

#[test]
fn the_basis_says_which_engine_it_is() {
    for engine in [Engine::Vllm, Engine::Sglang, Engine::TensorRtLlm] {
        let way = Serving { engine, ..way("llama-3.1-8b", H200, WeightFormat::Bf16, 1) };
        let basis = figures(&way, 1.0).per_token.basis;
        let said = basis.inputs.iter().find(|input| input.name == "engine").map(|input| input.value.clone());
        assert_eq!(said, Some(engine.to_smolstr()));
    }
}
