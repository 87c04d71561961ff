//! The table of errors: a line a class with its mark; a click on a line shows that class alone, on a title sorts.

use std::cmp::Ordering;

use egui::{Align, Button, Layout, Rect, RichText, Role, Sense, Ui, WidgetInfo, vec2};
use egui_extras::{Column as Width, TableBuilder};
use egui_plot::MarkerShape;

use super::marks::ClassMark;
use super::rows::Shown;
use crate::accuracy::table::{percent, signed_percent};
use crate::accuracy::{ClassLine, Summary};
use crate::ui::theme::tokens;

const ROW: f32 = 22.0;
/// Width of the numbers' columns, in points.
const NUMBER: f32 = 58.0;

/// A column of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Rows,
    Devices,
    Median,
    Mean,
    FarOff,
    Bias,
    Covered,
}

impl Column {
    const ALL: [Self; 7] =
        [Self::Rows, Self::Devices, Self::Median, Self::Mean, Self::FarOff, Self::Bias, Self::Covered];

    const fn title(self) -> &'static str {
        match self {
            Self::Rows => "Rows",
            Self::Devices => "Devices",
            Self::Median => "Median",
            Self::Mean => "Mean",
            Self::FarOff => "> 50 %",
            Self::Bias => "Bias",
            Self::Covered => "In band",
        }
    }

    const fn meaning(self) -> &'static str {
        match self {
            Self::Rows => "Published measurements held against estimates",
            Self::Devices => "Devices they were made on: rows of one device are not independent",
            Self::Median => "Half of the estimates are closer to what was measured than this",
            Self::Mean => "Mean error: a few bad rows weigh heavily",
            Self::FarOff => "Share of rows that are more than half off",
            Self::Bias => "Median error with its sign: above zero where estimates are too high",
            Self::Covered => "How often the 80 % band held what was measured: 80 % is right, more is too careful",
        }
    }

    fn value(self, summary: &Summary) -> f64 {
        match self {
            Self::Rows => f64::from(summary.rows),
            Self::Devices => f64::from(summary.devices),
            Self::Median => summary.median_error,
            Self::Mean => summary.mean_error,
            Self::FarOff => summary.far_off,
            Self::Bias => summary.bias,
            Self::Covered => summary.covered,
        }
    }

    fn text(self, summary: &Summary) -> String {
        match self {
            Self::Rows => crate::units::thousands(f64::from(summary.rows)),
            Self::Devices => crate::units::thousands(f64::from(summary.devices)),
            Self::Median | Self::Mean | Self::FarOff => percent(self.value(summary)),
            Self::Bias => signed_percent(summary.bias),
            Self::Covered => format!("{:.0} %", summary.covered * 100.0),
        }
    }
}

/// How the table is looked at.
#[derive(Debug)]
pub struct TableState {
    /// The column sorted by, and whether the largest is first. `None`: by name.
    by: Option<Column>,
    largest_first: bool,
}

impl Default for TableState {
    fn default() -> Self {
        Self { by: Some(Column::Rows), largest_first: true }
    }
}

impl TableState {
    fn click(&mut self, column: Option<Column>) {
        if self.by == column {
            self.largest_first = !self.largest_first;
        } else {
            *self = Self { by: column, largest_first: column.is_some() };
        }
    }

    fn compare(&self, a: &ClassLine, b: &ClassLine) -> Ordering {
        let order = match self.by {
            Some(column) => column.value(&a.summary).total_cmp(&column.value(&b.summary)),
            None => a.class.cmp(&b.class),
        };
        if self.largest_first { order.reverse() } else { order }
    }
}

/// Draws the table; `only` is the class shown alone.
pub fn table_ui(ui: &mut Ui, shown: &Shown, state: &mut TableState, only: &mut Option<String>) {
    let Some(table) = &shown.table else { return };
    let mut lines: Vec<&ClassLine> = table.classes.iter().collect();
    lines.sort_by(|a, b| state.compare(a, b));
    let name = (ui.available_width() - 7.0 * (NUMBER + 8.0) - 10.0).max(150.0);
    let mut builder = TableBuilder::new(ui)
        .id_salt("accuracy classes")
        .striped(true)
        .vscroll(false)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(Width::exact(name).clip(true));
    for _ in Column::ALL {
        builder = builder.column(Width::exact(NUMBER));
    }
    builder
        .header(ROW, |mut header| {
            header.col(|ui| title_ui(ui, None, state));
            for column in Column::ALL {
                header.col(|ui| title_ui(ui, Some(column), state));
            }
        })
        .body(|mut body| {
            body.row(ROW, |mut row| {
                row.col(|ui| {
                    if line_ui(ui, "All classes", &table.all, None, only.is_none()) {
                        *only = None;
                    }
                });
                numbers_ui(&mut row, &table.all);
            });
            for line in lines {
                body.row(ROW, |mut row| {
                    let chosen = only.as_deref() == Some(line.class.as_str());
                    row.col(|ui| {
                        if line_ui(ui, &line.class, &line.summary, shown.mark(&line.class), chosen) {
                            *only = if chosen { None } else { Some(line.class.clone()) };
                        }
                    });
                    numbers_ui(&mut row, &line.summary);
                });
            }
        });
}

fn title_ui(ui: &mut Ui, column: Option<Column>, state: &mut TableState) {
    let title = column.map_or("Class", Column::title);
    let arrow = match (state.by == column, state.largest_first) {
        (true, true) => " ⏷",
        (true, false) => " ⏶",
        (false, _) => "",
    };
    let layout =
        if column.is_some() { Layout::right_to_left(Align::Center) } else { Layout::left_to_right(Align::Center) };
    ui.with_layout(layout, |ui| {
        ui.spacing_mut().button_padding.x = 0.0;
        let text = RichText::new(format!("{title}{arrow}")).strong().small();
        let button = ui.add(Button::new(text).frame_when_inactive(false));
        button.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Sort classes by {title}")));
        let hover = column.map_or("What scatters alike", Column::meaning);
        if button.on_hover_text(hover).clicked() {
            state.click(column);
        }
    });
}

/// The first cell: mark and name. True where it was clicked.
fn line_ui(ui: &mut Ui, name: &str, summary: &Summary, mark: Option<ClassMark>, chosen: bool) -> bool {
    if let Some(mark) = mark {
        mark_ui(ui, mark);
    }
    if summary.is_thin() {
        let hover = "Fewer than 20 rows or 3 devices: it says little of the next device";
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new("thin").small().color(tokens(ui).warn)).on_hover_text(hover);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| button_ui(ui, name, summary, chosen)).inner
        })
        .inner
    } else {
        button_ui(ui, name, summary, chosen)
    }
}

fn button_ui(ui: &mut Ui, name: &str, summary: &Summary, chosen: bool) -> bool {
    let button = ui.add(Button::selectable(chosen, name).truncate());
    button.widget_info(|| {
        let of = |column: Column| format!("{} {}", column.title(), column.text(summary));
        let thin = if summary.is_thin() { ", thin" } else { "" };
        let words: Vec<String> = Column::ALL.into_iter().map(of).collect();
        WidgetInfo::selected(Role::Button, true, chosen, format!("{name}: {}{thin}", words.join(", ")))
    });
    button.on_hover_text("Click to show these rows alone, again to show all").clicked()
}

fn numbers_ui(row: &mut egui_extras::TableRow<'_, '_>, summary: &Summary) {
    for column in Column::ALL {
        row.col(|ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| ui.label(column.text(summary)));
        });
    }
}

/// The mark of a class, as it is in the drawing.
fn mark_ui(ui: &mut Ui, mark: ClassMark) {
    let (rect, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    paint_mark(ui, rect, mark);
}

fn paint_mark(ui: &Ui, rect: Rect, mark: ClassMark) {
    let (painter, center, r) = (ui.painter(), rect.center(), 4.5);
    let color = mark.color(tokens(ui));
    let stroke = egui::Stroke::new(1.4, color);
    let at = |x: f32, y: f32| center + vec2(x, y) * r;
    let filled = |points: Vec<egui::Pos2>| {
        painter.add(egui::Shape::convex_polygon(points, color, egui::Stroke::NONE));
    };
    let cross = |ends: &[[egui::Pos2; 2]]| {
        for pair in ends {
            painter.line_segment(*pair, stroke);
        }
    };
    let (d, h) = (std::f32::consts::FRAC_1_SQRT_2, 0.866);
    match mark.shape() {
        MarkerShape::Circle => {
            painter.circle_filled(center, r * 0.9, color);
        }
        MarkerShape::Diamond => filled(vec![at(0.0, 1.0), at(-1.0, 0.0), at(0.0, -1.0), at(1.0, 0.0)]),
        MarkerShape::Square => filled(vec![at(-d, d), at(-d, -d), at(d, -d), at(d, d)]),
        MarkerShape::Up => filled(vec![at(0.0, -1.0), at(h, 0.5), at(-h, 0.5)]),
        MarkerShape::Down => filled(vec![at(0.0, 1.0), at(-h, -0.5), at(h, -0.5)]),
        MarkerShape::Left => filled(vec![at(-1.0, 0.0), at(0.5, -h), at(0.5, h)]),
        MarkerShape::Right => filled(vec![at(1.0, 0.0), at(-0.5, h), at(-0.5, -h)]),
        MarkerShape::Cross => cross(&[[at(-d, -d), at(d, d)], [at(d, -d), at(-d, d)]]),
        MarkerShape::Plus => cross(&[[at(-1.0, 0.0), at(1.0, 0.0)], [at(0.0, -1.0), at(0.0, 1.0)]]),
        MarkerShape::Asterisk => {
            cross(&[[at(0.0, -1.0), at(0.0, 1.0)], [at(-h, 0.5), at(h, -0.5)], [at(-h, -0.5), at(h, 0.5)]]);
        }
    }
}
