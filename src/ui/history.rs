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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, ServerId};
    use crate::rack::{Face, HalfUnits, PlacementKey, RackLayout, move_many, place, remove};
    use crate::units::Watts;

    /// One edit of the plan out of many, by a number that looks random.
    fn edit(plan: &mut Project, catalog: &Catalog, number: u64) {
        let part = |most: u64, shift: u32| u32::try_from((number >> shift) % most).unwrap_or(0);
        let at = part(plan.racks.layouts.len() as u64, 3) as usize;
        let layout = plan.racks.layouts[at].clone();
        let limits = plan.rack_limits(catalog, &layout);
        let (servers, key) = (&catalog.servers, PlacementKey(part(24, 11)));
        let slug = servers.as_slice()[part(servers.as_slice().len() as u64, 17) as usize].id.clone();
        let new = match part(8, 0) {
            0..=2 => place(&layout, &limits, servers, &slug, HalfUnits::floor_of(part(42, 29) + 1), Face::Front),
            3 => remove(&layout, key),
            4 => move_many(&layout, &limits, servers, &[key], 2),
            5 => Ok(RackLayout { numbered_from_top: !layout.numbered_from_top, ..layout.clone() }),
            6 => {
                plan.racks.power_budget = Watts::from_watts(f64::from(part(40_000, 31)) + 0.25);
                Ok(layout.clone())
            }
            _ => {
                plan.racks.fill = (part(2, 31) == 0).then(|| ServerId::new("ampere-2u-ampereone-a192"));
                plan.racks.layouts.push(RackLayout::empty("More", 42));
                Ok(layout.clone())
            }
        };
        if let Ok(new) = new {
            plan.racks.layouts[at] = new;
        }
    }

    #[test]
    fn taking_seeded_edits_back_one_by_one_restores_each_state_exactly_and_so_does_doing_them_again() {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let ctx = egui::Context::default();
        for seed in 0..6u64 {
            let mut plan = Project::default_plan(catalog);
            let mut history = History::new(&plan);
            let mut states = vec![plan.clone()];
            let mut number = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
            while states.len() < 25 {
                number ^= number << 13;
                number ^= number >> 7;
                number ^= number << 17;
                edit(&mut plan, catalog, number);
                // A frame in flux, and the next, on which it becomes a step.
                history.feed(&ctx, &plan);
                history.feed(&ctx, &plan);
                if states.last() != Some(&plan) {
                    states.push(plan.clone());
                }
            }
            for (at, before) in states.iter().enumerate().rev().skip(1) {
                plan = history.undo(&plan).expect("a state before");
                assert_eq!(&plan, before, "seed {seed}, state {at}");
            }
            assert!(!history.can_undo(&plan));
            for (at, after) in states.iter().enumerate().skip(1) {
                plan = history.redo(&plan).expect("a state taken back");
                assert_eq!(&plan, after, "seed {seed}, state {at}");
            }
        }
    }
}
