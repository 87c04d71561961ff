//! The command line: the same engine as the window, without one. Plain `sizewright` opens the window.
//!
//! One file a subcommand: its arguments as a clap struct and a `run` that writes to the stream it is given. A new one
//! is such a file, a variant of `Command` and a line in `dispatch`. `anyhow` lives here and nowhere else; every
//! other room says what went wrong in its own type.

mod accuracy;
mod bench;
mod estimate;
mod estimate_text;
mod estimate_ways;
mod export;
mod figures;
mod fit;
mod generate;
mod import;
#[cfg(feature = "infer")]
mod interrupt;
#[cfg(feature = "infer")]
mod kernels;
mod lookup;
#[cfg(feature = "infer")]
mod memory;
mod perplexity;
mod plan;
mod quantize;
mod rack;
mod rack_demand;
mod rack_figures;
mod report;
#[cfg(feature = "infer")]
mod sampling;
mod validate;
mod window;

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "\
Exit codes:
  0  done; an answer such as \"does not fit\" is an answer
  1  it could not be done: a file cannot be read, a model is damaged, no window can be opened
  2  the command line is wrong: an unknown option, id or format, a value out of range";

/// Which language model fits your hardware, rack, budget and readers' patience, and why.
///
/// Without a command, opens the window on PLAN, or on the default plan.
#[derive(Parser)]
#[command(name = "sizewright", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Plan to open in the window.
    plan: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    Accuracy(accuracy::Arguments),
    Estimate(estimate::Arguments),
    Generate(generate::Arguments),
    Bench(bench::Arguments),
    Perplexity(perplexity::Arguments),
    Quantize(quantize::Arguments),
    Fit(fit::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Validate(validate::Arguments),
    Report(report::Arguments),
    Rack(rack::Arguments),
    /// Renders a chat template for another process of this program.
    #[cfg(feature = "infer")]
    #[command(hide = true)]
    RenderTemplate,
}

fn dispatch(arguments: Arguments, open_window: Option<OpenWindow>, out: &mut dyn Write) -> anyhow::Result<()> {
    match arguments.command {
        None => window::run(arguments.plan.as_deref(), open_window, out),
        Some(Command::Accuracy(arguments)) => accuracy::run(&arguments, out),
        Some(Command::Estimate(arguments)) => estimate::run(&arguments, out),
        Some(Command::Generate(arguments)) => generate::run(&arguments, out),
        Some(Command::Bench(arguments)) => bench::run(&arguments, out),
        Some(Command::Perplexity(arguments)) => perplexity::run(&arguments, out),
        Some(Command::Quantize(arguments)) => quantize::run(&arguments, out),
        Some(Command::Fit(arguments)) => fit::run(&arguments, out),
        Some(Command::Import(arguments)) => import::run(&arguments, out),
        Some(Command::Export(arguments)) => export::run(&arguments, out),
        Some(Command::Validate(arguments)) => validate::run(&arguments, out),
        Some(Command::Report(arguments)) => report::run(&arguments, out),
        Some(Command::Rack(arguments)) => rack::run(&arguments, out),
        #[cfg(feature = "infer")]
        Some(Command::RenderTemplate) => {
            crate::infer::render_template(&mut io::stdin().lock(), out).map_err(anyhow::Error::msg)
        }
    }
}

/// A command line that names something that is not there, or a value out of range: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct UsageError(String);

/// Opens the window on a plan (the default plan where `None`) and returns when it is closed. An error says in words why
/// it could not be opened. The window is a room beside this one, so whoever knows both hands it in.
pub type OpenWindow = fn(plan: Option<&Path>) -> Result<(), String>;

/// Runs the program on its own arguments and standard streams. `open_window` is `None` where the program was built
/// without one.
pub fn main(open_window: Option<OpenWindow>) -> ExitCode {
    // A program whose own file is gone or cannot be named renders templates in place.
    #[cfg(feature = "infer")]
    if let Ok(program) = std::env::current_exe() {
        crate::infer::render_templates_with(program);
    }
    run(std::env::args_os(), open_window, &mut io::stdout().lock(), &mut io::stderr())
}

/// Runs the program; the first of `arguments` is its own name. Answers go to `out`, complaints to `complaints`.
///
/// A reader of `out` that goes away early (`| head`) is not an error.
fn run(
    arguments: impl IntoIterator<Item = OsString>,
    open_window: Option<OpenWindow>,
    out: &mut dyn Write,
    complaints: &mut dyn Write,
) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(help_or_error) => {
            // Clap's own `print` chooses the stream and the colours; a closed one is nobody's fault.
            let _ = help_or_error.print();
            return if help_or_error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    let result = dispatch(arguments, open_window, out).and_then(|()| Ok(out.flush()?));
    let Err(error) = result else { return ExitCode::SUCCESS };
    if error.chain().any(is_closed_pipe) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(complaints, "sizewright: {error:#}");
    if error.is::<UsageError>() { ExitCode::from(2) } else { ExitCode::FAILURE }
}

fn is_closed_pipe(cause: &(dyn std::error::Error + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}
