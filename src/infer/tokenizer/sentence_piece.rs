//! SentencePiece by scores (Kudo and Richardson 2018, arXiv:1808.06226) as Llama 2, Mistral, Gemma and Phi-3 use it: of
//! all neighbours whose union is in the vocabulary those with the best score are joined first; a character nobody knows
//! becomes its bytes. Spaces are written `▁`.

use std::collections::{BinaryHeap, HashMap};

use super::Kind;
use crate::infer::InferError;
use crate::infer::gguf::Gguf;

/// What spaces are written as.
const BLANK: char = '\u{2581}';

/// A vocabulary with scores.
pub(super) struct SentencePiece {
    /// Pieces of text with token and score; control, byte and user-defined tokens are not among them.
    pieces: HashMap<String, (u32, f32)>,
    /// The token of each byte.
    bytes: [Option<u32>; 256],
    unknown: Option<u32>,
    /// A text begins with a blank that was not in it.
    pub adds_blank: bool,
}

/// The byte of a token like `<0x0A>`.
pub(super) fn byte_of(text: &str) -> Option<u8> {
    u8::from_str_radix(text.strip_prefix("<0x")?.strip_suffix('>')?, 16).ok()
}

/// A piece as text.
pub(super) fn unescape(text: &str) -> String {
    text.replace(BLANK, " ")
}

impl SentencePiece {
    /// From a header.
    pub fn new(gguf: &Gguf, tokens: &[String], kinds: &[Kind]) -> Result<Self, InferError> {
        const SCORES: &str = "tokenizer.ggml.scores";
        let scores = gguf.numbers(SCORES)?.ok_or_else(|| gguf.wrong(SCORES, "the scores are missing"))?;
        if scores.len() < tokens.len() {
            return Err(gguf.wrong(SCORES, format!("{} scores for {} tokens", scores.len(), tokens.len())));
        }
        if let Some(at) = scores.iter().position(|score| score.is_nan()) {
            return Err(gguf.wrong(SCORES, format!("that of token {at} is not a number")));
        }
        let (mut pieces, mut bytes, mut unknown) = (HashMap::new(), [None; 256], None);
        for (((id, text), kind), &score) in (0_u32..).zip(tokens).zip(kinds).zip(scores) {
            match kind {
                Kind::Normal | Kind::Unused => {
                    pieces.entry(text.clone()).or_insert((id, score as f32));
                }
                Kind::Byte => {
                    if let Some(byte) = byte_of(text) {
                        bytes[usize::from(byte)].get_or_insert(id);
                    }
                }
                Kind::Unknown => unknown = Some(id),
                Kind::Control | Kind::UserDefined => {}
            }
        }
        if unknown.is_none() && bytes.iter().any(Option::is_none) {
            let problem = "not every byte has a token, and there is none for the unknown";
            return Err(gguf.wrong("tokenizer.ggml.tokens", problem));
        }
        let adds_blank = gguf.flag("tokenizer.ggml.add_space_prefix")?.unwrap_or(true);
        Ok(Self { pieces, bytes, unknown, adds_blank })
    }

    /// Adds the tokens of a text that is not empty.
    pub fn encode(&self, text: &str, tokens: &mut Vec<u32>) {
        let mut escaped = String::with_capacity(text.len() + 3);
        if self.adds_blank {
            escaped.push(BLANK);
        }
        escaped.extend(text.chars().map(|letter| if letter == ' ' { BLANK } else { letter }));
        let mut chain = Chain::new(&escaped);
        let mut queue = BinaryHeap::new();
        for right in 1..chain.symbols.len() {
            self.offer(&chain, Some(right - 1), Some(right), &mut queue);
        }
        while let Some(pair) = queue.pop() {
            if chain.join(&pair) {
                let next = chain.symbols.get(pair.left).and_then(|symbol| symbol.next);
                let before = chain.symbols.get(pair.left).and_then(|symbol| symbol.before);
                self.offer(&chain, before, Some(pair.left), &mut queue);
                self.offer(&chain, Some(pair.left), next, &mut queue);
            }
        }
        for symbol in chain.symbols.iter().filter(|symbol| symbol.length > 0) {
            let piece = &escaped[symbol.start..symbol.start + symbol.length];
            match self.pieces.get(piece) {
                Some(&(token, _)) => tokens.push(token),
                None => self.encode_bytes(piece, tokens),
            }
        }
    }

    /// A character without a token of its own, byte by byte; bytes without a token become the unknown.
    fn encode_bytes(&self, piece: &str, tokens: &mut Vec<u32>) {
        let known: Option<Vec<u32>> = piece.bytes().map(|byte| self.bytes[usize::from(byte)]).collect();
        match known {
            Some(known) => tokens.extend(known),
            None => tokens.extend(self.unknown),
        }
    }

    /// Puts a pair into the queue where its union is a piece.
    fn offer(&self, chain: &Chain<'_>, left: Option<usize>, right: Option<usize>, queue: &mut BinaryHeap<Pair>) {
        let (Some(left), Some(right)) = (left, right) else { return };
        let (Some(first), Some(second)) = (chain.symbols.get(left), chain.symbols.get(right)) else { return };
        let length = first.length + second.length;
        let union = chain.text.get(first.start..first.start + length);
        if let Some(&(_, score)) = union.and_then(|union| self.pieces.get(union)) {
            queue.push(Pair { score, left, right, length });
        }
    }
}

/// A stretch of the text; of length 0 once it was joined to the one before.
struct Symbol {
    start: usize,
    length: usize,
    before: Option<usize>,
    next: Option<usize>,
}

struct Chain<'a> {
    text: &'a str,
    symbols: Vec<Symbol>,
}

impl<'a> Chain<'a> {
    /// One symbol for each character.
    fn new(text: &'a str) -> Self {
        let count = text.chars().count();
        let symbols = text.char_indices().enumerate().map(|(index, (start, letter))| Symbol {
            start,
            length: letter.len_utf8(),
            before: index.checked_sub(1),
            next: Some(index + 1).filter(|&next| next < count),
        });
        Self { text, symbols: symbols.collect() }
    }

    /// Joins a pair, unless one of the two has changed since it was offered.
    fn join(&mut self, pair: &Pair) -> bool {
        let (Some(left), Some(right)) = (self.symbols.get(pair.left), self.symbols.get(pair.right)) else {
            return false;
        };
        if left.length == 0 || right.length == 0 || left.length + right.length != pair.length {
            return false;
        }
        let next = right.next;
        if let Some(left) = self.symbols.get_mut(pair.left) {
            (left.length, left.next) = (pair.length, next);
        }
        if let Some(right) = self.symbols.get_mut(pair.right) {
            right.length = 0;
        }
        if let Some(next) = next.and_then(|next| self.symbols.get_mut(next)) {
            next.before = Some(pair.left);
        }
        true
    }
}

/// Two neighbours; the queue gives the best score first, and of equals the leftmost.
#[derive(PartialEq)]
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    length: usize,
}

impl Eq for Pair {}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
