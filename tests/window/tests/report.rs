//! The report pane: a page to read, and the Markdown that is written to a file.

#![cfg(feature = "window")]

use egui::Role;
use egui_kittest::kittest::Queryable;
use sizewright_window_tests::{Setup, click, open};

#[test]
fn the_report_reads_as_a_page_and_follows_the_plan() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Report");
    window.get_by_role_and_label(Role::Label, "The answer");
    assert!(window.query_by_role_and_label(Role::Label, "## The answer").is_none(), "Markdown signs are on the page");
    window.get_by_role_and_label(Role::Label, "12.5 of 12.5 kW");
    window.get_by_role_and_label(Role::Slider, "Rack power (kW)").set_value_accesskit(8.0);
    window.run();
    assert!(window.query_by_role_and_label(Role::Label, "12.5 of 12.5 kW").is_none(), "the page is of the plan before");
}

#[test]
fn the_markdown_that_will_be_written_can_be_read_as_it_is() {
    let mut window = open(Setup::default());
    click(&mut window, Role::Button, "Report");
    click(&mut window, Role::Button, "Markdown");
    let text = window.get_by_role_and_label(Role::MultilineTextInput, "Report text").value().unwrap_or_default();
    assert!(text.starts_with("# Sessions per rack\n\n") && text.contains("## The answer\n"), "{text}");
}
