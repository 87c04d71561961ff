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

/// A text scored by a model: what each token's model thought of it, so that two models can be compared token by token.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextScore {
    /// -ln p of each scored token, in the order of the text.
    surprises: Vec<f64>,
    /// Of them all.
    sums: Sums,
    /// Windows of the text.
    windows: usize,
}

/// How many times as high one perplexity is as another on the same tokens, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PerplexityRatio {
    /// e^(mean of the differences of -ln p): 1.03 is a loss of 3 %.
    pub value: f64,
    /// Its standard error: value x sqrt(variance of the differences / scored tokens). Far below that of either
    /// perplexity, as the hard places of the text are hard for both (llama.cpp `tools/perplexity/README.md`).
    pub deviation: f64,
}

/// Numbers summed up as they come.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sums {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Sums {
    fn add(&mut self, number: f64) {
        self.count += 1.0;
        self.sum += number;
        self.squares += number * number;
    }

    /// The mean and its standard error.
    fn mean(self) -> (f64, f64) {
        let count = self.count.max(1.0);
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        (mean, (variance / (count - 1.0).max(1.0)).sqrt())
    }
}

impl TextScore {
    fn add(&mut self, surprise: f64) {
        self.surprises.push(surprise);
        self.sums.add(surprise);
    }

    /// The perplexity.
    pub fn perplexity(&self) -> Perplexity {
        let (mean, error) = self.sums.mean();
        let value = mean.exp();
        Perplexity { value, deviation: value * error, windows: self.windows, scored_tokens: self.surprises.len() }
    }

    /// This perplexity over another's. `None`: they are not of the same tokens.
    pub fn over(&self, before: &Self) -> Option<PerplexityRatio> {
        if self.surprises.is_empty() || self.surprises.len() != before.surprises.len() {
            return None;
        }
        let mut differences = Sums::default();
        self.surprises.iter().zip(&before.surprises).for_each(|(after, before)| differences.add(after - before));
        let (mean, error) = differences.mean();
        let value = mean.exp();
        Some(PerplexityRatio { value, deviation: value * error })
    }
}

/// Scores `text` in windows of `context` tokens. `go_on` is asked often, also in the middle of a window, and returns false
/// to stop; after each window `progress` is told how many of how many are done and the figure so far.
///
/// # Errors
/// [`InferError::Option`] for a window below 8 tokens or longer than the model's context, or a text of fewer than two
/// windows; [`InferError::Cancelled`]; [`InferError::Compute`], also for a model whose arithmetic goes wrong.
pub fn perplexity(
    model: &mut Model,
    text: &str,
    context: usize,
    go_on: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize, usize, Perplexity),
) -> Result<Perplexity, InferError> {
    score_text(model, text, context, go_on, progress).map(|score| score.perplexity())
}

/// As [`perplexity`], with the score of each token.
///
/// # Errors
/// As [`perplexity`].
pub fn score_text(
    model: &mut Model,
    text: &str,
    context: usize,
    go_on: &dyn Fn() -> bool,
    progress: &mut dyn FnMut(usize, usize, Perplexity),
) -> Result<TextScore, InferError> {
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
    let mut score = TextScore::default();
    for (done, window) in tokens.chunks_exact(context).enumerate() {
        let mut window = window.to_vec();
        if let (Some(begin), Some(token)) = (begin, window.first_mut()) {
            *token = begin;
        }
        let mut finite = true;
        model.score_from(&window, first, go_on, |position, logits| {
            if let Some(&next) = window.get(position + 1) {
                let surprise = surprise(logits, next);
                finite &= surprise.is_finite();
                score.add(surprise);
            }
        })?;
        if !finite {
            return Err(InferError::not_finite());
        }
        score.windows = done + 1;
        progress(done + 1, windows, score.perplexity());
    }
    Ok(score)
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

    fn score(surprises: &[f64]) -> TextScore {
        let mut score = TextScore { windows: 1, ..TextScore::default() };
        surprises.iter().for_each(|&surprise| score.add(surprise));
        score
    }

    #[test]
    fn equal_surprises_have_no_spread() {
        let perplexity = score(&[2.0_f64.ln(); 10]).perplexity();
        assert!((perplexity.value - 2.0).abs() < 1e-12 && perplexity.deviation < 1e-6, "{perplexity:?}");
        assert_eq!(TextScore::default().perplexity().scored_tokens, 0);
    }

    #[test]
    fn a_ratio_is_of_token_against_token() {
        // Every token loses the same: the ratio is sure, however much the tokens differ.
        let (before, after) = (score(&[0.1, 3.0, 9.0]), score(&[0.2, 3.1, 9.1]));
        let ratio = after.over(&before).unwrap();
        assert!((ratio.value - 0.1_f64.exp()).abs() < 1e-12 && ratio.deviation < 1e-6, "{ratio:?}");
        let perplexities = after.perplexity().value / before.perplexity().value;
        assert!((ratio.value - perplexities).abs() < 1e-12);
        // By hand: differences 0 and 0.2, mean 0.1, variance 0.01, over n - 1 = 1.
        let ratio = score(&[1.0, 1.2]).over(&score(&[1.0, 1.0])).unwrap();
        assert!((ratio.deviation - 0.1_f64.exp() * 0.1).abs() < 1e-9, "{ratio:?}");
        assert_eq!(before.over(&score(&[1.0])), None);
        assert_eq!(score(&[]).over(&score(&[])), None);
    }
}
