//! What a reader of the plan must know before believing its numbers.

use crate::catalog::Catalog;
use crate::project::check;
use crate::project::{
    DemandOutcome, LoadSource, MoneyOutcome, PlanProblem, Project, RackOutcome, Racks, ScenarioOutcome, ServedModel,
    Severity, Totals, name_of_run, runs_of_equal_racks,
};
use crate::rack::Redundancy;
use crate::rack::cooling::{
    self, COOLEST_RECOMMENDED_CELSIUS, CoolingKind, WARMEST_ALLOWED_CELSIUS, WARMEST_RECOMMENDED_CELSIUS,
};
use crate::sizing::power::DEEPEST_CAP_MEASURED;
use crate::sizing::serving::Sense;
use crate::sizing::verdict::Nearest;
use crate::units::{in_percent, thousands};

/// At most this many problems of racks are named one by one; those of equal neighbours are one.
const MOST_RACKS_NAMED: usize = 20; // the planner's own, 2026-11-20

/// All problems, the gravest first.
pub(super) fn of(
    project: &Project,
    catalog: &Catalog,
    scenarios: &[ScenarioOutcome],
    racks: &[RackOutcome],
    total: &Totals,
    money: &MoneyOutcome,
    demand: &DemandOutcome,
) -> Vec<PlanProblem> {
    let mut all: Vec<PlanProblem> = check::impossible_values(project)
        .into_iter()
        .map(|wrong| PlanProblem { severity: Severity::Error, place: wrong.field, message: wrong.message })
        .collect();
    let runs = || runs_of_equal_racks(racks).filter_map(|run| Some((name_of_run(run), run.first()?)));
    let of_run = |(place, rack): (String, &RackOutcome)| -> Vec<PlanProblem> {
        rack.problems.iter().map(|problem| PlanProblem { place: place.clone(), ..problem.clone() }).collect()
    };
    all.extend(runs().flat_map(of_run).take(MOST_RACKS_NAMED));
    all.extend(scenarios.iter().flat_map(refused));
    let mut whole = |severity, message: String| all.push(PlanProblem { severity, place: String::new(), message });
    if scenarios.is_empty() {
        whole(Severity::Error, "there is no model to serve: add a scenario".to_owned());
    }
    if racks.is_empty() {
        whole(Severity::Error, "there is no rack: add one".to_owned());
    }
    if project.money.utilisation == 0.0 {
        whole(Severity::Warning, "no tokens: the utilisation is 0, so nothing has a price per token".to_owned());
    }
    if project.needs.demand.users == 0 {
        whole(Severity::Warning, "nobody asks: the number of users is 0".to_owned());
    }
    let mut too_few = |carried: u32, of: &str, demand: &DemandOutcome| {
        if let Some(peak) = demand.peak_sessions.filter(|peak| *peak > carried) {
            let racks = demand
                .racks_needed
                .map_or_else(String::new, |racks| format!("; {racks} racks like {} would", demand.racks_like));
            whole(
                Severity::Warning,
                format!("the racks carry {carried} sessions{of}, the peak asks for {peak}{racks}"),
            );
        }
    };
    if demand.models.is_empty() {
        too_few(total.sessions.likely, "", demand);
    }
    for model in &demand.models {
        too_few(model.sessions, &format!(" of {}", model.name), &model.demand);
    }
    if project.money.grid_g_per_kwh.is_none() && catalog.grids.get(&project.money.grid).is_none() {
        whole(Severity::Warning, format!("the catalog has no grid `{}`, so carbon is unknown", project.money.grid));
    }
    let by_mean = |server: &&crate::project::ServerOutcome| {
        server.serving.as_ref().is_ok_and(|plan| plan.counted_by != project.needs.sense)
    };
    let mut servers = scenarios.iter().flat_map(|scenario| &scenario.servers).filter(by_mean);
    if let Some(server) = servers.next() {
        let asked = project.needs.sense.label();
        whole(
            Severity::Warning,
            format!(
                "{}: nobody published how gaps between tokens scatter there, so its sessions are counted by the {}, not by \
                 the {asked}",
                server.name,
                Sense::Mean.label()
            ),
        );
    }
    if let Some(cap) = project.racks.per_server_cap {
        let capped = scenarios.first().map_or(&[][..], |scenario| &scenario.servers);
        for server in capped.iter().filter_map(|server| catalog.servers.get(&server.server)) {
            let deepest =
                server.power.planned().map(|full| full * DEEPEST_CAP_MEASURED).filter(|deepest| cap < *deepest);
            if let Some(deepest) = deepest {
                whole(
                    Severity::Warning,
                    format!("{}: caps below {deepest} were never measured, so its speed is assumed", server.name),
                );
            }
        }
    }
    if let Some((severity, message)) = project.racks.cooling.and_then(|room| inlet(room.inlet_celsius?)) {
        whole(severity, message);
    }
    for (count, lack) in [
        (money.without_price, "no published price and run models: the cost of servers is left unknown"),
        (money.fittings_without_price, "no published price and run no model: their cost is not in the sum"),
        (money.without_embodied, "no published footprint of their making: an assumed one stands in"),
        (money.without_draw, "no published draw and run models: energy, electricity and carbon are left unknown"),
        (money.fittings_without_draw, "no published draw and run no model: power and energy leave them out"),
        (typical_only(catalog, racks), "no published maximum of their draw: the typical draw stands in"),
        (racks.iter().map(|rack| rack.without_weight).sum(), "no published weight: the load leaves them out"),
    ] {
        if count > 0 {
            whole(Severity::Warning, format!("{count} of the mounted devices have {lack}"));
        }
    }
    all.extend(runs().flat_map(|(place, rack)| strained(place, rack, &project.racks)).take(MOST_RACKS_NAMED));
    all.sort_by_key(|problem| problem.severity);
    all
}

/// How many of the mounted have a typical draw and no other.
fn typical_only(catalog: &Catalog, racks: &[RackOutcome]) -> u32 {
    let groups = racks.iter().flat_map(|rack| &rack.groups);
    let such =
        groups.filter(|group| catalog.servers.get(&group.server).is_some_and(|server| server.power.is_typical_only()));
    such.map(|group| group.count).fold(0, u32::saturating_add)
}

/// Where the plan's numbers disagree with each other, or with what was measured.
pub(super) fn doubts(
    project: &Project,
    scenarios: &[ScenarioOutcome],
    served: &[ServedModel],
    load_of_readers: Option<f64>,
) -> impl Iterator<Item = PlanProblem> {
    let served = served.iter().filter_map(|model| scenarios.get(model.scenario));
    let messages = served.filter_map(above_the_measured).chain(other_load(project, load_of_readers));
    messages.map(|message| PlanProblem { severity: Severity::Warning, place: String::new(), message })
}

/// Loads this many times apart make another sum of every token.
const FAR_APART: f64 = 2.0; // the planner's own, 2026-11-29

/// That the typed load is far from what the readers cause. `None`: it is not, or one of them is nothing, which is said elsewhere.
fn other_load(project: &Project, readers: Option<f64>) -> Option<String> {
    let (typed, readers) = (project.money.utilisation, readers?);
    let apart = readers > 0.0 && typed > 0.0 && !(1.0 / FAR_APART..=FAR_APART).contains(&(typed / readers));
    (apart && project.money.utilisation_from == LoadSource::Typed).then(|| {
        format!(
            "cost, energy and carbon of a token assume servers {} used; the readers keep them {} busy: take the \
             utilisation from the readers, or change either",
            in_percent(typed),
            in_percent(readers)
        )
    })
}

/// What is wrong with air of this temperature at the inlet. `None`: nothing.
fn inlet(celsius: f64) -> Option<(Severity, String)> {
    let air = format!("the air at the inlet has {celsius} °C");
    if celsius > WARMEST_ALLOWED_CELSIUS {
        let message =
            format!("{air}, more than the {WARMEST_ALLOWED_CELSIUS} °C that servers of class A1 allow: cool it");
        return Some((Severity::Error, message));
    }
    let recommended = COOLEST_RECOMMENDED_CELSIUS..=WARMEST_RECOMMENDED_CELSIUS;
    (!recommended.contains(&celsius)).then(|| {
        let range = format!("{COOLEST_RECOMMENDED_CELSIUS} to {WARMEST_RECOMMENDED_CELSIUS}");
        (Severity::Warning, format!("{air}: ASHRAE recommends {range} °C"))
    })
}

/// What a rack asks of its feeds, its floor and its air beyond the usual.
fn strained(place: String, rack: &RackOutcome, racks: &Racks) -> Vec<PlanProblem> {
    let room = racks.cooling.as_ref();
    let mut messages = Vec::new();
    if let Some(feeds) = &rack.feeds {
        let worst = feeds.worse_loss().map_or(feeds.a, |(_, after)| after.max(feeds.a));
        if worst > feeds.usable * (1.0 + 1e-9) {
            // Where the two add up nothing moves over.
            let (which, when) = match racks.feeds.map(|feeds| feeds.redundancy) {
                Some(Redundancy::AAndB) => ("a feed", " once the other is lost"),
                Some(Redundancy::TwoAdded) => ("a feed", ""),
                Some(Redundancy::Single) | None => ("the feed", ""),
            };
            messages.push(format!("{which} would carry {worst} of the {} it may{when}", feeds.usable));
        }
    }
    if let Some(lines) = &rack.lines {
        let (feed, line, current, lost) = lines.worst();
        if current > lines.usable * (1.0 + 1e-9) {
            let when = lost.map_or_else(String::new, |lost| format!(" once {} is lost", lost.label()));
            messages.push(format!(
                "line L{} of feed {feed:?} would carry {current} of the {} its breaker may{when}: its devices hang unevenly, \
                 or are too many",
                line + 1,
                lines.usable
            ));
        }
    }
    if rack.load.of_rolling.is_some_and(|share| share > 1.0) {
        messages.push("heavier than the rack may be while rolled: mount it where it stands".to_owned());
    }
    if rack.liquid_only > 0 && room.is_none_or(|room| room.kind != CoolingKind::Liquid) {
        messages.push(format!(
            "{} of its devices are cooled by liquid alone: air does not serve them, plan liquid to the chip",
            rack.liquid_only
        ));
    }
    match cooling::kind(rack.total.planned_power) {
        // The plan says that it is so cooled.
        _ if room.is_some_and(|room| room.serves(rack.total.planned_power)) => {}
        CoolingKind::Air => {}
        CoolingKind::ContainedAir => {
            messages.push(format!("{} of heat: close off the aisle", rack.total.planned_power))
        }
        CoolingKind::Liquid => messages.push(format!(
            "{} of heat: air no longer serves, plan a rear-door heat exchanger or liquid to the chip",
            rack.total.planned_power
        )),
    }
    let problem = |message| PlanProblem { severity: Severity::Warning, place: place.clone(), message };
    messages.into_iter().map(problem).collect()
}

/// That more sessions are estimated than were measured, were every server to serve this scenario. `None`: they are not, or nobody
/// measured the like.
fn above_the_measured(scenario: &ScenarioOutcome) -> Option<String> {
    let (measured, likely) = (scenario.measured.as_ref()?, scenario.total.sessions.likely);
    (likely > measured.sessions).then(|| {
        format!(
            "{}: {} sessions are likely on these servers, {} were measured on such devices (at {} or more each, {}, on a grid of \
             fewer ways to cut them)",
            scenario.name,
            thousands(f64::from(likely)),
            thousands(f64::from(measured.sessions)),
            measured.speed,
            measured.lengths
        )
    })
}

/// Why a scenario carries no session on a kind of server, and what would.
fn refused(scenario: &ScenarioOutcome) -> impl Iterator<Item = PlanProblem> + '_ {
    scenario.servers.iter().filter_map(|server| {
        let refusal = server.serving.as_ref().err()?;
        let nearest = match refusal.nearest {
            Some(Nearest::Format(format)) => format!("; {format} would run"),
            Some(Nearest::Context(tokens)) => format!("; a context of {tokens} tokens would run"),
            Some(Nearest::Devices(count)) => format!("; {count} devices would run it"),
            None => String::new(),
        };
        Some(PlanProblem {
            severity: Severity::Warning,
            place: scenario.name.clone(),
            message: format!("{}: {}{nearest}", server.name, refusal.reason),
        })
    })
}
