//! Undo and redo of the plan. One drag, one step: states are taken while nothing is held down and no field is being edited.

use egui::util::undoer::{Settings, Undoer};

use crate::project::Project;

/// The plan's earlier states.
#[derive(Debug)]
pub struct History {
    undoer: Undoer<Project>,
}

impl History {
    /// Starts with this state.
    pub fn new(project: &Project) -> Self {
        let mut undoer = Undoer::with_settings(Settings { stable_time: 0.0, ..Settings::default() });
        undoer.feed_state(0.0, project);
        Self { undoer }
    }

    /// Takes the state in where the user is not in the middle of something.
    pub fn feed(&mut self, ctx: &egui::Context, project: &Project) {
        let held = ctx.input(|input| input.pointer.any_down());
        if held || ctx.text_edit_focused() {
            return;
        }
        self.undoer.feed_state(ctx.input(|input| input.time), project);
        if self.undoer.is_in_flux() {
            // The state becomes a step on the next frame, if it is still the same then.
            ctx.request_repaint();
        }
    }

    /// Whether there is anything to take back.
    pub fn can_undo(&self, project: &Project) -> bool {
        self.undoer.has_undo(project)
    }

    /// Whether anything was taken back.
    pub fn can_redo(&self, project: &Project) -> bool {
        self.undoer.has_redo(project)
    }

    /// The state before, given the present one.
    pub fn undo(&mut self, project: &Project) -> Option<Project> {
        self.undoer.undo(project).cloned()
    }

    /// The state taken back last.
    pub fn redo(&mut self, project: &Project) -> Option<Project> {
        self.undoer.redo(project).cloned()
    }
}
