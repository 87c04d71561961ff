//! Sentences that stand in the report and in the window alike. Plain text.

use super::band::percent;
use crate::project::{
    BreakEven, HostedComparison, LoadSource, ModelDemand, Outcome, Project, Queueing, SessionsLeft, Staircase,
};
use crate::units::{Significant, Usd, Watts, in_percent, thousands};

/// The models the racks serve: "Llama 3 8B and Llama 3.2 3B".
pub fn served(project: &Project, outcome: &Outcome) -> String {
    let names: Vec<&str> = outcome.models.iter().map(|model| model.name.as_str()).collect();
    match (names.split_last(), project.selected_scenario()) {
        (Some((last, [])), _) => (*last).to_owned(),
        (Some((last, others)), _) => format!("{} and {last}", others.join(", ")),
        (None, Some(scenario)) => scenario.name.clone(),
        (None, None) => "none".to_owned(),
    }
}

/// A draw as `known` says it, with so many devices of which nobody published any: none of them draws nothing.
pub fn drawn(known: String, draw: Watts, without: u32) -> String {
    match (without, draw == Watts::ZERO) {
        (0, _) => known,
        (_, true) => format!("unknown, of {without}"),
        (_, false) => format!("{known} and {without} of unknown draw"),
    }
}

/// A sentence as it goes on behind a colon: its first letter small.
pub(super) fn within(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// A smaller share of requests is not worth a number.
const HARDLY_ANY: f64 = 0.001; // the planner's own, 2026-11-20

/// What happens at the peak: requests wait, are turned away, or all slow down.
pub fn at_the_peak(queueing: &Queueing) -> String {
    let sessions = queueing.sessions;
    let mut text = match (queueing.slowed_to, queueing.share_waiting, queueing.mean_wait) {
        (Some(speed), _, _) => {
            format!("At the peak {sessions} sessions are too few: let in all the same, each gets {speed}.")
        }
        (None, Some(share), _) if share < HARDLY_ANY => {
            return format!("At the peak hardly any request waits for one of {sessions} sessions.");
        }
        (None, Some(share), Some(wait)) => format!(
            "At the peak {} % of requests wait for one of {sessions} sessions, {wait} on average over all.",
            percent(share)
        ),
        (None, _, _) => "At the peak the queue grows without end.".to_owned(),
    };
    if let Some(late) = queueing.share_too_late.filter(|late| *late >= HARDLY_ANY) {
        text += &format!(" {} % get their first token too late.", percent(late));
    }
    if let Some(enough) = queueing.sessions_where_few_wait.filter(|enough| *enough > sessions) {
        text += &format!(" With {} no more than one in twenty would wait.", thousands(f64::from(enough)));
    }
    text + &turned_away(queueing)
}

/// What is asked of one of several models: "Llama 3 8B, 75 % of requests: 12 sessions busy, 36 at the peak, of 100."
pub fn asked_of(model: &ModelDemand) -> String {
    let mut text = format!("{}, {} % of requests: ", model.name, percent(model.share));
    text += &match (model.demand.mean_sessions, model.demand.peak_sessions) {
        (Some(mean), Some(peak)) => {
            let there = thousands(f64::from(model.sessions));
            format!("{} sessions busy, {} at the peak, of {there}.", Significant(mean), thousands(f64::from(peak)))
        }
        _ => "no session carries it.".to_owned(),
    };
    match &model.demand.queueing {
        Some(queueing) => format!("{text} {}", at_the_peak(queueing)),
        None => text,
    }
}

/// What becomes of requests that may not wait, of endless readers and of these.
fn turned_away(queueing: &Queueing) -> String {
    let endless = percent(queueing.share_turned_away);
    if queueing.share_turned_away < HARDLY_ANY {
        return String::new();
    }
    let text = format!(" If none may wait, {endless} % are turned away (Erlang B)");
    // Only where it makes a difference that there are not endlessly many of them.
    match queueing.share_turned_away_of_these.map(percent).filter(|these| *these != endless) {
        Some(these) => format!(
            "{text}, {these} % counting that {} users ask nothing while they are answered (Engset).",
            thousands(f64::from(queueing.users))
        ),
        None => text + ".",
    }
}

/// How many servers the readers' tokens take, what they cost, and what a hosted model would charge for the same.
pub fn for_the_readers(stairs: &Staircase) -> String {
    let tokens = Significant(stairs.tokens_per_year / 1e6);
    let servers = if stairs.servers == 1 { "1 server".to_owned() } else { format!("{} servers", stairs.servers) };
    let why = match (stairs.for_tokens.max(1), stairs.for_peak) {
        (tokens, peak) if peak > tokens => format!(" (the peak; the tokens alone take {tokens})"),
        _ => String::new(),
    };
    let mut text = format!("The readers ask for {tokens} million tokens a year: {servers} like these carry them{why}");
    if stairs.spares > 0 {
        text += &format!(", with {} to spare", stairs.spares);
    }
    let amount = |usd: Usd| format!("{} USD", thousands(usd.as_usd()));
    text += &match (stairs.own_per_year, stairs.hosted_per_year) {
        (Some(own), Some(hosted)) => {
            let verdict = if own < hosted { "own servers are the cheaper" } else { "the hosted model is the cheaper" };
            format!(", at {} a year; hosted they cost {}: {verdict}.", amount(own), amount(hosted))
        }
        (Some(own), None) => format!(", at {} a year.", amount(own)),
        (None, _) => ", at an unknown cost.".to_owned(),
    };
    text
}

/// Sessions after a feed is lost: "240 without feed A, 228 without feed B".
pub fn sessions_left(left: &SessionsLeft) -> String {
    let count = |sessions: u32| thousands(f64::from(sessions));
    match left.without_b {
        Some(b) => format!("{} without feed A, {} without feed B", count(left.without_a), count(b)),
        None => format!("{} without the feed", count(left.without_a)),
    }
}

/// The mean load that tokens, energy and cost are counted with, where it comes from, and what the other way would give.
pub fn mean_load(project: &Project, outcome: &Outcome) -> String {
    let used = in_percent(outcome.total.utilisation);
    match (project.money.utilisation_from, outcome.load_of_readers) {
        (LoadSource::Typed, None) => format!("Mean load: {used} of capacity, typed."),
        (LoadSource::Typed, Some(readers)) => {
            format!("Mean load: {used} of capacity, typed; the readers cause {}.", in_percent(readers))
        }
        (LoadSource::Readers, _) => format!("Mean load: {used} of capacity, what the readers cause."),
    }
}

/// The share an often quoted claim says is saved.
const CLAIMED: f64 = 0.95; // "95 % cheaper", the claim the articles of 2024 make

/// Whether own servers or the hosted model are the cheaper, by how much, and from when on.
pub fn against_hosted(hosted: &HostedComparison) -> String {
    let mut text = String::new();
    if let (Some(share), Some(sum)) = (hosted.saving_share, hosted.saving_per_year) {
        let amount = format!("{} USD a year", thousands(sum.as_usd().abs()));
        let used = format!("if they are {} used", in_percent(hosted.utilisation));
        text = match share {
            share if share >= CLAIMED => {
                format!("Own servers save {} %, {amount}, {used}: the claim of 95 % holds then.", percent(share))
            }
            share if share > 0.0 => {
                format!("Own servers save {} %, {amount}, {used}: short of 95 %.", percent(share))
            }
            share => format!("Own servers cost {} % more, {amount}, {used}.", percent(-share)),
        };
    }
    let millions = |tokens: f64| Significant(tokens / 1e6).to_string();
    text += &match hosted.break_even {
        BreakEven::From { tokens_per_year } => {
            format!(" From {} million tokens a year on they are the cheaper.", millions(tokens_per_year))
        }
        BreakEven::BeyondCapacity { tokens_per_year } => format!(
            " They would be the cheaper from {} million tokens a year, more than these servers make at this utilisation.",
            millions(tokens_per_year)
        ),
        BreakEven::Never => " They never are the cheaper: their electricity alone costs more.".to_owned(),
        BreakEven::Unknown => " From when on they are the cheaper is unknown.".to_owned(),
    };
    text.trim_start().to_owned()
}
