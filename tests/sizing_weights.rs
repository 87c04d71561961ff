//! Sizes of weights against published sizes, and the rules behind them.

mod sizing_support;

use sizewright::catalog::WeightFormat::{self as W, *};
use sizewright::catalog::{Catalog, Engine, Model, ModelId};
use sizewright::sizing::weights::{self, layout};
use sizewright::units::Bytes;
use sizing_support::LLAMA_3_1_8B;

fn count(model: &Model, format: W) -> weights::WeightCount {
    weights::count(model, format, Engine::LlamaCpp).expect("its shapes are known")
}

fn catalog_model(id: &str) -> Model {
    let catalog = Catalog::builtin().expect("the built-in catalog reads");
    catalog.models.get(&ModelId::new(id)).unwrap_or_else(|| panic!("no {id}")).clone()
}

fn bits_per_weight(model: &Model, format: W) -> f64 {
    let count = count(model, format);
    count.total().as_f64() * 8.0 / count.parameters() as f64
}

#[test]
fn every_bits_per_weight_printed_in_the_quantizer_s_readme_is_reproduced() {
    // llama.cpp tools/quantize/README.md, Llama-3.1-8B, read 2026-11-20; printed to four decimals.
    let model = LLAMA_3_1_8B.model();
    for (format, published) in [
        (Iq1S, 2.0042),
        (Iq1M, 2.1460),
        (Iq2Xxs, 2.3824),
        (Iq2Xs, 2.5882),
        (Iq2S, 2.7403),
        (Iq2M, 2.9294),
        (Iq3Xxs, 3.2548),
        (Iq3Xs, 3.4977),
        (Iq3S, 3.6606),
        (Iq3M, 3.7628),
        (Iq4Xs, 4.4597),
        (Iq4Nl, 4.6818),
        (Q2KS, 2.9697),
        (Q2K, 3.1593),
        (Q3KS, 3.6429),
        (Q3KM, 3.9960),
        (Q3KL, 4.2979),
        (Q4KS, 4.6672),
        (Q4KM, 4.8944),
        (Q5KS, 5.5704),
        (Q5KM, 5.7036),
        (Q6K, 6.5633),
        (Q8_0, 8.5008),
        (Q4_0, 4.6358), // computed by the same rules; the README leaves it out
        (W::F16, 16.0005),
    ] {
        let counted = bits_per_weight(&model, format);
        assert!((counted - published).abs() < 0.000_1, "{format}: counted {counted:.5}, published {published}");
    }
}

#[test]
fn the_parameter_count_of_llama_3_1_8b_is_the_published_one() {
    // print_info: model params of the published file, with its 64 rotary factors.
    assert_eq!(count(&LLAMA_3_1_8B.model(), Q8_0).parameters(), 8_030_261_312);
}

#[test]
fn the_tensors_of_the_embedded_model_are_counted_to_the_byte() {
    // The embedded SmolLM2-135M-Instruct in Q4_1: 98,362,432 bytes, of which 1,785,664 are header. Rows of 576 do not
    // divide by 256, so its tied table falls back from Q6_K to Q8_0.
    let model = catalog_model("smollm2-135m");
    assert_eq!(count(&model, Q4_1).total().get(), 98_362_432 - 1_785_664);
    let [low, likely, high] = weights::gguf_header(&model).map(|bytes| bytes.get());
    assert!(low <= 1_785_664 && 1_785_664 <= high, "{low} to {high}");
    assert!(likely.abs_diff(1_785_664) < 200_000, "{likely}");
}

#[test]
fn loaded_weights_of_published_logs_are_exact() {
    // llama.cpp on a phone prints what it loads, in MiB to two decimals; a tied table is loaded twice.
    for (id, format, loaded) in [
        ("deepseek-r1-distill-qwen-1.5b", Q2K, 746_932_142),
        ("deepseek-r1-distill-qwen-1.5b", Q3KM, 918_510_632),
        ("deepseek-r1-distill-qwen-1.5b", Q4KM, 1_111_364_730),
        ("deepseek-r1-distill-qwen-1.5b", Q5KM, 1_279_535_349),
        ("deepseek-r1-distill-qwen-1.5b", Q6K, 1_458_223_185),
        ("deepseek-r1-distill-qwen-1.5b", Q8_0, 1_888_590_233),
        ("gemma-3-1b", Q3KM, 1_036_737_576),
        ("gemma-3-1b", Q4KM, 1_120_392_970),
        ("gemma-3-1b", Q6K, 1_326_071_152),
        ("gemma-3-1b", Q8_0, 1_383_637_975),
        ("phi-4-mini", Q2K, 2_178_552_954),
        ("phi-4-mini", Q4KM, 2_987_791_482),
        ("phi-4-mini", Q5KM, 3_344_045_178),
        ("phi-4-mini", Q6K, 3_651_540_090),
        ("phi-4-mini", Iq2M, 1_921_704_263), // its name says IQ1_S, its bytes IQ2_M
        ("deepseek-r1-distill-qwen-1.5b", Iq2M, 695_384_145), // likewise
        ("gemma-3-1b", Iq2M, 984_109_547),   // likewise
        ("smollm2-1.7b", Q2K, 755_373_178),
        ("smollm2-1.7b", Q4KM, 1_136_394_240),
        ("smollm2-1.7b", Q8_0, 1_925_583_994),
        ("lfm2.5-1.2b", Q4KM, 838_619_627),
        ("lfm2.5-1.2b", Q8_0, 1_386_479_616),
    ] {
        let counted = count(&catalog_model(id), format);
        let twice = if counted.tied { counted.embedding.bytes } else { Bytes::ZERO };
        let bytes = (counted.total() + twice).get();
        assert!(bytes.abs_diff(loaded) <= 12_000, "{id} {format}: counted {bytes}, logged {loaded}");
    }
}

// Files of other layouts, and what published sizes are

fn stored(id: &str, format: W, engine: Engine) -> u64 {
    weights::count(&catalog_model(id), format, engine).expect("its shapes are known").total().get()
}

#[test]
fn checkpoints_converted_for_mlx_are_met_to_the_byte() {
    // Bytes of exo's model cards for mlx-community files: vision towers in 16 bits, layers that guess further tokens and
    // unused keys and values left out, routers by family. Decay rates in 32 bits (a few KiB) are counted as 16.
    for (id, format, published) in [
        ("gemma-4-26b-a4b", Mlx4, 15_608_614_044),
        ("gemma-4-26b-a4b", Mlx6, 21_781_015_708),
        ("gemma-4-26b-a4b", Mlx8, 27_953_417_372),
        ("gemma-4-26b-a4b", W::Bf16, 51_611_872_412),
        ("gemma-4-e4b", Mlx4, 5_216_992_212),
        ("gemma-4-e4b", Mlx6, 7_090_961_364),
        ("gemma-4-e4b", Mlx8, 8_964_930_516),
        ("gemma-4-e4b", W::Bf16, 15_992_314_836),
        ("qwen3.5-2b", Mlx8, 2_662_787_264),
        ("qwen3.5-397b-a17b", Mlx4, 223_860_768_352),
        ("qwen3.5-397b-a17b", Mlx6, 322_946_674_272),
        ("qwen3.5-397b-a17b", Mlx8, 422_032_580_192),
    ] {
        let counted = stored(id, format, Engine::Mlx);
        assert!(counted.abs_diff(published) <= 6_000, "{id} {format}: counted {counted}, published {published}");
    }
    // The same shapes under other names: Llama 3.1 Nemotron 70B.
    for (format, published) in [(Mlx4, 39_688_355_840u64), (Mlx8, 74_964_549_632), (W::Bf16, 141_107_412_992)] {
        assert!(stored("llama-3.3-70b", format, Engine::Mlx).abs_diff(published) < 1_000, "{format}");
    }
}

#[test]
fn deepseek_v3_2_holds_its_indexer_and_its_router_whole() {
    // exo's model cards: 4 bits in groups of 64, and a file of 8 bits whose groups are of 32.
    let close = |counted: u64, published: u64| counted.abs_diff(published) < published / 100_000;
    assert!(close(stored("deepseek-v3.2-685b", Mlx4, Engine::Mlx), 378_086_226_621));
    let of_32 = weights::count_as(&catalog_model("deepseek-v3.2-685b"), &layout::mlx(8, 32)).expect("known").total();
    assert!(close(of_32.get(), 755_957_120_916), "{of_32:?}");
}

#[test]
fn what_a_conversion_leaves_out_is_in_the_gguf() {
    // GLM-4.5-Air: one layer more that guesses a second token, 3.6 of 110.5 billion parameters.
    let air = |engine| stored("glm-4.5-air-106b-a12b", W::Bf16, engine);
    assert!((1.02..1.04).contains(&(air(Engine::LlamaCpp) as f64 / air(Engine::Mlx) as f64)));
    // Gemma 4 E4B: llama-bench counts 7.52 billion parameters with the keys and values its last 18 layers never use.
    let parameters = count(&catalog_model("gemma-4-e4b"), Q8_0).parameters();
    assert!(parameters.abs_diff(7_520_000_000) < 5_000_000, "{parameters}");
    // A tower for pictures is a file of its own beside a GGUF, and part of a checkpoint.
    let tower = |engine| weights::count(&catalog_model("gemma-3-27b"), W::Bf16, engine).expect("known").towers.bytes;
    assert_eq!(tower(Engine::LlamaCpp), Bytes::ZERO);
    assert!((tower(Engine::Vllm).as_gb() - 0.846).abs() < 0.001);
    let dense = weights::count(&catalog_model("gemma-3-27b"), W::Bf16, Engine::Vllm).expect("known");
    assert!(dense.read_per_step(1) + dense.towers.bytes <= dense.total(), "a tower is not read to generate text");
}

#[test]
fn an_importance_matrix_moves_some_mixes_and_the_band_says_so() {
    // Llama 3 70B made with one (a table of 2024, in GiB to two decimals), and Q4_0 files for phones.
    for (id, format, published, tied) in [
        ("llama-3-70b", Iq4Xs, 37_903_086_387u64, false),
        ("llama-3-70b", Iq4Nl, 40_050_570_035, false),
        ("deepseek-r1-distill-qwen-1.5b", Q4_0, 1_062_857_605, false),
        ("phi-4-mini", Q4_0, 2_827_359_354, true),
        ("gemma-3-1b", Q4_0, 1_036_244_746, true),
        ("smollm2-1.7b", Q4_0, 1_074_664_570, true),
    ] {
        let counted = count(&catalog_model(id), format);
        let (low, high) = counted.band();
        assert!(low < 1.0 || high > 1.0, "{id} {format} has a band");
        let twice = if tied { counted.embedding.bytes } else { Bytes::ZERO };
        let [least, most] = [low, high].map(|factor| (counted.total().scaled(factor) + twice).as_f64());
        let far = if low < 1.0 { least } else { most };
        assert!(
            (far / published as f64 - 1.0).abs() < 0.000_4,
            "{id} {format}: {far} or {least}, published {published}"
        );
    }
    assert_eq!(count(&LLAMA_3_1_8B.model(), Q4KM).band(), (1.0, 1.0));
}

#[test]
fn gpt_oss_under_the_name_of_16_bits_is_experts_in_mxfp4() {
    use weights::layout::{Otherwise, Storage, UserMix};
    use weights::tensors::Role::{ExpertDown, ExpertGate, ExpertUp};
    let types = [ExpertUp, ExpertGate, ExpertDown].map(|role| (role, weights::GgmlType::Mxfp4)).into();
    let mix = Storage::Custom(UserMix { types, otherwise: Otherwise::Type(weights::GgmlType::F16) });
    // llama-bench's model_size.
    for (id, published) in [("gpt-oss-20b", 13_779_630_336u64), ("gpt-oss-120b", 65_355_994_368)] {
        let counted = weights::count_as(&catalog_model(id), &mix).expect("known").total().get();
        assert!((counted as f64 / published as f64 - 1.0).abs() < 0.001, "{id}: {counted}, published {published}");
    }
}

#[test]
fn gated_delta_networks_are_exact_at_8_bits_and_inside_the_band_below() {
    // Loaded buffers of Qwen3.5 on a phone; the table comes twice. Publishers keep recurrent layers at more bits.
    for (id, format, loaded) in [
        ("qwen3.5-0.8b", Q8_0, 1_072_787_619u64),
        ("qwen3.5-2b", Q8_0, 2_544_862_494),
        ("qwen3.5-0.8b", Q4KM, 754_607_718),
        ("qwen3.5-2b", Q4KM, 1_735_980_482),
        ("qwen3.5-0.8b", Q3KM, 690_613_125),
        ("qwen3.5-0.8b", Iq2M, 530_516_541), // its name says IQ1_S
        ("qwen3.5-2b", Q6K, 2_036_953_251),
    ] {
        let counted = count(&catalog_model(id), format);
        let (low, high) = counted.band();
        let file = loaded as f64 - counted.embedding.bytes.as_f64();
        let off = file / counted.total().as_f64();
        if format == Q8_0 {
            assert!((off - 1.0).abs() < 0.000_02, "{id}: {off}");
        } else {
            assert!((low..=high).contains(&off), "{id} {format}: {off} outside {low} to {high}");
        }
    }
}

#[test]
fn sizes_printed_in_the_wrong_unit_are_ours_once_the_unit_is_put_right() {
    /// MB of 1,000 KiB, MB and GB, each taken for its binary namesake.
    const KILO: f64 = 1.024;
    const MEGA: f64 = 1.048_576;
    const GIGA: f64 = 1.073_741_824;
    // exo's model cards that round: the unit that was meant, the bytes they state and the step they are rounded to.
    for (id, format, stated, unit, step) in [
        ("llama-3.3-70b", Mlx4, 40_652_242_944u64, KILO, 1e8),
        ("llama-3.3-70b", Mlx8, 76_799_803_392, KILO, 1e8),
        ("llama-3.3-70b", W::F16, 144_383_672_320, KILO, 5e8),
        ("qwen3-30b-a3b", Mlx4, 17_612_931_072, KILO, 1e8),
        ("qwen3-30b-a3b", Mlx8, 33_279_705_088, KILO, 1.2e8),
        ("llama-3.2-1b", Mlx4, 729_808_896, MEGA, 2e6),
        ("qwen3-next-80b-a3b", Mlx4, 46_976_204_800, MEGA, 1e8),
        ("qwen3-next-80b-a3b", Mlx8, 88_814_387_200, MEGA, 1e8),
        ("glm-4.5-air-106b-a12b", Mlx8, 122_406_567_936, GIGA, 1e9),
        ("glm-4.5-air-106b-a12b", W::Bf16, 229_780_750_336, GIGA, 1e9),
        ("qwen3-235b-a22b", Mlx4, 141_733_920_768, GIGA, 1e9),
        ("qwen3-235b-a22b", Mlx8, 268_435_456_000, GIGA, 1e9),
        ("kimi-k2", Mlx4, 620_622_774_272, GIGA, 1e9),
    ] {
        let meant = stated as f64 / unit;
        let counted = stored(id, format, Engine::Mlx) as f64;
        assert!((counted - meant).abs() <= step, "{id} {format}: counted {counted}, meant {meant}");
        assert!(stated as f64 - counted > step, "{id} {format}: the stated unit would do as well");
    }
}

#[test]
fn the_quantizer_s_table_of_three_models_is_one_mean_of_bits_and_no_size_of_a_file() {
    // tools/quantize/README.md: original and Q4_K_M in GB. All three are 0.1534 +- 0.0008 of the original, where the rules
    // give 70B-class files fewer bits; two other sources measured 42.51 GB for the file the table puts at 43.1.
    for (original, quantized) in [(32.1, 4.9), (280.9, 43.1), (1625.1, 249.1)] {
        assert!((quantized / original - 0.1534f64).abs() < 0.000_9, "{original}");
    }
    let counted = stored("llama-3.1-70b", Q4KM, Engine::LlamaCpp);
    assert!(counted.abs_diff(42_512_531_712) < 1_000 && counted.abs_diff(42_509_438_812) < 5_000_000, "{counted}");
}

#[test]
fn some_published_bytes_are_not_those_of_the_layout_on_the_label() {
    // Qwen3-Coder-Next for MLX: from one bit to the next a file of one layout grows by an eighth of its weights.
    let stated = [(4.0, 45.644), (5.0, 57.658), (6.0, 68.899), (8.0, 89.358), (16.0, 157.549)];
    let step = count(&catalog_model("qwen3-coder-next-80b-a3b"), Q8_0).parameters() as f64 / 8e9;
    assert!((step - 9.96).abs() < 0.01, "{step}");
    for pair in stated.windows(2) {
        let grown: f64 = (pair[1].1 - pair[0].1) / (pair[1].0 - pair[0].0);
        assert!((grown - step).abs() > 0.2, "{pair:?}");
    }
    // gpt-oss-120b for MLX: 65.8 GiB to the tenth, and more than its makers' own 65.4 GB of MXFP4 and 16 bits.
    assert_eq!((65.8f64 * 1_048_576.0).ceil() * 1024.0, 70_652_212_224.0);
    // DeepSeek V4 for MLX "8bit": 4.4 bits a parameter, as its makers store it.
    assert!((155_095_760_030.0 * 8.0 / 284.33e9 - 4.36f64).abs() < 0.01);
    // Nemotron 3 Super as "Q4_K": 4.6 bits a weight, though rows of 2,688 do not divide by 256 and the rule then takes Q5_0
    // and Q8_0 for them. Made with types of its maker's choice.
    let super_120b = catalog_model("nemotron-3-super-120b-a12b");
    assert!(bits_per_weight(&super_120b, Q4KM) > 5.5);
    assert!((69_900_592_742.0 * 8.0 / 120.67e9 - 4.63f64).abs() < 0.01);
}

#[test]
fn a_tied_head_is_stored_once() {
    let tied = count(&catalog_model("llama-3.2-1b"), Q8_0);
    assert!(tied.tied && tied.head.bytes == Bytes::ZERO);
    assert_eq!(tied.embedding.parameters, 128_256 * 2048);
}
