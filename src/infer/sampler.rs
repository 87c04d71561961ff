//! Drawing the next token from the model's logits.

use std::collections::VecDeque;

use super::InferError;

/// How the next token is drawn. In this order, as in llama.cpp: repetition penalty,
/// top-k, top-p, min-p, temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token always; 1 draws from the model's own distribution. 0 or above, finite.
    pub temperature: f32,
    /// Keep only this many of the most likely tokens; 0 keeps all.
    pub top_k: usize,
    /// Keep the fewest tokens whose probabilities reach this sum; 1 keeps all. In (0, 1].
    pub top_p: f32,
    /// Keep tokens at least this probable relative to the most likely one; 0 keeps all. In [0, 1].
    pub min_p: f32,
    /// Divides the logit of tokens seen among the last 64 (multiplies where negative); 1 changes nothing. Above 0.
    pub repetition_penalty: f32,
    /// Same seed, same text, on one machine and kernel tier.
    pub seed: u64,
}

impl Default for Sampling {
    /// Temperature 0.8, top-k 40, top-p 0.95, min-p 0.05: the defaults of llama.cpp's `common_params_sampling`.
    fn default() -> Self {
        Self { temperature: 0.8, top_k: 40, top_p: 0.95, min_p: 0.05, repetition_penalty: 1.0, seed: 0 }
    }
}

impl Sampling {
    /// The most likely token always.
    pub fn greedy() -> Self {
        Self { temperature: 0.0, ..Self::default() }
    }
}

/// How many of the latest tokens the repetition penalty looks at, as in llama.cpp.
const PENALTY_WINDOW: usize = 64;

/// Draws tokens with one seed.
pub(super) struct Sampler {
    sampling: Sampling,
    state: u64,
    recent: VecDeque<u32>,
}

impl Sampler {
    /// Checks the options.
    pub fn new(sampling: Sampling) -> Result<Self, InferError> {
        let check = |fine: bool, option, range, found: f32| {
            let found = found.to_string();
            if fine { Ok(()) } else { Err(InferError::Option { option, range, found }) }
        };
        let Sampling { temperature, top_p, min_p, repetition_penalty, .. } = sampling;
        check(temperature >= 0.0 && temperature.is_finite(), "temperature", "0 or above", temperature)?;
        check(top_p > 0.0 && top_p <= 1.0, "top-p", "above 0 and at most 1", top_p)?;
        check((0.0..=1.0).contains(&min_p), "min-p", "between 0 and 1", min_p)?;
        let penalty = repetition_penalty > 0.0 && repetition_penalty.is_finite();
        check(penalty, "repetition penalty", "above 0", repetition_penalty)?;
        Ok(Self { sampling, state: sampling.seed, recent: VecDeque::with_capacity(PENALTY_WINDOW) })
    }

    /// Remembers a token for the repetition penalty.
    pub fn remember(&mut self, token: u32) {
        if self.recent.len() == PENALTY_WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(token);
    }

    /// The next token.
    pub fn draw(&mut self, logits: &[f32]) -> u32 {
        if self.sampling.temperature == 0.0 {
            // Of equals the first, so that the result does not depend on the order of comparison.
            let best = |best: (u32, f32), next: (u32, f32)| if next.1 > best.1 { next } else { best };
            return self.penalised(logits).fold((0, f32::NEG_INFINITY), best).0;
        }
        let candidates = self.likeliest(logits);
        self.pick(candidates)
    }

    /// Tokens with their logits, those of recent tokens less by the penalty.
    fn penalised(&self, logits: &[f32]) -> impl Iterator<Item = (u32, f32)> {
        // In the order the tokens come: looking through the window for each of 50,000 costs more than a small model does.
        let penalty = self.sampling.repetition_penalty;
        let mut recent: Vec<u32> = if penalty == 1.0 { Vec::new() } else { self.recent.iter().copied().collect() };
        recent.sort_unstable();
        recent.dedup();
        let mut recent = recent.into_iter().peekable();
        (0_u32..).zip(logits).map(move |(token, &logit)| match recent.next_if_eq(&token) {
            None => (token, logit),
            Some(_) => (token, if logit > 0.0 { logit / penalty } else { logit * penalty }),
        })
    }

    /// What top-k keeps, the likeliest first.
    fn likeliest(&self, logits: &[f32]) -> Vec<(u32, f32)> {
        let likelier = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        let keep = if self.sampling.top_k == 0 { usize::MAX } else { self.sampling.top_k };
        // Few tokens beat the least of those kept so far, so that one pass takes little more than reading the logits.
        let room = keep.saturating_mul(2);
        let mut kept: Vec<(u32, f32)> = Vec::new();
        let mut least = f32::NEG_INFINITY;
        for (token, logit) in self.penalised(logits) {
            // Of equals the first is kept. What is not finite is no candidate.
            if logit > least && logit.is_finite() {
                kept.push((token, logit));
                if kept.len() >= room {
                    kept.select_nth_unstable_by(keep - 1, likelier);
                    kept.truncate(keep);
                    least = kept.last().map_or(least, |last| last.1);
                }
            }
        }
        kept.sort_unstable_by(likelier);
        kept.truncate(keep);
        kept
    }

    /// Draws among candidates, the likeliest first.
    fn pick(&mut self, mut candidates: Vec<(u32, f32)>) -> u32 {
        let Some(&(first, highest)) = candidates.first() else { return 0 };
        let weights = |candidates: &[(u32, f32)], temperature: f32| -> Vec<f32> {
            candidates.iter().map(|(_, logit)| ((logit - highest) / temperature).exp()).collect()
        };
        let plain = weights(&candidates, 1.0);
        let total: f32 = plain.iter().sum();
        let mut sum = 0.0;
        let nucleus = plain.iter().position(|weight| {
            sum += weight / total;
            sum >= self.sampling.top_p
        });
        // The weight of the likeliest is 1, so min-p compares with the weights themselves.
        let likely = plain.iter().take_while(|&&weight| weight >= self.sampling.min_p).count().max(1);
        candidates.truncate(nucleus.map_or(likely, |last| likely.min(last + 1)));
        let weights = weights(&candidates, self.sampling.temperature);
        let mut point = self.random() * weights.iter().sum::<f32>();
        for (&(token, _), weight) in candidates.iter().zip(weights) {
            point -= weight;
            if point < 0.0 {
                return token;
            }
        }
        first
    }

    /// A number in [0, 1): SplitMix64 (Steele, Lea and Flood 2014), of which the upper 24 bits.
    fn random(&mut self) -> f32 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ z >> 31) >> 40) as f32 / (1_u64 << 24) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(sampling: Sampling, logits: &[f32], times: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(sampling).unwrap();
        (0..times).map(|_| sampler.draw(logits)).collect()
    }

    #[test]
    fn greedy_takes_the_first_of_the_most_likely() {
        assert_eq!(draws(Sampling::greedy(), &[0.0, 2.0, 2.0, f32::NAN], 3), [1, 1, 1]);
    }

    #[test]
    fn a_seed_fixes_the_text_and_another_changes_it() {
        let logits: Vec<f32> = (0..50).map(|i| (i % 7) as f32 * 0.1).collect();
        let with = |seed| draws(Sampling { seed, temperature: 1.0, ..Sampling::default() }, &logits, 40);
        assert_eq!(with(1), with(1));
        assert_ne!(with(1), with(2));
    }

    #[test]
    fn each_filter_leaves_out_what_it_says() {
        let logits = [0.5_f32.ln(), 0.3_f32.ln(), 0.15_f32.ln(), 0.05_f32.ln()];
        let open = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, repetition_penalty: 1.0, seed: 9 };
        let seen = |sampling| draws(sampling, &logits, 500).into_iter().collect::<std::collections::BTreeSet<_>>();
        assert_eq!(seen(open).len(), 4);
        assert_eq!(seen(Sampling { top_k: 2, ..open }).len(), 2);
        assert_eq!(seen(Sampling { top_p: 0.7, ..open }).len(), 2);
        assert_eq!(seen(Sampling { min_p: 0.2, ..open }).len(), 3);
    }

    #[test]
    fn top_k_keeps_what_sorting_all_tokens_would_whatever_their_order() {
        // Many equals, so that which of them is kept counts.
        let logits: Vec<f32> = (0..5000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 22) as f32 / 8.0).collect();
        let rising: Vec<f32> = (0..5000_u16).map(f32::from).collect();
        for (logits, top_k) in
            [&logits, &rising].into_iter().flat_map(|logits| [1, 2, 40, 4999, 6000, 0].map(|k| (logits, k)))
        {
            let mut all: Vec<(u32, f32)> = (0..).zip(logits.iter().copied()).collect();
            all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            all.truncate(if top_k == 0 { usize::MAX } else { top_k });
            let sampler = Sampler::new(Sampling { top_k, ..Sampling::default() }).unwrap();
            assert!(sampler.likeliest(logits) == all, "top-k {top_k}");
        }
    }

    #[test]
    fn the_penalty_meets_each_recent_token_once_and_no_other() {
        let sampling = Sampling { repetition_penalty: 2.0, ..Sampling::default() };
        let mut sampler = Sampler::new(sampling).unwrap();
        [3, 1, 3, 900].into_iter().for_each(|token| sampler.remember(token));
        let penalised: Vec<f32> = sampler.penalised(&[1.0, 1.0, 1.0, -1.0, 1.0]).map(|(_, logit)| logit).collect();
        assert_eq!(penalised, [1.0, 0.5, 1.0, -2.0, 1.0]);
    }

    #[test]
    fn drawing_follows_the_probabilities() {
        let logits = [0.75_f32.ln(), 0.25_f32.ln()];
        let open = Sampling { temperature: 1.0, top_k: 0, top_p: 1.0, min_p: 0.0, repetition_penalty: 1.0, seed: 3 };
        let firsts = draws(open, &logits, 4000).iter().filter(|&&token| token == 0).count();
        // 3,000 expected; the standard deviation is 27.
        assert!((2890..3110).contains(&firsts), "{firsts}");
    }

    #[test]
    fn a_repeated_token_becomes_less_likely() {
        let mut sampler = Sampler::new(Sampling { repetition_penalty: 1.5, ..Sampling::greedy() }).unwrap();
        assert_eq!(sampler.draw(&[2.0, 1.9]), 0);
        sampler.remember(0);
        assert_eq!(sampler.draw(&[2.0, 1.9]), 1);
    }

    #[test]
    fn options_out_of_range_are_named() {
        let error = Sampler::new(Sampling { top_p: 0.0, ..Sampling::default() }).err().unwrap();
        assert_eq!(error.to_string(), "top-p must be above 0 and at most 1, not 0");
    }
}
