//! Edits of the rack as asked for by drag, key, button or menu: each is tried, and refused in words with what would work.

use super::remedy::{Remedy, remedies};
use crate::catalog::{Catalog, RackTypeId, ServerId};
use crate::project::Project;
use crate::rack::{self, Face, HalfUnits, MOST_UNITS, Placement, PlacementKey, Problem, RackLayout, RackLimits, Spot};
use crate::ui::messages::{Messages, Severity};
use crate::units::Watts;

/// Something to do to one rack.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Mount a server.
    Place(ServerId, Spot),
    /// Move what is mounted, within its rack.
    Move(PlacementKey, Spot),
    /// Take something out of another rack and mount it here.
    Fetch {
        /// The other rack.
        from: usize,
        /// What.
        key: PlacementKey,
        /// Where to.
        spot: Spot,
    },
    /// Move several up or down by half units.
    Shift(Vec<PlacementKey>, i32),
    /// Turn several to the other face.
    Turn(Vec<PlacementKey>),
    /// Take several out.
    Remove(Vec<PlacementKey>),
    /// Mount so many more of each.
    Duplicate(Vec<PlacementKey>, u32),
    /// Close every front unit that is free in this layout with a panel.
    CloseFreeUnits(RackLayout),
    /// Let several serve a scenario, or the plan's selected one.
    Serve(Vec<PlacementKey>, Option<usize>),
    /// The same for what fills the free room.
    FillServes(Option<usize>),
    /// Let this server fill the free room, or nothing.
    FillWith(Option<ServerId>),
    /// Mount as many of this server as the free room of this one rack takes, at a face.
    FillHere(ServerId, Face),
    /// Mount one of those that fill the room by hand, where it is and serving what it serves.
    Keep(Placement),
    /// Mount what fills the room by hand, in every rack, and fill with nothing: the racks as they are filled, in order.
    KeepFilling(Vec<RackLayout>),
    /// Take everything out.
    Empty,
    /// Another budget for each rack.
    Budget(Watts),
    /// A room that carries this much heat away from each rack.
    CarryAway(Watts),
    /// Another enclosure. `None`: neither weight nor depth is checked.
    Enclosure(Option<RackTypeId>),
    /// Another height and what is reserved of it.
    Resize(u32, u32),
}

/// What became of an edit that could not be done, or not whole.
#[derive(Clone, Debug)]
pub struct Refused {
    /// In words.
    pub words: String,
    /// What would work, with one click.
    pub remedies: Vec<Remedy>,
}

/// Does it, or says why not.
///
/// # Errors
/// It was refused, or stopped half way; what was done until then stays.
pub fn apply(
    project: &mut Project,
    at: usize,
    edit: &Edit,
    catalog: &Catalog,
    messages: &mut Messages,
) -> Result<(), Refused> {
    let Some(layout) = project.racks.layouts.get(at) else { return Ok(()) };
    let limits = project.rack_limits(catalog, layout);
    let what = said(edit, project, layout, catalog);
    let tried = match edit {
        Edit::FillWith(id) => {
            project.racks.fill.clone_from(id);
            return Ok(());
        }
        Edit::FillServes(scenario) => {
            project.racks.fill_serves = *scenario;
            return Ok(());
        }
        Edit::Budget(budget) => {
            project.racks.power_budget = *budget;
            return Ok(());
        }
        Edit::CarryAway(heat) => {
            project.racks.cooling = project.racks.cooling.map(|room| room.carrying(*heat));
            return Ok(());
        }
        Edit::KeepFilling(filled) => {
            // What fills is the plan's: stopped in one rack, it would stop in all.
            project.racks.fill = None;
            project.racks.layouts.iter_mut().zip(filled).for_each(|(layout, filled)| layout.clone_from(filled));
            return Ok(());
        }
        Edit::Fetch { from, key, spot } => {
            fetch(project, at, *from, *key, *spot, &limits, catalog).map(|()| Done { layout: None, stopped_by: None })
        }
        Edit::Place(..)
        | Edit::Move(..)
        | Edit::Shift(..)
        | Edit::Turn(_)
        | Edit::Remove(_)
        | Edit::Duplicate(..)
        | Edit::CloseFreeUnits(_)
        | Edit::Keep(_)
        | Edit::Serve(..)
        | Edit::FillHere(..)
        | Edit::Empty
        | Edit::Enclosure(_)
        | Edit::Resize(..) => within(layout, &limits, edit, catalog),
    };
    let problem = match tried {
        Ok(done) => {
            if let (Some(slot), Some(new)) = (project.racks.layouts.get_mut(at), done.layout) {
                *slot = new;
            }
            done.stopped_by
        }
        Err(problem) => Some(problem),
    };
    let Some(problem) = problem else { return Ok(()) };
    let why = match project.racks.layouts.get(at) {
        Some(layout) => problem.painted(layout, &catalog.servers),
        None => problem.to_string(),
    };
    let words = format!("Refused: {what}: {why}");
    messages.say(Severity::Warning, words.clone());
    Err(Refused { words, remedies: remedies(project, at, edit, &problem, catalog) })
}

/// A layout, and what stopped the rest. `None`: the racks are changed already.
struct Done {
    layout: Option<RackLayout>,
    stopped_by: Option<Problem>,
}

impl Done {
    fn all(layout: RackLayout) -> Self {
        Self { layout: Some(layout), stopped_by: None }
    }
}

/// Edits that touch one layout alone.
fn within(layout: &RackLayout, limits: &RackLimits, edit: &Edit, catalog: &Catalog) -> Result<Done, Problem> {
    let servers = &catalog.servers;
    let partly = |(layout, stopped_by)| Ok(Done { layout: Some(layout), stopped_by });
    match edit {
        Edit::Place(id, Spot::Slot(bottom, face)) => {
            let open = rack::without_panels(layout, servers, id, *bottom, *face);
            rack::place(&open, limits, servers, id, *bottom, *face).map(Done::all)
        }
        Edit::Place(id, Spot::Bay(bay)) => rack::place_in_bay(layout, limits, servers, id, *bay).map(Done::all),
        Edit::Move(key, Spot::Slot(bottom, face)) => {
            let id = layout.get(*key).map(|placement| placement.server.clone());
            let open = id.map(|id| rack::without_panels(layout, servers, &id, *bottom, *face));
            rack::move_to(open.as_ref().unwrap_or(layout), limits, servers, *key, *bottom, *face).map(Done::all)
        }
        Edit::Move(key, Spot::Bay(bay)) => rack::move_to_bay(layout, limits, servers, *key, *bay).map(Done::all),
        Edit::Shift(keys, step) => {
            // A step of five towards the floor ends at the floor.
            let lowest = keys.iter().filter_map(|key| layout.get(*key)).map(|placement| placement.bottom.0).min();
            let room = lowest.and_then(|lowest| i32::try_from(lowest).ok()).unwrap_or(0);
            let step = if room == 0 { *step } else { (*step).max(-room) };
            rack::move_many(layout, limits, servers, keys, step).map(Done::all)
        }
        Edit::Turn(keys) => rack::turn_many(layout, limits, servers, keys).map(Done::all),
        Edit::Remove(keys) => rack::remove_many(layout, keys).map(Done::all),
        Edit::Duplicate(keys, times) => partly(rack::duplicate_many(layout, limits, servers, keys, *times)),
        Edit::CloseFreeUnits(full) => match panel(catalog) {
            Some(panel) => partly(rack::close_free_units(layout, full, limits, servers, &panel)),
            None => Ok(Done::all(layout.clone())),
        },
        Edit::Keep(filling) => {
            let Placement { server, bottom, face, serves, .. } = filling;
            let open = rack::without_panels(layout, servers, server, *bottom, *face);
            let mut new = rack::place(&open, limits, servers, server, *bottom, *face)?;
            if let Some(kept) = new.placements.last_mut() {
                kept.serves = *serves;
            }
            Ok(Done::all(new))
        }
        Edit::FillHere(id, face) => {
            // Full is what was asked for: only a rack that takes none is a refusal.
            let (new, stopped_by) = rack::fill_face(layout, limits, servers, id, *face, MOST_UNITS * 2);
            let none = new.placements.len() == layout.placements.len();
            Ok(Done { layout: Some(new), stopped_by: stopped_by.filter(|_| none) })
        }
        Edit::Serve(keys, scenario) => {
            let mut new = layout.clone();
            new.placements.iter_mut().filter(|it| keys.contains(&it.key)).for_each(|it| it.serves = *scenario);
            Ok(Done::all(new))
        }
        Edit::Empty => Ok(Done::all(RackLayout { placements: Vec::new(), ..layout.clone() })),
        Edit::Enclosure(id) => {
            let mut new = RackLayout { rack_type: id.clone(), ..layout.clone() };
            if let Some(rack_type) = id.as_ref().and_then(|id| catalog.rack_types.get(id)) {
                new = rack::resize(&new, servers, rack_type.height_units, layout.reserved_units)?;
            }
            Ok(Done::all(new))
        }
        Edit::Resize(height, reserved) => rack::resize(layout, servers, *height, *reserved).map(Done::all),
        Edit::Fetch { .. }
        | Edit::FillWith(_)
        | Edit::FillServes(_)
        | Edit::KeepFilling(_)
        | Edit::Budget(_)
        | Edit::CarryAway(_) => Ok(Done::all(layout.clone())),
    }
}

fn fetch(
    project: &mut Project,
    at: usize,
    from: usize,
    key: PlacementKey,
    spot: Spot,
    limits: &RackLimits,
    catalog: &Catalog,
) -> Result<(), Problem> {
    let layouts = &mut project.racks.layouts;
    let (Some(source), Some(target)) = (layouts.get(from), layouts.get(at)) else { return Ok(()) };
    let (left, arrived) = rack::move_to_rack(source, target, limits, &catalog.servers, key, spot)?;
    for (place, new) in [(from, left), (at, arrived)] {
        if let Some(slot) = layouts.get_mut(place) {
            *slot = new;
        }
    }
    Ok(())
}

/// The panel of one unit the catalog has. `None`: it has none.
pub fn panel(catalog: &Catalog) -> Option<ServerId> {
    let panel = |server: &&crate::catalog::Server| {
        server.role == crate::catalog::ServerRole::Blank && HalfUnits::covering(server.height) == HalfUnits(2)
    };
    catalog.servers.iter().find(panel).map(|server| server.id.clone())
}

/// What was asked for, in words.
fn said(edit: &Edit, project: &Project, layout: &RackLayout, catalog: &Catalog) -> String {
    let name = |id: &ServerId| catalog.servers.get(id).map_or_else(|| id.to_string(), |server| server.name.clone());
    let named = |layout: &RackLayout, key: PlacementKey| {
        layout.get(key).map_or_else(String::new, |placement| name(&placement.server))
    };
    let place = |spot: &Spot, id: Option<&ServerId>| match spot {
        Spot::Slot(bottom, face) => {
            let server = id.and_then(|id| catalog.servers.get(id));
            let height = server.map_or(HalfUnits(2), |server| HalfUnits::covering(server.height));
            let rear = if *face == Face::Rear { ", rear" } else { "" };
            format!("{}{rear}", layout.painted_place(*bottom, height))
        }
        Spot::Bay(bay) => format!("bay {}", bay.number),
    };
    let several = |keys: &[PlacementKey]| match keys {
        [only] => named(layout, *only),
        _ => format!("{} devices", keys.len()),
    };
    match edit {
        Edit::Place(id, spot) => format!("{} at {}", name(id), place(spot, Some(id))),
        Edit::Move(key, spot) => {
            let id = layout.get(*key).map(|placement| &placement.server);
            format!("{} to {}", named(layout, *key), place(spot, id))
        }
        Edit::Fetch { from, key, spot } => {
            let source = project.racks.layouts.get(*from);
            let id = source.and_then(|source| source.get(*key)).map(|placement| &placement.server);
            let name = id.map_or_else(String::new, name);
            format!("{name} to {} of {}", place(spot, id), layout.name)
        }
        Edit::Shift(keys, _) => format!("moving {}", several(keys)),
        Edit::Turn(keys) => format!("{} at the other face", several(keys)),
        Edit::Remove(keys) => format!("taking out {}", several(keys)),
        Edit::Duplicate(keys, _) => format!("another {}", several(keys)),
        Edit::CloseFreeUnits(_) => "another panel".to_owned(),
        Edit::Keep(filling) => format!("{} kept", name(&filling.server)),
        Edit::Serve(keys, _) => format!("what {} serves", several(keys)),
        Edit::FillHere(id, _) => format!("filling the rack with {}", name(id)),
        Edit::FillWith(_) | Edit::FillServes(_) | Edit::KeepFilling(_) => "filling the racks".to_owned(),
        Edit::Empty => "emptying the rack".to_owned(),
        Edit::Budget(_) => "another budget".to_owned(),
        Edit::CarryAway(_) => "more cooling".to_owned(),
        Edit::Enclosure(_) => "another enclosure".to_owned(),
        Edit::Resize(height, _) => format!("a height of {height}U"),
    }
}
