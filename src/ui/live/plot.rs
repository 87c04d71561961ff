//! The time of each token, one line a column.

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{GridInput, Line, Plot, PlotPoints, uniform_grid_spacer};

use super::session::Session;
use crate::ui::theme::tokens;
use crate::ui::widgets::section_ui;
use crate::units::Significant;

/// Steps of the grid, for enough of its lines to have their figures: those of the library are powers of ten, of which nothing
/// but the zero may be left. In the least distances of two lines, of 8 points: a figure's height and width, and some air.
const STEP_UP: f64 = 3.0;
const STEP_ALONG: f64 = 8.0;

/// Steps of at least so many of the least distances.
fn steps(least: f64, input: &GridInput) -> [f64; 3] {
    let step = round_up((least * input.base_step_size).clamp(1e-6, 1e12));
    [step, 10.0 * step, 100.0 * step]
}

/// The next of 1, 2, 5, 10, ... that is no smaller.
fn round_up(least: f64) -> f64 {
    let power = 10f64.powi(least.log10().floor() as i32);
    [1.0, 2.0, 5.0].map(|times| times * power).into_iter().find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// Draws the plot.
pub fn plot_ui(ui: &mut Ui, sessions: &[&Session], height: f32) {
    section_ui(ui, "TIME OF EACH TOKEN (MS)");
    let colors = [tokens(ui).accent, tokens(ui).warn];
    let plot = Plot::new("token times")
        .height(height)
        .include_y(0.0)
        .include_y(10.0)
        .include_x(0.0)
        .include_x(20.0)
        .allow_scroll(false)
        .x_axis_label("token")
        .x_grid_spacer(uniform_grid_spacer(|input| steps(STEP_ALONG, &input)))
        .y_grid_spacer(uniform_grid_spacer(|input| steps(STEP_UP, &input)))
        .show(ui, |plot| {
            for ((session, color), name) in sessions.iter().zip(colors).zip(["first model", "second model"]) {
                let points = PlotPoints::Borrowed(&session.token_millis);
                let line = Line::new(format!("ms a token, {name}"), points).color(color);
                // Colour alone must not tell them apart.
                plot.line(if color == colors[1] { line.style(egui_plot::LineStyle::dashed_loose()) } else { line });
            }
        });
    let spoken: Vec<String> = sessions
        .iter()
        .map(|session| match session.token_millis.last() {
            Some(last) => format!("last {} ms", Significant(last.y)),
            None => "none yet".to_owned(),
        })
        .collect();
    let spoken = format!("Token times: {}", spoken.join(", "));
    plot.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
}

#[cfg(test)]
mod tests {
    use super::round_up;

    #[test]
    fn steps_are_those_people_count_in() {
        for (least, step) in [(1.0, 1.0), (1.1, 2.0), (2.5, 5.0), (7.0, 10.0), (0.3, 0.5), (30.0, 50.0)] {
            assert!((round_up(least) / step - 1.0).abs() < 1e-9, "{least}: {}", round_up(least));
        }
    }
}
