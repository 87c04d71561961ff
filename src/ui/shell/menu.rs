//! The menu bar: menus, undo and redo, the plan's name, theme.

use egui::{Align, Button, Layout, MenuBar, Panel, RichText, TextEdit, ThemePreference, Ui};

use crate::ui::command::Command;
use crate::ui::panes::Pane;
use crate::ui::theme::tokens;
use crate::ui::view::View;

/// What the menu bar shows of the plan.
#[derive(Clone, Copy, Debug)]
pub struct MenuShown {
    /// The plan differs from its file.
    pub changed: bool,
    /// There is a change to take back.
    pub can_undo: bool,
    /// There is one to do again.
    pub can_redo: bool,
}

/// Draws the bar.
pub fn menu_ui(ui: &mut Ui, shown: &MenuShown, view: &View, name: &mut String, commands: &mut Vec<Command>) {
    Panel::top("menu").show(ui, |ui| {
        MenuBar::new().ui(ui, |ui| {
            ui.menu_button("File", |ui| file_menu(ui, view, commands));
            ui.menu_button("Edit", |ui| {
                entry(ui, Command::Undo, shown.can_undo, commands);
                entry(ui, Command::Redo, shown.can_redo, commands);
                ui.separator();
                entry(ui, Command::ReviewCatalog, true, commands);
            });
            ui.menu_button("View", |ui| view_menu(ui, view, commands));
            ui.menu_button("Help", |ui| {
                entry(ui, Command::Shortcuts, true, commands);
                entry(ui, Command::Messages, true, commands);
                entry(ui, Command::About, true, commands);
            });
            ui.separator();
            icon(ui, "⟲", "Take back the last change", shown.can_undo, Command::Undo, commands);
            icon(ui, "⟳", "Do the change again", shown.can_redo, Command::Redo, commands);
            ui.separator();
            let width = (name.chars().count() as f32 * 8.0 + 24.0).clamp(120.0, 280.0);
            ui.add(TextEdit::singleline(name).desired_width(width).align(egui::Align2::LEFT_CENTER).char_limit(80))
                .accessible_name("Plan name")
                .on_hover_text("The plan's name: used in the report and proposed as its file name");
            if shown.changed {
                ui.label(RichText::new("*").strong().color(tokens(ui).accent))
                    .on_hover_text("Changed since it was last saved");
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let dark = ui.visuals().dark_mode;
                let (mark, to, words) = if dark {
                    ("☀", ThemePreference::Light, "Switch to the light theme")
                } else {
                    ("🌙", ThemePreference::Dark, "Switch to the dark theme")
                };
                icon(ui, mark, words, true, Command::Theme(to), commands);
            });
        });
    });
}

fn file_menu(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    entry(ui, Command::New, true, commands);
    entry(ui, Command::Open, true, commands);
    ui.menu_button("Recent plans", |ui| {
        if view.recent.is_empty() {
            ui.weak("None yet");
        }
        for path in &view.recent {
            entry(ui, Command::OpenPath(path.clone()), true, commands);
        }
    });
    ui.separator();
    entry(ui, Command::Save, true, commands);
    entry(ui, Command::SaveAs, true, commands);
    entry(ui, Command::ExportReport, true, commands);
    ui.separator();
    entry(ui, Command::ImportMeasurements, true, commands);
    entry(ui, Command::ImportFolder, true, commands);
    entry(ui, Command::MergeCatalog, true, commands);
    entry(ui, Command::ExportCatalog, true, commands);
    entry(ui, Command::ExportNetbox, true, commands);
    ui.separator();
    entry(ui, Command::Quit, true, commands);
}

fn view_menu(ui: &mut Ui, view: &View, commands: &mut Vec<Command>) {
    for pane in Pane::ALL {
        entry(ui, Command::Show(pane), true, commands);
    }
    entry(ui, Command::ResetLayout, true, commands);
    ui.separator();
    for theme in [ThemePreference::System, ThemePreference::Dark, ThemePreference::Light] {
        let command = Command::Theme(theme);
        if ui.radio(view.theme == theme, command.label()).clicked() {
            commands.push(command);
            ui.close();
        }
    }
    ui.separator();
    entry(ui, Command::ZoomIn, true, commands);
    entry(ui, Command::ZoomOut, true, commands);
    entry(ui, Command::ZoomReset, true, commands);
}

fn entry(ui: &mut Ui, command: Command, enabled: bool, commands: &mut Vec<Command>) {
    let mut button = Button::new(command.label());
    if let Some(shortcut) = command.shortcut() {
        button = button.shortcut_text(ui.ctx().format_shortcut(shortcut));
    }
    let response = ui.add_enabled(enabled, button);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::MenuItem, enabled, command.label()));
    if response.clicked() {
        commands.push(command);
        ui.close();
    }
}

fn icon(ui: &mut Ui, mark: &str, name: &str, enabled: bool, command: Command, commands: &mut Vec<Command>) {
    let response = ui.add_enabled(enabled, Button::new(mark).frame_when_inactive(false));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, enabled, name));
    if response.on_hover_text(name).clicked() {
        commands.push(command);
    }
}
