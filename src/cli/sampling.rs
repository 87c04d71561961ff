//! Options of `generate` that say how the next token is drawn, and where to stop. What is out of range the engine refuses.

use crate::infer::{Request, Sampling};

/// How tokens are drawn, beside temperature and seed.
#[derive(clap::Args)]
pub struct Drawing {
    /// Draw from this many of the most likely tokens; 0 from all.
    #[arg(long, value_name = "K", default_value_t = Sampling::default().top_k)]
    pub top_k: usize,
    /// Draw from the fewest tokens whose probabilities reach this sum, above 0; 1 from all.
    #[arg(long, value_name = "P", default_value_t = Sampling::default().top_p, allow_negative_numbers = true)]
    pub top_p: f32,
    /// Draw from tokens at least this probable beside the most likely one, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = Sampling::default().min_p, allow_negative_numbers = true)]
    pub min_p: f32,
    /// Makes tokens seen among the last 64 less likely; 1 changes nothing.
    #[arg(
        long,
        value_name = "F",
        default_value_t = Sampling::default().repetition_penalty,
        allow_negative_numbers = true
    )]
    pub repetition_penalty: f32,
    /// Stop where this text appears, which is left out; may be given several times.
    #[arg(long = "stop", value_name = "TEXT")]
    pub stop_strings: Vec<String>,
}

impl Default for Drawing {
    fn default() -> Self {
        let Sampling { top_k, top_p, min_p, repetition_penalty, .. } = Sampling::default();
        Self { top_k, top_p, min_p, repetition_penalty, stop_strings: Vec::new() }
    }
}

impl Drawing {
    /// Puts the options into a request.
    pub fn apply(&self, request: &mut Request) {
        let sampling = request.sampling;
        request.sampling = Sampling {
            top_k: self.top_k,
            top_p: self.top_p,
            min_p: self.min_p,
            repetition_penalty: self.repetition_penalty,
            ..sampling
        };
        request.stop_strings.clone_from(&self.stop_strings);
    }
}
