//! The pane: which rack, the drawing on the left; bars, palette and chart on the right.

use egui::{Rect, ScrollArea, Sense, Ui, vec2};

use super::chart::chart_ui;
use super::edits::{self, Edit};
use super::elevation::Elevation;
use super::measure::{Measure, measured};
use super::palette::palette_ui;
use super::slots::{Slots, focus_last, slots_ui};
use crate::catalog::ServerId;
use crate::project::RackOutcome;
use crate::rack::RackLayout;
use crate::ui::outcome::power_text;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::{capacity_bar_ui, section_ui};
use crate::units::Significant;

/// A rack drawn wider than this, in points, is no easier to read.
const WIDEST_DRAWING: f32 = 464.0;

/// The pane.
#[derive(Debug, Default)]
pub struct RackPane {
    /// Which rack is shown.
    at: usize,
    filter: String,
    /// What a click on a slot mounts.
    chosen: Option<ServerId>,
    measure: Measure,
}

impl RackPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        self.at = self.at.min(scene.project.racks.layouts.len().saturating_sub(1));
        self.racks_ui(ui, scene);
        let (Some(shown), Some(by_hand)) = (scene.outcome.racks.get(self.at), scene.project.racks.layouts.get(self.at))
        else {
            ui.label("The plan has no rack: add one above");
            return;
        };
        let by_hand = by_hand.clone();
        let size = ui.available_size();
        // What a wide window has beyond the drawing goes to the list and the chart.
        let side = (size.x - WIDEST_DRAWING - 12.0).max((size.x * 0.48).clamp(180.0, 360.0));
        let mut wanted = None;
        ui.horizontal_top(|ui| {
            ui.allocate_ui_with_layout(
                vec2(size.x - side - 12.0, size.y),
                egui::Layout::top_down(egui::Align::Min),
                |ui| wanted = self.drawing_ui(ui, scene, shown, &by_hand),
            );
            ui.allocate_ui_with_layout(vec2(side, size.y), egui::Layout::top_down(egui::Align::Min), |ui| {
                ui.set_width(side);
                ScrollArea::vertical().id_salt("rack side").auto_shrink(false).show(ui, |ui| {
                    wanted = self.side_ui(ui, scene, shown).or(wanted.take());
                });
            });
        });
        if let Some(edit) = wanted {
            let mounts = matches!(edit, Edit::Place(..));
            let done = edits::apply(scene.project, self.at, edit, scene.catalog, scene.messages);
            if done
                && mounts
                && let Some(layout) = scene.project.racks.layouts.get(self.at)
            {
                focus_last(ui, self.at, layout);
            }
        }
    }

    fn racks_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>) {
        ui.horizontal_wrapped(|ui| {
            for (at, layout) in scene.project.racks.layouts.iter().enumerate() {
                if ui.selectable_label(at == self.at, &layout.name).clicked() {
                    self.at = at;
                }
            }
            if ui.button("Add a rack").on_hover_text("Of the same height, empty").clicked() {
                let height = scene.project.racks.layouts.get(self.at).map_or(42, |layout| layout.height_units);
                let number = scene.project.racks.layouts.len() + 1;
                scene.project.racks.layouts.push(RackLayout::empty(format!("Rack {number}"), height));
                self.at = number - 1;
            }
            if scene.project.racks.layouts.len() > 1 && ui.button("Remove this rack").clicked() {
                scene.project.racks.layouts.remove(self.at);
                self.at = self.at.saturating_sub(1);
            }
            if let Some(layout) = scene.project.racks.layouts.get_mut(self.at) {
                ui.separator();
                let label = ui.label("Height (U)");
                let height = egui::DragValue::new(&mut layout.height_units).range(1..=60).speed(0.1);
                ui.add(height).labelled_by(label.id).on_hover_text("Rack units inside");
                let label = ui.label("Kept free at the top (U)");
                let reserved = egui::DragValue::new(&mut layout.reserved_units).range(0..=20).speed(0.05);
                ui.add(reserved).labelled_by(label.id).on_hover_text("For switches, cables and management");
                let label = ui.label("Show");
                let shown = egui::ComboBox::from_id_salt("rack measure").selected_text(self.measure.label());
                let shown = shown.show_ui(ui, |ui| {
                    for each in Measure::ALL {
                        ui.selectable_value(&mut self.measure, each, each.label());
                    }
                });
                shown
                    .response
                    .labelled_by(label.id)
                    .on_hover_text("A bar in each device: its value beside the largest");
            }
        });
    }

    fn drawing_ui(&self, ui: &mut Ui, scene: &Scene<'_>, shown: &RackOutcome, by_hand: &RackLayout) -> Option<Edit> {
        let mut wanted = None;
        ScrollArea::vertical().id_salt("elevation").auto_shrink(false).show(ui, |ui| {
            let margin = 6.0;
            let height = Elevation::height(by_hand.height_units, ui.available_height() - 2.0 * margin);
            let width = (ui.available_width() - 4.0).min(WIDEST_DRAWING);
            let (area, _) = ui.allocate_exact_size(vec2(width, height + 2.0 * margin), Sense::hover());
            let rack = Elevation::new(Rect::from_center_size(area.center(), vec2(width, height)), by_hand.height_units);
            let slots = Slots {
                at: self.at,
                by_hand,
                shown,
                limits: scene.project.rack_limits(scene.catalog, by_hand),
                project: scene.project,
                catalog: scene.catalog,
                measured: measured(self.measure, scene.outcome, scene.catalog),
                in_hand: self.chosen.as_ref(),
            };
            wanted = slots_ui(ui, &slots, &rack);
        });
        wanted
    }

    fn side_ui(&mut self, ui: &mut Ui, scene: &Scene<'_>, shown: &RackOutcome) -> Option<Edit> {
        let mut wanted = None;
        bars_ui(ui, scene, shown);
        section_ui(ui, "SERVERS TO MOUNT");
        let height = ui.available_height();
        let chart = if height > 330.0 { (height * 0.4).max(170.0) } else { 0.0 };
        let palette = (ui.available_height() - chart - 92.0).max(110.0);
        palette_ui(ui, scene.catalog, &mut self.filter, &mut self.chosen, palette);
        ui.horizontal_wrapped(|ui| {
            let fill = ui.add_enabled(self.chosen.is_some(), egui::Button::new("Fill rack"));
            if fill.on_hover_text("Fill the free room with the server chosen above").clicked() {
                wanted = Some(Edit::FillWith(self.chosen.clone()));
            }
            let fills = scene.project.racks.fill.is_some();
            let stop = ui.add_enabled(fills, egui::Button::new("No filling"));
            if stop.on_hover_text("Only what is mounted by hand").clicked() {
                wanted = Some(Edit::FillWith(None));
            }
            let keep = ui.add_enabled(fills, egui::Button::new("Keep filling"));
            if keep.on_hover_text("Mount what fills the room by hand, to move it about").clicked() {
                wanted = Some(Edit::KeepFilling(shown.layout.clone()));
            }
            let any = shown.placed_by_hand > 0;
            let empty = ui.add_enabled(any, egui::Button::new("Empty rack"));
            if empty.on_hover_text("Take out all that is mounted by hand").clicked() {
                wanted = Some(Edit::Empty);
            }
        });
        if chart > 0.0 {
            section_ui(ui, "SESSIONS BY MODEL");
            chart_ui(ui, scene.outcome, (ui.available_height() - 4.0).max(90.0));
        }
        wanted
    }
}

fn bars_ui(ui: &mut Ui, scene: &Scene<'_>, shown: &RackOutcome) {
    let usable = shown.layout.usable().to_units().as_units();
    let words = format!("Units: {} of {usable}", shown.used_units);
    capacity_bar_ui(ui, &words, shown.used_units, Some(usable));
    let words = format!("Rack draw: {} of {}", power_text(shown.total.planned_power), power_text(shown.usable_power));
    capacity_bar_ui(ui, &words, shown.total.planned_power.as_watts(), Some(shown.usable_power.as_watts()));
    if shown.without_power > 0 {
        ui.colored_label(tokens(ui).warn, format!("⚠ {} devices without known power", shown.without_power));
    }
    let rack_type = shown.layout.rack_type.as_ref().and_then(|id| scene.catalog.rack_types.get(id));
    let limit = rack_type.and_then(|rack| rack.static_load);
    let of = limit.map_or_else(|| "no limit set".to_owned(), |limit| format!("of {limit}"));
    let unknown = if shown.without_weight > 0 { format!(", {} unknown", shown.without_weight) } else { String::new() };
    let words = format!("Weight: {} kg {of}{unknown}", Significant(shown.weight.as_kilograms()));
    capacity_bar_ui(ui, &words, shown.weight.as_kilograms(), limit.map(crate::units::Kilograms::as_kilograms));
}
