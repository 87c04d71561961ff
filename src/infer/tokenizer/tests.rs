//! Vocabularies written here, and, where a folder of them is at hand, those of real models.

use std::path::{Path, PathBuf};

use super::*;
use crate::infer::gguf::{Array, Value};

fn gguf(values: Vec<(&str, Value)>) -> Gguf {
    let metadata = values.into_iter().map(|(key, value)| (format!("tokenizer.{key}"), value)).collect();
    Gguf { path: PathBuf::from("written here"), metadata, ..Gguf::default() }
}

/// `<unk>`, `<s>`, `</s>`, the bytes, then pieces with their scores, then user-defined and control tokens.
fn sentence_piece(pieces: &[(&str, f64)], words: &[&str], control: &[&str]) -> Gguf {
    let mut tokens = vec![("<unk>".to_owned(), 2.0, 0.0), ("<s>".to_owned(), 3.0, 0.0), ("</s>".to_owned(), 3.0, 0.0)];
    tokens.extend((0..=255_u8).map(|byte| (format!("<0x{byte:02X}>"), 6.0, 0.0)));
    tokens.extend(pieces.iter().map(|&(piece, score)| (piece.to_owned(), 1.0, score)));
    tokens.extend(words.iter().map(|&word| (word.to_owned(), 4.0, 0.0)));
    tokens.extend(control.iter().map(|&token| (token.to_owned(), 3.0, 0.0)));
    gguf(vec![
        ("ggml.model", Value::Text("llama".to_owned())),
        ("ggml.tokens", Value::Array(Array::Texts(tokens.iter().map(|token| token.0.clone()).collect()))),
        ("ggml.token_type", Value::Array(Array::Numbers(tokens.iter().map(|token| token.1).collect()))),
        ("ggml.scores", Value::Array(Array::Numbers(tokens.iter().map(|token| token.2).collect()))),
        ("ggml.bos_token_id", Value::Unsigned(1)),
        ("ggml.eos_token_id", Value::Unsigned(2)),
    ])
}

/// The pieces a text is cut into, as they stand in the vocabulary.
fn pieces(gguf: &Gguf, tokens: &[u32]) -> String {
    let texts = gguf.texts("tokenizer.ggml.tokens").unwrap().unwrap();
    tokens.iter().map(|&token| texts[token as usize].as_str()).collect::<Vec<_>>().join("|")
}

#[test]
fn the_best_scores_are_joined_first_and_unknown_letters_become_bytes() {
    let letters = ["\u{2581}", "h", "e", "l", "o", "<", "/", "s", ">"].map(|letter| (letter, -100.0));
    let more =
        [("he", -1.0), ("ll", -2.0), ("hel", -3.0), ("llo", -4.0), ("\u{2581}he", -5.0), ("s>", -6.0), ("</", -7.0)];
    let gguf = sentence_piece(&[&letters[..], &more].concat(), &["<x>"], &["[I]"]);
    let tokenizer = Tokenizer::new(&gguf, 1000).unwrap();
    for (text, expected) in [
        // he, then ll, then llo (-4) before a blank with he (-5).
        ("hello", "\u{2581}he|llo"),
        ("hello hello", "\u{2581}he|llo|\u{2581}he|llo"),
        (" o", "\u{2581}|\u{2581}|o"),
        ("é", "\u{2581}|<0xC3>|<0xA9>"),
        ("\n", "\u{2581}|<0x0A>"),
        // A user-defined word is one token, and a blank comes before what follows it.
        ("o<x>o", "\u{2581}|o|<x>|\u{2581}|o"),
        // Neither the end token nor a byte token is made of typed letters.
        ("</s>", "\u{2581}|</|s>"),
        ("", ""),
    ] {
        let tokens = tokenizer.encode(text).unwrap();
        assert_eq!(pieces(&gguf, &tokens), expected, "{text:?}");
        if !text.contains("<x>") {
            assert_eq!(tokenizer.text(&tokens), text);
        }
    }
    let conversation = tokenizer.encode_conversation("[I]hello</s>", '\u{e000}').unwrap();
    assert_eq!(pieces(&gguf, &conversation), "<s>|[I]|\u{2581}he|llo|</s>");
    let typed = tokenizer.guard("[I]</s>", '\u{e000}', false);
    let typed = tokenizer.encode_conversation(&typed, '\u{e000}').unwrap();
    assert_eq!(pieces(&gguf, &typed), "<s>|\u{2581}|<0x5B>|<0x49>|<0x5D>|</|s>");
    assert!(tokenizer.is_end(2) && !tokenizer.is_end(1));
}

#[test]
fn gemma_puts_no_blank_first_and_phi_strips_after_control_tokens() {
    let letters = ["\u{2581}", "a", "b"].map(|letter| (letter, -1.0));
    let mut gguf = sentence_piece(&letters, &["\n\n", "\u{2581}\u{2581}"], &["<|user|>"]);
    gguf.metadata.insert("tokenizer.ggml.add_space_prefix".to_owned(), Value::Bool(false));
    let gemma = Tokenizer::new(&gguf, 1000).unwrap();
    assert_eq!(pieces(&gguf, &gemma.encode("a\n\nb").unwrap()), "a|\n\n|b");
    assert_eq!(pieces(&gguf, &gemma.encode("a  b").unwrap()), "a|\u{2581}\u{2581}|b");
    assert_eq!(gemma.text(&gemma.encode(" a  b").unwrap()), " a  b");
    let rendered = "<|user|>\na";
    let plain = gemma.encode_conversation(rendered, '\u{e000}').unwrap();
    assert_eq!(pieces(&gguf, &plain), "<s>|<|user|>|<0x0A>|a");
    gguf.metadata.insert("general.name".to_owned(), Value::Text("Phi-3 mini".to_owned()));
    let phi = Tokenizer::new(&gguf, 1000).unwrap();
    assert_eq!(pieces(&gguf, &phi.encode_conversation(rendered, '\u{e000}').unwrap()), "<s>|<|user|>|a");
}

#[test]
fn user_defined_tokens_that_are_the_templates_cannot_be_typed() {
    let letters = ["\u{2581}", "t"].map(|letter| (letter, -1.0));
    let mut gguf = sentence_piece(&letters, &["<turn>", "<b>"], &[]);
    let template = "{{ '<turn>' + messages[0].content }}";
    gguf.metadata.insert("tokenizer.chat_template".to_owned(), Value::Text(template.to_owned()));
    let tokenizer = Tokenizer::new(&gguf, 1000).unwrap();
    assert_eq!(pieces(&gguf, &tokenizer.encode("<b>").unwrap()), "<b>");
    assert!(!pieces(&gguf, &tokenizer.encode("<turn>").unwrap()).contains("<turn>"));
    assert_eq!(tokenizer.encode_conversation("<turn>t", '\u{e000}').unwrap().len(), 4);
}

#[test]
fn a_message_of_gpt_oss_is_not_the_end_of_its_answer() {
    let letters = [("\u{2581}", -1.0)];
    let end = |control: &[&str]| {
        let gguf = sentence_piece(&letters, &[], control);
        let tokenizer = Tokenizer::new(&gguf, 1000).unwrap();
        tokenizer.is_end(260)
    };
    assert!(end(&["<|end|>"]));
    assert!(!end(&["<|end|>", "<|return|>", "<|call|>"]));
}

#[test]
fn vocabularies_that_cannot_work_are_refused() {
    let check = |change: &dyn Fn(&mut Gguf), word: &str| {
        let mut gguf = sentence_piece(&[("a", -1.0)], &[], &[]);
        change(&mut gguf);
        let problem = Tokenizer::new(&gguf, 1000).err().unwrap().to_string();
        assert!(problem.contains(word), "{problem}");
    };
    let numbers = |numbers: Vec<f64>| Value::Array(Array::Numbers(numbers));
    check(&|gguf| drop(gguf.metadata.remove("tokenizer.ggml.scores")), "scores are missing");
    check(&|gguf| drop(gguf.metadata.insert("tokenizer.ggml.scores".to_owned(), numbers(vec![0.0]))), "1 scores");
    check(
        &|gguf| drop(gguf.metadata.insert("tokenizer.ggml.scores".to_owned(), numbers(vec![f64::NAN; 260]))),
        "not a number",
    );
    check(
        &|gguf| drop(gguf.metadata.insert("tokenizer.ggml.token_type".to_owned(), numbers(vec![1.0; 260]))),
        "not every byte has a token",
    );
}

/// The texts and tokens of llama.cpp's `models/ggml-vocab-*.gguf`, with their `.inp` and `.out`: a copy of its sources is
/// needed, so this runs only where the variable names the folder.
#[test]
#[ignore = "needs SIZEWRIGHT_VOCABULARIES, the folder `models` of llama.cpp's sources"]
fn real_vocabularies_give_llama_cpps_tokens() {
    let folder = std::env::var("SIZEWRIGHT_VOCABULARIES").unwrap();
    let known =
        ["gpt-2", "llama-bpe", "llama-spm", "mpt", "phi-3", "qwen2", "refact", "starcoder", "falcon", "command-r"];
    for name in known {
        let path = Path::new(&folder).join(format!("ggml-vocab-{name}.gguf"));
        let tokenizer = Tokenizer::new(&Gguf::open(&path).unwrap(), usize::MAX).unwrap();
        let read = |end: &str| std::fs::read_to_string(path.with_extension(format!("gguf.{end}"))).unwrap();
        let (texts, tokens) = (read("inp"), read("out"));
        let texts: Vec<&str> = texts.split("\n__ggml_vocab_test__\n").collect();
        let wrong: Vec<String> = texts
            .iter()
            .zip(tokens.lines())
            .filter_map(|(text, line)| {
                let expected: Vec<u32> = line.split_whitespace().map(|id| id.parse().unwrap()).collect();
                let found = tokenizer.encode(text).unwrap();
                (found != expected).then(|| format!("{text:?}: {found:?} for {expected:?}"))
            })
            .collect();
        println!("{name}: {} of {} texts agree", texts.len() - wrong.len(), texts.len());
        assert!(wrong.is_empty(), "{name}: {}", wrong.join("\n"));
    }
}
