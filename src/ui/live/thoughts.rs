//! What a model thinks before it answers, told apart from the answer while both stream in: models write it between
//! `<think>` and `</think>` (the templates of Qwen3, SmolLM3 and DeepSeek-R1, 2026; gpt-oss's channels come out so too).
//!
//! Only thoughts at an answer's beginning are taken for such: an answer may speak of the marks themselves. A template
//! may have written the first mark already; then the second one says so.

use super::blocks::Blocks;
use crate::infer::THOUGHTS;

const OPEN: &str = THOUGHTS[0];
const CLOSE: &str = THOUGHTS[1];

/// An answer in its two parts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Thoughts {
    /// What it thinks.
    pub thoughts: Blocks,
    /// What it says.
    pub answer: Blocks,
    /// The end of the text so far, where it may be the beginning of a mark.
    held: String,
    thinking: bool,
}

impl Thoughts {
    /// Whether it thinks just now.
    pub const fn is_thinking(&self) -> bool {
        self.thinking
    }

    /// Takes more text.
    pub fn push(&mut self, text: &str) {
        self.held.push_str(text);
        loop {
            let opens = !self.thinking && self.answer.is_blank() && self.held.trim_start().starts_with(OPEN);
            if opens {
                let from = self.held.find(OPEN).map_or(0, |at| at + OPEN.len());
                self.held.drain(..from);
                // Blanks before the mark.
                self.answer = Blocks::default();
                self.thinking = true;
            }
            // Without an opening mark only the first closing one counts.
            let closes = self.thinking || self.thoughts.is_blank();
            let Some(at) = self.held.find(CLOSE).filter(|_| closes) else { break };
            let rest = self.held.split_off(at + CLOSE.len());
            self.held.truncate(at);
            if !self.thinking {
                self.thoughts = std::mem::take(&mut self.answer);
            }
            let said = std::mem::replace(&mut self.held, rest);
            self.thoughts.push(&said);
            self.thinking = false;
        }
        let keep = self.may_become_a_mark();
        let rest = self.held.split_off(self.held.len() - keep);
        let told = std::mem::replace(&mut self.held, rest);
        self.tell(&told);
    }

    /// Nothing more comes: what was held back was no mark.
    pub fn finish(&mut self) {
        let told = std::mem::take(&mut self.held);
        self.tell(&told);
    }

    fn tell(&mut self, text: &str) {
        match self.thinking {
            true => self.thoughts.push(text),
            // Models leave lines free between thoughts and answer.
            false if self.answer.is_empty() && !self.thoughts.is_empty() => self.answer.push(text.trim_start()),
            false => self.answer.push(text),
        }
    }

    /// Bytes at the end that a mark may begin with; blanks before an opening one with it.
    fn may_become_a_mark(&self) -> usize {
        let part = |mark: &str| (1..mark.len()).rev().find(|&length| self.held.ends_with(&mark[..length])).unwrap_or(0);
        let opens = if self.thinking || !self.answer.is_blank() { 0 } else { part(OPEN) };
        part(CLOSE).max(opens)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, thoughts: &str, answer: &str) {
        let told = |pieces: &[&str]| {
            let mut parts = Thoughts::default();
            pieces.iter().for_each(|piece| parts.push(piece));
            parts.finish();
            (parts.thoughts.as_str().to_owned(), parts.answer.as_str().to_owned())
        };
        let wanted = (thoughts.to_owned(), answer.to_owned());
        assert_eq!(told(&[text]), wanted, "{text:?} in one");
        for (at, _) in text.char_indices() {
            assert_eq!(told(&[&text[..at], &text[at..]]), wanted, "{text:?} cut at {at}");
        }
        let letters: Vec<String> = text.chars().map(String::from).collect();
        let letters: Vec<&str> = letters.iter().map(String::as_str).collect();
        assert_eq!(told(&letters), wanted, "{text:?} letter by letter");
    }

    #[test]
    fn thoughts_and_answer_come_apart_wherever_the_stream_is_cut() {
        check("<think>\nhm, é</think>\n\nYes.", "\nhm, é", "Yes.");
        check("\n<think>hm</think>Yes", "hm", "Yes");
        check("<think></think>Yes", "", "Yes");
        check("No marks at all", "", "No marks at all");
        check("<think>never ends </thi", "never ends </thi", "");
        check("hm</think>Yes", "hm", "Yes");
    }

    #[test]
    fn an_answer_may_speak_of_the_marks() {
        check("The mark <think> opens", "", "The mark <think> opens");
        check("<think>hm</think>Then <think> and </think>.", "hm", "Then <think> and </think>.");
        check("a < b and <thin ice", "", "a < b and <thin ice");
    }

    #[test]
    fn it_thinks_between_the_marks() {
        let mut parts = Thoughts::default();
        parts.push("<think>a");
        assert!(parts.is_thinking());
        parts.push("</think>b");
        assert!(!parts.is_thinking());
    }
}
