//! What a busy copy of the model makes over a long time under llama.cpp and its kin: each of its sessions has a prompt read
//! and an answer written, over and over, and while one prompt is read no other session gets a token.
//!
//! Sessions are counted by the speed of an answer alone, as published grids of processes and batches measured them. What a
//! token costs follows from this longer view. Served engines read prompts beside answers; their total is
//! [`super::served`]'s own, fitted to measured totals.

use crate::sizing::demand;
use crate::units::{Seconds, TokensPerSecond};

/// Tokens per second of `sessions` that each take `step` for a token of an answer of `answer` tokens, on a copy that reads one
/// prompt of each of them in `prompts`: `sessions x answer / (prompts + answer x step)`. Zero where no token is made.
pub(super) fn total_speed(sessions: u32, answer: u32, step: Seconds, prompts: Seconds) -> TokensPerSecond {
    let answer = answer.max(1);
    let Some(cycle) = demand::service_time(prompts, answer, TokensPerSecond::from_step(step)) else {
        return TokensPerSecond::ZERO;
    };
    TokensPerSecond::from_step(cycle) * (f64::from(sessions) * f64::from(answer))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: f64) -> Seconds {
        Seconds::from_secs(seconds)
    }

    #[test]
    fn without_prompts_all_sessions_make_what_each_of_them_makes() {
        let total = total_speed(8, 256, seconds(0.1), Seconds::ZERO).as_tokens_per_second();
        assert!((total - 80.0).abs() < 1e-9, "{total}");
    }

    #[test]
    fn a_copy_that_reads_prompts_for_as_long_as_it_answers_makes_half_as_many_tokens() {
        let total = total_speed(8, 256, seconds(0.1), seconds(25.6)).as_tokens_per_second();
        assert!((total - 40.0).abs() < 1e-9, "{total}");
    }

    #[test]
    fn no_step_and_no_end_of_a_step_make_no_tokens_instead_of_infinitely_many() {
        for step in [f64::INFINITY, f64::NAN] {
            assert_eq!(total_speed(1, 1, seconds(step), seconds(1.0)), TokensPerSecond::ZERO);
        }
        assert_eq!(total_speed(0, 256, seconds(0.1), seconds(1.0)), TokensPerSecond::ZERO);
    }
}
