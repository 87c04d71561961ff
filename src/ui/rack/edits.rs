//! Edits of the rack as asked for by drag, key, button or menu: each is tried, and refused in words.

use crate::catalog::{Catalog, ServerId};
use crate::project::Project;
use crate::rack::{self, Face, HalfUnits, PlacementKey, Problem, RackLayout};
use crate::ui::messages::{Messages, Severity};

/// Something to do to one rack.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Mount a server.
    Place(ServerId, HalfUnits),
    /// Move what is mounted.
    Move(PlacementKey, HalfUnits),
    /// Take it out.
    Remove(PlacementKey),
    /// Let what is mounted serve a scenario, or the plan's selected one.
    Serve(PlacementKey, Option<usize>),
    /// The same for what fills the free room.
    FillServes(Option<usize>),
    /// Let this server fill the free room, or nothing.
    FillWith(Option<ServerId>),
    /// Mount what fills the room by hand, and fill with nothing.
    KeepFilling(RackLayout),
    /// Take everything out.
    Empty,
}

/// Does it, or says why not. True where it was done.
pub fn apply(project: &mut Project, at: usize, edit: Edit, catalog: &Catalog, messages: &mut Messages) -> bool {
    let Some(layout) = project.racks.layouts.get(at) else { return false };
    let (limits, servers) = (project.rack_limits(catalog, layout), &catalog.servers);
    let name = |id: &ServerId| servers.get(id).map_or_else(|| id.to_string(), |server| server.name.clone());
    let mounted = |key: PlacementKey| layout.get(key).map_or_else(String::new, |placement| name(&placement.server));
    let (tried, what): (Result<RackLayout, Problem>, String) = match edit {
        Edit::Place(id, bottom) => {
            (rack::place(layout, &limits, servers, &id, bottom, Face::Front), format!("{} at {bottom}", name(&id)))
        }
        Edit::Move(key, bottom) => {
            (rack::move_to(layout, &limits, servers, key, bottom, Face::Front), format!("{} to {bottom}", mounted(key)))
        }
        Edit::Remove(key) => (rack::remove(layout, key), mounted(key)),
        Edit::FillWith(id) => {
            project.racks.fill = id;
            return true;
        }
        Edit::Serve(key, scenario) => {
            let mut new = layout.clone();
            new.placements.iter_mut().filter(|placement| placement.key == key).for_each(|it| it.serves = scenario);
            (Ok(new), String::new())
        }
        Edit::FillServes(scenario) => {
            project.racks.fill_serves = scenario;
            return true;
        }
        Edit::KeepFilling(filled) => {
            project.racks.fill = None;
            (Ok(filled), String::new())
        }
        Edit::Empty => (Ok(RackLayout { placements: Vec::new(), ..layout.clone() }), String::new()),
    };
    match tried {
        Ok(new) => {
            if let Some(slot) = project.racks.layouts.get_mut(at) {
                *slot = new;
            }
            true
        }
        Err(problem) => {
            messages.say(Severity::Warning, format!("Refused: {what}: {problem}"));
            false
        }
    }
}
