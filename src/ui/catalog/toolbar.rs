//! What the computed columns of models are for: format, context, device, benchmark, size bands.

use egui::{ComboBox, DragValue, Ui};

use super::sized::SizedFor;
use crate::catalog::{Catalog, Taxonomy, WeightFormat};
use crate::ui::widgets::{PickerEntry, picker_ui};

/// Width of the device's picker, in points.
const DEVICE: f32 = 190.0;

/// Draws the line above the table of models.
pub fn sized_for_ui(ui: &mut Ui, catalog: &Catalog, chosen: &mut SizedFor) {
    ui.horizontal_wrapped(|ui| {
        ui.weak("Sized for");
        combo(ui, "Format of the sizes", chosen.format.label(), 92.0, |ui| {
            for &format in WeightFormat::ALL {
                ui.selectable_value(&mut chosen.format, format, format.label());
            }
        });
        let drag = DragValue::new(&mut chosen.context_tokens).range(1..=10_000_000).speed(64.0).suffix(" tokens");
        let drag = ui.add(drag).on_hover_text("Context of the one session");
        drag.widget_info(|| egui::WidgetInfo::labeled(egui::Role::SpinButton, true, "Context of the sizes (tokens)"));
        let device =
            chosen.device.as_ref().and_then(|id| catalog.devices.get(id)).or_else(|| catalog.devices.iter().next());
        ui.scope(|ui| {
            ui.set_max_width(DEVICE);
            let entries = catalog.devices.iter().map(|device| PickerEntry {
                id: &device.id,
                name: &device.name,
                detail: device.form_factor.clone(),
            });
            let shown = device.map_or("no device", |device| device.name.as_str());
            if let Some(id) = picker_ui(ui, "Device of the sizes", shown, entries) {
                chosen.device = Some(id);
            }
        });
        let benchmark = chosen.benchmark.clone();
        combo(ui, "Benchmark of the scores", &benchmark, 110.0, |ui| {
            // Only while the list is open.
            let mut all: Vec<&str> =
                catalog.models.iter().flat_map(|model| &model.quality).map(|score| score.benchmark.as_str()).collect();
            all.sort_unstable();
            all.dedup();
            for each in all {
                if ui.selectable_label(each == benchmark, each).clicked() {
                    each.clone_into(&mut chosen.benchmark);
                }
            }
        });
        ui.weak("Bands");
        for taxonomy in Taxonomy::ALL {
            let label = ui.selectable_label(chosen.taxonomy == taxonomy, taxonomy.label());
            if label.on_hover_text(taxonomy.source()).clicked() {
                chosen.taxonomy = taxonomy;
            }
        }
    });
}

fn combo(ui: &mut Ui, name: &str, current: &str, width: f32, list: impl FnOnce(&mut Ui)) {
    let combo = ComboBox::from_id_salt(name).width(width).height(320.0).truncate().selected_text(current);
    let shown = combo.show_ui(ui, list);
    let response = shown.response.on_hover_text(name);
    response.widget_info(|| {
        let mut info = egui::WidgetInfo::labeled(egui::Role::ComboBox, true, name);
        info.current_text_value = Some(current.to_owned());
        info
    });
}
