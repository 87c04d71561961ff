//! A template compiled and run: it gets a conversation and the date and nothing else, no files, a limited number of
//! instructions and a limited length.

use std::io::Write;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, Value, context};
use serde::{Deserialize, Serialize};

use super::super::InferError;
use super::Date;

/// Instructions a template may run; a conversation of a thousand turns takes some 50,000.
const FUEL: u64 = 1_000_000;

/// One turn of a conversation, its words guarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::infer) struct Turn {
    /// The word for who speaks.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// What is to be rendered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::infer) struct Conversation {
    /// Oldest first.
    pub turns: Vec<Turn>,
    /// Text of the begin token.
    pub begin: String,
    /// Text of the end token.
    pub end: String,
    /// The most bytes the template may write.
    pub limit: usize,
}

/// A template's source, ready to be compiled here or elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::infer) struct Source {
    /// In Jinja.
    pub text: String,
    /// The day it may tell.
    pub today: Date,
}

/// A compiled template.
pub(in crate::infer) struct Program {
    environment: Environment<'static>,
}

impl Program {
    /// Compiles a template.
    pub fn new(source: &Source) -> Result<Self, InferError> {
        let today = source.today;
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
        environment.add_template_owned("chat", without_generation_tags(&source.text)).map_err(failed)?;
        Ok(Self { environment })
    }

    /// The conversation in the template's words, up to where the model is to answer.
    pub fn run(&self, conversation: &Conversation) -> Result<String, InferError> {
        let turn = |turn: &Turn| context! { role => &turn.role, content => &turn.content };
        let turns: Vec<_> = conversation.turns.iter().map(turn).collect();
        let template = self.environment.get_template("chat").map_err(failed)?;
        let none = Value::from(());
        // Tools and documents are none, not undefined, where templates are usually rendered.
        let values = context! {
            messages => turns, add_generation_prompt => true, bos_token => &conversation.begin,
            eos_token => &conversation.end, tools => none.clone(), documents => none,
        };
        let mut page = Page { bytes: Vec::new(), limit: conversation.limit };
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
