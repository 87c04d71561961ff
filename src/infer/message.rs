//! What is said to a model: who speaks, the words, and how the answer is to be drawn.

use super::Sampling;

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Standing instructions, first in a conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The word chat templates use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// One turn of a conversation. The text is only ever text: a control token typed into it stays ordinary characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// The words.
    pub text: String,
}

impl Message {
    /// Standing instructions.
    pub fn system(text: impl Into<String>) -> Self {
        Self { role: Role::System, text: text.into() }
    }

    /// The person's words.
    pub fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, text: text.into() }
    }

    /// The model's earlier answer.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, text: text.into() }
    }
}

/// A conversation to continue, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The turns so far, oldest first; the model answers the last.
    pub messages: Vec<Message>,
    /// How the next token is drawn.
    pub sampling: Sampling,
    /// The most tokens to generate; generation also ends where the context is full.
    pub max_tokens: usize,
    /// Generation ends before the first of these to appear in the answer.
    pub stop_strings: Vec<String>,
}

impl Request {
    /// A request with the default sampling and at most 512 tokens of answer.
    pub fn new(messages: Vec<Message>) -> Self {
        Self { messages, sampling: Sampling::default(), max_tokens: 512, stop_strings: Vec::new() }
    }
}
