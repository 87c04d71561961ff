//! A model in memory, ready to continue a conversation.

use std::path::Path;
use std::time::Instant;

use super::channels::Mark;
use super::forward::{CHUNK, MOST_LOGIT_ROWS, Network, Span};
use super::generate::{Generation, LanguageModel};
use super::kernels::Engine;
use super::kv_cache::{KvCache, KvFormat};
use super::layers::Weights;
use super::reserve::Reserve;
use super::template::{Template, Vocabulary};
use super::threads::{most_threads, settle_threads};
use super::tokenizer::Tokenizer;
use super::words::{wait_for, words_of};
use super::{InferError, ModelFile, ModelSummary, Request, ThreadTrial, Tier, available_memory};
use crate::units::{Bytes, Seconds};

/// More threads than this only wait for each other.
pub(super) const MOST_THREADS: usize = 256;

/// How a model is to be loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoadOptions {
    /// Tokens the KV cache is allocated for; more than the model's own context length is cut to that length.
    pub context_tokens: usize,
    /// Threads of a forward pass, with a trial the most of them; `None` takes the physical cores, with a trial what is
    /// fastest of all this process may use.
    pub threads: Option<usize>,
    /// The number of threads is found by trying some. `None`: it is not.
    pub trial: Option<ThreadTrial>,
    /// Kernels to use; `None` takes the fastest this processor has. A tier it does not have falls back to the fastest.
    pub tier: Option<Tier>,
    /// How keys and values are stored.
    pub cache: KvFormat,
}

impl Default for LoadOptions {
    /// 2,048 tokens, all physical cores, fastest kernels, keys and values as 16-bit floats.
    fn default() -> Self {
        Self { context_tokens: 2048, threads: None, trial: None, tier: None, cache: KvFormat::F16 }
    }
}

/// A loaded model with its tokenizer, template and KV cache. It remembers the last conversation, so a turn that only
/// adds to it is not read from the start again.
pub struct Model {
    pub(super) reader: Reader,
    template: Template,
    summary: ModelSummary,
}

/// The network and what it has read so far.
pub(super) struct Reader {
    pub network: Network,
    tokenizer: Tokenizer,
    /// Tokens whose keys and values are in the cache.
    read: Vec<u32>,
    pub context_tokens: usize,
}

impl Model {
    /// Reads, checks and packs a GGUF file.
    ///
    /// # Errors
    /// Any [`InferError`] about the file, its architecture, its tokenizer, or memory.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self, InferError> {
        Self::load_with(path, options, &mut |_| true)
    }

    /// As [`Model::load`]; `progress` is told the fraction done in [0, 1] and returns false to stop.
    ///
    /// # Errors
    /// As [`Model::load`], and [`InferError::Cancelled`].
    pub fn load_with(
        path: &Path,
        options: &LoadOptions,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Self, InferError> {
        Self::load_file(&ModelFile::open(path)?, options, available_memory, progress)
    }

    /// As [`Model::load_with`], of an open file, on a machine that has so much memory free when asked; `None`: it does not
    /// tell. A load, and later an answer, that would leave too little to everything else is ended.
    ///
    /// # Errors
    /// As [`Model::load_with`].
    pub fn load_file(
        file: &ModelFile,
        options: &LoadOptions,
        free: fn() -> Option<Bytes>,
        progress: &mut dyn FnMut(f64) -> bool,
    ) -> Result<Self, InferError> {
        if options.context_tokens == 0 {
            return Err(InferError::Option { option: "context", range: "at least 1 token", found: "0".to_owned() });
        }
        file.can_speak()?;
        let ModelFile { gguf, header, hyper, opened } = file;
        let context_tokens = file.context_tokens(options);
        let threads = most_threads(options.threads, options.trial);
        let mut reserve = Reserve::new(free, header.weight_bytes);
        // Tokenizer and template are prepared while the weights are read.
        let words = words_of(gguf, hyper.vocabulary);
        let mut packing = |fraction| reserve.is_kept(fraction) && progress(fraction);
        let weights = Weights::read(gguf, hyper, threads, &mut packing);
        let weights = weights.map_err(|error| reserve.refusal().unwrap_or(error))?;
        let (tokenizer, template) = wait_for(&words, &mut || progress(1.0))?;
        let weight_bytes = weights.bytes();
        let engine = Engine::new(threads, options.tier);
        let mut network = Network::new(hyper.clone(), weights, engine, context_tokens, options.cache, free)?;
        let since = |opened: &Instant| Seconds::from_secs(opened.elapsed().as_secs_f64());
        let threads_by = settle_threads(&mut network, options, context_tokens, since(opened), &mut || progress(1.0))?;
        let types: Vec<&str> = header.tensor_types.iter().map(|(name, ..)| name.as_str()).collect();
        let summary = ModelSummary {
            name: header.name.clone(),
            architecture: header.architecture.clone(),
            parameters: header.parameters,
            tensor_types: types.join(" + "),
            file_bytes: header.file_bytes,
            weight_bytes,
            kv_cache_bytes: network.caches.iter().map(KvCache::bytes).sum(),
            cache: network.format,
            context_tokens,
            threads: network.engine.pool.threads(),
            threads_by,
            tier: network.engine.tier().name(),
            load_time: since(opened),
        };
        let reader = Reader { network, tokenizer, read: Vec::with_capacity(context_tokens), context_tokens };
        Ok(Self { reader, template, summary })
    }

    /// What was loaded.
    pub fn summary(&self) -> &ModelSummary {
        &self.summary
    }

    /// Tokens of a text, no control tokens among them.
    ///
    /// # Errors
    /// [`InferError::Compute`] where the tokenizer fails.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, InferError> {
        self.reader.tokenizer.encode(text)
    }

    /// The text of tokens; control tokens have none.
    pub fn text(&self, tokens: &[u32]) -> String {
        self.reader.tokenizer.text(tokens)
    }

    /// The tokens the model would read for a conversation: template, control tokens and all.
    ///
    /// # Errors
    /// [`InferError::Template`], [`InferError::TooLong`] or [`InferError::EmptyPrompt`].
    pub fn prompt(&self, request: &Request) -> Result<Vec<u32>, InferError> {
        self.prompt_while(request, &|| true)
    }

    fn prompt_while(&self, request: &Request, go_on: &dyn Fn() -> bool) -> Result<Vec<u32>, InferError> {
        let (tokenizer, context_tokens) = (&self.reader.tokenizer, self.reader.context_tokens);
        // A text that cannot fit is refused before work is spent on it.
        let bytes: usize = request.messages.iter().map(|message| message.text.len()).sum();
        let refuse_over = |prompt_tokens| match prompt_tokens > context_tokens {
            true => Err(InferError::TooLong { prompt_tokens, context_tokens }),
            false => Ok(()),
        };
        refuse_over(tokenizer.fewest_tokens(bytes))?;
        let (begin, end) = tokenizer.begin_and_end();
        let vocabulary =
            Vocabulary { begin, end, guard: &|text, mark, own_words| tokenizer.guard(text, mark, own_words) };
        let rendered = self.template.render(&request.messages, &vocabulary, go_on)?;
        let prompt = tokenizer.encode_conversation(&rendered.text, rendered.mark)?;
        refuse_over(prompt.len())?;
        if request.messages.is_empty() || prompt.is_empty() {
            return Err(InferError::EmptyPrompt);
        }
        Ok(prompt)
    }

    /// Answers a request, step by step: each call of `next` does the work of one step.
    ///
    /// # Errors
    /// [`InferError::Template`], [`InferError::TooLong`], [`InferError::EmptyPrompt`] or [`InferError::Option`].
    pub fn generate(&mut self, request: &Request) -> Result<Generation<'_>, InferError> {
        self.generate_while(request, || true)
    }

    /// As [`Model::generate`]; `go_on` is asked in each layer of each pass, and ends it by false.
    ///
    /// # Errors
    /// As [`Model::generate`]; [`InferError::Cancelled`] where it ended before there was a prompt.
    pub fn generate_while<'a>(
        &'a mut self,
        request: &Request,
        go_on: impl Fn() -> bool + 'a,
    ) -> Result<Generation<'a>, InferError> {
        let asked = Instant::now();
        let prompt = self.prompt_while(request, &go_on)?;
        let cached = self.reader.keep(&prompt);
        let generation = Generation::new(&mut self.reader, prompt, cached, request, Box::new(go_on))?;
        Ok(generation.asked_at(asked))
    }

    /// Reads tokens from the start and gives the logits after the last: what a benchmark of prompt reading times.
    ///
    /// # Errors
    /// As [`Model::score`], and [`InferError::EmptyPrompt`].
    pub fn read(&mut self, tokens: &[u32]) -> Result<&[f32], InferError> {
        self.reader.start_over();
        self.read_on(tokens)
    }

    /// Reads tokens after those read before and gives the logits after the last.
    ///
    /// # Errors
    /// As [`Model::read`].
    pub fn read_on(&mut self, tokens: &[u32]) -> Result<&[f32], InferError> {
        self.reader.check(tokens)?;
        for chunk in tokens.chunks(CHUNK) {
            self.reader.advance(chunk, &|| true)?;
        }
        match tokens.len() {
            0 => Err(InferError::EmptyPrompt),
            count => Ok(self.reader.network.logits((count - 1) % CHUNK)),
        }
    }

    /// Reads tokens from the start and tells `each` position's logits for the token after it.
    ///
    /// # Errors
    /// [`InferError::TooLong`] or [`InferError::Compute`].
    pub fn score(&mut self, tokens: &[u32], each: impl FnMut(usize, &[f32])) -> Result<(), InferError> {
        self.score_from(tokens, 0, &|| true, each)
    }

    /// As [`Model::score`], for the positions from `first` on. `go_on` is asked before each layer and returns false to
    /// stop.
    ///
    /// # Errors
    /// As [`Model::score`]; [`InferError::Cancelled`].
    pub fn score_from(
        &mut self,
        tokens: &[u32],
        first: usize,
        go_on: &dyn Fn() -> bool,
        mut each: impl FnMut(usize, &[f32]),
    ) -> Result<(), InferError> {
        let reader = &mut self.reader;
        reader.start_over();
        reader.check(tokens)?;
        for chunk in tokens.chunks(CHUNK) {
            let position = reader.read.len();
            reader.advance(chunk, go_on)?;
            let mut row = first.saturating_sub(position);
            while row < chunk.len() {
                let rows = (chunk.len() - row).min(MOST_LOGIT_ROWS);
                for (logits, at) in reader.network.logits_of(row, rows)?.zip(position + row..) {
                    each(at, logits);
                }
                row += rows;
            }
        }
        Ok(())
    }

    /// The token written before everything else, where the model wants one.
    pub(super) fn begin(&self) -> Option<u32> {
        self.reader.tokenizer.begin()
    }
}

impl Reader {
    /// Keeps of the cache what `prompt` begins with, all but its last token at most; returns how much that is.
    fn keep(&mut self, prompt: &[u32]) -> usize {
        let common = self.read.iter().zip(prompt).take_while(|(a, b)| a == b).count();
        let common = common.min(prompt.len().saturating_sub(1));
        // Layers with a window may have let go of what the turn before was read with.
        let is_there = self.network.caches.first().is_some_and(|cache| cache.resumes_at(common));
        self.read.truncate(if is_there { common } else { 0 });
        self.read.len()
    }

    /// Forgets everything.
    pub fn start_over(&mut self) {
        self.read.clear();
    }

    /// Refuses tokens that do not fit after those read, or that there are not.
    fn check(&self, tokens: &[u32]) -> Result<(), InferError> {
        self.check_after(self.read.len(), tokens)
    }

    /// The same after so many tokens.
    pub fn check_after(&self, read: usize, tokens: &[u32]) -> Result<(), InferError> {
        let (prompt_tokens, context_tokens) = (read.saturating_add(tokens.len()), self.context_tokens);
        if prompt_tokens > context_tokens {
            return Err(InferError::TooLong { prompt_tokens, context_tokens });
        }
        let vocabulary = self.network.hyper.vocabulary;
        if let Some(token) = tokens.iter().find(|&&token| token as usize >= vocabulary) {
            return Err(InferError::Option { option: "token", range: "in the vocabulary", found: token.to_string() });
        }
        Ok(())
    }

    fn advance(&mut self, tokens: &[u32], go_on: &dyn Fn() -> bool) -> Result<(), InferError> {
        self.network.read_while(&[Span { sequence: 0, tokens, position: self.read.len() }], go_on)?;
        self.read.extend_from_slice(tokens);
        Ok(())
    }
}

impl LanguageModel for Reader {
    fn read(&mut self, tokens: &[u32], go_on: &dyn Fn() -> bool) -> Result<&[f32], InferError> {
        self.advance(tokens, go_on)?;
        Ok(self.network.logits(tokens.len().saturating_sub(1)))
    }

    fn chunk(&self) -> usize {
        CHUNK
    }

    fn room(&self) -> usize {
        self.context_tokens - self.read.len()
    }

    fn piece(&self, token: u32) -> &[u8] {
        self.tokenizer.piece(token)
    }

    fn mark(&self, token: u32) -> Option<Mark> {
        self.tokenizer.mark(token)
    }

    fn adds_blank(&self) -> bool {
        self.tokenizer.adds_blank()
    }

    fn is_end(&self, token: u32) -> bool {
        self.tokenizer.is_end(token)
    }

    fn machine(&self) -> (usize, &'static str) {
        (self.network.engine.pool.threads(), self.network.engine.tier().name())
    }
}
