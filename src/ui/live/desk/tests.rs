//! The desk with scripted engines: what happens to the chat whatever happens to them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::super::chat::AnswerState;
use super::super::engine::TextEngine;
use super::*;
use crate::infer::{GenerationSummary, LoadOptions, ModelSummary, Request, TextPiece, ThreadsBy};
use crate::units::{Bytes, Seconds};

/// What the engines were told, in order, by the number of the engine; and what they are to say next.
#[derive(Default)]
struct Script {
    told: Vec<(usize, String)>,
    engines: usize,
    events: Vec<VecDeque<Result<Event, InferError>>>,
}

struct Scripted {
    number: usize,
    script: Rc<RefCell<Script>>,
}

impl Scripted {
    fn tell(&self, what: String) {
        self.script.borrow_mut().told.push((self.number, what));
    }
}

impl TextEngine for Scripted {
    fn load(&mut self, model: &ModelChoice, _: LoadOptions) -> Result<(), InferError> {
        self.tell(format!("load {model:?}"));
        Ok(())
    }
    fn generate(&mut self, request: Request) -> Result<(), InferError> {
        let words: Vec<String> = request.messages.iter().map(|message| message.text.clone()).collect();
        self.tell(words.join("|"));
        Ok(())
    }
    fn cancel(&mut self) {
        self.tell("cancel".to_owned());
    }
    fn next_event(&mut self) -> Result<Option<Event>, InferError> {
        self.script.borrow_mut().events[self.number].pop_front().transpose()
    }
}

/// A desk, and the script of its engines.
struct Stage {
    desk: Desk,
    script: Rc<RefCell<Script>>,
    notices: Vec<Notice>,
}

impl Stage {
    fn new(columns: usize) -> Self {
        let script = Rc::new(RefCell::new(Script::default()));
        let shared = Rc::clone(&script);
        let start: StartEngine = Box::new(move |_wake| {
            let mut script = shared.borrow_mut();
            script.engines += 1;
            script.events.push(VecDeque::new());
            Ok(Box::new(Scripted { number: script.engines - 1, script: Rc::clone(&shared) }))
        });
        let mut stage = Self { desk: Desk::new(start, 4, 1), script, notices: Vec::new() };
        if columns == 2 {
            stage.desk.open_second();
        }
        for column in 0..columns {
            stage.load(column, "a.gguf");
        }
        stage
    }

    fn load(&mut self, column: usize, file: &str) {
        self.desk.load(column, ModelChoice::File(file.into()), None, Box::new(|| {}));
    }

    /// An engine says these; the desk takes them up.
    fn says(&mut self, engine: usize, events: impl IntoIterator<Item = Event>) {
        self.script.borrow_mut().events[engine].extend(events.into_iter().map(Ok));
        self.take_up();
    }

    fn take_up(&mut self) {
        while self.desk.take_up_events(3, Instant::now(), &mut self.notices) {}
    }

    /// What was told since the last time.
    fn told(&self) -> Vec<(usize, String)> {
        std::mem::take(&mut self.script.borrow_mut().told)
    }

    fn check(&self, answers: &[(&str, &str)]) {
        let got: Vec<_> = self
            .desk
            .chat
            .exchanges()
            .iter()
            .map(|e| (e.prompt.as_str(), e.answers[0].parts.answer.as_str()))
            .collect();
        assert_eq!(got, answers);
    }

    fn state(&self, column: usize) -> AnswerState {
        self.desk.chat.exchanges().last().expect("asked").answers[column].state.clone()
    }
}

fn loaded() -> Event {
    Event::Loaded(ModelSummary {
        name: "m".to_owned(),
        architecture: "llama".to_owned(),
        parameters: 1,
        tensor_types: "F32".to_owned(),
        file_bytes: Bytes::new(1),
        weight_bytes: Bytes::new(1),
        kv_cache_bytes: Bytes::new(1),
        cache: crate::infer::KvFormat::F16,
        context_tokens: 64,
        threads: 1,
        threads_by: ThreadsBy::Setting,
        tier: "portable",
        load_time: Seconds::ZERO,
    })
}

fn text(text: &str) -> Event {
    Event::Text(TextPiece { text: text.to_owned(), token: 1, token_seconds: Seconds::from_millis(1.0) })
}

fn finished(stop: StopReason) -> Event {
    Event::Finished(GenerationSummary {
        prompt_tokens: 1,
        cached_tokens: 0,
        generated_tokens: 2,
        time_to_first_token: None,
        prefill: None,
        decode: None,
        stop,
        threads: 1,
        tier: "portable",
        resident_memory: None,
    })
}

fn gone() -> InferError {
    InferError::Changed { path: "a.gguf".into() }
}

const DONE: StopReason = StopReason::EndOfText;

#[test]
fn a_question_asked_while_loading_is_sent_once_the_model_is_there() {
    let mut stage = Stage::new(1);
    stage.desk.ask("q");
    assert_eq!(stage.told(), [(0, "load File(\"a.gguf\")".to_owned())]);
    assert_eq!(stage.state(0), AnswerState::Waiting);
    stage.says(0, [loaded()]);
    assert_eq!(stage.told(), [(0, "q".to_owned())]);
    stage.says(0, [text("an"), text("swer"), finished(DONE)]);
    stage.check(&[("q", "answer")]);
    assert!(!stage.desk.is_busy());
}

#[test]
fn an_edit_is_asked_with_what_came_before_it_and_can_be_taken_back() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    for (question, answer) in [("a", "A"), ("b", "B"), ("c", "C")] {
        stage.desk.ask(question);
        stage.says(0, [text(answer), finished(DONE)]);
    }
    stage.told();
    stage.desk.edit(1, "b2");
    assert_eq!(stage.told(), [(0, "a|A|b2".to_owned())]);
    stage.says(0, [text("B2"), finished(DONE)]);
    stage.check(&[("a", "A"), ("b2", "B2")]);
    stage.desk.bring_back();
    stage.check(&[("a", "A"), ("b", "B"), ("c", "C")]);
    stage.desk.bring_back();
    stage.check(&[("a", "A"), ("b2", "B2")]);
}

#[test]
fn an_answer_given_up_for_an_edit_does_not_leak_into_the_next() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("half")]);
    stage.told();
    stage.desk.edit(0, "a2");
    assert_eq!(stage.told(), [(0, "cancel".to_owned()), (0, "a2".to_owned())]);
    // The engine had more under way, and says how the first one ended.
    stage.says(0, [text(" a word"), finished(StopReason::Cancelled), text("new")]);
    stage.check(&[("a2", "new")]);
    assert!(stage.desk.is_busy());
    stage.says(0, [finished(DONE)]);
    assert!(!stage.desk.is_busy());
    stage.desk.bring_back();
    stage.check(&[("a", "half")]);
}

#[test]
fn answering_again_keeps_the_question() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("A"), finished(DONE)]);
    stage.told();
    stage.desk.again(0);
    assert_eq!(stage.told(), [(0, "a".to_owned())]);
    stage.says(0, [text("B"), finished(DONE)]);
    stage.check(&[("a", "B")]);
    stage.desk.bring_back();
    stage.check(&[("a", "A")]);
}

#[test]
fn the_answer_before_a_second_one_that_failed_can_be_brought_back() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("A"), finished(DONE)]);
    stage.desk.again(0);
    stage.says(0, [Event::Failed(gone())]);
    assert!(matches!(stage.state(0), AnswerState::Failed(_)));
    stage.desk.bring_back();
    stage.check(&[("a", "A")]);
}

#[test]
fn bringing_back_leaves_the_standing_instructions_as_they_are_now() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.chat.system = "old".to_owned();
    stage.desk.ask("a");
    stage.says(0, [text("A"), finished(DONE)]);
    stage.desk.clear();
    stage.desk.chat.system = "new".to_owned();
    stage.desk.bring_back();
    stage.check(&[("a", "A")]);
    assert_eq!(stage.desk.chat.system, "new");
}

#[test]
fn a_stop_in_the_middle_of_a_word_keeps_the_half() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("light"), text("hou")]);
    stage.told();
    stage.desk.stop_all();
    assert_eq!(stage.told(), [(0, "cancel".to_owned())]);
    stage.says(0, [finished(StopReason::Cancelled)]);
    stage.check(&[("a", "lighthou")]);
    assert!(matches!(stage.state(0), AnswerState::Done { stop: StopReason::Cancelled, .. }));
    // And the conversation goes on from there.
    stage.desk.ask("b");
    assert_eq!(stage.told(), [(0, "a|lighthou|b".to_owned())]);
}

#[test]
fn a_stop_while_the_prompt_is_read_or_the_model_is_loaded_ends_the_wait() {
    let mut stage = Stage::new(1);
    stage.desk.ask("a");
    stage.desk.stop_all();
    assert!(!stage.desk.is_busy());
    stage.says(0, [loaded()]);
    assert_eq!(stage.told(), [(0, "load File(\"a.gguf\")".to_owned())], "it was not asked after all");
    stage.desk.ask("b");
    stage.desk.stop_all();
    stage.says(0, [finished(StopReason::Cancelled)]);
    assert!(!stage.desk.is_busy());
}

#[test]
fn an_error_keeps_the_chat_and_the_next_question_is_answered() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("A"), finished(DONE)]);
    stage.desk.ask("b");
    stage.says(0, [text("ha"), Event::Failed(gone())]);
    stage.check(&[("a", "A"), ("b", "ha")]);
    assert!(matches!(stage.state(0), AnswerState::Failed(_)));
    assert_eq!(stage.notices.len(), 1);
    stage.told();
    stage.desk.ask("c");
    assert_eq!(stage.told(), [(0, "a|A|b|ha|c".to_owned())]);
}

#[test]
fn an_engine_that_breaks_down_keeps_the_chat_and_another_one_takes_over() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.script.borrow_mut().events[0].extend([Ok(text("A")), Err(InferError::WorkerGone)]);
    stage.take_up();
    stage.check(&[("a", "A")]);
    assert!(matches!(stage.desk.columns[0].session.stage, super::Stage::Failed(_)));
    stage.desk.ask("b");
    assert!(matches!(stage.state(0), AnswerState::Failed(_)), "nobody can answer");
    stage.load(0, "b.gguf");
    stage.says(1, [loaded()]);
    stage.told();
    stage.desk.again(0);
    assert_eq!(stage.told(), [(1, "a|A|b".to_owned())]);
}

#[test]
fn a_load_that_fails_leaves_the_model_that_was_there() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.load(0, "b.gguf");
    stage.says(0, [Event::Loading { fraction: 0.5 }, Event::Failed(gone())]);
    assert_eq!(stage.desk.columns[0].choice, ModelChoice::File("a.gguf".into()));
    stage.told();
    stage.desk.ask("a");
    assert_eq!(stage.told(), [(0, "a".to_owned())]);
    // A load somebody stopped is no problem.
    stage.says(0, [finished(DONE)]);
    stage.load(0, "b.gguf");
    stage.says(0, [Event::Failed(InferError::Cancelled)]);
    assert_eq!(stage.notices.last(), Some(&Notice::LoadStopped));
}

#[test]
fn an_answer_stopped_while_its_prompt_is_made_is_no_problem() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [Event::Failed(InferError::Cancelled)]);
    assert!(matches!(stage.state(0), AnswerState::Done { stop: StopReason::Cancelled, .. }));
    assert!(stage.notices.is_empty() && !stage.desk.is_busy());
}

#[test]
fn of_two_loads_in_a_row_the_last_one_counts() {
    let mut stage = Stage::new(1);
    stage.load(0, "b.gguf");
    // The first was stopped for the second; that is no failure of the second.
    stage.says(0, [Event::Failed(InferError::Cancelled)]);
    assert!(stage.desk.columns[0].session.is_loading() && stage.notices.is_empty());
    stage.says(0, [loaded()]);
    assert_eq!(stage.desk.columns[0].choice, ModelChoice::File("b.gguf".into()));
    // Stopped too late, the first is what is left where the second fails.
    stage.load(0, "c.gguf");
    stage.load(0, "d.gguf");
    stage.says(0, [loaded(), Event::Failed(gone())]);
    assert_eq!(stage.desk.columns[0].choice, ModelChoice::File("c.gguf".into()));
}

#[test]
fn a_load_in_the_middle_of_an_answer_ends_the_answer_first() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("A")]);
    stage.load(0, "b.gguf");
    assert!(!stage.desk.is_busy());
    stage.says(0, [text("more"), finished(StopReason::Cancelled)]);
    assert!(stage.desk.columns[0].session.is_loading(), "the late end of the answer is not the end of the load");
    stage.says(0, [loaded()]);
    stage.check(&[("a", "A")]);
    assert_eq!(stage.desk.columns[0].choice, ModelChoice::File("b.gguf".into()));
}

#[test]
fn two_columns_answer_one_after_the_other() {
    let mut stage = Stage::new(2);
    stage.says(0, [loaded()]);
    stage.says(1, [loaded()]);
    stage.told();
    stage.desk.ask("q");
    assert_eq!(stage.told(), [(0, "q".to_owned())], "never both at once");
    assert_eq!(stage.state(1), AnswerState::Waiting);
    stage.says(0, [text("left"), finished(DONE)]);
    assert_eq!(stage.told(), [(1, "q".to_owned())]);
    stage.says(1, [text("right"), finished(DONE)]);
    assert_eq!(stage.desk.chat.exchanges()[0].answers[1].parts.answer.as_str(), "right");
}

#[test]
fn each_column_has_a_stop_of_its_own() {
    let mut stage = Stage::new(2);
    stage.says(0, [loaded()]);
    stage.says(1, [loaded()]);
    stage.told();
    stage.desk.ask("q");
    stage.desk.stop(1);
    assert!(matches!(stage.state(1), AnswerState::Done { stop: StopReason::Cancelled, .. }), "before it began");
    assert_eq!(stage.told(), [(0, "q".to_owned())], "the first goes on");
    stage.says(0, [finished(DONE)]);
    assert!(!stage.desk.is_busy());
    stage.desk.ask("r");
    stage.desk.stop(0);
    stage.says(0, [finished(StopReason::Cancelled)]);
    let told: Vec<_> = stage.told().into_iter().map(|(engine, _)| engine).collect();
    assert_eq!(told, [0, 0, 1], "asked, stopped, and the second begins");
}

#[test]
fn a_model_that_is_lost_with_the_one_after_it_answers_no_more_and_the_chat_stays() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.ask("a");
    stage.says(0, [text("A"), finished(DONE)]);
    stage.load(0, "b.gguf");
    stage.says(0, [Event::Failed(InferError::Lost { problem: "too large".to_owned(), again: "gone".to_owned() })]);
    let session = &stage.desk.columns[0].session;
    assert!(session.model.is_none(), "it was let go");
    assert!(matches!(&session.stage, super::Stage::Failed(why) if why.contains("too large") && why.contains("gone")));
    assert_eq!(stage.notices.len(), 1);
    stage.check(&[("a", "A")]);
    stage.load(0, "a.gguf");
    stage.says(0, [loaded()]);
    stage.desk.ask("b");
    stage.says(0, [text("B"), finished(DONE)]);
    stage.check(&[("a", "A"), ("b", "B")]);
}

#[test]
fn a_second_column_without_a_model_is_not_asked_and_closing_it_loses_nothing() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.open_second();
    stage.desk.ask("a");
    assert_eq!(stage.state(1), AnswerState::NotAsked);
    stage.says(0, [text("A"), finished(DONE)]);
    stage.load(1, "b.gguf");
    stage.says(1, [loaded()]);
    stage.desk.ask("b");
    stage.says(0, [text("B"), finished(DONE)]);
    stage.says(1, [text("half")]);
    stage.desk.close_second();
    assert!(!stage.desk.is_busy());
    assert_eq!(stage.desk.chat.exchanges()[1].answers[1].parts.answer.as_str(), "half");
    stage.check(&[("a", "A"), ("b", "B")]);
}

#[test]
fn clearing_in_the_middle_of_an_answer_can_be_taken_back() {
    let mut stage = Stage::new(1);
    stage.says(0, [loaded()]);
    stage.desk.chat.system = "s".to_owned();
    stage.desk.ask("a");
    stage.says(0, [text("A")]);
    stage.desk.clear();
    stage.check(&[]);
    assert_eq!(stage.desk.chat.system, "s", "instructions stay");
    stage.says(0, [text("late"), finished(StopReason::Cancelled)]);
    stage.check(&[]);
    stage.desk.bring_back();
    stage.check(&[("a", "A")]);
}
