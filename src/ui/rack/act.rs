//! What a click, a key or the menu of a device asks for: the way without dragging for everything.

use egui::{EventFilter, Key, Modifiers, Response, Ui};

use super::edits::Edit;
use super::selection::How;
use super::serves::serves_menu_ui;
use super::slots::{Drawn, Slots};
use crate::rack::{Bay, HalfUnits, PlacementKey, Spot};

/// What a device or slot asks for.
#[derive(Clone, Debug)]
pub enum Act {
    /// Choose it.
    Choose(PlacementKey, How),
    /// Choose nothing.
    ChooseNothing,
    /// An edit of the rack it is in.
    Do(Edit),
    /// An edit of another rack, which becomes the one being edited.
    DoIn(usize, Edit),
    /// Mount by hand what fills every rack.
    KeepFilling,
}

/// A row of racks is longer than a menu can be: those beyond this are reached by key or drag.
const MOST_RACKS_IN_MENU: usize = 20; // the planner's own, 2026-11-29

/// A click, or Enter or Space, chooses what was mounted by hand.
pub fn click(ui: &Ui, response: &Response, slots: &Slots<'_>, drawn: &Drawn<'_>) -> Option<Act> {
    if !response.clicked() {
        return None;
    }
    response.request_focus();
    let modifiers = ui.input(|input| input.modifiers);
    let how = match (modifiers.command, modifiers.shift) {
        (true, _) => How::Toggle,
        (false, true) if slots.selection.rack() == slots.at => How::Range,
        (false, _) => How::Alone,
    };
    drawn.by_hand.then_some(Act::Choose(drawn.placement.key, how))
}

/// All that an edit of this device is about: the chosen ones if it is among them, else itself.
fn meant(slots: &Slots<'_>, key: PlacementKey) -> Vec<PlacementKey> {
    if slots.selection.has(slots.at, key) { slots.selection.of(slots.at) } else { vec![key] }
}

/// The keys of the focused device.
pub fn keys(ui: &Ui, response: &Response, slots: &Slots<'_>, drawn: &Drawn<'_>) -> Option<Act> {
    if !response.has_focus() {
        return None;
    }
    // Otherwise the arrows would move the focus to a neighbour.
    let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, escape: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let key = drawn.placement.key;
    ui.input_mut(|input| {
        let mut pressed = |modifiers, key| input.consume_key(modifiers, key);
        for (arrow, side) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
            if pressed(Modifiers::COMMAND, arrow) {
                return to_neighbour(slots, drawn, side);
            }
        }
        for (arrow, way) in [(Key::ArrowUp, 1), (Key::ArrowDown, -1)] {
            if pressed(Modifiers::SHIFT, arrow) {
                return shift(slots, drawn, way * 10);
            }
            if pressed(Modifiers::NONE, arrow) {
                return shift(slots, drawn, way * 2);
            }
        }
        if pressed(Modifiers::NONE, Key::Delete) || pressed(Modifiers::NONE, Key::Backspace) {
            return Some(Act::Do(Edit::Remove(meant(slots, key))));
        }
        if pressed(Modifiers::COMMAND, Key::A) {
            return Some(Act::Choose(key, How::All));
        }
        if pressed(Modifiers::COMMAND, Key::D) {
            return Some(Act::Do(Edit::Duplicate(meant(slots, key), 1)));
        }
        pressed(Modifiers::NONE, Key::Escape).then_some(Act::ChooseNothing)
    })
}

/// Up or down by half units, or to the next free bay.
fn shift(slots: &Slots<'_>, drawn: &Drawn<'_>, half_units: i32) -> Option<Act> {
    let key = drawn.placement.key;
    match drawn.placement.bay {
        Some(bay) if meant(slots, key).len() == 1 => {
            next_bay(slots, bay, half_units > 0).map(|bay| Act::Do(Edit::Move(key, Spot::Bay(bay))))
        }
        Some(_) | None => Some(Act::Do(Edit::Shift(meant(slots, key), half_units))),
    }
}

fn next_bay(slots: &Slots<'_>, bay: Bay, up: bool) -> Option<Bay> {
    let floor = |bay: &Bay| (slots.by_hand.get(bay.shelf).map(|shelf| shelf.bottom), bay.number);
    let mut free = slots.by_hand.free_bays(&slots.catalog.servers);
    free.retain(|other| if up { floor(other) > floor(&bay) } else { floor(other) < floor(&bay) });
    if up { free.into_iter().min_by_key(floor) } else { free.into_iter().max_by_key(floor) }
}

/// The same place in the rack beside.
fn to_neighbour(slots: &Slots<'_>, drawn: &Drawn<'_>, side: isize) -> Option<Act> {
    let rack = slots.at.checked_add_signed(side).filter(|rack| *rack < slots.racks.len())?;
    Some(fetch(slots, drawn, rack))
}

fn fetch(slots: &Slots<'_>, drawn: &Drawn<'_>, rack: usize) -> Act {
    let placement = drawn.placement;
    let there = slots.racks.get(rack).map(|layout| layout.free_bays(&slots.catalog.servers)).unwrap_or_default();
    let spot = match (placement.bay, there.first()) {
        (Some(_), Some(bay)) => Spot::Bay(*bay),
        (Some(_), None) | (None, _) => Spot::Slot(placement.bottom, placement.face),
    };
    Act::DoIn(rack, Edit::Fetch { from: slots.at, key: placement.key, spot })
}

/// The menu of a device.
pub fn menu(response: &Response, slots: &Slots<'_>, drawn: &Drawn<'_>) -> Option<Act> {
    let mut wanted = None;
    response.context_menu(|ui| {
        let entries = if drawn.by_hand { by_hand_menu(slots, drawn) } else { filling_menu(drawn) };
        for (words, act) in entries {
            if ui.button(words).clicked() {
                wanted = Some(act);
                ui.close();
            }
        }
        let named = if drawn.by_hand { drawn.placement.serves } else { slots.project.racks.fill_serves };
        if let Some(scenario) =
            serves_menu_ui(ui, slots.project, named, false).filter(|_| !drawn.server.devices.is_empty())
        {
            wanted = Some(Act::Do(match drawn.by_hand {
                true => Edit::Serve(meant(slots, drawn.placement.key), scenario),
                false => Edit::FillServes(scenario),
            }));
        }
        if drawn.by_hand && slots.racks.len() > 1 {
            ui.menu_button("Move to rack", |ui| {
                let from = slots.at.saturating_sub(MOST_RACKS_IN_MENU / 2);
                let near = slots.racks.iter().enumerate().skip(from).take(MOST_RACKS_IN_MENU);
                for (rack, layout) in near.filter(|(rack, _)| *rack != slots.at) {
                    if ui.button(&layout.name).clicked() {
                        wanted = Some(fetch(slots, drawn, rack));
                        ui.close();
                    }
                }
            });
        }
    });
    wanted
}

fn by_hand_menu(slots: &Slots<'_>, drawn: &Drawn<'_>) -> Vec<(&'static str, Act)> {
    let keys = || meant(slots, drawn.placement.key);
    let mut entries = vec![
        ("Take out", Act::Do(Edit::Remove(keys()))),
        ("Duplicate", Act::Do(Edit::Duplicate(keys(), 1))),
        ("Fill this rack with it", Act::Do(Edit::FillHere(drawn.placement.server.clone(), slots.face))),
        ("Fill every rack with it", Act::Do(Edit::FillWith(Some(drawn.placement.server.clone())))),
    ];
    let steps = [("Move up", 2), ("Move down", -2)];
    let moves = steps.into_iter().filter_map(|(words, step)| shift(slots, drawn, step).map(|act| (words, act)));
    let stands = drawn.placement.bay.is_none() && HalfUnits::covering(drawn.server.height).0 > 0;
    let turn = stands.then(|| ("Turn to the other face", Act::Do(Edit::Turn(keys()))));
    if stands || drawn.placement.bay.is_some() {
        entries.splice(0..0, moves.chain(turn));
    }
    entries
}

fn filling_menu(drawn: &Drawn<'_>) -> Vec<(&'static str, Act)> {
    vec![
        ("Keep this one here", Act::Do(Edit::Keep(drawn.placement.clone()))),
        ("Keep all that fills", Act::KeepFilling),
        ("Stop filling", Act::Do(Edit::FillWith(None))),
    ]
}
