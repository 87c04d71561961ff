//! The number people came for, its limit, and what each session gets.

use egui::{RichText, Ui};

use super::{LastChange, line_ui};
use crate::export::served;
use crate::project::sensitivity::Relaxed;
use crate::project::{Outcome, Project};
use crate::sizing::Resource;
use crate::ui::theme::tokens;
use crate::ui::widgets::{Shown, figure_ui, section_ui, unknown_ui};
use crate::units::{Significant, TokensPerSecond, thousands};

/// Draws the section.
pub fn sessions_ui(
    ui: &mut Ui,
    outcome: &Outcome,
    relief: Option<&Relaxed>,
    project: &Project,
    change: &mut LastChange,
) {
    let total = &outcome.total;
    let racks = project.racks.layouts.len();
    let what = match outcome.models.len() {
        0 | 1 => served(project, outcome).to_uppercase(),
        several => format!("{several} MODELS"),
    };
    section_ui(ui, &format!("{racks} {}, {what}", if racks == 1 { "RACK" } else { "RACKS" }));
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
    if let [served] = outcome.models.as_slice()
        && let Some(measured) = outcome.scenarios.get(served.scenario).and_then(|scenario| scenario.measured.as_ref())
    {
        let count = thousands(f64::from(measured.sessions));
        ui.weak(format!("Measured on such devices: {count} at {}", measured.speed)).on_hover_text(format!(
            "Published: {}, each session at this speed or more, on a grid of fewer ways to cut the devices",
            measured.lengths
        ));
    }
    line_ui(ui, "Bound by", total.binding.map_or("unknown", Resource::label));
    if let Some(relief) = relief {
        let brings = match relief.gain {
            0 => "no more sessions".to_owned(),
            gain => format!("{}{}", if gain > 0 { "+" } else { "-" }, thousands(gain.unsigned_abs() as f64)),
        };
        ui.weak(format!("With {}: {brings}", relief.change))
            .on_hover_text("The other limits and inputs, too, are in the Sensitivity pane");
    }
    ui.label(format!("Servers: {}", total.servers));
    if let Some(resource) = total.servers_bound_by {
        line_ui(ui, "One more is stopped by", resource.label());
    }
    match &total.speed_per_session {
        Some(speed) => figure_ui(
            ui,
            &Shown::new("Each session", speed, "tokens/s", |v| Significant(v.as_tokens_per_second()).to_string()),
        ),
        None => return unknown_ui(ui, "Each session", "No server reaches the speed asked for"),
    };
    ui.weak(format!("At least {}: {}", project.needs.target_speed, total.counted_by())).on_hover_text(
        "Which speed of a session was held against the one asked for. Where nobody measured how gaps between tokens scatter, \
         the mean stands in",
    );
    let show = |v: TokensPerSecond| Significant(v.as_tokens_per_second()).to_string();
    figure_ui(ui, &Shown::new("All, with prompts", &total.total_speed, "tokens/s", show));
    if outcome.models.len() > 1 {
        models_ui(ui, outcome);
    }
}

/// What each model carries and costs beside the others.
fn models_ui(ui: &mut Ui, outcome: &Outcome) {
    section_ui(ui, "BY MODEL");
    for model in &outcome.models {
        let (total, money) = (&model.total, &model.money);
        ui.strong(&model.name);
        let sessions = &total.sessions;
        let [low, likely, high] = [sessions.low, sessions.likely, sessions.high].map(|n| thousands(f64::from(n)));
        let servers = if total.servers == 1 { "1 server".to_owned() } else { format!("{} servers", total.servers) };
        let speed = Significant(total.total_speed.likely.as_tokens_per_second());
        ui.label(format!("{likely} sessions [{low} to {high}] on {servers}, {speed} tokens/s"));
        let unknown = || "unknown".to_owned();
        let usd = money.usd_per_mtok.as_ref().map_or_else(unknown, |usd| Significant(usd.likely.as_usd()).to_string());
        let energy = money.energy_per_1k_tokens.as_ref();
        let energy = energy.map_or_else(unknown, |energy| Significant(energy.likely.as_watt_hours()).to_string());
        ui.label(format!("{usd} USD per Mtok, {energy} Wh per 1k tokens"))
            .on_hover_text("What serves no model, as a switch, is shared out by planned draw and counted once");
    }
}
