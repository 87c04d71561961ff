//! The chat template a model brings along: a Jinja program from a file of unknown origin.
//!
//! It gets the messages and the date and nothing else: no files, a limited number of instructions, a limited length.
//! What users wrote is guarded before it goes in (see [`super::tokenizer::Tokenizer::guard`]), so that the tokenizer
//! can tell it from the template's words. A template that does not know system prompts gets them in front of the first
//! question. What is not bounded is memory for intermediate values, beyond minijinja's own limits.

mod date;
#[cfg(test)]
mod tests;

pub(super) use date::Date;

use std::io::Write;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, Value, context};

use super::{InferError, Message, Role};

/// Instructions a template may run; a conversation of a thousand turns takes some 50,000.
const FUEL: u64 = 1_000_000;
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

/// A compiled template.
pub(super) struct Template {
    environment: Environment<'static>,
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
        let mut environment = Environment::new();
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        // As in the library the templates are written for.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build().map_err(failed)?;
        environment.set_syntax(syntax);
        environment.set_fuel(Some(FUEL));
        environment.add_function("raise_exception", |problem: String| -> Result<String, minijinja::Error> {
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, problem))
        });
        environment.add_function("strftime_now", move |format: String| today.format(&format));
        let source = without_generation_tags(source.unwrap_or(default));
        environment.add_template_owned("chat", source).map_err(failed)?;
        Ok(Self { environment })
    }

    /// The conversation, up to where the model is to answer.
    pub fn render(&self, messages: &[Message], vocabulary: &Vocabulary<'_>) -> Result<Rendered, InferError> {
        // Private-use characters: one of the 6,400 is in no message of sensible length, however hostile.
        let free = ('\u{e000}'..='\u{f8ff}').find(|&mark| !messages.iter().any(|m| m.text.contains(mark)));
        let mark = free.ok_or_else(|| InferError::Template {
            problem: "the messages use every private-use character".to_owned(),
        })?;
        let rendered = self.render_as_is(messages, mark, vocabulary);
        let Some((system, rest)) = messages.split_first().filter(|(first, _)| first.role == Role::System) else {
            return rendered.map(|text| Rendered { text, mark });
        };
        let kept = |text: &String| text.contains((vocabulary.guard)(system.text.trim(), mark, false).as_str());
        if let Ok(text) = &rendered
            && kept(text)
        {
            return Ok(Rendered { text: text.clone(), mark });
        }
        // Gemma's template refuses system prompts, others leave them out without a word.
        let mut folded = rest.to_vec();
        if let Some(question) = folded.iter_mut().find(|message| message.role == Role::User) {
            question.text = format!("{}\n\n{}", system.text, question.text);
        }
        match self.render_as_is(&folded, mark, vocabulary) {
            Ok(text) if kept(&text) => Ok(Rendered { text, mark }),
            _ => rendered.map(|text| Rendered { text, mark }),
        }
    }

    fn render_as_is(
        &self,
        messages: &[Message],
        mark: char,
        vocabulary: &Vocabulary<'_>,
    ) -> Result<String, InferError> {
        let turns: Vec<_> = messages
            .iter()
            .map(|message| {
                let content = (vocabulary.guard)(&message.text, mark, message.role == Role::Assistant);
                context! { role => message.role.as_str(), content => content }
            })
            .collect();
        let template = self.environment.get_template("chat").map_err(failed)?;
        let none = Value::from(());
        // Tools and documents are none, not undefined, where templates are usually rendered.
        let values = context! {
            messages => turns, add_generation_prompt => true, bos_token => vocabulary.begin, eos_token => vocabulary.end,
            tools => none.clone(), documents => none,
        };
        let length: usize = messages.iter().map(|message| message.text.len()).sum();
        // Guarding makes a text at most four times as long: a mark of three bytes behind each letter.
        let limit = length.saturating_mul(4 * MOST_COPIES).saturating_add(OWN_WORDS);
        let mut page = Page { bytes: Vec::new(), limit };
        template.render_captured_to(values, &mut page).map_err(failed)?;
        String::from_utf8(page.bytes).map_err(|error| InferError::Template { problem: error.to_string() })
    }
}

/// A text of limited length.
struct Page {
    bytes: Vec<u8>,
    limit: usize,
}

impl Write for Page {
    fn write(&mut self, more: &[u8]) -> std::io::Result<usize> {
        if self.bytes.len() + more.len() > self.limit {
            return Err(std::io::Error::other(format!("it wrote more than {} bytes", self.limit)));
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// `{% generation %}` marks what a model is trained on; it means nothing here, and only one library knows it.
fn without_generation_tags(source: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(source.len()), source);
    while let Some((before, tag)) = rest.split_once("{%") {
        out.push_str(before);
        out.push_str("{%");
        let end = tag.find("%}").unwrap_or(tag.len());
        let (tag, after) = tag.split_at(end);
        match tag.trim_matches(|c: char| c.is_whitespace() || c == '-') {
            "generation" => out.push_str(&tag.replace("generation", "if true")),
            "endgeneration" => out.push_str(&tag.replace("endgeneration", "endif")),
            _ => out.push_str(tag),
        }
        rest = after;
    }
    out + rest
}

fn failed(error: minijinja::Error) -> InferError {
    let mut problem = error.to_string();
    // What stopped the writing is only in the cause.
    if let Some(source) = std::error::Error::source(&error) {
        problem = format!("{problem}: {source}");
    }
    InferError::Template { problem }
}
