//! How many of one server a rack takes, counted and not yet placed, and what stops the next one.

use crate::units::{Kilograms, RackUnits, Watts};

/// What limits the count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FitLimit {
    /// Rack units.
    RackUnits,
    /// Power.
    Power,
    /// What the feeds let through.
    Feeds,
    /// Heat the room carries away.
    Cooling,
    /// Weight.
    Weight,
}

/// How many fit, and why not one more.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitCount {
    /// Whole servers.
    pub servers: u32,
    /// What stops the next. `None`: no limit is known.
    pub limit: Option<FitLimit>,
    /// Watts missing for the first server, where even one is beyond the budget or the feeds.
    pub one_exceeds_power_by: Option<Watts>,
}

/// A unit and what there is for it: the arguments of [`fit_count`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitQuestion {
    /// Height of one server; 0 takes no space.
    pub height: RackUnits,
    /// Draw of one server. `None`: unknown, so not counted.
    pub power: Option<Watts>,
    /// Draw of one server at full load, for the feeds. `None`: as above.
    pub full_power: Option<Watts>,
    /// Weight of one server. `None`: unknown, so not counted.
    pub weight: Option<Kilograms>,
    /// Usable height.
    pub usable_height: RackUnits,
    /// Usable power. `None`: no limit.
    pub usable_power: Option<Watts>,
    /// What the feeds let through besides. `None`: no limit.
    pub usable_feed: Option<Watts>,
    /// Heat that may be given off besides. `None`: no limit.
    pub usable_heat: Option<Watts>,
    /// Usable load. `None`: no limit.
    pub usable_weight: Option<Kilograms>,
}

/// The least of what height, power, cooling and weight allow. Exactly full counts as full: 12,500 W / 625 W is 20.
pub fn fit_count(question: &FitQuestion) -> FitCount {
    let counts = [
        (FitLimit::RackUnits, whole(question.usable_height.as_units(), question.height.as_units())),
        (
            FitLimit::Power,
            both(question.usable_power, question.power).and_then(|(has, one)| whole(has.as_watts(), one.as_watts())),
        ),
        (
            FitLimit::Feeds,
            both(question.usable_feed, question.full_power)
                .and_then(|(has, one)| whole(has.as_watts(), one.as_watts())),
        ),
        (
            FitLimit::Cooling,
            both(question.usable_heat, question.power).and_then(|(has, one)| whole(has.as_watts(), one.as_watts())),
        ),
        (
            FitLimit::Weight,
            both(question.usable_weight, question.weight)
                .and_then(|(has, one)| whole(has.as_kilograms(), one.as_kilograms())),
        ),
    ];
    let least = counts.into_iter().filter_map(|(limit, count)| count.map(|count| (count, limit))).min();
    let missing = |has: Option<Watts>, one: Option<Watts>| both(has, one).map(|(has, one)| one - has);
    let of_the_budget = missing(question.usable_power, question.power);
    let of_the_feeds = missing(question.usable_feed, question.full_power);
    let missing = [of_the_budget, of_the_feeds].into_iter().flatten().reduce(Watts::max);
    FitCount {
        servers: least.map_or(0, |(count, _)| count),
        limit: least.map(|(_, limit)| limit),
        one_exceeds_power_by: missing
            .filter(|missing| missing.as_watts() > RELATIVE_SLACK * missing.as_watts().abs().max(1.0)),
    }
}

/// A quotient this close below a whole number is that number: binary fractions must not cost a server.
const RELATIVE_SLACK: f64 = 1e-6; // the planner's own, 2026-11-20

/// How many times `one` goes into `has`. `None` where `one` takes nothing.
fn whole(has: f64, one: f64) -> Option<u32> {
    // A float-to-integer cast saturates, and NaN becomes zero.
    (one > 0.0).then(|| ((has.max(0.0) / one) * (1.0 + RELATIVE_SLACK)).floor() as u32)
}

fn both<A, B>(a: Option<A>, b: Option<B>) -> Option<(A, B)> {
    a.zip(b)
}
