//! What goes wrong in the live pane with the real engine: files that vanish or shrink, templates without end. The window
//! goes on, says why, and the chat stays.

#![cfg(feature = "window")]

#[path = "../../infer_support/mod.rs"]
mod infer_support;
mod live_support;

use std::path::Path;

use egui::Role;
use egui_kittest::kittest::Queryable;
use infer_support::{Value, tiny_llama};
use live_support::{ask, shows, text, until};
use sizewright::infer::{InferError, embedded_model};
use sizewright::ui::command::Command;
use sizewright::ui::live::start_embedded;
use sizewright_window_tests::{Setup, Window, all_saying, click, open};

/// The window on the live pane with the real engine, and a conversation with the built-in model begun.
fn begun() -> Window {
    let mut window = open(Setup { engine: Box::new(start_embedded), any_signs: true, ..Setup::default() });
    click(&mut window, Role::Button, "Live");
    converse(&mut window, "one", 1);
    window
}

/// Asks, and stops the answer once it has begun.
fn converse(window: &mut Window, prompt: &str, question: usize) {
    ask(window, prompt);
    let begun = |window: &Window| window.query_by_role_and_label(Role::MultilineTextInput, "Answer").is_some();
    until(window, |window| begun(window) && !text(window, "Answer").is_empty());
    window.get_by_role_and_label(Role::Button, "Stop").click();
    let copy = format!("Copy answer {question}");
    until(window, |window| shows(window, &copy));
}

/// Looks at a file and loads it.
fn load(window: &mut Window, path: &Path) {
    look(window, path);
    click(window, Role::Button, "Load");
}

fn look(window: &mut Window, path: &Path) {
    window.state_mut().send(Command::LookAtModel(path.to_owned()));
    until(window, |window| shows(window, "Will take"));
}

fn says_message(window: &Window, part: &str) -> bool {
    all_saying(window, "Message: ").iter().any(|text| text.contains(part))
}

/// The chat is there, and the model from before answers.
fn goes_on(window: &mut Window, question: usize) {
    assert_eq!(text(window, "Question 1"), "one");
    converse(window, "and on", question);
}

#[test]
fn a_file_that_is_gone_when_it_is_to_be_loaded_is_named_and_the_chat_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = begun();
    let path = folder.path().join("gone.gguf");
    std::fs::write(&path, tiny_llama(2).to_bytes()).expect("written");
    look(&mut window, &path);
    std::fs::remove_file(&path).expect("removed");
    click(&mut window, Role::Button, "Load");
    until(&mut window, |window| says_message(window, "cannot read the model"));
    assert!(says_message(&window, "gone.gguf"));
    goes_on(&mut window, 2);
}

#[test]
fn a_file_cut_short_before_it_is_loaded_is_named_and_the_chat_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = begun();
    let path = folder.path().join("short.gguf");
    std::fs::write(&path, tiny_llama(2).to_bytes()).expect("written");
    look(&mut window, &path);
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("opened");
    file.set_len(file.metadata().expect("there").len() / 2).expect("cut");
    click(&mut window, Role::Button, "Load");
    until(&mut window, |window| says_message(window, "short.gguf"));
    goes_on(&mut window, 2);
}

#[test]
fn a_file_cut_short_after_it_was_loaded_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("copy.gguf");
    std::fs::copy(embedded_model().expect("it ships with the program"), &path).expect("copied");
    let mut window = begun();
    load(&mut window, &path);
    until(&mut window, |window| shows(window, "loaded in"));
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("opened");
    file.set_len(16).expect("cut");
    std::fs::remove_file(&path).expect("removed");
    goes_on(&mut window, 2);
}

#[test]
fn a_template_that_loops_is_an_answer_that_failed_and_not_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = begun();
    let mut loops = tiny_llama(3);
    let source = "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}";
    loops.set("tokenizer.chat_template", Value::Text(source.to_owned()));
    let path = folder.path().join("loops.gguf");
    std::fs::write(&path, loops.to_bytes()).expect("written");
    load(&mut window, &path);
    until(&mut window, |window| shows(window, "loaded in"));
    ask(&mut window, "two");
    until(&mut window, |window| says_message(window, "chat template failed"));
    assert_eq!((text(&window, "Question 1"), text(&window, "Question 2")), ("one".to_owned(), "two".to_owned()));
}

#[test]
fn a_model_larger_than_memory_fails_in_words() {
    let (mut window, told) = live_support::live(Setup::default());
    live_support::converse(&mut window, "one");
    let what = "the weights of a model".to_owned();
    told.borrow_mut().load_fails = Some(InferError::Memory { what, bytes: 1 << 45 });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.gguf");
    std::fs::write(&path, tiny_llama(2).to_bytes()).expect("written");
    load(&mut window, &path);
    window.run_steps(4);
    assert!(says_message(&window, "not enough memory for the weights of a model"));
    assert!(says_message(&window, "choose a shorter context or a smaller model"));
    live_support::converse(&mut window, "two");
    assert_eq!(told.borrow().requests.last().map(|request| request.messages.len()), Some(3));
}
