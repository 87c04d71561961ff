//! Which racks are drawn side by side: each of them, or equal neighbours once. Pure.

use crate::project::{RackOutcome, runs_of_equal_racks};

/// With more racks than this equal ones are drawn once, unless the reader has chosen.
pub const FEW: usize = 12; // more than a wide window shows side by side; the planner's own, 2026-11-29

/// One rack that is drawn, and how many it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Which rack.
    pub at: usize,
    /// It and its equal neighbours.
    pub racks: usize,
}

/// All `count` racks, `edited` among them: each on its own, or `once` where neighbours are alike. Of a run the edited rack is
/// drawn, else the first. Racks that are not worked out yet stand alone.
pub fn columns(racks: &[RackOutcome], count: usize, edited: usize, once: bool) -> Vec<Column> {
    let alone = |at| Column { at, racks: 1 };
    if !once {
        return (0..count).map(alone).collect();
    }
    let known = racks.get(..count).unwrap_or(racks);
    let mut first = 0;
    let mut columns: Vec<Column> = runs_of_equal_racks(known)
        .map(|run| {
            let places = first..first + run.len();
            first = places.end;
            Column { at: if places.contains(&edited) { edited } else { places.start }, racks: run.len() }
        })
        .collect();
    columns.extend((known.len()..count).map(alone));
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;
    use crate::project::{Project, outcome};

    /// Racks of these heights.
    fn racks(heights: &[u32]) -> Vec<RackOutcome> {
        let catalog = Catalog::builtin().expect("the built-in catalog is sound");
        let mut plan = Project::default_plan(catalog);
        let like = plan.racks.layouts[0].clone();
        let named = |(at, height): (usize, &u32)| {
            let mut rack = like.clone();
            (rack.name, rack.height_units) = (format!("Rack {at}"), *height);
            rack
        };
        plan.racks.layouts = heights.iter().enumerate().map(named).collect();
        outcome(&plan, catalog).racks
    }

    fn places(columns: &[Column]) -> Vec<(usize, usize)> {
        columns.iter().map(|column| (column.at, column.racks)).collect()
    }

    #[test]
    fn equal_neighbours_are_one_column_and_the_edited_one_stands_for_its_run() {
        let racks = racks(&[42, 42, 42, 48, 42, 42]);
        assert_eq!(places(&columns(&racks, 6, 0, true)), [(0, 3), (3, 1), (4, 2)]);
        assert_eq!(places(&columns(&racks, 6, 5, true)), [(0, 3), (3, 1), (5, 2)]);
        assert_eq!(columns(&racks, 6, 5, false).len(), 6);
    }

    #[test]
    fn racks_added_or_taken_out_in_this_frame_are_no_panic() {
        let racks = racks(&[42, 42]);
        assert_eq!(places(&columns(&racks, 3, 2, true)), [(0, 2), (2, 1)]);
        assert_eq!(places(&columns(&racks, 1, 0, true)), [(0, 1)]);
        assert_eq!(columns(&[], 0, 0, true), []);
    }
}
