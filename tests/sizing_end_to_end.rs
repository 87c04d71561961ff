//! From a model and a device to memory, verdict, speed and sessions.

mod sizing_support;

use sizewright::catalog::{DeviceClass, Engine, WeightFormat};
use sizewright::sizing::memory::MemoryKind;
use sizewright::sizing::serving::{Sense, ServingMode, SessionTarget, most_sessions};
use sizewright::sizing::verdict::Nearest;
use sizewright::sizing::{Hardware, Verdict, Workload, estimate};
use sizewright::units::TokensPerSecond;
use sizing_support::{LLAMA_3_1_8B, LLAMA_3_70B, alone, device, rtx_4090, workload};

const TEN: SessionTarget = SessionTarget {
    speed: TokensPerSecond::from_tokens_per_second(10.0),
    sense: Sense::Mean,
    time_to_first_token: None,
};

#[test]
fn an_8b_model_at_4_bits_runs_on_a_24_gib_card() {
    let (model, card) = (LLAMA_3_1_8B.model(), rtx_4090());
    let answer = estimate(&workload(&model, WeightFormat::Q4KM, 8192), &alone(&card));
    let ledger = answer.memory.expect("its shapes are known");
    assert_eq!(ledger.of(MemoryKind::KvCache).get(), 8192 * 131_072);
    assert_eq!(ledger.total(), ledger.parts.iter().map(|part| part.likely).sum());
    assert!(matches!(answer.verdict, Verdict::Fits { .. }), "{:?}", answer.verdict);
    let decode = answer.decode.expect("it fits and the bandwidth is known");
    // Published runs of llama.cpp on this card lie between 125 and 150 tokens/s.
    assert!(decode.low.as_tokens_per_second() < 150.0 && decode.high.as_tokens_per_second() > 125.0, "{decode:?}");
    assert!(decode.basis.to_string().contains("bandwidth"));
    assert!(answer.prefill.is_ok() && answer.time_to_first_token.is_ok());
}

#[test]
fn a_model_that_does_not_fit_gets_a_reason_and_a_smaller_format_instead_of_a_speed() {
    let (model, card) = (LLAMA_3_70B.model(), rtx_4090());
    let answer = estimate(&workload(&model, WeightFormat::Q4KM, 4096), &alone(&card));
    assert!(matches!(answer.verdict, Verdict::DoesNotFit { .. }));
    let refusal = answer.decode.expect_err("it does not fit");
    assert!(refusal.reason.contains("short by"), "{}", refusal.reason);
    let Some(Nearest::Format(format)) = refusal.nearest else { panic!("{refusal:?}") };
    let smaller = estimate(&workload(&model, format, 4096), &alone(&card));
    assert!(!matches!(smaller.verdict, Verdict::DoesNotFit { .. }), "{format}");
}

#[test]
fn what_is_offered_instead_is_the_nearest_that_fits() {
    let card = rtx_4090();
    let refused = |work: &Workload<'_>| estimate(work, &alone(&card)).decode.expect_err("it does not fit").nearest;
    let llama = LLAMA_3_1_8B.model();
    // No smaller format exists for the smallest; a shorter context does.
    let long = workload(&llama, WeightFormat::Iq1S, 1_000_000);
    let Some(Nearest::Context(tokens)) = refused(&long) else { panic!("{:?}", refused(&long)) };
    let at = |context_tokens| estimate(&Workload { context_tokens, ..long }, &alone(&card)).verdict;
    assert!(!matches!(at(tokens), Verdict::DoesNotFit { .. }), "{tokens}");
    assert!(matches!(at(tokens + 256), Verdict::DoesNotFit { .. }), "{tokens}");
    // Nothing but more cards helps 31 GB in the smallest format of its kind, whatever the context.
    let large = LLAMA_3_70B.model();
    let smallest = Workload { engine: Engine::Mlx, ..workload(&large, WeightFormat::Mlx3, 4096) };
    let Some(Nearest::Devices(count)) = refused(&smallest) else { panic!("{:?}", refused(&smallest)) };
    let over = |count| estimate(&smallest, &Hardware { count, ..alone(&card) }).verdict;
    assert!(
        matches!(over(count - 1), Verdict::DoesNotFit { .. }) && !matches!(over(count), Verdict::DoesNotFit { .. })
    );
}

#[test]
fn a_batched_accelerator_carries_many_more_sessions_than_one_and_names_what_binds() {
    let model = LLAMA_3_1_8B.model();
    let h100 = device("h100", DeviceClass::NvidiaDatacenter, 80.0, 3350.0, 989.0);
    let wanted = Workload { engine: Engine::Vllm, ..workload(&model, WeightFormat::Bf16, 2048) };
    let plan = most_sessions(&wanted, &alone(&h100), &TEN).expect("it fits");
    // 64 GiB beside the weights hold some 200 contexts of 2,048 tokens.
    assert!((50..1000).contains(&plan.sessions.likely), "{plan:?}");
    assert!(plan.sessions.low <= plan.sessions.likely && plan.sessions.likely <= plan.sessions.high);
    assert!(plan.speed_per_session.likely >= TEN.speed);
    let eight = most_sessions(&wanted, &Hardware { count: 8, ..alone(&h100) }, &TEN).expect("it fits");
    assert!(eight.sessions.likely >= 8 * plan.sessions.likely);
}

#[test]
fn a_server_processor_is_cut_into_partitions() {
    let model = LLAMA_3_1_8B.model();
    let mut processor = device("cpu", DeviceClass::CpuServerArm, 256.0, 332.8, 0.0);
    processor.facts.performance_cores = Some(192);
    let plan = most_sessions(&workload(&model, WeightFormat::Q4_0, 1024), &alone(&processor), &TEN).expect("it fits");
    assert!(matches!(plan.mode, ServingMode::Partitioned { .. }), "{:?}", plan.mode);
    // Measured: 8 sessions at 10 tokens/s on such a machine.
    assert!(plan.sessions.low <= 8 && plan.sessions.high >= 8, "{:?}", plan.sessions);
}

#[test]
fn a_speed_beyond_the_device_is_refused_with_the_best_it_can_do() {
    let (model, card) = (LLAMA_3_1_8B.model(), rtx_4090());
    let target = SessionTarget {
        speed: TokensPerSecond::from_tokens_per_second(10_000.0),
        sense: Sense::Mean,
        time_to_first_token: None,
    };
    let refusal = most_sessions(&workload(&model, WeightFormat::Q8_0, 4096), &alone(&card), &target).expect_err("no");
    assert!(refusal.reason.contains("at best"), "{}", refusal.reason);
}
