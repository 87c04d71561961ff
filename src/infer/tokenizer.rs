//! Text to tokens and back, built from the vocabulary a GGUF file carries: byte-level byte-pair encoding and
//! SentencePiece.
//!
//! A control token is only ever written by the template, never by a user: what users wrote is guarded before it goes
//! through the template (see [`Tokenizer::guard`]), and neither encoder knows control tokens by their text. What of
//! several readings of a file counts follows llama.cpp's `llama-vocab.cpp`.

mod byte_pairs;
mod bytes;
mod pre_tokenizer;
mod sentence_piece;
mod special;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::InferError;
use super::channels::Mark;
use super::gguf::Gguf;
use sentence_piece::SentencePiece;
use special::Specials;

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
/// What models write around their thoughts. An earlier answer may hold it, and templates look for it there.
const THOUGHTS: [&str; 2] = ["<think>", "</think>"];

/// GGUF's token types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
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
    fn from_number(number: f64) -> Self {
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

enum Encoder {
    BytePairs(Box<tokenizers::Tokenizer>),
    SentencePiece(Box<SentencePiece>),
}

/// A model's tokenizer.
pub(super) struct Tokenizer {
    encoder: Encoder,
    /// What each token stands for; empty for control tokens.
    pieces: Vec<Vec<u8>>,
    /// Tokens only a template may write.
    control: Specials,
    /// Tokens that are text, written as one wherever it stands.
    words: Specials,
    ends: BTreeSet<u32>,
    /// Tokens that steer the harmony format; empty for any other.
    marks: BTreeMap<u32, Mark>,
    /// Written before everything else.
    begin: Option<u32>,
    /// Texts of the begin and end tokens, for templates.
    pub begin_text: String,
    /// See `begin_text`.
    pub end_text: String,
    /// Blanks after a control token are left out.
    strips: bool,
    longest: usize,
}

impl Tokenizer {
    /// From a header. `rows` is the number of embeddings: no token may lie beyond.
    pub fn new(gguf: &Gguf, rows: usize) -> Result<Self, InferError> {
        const TOKENS: &str = "tokenizer.ggml.tokens";
        let sentence_piece = match kind_of_model(gguf)? {
            Model::SentencePiece => true,
            Model::BytePairs => false,
        };
        let tokens = gguf.texts(TOKENS)?.ok_or_else(|| gguf.wrong(TOKENS, "the vocabulary is missing"))?;
        if tokens.is_empty() || tokens.len() > rows {
            let problem = format!("{} tokens for {rows} embeddings", tokens.len());
            return Err(gguf.wrong(TOKENS, problem));
        }
        let types = gguf.numbers("tokenizer.ggml.token_type")?.unwrap_or(&[]);
        let kind = |token: usize| Kind::from_number(types.get(token).copied().unwrap_or(1.0));
        let kinds: Vec<Kind> = (0..tokens.len()).map(kind).collect();
        let pieces = tokens.iter().zip(&kinds).map(|(text, kind)| match kind {
            // Some files declare the marks of thoughts as control; they are to be seen all the same.
            Kind::Control if THOUGHTS.contains(&text.as_str()) => text.clone().into_bytes(),
            Kind::Control | Kind::Unknown => Vec::new(),
            Kind::Byte if sentence_piece => sentence_piece::byte_of(text).into_iter().collect(),
            _ if sentence_piece => sentence_piece::unescape(text).into_bytes(),
            Kind::UserDefined => text.clone().into_bytes(),
            Kind::Normal | Kind::Unused | Kind::Byte => bytes::from_letters(text),
        });
        let pieces: Vec<Vec<u8>> = pieces.collect();
        let template = gguf.text("tokenizer.chat_template")?.unwrap_or("");
        let (mut control, mut words) = (Vec::new(), Vec::new());
        for ((id, text), kind) in (0_u32..).zip(tokens).zip(&kinds).filter(|((_, text), _)| !text.is_empty()) {
            match kind {
                Kind::Control => control.push((text.clone(), id)),
                Kind::UserDefined if is_a_templates(text, template) => control.push((text.clone(), id)),
                Kind::UserDefined if sentence_piece => words.push((sentence_piece::unescape(text), id)),
                Kind::UserDefined => words.push((text.clone(), id)),
                Kind::Normal | Kind::Unknown | Kind::Unused | Kind::Byte => {}
            }
        }
        let named = |key: &str| -> Result<Option<u32>, InferError> {
            let Some(id) = gguf.count(key)? else { return Ok(None) };
            let id = u32::try_from(id).ok().filter(|&id| (id as usize) < tokens.len());
            id.map(Some).ok_or_else(|| gguf.wrong(key, "no such token"))
        };
        let (begin, end) = (named("tokenizer.ggml.bos_token_id")?, named("tokenizer.ggml.eos_token_id")?);
        let (control, words) = (Specials::new(control), Specials::new(words));
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
            encoder: match sentence_piece {
                true => Encoder::SentencePiece(Box::new(SentencePiece::new(gguf, tokens, &kinds)?)),
                false => Encoder::BytePairs(Box::new(byte_pairs::encoder(gguf, tokens, &kinds)?)),
            },
            longest: pieces.iter().map(Vec::len).max().unwrap_or(1).max(1),
            pieces,
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

    /// Refuses a tokenizer this program does not know, by its name alone.
    pub fn is_supported(gguf: &Gguf) -> Result<(), InferError> {
        match kind_of_model(gguf)? {
            Model::SentencePiece => Ok(()),
            Model::BytePairs => pre_tokenizer::is_known(gguf, byte_pairs::pre_tokenizer_name(gguf)?),
        }
    }

    /// The token written before everything else, where the model wants one.
    pub const fn begin(&self) -> Option<u32> {
        self.begin
    }

    /// Tokens of a text; nothing in it is a control token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, InferError> {
        let (mut tokens, mut rest) = (Vec::new(), text);
        while let Some((at, length, id)) = self.words.first(rest) {
            self.encode_plain(&rest[..at], &mut tokens)?;
            tokens.push(id);
            rest = &rest[at + length..];
        }
        self.encode_plain(rest, &mut tokens)?;
        Ok(tokens)
    }

    fn encode_plain(&self, text: &str, tokens: &mut Vec<u32>) -> Result<(), InferError> {
        if text.is_empty() {
            return Ok(());
        }
        match &self.encoder {
            Encoder::SentencePiece(encoder) => encoder.encode(text, tokens),
            Encoder::BytePairs(encoder) => {
                let encoded = encoder.encode_fast(text, false);
                let encoded =
                    encoded.map_err(|error| InferError::Compute { problem: format!("tokenizer: {error}") })?;
                tokens.extend_from_slice(encoded.get_ids());
            }
        }
        Ok(())
    }

    /// The fewest tokens a text of that many bytes can have.
    pub const fn fewest_tokens(&self, bytes: usize) -> usize {
        bytes / self.longest
    }

    /// A text with `mark` behind every character a control token could begin with, so that none is read from it even
    /// if a template cuts pieces out. The thoughts in a model's own earlier words stay what they are.
    pub fn guard(&self, text: &str, mark: char, own_words: bool) -> String {
        let mut guarded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let thought = THOUGHTS.iter().find(|thought| own_words && rest.starts_with(**thought));
            let length = thought.map_or(letter.len_utf8(), |thought| thought.len());
            guarded.push_str(&rest[..length]);
            if thought.is_none() && self.control.may_begin_with(letter) {
                guarded.push(mark);
            }
            rest = &rest[length..];
        }
        guarded
    }

    /// Tokens of a rendered conversation in which what users wrote is guarded by `mark`.
    pub fn encode_conversation(&self, rendered: &str, mark: char) -> Result<Vec<u32>, InferError> {
        let mut tokens: Vec<u32> = self.begin.into_iter().collect();
        let mut rest = rendered;
        while let Some((at, length, id)) = self.control.first(rest) {
            self.encode_guarded(&rest[..at], mark, &mut tokens)?;
            tokens.push(id);
            rest = &rest[at + length..];
            if self.strips && Some(id) != self.begin {
                rest = rest.trim_ascii_start();
            }
        }
        self.encode_guarded(rest, mark, &mut tokens)?;
        // A template that writes the begin token itself must not have it twice.
        if self.begin.is_some() && tokens.len() > 1 && tokens.first() == tokens.get(1) {
            tokens.remove(0);
        }
        Ok(tokens)
    }

    fn encode_guarded(&self, text: &str, mark: char, tokens: &mut Vec<u32>) -> Result<(), InferError> {
        tokens.extend(self.encode(&text.replace(mark, ""))?);
        Ok(())
    }

    /// The bytes a token stands for; none for control tokens and numbers beyond the vocabulary.
    pub fn piece(&self, token: u32) -> &[u8] {
        self.pieces.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// The text of tokens, without the blank SentencePiece puts before it.
    pub fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|&token| self.piece(token)).copied().collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let starts_plain = tokens.first().is_some_and(|&token| !self.words.has(token));
        match text.strip_prefix(' ').filter(|_| self.adds_blank() && starts_plain) {
            Some(text) => text.to_owned(),
            None => text,
        }
    }

    /// What a token of the harmony format steers.
    pub fn mark(&self, token: u32) -> Option<Mark> {
        self.marks.get(&token).copied()
    }

    /// Whether a text's first piece begins with a blank that was not in the text.
    pub fn adds_blank(&self) -> bool {
        match &self.encoder {
            Encoder::SentencePiece(encoder) => encoder.adds_blank,
            Encoder::BytePairs(_) => false,
        }
    }

    /// Whether a token ends the answer.
    pub fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Whether the vocabulary has a control token of that text.
    pub fn has_control(&self, text: &str) -> bool {
        self.control.id(text).is_some()
    }
}

enum Model {
    BytePairs,
    SentencePiece,
}

fn kind_of_model(gguf: &Gguf) -> Result<Model, InferError> {
    match gguf.text("tokenizer.ggml.model")?.unwrap_or("none") {
        "gpt2" => Ok(Model::BytePairs),
        "llama" => Ok(Model::SentencePiece),
        other => {
            let hint = "; supported: gpt2 (byte-level BPE), llama (SentencePiece)";
            Err(gguf.unsupported("tokenizer", other, hint))
        }
    }
}

/// Whether a token declared as text is one of the template's own: some files declare all added tokens alike.
fn is_a_templates(text: &str, template: &str) -> bool {
    let blank = text.chars().all(char::is_whitespace);
    let looks_like_one = text.starts_with("<|") && text.ends_with("|>");
    !blank && (looks_like_one || ENDS.contains(&text) || template.contains(text))
}
