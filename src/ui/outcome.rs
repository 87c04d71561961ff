//! The right column: what follows from the plan, always visible, the same numbers as in the panes.

mod change;
mod demand;
mod money;
mod power;
mod sessions;

use egui::{Response, ScrollArea, Ui};

use super::derived::Derived;
use super::theme::tokens;
use super::widgets::section_ui;
use crate::project::{Outcome, Project, Severity};
use crate::units::{Significant, Watts};

pub use change::LastChange;

/// Watts as people write them: "625 W", "12.5 kW".
pub fn power_text(power: Watts) -> String {
    if power.as_watts().abs() < 1000.0 {
        format!("{:.0} W", power.as_watts())
    } else {
        format!("{} kW", Significant(power.as_kilowatts()))
    }
}

/// Draws the column.
pub fn outcome_ui(ui: &mut Ui, derived: &Derived, project: &Project, change: &mut LastChange) {
    let outcome = &*derived.outcome();
    ui.add_space(4.0);
    ui.strong("Outcome");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        sessions::sessions_ui(ui, outcome, derived.relief(), project, change);
        power::power_ui(ui, outcome, project);
        money::money_ui(ui, outcome);
        demand::demand_ui(ui, outcome);
        problems_ui(ui, outcome);
    });
}

/// What something is, weakly, and how much, on one line.
fn line_ui(ui: &mut Ui, what: &str, value: impl Into<String>) -> Response {
    let both = ui.horizontal_wrapped(|ui| ui.weak(what) | ui.label(value.into()));
    both.inner
}

fn problems_ui(ui: &mut Ui, outcome: &Outcome) {
    if outcome.problems.is_empty() {
        return;
    }
    section_ui(ui, "TO KNOW");
    for problem in &outcome.problems {
        let (icon, color) = match problem.severity {
            Severity::Error => ("❌", tokens(ui).bad),
            Severity::Warning => ("⚠", tokens(ui).warn),
        };
        ui.horizontal_wrapped(|ui| {
            ui.colored_label(color, icon);
            if !problem.place.is_empty() {
                ui.strong(format!("{}:", problem.place));
            }
            ui.label(&problem.message);
        });
    }
}
