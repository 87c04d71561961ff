//! Power against load, and speed against a cap, of one kind of server in the rack that is edited: folded away until asked for.

use egui::{CollapsingHeader, Role, Ui, WidgetInfo};
use egui_plot::{Line, LineStyle, MarkerShape, Plot, Points, VLine, uniform_grid_spacer};

use super::selection::Selection;
use crate::catalog::Catalog;
use crate::project::{PowerCurves, Project, RackGroup, RackOutcome, power_curves};
use crate::ui::outcome::power_text;
use crate::ui::scene::Scene;
use crate::ui::theme::tokens;
use crate::ui::widgets::{Shown, figure_ui};
use crate::units::{Significant, TokensPerSecond, thousands};

/// Height of one plot.
const HEIGHT: f32 = 110.0;

/// Draws both curves of the chosen device, or, where none that runs models is chosen, of the kind there is most of.
pub fn curves_ui(ui: &mut Ui, scene: &Scene<'_>, at: usize, shown: &RackOutcome, selection: &Selection) {
    let folded = CollapsingHeader::new("Power by load and cap").id_salt("power curves");
    let hover = "What a server draws with some of its sessions at work, and what a cap leaves of its speed";
    let content = |ui: &mut Ui| {
        let Some((group, serves)) = looked_at(scene.project, at, shown, selection) else {
            ui.weak("Nothing in this rack runs a model");
            return;
        };
        ui.label(name(scene.catalog, group)).on_hover_text("Choose a device in the drawing to see another");
        match power_curves(scene.project, scene.catalog, scene.outcome, &group.server, serves) {
            Some(curves) => {
                draw_ui(ui, &curves);
                speed_ui(ui, &curves);
            }
            None => {
                ui.weak("It carries no session at the speed asked for, or nobody published what it draws");
            }
        }
    };
    let folded = folded.show_unindented(ui, content);
    // It is the last thing in the pane: what unfolds would stay out of sight. It has its whole height in the last frame of
    // the unfolding only, which on a slow machine is the first.
    let (id, clicked) = (egui::Id::unique("power curves unfolding"), folded.header_response.clicked());
    if clicked || ui.data(|data| data.get_temp(id).unwrap_or(false)) {
        if let Some(body) = &folded.body_response {
            body.scroll_to_me(None);
        }
        ui.data_mut(|data| data.insert_temp(id, clicked || folded.openness < 1.0));
    }
    folded.header_response.on_hover_text(hover);
}

/// The kind of server whose curves are drawn, and the scenario it serves. `None`: none here runs models.
fn looked_at<'a>(
    project: &Project,
    at: usize,
    shown: &'a RackOutcome,
    selection: &Selection,
) -> Option<(&'a RackGroup, usize)> {
    let runs = || shown.groups.iter().filter_map(|group| group.serves.map(|serves| (group, serves)));
    let chosen = selection.of(at).into_iter().find_map(|key| {
        let placement = shown.layout.get(key)?;
        let serves = project.scenario_served(placement.serves);
        runs().find(|(group, at)| group.server == placement.server && Some(*at) == serves)
    });
    chosen.or_else(|| runs().max_by_key(|(group, _)| group.count))
}

fn name<'a>(catalog: &'a Catalog, group: &'a RackGroup) -> &'a str {
    catalog.servers.get(&group.server).map_or(group.server.as_str(), |server| &server.name)
}

/// A plot whose axes begin at nothing and go so far.
fn plot(name: &'static str, x_most: f64, y_most: f64) -> Plot<'static> {
    let (x, y) = (step(x_most, 5.0), step(y_most, 3.0));
    let plot = Plot::new(name)
        .height(HEIGHT)
        .include_x(0.0)
        .include_y(0.0)
        .x_grid_spacer(uniform_grid_spacer(move |_| [x; 3]))
        .y_grid_spacer(uniform_grid_spacer(move |_| [y; 3]));
    plot.allow_drag(false).allow_zoom(false).allow_scroll(false).allow_boxed_zoom(false)
}

/// Distance of the marks on an axis: a round number, so that there are no more than so many.
fn step(most: f64, marks: f64) -> f64 {
    let least = (most / marks).max(1e-3);
    let ten = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0].map(|digit| digit * ten).into_iter().find(|step| *step >= least).unwrap_or(10.0 * ten)
}

fn draw_ui(ui: &mut Ui, curves: &PowerCurves) {
    let (Some((_, idle)), Some((_, full))) = (curves.draw.points.first(), curves.draw.points.last()) else { return };
    let sessions = thousands(f64::from(curves.sessions));
    let row = Shown {
        name: "Draw, all sessions at work",
        likely: power_text(*full),
        band: String::new(),
        basis: &curves.draw.basis,
    };
    figure_ui(ui, &row);
    ui.weak("Watts by sessions at work");
    let colors = tokens(ui);
    let (busy, drawn) = curves.at_the_plans_load;
    let response = plot("draw by sessions", f64::from(curves.sessions), full.as_watts()).show(ui, |plot| {
        let points = curves.draw.points.iter();
        let points: Vec<[f64; 2]> = points.map(|(at, draw)| [f64::from(*at), draw.as_watts()]).collect();
        plot.line(Line::new("draw", points).color(colors.accent).width(1.5));
        let now = Points::new("at the plan's load", vec![[busy, drawn.as_watts()]]);
        plot.points(now.shape(MarkerShape::Diamond).radius(5.0).color(colors.warn));
    });
    let spoken = format!(
        "Draw by sessions at work: {} with none, {} with {} at the plan's load, {} with all {sessions}",
        power_text(*idle),
        power_text(drawn),
        Significant(busy),
        power_text(*full),
    );
    response.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
}

fn speed_ui(ui: &mut Ui, curves: &PowerCurves) {
    let speed = &curves.speed;
    let (Some((lowest, slowest)), Some((_, fastest))) =
        (speed.assumed.first().or(speed.measured.first()), speed.measured.last())
    else {
        return;
    };
    let text = |speed: &TokensPerSecond| format!("{} tokens/s", Significant(speed.as_tokens_per_second()));
    let row = Shown { name: "Speed without a cap", likely: text(fastest), band: String::new(), basis: &speed.basis };
    figure_ui(ui, &row);
    ui.weak("Tokens/s by cap (W), as many sessions as now")
        .on_hover_text("A plan keeps the speed of each session: under a cap it takes fewer of them");
    let colors = tokens(ui);
    let highest = speed.measured.last().map_or(0.0, |(cap, _)| cap.as_watts());
    let response = plot("speed by cap", highest, fastest.as_tokens_per_second()).show(ui, |plot| {
        let mut curve = |name: &str, points: &[(crate::units::Watts, TokensPerSecond)], style| {
            let points: Vec<[f64; 2]> =
                points.iter().map(|(cap, speed)| [cap.as_watts(), speed.as_tokens_per_second()]).collect();
            plot.line(Line::new(name, points).color(colors.accent).width(1.5).style(style));
        };
        curve("measured", &speed.measured, LineStyle::Solid);
        curve("assumed", &speed.assumed, LineStyle::dashed_dense());
        if let Some(cap) = curves.cap {
            plot.vline(VLine::new("the plan's cap", cap.as_watts()).color(colors.warn));
        }
    });
    let deepest = speed.measured.first().map(|(cap, speed)| format!(", {} at {}", text(speed), power_text(*cap)));
    let spoken = format!(
        "Speed by cap: {} at {}{}, {} without one; below {} assumed",
        text(slowest),
        power_text(*lowest),
        deepest.unwrap_or_default(),
        text(fastest),
        speed.measured.first().map_or_else(String::new, |(cap, _)| power_text(*cap)),
    );
    response.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn marks_stand_at_round_numbers_and_are_few() {
        for (most, marks, expected) in
            [(625.0, 3.0, 500.0), (10_200.0, 3.0, 5_000.0), (12.0, 5.0, 5.0), (138.0, 3.0, 50.0), (1.0, 5.0, 0.2)]
        {
            assert!((step(most, marks) - expected).abs() < 1e-9, "{most}: {}", step(most, marks));
        }
        assert!(step(0.0, 3.0) > 0.0 && step(f64::NAN, 3.0) > 0.0);
    }
}
