//! The right column: what follows from the plan, always visible, the same numbers as in the panes.

use egui::{RichText, ScrollArea, Ui};

use super::theme::tokens;
use super::widgets::{Shown, capacity_bar_ui, figure_ui, section_ui, unknown_ui};
use crate::project::{Outcome, Project, Severity};
use crate::sizing::Resource;
use crate::units::{Significant, Watts, thousands};

/// The words for what limits something.
pub const fn resource_word(resource: Resource) -> &'static str {
    match resource {
        Resource::Memory => "memory capacity",
        Resource::Bandwidth => "memory bandwidth",
        Resource::Compute => "arithmetic",
        Resource::Overhead => "fixed time per token",
        Resource::Interconnect => "links between devices",
        Resource::RackUnits => "rack units",
        Resource::Power => "power",
        Resource::Feed => "a feed after the other is lost",
        Resource::Weight => "weight",
        Resource::Cooling => "cooling air",
        Resource::SessionSpeed => "speed per session",
    }
}

/// Watts as people write them: "625 W", "12.5 kW".
pub fn power_text(power: Watts) -> String {
    if power.as_watts().abs() < 1000.0 {
        format!("{:.0} W", power.as_watts())
    } else {
        format!("{} kW", Significant(power.as_kilowatts()))
    }
}

/// How long a change is shown beside a number, in seconds.
const CHANGE_SHOWN: f64 = 2.5;

/// The sessions shown last, and from what they changed when.
#[derive(Debug, Default)]
pub struct LastChange {
    shown: Option<u32>,
    before: u32,
    at: f64,
}

impl LastChange {
    /// Takes the number of this frame in. By how much it changed a moment ago, and for how long that is still to be shown.
    fn take(&mut self, now: u32, time: f64) -> Option<(i64, f64)> {
        let running = time - self.at < CHANGE_SHOWN;
        if self.shown != Some(now) {
            if !running || self.shown.is_none() {
                self.before = self.shown.unwrap_or(now);
            }
            self.at = time;
            self.shown = Some(now);
        }
        let left = CHANGE_SHOWN - (time - self.at);
        (left > 0.0 && self.before != now).then_some((i64::from(now) - i64::from(self.before), left))
    }
}

/// Draws the column.
pub fn outcome_ui(ui: &mut Ui, outcome: &Outcome, project: &Project, change: &mut LastChange) {
    ui.add_space(4.0);
    ui.strong("Outcome");
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - 6.0);
        sessions_ui(ui, outcome, project, change);
        power_ui(ui, outcome, project);
        money_ui(ui, outcome);
        demand_ui(ui, outcome);
        problems_ui(ui, outcome);
    });
}

fn sessions_ui(ui: &mut Ui, outcome: &Outcome, project: &Project, change: &mut LastChange) {
    let total = &outcome.total;
    let name = project.selected_scenario().map_or("no scenario", |scenario| scenario.name.as_str());
    section_ui(ui, &format!("{} RACK, {}", project.racks.layouts.len(), name.to_uppercase()));
    ui.horizontal(|ui| {
        let big = RichText::new(thousands(f64::from(total.sessions.likely)));
        ui.label(big.size(30.0).strong().color(tokens(ui).accent));
        let time = ui.input(|input| input.time);
        if let Some((by, left)) = change.take(total.sessions.likely, time) {
            let arrow = if by > 0 { "⏶" } else { "⏷" };
            ui.weak(format!("{arrow} {}", thousands(by.unsigned_abs() as f64)));
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
        }
    });
    figure_ui(ui, &Shown::new("Sessions", &total.sessions, "", |n| thousands(f64::from(n))));
    let bound = total.binding.map_or("unknown", resource_word);
    ui.horizontal_wrapped(|ui| {
        ui.weak("Bound by");
        ui.label(bound);
    });
    ui.label(format!("Servers: {}", total.servers));
    if let Some(resource) = total.servers_bound_by {
        ui.horizontal_wrapped(|ui| {
            ui.weak("One more is stopped by");
            ui.label(resource_word(resource));
        });
    }
    match &total.speed_per_session {
        Some(speed) => figure_ui(
            ui,
            &Shown::new("Each session", speed, "tokens/s", |v| Significant(v.as_tokens_per_second()).to_string()),
        ),
        None => return unknown_ui(ui, "Each session", "No server reaches the speed asked for"),
    };
    let show = |v: crate::units::TokensPerSecond| Significant(v.as_tokens_per_second()).to_string();
    figure_ui(ui, &Shown::new("All sessions", &total.total_speed, "tokens/s", show));
}

fn power_ui(ui: &mut Ui, outcome: &Outcome, project: &Project) {
    section_ui(ui, "POWER");
    let racks = f64::from(u32::try_from(project.racks.layouts.len()).unwrap_or(u32::MAX));
    let budget = project.racks.usable_power() * racks;
    let used = outcome.total.planned_power;
    let words = format!("Power: {} of {}", power_text(used), power_text(budget));
    capacity_bar_ui(ui, &words, used.as_watts(), Some(budget.as_watts()));
    ui.horizontal(|ui| {
        ui.weak("Expected under load");
        ui.label(power_text(outcome.total.expected_power));
    });
}

fn money_ui(ui: &mut Ui, outcome: &Outcome) {
    section_ui(ui, "PER TOKEN");
    let money = &outcome.money;
    match &money.usd_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Cost per Mtok", figure, "USD", |v| Significant(v.as_usd()).to_string()));
        }
        None if money.without_price > 0 => {
            let why = format!("{} servers have no published price: type one in the catalog", money.without_price);
            unknown_ui(ui, "Cost per Mtok", &why);
        }
        None => unknown_ui(ui, "Cost per Mtok", "No tokens are generated"),
    }
    let none = "No tokens are generated";
    match &money.marginal_usd_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Electricity per Mtok", figure, "USD", |v| Significant(v.as_usd()).to_string()));
        }
        None => unknown_ui(ui, "Electricity per Mtok", none),
    }
    match &money.energy_per_1k_tokens {
        Some(figure) => {
            figure_ui(
                ui,
                &Shown::new("Energy per 1k tokens", figure, "Wh", |v| Significant(v.as_watt_hours()).to_string()),
            );
        }
        None => unknown_ui(ui, "Energy per 1k tokens", none),
    }
    match &money.carbon_per_mtok {
        Some(figure) => {
            figure_ui(ui, &Shown::new("Carbon per Mtok", figure, "gCO2e", |v| Significant(v.as_grams()).to_string()));
        }
        None => unknown_ui(ui, "Carbon per Mtok", none),
    }
}

fn demand_ui(ui: &mut Ui, outcome: &Outcome) {
    let Some(peak) = outcome.demand.peak_sessions else { return };
    section_ui(ui, "DEMAND");
    ui.horizontal_wrapped(|ui| {
        ui.weak("Sessions at the peak");
        ui.label(thousands(f64::from(peak)));
    });
    if let Some(racks) = outcome.demand.racks_needed {
        ui.horizontal_wrapped(|ui| {
            ui.weak("Racks like this for it");
            ui.label(thousands(f64::from(racks)));
        });
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_shows_against_the_number_before_the_drag_began_and_then_goes() {
        let mut change = LastChange::default();
        assert_eq!(change.take(440, 10.0), None, "nothing changed yet");
        assert_eq!(change.take(450, 20.0).map(|(by, _)| by), Some(10));
        assert_eq!(change.take(462, 20.5).map(|(by, _)| by), Some(22), "one drag, one change");
        assert_eq!(change.take(462, 24.0), None);
        assert_eq!(change.take(460, 30.0).map(|(by, _)| by), Some(-2));
    }
}
