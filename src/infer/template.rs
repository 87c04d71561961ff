//! The chat template a model brings along: a Jinja program from a file of unknown origin.
//!
//! It gets the messages and the date and nothing else: no files, a limited number of instructions, a limited length (see
//! `program`), and where the program says how, memory and time of a process of its own (see `apart`). What users wrote is guarded before it goes in (see [`super::tokenizer::Tokenizer::guard`]), so that the tokenizer
//! can tell it from the template's words. A template that does not know system prompts gets them in front of the first
//! question.

mod apart;
mod date;
mod program;
#[cfg(test)]
mod tests;

pub use apart::{render_template, render_templates_with};
pub(super) use date::Date;

use std::path::Path;

use program::{Conversation, Program, Source, Turn};

use super::{InferError, Message, Role};

/// A rendered conversation is no longer than this many times its messages, and
const MOST_COPIES: usize = 4;
/// this many bytes for the template's own words.
const OWN_WORDS: usize = 1 << 20;
/// For models that bring no template but know these control tokens.
const CHAT_ML: &str = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] \
                       + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}\
                       {{ '<|im_start|>assistant\n' }}{% endif %}";
/// For models that know nothing of conversations.
const PLAIN: &str = "{% for message in messages %}{{ message['content'] }}{% if not loop.last %}{{ '\n\n' }}{% endif %}\
                     {% endfor %}";

/// A template, checked.
pub(super) enum Template {
    /// Compiled.
    Here(Box<Program>),
    /// It came with the model: a child of this program compiles it each time, nobody else does.
    Apart(&'static Path, Source),
}

/// A conversation as the model is to read it.
#[derive(Debug)]
pub(super) struct Rendered {
    pub text: String,
    /// What users wrote is guarded by this.
    pub mark: char,
}

/// What a template needs of the vocabulary.
pub(super) struct Vocabulary<'a> {
    /// Text of the begin token.
    pub begin: &'a str,
    /// Text of the end token.
    pub end: &'a str,
    /// Puts a mark into a text, behind every character a control token could begin with; the last argument says
    /// whether the words are the model's own.
    pub guard: &'a dyn Fn(&str, char, bool) -> String,
}

impl Template {
    /// From the model's own source, or a default where it has none.
    pub fn new(source: Option<&str>, knows_chat_ml: bool, today: Date) -> Result<Self, InferError> {
        let default = if knows_chat_ml { CHAT_ML } else { PLAIN };
        let program = apart::renderer().filter(|_| source.is_some());
        let source = Source { text: source.unwrap_or(default).to_owned(), today };
        match program {
            None => Program::new(&source).map(|program| Self::Here(Box::new(program))),
            Some(program) => apart::check(program, &source).map(|()| Self::Apart(program, source)),
        }
    }

    /// The conversation, up to where the model is to answer. `go_on` is asked now and then while a child renders it, and
    /// ends it by false with [`InferError::Cancelled`].
    pub fn render(
        &self,
        messages: &[Message],
        vocabulary: &Vocabulary<'_>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<Rendered, InferError> {
        // Private-use characters: one of the 6,400 is in no message of sensible length, however hostile.
        let free = ('\u{e000}'..='\u{f8ff}').find(|&mark| !messages.iter().any(|m| m.text.contains(mark)));
        let mark = free.ok_or_else(|| InferError::Template {
            problem: "the messages use every private-use character".to_owned(),
        })?;
        let rendered = self.render_as_is(messages, mark, vocabulary, go_on);
        let Some((system, rest)) = messages.split_first().filter(|(first, _)| first.role == Role::System) else {
            return rendered.map(|text| Rendered { text, mark });
        };
        let kept = |text: &String| text.contains((vocabulary.guard)(system.text.trim(), mark, false).as_str());
        if let Ok(text) = &rendered
            && kept(text)
        {
            return Ok(Rendered { text: text.clone(), mark });
        }
        if let Err(InferError::Cancelled) = rendered {
            return Err(InferError::Cancelled);
        }
        // Gemma's template refuses system prompts, others leave them out without a word.
        let mut folded = rest.to_vec();
        if let Some(question) = folded.iter_mut().find(|message| message.role == Role::User) {
            question.text = format!("{}\n\n{}", system.text, question.text);
        }
        match self.render_as_is(&folded, mark, vocabulary, go_on) {
            Ok(text) if kept(&text) => Ok(Rendered { text, mark }),
            Err(InferError::Cancelled) => Err(InferError::Cancelled),
            _ => rendered.map(|text| Rendered { text, mark }),
        }
    }

    fn render_as_is(
        &self,
        messages: &[Message],
        mark: char,
        vocabulary: &Vocabulary<'_>,
        go_on: &dyn Fn() -> bool,
    ) -> Result<String, InferError> {
        let turn = |message: &Message| Turn {
            role: message.role.as_str().to_owned(),
            content: (vocabulary.guard)(&message.text, mark, message.role == Role::Assistant),
        };
        let length: usize = messages.iter().map(|message| message.text.len()).sum();
        let conversation = Conversation {
            turns: messages.iter().map(turn).collect(),
            begin: vocabulary.begin.to_owned(),
            end: vocabulary.end.to_owned(),
            // Guarding makes a text at most four times as long: a mark of three bytes behind each letter.
            limit: length.saturating_mul(4 * MOST_COPIES).saturating_add(OWN_WORDS),
        };
        match self {
            Self::Here(program) => program.run(&conversation),
            Self::Apart(program, source) => apart::render(program, source, &conversation, go_on),
        }
    }
}
