//! Above the drawing: which rack is edited, which face is shown, and by what its devices are measured.

use egui::Ui;

use super::measure::Measure;
use super::settings::free_number;
use crate::project::Project;
use crate::project::check::MOST_RACKS;
use crate::rack::{Face, RackLayout};
use crate::ui::widgets::{PickerEntry, picker_ui};

/// What the toolbar sets.
pub struct Toolbar<'a> {
    /// Which rack is edited.
    pub at: &'a mut usize,
    /// The face that is shown.
    pub face: &'a mut Face,
    /// What the devices are measured by.
    pub measure: &'a mut Measure,
    /// Whether the rack's settings are shown.
    pub settings: &'a mut bool,
    /// Whether equal neighbours are drawn once. `None`: there are none.
    pub once: Option<&'a mut bool>,
}

/// Draws it.
pub fn toolbar_ui(ui: &mut Ui, project: &mut Project, bar: &mut Toolbar<'_>) {
    ui.horizontal_wrapped(|ui| {
        let layouts = &mut project.racks.layouts;
        which_ui(ui, layouts, bar.at);
        let add = ui.add_enabled(layouts.len() < MOST_RACKS, egui::Button::new("Add a rack"));
        if add.on_hover_text("Of the same height and kind, empty").clicked() {
            let like = layouts.get(*bar.at).cloned().unwrap_or_else(|| RackLayout::empty("", 42));
            let name = format!("Rack {}", free_number(layouts));
            layouts.push(RackLayout { name, placements: Vec::new(), ..like });
            *bar.at = layouts.len() - 1;
        }
        if !layouts.is_empty() {
            ui.toggle_value(bar.settings, "Rack settings")
                .on_hover_text("Name, height, enclosure, what is kept free, numbering, copies of the rack");
        }
        if let Some(once) = &mut bar.once {
            let hover = "Racks that differ in nothing but the name are drawn once, with how many there are";
            ui.toggle_value(once, "Equal racks once").on_hover_text(hover);
        }
        for (face, words) in [(Face::Front, "Front"), (Face::Rear, "Rear")] {
            let tab = ui.selectable_label(*bar.face == face, words);
            if tab.on_hover_text("Which face of the racks is shown, and mounted at").clicked() {
                *bar.face = face;
            }
        }
        let label = ui.label("Show");
        let shown = egui::ComboBox::from_id_salt("rack measure").selected_text(bar.measure.label()).width(92.0);
        let shown = shown.show_ui(ui, |ui| {
            for each in Measure::ALL {
                ui.selectable_value(bar.measure, each, each.label());
            }
        });
        shown.response.labelled_by(label.id).on_hover_text("A bar in each device: its value beside the largest");
    });
}

/// Which of several racks is edited.
fn which_ui(ui: &mut Ui, layouts: &[RackLayout], at: &mut usize) {
    if layouts.len() < 2 {
        return;
    }
    let current = layouts.get(*at).map_or_else(String::new, |layout| format!("{} of {}", layout.name, layouts.len()));
    let places: Vec<usize> = (0..layouts.len()).collect();
    let picked = ui.scope(|ui| {
        ui.set_max_width(130.0);
        let entries = places.iter().zip(layouts).map(|(place, layout)| PickerEntry {
            id: place,
            name: &layout.name,
            detail: format!("{}U, {} by hand", layout.height_units, layout.placements.len()),
        });
        picker_ui(ui, "Rack", &current, entries)
    });
    if let Some(picked) = picked.inner {
        *at = picked;
    }
}
