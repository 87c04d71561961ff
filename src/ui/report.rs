//! The report pane: the Markdown that will be exported, as text.

use egui::{ScrollArea, TextEdit, Ui};

use super::command::Command;
use super::documents;
use super::scene::Scene;

/// Draws the pane.
pub fn report_ui(ui: &mut Ui, scene: &mut Scene<'_>) {
    let text = documents::report(scene.project, scene.catalog, scene.outcome);
    ui.horizontal(|ui| {
        if ui.button("Write the report to a file").on_hover_text("Markdown, with assumptions and sources").clicked() {
            scene.commands.push(Command::ExportReport);
        }
        if ui.button("Copy the report").clicked() {
            ui.copy_text(text.clone());
        }
    });
    ui.separator();
    ScrollArea::both().auto_shrink(false).show(ui, |ui| {
        let mut shown = text.as_str();
        let field = TextEdit::multiline(&mut shown).font(egui::TextStyle::Monospace).desired_width(f32::INFINITY);
        ui.add(field.frame(egui::Frame::NONE)).accessible_name("Report text");
    });
}
