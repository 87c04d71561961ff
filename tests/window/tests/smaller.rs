//! A smaller file made of a model, as a user does it: format, place, progress, result, and the new file beside the old. The
//! engine is a scripted one; the file is read and written for good, by the thread that does it.

#![cfg(feature = "window")]
#![allow(clippy::unwrap_used, reason = "a test ends where a value is missing")]

#[path = "../../infer_support/mod.rs"]
mod infer_support;

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use egui::Role;
use egui_kittest::kittest::{NodeT, Queryable};
use sizewright::infer::{embedded_model, inspect};
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright::ui::live::{ModelChoice, Probe};
use sizewright::units::Bytes;
use sizewright_window_tests::{Setup, Told, Window, all_saying, click, fake_engine, open};

type Shared = Rc<RefCell<Told>>;

fn live(answers: Vec<Answer>) -> (Window, Shared) {
    let told = Rc::new(RefCell::new(Told { words: Some(3), ..Told::default() }));
    let mut window = open(Setup { engine: fake_engine(Rc::clone(&told)), answers, ..Setup::default() });
    click(&mut window, Role::Button, "Live");
    (window, told)
}

/// Draws frames until something on the screen says so, for two minutes at most.
fn until_said(window: &mut Window, part: &str) {
    let begun = Instant::now();
    while window.query_all_by_label_contains(part).next().is_none() {
        window.run_steps(2);
        let said = all_saying(window, "❌");
        assert!(begun.elapsed() < Duration::from_secs(120), "{part:?} not within two minutes; said: {said:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Opens the window on the model looked at, else the one loaded, and waits for the formats.
fn formats(window: &mut Window) {
    window.get_by_role_and_label(Role::Button, "Make a smaller file…").click();
    until_said(window, "of the file, published loss");
}

/// Picks the format whose words begin so.
fn pick_format(window: &mut Window, name: &str) {
    let words = all_saying(window, name);
    assert_eq!(words.len(), 1, "{words:?}");
    click(window, Role::RadioButton, &words[0]);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_smaller_file_is_made_measured_and_opened_beside_the_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let target = folder.path().join("tiny.gguf");
    let mut tiny = infer_support::tiny_llama(1);
    tiny.set("llama.context_length", infer_support::Value::U32(512));
    let (_source_folder, source) = tiny.write();
    let (mut window, told) = live(vec![Answer::Chosen(target.clone())]);
    window.state_mut().send(Command::LookAtModel(source));
    until_said(&mut window, "Will take ");
    formats(&mut window);
    pick_format(&mut window, "Q8_0: ");
    let predicted = all_saying(&window, "Q8_0: ").remove(0);
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "Measured loss ");
    assert!(all_saying(&window, "Perplexity before ").len() == 1);
    assert!(all_saying(&window, "Measured with ").iter().any(|words| words.contains(" thread")), "part of the result");
    let bytes = target.metadata().expect("written").len();
    let size = sizewright::units::Bytes::new(bytes).to_string();
    assert!(predicted.contains(&size), "{predicted} against {size}");
    assert_eq!(inspect(&target).expect("a model").file_type, Some("Q8_0"));
    assert_eq!(all_saying(&window, "Memory to open it: ").len(), 1, "what opening it will take is said");
    click(&mut window, Role::Button, "Open it in the second column");
    let loads: Vec<_> = told.borrow().loads.iter().map(|(choice, _)| choice.clone()).collect();
    assert_eq!(loads, [ModelChoice::Embedded, ModelChoice::File(target)]);
    window.get_by_role_and_label(Role::Button, "Close the second model");
}

#[test]
fn the_loss_is_measured_on_a_text_of_ones_own_and_named_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (letters, bytes) = (folder.path().join("letters.txt"), folder.path().join("bytes.txt"));
    std::fs::write(&letters, "Dear reader, the weather is fine and the sea is calm. ".repeat(40)).expect("written");
    std::fs::write(&bytes, b"\xff\xfe\xfd".repeat(1000)).expect("written");
    let target = folder.path().join("tiny.gguf");
    let mut tiny = infer_support::tiny_llama(1);
    tiny.set("llama.context_length", infer_support::Value::U32(512));
    let (_source_folder, source) = tiny.write();
    let answers = [&bytes, &target, &letters, &target].map(|path| Answer::Chosen(path.clone())).to_vec();
    let (mut window, _told) = live(answers);
    window.state_mut().send(Command::LookAtModel(source));
    until_said(&mut window, "Will take ");
    formats(&mut window);
    pick_format(&mut window, "Q8_0: ");
    until_said(&mut window, "on the built-in text");
    click(&mut window, Role::Button, "Another text…");
    until_said(&mut window, "on bytes.txt");
    // What is no text is refused before anything is written.
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "the text is not UTF-8 from byte 0 on");
    assert!(!target.exists());
    click(&mut window, Role::Button, "Choose another format");
    click(&mut window, Role::Button, "Another text…");
    until_said(&mut window, "on letters.txt");
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "Measured loss ");
    let loss = all_saying(&window, "Measured loss ").remove(0);
    assert!(loss.ends_with(&format!("tokens of {}", letters.display())), "{loss}");
    let published = all_saying(&window, "published loss 0.04").remove(0);
    assert!(published.contains("Llama 3 8B on WikiText-2"), "{published}");
}

#[test]
fn making_a_file_is_stopped_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut window, _told) = live(vec![Answer::Chosen(folder.path().join("tiny.gguf"))]);
    formats(&mut window);
    assert_eq!(all_saying(&window, "Q8_0: ").len(), 0, "what would be larger than Q4_1 is not offered");
    assert_eq!(all_saying(&window, "⚠ It is in Q4_1").len(), 1, "few bits become fewer: a warning");
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "Stop making the file");
    window.get_by_role_and_label(Role::Button, "Stop making the file").click();
    until_said(&mut window, "Stopped; no file was written");
    assert_eq!(names(folder.path()), Vec::<String>::new());
    // The formats are there again, and the chat was never in the way.
    click(&mut window, Role::Button, "Choose another format");
    until_said(&mut window, "of the file, published loss");
}

#[test]
fn a_file_whose_measurement_is_stopped_is_there_and_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut window, _told) = live(vec![Answer::Chosen(folder.path().join("tiny.gguf"))]);
    formats(&mut window);
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "Measuring the smaller file");
    window.get_by_role_and_label(Role::Button, "Stop making the file").click();
    until_said(&mut window, "The file is complete; what it lost was not measured: you stopped it");
    assert_eq!(names(folder.path()), ["tiny.gguf"]);
    window.get_by_role_and_label(Role::Button, "Open it in the second column");
}

#[test]
fn memory_is_not_measured_while_a_file_is_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mut window, _told) = live(vec![Answer::Chosen(folder.path().join("tiny.gguf"))]);
    click(&mut window, Role::Button, "Measure this machine…");
    formats(&mut window);
    let measure = |window: &Window| {
        !window.get_by_role_and_label(Role::Button, "Measure the memory now").accesskit_node().is_disabled()
    };
    assert!(measure(&window));
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "Stop making the file");
    assert!(!measure(&window), "a file being made takes the memory's speed");
    window.get_by_role_and_label(Role::Button, "Stop making the file").click();
    until_said(&mut window, "Stopped; no file was written");
}

#[test]
fn measuring_a_model_that_does_not_fit_is_warned_of_and_left_to_the_user() {
    let free: [fn() -> Option<Bytes>; 2] = [|| Some(Bytes::from_mib(10.0)), || Some(Bytes::from_gib(8.0))];
    for (free, fits) in free.into_iter().zip([false, true]) {
        let told = Rc::new(RefCell::new(Told { words: Some(3), ..Told::default() }));
        let probe = Probe { free_memory: free, ..Probe::silent() };
        let mut window = open(Setup { engine: fake_engine(told), probe, ..Setup::default() });
        click(&mut window, Role::Button, "Live");
        formats(&mut window);
        let ticked = |window: &Window| {
            let measure = window.get_by_role_and_label(Role::CheckBox, "Measure what it loses");
            measure.accesskit_node().toggled() == Some(egui::accesskit::Toggled::True)
        };
        assert_eq!(ticked(&window), fits);
        assert_eq!(all_saying(&window, "Memory to measure it: ").len(), 1);
        assert_eq!(window.query_all_by_label_contains("it may be very slow").next().is_none(), fits);
        click(&mut window, Role::CheckBox, "Measure what it loses");
        window.run_steps(4);
        assert_eq!(ticked(&window), !fits, "the user's word counts");
    }
}

#[test]
fn what_goes_wrong_is_said_and_stays_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let letter = folder.path().join("letter.gguf");
    std::fs::write(&letter, "Dear reader").expect("written");
    let (mut window, _told) = live(vec![Answer::Chosen(embedded_model().expect("it ships with the program"))]);
    window.state_mut().send(Command::LookAtModel(letter));
    until_said(&mut window, "not a usable GGUF file");
    window.get_by_role_and_label(Role::Button, "Make a smaller file…").click();
    until_said(&mut window, "Close this");
    click(&mut window, Role::Button, "Close this");
    click(&mut window, Role::Button, "Do not load");
    // The source in place of the target.
    formats(&mut window);
    click(&mut window, Role::CheckBox, "Measure what it loses");
    window.get_by_role_and_label(Role::Button, "Choose where and make it…").click();
    until_said(&mut window, "it is the file that is read");
    assert!(!window.get_by_role_and_label(Role::Button, "Choose another format").accesskit_node().is_disabled());
}
