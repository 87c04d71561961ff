//! What happened, kept: errors, refusals and good news, the last one in the status bar, all of them in a list.

/// How much a message matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// It worked.
    Info,
    /// It was refused, or partly worked.
    Warning,
    /// It failed.
    Error,
}

impl Severity {
    /// The mark that goes with the colour.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Info => "ℹ",
            Self::Warning => "⚠",
            Self::Error => "❌",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// How much it matters.
    pub severity: Severity,
    /// In words, cause first.
    pub text: String,
}

/// Messages kept; older ones are forgotten beyond this many.
const KEPT: usize = 200;

/// Everything said since the start, newest last.
#[derive(Debug, Default)]
pub struct Messages {
    kept: Vec<Message>,
}

impl Messages {
    /// Says something. A repetition of the last message is not kept twice.
    pub fn say(&mut self, severity: Severity, text: impl Into<String>) {
        let message = Message { severity, text: text.into() };
        if self.kept.last() == Some(&message) {
            return;
        }
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push(message);
    }

    /// The newest message.
    pub fn last(&self) -> Option<&Message> {
        self.kept.last()
    }

    /// All kept messages, newest first.
    pub fn newest_first(&self) -> impl ExactSizeIterator<Item = &Message> {
        self.kept.iter().rev()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_kept_but_not_without_end() {
        let mut messages = Messages::default();
        for number in 0..KEPT + 5 {
            messages.say(Severity::Info, number.to_string());
            messages.say(Severity::Info, number.to_string());
        }
        assert_eq!(messages.newest_first().len(), KEPT);
        assert_eq!(messages.last().map(|message| message.text.as_str()), Some("204"));
    }
}
