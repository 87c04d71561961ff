//! What the room carries away from a rack: off, or how it is cooled and what is known of it.

use egui::Ui;

use crate::rack::cooling::{
    ALTITUDE_RANGE, CONTAINMENT_ABOVE, COOLEST_RECOMMENDED_CELSIUS, CoolingKind, LIQUID_ABOVE, RoomCooling,
    WARMEST_ALLOWED_CELSIUS, WARMEST_RECOMMENDED_CELSIUS,
};
use crate::ui::outcome::power_text;
use crate::ui::widgets::{NumberField, choice_ui, number_ui, optional_number_ui};
use crate::units::{AirFlow, Metres, Watts};

/// Draws the inputs.
pub fn cooling_ui(ui: &mut Ui, cooling: &mut Option<RoomCooling>) {
    let mut limited = cooling.is_some();
    let hover =
        "Off: nobody knows, and heat limits nothing. On: a rack gives off no more heat than the room carries away";
    if ui.checkbox(&mut limited, "The cooling limits the rack").on_hover_text(hover).changed() {
        *cooling = limited.then(|| RoomCooling::usual(CoolingKind::Air));
    }
    if let Some(room) = cooling {
        room_ui(ui, room);
    }
}

fn room_ui(ui: &mut Ui, room: &mut RoomCooling) {
    let all = [CoolingKind::Air, CoolingKind::ContainedAir, CoolingKind::Liquid];
    let hover = format!(
        "Open aisles serve up to {} a rack, air in a closed aisle up to {}; beyond that air no longer serves",
        power_text(CONTAINMENT_ABOVE),
        power_text(LIQUID_ABOVE)
    );
    if let Some(kind) = choice_ui(ui, "Cooled by", &hover, room.kind, all, |kind| kind.label().to_owned()) {
        room.kind = kind;
    }
    let field = NumberField {
        name: "Heat carried away (kW)",
        hover: "From each rack, as the site says; off: what is usual for the kind above",
        range: 0.0..=1_000.0,
        decimals: 1,
    };
    let mut heat = room.heat.map(Watts::as_kilowatts);
    if optional_number_ui(ui, &field, CONTAINMENT_ABOVE.as_kilowatts(), &mut heat) {
        room.heat = heat.map(Watts::from_kilowatts);
    }
    if room.kind != CoolingKind::Liquid {
        air_ui(ui, room);
    }
    let hover = format!(
        "ASHRAE recommends {COOLEST_RECOMMENDED_CELSIUS} to {WARMEST_RECOMMENDED_CELSIUS}; servers of class A1 allow up to \
         {WARMEST_ALLOWED_CELSIUS}. Off: unknown"
    );
    let field = NumberField { name: "Air at the inlet (°C)", hover: &hover, range: 0.0..=60.0, decimals: 1 };
    optional_number_ui(ui, &field, 24.0, &mut room.inlet_celsius);
    match room.limit() {
        Some(limit) => ui.weak(format!("A rack may give off {}: {}", power_text(limit.most), limit.basis.words())),
        None => ui.weak("Heat sets no limit: liquid, and the site says nothing"),
    };
}

fn air_ui(ui: &mut Ui, room: &mut RoomCooling) {
    let field = NumberField {
        name: "Cooled air (m³/s)",
        hover: "What reaches each rack; off: as much as it asks for",
        range: 0.0..=100.0,
        decimals: 2,
    };
    let mut air = room.air.map(AirFlow::as_cubic_metres_per_second);
    if optional_number_ui(ui, &field, 1.0, &mut air) {
        room.air = air.map(AirFlow::from_cubic_metres_per_second);
    }
    let field = NumberField {
        name: "Rise from inlet to outlet (K)",
        hover: "How much warmer the air leaves; 11 to 14 is usual",
        range: 1.0..=60.0,
        decimals: 1,
    };
    number_ui(ui, &field, &mut room.rise_kelvin);
    let field = NumberField {
        name: "Altitude (m)",
        hover: "The room above the sea: thinner air carries less heat, so more of it is needed",
        range: ALTITUDE_RANGE,
        decimals: 0,
    };
    let mut altitude = room.altitude.as_metres();
    if number_ui(ui, &field, &mut altitude) {
        room.altitude = Metres::from_metres(altitude);
    }
}
