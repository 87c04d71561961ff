//! What a rack is: name, height, enclosure, what is kept free, numbering; and how many there are like it.

use egui::{DragValue, Ui};

use super::edits::Edit;
use crate::catalog::Catalog;
use crate::project::check::MOST_RACKS;
use crate::rack::{MOST_UNITS, RackLayout};

/// Heights on sale.
const USUAL_HEIGHTS: [u32; 5] = [42, 45, 47, 48, 52]; // U; NetBox and makers' lists, read 2026-11
/// Shown where weight and depth are not checked.
const ANY_ENCLOSURE: &str = "any: weight and depth unchecked";

/// Draws the settings of the rack at `at`; racks are added and removed at once, `at` follows. Returns an edit of the rack.
pub fn settings_ui(
    ui: &mut Ui,
    layouts: &mut Vec<RackLayout>,
    at: &mut usize,
    copies: &mut u32,
    catalog: &Catalog,
) -> Option<Edit> {
    let layout = layouts.get_mut(*at)?;
    let mut wanted = None;
    let label = ui.label("Rack name");
    ui.add(egui::TextEdit::singleline(&mut layout.name).desired_width(f32::INFINITY).char_limit(80))
        .labelled_by(label.id)
        .on_hover_text("As it is called in the plan and the report");
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Height (U)");
        let mut height = layout.height_units;
        let field = DragValue::new(&mut height).range(1..=MOST_UNITS).clamp_existing_to_range(false);
        let field = field.speed(0.1).update_while_editing(false);
        let mut changed = ui.add(field).labelled_by(label.id).on_hover_text("Rack units inside").changed();
        for usual in USUAL_HEIGHTS {
            let usual_height = ui.selectable_label(height == usual, format!("{usual}U"));
            if usual_height.on_hover_text("A usual height").clicked() {
                (height, changed) = (usual, true);
            }
        }
        if changed {
            wanted = Some(Edit::Resize(height, layout.reserved_units.min(height)));
        }
    });
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Kept free at the top (U)");
        let mut reserved = layout.reserved_units;
        // More may be kept free in a plan's file: drawing it is no edit.
        let most = layout.height_units.min(20).max(reserved);
        let field = DragValue::new(&mut reserved).range(0..=most).speed(0.05);
        let field = ui.add(field.update_while_editing(false)).labelled_by(label.id);
        if field.on_hover_text("For switches, cables, management and panels; servers do not go there").changed() {
            wanted = Some(Edit::Resize(layout.height_units, reserved));
        }
    });
    enclosure_ui(ui, layout, catalog, &mut wanted);
    let hover = "Off: U1 is at the bottom, as usual. On: U1 is at the top";
    ui.checkbox(&mut layout.numbered_from_top, "Number the units from the top").on_hover_text(hover);
    copies_ui(ui, layouts, at, copies);
    wanted
}

fn enclosure_ui(ui: &mut Ui, layout: &RackLayout, catalog: &Catalog, wanted: &mut Option<Edit>) {
    let label = ui.label("Enclosure");
    let rack_type = layout.rack_type.as_ref().and_then(|id| catalog.rack_types.get(id));
    let current = match (rack_type, &layout.rack_type) {
        (Some(rack), _) => rack.name.clone(),
        (None, Some(id)) => format!("{id} (not in the catalog)"),
        (None, None) => ANY_ENCLOSURE.to_owned(),
    };
    let combo = egui::ComboBox::from_id_salt("rack type").selected_text(current).truncate();
    let combo = combo.width(ui.available_width() - 10.0).show_ui(ui, |ui| {
        if ui.selectable_label(layout.rack_type.is_none(), ANY_ENCLOSURE).clicked() {
            *wanted = Some(Edit::Enclosure(None));
        }
        for rack in catalog.rack_types.iter() {
            if ui.selectable_label(layout.rack_type.as_ref() == Some(&rack.id), &rack.name).clicked() {
                *wanted = Some(Edit::Enclosure(Some(rack.id.clone())));
            }
        }
    });
    combo
        .response
        .labelled_by(label.id)
        .on_hover_text("Sets the height, and limits what the rack holds by weight and depth");
    if let Some(rack) = rack_type {
        let mut facts = vec![format!("{}U", rack.height_units)];
        facts.extend(rack.depth.map(|depth| format!("{:.0} mm deep", depth.as_millimetres())));
        facts.extend(rack.static_load.map(|load| format!("holds {load}")));
        facts.extend(rack.rolling_load.map(|load| format!("{load} while rolled")));
        ui.weak(facts.join(", "));
    }
}

/// So many more racks like this one, or one less.
fn copies_ui(ui: &mut Ui, layouts: &mut Vec<RackLayout>, at: &mut usize, copies: &mut u32) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label("Copies of this rack");
        let room = u32::try_from(MOST_RACKS.saturating_sub(layouts.len())).unwrap_or(0);
        let field = DragValue::new(copies).range(1..=room.max(1)).speed(0.2);
        ui.add(field).labelled_by(label.id).on_hover_text("How many racks like this one are added");
        let add = ui.add_enabled(room > 0, egui::Button::new("Add the copies"));
        if add.on_hover_text("Adds racks with the same devices at the same places").clicked()
            && let Some(like) = layouts.get(*at).cloned()
        {
            let first = free_number(layouts);
            let names = (0..(*copies).min(room) as usize).map(|more| format!("Rack {}", first.saturating_add(more)));
            layouts.extend(names.map(|name| RackLayout { name, ..like.clone() }));
        }
        let remove = ui.add_enabled(layouts.len() > 1, egui::Button::new("Remove this rack"));
        if remove.on_hover_text("Takes the rack out of the plan, with all that is mounted in it").clicked() {
            layouts.remove(*at);
            *at = at.saturating_sub(1);
        }
    });
    ui.separator();
}

/// A number no "Rack N" has: one more than the largest, and than there are racks.
pub fn free_number(layouts: &[RackLayout]) -> usize {
    let number =
        |layout: &RackLayout| layout.name.strip_prefix("Rack ").and_then(|number| number.parse::<usize>().ok());
    let most = layouts.iter().filter_map(number).max().unwrap_or(0);
    most.max(layouts.len()).saturating_add(1)
}
