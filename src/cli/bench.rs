//! `sizewright bench`: how fast a small model is read and spoken on this machine's processor, in the form of
//! llama-bench, so that whatever reads that reads this.

#[cfg(feature = "infer")]
mod kept;
#[cfg(feature = "infer")]
mod run;
#[cfg(feature = "infer")]
mod sequences;
#[cfg(feature = "infer")]
mod sizing;
#[cfg(feature = "infer")]
mod told;

use std::path::PathBuf;

#[cfg(feature = "infer")]
pub use run::run;

/// Time a model on this machine's processor: reading a prompt, generating tokens.
///
/// The model is the embedded SmolLM2-135M-Instruct unless --model names another GGUF file. Each figure is the mean of the
/// repetitions with its standard deviation; one run goes before to warm up. SIZEWRIGHT_KERNELS forces kernels
/// (portable, AVX2, AVX-VNNI, AVX512-VNNI, NEON-dotprod). With --bandwidth --to PLAN this machine becomes a device of the
/// plan, and the speeds its measurements, from which estimates of other models on it start;
/// --prompt-tokens 0 --generate-tokens 0 leaves the model out.
#[derive(clap::Args)]
pub struct Arguments {
    /// A GGUF file in place of the embedded model.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Threads; found by a quick trial where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Tokens of the prompt to read; 0 leaves this out.
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
    pub prompt_tokens: u32,
    /// Tokens to generate; 0 leaves this out.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
    pub generate_tokens: u32,
    /// Tokens that lie in the cache before either begins.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=1_048_576))]
    pub depth: u32,
    /// How keys and values are stored: q8_0 takes about half the memory of f16.
    #[arg(long, value_name = "TYPE", default_value = "f16", value_parser = ["f16", "q8_0"])]
    pub cache_type: String,
    /// How often each is timed.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repetitions: u16,
    /// Time so many sequences beside each other, e.g. 1,2,4,8, as that many readers would have it: each reads a prompt of
    /// its own, then all generate together behind it. With --bandwidth the sizing's estimate stands beside.
    #[arg(long, value_name = "N[,N...]", value_delimiter = ',', conflicts_with = "to")]
    pub sequences: Vec<u16>,
    /// Also measure how fast memory is read, and what share of it generating uses.
    #[arg(long)]
    pub bandwidth: bool,
    /// Plan to put this machine in, as a device with the measured bandwidth and the measured speeds.
    #[arg(long, value_name = "PLAN", requires = "bandwidth")]
    pub to: Option<PathBuf>,
    /// Print one JSON object a figure, with the fields of `llama-bench -o jsonl`, or with --sequences one for each number,
    /// with those of `llama-batched-bench --output-format jsonl`.
    #[arg(long)]
    pub jsonl: bool,
}

/// Loads and times the model.
#[cfg(not(feature = "infer"))]
pub fn run(_: &Arguments, _: &mut dyn std::io::Write) -> anyhow::Result<()> {
    anyhow::bail!("this build has no live generation: build with the feature `infer`, which is on by default")
}
