//! Who answers next: the conversation, its columns, and the order in which they take their turn.
//!
//! Columns answer one after the other, never at once: two models that share the cores would both look slow, and their
//! speeds could not be compared. Nothing here draws; engines are behind a trait, so scripted ones test it.

use std::collections::VecDeque;
use std::time::Instant;

use super::chat::{Chat, MOST_COLUMNS};
use super::column::{Column, Wake};
use super::engine::{ModelChoice, StartEngine};
use super::session::{Stage, summary_line};
use super::settings::Settings;
use crate::infer::{Event, InferError, ModelHeader, StopReason};

/// How an answer ended of which there was no word yet.
const BEFORE_IT_BEGAN: &str = "Stopped by you before it began";

/// What happened that the user should be told beyond the chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A model could not be loaded, or an engine broke down.
    Problem(String),
    /// The user stopped a load.
    LoadStopped,
}

/// The conversation and its columns.
pub struct Desk {
    /// What was said.
    pub chat: Chat,
    /// One, or two side by side.
    pub columns: Vec<Column>,
    start: StartEngine,
    cores: usize,
    /// Columns that owe an answer, the next first.
    queue: VecDeque<usize>,
    /// The column at work.
    running: Option<usize>,
    /// What a clearing or an edit took away last.
    removed: Option<Chat>,
    /// Seed of the answers under way where none is set: one for both columns.
    seed: u64,
}

impl Desk {
    /// A desk with one column that holds nothing yet.
    pub fn new(start: StartEngine, cores: usize, seed: u64) -> Self {
        Self {
            chat: Chat::default(),
            columns: vec![Column::new(ModelChoice::Embedded, Settings::default())],
            start,
            cores,
            queue: VecDeque::new(),
            running: None,
            removed: None,
            seed,
        }
    }

    /// Loads a model into a column.
    pub fn load(&mut self, column: usize, choice: ModelChoice, header: Option<ModelHeader>, wake: Wake) {
        self.give_up(column);
        if let Some(column) = self.columns.get_mut(column) {
            column.load(choice, header, self.cores, &self.start, wake);
        }
        self.pump();
    }

    /// Opens the second column, with the first one's model and settings to begin with. Nothing is loaded.
    pub fn open_second(&mut self) {
        if let Some(first) = self.columns.first().filter(|_| self.columns.len() < MOST_COLUMNS) {
            self.columns.push(Column::new(first.choice.clone(), first.settings.clone()));
        }
    }

    /// Closes the second column; its answers stay in the chat.
    pub fn close_second(&mut self) {
        self.give_up(1);
        self.columns.truncate(1);
        self.pump();
    }

    /// Asks a question of every column that has, or will have, a model.
    pub fn ask(&mut self, prompt: &str) {
        self.give_up_all();
        self.removed = None;
        let awake = |column: &usize| self.columns.get(*column).is_some_and(|c| c.session.stage != Stage::Asleep);
        let asked: Vec<usize> = (0..self.columns.len()).filter(awake).collect();
        self.chat.ask(prompt, &asked);
        self.next_seed();
        self.queue.extend(asked);
        self.pump();
    }

    /// Asks an earlier question in other words; what came after it goes.
    pub fn edit(&mut self, place: usize, prompt: &str) {
        self.give_up_all();
        let before = self.chat.clone();
        self.chat.cut_before(place);
        self.ask(prompt);
        self.removed = Some(before);
    }

    /// Has a column answer the last question anew.
    pub fn again(&mut self, column: usize) {
        self.give_up(column);
        let before = self.chat.clone();
        if self.chat.ask_again(column) {
            self.removed = Some(before);
            self.next_seed();
            self.queue.push_back(column);
            self.pump();
        }
    }

    /// Stops a column at once: what it reads or says, or its place in the queue.
    pub fn stop(&mut self, column: usize) {
        if let Some(place) = self.queue.iter().position(|&waiting| waiting == column) {
            self.queue.remove(place);
            self.chat.finish(column, StopReason::Cancelled, BEFORE_IT_BEGAN.to_owned());
        }
        if self.running == Some(column)
            && let Some(column) = self.columns.get_mut(column)
        {
            column.cancel();
        }
    }

    /// Stops every column.
    pub fn stop_all(&mut self) {
        // The last first: stopping the one at work lets the next begin.
        (0..self.columns.len()).rev().for_each(|column| self.stop(column));
    }

    /// Stops a column and waits for nothing it may still say: its place in the chat is about to be another's.
    fn give_up(&mut self, at: usize) {
        self.queue.retain(|&waiting| waiting != at);
        self.chat.fail_open(at, "It was interrupted");
        if self.running == Some(at) {
            self.running = None;
            if let Some(column) = self.columns.get_mut(at) {
                column.give_up();
            }
        }
    }

    fn give_up_all(&mut self) {
        (0..self.columns.len()).for_each(|column| self.give_up(column));
    }

    /// Forgets the conversation but not the standing instructions; it can be brought back until the next question.
    pub fn clear(&mut self) {
        self.give_up_all();
        let before = self.chat.clone();
        self.chat.cut_before(0);
        self.removed = Some(before);
    }

    /// Whether something was taken away that can come back.
    pub fn can_bring_back(&self) -> bool {
        self.removed.is_some() && !self.is_busy()
    }

    /// Brings back what a clearing or an edit took away.
    pub fn bring_back(&mut self) {
        if self.can_bring_back()
            && let Some(before) = self.removed.take()
        {
            // The standing instructions are not part of what was taken away: they may have been changed since.
            let now = std::mem::replace(&mut self.chat, before);
            self.chat.system.clone_from(&now.system);
            self.removed = (!now.exchanges().is_empty()).then_some(now);
        }
    }

    /// Whether an answer is under way or waited for.
    pub fn is_busy(&self) -> bool {
        self.running.is_some() || !self.queue.is_empty()
    }

    /// Whether a column's answer is under way or waited for.
    pub fn owes(&self, column: usize) -> bool {
        self.running == Some(column) || self.queue.contains(&column)
    }

    /// The column at work.
    pub fn running(&self) -> Option<usize> {
        self.running
    }

    /// Takes up what the engines told since the last time, at most so many events: a frame must end. True where more
    /// may be waiting.
    pub fn take_up_events(&mut self, most: usize, now: Instant, notices: &mut Vec<Notice>) -> bool {
        let mut left = most;
        for column in 0..self.columns.len() {
            while let Some(event) = self.columns.get_mut(column).and_then(Column::next_event) {
                self.take(column, event, now, notices);
                left = left.saturating_sub(1);
                if left == 0 {
                    return true;
                }
            }
        }
        false
    }

    fn take(&mut self, at: usize, event: Event, now: Instant, notices: &mut Vec<Notice>) {
        let Some(column) = self.columns.get_mut(at) else { return };
        match event {
            Event::Loading { fraction } => column.session.stage = Stage::Loading(fraction),
            Event::Loaded(_) => self.pump(),
            Event::PromptRead(progress) if self.running == Some(at) => {
                column.session.stage = Stage::Reading(Some(progress));
            }
            Event::Text(piece) if self.running == Some(at) => {
                column.session.token(&piece, now);
                self.chat.push(at, &piece.text);
            }
            Event::Finished(summary) if self.running == Some(at) => {
                self.chat.finish(at, summary.stop, summary_line(&summary));
                column.session.finished(summary);
                self.done(at);
            }
            Event::PromptRead(_) | Event::Text(_) | Event::Finished(_) => {}
            Event::Failed(error) => self.failed(at, &error, notices),
        }
    }

    fn failed(&mut self, at: usize, error: &InferError, notices: &mut Vec<Notice>) {
        let Some(column) = self.columns.get_mut(at) else { return };
        let stopped = matches!(error, InferError::Cancelled);
        if self.running == Some(at) && stopped {
            self.chat.finish(at, StopReason::Cancelled, BEFORE_IT_BEGAN.to_owned());
            column.session.answer_failed();
        } else if self.running == Some(at) {
            self.chat.fail(at, error.to_string());
            column.session.answer_failed();
            notices.push(Notice::Problem(error.to_string()));
        } else {
            column.load_failed(error.to_string());
            notices.push(if stopped { Notice::LoadStopped } else { Notice::Problem(error.to_string()) });
        }
        if !column.has_engine() {
            column.lost(error);
        }
        self.done(at);
    }

    fn done(&mut self, column: usize) {
        self.running = self.running.filter(|&running| running != column);
        self.pump();
    }

    /// Lets the next column begin, if none is at work and its model is there.
    fn pump(&mut self) {
        while self.running.is_none() {
            let Some(&next) = self.queue.front() else { return };
            let Some(column) = self.columns.get_mut(next) else {
                self.queue.pop_front();
                continue;
            };
            match &column.session.stage {
                Stage::Asleep | Stage::Loading(_) => return,
                Stage::Failed(problem) => {
                    self.chat.fail(next, problem.clone());
                    self.queue.pop_front();
                }
                Stage::Ready | Stage::Reading(_) | Stage::Writing => {
                    self.queue.pop_front();
                    let messages = self.chat.messages(next);
                    self.chat.begin(next, &column.model_name());
                    match column.generate(messages, self.seed, Instant::now()) {
                        Ok(()) => self.running = Some(next),
                        Err(error) => {
                            self.chat.fail(next, error.to_string());
                            column.lost(&error);
                        }
                    }
                }
            }
        }
    }

    /// Another seed, far from the last: the golden ratio's fraction of 2^64, as in SplitMix64.
    fn next_seed(&mut self) {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    }
}

#[cfg(test)]
mod tests;
