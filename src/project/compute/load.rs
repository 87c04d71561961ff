//! Mean load over capacity: typed by the user, or what the readers cause.
//!
//! By Little's law the sessions busy over those there are equal the tokens asked for over the tokens that can be made, so both
//! are told by the latter. Each model answers its own requests, by the plan's weights.

use std::collections::BTreeMap;

use super::demand;
use super::mounted::Mounted;
use crate::project::{LoadSource, Project};

/// What the readers cause, by the scenario served.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct ReadersLoad {
    /// Tokens asked for a second, and those that can be made.
    tokens: BTreeMap<usize, (f64, f64)>,
}

impl ReadersLoad {
    /// On these servers, spares left out.
    pub(super) fn on(project: &Project, mounted: &[Mounted<'_>]) -> Self {
        let mut made: BTreeMap<usize, f64> = BTreeMap::new();
        for (kind, at) in mounted.iter().filter_map(|kind| Some((kind, kind.serves?))) {
            *made.entry(at).or_default() += full_speed(kind);
        }
        let served: Vec<usize> = made.keys().copied().collect();
        let asked = demand::requests_per_second(project) * f64::from(project.needs.output_tokens);
        let shares = demand::shares(project, &served);
        let tokens = made.into_iter().zip(shares).map(|((at, made), share)| (at, (asked * share, made)));
        Self { tokens: tokens.collect() }
    }

    /// On all of them; above 1: more is asked for than there is. `None`: nothing that is asked for is served.
    pub(super) fn of_all(&self) -> Option<f64> {
        let sum = |read: fn(&(f64, f64)) -> f64| self.tokens.values().map(read).sum::<f64>();
        over(sum(|(asked, _)| *asked), sum(|(_, made)| *made))
    }

    /// On what serves this, at most 1.
    fn of(&self, serves: Option<usize>) -> f64 {
        let tokens = serves.and_then(|at| self.tokens.get(&at));
        tokens.and_then(|(asked, made)| over(*asked, *made)).map_or(0.0, |load| load.min(1.0))
    }

    /// Gives each of these servers its load, where the plan takes it from the readers.
    pub(super) fn put_on(&self, project: &Project, mounted: &mut [Mounted<'_>]) {
        match project.money.utilisation_from {
            LoadSource::Typed => {}
            LoadSource::Readers => mounted.iter_mut().for_each(|kind| kind.load = self.of(kind.serves)),
        }
    }
}

/// Mean load of these servers together, each by what it makes; the typed one where they make nothing.
pub(super) fn of_all(project: &Project, mounted: &[Mounted<'_>]) -> f64 {
    match project.money.utilisation_from {
        LoadSource::Typed => project.money.utilisation,
        LoadSource::Readers => {
            let used = mounted.iter().map(|kind| full_speed(kind) * kind.load).sum();
            over(used, mounted.iter().map(full_speed).sum()).unwrap_or(0.0)
        }
    }
}

/// Tokens a second of all of a kind but its spares, fully loaded.
fn full_speed(kind: &Mounted<'_>) -> f64 {
    kind.plan().map_or(0.0, |plan| plan.total_speed.likely.as_tokens_per_second() * f64::from(kind.capacity))
}

fn over(asked: f64, made: f64) -> Option<f64> {
    (made > 0.0 && asked.is_finite()).then(|| asked / made)
}
