//! What the readers ask for against what the racks carry.

use egui::Ui;

use super::line_ui;
use crate::export::{asked_of, at_the_peak, for_the_readers};
use crate::project::{Outcome, Queueing};
use crate::ui::widgets::section_ui;
use crate::units::{Significant, in_percent, thousands};

/// Draws the section; nothing where no session is served.
pub fn demand_ui(ui: &mut Ui, outcome: &Outcome) {
    let (demand, staircase) = (&outcome.demand, outcome.staircase.as_ref());
    if demand.peak_sessions.is_none() && demand.models.is_empty() {
        return;
    }
    section_ui(ui, "DEMAND");
    if let Some(mean) = demand.mean_sessions {
        line_ui(ui, "Sessions busy on average", Significant(mean).to_string());
    }
    if let Some(load) = outcome.load_of_readers {
        line_ui(ui, "Load they cause", format!("{} of capacity", in_percent(load)));
    }
    if let Some(peak) = demand.peak_sessions {
        line_ui(ui, "Sessions at the peak", thousands(f64::from(peak)));
    }
    if let Some(racks) = demand.racks_needed {
        line_ui(ui, "Racks like this for it", thousands(f64::from(racks)));
    }
    if let Some(queueing) = &demand.queueing {
        ui.label(at_the_peak(queueing)).on_hover_text(by_formula(queueing));
    }
    for model in &demand.models {
        let label = ui.label(asked_of(model));
        if let Some(queueing) = &model.demand.queueing {
            label.on_hover_text(by_formula(queueing));
        }
    }
    if let Some(stairs) = staircase {
        ui.label(for_the_readers(stairs)).on_hover_text(
            "Servers come whole, so their cost climbs in steps while the hosted price follows each token",
        );
    }
}

/// Which formula gives what happens at the peak.
fn by_formula(queueing: &Queueing) -> String {
    let of_100_000 = |share: f64| thousands((share * 1e5).round());
    let these = queueing.share_turned_away_of_these.map_or_else(|| "more than all".to_owned(), of_100_000);
    format!(
        "Waiting: Erlang C, the mean wait by the spread of answer times (M/G/c). Of 100,000 requests that may not wait, {} are \
         turned away with endless readers (Erlang B), {these} with these {} (Engset)",
        of_100_000(queueing.share_turned_away),
        thousands(f64::from(queueing.users)),
    )
}
