//! How byte-level models cut text into words before they merge bytes, by the name the file gives.
//!
//! Names and what they stand for follow llama.cpp's `llama-vocab.cpp` (as vendored in llama-cpp-python 0.3.36); the
//! patterns are those of the models' own `tokenizer.json`, which llama.cpp quotes beside its variants.

use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;

use crate::infer::InferError;
use crate::infer::gguf::Gguf;

/// A way of cutting.
struct Cut {
    /// Names that stand for it.
    names: &'static [&'static str],
    /// Patterns, each applied to what the one before left whole or cut out.
    patterns: &'static [&'static str],
    /// A word that is in the vocabulary is taken whole, its merges aside.
    whole_words: bool,
    /// A conversation starts with the begin token even where the file does not say so.
    begins: bool,
}

impl Cut {
    const PLAIN: Self = Self { names: &[], patterns: &[GPT_2], whole_words: false, begins: false };
}

/// Words as GPT-2 cuts them (OpenAI 2019, `encoder.py`).
const GPT_2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// As Llama 3 does, three digits together.
const LLAMA_3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// As Qwen 2 does, digits one by one.
const QWEN_2: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// As GPT-4o does: capitals begin a word.
const GPT_4O: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// As Mistral's Tekken does.
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// As DeepSeek V3 does, after digits and Chinese and Japanese letters.
const DEEPSEEK_3: &str = r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##;
/// As ByteDance's Seed-Coder does.
const SEED_CODER: &str =
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1}| ?[^\s\p{L}\p{N}\r\n]+|\s*[\r\n]+|\s+(?!\S)|\s+";

const CUTS: &[Cut] = &[
    Cut {
        names: &[
            "gpt-2",
            "phi-2",
            "olmo",
            "mpt",
            "jais",
            "trillion",
            "granite-docling",
            "gigachat",
            "a.x-4.0",
            "mellum",
            "exaone4",
            "modern-bert",
        ],
        ..Cut::PLAIN
    },
    Cut {
        names: &["smollm", "starcoder", "refact", "command-r", "codeshell", "exaone", "minerva-7b", "mellum2"],
        patterns: &[r"\p{N}", GPT_2],
        ..Cut::PLAIN
    },
    Cut {
        names: &["llama-bpe", "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"],
        patterns: &[LLAMA_3],
        whole_words: true,
        begins: true,
    },
    Cut { names: &["dbrx", "smaug-bpe", "chatglm-bpe"], patterns: &[LLAMA_3], ..Cut::PLAIN },
    Cut { names: &["glm4"], patterns: &[LLAMA_3], whole_words: true, ..Cut::PLAIN },
    Cut {
        names: &["qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "kormo", "hunyuan", "solar-open", "grok-2"],
        patterns: &[QWEN_2],
        ..Cut::PLAIN
    },
    Cut { names: &["gpt-4o", "llama4", "kanana2", "minimax-m2"], patterns: &[GPT_4O], ..Cut::PLAIN },
    Cut { names: &["tekken"], patterns: &[TEKKEN], whole_words: true, ..Cut::PLAIN },
    Cut {
        names: &["deepseek-v3", "hunyuan-dense"],
        patterns: &[r"\p{N}{1,3}", "[一-龥\u{3040}-ゟ゠-ヿ]+", DEEPSEEK_3],
        ..Cut::PLAIN
    },
    Cut { names: &["seed-coder"], patterns: &[SEED_CODER], ..Cut::PLAIN },
    Cut { names: &["falcon"], patterns: &[r"[\p{P}\$\+<=>\^~\|`]+", GPT_2, "[0-9][0-9][0-9]"], ..Cut::PLAIN },
    Cut {
        // Files from before 2024-05, and those whose converter did not know the model.
        names: &["default"],
        patterns: &[r"[\p{P}\$\+<=>\^~\|]+", GPT_2, r"\p{N}+", "[0-9][0-9][0-9]"],
        ..Cut::PLAIN
    },
];

fn find(name: &str) -> Option<&'static Cut> {
    CUTS.iter().find(|cut| cut.names.contains(&name))
}

/// Whether a model with that pre-tokenizer starts conversations with the begin token unless told otherwise.
pub(super) fn begins(name: &str) -> bool {
    find(name).is_some_and(|cut| cut.begins)
}

/// Refuses names not known here.
pub(super) fn is_known(gguf: &Gguf, name: &str) -> Result<(), InferError> {
    known(gguf, name).map(|_| ())
}

fn known(gguf: &Gguf, name: &str) -> Result<&'static Cut, InferError> {
    find(name).ok_or_else(|| {
        let hint = "; supported: gpt-2, smollm, starcoder, llama-bpe, qwen2, gpt-4o, tekken and their like";
        gguf.unsupported("pre-tokenizer", name, hint)
    })
}

/// The pre-tokenizer of a name, and whether a word that is in the vocabulary is taken whole, its merges aside.
pub(super) fn of(gguf: &Gguf, name: &str) -> Result<(PreTokenizerWrapper, bool), InferError> {
    let cut = known(gguf, name)?;
    let mut steps = Vec::with_capacity(cut.patterns.len() + 1);
    for pattern in cut.patterns {
        let pattern = SplitPattern::Regex((*pattern).to_owned());
        let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false);
        let split = split.map_err(|error| InferError::Compute { problem: format!("tokenizer: {error}") })?;
        steps.push(PreTokenizerWrapper::Split(split));
    }
    steps.push(PreTokenizerWrapper::ByteLevel(ByteLevel::new(false, true, false)));
    Ok((PreTokenizerWrapper::Sequence(Sequence::new(steps)), cut.whole_words))
}
