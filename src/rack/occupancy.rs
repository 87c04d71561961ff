//! Which half units of which face are taken, and which bays, by what.

use super::{Bay, Face, Placement, PlacementKey, RackLayout};
use crate::catalog::{Server, Table};

/// One slot for each half unit and face.
pub(super) struct Occupancy {
    front: Vec<Option<PlacementKey>>,
    rear: Vec<Option<PlacementKey>>,
    bays: Vec<(Bay, PlacementKey)>,
    /// Half units below what is reserved.
    usable: usize,
}

impl Occupancy {
    /// The rack with nothing in it.
    pub(super) fn empty(layout: &RackLayout) -> Self {
        let height = layout.whole().0 as usize;
        let usable = layout.usable().0 as usize;
        Self { front: vec![None; height], rear: vec![None; height], bays: Vec::new(), usable }
    }

    /// The layout as it is, without `moving`. What the catalog does not know takes no room: its height is unknown.
    pub(super) fn of(layout: &RackLayout, servers: &Table<Server>, moving: Option<PlacementKey>) -> Self {
        let mut taken = Self::empty(layout);
        for placement in layout.placements.iter().filter(|placement| Some(placement.key) != moving) {
            if let Some(server) = servers.get(&placement.server) {
                taken.take(placement, server);
            }
        }
        taken
    }

    /// Marks what a placement takes; what sticks out of the rack is not counted.
    pub(super) fn take(&mut self, placement: &Placement, server: &Server) {
        self.bays.extend(placement.bay.map(|bay| (bay, placement.key)));
        let span = placement.span(server);
        for face in [Face::Front, Face::Rear] {
            if face == placement.face || server.full_depth {
                for slot in self.slots_mut(face).iter_mut().take(span.end as usize).skip(span.start as usize) {
                    *slot = Some(placement.key);
                }
            }
        }
    }

    /// What is in the way of this server there. `None`: nothing is.
    pub(super) fn in_the_way(&self, placement: &Placement, server: &Server) -> Option<PlacementKey> {
        let span = placement.span(server);
        [Face::Front, Face::Rear]
            .into_iter()
            .filter(|&face| face == placement.face || server.full_depth)
            .flat_map(|face| self.slots(face).iter().take(span.end as usize).skip(span.start as usize))
            .find_map(|&slot| slot)
    }

    /// What stands in a bay. `None`: nothing does.
    pub(super) fn in_bay(&self, bay: Bay) -> Option<PlacementKey> {
        self.bays.iter().find(|(taken, _)| *taken == bay).map(|(_, key)| *key)
    }

    /// Whether a whole unit, counted from 1, is free at a face.
    pub(super) fn is_free(&self, face: Face, unit: u32) -> bool {
        let bottom = unit.saturating_sub(1) as usize * 2;
        self.slots(face).get(bottom..bottom + 2).is_some_and(|halves| halves.iter().all(Option::is_none))
    }

    /// Longest run of half units free for such a server at this face, below what is reserved.
    pub(super) fn longest_run(&self, face: Face, full_depth: bool) -> u32 {
        let (mut longest, mut run) = (0, 0);
        for (here, behind) in self.slots(face).iter().zip(self.slots(face.opposite())).take(self.usable) {
            let free = here.is_none() && (!full_depth || behind.is_none());
            run = if free { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    /// Half units taken at either face, below what is reserved.
    pub(super) fn taken(&self) -> u32 {
        // The height is bounded by `MOST_UNITS`, so the count fits.
        let both = self.front.iter().zip(&self.rear).take(self.usable);
        both.map(|(front, rear)| u32::from(front.is_some() || rear.is_some())).sum()
    }

    fn slots(&self, face: Face) -> &[Option<PlacementKey>] {
        match face {
            Face::Front => &self.front,
            Face::Rear => &self.rear,
        }
    }

    fn slots_mut(&mut self, face: Face) -> &mut [Option<PlacementKey>] {
        match face {
            Face::Front => &mut self.front,
            Face::Rear => &mut self.rear,
        }
    }
}
