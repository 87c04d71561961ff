//! The status bar: what runs, where the plan is saved, what was said last.

use std::path::Path;

use egui::{Align, Button, Layout, Panel, RichText, Ui};

use crate::ui::command::Command;
use crate::ui::messages::Messages;
use crate::ui::theme::tokens;
use crate::ui::widgets::severity_color;

/// Draws the bar. A click on the message opens all of them.
pub fn status_ui(
    ui: &mut Ui,
    messages: &Messages,
    job: Option<String>,
    path: Option<&Path>,
    commands: &mut Vec<Command>,
) {
    Panel::bottom("status").show(ui, |ui| {
        ui.horizontal(|ui| {
            if let Some(message) = messages.last() {
                let color = severity_color(message.severity, tokens(ui));
                let text = RichText::new(format!("{} {}", message.severity.icon(), message.text)).color(color);
                let width = (ui.available_width() - 320.0).max(120.0);
                ui.scope(|ui| {
                    ui.set_max_width(width);
                    let button = Button::new(text).frame_when_inactive(false).truncate();
                    let button = ui.add(button).on_hover_text(format!("{}\n(click for all messages)", message.text));
                    button.widget_info(|| {
                        egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Message: {}", message.text))
                    });
                    if button.clicked() {
                        commands.push(Command::Messages);
                    }
                });
            } else {
                ui.weak("Ready");
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                match path.and_then(Path::file_name) {
                    Some(name) => {
                        let full = path.map(|path| path.display().to_string()).unwrap_or_default();
                        ui.weak(name.to_string_lossy()).on_hover_text(full)
                    }
                    None => ui.weak("Not saved to a file yet"),
                };
                if let Some(job) = job {
                    ui.separator();
                    ui.label(job);
                }
            });
        });
    });
}
