//! Text to tokens and back, built from the vocabulary and merges a GGUF file carries.
//!
//! Byte-pair encoding itself is the `tokenizers` crate's; here is which pre-tokenizer a name stands for (as in
//! llama.cpp's `llama-vocab.cpp`), and that a control token is only ever written by the template, never by a user.

mod bytes;

use std::collections::BTreeSet;

use tokenizers::models::bpe::BPE;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::digits::Digits;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use super::InferError;
use super::gguf::Gguf;

/// GGUF's number of an ordinary token type.
const NORMAL: f64 = 1.0;
/// Control token: never text.
const CONTROL: f64 = 3.0;
/// Added by the model's makers; text, but written as one.
const USER_DEFINED: f64 = 4.0;
/// Texts of tokens that end an answer, whatever the metadata says: llama.cpp knows them by text too.
const ENDS: [&str; 8] =
    ["<|im_end|>", "<|endoftext|>", "<|eot_id|>", "<|end_of_text|>", "<|eom_id|>", "<end_of_turn>", "<|end|>", "</s>"];

/// A model's tokenizer.
pub(super) struct Tokenizer {
    encoder: tokenizers::Tokenizer,
    /// What each token stands for; empty for control tokens.
    pieces: Vec<Vec<u8>>,
    /// Tokens a template may write, longest text first.
    special: Vec<(String, u32)>,
    ends: BTreeSet<u32>,
    /// Written before everything else.
    begin: Option<u32>,
    /// Texts of the begin and end tokens, for templates.
    pub begin_text: String,
    /// See `begin_text`.
    pub end_text: String,
    longest: usize,
}

impl Tokenizer {
    /// From a header. `rows` is the number of embeddings: no token may lie beyond.
    pub fn new(gguf: &Gguf, rows: usize) -> Result<Self, InferError> {
        const TOKENS: &str = "tokenizer.ggml.tokens";
        let model = gguf.text("tokenizer.ggml.model")?.unwrap_or("none");
        if model != "gpt2" {
            return Err(unsupported(gguf, "tokenizer", model, "; supported: gpt2 (byte-level BPE)"));
        }
        let tokens = gguf.texts(TOKENS)?.ok_or_else(|| gguf.wrong(TOKENS, "the vocabulary is missing"))?;
        if tokens.is_empty() || tokens.len() > rows {
            let problem = format!("{} tokens for {rows} embeddings", tokens.len());
            return Err(gguf.wrong(TOKENS, problem));
        }
        let types = gguf.numbers("tokenizer.ggml.token_type")?.unwrap_or(&[]);
        let kind = |token: usize| types.get(token).copied().unwrap_or(NORMAL);
        let pieces = tokens.iter().enumerate().map(|(token, text)| match kind(token) {
            kind if kind == CONTROL => Vec::new(),
            kind if kind == USER_DEFINED => text.clone().into_bytes(),
            _ => bytes::from_letters(text),
        });
        let pieces: Vec<Vec<u8>> = pieces.collect();
        let mut special: Vec<(String, u32)> = (0_u32..)
            .zip(tokens)
            .filter(|&(id, text)| !text.is_empty() && matches!(kind(id as usize), CONTROL | USER_DEFINED))
            .map(|(id, text)| (text.clone(), id))
            .collect();
        special.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
        let named = |key: &str| -> Result<Option<u32>, InferError> {
            let Some(id) = gguf.count(key)? else { return Ok(None) };
            let id = u32::try_from(id).ok().filter(|&id| (id as usize) < tokens.len());
            id.map(Some).ok_or_else(|| gguf.wrong(key, "no such token"))
        };
        let (begin, end) = (named("tokenizer.ggml.bos_token_id")?, named("tokenizer.ggml.eos_token_id")?);
        let mut ends: BTreeSet<u32> = special.iter().filter(|(t, _)| ENDS.contains(&t.as_str())).map(|s| s.1).collect();
        ends.extend(end);
        ends.extend(named("tokenizer.ggml.eot_token_id")?);
        // Llama 3 files need not say that a conversation starts with the begin token.
        let llama_3 = matches!(gguf.text("tokenizer.ggml.pre")?, Some("llama-bpe" | "llama3" | "llama-v3"));
        let writes_begin = gguf.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(llama_3);
        let text = |id: Option<u32>| id.and_then(|id| tokens.get(id as usize)).cloned().unwrap_or_default();
        Ok(Self {
            encoder: byte_pairs(gguf, tokens)?,
            longest: pieces.iter().map(Vec::len).max().unwrap_or(1).max(1),
            pieces,
            special,
            ends,
            begin: begin.filter(|_| writes_begin),
            begin_text: text(begin),
            end_text: text(end),
        })
    }

    /// Tokens of a text; nothing in it is a control token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, InferError> {
        let encoded = self.encoder.encode_fast(text, false);
        let encoded = encoded.map_err(|error| InferError::Compute { problem: format!("tokenizer: {error}") })?;
        Ok(encoded.get_ids().to_vec())
    }

    /// The fewest tokens a text of that many bytes can have.
    pub const fn fewest_tokens(&self, bytes: usize) -> usize {
        bytes / self.longest
    }

    /// Tokens of a rendered conversation, in which what lies between `open` and `close` is a user's text.
    pub fn encode_conversation(&self, rendered: &str, (open, close): (char, char)) -> Result<Vec<u32>, InferError> {
        let mut tokens: Vec<u32> = self.begin.into_iter().collect();
        let mut text = String::new();
        let mut rest = rendered;
        while !rest.is_empty() {
            let (template, after) = rest.split_once(open).unwrap_or((rest, ""));
            self.encode_template(template, &mut text, &mut tokens)?;
            let (user, after) = after.split_once(close).unwrap_or((after, ""));
            text.push_str(user);
            rest = after;
        }
        tokens.extend(self.encode(&text)?);
        // A template that writes the begin token itself must not have it twice.
        if self.begin.is_some() && tokens.len() > 1 && tokens.first() == tokens.get(1) {
            tokens.remove(0);
        }
        Ok(tokens)
    }

    /// The template's own words: control tokens become themselves, the text between them waits in `text`, because a
    /// pair may merge across the border to what follows.
    fn encode_template(&self, mut rest: &str, text: &mut String, tokens: &mut Vec<u32>) -> Result<(), InferError> {
        while let Some((at, special, id)) = self.first_special(rest) {
            text.push_str(&rest[..at]);
            tokens.extend(self.encode(text)?);
            text.clear();
            tokens.push(id);
            rest = &rest[at + special..];
        }
        text.push_str(rest);
        Ok(())
    }

    /// Where the first special token lies, its length and its number; the longest of those that begin there.
    fn first_special(&self, text: &str) -> Option<(usize, usize, u32)> {
        let found = self.special.iter().filter_map(|(special, id)| Some((text.find(special)?, special.len(), *id)));
        found.min_by_key(|&(at, length, _)| (at, std::cmp::Reverse(length)))
    }

    /// The bytes a token stands for; none for control tokens and numbers beyond the vocabulary.
    pub fn piece(&self, token: u32) -> &[u8] {
        self.pieces.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// Whether a token ends the answer.
    pub fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Whether the vocabulary has a special token of that text.
    pub fn has_special(&self, text: &str) -> bool {
        self.special.iter().any(|(special, _)| special == text)
    }
}

fn unsupported(gguf: &Gguf, what: &str, name: &str, hint: &str) -> InferError {
    InferError::Unsupported {
        what: what.to_owned(),
        name: name.chars().take(40).collect(),
        hint: hint.to_owned(),
        path: gguf.path.clone(),
    }
}

/// Byte-level byte-pair encoding with the pre-tokenizer the file names.
fn byte_pairs(gguf: &Gguf, tokens: &[String]) -> Result<tokenizers::Tokenizer, InferError> {
    const MERGES: &str = "tokenizer.ggml.merges";
    let merges = gguf.texts(MERGES)?.ok_or_else(|| gguf.wrong(MERGES, "the merges are missing"))?;
    // A token may itself be a space, so the border is looked for from the second character on.
    let merges = merges.iter().map(|merge| {
        let from = merge.chars().next().map_or(0, char::len_utf8);
        let at = merge.get(from..).and_then(|rest| rest.find(' '))? + from;
        Some((merge.get(..at)?.to_owned(), merge.get(at + 1..)?.to_owned()))
    });
    let merges: Option<Vec<(String, String)>> = merges.collect();
    let merges = merges.ok_or_else(|| gguf.wrong(MERGES, "an entry is not a pair"))?;
    let vocabulary = (0_u32..).zip(tokens).map(|(id, text)| (text.clone(), id));
    let vocabulary: tokenizers::models::bpe::Vocab = vocabulary.collect();
    let name = gguf.text("tokenizer.ggml.pre")?.unwrap_or("gpt-2");
    let (pre_tokenizer, whole_words) = pre_tokenizer(gguf, name)?;
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .ignore_merges(whole_words)
        .build()
        .map_err(|error| gguf.wrong(MERGES, error.to_string()))?;
    let mut encoder = tokenizers::Tokenizer::new(model);
    encoder.with_pre_tokenizer(Some(pre_tokenizer));
    Ok(encoder)
}

/// Words as Llama 3 cuts them; `DIGITS` is how many digits stay together.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}DIGITS| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The pre-tokenizer of a name, and whether a word that is in the vocabulary is taken whole, its merges aside.
fn pre_tokenizer(gguf: &Gguf, name: &str) -> Result<(PreTokenizerWrapper, bool), InferError> {
    let byte_level = |splits| PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, true, splits));
    let sequence = |first, second| PreTokenizerWrapper::Sequence(Sequence::new(vec![first, second]));
    let split = |digits: &str| {
        let pattern = SplitPattern::Regex(LLAMA_3.replace("DIGITS", digits));
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        split.map_err(|error| InferError::Compute { problem: format!("tokenizer: {error}") })
    };
    match name {
        "gpt-2" | "phi-2" | "olmo" | "mpt" | "jais" | "trillion" | "granite-docling" => Ok((byte_level(true), false)),
        "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => {
            Ok((sequence(Digits::new(true).into(), byte_level(true)), false))
        }
        "llama-bpe" | "llama3" | "llama-v3" | "falcon3" | "pixtral" | "lfm2" => {
            Ok((sequence(split("{1,3}")?.into(), byte_level(false)), true))
        }
        "dbrx" | "smaug-bpe" => Ok((sequence(split("{1,3}")?.into(), byte_level(false)), false)),
        "qwen2" | "deepseek-r1-qwen" | "stablelm2" | "megrez" => {
            Ok((sequence(split("")?.into(), byte_level(false)), false))
        }
        _ => {
            let hint = "; supported: gpt-2, smollm, starcoder, llama-bpe, qwen2 and their like";
            Err(unsupported(gguf, "pre-tokenizer", name, hint))
        }
    }
}
