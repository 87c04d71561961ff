//! What one rack may draw, which draw counts, and how many servers may fail.

use egui::Ui;

use super::{cooling, feeds, folded_ui};
use crate::project::Racks;
use crate::rack::PowerMode;
use crate::ui::widgets::{
    NumberField, Scale, SliderField, choice_ui, integer_ui, optional_number_ui, section_ui, share_slider_ui, slider_ui,
};
use crate::units::Watts;

/// Draws the section.
pub fn rack_ui(ui: &mut Ui, racks: &mut Racks) {
    section_ui(ui, "RACK");
    let mut power = racks.power_budget.as_kilowatts();
    let field = SliderField {
        name: "Rack power (kW)",
        hover: "Power budget of one rack: limits how many servers it takes",
        range: 1.0..=150.0,
        scale: Scale::Logarithmic,
        step: 0.1,
    };
    if slider_ui(ui, &field, &mut power) {
        // Tenths of a kilowatt: what one can order, and what a reader can compare.
        racks.power_budget = Watts::from_watts((power * 10.0).round() * 100.0);
    }
    let field = SliderField {
        name: "Power kept back (%)",
        hover: "Share of the budget for network, management and distribution that are not mounted here. What is mounted counts \
                in the draw itself, and the feeds may be used in full",
        range: 0.0..=50.0,
        scale: Scale::Linear,
        step: 1.0,
    };
    share_slider_ui(ui, &field, &mut racks.reserve_share);
    folded_ui(ui, "Draw and spares", "Which draw of a server counts, and how many may fail", |ui| draw_ui(ui, racks));
    folded_ui(ui, "Feeds", "Breakers, phases, and what holds when one feed is lost", |ui| {
        feeds::feeds_ui(ui, &mut racks.feeds);
    });
    folded_ui(ui, "Cooling", "What the room carries away from each rack as heat", |ui| {
        cooling::cooling_ui(ui, &mut racks.cooling);
    });
}

fn draw_ui(ui: &mut Ui, racks: &mut Racks) {
    let modes = PowerMode::ALL.iter().copied();
    let hover = "Which draw is held against the budget: the plate's, the most that was measured, or what is \
                 expected at the utilisation";
    if let Some(mode) = choice_ui(ui, "Counted draw", hover, racks.power_mode, modes, |mode| mode.label().to_owned()) {
        racks.power_mode = mode;
    }
    let field = NumberField {
        name: "Cap of each server (W)",
        hover: "No server draws more than this; accelerators slow down for it. Off: no cap",
        range: 50.0..=100_000.0,
        decimals: 0,
    };
    let mut cap = racks.per_server_cap.map(Watts::as_watts);
    if optional_number_ui(ui, &field, 5_000.0, &mut cap) {
        racks.per_server_cap = cap.map(Watts::from_watts);
    }
    let hover = "Servers in all racks together that may fail: powered and paid for, but no capacity (1 is N+1)";
    integer_ui(ui, "Spare servers", hover, 0..=100_000, &mut racks.spare_servers);
}
