//! What a run tells about itself: progress while it goes, figures when it is over.

use super::{KvFormat, ThreadsBy, thread_words};
use crate::units::{Bytes, Seconds, TokensPerSecond};

/// A loaded model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSummary {
    /// The model's own name.
    pub name: String,
    /// Architecture as GGUF names it: "llama".
    pub architecture: String,
    /// Weights counted one by one, embeddings included.
    pub parameters: u64,
    /// The prevailing tensor type and the others: "Q4_1 + Q8_0".
    pub tensor_types: String,
    /// The file on disk.
    pub file_bytes: Bytes,
    /// The weights as they lie in memory.
    pub weight_bytes: Bytes,
    /// The KV cache for the whole context, allocated once.
    pub kv_cache_bytes: Bytes,
    /// How it stores keys and values.
    pub cache: KvFormat,
    /// Tokens the KV cache holds.
    pub context_tokens: usize,
    /// Threads of a forward pass.
    pub threads: usize,
    /// How their number came about.
    pub threads_by: ThreadsBy,
    /// Kernel tier in use: "AVX512-VNNI", "AVX2", "portable".
    pub tier: &'static str,
    /// Time from opening the file to being ready.
    pub load_time: Seconds,
}

impl ModelSummary {
    /// Threads and kernels, part of every figure: "2 threads, found by a trial, AVX2 kernels".
    pub fn run_on(&self) -> String {
        format!("{}, {} kernels", thread_words(self.threads, self.threads_by), self.tier)
    }
}

/// How far the prompt has been read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PromptProgress {
    /// Tokens of the chunk just read.
    pub tokens: usize,
    /// Tokens read so far.
    pub done: usize,
    /// Tokens to read in all; what is still in the cache from the turn before is not counted.
    pub total: usize,
    /// Time since the request began.
    pub elapsed: Seconds,
}

/// Text to show, whole characters only. Empty where a token did not complete a character.
#[derive(Clone, Debug, PartialEq)]
pub struct TextPiece {
    /// The new text.
    pub text: String,
    /// The token that brought it.
    pub token: u32,
    /// Time this token took.
    pub token_seconds: Seconds,
}

/// Why a generation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopReason {
    /// The model said it was done.
    EndOfText,
    /// The asked number of tokens is there.
    MaxTokens,
    /// The context is full.
    ContextFull,
    /// This machine has too little memory left for more of the context.
    MemoryShort,
    /// The user stopped it.
    Cancelled,
    /// A stop string appeared.
    StopString,
}

/// A finished generation.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerationSummary {
    /// Tokens of the whole conversation, cached ones included.
    pub prompt_tokens: usize,
    /// Of these, tokens that were still in the KV cache and were not read again.
    pub cached_tokens: usize,
    /// Tokens generated, the one that ended the text included.
    pub generated_tokens: usize,
    /// From the request to the first generated token; `None` where none was generated.
    pub time_to_first_token: Option<Seconds>,
    /// Prompt tokens read per second; `None` where nothing was read.
    pub prefill: Option<TokensPerSecond>,
    /// Tokens generated per second, the first (which comes out of the prompt) left out; `None` below two tokens.
    pub decode: Option<TokensPerSecond>,
    /// Why it ended.
    pub stop: StopReason,
    /// Threads of a forward pass.
    pub threads: usize,
    /// Kernel tier in use.
    pub tier: &'static str,
    /// Memory of this process that is in RAM, where the system tells.
    pub resident_memory: Option<Bytes>,
}

/// What a generation yields, in this order: prompt progress, text, and at last the summary.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A chunk of the prompt was read.
    PromptRead(PromptProgress),
    /// A token was generated.
    Text(TextPiece),
    /// The generation is over.
    Finished(GenerationSummary),
}
