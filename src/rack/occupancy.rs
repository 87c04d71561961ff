//! Which half units of which face are taken, by what.

use super::{Face, Placement, PlacementKey, RackLayout};
use crate::catalog::{Server, Table};

/// One slot for each usable half unit and face.
pub(super) struct Occupancy {
    front: Vec<Option<PlacementKey>>,
    rear: Vec<Option<PlacementKey>>,
}

impl Occupancy {
    /// The rack with nothing in it.
    pub(super) fn empty(layout: &RackLayout) -> Self {
        let height = layout.usable().0 as usize;
        Self { front: vec![None; height], rear: vec![None; height] }
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

    /// Longest run of half units free for such a server at this face.
    pub(super) fn longest_run(&self, face: Face, full_depth: bool) -> u32 {
        let (mut longest, mut run) = (0, 0);
        for (here, behind) in self.slots(face).iter().zip(self.slots(face.opposite())) {
            let free = here.is_none() && (!full_depth || behind.is_none());
            run = if free { run + 1 } else { 0 };
            longest = longest.max(run);
        }
        longest
    }

    /// Half units taken at either face.
    pub(super) fn taken(&self) -> u32 {
        // The height is bounded by `MOST_UNITS`, so the count fits.
        self.front.iter().zip(&self.rear).map(|(front, rear)| u32::from(front.is_some() || rear.is_some())).sum()
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
