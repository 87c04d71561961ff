//! What threads told since the last frame, and what their work does to figures being measured.

use std::time::Instant;

use super::super::desk::Notice;
use super::super::offer::Look;
use super::LivePane;
use crate::ui::messages::{Messages, Severity};
use crate::ui::own::MachineForm;

/// Events taken up in one frame; the rest waits for the next.
const MOST_EVENTS: usize = 4_096; // some milliseconds of work, own choice, 2026-11-20

impl LivePane {
    /// Takes up what the threads told since the last frame.
    pub fn take_up_events(&mut self, ctx: &egui::Context, messages: &mut Messages) {
        let (now, mut notices) = (Instant::now(), Vec::new());
        self.smaller.take_up();
        self.note_disturbance();
        if self.desk.take_up_events(MOST_EVENTS, now, &mut notices) {
            ctx.request_repaint();
        }
        for notice in notices {
            match notice {
                Notice::Problem(text) => messages.say(Severity::Error, text),
                Notice::LoadStopped => messages.say(Severity::Info, "The load was stopped"),
            }
        }
        for looked in self.shelf.take_up() {
            let Some(column) = self.desk.columns.get_mut(looked.column) else { continue };
            if let Some(offer) = column.offer.as_mut().filter(|offer| offer.choice == looked.choice) {
                offer.look = match looked.header {
                    Ok(header) => Look::Header(Box::new(header)),
                    Err(error) => Look::Unreadable(error.to_string()),
                };
                self.meter.look_now(now);
            } else if column.choice == looked.choice && column.header.is_none() {
                // Where this one cannot be read the load says why.
                column.header = looked.header.ok();
            }
        }
        if self.desk.is_busy() || self.desk.columns.iter().any(|column| column.session.is_loading()) {
            self.meter.look(now);
        }
    }

    /// Marks what is being measured while something else is at work: an answer's speed, and the memory's.
    pub(super) fn note_disturbance(&mut self) {
        let loading = self.desk.columns.iter().any(|column| column.session.is_loading());
        let measuring = self.form.as_ref().is_some_and(MachineForm::is_measuring);
        let disturbed = match (self.smaller.is_working(), loading, measuring) {
            (true, ..) => Some("a smaller file was being made"),
            (_, true, _) => Some("a model was being loaded"),
            (.., true) => Some("the memory was being measured"),
            (false, false, false) => None,
        };
        if let Some(form) = self.form.as_mut().filter(|_| self.desk.is_busy() || loading || self.smaller.is_working()) {
            form.disturb();
        }
        let running = self.desk.running();
        if let Some(column) = running.and_then(|running| self.desk.columns.get_mut(running)) {
            column.session.disturbed = disturbed.or(column.session.disturbed);
        }
    }
}
