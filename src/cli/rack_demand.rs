//! What the readers ask for, in the answer of `sizewright rack`.

use serde_json::{Map, Value, json};

use crate::export::{asked_of, at_the_peak};
use crate::project::{Demand, DemandOutcome, ModelDemand, Queueing};
use crate::units::{Seconds, Significant, TokensPerSecond};

/// As JSON; what cannot be told is null.
pub fn json(demand: &DemandOutcome, asked: &Demand) -> Value {
    let mut figures = figures(demand);
    figures.insert("users".to_owned(), json!(asked.users));
    figures.insert("service_spread".to_owned(), json!(asked.service_spread));
    figures.insert("models".to_owned(), demand.models.iter().map(of_model).collect());
    Value::Object(figures)
}

fn of_model(model: &ModelDemand) -> Value {
    let mut figures = figures(&model.demand);
    figures.insert("scenario".to_owned(), json!(model.scenario));
    figures.insert("name".to_owned(), json!(model.name));
    figures.insert("share_of_requests".to_owned(), json!(model.share));
    figures.insert("sessions".to_owned(), json!(model.sessions));
    Value::Object(figures)
}

/// What is asked of all models, or of one.
fn figures(demand: &DemandOutcome) -> Map<String, Value> {
    let figures = [
        ("requests_per_second", json!(demand.requests_per_second)),
        ("service_time_s", json!(demand.service_time.map(Seconds::as_secs))),
        ("mean_sessions", json!(demand.mean_sessions)),
        ("peak_sessions", json!(demand.peak_sessions)),
        ("racks_needed", json!(demand.racks_needed)),
        ("racks_like", json!(demand.racks_needed.map(|_| &demand.racks_like))),
        ("at_the_peak", json!(demand.queueing.as_ref().map(queueing))),
    ];
    figures.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn queueing(queueing: &Queueing) -> Value {
    json!({
        "offered_sessions": queueing.offered,
        "sessions": queueing.sessions,
        "share_waiting_erlang_c": queueing.share_waiting,
        "mean_wait_s": queueing.mean_wait.map(Seconds::as_secs),
        "share_first_token_too_late": queueing.share_too_late,
        "sessions_where_few_wait": queueing.sessions_where_few_wait,
        "share_turned_away_erlang_b": queueing.share_turned_away,
        "share_turned_away_engset": queueing.share_turned_away_of_these,
        "slowed_to_tokens_per_second": queueing.slowed_to.map(TokensPerSecond::as_tokens_per_second),
    })
}

/// As text; nothing where no session is served.
pub fn text(demand: &DemandOutcome) -> String {
    let busy = demand.mean_sessions.zip(demand.peak_sessions);
    if busy.is_none() && demand.models.is_empty() {
        return String::new();
    }
    let mut text = "\nDemand\n".to_owned();
    if let Some((mean, peak)) = busy {
        text += &format!("  {:<17} {} on average, {peak} at the peak\n", "sessions busy", Significant(mean));
    }
    if let Some(racks) = demand.racks_needed {
        text += &format!("  {:<17} {racks}, like {}\n", "racks needed", demand.racks_like);
    }
    if let Some(queueing) = &demand.queueing {
        text += &format!("  {}\n", at_the_peak(queueing));
    }
    for model in &demand.models {
        text += &format!("  {}\n", asked_of(model));
    }
    text
}
