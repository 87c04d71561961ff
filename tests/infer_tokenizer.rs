//! The tokenizers against independent ones on some hundred texts each.
#![cfg(feature = "infer")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

mod infer_support;

use infer_support::{Gguf, Random, Value, letters, tiny_llama};
use sizewright::infer::{InferError, LoadOptions, Message, Model, Request, embedded_model};

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

/// Each part alone, and some hundred random rows of them.
fn texts() -> Vec<String> {
    let mut random = Random(11);
    let mut texts: Vec<String> = PARTS.iter().map(|part| (*part).to_owned()).collect();
    texts.extend((0..400).map(|_| (0..1 + random.below(12)).map(|_| PARTS[random.below(PARTS.len())]).collect()));
    texts
}

/// Our tokens are the oracle's on at least that many of the texts, and come back as the text on all.
fn check(gguf: &Gguf, what: &str, compares: fn(&str) -> bool, least: usize) {
    let (_guard, path) = gguf.write();
    let model =
        Model::load(&path, &LoadOptions { context_tokens: 16, threads: Some(1), ..LoadOptions::default() }).unwrap();
    let oracle = shimmytok::Tokenizer::from_gguf_file(&path).unwrap();
    let mut compared = 0;
    for text in texts() {
        let (tokens, expected) = (model.tokens(&text).unwrap(), oracle.encode(&text, false).unwrap());
        assert_eq!(model.text(&tokens), text, "{what}");
        // The oracle's patterns lose a line end here and there; ours must not.
        if compares(&text) && model.text(&expected) == text {
            assert_eq!(tokens, expected, "{what}: {text:?}");
            compared += 1;
        }
    }
    println!("{what}: {compared} texts compared");
    assert!(compared >= least, "{what}: only {compared} texts compared");
}

/// Puts a vocabulary into a small model.
fn with_vocabulary(tokens: Vec<String>, types: Vec<i32>) -> Gguf {
    let mut gguf = tiny_llama(1);
    let rows = tokens.len();
    gguf.tensor("token_embd.weight").shape = vec![64, rows as u64];
    gguf.tensor("token_embd.weight").bytes = vec![0; 64 * 4 * rows];
    gguf.set("tokenizer.ggml.tokens", Value::Texts(tokens));
    gguf.set("tokenizer.ggml.token_type", Value::I32s(types));
    gguf
}

/// A small model with a SentencePiece vocabulary.
fn sentence_piece() -> Gguf {
    let mut random = Random(5);
    let mut tokens = vec!["<unk>".to_owned(), "<s>".to_owned(), "</s>".to_owned()];
    let mut types = vec![2, 3, 3];
    tokens.extend((0..=255_u8).map(|byte| format!("<0x{byte:02X}>")));
    types.extend([6; 256]);
    // Pieces of up to four characters of the parts; some letters have none and fall back to bytes.
    let joined = format!(" {}", PARTS.join(" ")).replace(' ', "\u{2581}");
    let letters: Vec<char> = joined.chars().collect();
    let mut pieces: Vec<String> =
        (1..=4).flat_map(|length| letters.windows(length)).map(|piece| piece.iter().collect()).collect();
    pieces.sort();
    pieces.dedup();
    pieces.retain(|piece| piece.starts_with(char::is_alphabetic) || random.below(5) > 0);
    let mut scores: Vec<f32> = vec![0.0; tokens.len()];
    // Longer pieces come of shorter ones, so their scores are lower on the whole.
    scores.extend(pieces.iter().map(|piece| -(piece.chars().count() as f32) * 10.0 - 15.0 * random.float()));
    types.extend(vec![1; pieces.len()]);
    tokens.extend(pieces);
    let mut gguf = with_vocabulary(tokens, types);
    gguf.set("tokenizer.ggml.model", Value::Text("llama".to_owned()));
    gguf.remove("tokenizer.ggml.merges");
    let mut array = 6_u32.to_le_bytes().to_vec();
    array.extend((scores.len() as u64).to_le_bytes());
    array.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
    gguf.set("tokenizer.ggml.scores", Value::Raw(9, array));
    gguf.set("tokenizer.ggml.bos_token_id", Value::U32(1));
    gguf.set("tokenizer.ggml.eos_token_id", Value::U32(2));
    gguf
}

#[test]
fn sentence_piece_joins_what_an_independent_tokenizer_joins() {
    let mut gguf = sentence_piece();
    check(&gguf, "with a blank in front", |_| true, 350);
    gguf.set("tokenizer.ggml.add_space_prefix", Value::Raw(7, vec![0]));
    check(&gguf, "without", |_| true, 400);
}

#[test]
fn each_pre_tokenizer_cuts_as_an_independent_one_does() {
    // Merges as training would find them, across all borders, so that a cut shows.
    let letters = letters();
    let mut random = Random(6);
    let byte_letters = |text: &str| text.bytes().map(|byte| letters[usize::from(byte)].clone()).collect::<Vec<_>>();
    let mut rows: Vec<Vec<String>> = texts().iter().map(|text| byte_letters(text)).collect();
    let (mut tokens, mut merges) = (letters.clone(), Vec::new());
    while merges.len() < 400 {
        let row = &rows[random.below(rows.len())];
        if row.len() < 2 {
            continue;
        }
        let at = random.below(row.len() - 1);
        let (left, right) = (row[at].clone(), row[at + 1].clone());
        let both = format!("{left}{right}");
        if !tokens.contains(&both) {
            tokens.push(both.clone());
            merges.push(format!("{left} {right}"));
        }
        for row in &mut rows {
            let mut at = 0;
            while at + 1 < row.len() {
                if row[at] == left && row[at + 1] == right {
                    row[at] = both.clone();
                    row.remove(at + 1);
                }
                at += 1;
            }
        }
    }
    let types = vec![1; tokens.len()];
    let mut gguf = with_vocabulary(tokens, types);
    gguf.set("tokenizer.ggml.merges", Value::Texts(merges));
    for name in ["gpt-2", "smollm", "starcoder", "refact", "llama-bpe", "dbrx", "qwen2", "olmo"] {
        gguf.set("tokenizer.ggml.pre", Value::Text(name.to_owned()));
        check(&gguf, name, |_| true, 200);
    }
    // The oracle has llama.cpp's rewritten patterns for these, which tell capitals apart in ASCII alone and take accents
    // from their letters; ours are the makers' own.
    for name in ["gpt-4o", "tekken"] {
        gguf.set("tokenizer.ggml.pre", Value::Text(name.to_owned()));
        check(&gguf, name, str::is_ascii, 60);
    }
}

#[test]
fn tokens_are_those_of_an_independent_tokenizer_and_come_back_as_the_text() {
    let path = embedded_model().unwrap();
    let model =
        Model::load(&path, &LoadOptions { context_tokens: 16, threads: Some(1), ..LoadOptions::default() }).unwrap();
    let oracle = shimmytok::Tokenizer::from_gguf_file(&path).unwrap();
    let mut compared = 0;
    for text in &texts() {
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

/// Texts that are hard on one part or another: one word without an end, nothing to join, much to join, much to cut.
fn long_texts(characters: usize) -> Vec<(&'static str, String)> {
    let of = |part: &str| part.chars().cycle().take(characters).collect::<String>();
    vec![
        ("one letter", of("a")),
        ("letters", of("thequickbrownfoxjumpsoverthelazydog")),
        ("spaces", of(" ")),
        ("spaces and a letter", of("                                                               a")),
        ("line ends", of("\n")),
        ("spaces and line ends", of("   \n")),
        ("digits", of("1")),
        ("signs", of("!")),
        ("emoji", of("😀")),
        ("Chinese", of("你好")),
        ("private use", of("\u{e000}\u{e001}")),
        ("apostrophes", of("'s")),
        ("capitals", of("A")),
    ]
}

/// Tokenizes texts of 200,000 characters one after the other, and asks with them, and looks at the clock: what grows with
/// the square of the length takes hours, so that a busy machine does no harm to the limit.
fn long_texts_take_no_time(path: &std::path::Path) {
    const MOST_SECONDS: f64 = 10.0;
    let options = LoadOptions { context_tokens: 8192, threads: Some(1), ..LoadOptions::default() };
    let model = Model::load(path, &options).unwrap();
    for (name, text) in long_texts(200_000) {
        let begun = std::time::Instant::now();
        let tokens = model.tokens(&text).unwrap();
        let took = begun.elapsed().as_secs_f64();
        let asked = model.prompt(&Request::new(vec![Message::user(&*text)]));
        let all = begun.elapsed().as_secs_f64();
        println!("{name}: {} tokens in {took:.2} s, asked and answered in {:.2} s", tokens.len(), all - took);
        assert_eq!(model.text(&tokens), text, "{name}");
        let fits = tokens.len() < 8192;
        assert!(
            fits || matches!(asked, Err(InferError::TooLong { .. })),
            "{name}: {:?}",
            asked.map(|asked| asked.len())
        );
        assert!(all < MOST_SECONDS, "{name}: {all:.1} s");
    }
}

#[test]
fn prompts_far_too_long_are_refused_soon_by_byte_pairs() {
    long_texts_take_no_time(&embedded_model().unwrap());
}

#[test]
fn prompts_far_too_long_are_refused_soon_by_sentence_piece() {
    let (_guard, path) = sentence_piece().write();
    long_texts_take_no_time(&path);
}
