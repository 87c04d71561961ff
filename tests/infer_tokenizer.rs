//! The tokenizer against an independent one on some hundred texts.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use infer_support::Random;
use sizewright::infer::{LoadOptions, Model, embedded_model};

/// Parts that exercise digits, spaces, contractions, scripts, emoji and line ends.
const PARTS: [&str; 40] = [
    "hello",
    "Hello",
    " world",
    "the",
    " a",
    "'s",
    "'ll",
    "don't",
    "2026",
    "3.14159",
    "1,234",
    "  ",
    "   ",
    "\n",
    "\n\n",
    "\t",
    " \n",
    "\r\n",
    "!",
    "?!",
    "...",
    "--",
    "(x)",
    "[1]",
    "{}",
    "a_b",
    "CamelCase",
    "über",
    "naïve",
    "Straße",
    "你好",
    "日本語",
    "Привет",
    "مرحبا",
    "😀",
    "👩‍👩‍👧",
    "é",
    "e\u{301}",
    "\u{a0}",
    "<|im_end|>",
];

#[test]
fn tokens_are_those_of_an_independent_tokenizer_and_come_back_as_the_text() {
    let path = embedded_model().unwrap();
    let model = Model::load(&path, &LoadOptions { context_tokens: 16, threads: Some(1), tier: None }).unwrap();
    let oracle = shimmytok::Tokenizer::from_gguf_file(&path).unwrap();
    let mut random = Random(11);
    let mut texts: Vec<String> = PARTS.iter().map(|part| (*part).to_owned()).collect();
    texts.extend((0..400).map(|_| (0..1 + random.below(12)).map(|_| PARTS[random.below(PARTS.len())]).collect()));
    let mut compared = 0;
    for text in &texts {
        let tokens = model.tokens(text).unwrap();
        assert_eq!(&model.text(&tokens), text);
        // The oracle reads a typed control token as one; here it stays text.
        if !text.contains("<|im_end|>") {
            assert_eq!(tokens, oracle.encode(text, false).unwrap(), "{text:?}");
            compared += 1;
        }
    }
    assert!(compared > 250, "only {compared} texts compared");
}
