//! The computation behind the pane, on a thread of its own: up to forty whole plans, too much for one frame.

use std::sync::mpsc::{Receiver, TryRecvError, channel};

use crate::catalog::Catalog;
use crate::project::sensitivity::{Relaxed, Swing, relaxed, tornado};
use crate::project::{Outcome, Project};

/// What was found for a plan.
#[derive(Clone, Debug)]
pub struct Found {
    /// The plan.
    pub project: Project,
    /// Its outcome as it is.
    pub outcome: Outcome,
    /// Each limit relaxed, those that bring most first.
    pub relaxed: Vec<Relaxed>,
    /// Each input swung, those that move the cost most first.
    pub swings: Vec<Swing>,
}

/// A computation under way, or none.
#[derive(Debug, Default)]
pub struct Job {
    running: Option<Receiver<Found>>,
}

impl Job {
    /// Whether one is under way.
    pub const fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Starts one. The window is drawn again when it is done.
    pub fn start(&mut self, ctx: &egui::Context, project: Project, catalog: Catalog, outcome: Outcome) {
        let (sender, receiver) = channel();
        let ctx = ctx.clone();
        let work = move || {
            let relaxed = relaxed(&project, &catalog, &outcome);
            let swings = tornado(&project, &catalog);
            // Nobody listens any more where the window has been closed meanwhile.
            let _ = sender.send(Found { project, outcome, relaxed, swings });
            ctx.request_repaint();
        };
        let started = std::thread::Builder::new().name("sensitivity".to_owned()).spawn(work);
        self.running = started.is_ok().then_some(receiver);
    }

    /// What was found, once.
    pub fn take(&mut self) -> Option<Found> {
        match self.running.as_ref()?.try_recv() {
            Ok(found) => {
                self.running = None;
                Some(found)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.running = None;
                None
            }
        }
    }
}
