//! Where things are in the drawing of a rack, and which unit is under the pointer. Pure geometry, U1 at the bottom.

use egui::{Pos2, Rect, pos2};

use crate::rack::HalfUnits;

/// Width kept at either side for the numbers of the units.
pub const GUTTER: f32 = 26.0;
/// Least height of a unit that text can be read in.
pub const LEAST_UNIT: f32 = 12.0;
/// Width of what hangs beside the slots.
pub const LANE: f32 = 11.0;
/// Most height of a unit, so that a small rack does not look like a wardrobe.
pub const MOST_UNIT: f32 = 24.0;

/// A rack of `units` drawn in `slots`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Elevation {
    /// The area of the slots, without the numbers beside them.
    pub slots: Rect,
    /// Whole units inside.
    pub units: u32,
    /// Right of the numbers: where the first thing beside the slots hangs.
    pub lanes_from: f32,
}

impl Elevation {
    /// Height in points of a rack of `units` where `available` is at hand.
    pub fn height(units: u32, available: f32) -> f32 {
        let units = units.max(1) as f32;
        (available / units).clamp(LEAST_UNIT, MOST_UNIT) * units
    }

    /// A rack drawn in `area`, with its numbers and so many lanes for what hangs beside the slots.
    pub fn new(area: Rect, units: u32, lanes: usize) -> Self {
        let beside = LANE * lanes as f32;
        let slots = Rect::from_min_max(
            pos2(area.left() + GUTTER, area.top()),
            pos2((area.right() - GUTTER - beside).max(area.left() + GUTTER + 1.0), area.bottom()),
        );
        Self { slots, units: units.max(1), lanes_from: slots.right() + GUTTER }
    }

    /// The area of the thing in a lane beside the slots, counted from 0.
    pub fn lane_rect(&self, lane: usize) -> Rect {
        let left = self.lanes_from + LANE * lane as f32;
        Rect::from_min_max(pos2(left, self.slots.top()), pos2(left + LANE - 1.0, self.slots.bottom()))
    }

    /// Height of one unit.
    pub fn unit_height(&self) -> f32 {
        self.slots.height() / self.units as f32
    }

    /// The area from `bottom`, `height` high.
    pub fn rect(&self, bottom: HalfUnits, height: HalfUnits) -> Rect {
        let half = self.unit_height() / 2.0;
        let low = self.slots.bottom() - bottom.0 as f32 * half;
        Rect::from_min_max(pos2(self.slots.left(), low - height.0.max(1) as f32 * half), pos2(self.slots.right(), low))
    }

    /// The area of one unit, counted from 1.
    pub fn unit_rect(&self, unit: u32) -> Rect {
        self.rect(HalfUnits::floor_of(unit), HalfUnits::from_units(1))
    }

    /// The unit at a point, counted from 1. `None`: beside the rack.
    pub fn unit_at(&self, point: Pos2) -> Option<u32> {
        if !self.slots.contains(point) {
            return None;
        }
        let from_floor = ((self.slots.bottom() - point.y) / self.unit_height()).floor();
        // Between 0 and the number of units, both small; the top edge belongs to the top unit.
        Some((from_floor.max(0.0) as u32 + 1).min(self.units))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rack() -> Elevation {
        Elevation::new(Rect::from_min_max(pos2(0.0, 0.0), pos2(300.0, 420.0)), 42, 0)
    }

    #[test]
    fn the_unit_under_a_drawn_unit_is_that_unit() {
        let rack = rack();
        for unit in 1..=42 {
            assert_eq!(rack.unit_at(rack.unit_rect(unit).center()), Some(unit));
        }
        assert_eq!(rack.unit_at(pos2(5.0, 100.0)), None);
        assert_eq!(rack.unit_rect(1).bottom(), 420.0, "U1 is at the bottom");
    }

    #[test]
    fn what_hangs_beside_the_slots_stays_inside_the_drawing() {
        let area = Rect::from_min_max(pos2(0.0, 0.0), pos2(300.0, 420.0));
        let rack = Elevation::new(area, 42, 3);
        for lane in 0..3 {
            let hangs = rack.lane_rect(lane);
            assert!(area.contains_rect(hangs) && !hangs.intersects(rack.slots), "{lane}");
        }
    }

    #[test]
    fn a_rack_of_any_height_has_readable_units() {
        for units in [0, 1, 12, 42, 52] {
            let height = Elevation::height(units, 500.0) / units.max(1) as f32;
            assert!((LEAST_UNIT..=MOST_UNIT).contains(&height), "{units}U: {height}");
        }
    }
}
