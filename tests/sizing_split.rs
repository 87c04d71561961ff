//! Models shared between a device and its host: published runs, laws, refusals.

use std::sync::LazyLock;

use sizewright::catalog::{Catalog, Device, Engine, KvFormat, Model, WeightFormat};
use sizewright::sizing::memory::offload::{Placement, place};
use sizewright::sizing::speed::split::{Host, SplitSpeed, best, of};
use sizewright::sizing::{Hardware, Workload, estimate};
use sizewright::units::{Bytes, TokensPerSecond};

static CATALOG: LazyLock<&Catalog> = LazyLock::new(|| Catalog::builtin().expect("the built-in catalog"));

fn device(id: &str) -> &'static Device {
    CATALOG.devices.get(&id.into()).unwrap_or_else(|| panic!("{id}"))
}

fn model(id: &str) -> &'static Model {
    CATALOG.models.get(&id.into()).unwrap_or_else(|| panic!("{id}"))
}

fn question(id: &str, format: WeightFormat) -> Workload<'static> {
    Workload {
        model: model(id),
        format,
        kv_format: KvFormat::F16,
        engine: Engine::LlamaCpp,
        profile: None,
        context_tokens: 4096,
        prompt_tokens: 512,
        output_tokens: 128,
        sessions: 1,
    }
}

fn alone(id: &str) -> Hardware<'static> {
    Hardware { device: device(id), count: 1, memory: None }
}

fn host(id: &str) -> Host<'static> {
    Host { device: device(id), memory: None }
}

fn shared(work: &Workload<'_>, card: &str, processor: &str, placement: Placement) -> SplitSpeed {
    let offload = place(work, placement).expect("shapes are published");
    of(work, &alone(card), &host(processor), offload).expect("it can be shared")
}

fn likely(speed: &SplitSpeed) -> f64 {
    speed.decode.likely.as_tokens_per_second()
}

const Q4: WeightFormat = WeightFormat::Q4KM;

/// (card, processor, model, format, placement, tokens/s, source)
#[rustfmt::skip]
const PUBLISHED: &[(&str, &str, &str, WeightFormat, Placement, f64, &str)] = &[
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "qwen3-30b-a3b", Q4, Placement::ExpertsOnHost(36), 36.7, "AlexsJones/llmfit#755"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "deepseek-coder-v2-lite-16b", Q4, Placement::ExpertsOnHost(16), 49.6, "AlexsJones/llmfit#778"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "gemma-2-9b", Q4, Placement::Layers(36), 23.7, "AlexsJones/llmfit#778"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "qwen2.5-14b", Q4, Placement::Layers(42), 20.8, "AlexsJones/llmfit#778"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "gemma-3-12b", Q4, Placement::Layers(44), 26.1, "AlexsJones/llmfit#774"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "qwen3-14b", Q4, Placement::Layers(32), 16.9, "AlexsJones/llmfit#774"),
    ("nvidia-geforce-rtx-2080", "intel-core-i9-10900x-cpu", "phi-4-14b", Q4, Placement::Layers(32), 16.7, "AlexsJones/llmfit#774"),
    ("nvidia-geforce-rtx-3060-12gb", "amd-ryzen-9-7900-cpu", "mistral-small-3-24b", Q4, Placement::Layers(30), 17.66, "ggml-org/llama.cpp#12237"),
    ("nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", "qwen3.5-122b-a10b", Q4, Placement::ExpertsOnHost(48), 15.65, "ai-navigate-news.com, hot expert cache, 2026"),
    ("nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", "qwen3.5-122b-a10b", Q4, Placement::ExpertsOnHost(40), 17.87, "ai-navigate-news.com, hot expert cache, 2026"),
    ("nvidia-geforce-rtx-5060-ti-16gb", "intel-core-i7-8700k-cpu", "qwen2.5-14b", Q4, Placement::Layers(40), 12.5, "inventivehq.com, the VRAM cliff, 2026"),
    ("nvidia-geforce-rtx-5060-ti-16gb", "intel-core-i7-8700k-cpu", "qwen2.5-14b", Q4, Placement::Layers(24), 5.61, "inventivehq.com, the VRAM cliff, 2026"),
    ("nvidia-geforce-rtx-5060-ti-16gb", "intel-core-i7-8700k-cpu", "qwen2.5-14b", Q4, Placement::Layers(8), 3.58, "inventivehq.com, the VRAM cliff, 2026"),
];

#[test]
fn published_runs_shared_between_card_and_processor_are_met() {
    let (mut held, mut errors) = (0, Vec::new());
    for (card, processor, id, format, placement, measured, source) in PUBLISHED {
        let speed = shared(&question(id, *format), card, processor, *placement);
        let [low, likely, high] =
            [speed.decode.low, speed.decode.likely, speed.decode.high].map(TokensPerSecond::as_tokens_per_second);
        println!("{id} {placement:?}: {likely:.1} [{low:.1} to {high:.1}], measured {measured} ({source})");
        held += usize::from((low..=high).contains(measured));
        errors.push((likely / measured - 1.0).abs());
    }
    errors.sort_by(f64::total_cmp);
    let median = errors[errors.len() / 2];
    assert!(median < 0.15, "half of the published runs are met within 15 %, not {median:.2}");
    assert!(held * 10 >= errors.len() * 8, "the 80 % band holds {held} of {}", errors.len());
}

#[test]
fn with_everything_on_one_side_it_is_that_side_s_own_speed() {
    let work = question("llama-3.1-8b", Q4);
    let (card, processor) = ("nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu");
    let own = |id: &str| {
        let roomy = Hardware { memory: Some(Bytes::from_gib(64.0)), ..alone(id) };
        estimate(&work, &roomy).decode.expect("it fits").likely.as_tokens_per_second()
    };
    for (placement, side) in [(Placement::Layers(33), card), (Placement::Layers(0), processor)] {
        let (speed, own) = (likely(&shared(&work, card, processor, placement)), own(side));
        assert!((speed / own - 1.0).abs() < 1e-6, "{placement:?}: {speed} against {own} on {side}");
    }
}

#[test]
fn each_layer_more_on_a_faster_device_makes_it_faster() {
    let work = question("llama-3.3-70b", Q4);
    let mut before = 0.0;
    for layers in 1..=81 {
        let now = likely(&shared(&work, "nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", Placement::Layers(layers)));
        assert!(now > before, "{layers} layers: {now} after {before}");
        before = now;
    }
}

#[test]
fn a_large_mixture_leaves_experts_with_the_host_and_not_whole_layers() {
    let work = question("gpt-oss-120b", WeightFormat::Mxfp4);
    let card = alone("nvidia-geforce-rtx-4090");
    let speed = best(&work, &card, &host("amd-ryzen-9-7950x-cpu")).expect("it can be shared");
    assert!(matches!(speed.offload.placement, Placement::ExpertsOnHost(_)), "{:?}", speed.offload.placement);
    assert!(speed.offload.on_device() <= card.memory_in_all().expect("24 GB"));
    assert!(speed.decode.low < speed.decode.likely && speed.decode.likely < speed.decode.high);
    assert!(speed.prefill.low < speed.prefill.likely && speed.prefill.likely < speed.prefill.high);
    assert!(speed.time_to_first_token.likely.as_secs() > 512.0 / speed.prefill.likely.as_tokens_per_second());
}

#[test]
fn weights_borrowed_over_the_bus_slow_prompts_down() {
    let work = question("llama-3.3-70b", Q4);
    let prompt = |layers| {
        let speed = shared(&work, "nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", Placement::Layers(layers));
        speed.prefill.likely.as_tokens_per_second()
    };
    assert!(prompt(10) < prompt(40) && prompt(40) < prompt(81));
    let few = Workload { prompt_tokens: 16, ..work };
    let short = shared(&few, "nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", Placement::Layers(40));
    assert!(
        short.prefill.likely
            < shared(&work, "nvidia-geforce-rtx-4090", "amd-ryzen-9-7950x-cpu", Placement::Layers(40)).prefill.likely
    );
}

#[test]
fn what_cannot_be_shared_is_refused_with_the_reason() {
    let work = question("llama-3.3-70b", Q4);
    let (card, processor) = (alone("nvidia-geforce-rtx-4090"), host("amd-ryzen-9-7950x-cpu"));
    let reason =
        |work: &Workload<'_>, card: &Hardware<'_>, host: &Host<'_>| best(work, card, host).expect_err("no").reason;
    let vllm = Workload { engine: Engine::Vllm, ..work };
    assert!(reason(&vllm, &card, &processor).contains("llama.cpp can share it"));
    assert!(reason(&work, &Hardware { count: 2, ..card }, &processor).contains("one device"));
    assert!(reason(&work, &card, &host("nvidia-geforce-rtx-3090")).contains("a graphics device and a processor"));
    let small = Host { memory: Some(Bytes::from_gib(8.0)), ..processor };
    assert!(reason(&work, &card, &small).contains("short by"));
}
