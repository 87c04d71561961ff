//! What is chosen above, the sentence, the drawing, the row pointed at, the table, and where every row went.

use egui::{Checkbox, CollapsingHeader, Label, RichText, ScrollArea, Ui, vec2};

use super::chart::Chart;
use super::rows::Shown;
use super::table::{TableState, table_ui};
use super::words;
use crate::accuracy::{LeftOut, Quantity, Selection, Trust, builtin, text};
use crate::ui::scene::Scene;
use crate::ui::widgets::section_ui;

/// From this width on, in points, the table stands beside the drawing.
const WIDE: f32 = 1050.0;
/// Width of the table beside the drawing.
const TABLE: f32 = 700.0;

/// The pane.
pub struct AccuracyPane {
    selection: Selection,
    with_set_aside: bool,
    only: Option<String>,
    table: TableState,
    shown: Option<Shown>,
    /// The row pointed at, a place among those shown.
    at: Option<usize>,
}

impl Default for AccuracyPane {
    fn default() -> Self {
        let selection = Selection { quantity: Quantity::Decode, left_out: LeftOut::Device, trust: Trust::C };
        Self { selection, with_set_aside: false, only: None, table: TableState::default(), shown: None, at: None }
    }
}

impl AccuracyPane {
    /// Draws the pane.
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        ScrollArea::vertical().id_salt("accuracy").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - 6.0);
            self.choices_ui(ui);
            self.update();
            let Some(shown) = &self.shown else { return };
            let Some(table) = &shown.table else {
                ui.label("Nothing was judged so: choose other rows above");
                return;
            };
            ui.label(RichText::new(table.headline()).strong());
            let room = ui.available_size();
            let chart = Chart {
                catalog: scene.catalog,
                shown,
                only: self.only.as_deref(),
                height: (room.y - 60.0).clamp(240.0, if room.x >= WIDE { 680.0 } else { 340.0 }),
            };
            let mut only = self.only.clone();
            if room.x >= WIDE {
                ui.horizontal_top(|ui| {
                    ui.allocate_ui(vec2(room.x - TABLE - 16.0, 0.0), |ui| {
                        ui.vertical(|ui| chart_ui(ui, &chart, &mut self.at));
                    });
                    ui.vertical(|ui| {
                        table_ui(ui, shown, &mut self.table, &mut only);
                        account_ui(ui, shown.selection.quantity);
                    });
                });
            } else {
                chart_ui(ui, &chart, &mut self.at);
                table_ui(ui, shown, &mut self.table, &mut only);
                account_ui(ui, shown.selection.quantity);
            }
            self.only = only;
        });
    }

    fn choices_ui(&mut self, ui: &mut Ui) {
        let Selection { quantity, left_out, trust } = &mut self.selection;
        ui.horizontal_wrapped(|ui| {
            for each in Quantity::ALL {
                if ui.selectable_label(each == *quantity, each.label()).on_hover_text(each.meaning()).clicked() {
                    *quantity = each;
                }
            }
        });
        let known: Vec<LeftOut> = LeftOut::ALL.into_iter().filter(|way| builtin::of(*quantity).knows(*way)).collect();
        if !known.contains(left_out) {
            *left_out = LeftOut::Device;
        }
        ui.horizontal_wrapped(|ui| {
            ui.weak("Left out");
            for each in known {
                if ui.selectable_label(each == *left_out, each.label()).on_hover_text(each.meaning()).clicked() {
                    *left_out = each;
                }
            }
            ui.separator();
            ui.weak("Sources");
            for each in Trust::ALL {
                let hover = "A is named benchmarks and makers' tables, B community runs, C single submissions";
                if ui.selectable_label(each == *trust, each.and_better()).on_hover_text(hover).clicked() {
                    *trust = each;
                }
            }
            let drawable = self.shown.as_ref().map_or(0, |shown| shown.set_aside);
            let hover = format!(
                "{drawable} rows that cannot be right, or are unlike all others: kept out of the table, drawn hollow"
            );
            let there = drawable > 0 || self.with_set_aside;
            ui.add_enabled(there, Checkbox::new(&mut self.with_set_aside, "Show rows set aside"))
                .on_hover_text(&hover)
                .on_disabled_hover_text(hover);
        });
    }

    /// Chooses and sums up anew where the choice has changed.
    fn update(&mut self) {
        let same = |shown: &Shown| shown.selection == self.selection && shown.with_set_aside == self.with_set_aside;
        if self.shown.as_ref().is_some_and(same) {
            return;
        }
        let shown = Shown::of(self.selection, self.with_set_aside);
        let known = |class: &String| shown.mark(class).is_some();
        self.only = self.only.take().filter(known);
        self.at = None;
        self.shown = Some(shown);
    }
}

/// The drawing, and below it the row pointed at. Its room is kept, so that nothing moves under the pointer.
fn chart_ui(ui: &mut Ui, chart: &Chart<'_>, at: &mut Option<usize>) {
    chart.ui(ui, at);
    let spot = at.and_then(|at| chart.shown.spots.get(at));
    let left_out = chart.shown.selection.left_out;
    let [first, second, third] = match spot {
        Some(spot) => {
            let row = &spot.row;
            let aside = row.set_aside().map_or_else(String::new, |reason| format!("Set aside: {reason} · "));
            [
                format!("Row: {}", words::title(chart.catalog, row)),
                words::numbers(row, left_out),
                format!("{aside}{}", words::origin(row)),
            ]
        }
        None => [
            "Point at a mark to read its row; arrow keys go from row to row".to_owned(),
            "On the line: estimated as measured. Dashed: half more, half less".to_owned(),
            "Drag to move, ctrl and wheel to zoom, double click to see all".to_owned(),
        ],
    };
    ui.add(Label::new(RichText::new(&first).strong()).truncate()).on_hover_text(&first);
    ui.add(Label::new(&second).truncate()).on_hover_text(&second);
    ui.add(Label::new(RichText::new(&third).weak().small()).truncate()).on_hover_text(&third);
}

/// Where every row went, folded away.
fn account_ui(ui: &mut Ui, quantity: Quantity) {
    section_ui(ui, "WHERE EVERY ROW WENT");
    let record = builtin::of(quantity);
    ui.weak(format!("Fitted and judged on {}, constants in {}", record.date, record.constants));
    CollapsingHeader::new("Rows read, judged, set aside and why").id_salt("account").show(ui, |ui| {
        for line in text::account(record).lines() {
            ui.label(line.trim());
        }
    });
}
