//! The runs that have ended: what each was, taking it over as a measurement, and what that did to the estimate.

use egui::Ui;

use super::super::own::{Run, add_ui};
use super::super::predict::Predicted;
use super::super::sharpened::{Before, sharpened_ui};
use super::super::summary::summary_ui;
use super::LivePane;
use crate::catalog::Device;
use crate::ui::scene::Scene;

impl LivePane {
    /// The runs that have ended, and what one may do with them.
    pub(super) fn runs_ui(&mut self, ui: &mut Ui, scene: &mut Scene<'_>, device: Option<&Device>) {
        for number in 0..self.desk.columns.len() {
            self.run_ui(ui, number, scene, device);
        }
    }

    fn run_ui(&mut self, ui: &mut Ui, number: usize, scene: &mut Scene<'_>, device: Option<&Device>) {
        let predicted = self.loaded_prediction(number, scene, device).is_some();
        let Some(column) = self.desk.columns.get(number).filter(|column| column.session.summary.is_some()) else {
            return;
        };
        let (Some(recognition), Some(before)) = (self.recognised.get_mut(number), self.before.get_mut(number)) else {
            return;
        };
        summary_ui(ui, &column.session, number);
        let ran = recognition.of(&column.choice, column.header.as_ref(), scene.catalog);
        let processor = self.processor.as_deref();
        let added = add_ui(ui, &Run { column: number, session: &column.session, ran, device, processor }, scene);
        let now = self.loaded.get(number).filter(|_| predicted).and_then(Predicted::last);
        if added {
            // What follows from the measurement is there in the next frame.
            *before = now.map(Before::of);
        } else if let (Some(before), Some(now)) = (before, now) {
            sharpened_ui(ui, &before.until(now), number);
        }
    }
}
