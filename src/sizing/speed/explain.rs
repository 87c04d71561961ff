//! The words beside a speed: formula, inputs and constants, so that a reader can follow and recompute it.

use smol_str::SmolStr;

use super::decode::DecodeTime;
use super::platform::{self, Machine};
use super::prefill::PrefillTime;
use super::work::Work;
use super::{FittedSpeed, Run};
use crate::catalog::Standing;
use crate::sizing::calibration::Shift;
use crate::sizing::{Basis, BasisInput, Figure, OWN};
use crate::units::{Seconds, Significant, TokensPerSecond, thousands};

/// Basis of a decode speed.
pub fn decode(
    run: &Run<'_>,
    fitted: &FittedSpeed,
    machine: &Machine,
    work: &Work,
    time: &DecodeTime,
    band: &str,
    shift: &Shift,
) -> Basis {
    let fitted_by = fitted.source();
    let part = |name: &str, time: Seconds| BasisInput::new(name, millis(time), Standing::Computed, &fitted_by);
    let mut inputs = device_inputs(run, machine);
    inputs.push(BasisInput::new("weights read for a token", work.weights, Standing::Computed, "the memory ledger"));
    inputs.push(BasisInput::new(
        "parameters multiplied",
        thousands(work.active),
        Standing::Computed,
        "the memory ledger",
    ));
    inputs.push(part("reading weights", time.weights));
    inputs.push(part("unpacking and multiplying", time.unpacking));
    inputs.push(part("both, overlapping", time.both));
    inputs.push(part("reading the cache", time.cache));
    inputs.push(part("fixed time of token and layers", time.fixed));
    if time.links > Seconds::ZERO {
        inputs.push(part("exchange between devices", time.links));
    }
    if work.cache_unknown {
        inputs.push(BasisInput::new(
            "cache",
            "left out",
            Standing::Assumed,
            "what the model's layers keep is not published",
        ));
    }
    inputs.extend(shift_input(shift));
    Basis {
        standing: standing(machine, work.cache_unknown),
        formula: format!(
            "tokens/s = 1 / (reading weights and unpacking them, overlapping, + cache + fixed + exchange), on {}",
            run.conditions.stack.label()
        )
        .into(),
        inputs,
        band: band.into(),
    }
}

/// Basis of a prefill speed.
pub fn prefill(
    run: &Run<'_>,
    fitted: &FittedSpeed,
    machine: &Machine,
    time: &PrefillTime,
    prompt_tokens: u32,
    band: &str,
    shift: &Shift,
) -> Basis {
    let fitted_by = fitted.source();
    let part = |name: &str, time: Seconds| BasisInput::new(name, micros(time), Standing::Computed, &fitted_by);
    let mut inputs = device_inputs(run, machine);
    if let Machine::Accelerator(it) = machine {
        inputs.push(BasisInput::new(
            "matrix rate",
            format!("{} TFLOPS", Significant(it.matrix.as_tera())),
            run.device.provenance.standing_of("rates.fp16_accumulate_fp16_tflops"),
            run.device.provenance.source_of("rates.fp16_accumulate_fp16_tflops"),
        ));
        inputs.push(BasisInput::new(
            "power limit",
            it.power,
            run.device.provenance.standing_of("power_limit_w"),
            run.device.provenance.source_of("power_limit_w"),
        ));
    }
    inputs.push(BasisInput::new("prompt", format!("{prompt_tokens} tokens"), Standing::Assumed, "your choice"));
    inputs.push(part("matrix products, for each token", time.compute));
    inputs.push(part("reading weights, for each token", time.weights));
    if time.launches > Seconds::ZERO {
        inputs.push(part("launches, for each token", time.launches));
    }
    inputs.push(part("attention, for each token", time.attention));
    inputs.push(part("fixed time, for each token", time.fixed));
    if time.together > 1.0 {
        inputs.push(BasisInput::new(
            "devices at work at once",
            Significant(time.together),
            Standing::Computed,
            &fitted_by,
        ));
    }
    inputs.extend(shift_input(shift));
    Basis {
        standing: standing(machine, false),
        formula: SmolStr::new_static(
            "tokens/s = 1 / (matrix products, weights and launches, overlapping, + attention + fixed); the achieved rate is \
                  the smaller of a share of the peak and of sqrt(peak x power limit)",
        ),
        inputs,
        band: band.into(),
    }
}

/// Time to first token from both speeds: each end of the band from the ends of theirs.
pub fn first_token(
    prompt_tokens: u32,
    prompt: &Figure<TokensPerSecond>,
    token: &Figure<TokensPerSecond>,
) -> Figure<Seconds> {
    let at = |prompt_speed, token_speed| super::first_token(prompt_tokens, prompt_speed, token_speed);
    let input = |name: &str, figure: &Figure<TokensPerSecond>| {
        BasisInput::new(name, figure.likely, figure.basis.standing, figure.basis.formula.clone())
    };
    Figure {
        low: at(prompt.high, token.high),
        likely: at(prompt.likely, token.likely),
        high: at(prompt.low, token.low),
        basis: Basis {
            standing: prompt.basis.standing,
            formula: SmolStr::new_static("prompt tokens / prefill speed + one token"),
            inputs: vec![
                BasisInput::new("prompt", format!("{prompt_tokens} tokens"), Standing::Assumed, "your choice"),
                input("prefill speed", prompt),
                input("decode speed", token),
            ],
            band: format!("from the bands of both; prefill: {}", prompt.basis.band).into(),
        },
    }
}

fn device_inputs(run: &Run<'_>, machine: &Machine) -> Vec<BasisInput> {
    let provenance = &run.device.provenance;
    let field = |name: &str, value: String, path: &str| {
        BasisInput::new(name, value, provenance.standing_of(path), provenance.cited(path))
    };
    let bandwidth = format!("{} GB/s", Significant(machine.bandwidth().as_giga()));
    let mut inputs = match machine.read_bandwidth() {
        None => vec![field("memory bandwidth", bandwidth, "memory_bandwidth_gb_s")],
        Some(read) => {
            let measured = format!("{} GB/s", Significant(read.as_giga()));
            vec![
                field("memory read at, measured", measured, "memory_bandwidth_gb_s"),
                BasisInput::new("peak memory bandwidth", bandwidth, Standing::Computed, platform::read_words(read)),
            ]
        }
    };
    match machine {
        Machine::Accelerator(it) => {
            let rate = format!("{} TFLOPS", Significant(it.vector.as_tera()));
            inputs.push(field("vector rate at unpacking", rate, "rates.fp32_tflops"));
        }
        Machine::Processor(it) => {
            let rate = format!("{} (cores x GHz x vector width, AVX2 = 1)", Significant(it.core_rate));
            inputs.push(field("core rate", rate, "facts"));
        }
    }
    inputs
}

fn shift_input(shift: &Shift) -> Option<BasisInput> {
    let words = shift.words()?;
    let factor = format!("x {:.3}", shift.factor());
    Some(BasisInput::new(OWN, factor, Standing::Measured, words))
}

/// The words of a band that own measurements narrowed.
pub fn own_band((low, high): (f64, f64), shift: &Shift, class: &str) -> String {
    let percent = |factor: f64| (factor - 1.0) * 100.0;
    let (rows, plural) = (shift.rows(), if shift.rows() == 1 { "" } else { "s" });
    format!(
        "{:+.0} to {:+.0} %: what {rows} measurement{plural} of this device leave{} in doubt; without, {class}",
        percent(low),
        percent(high),
        if rows == 1 { "s" } else { "" },
    )
}

fn standing(machine: &Machine, cache_unknown: bool) -> Standing {
    if machine.guessed() || cache_unknown { Standing::Assumed } else { Standing::Computed }
}

/// A time in milliseconds, as a basis shows it.
pub fn millis(time: Seconds) -> String {
    format!("{} ms", Significant(time.as_millis()))
}

/// A time in microseconds, as a basis shows it.
pub fn micros(time: Seconds) -> String {
    format!("{} us", Significant(time.as_micros()))
}
