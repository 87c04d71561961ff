//! Everything that can go wrong between a file on disk and a word on the screen, said so that one knows what to do.

use std::path::{Path, PathBuf};

/// Why a model could not be found, read, loaded or run. Cause first, path last.
#[derive(Clone, Debug, thiserror::Error)]
pub enum InferError {
    /// The model that ships with the program is in none of the places it can be installed to.
    #[error("the embedded model {file} is missing: reinstall, or name a GGUF file yourself (looked in {looked})")]
    Missing {
        /// File name looked for.
        file: String,
        /// The folders, separated by commas.
        looked: String,
    },
    /// The embedded model's bytes are not the ones that were shipped.
    #[error("the embedded model is damaged (its SHA-256 is {found}): restore the file, or name another GGUF: {}", path.display())]
    WrongHash {
        /// SHA-256 of what is there, in hexadecimal.
        found: String,
        /// The damaged file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot read the model: {reason}: {}", path.display())]
    Read {
        /// The system's own words.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is not GGUF, or contradicts itself.
    #[error("not a usable GGUF file: {field}: {problem}; download it again or choose another: {}", path.display())]
    Malformed {
        /// The metadata key, tensor or header field at fault.
        field: String,
        /// What is wrong with it.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// The file is sound, but this program cannot run what is in it.
    #[error("{what} \"{name}\" is not supported{hint}: {}", path.display())]
    Unsupported {
        /// Kind of thing: "architecture", "tokenizer", "tensor type".
        what: String,
        /// Its name in the file.
        name: String,
        /// What would work, beginning with a separator, or nothing.
        hint: String,
        /// The file.
        path: PathBuf,
    },
    /// The file was cut short or replaced while it was being read.
    #[error("the model file changed while it was being read; load it again: {}", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The system refused to write, or the disk is full.
    #[error("cannot write the new file: {reason}: {}", path.display())]
    Write {
        /// What is in the way.
        reason: String,
        /// The file.
        path: PathBuf,
    },
    /// The name of a file to be written is taken.
    #[error("the file exists already; choose another name, or say that it may be replaced: {}", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A buffer could not be allocated.
    #[error("not enough memory for {what} ({bytes} bytes); choose a shorter context or a smaller model")]
    Memory {
        /// What the buffer was for.
        what: String,
        /// Its size.
        bytes: u64,
    },
    /// The conversation does not fit the context.
    #[error(
        "the conversation has at least {prompt_tokens} tokens but the context holds {context_tokens}; \
         shorten it or load the model with a longer context"
    )]
    TooLong {
        /// Tokens of the conversation; fewer where their least number is too large already and nobody counted on.
        prompt_tokens: usize,
        /// Tokens the context was allocated for.
        context_tokens: usize,
    },
    /// There is nothing to continue from.
    #[error("the prompt is empty; type something first")]
    EmptyPrompt,
    /// The model's chat template failed, looped, or asked for something it may not have.
    #[error("the model's chat template failed: {problem}")]
    Template {
        /// The template engine's words.
        problem: String,
    },
    /// A sampling option is outside its range.
    #[error("{option} must be {range}, not {found}")]
    Option {
        /// Name of the option.
        option: &'static str,
        /// Allowed range in words.
        range: &'static str,
        /// What was given.
        found: String,
    },
    /// A computation of a fallback path failed.
    #[error("the model could not be evaluated: {problem}")]
    Compute {
        /// The library's words.
        problem: String,
    },
    /// A model failed to load, and the one let go to make room for it could not be loaded again.
    #[error("{problem}; and the model before it, let go to make room, could not be loaded again: {again}")]
    Lost {
        /// Why the new one failed.
        problem: String,
        /// Why the old one did.
        again: String,
    },
    /// The user stopped a load.
    #[error("stopped")]
    Cancelled,
    /// A generation was asked for before a model was loaded.
    #[error("no model is loaded; load one first")]
    NotLoaded,
    /// The thread that owns the model has ended.
    #[error("the model's worker thread has ended; restart it")]
    WorkerGone,
}

impl InferError {
    pub(crate) fn read(path: &Path, error: &std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => return Self::Changed { path: path.to_owned() },
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            _ => error.to_string(),
        };
        Self::Read { reason, path: path.to_owned() }
    }

    /// Arithmetic went wrong on the way to the logits.
    pub(crate) fn not_finite() -> Self {
        let problem =
            "it foretells no finite numbers; the file may be damaged, or needs more range than it is stored in";
        Self::Compute { problem: problem.to_owned() }
    }

    pub(crate) fn malformed(path: &Path, field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Malformed { field: field.into(), problem: problem.into(), path: path.to_owned() }
    }
}
