//! Speculative decoding: what guessing ahead gains, laws, refusals.

use sizewright::catalog::{Catalog, Device, Engine, KvFormat, Model, WeightFormat};
use sizewright::sizing::speed::speculative::{Draft, Speculation, SpeculativeSpeed, decode, published_acceptance};
use sizewright::sizing::{Hardware, Refusal, Workload, memory};
use sizewright::units::BytesPerSecond;

fn device(id: &str) -> &'static Device {
    Catalog::builtin().expect("the built-in catalog").devices.get(&id.into()).unwrap_or_else(|| panic!("{id}"))
}

fn model(id: &str) -> &'static Model {
    Catalog::builtin().expect("the built-in catalog").models.get(&id.into()).unwrap_or_else(|| panic!("{id}"))
}

fn guess(id: &str, card: &str, speculation: &Speculation<'_>) -> Result<SpeculativeSpeed, Refusal> {
    guess_on(id, device(card), speculation)
}

fn guess_on(id: &str, device: &Device, speculation: &Speculation<'_>) -> Result<SpeculativeSpeed, Refusal> {
    let work = Workload {
        model: model(id),
        format: WeightFormat::Q4KM,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: 4096,
        prompt_tokens: 512,
        output_tokens: 128,
        sessions: 1,
    };
    let hardware = Hardware { device, count: 1, memory: None };
    decode(&work, &hardware, &memory::ledger(&work, &hardware).expect("published"), speculation)
}

fn own(guesses: u32, accepted: Option<f64>) -> Speculation<'static> {
    Speculation { draft: Draft::OwnLayers, guesses, accepted }
}

const CARD: &str = "nvidia-geforce-rtx-4090";

#[test]
fn published_acceptance_is_met_and_lies_on_a_line_between() {
    let qwen = model("qwen3.5-27b");
    for (guesses, tokens) in [(1, 1.93), (3, 3.39), (6, 4.80), (2, (1.93 + 3.39) / 2.0)] {
        assert!((published_acceptance(qwen, guesses).expect("published") - tokens).abs() < 1e-9, "{guesses}");
    }
    assert_eq!(published_acceptance(qwen, 7), None, "deeper than anybody published");
    assert_eq!(published_acceptance(model("llama-3.1-8b"), 1), None);
}

#[test]
fn guessing_gains_less_than_the_tokens_it_yields() {
    let mut before = 0.0;
    for accepted in [1.0, 1.5, 2.0, 3.0, 4.0] {
        let gain = guess("llama-3.1-8b", CARD, &own(3, Some(accepted))).expect("it fits").gain;
        assert!(gain < accepted && gain > before, "{accepted} tokens a pass gain {gain}");
        before = gain;
    }
}

#[test]
fn guesses_that_are_never_right_only_cost() {
    assert!(guess("llama-3.1-8b", CARD, &own(4, Some(1.0))).expect("it fits").gain < 1.0);
}

#[test]
fn a_mixture_gains_less_because_each_guess_touches_experts_of_its_own() {
    // Slow memory: on a fast card fixed time would hide what is read.
    let slow =
        Device { memory_bandwidth: Some(BytesPerSecond::from_giga(200.0)), ..device("nvidia-h100-sxm-80gb").clone() };
    let gain = |id| guess_on(id, &slow, &own(3, Some(3.0))).expect("it fits").gain;
    assert!(gain("qwen3-30b-a3b") < gain("qwen3-32b"));
}

#[test]
fn a_processor_bound_by_arithmetic_gains_little() {
    let speculation = own(3, Some(3.0));
    let on = |id| guess("llama-3.1-8b", id, &speculation).expect("it fits").gain;
    assert!(on("intel-core-i7-8700k-cpu") < on(CARD));
}

#[test]
fn a_smaller_draft_model_takes_memory_and_gains_more_than_a_larger_one() {
    let with = |id| {
        let draft = Draft::Model(model(id), WeightFormat::Q4KM);
        guess("llama-3.1-8b", CARD, &Speculation { draft, guesses: 4, accepted: Some(3.0) }).expect("it fits")
    };
    let (small, large) = (with("llama-3.2-1b"), with("llama-3.2-3b"));
    assert!(small.gain > large.gain && small.memory < large.memory);
    assert!(small.decode.low < small.decode.likely && small.decode.likely < small.decode.high);
}

#[test]
fn what_nobody_published_or_cannot_be_is_refused() {
    let reason = |speculation: &Speculation<'_>| guess("llama-3.1-8b", CARD, speculation).expect_err("refused").reason;
    assert!(reason(&own(3, None)).contains("give your own figure"));
    assert!(reason(&own(3, Some(4.5))).contains("at most 4"));
    assert!(reason(&own(3, Some(f64::NAN))).contains("at most 4"));
    assert!(reason(&own(0, Some(1.0))).contains("1 to 16"));
    let draft = Draft::Model(model("llama-3.1-70b"), WeightFormat::Q4KM);
    assert!(reason(&Speculation { draft, guesses: 2, accepted: Some(2.0) }).contains("with the draft it needs"));
}
