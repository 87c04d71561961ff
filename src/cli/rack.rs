//! `sizewright rack`: what the racks of a plan carry and cost, as text or as JSON.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::{figures, plan};
use crate::catalog::Catalog;
use crate::project::{MoneyOutcome, Outcome, Project, Racks, Severity, Totals, outcome};
use crate::sizing::Resource;
use crate::units::{GramsCo2e, Joules, TokensPerSecond, Usd};

/// Servers, sessions, the binding limit, power, money, energy and carbon of each rack and of all.
#[derive(clap::Args)]
pub struct Arguments {
    /// Plan to compute; the default plan where none is given.
    plan: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Prints what follows from the plan to `out`.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> anyhow::Result<()> {
    let plan = plan::load(arguments.plan.as_deref())?;
    let answer = Answer::of(&plan.project, &plan.catalog);
    if arguments.json {
        figures::write(&answer.to_json(&plan.project), out)
    } else {
        Ok(out.write_all(answer.to_text(&plan.project).as_bytes())?)
    }
}

/// What follows from the whole plan, and from each rack alone: money belongs to what it is spent on.
struct Answer {
    whole: Outcome,
    racks: Vec<(String, Totals, MoneyOutcome)>,
}

impl Answer {
    fn of(project: &Project, catalog: &Catalog) -> Self {
        let whole = outcome(project, catalog);
        let alone = |layout: &crate::rack::RackLayout| {
            let racks = Racks { layouts: vec![layout.clone()], spare_servers: 0, ..project.racks.clone() };
            outcome(&Project { racks, ..project.clone() }, catalog).money
        };
        let racks = match whole.racks.as_slice() {
            [only] => vec![(only.name.clone(), only.total.clone(), whole.money.clone())],
            several => several
                .iter()
                .zip(&project.racks.layouts)
                .map(|(rack, layout)| (rack.name.clone(), rack.total.clone(), alone(layout)))
                .collect(),
        };
        Self { whole, racks }
    }

    fn to_json(&self, project: &Project) -> Value {
        let mut object = totals_json(&self.whole.total, &self.whole.money);
        object["plan"] = json!(project.name);
        object["target_tokens_per_second"] = json!(project.needs.target_speed.as_tokens_per_second());
        object["power_budget_w_per_rack"] = json!(project.racks.power_budget.as_watts());
        object["scenario"] = project.selected_scenario().map_or(Value::Null, |scenario| {
            json!({
                "name": scenario.name, "model": scenario.model, "format": scenario.format.id(),
                "kv_format": scenario.kv_format.id(), "engine": scenario.engine.id(),
                "context_tokens": scenario.context_tokens,
            })
        });
        object["racks"] = self
            .racks
            .iter()
            .map(|(name, totals, money)| {
                let mut rack = totals_json(totals, money);
                rack["name"] = json!(name);
                rack
            })
            .collect();
        object["scenarios"] = self
            .whole
            .scenarios
            .iter()
            .map(|scenario| {
                let mut each = totals_json(&scenario.total, &scenario.money);
                each["name"] = json!(scenario.name);
                each["model"] = json!(scenario.model);
                each
            })
            .collect();
        object["problems"] = self
            .whole
            .problems
            .iter()
            .map(|problem| {
                let severity = match problem.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                };
                json!({ "severity": severity, "place": problem.place, "message": problem.message })
            })
            .collect();
        object
    }

    fn to_text(&self, project: &Project) -> String {
        let scenario = project.selected_scenario().map_or("no model", |scenario| scenario.name.as_str());
        let mut text = format!("{}: {scenario}, at least {} a session\n", project.name, project.needs.target_speed);
        for (name, totals, money) in &self.racks {
            text += &totals_text(name, totals, money);
        }
        if self.racks.len() != 1 {
            text += &totals_text("All racks", &self.whole.total, &self.whole.money);
        }
        for problem in &self.whole.problems {
            let place = if problem.place.is_empty() { String::new() } else { format!("{}: ", problem.place) };
            text += &format!("\nnote: {place}{}", problem.message);
        }
        text + if self.whole.problems.is_empty() { "" } else { "\n" }
    }
}

/// The limit named first: what stops one server more where the racks are filled, else what stops one session more.
fn binding_limit(totals: &Totals) -> Option<Resource> {
    totals.servers_bound_by.or(totals.binding)
}

fn totals_json(totals: &Totals, money: &MoneyOutcome) -> Value {
    json!({
        "servers": totals.servers,
        "sessions": figures::band(&totals.sessions, u64::from),
        "binding_limit": binding_limit(totals).map(figures::resource_in_words),
        "session_limit": totals.binding.map(figures::resource_in_words),
        "tokens_per_second": figures::band(&totals.total_speed, TokensPerSecond::as_tokens_per_second),
        "tokens_per_second_per_session":
            totals.speed_per_session.as_ref().map(|speed| figures::band(speed, TokensPerSecond::as_tokens_per_second)),
        "power_w": totals.planned_power.as_watts(),
        "expected_power_w": totals.expected_power.as_watts(),
        "usd_per_mtok": money.usd_per_mtok.as_ref().map(|usd| figures::band(usd, Usd::as_usd)),
        "wh_per_1k_tokens":
            money.energy_per_1k_tokens.as_ref().map(|energy| figures::band(energy, Joules::as_watt_hours)),
        "gco2_per_1k_tokens":
            money.carbon_per_1k_tokens.as_ref().map(|carbon| figures::band(carbon, GramsCo2e::as_grams)),
    })
}

fn totals_text(name: &str, totals: &Totals, money: &MoneyOutcome) -> String {
    let limit = |limit: Option<Resource>| limit.map_or("unknown", figures::resource_in_words);
    let speed = figures::band_text(&totals.total_speed, TokensPerSecond::as_tokens_per_second);
    let rows = [
        ("servers", totals.servers.to_string()),
        ("sessions", figures::band_text(&totals.sessions, f64::from)),
        ("binding limit", limit(binding_limit(totals)).to_owned()),
        ("tokens/s", speed),
        ("power", format!("{} planned, {} expected", totals.planned_power, totals.expected_power)),
        ("USD per Mtok", figures::band_text_or_unknown(money.usd_per_mtok.as_ref(), Usd::as_usd)),
        ("Wh per 1k tokens", figures::band_text_or_unknown(money.energy_per_1k_tokens.as_ref(), Joules::as_watt_hours)),
        ("gCO2e per 1k", figures::band_text_or_unknown(money.carbon_per_1k_tokens.as_ref(), GramsCo2e::as_grams)),
    ];
    let mut text = format!("\n{name}\n");
    for (label, value) in rows {
        text += &format!("  {label:<17} {value}\n");
    }
    text
}
