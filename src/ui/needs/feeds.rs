//! The electrical feeds of a rack: off, or breaker, phases and how many.

use egui::Ui;

use crate::rack::{Feeds, Phases, Redundancy, Region};
use crate::ui::outcome::power_text;
use crate::ui::widgets::{NumberField, choice_ui, number_ui, percent_ui};
use crate::units::{Amperes, Volts};

/// Draws the inputs.
pub fn feeds_ui(ui: &mut Ui, feeds: &mut Option<Feeds>) {
    let mut limited = feeds.is_some();
    let hover = "Off: the power budget alone limits. On: a rack draws no more than its feeds let through";
    if ui.checkbox(&mut limited, "The feeds limit the rack").on_hover_text(hover).changed() {
        *feeds = limited.then(usual);
    }
    if let Some(feeds) = feeds {
        one_ui(ui, feeds);
    }
}

/// What many European rooms have: enough for the default rack after one feed is lost.
fn usual() -> Feeds {
    Feeds {
        region: Region::Iec,
        voltage: Volts::from_volts(400.0),
        breaker: Amperes::from_amperes(32.0),
        phases: Phases::Three,
        power_factor: 0.98,
        planning_share: 0.8,
        redundancy: Redundancy::AAndB,
    }
}

fn one_ui(ui: &mut Ui, feeds: &mut Feeds) {
    let hover = "How much of its rating may be used for hours";
    let word = |region: Region| region.label().to_owned();
    if let Some(region) = choice_ui(ui, "Breaker rule", hover, feeds.region, Region::ALL, word) {
        feeds.region = region;
    }
    let word = |phases: Phases| phases.label().to_owned();
    if let Some(phases) = choice_ui(ui, "Phases", "Of each feed", feeds.phases, Phases::ALL, word) {
        feeds.phases = phases;
    }
    let field = NumberField {
        name: "Voltage (V)",
        hover: "Between two phases where there are three, else from phase to neutral",
        range: 100.0..=1000.0,
        decimals: 0,
    };
    let mut volts = feeds.voltage.as_volts();
    if number_ui(ui, &field, &mut volts) {
        feeds.voltage = Volts::from_volts(volts);
    }
    let field =
        NumberField { name: "Breaker (A)", hover: "What each feed is rated for", range: 1.0..=2000.0, decimals: 0 };
    let mut amperes = feeds.breaker.as_amperes();
    if number_ui(ui, &field, &mut amperes) {
        feeds.breaker = Amperes::from_amperes(amperes);
    }
    let field = NumberField {
        name: "Planned share of the rating (%)",
        hover: "On top of the rule above: many sites plan with 80 %",
        range: 10.0..=100.0,
        decimals: 0,
    };
    percent_ui(ui, &field, &mut feeds.planning_share);
    let field = NumberField {
        name: "Power factor",
        hover: "Watts over volt-amperes: 0.95 to 0.99 for today's supplies",
        range: 0.5..=1.0,
        decimals: 2,
    };
    number_ui(ui, &field, &mut feeds.power_factor);
    let word = |redundancy: Redundancy| redundancy.label().to_owned();
    let hover = "A and B: each carries the whole rack when the other is lost";
    if let Some(redundancy) = choice_ui(ui, "Feeds", hover, feeds.redundancy, Redundancy::ALL, word) {
        feeds.redundancy = redundancy;
    }
    ui.weak(format!("The rack may draw {} over them", power_text(feeds.rack_limit())));
}
