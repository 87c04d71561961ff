//! How well a model foretells a text, by the method of llama.cpp's `llama-perplexity`, so that figures compare.
//!
//! The text is cut into windows of `context` tokens. In each the first token is replaced by the begin token, where the
//! model has one; only the second half is scored, so that every scored token has at least half a window before it. The
//! perplexity is e to the mean of -ln p over the scored tokens (llama.cpp `tools/perplexity/perplexity.cpp`).

use super::{InferError, Model};

/// A perplexity and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Perplexity {
    /// e^(mean of -ln p).
    pub value: f64,
    /// Its standard error: value x sqrt(variance of -ln p / scored tokens).
    pub deviation: f64,
    /// Windows of the text.
    pub windows: usize,
    /// Tokens scored.
    pub scored_tokens: usize,
}

/// -ln p of one token, summed up.
#[derive(Clone, Copy, Default)]
struct Sums {
    count: usize,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, surprise: f64) {
        self.count += 1;
        self.sum += surprise;
        self.squares += surprise * surprise;
    }

    fn perplexity(self, windows: usize) -> Perplexity {
        let count = self.count.max(1) as f64;
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        let value = mean.exp();
        let deviation = value * (variance / (count - 1.0).max(1.0)).sqrt();
        Perplexity { value, deviation, windows, scored_tokens: self.count }
    }
}

/// Scores `text` in windows of `context` tokens. After each window `progress` is told how many of how many are done and
/// the figure so far; it returns false to stop.
///
/// # Errors
/// [`InferError::Option`] for a window below 8 tokens or longer than the model's context, or a text of fewer than two
/// windows; [`InferError::Cancelled`]; [`InferError::Compute`].
pub fn perplexity(
    model: &mut Model,
    text: &str,
    context: usize,
    progress: &mut dyn FnMut(usize, usize, Perplexity) -> bool,
) -> Result<Perplexity, InferError> {
    let refuse = |option, range, found: usize| InferError::Option { option, range, found: found.to_string() };
    if context < 8 {
        return Err(refuse("context", "at least 8 tokens", context));
    }
    if context > model.summary().context_tokens {
        return Err(refuse("context", "no more than the model's own context", context));
    }
    let (begin, tokens) = (model.begin(), model.tokens(text)?);
    let tokens: Vec<u32> = begin.into_iter().chain(tokens).collect();
    if tokens.len() < 2 * context {
        return Err(refuse("tokens of the text", "at least two windows of the context", tokens.len()));
    }
    let (windows, first) = (tokens.len() / context, context / 2);
    let mut sums = Sums::default();
    for (done, window) in tokens.chunks_exact(context).enumerate() {
        let mut window = window.to_vec();
        if let (Some(begin), Some(token)) = (begin, window.first_mut()) {
            *token = begin;
        }
        model.score_from(&window, first, |position, logits| {
            if let Some(&next) = window.get(position + 1) {
                sums.add(surprise(logits, next));
            }
        })?;
        if !progress(done + 1, windows, sums.perplexity(done + 1)) {
            return Err(InferError::Cancelled);
        }
    }
    Ok(sums.perplexity(windows))
}

/// -ln of the probability that `logits` give `token`.
fn surprise(logits: &[f32], token: u32) -> f64 {
    let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = logits.iter().map(|logit| f64::from((logit - most).exp())).sum();
    let chosen = logits.get(token as usize).copied().unwrap_or(f32::NEG_INFINITY);
    total.ln() - f64::from(chosen - most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_as_likely_as_all_others_surprises_by_the_log_of_their_number() {
        for count in [1, 2, 1000] {
            assert!((surprise(&vec![3.5; count], 0) - (count as f64).ln()).abs() < 1e-6);
        }
        assert!((surprise(&[0.0, 2.0_f32.ln()], 1) - 1.5_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn equal_surprises_have_no_spread() {
        let mut sums = Sums::default();
        (0..10).for_each(|_| sums.add(2.0_f64.ln()));
        let perplexity = sums.perplexity(1);
        assert!((perplexity.value - 2.0).abs() < 1e-12 && perplexity.deviation < 1e-6, "{perplexity:?}");
        assert_eq!(Sums::default().perplexity(0).scored_tokens, 0);
    }
}
