//! The models compared: on the same racks, and on one server.

use crate::export::band;
use crate::export::markdown::{Table, plain};
use crate::export::words;
use crate::project::{Outcome, Project, ScenarioOutcome, ServerOutcome};
use crate::sizing::memory::MemoryKind;
use crate::sizing::serving::ServingMode;
use crate::sizing::{Refusal, Verdict, verdict::Nearest};
use crate::units::{GramsCo2e, Joules, Significant, TokensPerSecond, Usd};

pub(super) fn section(project: &Project, outcome: &Outcome) -> String {
    if outcome.scenarios.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[
        "model",
        "format",
        ">context",
        ">sessions",
        ">tokens/s each",
        "bound by",
        ">USD/Mtok",
        ">Wh/1k tokens",
        ">gCO2e/Mtok",
    ]);
    for (scenario, asked) in outcome.scenarios.iter().zip(&project.scenarios) {
        let (total, money) = (&scenario.total, &scenario.money);
        table.row([
            scenario.name.clone(),
            format!("{}, cache {}, {}", asked.format, asked.kv_format, asked.engine),
            asked.context_tokens.to_string(),
            band::count(&total.sessions),
            band::value_or_unknown(total.speed_per_session.as_ref(), TokensPerSecond::as_tokens_per_second),
            total.binding.map_or("unknown", |binding| binding.label()).to_owned(),
            band::value_or_unknown(money.usd_per_mtok.as_ref(), Usd::as_usd),
            band::value_or_unknown(money.energy_per_1k_tokens.as_ref(), Joules::as_watt_hours),
            band::value_or_unknown(money.carbon_per_mtok.as_ref(), GramsCo2e::as_grams),
        ]);
    }
    format!(
        "{}## Models on these racks\n\n{}{}{}",
        beside_each_other(outcome),
        if outcome.models.len() > 1 { "Were every server to serve the same model:\n\n" } else { "" },
        table.finish(),
        on_one_server(outcome)
    )
}

/// What each model carries and costs where the racks serve several; nothing where they serve one.
fn beside_each_other(outcome: &Outcome) -> String {
    if outcome.models.len() < 2 {
        return String::new();
    }
    let mut table = Table::new(&[
        "model",
        ">servers",
        ">sessions",
        ">tokens/s of all, with prompts",
        ">kW expected",
        ">USD/Mtok",
        ">Wh/1k tokens",
        ">gCO2e/Mtok",
    ]);
    let rows = outcome.models.iter().map(|model| (model.name.as_str(), &model.total, &model.money));
    for (name, total, money) in rows.chain([("together", &outcome.total, &outcome.money)]) {
        table.row([
            name.to_owned(),
            total.servers.to_string(),
            band::count(&total.sessions),
            band::value(&total.total_speed, TokensPerSecond::as_tokens_per_second),
            words::drawn(
                Significant(total.expected_power.as_kilowatts()).to_string(),
                total.expected_power,
                money.all_without_draw(),
            ),
            band::value_or_unknown(money.usd_per_mtok.as_ref(), Usd::as_usd),
            band::value_or_unknown(money.energy_per_1k_tokens.as_ref(), Joules::as_watt_hours),
            band::value_or_unknown(money.carbon_per_mtok.as_ref(), GramsCo2e::as_grams),
        ]);
    }
    format!(
        "## What each model carries\n\nWhat serves no model is shared out by planned draw, and counted once.\n\n{}",
        table.finish()
    )
}

fn on_one_server(outcome: &Outcome) -> String {
    let mut table = Table::new(&[
        "model",
        "server",
        ">weights GiB",
        ">cache GiB",
        ">buffers GiB",
        "fits",
        ">alone tokens/s",
        ">first token s",
        ">sessions",
        "how",
        "bound by",
    ]);
    for scenario in &outcome.scenarios {
        for server in &scenario.servers {
            table.row(row(scenario, server));
        }
    }
    let refusals: Vec<String> = outcome
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.servers.iter().map(move |server| (scenario, server)))
        .filter_map(|(scenario, server)| {
            let refusal = server.serving.as_ref().err()?;
            Some(format!("- {} on {}: {}\n", plain(&scenario.name), plain(&server.name), plain(&in_words(refusal))))
        })
        .collect();
    let refused = if refusals.is_empty() { String::new() } else { format!("No session:\n\n{}\n", refusals.concat()) };
    format!(
        "### On one server\n\nMemory is of one session; sessions are the most that keep the target.\n\n{}{refused}",
        table.finish()
    )
}

fn row(scenario: &ScenarioOutcome, server: &ServerOutcome) -> [String; 11] {
    let unknown = || "unknown".to_owned();
    let estimate = server.estimate.as_ref().ok();
    let memory = estimate.and_then(|estimate| estimate.memory.as_ref().ok());
    let gib = |kinds: &[MemoryKind]| {
        memory.map_or_else(unknown, |ledger| {
            let sum: crate::units::Bytes = kinds.iter().map(|kind| ledger.of(*kind)).sum();
            Significant(sum.as_gib()).to_string()
        })
    };
    let plan = server.serving.as_ref().ok();
    [
        scenario.name.clone(),
        server.name.clone(),
        gib(&[MemoryKind::Weights]),
        gib(&[MemoryKind::KvCache]),
        gib(&[MemoryKind::Buffers, MemoryKind::Runtime]),
        estimate.map_or_else(unknown, |estimate| fits(estimate.verdict)),
        estimate
            .and_then(|estimate| estimate.decode.as_ref().ok())
            .map_or_else(unknown, |speed| band::value(speed, TokensPerSecond::as_tokens_per_second)),
        plan.and_then(|plan| plan.time_to_first_token.as_ref())
            .map_or_else(unknown, |time| band::value(time, crate::units::Seconds::as_secs)),
        plan.map_or_else(|| "0".to_owned(), |plan| band::count(&plan.sessions)),
        plan.map_or_else(|| "-".to_owned(), |plan| how(plan.mode)),
        plan.map_or_else(|| "-".to_owned(), |plan| plan.binding.label().to_owned()),
    ]
}

fn fits(verdict: Verdict) -> String {
    match verdict {
        Verdict::Fits { spare } => format!("fits, {spare} free"),
        Verdict::Tight { spare } => format!("tight, {spare} free"),
        Verdict::DoesNotFit { short } => format!("does not fit, {short} short"),
        Verdict::Unknown => "unknown".to_owned(),
    }
}

fn how(mode: ServingMode) -> String {
    match mode {
        ServingMode::OnePerDevice => "one session on each device".to_owned(),
        ServingMode::Partitioned { processes, threads_per_process, batch } => {
            format!("{processes} processes x {threads_per_process} threads x {batch} sessions")
        }
        ServingMode::Batched { tensor_parallel, replicas, batch } => {
            format!("{replicas} copies on {tensor_parallel} devices each x {batch} sessions")
        }
    }
}

fn in_words(refusal: &Refusal) -> String {
    let nearest = match refusal.nearest {
        Some(Nearest::Format(format)) => format!("; {format} would run"),
        Some(Nearest::Context(tokens)) => format!("; a context of {tokens} tokens would run"),
        Some(Nearest::Devices(count)) => format!("; {count} devices would run it"),
        None => String::new(),
    };
    format!("{}{nearest}", refusal.reason)
}
