//! Where the bays of a mounted shelf are in the drawing. Pure geometry: its name on the left, its bays beside it.

use egui::{Pos2, Rect, pos2};

use super::elevation::Elevation;
use crate::catalog::{Server, Table};
use crate::rack::{Bay, Face, HalfUnits, RackLayout};

/// Share of a shelf's width that its own name takes.
const NAME_SHARE: f32 = 0.28;

/// The area of bay `number` of `bays` in a shelf drawn in `shelf`.
pub fn bay_rect(shelf: Rect, number: u32, bays: u32) -> Rect {
    let left = shelf.left() + shelf.width() * NAME_SHARE;
    let each = (shelf.right() - left) / bays.max(1) as f32;
    let start = left + each * number.saturating_sub(1) as f32;
    Rect::from_min_max(pos2(start, shelf.top()), pos2(start + each, shelf.bottom())).shrink(2.0)
}

/// The part of a shelf that shows its own name.
pub fn name_rect(shelf: Rect) -> Rect {
    Rect::from_min_max(shelf.min, pos2(shelf.left() + shelf.width() * NAME_SHARE, shelf.bottom()))
}

/// The bay at a point: the one under it, or the first free one of the shelf whose name is. `None`: no shelf is there.
pub fn bay_at(point: Pos2, rack: &Elevation, layout: &RackLayout, servers: &Table<Server>, face: Face) -> Option<Bay> {
    layout.placements.iter().filter(|shelf| shelf.face == face && shelf.bay.is_none()).find_map(|shelf| {
        let server = servers.get(&shelf.server).filter(|server| server.bays > 0)?;
        let area = rack.rect(shelf.bottom, HalfUnits::covering(server.height));
        if !area.contains(point) {
            return None;
        }
        let under = (1..=server.bays).find(|number| bay_rect(area, *number, server.bays).expand(2.0).contains(point));
        let free = || layout.free_bays(servers).into_iter().find(|bay| bay.shelf == shelf.key);
        under.map(|number| Bay { shelf: shelf.key, number }).or_else(free)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bays_stand_beside_each_other_within_their_shelf() {
        let shelf = Rect::from_min_max(pos2(10.0, 10.0), pos2(310.0, 34.0));
        for bays in 1..=6 {
            let all: Vec<Rect> = (1..=bays).map(|number| bay_rect(shelf, number, bays)).collect();
            assert!(all.iter().all(|bay| shelf.contains_rect(*bay) && bay.width() > 10.0));
            assert!(all.windows(2).all(|pair| pair[0].right() < pair[1].left()));
            assert!(all.iter().all(|bay| !bay.intersects(name_rect(shelf).shrink(1.0))));
        }
    }
}
