//! Channels of the harmony format, in which gpt-oss answers: what it thinks goes out between `<think>` and `</think>`, as
//! other models write it, what it says goes out plain, and the words that only steer are left out.
//!
//! A message is `<|start|>assistant<|channel|>analysis<|message|>...<|end|>`; the prompt ends behind `assistant`. Channels
//! are `analysis` (thoughts), `commentary` (what it does, in words for the user) and `final` (OpenAI, "harmony response
//! format", 2025-08). Tool calls are not run here; they show as what they are, text.

/// A token that steers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// A message or a channel's name begins: `<|start|>`, `<|channel|>`, `<|constrain|>`.
    Head,
    /// The name is over, its words follow: `<|message|>`.
    Body,
    /// The message is over: `<|end|>`.
    End,
}

/// What models write before their thoughts and behind them (the templates of Qwen3, SmolLM3 and DeepSeek-R1, 2026). An
/// earlier answer may hold it, and templates look for it there.
pub const THOUGHTS: [&str; 2] = ["<think>", "</think>"];
/// The channel of thoughts.
const ANALYSIS: &[u8] = b"analysis";
/// No channel's name is longer.
const LONGEST_NAME: usize = 256;

/// Where in the format an answer is.
#[derive(Debug, Default)]
pub(super) struct Channels {
    /// The name so far, while one is being written.
    name: Option<Vec<u8>>,
    thinking: bool,
}

impl Channels {
    /// Takes a token's bytes and what it is, and gives the bytes that go out.
    pub fn take(&mut self, mark: Option<Mark>, piece: &[u8]) -> Vec<u8> {
        match mark {
            None => match &mut self.name {
                None => piece.to_vec(),
                Some(name) => {
                    name.extend(piece.iter().take(LONGEST_NAME.saturating_sub(name.len())));
                    Vec::new()
                }
            },
            Some(Mark::Head) => {
                self.name = Some(Vec::new());
                self.leave()
            }
            Some(Mark::Body) => {
                let name = self.name.take().unwrap_or_default();
                self.thinking = name.trim_ascii_start().starts_with(ANALYSIS);
                if self.thinking { THOUGHTS[0].into() } else { Vec::new() }
            }
            Some(Mark::End) => {
                self.name = None;
                self.leave()
            }
        }
    }

    fn leave(&mut self) -> Vec<u8> {
        if std::mem::take(&mut self.thinking) { THOUGHTS[1].into() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks as tokens of their own, all else a byte at a time.
    fn check(answer: &str, shown: &str) {
        let marks = [
            ("<|start|>", Mark::Head),
            ("<|channel|>", Mark::Head),
            ("<|constrain|>", Mark::Head),
            ("<|message|>", Mark::Body),
            ("<|end|>", Mark::End),
        ];
        let (mut channels, mut out, mut rest) = (Channels::default(), Vec::new(), answer);
        while !rest.is_empty() {
            let found = marks.iter().find(|(text, _)| rest.starts_with(text));
            let length = found.map_or(1, |(text, _)| text.len());
            let piece = if found.is_some() { "" } else { &rest[..length] };
            out.extend(channels.take(found.map(|(_, mark)| *mark), piece.as_bytes()));
            rest = &rest[length..];
        }
        assert_eq!(String::from_utf8(out).expect("text"), shown, "{answer}");
    }

    #[test]
    fn thoughts_go_out_between_marks_and_the_steering_words_do_not() {
        check(
            "<|channel|>analysis<|message|>It asks.<|end|><|start|>assistant<|channel|>final<|message|>Hello",
            "<think>It asks.</think>Hello",
        );
        check("<|channel|>final<|message|>Hello", "Hello");
        check("<|channel|>commentary to=functions.f <|constrain|>json<|message|>{}", "{}");
        check("Hello", "Hello");
    }

    #[test]
    fn an_answer_out_of_order_loses_no_words() {
        check("<|channel|>analysis<|message|>one<|channel|>final<|message|>two", "<think>one</think>two");
        check("<|message|>one<|end|>two", "onetwo");
        check("<|channel|>analysis<|message|>cut sho", "<think>cut sho");
        check("<|end|><|end|>", "");
    }
}
