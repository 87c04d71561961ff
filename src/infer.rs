//! Running a small language model on this machine's processor: read a GGUF file, hold a conversation, measure it.
//!
//! What is here: the GGUF header ([`inspect`]), the tokenizer and chat template, the forward pass with kernels of our
//! own, sampling, timing, and a [`Worker`] that owns a model on a thread of its own so a window never waits.
//! What is not: training, GPUs, downloads, and any word on how good a model's answers are.
//!
//! ```no_run
//! use sizewright::infer::{LoadOptions, Message, Model, Request, Step, embedded_model};
//! # fn main() -> Result<(), sizewright::infer::InferError> {
//! let mut model = Model::load(&embedded_model()?, &LoadOptions::default())?;
//! for step in model.generate(&Request::new(vec![Message::user("Why is the sky blue?")]))? {
//!     if let Step::Text(piece) = step? {
//!         print!("{}", piece.text);
//!     }
//! }
//! # Ok(()) }
//! ```

mod architecture;
mod bandwidth;
mod batch;
mod bench;
mod channels;
mod error;
mod forward;
mod generate;
mod gguf;
mod hyper;
mod inspect;
mod kernels;
mod kv_cache;
mod layers;
mod library;
mod locate;
mod machine;
mod message;
mod metrics;
mod model;
mod model_file;
mod perplexity;
mod quantize;
mod raw_header;
mod reserve;
mod rope;
mod sampler;
mod template;
mod text;
mod threads;
mod tokenizer;
mod weights;
mod words;
mod worker;

pub use bandwidth::{Bandwidth, measure_bandwidth};
pub use batch::Batch;
pub use bench::{Bench, Timing, Together, TogetherTimes};
pub use channels::THOUGHTS;
pub use error::InferError;
pub use generate::Generation;
pub use inspect::{HeaderExperts, HeaderWindow, ModelHeader, inspect};
pub use kernels::Tier;
pub use kv_cache::KvFormat;
pub use library::{FolderKind, FoundModel, ModelFolder, Scan, ScanLimits, scan};
pub use locate::embedded_model;
pub use machine::{available_memory, physical_cores, processor_name, processor_time, resident_memory};
pub use message::{Message, Request, Role};
pub use metrics::{GenerationSummary, ModelSummary, PromptProgress, Step, StopReason, TextPiece};
pub use model::{LoadOptions, Model};
pub use model_file::ModelFile;
pub use perplexity::{Perplexity, PerplexityRatio, TextScore, perplexity, score_text};
pub use quantize::{Quantization, QuantizeFacts, QuantizeSource};
pub use raw_header::{RawHeader, RawTensor};
pub use sampler::Sampling;
pub use template::{render_template, render_templates_with};
pub use threads::{ThreadTrial, ThreadsBy, thread_words};
pub use worker::{Event, Worker};
