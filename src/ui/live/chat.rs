//! The conversation: what was asked, what each column answered, and what may be done with it afterwards.
//!
//! Pure: it knows nothing of engines and threads, so whatever happens to those the chat stays. One question has one
//! answer in each column; a column that was opened later reads the first column's earlier answers as its own.

use super::blocks::Blocks;
use super::thoughts::Thoughts;
use crate::infer::{Message, StopReason};

/// Columns there can be: two models, formats or settings beside each other.
pub const MOST_COLUMNS: usize = 2;

/// A conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chat {
    /// Standing instructions; blank: none.
    pub system: String,
    exchanges: Vec<Exchange>,
}

/// One question and its answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exchange {
    /// The question, in blocks that can be drawn apart.
    pub prompt: Blocks,
    /// The answer of each column.
    pub answers: [Answer; MOST_COLUMNS],
}

/// One column's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// What was thought and said so far, in blocks that can be drawn apart.
    pub parts: Thoughts,
    /// How far it is.
    pub state: AnswerState,
    /// The model that gave it.
    pub model: String,
}

/// How far an answer is.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum AnswerState {
    /// This column was not asked.
    #[default]
    NotAsked,
    /// Asked; the model is being loaded, or another column comes first.
    Waiting,
    /// The prompt is being read, or text is coming.
    Coming,
    /// Over. The line says how it went.
    Done {
        /// Why it ended.
        stop: StopReason,
        /// Tokens, speed, first token, in words.
        line: String,
    },
    /// It failed; what came before that is kept.
    Failed(String),
}

impl Answer {
    /// Whether text may still come.
    pub fn is_open(&self) -> bool {
        match self.state {
            AnswerState::Waiting | AnswerState::Coming => true,
            AnswerState::NotAsked | AnswerState::Done { .. } | AnswerState::Failed(_) => false,
        }
    }
}

impl Chat {
    /// Questions with their answers, oldest first.
    pub fn exchanges(&self) -> &[Exchange] {
        &self.exchanges
    }

    /// Asks a question of these columns.
    pub fn ask(&mut self, prompt: &str, columns: &[usize]) {
        let mut exchange = Exchange { prompt: Blocks::of(prompt), ..Exchange::default() };
        for &column in columns {
            if let Some(answer) = exchange.answers.get_mut(column) {
                answer.state = AnswerState::Waiting;
            }
        }
        self.exchanges.push(exchange);
    }

    /// Takes the question at `place` and all after it away; what is asked next stands in its place.
    pub fn cut_before(&mut self, place: usize) {
        self.exchanges.truncate(place);
    }

    /// The last question is to be answered anew by a column. False where nothing was asked.
    pub fn ask_again(&mut self, column: usize) -> bool {
        let answer = self.last_answer(column);
        let found = answer.is_some();
        if let Some(answer) = answer {
            *answer = Answer { state: AnswerState::Waiting, ..Answer::default() };
        }
        found
    }

    /// The last answer of a column has begun.
    pub fn begin(&mut self, column: usize, model: &str) {
        if let Some(answer) = self.last_answer(column) {
            *answer = Answer { state: AnswerState::Coming, model: model.to_owned(), ..Answer::default() };
        }
    }

    /// Text came.
    pub fn push(&mut self, column: usize, text: &str) {
        if let Some(answer) = self.last_answer(column) {
            answer.parts.push(text);
        }
    }

    /// The last answer of a column is over.
    pub fn finish(&mut self, column: usize, stop: StopReason, line: String) {
        if let Some(answer) = self.last_answer(column) {
            answer.parts.finish();
            answer.state = AnswerState::Done { stop, line };
        }
    }

    /// The last answer of a column failed. What came of it stays.
    pub fn fail(&mut self, column: usize, problem: String) {
        if let Some(answer) = self.last_answer(column) {
            answer.parts.finish();
            answer.state = AnswerState::Failed(problem);
        }
    }

    /// Whatever a column still owes will not come.
    pub fn fail_open(&mut self, column: usize, problem: &str) {
        let answers = self.exchanges.iter_mut().filter_map(|exchange| exchange.answers.get_mut(column));
        for answer in answers.filter(|answer| answer.is_open()) {
            answer.parts.finish();
            answer.state = AnswerState::Failed(problem.to_owned());
        }
    }

    /// What a column's model is to be told to answer the last question. Earlier questions nobody answered are left out:
    /// templates want speakers to alternate. Earlier thoughts are left out too, as those templates leave them out.
    pub fn messages(&self, column: usize) -> Vec<Message> {
        let mut messages = Vec::new();
        if !self.system.trim().is_empty() {
            messages.push(Message::system(self.system.trim()));
        }
        let Some((last, earlier)) = self.exchanges.split_last() else { return messages };
        for exchange in earlier {
            let own = exchange.answers.get(column).into_iter();
            let Some(answer) = own.chain(&exchange.answers).find(|answer| !answer.parts.answer.is_blank()) else {
                continue;
            };
            messages.push(Message::user(exchange.prompt.as_str()));
            messages.push(Message::assistant(answer.parts.answer.as_str()));
        }
        messages.push(Message::user(last.prompt.as_str()));
        messages
    }

    /// The whole conversation as a column had it, as plain text.
    pub fn as_text(&self, column: usize) -> String {
        let mut text = String::new();
        let mut say = |who: &str, what: &str| text.push_str(&format!("{who}:\n{}\n\n", what.trim_end()));
        if !self.system.trim().is_empty() {
            say("System", self.system.trim());
        }
        for exchange in &self.exchanges {
            say("You", exchange.prompt.as_str());
            if let Some(answer) = exchange.answers.get(column).filter(|answer| !answer.parts.answer.is_blank()) {
                say(if answer.model.is_empty() { "Model" } else { &answer.model }, answer.parts.answer.as_str());
            }
        }
        text
    }

    fn last_answer(&mut self, column: usize) -> Option<&mut Answer> {
        self.exchanges.last_mut()?.answers.get_mut(column)
    }
}

#[cfg(test)]
mod tests;
