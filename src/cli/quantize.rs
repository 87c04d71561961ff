//! `sizewright quantize`: a GGUF file stored in another format, and what that costs in perplexity.

use std::path::PathBuf;

use crate::catalog::WeightFormat;

/// Store a model in another format: a smaller GGUF file beside the one there is.
///
/// Which tensor gets which type follows llama.cpp's rules, without an importance matrix. The source should hold 16 or 32
/// bits, or Q8_0: from fewer bits the loss adds up, and you are told so. Metadata, names and order of the tensors are
/// carried over; a model in several files is given by its first and becomes one.
#[derive(clap::Args)]
pub struct Arguments {
    /// The GGUF file to read.
    #[arg(long, value_name = "FILE")]
    pub model: PathBuf,
    /// The format: q4_k_m, q8_0, f16 and so on.
    #[arg(long, value_name = "FORMAT")]
    pub format: WeightFormat,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,
    /// Replace the file to write where it exists.
    #[arg(long)]
    pub force: bool,
    /// Measure the perplexity of both files, on the text built in or on --file.
    #[arg(long)]
    pub measure: bool,
    /// The text to measure on: a file in UTF-8 of at least two windows.
    #[arg(long, value_name = "FILE", requires = "measure")]
    pub file: Option<PathBuf>,
    /// Tokens of a window of that text.
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(8..=1_048_576))]
    pub context: u32,
    /// Threads; where not given all physical cores write, and a quick trial finds how many measure.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
}

/// Writes the file.
#[cfg(not(feature = "infer"))]
pub fn run(_: &Arguments, _: &mut dyn std::io::Write) -> anyhow::Result<()> {
    anyhow::bail!("this build reads no models: build with the feature `infer`, which is on by default")
}

/// Writes the file and says to `out` what became of it; progress and warnings go to standard error.
#[cfg(feature = "infer")]
pub fn run(arguments: &Arguments, out: &mut dyn std::io::Write) -> anyhow::Result<()> {
    use super::UsageError;
    use super::interrupt::Interrupt;
    use crate::infer::{QuantizeSource, physical_cores};
    use crate::quantize::{FORMATS, MeasuringText, offered, plan};

    if !FORMATS.iter().any(|(format, _)| *format == arguments.format) {
        let problem = format!("{} is not quantized to here; give one of {}", arguments.format, offered());
        return Err(UsageError(problem).into());
    }
    let source = QuantizeSource::open(&arguments.model)?;
    let planned = plan(&source, arguments.format)?;
    let again = planned.quantized_again();
    if !again.is_empty() {
        let types = again.join(", ");
        eprintln!("warning: the source is in {types} already: what that lost stays lost, and this loses more");
    }
    if planned.file_bytes() >= source.file_bytes() {
        eprintln!("warning: the new file will not be smaller than the source");
    }
    eprintln!("{} of {} will take {}", arguments.format, source.file_bytes(), planned.file_bytes());
    let threads = arguments.threads.map_or_else(physical_cores, usize::from);
    let MeasuringText { name: on, text } = match &arguments.file {
        Some(file) => MeasuringText::read(file)?,
        None => MeasuringText::built_in(),
    };
    planned.may_write(&arguments.to, arguments.force)?;
    let interrupt = Interrupt::listen()?;
    // Measured first: what cannot be measured is said before hours of writing.
    let before = if arguments.measure { Some(score(&arguments.model, &text, arguments, &interrupt)?) } else { None };
    let mut told = 0;
    interrupt.settle(planned.write(&arguments.to, arguments.force, threads, &mut |fraction| {
        let percent = (fraction * 100.0) as u32;
        if percent >= told + 10 {
            told = percent;
            eprintln!("[{percent} %]");
        }
        interrupt.go_on()
    }))?;
    writeln!(out, "written     {}", arguments.to.display())?;
    writeln!(out, "size        {}, from {}", planned.file_bytes(), source.file_bytes())?;
    if let Some(before) = before {
        let after = score(&arguments.to, &text, arguments, &interrupt)?;
        let ((before, before_on), (after, after_on)) = (before, after);
        for (name, score, run_on) in [("before", &before, before_on), ("after", &after, after_on)] {
            let figure = score.perplexity();
            writeln!(
                out,
                "{name:<11} perplexity {:.4} ± {:.4} ({} tokens scored in {} windows of {} of {on})",
                figure.value, figure.deviation, figure.scored_tokens, figure.windows, arguments.context
            )?;
            writeln!(out, "            run on {run_on}")?;
        }
        let ratio = after
            .over(&before)
            .ok_or_else(|| anyhow::anyhow!("the two files do not cut the text into the same tokens"))?;
        writeln!(
            out,
            "loss        {} ± {} (after over before {:.4} ± {:.4})",
            percent(ratio.value - 1.0),
            percent(ratio.deviation),
            ratio.value,
            ratio.deviation
        )?;
    }
    writeln!(out, "published   {}", published(arguments.format))?;
    Ok(())
}

#[cfg(feature = "infer")]
fn percent(share: f64) -> String {
    format!("{:.2} %", share * 100.0)
}

/// The published loss of a format, with what it was measured on and by whom.
#[cfg(feature = "infer")]
fn published(format: WeightFormat) -> String {
    let loss = crate::catalog::Catalog::builtin().ok().and_then(|catalog| catalog.published_loss(format));
    match loss {
        Some(loss) => {
            let deviation = loss.share_deviation().map_or_else(String::new, |share| format!(" ± {}", percent(share)));
            let (source, date) = (&loss.provenance.source, &loss.provenance.date);
            format!(
                "loss of {format} {}{deviation} ({}; {source}, read {date}); smaller models lose more",
                percent(loss.share()),
                loss.measured_on
            )
        }
        None => format!("no published figure of the loss of {format}"),
    }
}

/// Loads a model and scores the text; also what that ran on.
#[cfg(feature = "infer")]
fn score(
    path: &std::path::Path,
    text: &str,
    arguments: &Arguments,
    interrupt: &super::interrupt::Interrupt,
) -> anyhow::Result<(crate::infer::TextScore, String)> {
    use crate::infer::{LoadOptions, Model, ThreadTrial, score_text};

    let context = usize::try_from(arguments.context)?;
    let options = LoadOptions {
        context_tokens: context,
        threads: arguments.threads.map(usize::from),
        trial: arguments.threads.is_none().then_some(ThreadTrial::Reading),
        tier: super::kernels::forced_tier()?,
        ..LoadOptions::default()
    };
    let mut model = interrupt.settle(Model::load_with(path, &options, &mut |_| interrupt.go_on()))?;
    let run_on = model.summary().run_on();
    let scored = score_text(&mut model, text, context, &|| interrupt.go_on(), &mut |done, windows, so_far| {
        eprintln!("[{done}/{windows}] {:.4}", so_far.value);
    });
    Ok((interrupt.settle(scored)?, run_on))
}
