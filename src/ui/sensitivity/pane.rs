//! The sentence, the limits, the inputs; all of the plan as it was when the computation began.

use egui::{RichText, ScrollArea, Ui};

use super::job::{Found, Job};
use super::relaxed::relaxed_ui;
use super::tornado::{Measure, tornado_ui};
use crate::ui::scene::Scene;
use crate::ui::widgets::section_ui;
use crate::units::thousands;

/// Lines longer than this, in points, are hard to follow.
const WIDTH: f32 = 900.0;

/// The pane.
#[derive(Debug, Default)]
pub struct SensitivityPane {
    job: Job,
    found: Option<Found>,
    measure: Measure,
}

impl SensitivityPane {
    /// Draws the pane, and has the plan computed where it has changed.
    pub fn ui(&mut self, ui: &mut Ui, scene: &Scene<'_>) {
        if let Some(found) = self.job.take() {
            self.found = Some(found);
        }
        let current = self.found.as_ref().is_some_and(|found| found.project == *scene.project);
        if !current && !self.job.is_running() {
            self.job.start(ui.ctx(), scene.project.clone(), scene.catalog.as_ref().clone(), scene.outcome.clone());
        }
        ScrollArea::vertical().id_salt("sensitivity").auto_shrink(false).show(ui, |ui| {
            ui.set_max_width((ui.available_width() - 6.0).min(WIDTH));
            if let Some(found) = &self.found {
                ui.add_enabled_ui(current, |ui| found_ui(ui, found, &mut self.measure));
            }
            if !current {
                ui.weak("⏳ Computing the plan anew with each limit and each input changed");
            }
        });
    }
}

fn found_ui(ui: &mut Ui, found: &Found, measure: &mut Measure) {
    ui.label(RichText::new(headline(found)).strong());
    section_ui(ui, "A TENTH MORE OF EACH LIMIT, ONE AT A TIME");
    relaxed_ui(ui, &found.relaxed, found.outcome.total.sessions.likely);
    section_ui(ui, "A FIFTH LESS AND A FIFTH MORE OF EACH INPUT, ONE AT A TIME");
    ui.horizontal(|ui| {
        for each in Measure::ALL {
            ui.selectable_value(measure, each, each.label());
        }
    });
    tornado_ui(ui, &found.swings, &found.outcome, *measure);
    ui.add_space(4.0);
    ui.weak(
        "Likely values, each of a whole plan computed anew; two changes together may do more or less than their sum",
    );
}

/// What one would do first, in a sentence.
fn headline(found: &Found) -> String {
    let total = &found.outcome.total;
    let sessions = thousands(f64::from(total.sessions.likely));
    let bound = total.binding.map_or_else(String::new, |limit| format!(", bound by {}", limit.label()));
    let best = found.relaxed.first().filter(|best| best.gain > 0);
    let advice = best.map_or_else(
        || "No single limit relaxed by a tenth brings one more".to_owned(),
        |best| format!("Most is gained by {}: {} more", best.change, thousands(best.gain as f64)),
    );
    format!("{sessions} sessions{bound}. {advice}")
}
