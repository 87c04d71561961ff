//! Draw against budget and feeds, and the heat of it.

use egui::Ui;

use super::{line_ui, power_text};
use crate::export::{self, sessions_left};
use crate::project::{Outcome, Project, RackOutcome, Racks};
use crate::rack::cooling::{CoolingKind, RoomCooling};
use crate::rack::{Feed, Hanging, LineLoads, PowerMode};
use crate::sizing::power::speed_under_cap;
use crate::ui::theme::tokens;
use crate::ui::widgets::{capacity_bar_ui, section_ui};
use crate::units::{Amperes, Significant, Watts, thousands};

/// Draws the section.
pub fn power_ui(ui: &mut Ui, outcome: &Outcome, project: &Project) {
    section_ui(ui, "POWER");
    let budget = project.racks.usable_power_of_all();
    let used = outcome.total.planned_power;
    let without = outcome.money.all_without_draw();
    let drawn = |draw: Watts| export::drawn(power_text(draw), draw, without);
    let words = format!("Power: {} of {}", power_text(used), power_text(budget));
    capacity_bar_ui(ui, &words, used.as_watts(), Some(budget.as_watts()));
    if without > 0 {
        ui.colored_label(tokens(ui).warn, format!("⚠ {without} devices of unknown draw, not in the bar"))
            .on_hover_text("Nobody published it: type it in the catalog");
    }
    line_ui(ui, "Expected under load", drawn(outcome.total.expected_power));
    line_ui(ui, "Switched on, idle", drawn(outcome.total.idle_power));
    cap_ui(ui, outcome, project);
    if let Some(left) = &outcome.sessions_left {
        line_ui(ui, "Sessions left", sessions_left(left)).on_hover_text(
            "Of servers with a cord on the feed that is left, where its breaker holds; what hangs on the lost one alone goes out",
        );
    }
    if let Some(fullest) = outcome.racks.iter().max_by(|a, b| a.heat_btu_per_hour.total_cmp(&b.heat_btu_per_hour)) {
        if outcome.racks.len() > 1 && fullest.feeds.is_some() {
            ui.weak(format!("Feeds of {}, which draws most", fullest.name));
        }
        feeds_ui(ui, fullest, project.racks.power_mode);
        lines_ui(ui, fullest);
        let name = match outcome.racks.len() {
            0 | 1 => "Heat".to_owned(),
            _ => format!("Heat of the hottest rack, {}", fullest.name),
        };
        heat_ui(ui, fullest, &name, &project.racks);
    }
}

/// What each feed carries, and what is left when A is lost.
fn feeds_ui(ui: &mut Ui, rack: &RackOutcome, counted: PowerMode) {
    let Some(feeds) = &rack.feeds else { return };
    let usable = feeds.usable;
    let mut bar = |name: &str, carried: Watts| {
        let words = format!("{name}: {} of {}", power_text(carried), power_text(usable));
        capacity_bar_ui(ui, &words, carried.as_watts(), Some(usable.as_watts()));
    };
    bar("Feed A", feeds.a);
    if let Some(b) = feeds.b {
        bar("Feed B", b);
    }
    if let Some((left, after)) = feeds.worse_loss() {
        bar(&format!("Feed {}, {} lost", left.label(), left.other().label()), after);
    }
    if counted == PowerMode::Expected {
        ui.weak("Feeds and lines at full load")
            .on_hover_text("A breaker trips at full load, whichever draw counts in the budget");
    }
    for (lost, draw) in [(Feed::A, feeds.lost_with_a), (Feed::B, feeds.lost_with_b)] {
        if draw.as_watts() > 0.0 {
            let words = format!("⚠ {} go out with feed {}", power_text(draw), lost.label());
            ui.colored_label(tokens(ui).warn, words);
        }
    }
    if feeds.unknown > 0 {
        ui.colored_label(tokens(ui).warn, format!("⚠ {} devices without known power on them", feeds.unknown));
    }
}

/// The current in each line of the feeds against its breaker.
fn lines_ui(ui: &mut Ui, rack: &RackOutcome) {
    let Some(lines) = &rack.lines else { return };
    let mut row = |name: &str, currents: [Amperes; 3]| {
        let [one, two, three] = currents.map(|current| Significant(current.as_amperes()).to_string());
        let over = currents.into_iter().any(|current| current > lines.usable * (1.0 + 1e-9));
        let uneven = (LineLoads::imbalance(currents) * 100.0).round();
        let words = format!("{name}: {one}, {two}, {three} of {}", lines.usable);
        let color = if over { tokens(ui).bad } else { tokens(ui).text };
        ui.colored_label(color, if over { format!("❌ {words}") } else { words }).on_hover_text(format!(
            "Current in L1, L2 and L3. The fullest lies {uneven} % above their mean. Cords hang {} and go where least \
             hangs so far",
            match lines.hanging {
                Hanging::BetweenLines => "between two lines",
                Hanging::LineToNeutral => "between a line and neutral",
            }
        ));
    };
    row("Lines of A", lines.a);
    if let Some(b) = lines.b {
        row("Lines of B", b);
    }
    if let Some((left, after)) = lines.worse_loss() {
        row(&format!("Lines of {}, {} lost", left.label(), left.other().label()), after);
    }
}

/// What a cap leaves of the speed.
fn cap_ui(ui: &mut Ui, outcome: &Outcome, project: &Project) {
    let Some(cap) = project.racks.per_server_cap else { return };
    let Some(full) = outcome.fullest_uncapped else { return };
    let left = speed_under_cap(full, cap);
    line_ui(ui, "Speed left under the cap", format!("{} %", (left * 100.0).round()));
}

fn heat_ui(ui: &mut Ui, rack: &RackOutcome, name: &str, racks: &Racks) {
    let room = racks.cooling.as_ref();
    line_ui(ui, name, format!("{} BTU/h", thousands(rack.heat_btu_per_hour)));
    if let Some(air) = rack.air_flow {
        let flow = Significant(air.as_cubic_metres_per_second());
        let rise = (racks.air_rise_kelvin() * 10.0).round() / 10.0;
        line_ui(ui, &format!("Air at a rise of {rise} K"), format!("{flow} m³/s"));
    }
    if let Some(limit) = room.and_then(RoomCooling::limit) {
        line_ui(ui, "The room carries away", format!("{}, {}", power_text(limit.most), limit.basis.words()));
    }
    if rack.liquid_only > 0 && room.is_none_or(|room| room.kind != CoolingKind::Liquid) {
        ui.colored_label(
            tokens(ui).warn,
            format!("⚠ {} devices take liquid, air does not serve them", rack.liquid_only),
        );
        return;
    }
    if room.is_some_and(|room| room.serves(rack.total.planned_power)) {
        return;
    }
    let (color, words) = match rack.cooling {
        CoolingKind::Air => return,
        CoolingKind::ContainedAir => (tokens(ui).text_weak, "The aisle must be closed off"),
        CoolingKind::Liquid => (tokens(ui).warn, "⚠ Air no longer serves: liquid cooling"),
    };
    ui.colored_label(color, words);
}
