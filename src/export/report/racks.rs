//! What stands in each rack and what it draws, weighs and carries.

use crate::catalog::Catalog;
use crate::export::band;
use crate::export::markdown::{Table, plain};
use crate::export::words;
use crate::project::{Outcome, Project, RackOutcome, name_of_run, runs_of_equal_racks};
use crate::rack::cooling::{CoolingKind, KELVIN_PER_FAHRENHEIT};
use crate::rack::{Feed, LineLoads, PowerMode};
use crate::units::{Kilograms, Metres, Significant, Watts, thousands};

/// Racks named one by one; equal neighbours share a row, so this is seldom reached.
const MOST_ROWS: usize = 100; // the planner's own, 2026-11-20

pub(super) fn section(project: &Project, catalog: &Catalog, outcome: &Outcome) -> String {
    let mut table = Table::new(&[
        "rack",
        "what stands in it",
        ">U used",
        ">kW planned",
        ">kW expected",
        ">kg",
        ">sessions",
        "filled until",
    ]);
    let runs: Vec<&[RackOutcome]> = runs_of_equal_racks(&outcome.racks).collect();
    for run in runs.iter().take(MOST_ROWS) {
        let Some(rack) = run.first() else { continue };
        let kilowatts = |watts: Watts| Significant(watts.as_kilowatts()).to_string();
        let drawn = |known, draw| words::drawn(known, draw, rack.without_power);
        let each = if run.len() > 1 { ", each" } else { "" };
        table.row([
            format!("{}{each}", name_of_run(run)),
            contents(catalog, rack),
            format!("{} of {}", rack.used_units, rack.layout.height_units),
            drawn(
                format!("{} of {}", kilowatts(rack.total.planned_power), kilowatts(rack.usable_power)),
                rack.total.planned_power,
            ),
            drawn(kilowatts(rack.total.expected_power), rack.total.expected_power),
            kilograms(rack),
            band::count(&rack.total.sessions),
            rack.fill_stopped_by.as_ref().map_or_else(|| "not filled".to_owned(), ToString::to_string),
        ]);
    }
    let left_out = if runs.len() > MOST_ROWS {
        format!("{} more rows are left out.\n\n", runs.len() - MOST_ROWS)
    } else {
        String::new()
    };
    let spare = match project.racks.spare_servers {
        0 => String::new(),
        spare => format!(
            "{spare} of the servers may fail: they are powered and paid, but no capacity: they are taken from the last racks.\n\n"
        ),
    };
    let rooms: String = runs.iter().take(MOST_ROWS).map(|run| in_the_room(project, run)).collect();
    format!("## Racks\n\n{}{left_out}{spare}{rooms}", table.finish())
}

/// Heat, air, weight and feeds of each of some equal racks.
fn in_the_room(project: &Project, run: &[RackOutcome]) -> String {
    let Some(rack) = run.first() else { return String::new() };
    let each = if run.len() > 1 { ", each" } else { "" };
    let cooling = match rack.cooling {
        CoolingKind::Air => "open aisles do".to_owned(),
        CoolingKind::ContainedAir => "the aisle must be closed off".to_owned(),
        CoolingKind::Liquid if rack.liquid_only > 0 => {
            format!("air alone does not serve: {} of its devices take liquid", rack.liquid_only)
        }
        CoolingKind::Liquid => "air no longer serves".to_owned(),
    };
    let heat = thousands(rack.heat_btu_per_hour);
    let mut text = format!("{}{each}: {heat} BTU/h of heat", plain(&name_of_run(run)));
    let height = match project.racks.altitude() {
        Metres::ZERO => String::new(),
        altitude => format!(" and {} m above the sea", thousands(altitude.as_metres())),
    };
    if let Some(air) = rack.air_flow {
        text += &format!(
            ", {} m3/s of air ({} CFM) at a rise of {} degrees F{height}; {cooling}",
            Significant(air.as_cubic_metres_per_second()),
            thousands(air.as_cubic_feet_per_minute()),
            (project.racks.air_rise_kelvin() / KELVIN_PER_FAHRENHEIT * 10.0).round() / 10.0,
        );
    }
    if let Some(limit) = project.racks.cooling.and_then(|room| room.limit()) {
        text += &format!(". The room carries away {}: {}", limit.most, limit.basis.words());
    }
    if let Some(centre) = rack.load.centre_of_mass {
        text += &format!(". Centre of mass at {centre}");
    }
    if let Some(share) = rack.load.of_static {
        text += &format!(", {} % of the static load limit", band::percent(share));
    }
    if let Some(share) = rack.load.of_rolling {
        text += &format!(", {} % of the rolling one", band::percent(share));
    }
    if let Some(feeds) = &rack.feeds {
        let when = if project.racks.power_mode == PowerMode::Expected { "At full load feed" } else { "Feed" };
        text += &format!(". {when} A carries {}", feeds.a);
        if let (Some(b), Some((left, after))) = (feeds.b, feeds.worse_loss()) {
            let (left, lost) = (left.label(), left.other().label());
            text += &format!(", feed B {b}, and at worst {after} on {left} after {lost} is lost");
        }
        text += &format!(", of {} each", feeds.usable);
        for (lost, draw) in [(Feed::A, feeds.lost_with_a), (Feed::B, feeds.lost_with_b)] {
            if draw > Watts::ZERO {
                text += &format!("; {draw} go out with feed {}", lost.label());
            }
        }
    }
    if let Some(left) = &rack.sessions_left {
        text += &format!(". Sessions left: {}", words::sessions_left(left));
    }
    if let Some(lines) = &rack.lines {
        let (when, worst) = match lines.worse_loss() {
            Some((left, after)) => (format!("of {} after {} is lost", left.label(), left.other().label()), after),
            None => ("of A".to_owned(), lines.a),
        };
        let [one, two, three] = worst.map(|current| Significant(current.as_amperes()).to_string());
        text += &format!(
            ". Lines L1, L2, L3 {when}: {one}, {two}, {three} A of {} each, the fullest {} % above their mean",
            lines.usable,
            band::percent(LineLoads::imbalance(worst))
        );
    }
    text + ".\n\n"
}

fn contents(catalog: &Catalog, rack: &RackOutcome) -> String {
    let several = rack.models.len() > 1;
    let served = |at: usize| rack.models.iter().find(|model| model.scenario == at).map(|model| model.name.as_str());
    let names: Vec<String> = rack
        .groups
        .iter()
        .map(|group| {
            let name = catalog.servers.get(&group.server).map_or(group.server.as_str(), |server| &server.name);
            match group.serves.filter(|_| several).and_then(served) {
                Some(model) => format!("{} x {name} for {model}", group.count),
                None => format!("{} x {name}", group.count),
            }
        })
        .collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn kilograms(rack: &RackOutcome) -> String {
    let known = Significant(rack.weight.as_kilograms());
    match (rack.without_weight, rack.weight == Kilograms::ZERO) {
        (0, _) => known.to_string(),
        (_, true) => "unknown".to_owned(),
        (unknown, false) => format!("{known} and {unknown} of unknown weight"),
    }
}
