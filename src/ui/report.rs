//! The report pane: the report as a page, or as the Markdown that will be exported.

use egui::{ScrollArea, TextEdit, Ui};
use egui_commonmark::{CommonMarkCache, CommonMarkViewer};

use super::command::Command;
use super::documents;
use super::scene::Scene;
use crate::catalog::{Catalog, Date};
use crate::project::{Outcome, Project};

/// Lines longer than this, in points, are hard to read.
const LINE_WIDTH: f32 = 860.0;

/// The pane.
#[derive(Default)]
pub struct ReportPane {
    as_markdown: bool,
    written: Option<Written>,
    cache: CommonMarkCache,
}

/// A report, and what it was written from.
struct Written {
    project: Project,
    day: Option<Date>,
    text: String,
}

impl ReportPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        let text = text(&mut self.written, scene.project, scene.catalog, scene.outcome);
        ui.horizontal_wrapped(|ui| {
            ui.selectable_value(&mut self.as_markdown, false, "Page");
            ui.selectable_value(&mut self.as_markdown, true, "Markdown").on_hover_text("As it is written to a file");
            ui.separator();
            if ui.button("Write the report to a file").on_hover_text("Markdown, with assumptions and sources").clicked()
            {
                scene.commands.push(Command::ExportReport);
            }
            if ui.button("Copy the report").clicked() {
                ui.copy_text(text.to_owned());
            }
        });
        ui.separator();
        if self.as_markdown {
            markdown_ui(ui, text);
        } else {
            ScrollArea::vertical().id_salt("report page").auto_shrink(false).show(ui, |ui| {
                ui.set_max_width(ui.available_width().min(LINE_WIDTH));
                CommonMarkViewer::new().show(ui, &mut self.cache, text);
            });
        }
    }
}

fn markdown_ui(ui: &mut Ui, mut text: &str) {
    ScrollArea::both().id_salt("report text").auto_shrink(false).show(ui, |ui| {
        let field = TextEdit::multiline(&mut text).font(egui::TextStyle::Monospace).desired_width(f32::INFINITY);
        ui.add(field.frame(egui::Frame::NONE)).accessible_name("Report text");
    });
}

/// The report of this plan and day, written anew only when one of them has changed.
fn text<'a>(written: &'a mut Option<Written>, project: &Project, catalog: &Catalog, outcome: &Outcome) -> &'a str {
    let day = documents::today();
    if written.as_ref().is_some_and(|it| it.project != *project || it.day != day) {
        *written = None;
    }
    let write = || Written { project: project.clone(), day, text: documents::report(project, catalog, outcome) };
    &written.get_or_insert_with(write).text
}
