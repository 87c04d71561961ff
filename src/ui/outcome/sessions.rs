//! The number people came for, its limit, and what each session gets.

use egui::{RichText, Ui};

use super::{LastChange, line_ui, resource_word};
use crate::project::{Outcome, Project};
use crate::ui::theme::tokens;
use crate::ui::widgets::{Shown, figure_ui, section_ui, unknown_ui};
use crate::units::{Significant, TokensPerSecond, thousands};

/// Draws the section.
pub fn sessions_ui(ui: &mut Ui, outcome: &Outcome, project: &Project, change: &mut LastChange) {
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
    line_ui(ui, "Bound by", total.binding.map_or("unknown", resource_word));
    ui.label(format!("Servers: {}", total.servers));
    if let Some(resource) = total.servers_bound_by {
        line_ui(ui, "One more is stopped by", resource_word(resource));
    }
    match &total.speed_per_session {
        Some(speed) => figure_ui(
            ui,
            &Shown::new("Each session", speed, "tokens/s", |v| Significant(v.as_tokens_per_second()).to_string()),
        ),
        None => return unknown_ui(ui, "Each session", "No server reaches the speed asked for"),
    };
    let show = |v: TokensPerSecond| Significant(v.as_tokens_per_second()).to_string();
    figure_ui(ui, &Shown::new("All sessions", &total.total_speed, "tokens/s", show));
}
