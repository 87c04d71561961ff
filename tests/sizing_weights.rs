//! Sizes of weights against published sizes, and the rules behind them.

mod sizing_support;

use sizewright::catalog::WeightFormat::{self as W, *};
use sizewright::catalog::{Catalog, Engine, Model, ModelId};
use sizewright::sizing::weights;
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
