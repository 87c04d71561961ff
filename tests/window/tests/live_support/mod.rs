//! What tests of the live pane do over and over: open it, ask, wait, read what it says.

#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use egui::{Key, Role};
use egui_kittest::kittest::Queryable;
use sizewright_window_tests::{Setup, Told, Window, all_saying, click, fake_engine, open};

pub type Shared = Rc<RefCell<Told>>;

/// The live pane with a scripted engine whose answers have three words.
pub fn live(setup: Setup) -> (Window, Shared) {
    let told = Rc::new(RefCell::new(Told { words: Some(3), ..Told::default() }));
    let mut window = open(Setup { engine: fake_engine(Rc::clone(&told)), ..setup });
    click(&mut window, Role::Button, "Live");
    (window, told)
}

pub fn ask(window: &mut Window, prompt: &str) {
    window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text(prompt);
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}

/// Asks and waits for the end of the answer.
pub fn converse(window: &mut Window, prompt: &str) {
    ask(window, prompt);
    window.run_steps(14);
}

pub fn text(window: &Window, name: &str) -> String {
    window.get_by_role_and_label(Role::MultilineTextInput, name).value().unwrap_or_default()
}

/// Draws frames until it is so, for two minutes at most.
pub fn until(window: &mut Window, so: impl Fn(&Window) -> bool) {
    let begun = Instant::now();
    loop {
        window.run_steps(2);
        if so(window) {
            return;
        }
        let said = all_saying(window, "Message: ");
        assert!(begun.elapsed() < Duration::from_secs(120), "not within two minutes; said: {said:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

pub fn shows(window: &Window, part: &str) -> bool {
    window.query_all_by_label_contains(part).next().is_some()
}
