//! The plan's own measurements as a list: what each does, a switch, and taking it out.

use egui::{Button, ScrollArea, Ui};

use super::review::row_text;
use crate::sizing::calibration::RowStanding;
use crate::ui::command::Command;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::section_ui;

/// Height of the list, in points: some five rows of two lines.
const HEIGHT: f32 = 200.0;

/// Draws the list.
pub fn list_ui(ui: &mut Ui, scene: &mut Scene<'_>) {
    section_ui(ui, "YOUR MEASUREMENTS");
    let standings = &scene.outcome.own.rows;
    if scene.project.measurements.is_empty() {
        ui.weak("None yet. Estimates of a device start from what you measured on it: import the output of llama-bench, or run the model in the Live pane");
    }
    let mut deleted = None;
    let line = ui.text_style_height(&egui::TextStyle::Body) * 2.0 + 10.0;
    let count = scene.project.measurements.len();
    ScrollArea::vertical().id_salt("own measurements").max_height(HEIGHT).auto_shrink([false, true]).show_rows(
        ui,
        line,
        count,
        |ui, shown| {
            for at in shown {
                let Some(own) = scene.project.measurements.get_mut(at) else { continue };
                let text = row_text(&own.measurement);
                ui.horizontal(|ui| {
                    let switch = ui.checkbox(&mut own.used, "").on_hover_text("Whether estimates use it");
                    let used = own.used;
                    switch.widget_info(|| {
                        egui::WidgetInfo::selected(
                            egui::Role::CheckBox,
                            true,
                            used,
                            format!("Use measurement {}: {text}", at + 1),
                        )
                    });
                    let delete =
                        ui.add(Button::new("🗑").frame_when_inactive(false)).on_hover_text("Take it out of the plan");
                    delete.widget_info(|| {
                        egui::WidgetInfo::labeled(
                            egui::Role::Button,
                            true,
                            format!("Delete measurement {}: {text}", at + 1),
                        )
                    });
                    if delete.clicked() {
                        deleted = Some(at);
                    }
                    ui.vertical(|ui| {
                        ui.add(egui::Label::new(&text).truncate());
                        // The list may be one frame ahead of what follows from it.
                        if let Some(standing) = standings.get(at) {
                            standing_ui(ui, standing);
                        }
                    });
                });
            }
        },
    );
    if let Some(at) = deleted {
        scene.project.measurements.remove(at);
    }
    if ui.button(Command::ImportMeasurements.label()).clicked() {
        scene.commands.push(Command::ImportMeasurements);
    }
}

fn standing_ui(ui: &mut Ui, standing: &RowStanding) {
    let colors = tokens(ui);
    let (mark, color) = match standing {
        RowStanding::Used { .. } => ("✔", colors.good),
        RowStanding::Off => ("–", colors.text_weak),
        RowStanding::Outlier { .. } => ("⚠", colors.warn),
        RowStanding::NotUsed(_) => ("–", colors.text_weak),
    };
    ui.add(egui::Label::new(egui::RichText::new(format!("{mark} {standing}")).small().color(color)).truncate())
        .on_hover_text(standing.to_string());
}
