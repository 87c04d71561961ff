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
mod vocabulary;

use super::InferError;
use super::channels::{Mark, THOUGHTS};
use super::gguf::Gguf;
use sentence_piece::SentencePiece;
use vocabulary::{Kind, Vocabulary};

enum Encoder {
    BytePairs(Box<tokenizers::Tokenizer>),
    SentencePiece(Box<SentencePiece>),
}

/// A model's tokenizer.
pub(super) struct Tokenizer {
    encoder: Encoder,
    vocabulary: Vocabulary,
    /// Bytes of the longest piece.
    longest: usize,
}

impl Tokenizer {
    /// From a header. `rows` is the number of embeddings: no token may lie beyond.
    pub fn new(gguf: &Gguf, rows: usize) -> Result<Self, InferError> {
        const TOKENS: &str = "tokenizer.ggml.tokens";
        let model = kind_of_model(gguf)?;
        let tokens = gguf.texts(TOKENS)?.ok_or_else(|| gguf.wrong(TOKENS, "the vocabulary is missing"))?;
        if tokens.is_empty() || tokens.len() > rows {
            let problem = format!("{} tokens for {rows} embeddings", tokens.len());
            return Err(gguf.wrong(TOKENS, problem));
        }
        let types = gguf.numbers("tokenizer.ggml.token_type")?.unwrap_or(&[]);
        let kind = |token: usize| Kind::from_number(types.get(token).copied().unwrap_or(1.0));
        let kinds: Vec<Kind> = (0..tokens.len()).map(kind).collect();
        let vocabulary = Vocabulary::new(gguf, tokens, &kinds, model == Model::SentencePiece)?;
        Ok(Self {
            encoder: match model {
                Model::SentencePiece => Encoder::SentencePiece(Box::new(SentencePiece::new(gguf, tokens, &kinds)?)),
                Model::BytePairs => Encoder::BytePairs(Box::new(byte_pairs::encoder(gguf, tokens, &kinds)?)),
            },
            longest: vocabulary.pieces.iter().map(Vec::len).max().unwrap_or(1).max(1),
            vocabulary,
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
        self.vocabulary.begin
    }

    /// Texts of the begin and the end token, for templates.
    pub fn begin_and_end(&self) -> (&str, &str) {
        (&self.vocabulary.begin_text, &self.vocabulary.end_text)
    }

    /// Tokens of a text; nothing in it is a control token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>, InferError> {
        let (mut tokens, mut rest) = (Vec::new(), text);
        while let Some((at, length, id)) = self.vocabulary.words.first(rest) {
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
            if thought.is_none() && self.vocabulary.control.may_begin_with(letter) {
                guarded.push(mark);
            }
            rest = &rest[length..];
        }
        guarded
    }

    /// Tokens of a rendered conversation in which what users wrote is guarded by `mark`.
    pub fn encode_conversation(&self, rendered: &str, mark: char) -> Result<Vec<u32>, InferError> {
        let mut tokens: Vec<u32> = self.vocabulary.begin.into_iter().collect();
        let mut rest = rendered;
        while let Some((at, length, id)) = self.vocabulary.control.first(rest) {
            self.encode_guarded(&rest[..at], mark, &mut tokens)?;
            tokens.push(id);
            rest = &rest[at + length..];
            if self.vocabulary.strips && Some(id) != self.vocabulary.begin {
                rest = rest.trim_ascii_start();
            }
        }
        self.encode_guarded(rest, mark, &mut tokens)?;
        // A template that writes the begin token itself must not have it twice.
        if self.vocabulary.begin.is_some() && tokens.len() > 1 && tokens.first() == tokens.get(1) {
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
        self.vocabulary.pieces.get(token as usize).map_or(&[], Vec::as_slice)
    }

    /// The text of tokens, without the blank SentencePiece puts before it.
    pub fn text(&self, tokens: &[u32]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|&token| self.piece(token)).copied().collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let starts_plain = tokens.first().is_some_and(|&token| !self.vocabulary.words.has(token));
        match text.strip_prefix(' ').filter(|_| self.adds_blank() && starts_plain) {
            Some(text) => text.to_owned(),
            None => text,
        }
    }

    /// What a token of the harmony format steers.
    pub fn mark(&self, token: u32) -> Option<Mark> {
        self.vocabulary.marks.get(&token).copied()
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
        self.vocabulary.ends.contains(&token)
    }

    /// Whether the vocabulary has a control token of that text.
    pub fn has_control(&self, text: &str) -> bool {
        self.vocabulary.control.id(text).is_some()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
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
