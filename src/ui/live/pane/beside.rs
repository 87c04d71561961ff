//! What stands beside the only conversation, or below it where the pane is narrow.

use egui::{CentralPanel, Frame, Margin, Panel, Ui};

use super::super::figures::{Figures, figures_ui, line_ui};
use super::super::plot::plot_ui;
use super::super::reading::words;
use super::LivePane;
use crate::catalog::{Device, DeviceId};
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::section_ui;

/// From this width on, in points, the figures stand beside the conversation.
const WIDE: f32 = 560.0;
/// Below it all of them take so much of the height, while they are shown.
const MOST_OF_HEIGHT: f32 = 0.55;

impl LivePane {
    /// One model: the conversation, and the figures beside it.
    pub(super) fn single_ui(
        &mut self,
        ui: &mut Ui,
        scene: &mut Scene<'_>,
        machine: &mut Option<DeviceId>,
        device: Option<&Device>,
    ) {
        if ui.available_width() >= WIDE {
            let width = (ui.available_width() * 0.42).clamp(250.0, 420.0);
            let frame = Frame::NONE.inner_margin(Margin { left: 10, ..Margin::ZERO });
            let panel = Panel::right("live figures").frame(frame).resizable(true);
            panel.default_size(width).size_range(220.0..=520.0).show(ui, |ui| {
                self.all_ui(ui, scene, machine, device);
            });
        } else {
            let panel = Panel::bottom("live narrow figures").frame(Frame::NONE).resizable(false);
            let most = ui.available_height() * MOST_OF_HEIGHT;
            panel.show_separator_line(false).show(ui, |ui| {
                self.narrow_ui(ui, scene, device);
                if self.show_figures {
                    let size = egui::vec2(ui.available_width(), most);
                    ui.allocate_ui(size, |ui| self.all_ui(ui, scene, machine, device));
                }
            });
        }
        let frame = Frame::NONE.inner_margin(Margin { right: 8, ..Margin::ZERO });
        CentralPanel::no_frame().frame(frame).show(ui, |ui| self.column_ui(ui, 0, scene, device));
    }

    /// All figures, and what one may do with them.
    fn all_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, machine: &mut Option<DeviceId>, device: Option<&Device>) {
        egui::ScrollArea::vertical().id_salt("live figures").auto_shrink(false).show(ui, |ui| {
            section_ui(ui, "MEASURED HERE, AND PREDICTED");
            self.figures_ui(ui, scene, device);
            self.reading_ui(ui, scene);
            self.machine_ui(ui, scene, machine, device);
            // Before the plot: what can be done with a run is not to be looked for.
            self.runs_ui(ui, scene, device);
            if let Some(column) = self.desk.columns.first() {
                plot_ui(ui, &[&column.session], 120.0);
            }
        });
    }

    /// Where there is no room for the figures beside the conversation: the speed, what it is like to read, and a button
    /// for the rest.
    fn narrow_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, device: Option<&Device>) {
        let prediction = self.loaded_prediction(0, scene, device).cloned();
        let Some(column) = self.desk.columns.first() else { return };
        ui.horizontal_wrapped(|ui| {
            if !self.show_figures {
                line_ui(ui, &Figures { column: 0, session: &column.session, prediction: prediction.as_ref() });
            }
            if let Some(speed) = column.session.decode().filter(|_| !self.show_figures) {
                let needs = &scene.project.needs;
                let words = words(speed, needs.words_per_token);
                let enough = speed >= needs.target_speed;
                let (mark, colour) = if enough { ("✔", tokens(ui).good) } else { ("⚠", tokens(ui).warn) };
                let label = ui.colored_label(colour, format!("{mark} {words}"));
                label.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::Role::Label, true, format!("Reading speed: {words}"))
                });
            }
            let hover = "All that is measured and predicted, this machine, and adding the run as a measurement of it";
            let button = egui::Button::new("Figures").selected(self.show_figures);
            if ui.add(button).on_hover_text(hover).clicked() {
                self.show_figures = !self.show_figures;
            }
        });
    }

    /// Measured and predicted figures of the only column, and of the whole process.
    fn figures_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, device: Option<&Device>) {
        let whole = self.whole(scene, device);
        let prediction = self.loaded_prediction(0, scene, device).cloned();
        if let Some(column) = self.desk.columns.first() {
            let figures = Figures { column: 0, session: &column.session, prediction: prediction.as_ref() };
            figures_ui(ui, &figures, &whole);
        }
    }
}
