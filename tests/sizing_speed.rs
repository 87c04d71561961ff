//! Single-stream speed: published runs, laws, edges, and the wrong formulas other tools use.

use sizewright::catalog::{Catalog, Device, Engine, FieldNote, KvFormat, LayerState, Model, Standing, WeightFormat};
use sizewright::sizing::calibration::own::Asked;
use sizewright::sizing::calibration::{Calibration, Evidence};
use sizewright::sizing::speed::band::Segment;
use sizewright::sizing::speed::conditions::{Client, Conditions, Generation, Parallel};
use sizewright::sizing::speed::platform::{Machine, Stack};
use sizewright::sizing::speed::{FittedSpeed, Run};
use sizewright::sizing::weights::{self, WeightCount};
use sizewright::sizing::{Figure, Refusal};
use sizewright::units::{BytesPerSecond, TokensPerSecond};

const FORMATS: [WeightFormat; 4] = [WeightFormat::F16, WeightFormat::Q8_0, WeightFormat::Q4KM, WeightFormat::Q2K];

fn catalog() -> &'static Catalog {
    Catalog::builtin().expect("the built-in catalog reads")
}

fn device(id: &str) -> Device {
    catalog().devices.get(&id.into()).unwrap_or_else(|| panic!("no device {id}")).clone()
}

fn model(id: &str) -> &'static Model {
    catalog().models.get(&id.into()).unwrap_or_else(|| panic!("no model {id}"))
}

fn count(model: &Model, format: WeightFormat) -> WeightCount {
    weights::count(model, format, Engine::LlamaCpp).expect("its shapes are published")
}

/// Runs one session; `with` changes the usual conditions.
fn decode_with(
    device: &Device,
    model: &Model,
    format: WeightFormat,
    depth_tokens: f64,
    with: impl FnOnce(&mut Conditions),
) -> Result<Figure<TokensPerSecond>, Refusal> {
    let weights = count(model, format);
    let mut conditions = Conditions::usual(device, Engine::LlamaCpp, 1);
    with(&mut conditions);
    let run = Run { model, format, kv_format: KvFormat::F16, device, weights: &weights, conditions };
    run.decode(FittedSpeed::builtin(), depth_tokens, 128, &Calibration::NONE).map(|timed| timed.figure)
}

fn decode(device: &Device, model: &Model, format: WeightFormat, depth_tokens: f64) -> f64 {
    let figure = decode_with(device, model, format, depth_tokens, |_| ()).expect("its bandwidth is published");
    figure.likely.as_tokens_per_second()
}

fn prefill_with(device: &Device, model: &Model, tokens: u32, with: impl FnOnce(&mut Conditions)) -> f64 {
    let format = WeightFormat::Q4KM;
    let weights = count(model, format);
    let mut conditions = Conditions::usual(device, Engine::LlamaCpp, 1);
    with(&mut conditions);
    let run = Run { model, format, kv_format: KvFormat::F16, device, weights: &weights, conditions };
    let timed = run.prefill(FittedSpeed::builtin(), tokens, 0.0, &Calibration::NONE).expect("its rate is published");
    timed.figure.likely.as_tokens_per_second()
}

#[test]
fn the_constants_that_come_with_the_program_are_fitted_and_positive() {
    let text = include_str!("../data/constants/single_stream.ron");
    let fitted = FittedSpeed::from_ron_str(text).expect("the constants parse");
    assert_eq!(&fitted, FittedSpeed::builtin());
    assert!(fitted.rows > 1_000 && fitted.devices > 100, "{} rows of {} devices", fitted.rows, fitted.devices);
    use sizewright::sizing::speed::constants::Constants;
    let c = &fitted.constants;
    for values in [
        c.accelerator_decode.to_values(),
        c.processor_decode.to_values(),
        c.accelerator_prefill.to_values(),
        c.processor_prefill.to_values(),
    ] {
        assert!(values.iter().all(|value| value.is_finite() && *value > 0.0), "{values:?}");
    }
}

#[test]
fn published_runs_are_met() {
    use WeightFormat::{F16, Q4KM, Q8_0};
    let may_2024 = |run: &mut Conditions| run.generation = Generation::Before2025;
    let usual = |_: &mut Conditions| ();
    // Tokens per second of XiongjieDai/GPU-Benchmarks-on-LLM-Inference (2024-05, 1,024 tokens generated: 512 deep in
    // the middle) and ggml-org/llama.cpp's own benches (2025).
    type Change = fn(&mut Conditions);
    let cases: [(&str, &str, WeightFormat, f64, Change, f64); 7] = [
        ("nvidia-geforce-rtx-4090", "llama-3-8b", Q4KM, 512.0, may_2024, 127.74),
        ("nvidia-geforce-rtx-4090", "llama-3-8b", F16, 512.0, may_2024, 54.34),
        ("nvidia-geforce-rtx-3090", "llama-3-8b", Q4KM, 256.0, may_2024, 115.42),
        ("nvidia-h100-pcie-80gb", "llama-3-70b", Q4KM, 512.0, may_2024, 25.01),
        ("nvidia-rtx-a6000", "llama-3-8b", F16, 512.0, may_2024, 40.25),
        ("amd-ryzen-ai-max-plus-395-radeon-8060s", "llama-3.1-8b", Q4KM, 64.0, usual, 37.24),
        ("amd-ryzen-ai-max-plus-395-radeon-8060s", "qwen3-32b", Q8_0, 64.0, usual, 6.37),
    ];
    for (on, of, format, depth, with, published) in cases {
        let figure = decode_with(&device(on), model(of), format, depth, with).expect("it is known");
        let likely = figure.likely.as_tokens_per_second();
        assert!((likely / published - 1.0).abs() < 0.20, "{on} {of} {format}: {likely:.1} for {published}");
        assert!(
            figure.low.as_tokens_per_second() <= published && published <= figure.high.as_tokens_per_second(),
            "{on} {of} {format}: {published} is outside its band"
        );
    }
}

#[test]
fn every_figure_lies_inside_its_own_band_and_says_how_it_was_made() {
    let of = model("llama-3.1-8b");
    for device in catalog().devices.iter() {
        let Ok(figure) = decode_with(device, of, WeightFormat::Q4KM, 0.0, |_| ()) else { continue };
        assert!(figure.low < figure.likely && figure.likely < figure.high, "{}: {figure:?}", device.id);
        assert!(figure.likely.is_finite() && figure.likely > TokensPerSecond::ZERO, "{}", device.id);
        assert!(figure.basis.inputs.len() > 5 && figure.basis.band.contains('%'), "{}", device.id);
    }
}

#[test]
fn twice_the_bandwidth_never_more_than_doubles_decode_and_never_slows_it() {
    for id in
        ["nvidia-geforce-rtx-4090", "apple-m2-ultra-76-core-gpu", "amd-ryzen-9-7950x-cpu", "aws-graviton4-96-vcpu"]
    {
        let slow = device(id);
        let mut fast = slow.clone();
        fast.memory_bandwidth = slow.memory_bandwidth.map(|bandwidth| bandwidth * 2.0);
        for format in FORMATS {
            let gain = decode(&fast, model("llama-3.1-8b"), format, 512.0)
                / decode(&slow, model("llama-3.1-8b"), format, 512.0);
            assert!((1.0..=2.0).contains(&gain), "{id} {format}: x{gain:.2}");
        }
    }
}

#[test]
fn a_deeper_context_never_speeds_anything_up() {
    for id in ["nvidia-geforce-rtx-3090", "apple-m4-max-40-core-gpu", "amd-ryzen-9-7950x-cpu", "nvidia-dgx-spark-gb10"]
    {
        for of in ["llama-3.1-8b", "qwen3-30b-a3b", "gemma-3-4b"] {
            let depths = [0.0, 1_000.0, 8_000.0, 64_000.0];
            let speeds: Vec<f64> =
                depths.map(|depth| decode(&device(id), model(of), WeightFormat::Q4KM, depth)).to_vec();
            assert!(speeds.windows(2).all(|pair| pair[1] <= pair[0]), "{id} {of}: {speeds:?}");
        }
        let long = [512, 4_096, 32_768].map(|tokens| prefill_with(&device(id), model("llama-3.1-8b"), tokens, |_| ()));
        assert!(long.windows(2).all(|pair| pair[1] <= pair[0] * 1.001), "{id}: {long:?}");
    }
}

#[test]
fn a_layer_split_adds_memory_and_no_speed_and_tensor_parallelism_less_than_its_devices() {
    let (card, of) = (device("nvidia-geforce-rtx-3090"), model("llama-3-70b"));
    let with = |devices: u32, parallel: Parallel| {
        decode_with(&card, of, WeightFormat::Q4KM, 0.0, |run| (run.devices, run.parallel) = (devices, parallel))
            .expect("it is known")
            .likely
    };
    let one = with(1, Parallel::Layers);
    assert!(with(4, Parallel::Layers) < one && with(4, Parallel::Layers) > one * 0.9);
    let gain = with(4, Parallel::Tensor) / one;
    assert!((1.5..4.0).contains(&gain), "x{gain:.2}");
}

#[test]
fn experts_are_read_as_few_as_take_part_and_not_all() {
    // Known wrong: speed from all parameters of a mixture (10 times too slow), or memory from its active ones.
    let card = device("nvidia-geforce-rtx-4090");
    let mixture = decode(&card, model("qwen3-30b-a3b"), WeightFormat::Q4KM, 0.0);
    let dense = decode(&card, model("qwen3-32b"), WeightFormat::Q4KM, 0.0);
    assert!((3.0..9.0).contains(&(mixture / dense)), "{mixture:.0} against {dense:.0}");
}

#[test]
fn a_tiny_model_on_a_fast_card_is_bound_by_fixed_time() {
    // Known wrong: bandwidth over bytes, which promises thousands of tokens a second.
    let card = device("nvidia-geforce-rtx-4090");
    let of = model("qwen2.5-0.5b");
    let bytes = count(of, WeightFormat::Q4KM).read_per_step(1);
    let bandwidth = card.memory_bandwidth.expect("published");
    let naive = 1.0 / (bytes / bandwidth).as_secs();
    let share = decode(&card, of, WeightFormat::Q4KM, 0.0) / naive;
    assert!((0.15..0.5).contains(&share), "{share:.2} of what bandwidth alone says");
}

#[test]
fn a_processor_at_four_bits_is_not_bound_by_bandwidth_alone() {
    // Published: Graviton4 runs 3B at 90 tokens/s with Q4_K_M and 79 with Q8_0, which has 1.7 times the bytes.
    let server = device("aws-graviton4-96-vcpu");
    let of = model("llama-3.2-3b");
    let gain = decode(&server, of, WeightFormat::Q4KM, 512.0) / decode(&server, of, WeightFormat::Q8_0, 512.0);
    let bytes = count(of, WeightFormat::Q8_0).read_per_step(1).as_f64()
        / count(of, WeightFormat::Q4KM).read_per_step(1).as_f64();
    assert!(gain > 1.0 && gain < bytes * 0.93, "x{gain:.2} for x{bytes:.2} fewer bytes");
}

#[test]
fn unpacking_four_bits_takes_time_besides_reading_them() {
    // Known wrong: bytes over bandwidth. A laptop's cores unpack slower than its memory delivers; stacked memory delivers
    // faster than any card unpacks.
    let of = model("llama-3.1-8b");
    for id in ["intel-core-i5-4200m-cpu", "aws-graviton4-96-vcpu", "nvidia-h100-pcie-80gb"] {
        let device = device(id);
        let share = |format: WeightFormat| {
            let weights = count(of, format);
            let conditions = Conditions::usual(&device, Engine::LlamaCpp, 1);
            let run =
                Run { model: of, format, kv_format: KvFormat::F16, device: &device, weights: &weights, conditions };
            let time = run.decode(FittedSpeed::builtin(), 0.0, 128, &Calibration::NONE).expect("known").time;
            time.both / time.weights
        };
        let (four, sixteen) = (share(WeightFormat::Q4KM), share(WeightFormat::F16));
        assert!(four > 1.05 && four > sixteen, "{id}: x{four:.2} at 4 bits, x{sixteen:.2} at 16");
    }
}

#[test]
fn nothing_is_guessed_where_no_bandwidth_is_published() {
    let mut card = device("nvidia-geforce-rtx-4090");
    card.memory_bandwidth = None;
    let refusal = decode_with(&card, model("llama-3.1-8b"), WeightFormat::Q4KM, 0.0, |_| ()).expect_err("no bandwidth");
    assert!(refusal.reason.contains("bandwidth"), "{}", refusal.reason);
    card.memory_bandwidth = Some(BytesPerSecond::from_giga(0.0));
    assert!(decode_with(&card, model("llama-3.1-8b"), WeightFormat::Q4KM, 0.0, |_| ()).is_err());
}

#[test]
fn a_missing_rate_is_said_and_widens_the_band() {
    let card = device("nvidia-geforce-rtx-4090");
    let mut bare = card.clone();
    bare.rates = Default::default();
    let width = |card: &Device| {
        let figure = decode_with(card, model("llama-3.1-8b"), WeightFormat::Q4KM, 0.0, |run| run.stack = Stack::Cuda);
        let figure = figure.expect("its bandwidth is published");
        figure.high / figure.low
    };
    assert!(width(&bare) > width(&card) * 1.1);
}

#[test]
fn extreme_facts_give_a_number_or_a_reason_and_no_panic() {
    let mut card = device("nvidia-geforce-rtx-4090");
    for bandwidth in [1e-300, 1.0, 1e12, 1e300, f64::INFINITY, f64::NAN, -5.0] {
        card.memory_bandwidth = Some(BytesPerSecond::from_giga(bandwidth));
        for depth in [0.0, 1e12, f64::NAN, -1.0] {
            if let Ok(figure) = decode_with(&card, model("llama-3.1-8b"), WeightFormat::Q4KM, depth, |_| ()) {
                assert!(figure.likely.is_finite() && figure.low <= figure.likely && figure.likely <= figure.high);
            }
        }
    }
    let several = |devices| {
        decode_with(&device("nvidia-l40s"), model("llama-3-70b"), WeightFormat::Q4KM, 0.0, |run| run.devices = devices)
    };
    assert!(several(0).is_ok() && several(u32::MAX).is_ok());
}

#[test]
fn prompts_are_bound_by_arithmetic_and_answers_by_bandwidth() {
    let card = device("nvidia-geforce-rtx-3090");
    let reading = prefill_with(&card, model("llama-3.1-8b"), 1_024, |_| ());
    let writing = decode(&card, model("llama-3.1-8b"), WeightFormat::Q4KM, 512.0);
    assert!(reading > 10.0 * writing, "{reading:.0} and {writing:.0}");
    // A prompt of one token is read no faster than a token is generated.
    assert!(prefill_with(&card, model("llama-3.1-8b"), 1, |_| ()) < 1.5 * writing);
}

#[test]
fn classes_follow_the_platform_and_not_the_shape() {
    let of = |id: &str| {
        let device = device(id);
        let run = Conditions::usual(&device, Engine::LlamaCpp, 1);
        Segment::of(&Machine::of(&device, run.stack).expect("its bandwidth is published"), &run)
    };
    assert_eq!(of("nvidia-dgx-spark-gb10"), Segment::NvidiaShared);
    assert_eq!(of("amd-ryzen-ai-max-plus-395-radeon-8060s"), Segment::OtherShared);
    assert_eq!(of("nvidia-l40s"), of("nvidia-geforce-rtx-4090"));
    assert_eq!(of("nvidia-a100-80gb-sxm"), Segment::NvidiaStacked);
    assert_eq!(of("apple-m3-10-core-gpu"), Segment::Apple);
}

#[test]
fn a_platform_nobody_measured_gets_the_widest_kind_of_band() {
    let fitted = FittedSpeed::builtin();
    for bands in [&fitted.decode_bands, &fitted.prefill_bands] {
        let nvidia = bands.of(Segment::Nvidia);
        assert!(bands.unmeasured.low < nvidia.low && bands.unmeasured.high > nvidia.high);
        for (segment, band) in &bands.segments {
            assert!(band.low <= 1.0 && band.high >= 1.0 && band.rows > 0, "{segment:?}: {band:?}");
            assert!(band.strange_low <= band.low && band.strange_high >= band.high, "{segment:?}: {band:?}");
        }
        let (known, strange) =
            (bands.of_run(Segment::Nvidia, "NVIDIA card CUDA"), bands.of_run(Segment::Nvidia, "new"));
        assert!(!known.1 && strange.1 && strange.0.high / strange.0.low > known.0.high / known.0.low);
    }
}

#[test]
fn a_device_of_a_platform_nobody_measured_says_so_and_gets_a_wider_band() {
    // The same card, driven by a stack that no measurement of such a card was fitted on.
    let card = device("nvidia-h100-pcie-80gb");
    let of = |stack| {
        decode_with(&card, model("llama-3.1-8b"), WeightFormat::Q4KM, 0.0, |run| run.stack = stack).expect("known")
    };
    let (known, strange) = (of(Stack::Cuda), of(Stack::Sycl));
    assert!(strange.high / strange.low > known.high / known.low);
    assert!(strange.basis.band.contains("nobody measured this platform"), "{}", strange.basis.band);
    assert!(!known.basis.band.contains("nobody measured"), "{}", known.basis.band);
}

#[test]
fn layers_with_a_window_read_no_more_than_their_window() {
    // Known wrong: the whole context for every layer, 40 to 67 % too much cache on models with sliding windows.
    let (card, of) = (device("nvidia-geforce-rtx-3090"), model("gemma-3-12b"));
    let mut full = of.clone();
    let shapes = full.architecture.as_mut().expect("its shapes are published");
    for group in &mut shapes.layer_groups {
        if let LayerState::Sliding { kv_heads, key_dim, value_dim, .. } = group.state {
            group.state = LayerState::Full { kv_heads, key_dim, value_dim };
        }
    }
    let slower = |of: &Model, depth: f64| {
        1.0 / decode(&card, of, WeightFormat::Q4KM, depth) - 1.0 / decode(&card, of, WeightFormat::Q4KM, 0.0)
    };
    assert!(slower(of, 65_536.0) < 0.3 * slower(&full, 65_536.0));
    assert!((slower(of, 256.0) / slower(&full, 256.0) - 1.0).abs() < 1e-6, "below the window both read the same");
}

#[test]
fn a_mixture_reads_the_experts_of_its_prompt_and_not_of_one_token() {
    // Known wrong: the active parameters for memory traffic. A prompt touches nearly every expert.
    let of = model("qwen3-30b-a3b");
    let (format, card) = (WeightFormat::Q4KM, device("amd-ryzen-ai-max-plus-395-radeon-8060s"));
    let counted = count(of, format);
    let conditions = Conditions::usual(&card, Engine::LlamaCpp, 1);
    let run = Run { model: of, format, kv_format: KvFormat::F16, device: &card, weights: &counted, conditions };
    let read = |tokens: u32| {
        let timed = run.prefill(FittedSpeed::builtin(), tokens, 0.0, &Calibration::NONE).expect("known");
        timed.time.weights * f64::from(tokens)
    };
    assert!(read(512) > read(1) * 8.0, "{} and {}", read(512), read(1));
}

#[test]
fn measuring_a_device_moves_its_estimates_towards_what_was_measured() {
    let (card, of, format) = (device("nvidia-geforce-gtx-1050-ti"), model("llama-3.2-1b"), WeightFormat::Q4KM);
    let weights = count(of, format);
    let mut conditions = Conditions::usual(&card, Engine::LlamaCpp, 1);
    conditions.client = Client::App;
    let run = Run { model: of, format, kv_format: KvFormat::F16, device: &card, weights: &weights, conditions };
    let fitted = FittedSpeed::builtin();
    let before = run.decode(fitted, 128.0, 128, &Calibration::NONE).expect("it is known").figure;
    let asked = Asked::Decode { depth_tokens: 128.0, output_tokens: 128 };
    let row = Evidence::of(&run, fitted, asked, before.likely * 0.5).expect("it can be estimated");
    let calibration = Calibration::new(vec![row], Vec::new());
    let after = run.decode(fitted, 128.0, 128, &calibration).expect("it is known").figure;
    let moved = after.likely / before.likely;
    assert!((0.5..0.6).contains(&moved), "x{moved:.2}: half as fast once should be nearly believed");
    assert!(after.high / after.low <= before.high / before.low);
    assert!(after.basis.to_string().contains("your own measurements"));
}

/// A device whose bandwidth is so many times what it was, by the word of `standing`.
fn read_at(device: &Device, share: f64, standing: Standing) -> Device {
    let mut device = device.clone();
    device.memory_bandwidth = device.memory_bandwidth.map(|rate| rate * share);
    device.provenance.fields.push(FieldNote::new("memory_bandwidth_gb_s", standing, "reading 1 GiB"));
    device
}

#[test]
fn a_processor_measured_at_the_usual_share_of_its_peak_is_as_fast_as_by_its_data_sheet_and_less_certain() {
    let (model, format) = (model("llama-3.1-8b"), WeightFormat::Q4KM);
    let mut data_sheet = device("amd-ryzen-9-7950x-cpu");
    data_sheet.provenance.fields.retain(|note| note.field != "memory_bandwidth_gb_s");
    let by = |device: &Device| decode_with(device, model, format, 512.0, |_| ()).expect("its bandwidth is known");
    let (stated, measured) = (by(&data_sheet), by(&read_at(&data_sheet, 0.85, Standing::Measured)));
    let likely = |figure: &Figure<TokensPerSecond>| figure.likely.as_tokens_per_second();
    assert!((likely(&stated) / likely(&measured) - 1.0).abs() < 1e-9, "{stated:?}, {measured:?}");
    assert!(measured.low < stated.low && measured.high > stated.high, "{stated:?}, {measured:?}");
    // Memory decides most of this speed: an end of the share moves the end of the band by no more than itself.
    assert!(measured.high.as_tokens_per_second() < stated.high.as_tokens_per_second() * 0.85 / 0.72);
    assert!(measured.low.as_tokens_per_second() > stated.low.as_tokens_per_second() * 0.85 / 0.95);
    let said: Vec<String> = measured
        .basis
        .inputs
        .iter()
        .map(|input| format!("{}: {} ({})", input.name, input.value, input.source))
        .collect();
    assert!(said.iter().any(|said| said.starts_with("memory read at, measured") && said.contains("1 GiB")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("0.85 (0.72 to 0.95)")), "{said:?}");
    assert!(measured.basis.band.contains("worked out from what reading it reached"), "{}", measured.basis.band);
}

#[test]
fn only_what_was_measured_on_cores_is_read_as_less_than_the_peak() {
    let (model, format) = (model("llama-3.1-8b"), WeightFormat::Q4KM);
    let processor = device("amd-ryzen-9-7950x-cpu");
    let card = device("nvidia-geforce-rtx-4090");
    let speed = |device: &Device| decode(device, model, format, 512.0);
    assert_eq!(speed(&read_at(&processor, 1.0, Standing::Assumed)), speed(&processor));
    assert_eq!(speed(&read_at(&card, 1.0, Standing::Measured)), speed(&card));
    assert!(speed(&read_at(&processor, 1.0, Standing::Measured)) > speed(&processor));
}
