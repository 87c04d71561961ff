//! What a header says about tokens: what each stands for, which only a template may write, which end an answer.

use std::collections::{BTreeMap, BTreeSet};

use super::special::Specials;
use super::{bytes, pre_tokenizer, sentence_piece};
use crate::infer::InferError;
use crate::infer::channels::{Mark, THOUGHTS};
use crate::infer::gguf::Gguf;

/// Texts of tokens that end an answer, whatever the metadata says: llama.cpp knows them by text too.
const ENDS: [&str; 12] = [
    "<|im_end|>",
    "<|endoftext|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|eom_id|>",
    "<end_of_turn>",
    "<eos>",
    "<|end|>",
    "<|return|>",
    "<|call|>",
    "<|end_of_role|>",
    "</s>",
];
/// Ends a turn, not the answer, where the vocabulary also has [`HARMONY`].
const END_OF_MESSAGE: &str = "<|end|>";
const HARMONY: [&str; 2] = ["<|return|>", "<|call|>"];
const MARKS: [(&str, Mark); 5] = [
    ("<|start|>", Mark::Head),
    ("<|channel|>", Mark::Head),
    ("<|constrain|>", Mark::Head),
    ("<|message|>", Mark::Body),
    (END_OF_MESSAGE, Mark::End),
];

/// Bytes of templates that are searched for tokens, each token through all of it: a second or so. Gemma 3 has 6 thousand
/// tokens and a template of 2 kB, the longest template in circulation some 20 kB.
const MOST_SEARCHED: usize = 1 << 30; // own choice, 2026-11-29

/// GGUF's token types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    /// Stands for text the vocabulary does not know.
    Unknown,
    /// Never text.
    Control,
    /// Added by the model's makers; text, but written as one token always.
    UserDefined,
    Unused,
    /// A single byte.
    Byte,
}

impl Kind {
    /// By its number; what nobody knows is plain text.
    pub fn from_number(number: f64) -> Self {
        match number {
            2.0 => Self::Unknown,
            3.0 => Self::Control,
            4.0 => Self::UserDefined,
            5.0 => Self::Unused,
            6.0 => Self::Byte,
            _ => Self::Normal,
        }
    }
}

/// The tokens of a file, all but how text is cut into them.
pub(super) struct Vocabulary {
    /// What each token stands for; empty for control tokens.
    pub pieces: Vec<Vec<u8>>,
    /// Tokens only a template may write.
    pub control: Specials,
    /// Tokens that are text, written as one wherever it stands.
    pub words: Specials,
    pub ends: BTreeSet<u32>,
    /// Tokens that steer the harmony format; empty for any other.
    pub marks: BTreeMap<u32, Mark>,
    /// Written before everything else.
    pub begin: Option<u32>,
    /// Texts of the begin and end tokens, for templates.
    pub begin_text: String,
    /// See `begin_text`.
    pub end_text: String,
    /// Blanks after a control token are left out.
    pub strips: bool,
}

impl Vocabulary {
    /// From a header's `tokens` and their `kinds`.
    pub fn new(gguf: &Gguf, tokens: &[String], kinds: &[Kind], sentence_piece: bool) -> Result<Self, InferError> {
        let (control, words) = specials(gguf, tokens, kinds, sentence_piece)?;
        let named = |key: &str| -> Result<Option<u32>, InferError> {
            let Some(id) = gguf.count(key)? else { return Ok(None) };
            let id = u32::try_from(id).ok().filter(|&id| (id as usize) < tokens.len());
            id.map(Some).ok_or_else(|| gguf.wrong(key, "no such token"))
        };
        let (begin, end) = (named("tokenizer.ggml.bos_token_id")?, named("tokenizer.ggml.eos_token_id")?);
        let harmony = HARMONY.iter().all(|text| control.id(text).is_some());
        let marks =
            MARKS.iter().filter(|_| harmony).filter_map(|&(text, mark)| Some((control.id(text)?, mark))).collect();
        let known = ENDS.iter().filter(|&&text| !(harmony && text == END_OF_MESSAGE));
        let mut ends: BTreeSet<u32> = known.filter_map(|text| control.id(text)).collect();
        ends.extend(end);
        ends.extend(named("tokenizer.ggml.eot_token_id")?);
        let pre = gguf.text("tokenizer.ggml.pre")?.unwrap_or("");
        // SentencePiece models begin with it, and Llama 3 files need not say that theirs do.
        let writes_begin = sentence_piece || pre_tokenizer::begins(pre);
        let writes_begin = gguf.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(writes_begin);
        let text = |id: Option<u32>| id.and_then(|id| tokens.get(id as usize)).cloned().unwrap_or_default();
        let name = gguf.text("general.name")?.unwrap_or("").to_lowercase();
        Ok(Self {
            pieces: tokens.iter().zip(kinds).map(|(text, &kind)| piece(text, kind, sentence_piece)).collect(),
            control,
            words,
            ends,
            marks,
            begin: begin.filter(|_| writes_begin),
            begin_text: text(begin),
            end_text: text(end),
            // Phi-3 was trained so; its files do not say it (llama.cpp goes by the name too).
            strips: sentence_piece && (name.contains("phi-3") || name.contains("phi3")),
        })
    }
}

/// What a token stands for.
fn piece(text: &str, kind: Kind, sentence_piece: bool) -> Vec<u8> {
    match kind {
        // Some files declare the marks of thoughts as control; they are to be seen all the same.
        Kind::Control if THOUGHTS.contains(&text) => text.as_bytes().to_vec(),
        Kind::Control | Kind::Unknown => Vec::new(),
        Kind::Byte if sentence_piece => sentence_piece::byte_of(text).into_iter().collect(),
        _ if sentence_piece => sentence_piece::unescape(text).into_bytes(),
        Kind::UserDefined => text.as_bytes().to_vec(),
        Kind::Normal | Kind::Unused | Kind::Byte => bytes::from_letters(text),
    }
}

/// Tokens only a template may write, and those that are text but written as one.
fn specials(
    gguf: &Gguf,
    tokens: &[String],
    kinds: &[Kind],
    sentence_piece: bool,
) -> Result<(Specials, Specials), InferError> {
    let template = gguf.text("tokenizer.chat_template")?.unwrap_or("");
    let own = kinds.iter().filter(|&&kind| kind == Kind::UserDefined).count();
    if own.saturating_mul(template.len()) > MOST_SEARCHED {
        let problem = format!("it is too long, with {} bytes, to look for {own} tokens in it", template.len());
        return Err(gguf.wrong("tokenizer.chat_template", problem));
    }
    let (mut control, mut words) = (Vec::new(), Vec::new());
    for ((id, text), kind) in (0_u32..).zip(tokens).zip(kinds).filter(|((_, text), _)| !text.is_empty()) {
        match kind {
            Kind::Control => control.push((text.clone(), id)),
            Kind::UserDefined if is_a_templates(text, template) => control.push((text.clone(), id)),
            Kind::UserDefined if sentence_piece => words.push((sentence_piece::unescape(text), id)),
            Kind::UserDefined => words.push((text.clone(), id)),
            Kind::Normal | Kind::Unknown | Kind::Unused | Kind::Byte => {}
        }
    }
    Ok((Specials::new(control), Specials::new(words)))
}

/// Whether a token declared as text is one of the template's own: some files declare all added tokens alike.
fn is_a_templates(text: &str, template: &str) -> bool {
    let blank = text.chars().all(char::is_whitespace);
    let looks_like_one = text.starts_with("<|") && text.ends_with("|>");
    !blank && (looks_like_one || ENDS.contains(&text) || template.contains(text))
}
