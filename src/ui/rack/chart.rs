//! Sessions against model size: for each scenario, smallest model first, every way of serving beside the others with its
//! band, and what was measured where something was.

use egui::{Color32, Role, Ui, WidgetInfo};
use egui_plot::{Bar, BarChart, Line, MarkerShape, Plot, PlotPoint, Points, Text};

use crate::project::{MeasuredSessions, Outcome, ScenarioOutcome};
use crate::sizing::serving::ModeKind;
use crate::ui::theme::{Tokens, tokens};
use crate::units::{Significant, thousands};

/// Width of one bar, where 1 is the distance of two models.
const BAR: f64 = 0.26;

/// A model with what is drawn of it.
struct Column<'a> {
    /// Where its middle is.
    x: f64,
    scenario: &'a ScenarioOutcome,
    /// Low, likely and high of each way that applies.
    modes: Vec<(ModeKind, [u32; 3])>,
    /// The way that carries most.
    best: Option<ModeKind>,
    selected: bool,
    measured: Option<&'a MeasuredSessions>,
}

impl Column<'_> {
    /// What stops one session more in one way, to stand behind its number; empty where it carries none.
    fn bound(&self, kind: ModeKind) -> String {
        let binding = self.scenario.binding_in(kind);
        binding.map_or_else(String::new, |binding| format!(" bound by {}", binding.label()))
    }

    /// What stands below it: the model's size; its name is in the hover and the spoken text.
    fn size(&self) -> String {
        match self.scenario.parameters {
            Some(count) => format!("{}B", Significant(count as f64 / 1e9)),
            None => self.scenario.name.clone(),
        }
    }

    /// Where the bar of a way stands.
    fn at(&self, kind: ModeKind) -> f64 {
        let place = self.modes.iter().position(|(each, _)| *each == kind).unwrap_or(0);
        self.x + (place as f64 - (self.modes.len() as f64 - 1.0) / 2.0) * BAR
    }

    fn spoken(&self) -> String {
        let best = self.best;
        let ways = self.modes.iter().map(|(kind, [_, likely, _])| {
            let mark = if best == Some(*kind) { " (best)" } else { "" };
            let bound = self.bound(*kind);
            format!("{} {}{mark}{bound}", kind.label(), thousands(f64::from(*likely)))
        });
        let ways: Vec<String> = ways.collect();
        let likely = thousands(f64::from(self.scenario.total.sessions.likely));
        let measured = self.measured.map_or_else(String::new, |measured| {
            let speed = Significant(measured.speed.as_tokens_per_second());
            let count = thousands(f64::from(measured.sessions));
            format!("; measured {count} at {speed} tokens/s, {}", measured.lengths)
        });
        format!("{} {likely} [{}{measured}]", self.scenario.name, ways.join(", "))
    }
}

/// The models, the smallest first; those of unknown size last.
fn columns(outcome: &Outcome) -> Vec<Column<'_>> {
    let mut scenarios: Vec<(usize, &ScenarioOutcome)> = outcome.scenarios.iter().enumerate().collect();
    scenarios.sort_by_key(|(_, scenario)| scenario.parameters.unwrap_or(u64::MAX));
    let places = scenarios.into_iter().enumerate();
    places
        .map(|(place, (at, scenario))| {
            let modes = ModeKind::ALL.into_iter().filter_map(|kind| Some((kind, scenario.sessions_in(kind)?)));
            Column {
                x: place as f64,
                scenario,
                modes: modes.collect(),
                best: scenario.best_mode(),
                selected: outcome.selected == Some(at),
                measured: scenario.measured.as_ref(),
            }
        })
        .collect()
}

/// Each way has its own colour; the best of a model is outlined besides, so that colour alone never tells.
fn fill(kind: ModeKind, colors: &Tokens) -> Color32 {
    match kind {
        ModeKind::OnePerDevice => colors.text_weak,
        ModeKind::Partitioned => colors.accent,
        ModeKind::Batched => colors.band,
    }
}

/// Draws the chart.
pub fn chart_ui(ui: &mut Ui, outcome: &Outcome, height: f32) {
    let colors = tokens(ui);
    let columns = columns(outcome);
    let names: Vec<String> = columns.iter().map(Column::size).collect();
    let ends = columns.iter().flat_map(|column| column.modes.iter().map(|(_, [_, _, high])| f64::from(*high)));
    let measured = columns.iter().filter_map(|column| column.measured.map(|it| f64::from(it.sessions)));
    let most = ends.chain(measured).fold(1.0, f64::max);
    let top = ui.cursor().top();
    legend_ui(ui, &columns, colors);
    let height = height - (ui.cursor().top() - top);
    let plot = Plot::new("sessions by model")
        .height(height.max(60.0))
        .include_y(0.0)
        .include_y(most * 1.25)
        .include_x(-0.6)
        .include_x(columns.len() as f64 - 0.4)
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
            for kind in ModeKind::ALL {
                let bars = columns.iter().filter_map(|column| {
                    let (_, [_, likely, _]) = column.modes.iter().find(|(each, _)| *each == kind)?;
                    let best = column.best == Some(kind);
                    let edge = if best { colors.text } else { Color32::TRANSPARENT };
                    let name = format!("{}{}", column.scenario.name, column.bound(kind));
                    let bar = Bar::new(column.at(kind), f64::from(*likely)).name(name);
                    Some(bar.width(BAR * 0.9).fill(fill(kind, colors)).stroke(egui::Stroke::new(1.0, edge)))
                });
                plot.bar_chart(BarChart::new(kind.label(), bars.collect()));
            }
            for column in &columns {
                for (kind, [low, likely, high]) in &column.modes {
                    let (x, name) = (column.at(*kind), format!("{}, {}", column.scenario.name, kind.label()));
                    if low != high {
                        let band = vec![[x, f64::from(*low)], [x, f64::from(*high)]];
                        plot.line(Line::new(format!("{name}, band"), band).color(colors.text).width(1.5));
                    }
                    // One number a model: three beside each other run into one another in a narrow chart.
                    if column.best == Some(*kind) {
                        let top = PlotPoint::new(x, f64::from((*high).max(*likely)) + most * 0.08);
                        let color = if column.selected { colors.text } else { colors.text_weak };
                        let words = thousands(f64::from(*likely));
                        plot.text(Text::new(format!("{name}, value"), top, words).color(color));
                    }
                }
                if let Some(measured) = column.measured {
                    let point = vec![[column.x, f64::from(measured.sessions)]];
                    let name = format!("{}, measured, {}", column.scenario.name, measured.lengths);
                    let mark = Points::new(name, point).shape(MarkerShape::Diamond).radius(5.0);
                    plot.points(mark.color(colors.warn));
                }
            }
        });
    let spoken: Vec<String> = columns.iter().map(Column::spoken).collect();
    let spoken = format!("Sessions by model: {}", spoken.join(", "));
    plot.response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
}

/// What each colour means; only what is drawn.
fn legend_ui(ui: &mut Ui, columns: &[Column<'_>], colors: &Tokens) {
    // A swatch and its word stay together where the line breaks.
    let entry = |ui: &mut Ui, color: Color32, corner: f32, words: &str, hover: &str| {
        let font = egui::TextStyle::Small.resolve(ui.style());
        let text = ui.painter().layout_no_wrap(words.to_owned(), font, colors.text_weak);
        let (whole, response) = ui.allocate_exact_size(egui::vec2(13.0 + text.size().x, 14.0), egui::Sense::hover());
        let swatch = egui::Rect::from_center_size(whole.left_center() + egui::vec2(4.5, 0.0), egui::vec2(9.0, 9.0));
        ui.painter().rect_filled(swatch, corner, color);
        let left = whole.left_center() + egui::vec2(13.0, -text.size().y / 2.0);
        ui.painter().galley(left, text, colors.text_weak);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, words));
        response.on_hover_text(hover);
    };
    ui.horizontal_wrapped(|ui| {
        for kind in ModeKind::ALL {
            if columns.iter().any(|column| column.modes.iter().any(|(each, _)| *each == kind)) {
                let (words, hover) = match kind {
                    ModeKind::OnePerDevice => ("one each", "One session at a time on each device that holds the model"),
                    ModeKind::Partitioned => ("partitioned", "Each processor cut into copies of the engine, best cut found"),
                    ModeKind::Batched => ("batched", "Many sessions in each step of each copy, on all of its devices"),
                };
                entry(ui, fill(kind, colors), 2.0, words, hover);
            }
        }
        if columns.iter().any(|column| column.measured.is_some()) {
            let hover = "Published runs of these devices with this model, format and engine, and prompts and answers at most twice \
                         or half as long, at this speed or the next one above it; the maker's own build of the engine among them";
            entry(ui, colors.warn, 5.0, "measured", hover);
        }
    });
}
