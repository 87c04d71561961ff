//! The live pane as a user has it: asking, stopping, editing, another model, two beside each other. The engine is a
//! scripted one but where a test says that it is the model that ships with the program.

#![cfg(feature = "window")]

mod live_support;

use std::time::Duration;

use egui::{Key, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use live_support::{Shared, ask, converse, live, shows, text, until};
use sizewright::infer::{FolderKind, InferError, ModelFolder, embedded_model};
use sizewright::ui::command::Command;
use sizewright::ui::files::Answer;
use sizewright::ui::live::{ModelChoice, Probe, start_embedded};
use sizewright::units::Bytes;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, pick, says};

#[test]
fn enter_asks_the_suggestion_where_nothing_is_typed() {
    let (mut window, told) = live(Setup::default());
    // The prompt has the keyboard already.
    window.key_press(Key::Enter);
    window.run_steps(14);
    assert_eq!(told.borrow().prompts, ["Why is the sky blue?"]);
    assert_eq!(text(&window, "Answer"), "word0 word1 word2 ");
}

#[test]
fn a_suggestion_is_asked_with_one_click() {
    let (mut window, told) = live(Setup::default());
    click(&mut window, Role::Button, "What is a language model?");
    window.run_steps(14);
    assert_eq!(told.borrow().prompts, ["What is a language model?"]);
}

#[test]
fn a_prompt_is_answered_word_by_word_and_stops_when_told() {
    let (mut window, told) = live(Setup::default());
    told.borrow_mut().words = None;
    ask(&mut window, "Why is the grass green?");
    window.run_steps(12);
    let some = text(&window, "Answer");
    assert!(some.contains("word0"), "{some:?}");
    window.run_steps(6);
    assert!(text(&window, "Answer").len() > some.len());
    assert_eq!(told.borrow().prompts, ["Why is the grass green?"]);
    window.get_by_role_and_label(Role::Button, "Stop").click();
    window.run_steps(6);
    let stopped = text(&window, "Answer");
    window.run_steps(6);
    assert_eq!(text(&window, "Answer"), stopped);
    assert_eq!(says(&window, "Live speed: "), "Live speed: 100 tokens/s");
    assert!(shows(&window, "Stopped by you"));
}

#[test]
fn a_conversation_goes_on_and_an_earlier_question_can_be_put_in_other_words() {
    let (mut window, told) = live(Setup::default());
    for question in ["one", "two", "three"] {
        converse(&mut window, question);
    }
    let spoken = |told: &Shared| {
        let told = told.borrow();
        let last = told.requests.last().map(|request| request.messages.len());
        (told.prompts.last().cloned().unwrap_or_default(), last)
    };
    assert_eq!(spoken(&told), ("three".to_owned(), Some(5)), "question, answer, question, answer, question");
    click(&mut window, Role::Button, "Edit question 2");
    let field = "Question in other words";
    window.get_by_role_and_label(Role::MultilineTextInput, field).focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::MultilineTextInput, field).type_text(" and a half");
    window.run_steps(2);
    click(&mut window, Role::Button, "Ask this instead");
    window.run_steps(14);
    assert_eq!(spoken(&told).1, Some(3), "what came after it is gone");
    assert!(spoken(&told).0.contains("and a half"), "{:?}", spoken(&told));
    assert!(all_saying(&window, "Question 3").is_empty());
    click(&mut window, Role::Button, "Bring back");
    assert_eq!(text(&window, "Question 3"), "three");
}

#[test]
fn an_answer_is_given_again_and_a_chat_cleared_and_brought_back() {
    let (mut window, told) = live(Setup::default());
    converse(&mut window, "one");
    click(&mut window, Role::Button, "Answer again");
    window.run_steps(14);
    assert_eq!(told.borrow().prompts, ["one", "one"]);
    let seeds: Vec<u64> = told.borrow().requests.iter().map(|request| request.sampling.seed).collect();
    assert_ne!(seeds[0], seeds[1], "another answer, not the same one again");
    click(&mut window, Role::Button, "Clear chat");
    assert!(all_saying(&window, "Question 1").is_empty());
    click(&mut window, Role::Button, "Bring back");
    assert_eq!(text(&window, "Question 1"), "one");
}

#[test]
fn standing_instructions_and_settings_reach_the_model() {
    let (mut window, told) = live(Setup::default());
    click(&mut window, Role::Button, "Show the system prompt");
    window.get_by_role_and_label(Role::MultilineTextInput, "System prompt").focus();
    window.run_steps(2);
    window.get_by_role_and_label(Role::MultilineTextInput, "System prompt").type_text("Be brief.");
    window.run_steps(2);
    click(&mut window, Role::Button, "Generation settings");
    click(&mut window, Role::CheckBox, "Greedy: always the most likely token");
    window.get_by_role_and_label(Role::SpinButton, "Longest answer (tokens)").set_value_accesskit(77.0);
    window.run();
    window.key_press(Key::Escape);
    window.run();
    converse(&mut window, "one");
    let told = told.borrow();
    let request = told.requests.last().expect("asked");
    assert_eq!(request.messages[0].text, "Be brief.");
    assert_eq!((request.sampling.temperature, request.max_tokens), (0.0, 77));
    assert_eq!(told.loads[0].1.threads, Some(1), "of two cores one is the window's");
}

#[test]
fn the_threads_in_use_are_shown_with_how_they_came_about() {
    let (mut window, told) = live(Setup::default());
    click(&mut window, Role::Button, "Generation settings");
    assert!(shows(&window, "In use: 1 thread, found by a trial"));
    window.get_by_role_and_label(Role::SpinButton, "Threads (0: found by a trial)").set_value_accesskit(2.0);
    window.run();
    window.get_by_role_and_label(Role::Button, "Load again with these").click_accesskit();
    window.run();
    assert_eq!(told.borrow().loads.last().map(|(_, options)| (options.threads, options.trial)), Some((Some(2), None)));
    click(&mut window, Role::Button, "Generation settings");
    assert!(shows(&window, "In use: 2 threads, set by you"));
}

#[test]
fn a_model_file_is_looked_at_before_it_is_loaded() {
    let path = embedded_model().expect("it ships with the program");
    let answers = vec![Answer::Chosen(path.clone())];
    let probe = Probe { free_memory: || Some(Bytes::from_mib(10.0)), ..Probe::silent() };
    let (mut window, told) = live(Setup { answers, probe, ..Setup::default() });
    window.get_by_role_and_label(Role::Button, "Open a model file…").click();
    until(&mut window, |window| shows(window, "135M parameters in Q4_1"));
    assert_eq!(told.borrow().loads.len(), 1, "only the model it began with");
    assert!(shows(&window, "Will take "), "what it will take is said");
    assert!(shows(&window, "Does not fit"), "10 MiB are not enough");
    // A warning is no refusal.
    click(&mut window, Role::Button, "Load");
    let loads: Vec<_> = told.borrow().loads.iter().map(|(choice, _)| choice.clone()).collect();
    assert_eq!(loads, [ModelChoice::Embedded, ModelChoice::File(path)]);
}

#[test]
fn what_loading_again_or_beside_will_take_is_said_before_it_is_loaded() {
    let probe = Probe { free_memory: || Some(Bytes::from_mib(10.0)), ..Probe::silent() };
    let (mut window, told) = live(Setup { size: egui::vec2(1296.0, 1200.0), probe, ..Setup::default() });
    click(&mut window, Role::Button, "Generation settings");
    assert!(!shows(&window, "Will take "), "it is loaded as it is set");
    let context = "Context of the model (tokens)";
    window.get_by_role_and_label(Role::SpinButton, context).set_value_accesskit(4096.0);
    // Its header is read on a thread.
    until(&mut window, |window| shows(window, "Memory when loaded again: "));
    assert!(shows(&window, "10.0 MiB free now and the 5.00 MiB of the model it takes the place of"));
    assert!(shows(&window, "Does not fit"));
    let takes = |window: &Window| all_saying(window, "Memory when loaded again: ");
    let before = takes(&window);
    window.get_by_role_and_label(Role::SpinButton, context).set_value_accesskit(8192.0);
    window.run();
    assert_ne!(takes(&window), before, "twice the context takes more");
    // A warning is no refusal.
    window.get_by_role_and_label(Role::Button, "Load again with these").click_accesskit();
    window.run();
    assert_eq!(told.borrow().loads.len(), 2);
    click(&mut window, Role::Button, "Compare with a second model");
    assert!(shows(&window, "Predicted memory: "), "the second column says it before it loads");
    assert!(shows(&window, "The other column's model keeps its 5.00 MiB"));
    click(&mut window, Role::Button, "Load this model (second)");
    assert_eq!(told.borrow().loads.len(), 3);
    assert!(!shows(&window, "Will take "));
}

#[test]
fn in_a_low_window_a_second_model_looked_at_can_be_loaded() {
    let (mut window, told) = live(Setup { size: egui::vec2(1280.0, 720.0), ..Setup::default() });
    converse(&mut window, "one");
    click(&mut window, Role::Button, "Compare with a second model");
    window.run();
    window.state_mut().send(Command::LookAtModel(embedded_model().expect("it ships with the program")));
    until(&mut window, |window| shows(window, "135M parameters"));
    click(&mut window, Role::Button, "Do not load");
    pick(&mut window, "Live model (second)", "built in");
    until(&mut window, |window| shows(window, "135M parameters"));
    assert!(!shows(&window, "Load this model (second)"), "one thing at a time");
    let above = window.get_by_role_and_label(Role::Button, "Stop the second").rect();
    let load = window.get_by_role_and_label(Role::Button, "Load (second)").rect();
    assert!(load.bottom() <= above.top(), "it is in view: {load:?} above {above:?}");
    click(&mut window, Role::Button, "Load (second)");
    assert_eq!(told.borrow().loads.len(), 2);
}

#[test]
fn a_file_that_is_no_model_is_named_and_the_chat_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.gguf");
    std::fs::write(&path, "Dear reader").expect("written");
    let (mut window, told) = live(Setup::default());
    converse(&mut window, "one");
    window.state_mut().send(Command::LookAtModel(path));
    until(&mut window, |window| shows(window, "not a usable GGUF file"));
    assert!(window.get_by_role_and_label(Role::Button, "Load").accesskit_node().is_disabled());
    click(&mut window, Role::Button, "Do not load");
    assert_eq!((text(&window, "Question 1"), told.borrow().loads.len()), ("one".to_owned(), 1));
}

#[test]
fn a_load_that_fails_says_why_and_the_conversation_goes_on() {
    let path = embedded_model().expect("it ships with the program");
    let (mut window, told) = live(Setup::default());
    converse(&mut window, "one");
    told.borrow_mut().load_fails = Some(InferError::Changed { path: path.clone() });
    window.state_mut().send(Command::LookAtModel(path));
    until(&mut window, |window| shows(window, "135M parameters"));
    click(&mut window, Role::Button, "Load");
    assert!(all_saying(&window, "Message: ").iter().any(|text| text.contains("changed while it was being read")));
    converse(&mut window, "two");
    assert_eq!(told.borrow().requests.last().map(|request| request.messages.len()), Some(3));
}

#[test]
fn models_of_other_programs_are_in_the_list() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("Qwen/Qwen3-0.6B-GGUF");
    std::fs::create_dir_all(&inside).expect("made");
    std::fs::write(inside.join("Qwen3-0.6B-Q8_0.gguf"), "GGUF and no more").expect("written");
    let place = ModelFolder { place: "LM Studio".to_owned(), path: folder.path().to_owned(), kind: FolderKind::Files };
    let (mut window, _) = live(Setup { model_folders: vec![place], ..Setup::default() });
    // The folders are looked through on a thread.
    std::thread::sleep(Duration::from_millis(200));
    window.run_steps(4);
    pick(&mut window, "Live model", "qwen3 studio");
    until(&mut window, |window| shows(window, "not a usable GGUF file"));
}

#[test]
fn two_models_answer_one_question_one_after_the_other_each_with_its_own_stop() {
    let (mut window, told) = live(Setup::default());
    click(&mut window, Role::Button, "Compare with a second model");
    click(&mut window, Role::Button, "Load this model (second)");
    told.borrow_mut().words = None;
    ask(&mut window, "one");
    window.run_steps(10);
    assert!(text(&window, "Answer").contains("word0"));
    assert!(shows(&window, "Waits for the other's answer"));
    window.get_by_role_and_label(Role::Button, "Stop the first").click();
    window.run_steps(12);
    let first = text(&window, "Answer");
    assert!(text(&window, "Answer (second)").contains("word0"), "now the second one's turn");
    window.get_by_role_and_label(Role::Button, "Stop the second").click();
    window.run_steps(6);
    assert_eq!(text(&window, "Answer"), first);
    let told = told.borrow();
    assert_eq!(told.prompts, ["one", "one"]);
    assert_eq!(told.requests[0].sampling.seed, told.requests[1].sampling.seed, "drawn alike, to be compared");
    assert_eq!(says(&window, "Live speed (second): "), "Live speed (second): 100 tokens/s");
}

#[test]
fn a_long_text_is_pasted_beside_the_field_and_asked_before_what_is_typed() {
    let (mut window, told) = live(Setup::default());
    window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    window.run_steps(2);
    // The most that is taken, and one more.
    let pasted = "Rivers meet. ".repeat(200_000 / 13 + 1);
    window.event(egui::Event::Paste(pasted.clone()));
    window.run();
    assert_eq!(text(&window, "Prompt"), "", "the field stays short: what it holds is described anew in each frame");
    assert!(shows(&window, "Long text, 200,000 characters"));
    assert!(shows(&window, "The long text ends at 200,000 characters"));
    window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text("Why?");
    window.run();
    assert_eq!(text(&window, "Prompt"), "Why?", "one can ask about the longest text, too");
    click(&mut window, Role::Button, "Show the long text");
    window.run_steps(2);
    assert!(text(&window, "Long text").starts_with("Rivers meet. Rivers"));
    click(&mut window, Role::Button, "Take the long text out");
    assert!(!shows(&window, "Long text,"));

    let pasted = &pasted[..30_000];
    window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").focus();
    window.run_steps(2);
    window.event(egui::Event::Paste(pasted.to_owned()));
    window.run_steps(2);
    converse(&mut window, " Where?");
    let asked = format!("{}\n\nWhy? Where?", pasted.trim());
    assert_eq!(told.borrow().prompts, [asked.as_str()]);
    assert!(!shows(&window, "Long text,"), "what was sent is no longer in the draft");

    // It is above what is in view.
    window.get_by_role_and_label(Role::Button, "Edit question 1").click_accesskit();
    window.run();
    assert!(shows(&window, "Long text, 30,"), "a long question is edited the same way");
    assert_eq!(text(&window, "Question in other words"), "");
}

#[test]
fn of_a_long_conversation_only_what_is_seen_is_drawn() {
    let (mut window, told) = live(Setup::default());
    told.borrow_mut().words = Some(1);
    for question in 0..40 {
        window.get_by_role_and_label(Role::MultilineTextInput, "Prompt").type_text(&question.to_string());
        window.run_steps(1);
        window.key_press(Key::Enter);
        window.run_steps(7);
    }
    assert_eq!(told.borrow().prompts.len(), 40);
    window.run_steps(4);
    let drawn = all_saying(&window, "Copy answer");
    assert!((1..20).contains(&drawn.len()), "{drawn:?}");
    assert!(drawn.iter().any(|name| name == "Copy answer 40"), "the newest is in view: {drawn:?}");
}

#[test]
fn a_live_run_becomes_a_measurement_of_a_device_made_for_this_machine() {
    // High enough for the form to be in view.
    let (mut window, told) = live(Setup { size: egui::vec2(1296.0, 1400.0), ..Setup::default() });
    converse(&mut window, "Why?");
    let add = "Add as a measurement of this machine";
    let enabled = |window: &Window| !window.get_by_role_and_label(Role::Button, add).accesskit_node().is_disabled();
    assert!(!enabled(&window), "an answer of three words tells no speed");
    told.borrow_mut().words = Some(20);
    converse(&mut window, "Why not?");
    window.run_steps(40);
    // The catalog has no entry for a machine without a name, and this one's memory cannot be measured.
    click(&mut window, Role::Button, "Measure this machine…");
    until(&mut window, |window| shows(window, "this machine tells nothing"));
    let bandwidth = "Memory bandwidth (GB/s, 0: unknown)";
    window.get_by_role_and_label(Role::SpinButton, bandwidth).set_value_accesskit(50.0);
    window.run();
    click(&mut window, Role::Button, "Make this device");
    click(&mut window, Role::Button, "Add as a measurement of this machine");
    let project = window.state().project();
    assert_eq!(project.layer.devices.len(), 1);
    let device = project.layer.devices[0].id.clone();
    assert!(!project.measurements.is_empty());
    assert!(project.measurements.iter().all(|own| own.measurement.device.id() == Some(&device)));
}

#[test]
fn a_run_of_a_file_the_catalog_does_not_know_is_no_measurement() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letters-Q4_1.gguf");
    // The same weights under a name of somebody's own, inside as well.
    let mut bytes = std::fs::read(embedded_model().expect("it ships with the program")).expect("read");
    let name = bytes.windows(7).position(|word| word == b"Smollm2").expect("its name");
    bytes[name..name + 7].copy_from_slice(b"Letters");
    std::fs::write(&path, bytes).expect("written");
    let (mut window, told) = live(Setup { size: egui::vec2(1296.0, 1400.0), ..Setup::default() });
    converse(&mut window, "one");
    assert!(shows(&window, "Add as a measurement of this machine"));
    window.state_mut().send(Command::LookAtModel(path));
    until(&mut window, |window| shows(window, "135M parameters"));
    click(&mut window, Role::Button, "Load");
    converse(&mut window, "two");
    assert_eq!(told.borrow().loads.len(), 2);
    assert!(!shows(&window, "Add as a measurement of this machine"));
    assert!(shows(&window, "No measurement to keep"));
}

#[test]
fn the_embedded_model_answers_in_the_window_and_stops_half_way() {
    let mut window = open(Setup { engine: Box::new(start_embedded), any_signs: true, ..Setup::default() });
    click(&mut window, Role::Button, "Live");
    // Asked while the model is still being loaded, as an impatient user does.
    ask(&mut window, "Tell a long story about a lighthouse.");
    let begun = |window: &Window| window.query_by_role_and_label(Role::MultilineTextInput, "Answer").is_some();
    until(&mut window, |window| begun(window) && text(window, "Answer").len() > 40);
    window.get_by_role_and_label(Role::Button, "Stop").click();
    until(&mut window, |window| shows(window, "Stopped by you"));
    let stopped = text(&window, "Answer");
    assert!(says(&window, "Live speed: ").ends_with("tokens/s"));
    window.run_steps(10);
    assert_eq!(text(&window, "Answer"), stopped, "nothing comes after Stop");
    // Once more, with what was said before in mind; another answer, from another seed.
    window.get_by_role_and_label(Role::Button, "Answer again").click();
    until(&mut window, |window| (41..stopped.len().max(80)).contains(&text(window, "Answer").len()));
    window.get_by_role_and_label(Role::Button, "Stop").click();
    until(&mut window, |window| shows(window, "Stopped by you"));
    assert_ne!(text(&window, "Answer"), stopped);
}
