//! `sizewright perplexity`: how well a model foretells a text, by llama.cpp's method.

use std::path::PathBuf;

/// Measure how well a model foretells a text, on this machine's processor.
///
/// The text is cut into windows of --context tokens; the second half of each is scored. The figure is that of
/// llama.cpp's llama-perplexity on the same file and text. Lower is better; figures of models with different tokenizers
/// do not compare.
#[derive(clap::Args)]
pub struct Arguments {
    /// The text: a file in UTF-8 of at least two windows.
    #[arg(long, value_name = "FILE")]
    pub file: PathBuf,
    /// A GGUF file in place of the embedded model.
    #[arg(long, value_name = "FILE")]
    pub model: Option<PathBuf>,
    /// Tokens of a window.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub context: u32,
    /// How keys and values are stored: q8_0 takes about half the memory of f16.
    #[arg(long, value_name = "TYPE", default_value = "f16", value_parser = ["f16", "q8_0"])]
    pub cache_type: String,
    /// Threads; found by a quick trial where not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Loads the model and scores the text.
#[cfg(not(feature = "infer"))]
pub fn run(_: &Arguments, _: &mut dyn std::io::Write) -> anyhow::Result<()> {
    anyhow::bail!("this build has no live generation: build with the feature `infer`, which is on by default")
}

/// Loads the model, scores the text and writes the figure to `out`; progress goes to standard error.
#[cfg(feature = "infer")]
pub fn run(arguments: &Arguments, out: &mut dyn std::io::Write) -> anyhow::Result<()> {
    use crate::infer::{LoadOptions, Model, ModelFile, ThreadTrial, available_memory, embedded_model, perplexity};
    use crate::quantize::MeasuringText;

    let text = MeasuringText::read(&arguments.file)?.text;
    let path = match &arguments.model {
        Some(path) => path.clone(),
        None => embedded_model()?,
    };
    let context = usize::try_from(arguments.context)?;
    let options = LoadOptions {
        context_tokens: context,
        threads: arguments.threads.map(usize::from),
        trial: arguments.threads.is_none().then_some(ThreadTrial::Reading),
        tier: super::kernels::forced_tier()?,
        cache: super::kernels::cache_format(&arguments.cache_type)?,
    };
    let file = ModelFile::open(&path)?;
    super::memory::warn(&file, &options);
    let mut model = Model::load_file(&file, &options, available_memory, &mut |_| true)?;
    drop(file);
    let run_on = model.summary().run_on();
    let result = perplexity(&mut model, &text, context, &|| true, &mut |done, windows, so_far| {
        eprintln!("[{done}/{windows}] {:.4}", so_far.value);
    })?;
    writeln!(
        out,
        "perplexity {:.4} ± {:.4} ({} tokens scored in {} windows of {context})",
        result.value, result.deviation, result.scored_tokens, result.windows
    )?;
    writeln!(out, "run on     {run_on}")?;
    Ok(())
}
