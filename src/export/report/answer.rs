//! The answer and the question, in a few lines each.

use crate::export::band;
use crate::export::markdown::{Table, plain};
use crate::export::words;
use crate::project::{Lack, Outcome, Project};
use crate::units::{GramsCo2e, Joules, Significant, TokensPerSecond, Usd, Watts, thousands};

pub(super) fn section(project: &Project, outcome: &Outcome) -> String {
    let (total, money) = (&outcome.total, &outcome.money);
    let racks = project.racks.layouts.len();
    let mut answer = Table::new(&["", "in all"]);
    answer.row(["model".into(), words::served(project, outcome)]);
    answer
        .row(["servers".into(), format!("{} in {racks} {}", total.servers, if racks == 1 { "rack" } else { "racks" })]);
    answer.row(["sessions at once".into(), band::count(&total.sessions)]);
    let bound = |limit: Option<crate::sizing::Resource>| limit.map_or("unknown", |limit| limit.label());
    answer.row([
        "bound by".into(),
        match (total.servers_bound_by, total.server_binding) {
            (Some(rack), Some(server)) => format!("{} in the rack, {} in each server", rack.label(), server.label()),
            _ => bound(total.binding).to_owned(),
        },
    ]);
    let counted = if total.counted_by.is_empty() { String::new() } else { format!(", {}", total.counted_by()) };
    answer.row([
        format!("tokens/s of each session{counted}"),
        band::value_or_unknown(total.speed_per_session.as_ref(), TokensPerSecond::as_tokens_per_second),
    ]);
    answer.row([
        "tokens/s of all, with their prompts".into(),
        band::value(&total.total_speed, TokensPerSecond::as_tokens_per_second),
    ]);
    let kilowatts = |watts: Watts| Significant(watts.as_kilowatts()).to_string();
    let budget = project.racks.usable_power_of_all();
    let drawn = |known: String, draw| words::drawn(known, draw, money.all_without_draw());
    let planned = format!("{} of {} kW", kilowatts(total.planned_power), kilowatts(budget));
    answer.row(["power, planned".into(), drawn(planned, total.planned_power)]);
    let expected = format!("{} kW", kilowatts(total.expected_power));
    answer.row(["power, expected".into(), drawn(expected, total.expected_power)]);
    let lacks = money.lacks;
    for (what, amount, lack) in [
        ("USD per million tokens", money.usd_per_mtok.as_ref().map(|usd| band::value(usd, Usd::as_usd)), lacks.cost),
        (
            "Wh per 1,000 tokens",
            money.energy_per_1k_tokens.as_ref().map(|energy| band::value(energy, Joules::as_watt_hours)),
            lacks.energy,
        ),
        (
            "gCO2e per 1,000 tokens",
            money.carbon_per_1k_tokens.as_ref().map(|carbon| band::value(carbon, GramsCo2e::as_grams)),
            lacks.carbon,
        ),
        (
            "gCO2e per million tokens",
            money.carbon_per_mtok.as_ref().map(|carbon| band::value(carbon, GramsCo2e::as_grams)),
            lacks.carbon,
        ),
    ] {
        let unknown = || match lack {
            Some(Lack::Tokens) => "no tokens".to_owned(),
            Some(lack) => format!("unknown: {}", words::within(&lack.words())),
            None => "unknown".to_owned(),
        };
        answer.row([what.into(), amount.unwrap_or_else(unknown)]);
    }
    format!("## The answer\n\n{}{}", answer.finish(), question(project, outcome))
}

fn question(project: &Project, outcome: &Outcome) -> String {
    let needs = &project.needs;
    let first_token = match needs.time_to_first_token {
        Some(limit) => format!("the first token within {limit}"),
        None => "no limit on the first token".to_owned(),
    };
    let mut text = format!(
        "## The question\n\nAt least {} a session ({}; {:.0} words a minute at {} words a token), {first_token}; prompts of {} and \
         answers of {} tokens.",
        needs.target_speed,
        needs.sense.label(),
        needs.target_words_per_minute(),
        needs.words_per_token,
        needs.prompt_tokens,
        needs.output_tokens,
    );
    let (asked, demand) = (&needs.demand, &outcome.demand);
    text += &format!(
        " {} users, {} % of them active, {} requests an hour each",
        thousands(f64::from(asked.users)),
        band::percent(asked.active_share),
        asked.requests_per_active_hour
    );
    text += &match (demand.mean_sessions, demand.peak_sessions) {
        (Some(mean), Some(peak)) => {
            format!(
                ": {} sessions busy on average, {peak} at a peak of {} times.",
                Significant(mean),
                asked.peak_factor
            )
        }
        _ => ".".to_owned(),
    };
    if let Some(racks) = demand.racks_needed {
        text += &format!(" Racks like {} for that peak: {racks}.", plain(&demand.racks_like));
    }
    if let Some(queueing) = &demand.queueing {
        text += &format!(" {}", words::at_the_peak(queueing));
    }
    for model in &demand.models {
        text += &format!(" {}", plain(&words::asked_of(model)));
    }
    if let Some(stairs) = &outcome.staircase {
        text += &format!(" {}", words::for_the_readers(stairs));
    }
    text + &format!(" {}\n\n", words::mean_load(project, outcome))
}
