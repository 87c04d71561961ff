//! The time of each token, one line a column.

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{Line, Plot, PlotPoints};

use super::session::Session;
use crate::ui::theme::tokens;
use crate::ui::widgets::section_ui;
use crate::units::Significant;

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
