//! Which devices of which rack are chosen, to be moved, copied or taken out together.

use std::collections::BTreeSet;

use crate::rack::{PlacementKey, RackLayout};

/// What is chosen, all in one rack.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    rack: usize,
    keys: BTreeSet<PlacementKey>,
    /// Where a range begins.
    anchor: Option<PlacementKey>,
}

/// How a click chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// This one alone.
    Alone,
    /// This one too, or no longer (Ctrl).
    Toggle,
    /// All from the last chosen one to this (Shift).
    Range,
    /// Everything in the rack (Ctrl+A).
    All,
}

impl Selection {
    /// Chooses.
    pub fn choose(&mut self, rack: usize, key: PlacementKey, how: How, layout: &RackLayout) {
        if self.rack != rack {
            *self = Self { rack, ..Self::default() };
        }
        let position = |key| layout.get(key).map(|placement| (placement.bottom, placement.bay));
        match how {
            How::Alone => self.keys = BTreeSet::from([key]),
            How::Toggle => {
                if !self.keys.remove(&key) {
                    self.keys.insert(key);
                }
            }
            How::Range => {
                let ends = [self.anchor.unwrap_or(key), key].map(position);
                if let [Some(from), Some(to)] = ends {
                    let range = from.min(to)..=from.max(to);
                    let within = |key: &PlacementKey| position(*key).is_some_and(|place| range.contains(&place));
                    self.keys = layout.placements.iter().map(|placement| placement.key).filter(within).collect();
                }
                return;
            }
            How::All => self.keys = layout.placements.iter().map(|placement| placement.key).collect(),
        }
        self.anchor = Some(key);
    }

    /// Chooses what was mounted last, alone.
    pub fn choose_last(&mut self, rack: usize, layout: &RackLayout) {
        if let Some(last) = layout.placements.last() {
            self.choose(rack, last.key, How::Alone, layout);
        }
    }

    /// Forgets what is no longer mounted.
    pub fn keep_mounted(&mut self, layouts: &[RackLayout]) {
        let layout = layouts.get(self.rack);
        self.keys.retain(|key| layout.is_some_and(|layout| layout.get(*key).is_some()));
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.keys.clear();
        self.anchor = None;
    }

    /// Which rack it is in.
    pub fn rack(&self) -> usize {
        self.rack
    }

    /// What is chosen of a rack.
    pub fn of(&self, rack: usize) -> Vec<PlacementKey> {
        if rack == self.rack { self.keys.iter().copied().collect() } else { Vec::new() }
    }

    /// Whether this one is.
    pub fn has(&self, rack: usize, key: PlacementKey) -> bool {
        rack == self.rack && self.keys.contains(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ServerId;
    use crate::rack::{Face, HalfUnits, Placement};

    #[test]
    fn shift_chooses_what_lies_between_and_ctrl_one_more_or_less() {
        let place =
            |key: u32| Placement::new(PlacementKey(key), ServerId::new("s"), HalfUnits::floor_of(key * 3), Face::Front);
        let layout = RackLayout { placements: (1..=5).map(place).collect(), ..RackLayout::empty("R", 42) };
        let mut chosen = Selection::default();
        let numbers = |chosen: &Selection| chosen.of(0).iter().map(|key| key.0).collect::<Vec<_>>();
        chosen.choose(0, PlacementKey(4), How::Alone, &layout);
        chosen.choose(0, PlacementKey(2), How::Range, &layout);
        assert_eq!(numbers(&chosen), [2, 3, 4]);
        chosen.choose(0, PlacementKey(3), How::Toggle, &layout);
        chosen.choose(0, PlacementKey(5), How::Toggle, &layout);
        assert_eq!(numbers(&chosen), [2, 4, 5]);
        chosen.choose(0, PlacementKey(1), How::All, &layout);
        assert_eq!(numbers(&chosen).len(), 5);
        chosen.choose(1, PlacementKey(1), How::Toggle, &layout);
        assert_eq!((numbers(&chosen).len(), chosen.of(1).len()), (0, 1), "all in one rack");
    }
}
