//! How a column's model is to answer: drawing of tokens, length, stop strings; and how it is to be loaded.
//!
//! Pure values with the ranges the engine takes, so that no setting on the screen can be refused later.

use crate::infer::{KvFormat, LoadOptions, Message, ModelSummary, Request, Sampling, ThreadTrial, ThreadsBy};

/// Longest context one can ask for, in tokens; a model's own limit may be lower.
pub const MOST_CONTEXT: u32 = 1 << 20; // above any model one runs on a processor, own choice, 2026-11-20
/// Most tokens of one answer.
pub const MOST_ANSWER: u32 = 32_768; // own choice, 2026-11-20

/// What one can set.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Always the most likely token; temperature, top-k, top-p, min-p and seed then do nothing.
    pub greedy: bool,
    /// 1 draws from the model's own distribution; lower is duller, higher wilder.
    pub temperature: f32,
    /// Keep only so many of the most likely tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the fewest tokens whose probabilities reach this sum; 1 keeps all.
    pub top_p: f32,
    /// Keep tokens at least so probable relative to the most likely one; 0 keeps all.
    pub min_p: f32,
    /// Above 1 makes repeating a token less likely.
    pub repetition: f32,
    /// 0: another one for each answer.
    pub seed: u32,
    /// The answer ends after this many tokens.
    pub max_tokens: u32,
    /// Texts that end the answer, one a line.
    pub stops: String,
    /// Tokens the model keeps in mind; memory is taken for them when it is loaded.
    pub context_tokens: u32,
    /// How keys and values are stored.
    pub cache: KvFormat,
    /// Threads that generate; 0: as many as help, of one fewer than there are cores.
    pub threads: u32,
}

impl Default for Settings {
    fn default() -> Self {
        let sampling = Sampling::default();
        let (request, load) = (Request::new(Vec::new()), LoadOptions::default());
        let whole = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            greedy: false,
            temperature: sampling.temperature,
            top_k: whole(sampling.top_k),
            top_p: sampling.top_p,
            min_p: sampling.min_p,
            repetition: sampling.repetition_penalty,
            seed: 0,
            max_tokens: whole(request.max_tokens),
            stops: String::new(),
            context_tokens: whole(load.context_tokens),
            cache: load.cache,
            threads: 0,
        }
    }
}

impl Settings {
    /// The request for these messages. `fresh_seed` is taken where no seed is set.
    pub fn request(&self, messages: Vec<Message>, fresh_seed: u64) -> Request {
        let temperature = if self.greedy { 0.0 } else { self.temperature };
        let sampling = Sampling {
            temperature,
            top_k: self.top_k as usize,
            top_p: self.top_p,
            min_p: self.min_p,
            repetition_penalty: self.repetition,
            seed: if self.seed == 0 { fresh_seed } else { u64::from(self.seed) },
        };
        // A line may end with a blank that matters, but not with the return of another system.
        let stops = self.stops.split('\n').map(|line| line.trim_end_matches('\r'));
        Request {
            sampling,
            max_tokens: self.max_tokens as usize,
            stop_strings: stops.filter(|stop| !stop.is_empty()).map(str::to_owned).collect(),
            ..Request::new(messages)
        }
    }

    /// Whether these settings would load a model otherwise than it is loaded.
    pub fn differ_from(&self, model: &ModelSummary, cores: usize) -> bool {
        let wanted = self.load_options(cores);
        let threads = match wanted.trial {
            Some(_) => model.threads_by == ThreadsBy::Setting,
            None => wanted.threads != Some(model.threads),
        };
        threads || wanted.context_tokens != model.context_tokens || wanted.cache != model.cache
    }

    /// How to load the model on a machine of so many cores: the window keeps one of them.
    pub fn load_options(&self, cores: usize) -> LoadOptions {
        let (threads, trial) = match self.threads {
            0 => (cores.saturating_sub(1).max(1), Some(ThreadTrial::Generating)),
            set => (set as usize, None),
        };
        LoadOptions {
            context_tokens: self.context_tokens.max(1) as usize,
            threads: Some(threads),
            trial,
            cache: self.cache,
            ..LoadOptions::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_of_the_engine() {
        let request = Settings::default().request(Vec::new(), 0);
        assert_eq!(request, Request::new(Vec::new()));
    }

    #[test]
    fn the_window_keeps_one_core_unless_told_otherwise() {
        for (cores, set, threads) in [(8, 0, 7), (2, 0, 1), (2, 2, 2), (1, 0, 1), (0, 0, 1), (8, 8, 8), (2, 3, 3)] {
            let settings = Settings { threads: set, ..Settings::default() };
            let options = settings.load_options(cores);
            assert_eq!(options.threads, Some(threads), "{cores} cores, {set} set");
            assert_eq!(options.trial.is_some(), set == 0, "what is set is not tried");
        }
    }

    #[test]
    fn each_line_is_a_stop_string_and_blank_lines_are_none() {
        let settings = Settings { stops: "\nEND\r\n\n, \n".to_owned(), ..Settings::default() };
        assert_eq!(settings.request(Vec::new(), 0).stop_strings, ["END", ", "]);
    }

    #[test]
    fn a_set_seed_stays_and_no_seed_takes_a_fresh_one() {
        for (seed, wanted) in [(0, 77), (5, 5)] {
            let settings = Settings { seed, ..Settings::default() };
            assert_eq!(settings.request(Vec::new(), 77).sampling.seed, wanted);
        }
        let greedy = Settings { greedy: true, ..Settings::default() };
        assert_eq!(greedy.request(Vec::new(), 1).sampling.temperature, 0.0);
    }
}
