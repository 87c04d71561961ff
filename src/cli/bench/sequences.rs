//! Several sequences beside each other: how fast all are and each is, and how many readers that is.
//!
//! As JSON the fields are those of llama-batched-bench (llama.cpp, `tools/batched-bench/batched-bench.cpp`, 2026), with
//! means of the repetitions as its times.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::Arguments;
use super::sizing::Foreseen;
use super::told::{Ran, Teller, behind, nanoseconds, now, rates, spread, write_line};
use crate::cli::interrupt::Interrupt;
use crate::cli::{UsageError, figures};
use crate::infer::{Bench, Model, Timing, Together, TogetherTimes};
use crate::sizing::demand::{COMFORTABLE_READING, WORDS_PER_TOKEN};
use crate::sizing::{Figure, Refusal};
use crate::units::{BytesPerSecond, Significant, TokensPerSecond};

/// The most numbers of sequences timed in one run.
const MOST_NUMBERS: usize = 32; // own choice, 2026-11-29

/// The numbers of sequences that were asked for, fewest first and each once; none where it was not asked.
pub(super) fn asked(arguments: &Arguments) -> Result<Vec<usize>, UsageError> {
    let most = Model::MOST_SEQUENCES;
    let mut numbers: Vec<usize> = arguments.sequences.iter().map(|&number| usize::from(number)).collect();
    if let Some(wrong) = numbers.iter().find(|number| !(1..=most).contains(*number)) {
        return Err(UsageError(format!("--sequences {wrong} is out of range: give numbers from 1 to {most}")));
    }
    if numbers.len() > MOST_NUMBERS {
        return Err(UsageError(format!("--sequences has {} numbers: give at most {MOST_NUMBERS}", numbers.len())));
    }
    if !numbers.is_empty() && (arguments.prompt_tokens == 0 || arguments.generate_tokens == 0) {
        let words =
            "--sequences reads a prompt and generates behind it: give --prompt-tokens and --generate-tokens above 0";
        return Err(UsageError(words.to_owned()));
    }
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Times each number of sequences and tells its figures as soon as they are there.
pub(super) fn time(
    teller: &Teller<'_>,
    numbers: &[usize],
    bench: &mut Bench,
    foreseen: Option<&Foreseen>,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let arguments = teller.arguments;
    let interrupt = Interrupt::listen()?;
    if !arguments.jsonl {
        teller.write_head(bench, out)?;
    }
    for &sequences in numbers {
        let asked = Together {
            sequences,
            depth: arguments.depth as usize,
            prompt_tokens: arguments.prompt_tokens as usize,
            generate_tokens: arguments.generate_tokens as usize,
            repetitions: usize::from(arguments.repetitions),
        };
        let times = interrupt.settle(bench.time_together(&asked, &|| interrupt.go_on()))?;
        let figures = Figures { asked, times, foreseen: foreseen.map(|foreseen| foreseen.generation(&asked)) };
        match arguments.jsonl {
            true => write_json(teller, bench, &figures, out)?,
            false => write_text(teller, bench, &figures, out)?,
        }
        // A long benchmark is watched, or ended early.
        out.flush()?;
    }
    Ok(())
}

/// What was measured of one number of sequences, and what was foreseen of their generating, where the machine is known.
struct Figures {
    asked: Together,
    times: TogetherTimes,
    foreseen: Option<Result<Figure<TokensPerSecond>, Refusal>>,
}

impl Figures {
    /// Tokens that all generate in a second, the mean of the repetitions.
    fn generated(&self) -> TokensPerSecond {
        TokensPerSecond::from_tokens_per_second(spread(&rates(&self.times.generation)).0)
    }
}

fn write_text(teller: &Teller<'_>, bench: &Bench, figures: &Figures, out: &mut dyn Write) -> io::Result<()> {
    let Figures { asked, times, foreseen } = figures;
    let (sequences, arguments) = (asked.sequences, teller.arguments);
    let memory = bench.caches_bytes(sequences);
    match sequences {
        1 => writeln!(out, "\nbeside    1 sequence, a cache of {memory}")?,
        _ => writeln!(out, "\nbeside    {sequences} sequences, caches of {memory} together")?,
    }
    let line = |what: &str, tokens: usize, depth: u32, timing: &Timing| {
        let (mean, deviation) = spread(&rates(timing));
        let [each, each_deviation] = [mean, deviation].map(|rate| rate / sequences as f64);
        let each = match sequences {
            1 => String::new(),
            _ => format!(", {each:.1} ± {each_deviation:.1} each"),
        };
        let depth = behind(depth);
        format!("{what}  {sequences} x {tokens} tokens{depth}: {mean:.1} ± {deviation:.1} tokens/s{each}")
    };
    writeln!(out, "{}", line("prompt  ", asked.prompt_tokens, arguments.depth, &times.prompt))?;
    let depth = arguments.depth.saturating_add(arguments.prompt_tokens);
    writeln!(out, "{}", line("generate", asked.generate_tokens, depth, &times.generation))?;
    let generated = figures.generated();
    writeln!(out, "readers   {}", readers(sequences, generated))?;
    match foreseen {
        Some(foreseen) => writeln!(out, "estimate  {}", beside(foreseen, generated)),
        None => Ok(()),
    }
}

/// Readers at a comfortable speed who could be kept in text by so much.
fn comfortable_readers(all: TokensPerSecond) -> u64 {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (all / COMFORTABLE_READING).floor() as u64
}

/// What a speed of all sequences together means to those who read them.
fn readers(sequences: usize, all: TokensPerSecond) -> String {
    let each = all / sequences as f64;
    let who = if sequences == 1 { "one reader gets".to_owned() } else { format!("each of {sequences} gets") };
    let words = Significant(each.as_words_per_minute(WORDS_PER_TOKEN));
    let comfortable = Significant(COMFORTABLE_READING.as_words_per_minute(WORDS_PER_TOKEN));
    let enough = if each >= COMFORTABLE_READING { "enough" } else { "too few" };
    let many = match comfortable_readers(all) {
        0 => "do for none".to_owned(),
        1 => "do for 1 such reader".to_owned(),
        many => format!("do for {many} such readers"),
    };
    let all = if sequences == 1 { "it" } else { "what all get" };
    format!(
        "{who} {words} words a minute, {enough} to read comfortably ({comfortable}); {all} would {many}, while no prompt \
         is read"
    )
}

/// What was foreseen beside what was measured.
fn beside(foreseen: &Result<Figure<TokensPerSecond>, Refusal>, measured: TokensPerSecond) -> String {
    match foreseen {
        Ok(Figure { low, likely, high, .. }) => {
            let [low, high] = [low, high].map(|end| Significant(end.as_tokens_per_second()));
            let times = measured / *likely;
            format!(
                "{likely} together (80 % band {low} to {high}), as llama.cpp on such a processor; measured is {times:.2} \
                 times that"
            )
        }
        Err(refusal) => format!("none: {}", refusal.reason),
    }
}

/// A row as llama-batched-bench writes it, and what is this program's own.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    ran: Ran,
    n_kv_max: usize,
    n_batch: usize,
    n_ubatch: usize,
    is_pp_shared: u32,
    n_threads_batch: usize,
    pp: usize,
    tg: usize,
    pl: usize,
    n_kv: usize,
    t_pp: f64,
    speed_pp: f64,
    t_tg: f64,
    speed_tg: f64,
    t: f64,
    speed: f64,
    // From here on none of llama-batched-bench's: means and deviations of the speeds of the repetitions.
    n_depth: usize,
    test_time: &'a str,
    avg_pp_ts: f64,
    stddev_pp_ts: f64,
    avg_tg_ts: f64,
    stddev_tg_ts: f64,
    samples_pp_ns: Vec<u64>,
    samples_tg_ns: Vec<u64>,
    /// Of each sequence.
    words_per_minute: f64,
    /// At a comfortable speed.
    readers: u64,
    bytes_per_token: u64,
    cache_bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    read_bandwidth: Option<f64>,
    /// Tokens per second that all generate, as the sizing has it; only with --bandwidth.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimated_tg_ts: Option<Value>,
}

fn write_json(teller: &Teller<'_>, bench: &Bench, figures: &Figures, out: &mut dyn Write) -> io::Result<()> {
    let Figures { asked, times, foreseen } = figures;
    let (prompt, generation) = (&times.prompt, &times.generation);
    let seconds = |timing: &Timing| spread(&timing.samples.iter().map(|time| time.as_secs()).collect::<Vec<_>>()).0;
    let (t_pp, t_tg, n_kv) = (seconds(prompt), seconds(generation), prompt.tokens + generation.tokens);
    let ((avg_pp_ts, stddev_pp_ts), (avg_tg_ts, stddev_tg_ts)) = (spread(&rates(prompt)), spread(&rates(generation)));
    let whole = |timing: &Timing| nanoseconds(timing).into_iter().map(|time| time as u64).collect();
    let generated = figures.generated();
    let row = Row {
        ran: teller.ran(bench),
        n_kv_max: asked.sequences * bench.context_tokens(),
        n_batch: Bench::PASS_TOKENS,
        n_ubatch: Bench::PASS_TOKENS,
        is_pp_shared: 0,
        n_threads_batch: bench.threads(),
        pp: asked.prompt_tokens,
        tg: asked.generate_tokens,
        pl: asked.sequences,
        n_kv,
        t_pp,
        speed_pp: prompt.tokens as f64 / t_pp,
        t_tg,
        speed_tg: generation.tokens as f64 / t_tg,
        t: t_pp + t_tg,
        speed: n_kv as f64 / (t_pp + t_tg),
        n_depth: asked.depth,
        test_time: &now(),
        avg_pp_ts,
        stddev_pp_ts,
        avg_tg_ts,
        stddev_tg_ts,
        samples_pp_ns: whole(prompt),
        samples_tg_ns: whole(generation),
        words_per_minute: (generated / asked.sequences as f64).as_words_per_minute(WORDS_PER_TOKEN),
        readers: comfortable_readers(generated),
        bytes_per_token: bench.bytes_per_token().get(),
        cache_bytes: bench.caches_bytes(asked.sequences).get(),
        read_bandwidth: teller.bandwidth.map(BytesPerSecond::as_bytes_per_second),
        estimated_tg_ts: foreseen
            .as_ref()
            .map(|foreseen| figures::figure(foreseen, TokensPerSecond::as_tokens_per_second)),
    };
    write_line(&row, out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Standing;
    use crate::sizing::Basis;

    #[test]
    fn readers_are_told_what_each_gets_and_how_many_it_would_do_for() {
        let told = |sequences, speed| readers(sequences, TokensPerSecond::from_tokens_per_second(speed));
        for (sequences, speed, words) in [
            (
                4,
                131.0,
                "each of 4 gets 1,470 words a minute, enough to read comfortably (450); what all get would do for 13 such readers,",
            ),
            (
                8,
                37.6,
                "each of 8 gets 212 words a minute, too few to read comfortably (450); what all get would do for 3 such",
            ),
            (
                1,
                10.0,
                "one reader gets 450 words a minute, enough to read comfortably (450); it would do for 1 such reader,",
            ),
            (
                1,
                9.9,
                "one reader gets 446 words a minute, too few to read comfortably (450); it would do for none, while no",
            ),
        ] {
            let told = told(sequences, speed);
            assert!(told.starts_with(words), "{told}");
        }
    }

    #[test]
    fn an_estimate_stands_beside_what_was_measured_or_says_why_there_is_none() {
        let measured = TokensPerSecond::from_tokens_per_second(120.0);
        let refusal = Refusal { reason: "nobody knows it".to_owned(), nearest: None };
        assert_eq!(beside(&Err(refusal), measured), "none: nobody knows it");
        let speed = TokensPerSecond::from_tokens_per_second;
        let basis = Basis {
            standing: Standing::Computed,
            formula: "made up".into(),
            inputs: Vec::new(),
            band: String::new().into(),
        };
        let figure = Figure { low: speed(60.0), likely: speed(100.0), high: speed(180.0), basis };
        let told = beside(&Ok(figure), measured);
        assert!(
            told.starts_with("100 tokens/s together (80 % band 60.0 to 180)") && told.ends_with("1.20 times that"),
            "{told}"
        );
    }
}
