//! The drawn rack as something to use: every slot, bay and device is a widget with a name, for mouse, keys and screen readers.

use std::collections::BTreeMap;

use egui::{Id, Rect, Role, Sense, Ui, WidgetInfo};

use super::act::{Act, keys, menu};
use super::bays::{bay_rect, name_rect};
use super::drag::{Carried, Landing, Target, landing};
use super::edits::Edit;
use super::elevation::Elevation;
use super::measure::{Kind, Measured};
use super::paint::{self, Look, Standing};
use super::selection::Selection;
use super::serves::served_words;
use crate::catalog::{Catalog, Server, ServerId};
use crate::project::{Project, RackOutcome};
use crate::rack::{Bay, Face, HalfUnits, Placement, RackLayout, RackLimits, Spot};
use crate::ui::theme::tokens;

/// What is drawn, and what is in hand.
pub struct Slots<'a> {
    /// Which rack.
    pub at: usize,
    /// Whether it is the one whose settings and figures are shown beside.
    pub edited: bool,
    /// The face that is shown.
    pub face: Face,
    /// The rack as arranged by hand.
    pub by_hand: &'a RackLayout,
    /// All racks as arranged by hand.
    pub racks: &'a [RackLayout],
    /// With what fills it.
    pub shown: &'a RackOutcome,
    /// What it can carry.
    pub limits: RackLimits,
    /// The plan, for what each device serves.
    pub project: &'a Project,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// What the devices are measured by, by kind; empty: their roles are shown.
    pub measured: &'a BTreeMap<Kind, Measured>,
    /// The server chosen in the palette.
    pub in_hand: Option<&'a ServerId>,
    /// The chosen devices.
    pub selection: &'a Selection,
}

impl Slots<'_> {
    /// An id of something in this rack.
    fn id(&self, what: &str, number: u32) -> Id {
        Id::unique(("rack", self.at, what, number))
    }

    /// A place as it is said: with the rack where it is not the one being edited, and the face where it is the rear.
    fn place(&self, bottom: HalfUnits, height: HalfUnits) -> String {
        let rack = if self.edited { String::new() } else { format!("{}, ", self.by_hand.name) };
        let rear = if self.face == Face::Rear { " rear" } else { "" };
        format!("{rack}{}{rear}", self.by_hand.painted_place(bottom, height))
    }

    fn target(&self) -> Target<'_> {
        Target {
            at: self.at,
            layout: self.by_hand,
            limits: &self.limits,
            face: self.face,
            racks: self.racks,
            servers: &self.catalog.servers,
        }
    }
}

/// What hangs beside the slots of a layout.
pub fn beside<'a>(layout: &'a RackLayout, catalog: &'a Catalog) -> impl Iterator<Item = &'a Placement> {
    let hangs = |server: &Server| HalfUnits::covering(server.height).0 == 0;
    layout
        .placements
        .iter()
        .filter(move |placement| placement.bay.is_none() && catalog.servers.get(&placement.server).is_some_and(hangs))
}

/// Draws the rack; returns what was asked for.
pub fn slots_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation) -> Option<Act> {
    let colors = tokens(ui);
    paint::frame(ui.painter(), rack, slots.by_hand, slots.edited, colors);
    let mut wanted = None;
    let mut taken = vec![false; rack.units as usize];
    for (order, placement) in slots.shown.layout.placements.iter().enumerate() {
        let by_hand = order < slots.shown.placed_by_hand;
        let Some(server) = slots.catalog.servers.get(&placement.server) else { continue };
        let span = placement.span(server);
        let here = placement.face == slots.face;
        if span.is_empty() || placement.bay.is_some() || !(here || server.full_depth) {
            continue;
        }
        for unit in (span.start / 2)..span.end.div_ceil(2) {
            if let Some(slot) = taken.get_mut(unit as usize) {
                *slot = true;
            }
        }
        let standing = match (here, by_hand) {
            (true, true) => Standing::ByHand,
            (true, false) => Standing::Filling,
            (false, _) => Standing::Back,
        };
        let height = HalfUnits::covering(server.height);
        let area = rack.rect(placement.bottom, height);
        let place = slots.place(placement.bottom, height);
        let drawn = Drawn { placement, server, standing, by_hand, place, area };
        let shelf = here && server.bays > 0;
        let drawn = if shelf { Drawn { area: name_rect(area), ..drawn } } else { drawn };
        wanted = device_ui(ui, slots, rack, &drawn).or(wanted);
        if shelf && by_hand {
            wanted = bays_ui(ui, slots, rack, area, placement, server).or(wanted);
        }
    }
    for unit in (1..=rack.units).rev() {
        if !taken.get(unit as usize - 1).copied().unwrap_or(true) {
            wanted = slot_ui(ui, slots, rack, unit).or(wanted);
        }
    }
    for (lane, placement) in beside(slots.by_hand, slots.catalog).enumerate() {
        let Some(server) = slots.catalog.servers.get(&placement.server) else { continue };
        let rack_name = if slots.edited { String::new() } else { format!("{}, ", slots.by_hand.name) };
        let place = format!("{rack_name}Beside {}", lane + 1);
        let area = rack.lane_rect(lane);
        let drawn = Drawn { placement, server, standing: Standing::ByHand, by_hand: true, place, area };
        wanted = device_ui(ui, slots, rack, &drawn).or(wanted);
    }
    drop_ui(ui, slots, rack).or(wanted)
}

fn slot_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation, unit: u32) -> Option<Act> {
    let bottom = HalfUnits::floor_of(unit);
    let place = slots.place(bottom, HalfUnits::from_units(1));
    empty_ui(ui, slots, rack.unit_rect(unit), slots.id("slot", unit), &place, Spot::Slot(bottom, slots.face))
}

/// A free slot or bay.
fn empty_ui(ui: &mut Ui, slots: &Slots<'_>, area: Rect, id: Id, place: &str, spot: Spot) -> Option<Act> {
    let response = ui.interact(area, id, Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{place}: empty")));
    let colors = tokens(ui);
    let bay = matches!(spot, Spot::Bay(_));
    if bay {
        let pen = egui::Stroke::new(1.0, colors.line);
        ui.painter().rect(area, 2.0, colors.empty, pen, egui::StrokeKind::Inside);
    }
    if response.hovered() || response.has_focus() {
        let pen = egui::Stroke::new(1.0, colors.accent);
        ui.painter().rect_stroke(area.shrink(1.0), 2.0, pen, egui::StrokeKind::Inside);
        let font = egui::FontId::proportional(10.0);
        ui.painter().text(area.center(), egui::Align2::CENTER_CENTER, "+", font, colors.accent);
    }
    let mut wanted = None;
    let mount = |id: &ServerId| Act::Do(Edit::Place(id.clone(), spot));
    // A click with the mouse, and Enter or Space on the focused slot.
    if response.clicked() {
        wanted = slots.in_hand.map(mount);
    }
    response.context_menu(|ui| match slots.in_hand {
        Some(id) => {
            let name = slots.catalog.servers.get(id).map_or_else(|| id.to_string(), |server| server.name.clone());
            if ui.button(format!("Mount {name} at {place}")).clicked() {
                wanted = Some(mount(id));
                ui.close();
            }
        }
        None => {
            ui.weak("Choose a server in the palette first");
        }
    });
    let hint = match (slots.in_hand, bay) {
        (Some(_), _) => "Click to mount the server chosen in the palette, or drag one here",
        (None, false) => "Drag a server here, or choose one in the palette and click",
        (None, true) => "Drag a machine that takes no rack unit here, or choose one in the palette and click",
    };
    response.on_hover_text(format!("{place} is free. {hint}"));
    wanted
}

/// The bays of a shelf mounted by hand.
fn bays_ui(
    ui: &mut Ui,
    slots: &Slots<'_>,
    rack: &Elevation,
    shelf_area: Rect,
    shelf: &Placement,
    server: &Server,
) -> Option<Act> {
    let mut wanted = None;
    let place = slots.place(shelf.bottom, HalfUnits::covering(server.height));
    for number in 1..=server.bays {
        let bay = Bay { shelf: shelf.key, number };
        let area = bay_rect(shelf_area, number, server.bays);
        let place = format!("{place} bay {number}");
        let machine = slots.by_hand.in_bays_of(shelf.key).find(|machine| machine.bay == Some(bay));
        let act = match machine.and_then(|machine| Some((machine, slots.catalog.servers.get(&machine.server)?))) {
            Some((placement, server)) => {
                let drawn = Drawn { placement, server, standing: Standing::ByHand, by_hand: true, place, area };
                device_ui(ui, slots, rack, &drawn)
            }
            None => {
                let id = Id::unique(("rack", slots.at, "bay", shelf.key.0, number));
                empty_ui(ui, slots, area, id, &place, Spot::Bay(bay))
            }
        };
        wanted = act.or(wanted);
    }
    wanted
}

/// One device where it is drawn.
pub struct Drawn<'a> {
    /// Where it is mounted.
    pub placement: &'a Placement,
    /// What it is.
    pub server: &'a Server,
    /// How it stands at this face.
    pub standing: Standing,
    /// Whether it was mounted by hand.
    pub by_hand: bool,
    /// Where, in words.
    pub place: String,
    /// Where, in points.
    pub area: Rect,
}

fn device_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation, drawn: &Drawn<'_>) -> Option<Act> {
    let Drawn { placement, server, standing, by_hand, area, .. } = *drawn;
    let words = match (standing, by_hand) {
        (Standing::ByHand, _) => "",
        (Standing::Filling, _) => " (fills)",
        (Standing::Back, true) => ", its back",
        (Standing::Back, false) => ", its back (fills)",
    };
    let response = ui.interact(
        area,
        slots.id(if by_hand { "device" } else { "filling" }, placement.key.0),
        Sense::click_and_drag(),
    );
    let name = format!("{}: {}{words}", drawn.place, server.name);
    let served = slots.project.scenario_served(placement.serves).filter(|_| !server.devices.is_empty());
    let measured = slots.measured.get(&(placement.server.clone(), served));
    let serves = served_words(slots.project, placement).filter(|_| served.is_some());
    let mut spoken = measured.map_or_else(|| name.clone(), |measured| format!("{name}, {}", measured.words));
    if let Some(serves) = serves.as_ref().filter(|_| slots.shown.models.len() > 1) {
        spoken = format!("{spoken}, {serves}");
    }
    let chosen = by_hand && slots.selection.has(slots.at, placement.key);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Button, true, &spoken);
        // Only what can be chosen says whether it is: a device that fills the room cannot.
        info.selected = by_hand.then_some(chosen);
        info
    });
    let marked = response.has_focus() || response.hovered();
    let look = Look { name: &server.name, role: server.role, standing, marked, chosen, measured };
    paint::device(ui.painter(), area, &look, tokens(ui));
    if response.drag_started() {
        let pressed = ui.input(|input| input.pointer.press_origin()).and_then(|origin| rack.unit_at(origin));
        let grip = pressed.map_or(0, |unit| unit.saturating_sub(placement.bottom.unit()));
        let all = if chosen { slots.selection.of(slots.at) } else { vec![placement.key] };
        response.dnd_set_drag_payload(if by_hand {
            Carried::Mounted { rack: slots.at, key: placement.key, grip, all }
        } else {
            Carried::New(placement.server.clone())
        });
    }
    let chooses = super::act::click(ui, &response, slots, drawn);
    let wanted = chooses.or_else(|| if by_hand { keys(ui, &response, slots, drawn) } else { None });
    let wanted = wanted.or_else(|| menu(&response, slots, drawn));
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
        let hangs = slots.shown.lines.as_ref().map(|lines| lines.of(placement.key)).filter(|places| !places.is_empty());
        if let Some(places) = hangs {
            ui.label(format!("Its cords hang on {places}"));
        }
        ui.weak(if by_hand {
            "Drag to move, also to another rack. Arrows move by 1U, with Shift by 5U, with Ctrl to the next rack; \
             Delete takes it out. Ctrl and Shift with a click choose several"
        } else {
            "Fills the room left free; makes way for what is mounted by hand"
        });
    });
    wanted
}

/// The ghost of what is carried, the reason where it cannot land, and the drop.
fn drop_ui(ui: &mut Ui, slots: &Slots<'_>, rack: &Elevation) -> Option<Act> {
    let carried = egui::DragAndDrop::payload::<Carried>(ui.ctx())?;
    let pointer = ui.input(|input| input.pointer.interact_pos())?;
    if !ui.clip_rect().contains(pointer) {
        return None;
    }
    let landing = landing(&carried, pointer, rack, &slots.target())?;
    paint::ghost(ui.painter(), rack, &landing, slots.by_hand, &slots.catalog.servers, tokens(ui));
    if let Some(refusal) = &landing.refusal {
        let words = format!("❌ {}", refusal.painted(slots.by_hand, &slots.catalog.servers));
        egui::Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), slots.id("refusal", 0), egui::PopupAnchor::Pointer)
            .gap(14.0)
            .show(|ui| ui.label(words));
    }
    if !ui.input(|input| input.pointer.any_released()) {
        return None;
    }
    egui::DragAndDrop::clear_payload(ui.ctx());
    Some(Act::Do(dropped(carried.as_ref(), &landing, slots.at)))
}

fn dropped(carried: &Carried, landing: &Landing, at: usize) -> Edit {
    match (carried, landing.together) {
        (Carried::New(id), _) => Edit::Place(id.clone(), landing.spot),
        (Carried::Mounted { all, .. }, Some(step)) => Edit::Shift(all.clone(), step),
        (Carried::Mounted { rack, key, .. }, None) if *rack == at => Edit::Move(*key, landing.spot),
        (Carried::Mounted { rack, key, .. }, None) => Edit::Fetch { from: *rack, key: *key, spot: landing.spot },
    }
}

/// Gives the focus to the last placement, after it was mounted.
pub fn focus_last(ui: &Ui, at: usize, layout: &RackLayout) {
    if let Some(last) = layout.placements.last() {
        let device = Id::unique(("rack", at, "device", last.key.0));
        ui.memory_mut(|memory| memory.request_focus(device));
    }
}
