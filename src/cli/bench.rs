//! `sizewright bench`: how fast a small model is read and spoken on this machine's processor, in the form of
//! llama-bench, so that whatever reads that reads this.

use std::path::PathBuf;

/// Time a model on this machine's processor: reading a prompt, generating tokens.
///
/// The model is the embedded SmolLM2-135M-Instruct unless --model names another GGUF file. Each figure is the mean of the
/// repetitions with its standard deviation; one run goes before to warm up. SIZEWRIGHT_KERNELS forces kernels
/// (portable, AVX2, AVX-VNNI, AVX512-VNNI, NEON-dotprod). With --bandwidth --to PLAN this machine becomes a device of the
/// plan, for other models to be estimated on it; --prompt-tokens 0 --generate-tokens 0 then leaves the model out.
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
    /// Also measure how fast memory is read, and what share of it generating uses.
    #[arg(long)]
    pub bandwidth: bool,
    /// Plan to put this machine in, as a device with the measured bandwidth.
    #[arg(long, value_name = "PLAN", requires = "bandwidth")]
    pub to: Option<PathBuf>,
    /// Print one JSON object a figure, with the fields of `llama-bench -o jsonl`.
    #[arg(long)]
    pub jsonl: bool,
}

/// Loads and times the model.
#[cfg(not(feature = "infer"))]
pub fn run(_: &Arguments, _: &mut dyn std::io::Write) -> anyhow::Result<()> {
    anyhow::bail!("this build has no live generation: build with the feature `infer`, which is on by default")
}

#[cfg(feature = "infer")]
pub use with_engine::run;

#[cfg(feature = "infer")]
mod with_engine {
    use std::io::{self, Write};
    use std::path::{Path, PathBuf};
    use std::time::{SystemTime, UNIX_EPOCH};

    use serde::Serialize;

    use super::Arguments;
    use crate::catalog::Catalog;
    use crate::cli::kernels::{cache_format, forced_tier};
    use crate::cli::{UsageError, plan};
    use crate::export;
    use crate::import::ThisMachine;
    use crate::infer::{
        Bandwidth, Bench, LoadOptions, ThreadTrial, Timing, embedded_model, measure_bandwidth, physical_cores,
        processor_name, thread_words,
    };
    use crate::project::file;
    use crate::units::BytesPerSecond;

    const NANOSECONDS: f64 = 1e9;

    /// A row as llama-bench writes it; fields of `llama-bench.cpp`, of which those of graphics cards are left out.
    #[derive(Serialize)]
    struct Row<'a> {
        /// Tells this program's rows from llama.cpp's own.
        engine: &'static str,
        build_commit: &'static str,
        build_number: u32,
        cpu_info: &'a str,
        gpu_info: &'static str,
        backends: &'static str,
        /// Kernel tier; not one of llama-bench's.
        kernels: &'static str,
        model_filename: &'a str,
        model_type: &'a str,
        model_size: u64,
        model_n_params: u64,
        n_threads: usize,
        /// How they came about; not one of llama-bench's.
        n_threads_by: &'static str,
        type_k: &'static str,
        type_v: &'static str,
        n_gpu_layers: u32,
        flash_attn: u32,
        n_prompt: u32,
        n_gen: u32,
        n_depth: u32,
        test_time: &'a str,
        avg_ns: u64,
        stddev_ns: u64,
        avg_ts: f64,
        stddev_ts: f64,
        samples_ns: Vec<u64>,
        samples_ts: Vec<f64>,
        /// Weights that one token reads; not one of llama-bench's.
        bytes_per_token: u64,
        /// Bytes per second; only with --bandwidth, and not one of llama-bench's.
        #[serde(skip_serializing_if = "Option::is_none")]
        read_bandwidth: Option<f64>,
    }

    /// Measures the memory, loads the model and times it, as asked, and writes the figures to `out`.
    pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
        let model = arguments.prompt_tokens > 0 || arguments.generate_tokens > 0;
        if !model && !arguments.bandwidth {
            return Err(UsageError("--prompt-tokens and --generate-tokens are both 0: nothing to time".into()).into());
        }
        // The plan is read first: who named a wrong one need not wait to hear of it.
        let plan = arguments.to.as_deref().map(|path| plan::load(Some(path))).transpose()?;
        let mut bench = model.then(|| load(arguments)).transpose()?;
        let threads = bench.as_ref().map(Bench::threads).or(arguments.threads.map(usize::from));
        let mut bandwidth = None;
        if arguments.bandwidth {
            let mut machine = ThisMachine::detect(Path::new("/"), processor_name(), physical_cores());
            let found = measure_bandwidth(threads, machine.last_level_cache)?;
            machine.measured(found.rate, found.words()).map_err(anyhow::Error::msg)?;
            bandwidth = Some(found.rate);
            // Rows as JSON go to standard output; what was done is for the reader.
            let told: &mut dyn Write = if arguments.jsonl { &mut io::stderr() } else { &mut *out };
            match (&arguments.to, plan) {
                (Some(path), Some(plan)) => put(&machine, plan, path, told)?,
                _ if !model => write_bandwidth(&found, told)?,
                _ => {}
            }
        }
        if let Some(bench) = &mut bench {
            time(arguments, bench, bandwidth, out)?;
        }
        Ok(())
    }

    fn load(arguments: &Arguments) -> anyhow::Result<Bench> {
        let (prompt, generated) = (arguments.prompt_tokens as usize, arguments.generate_tokens as usize);
        let options = LoadOptions {
            context_tokens: arguments.depth as usize + prompt.max(generated),
            threads: arguments.threads.map(usize::from),
            trial: arguments.threads.is_none().then_some(ThreadTrial::Both),
            tier: forced_tier()?,
            cache: cache_format(&arguments.cache_type)?,
        };
        Ok(Bench::load(&model_path(arguments)?, &options)?)
    }

    fn model_path(arguments: &Arguments) -> anyhow::Result<PathBuf> {
        Ok(match &arguments.model {
            Some(path) => path.clone(),
            None => embedded_model()?,
        })
    }

    fn time(
        arguments: &Arguments,
        bench: &mut Bench,
        bandwidth: Option<BytesPerSecond>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let path = model_path(arguments)?;
        let (prompt, generated) = (arguments.prompt_tokens as usize, arguments.generate_tokens as usize);
        let (depth, repetitions) = (arguments.depth as usize, usize::from(arguments.repetitions));
        let mut tell = |bench: &Bench, timing: &Timing, is_prompt: bool| match arguments.jsonl {
            true => write_json(arguments, &path, bench, timing, is_prompt, bandwidth, out),
            false => write_text(arguments, bench, timing, is_prompt, bandwidth, out),
        };
        if prompt > 0 {
            let timing = bench.time_prompt(prompt, depth, repetitions)?;
            tell(bench, &timing, true)?;
        }
        if generated > 0 {
            let timing = bench.time_decode(generated, depth, repetitions)?;
            tell(bench, &timing, false)?;
        }
        Ok(())
    }

    fn write_bandwidth(found: &Bandwidth, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "memory    read at {:.1} GB/s, {}", found.rate.as_giga(), found.words())
    }

    /// Puts the machine among the plan's own devices, and says what was read, guessed and is missing.
    fn put(machine: &ThisMachine, mut plan: plan::Plan, path: &Path, out: &mut dyn Write) -> anyhow::Result<()> {
        let day = export::day_of(SystemTime::now())
            .ok_or_else(|| anyhow::anyhow!("the clock of this machine is out of range: set it, then measure again"))?;
        for told in machine.told() {
            writeln!(out, "{:<9} {}: {}", told.known.label(), told.name, told.text)?;
        }
        let id = machine.id();
        let device = machine.device(plan.catalog.devices.get(&id), day);
        plan.project.layer.put(device);
        file::save(path, &plan.project, Catalog::builtin()?)?;
        writeln!(out, "{}: this machine is its device `{id}`", path.display())?;
        Ok(())
    }

    /// Mean and standard deviation (of the sample, as llama-bench has it; zero for one).
    fn spread(samples: &[f64]) -> (f64, f64) {
        let count = samples.len().max(1) as f64;
        let mean = samples.iter().sum::<f64>() / count;
        let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
        (mean, (squares / (count - 1.0).max(1.0)).sqrt())
    }

    fn rates(timing: &Timing) -> Vec<f64> {
        timing.samples.iter().map(|time| timing.tokens as f64 / time.as_secs()).collect()
    }

    fn write_json(
        arguments: &Arguments,
        path: &Path,
        bench: &Bench,
        timing: &Timing,
        is_prompt: bool,
        bandwidth: Option<BytesPerSecond>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let seconds: Vec<f64> = timing.samples.iter().map(|time| time.as_secs() * NANOSECONDS).collect();
        let rates = rates(timing);
        let ((avg_ns, stddev_ns), (avg_ts, stddev_ts)) = (spread(&seconds), spread(&rates));
        let (processor, model_type, time) = (processor_name(), bench.header().description(), now());
        let row = Row {
            engine: "sizewright",
            build_commit: env!("CARGO_PKG_VERSION"),
            build_number: 0,
            cpu_info: processor.as_deref().unwrap_or(""),
            gpu_info: "",
            backends: "CPU",
            kernels: bench.tier().name(),
            model_filename: &path.to_string_lossy(),
            model_type: &model_type,
            model_size: bench.header().weight_bytes.get(),
            model_n_params: bench.header().parameters,
            n_threads: bench.threads(),
            n_threads_by: bench.threads_by().words(),
            type_k: bench.cache().name(),
            type_v: bench.cache().name(),
            n_gpu_layers: 0,
            flash_attn: 1,
            n_prompt: if is_prompt { arguments.prompt_tokens } else { 0 },
            n_gen: if is_prompt { 0 } else { arguments.generate_tokens },
            n_depth: arguments.depth,
            test_time: &time,
            avg_ns: avg_ns as u64,
            stddev_ns: stddev_ns as u64,
            avg_ts,
            stddev_ts,
            samples_ns: seconds.iter().map(|&nanoseconds| nanoseconds as u64).collect(),
            samples_ts: rates,
            bytes_per_token: bench.bytes_per_token().get(),
            read_bandwidth: bandwidth.map(BytesPerSecond::as_bytes_per_second),
        };
        serde_json::to_writer(&mut *out, &row).map_err(io::Error::from)?;
        writeln!(out)?;
        // A long benchmark is watched, or ended early.
        Ok(out.flush()?)
    }

    fn write_text(
        arguments: &Arguments,
        bench: &Bench,
        timing: &Timing,
        is_prompt: bool,
        bandwidth: Option<BytesPerSecond>,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        let (mean, deviation) = spread(&rates(timing));
        let first = is_prompt || arguments.prompt_tokens == 0;
        if first {
            let header = bench.header();
            writeln!(out, "model     {}, {}, {}", header.name, header.description(), header.weight_bytes)?;
            writeln!(
                out,
                "run on    {}, {} kernels, {} cache",
                thread_words(bench.threads(), bench.threads_by()),
                bench.tier().name(),
                bench.cache().name()
            )?;
            if let Some(bandwidth) = bandwidth {
                writeln!(out, "memory    read at {:.1} GB/s", bandwidth.as_giga())?;
            }
        }
        let what = if is_prompt { "prompt  " } else { "generate" };
        let depth = match arguments.depth {
            0 => String::new(),
            depth => format!(" behind {depth}"),
        };
        write!(out, "{what}  {} tokens{depth}: {mean:.1} ± {deviation:.1} tokens/s", timing.tokens)?;
        if let (false, Some(bandwidth)) = (is_prompt, bandwidth) {
            let share = bench.bytes_per_token().as_f64() * mean / bandwidth.as_bytes_per_second();
            write!(out, ", reading weights at {:.0} % of the memory's speed", share * 100.0)?;
        }
        writeln!(out)?;
        Ok(out.flush()?)
    }

    /// RFC 3339, UTC, as llama-bench has it; empty where the clock is before 1970.
    fn now() -> String {
        let now = SystemTime::now();
        let (Some(day), Ok(since)) = (export::day_of(now), now.duration_since(UNIX_EPOCH)) else {
            return String::new();
        };
        let seconds = since.as_secs() % 86_400;
        format!("{}T{:02}:{:02}:{:02}Z", day.as_str(), seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn spread_is_that_of_a_sample() {
            assert_eq!(spread(&[2.0, 4.0, 6.0]), (4.0, 2.0));
            assert_eq!(spread(&[5.0]), (5.0, 0.0));
        }

        #[test]
        fn the_time_is_a_day_and_a_time_of_day() {
            let now = now();
            assert_eq!(now.len(), "2026-11-20T16:00:00Z".len(), "{now}");
        }
    }
}
