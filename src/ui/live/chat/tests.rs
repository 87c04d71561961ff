//! What becomes of questions and answers, whatever is done with them.

use super::*;
use crate::infer::Role;

/// A chat of these questions and first-column answers; an empty answer is one that never came.
fn chat(turns: &[(&str, &str)]) -> Chat {
    let mut chat = Chat::default();
    for (prompt, answer) in turns {
        chat.ask(prompt, &[0]);
        chat.begin(0, "m");
        chat.push(0, answer);
        chat.finish(0, StopReason::EndOfText, String::new());
    }
    chat
}

fn told(chat: &Chat, column: usize) -> Vec<(Role, String)> {
    chat.messages(column).into_iter().map(|message| (message.role, message.text)).collect()
}

fn check(chat: &Chat, column: usize, wanted: &[(Role, &str)]) {
    let wanted: Vec<_> = wanted.iter().map(|(role, text)| (*role, (*text).to_owned())).collect();
    assert_eq!(told(chat, column), wanted);
}

use Role::{Assistant, System, User};

#[test]
fn a_model_is_told_all_turns_and_the_last_question() {
    let mut chat = chat(&[("a", "A"), ("b", "B")]);
    chat.ask("c", &[0]);
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b"), (Assistant, "B"), (User, "c")]);
    chat.system = "  be brief\n".to_owned();
    assert_eq!(told(&chat, 0)[0], (System, "be brief".to_owned()));
}

#[test]
fn an_edit_takes_away_what_came_after() {
    let mut chat = chat(&[("a", "A"), ("b", "B"), ("c", "C")]);
    chat.cut_before(1);
    chat.ask("b2", &[0]);
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b2")]);
    assert!(chat.exchanges()[1].answers[0].is_open());
}

#[test]
fn asking_again_forgets_the_answer_and_keeps_the_question() {
    let mut chat = chat(&[("a", "A"), ("b", "B")]);
    assert!(chat.ask_again(0));
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b")]);
    assert!(chat.exchanges()[1].answers[0].parts.answer.is_blank());
    assert!(!Chat::default().ask_again(0), "there is nothing to ask again");
}

#[test]
fn a_failure_keeps_what_came_before_it() {
    let mut chat = chat(&[("a", "A")]);
    chat.ask("b", &[0]);
    chat.begin(0, "m");
    chat.push(0, "half a w");
    chat.fail(0, "the file is gone".to_owned());
    let answer = &chat.exchanges()[1].answers[0];
    assert_eq!(
        (answer.parts.answer.as_str(), &answer.state),
        ("half a w", &AnswerState::Failed("the file is gone".to_owned()))
    );
    chat.ask("c", &[0]);
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b"), (Assistant, "half a w"), (User, "c")]);
}

#[test]
fn a_question_nobody_answered_is_not_told_again() {
    let mut chat = chat(&[("a", ""), ("b", "B")]);
    chat.ask("c", &[0]);
    check(&chat, 0, &[(User, "b"), (Assistant, "B"), (User, "c")]);
}

#[test]
fn a_column_opened_later_takes_the_other_columns_answers_for_its_own() {
    let mut chat = chat(&[("a", "A")]);
    chat.ask("b", &[0, 1]);
    for (column, text) in [(0, "B left"), (1, "B right")] {
        chat.begin(column, "m");
        chat.push(column, text);
    }
    chat.ask("c", &[0, 1]);
    check(&chat, 1, &[(User, "a"), (Assistant, "A"), (User, "b"), (Assistant, "B right"), (User, "c")]);
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b"), (Assistant, "B left"), (User, "c")]);
}

#[test]
fn nothing_goes_wrong_where_nothing_was_asked() {
    let mut chat = Chat::default();
    chat.begin(0, "m");
    chat.push(5, "text");
    chat.fail(1, "why".to_owned());
    chat.finish(0, StopReason::Cancelled, String::new());
    chat.cut_before(7);
    assert_eq!((chat.messages(9), chat.as_text(3)), (Vec::new(), String::new()));
}

#[test]
fn the_copied_chat_says_who_spoke() {
    let mut chat = chat(&[("a", "A\n")]);
    chat.system = "s".to_owned();
    assert_eq!(chat.as_text(0), "System:\ns\n\nYou:\na\n\nm:\nA\n\n");
}

#[test]
fn thoughts_are_neither_told_again_nor_copied() {
    let mut chat = chat(&[("a", "<think>hm</think>A")]);
    chat.ask("b", &[0]);
    check(&chat, 0, &[(User, "a"), (Assistant, "A"), (User, "b")]);
    assert_eq!(chat.exchanges()[0].answers[0].parts.thoughts.as_str(), "hm");
    assert!(!chat.as_text(0).contains("hm"));
}

#[test]
fn an_answer_that_was_all_thoughts_counts_as_none() {
    let mut chat = chat(&[("a", "<think>hm, hm")]);
    chat.ask("b", &[0]);
    check(&chat, 0, &[(User, "b")]);
}
