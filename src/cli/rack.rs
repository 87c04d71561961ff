//! `sizewright rack`: what the racks of a plan carry and cost, as text or as JSON.

use std::io::Write;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::{figures, plan, rack_demand, rack_figures};
use crate::catalog::Catalog;
use crate::export::{self, mean_load, sessions_left};
use crate::project::{
    Lack, Lacks, MoneyOutcome, Outcome, Project, ScenarioOutcome, ServedModel, SessionsLeft, Severity, Totals,
    name_of_run, outcome, runs_of_equal_racks,
};
use crate::sizing::serving::ModeKind;
use crate::sizing::{Figure, Resource};
use crate::units::{GramsCo2e, Joules, TokensPerSecond, Usd, Watts};

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

/// What follows from the plan.
struct Answer {
    whole: Outcome,
}

impl Answer {
    fn of(project: &Project, catalog: &Catalog) -> Self {
        Self { whole: outcome(project, catalog) }
    }

    fn to_json(&self, project: &Project) -> Value {
        let mut object = totals_json(&self.whole.total, &self.whole.money);
        object["plan"] = json!(project.name);
        object["target_tokens_per_second"] = json!(project.needs.target_speed.as_tokens_per_second());
        object["counted_by_asked"] = json!(project.needs.sense.label());
        object["power_budget_w_per_rack"] = json!(project.racks.power_budget.as_watts());
        object["usable_power_w"] = json!(project.racks.usable_power_of_all().as_watts());
        let heat = project.racks.cooling.and_then(|room| room.limit());
        object["heat_limit_w_per_rack"] = json!(heat.map(|limit| limit.most.as_watts()));
        object["heat_limit_basis"] = json!(heat.map(|limit| limit.basis.words()));
        object["scenario"] = project.selected_scenario().map_or(Value::Null, |scenario| {
            json!({
                "name": scenario.name, "model": scenario.model, "format": scenario.format.id(),
                "kv_format": scenario.kv_format.id(), "engine": scenario.engine.id(),
                "context_tokens": scenario.context_tokens,
            })
        });
        object["utilisation_from"] = json!(project.money.utilisation_from.label());
        object["load_of_readers"] = json!(self.whole.load_of_readers);
        object["staircase"] = json!(self.whole.staircase.as_ref().map(rack_figures::of_staircase));
        object["sessions_left"] = json!(self.whole.sessions_left.as_ref().map(sessions_left_json));
        object["models"] = models_json(&self.whole.models, project);
        object["demand"] = rack_demand::json(&self.whole.demand, &project.needs.demand);
        object["racks"] = self
            .whole
            .racks
            .iter()
            .map(|rack| {
                let mut each = totals_json(&rack.total, &rack.money);
                each["name"] = json!(rack.name);
                each["models"] = models_json(&rack.models, project);
                add(&mut each, rack_figures::of_rack(rack));
                each["sessions_left"] = json!(rack.sessions_left.as_ref().map(sessions_left_json));
                each
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
                each["modes"] = modes_json(scenario);
                each["measured_sessions"] = scenario.measured.as_ref().map_or(Value::Null, |measured| {
                    json!({
                        "sessions": measured.sessions,
                        "tokens_per_second_per_session": measured.speed.as_tokens_per_second(),
                        "lengths": measured.lengths,
                    })
                });
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
        let served: Vec<&str> = self.whole.models.iter().map(|model| model.name.as_str()).collect();
        let selected = project.selected_scenario().map_or("no model", |scenario| scenario.name.as_str());
        let served = if served.is_empty() { selected.to_owned() } else { served.join(" and ") };
        let needs = &project.needs;
        let (target, asked) = (needs.target_speed, needs.sense.label());
        let mut text = format!("{}: {served}, at least {target} a session ({asked})\n", project.name);
        for run in runs_of_equal_racks(&self.whole.racks) {
            let each = if run.len() > 1 { ", each" } else { "" };
            let name = format!("{}{each}", name_of_run(run));
            text += &run.first().map_or_else(String::new, |rack| totals_text(&name, &rack.total, &rack.money));
        }
        if self.whole.racks.len() != 1 {
            text += &totals_text("All racks", &self.whole.total, &self.whole.money);
        }
        if self.whole.models.len() > 1 {
            for model in &self.whole.models {
                text += &totals_text(&format!("{} in all racks", model.name), &model.total, &model.money);
            }
        }
        text += &format!("\n{}\n", mean_load(project, &self.whole));
        if let Some(left) = &self.whole.sessions_left {
            text += &format!("Sessions left: {}\n", sessions_left(left));
        }
        text += &rack_demand::text(&self.whole.demand);
        for problem in &self.whole.problems {
            let place = if problem.place.is_empty() { String::new() } else { format!("{}: ", problem.place) };
            text += &format!("\nnote: {place}{}", problem.message);
        }
        text + if self.whole.problems.is_empty() { "" } else { "\n" }
    }
}

/// What a lost feed leaves.
fn sessions_left_json(left: &SessionsLeft) -> Value {
    json!({ "without_feed_a": left.without_a, "without_feed_b": left.without_b })
}

/// What each model carries and costs, beside the others.
fn models_json(models: &[ServedModel], project: &Project) -> Value {
    models
        .iter()
        .map(|model| {
            let mut each = totals_json(&model.total, &model.money);
            each["name"] = json!(model.name);
            each["model"] = json!(project.scenarios.get(model.scenario).map(|scenario| &scenario.model));
            each["scenario"] = json!(model.scenario);
            each
        })
        .collect()
}

/// Each way of serving that applies to the servers here, beside the others.
fn modes_json(scenario: &ScenarioOutcome) -> Value {
    let best = scenario.best_mode();
    let all = ModeKind::ALL.into_iter().filter_map(|kind| Some((kind, scenario.sessions_in(kind)?)));
    all.map(|(kind, [low, likely, high])| {
        json!({
            "mode": kind.label(), "best": best == Some(kind),
            "binding_limit": scenario.binding_in(kind).map(Resource::label),
            "sessions": { "low": low, "likely": likely, "high": high },
        })
    })
    .collect()
}

/// Why figures are null, by their keys; those that are there are left out.
fn unknown_because(lacks: &Lacks) -> Value {
    let all = [("usd_per_mtok", lacks.cost), ("wh_per_1k_tokens", lacks.energy), ("gco2_per_1k_tokens", lacks.carbon)];
    all.into_iter().filter_map(|(key, lack)| Some((key.to_owned(), json!(lack?.words())))).collect::<Map<_, _>>().into()
}

/// What is known of a draw. `None`: nothing is, though something is mounted.
fn drawn(draw: Watts, money: &MoneyOutcome) -> Option<f64> {
    (draw > Watts::ZERO || money.all_without_draw() == 0).then(|| draw.as_watts())
}

fn totals_json(totals: &Totals, money: &MoneyOutcome) -> Value {
    let mut object = json!({
        "servers": totals.servers,
        "sessions": figures::band(&totals.sessions, u64::from),
        "counted_by": (!totals.counted_by.is_empty()).then(|| totals.counted_by()),
        "binding_limit": totals.binding.map(Resource::label),
        "server_limit": totals.servers_bound_by.map(Resource::label),
        "session_limit": totals.server_binding.map(Resource::label),
        "tokens_per_second": figures::band(&totals.total_speed, TokensPerSecond::as_tokens_per_second),
        "tokens_per_second_per_session":
            totals.speed_per_session.as_ref().map(|speed| figures::band(speed, TokensPerSecond::as_tokens_per_second)),
        "power_w": drawn(totals.planned_power, money),
        "utilisation": totals.utilisation,
        "expected_power_w": drawn(totals.expected_power, money),
        "idle_power_w": drawn(totals.idle_power, money),
        "servers_without_draw": money.without_draw,
        "fittings_without_draw": money.fittings_without_draw,
        "servers_without_price": money.without_price,
        "fittings_without_price": money.fittings_without_price,
        "unknown_because": unknown_because(&money.lacks),
        "usd_per_mtok": money.usd_per_mtok.as_ref().map(|usd| figures::band(usd, Usd::as_usd)),
        "wh_per_1k_tokens":
            money.energy_per_1k_tokens.as_ref().map(|energy| figures::band(energy, Joules::as_watt_hours)),
        "gco2_per_1k_tokens":
            money.carbon_per_1k_tokens.as_ref().map(|carbon| figures::band(carbon, GramsCo2e::as_grams)),
    });
    add(&mut object, rack_figures::of_money(money));
    object
}

fn add(object: &mut Value, more: Map<String, Value>) {
    if let Some(object) = object.as_object_mut() {
        object.extend(more);
    }
}

/// A figure, or why it is unknown.
fn text_or_why<Q: Copy>(figure: Option<&Figure<Q>>, read: fn(Q) -> f64, lack: Option<Lack>) -> String {
    let unknown = || lack.map_or_else(|| "unknown".to_owned(), |lack| format!("unknown ({})", lack.words()));
    figure.map_or_else(unknown, |figure| figures::band_text(figure, read))
}

fn totals_text(name: &str, totals: &Totals, money: &MoneyOutcome) -> String {
    let limit = |limit: Option<Resource>| limit.map_or("unknown", Resource::label);
    let speed = figures::band_text(&totals.total_speed, TokensPerSecond::as_tokens_per_second);
    let power = format!("{} planned, {} expected", totals.planned_power, totals.expected_power);
    let rows = [
        ("servers", totals.servers.to_string()),
        ("sessions", figures::band_text(&totals.sessions, f64::from)),
        ("counted by", if totals.counted_by.is_empty() { "-".to_owned() } else { totals.counted_by() }),
        ("binding limit", limit(totals.binding).to_owned()),
        ("tokens/s", speed),
        ("power", export::drawn(power, totals.planned_power, money.all_without_draw())),
        ("USD per Mtok", text_or_why(money.usd_per_mtok.as_ref(), Usd::as_usd, money.lacks.cost)),
        (
            "Wh per 1k tokens",
            text_or_why(money.energy_per_1k_tokens.as_ref(), Joules::as_watt_hours, money.lacks.energy),
        ),
        ("gCO2e per 1k", text_or_why(money.carbon_per_1k_tokens.as_ref(), GramsCo2e::as_grams, money.lacks.carbon)),
    ];
    let mut text = format!("\n{name}\n");
    for (label, value) in rows {
        text += &format!("  {label:<17} {value}\n");
    }
    if money.fittings_without_price > 0 {
        text += &format!("  {:<17} {} fittings, not in the sum\n", "price unknown", money.fittings_without_price);
    }
    text
}
