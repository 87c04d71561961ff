//! What would work where an edit was refused: each with one click, and none where nothing would.

use super::edits::Edit;
use crate::catalog::{Catalog, RackType, ServerId};
use crate::project::Project;
use crate::rack::{self, Face, HalfUnits, PlacementKey, Problem, RackLayout, Spot};
use crate::units::Watts;

/// Something to do instead: a button's words, and edits to make one after the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// On the button.
    pub words: String,
    /// What it does.
    pub edits: Vec<Edit>,
}

/// Budgets are ordered in steps of this.
const BUDGET_STEP: Watts = Watts::from_watts(100.0); // as the slider of the rack's power moves, 2026-11-29

/// What would let the edit through, the nearest first.
pub fn remedies(project: &Project, at: usize, edit: &Edit, problem: &Problem, catalog: &Catalog) -> Vec<Remedy> {
    let Some(layout) = project.racks.layouts.get(at) else { return Vec::new() };
    let again = |words: String, first: Edit| Remedy { words, edits: vec![first, edit.clone()] };
    let all: Vec<Option<Remedy>> = match problem {
        Problem::Overlap { .. } | Problem::OutsideRack { .. } | Problem::BelowFloor => {
            vec![elsewhere(project, layout, edit, catalog)]
        }
        Problem::TooMuchPower { over, budget } => {
            vec![budget_for(project, *budget + *over).map(|needed| {
                again(format!("Raise the rack power to {:.1} kW", needed.as_kilowatts()), Edit::Budget(needed))
            })]
        }
        Problem::TooMuchHeat { over, limit } => {
            let needed = BUDGET_STEP * ((*limit + *over) / BUDGET_STEP - 1e-9).ceil();
            let words = format!("Carry away {:.1} kW of heat", needed.as_kilowatts());
            vec![Some(again(words, Edit::CarryAway(needed)))]
        }
        Problem::TooDeep { needs, .. } => {
            let deep = |rack: &RackType| rack.depth.is_none_or(|depth| depth >= *needs);
            vec![enclosure(layout, catalog, deep).map(|(words, first)| again(words, first))]
        }
        Problem::TooHeavy { over, limit } => {
            let strong = |rack: &RackType| rack.static_load.is_none_or(|load| load >= *limit + *over);
            vec![enclosure(layout, catalog, strong).map(|(words, first)| again(words, first))]
        }
        Problem::NeedsBay | Problem::NoFreeBay { .. } | Problem::BayTaken { .. } | Problem::NoSuchBay { .. } => {
            vec![free_bay(layout, edit, catalog), shelf(project, layout, edit, catalog)]
        }
        Problem::NoFreeRun { .. }
        | Problem::TooMuchForFeeds { .. }
        | Problem::NotForBays { .. }
        | Problem::UnknownServer { .. }
        | Problem::NotMounted { .. } => Vec::new(),
    };
    all.into_iter().flatten().take(1).collect()
}

/// The same at the nearest place that is free.
fn elsewhere(project: &Project, layout: &RackLayout, edit: &Edit, catalog: &Catalog) -> Option<Remedy> {
    let (id, spot, moving) = subject(project, layout, edit)?;
    let Spot::Slot(bottom, face) = spot else { return None };
    let limits = project.rack_limits(catalog, layout);
    let (bottom, face) = rack::nearest_place(layout, &limits, &catalog.servers, &id, bottom, face, moving)?;
    let height = HalfUnits::covering(catalog.servers.get(&id)?.height);
    let rear = if face == Face::Rear { ", rear" } else { "" };
    let words = format!("Mount at {}{rear} instead", layout.painted_place(bottom, height));
    Some(Remedy { words, edits: vec![at_spot(edit, Spot::Slot(bottom, face))?] })
}

/// A bay that is free.
fn free_bay(layout: &RackLayout, edit: &Edit, catalog: &Catalog) -> Option<Remedy> {
    let bay = layout.free_bays(&catalog.servers).into_iter().next()?;
    let shelf = layout.get(bay.shelf)?;
    let height = HalfUnits::covering(catalog.servers.get(&shelf.server)?.height);
    let words = format!("Put it into {} bay {}", layout.painted_place(shelf.bottom, height), bay.number);
    Some(Remedy { words, edits: vec![at_spot(edit, Spot::Bay(bay))?] })
}

/// A shelf at the nearest free place, with the machine in its first bay.
fn shelf(project: &Project, layout: &RackLayout, edit: &Edit, catalog: &Catalog) -> Option<Remedy> {
    let wanted = subject(project, layout, edit).map(|(_, spot, _)| spot);
    let (bottom, face) = match wanted {
        Some(Spot::Slot(bottom, face)) => (bottom, face),
        Some(Spot::Bay(_)) | None => (HalfUnits::default(), Face::Front),
    };
    let shelves = catalog.servers.iter().filter(|server| server.bays > 0);
    let lowest = shelves.min_by(|a, b| a.height.as_units().total_cmp(&b.height.as_units()))?;
    let limits = project.rack_limits(catalog, layout);
    let (bottom, face) = rack::nearest_place(layout, &limits, &catalog.servers, &lowest.id, bottom, face, None)?;
    let bay = Spot::Bay(rack::Bay { shelf: layout.next_key(), number: 1 });
    let words = format!("Mount a {} for it", lowest.name);
    let mut edits = vec![Edit::Place(lowest.id.clone(), Spot::Slot(bottom, face))];
    edits.extend(at_spot(edit, bay));
    Some(Remedy { words, edits })
}

/// The budget of a rack that leaves this much for servers. `None`: the feeds stop it, or all is kept back.
fn budget_for(project: &Project, usable: Watts) -> Option<Watts> {
    let racks = &project.racks;
    let share = (1.0 - racks.reserve_share).clamp(0.0, 1.0);
    let steps = (usable / BUDGET_STEP / share - 1e-9).ceil();
    let needed = BUDGET_STEP * steps;
    let feeds_allow = racks.feeds.is_none_or(|feeds| feeds.rack_limit() >= usable);
    (share > 0.0 && steps.is_finite() && feeds_allow).then_some(needed)
}

/// A rack of the same height that is good enough.
fn enclosure(layout: &RackLayout, catalog: &Catalog, good: impl Fn(&RackType) -> bool) -> Option<(String, Edit)> {
    let found = catalog.rack_types.iter().find(|rack| rack.height_units == layout.height_units && good(rack))?;
    Some((format!("Take the {}", found.name), Edit::Enclosure(Some(found.id.clone()))))
}

/// What an edit is about, where it should go, and what it is now.
fn subject(project: &Project, layout: &RackLayout, edit: &Edit) -> Option<(ServerId, Spot, Option<PlacementKey>)> {
    match edit {
        Edit::Place(id, spot) => Some((id.clone(), *spot, None)),
        Edit::Move(key, spot) => Some((layout.get(*key)?.server.clone(), *spot, Some(*key))),
        Edit::Fetch { from, key, spot } => {
            Some((project.racks.layouts.get(*from)?.get(*key)?.server.clone(), *spot, None))
        }
        Edit::Shift(keys, step) => {
            let [key] = keys.as_slice() else { return None };
            let held = layout.get(*key)?;
            let bottom = HalfUnits(held.bottom.0.saturating_add_signed(*step));
            Some((held.server.clone(), Spot::Slot(bottom, held.face), Some(*key)))
        }
        Edit::Turn(_)
        | Edit::Remove(_)
        | Edit::Duplicate(..)
        | Edit::CloseFreeUnits(_)
        | Edit::Keep(_)
        | Edit::Serve(..)
        | Edit::FillServes(_)
        | Edit::FillWith(_)
        | Edit::FillHere(..)
        | Edit::KeepFilling(_)
        | Edit::Empty
        | Edit::Budget(_)
        | Edit::CarryAway(_)
        | Edit::Enclosure(_)
        | Edit::Resize(..) => None,
    }
}

/// The same edit with another place.
fn at_spot(edit: &Edit, spot: Spot) -> Option<Edit> {
    match edit {
        Edit::Place(id, _) => Some(Edit::Place(id.clone(), spot)),
        Edit::Move(key, _) => Some(Edit::Move(*key, spot)),
        Edit::Fetch { from, key, .. } => Some(Edit::Fetch { from: *from, key: *key, spot }),
        Edit::Shift(keys, _) => keys.first().map(|key| Edit::Move(*key, spot)),
        Edit::Turn(_)
        | Edit::Remove(_)
        | Edit::Duplicate(..)
        | Edit::CloseFreeUnits(_)
        | Edit::Keep(_)
        | Edit::Serve(..)
        | Edit::FillServes(_)
        | Edit::FillWith(_)
        | Edit::FillHere(..)
        | Edit::KeepFilling(_)
        | Edit::Empty
        | Edit::Budget(_)
        | Edit::CarryAway(_)
        | Edit::Enclosure(_)
        | Edit::Resize(..) => None,
    }
}
