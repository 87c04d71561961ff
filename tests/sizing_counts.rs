//! Parameters counted from shapes against published counts, for every model of the catalog.

use sizewright::catalog::{Catalog, Model};
use sizewright::sizing::weights::tensors;

/// Models whose published shapes leave tensors out, with the reason.
const INCOMPLETE: &[(&str, &str)] = &[
    ("deepseek-v4-flash", "projections of compressed sparse attention are not in the catalog"),
    ("bert-base-uncased", "the pooler and the position table of an encoder are not counted"),
    ("mobilebert", "its bottleneck blocks are not counted"),
];

fn counted(model: &Model) -> Option<(u64, bool)> {
    let list = tensors::list(model)?;
    Some((list.tensors.iter().map(tensors::Tensor::elements).sum(), list.complete))
}

#[test]
fn every_model_with_shapes_has_as_many_parameters_as_published() {
    let catalog = Catalog::builtin().expect("it reads");
    let mut agreeing = 0;
    for model in catalog.models.iter() {
        let (Some(published), Some((count, complete))) = (model.parameters_total, counted(model)) else { continue };
        let excused = INCOMPLETE.iter().any(|(id, _)| *id == model.id.as_str());
        assert!(complete || excused, "{}: counted {count}, published {published}", model.id);
        agreeing += usize::from(complete);
    }
    assert!(agreeing >= 125, "only {agreeing} models agree with their published count");
}

#[test]
fn parameter_counts_of_model_cards_and_headers_are_exact() {
    // Counts as printed by Hugging Face (safetensors) or by llama.cpp's print_info, to the last parameter.
    let catalog = Catalog::builtin().expect("it reads");
    for (id, published) in [
        ("llama-3-8b", 8_030_261_248),
        ("llama-3-70b", 70_553_706_496),
        ("llama-3.2-1b", 1_235_814_400 + 32), // rotary factors of the GGUF
        ("llama-3.2-3b", 3_212_749_824 + 64),
        ("llama-2-7b", 6_738_415_616),
        ("qwen2.5-7b", 7_615_616_512),
        ("qwen2.5-72b", 72_706_203_648),
        ("qwen3-0.6b", 596_049_920),
        ("qwen3-8b", 8_190_735_360),
        ("qwen3-30b-a3b", 30_532_122_624),
        ("smollm2-135m", 134_515_008),
        ("smollm2-1.7b", 1_711_376_384),
        ("mixtral-8x7b", 46_702_792_704),
        ("gemma-2-9b", 9_241_705_984),
        ("gemma-3-1b", 999_885_952),
        ("phi-3.5-mini", 3_821_079_552 + 96),
        ("deepseek-v3-671b", 671_026_419_200),
        ("deepseek-v2-lite-16b", 15_706_484_224),
        ("falcon-7b", 7_217_189_760),
    ] {
        let model = catalog.models.iter().find(|model| model.id.as_str() == id).unwrap_or_else(|| panic!("no {id}"));
        assert_eq!(counted(model).map(|(count, _)| count), Some(published), "{id}");
    }
}
