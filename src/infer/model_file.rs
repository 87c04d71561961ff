//! A model's file before it is loaded: its header, read and checked, and what loading it will take.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use super::gguf::Gguf;
use super::hyper::Hyper;
use super::inspect::{ModelHeader, header};
use super::kv_cache::KvCache;
use super::reserve::check_room;
use super::tokenizer::Tokenizer;
use super::{InferError, LoadOptions};
use crate::units::Bytes;

/// An open file whose architecture is known here.
pub struct ModelFile {
    pub(super) gguf: Arc<Gguf>,
    pub(super) header: ModelHeader,
    pub(super) hyper: Hyper,
    /// When it was opened: a load began then.
    pub(super) opened: Instant,
}

impl ModelFile {
    /// Reads and checks the header.
    ///
    /// # Errors
    /// Any [`InferError`] about the file and its architecture.
    pub fn open(path: &Path) -> Result<Self, InferError> {
        let opened = Instant::now();
        let gguf = Arc::new(Gguf::open(path)?);
        let (header, hyper) = (header(&gguf)?, Hyper::read(&gguf)?);
        Ok(Self { gguf, header, hyper, opened })
    }

    /// Refuses a tokenizer that is not known here: said in a moment, while weights may take a minute.
    pub(super) fn can_speak(&self) -> Result<(), InferError> {
        Tokenizer::is_supported(&self.gguf)
    }

    /// Memory that loading it so will take: weights and cache.
    pub fn memory_needed(&self, options: &LoadOptions) -> Bytes {
        let cache = KvCache::bytes_for(&self.hyper, self.context_tokens(options), options.cache);
        self.header.weight_bytes + cache
    }

    /// Refuses a load for that many sequences beside each other, each with a cache of its own, where weights and caches
    /// would leave too little of what is `free`. `None`: the system does not tell.
    ///
    /// # Errors
    /// [`InferError::Memory`].
    pub fn has_room_for(&self, sequences: usize, options: &LoadOptions, free: Option<Bytes>) -> Result<(), InferError> {
        let cache = KvCache::bytes_for(&self.hyper, self.context_tokens(options), options.cache);
        let caches = many_caches(sequences, self.context_tokens(options));
        check_room(free, self.header.weight_bytes + cache * sequences as u64, &format!("the weights and {caches}"))
    }

    /// Tokens the cache will hold.
    pub(super) fn context_tokens(&self, options: &LoadOptions) -> usize {
        options.context_tokens.min(self.hyper.context_length)
    }
}

/// Caches of several sequences in words.
pub(super) fn many_caches(sequences: usize, context_tokens: usize) -> String {
    let plural = if sequences == 1 { "" } else { "s" };
    format!("{sequences} KV cache{plural} of {context_tokens} tokens")
}
