//! What a rack uses of what it has: units, draw, feeds, heat, weight with its centre.

use egui::Ui;

use crate::project::RackOutcome;
use crate::rack::Feed;
use crate::ui::outcome::power_text;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::capacity_bar_ui;
use crate::units::{Kilograms, Significant, Watts};

/// Draws the bars.
pub fn bars_ui(ui: &mut Ui, scene: &Scene<'_>, shown: &RackOutcome) {
    let usable = shown.layout.usable().to_units().as_units();
    let words = format!("Units: {} of {usable}", shown.used_units);
    capacity_bar_ui(ui, &words, shown.used_units, Some(usable));
    let words = format!("Rack draw: {} of {}", power_text(shown.total.planned_power), power_text(shown.usable_power));
    capacity_bar_ui(ui, &words, shown.total.planned_power.as_watts(), Some(shown.usable_power.as_watts()));
    feeds_ui(ui, shown);
    if let Some(limit) = scene.project.racks.cooling.and_then(|room| room.limit()) {
        let heat = shown.total.planned_power;
        let words = format!("Heat: {} of {}", power_text(heat), power_text(limit.most));
        capacity_bar_ui(ui, &words, heat.as_watts(), Some(limit.most.as_watts()));
    }
    if shown.without_power > 0 {
        ui.colored_label(tokens(ui).warn, format!("⚠ {} devices without known power", shown.without_power));
    }
    weight_ui(ui, scene, shown);
}

fn feeds_ui(ui: &mut Ui, shown: &RackOutcome) {
    let Some(feeds) = &shown.feeds else { return };
    let mut bar = |name: &str, carried: Watts| {
        let words = format!("{name}: {} of {}", power_text(carried), power_text(feeds.usable));
        capacity_bar_ui(ui, &words, carried.as_watts(), Some(feeds.usable.as_watts()));
    };
    bar("Rack feed A", feeds.a);
    if let Some(b) = feeds.b {
        bar("Rack feed B", b);
    }
    if let Some((left, after)) = feeds.worse_loss() {
        bar(&format!("Rack feed {}, {} lost", left.label(), left.other().label()), after);
    }
    for (lost, draw) in [(Feed::A, feeds.lost_with_a), (Feed::B, feeds.lost_with_b)] {
        if draw > Watts::ZERO {
            let words = format!("⚠ {} of this rack go out with feed {}", power_text(draw), lost.label());
            ui.colored_label(tokens(ui).warn, words);
        }
    }
}

fn weight_ui(ui: &mut Ui, scene: &Scene<'_>, shown: &RackOutcome) {
    let rack_type = shown.layout.rack_type.as_ref().and_then(|id| scene.catalog.rack_types.get(id));
    let limit = rack_type.and_then(|rack| rack.static_load);
    let of = limit.map_or_else(|| "no limit set".to_owned(), |limit| format!("of {limit}"));
    let unknown = if shown.without_weight > 0 { format!(", {} unknown", shown.without_weight) } else { String::new() };
    let words = format!("Weight: {} kg {of}{unknown}", Significant(shown.weight.as_kilograms()));
    capacity_bar_ui(ui, &words, shown.weight.as_kilograms(), limit.map(Kilograms::as_kilograms));
    if let Some(centre) = shown.load.centre_of_mass {
        let half = f64::from(shown.layout.height_units) / 2.0;
        // What weighs less than the empty rack does not make it topple.
        let heavy = rack_type.and_then(|rack| rack.weight).is_none_or(|empty| shown.weight > empty);
        let (color, words) = if heavy && centre.as_units() > half {
            (tokens(ui).warn, ", above the middle: mount heavy things low")
        } else {
            (tokens(ui).text_weak, "")
        };
        ui.colored_label(color, format!("Centre of mass at {centre}{words}"))
            .on_hover_text("Height of the centre of mass of what is mounted, above the floor of U1");
    }
}
