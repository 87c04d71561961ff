//! A bench in words, or as rows of llama-bench.

use std::io::{self, Write};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use super::Arguments;
use crate::export;
use crate::infer::{Bandwidth, Bench, Timing, processor_name, thread_words};
use crate::units::BytesPerSecond;

const NANOSECONDS: f64 = 1e9;

/// One kind of work, timed.
pub(super) struct Timed {
    /// Whether it was reading a prompt, not generating.
    pub is_prompt: bool,
    /// Its times.
    pub timing: Timing,
}

/// What ran and on what, as llama-bench writes it; fields of `llama-bench.cpp`, of which those of graphics cards are left
/// out.
#[derive(Serialize)]
pub(super) struct Ran {
    /// Tells this program's rows from llama.cpp's own.
    engine: &'static str,
    build_commit: &'static str,
    build_number: u32,
    cpu_info: String,
    gpu_info: &'static str,
    backends: &'static str,
    /// Kernel tier; not one of llama-bench's.
    kernels: &'static str,
    model_filename: String,
    model_type: String,
    model_size: u64,
    model_n_params: u64,
    n_threads: usize,
    /// How they came about; not one of llama-bench's.
    n_threads_by: &'static str,
    type_k: &'static str,
    type_v: &'static str,
    n_gpu_layers: u32,
    flash_attn: u32,
}

/// A row as llama-bench writes it.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    ran: Ran,
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
    /// Keys and values of the context; not one of llama-bench's.
    cache_bytes: u64,
    /// Bytes per second; only with --bandwidth, and not one of llama-bench's.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_bandwidth: Option<f64>,
}

/// The memory's speed alone, in words.
pub(super) fn write_bandwidth(found: &Bandwidth) -> String {
    format!("memory    read at {:.1} GB/s, {}\n", found.rate.as_giga(), found.words())
}

/// What all figures of a bench share.
pub(super) struct Teller<'a> {
    /// What was asked for.
    pub arguments: &'a Arguments,
    /// The model.
    pub path: &'a Path,
    /// How fast memory is read, where that was measured.
    pub bandwidth: Option<BytesPerSecond>,
}

impl Teller<'_> {
    /// Writes the last figure, and flushes: a long benchmark is watched, or ended early.
    pub fn tell(&self, bench: &Bench, all: &[Timed], out: &mut dyn Write) -> anyhow::Result<()> {
        let Some((last, before)) = all.split_last() else { return Ok(()) };
        if self.arguments.jsonl {
            self.write_json(bench, last, out)?;
        } else {
            if before.is_empty() {
                self.write_head(bench, out)?;
            }
            self.write_text(bench, last, out)?;
        }
        Ok(out.flush()?)
    }

    fn write_json(&self, bench: &Bench, timed: &Timed, out: &mut dyn Write) -> io::Result<()> {
        let seconds = nanoseconds(&timed.timing);
        let rates = rates(&timed.timing);
        let ((avg_ns, stddev_ns), (avg_ts, stddev_ts)) = (spread(&seconds), spread(&rates));
        let row = Row {
            ran: self.ran(bench),
            n_prompt: if timed.is_prompt { self.arguments.prompt_tokens } else { 0 },
            n_gen: if timed.is_prompt { 0 } else { self.arguments.generate_tokens },
            n_depth: self.arguments.depth,
            test_time: &now(),
            avg_ns: avg_ns as u64,
            stddev_ns: stddev_ns as u64,
            avg_ts,
            stddev_ts,
            samples_ns: seconds.iter().map(|&nanoseconds| nanoseconds as u64).collect(),
            samples_ts: rates,
            bytes_per_token: bench.bytes_per_token().get(),
            cache_bytes: bench.cache_bytes().get(),
            read_bandwidth: self.bandwidth.map(BytesPerSecond::as_bytes_per_second),
        };
        write_line(&row, out)
    }

    /// What ran, and on what, as fields.
    pub fn ran(&self, bench: &Bench) -> Ran {
        Ran {
            engine: "sizewright",
            build_commit: env!("CARGO_PKG_VERSION"),
            build_number: 0,
            cpu_info: processor_name().unwrap_or_default(),
            gpu_info: "",
            backends: "CPU",
            kernels: bench.tier().name(),
            model_filename: self.path.to_string_lossy().into_owned(),
            model_type: bench.header().description(),
            model_size: bench.header().weight_bytes.get(),
            model_n_params: bench.header().parameters,
            n_threads: bench.threads(),
            n_threads_by: bench.threads_by().words(),
            type_k: bench.cache().name(),
            type_v: bench.cache().name(),
            n_gpu_layers: 0,
            flash_attn: 1,
        }
    }

    /// What ran, and on what, in words.
    pub fn write_head(&self, bench: &Bench, out: &mut dyn Write) -> io::Result<()> {
        let header = bench.header();
        writeln!(out, "model     {}, {}, {}", header.name, header.description(), header.weight_bytes)?;
        writeln!(
            out,
            "run on    {}, {} kernels, {} cache",
            thread_words(bench.threads(), bench.threads_by()),
            bench.tier().name(),
            bench.cache().name()
        )?;
        match self.bandwidth {
            Some(bandwidth) => writeln!(out, "memory    read at {:.1} GB/s", bandwidth.as_giga()),
            None => Ok(()),
        }
    }

    fn write_text(&self, bench: &Bench, timed: &Timed, out: &mut dyn Write) -> io::Result<()> {
        let (mean, deviation) = spread(&rates(&timed.timing));
        let what = if timed.is_prompt { "prompt  " } else { "generate" };
        let depth = behind(self.arguments.depth);
        write!(out, "{what}  {} tokens{depth}: {mean:.1} ± {deviation:.1} tokens/s", timed.timing.tokens)?;
        if let (false, Some(bandwidth)) = (timed.is_prompt, self.bandwidth) {
            let share = bench.bytes_per_token().as_f64() * mean / bandwidth.as_bytes_per_second();
            write!(out, ", reading weights at {:.0} % of the memory's speed", share * 100.0)?;
        }
        writeln!(out)
    }
}

/// Tokens that lay in the cache before, in words.
pub(super) fn behind(depth: u32) -> String {
    if depth == 0 { String::new() } else { format!(" behind {depth}") }
}

/// One line of JSON.
pub(super) fn write_line(row: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, row).map_err(io::Error::from)?;
    writeln!(out)
}

/// Mean and standard deviation (of the sample, as llama-bench has it; zero for one).
pub(super) fn spread(samples: &[f64]) -> (f64, f64) {
    let count = samples.len().max(1) as f64;
    let mean = samples.iter().sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|sample| (sample - mean).powi(2)).sum();
    (mean, (squares / (count - 1.0).max(1.0)).sqrt())
}

/// Tokens a second of each repetition.
pub(super) fn rates(timing: &Timing) -> Vec<f64> {
    timing.samples.iter().map(|time| timing.tokens as f64 / time.as_secs()).collect()
}

/// Nanoseconds of each repetition.
pub(super) fn nanoseconds(timing: &Timing) -> Vec<f64> {
    timing.samples.iter().map(|time| time.as_secs() * NANOSECONDS).collect()
}

/// RFC 3339, UTC, as llama-bench has it; empty where the clock is before 1970.
pub(super) fn now() -> String {
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
