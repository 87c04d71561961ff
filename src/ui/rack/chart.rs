//! Sessions by model: one bar a scenario, with its band.

use egui::{Role, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, Line, Plot, PlotPoint, Text};

use crate::project::Outcome;
use crate::ui::theme::tokens;
use crate::units::thousands;

/// Draws the chart.
pub fn chart_ui(ui: &mut Ui, outcome: &Outcome, height: f32) {
    let colors = tokens(ui);
    let rows: Vec<(f64, &str, f64, f64, f64)> = outcome
        .scenarios
        .iter()
        .enumerate()
        .map(|(at, scenario)| {
            let sessions = &scenario.total.sessions;
            let number = |n: u32| f64::from(n);
            let place = u32::try_from(at).map_or(0.0, f64::from);
            (place, scenario.name.as_str(), number(sessions.low), number(sessions.likely), number(sessions.high))
        })
        .collect();
    let names: Vec<String> = rows.iter().map(|row| row.1.to_owned()).collect();
    let most = rows.iter().map(|row| row.4).fold(1.0, f64::max);
    let bars: Vec<Bar> = rows
        .iter()
        .map(|(x, name, _, likely, _)| {
            let selected = outcome.selected.and_then(|at| u32::try_from(at).ok()).map(f64::from) == Some(*x);
            let fill = if selected { colors.accent } else { colors.band };
            Bar::new(*x, *likely).name(name).width(0.55).fill(fill)
        })
        .collect();
    let plot = Plot::new("sessions by model")
        .height(height)
        .include_y(0.0)
        .include_y(most * 1.25)
        .include_x(-0.6)
        .include_x(rows.len() as f64 - 0.4)
        .allow_drag(false)
        .allow_zoom(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_grid([false, true])
        .x_axis_formatter(move |mark, _| {
            let at = mark.value.round();
            let whole = (mark.value - at).abs() < 0.01 && at >= 0.0;
            // Small and not negative: a place in the list.
            if whole { names.get(at as usize).cloned().unwrap_or_default() } else { String::new() }
        })
        .x_grid_spacer(egui_plot::uniform_grid_spacer(|_| [1.0, 1.0, 1.0]))
        .show(ui, |plot| {
            plot.bar_chart(BarChart::new("sessions", bars));
            for (x, name, low, likely, high) in &rows {
                if low != high {
                    let band = vec![[*x, *low], [*x, *high]];
                    plot.line(Line::new(format!("{name}, band"), band).color(colors.text).width(2.0));
                }
                let top = PlotPoint::new(*x, high.max(*likely) + most * 0.08);
                plot.text(Text::new(format!("{name}, value"), top, thousands(*likely)).color(colors.text));
            }
        });
    let spoken: Vec<String> = outcome
        .scenarios
        .iter()
        .map(|s| format!("{} {}", s.name, thousands(f64::from(s.total.sessions.likely))))
        .collect();
    let spoken = format!("Sessions by model: {}", spoken.join(", "));
    plot.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
}
