//! What the tests of the catalog pane do over and over: open it, filter, type into cells, choose from a row's menu.

#![allow(dead_code)] // each test file uses some of it

use egui::{Key, Modifiers, Role};
use egui_kittest::kittest::{NodeT, Queryable};
use sizewright::catalog::{Catalog, Layer};
use sizewright::ui::command::Command;
use sizewright::units::BytesPerSecond;
use sizewright_window_tests::{Setup, Window, all_saying, click, open, says};

pub const CARD: &str = "GeForce RTX 4090";

pub fn opened(kind: &str) -> Window {
    opened_with(Setup::default(), kind)
}

pub fn opened_with(setup: Setup, kind: &str) -> Window {
    let mut window = open(setup);
    click(&mut window, Role::Button, "Catalog");
    click(&mut window, Role::Button, kind);
    window
}

pub fn filter(window: &mut Window, text: &str) {
    window.get_by_role_and_label(Role::TextInput, "Filter the catalog").focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    window.get_by_role_and_label(Role::TextInput, "Filter the catalog").type_text(text);
    window.run();
}

/// Types into the cell of this column and name, and leaves it open.
pub fn type_in(window: &mut Window, column: &str, name: &str, text: &str) {
    let cell = says(window, &format!("{column} of {name}: "));
    // The column may have to be scrolled to.
    window.get_by_role_and_label(Role::Button, &cell).click_accesskit();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    window.get_by_role_and_label(Role::TextInput, &format!("{column} of {name}")).type_text(text);
    window.run();
}

pub fn enter(window: &mut Window) {
    window.key_press(Key::Enter);
    window.run();
}

/// Chooses from the menu of a row.
pub fn choose(window: &mut Window, name: &str, what: &str) {
    click(window, Role::Button, &format!("What to do with {name}"));
    click(window, Role::Button, what);
}

pub fn send(window: &mut Window, command: Command) {
    window.state_mut().send(command);
    window.run();
}

/// Types into a field of the dialog, in place of what it holds.
pub fn fill(window: &mut Window, field: &str, text: &str) {
    window.get_by_role_and_label(Role::TextInput, field).focus();
    window.run();
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run();
    if text.is_empty() {
        window.key_press(Key::Delete);
    } else {
        window.get_by_role_and_label(Role::TextInput, field).type_text(text);
    }
    window.run();
}

/// Names of the rows on the screen, from the top.
pub fn rows(window: &Window) -> Vec<String> {
    let mut rows: Vec<(i32, String)> = window
        .root()
        .children_recursive()
        .filter_map(|node| {
            let name = node.accesskit_node().label()?;
            let name = name.strip_prefix("What to do with ")?.to_owned();
            Some((node.rect().top() as i32, name))
        })
        .collect();
    rows.sort();
    rows.into_iter().map(|(_, name)| name).collect()
}

/// A file of another user's changes: a faster card that is built in, and one of their own.
pub fn their_layer() -> String {
    let catalog = Catalog::builtin().expect("the built-in catalog");
    let mut card = catalog.devices.get(&"nvidia-geforce-rtx-4090".into()).expect("the card").clone();
    card.memory_bandwidth = Some(BytesPerSecond::from_giga(3000.0));
    let mut theirs = Layer::default();
    theirs.put(card.clone());
    card.id = "their-card".into();
    card.name = "Their card".to_owned();
    theirs.put(card);
    theirs.put(catalog.grids.iter().next().expect("a grid").clone());
    theirs.to_ron_string().expect("it can be written")
}

/// Goes with Tab from the menu of a row to the right until something in sight begins so; how often Tab was pressed.
pub fn tab_to(window: &mut Window, row: &str, beginning: &str) -> usize {
    window.get_by_role_and_label(Role::Button, &format!("What to do with {row}")).focus();
    window.run();
    for pressed in 0..40 {
        if !all_saying(window, beginning).is_empty() {
            return pressed;
        }
        window.key_press(Key::Tab);
        window.run();
    }
    panic!("Tab does not reach {beginning}")
}
