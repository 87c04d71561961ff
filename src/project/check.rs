//! Values no plan can have: refused when a file is read, named when they are typed.

use super::Project;
use super::measurement::{MOST_MEASUREMENTS, impossible};
use crate::rack::MOST_UNITS;
use crate::rack::cooling::ALTITUDE_RANGE;

/// A value that cannot be.
#[derive(Clone, Debug, PartialEq)]
pub struct ImpossibleValue {
    /// The field as in the plan file, for example `money.pue`.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

/// More racks than this are not one plan.
pub const MOST_RACKS: usize = 10_000; // the planner's own, 2026-11-20
/// More things than this are not in one rack: both faces of the highest, in half units, and as many beside the slots.
pub const MOST_PLACEMENTS: usize = 1_000; // the planner's own, 2026-11-20
/// More scenarios than this are not one comparison.
pub const MOST_SCENARIOS: usize = 200; // the planner's own, 2026-11-20

/// No number of a plan is larger, whatever its unit: sums of such numbers stay far from overflow.
pub const MOST: f64 = 1e12; // the planner's own, 2026-11-20
/// Nothing is paid off faster.
pub const LEAST_YEARS: f64 = 0.1; // years; the planner's own, 2026-11-20

/// Every impossible value of a plan. Catalog entries inside it are checked by `catalog`.
pub fn impossible_values(project: &Project) -> Vec<ImpossibleValue> {
    let mut wrong = Vec::new();
    let (needs, money, racks) = (&project.needs, &project.money, &project.racks);
    let mut number = |field: &str, value: f64, range: Range, unit: &str| {
        if !range.holds(value) {
            let shown = if value.is_finite() { value.to_string() } else { "not a number".to_owned() };
            wrong.push(ImpossibleValue {
                field: field.to_owned(),
                message: format!("{shown} is impossible: write {} {unit}", range.words()),
            });
        }
    };
    number("needs.target_tokens_per_second", needs.target_speed.as_tokens_per_second(), Range::Above(0.0), "tokens/s");
    number("needs.words_per_token", needs.words_per_token, Range::Above(0.0), "words a token");
    if let Some(time) = needs.time_to_first_token {
        number("needs.time_to_first_token_s", time.as_secs(), Range::Above(0.0), "seconds");
    }
    number("needs.demand.active_share", needs.demand.active_share, Range::Share, "of the users");
    number(
        "needs.demand.requests_per_active_hour",
        needs.demand.requests_per_active_hour,
        Range::AtLeast(0.0),
        "requests an hour",
    );
    number("needs.demand.peak_factor", needs.demand.peak_factor, Range::AtLeast(1.0), "times the mean");
    let spread = needs.demand.service_spread;
    number("needs.demand.service_spread", spread, Range::AtLeast(0.0), "times the mean");
    for (at, scenario) in project.scenarios.iter().enumerate().take(MOST_SCENARIOS) {
        let field = format!("scenarios[{at}].request_weight");
        number(&field, scenario.request_weight, Range::AtLeast(0.0), "times as often as another model");
    }
    number("racks.power_budget_w", racks.power_budget.as_watts(), Range::AtLeast(0.0), "watts");
    number("racks.reserve_share", racks.reserve_share, Range::Share, "of the budget");
    if let Some(cap) = racks.per_server_cap {
        number("racks.per_server_cap_w", cap.as_watts(), Range::Above(0.0), "watts");
    }
    if let Some(feeds) = &racks.feeds {
        number("racks.feeds.volts", feeds.voltage.as_volts(), Range::Above(0.0), "volts");
        number("racks.feeds.breaker_amperes", feeds.breaker.as_amperes(), Range::Above(0.0), "amperes");
        number("racks.feeds.power_factor", feeds.power_factor, Range::Share, "(real over apparent power)");
        number("racks.feeds.planning_share", feeds.planning_share, Range::Share, "of the breaker's rating");
    }
    if let Some(cooling) = &racks.cooling {
        if let Some(heat) = cooling.heat {
            number("racks.cooling.heat_w", heat.as_watts(), Range::AtLeast(0.0), "watts");
        }
        if let Some(air) = cooling.air {
            let flow = air.as_cubic_metres_per_second();
            number("racks.cooling.air_m3_per_s", flow, Range::AtLeast(0.0), "cubic metres a second");
        }
        number("racks.cooling.rise_kelvin", cooling.rise_kelvin, Range::Above(0.0), "kelvin");
        let altitude = cooling.altitude.as_metres();
        number(
            "racks.cooling.altitude_m",
            altitude,
            Range::Between(*ALTITUDE_RANGE.start(), *ALTITUDE_RANGE.end()),
            "metres",
        );
        if let Some(celsius) = cooling.inlet_celsius {
            number("racks.cooling.inlet_celsius", celsius, Range::AtLeast(-90.0), "degrees C");
        }
    }
    number("money.electricity_usd_per_kwh", money.electricity_usd_per_kwh, Range::AtLeast(0.0), "US dollars per kWh");
    if let Some(grams) = money.grid_g_per_kwh {
        number("money.grid_g_per_kwh", grams, Range::AtLeast(0.0), "gCO2e per kWh");
    }
    number("money.pue", money.pue, Range::AtLeast(1.0), "(power of the site over power of the racks)");
    number("money.utilisation", money.utilisation, Range::Share, "of the capacity");
    number("money.years", money.years, Range::AtLeast(LEAST_YEARS), "years");
    number("money.residual_share", money.residual_share, Range::Share, "of the price");
    number("money.capital_cost", money.capital_cost, Range::AtLeast(0.0), "per year");
    number("money.support_share", money.support_share, Range::AtLeast(0.0), "of the price per year");
    if let Some(rent) = money.colocation_usd_per_kw_month {
        number("money.colocation_usd_per_kw_month", rent, Range::AtLeast(0.0), "US dollars per kW and month");
    }
    number("money.cached_input_share", money.cached_input_share, Range::Share, "of the prompt tokens");
    counts(project, &mut wrong);
    measurements(project, &mut wrong);
    wrong
}

fn measurements(project: &Project, wrong: &mut Vec<ImpossibleValue>) {
    let mut say = |field: String, message: String| wrong.push(ImpossibleValue { field, message });
    if project.measurements.len() > MOST_MEASUREMENTS {
        say("measurements".to_owned(), format!("more than {MOST_MEASUREMENTS} measurements: take some out"));
    }
    for (at, own) in project.measurements.iter().enumerate().take(MOST_MEASUREMENTS) {
        if let Some(what) = impossible(&own.measurement) {
            say(format!("measurements[{at}]"), format!("{what} is impossible: take the row out"));
        }
    }
}

fn counts(project: &Project, wrong: &mut Vec<ImpossibleValue>) {
    let mut say = |field: String, message: String| wrong.push(ImpossibleValue { field, message });
    if project.racks.layouts.len() > MOST_RACKS {
        say("racks.layouts".to_owned(), format!("more than {MOST_RACKS} racks: split the plan"));
    }
    if project.scenarios.len() > MOST_SCENARIOS {
        say("scenarios".to_owned(), format!("more than {MOST_SCENARIOS} scenarios: split the plan"));
    }
    for (at, scenario) in project.scenarios.iter().enumerate().filter(|(_, scenario)| scenario.context_tokens == 0) {
        let message = format!("`{}` has a context of 0 tokens: write 1 or more", scenario.name);
        say(format!("scenarios[{at}].context_tokens"), message);
    }
    let there = project.scenarios.len();
    let lost = |named: &Option<usize>| named.is_some_and(|at| at >= there);
    let no_such = |named: Option<usize>| {
        let number = named.unwrap_or_default();
        format!(
            "the plan has {there} scenarios, none of number {number} (counted from 0): write another or leave it out"
        )
    };
    if lost(&project.racks.fill_serves) {
        say("racks.fill_serves".to_owned(), no_such(project.racks.fill_serves));
    }
    for (at, layout) in project.racks.layouts.iter().enumerate().take(MOST_RACKS) {
        for placement in layout.placements.iter().take(MOST_PLACEMENTS).filter(|placement| lost(&placement.serves)) {
            let field = format!("racks.layouts[{at}].placements, key {}, serves", placement.key.0);
            say(field, no_such(placement.serves));
        }
        if !(1..=MOST_UNITS).contains(&layout.height_units) {
            let message = format!("{} U is impossible: write 1 to {MOST_UNITS}", layout.height_units);
            say(format!("racks.layouts[{at}].height_units"), message);
        }
        if layout.reserved_units > layout.height_units {
            say(format!("racks.layouts[{at}].reserved_units"), "more than the rack has: write less".to_owned());
        }
        if layout.placements.len() > MOST_PLACEMENTS {
            say(
                format!("racks.layouts[{at}].placements"),
                format!("more than {MOST_PLACEMENTS} things in one rack: take some out"),
            );
        }
        let mut keys: Vec<_> = layout.placements.iter().map(|placement| placement.key).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair.first() == pair.last()) {
            say(format!("racks.layouts[{at}].placements"), "two placements share a key: number them anew".to_owned());
        }
    }
}

enum Range {
    Above(f64),
    AtLeast(f64),
    Between(f64, f64),
    Share,
}

impl Range {
    fn holds(&self, value: f64) -> bool {
        value.is_finite()
            && value <= MOST
            && match self {
                Self::Above(least) => value > *least,
                Self::AtLeast(least) => value >= *least,
                Self::Between(least, most) => (*least..=*most).contains(&value),
                Self::Share => (0.0..=1.0).contains(&value),
            }
    }

    fn words(&self) -> String {
        match self {
            Self::Above(least) => format!("more than {least}, up to {MOST:e},"),
            Self::AtLeast(least) => format!("{least} or more, up to {MOST:e},"),
            Self::Between(least, most) => format!("{least} to {most}"),
            Self::Share => "a share from 0 to 1".to_owned(),
        }
    }
}
