//! What the readers ask for, and how it meets what the servers carry.

use crate::units::{Seconds, TokensPerSecond, Usd};

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct DemandOutcome {
    /// Requests per second on average.
    pub requests_per_second: f64,
    /// Time one request occupies a busy session, the prompts of the others in it; over all models, that of a mean request.
    /// `None`: no session of a model that is asked for reaches the target.
    pub service_time: Option<Seconds>,
    /// Sessions busy on average (Little's law). `None`: no service time.
    pub mean_sessions: Option<f64>,
    /// Sessions busy at the peak, rounded up for each model. `None`: no service time.
    pub peak_sessions: Option<u32>,
    /// Racks like the first that carries any session of a model, spares included, that carry its peak: the most that a model
    /// takes, and the sum where they stand in different racks. `None`: no rack carries a model that is asked for.
    pub racks_needed: Option<u32>,
    /// The name of that rack, or of those; empty: there is none.
    pub racks_like: String,
    /// The peak on the sessions there are. `None`: no session, more than can be counted, or several models, each of which has
    /// its own.
    pub queueing: Option<Queueing>,
    /// One for each model where the racks serve several, in the order of the plan; empty where they serve one.
    pub models: Vec<ModelDemand>,
}

impl DemandOutcome {
    /// One for each model the racks serve, in the order of the plan: itself where they serve one.
    pub fn of_each_model(&self) -> impl Iterator<Item = &Self> {
        let own = self.models.is_empty().then_some(self);
        own.into_iter().chain(self.models.iter().map(|model| &model.demand))
    }
}

/// The requests for one of several models, which only its own sessions answer.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelDemand {
    /// Which: a place in the plan's scenarios.
    pub scenario: usize,
    /// As the user calls it.
    pub name: String,
    /// Its part of all requests, 0 to 1.
    pub share: f64,
    /// Sessions there are for it.
    pub sessions: u32,
    /// What is asked of it.
    pub demand: DemandOutcome,
}

/// Servers for what the readers ask for: whole ones, so that cost climbs in steps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Staircase {
    /// Generated tokens a year that the readers ask for.
    pub tokens_per_year: f64,
    /// Servers like those of the plan that carry both the year's tokens and the peak.
    pub servers: u32,
    /// Servers that make the year's tokens when fully loaded.
    pub for_tokens: u32,
    /// Servers that carry the sessions of the peak.
    pub for_peak: u32,
    /// Servers bought besides, which may fail.
    pub spares: u32,
    /// What they cost in a year with the electricity of these tokens, the spares idle. `None`: a price or a draw is missing.
    pub own_per_year: Option<Usd>,
    /// What the hosted model charges for these tokens. `None`: the plan compares with none.
    pub hosted_per_year: Option<Usd>,
}

/// What happens at the peak, by three readings: requests wait, are turned away, or all slow down.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queueing {
    /// Sessions wanted at the peak, on average over it.
    pub offered: f64,
    /// Sessions there are.
    pub sessions: u32,
    /// Share of requests that wait (Erlang C). `None`: the queue grows without end.
    pub share_waiting: Option<f64>,
    /// Mean wait (M/G/c with the plan's spread of service times). `None`: as above.
    pub mean_wait: Option<Seconds>,
    /// Share of requests that wait longer for their first token than the plan allows (Erlang C). `None`: the queue grows
    /// without end, the plan sets no limit, or nobody knows how long a prompt takes.
    pub share_too_late: Option<f64>,
    /// Fewest sessions at which no more than one request in twenty waits. `None`: more than can be counted.
    pub sessions_where_few_wait: Option<u32>,
    /// Share turned away if nobody waits and readers are endless (Erlang B).
    pub share_turned_away: f64,
    /// People with access.
    pub users: u32,
    /// Share turned away if nobody waits and there are only these readers, who ask nothing while they are answered (Engset).
    /// `None`: they want more than one session each.
    pub share_turned_away_of_these: Option<f64>,
    /// What each session gets if all are let in and share. `None`: there is room for all.
    pub slowed_to: Option<TokensPerSecond>,
}
