//! The drawn rack as something to use: every slot and device is a widget with a name, for mouse, keys and screen readers.

use std::collections::BTreeMap;

use egui::{EventFilter, Id, Key, Modifiers, Response, Role, Sense, Ui, WidgetInfo};

use super::drag::{Carried, landing};
use super::edits::Edit;
use super::elevation::Elevation;
use super::measure::{Kind, Measured};
use super::paint::{self, Look, Standing};
use super::serves::{served_words, serves_menu_ui};
use crate::catalog::{Catalog, ServerId};
use crate::project::{Project, RackOutcome};
use crate::rack::{HalfUnits, Placement, PlacementKey, RackLayout, RackLimits};
use crate::ui::theme::tokens;

/// What is drawn, and what is in hand.
pub struct Slots<'a> {
    /// Which rack, for ids.
    pub at: usize,
    /// The rack as arranged by hand.
    pub by_hand: &'a RackLayout,
    /// With what fills it.
    pub shown: &'a RackOutcome,
    /// What it can carry.
    pub limits: RackLimits,
    /// The plan, for what each device serves.
    pub project: &'a Project,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// What the devices are measured by, by kind; empty: their roles are shown.
    pub measured: BTreeMap<Kind, Measured>,
    /// The server chosen in the palette.
    pub in_hand: Option<&'a ServerId>,
}

/// Draws the rack; returns what was asked for.
pub fn slots_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation) -> Option<Edit> {
    let colors = tokens(ui);
    paint::frame(ui.painter(), rack, slots.by_hand.reserved_units, colors);
    let mut wanted = None;
    let mut taken = vec![false; rack.units as usize];
    for (order, placement) in slots.shown.layout.placements.iter().enumerate() {
        let standing = if order < slots.shown.placed_by_hand { Standing::ByHand } else { Standing::Filling };
        let Some(server) = slots.catalog.servers.get(&placement.server) else { continue };
        let span = placement.span(server);
        for unit in (span.start / 2)..span.end.div_ceil(2) {
            if let Some(slot) = taken.get_mut(unit as usize) {
                *slot = true;
            }
        }
        if !span.is_empty() {
            wanted = device_ui(ui, slots, rack, placement, standing).or(wanted);
        }
    }
    for unit in (1..=rack.units).rev() {
        if !taken.get(unit as usize - 1).copied().unwrap_or(true) {
            wanted = empty_ui(ui, slots, rack, unit).or(wanted);
        }
    }
    drop_ui(ui, slots, rack).or(wanted)
}

fn id(slots: &Slots<'_>, what: &str, number: u32) -> Id {
    Id::unique(("rack", slots.at, what, number))
}

fn empty_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation, unit: u32) -> Option<Edit> {
    let area = rack.unit_rect(unit);
    let response = ui.interact(area, id(slots, "slot", unit), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("U{unit}: empty")));
    let colors = tokens(ui);
    if response.hovered() || response.has_focus() {
        ui.painter().rect_stroke(
            area.shrink(1.0),
            2.0,
            egui::Stroke::new(1.0, colors.accent),
            egui::StrokeKind::Inside,
        );
        let font = egui::FontId::proportional(10.0);
        ui.painter().text(area.center(), egui::Align2::CENTER_CENTER, "+", font, colors.accent);
    }
    let mut wanted = None;
    let place = |id: &ServerId| Edit::Place(id.clone(), HalfUnits::floor_of(unit));
    // A click with the mouse, and Enter or Space on the focused slot.
    if response.clicked() {
        wanted = slots.in_hand.map(place);
    }
    response.context_menu(|ui| match slots.in_hand {
        Some(id) => {
            let name = slots.catalog.servers.get(id).map_or_else(|| id.to_string(), |server| server.name.clone());
            if ui.button(format!("Mount {name} at U{unit}")).clicked() {
                wanted = Some(place(id));
                ui.close();
            }
        }
        None => {
            ui.weak("Choose a server in the palette first");
        }
    });
    let hint = if slots.in_hand.is_some() {
        "Click to mount the server chosen in the palette, or drag one here"
    } else {
        "Drag a server here, or choose one in the palette and click"
    };
    response.on_hover_text(format!("U{unit} is free. {hint}"));
    wanted
}

fn device_ui(
    ui: &mut Ui,
    slots: &Slots<'_>,
    rack: &Elevation,
    placement: &Placement,
    standing: Standing,
) -> Option<Edit> {
    let server = slots.catalog.servers.get(&placement.server)?;
    let height = HalfUnits::covering(server.height);
    let area = rack.rect(placement.bottom, height);
    let (kind, words) = match standing {
        Standing::ByHand => ("device", ""),
        Standing::Filling => ("filling", " (fills)"),
    };
    let response = ui.interact(area, id(slots, kind, placement.key.0), Sense::click_and_drag());
    let name = format!("{}: {}{words}", placement.bottom, server.name);
    let served = slots.project.scenario_served(placement.serves).filter(|_| !server.devices.is_empty());
    let measured = slots.measured.get(&(placement.server.clone(), served));
    let serves = served_words(slots.project, placement).filter(|_| served.is_some());
    let mut spoken = measured.map_or_else(|| name.clone(), |measured| format!("{name}, {}", measured.words));
    if let Some(serves) = serves.as_ref().filter(|_| slots.shown.models.len() > 1) {
        spoken = format!("{spoken}, {serves}");
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let marked = response.has_focus() || response.hovered();
    let look = Look { name: &server.name, role: server.role, standing, marked, measured };
    paint::device(ui.painter(), area, &look, tokens(ui));
    if response.clicked() {
        response.request_focus();
    }
    if response.drag_started() {
        let grip = ui
            .input(|input| input.pointer.press_origin())
            .and_then(|origin| rack.unit_at(origin))
            .map_or(0, |unit| unit.saturating_sub(placement.bottom.unit()));
        response.dnd_set_drag_payload(match standing {
            Standing::ByHand => Carried::Mounted { key: placement.key, grip },
            Standing::Filling => Carried::New(placement.server.clone()),
        });
    }
    let wanted = match standing {
        Standing::ByHand => keys(ui, &response, placement).or_else(|| menu(&response, placement, slots.project)),
        Standing::Filling => filling_menu(&response, placement, slots),
    };
    let mut groups = slots.shown.groups.iter();
    let group = groups.find(|group| group.server == placement.server && group.serves == served);
    response.on_hover_ui(|ui| {
        ui.strong(&name);
        if let Some(group) = group {
            let power =
                group.planned_power_each.map_or_else(|| "power unknown".to_owned(), crate::ui::outcome::power_text);
            ui.label(format!("{power}, {} sessions", group.sessions_each));
        }
        if let Some(serves) = &serves {
            ui.label(serves);
        }
        ui.weak(match standing {
            Standing::ByHand => "Drag to move. Arrows move by 1U, with Shift by 5U; Delete takes it out",
            Standing::Filling => "Fills the room left free; makes way for what is mounted by hand",
        });
    });
    wanted
}

/// Arrow keys and Delete on the focused device.
fn keys(ui: &Ui, response: &Response, placement: &Placement) -> Option<Edit> {
    if !response.has_focus() {
        return None;
    }
    // Otherwise the arrows would move the focus to a neighbour.
    let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    ui.input_mut(|input| {
        let mut moved = |key: Key| {
            if input.consume_key(Modifiers::SHIFT, key) {
                Some(HalfUnits::from_units(5))
            } else {
                input.consume_key(Modifiers::NONE, key).then_some(HalfUnits::from_units(1))
            }
        };
        let up = moved(Key::ArrowUp).map(|step| Edit::Move(placement.key, placement.bottom.plus(step)));
        let down = moved(Key::ArrowDown).map(|step| Edit::Move(placement.key, placement.bottom.minus(step)));
        let gone =
            input.consume_key(Modifiers::NONE, Key::Delete) || input.consume_key(Modifiers::NONE, Key::Backspace);
        up.or(down).or(gone.then_some(Edit::Remove(placement.key)))
    })
}

fn menu(response: &Response, placement: &Placement, project: &Project) -> Option<Edit> {
    let mut wanted = None;
    let one = HalfUnits::from_units(1);
    response.context_menu(|ui| {
        for (words, edit) in [
            ("Move up 1U", Edit::Move(placement.key, placement.bottom.plus(one))),
            ("Move down 1U", Edit::Move(placement.key, placement.bottom.minus(one))),
            ("Take out", Edit::Remove(placement.key)),
            ("Fill the rack with this", Edit::FillWith(Some(placement.server.clone()))),
        ] {
            if ui.button(words).clicked() {
                wanted = Some(edit);
                ui.close();
            }
        }
        if let Some(scenario) = serves_menu_ui(ui, project, placement.serves) {
            wanted = Some(Edit::Serve(placement.key, scenario));
        }
    });
    wanted
}

fn filling_menu(response: &Response, placement: &Placement, slots: &Slots<'_>) -> Option<Edit> {
    let mut wanted = None;
    response.context_menu(|ui| {
        for (words, edit) in [
            ("Keep this one here", Edit::Place(placement.server.clone(), placement.bottom)),
            ("Keep all that fills", Edit::KeepFilling(slots.shown.layout.clone())),
            ("Stop filling", Edit::FillWith(None)),
        ] {
            if ui.button(words).clicked() {
                wanted = Some(edit);
                ui.close();
            }
        }
        if let Some(scenario) = serves_menu_ui(ui, slots.project, slots.project.racks.fill_serves) {
            wanted = Some(Edit::FillServes(scenario));
        }
    });
    wanted
}

/// The ghost of what is carried, the reason where it cannot land, and the drop.
fn drop_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation) -> Option<Edit> {
    let carried = egui::DragAndDrop::payload::<Carried>(ui.ctx())?;
    let pointer = ui.input(|input| input.pointer.interact_pos())?;
    if !ui.clip_rect().contains(pointer) {
        return None;
    }
    let unit = rack.unit_at(pointer)?;
    let landing = landing(&carried, unit, slots.by_hand, &slots.limits, &slots.catalog.servers)?;
    paint::ghost(ui.painter(), rack, &landing, tokens(ui));
    if let Some(refusal) = &landing.refusal {
        let words = format!("❌ {refusal}");
        egui::Tooltip::always_open(
            ui.ctx().clone(),
            ui.layer_id(),
            id(slots, "refusal", 0),
            egui::PopupAnchor::Pointer,
        )
        .gap(14.0)
        .show(|ui| ui.label(words));
    }
    if !ui.input(|input| input.pointer.any_released()) {
        return None;
    }
    egui::DragAndDrop::clear_payload(ui.ctx());
    Some(match carried.as_ref() {
        Carried::New(id) => Edit::Place(id.clone(), landing.bottom),
        Carried::Mounted { key, .. } => Edit::Move(*key, landing.bottom),
    })
}

/// The key of the last placement, for giving it the focus after it was mounted.
pub fn focus_last(ui: &Ui, at: usize, layout: &RackLayout) {
    if let Some(PlacementKey(key)) = layout.placements.last().map(|placement| placement.key) {
        let device = Id::unique(("rack", at, "device", key));
        ui.memory_mut(|memory| memory.request_focus(device));
    }
}
