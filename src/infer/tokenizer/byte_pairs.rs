//! Byte-level byte-pair encoding: the `tokenizers` crate's, with the vocabulary and merges of the file.

use tokenizers::models::bpe::{BPE, Vocab};

use super::{Kind, pre_tokenizer};
use crate::infer::InferError;
use crate::infer::gguf::Gguf;

/// An encoder with the pre-tokenizer the file names.
pub(super) fn encoder(gguf: &Gguf, tokens: &[String], kinds: &[Kind]) -> Result<tokenizers::Tokenizer, InferError> {
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
    let (pre_tokenizer, whole_words) = pre_tokenizer::of(gguf, pre_tokenizer_name(gguf)?)?;
    // Where words are taken whole, a control token must not be one of them.
    let listed = |kind: &Kind| !(whole_words && matches!(kind, Kind::Control));
    let vocabulary: Vocab = (0_u32..)
        .zip(tokens)
        .zip(kinds)
        .filter(|(_, kind)| listed(kind))
        .map(|((id, text), _)| (text.clone(), id))
        .collect();
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .ignore_merges(whole_words)
        .build()
        .map_err(|error| gguf.wrong(MERGES, error.to_string()))?;
    let mut encoder = tokenizers::Tokenizer::new(model);
    encoder.with_pre_tokenizer(Some(pre_tokenizer));
    Ok(encoder)
}

/// The name the file gives, or the one llama.cpp takes where it gives none.
pub(super) fn pre_tokenizer_name(gguf: &Gguf) -> Result<&str, InferError> {
    Ok(gguf.text("tokenizer.ggml.pre")?.unwrap_or("default"))
}
