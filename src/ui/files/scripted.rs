//! Answers given beforehand: for tests, and for any driver that cannot use a dialog.

use std::collections::VecDeque;

use super::{Answer, FilePicker, Question};

/// Gives its answers in order; says "cancelled" when it has no more.
#[derive(Debug, Default)]
pub struct ScriptedPicker {
    answers: VecDeque<Answer>,
    pending: Option<Answer>,
}

impl ScriptedPicker {
    /// With these answers, the first for the first question.
    pub fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        Self { answers: answers.into_iter().collect(), pending: None }
    }
}

impl FilePicker for ScriptedPicker {
    fn ask(&mut self, _question: &Question, wake: Box<dyn Fn() + Send>) {
        self.pending = Some(self.answers.pop_front().unwrap_or(Answer::Cancelled));
        wake();
    }

    fn answer(&mut self) -> Option<Answer> {
        self.pending.take()
    }
}
