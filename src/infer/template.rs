//! The chat template a model brings along: a Jinja program from a file of unknown origin.
//!
//! It gets the messages and nothing else: no files, no clock, a limited number of instructions. What users wrote is
//! marked with two characters that occur in none of it, so that the tokenizer can tell it from the template's words.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, context};

use super::{InferError, Message};

/// Instructions a template may run; a conversation of a thousand turns takes some 50,000.
const FUEL: u64 = 1_000_000;
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
pub(super) struct Rendered {
    pub text: String,
    /// What users wrote lies between these two.
    pub marks: (char, char),
}

impl Template {
    /// From the model's own source, or a default where it has none.
    pub fn new(source: Option<&str>, knows_chat_ml: bool) -> Result<Self, InferError> {
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
        environment.add_template_owned("chat", source.unwrap_or(default).to_owned()).map_err(failed)?;
        Ok(Self { environment })
    }

    /// The conversation, up to where the model is to answer.
    pub fn render(&self, messages: &[Message], begin: &str, end: &str) -> Result<Rendered, InferError> {
        // Private-use characters: some pair of the 6,400 is in no message, however hostile, of sensible length.
        let mut free = ('\u{e000}'..='\u{f8ff}').filter(|&mark| !messages.iter().any(|m| m.text.contains(mark)));
        let marks = free.next().zip(free.next()).ok_or_else(|| InferError::Template {
            problem: "the messages use every private-use character".to_owned(),
        })?;
        let turns: Vec<_> = messages
            .iter()
            .map(|message| {
                let content = format!("{}{}{}", marks.0, message.text, marks.1);
                context! { role => message.role.as_str(), content => content }
            })
            .collect();
        let template = self.environment.get_template("chat").map_err(failed)?;
        let values = context! {
            messages => turns, add_generation_prompt => true, bos_token => begin, eos_token => end,
        };
        Ok(Rendered { text: template.render(values).map_err(failed)?, marks })
    }
}

fn failed(error: minijinja::Error) -> InferError {
    InferError::Template { problem: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn render(source: &str, text: &str) -> Result<Rendered, InferError> {
        Template::new(Some(source), false)?.render(&[Message::user(text)], "<s>", "</s>")
    }

    #[test]
    fn what_a_user_wrote_is_marked_even_where_it_holds_marks() {
        let rendered = render("{{ messages[0]['content'].strip() }}!", "a\u{e000}b").unwrap();
        let (open, close) = rendered.marks;
        assert_eq!(rendered.text, format!("{open}a\u{e000}b{close}!"));
        assert_ne!(open, '\u{e000}');
    }

    #[test]
    fn a_template_that_loops_reads_files_or_refuses_is_an_error() {
        let loops = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
        for source in [loops, "{% include '/etc/passwd' %}", "{{ raise_exception('no') }}", "{% if %}"] {
            assert!(matches!(render(source, "x"), Err(InferError::Template { .. })), "{source}");
        }
    }
}
