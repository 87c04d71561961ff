//! The drawing: measured to the right, estimated upwards, both logarithmic; on the line is perfect.
//!
//! The nearest mark is found here and not by the plot, which knows points but not rows.

use egui::{Event, EventFilter, Key, Pos2, Role, Stroke, Ui, WidgetInfo};
use egui_plot::{GridInput, GridMark, Line, LineStyle, Plot, PlotPoint, PlotPoints, PlotTransform, Points};

use super::rows::{Shown, Spot};
use super::words;
use crate::catalog::Catalog;
use crate::ui::theme::tokens;
use crate::units::Significant;

/// Farther from the pointer, in points, no mark is meant.
const REACH: f32 = 14.0;
/// Radius of a mark in points.
const RADIUS: f32 = 3.2;
/// Room around the outermost marks, as a part of a decade.
const MARGIN: f64 = 0.15;

/// What the chart draws beside the rows.
pub struct Chart<'a> {
    /// Names of devices and models.
    pub catalog: &'a Catalog,
    /// The rows.
    pub shown: &'a Shown,
    /// Only this class, the others faint. `None`: all alike.
    pub only: Option<&'a str>,
    /// Height in points.
    pub height: f32,
}

impl Chart<'_> {
    /// Draws; `at` is the row pointed at, a place among the spots, changed by pointer and arrow keys.
    pub fn ui(&self, ui: &mut Ui, at: &mut Option<usize>) {
        let quantity = self.shown.selection.quantity;
        let (low, high) = (self.shown.bounds.0 - MARGIN, self.shown.bounds.1 + MARGIN);
        let colors = tokens(ui);
        let unit = quantity.unit();
        let plot = Plot::new(("accuracy", quantity))
            .height(self.height)
            .include_x(low)
            .include_x(high)
            .include_y(low)
            .include_y(high)
            .allow_scroll(false)
            .allow_boxed_zoom(true)
            .show_x(false)
            .show_y(false)
            .label_formatter(|_| None)
            .grid_color(colors.line)
            .x_grid_spacer(decades)
            .y_grid_spacer(decades)
            .x_axis_formatter(|mark, _| value_text(mark.value))
            .y_axis_formatter(|mark, _| value_text(mark.value))
            .x_axis_label(format!("Measured ({unit})"))
            .y_axis_label(format!("Estimated ({unit})"))
            .show(ui, |plot| {
                for (name, factor, color, style) in [
                    ("estimated = measured", 1.0_f64, colors.text, LineStyle::Solid),
                    ("50 % more", 1.5, colors.text_weak, LineStyle::dashed_dense()),
                    ("50 % less", 0.5, colors.text_weak, LineStyle::dashed_dense()),
                ] {
                    let ends = vec![[low, low + factor.log10()], [high, high + factor.log10()]];
                    plot.line(Line::new(name, ends).color(color).width(1.2).style(style).allow_hover(false));
                }
                for group in &self.shown.groups {
                    let faint = self.only.is_some_and(|only| only != group.class);
                    let color = group.mark.color(colors);
                    let color = if faint { color.gamma_multiply(0.12) } else { color.gamma_multiply(0.85) };
                    let points = |name: String, points| {
                        let points = Points::new(name, PlotPoints::Borrowed(points)).shape(group.mark.shape());
                        points.radius(RADIUS).color(color).allow_hover(false)
                    };
                    plot.points(points(group.class.to_owned(), &group.points));
                    plot.points(points(format!("{}, set aside", group.class), &group.set_aside).filled(false));
                }
            });
        let response = plot.response;
        if response.clicked() {
            response.request_focus();
        }
        if let Some(pointer) = response.hover_pos() {
            let nearest = self.nearest(&plot.transform, pointer);
            *at = nearest.or(*at);
            if nearest.is_some() {
                // What it says stands below the drawing; the pointer needs the numbers beside it too.
                if let Some(spot) = self.spot(*at) {
                    let left_out = self.shown.selection.left_out;
                    response.clone().on_hover_ui_at_pointer(|ui| {
                        ui.strong(words::title(self.catalog, &spot.row));
                        ui.label(words::numbers(&spot.row, left_out));
                    });
                }
            }
        }
        self.keys(ui, &response, at);
        if let Some(spot) = self.spot(*at) {
            self.ring_ui(ui, &plot.transform, spot);
        }
        if response.has_focus() {
            let stroke = Stroke::new(1.0, colors.accent);
            ui.painter().rect_stroke(response.rect, 2.0, stroke, egui::StrokeKind::Inside);
        }
        let spoken = format!(
            "Estimated against measured {}: {} rows",
            quantity.plural(),
            self.shown.spots.iter().filter(|spot| self.is_in(spot)).count()
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, &spoken));
    }

    fn spot(&self, at: Option<usize>) -> Option<&Spot> {
        self.shown.spots.get(at?)
    }

    fn is_in(&self, spot: &Spot) -> bool {
        self.only.is_none_or(|only| only == spot.row.class())
    }

    /// The mark nearest to the pointer, of the chosen class where one is chosen.
    fn nearest(&self, transform: &PlotTransform, pointer: Pos2) -> Option<usize> {
        let spots = self.shown.spots.iter().enumerate().filter(|(_, spot)| self.is_in(spot));
        let distance = |spot: &Spot| transform.position_from_point(&spot.point).distance_sq(pointer);
        let near = spots.map(|(at, spot)| (at, distance(spot))).min_by(|a, b| a.1.total_cmp(&b.1))?;
        (near.1 <= REACH * REACH).then_some(near.0)
    }

    /// Arrow keys on the focused drawing go from row to row in the order of what was measured.
    fn keys(&self, ui: &Ui, response: &egui::Response, at: &mut Option<usize>) {
        if !response.has_focus() {
            return;
        }
        let arrows = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        let steps: i64 = ui.input(|input| {
            let pressed = input.events.iter().filter_map(|event| match event {
                Event::Key { key: Key::ArrowRight, pressed: true, .. } => Some(1),
                Event::Key { key: Key::ArrowLeft, pressed: true, .. } => Some(-1),
                _ => None,
            });
            pressed.sum()
        });
        if steps == 0 {
            return;
        }
        let places: Vec<usize> =
            self.shown.spots.iter().enumerate().filter(|(_, spot)| self.is_in(spot)).map(|(at, _)| at).collect();
        let now = at.map(|at| places.partition_point(|place| *place < at));
        let last = i64::try_from(places.len()).unwrap_or(0) - 1;
        let next = now.and_then(|now| i64::try_from(now).ok()).map_or(0, |now| (now + steps).clamp(0, last.max(0)));
        *at = usize::try_from(next).ok().and_then(|next| places.get(next)).copied().or(*at);
    }

    /// A ring around a row, and its band as a line.
    fn ring_ui(&self, ui: &Ui, transform: &PlotTransform, spot: &Spot) {
        let Some(estimate) = spot.row.estimate(self.shown.selection.left_out) else { return };
        let colors = tokens(ui);
        let painter = ui.painter().with_clip_rect(*transform.frame());
        let place = |value: f64| transform.position_from_point(&PlotPoint::new(spot.point.x, value.log10()));
        let (low, high) = (place(estimate.low), place(estimate.high));
        painter.line_segment([low, high], Stroke::new(2.0, colors.text));
        for end in [low, high] {
            painter.hline(end.x - 4.0..=end.x + 4.0, end.y, Stroke::new(2.0, colors.text));
        }
        painter.circle_stroke(place(estimate.likely), RADIUS + 3.0, Stroke::new(2.0, colors.text));
    }
}

/// Lines at 1, 2 and 5 of every decade in sight.
fn decades(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    if !(low.is_finite() && high.is_finite()) || high - low > 40.0 {
        return Vec::new();
    }
    let mut marks = Vec::new();
    // Marks beyond the drawing would be written over what stands around it.
    let mut mark = |value: f64, step_size: f64| {
        if (low..=high).contains(&value) {
            marks.push(GridMark { value, step_size });
        }
    };
    let mut decade = low.floor();
    while decade <= high.ceil() {
        mark(decade, 1.0);
        for part in [2.0_f64, 5.0] {
            mark(decade + part.log10(), 0.3);
        }
        decade += 1.0;
    }
    marks
}

/// "0.5", "20", "1,000": marks are round, so a trailing zero after the point says nothing.
fn value_text(logarithm: f64) -> String {
    let text = Significant(10f64.powf(logarithm)).to_string();
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_marks_are_round_numbers() {
        for (value, text) in [(0.5, "0.5"), (1.0, "1"), (20.0, "20"), (100.0, "100"), (5000.0, "5,000")] {
            assert_eq!(value_text(f64::log10(value)), text);
        }
    }
}
