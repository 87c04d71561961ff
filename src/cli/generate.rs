//! `sizewright generate`: a small model answers on this machine's processor. Its words go to standard output as they
//! come, the measurements to standard error.

use std::io::Write;
use std::path::PathBuf;

/// Answer a prompt with a small language model, on this machine's processor.
///
/// The model is the embedded SmolLM2-135M-Instruct unless --model names another GGUF file. What it says is never
/// advice. The text goes to standard output, a summary of speed and memory to standard error.
#[derive(clap::Args)]
pub struct Arguments {
    /// What to answer.
    #[arg(long, value_name = "TEXT")]
    pub prompt: String,
    /// Standing instructions, before the prompt.
    #[arg(long, value_name = "TEXT")]
    pub system: Option<String>,
    /// The most tokens to generate.
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub max_tokens: u32,
    /// 0 always takes the most likely token; 1 draws from the model's own distribution.
    #[arg(long, value_name = "T", default_value_t = 0.8, allow_negative_numbers = true)]
    pub temperature: f32,
    /// Same seed, same text, on one machine.
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub seed: u64,
    /// How tokens are drawn besides.
    #[cfg(feature = "infer")]
    #[command(flatten)]
    pub drawing: super::sampling::Drawing,
    /// A GGUF file in place of the embedded model.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Tokens of prompt and answer together that memory is set aside for.
    #[arg(long, value_name = "N", default_value_t = 2048, value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    pub context: u32,
    /// How keys and values are stored: q8_0 takes about half the memory of f16.
    #[arg(long, value_name = "TYPE", default_value = "f16", value_parser = ["f16", "q8_0"])]
    pub cache_type: String,
    /// Threads; found by a quick trial where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

impl Arguments {
    /// What plain `sizewright` says where no window can open: always the same, and short.
    pub fn demonstration() -> Self {
        Self {
            prompt: "In one sentence, what is a rack of servers?".to_owned(),
            system: None,
            max_tokens: 40,
            temperature: 0.0,
            seed: 0,
            #[cfg(feature = "infer")]
            drawing: super::sampling::Drawing::default(),
            model: None,
            context: 512,
            cache_type: "f16".to_owned(),
            threads: None,
        }
    }
}

/// Loads the model and streams its answer to `out`.
#[cfg(not(feature = "infer"))]
pub fn run(_: &Arguments, _: &mut dyn Write) -> anyhow::Result<()> {
    anyhow::bail!("this build has no live generation: build with the feature `infer`, which is on by default")
}

/// Loads the model and streams its answer to `out`.
#[cfg(feature = "infer")]
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    use crate::infer::{LoadOptions, Model, ModelFile, Step, ThreadTrial, available_memory, embedded_model};

    let request = request(arguments)?;
    let path = match &arguments.model {
        Some(path) => path.clone(),
        None => embedded_model()?,
    };
    let options = LoadOptions {
        context_tokens: usize::try_from(arguments.context)?,
        threads: arguments.threads.map(usize::from),
        trial: arguments.threads.is_none().then_some(ThreadTrial::Generating),
        tier: super::kernels::forced_tier()?,
        cache: super::kernels::cache_format(&arguments.cache_type)?,
    };
    let file = ModelFile::open(&path)?;
    super::memory::warn(&file, &options);
    let mut model = Model::load_file(&file, &options, available_memory, &mut |_| true)?;
    drop(file);
    let loaded = model.summary().clone();
    for step in model.generate(&request)? {
        match step? {
            Step::PromptRead(_) => {}
            Step::Text(piece) => {
                out.write_all(piece.text.as_bytes())?;
                out.flush()?;
            }
            Step::Finished(summary) => {
                writeln!(out)?;
                out.flush()?;
                eprintln!("{}", summary_text(&loaded, &summary));
            }
        }
    }
    Ok(())
}

#[cfg(feature = "infer")]
fn request(arguments: &Arguments) -> Result<crate::infer::Request, super::UsageError> {
    use crate::infer::{Message, Request, Sampling};

    if !(arguments.temperature.is_finite() && arguments.temperature >= 0.0) {
        return Err(super::UsageError(format!(
            "--temperature {} is out of range: give 0 (most likely token) or more",
            arguments.temperature
        )));
    }
    if arguments.prompt.trim().is_empty() {
        return Err(super::UsageError("--prompt is empty: write what the model is to answer".to_owned()));
    }
    let mut messages = Vec::new();
    messages.extend(arguments.system.as_deref().map(Message::system));
    messages.push(Message::user(&arguments.prompt));
    let mut request = Request {
        sampling: Sampling { temperature: arguments.temperature, seed: arguments.seed, ..Sampling::default() },
        max_tokens: usize::try_from(arguments.max_tokens).unwrap_or(usize::MAX),
        ..Request::new(messages)
    };
    arguments.drawing.apply(&mut request);
    Ok(request)
}

/// Model, speed and memory of a finished run, one line each.
#[cfg(feature = "infer")]
fn summary_text(model: &crate::infer::ModelSummary, run: &crate::infer::GenerationSummary) -> String {
    use crate::infer::{StopReason, thread_words};

    let or_unknown = |text: Option<String>| text.unwrap_or_else(|| "not measured".to_owned());
    let stop = match run.stop {
        StopReason::EndOfText => "the model was done",
        StopReason::MaxTokens => "--max-tokens reached",
        StopReason::ContextFull => "the context is full",
        StopReason::MemoryShort => "this machine's memory is nearly full",
        StopReason::Cancelled => "stopped",
        StopReason::StopString => "a stop string appeared",
    };
    [
        format!("model         {}, {}, {}", model.name, model.tensor_types, model.file_bytes),
        format!("run on        {}, {} kernels", thread_words(run.threads, model.threads_by), run.tier),
        format!("prompt        {} tokens, {}", run.prompt_tokens, or_unknown(run.prefill.map(|v| v.to_string()))),
        format!("answer        {} tokens, {}", run.generated_tokens, or_unknown(run.decode.map(|v| v.to_string()))),
        format!("first token   {}", or_unknown(run.time_to_first_token.map(|v| v.to_string()))),
        format!("memory        {}", or_unknown(run.resident_memory.map(|v| v.to_string()))),
        format!("ended because {stop}"),
    ]
    .join("\n")
}
