//! Each input a fifth down and up: bars around the value as it is, the widest first.

use egui::{Align2, Color32, Rect, Role, Sense, Stroke, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::project::Outcome;
use crate::project::sensitivity::Swing;
use crate::ui::theme::tokens;
use crate::units::{Significant, Usd, thousands};

/// Width of an input's name, and of a number at a bar's end, in points.
const NAME: f32 = 160.0;
const NUMBER: f32 = 64.0;
const ROW: f32 = 24.0;

/// What is watched while an input moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// US dollars per million tokens.
    #[default]
    Cost,
    /// Sessions at once.
    Sessions,
}

impl Measure {
    /// In the order they are offered.
    pub const ALL: [Self; 2] = [Self::Cost, Self::Sessions];

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cost => "Cost per Mtok (USD)",
            Self::Sessions => "Sessions at once",
        }
    }

    fn ends(self, swing: &Swing) -> [Option<f64>; 2] {
        match self {
            Self::Cost => swing.usd_per_mtok.map(|usd| usd.map(Usd::as_usd)),
            Self::Sessions => swing.sessions.map(|sessions| Some(f64::from(sessions))),
        }
    }

    fn now(self, outcome: &Outcome) -> Option<f64> {
        match self {
            Self::Cost => outcome.money.usd_per_mtok.as_ref().map(|usd| usd.likely.as_usd()),
            Self::Sessions => Some(f64::from(outcome.total.sessions.likely)),
        }
    }

    fn text(self, value: f64) -> String {
        match self {
            Self::Cost => Significant(value).to_string(),
            Self::Sessions => thousands(value),
        }
    }
}

/// One input: its name, and the value with less and with more of it.
type Row<'a> = (&'a str, [f64; 2]);

/// Draws the bars.
pub fn tornado_ui(ui: &mut Ui, swings: &[Swing], outcome: &Outcome, measure: Measure) {
    let Some(now) = measure.now(outcome) else {
        let lack = outcome.money.lacks.cost.map_or_else(String::new, |lack| format!(". {}", lack.words()));
        ui.weak(format!("The cost is unknown{lack}"));
        return;
    };
    let known = |swing: &Swing| match measure.ends(swing) {
        [Some(less), Some(more)] => Some([less, more]),
        _ => None,
    };
    let mut rows: Vec<Row<'_>> = swings.iter().filter_map(|it| known(it).map(|ends| (it.input, ends))).collect();
    let width = |ends: [f64; 2]| (ends[0] - ends[1]).abs();
    rows.sort_by(|a, b| width(b.1).total_cmp(&width(a.1)));
    let farthest = rows.iter().flat_map(|row| row.1).map(|end| (end - now).abs()).fold(0.0, f64::max);
    let (still, moving): (Vec<Row<'_>>, Vec<Row<'_>>) = rows.into_iter().partition(|row| width(row.1) == 0.0);
    for row in moving {
        bar_ui(ui, row, now, farthest, measure);
    }
    if !still.is_empty() {
        let names: Vec<&str> = still.iter().map(|row| row.0).collect();
        ui.add_space(2.0);
        ui.weak(format!("Without effect here: {}", names.join(", ")));
    }
    let lost = swings.iter().filter(|swing| known(swing).is_none()).count();
    if lost > 0 {
        ui.weak(format!("{lost} inputs leave no number at one of their ends"));
    }
}

fn bar_ui(ui: &mut Ui, (name, [less, more]): Row<'_>, now: f64, farthest: f64, measure: Measure) {
    let colors = tokens(ui);
    let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let (low, high) = (measure.text(less), measure.text(more));
    let spoken = format!("{name}: {low} with a fifth less of it, {high} with a fifth more");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
    let painter = ui.painter().with_clip_rect(row);
    let font = TextStyle::Body.resolve(ui.style());
    painter.text(row.left_center(), Align2::LEFT_CENTER, name, font, colors.text);
    let middle = (row.left() + NAME + row.right()) / 2.0;
    let half = ((row.right() - row.left() - NAME) / 2.0 - NUMBER).max(1.0);
    // Where all ends are where the plan is there is no bar to draw.
    let x_of = |value: f64| middle + half * if farthest > 0.0 { ((value - now) / farthest) as f32 } else { 0.0 };
    let bar = |end: f64, fill: Color32| {
        let (from, to) = (x_of(now).min(x_of(end)), x_of(now).max(x_of(end)));
        let area = Rect::from_min_max(pos2(from, row.top() + 5.0), pos2(to, row.bottom() - 5.0));
        painter.rect_filled(area, 0.0, fill);
    };
    // Less of the input hollow, more of it full: told apart without colour.
    bar(more, colors.accent);
    bar(less, colors.accent_soft);
    painter.vline(middle, row.y_range(), Stroke::new(1.0, colors.text_weak));
    let small = TextStyle::Small.resolve(ui.style());
    let (left, right) = if less <= more { ((less, &low), (more, &high)) } else { ((more, &high), (less, &low)) };
    painter.text(
        pos2(x_of(left.0.min(now)) - 4.0, row.center().y),
        Align2::RIGHT_CENTER,
        left.1,
        small.clone(),
        colors.text_weak,
    );
    painter.text(
        pos2(x_of(right.0.max(now)) + 4.0, row.center().y),
        Align2::LEFT_CENTER,
        right.1,
        small,
        colors.text_weak,
    );
    response.on_hover_text(spoken);
}
