//! A closed loop: so many sessions, each asking again when its answer is complete.
//!
//! `TPOT = step + phi s I`, where `I = (B - 1) / O x prompt` (each other request's prompt is read once an answer) and `s`
//! is the share of those prompts that fall into my own answer. `TTFT = fixed + prompt x (1 + q (B - 1)) + step`, plus the
//! queue where the cache pool holds fewer than ask: those above it wait for whole answers. Throughput by Little's law.
//! An open service (requests at random) needs a queue formula in place of `q`: see `demand`.

use super::constants::ServedConstants;
use super::step::{self, Step, of_engine};
use super::work::Work;
use crate::sizing::Resource;
use crate::units::{Seconds, TokensPerSecond, Watts};

/// What a load amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loop {
    /// Time from one token of a session to the next.
    pub per_token: Seconds,
    /// From sending the prompt to the first token, mean.
    pub first_token: Seconds,
    /// All sessions together, prompts' time included.
    pub throughput: TokensPerSecond,
    /// Power of all devices. `None`: their limit is not published.
    pub power: Option<Watts>,
    /// Sessions that run at once; fewer than ask where the pool is full.
    pub running: f64,
    /// Share of a step that rests on one or two measured families.
    pub strange_share: f64,
    /// What limits the step.
    pub binding: Resource,
}

/// Which time between tokens is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Between {
    /// The mean, prompts of others included.
    Mean,
    /// The median: most steps see no prompt. ML.ENERGY publishes it.
    Median,
}

/// Little's law may exceed the pure decoding rate by this much before it is cut: prompts and steps overlap.
const OVERLAP: f64 = 1.5;

/// The parts of a load, seconds and tokens per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    pub step: Step,
    pub running: f64,
    pub others_prompts: f64,
    pub per_token: f64,
    pub first_token: f64,
    pub waits: bool,
    pub throughput: f64,
    /// Seconds of a step as throughput sees it.
    pub cycle: f64,
}

pub(super) fn times(c: &ServedConstants, work: &Work, sessions: f64, between: Between) -> Times {
    let sessions = sessions.max(1.0);
    let running = sessions.min(work.pool);
    let step = step::decode(c, work, running);
    let prompt = step::prompt(c, work);
    let answer = work.output_tokens;
    let engine = |common, own| of_engine(common, work.engine, own);
    let others_prompts = (running - 1.0) / answer * prompt;
    let queue = engine(c.queue, [c.queue_vllm, c.queue_sglang, c.queue_tensorrt]);
    let fixed = engine(c.first_token_ms, [c.first_token_vllm, c.first_token_sglang, c.first_token_tensorrt]) * 1e-3
        + c.first_token_expert_layer * 1e-6 * work.expert_layers;
    let started = fixed + prompt * (1.0 + queue * (running - 1.0)) + step.total;
    let per_token = match between {
        Between::Median => step.total + c.interference_median * others_prompts,
        Between::Mean => {
            let felt = engine(c.interference, [c.interference_vllm, c.interference_sglang, c.interference_tensorrt])
                * others_prompts;
            let mut share = 1.0;
            for _ in 0..2 {
                let decoding = answer * (step.total + felt * share);
                share = decoding / (decoding + started);
            }
            step.total + felt * share
        }
    };
    let wait = (sessions - running).max(0.0) / running * answer * per_token;
    let first_token = started + wait;
    let cycle = step.total + c.interference_throughput * others_prompts;
    let decoding = running / cycle;
    let throughput = match between {
        Between::Median => decoding,
        Between::Mean => (sessions * answer / (first_token + answer * per_token)).min(decoding * OVERLAP),
    };
    Times { step, running, others_prompts, per_token, first_token, waits: wait > 0.0, throughput, cycle }
}
