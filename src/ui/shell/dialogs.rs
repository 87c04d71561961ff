//! Dialogs over the window: unsaved changes, a failure, all messages, keys, about.

use egui::{Modal, ScrollArea, Ui};

use crate::ui::command::{Command, SHORTCUTS};
use crate::ui::messages::Messages;
use crate::ui::theme::tokens;
use crate::ui::widgets::severity_color;

/// The open dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// This command would lose changes.
    Unsaved(Command),
    /// Something failed.
    Problem {
        /// What failed.
        title: String,
        /// Why, and what to do.
        text: String,
    },
    /// Everything said since the start.
    Messages,
    /// The list of keys.
    Shortcuts,
    /// What this program is.
    About,
}

/// What the user did in the dialog.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// Nothing yet.
    Open,
    /// Closed it.
    Close,
    /// Save the plan, then do this.
    SaveFirst(Command),
    /// Do this and lose the changes.
    Discard(Command),
}

impl Dialog {
    /// Draws it over everything else.
    pub fn ui(&self, ctx: &egui::Context, messages: &Messages) -> Reply {
        let modal = Modal::new(egui::Id::unique("dialog")).show(ctx, |ui| {
            ui.set_width(480.0);
            match self {
                Self::Unsaved(command) => unsaved_ui(ui, command),
                Self::Problem { title, text } => closing_ui(ui, title, |ui| {
                    ui.colored_label(tokens(ui).bad, "❌ The open plan is as it was");
                    ui.label(text);
                }),
                Self::Messages => closing_ui(ui, "Messages", |ui| messages_ui(ui, messages)),
                Self::Shortcuts => closing_ui(ui, "Keyboard shortcuts", shortcuts_ui),
                Self::About => closing_ui(ui, "About Sizewright", about_ui),
            }
        });
        if modal.inner == Reply::Open && modal.should_close() { Reply::Close } else { modal.inner }
    }
}

fn closing_ui(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) -> Reply {
    ui.heading(title);
    ui.add_space(4.0);
    content(ui);
    ui.add_space(8.0);
    if ui.button("Close this").clicked() { Reply::Close } else { Reply::Open }
}

fn unsaved_ui(ui: &mut Ui, command: &Command) -> Reply {
    ui.heading("The plan has changes that are not saved");
    let next = match command {
        Command::Quit => "Closing the window",
        Command::New => "Starting a new plan",
        _ => "Opening another plan",
    };
    ui.label(format!("{next} would lose them."));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        if ui.button("Save changes").clicked() {
            Reply::SaveFirst(command.clone())
        } else if ui.button("Discard changes").clicked() {
            Reply::Discard(command.clone())
        } else if ui.button("Go back").clicked() {
            Reply::Close
        } else {
            Reply::Open
        }
    })
    .inner
}

fn messages_ui(ui: &mut Ui, messages: &Messages) {
    if messages.newest_first().len() == 0 {
        ui.weak("Nothing was said yet");
    }
    ScrollArea::vertical().max_height(380.0).auto_shrink([false, true]).show(ui, |ui| {
        for message in messages.newest_first() {
            let color = severity_color(message.severity, tokens(ui));
            ui.horizontal_wrapped(|ui| {
                ui.colored_label(color, message.severity.icon());
                ui.label(&message.text);
            });
        }
    });
}

fn shortcuts_ui(ui: &mut Ui) {
    egui::Grid::new("shortcuts").num_columns(2).striped(true).spacing([24.0, 5.0]).show(ui, |ui| {
        for (shortcut, command) in SHORTCUTS {
            ui.label(command.label());
            ui.monospace(ui.ctx().format_shortcut(shortcut));
            ui.end_row();
        }
        for (words, keys) in [
            ("Zoom", "Ctrl + and Ctrl -"),
            ("Rack: go from slot to slot", "Tab, arrows"),
            ("Rack: move a device by 1U, by 5U", "Arrow up or down, with Shift"),
            ("Rack: take a device out", "Delete"),
            ("Rack: mount the server chosen in the palette", "Enter on a free slot"),
            ("Accuracy: go from row to row in the drawing", "Tab, arrows left and right"),
            ("Catalog: take a typed value, give it up", "Enter, Escape"),
            ("Live: ask, begin a new line", "Enter, Shift + Enter"),
        ] {
            ui.label(words);
            ui.monospace(keys);
            ui.end_row();
        }
    });
}

fn about_ui(ui: &mut Ui) {
    ui.label(format!("Version {}", env!("CARGO_PKG_VERSION")));
    ui.label("Which language model fits your hardware, rack, budget and readers' patience, and why.");
    ui.label("Every number is an estimate with a band that holds eight times in ten, unless it says it is exact. Click a number to see how it was made; the Accuracy pane shows how far such estimates were off.");
    ui.label(
        "The embedded model is SmolLM2-135M-Instruct (HuggingFaceTB, Apache-2.0). It shows speed; it is no adviser.",
    );
    ui.weak("Licensed MIT or Apache-2.0");
}
