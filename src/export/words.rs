//! Sentences that stand in the report and in the window alike. Plain text.

use super::band::percent;
use crate::project::{BreakEven, HostedComparison, Queueing};
use crate::units::{Significant, thousands};

/// A smaller share of requests is not worth a number.
const HARDLY_ANY: f64 = 0.001; // the planner's own, 2026-11-20

/// What happens at the peak.
pub fn at_the_peak(queueing: &Queueing) -> String {
    let sessions = queueing.sessions;
    match (queueing.slowed_to, queueing.share_waiting, queueing.mean_wait) {
        (Some(speed), _, _) => {
            format!("At the peak {sessions} sessions are too few: let in all the same, each gets {speed}.")
        }
        (None, Some(share), _) if share < HARDLY_ANY => {
            format!("At the peak hardly any request waits for one of {sessions} sessions.")
        }
        (None, Some(share), Some(wait)) => format!(
            "At the peak {} % of requests wait for one of {sessions} sessions, {wait} on average.",
            percent(share)
        ),
        (None, _, _) => "At the peak the queue grows without end.".to_owned(),
    }
}

/// The share an often quoted claim says is saved.
const CLAIMED: f64 = 0.95; // "95 % cheaper", the claim the articles of 2024 make

/// Whether own servers or the hosted model are the cheaper, by how much, and from when on.
pub fn against_hosted(hosted: &HostedComparison) -> String {
    let mut text = String::new();
    if let (Some(share), Some(sum)) = (hosted.saving_share, hosted.saving_per_year) {
        let amount = thousands(sum.as_usd().abs());
        text = match share {
            share if share >= CLAIMED => {
                format!("Own servers save {} %, {amount} USD a year: the claim of 95 % holds.", percent(share))
            }
            share if share > 0.0 => {
                format!("Own servers save {} %, {amount} USD a year: short of 95 %.", percent(share))
            }
            share => format!("Own servers cost {} % more, {amount} USD a year.", percent(-share)),
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
