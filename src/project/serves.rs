//! Which scenario each server of the racks serves, and what becomes of that when a scenario goes.

use super::Project;

impl Project {
    /// The scenario of a server that names this one: a place in `scenarios`. The selected one where it names none, or one
    /// that is gone. `None`: there is no scenario at all.
    pub fn scenario_served(&self, named: Option<usize>) -> Option<usize> {
        let last = self.scenarios.len().checked_sub(1)?;
        Some(named.filter(|at| *at <= last).unwrap_or(self.selected.min(last)))
    }

    /// Servers mounted by hand that name this scenario, and whether what fills the racks does.
    pub fn named_by(&self, scenario: usize) -> (usize, bool) {
        let placements = self.racks.layouts.iter().flat_map(|layout| &layout.placements);
        let by_hand = placements.filter(|placement| placement.serves == Some(scenario)).count();
        (by_hand, self.racks.fill_serves == Some(scenario))
    }

    /// Whether anything mounted, or what fills the racks, names another scenario than the selected one.
    pub fn serves_several(&self) -> bool {
        let selected = self.scenario_served(None);
        let placements = self.racks.layouts.iter().flat_map(|layout| &layout.placements);
        let mut named = placements.map(|placement| placement.serves).chain([self.racks.fill_serves]);
        named.any(|named| self.scenario_served(named) != selected)
    }

    /// Takes a scenario out. Servers that named it serve the plan's selected one from then on; those that named a later one
    /// keep it. Nothing happens where there is no such scenario.
    pub fn remove_scenario(&mut self, at: usize) {
        if at >= self.scenarios.len() {
            return;
        }
        self.scenarios.remove(at);
        let shifted = |named: Option<usize>| match named {
            Some(gone) if gone == at => None,
            Some(later) if later > at => Some(later - 1),
            same => same,
        };
        for placement in self.racks.layouts.iter_mut().flat_map(|layout| &mut layout.placements) {
            placement.serves = shifted(placement.serves);
        }
        self.racks.fill_serves = shifted(self.racks.fill_serves);
        if self.selected > at {
            self.selected -= 1;
        }
        self.selected = self.selected.min(self.scenarios.len().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Catalog, ServerId};
    use crate::rack::{Face, HalfUnits, Placement, PlacementKey};

    fn plan() -> Project {
        let mut plan = Project::default_plan(Catalog::builtin().expect("the built-in catalog is sound"));
        let placement = |key, serves| {
            let server = ServerId::new("nvidia-dgx-h100");
            Placement { serves, ..Placement::new(PlacementKey(key), server, HalfUnits::floor_of(key), Face::Front) }
        };
        let named = [None, Some(0), Some(1), Some(2)];
        plan.racks.layouts[0].placements = (1..).zip(named).map(|(key, serves)| placement(key, serves)).collect();
        plan.racks.fill_serves = Some(1);
        plan.selected = 2;
        plan
    }

    #[test]
    fn a_removed_scenario_leaves_its_servers_to_the_selected_one_and_others_where_they_were() {
        let mut plan = plan();
        assert_eq!((plan.named_by(1), plan.named_by(2)), ((1, true), (1, false)));
        let kept = plan.scenarios[2].clone();
        plan.remove_scenario(1);
        let named: Vec<_> = plan.racks.layouts[0].placements.iter().map(|placement| placement.serves).collect();
        assert_eq!(named, [None, Some(0), None, Some(1)]);
        assert_eq!((plan.racks.fill_serves, plan.selected), (None, 1));
        assert_eq!(plan.selected_scenario(), Some(&kept), "the selected scenario is the same one");
        plan.remove_scenario(9);
        assert_eq!(plan.scenarios.len(), 2);
        plan.remove_scenario(1);
        plan.remove_scenario(0);
        assert_eq!((plan.scenarios.len(), plan.selected, plan.scenario_served(Some(0))), (0, 0, None));
    }

    #[test]
    fn a_server_that_names_no_scenario_or_a_lost_one_serves_the_selected() {
        let plan = plan();
        assert_eq!(plan.scenario_served(None), Some(2));
        assert_eq!(plan.scenario_served(Some(1)), Some(1));
        assert_eq!(plan.scenario_served(Some(7)), Some(2));
        assert!(plan.serves_several());
        assert!(!Project { selected: 1, ..Project::default_plan(Catalog::builtin().expect("sound")) }.serves_several());
    }
}
