//! Measuring the memory, loading the model, timing it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Arguments;
use super::kept::Keeper;
use super::sequences;
use super::sizing::Foreseen;
use super::told::{Teller, Timed, write_bandwidth};
use crate::cli::UsageError;
use crate::cli::kernels::{cache_format, forced_tier};
use crate::cli::memory;
use crate::import::ThisMachine;
use crate::infer::{
    Bench, LoadOptions, ModelFile, ThreadTrial, available_memory, embedded_model, measure_bandwidth, physical_cores,
    processor_name,
};

/// Measures the memory, loads the model and times it, as asked, and writes the figures to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let model = arguments.prompt_tokens > 0 || arguments.generate_tokens > 0;
    if !model && !arguments.bandwidth {
        return Err(UsageError("--prompt-tokens and --generate-tokens are both 0: nothing to time".into()).into());
    }
    let sequences = sequences::asked(arguments)?;
    // The plan is read first: who named a wrong one need not wait to hear of it.
    let mut keeper = arguments.to.as_deref().map(Keeper::of).transpose()?;
    let path = model_path(arguments)?;
    let mut bench = model.then(|| load(arguments, &path, &sequences)).transpose()?;
    let threads = bench.as_ref().map(Bench::threads).or(arguments.threads.map(usize::from));
    // Rows as JSON go to standard output; what was done is for the reader.
    let jsonl = arguments.jsonl;
    let say = |text: &str, out: &mut dyn Write| match jsonl {
        true => write!(io::stderr(), "{text}"),
        false => write!(out, "{text}"),
    };
    let (mut bandwidth, mut foreseen) = (None, None);
    if arguments.bandwidth {
        let mut machine = ThisMachine::detect(Path::new("/"), processor_name(), physical_cores());
        let found = measure_bandwidth(threads, machine.last_level_cache)?;
        machine.measured(found.rate, found.words()).map_err(anyhow::Error::msg)?;
        bandwidth = Some(found.rate);
        foreseen = bench.as_ref().map(|bench| Foreseen::of(arguments, bench, &machine)).transpose()?;
        if let Some(keeper) = &mut keeper {
            say(&keeper.put(&machine)?, out)?;
        } else if !model {
            say(&write_bandwidth(&found), out)?;
        }
    }
    if let Some(bench) = &mut bench {
        let teller = Teller { arguments, path: &path, bandwidth };
        if !sequences.is_empty() {
            return sequences::time(&teller, &sequences, bench, foreseen.as_ref(), out);
        }
        let timed = time(&teller, bench, out)?;
        if let Some(keeper) = &mut keeper {
            say(&keeper.add(&teller, bench, &timed)?, out)?;
        }
    }
    Ok(())
}

fn load(arguments: &Arguments, path: &Path, sequences: &[usize]) -> anyhow::Result<Bench> {
    let (prompt, generated) = (arguments.prompt_tokens as usize, arguments.generate_tokens as usize);
    // A sequence among others generates behind its own prompt, one alone behind what was there before.
    let most = if sequences.is_empty() { prompt.max(generated) } else { prompt + generated };
    let options = LoadOptions {
        context_tokens: arguments.depth as usize + most,
        threads: arguments.threads.map(usize::from),
        trial: arguments.threads.is_none().then_some(ThreadTrial::Both),
        tier: forced_tier()?,
        cache: cache_format(&arguments.cache_type)?,
    };
    let file = ModelFile::open(path)?;
    match sequences.last() {
        // Said before anything is loaded: it would be minutes before the most are reached.
        Some(&most) => file.has_room_for(most, &options, available_memory())?,
        None => memory::warn(&file, &options),
    }
    Ok(Bench::load_file(file, &options)?)
}

fn model_path(arguments: &Arguments) -> anyhow::Result<PathBuf> {
    Ok(match &arguments.model {
        Some(path) => path.clone(),
        None => embedded_model()?,
    })
}

/// Times what was asked for and tells each figure as soon as it is there.
fn time(teller: &Teller<'_>, bench: &mut Bench, out: &mut dyn Write) -> anyhow::Result<Vec<Timed>> {
    let arguments = teller.arguments;
    let (prompt, generated) = (arguments.prompt_tokens as usize, arguments.generate_tokens as usize);
    let (depth, repetitions) = (arguments.depth as usize, usize::from(arguments.repetitions));
    let mut all = Vec::new();
    if prompt > 0 {
        all.push(Timed { is_prompt: true, timing: bench.time_prompt(prompt, depth, repetitions)? });
        teller.tell(bench, &all, out)?;
    }
    if generated > 0 {
        all.push(Timed { is_prompt: false, timing: bench.time_decode(generated, depth, repetitions)? });
        teller.tell(bench, &all, out)?;
    }
    Ok(all)
}
